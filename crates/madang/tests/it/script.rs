//! The language of scripts: what a line means, and what is said about one that means nothing.

use std::time::Duration;

use jiff::SignedDuration;
use madang::failure::{Exits, told};
use madang::script::{
    CalledUrl, Expectation, OrderStanding, Script, Step, WantedChoice, WantedOff, WantedOutcome,
    Which,
};
use madang_model::line::Dining;
use madang_outbound::{Fate, Method, StandInAnswer};
use miette::{GraphicalReportHandler, GraphicalTheme, Report};

fn check(line: &str, expected: Step) {
    let script = Script::parse("day.txt", line).map_err(|error| panic!("{line}: {error}"));
    let steps: Vec<_> = script.expect("parsed").steps.into_iter().collect();
    let read: Vec<_> = steps.iter().map(|placed| &placed.step).collect();
    assert_eq!(read, [&expected], "{line}");
}

fn tap(item: &str, quantity: u64, choices: &[(&str, u32)]) -> Step {
    Step::Tap {
        item: item.into(),
        quantity,
        choices: choices
            .iter()
            .map(|(name, quantity)| WantedChoice {
                name: (*name).into(),
                quantity: *quantity,
            })
            .collect(),
    }
}

fn card(outcome: WantedOutcome, amount: Option<i64>) -> Step {
    Step::PayCard { outcome, amount }
}

fn declined(code: &str) -> WantedOutcome {
    WantedOutcome::Declined { code: code.into() }
}

fn expect(expectation: Expectation) -> Step {
    Step::Expect(expectation)
}

#[test]
fn items_are_named_as_people_name_them() {
    check("tap 아메리카노", tap("아메리카노", 1, &[]));
    check("tap 아메리카노 2", tap("아메리카노", 2, &[]));
    check("  tap 바닐라 라떼 2  # 두 잔", tap("바닐라 라떼", 2, &[]));
    check("tap \"7번 세트\" 3", tap("7번 세트", 3, &[]));
    check("tap “세트 7” 3", tap("세트 7", 3, &[]));
    check(
        "tap Caffè Latte with Tall, Extra shot x2",
        tap("Caffè Latte", 1, &[("Tall", 1), ("Extra shot", 2)]),
    );
    check(
        "tap 카페라떼 2 with 톨,샷 추가 ×2",
        tap("카페라떼", 2, &[("톨", 1), ("샷 추가", 2)]),
    );
    check(
        "quantity 바닐라 라떼 3",
        Step::Quantity {
            item: "바닐라 라떼".into(),
            quantity: 3,
        },
    );
    check(
        "memo 바닐라 라떼 \"덜 달게 \\\"꼭\\\"\"",
        Step::Memo {
            item: "바닐라 라떼".into(),
            memo: "덜 달게 \"꼭\"".into(),
        },
    );
    check(
        "remove 소금빵",
        Step::Remove {
            item: "소금빵".into(),
        },
    );
    check(
        "request 소금빵 2",
        Step::Request {
            item: "소금빵".into(),
            quantity: 2,
        },
    );
}

#[test]
fn money_is_written_with_or_without_commas() {
    let cash = |received| Step::PayCash { received };
    check("pay cash 10000", cash(10_000));
    check("pay cash 10,000", cash(10_000));
    check("pay cash 10,000원", cash(10_000));
    check("pay cash -1", cash(-1));
    check(
        "expect total 9,000",
        expect(Expectation::Total { amount: 9_000 }),
    );
    let off = |off, title: &str| Step::Discount {
        off,
        title: title.into(),
    };
    check("discount 10%", off(WantedOff::BasisPoints(1_000), "할인"));
    check(
        "discount 12.5% \"직원\"",
        off(WantedOff::BasisPoints(1_250), "직원"),
    );
    check("discount 500", off(WantedOff::Amount(500), "할인"));
}

#[test]
fn cards_end_as_they_are_told() {
    check("pay card approved", card(WantedOutcome::Approved, None));
    check(
        "pay card approved 5000",
        card(WantedOutcome::Approved, Some(5_000)),
    );
    check("pay card declined", card(declined("051"), None));
    check(
        "pay card declined 054 3000",
        card(declined("054"), Some(3_000)),
    );
    check("pay card timeout", card(WantedOutcome::Timeout, None));
    check("pay card unplugged", card(WantedOutcome::Unplugged, None));
    check("pay card lost", card(WantedOutcome::Lost, None));
    check(
        "pay card reversal-refused",
        card(WantedOutcome::ReversalRefused, None),
    );
    check(
        "pay external 계좌 4500",
        Step::PayExternal {
            source: "계좌".into(),
            amount: Some(4_500),
        },
    );
    check("cancel-payment last", Step::CancelPayment(Which::Last));
    check("cancel-payment 77", Step::CancelPayment(Which::Id(77)));
}

#[test]
fn settings_and_expectations() {
    let set = |plugin: Option<&str>, setting: &str, value: &str| Step::Set {
        plugin: plugin.map(Into::into),
        setting: setting.into(),
        value: value.into(),
    };
    check("set limit 9000", set(None, "limit", "9000"));
    check(
        "set server_url https://127.0.0.1:9/#a",
        set(None, "server_url", "https://127.0.0.1:9/#a"),
    );
    check(
        "set refund-guard limit 9000",
        set(Some("refund-guard"), "limit", "9000"),
    );
    check(
        "expect toast \"스탬프 2/10\"",
        expect(Expectation::Toast {
            text: "스탬프 2/10".into(),
        }),
    );
    check("expect no toast", expect(Expectation::NoToast));
    check("expect cancelled", expect(Expectation::Cancelled));
    check(
        "expect order paid",
        expect(Expectation::Order(OrderStanding::Paid)),
    );
    let plugin = |plugin: Option<&str>, running, reason: Option<&str>| {
        expect(Expectation::Plugin {
            plugin: plugin.map(Into::into),
            running,
            reason: reason.map(Into::into),
        })
    };
    check("expect plugin stopped", plugin(None, false, None));
    check(
        "expect plugin stopped \"메모리\"",
        plugin(None, false, Some("메모리")),
    );
    check(
        "expect plugin stamp-card running",
        plugin(Some("stamp-card"), true, None),
    );
    check("dining togo", Step::Dining(Dining::Togo));
    check("wait 2s", Step::Wait(SignedDuration::from_secs(2)));
    check(
        "wait 500ms",
        Step::Wait(Duration::from_millis(500).try_into().expect("in range")),
    );
}

fn answer(url: &str, is_beginning: bool, fate: Fate) -> Step {
    let url = CalledUrl {
        url: url.into(),
        is_beginning,
    };
    let method = Method::Post;
    Step::Answer { method, url, fate }
}

#[test]
fn what_a_server_answers() {
    let orders = "https://api.example.com/orders";
    let answered = |status, headers: &[(&str, &str)], body: &'static str| {
        let made = StandInAnswer::new(status, headers.iter().copied(), body.into());
        Fate::Answered(made.expect("an answer"))
    };
    check(
        "answer POST https://api.example.com/orders 201",
        answer(orders, false, answered(201, &[], "")),
    );
    check(
        r#"answer POST HTTPS://api.example.com:443/orders 201 '{"id":7}' content-type:application/json "X-A: b c"  # 주석"#,
        answer(
            orders,
            false,
            answered(
                201,
                &[("content-type", "application/json"), ("x-a", "b c")],
                r#"{"id":7}"#,
            ),
        ),
    );
    check(
        r#"answer POST "https://api.example.com/*" 503 retry-after:5"#,
        answer(
            "https://api.example.com/",
            true,
            answered(503, &[("retry-after", "5")], ""),
        ),
    );
    for (word, fate) in [
        ("refused", Fate::Refused),
        ("reset", Fate::Reset),
        ("timeout", Fate::Silent),
    ] {
        let line = format!("answer POST {orders} fail {word}");
        check(&line, answer(orders, false, fate));
    }
    check(
        "expect called POST https://api.example.com/orders \"아메리카노\"",
        expect(Expectation::Called {
            method: Method::Post,
            url: CalledUrl {
                url: orders.into(),
                is_beginning: false,
            },
            text: Some("아메리카노".into()),
        }),
    );
    check(
        "memo 소금빵 'it is \"hot\"'",
        Step::Memo {
            item: "소금빵".into(),
            memo: "it is \"hot\"".into(),
        },
    );
}

fn report(text: &str) -> String {
    let error = Script::parse("day.txt", text).expect_err("not a script");
    let exit = error.exit() as u8;
    let handler = GraphicalReportHandler::new_themed(GraphicalTheme::unicode_nocolor());
    format!("exit {exit}\n{}", told(&Report::new(error), handler))
}

#[test]
fn what_is_not_a_step_is_told_with_line_and_word() {
    let rows = [
        "tap 아메리카노 2\ntpa 카페라떼",
        "fly me to the moon",
        "pay crad approved",
        "pay card aproved",
        "pay cash 만원",
        "expect order payed",
        "expect toast \"안녕",
        "tap",
        "clear everything",
        "wait 2",
        "wait 25h",
        "discount 200%",
        "cancel-payment first",
        "answer FETCH https://api.example.com/ 200",
        "answer GET api.example.com 200",
        "answer GET https://api.example.com/",
        "answer GET https://api.example.com/ 99",
        "answer GET https://api.example.com/ 200 hello",
        "answer GET https://api.example.com/ 200 'hello' content-length:5",
        "answer GET https://api.example.com/ fail slow",
        "answer GET https://api.example.com/ 200 'hello",
        "tap 아메리카노 99999999999999999999999",
    ];
    let reports: Vec<_> = rows.iter().map(|text| report(text)).collect();
    insta::assert_snapshot!(reports.join("\n"));
}

#[test]
fn a_script_that_is_too_long_is_not_read() {
    let text = "#".repeat(madang::script::SCRIPT_BYTES_MAX + 1);
    insta::assert_snapshot!(report(&text));
}
