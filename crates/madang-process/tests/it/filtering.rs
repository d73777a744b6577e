//! Filters: what passes, what they say, and that they are the same after a file.

use madang_process::filters::{AttributeOf, Filter, Filters, TimeRule};
use madang_process::language::Language;
use proptest::prelude::*;

use crate::findings::log;
use crate::parts_and_whole::{log_of, made};

const LOG: &str = "
1 접수 0 민지
1 조리 2 하준
1 건넴 10 민지
2 접수 5 민지
2 조리 6 하준
2 조리 9 서연
2 건넴 20 민지
3 접수 30 민지
3 취소 31 민지
";

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn followed(first: &str, then: &str, directly: bool, within: (Option<u64>, Option<u64>)) -> Filter {
    Filter::FollowedBy {
        first: first.to_owned(),
        then: then.to_owned(),
        directly,
        at_least_ms: within.0,
        at_most_ms: within.1,
    }
}

const MINUTE: u64 = 60_000;

#[test]
fn cases_pass_that_are_like_it() {
    let log = log(LOG);
    let check = |filter: Filter, expected: &[&str], sentence: &str| {
        assert_eq!(
            filter.sentence(Language::Korean, &jiff::tz::TimeZone::UTC),
            sentence
        );
        assert!(
            !filter
                .sentence(Language::English, &jiff::tz::TimeZone::UTC)
                .is_empty()
        );
        let text = serde_json::to_string(&filter).expect("it is JSON");
        assert_eq!(
            serde_json::from_str::<Filter>(&text).expect("it is a filter"),
            filter
        );
        let not = Filter::Not {
            filter: Box::new(filter.clone()),
        };
        let passing: Filters = [filter].into_iter().collect();
        let kept = passing.apply(&log);
        assert_eq!(
            kept.case_names().iter().collect::<Vec<_>>(),
            expected,
            "{sentence}"
        );
        let rest: Filters = [not].into_iter().collect();
        assert_eq!(
            rest.apply(&log).case_count(),
            3 - expected.len(),
            "{sentence}"
        );
    };
    let minute = |minute: i64| jiff::Timestamp::from_second(minute * 60).ok();
    let time = |from, to, rule| Filter::Time {
        from: minute(from),
        to: minute(to),
        rule,
    };
    check(
        time(5, 30, TimeRule::Begins),
        &["2"],
        "1970-01-01 00:05부터 1970-01-01 00:30 전까지 시작한 것만",
    );
    check(
        time(5, 20, TimeRule::Ends),
        &["1"],
        "1970-01-01 00:05부터 1970-01-01 00:20 전까지 끝난 것만",
    );
    check(
        time(5, 21, TimeRule::Within),
        &["2"],
        "1970-01-01 00:05부터 1970-01-01 00:21 전까지 시작하고 끝난 것만",
    );
    check(
        time(5, 21, TimeRule::Touches),
        &["1", "2"],
        "1970-01-01 00:05부터 1970-01-01 00:21 전까지 조금이라도 걸친 것만",
    );
    check(
        Filter::Variant {
            activities: names(&["접수", "조리", "건넴"]),
        },
        &["1"],
        "“접수 → 조리 → 건넴”로 간 것만",
    );
    check(
        Filter::Start {
            activities: names(&["조리"]),
        },
        &[],
        "“조리”부터 시작한 것만",
    );
    check(
        Filter::End {
            activities: names(&["취소", "환불"]),
        },
        &["3"],
        "“취소” 또는 “환불”에서 끝난 것만",
    );
    check(
        Filter::Contains {
            activities: names(&["조리", "건넴"]),
        },
        &["1", "2"],
        "“조리”, “건넴”이(가) 모두 있는 것만",
    );
    check(
        followed("접수", "건넴", false, (None, None)),
        &["1", "2"],
        "“접수” 다음 “건넴”까지 간 것만",
    );
    check(
        followed("접수", "건넴", true, (None, None)),
        &[],
        "“접수” 다음 바로 “건넴”까지 간 것만",
    );
    check(
        followed("접수", "건넴", false, (None, Some(10 * MINUTE))),
        &["1"],
        "“접수” 다음 “건넴”까지 간 것만, 10분 이하",
    );
    check(
        followed("조리", "건넴", false, (Some(12 * MINUTE), None)),
        &["2"],
        "“조리” 다음 “건넴”까지 간 것만, 12분 이상",
    );
    check(
        followed("조리", "건넴", true, (Some(9 * MINUTE), Some(12 * MINUTE))),
        &["2"],
        "“조리” 다음 바로 “건넴”까지 간 것만, 9분 이상 12분 이하",
    );
    check(
        Filter::Duration {
            at_least_ms: Some(10 * MINUTE),
            at_most_ms: None,
        },
        &["1", "2"],
        "처음부터 끝까지 걸린 시간, 10분 이상",
    );
    check(
        Filter::Rework { activity: None },
        &["2"],
        "무엇이든 다시 한 것만",
    );
    check(
        Filter::Rework {
            activity: Some("접수".to_owned()),
        },
        &[],
        "“접수”을(를) 다시 한 것만",
    );
    check(
        Filter::Attribute {
            name: String::new(),
            values: names(&["서연"]),
            of: AttributeOf::Resource,
        },
        &["2"],
        "“서연” 이(가) 한 것만",
    );
    check(
        Filter::Contains {
            activities: names(&["없는 일"]),
        },
        &[],
        "“없는 일”이(가) 있는 것만",
    );
}

#[test]
fn filters_compose_and_are_taken_back() {
    let log = log(LOG);
    let mut filters = Filters::default();
    filters.add(Filter::Contains {
        activities: names(&["조리"]),
    });
    filters.add(Filter::Rework { activity: None });
    assert_eq!(filters.apply(&log).case_count(), 1);
    assert!(filters.undo());
    assert_eq!(filters.apply(&log).case_count(), 2);
    assert!(filters.redo());
    assert_eq!(
        filters.sentences(Language::English, &jiff::tz::TimeZone::UTC),
        [
            "only those with “조리”",
            "only those with anything done again"
        ]
    );
    let kept = serde_json::to_string(&filters).expect("it is JSON");
    assert_eq!(
        serde_json::from_str::<Filters>(&kept).expect("filters"),
        filters
    );
    assert!(filters.undo() && filters.undo() && !filters.undo());
    assert_eq!(filters.apply(&log), log);
    filters.add(Filter::Rework { activity: None });
    assert!(!filters.redo());
    assert!(serde_json::from_str::<Filters>(r#"{"filters":[{"kind":"unheard_of"}]}"#).is_err());
}

proptest! {
    #[test]
    fn a_filter_and_its_opposite_part_the_cases(events in made(), activity in 0..6_u8, minutes in 0..4_000_u64) {
        let log = log_of(events.iter().enumerate());
        let name = format!("activity {activity}");
        let filter = Filter::FollowedBy {
            first: name.clone(),
            then: format!("activity {}", (activity + 1) % 6),
            directly: false,
            at_least_ms: Some(minutes),
            at_most_ms: Some(minutes * 20),
        };
        let not = Filter::Not { filter: Box::new(filter.clone()) };
        let kept = [filter].into_iter().collect::<Filters>().apply(&log);
        let rest = [not].into_iter().collect::<Filters>().apply(&log);
        prop_assert_eq!(kept.event_count() + rest.event_count(), log.event_count());
        // Looked at the long way: any pair that fits.
        let (first, then) = (log.activities().find(&name), log.activities().find(&format!("activity {}", (activity + 1) % 6)));
        let fits = |case: &madang_process::event_data::CaseEvents<'_>| {
            let (numbers, times) = (case.activity_numbers(), case.times_ms());
            (0..numbers.len()).any(|at| (at + 1..numbers.len()).any(|to| {
                Some(u32::from(numbers[at])) == first && Some(u32::from(numbers[to])) == then
                    && (minutes..=minutes * 20).contains(&times[at].abs_diff(times[to]))
            }))
        };
        prop_assert_eq!(kept.case_count(), log.cases().filter(fits).count());
    }
}
