//! The allow-list and the ways round it, one row each.

use std::time::Duration;

use madang_outbound::Reach;

use crate::plain::Plain as _;
use crate::scripted::{ScriptedNetwork, caller, get, post, told};

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
const DEADLINE: Duration = Duration::from_secs(10);

/// A caller granted two origins calls `url`; `expected` is the answer or the refusal.
async fn check(url: &str, expected: &str) {
    let network = ScriptedNetwork::answering(OK)
        .name("api.example.com", &[&["93.184.216.34"]])
        .name("localhost", &[&["127.0.0.1"]]);
    let granted = caller(&[
        ("http://api.example.com", Reach::Internet),
        ("http://localhost:9000", Reach::Loopback),
    ]);
    let result = network.gateway().send(&granted, get(url), DEADLINE).await;
    assert_eq!(told(&result), expected, "{url}");
    let arrived = network.dialled().len();
    assert_eq!(arrived, usize::from(result.is_ok()), "{url} was dialled");
}

fn not_allowed(origin: &str, section: &str) -> String {
    format!(
        "calls to {origin} are {} (Refused)",
        not_granted(section, origin)
    )
}

pub fn not_granted(section: &str, origin: &str) -> String {
    format!("not granted; to grant it, add to {section}: \"{origin}\" = \"why it is called\"")
}

fn never(host: &str, class: &str) -> String {
    format!("`{host}` leads to {class}, which is never granted (Refused)")
}

#[tokio::test]
async fn what_is_granted_goes_through_however_it_is_spelt() {
    check("http://api.example.com/", "200 ok").await;
    check("http://api.example.com", "200 ok").await;
    check("HTTP://API.EXAMPLE.COM:80/a?b#c", "200 ok").await;
    check("http://api.example.com./", "200 ok").await;
    check("http://api%2Eexample.com/", "200 ok").await;
    check("http://ａｐｉ.example.com/", "200 ok").await;
    check("http://api。example。com/", "200 ok").await;
    check("http:/\\api.example.com/", "200 ok").await;
    check("http://localhost:9000/", "200 ok").await;
}

#[tokio::test]
async fn what_is_not_granted_is_refused_with_the_line_that_would_grant_it() {
    for (url, origin) in [
        ("https://api.example.com/", "https://api.example.com"),
        ("http://api.example.com:81/", "http://api.example.com:81"),
        ("http://example.com/", "http://example.com"),
        (
            "http://api.example.com.evil.example/",
            "http://api.example.com.evil.example",
        ),
        (
            "http://evil.example/?http://api.example.com/",
            "http://evil.example",
        ),
        ("http://evil.example/api.example.com", "http://evil.example"),
        (
            "http://evil.example\\@api.example.com/",
            "http://evil.example",
        ),
        (
            "http://evil.example#@api.example.com/",
            "http://evil.example",
        ),
        ("http://аpi.example.com/", "http://xn--pi-6kc.example.com"),
        ("http://api.example.com../", "http://api.example.com."),
    ] {
        check(url, &not_allowed(origin, "[origins]")).await;
    }
    for (url, origin) in [
        ("http://localhost/", "http://localhost"),
        ("http://printer.local/", "http://printer.local"),
        ("http://192.168.0.9/", "http://192.168.0.9"),
        ("http://127.0.0.1/", "http://127.0.0.1"),
        ("http://2130706433/", "http://127.0.0.1"),
        ("http://0x7f000001/", "http://127.0.0.1"),
        ("http://0x7f.1/", "http://127.0.0.1"),
        ("http://0177.0.0.01/", "http://127.0.0.1"),
        ("http://127.1/", "http://127.0.0.1"),
        ("http://127.0.0.1./", "http://127.0.0.1"),
        ("http://%31%32%37.0.0.1/", "http://127.0.0.1"),
        ("http://１２７.０.０.１/", "http://127.0.0.1"),
        ("http://①②⑦.0.0.1/", "http://127.0.0.1"),
        ("http://017700000001/", "http://127.0.0.1"),
        ("http://0x7F.0x0.0x0.0x1/", "http://127.0.0.1"),
        ("http://127.0.1/", "http://127.0.0.1"),
        ("http://0x7f.0.0.1/", "http://127.0.0.1"),
        ("http://00000177.1/", "http://127.0.0.1"),
        ("http://127。0。0。1/", "http://127.0.0.1"),
        ("http://127.0.0.1:80/", "http://127.0.0.1"),
        ("http://3232235529/", "http://192.168.0.9"),
        ("http://0xc0a80009/", "http://192.168.0.9"),
        ("http://10.1/", "http://10.0.0.1"),
        ("http://[::1]/", "http://[::1]"),
        ("http://[0:0:0:0:0:0:0:1]/", "http://[::1]"),
    ] {
        check(url, &not_allowed(origin, "[origins.lan]")).await;
    }
    check("http://0/", &never("0.0.0.0", "an unspecified address")).await;
    let metadata = never("169.254.169.254", "a cloud metadata service");
    for url in [
        "http://169.254.169.254/latest/meta-data/",
        "http://2852039166/",
        "http://0xa9fea9fe/",
        "http://0251.0376.0251.0376/",
        "http://0xA9.0xFE.43518/",
        "http://169.254.43518/",
        "http://169.254.169.254./",
        "http://①⑥⑨.②⑤④.①⑥⑨.②⑤④/",
        "https://169.254.169.254/",
        "http://169.254.169.254:8080/",
    ] {
        check(url, &metadata).await;
    }
    for (url, host, class) in [
        (
            "http://[fd00:ec2::254]/",
            "[fd00:ec2::254]",
            "a cloud metadata service",
        ),
        ("http://[fe80::1]/", "[fe80::1]", "a link-local address"),
        (
            "http://[64:ff9b::127.0.0.1]/",
            "[64:ff9b::7f00:1]",
            "a NAT64 address",
        ),
        (
            "http://[64:ff9b:1::a9fe:a9fe]/",
            "[64:ff9b:1::a9fe:a9fe]",
            "a NAT64 address",
        ),
        (
            "http://[2002:7f00:1::]/",
            "[2002:7f00:1::]",
            "a 6to4 address",
        ),
        ("http://[2001::1]/", "[2001::1]", "a Teredo address"),
        (
            "http://[::127.0.0.1]/",
            "[::7f00:1]",
            "an IPv4-compatible address",
        ),
        (
            "http://[::ffff:169.254.169.254]/",
            "[::ffff:a9fe:a9fe]",
            "an IPv4 address mapped into IPv6",
        ),
        (
            "http://[::ffff:a9fe:a9fe]/",
            "[::ffff:a9fe:a9fe]",
            "an IPv4 address mapped into IPv6",
        ),
        ("http://[::]/", "[::]", "an unspecified address"),
        ("http://[ff02::1]/", "[ff02::1]", "a multicast address"),
        (
            "http://100.64.0.1/",
            "100.64.0.1",
            "an address shared by a carrier (CGNAT)",
        ),
        ("http://198.18.0.1/", "198.18.0.1", "a benchmark address"),
        ("http://224.0.0.1/", "224.0.0.1", "a multicast address"),
        (
            "http://255.255.255.255/",
            "255.255.255.255",
            "the broadcast address",
        ),
        (
            "http://4294967295/",
            "255.255.255.255",
            "the broadcast address",
        ),
        ("http://192.0.2.1/", "192.0.2.1", "a documentation address"),
    ] {
        check(url, &never(host, class)).await;
    }
    check(
        "http://[::ffff:127.0.0.1]/",
        &never("[::ffff:7f00:1]", "an IPv4 address mapped into IPv6"),
    )
    .await;
}

#[tokio::test]
async fn what_is_no_address_to_call_is_refused() {
    let cannot = |why: &str| format!("the address cannot be called: {why} (Refused)");
    let user_info =
        cannot("it leads to no origin: a user name or password in the address is refused");
    check("http://me@api.example.com/", &user_info).await;
    check("http://api.example.com@evil.example/", &user_info).await;
    check("http://:secret@api.example.com/", &user_info).await;
    let character = |at| {
        cannot(&format!(
            "it has a space or control character at byte {at}; percent-encode it"
        ))
    };
    check(" http://api.example.com/", &character(0)).await;
    check("http://api.exa\nmple.com/", &character(14)).await;
    check("http://api.example.com/\r\nHost: evil", &character(23)).await;
    check("http://api.example.com/a\tb", &character(24)).await;
    check("http://api.example.com/\0", &character(23)).await;
    check("http://api.example.com/a b", &character(24)).await;
    let syntax = |why: &str| cannot(&format!("it is not an absolute URL: {why}"));
    check("/orders", &syntax("relative URL without a base")).await;
    check("http://", &syntax("empty host")).await;
    for zoned in [
        "http://[fe80::1%25eth0]/",
        "http://[fe80::1%eth0]/",
        "http://[::1%25lo]/",
    ] {
        check(zoned, &syntax("invalid IPv6 address")).await;
    }
    check("http://4294967296/", &syntax("invalid IPv4 address")).await;
    check("http://0x100000000/", &syntax("invalid IPv4 address")).await;
    check(
        "http://127.0.0.0x1.evil/%zz",
        &not_allowed("http://127.0.0.0x1.evil", "[origins]"),
    )
    .await;
    check("http://08.0.0.1/", &syntax("invalid IPv4 address")).await;
    check("http://256.0.0.1/", &syntax("invalid IPv4 address")).await;
    check(
        "http://api.example.com:99999/",
        &syntax("invalid port number"),
    )
    .await;
    let scheme = |name: &str| {
        cannot(&format!(
            "it leads to no origin: scheme `{name}` is not carried; use https (or http)"
        ))
    };
    check("file:///etc/passwd", &scheme("file")).await;
    check("gopher://api.example.com/", &scheme("gopher")).await;
    check("wss://api.example.com/", &scheme("wss")).await;
    check("ftp://api.example.com/", &scheme("ftp")).await;
    check("data:text/plain,x", &scheme("data")).await;
    check("javascript:alert(1)", &scheme("javascript")).await;
    let long = format!("http://api.example.com/{}", "a".repeat(8 * 1024));
    check(
        &long,
        "the address (bytes) is larger than the limit of 8192 (Refused)",
    )
    .await;
}

#[tokio::test]
async fn redirects_are_answers() {
    let network = ScriptedNetwork::answering(
        "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1/\r\nContent-Length: 0\r\n\r\n",
    )
    .name("api.example.com", &[&["8.8.8.8"]]);
    let granted = caller(&[("http://api.example.com", Reach::Internet)]);
    let call = get("http://api.example.com/");
    let answer = network
        .gateway()
        .send(&granted, call, DEADLINE)
        .await
        .unwrap();
    assert_eq!(answer.status, 302);
    assert!(
        answer
            .headers
            .contains(&("location".to_owned(), "http://127.0.0.1/".to_owned()))
    );
    assert_eq!(network.dialled().len(), 1);
}

#[tokio::test]
async fn the_request_says_what_was_asked_and_no_more() {
    let network = ScriptedNetwork::new(vec![
        crate::scripted::Step::ReadRequest { body_bytes: 3 },
        crate::scripted::Step::Write(OK.into()),
    ])
    .name("api.example.com", &[&["8.8.8.8"]]);
    let granted = caller(&[("http://api.example.com:8080", Reach::Internet)]);
    let mut call = post(
        "http://api.example.com:8080/a/../b?c=d e#f"
            .replace(' ', "%20")
            .as_str(),
        "abc",
    );
    call.headers.push(("X-Key".to_owned(), "1".to_owned()));
    let result = network.gateway().send(&granted, call, DEADLINE).await;
    assert_eq!(told(&result), "200 ok");
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(
        network.requests(),
        [format!(
            "POST /b?c=d%20e HTTP/1.1\r\nx-key: 1\r\nhost: api.example.com:8080\r\n\
             content-length: 3\r\nuser-agent: madang/{version}\r\n\r\nabc"
        )]
    );
}
