//! Service levels: promises kept, broken, running, and what has not come although the time is over.

use madang_process::conformance::{Clock, ServiceLevel, Standing};
use madang_process::event_data::Case;
use madang_process::language::Language;

use crate::deviations::log_of;

const MINUTE_MS: u64 = 60_000;

fn level(from: &str, to: &str, minutes: u64) -> ServiceLevel {
    ServiceLevel {
        from: from.into(),
        to: to.into(),
        within_ms: minutes * MINUTE_MS,
        unless: vec!["cancelled".into()],
    }
}

/// All time counts.
fn whole(from_ms: i64, to_ms: i64) -> u64 {
    u64::try_from(to_ms - from_ms).expect("from comes first")
}

/// Of one case with an event a minute from 0 on, seen at a minute: the clocks as event, letter of the standing, minutes.
fn check(level: &ServiceLevel, case: &str, now_minute: i64, expected: &str) {
    let log = log_of(&[case]);
    let now_ms = now_minute * MINUTE_MS as i64;
    let clocks = level.clocks(&log, log.case(Case(0)), now_ms, whole);
    let line = |clock: &Clock| {
        let event = clock.event;
        match clock.standing {
            Standing::Kept { took_ms } => format!("{event} kept {}", took_ms / MINUTE_MS),
            Standing::Late { took_ms } => format!("{event} late {}", took_ms / MINUTE_MS),
            Standing::Running { left_ms } => format!("{event} left {}", left_ms / MINUTE_MS),
            Standing::Overdue { waited_ms } => format!("{event} overdue {}", waited_ms / MINUTE_MS),
            Standing::Ended => format!("{event} ended"),
        }
    };
    let found: Vec<_> = clocks.iter().map(line).collect();
    assert_eq!(found.join(", "), expected, "{case}");
}

#[test]
fn each_start_of_the_clock_ends_in_one_standing() {
    let handed_over = level("accepted", "handed-over", 2);
    check(
        &handed_over,
        "ordered accepted x handed-over",
        100,
        "1 kept 2",
    );
    check(&handed_over, "accepted x y handed-over", 100, "0 late 3");
    check(&handed_over, "accepted x", 1, "0 left 1");
    check(&handed_over, "accepted x", 2, "0 left 0");
    check(&handed_over, "accepted x", 3, "0 overdue 3");
    check(
        &handed_over,
        "accepted cancelled handed-over",
        100,
        "0 ended",
    );
    // Ended at its last moment, and only after it was broken.
    check(&handed_over, "accepted x cancelled", 100, "0 ended");
    check(&handed_over, "accepted x y cancelled", 2, "0 left 0");
    check(&handed_over, "accepted x y cancelled", 100, "0 overdue 3");
    check(&handed_over, "handed-over x", 100, "");
    check(
        &handed_over,
        "accepted accepted x handed-over",
        100,
        "0 late 3",
    );
    check(
        &handed_over,
        "accepted handed-over accepted x y",
        100,
        "0 kept 1, 2 overdue 98",
    );
    // What one cannot know yet.
    check(&handed_over, "accepted x y handed-over", 2, "0 left 0");
    // The same activity again within a time.
    check(
        &level("tick", "tick", 1),
        "tick tick x tick",
        3,
        "0 kept 1, 1 late 2, 3 left 1",
    );
    check(&level("never", "nowhere", 1), "a b", 3, "");
}

#[test]
fn a_log_is_counted_and_the_worst_come_first() {
    let log = log_of(&[
        "accepted handed-over",
        "accepted x y handed-over",
        "accepted x",
        "accepted cancelled",
        "ordered x",
    ]);
    let level = level("accepted", "handed-over", 2);
    let report = level.measure(&log, 10 * MINUTE_MS as i64, whole);
    assert_eq!((report.kept, report.late, report.running), (1, 1, 0));
    assert_eq!((report.overdue, report.ended), (1, 1));
    assert_eq!(report.kept_share(), Some(1.0 / 3.0));
    let cases: Vec<_> = report
        .broken
        .iter()
        .map(|clock| log.case(clock.case).name())
        .collect();
    assert_eq!(cases, ["3", "2"]);
}

#[test]
fn only_the_time_that_counts_counts() {
    let log = log_of(&["accepted x y z handed-over"]);
    // The shop is open in the first two minutes only.
    let open = |from_ms: i64, to_ms: i64| {
        let close_ms = 2 * MINUTE_MS as i64;
        whole(from_ms.min(close_ms), to_ms.min(close_ms))
    };
    let report = level("accepted", "handed-over", 2).measure(&log, i64::MAX, open);
    assert_eq!((report.kept, report.late), (1, 0));
    let report = level("accepted", "handed-over", 2).measure(&log, i64::MAX, whole);
    assert_eq!((report.kept, report.late), (0, 1));
}

#[test]
fn promises_are_sentences() {
    let check = |minutes: u64, promise: [&str; 2], absence: [&str; 2]| {
        let level = level("접수", "인계", minutes);
        let said = [Language::Korean, Language::English];
        assert_eq!(said.map(|language| level.sentence(language)), promise);
        assert_eq!(said.map(|language| level.absence(language)), absence);
    };
    check(
        40,
        ["접수 뒤 40분 안에 인계", "인계 within 40 min of 접수"],
        [
            "접수 뒤 40분 안에 인계 없음",
            "no 인계 within 40 min of 접수",
        ],
    );
    check(
        90,
        [
            "접수 뒤 1시간 30분 안에 인계",
            "인계 within 1 h 30 min of 접수",
        ],
        [
            "접수 뒤 1시간 30분 안에 인계 없음",
            "no 인계 within 1 h 30 min of 접수",
        ],
    );
    check(
        0,
        ["접수 뒤 0초 안에 인계", "인계 within 0 s of 접수"],
        ["접수 뒤 0초 안에 인계 없음", "no 인계 within 0 s of 접수"],
    );
}
