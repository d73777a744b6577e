//! A till that runs, and what is done on it from outside.

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::program::{Place, Till};

const COUNTER: &str =
    "const say = (message) => postMessage({ name: 'toast.open', version: 1, data: { message } });
self.onmessage = ({ data }) => { if (data.name === 'draft-order.change.event') say('VERSION'); };
";

fn plugin(place: &Place, version: &str) {
    place.file(
        "plugin/plugin.toml",
        "name = \"counter\"\nversion = \"1.0.0\"\n[permissions]\ndraft-order = [\"read\"]\ntoast = [\"show\"]\n",
    );
    place.file("plugin/main.js", &COUNTER.replace("VERSION", version));
}

#[test]
fn a_cashier_acts_on_a_running_till() {
    let place = Place::new();
    let till = place.dev(&[]);
    let sold = place.madang(&[
        "act",
        "tap 아메리카노 2",
        "pay card approved",
        "expect order paid",
    ]);
    assert_eq!(sold.code, 0, "{}", sold.stderr);
    assert!(sold.stdout.contains("paid"), "{}", sold.stdout);
    let by_address = place.madang(&[
        "act",
        "--url",
        &till.page,
        "cancel-payment last",
        "expect cancelled",
    ]);
    assert_eq!(by_address.code, 0, "{}", by_address.stderr);
    let failed = place.madang(&["act", "--json", "tap 아메리카노", "expect total 1", "clear"]);
    assert_eq!(failed.code, 1);
    assert_eq!(
        failed.stdout.lines().count(),
        2,
        "nothing after the one that failed"
    );
    let answer = place.madang(&["act", "answer GET https://api.example.com/ 200"]);
    let told = "this till calls real servers";
    assert_eq!((answer.code, answer.stderr.contains(told)), (1, true));
    let stranger = place.madang(&[
        "act",
        "--url",
        &format!("http://127.0.0.1:{}", till.port()),
        "--token",
        "guess",
        "clear",
    ]);
    assert_eq!(stranger.code, 2, "{}", stranger.stderr);
    for name in ["key", "token", "running.json"] {
        let path = place.path().join(".madang/cafe").join(name);
        let mode = fs::metadata(path)
            .expect("it is there")
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
    let page = till.page.clone();
    assert_eq!(till.end(), 0);
    assert!(!place.path().join(".madang/cafe/running.json").exists());
    let token = |page: &str| page.split("#token=").nth(1).map(str::to_owned);
    let again = place.dev(&[]);
    assert_eq!(
        token(&again.page),
        token(&page),
        "a page that is open is let in again"
    );
    assert_eq!(again.end(), 0);
}

#[test]
fn a_plugin_that_is_saved_is_loaded_again_and_the_cart_stays() {
    let place = Place::new();
    plugin(&place, "first");
    let mut till = place.dev(&["plugin"]);
    let act = |steps: &[&str]| {
        let mut arguments = vec!["act"];
        arguments.extend(steps);
        let ended = place.madang(&arguments);
        assert_eq!(ended.code, 0, "{}{}", ended.stdout, ended.stderr);
    };
    act(&[
        "expect plugin running",
        "tap 아메리카노",
        "expect toast \"first\"",
    ]);
    plugin(&place, "second");
    till.line_with("loaded counter again");
    act(&[
        "expect plugin running",
        "expect total 4500",
        "tap 아메리카노",
        "expect toast \"second\"",
    ]);
    place.file("plugin/main.js", "import nothing from './gone.js';");
    till.line_with("goes on as it was before");
    act(&[
        "tap 아메리카노",
        "expect toast \"second\"",
        "expect total 13500",
    ]);
    plugin(&place, "third");
    till.line_with("loaded counter again");
    act(&[
        "expect plugin running",
        "tap 아메리카노",
        "expect toast \"third\"",
    ]);
    assert_eq!(till.end(), 0);
}

#[test]
fn a_plugin_that_does_not_compile_keeps_no_till_shut() {
    let place = Place::new();
    plugin(&place, "first");
    let broken = "broken/src/index.ts";
    place.file(
        "broken/plugin.toml",
        "name = \"broken\"\nversion = \"1.0.0\"\n[permissions]\ntoast = [\"show\"]\n",
    );
    place.file(broken, "const price: number = ;\n");
    let mut till = place.dev(&["plugin", "broken"]);
    till.line_with("src/index.ts:1:23");
    till.line_with("it starts when it is mended");
    let act = |steps: &[&str]| {
        let ended = place.madang(&[&["act"], steps].concat());
        assert_eq!(ended.code, 0, "{}{}", ended.stdout, ended.stderr);
    };
    act(&[
        "expect plugin counter running",
        "expect plugin broken stopped \"does not compile: src/index.ts:1:23\"",
        "expect plugin broken stopped \"컴파일되지 않아요\"",
        "tap 아메리카노",
        "expect toast \"first\"",
    ]);
    let shown = till.ask("GET", "/api/plugins", None).1.to_string();
    assert!(
        shown.contains("컴파일되지 않아요: src/index.ts:1:23"),
        "{shown}"
    );
    place.file(broken, "const price: number = 1;\nconst name: string = ;\n");
    till.line_with("src/index.ts:2:22");
    act(&["expect plugin broken stopped \"src/index.ts:2:22\""]);
    place.file(
        broken,
        "postMessage({ name: 'toast.open', version: 1, data: { message: 'mended' } });\n",
    );
    till.line_with("loaded broken again");
    act(&["expect plugin broken running", "expect toast \"mended\""]);
    assert_eq!(till.end(), 0);
}

/// What is chosen for the next payment must not end the one that waits at the terminal.
#[test]
fn a_payment_that_waits_does_not_take_the_next_one_s_outcome() {
    let place = Place::new();
    let till = place.dev(&[]);
    let act = |steps: &[&str]| place.madang(&[&["act"], steps].concat());
    assert_eq!(act(&["tap 아메리카노"]).code, 0);
    let (_, order) = till.ask("POST", "/api/orders", Some(&serde_json::json!({})));
    let order = order["id"].clone();
    let pay = serde_json::json!({ "method": "card" });
    let path = format!(
        "/api/orders/{}/payments",
        order.as_str().unwrap_or_default()
    );
    let begun = till.ask("POST", &path, Some(&pay));
    assert_eq!(begun.0, 202, "{begun:?}");
    shows(&till, "screen", &"waiting".into());
    let next = act(&["tap 카페라떼", "pay card approved"]);
    assert_eq!(next.code, 1, "{}", next.stdout);
    assert!(next.stderr.contains("under way"), "{}", next.stderr);
    assert_eq!(shown(&till)["screen"], "waiting");
    assert_eq!(shown(&till)["chosen"], Value::Null);
    let approve = serde_json::json!({ "outcome": { "kind": "approved" } });
    let chosen = till.ask("PUT", "/api/terminal", Some(&approve));
    assert!(chosen.0 < 300, "{chosen:?}");
    shows(&till, "screen", &"approved".into());
    assert_eq!(act(&["pay card declined", "expect order open"]).code, 0);
    assert_eq!(till.end(), 0);
}

/// A terminal that runs, and where it listens.
fn terminal(place: &Place, listen: &str) -> (Child, String) {
    let mut terminal = Command::new(env!("CARGO_BIN_EXE_madang"))
        .args(["terminal", "--book", "own.book", "--listen", listen])
        .current_dir(place.path())
        .stdout(Stdio::piped())
        .spawn()
        .expect("it runs");
    let mut address = String::new();
    let stdout = terminal.stdout.take().expect("it is piped");
    BufReader::new(stdout)
        .read_line(&mut address)
        .expect("it says where");
    (terminal, address.trim().to_owned())
}

/// What the till's API says of its terminal.
fn shown(till: &Till) -> Value {
    till.ask("GET", "/api/terminal", None).1
}

/// Asks until `field` of the terminal is `expected`: the till hears of the other process when that tells it.
fn shows(till: &Till, field: &str, expected: &Value) {
    while shown(till)[field] != *expected {
        std::thread::yield_now();
    }
}

#[test]
fn a_terminal_that_comes_later_is_seen_when_it_comes() {
    let place = Place::new();
    let (mut first, address) = terminal(&place, "127.0.0.1:0");
    first.kill().expect("it runs");
    first.wait().expect("it ends");
    let till = place.dev(&["--terminal", &address, "--terminal-later"]);
    assert_eq!(shown(&till)["kind"], "separate");
    assert_eq!(shown(&till)["address"], address.as_str());
    assert_eq!(shown(&till)["answers"], false);
    let cash = place.madang(&[
        "act",
        "tap 아메리카노",
        "pay cash 5000",
        "expect order paid",
    ]);
    assert_eq!(cash.code, 0, "{}{}", cash.stdout, cash.stderr);
    let (mut second, _) = terminal(&place, &address);
    shows(&till, "answers", &true.into());
    let card = place.madang(&[
        "act",
        "tap 아메리카노",
        "pay card approved",
        "expect order paid",
    ]);
    assert_eq!(card.code, 0, "{}{}", card.stdout, card.stderr);
    shows(&till, "screen", &"approved".into());
    second.kill().expect("it runs");
    second.wait().expect("it ends");
    shows(&till, "answers", &false.into());
    assert_eq!(till.end(), 0);
}

#[test]
fn a_terminal_in_a_process_of_its_own_takes_the_money() {
    let place = Place::new();
    let (mut terminal, address) = terminal(&place, "127.0.0.1:0");
    let till = place.dev(&["--terminal", &address]);
    let sold = place.madang(&[
        "act",
        "tap 아메리카노",
        "pay card lost",
        "expect order paid",
        "tap 아메리카노",
        "pay card declined",
        "expect order open",
    ]);
    let book = fs::read_to_string(place.path().join("own.book")).expect("a book");
    assert_eq!(sold.code, 0, "{}{}", sold.stdout, sold.stderr);
    assert_eq!(book.lines().count(), 2, "{book}");
    assert_eq!(till.end(), 0);
    terminal.kill().expect("it runs");
    terminal.wait().expect("it ends");
}

const KEEPER: &str = "import { posPluginSdk } from '@tossplace/pos-plugin-sdk';
void posPluginSdk.secureStore.get('pin').then(async (kept) => {
  console.log('kept ' + JSON.stringify(kept));
  await posPluginSdk.secureStore.set('pin', 'open sesame');
  posPluginSdk.toast.open('kept');
}, (error) => console.log('closed ' + error.message));
";

#[test]
fn a_backup_of_a_running_till_can_be_opened() {
    let place = Place::new();
    place.file("keeper/index.ts", KEEPER);
    let till = place.dev(&["--data", "data", "keeper"]);
    let act = [
        "act",
        "--data",
        "data",
        "expect toast \"kept\"",
        "tap 아메리카노",
        "pay card approved",
        "expect order paid",
    ];
    assert_eq!(place.madang(&act).code, 0);
    let without = place.madang(&["backup", "--data", "data", "--to", "without"]);
    let with = place.madang(&["backup", "--data", "data", "--to", "with", "--with-key"]);
    let again = place.madang(&["backup", "--data", "data", "--to", "with"]);
    assert_eq!(till.end(), 0);
    assert_eq!([without.code, with.code, again.code], [0, 0, 2]);
    assert!(!place.path().join("without/key").exists());
    for name in ["key", "terminal.book"] {
        let original = place.path().join("data").join(name);
        let copy = place.path().join("with").join(name);
        let mode = fs::metadata(&copy)
            .expect("it is there")
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
        let read = |path| fs::read(path).expect("it is there");
        assert_eq!(read(copy), read(original), "{name}");
    }
    let told = [without.stdout, with.stdout, again.stderr].concat();
    insta::assert_snapshot!("backup", told);
    place.file(
        "day.txt",
        "expect order paid\nexpect total 4500\ncancel-payment last\nexpect cancelled",
    );
    let restored = |copy: &str| {
        let ended = place.madang(&["run", "--data", copy, "--script", "day.txt", "keeper"]);
        assert_eq!(ended.code, 0, "{copy}: {}{}", ended.stdout, ended.stderr);
        let line = ended
            .stdout
            .lines()
            .find(|line| line.contains("keeper · log"));
        line.unwrap_or_default().trim().to_owned()
    };
    assert_eq!(restored("with"), "keeper · log: kept \"open sesame\"");
    let closed = restored("without");
    assert!(closed.contains("closed"), "{closed}");
}
