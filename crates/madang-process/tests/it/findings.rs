//! What is found in small logs that can be checked by hand.

use madang_process::event_data::{EventLog, LogBuilder, LogLimits, NewEvent};
use madang_process::language::Language;
use madang_process::performance::{Bottleneck, ProcessMap};
use madang_process::variants::{Again, Rework};

const DAY_MS: i64 = 86_400_000;

/// A log of lines `case activity minute [who]`.
pub fn log(lines: &str) -> EventLog {
    let mut builder = LogBuilder::new(LogLimits::default());
    for line in lines.lines().filter(|line| !line.trim().is_empty()) {
        let words: Vec<&str> = line.split_whitespace().collect();
        let minutes: f64 = words[2].parse().expect("minutes");
        let event = NewEvent {
            case: words[0],
            activity: words[1],
            time_ms: (minutes * 60_000.0) as i64,
            started_ms: None,
            resource: words.get(3).copied(),
            sequence: None,
        };
        builder.push(&event).expect("a small log");
    }
    builder.finish()
}

#[test]
fn bottlenecks_are_ranked_by_the_time_lost_in_a_week() {
    let week = 7 * DAY_MS / 60_000;
    let log = log(&format!(
        "1 주문 0\n1 조리 1\n1 건넴 10.2\n2 주문 {}\n2 조리 {}\n2 건넴 {}",
        week - 10,
        week - 9,
        week
    ));
    let found = Bottleneck::of(&ProcessMap::of(&log), 5);
    assert_eq!(found.len(), 2);
    let worst = &found[0];
    assert_eq!((worst.from.as_str(), worst.to.as_str()), ("조리", "건넴"));
    assert_eq!((worst.count, worst.cases), (2, 2));
    assert_eq!(worst.lost_per_week_ms, 1_092_000);
    assert_eq!(
        worst.sentence(Language::Korean),
        "“조리” 다음 “건넴”까지 보통 9분, 길면 9분 12초 기다려요. 2번, 일주일에 모두 18분 12초, 전체 기다림의 90%예요."
    );
    assert_eq!(
        worst.sentence(Language::English),
        "After “조리” it usually takes 9 min to “건넴”, at worst 9 min 12 s: 2 times, 18 min 12 s a week together, 90% of all waiting."
    );
}

#[test]
fn rework_tells_loops_from_repetitions_and_by_whom() {
    let log = log(
        "1 결제 0 a\n1 결제 1 a\n1 조리 2 b\n1 결제 3 c\n2 결제 0 a\n2 조리 1\n2 조리 2 b\n3 결제 0",
    );
    let rework = Rework::of(&log);
    assert_eq!((rework.cases, rework.cases_total), (2, 3));
    let again = |same, other, unknown| Again {
        same,
        other,
        unknown,
    };
    let check = |name: &str, cases, self_loops, repetitions| {
        let of = rework
            .activities
            .iter()
            .find(|of| of.name == name)
            .expect("it was done again");
        assert_eq!(
            (of.cases, of.self_loops, of.repetitions),
            (cases, self_loops, repetitions),
            "{name}"
        );
    };
    check("결제", 1, again(1, 0, 0), again(0, 1, 0));
    check("조리", 1, again(0, 0, 1), again(0, 0, 0));
}
