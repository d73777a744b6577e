//! Other companies' servers of a running till, told and held back from the command line.

use serde_json::{Value, json};

use crate::program::{Place, Till, repository};

const ORIGIN: &str = "https://orders.example.com";

/// A till whose network is cut on purpose, and a plugin on it that sends orders to a server.
fn till_with_server(place: &Place) -> Till {
    let plugin = repository().join("plugins/order-mirror");
    let till = place.dev(&[plugin.to_str().expect("a path")]);
    let cut = json!({ "faults": [{ "fault": { "kind": "refused" } }] });
    let (status, network) = till.ask("POST", "/api/network", Some(&cut));
    assert_eq!(
        (status, &network["plan"]["faults"][0]["per_mille"]),
        (200, &json!(1000))
    );
    let server = format!("set server_url {ORIGIN}");
    let sold = place.madang(&[
        "act",
        &server,
        "tap 아메리카노",
        "pay cash 5000",
        "expect order paid",
    ]);
    assert_eq!(sold.code, 0, "{}{}", sold.stdout, sold.stderr);
    till
}

/// The one server as `madang upstreams --json` tells it, once it is as wanted.
fn server(place: &Place, is_wanted: impl Fn(&Value) -> bool) -> Value {
    loop {
        let told = place.madang(&["upstreams", "--json"]);
        assert_eq!(told.code, 0, "{}", told.stderr);
        let server: Value = match told.stdout.lines().next() {
            Some(line) => serde_json::from_str(line).expect("a line of JSON"),
            None => Value::Null,
        };
        if is_wanted(&server) {
            return server;
        }
        std::thread::yield_now();
    }
}

#[test]
fn a_server_is_told_held_back_and_released() {
    let place = Place::new();
    let till = till_with_server(&place);
    let failed = server(&place, |server| server["last_failure"].is_object());
    assert_eq!(failed["origin"], ORIGIN);
    assert_eq!(failed["plugin"], "order-mirror");
    let words = failed["last_failure"]["message"].as_str().expect("words");
    assert!(words.contains("a failure on purpose"), "{words}");
    let last = &failed["last_failure"];
    assert_eq!(last["kind"], "no_connection");
    assert_eq!(last["sentences"]["ko"], "서버에 연결할 수 없었어요");

    let set = |arguments: &[&str], state: &str| {
        let ended = place.madang(&[&["upstreams"], arguments].concat());
        assert_eq!(ended.code, 0, "{}", ended.stderr);
        let first = ended.stdout.lines().next().unwrap_or_default();
        assert!(
            first.starts_with(&format!("{ORIGIN}  order-mirror  {state}")),
            "{arguments:?}: {}",
            ended.stdout
        );
    };
    set(&["isolate", ORIGIN], "isolated by hand");
    set(&[], "isolated by hand");
    set(
        &["close", ORIGIN, "--plugin", "order-mirror"],
        "let through by hand",
    );
    set(&["release", "--all"], "fine");
    set(
        &["--url", &till.page, "isolate", "--all"],
        "isolated by hand",
    );
    set(&["release", "--plugin", "order-mirror"], "fine");
    set(&["release", "--all"], "fine");

    let text = |arguments: &[&str]| {
        let ended = place.madang(&[&["upstreams"], arguments].concat());
        format!(
            "$ madang upstreams {}\nexit {}\n{}{}",
            arguments.join(" "),
            ended.code,
            ended.stdout,
            ended.stderr
        )
    };
    let refused = [
        text(&["isolate"]),
        text(&["isolate", ORIGIN, "--all"]),
        text(&["release", "https://other.example", "--plugin", "stranger"]),
        text(&["isolate", "orders.example.com"]),
        text(&["explode", ORIGIN]),
    ];
    insta::assert_snapshot!(refused.join("\n"));
    assert_eq!(till.end(), 0);
}

/// Before it opens, too: nobody has called the server, and the till is ended and opened again.
#[test]
fn an_isolated_server_stays_so_until_it_is_released() {
    let place = Place::new();
    let plugin = repository().join("plugins/order-mirror");
    let plugin = plugin.to_str().expect("a path");
    let till = place.dev(&[plugin]);
    let first = |arguments: &[&str]| {
        let ended = place.madang(&[&["upstreams"], arguments].concat());
        assert_eq!(ended.code, 0, "{}", ended.stderr);
        ended.stdout.lines().next().unwrap_or_default().to_owned()
    };
    let isolated = format!("{ORIGIN}  everybody (모두)  isolated by hand (손으로 끊음)");
    assert_eq!(first(&["isolate", ORIGIN]), isolated);
    assert_eq!(till.end(), 0);
    let till = place.dev(&[plugin]);
    assert_eq!(first(&[]), isolated);
    let server_line = format!("set server_url {ORIGIN}");
    let sold = place.madang(&["act", &server_line, "tap 아메리카노", "pay cash 5000"]);
    assert_eq!(sold.code, 0, "{}{}", sold.stdout, sold.stderr);
    let kept_back = server(&place, |server| server["plugin"] == "order-mirror");
    assert_eq!(kept_back["breaker"], "isolated");
    assert_eq!(kept_back["attempts"], 0);
    let released = first(&["release", ORIGIN]);
    assert_eq!(released, format!("{ORIGIN}  order-mirror  fine (정상)"));
    assert_eq!(till.end(), 0);
    let till = place.dev(&[plugin]);
    assert!(!first(&[]).contains("isolated"));
    assert_eq!(till.end(), 0);
}

#[test]
fn figures_for_prometheus_are_behind_the_token() {
    let place = Place::new();
    let till = till_with_server(&place);
    server(&place, |server| server["last_failure"].is_object());
    let (status, text) = till.text("/metrics", true);
    assert_eq!(status, 200);
    let line = format!(
        "madang_upstream_calls_total{{caller=\"plugin:order-mirror\",origin=\"{ORIGIN}\"}} "
    );
    assert!(text.contains(&line), "{text}");
    assert_eq!(till.text("/metrics", false).0, 401);
    assert_eq!(till.end(), 0);
}

#[test]
fn without_a_till_or_a_server_that_is_said() {
    let place = Place::new();
    let nowhere = place.madang(&["upstreams"]);
    assert_eq!(nowhere.code, 69, "{}", nowhere.stderr);
    let till = place.dev(&[]);
    let none = place.madang(&["upstreams"]);
    assert_eq!(
        (none.code, none.stdout.as_str()),
        (0, "no server was called lately (요즘 부른 서버가 없어요)\n")
    );
    assert_eq!(
        place.madang(&["upstreams", "--json"]).stdout,
        "{\"outbox\":{\"count\":0,\"messages\":[]}}\n",
        "no server, and nothing that stands aside"
    );
    let stranger = place.madang(&[
        "upstreams",
        "--url",
        &format!("http://127.0.0.1:{}", till.port()),
        "--token",
        "guess",
    ]);
    assert_eq!(stranger.code, 2, "{}", stranger.stderr);
    assert_eq!(till.end(), 0);
}
