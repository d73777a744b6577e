//! What is found in small logs that can be checked by hand.

use madang_process::event_data::{EventLog, LogBuilder, LogLimits, NewEvent};
use madang_process::filters::{Filter, Filters};
use madang_process::language::Language;
use madang_process::performance::{Arrivals, Bottleneck, Comparison, ProcessMap, WorkingHours};
use madang_process::variants::{Again, CaseOrder, Rework, Variants, case_list, timeline};

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
        "After “조리” it usually takes 9 min to “건넴”, and over 9 min 12 s one time in twenty: 2 times, 18 min 12 s a week together, 90% of all waiting."
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

fn seoul() -> jiff::tz::TimeZone {
    jiff::tz::TimeZoneDatabase::bundled()
        .get("Asia/Seoul")
        .expect("it is bundled")
}

fn moment(text: &str) -> i64 {
    text.parse::<jiff::Timestamp>()
        .expect("a moment")
        .as_millisecond()
}

#[test]
fn only_hours_in_which_the_shop_is_open_count() {
    let day = vec![(9 * 60, 12 * 60), (13 * 60, 18 * 60)];
    let mut week: [Vec<(u16, u16)>; 7] = std::array::from_fn(|_| day.clone());
    week[6] = Vec::new();
    let holiday = jiff::civil::date(2026, 11, 24);
    let hours = WorkingHours::new(seoul(), week, [holiday]).expect("hours");
    let check = |from: &str, to: &str, hours_open: f64| {
        let found = hours.between_ms(
            moment(&format!("{from}+09:00")),
            moment(&format!("{to}+09:00")),
        );
        assert_eq!(
            found,
            Some((hours_open * 3_600_000.0) as u64),
            "{from} {to}"
        );
    };
    check("2026-11-20T10:00:00", "2026-11-20T11:30:00", 1.5);
    check("2026-11-20T11:30:00", "2026-11-20T13:30:00", 1.0);
    check("2026-11-20T17:00:00", "2026-11-21T10:00:00", 2.0);
    check("2026-11-20T20:00:00", "2026-11-20T23:00:00", 0.0);
    // From Saturday evening over Sunday to Monday morning.
    check("2026-11-21T17:30:00", "2026-11-23T09:30:00", 1.0);
    // Over a holiday.
    check("2026-11-23T17:00:00", "2026-11-25T10:00:00", 2.0);
    assert_eq!(hours.between_ms(5, 4), None);
    assert!(WorkingHours::new(seoul(), std::array::from_fn(|_| vec![(600, 600)]), []).is_err());
    assert!(
        WorkingHours::new(
            seoul(),
            std::array::from_fn(|_| vec![(0, 600), (599, 700)]),
            []
        )
        .is_err()
    );
    assert!(WorkingHours::new(seoul(), std::array::from_fn(|_| vec![(0, 1_441)]), []).is_err());

    let log = log(&format!(
        "1 접수 {}\n1 답장 {}",
        moment("2026-11-20T17:30:00+09:00") / 60_000,
        moment("2026-11-21T09:30:00+09:00") / 60_000
    ));
    let map = ProcessMap::in_working_hours(&log, &hours);
    assert_eq!(map.edges[0].waiting.max_ms(), Some(3_600_000));
    assert_eq!(map.durations.max_ms(), Some(3_600_000));
    assert_eq!(
        ProcessMap::of(&log).edges[0].waiting.max_ms(),
        Some(16 * 3_600_000)
    );
    let variants = Variants::in_working_hours(&log, &hours);
    assert_eq!(variants.variants[0].durations.max_ms(), Some(3_600_000));
    let cases = case_list(&log, CaseOrder::Longest, Some(&hours), 0, 1);
    assert_eq!(cases[0].duration_ms, 3_600_000);
    let told = timeline(&log, "1", Some(&hours)).expect("it is there");
    assert_eq!(told[1].waited_ms, Some(3_600_000));
    let passing = |text: &str| {
        let filters: Filters =
            std::iter::once(Filter::spelled(text, &seoul()).expect("a filter")).collect();
        let counted = filters.apply_in_working_hours(&log, &hours).case_count();
        (filters.apply(&log).case_count(), counted)
    };
    assert_eq!(passing("took:2h.."), (1, 0));
    assert_eq!(passing("next:접수 > 답장, 2h.."), (1, 0));
    assert_eq!(passing("then:접수 > 답장, ..1h"), (0, 1));
}

#[test]
fn work_is_counted_where_its_beginning_is_told() {
    let mut builder = LogBuilder::new(LogLimits::default());
    let events = [
        ("1", "접수", 0, None),
        ("1", "조리", 9, Some(4)),
        ("1", "건넴", 9, Some(9)),
        ("2", "조리", 9, Some(9)),
        ("2", "건넴", 9, None),
        // A mistake of the log.
        ("2", "조리", 9, Some(10)),
    ];
    for (case, activity, time_ms, started_ms) in events {
        let event = NewEvent {
            case,
            activity,
            time_ms,
            started_ms,
            resource: None,
            sequence: None,
        };
        builder.push(&event).expect("a small log");
    }
    let log = builder.finish();
    let mut copied = LogBuilder::new(LogLimits::default());
    copied.push_log(&log).expect("a small log");
    for log in [&log, &copied.finish(), &log.kept(|_| true)] {
        let map = ProcessMap::of(log);
        let check = |name: &str, expected: Option<(u64, u64, u128)>| {
            let node = map.activity(name).expect("it was done");
            let took = (node.processing.as_ref())
                .map(|took| (took.count(), took.min_ms().unwrap_or(9), took.sum_ms()));
            assert_eq!(took, expected, "{name}");
        };
        check("접수", None);
        check("조리", Some((2, 0, 5)));
        check("건넴", Some((1, 0, 0)));
    }
}

#[test]
fn arrivals_are_by_the_clocks_of_the_place() {
    let sunday = moment("2026-11-22T12:41:00+09:00") / 60_000;
    let log = log(&format!(
        "1 a {sunday}\n1 b {}\n2 a {}",
        sunday + 90,
        sunday + 24 * 60
    ));
    let arrivals = Arrivals::of(&log, &seoul());
    assert_eq!((arrivals.week[6][12], arrivals.week[0][12]), (1, 1));
    assert_eq!(arrivals.of_day()[12], 2);
    let mut twice = arrivals.clone();
    twice.merge(&arrivals);
    assert_eq!(twice.week[6][12], 2);
}

#[test]
fn two_periods_are_compared() {
    let before = ProcessMap::of(&log("1 주문 0\n1 조리 2\n1 건넴 4\n2 주문 0\n2 취소 1"));
    let after = ProcessMap::of(&log("3 주문 0\n3 조리 5\n3 건넴 7\n4 주문 0\n4 환불 1"));
    let comparison = Comparison::of(&before, &after);
    assert_eq!(comparison.activities_new, ["환불"]);
    assert_eq!(comparison.activities_gone, ["취소"]);
    let sentences: Vec<String> = comparison
        .steps
        .iter()
        .map(|step| step.sentence(Language::Korean))
        .collect();
    assert_eq!(
        sentences,
        [
            "“주문” 다음 “조리”까지 2분에서 5분, 3분 늘었어요.",
            "“주문” 다음 “취소”로 가는 일이 없어졌어요.",
            "“주문” 다음 “환불”로 가는 일이 새로 생겼어요. 보통 1분 걸려요.",
            "“조리” 다음 “건넴”까지는 그대로 2분이에요.",
        ]
    );
}

#[test]
fn cases_are_listed_and_told_one_by_one() {
    let log = log("1 주문 0 a\n1 조리 9 b\n2 주문 5 a\n2 조리 6\n2 건넴 7\n3 주문 1");
    let check = |order, expected: &[&str]| {
        let lines = case_list(&log, order, None, 0, 10);
        assert_eq!(
            lines
                .iter()
                .map(|line| line.name.as_str())
                .collect::<Vec<_>>(),
            expected,
            "{order:?}"
        );
    };
    check(CaseOrder::Newest, &["2", "3", "1"]);
    check(CaseOrder::Longest, &["1", "2", "3"]);
    check(CaseOrder::Busiest, &["2", "1", "3"]);
    assert_eq!(case_list(&log, CaseOrder::Newest, None, 1, 1)[0].name, "3");
    let told = timeline(&log, "1", None).expect("it is there");
    assert_eq!(told.len(), 2);
    assert_eq!(
        (told[1].waited_ms, told[1].resource.as_deref()),
        (Some(540_000), Some("b"))
    );
    assert_eq!(told[0].waited_ms, None);
    assert!(timeline(&log, "4", None).is_none());
}
