//! Deviations: what went otherwise than meant, by name, and the cases it happened in.

use madang_process::conformance::{
    Deviation, DeviationKind, Rule, SearchLimits, broken_rules, model_deviations,
};
use madang_process::discovery::{InductiveSettings, PetriNet, Traces, inductive};
use madang_process::event_data::{EventLog, LogBuilder, LogLimits, NewEvent};
use madang_process::language::Language;

/// A log of cases, numbered from 1, each activity a minute after the one before.
pub fn log_of(cases: &[&str]) -> EventLog {
    let mut builder = LogBuilder::new(LogLimits::default());
    for (case, activities) in cases.iter().enumerate() {
        for (step, activity) in activities.split(' ').enumerate() {
            let event = NewEvent {
                case: &(case + 1).to_string(),
                activity,
                time_ms: step as i64 * 60_000,
                started_ms: None,
                resource: None,
                sequence: None,
            };
            builder.push(&event).expect("a small log");
        }
    }
    builder.finish()
}

/// Each deviation as a line: its name, and the cases.
fn lines(log: &EventLog, deviations: &[Deviation], language: Language) -> String {
    let line = |deviation: &Deviation| {
        let cases: Vec<_> = (deviation.cases.iter())
            .map(|case| log.case(*case).name())
            .collect();
        format!("{}: {}", deviation.kind.name(language), cases.join(" "))
    };
    deviations.iter().map(line).collect::<Vec<_>>().join("; ")
}

const MEANT: &[&str] = &["주문 결제 조리 완료", "주문 조리 결제 완료"];

fn check_model(meant: &[&str], cases: &[&str], korean: &str, english: &str) {
    let model = Traces::of(&log_of(meant));
    let mined = inductive(&model, &InductiveSettings::default()).expect("few activities");
    let net = PetriNet::of_tree(&mined.tree, &model.activities);
    let log = log_of(cases);
    let found = model_deviations(&net, &log, &SearchLimits::default()).expect("a sound net");
    assert_eq!(lines(&log, &found.deviations, Language::Korean), korean);
    assert_eq!(lines(&log, &found.deviations, Language::English), english);
}

#[test]
fn differences_from_a_model_have_names() {
    check_model(MEANT, MEANT, "", "");
    check_model(
        MEANT,
        &["주문 조리 완료", "주문 결제 조리 완료", "주문 조리 완료"],
        "결제 없이 완료: 1 3",
        "완료 without 결제: 1 3",
    );
    check_model(MEANT, &["주문 결제 조리"], "완료 없음: 1", "no 완료: 1");
    check_model(
        MEANT,
        &["주문 결제 조리 취소 완료"],
        "예정에 없던 취소: 1",
        "unplanned 취소: 1",
    );
    check_model(
        MEANT,
        &["주문 결제 조리 조리 완료", "주문 결제 조리 완료 결제"],
        "결제 반복: 2; 조리 반복: 1",
        "결제 repeated: 2; 조리 repeated: 1",
    );
    check_model(
        &["order pay cook serve"],
        &["order cook pay serve", "order pay cook serve"],
        "순서 바뀜: cook 다음에 pay: 1",
        "out of order: pay after cook: 1",
    );
    check_model(
        &["order pay cook serve"],
        &["order pay serve cook", "order serve", "order serve"],
        "cook 없이 serve: 2 3; pay 없이 serve: 2 3; 순서 바뀜: serve 다음에 cook: 1",
        "serve without cook: 2 3; serve without pay: 2 3; out of order: cook after serve: 1",
    );
}

#[test]
fn broken_rules_have_names() {
    let text = |text: &str| text.to_owned();
    let rules = [
        Rule::PrecededBy {
            activity: text("완료"),
            by: text("결제"),
        },
        Rule::FollowedBy {
            activity: text("조리"),
            by: text("완료"),
        },
        Rule::Required {
            activity: text("완료"),
        },
        Rule::Absent {
            activity: text("취소"),
        },
        Rule::AtMost {
            activity: text("조리"),
            times: 1,
        },
        Rule::AtMost {
            activity: text("알림"),
            times: 2,
        },
        // Nothing of these is in the log.
        Rule::FollowedBy {
            activity: text("없는 것"),
            by: text("완료"),
        },
    ];
    let log = log_of(&[
        "주문 결제 조리 완료",
        "주문 조리 완료 결제",
        "주문 조리",
        "주문 결제 조리 완료 조리",
        "알림 알림 알림 취소 결제 완료",
    ]);
    let check = |ended: bool, expected: &str| {
        let found = broken_rules(&log, &rules, |_| ended);
        assert_eq!(lines(&log, &found, Language::Korean), expected);
    };
    check(
        true,
        "조리 뒤에 완료 없음: 3 4; 결제 없이 완료: 2; 완료 없음: 3; 예정에 없던 취소: 5; 알림 2번 넘게: 5; 조리 반복: 4",
    );
    // What may still come is not missing.
    check(
        false,
        "결제 없이 완료: 2; 예정에 없던 취소: 5; 알림 2번 넘게: 5; 조리 반복: 4",
    );
}

#[test]
fn rules_are_kept_in_files() {
    let check = |text: &str, expected: Result<Rule, &str>| {
        let read = serde_json::from_str::<Rule>(text).map_err(|error| error.to_string());
        if let Ok(rule) = &read {
            let again = serde_json::to_string(rule).expect("a rule is JSON");
            assert_eq!(
                &serde_json::from_str::<Rule>(&again).expect("our own"),
                rule
            );
        }
        assert_eq!(read, expected.map_err(ToOwned::to_owned));
    };
    check(
        r#"{"rule":"preceded-by","activity":"완료","by":"결제"}"#,
        Ok(Rule::PrecededBy {
            activity: "완료".into(),
            by: "결제".into(),
        }),
    );
    check(
        r#"{"rule":"at-most","activity":"조리","times":2}"#,
        Ok(Rule::AtMost {
            activity: "조리".into(),
            times: 2,
        }),
    );
    check(
        r#"{"rule":"absent","activity":"조리","by":"x"}"#,
        Err("unknown field `by`, expected `activity`"),
    );
}

#[test]
fn deviations_are_told_as_json() {
    let kind = DeviationKind::Without {
        missing: "결제".into(),
        done: "완료".into(),
    };
    let json = serde_json::to_string(&kind).expect("a kind is JSON");
    assert_eq!(json, r#"{"kind":"without","missing":"결제","done":"완료"}"#);
}
