//! Where calls may go, through the whole client: what is granted, what is looked up, what is dialled.

use std::sync::Arc;

use madang_outbound::{Reach, Route, RoutePatch, SendErrorKind};

use crate::scripted::{ScriptedNetwork, Step, caller, told};

fn network() -> Arc<ScriptedNetwork> {
    ScriptedNetwork::answering(
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok",
    )
}

/// A call to `url`, whose host resolves to `addresses`, with everything granted to the internet, ends so.
async fn check(url: &str, addresses: &[&str], expected: Result<(), &str>) {
    let network = network();
    let origin = madang_outbound::Origin::parse(
        url.split_inclusive('/')
            .take(3)
            .collect::<String>()
            .trim_end_matches('/'),
    );
    let granted = origin.map(|origin| caller(&[(&origin.to_string(), Reach::Internet)]));
    let host = url.split('/').nth(2).unwrap_or_default();
    network.name(host, &[addresses]);
    let granted = granted.unwrap_or_else(|_| caller(&[]));
    let client = network.gateway().client(granted, Route::default()).unwrap();
    let result = client.get(url).answer().await;
    match expected {
        Ok(()) => assert_eq!(told(&result), "200 ok", "{url}"),
        Err(part) => {
            let told = told(&result);
            assert!(
                told.contains(part) && told.ends_with("(Refused)"),
                "{url}: {told}"
            );
            assert_eq!(network.dialled(), Vec::<String>::new(), "{url}");
            for address in addresses {
                assert!(!told.contains(address), "the inside is not told: {told}");
            }
        }
    }
}

const FORBIDDEN: &str = "` leads to ";

#[tokio::test(start_paused = true)]
async fn beyond_addresses_that_are_not_public_are_never_dialled() {
    check("http://shop.example/", &["8.8.8.8"], Ok(())).await;
    for address in [
        "127.0.0.1",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.0.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.1.2.3",
        "224.0.0.1",
        "255.255.255.255",
        "192.0.2.1",
        "198.18.0.1",
        "::1",
        "fe80::1",
        "fd00:ec2::254",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::7f00:1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "2001::1",
        "2001:db8::1",
    ] {
        check("http://shop.example/", &[address], Err(FORBIDDEN)).await;
        // One bad address among good ones is enough.
        check(
            "http://shop.example/",
            &["8.8.8.8", address],
            Err(FORBIDDEN),
        )
        .await;
    }
}

#[tokio::test(start_paused = true)]
async fn beyond_addresses_in_any_spelling_meet_the_same_check() {
    for host in [
        "127.0.0.1",
        "2130706433",
        "0177.0.0.1",
        "0x7f.0.0.1",
        "127.1",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "169.254.169.254",
        "0xa9fea9fe",
    ] {
        check(&format!("http://{host}/"), &[], Err(FORBIDDEN)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn beyond_nothing_goes_where_it_is_not_granted() {
    let network = network().name("shop.example", &[&["8.8.8.8"]]);
    let granted = caller(&[("https://shop.example", Reach::Internet)]);
    let client = network.gateway().client(granted, Route::default()).unwrap();
    for url in [
        "http://shop.example/",
        "https://shop.example:8443/",
        "https://other.example/",
        "https://shop.example.evil.example/",
        "https://user:pass@shop.example/",
        "ftp://shop.example/",
        "file:///etc/passwd",
    ] {
        let error = client.get(url).answer().await.unwrap_err();
        assert!(
            matches!(
                error.kind(),
                SendErrorKind::NotAllowed { .. } | SendErrorKind::BadUrl(_)
            ),
            "{url}: {error:?}"
        );
    }
    assert!(network.lookups().is_empty());
}

#[tokio::test(start_paused = true)]
async fn beyond_every_try_looks_up_once_and_dials_what_it_checked() {
    // Public at first, inside later: each try is checked for itself.
    let network = ScriptedNetwork::new(vec![
        Step::ReadRequest { body_bytes: 0 },
        Step::Write(b"HTTP/1.1 500 X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".to_vec()),
    ])
    .name("shop.example", &[&["8.8.8.8"], &["127.0.0.1"]]);
    let granted = caller(&[("http://shop.example", Reach::Internet)]);
    let client = network.gateway().client(granted, Route::default()).unwrap();
    let result = client.get("http://shop.example/").answer().await;
    assert!(told(&result).contains(FORBIDDEN), "{}", told(&result));
    assert_eq!(network.lookups().len(), 2);
    assert_eq!(network.dialled(), ["8.8.8.8:80"]);
}

#[tokio::test(start_paused = true)]
async fn beyond_a_redirect_is_checked_like_a_first_call() {
    for (location, is_followed) in [
        ("http://shop.example/y", true),
        ("http://127.0.0.1/", false),
        ("http://inside.example/", false),
        ("http://ungranted.example/", false),
    ] {
        let head = format!(
            "HTTP/1.1 302 X\r\nLocation: {location}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        );
        let network = ScriptedNetwork::new(vec![
            Step::ReadRequest { body_bytes: 0 },
            Step::Write(head.into()),
        ])
        .then(vec![
            Step::ReadRequest { body_bytes: 0 },
            Step::Write(
                b"HTTP/1.1 200 X\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok".to_vec(),
            ),
        ])
        .name("shop.example", &[&["8.8.8.8"]])
        .name("inside.example", &[&["10.0.0.1"]])
        .name("ungranted.example", &[&["8.8.4.4"]]);
        let granted = caller(&[
            ("http://shop.example", Reach::Internet),
            ("http://inside.example", Reach::Internet),
            ("http://127.0.0.1", Reach::Internet),
        ]);
        let route = Route::default().patched(RoutePatch {
            redirects_max: Some(2),
            ..RoutePatch::default()
        });
        let client = network.gateway().client(granted, route.unwrap()).unwrap();
        let result = client.get("http://shop.example/x").answer().await;
        assert_eq!(result.is_ok(), is_followed, "{location} {result:?}");
        let dials = network.dialled();
        assert!(
            dials.iter().all(|dialled| dialled == "8.8.8.8:80"),
            "{dials:?}"
        );
    }
}
