//! Scripts in virtual time.

use std::io::{Read, Write};
use std::net::TcpListener;

use serde_json::Value;

use crate::program::{Ended, Place, repository};

fn sample(plugin: &str, more: &[&str]) -> Ended {
    let plugin = repository().join("plugins").join(plugin);
    let script = plugin.join("script.txt");
    let (plugin, script) = (plugin.display().to_string(), script.display().to_string());
    let mut arguments = vec!["run", plugin.as_str(), "--script", script.as_str()];
    arguments.extend(more);
    Place::new().madang(&arguments)
}

#[test]
fn every_sample_plugin_does_what_its_script_says() {
    for plugin in ["hello-shop", "stamp-card", "refund-guard", "order-mirror"] {
        let ended = sample(plugin, &[]);
        assert_eq!(ended.code, 0, "{plugin}: {}{}", ended.stdout, ended.stderr);
    }
}

#[test]
fn the_same_seed_gives_the_same_lines() {
    let everything: Vec<String> = ["order-mirror", "stamp-card", "refund-guard"]
        .iter()
        .map(|plugin| {
            repository()
                .join("plugins")
                .join(plugin)
                .display()
                .to_string()
        })
        .collect();
    let script = repository().join("plugins/stamp-card/script.txt");
    let script = script.display().to_string();
    let run = |seed: &str| {
        let mut arguments = vec!["run", "--script", &script, "--json", "--seed", seed];
        arguments.extend(everything.iter().map(String::as_str));
        let ended = Place::new().madang(&arguments);
        assert_eq!(ended.code, 0, "{}", ended.stderr);
        ended.stdout
    };
    let first = run("7");
    assert_eq!(first, run("7"));
    assert_ne!(first, run("8"), "another seed draws other ids");
    let kinds: std::collections::BTreeSet<String> = first
        .lines()
        .map(|line| {
            let line: Value = serde_json::from_str(line).expect("a line of JSON");
            let members = line.as_object().expect("an object");
            members.keys().next().expect("one member").clone()
        })
        .collect();
    assert_eq!(
        kinds.into_iter().collect::<Vec<_>>(),
        ["end", "event", "message", "step"]
    );
}

/// Plays `script` without plugins at `shop`.
fn check(shop: &str, script: &str) {
    let place = Place::new();
    place.file("day.txt", script);
    let ended = place.madang(&["run", "--shop", shop, "--script", "day.txt"]);
    assert_eq!(ended.code, 0, "{}{}", ended.stdout, ended.stderr);
}

#[test]
fn a_cashier_can_do_everything_in_a_script() {
    check(
        "cafe",
        "tap Americano 2 with Large, iced, Extra shot x2
         tap 소금빵
         quantity 소금빵 3
         memo 소금빵 \"따뜻하게\"
         dining togo
         remove 소금빵
         discount 10%
         checkout
         expect order open
         recall last
         clear
         tap 아메리카노 2
         discount 500 \"단골\"
         expect total 8,500
         pay cash 5000
         expect order open
         pay card lost 1000
         pay external 계좌
         expect order paid
         cancel-payment last
         expect cancelled
         tap 아메리카노
         pay card reversal-refused
         cancel-payment last
         expect order paid
         tap 카페라떼
         pay card timeout
         expect order open
         pay card unplugged
         wait 10s
         pay card approved
         expect order paid
         sold-out 카페라떼
         tap 카페라떼
         expect refused \"품절\"
         on-sale 카페라떼
         tap 카페라떼
         clear
         request 카페라떼 2
         expect order requested
         accept last
         expect order open
         request 카페라떼
         decline last \"재료가 없어요\"
         expect order cancelled
         checkout
         expect refused \"empty\"",
    );
    check(
        "restaurant",
        "tap 된장찌개 2
         table 방 1
         expect order open
         complete last
         expect refused \"19,000원을 더\"
         tap 된장찌개
         table 방 1
         pay card approved
         expect order completed",
    );
    check(
        "retail",
        "scan 0000000000000
         expect refused \"바코드\"
         restart
         expect no toast",
    );
}

#[test]
fn a_plugin_that_never_ends_is_stopped_and_the_till_sells_on() {
    let place = Place::new();
    place.file("loop/main.js", "self.onmessage = () => { for (;;) {} };");
    place.file(
        "day.txt",
        "tap 아메리카노\nexpect plugin stopped\npay card approved\nexpect order paid\nexpect message draft-order.change.event",
    );
    let ended = place.madang(&["run", "loop", "--script", "day.txt"]);
    assert_eq!(ended.code, 0, "{}{}", ended.stdout, ended.stderr);
}

/// Each of its turns stays within the limits: only a bound over time ends it. What it was refused is not shown as done.
#[test]
fn a_plugin_that_floods_for_ever_is_set_aside_and_its_refusals_are_told() {
    let place = Place::new();
    place.file(
        "flood/main.js",
        "setInterval(() => { for (let n = 0; n < 5000; n++) self.postMessage({ name: 'toast.open', version: 1, data: { message: 't' + n } }); }, 10);",
    );
    place.file("day.txt", "wait 5s\nwait 1m\nexpect plugin stopped");
    let ended = place.madang(&["run", "flood", "--script", "day.txt"]);
    assert_eq!(ended.code, 0, "{}{}", ended.stdout, ended.stderr);
    let line_with = |text: &str| {
        let line = ended.stdout.lines().find(|line| line.contains(text));
        line.unwrap_or_default().to_owned()
    };
    assert!(
        !line_with("\"t119\"").contains("refused"),
        "{}",
        ended.stdout
    );
    let refused = line_with("\"t120\"");
    assert!(
        refused.contains("refused (거절됨)") && refused.contains("more than 120 a minute"),
        "{refused}"
    );
}

#[test]
fn data_is_kept_from_one_run_to_the_next() {
    let place = Place::new();
    place.file(
        "one.txt",
        "tap 아메리카노\npay card approved\nexpect order paid",
    );
    place.file("two.txt", "cancel-payment last\nexpect cancelled");
    for script in ["one.txt", "two.txt"] {
        let ended = place.madang(&["run", "--script", script, "--data", "data"]);
        assert_eq!(ended.code, 0, "{}{}", ended.stdout, ended.stderr);
    }
}

/// Nothing interrupts these: a property of a billion billion elements is looked up, or a text searched for itself.
const NEVER_COME_BACK: [&str; 2] = [
    "Array.prototype.reverse.call({ length: 2 ** 53 - 1 });",
    "'a'.repeat(8e6).indexOf('a'.repeat(4e6) + 'b');",
];

#[test]
fn a_plugin_that_never_comes_back_ends_the_run() {
    for call in NEVER_COME_BACK {
        let place = Place::new();
        place.file(
            "stuck/main.js",
            &format!("self.onmessage = () => {{ {call} }};"),
        );
        place.file("day.txt", "clear");
        let ended = place.madang(&[
            "run",
            "stuck",
            "--script",
            "day.txt",
            "--give-up-after",
            "1",
            "--json",
        ]);
        assert_eq!(ended.code, 124, "{}{}", ended.stdout, ended.stderr);
        let last = ended.stdout.lines().last().unwrap_or_default();
        assert_eq!(
            last,
            r#"{"end":{"ok":false,"gaveUp":{"plugin":"stuck","limitSeconds":1}}}"#
        );
        insta::assert_snapshot!("never_comes_back", ended.stderr);
    }
}

#[test]
fn a_log_that_is_not_read_at_a_terminal_has_no_colours() {
    let place = Place::new();
    place.file("plugin/main.js", "");
    place.file("day.txt", "tap 아메리카노\npay cash 5000");
    let ended = place.madang_with_log(&["run", "plugin", "--script", "day.txt"]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert!(ended.stderr.contains("TRACE"), "{}", ended.stderr);
    assert!(!ended.stderr.contains('\x1b'), "{}", ended.stderr);
}

/// A server that answers `body` to every call, for as long as the test lasts; its origin.
fn server(body: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let origin = format!("http://{}", listener.local_addr().expect("an address"));
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.expect("a connection");
            let mut head = Vec::new();
            let mut byte = [0];
            while !head.ends_with(b"\r\n\r\n") {
                stream.read_exact(&mut byte).expect("a request");
                head.extend(byte);
            }
            let length = body.len();
            let answer = format!(
                "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}"
            );
            stream.write_all(answer.as_bytes()).expect("an answer");
        }
    });
    origin
}

/// A plugin that asks `origin` at each order, and tells in a toast what it heard, how long that took by its own clock, and whether a
/// timer of one millisecond came first.
fn asker(place: &Place, origin: &str) {
    let manifest = format!(
        "name = \"asker\"\nversion = \"1.0.0\"\n[permissions]\norder = [\"read\"]\nhttp = [\"send\"]\ntoast = [\"show\"]\n[origins.lan]\n\"{origin}\" = \"a test\"\n"
    );
    let source = "onmessage = async ({ data }) => {
            if (data.name !== 'order.change.event' || data.data.event !== 'add') return;
            let timers = 0;
            setTimeout(() => { timers += 1; }, 1);
            const began = Date.now();
            const answer = await fetch('ORIGIN/stock').then((answer) => answer.text(), (error) => error.cause.message);
            postMessage({ name: 'toast.open', version: 1, data: { message: `${answer} after ${Date.now() - began} ms and ${timers} timers` } });
        };";
    place.file("asker/plugin.toml", &manifest);
    place.file("asker/main.js", &source.replace("ORIGIN", origin));
}

#[test]
fn virtual_time_stands_still_for_a_call() {
    let place = Place::new();
    asker(&place, &server("12 left"));
    place.file(
        "day.txt",
        "tap 아메리카노\ncheckout\nwait 5s\nexpect toast \"12 left after 0 ms and 0 timers\"\n",
    );
    let ended = place.madang(&["run", "asker", "--script", "day.txt"]);
    assert_eq!(ended.code, 0, "{}{}", ended.stdout, ended.stderr);
}

/// A plugin that asks a server at each order, in the way of the SDK and as browsers do, and tells what it heard.
fn partner(place: &Place) {
    place.file("partner/plugin.toml", "name = \"partner\"\nversion = \"1.0.0\"\n[permissions]\norder = [\"read\"]\nhttp = [\"send\"]\nwebsocket = [\"connect\"]\ntoast = [\"show\"]\n[origins]\n\"https://api.example.com\" = \"a test\"\n");
    let source = r#"
        import { posPluginSdk } from "@madang/pos-plugin-sdk";
        const told = (message) => posPluginSdk.toast.success({ message });
        posPluginSdk.http.get("https://api.example.com/hours").then(({ body }) => told(`open ${body}`), () => told("hours unknown"));
        posPluginSdk.order.on("add", async () => {
          const began = Date.now();
          const stock = await fetch("https://api.example.com/stock/11?x=1").then(async (answer) => `${answer.status} ${answer.headers.get("x-till")} ${(await answer.json()).left}`, (error) => error.cause.message);
          await posPluginSdk.http.post("https://api.example.com/orders", { id: 7, what: "한 잔" }, [["Idempotency-Key", "7"]]).catch(() => undefined);
          told(`stock ${stock} after ${Date.now() - began} ms`);
        });
    "#;
    place.file("partner/src/index.ts", source);
}

/// Plays `script` on the partner's plugin; what was printed.
fn answered(script: &str) -> Ended {
    let place = Place::new();
    partner(&place);
    place.file("day.txt", script);
    place.madang(&["run", "partner", "--script", "day.txt"])
}

const ORDER: &str = "tap 아메리카노\ncheckout\n";

#[test]
fn a_script_says_what_servers_answer() {
    let script = format!(
        "# Before the first other step: the plugin asks as soon as it starts.
         answer GET https://api.example.com/hours 200 '9-18'
         answer GET https://api.example.com/stock/* 200 '{{\"left\":12}}' content-type:application/json X-Till:cafe
         answer POST https://api.example.com/orders 201
         expect toast \"open 9-18\"
         {ORDER}
         expect toast \"stock 200 cafe 12 after 0 ms\"
         expect called GET https://api.example.com/stock/11?x=1
         expect called POST https://api.example.com/* \"한 잔\"
         answer GET https://api.example.com/stock/11?x=1 404 '{{\"left\":0}}'
         {ORDER}
         expect toast \"stock 404 null 0\"
         answer GET https://api.example.com/stock/11?x=1 fail timeout
         {ORDER}
         expect no toast
         wait 2m
         expect toast \"답이 없었어요\"
         answer GET https://api.example.com/stock/11?x=1 fail reset
         {ORDER}
         expect toast \"연결이 끊겼어요\"
         answer GET https://api.example.com/stock/11?x=1 fail refused
         {ORDER}
         expect toast \"연결할 수 없어요\""
    );
    let ended = answered(&script);
    assert_eq!(ended.code, 0, "{}{}", ended.stdout, ended.stderr);
}

/// As in a shop: whoever waits for a silent server is the one who gives up, at his own time.
#[test]
fn a_silent_server_leaves_a_plugin_to_its_own_timers() {
    let url = "https://api.example.com/slow";
    for (call, expected) in [
        (
            "fetch(url, { signal: AbortSignal.timeout(10_000) })",
            "TimeoutError 10000",
        ),
        (
            "posPluginSdk.http.get(url, [], { timeoutMs: 3_000 })",
            "PosPluginSdkTimeoutError 3001",
        ),
        (
            "posPluginSdk.http.get(url)",
            "PosPluginSdkTimeoutError 30001",
        ),
        (
            "(() => { const stop = new AbortController(); setTimeout(() => stop.abort(), 5_000); return fetch(url, { signal: stop.signal }); })()",
            "AbortError 5000",
        ),
        (
            "Promise.race([fetch(url), new Promise((_, reject) => setTimeout(() => reject(new RangeError('late')), 2_000))])",
            "RangeError 2000",
        ),
        ("fetch(url)", "TypeError 120001"),
    ] {
        let place = Place::new();
        partner(&place);
        let source = format!(
            "import {{ posPluginSdk }} from '@madang/pos-plugin-sdk';
             const url = '{url}';
             posPluginSdk.order.on('add', async () => {{
               const began = Date.now();
               const ended = await {call}.then(() => 'answered', (error) => error.name);
               posPluginSdk.toast.success({{ message: `${{ended}} ${{Date.now() - began}}` }});
             }});"
        );
        place.file("partner/src/index.ts", &source);
        let script = format!(
            "answer GET {url} fail timeout\n{ORDER}wait 121s\nexpect toast \"{expected}\"\nexpect called GET {url}\n"
        );
        place.file("day.txt", &script);
        let ended = place.madang(&["run", "partner", "--script", "day.txt"]);
        assert_eq!(ended.code, 0, "{call}: {}{}", ended.stdout, ended.stderr);
    }
}

#[test]
fn a_call_without_an_answer_fails_and_is_told_with_the_line_to_write() {
    let script = format!(
        "answer GET https://api.example.com/hours 200\n{ORDER}expect toast \"api.example.com/stock/11?x=1의 답이 없어요\"\n"
    );
    let ended = answered(&script);
    assert_eq!(ended.code, 0, "{}{}", ended.stdout, ended.stderr);
    for line in [
        "no answer was written for GET https://api.example.com/stock/11?x=1 (답이 없는 호출); write: answer GET https://api.example.com/stock/11?x=1 200 'body'",
        "write: answer POST https://api.example.com/orders 200 'body'",
    ] {
        assert!(ended.stdout.contains(line), "{}", ended.stdout);
    }
}

#[test]
fn a_call_that_was_expected_and_not_made_ends_the_script() {
    let answers = "answer GET https://api.example.com/hours 200\nexpect toast \"open\"\n";
    for (step, told) in [
        (
            "expect called GET https://api.example.com/hours\nexpect called GET https://api.example.com/hours",
            "no call was made",
        ),
        (
            "expect called GET https://api.example.com/hours \"body\"",
            "no such call; the newest is GET https://api.example.com/hours",
        ),
    ] {
        let ended = answered(&format!("{answers}{step}\n"));
        assert_eq!(ended.code, 1, "{}", ended.stdout);
        assert!(ended.stderr.contains(told), "{}", ended.stderr);
    }
    let place = Place::new();
    place.file(
        "day.txt",
        "expect called GET https://api.example.com/hours\n",
    );
    let ended = place.madang(&["run", "--script", "day.txt"]);
    assert!(
        ended.stderr.contains("this till calls real servers"),
        "{}",
        ended.stderr
    );
}

/// The breaker opens after five failures and stays so for seconds of the till's time, whatever the machine's clock says.
#[test]
fn time_that_a_script_waits_passes_for_the_gateway_too() {
    let place = Place::new();
    place.file("caller/plugin.toml", "name = \"caller\"\nversion = \"1.0.0\"\n[permissions]\norder = [\"read\"]\nhttp = [\"send\"]\ntoast = [\"show\"]\n[origins]\n\"https://api.example.com\" = \"a test\"\n");
    let source = "onmessage = async ({ data }) => {
            if (data.name !== 'order.change.event' || data.data.event !== 'add') return;
            let last;
            for (let call = 0; call < 8; call++) last = await fetch('https://api.example.com/').then((answer) => answer.text(), (error) => error.cause.message);
            postMessage({ name: 'toast.open', version: 1, data: { message: last } });
        };";
    place.file("caller/main.js", source);
    let script = format!(
        "answer GET https://api.example.com/ fail refused
         {ORDER}
         expect toast \"잠시 부르지 않고 있어요\"
         answer GET https://api.example.com/ 200 'well again'
         {ORDER}
         expect toast \"잠시 부르지 않고 있어요\"
         wait 5m
         {ORDER}
         expect toast \"well again\""
    );
    place.file("day.txt", &script);
    let run = || {
        place.madang(&[
            "run", "caller", "--script", "day.txt", "--json", "--seed", "7",
        ])
    };
    let first = run();
    assert_eq!(first.code, 0, "{}{}", first.stdout, first.stderr);
    assert_eq!(
        first.stdout,
        run().stdout,
        "the same seed gives the same lines"
    );
}
