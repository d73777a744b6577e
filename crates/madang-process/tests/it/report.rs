//! The report as text; how it looks is tried in a browser, end to end.

use std::path::Path;

use madang_process::event_data::{EventLog, LogBuilder, LogLimits, NewEvent};
use madang_process::filters::{Filter, Filters};
use madang_process::language::Language;
use madang_process::performance::ProcessMap;
use madang_process::report::{self, Findings};
use madang_process::variants::{Rework, Variants};
use proptest::prelude::*;

use crate::running_example;

fn page(log: &EventLog, filters: &Filters, title: &str) -> String {
    let findings = Findings {
        title,
        map: &ProcessMap::of(log),
        variants: &Variants::of(log),
        rework: &Rework::of(log),
        filters,
        rejected: 3,
        sections: &[],
        zone: &jiff::tz::TimeZone::UTC,
    };
    report::html(&findings, Language::Korean)
}

/// One case for each row of activities, a minute apart.
fn log(cases: &[Vec<&str>]) -> EventLog {
    let mut builder = LogBuilder::new(LogLimits::default());
    for (case, activities) in cases.iter().enumerate() {
        for (step, activity) in activities.iter().enumerate() {
            let event = NewEvent {
                case: &case.to_string(),
                activity,
                time_ms: case as i64 * 7_000 + step as i64 * 60_000,
                started_ms: None,
                resource: None,
                sequence: None,
            };
            builder.push(&event).expect("a small log");
        }
    }
    builder.finish()
}

/// What stands in the element of data.
fn data(page: &str) -> serde_json::Value {
    let (_, behind) = page
        .split_once("id=\"data\">")
        .expect("there is an element of data");
    let (data, _) = behind.split_once("</script>").expect("it ends");
    serde_json::from_str(data).expect("it is JSON")
}

#[test]
fn the_map_of_the_example_is_drawn_as_it_was() {
    let drawn = report::svg(&ProcessMap::of(&running_example::log()), Language::English);
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/running_example.svg");
    if std::env::var_os("MADANG_UPDATE").is_some() {
        std::fs::write(&golden, &drawn).expect("the folder is there");
    }
    let expected = std::fs::read_to_string(&golden).expect("the drawing is there");
    assert!(
        drawn == expected,
        "MADANG_UPDATE=1 writes {} anew; look at it then",
        golden.display()
    );
}

#[test]
fn the_page_has_all_that_was_found() {
    let mut filters = Filters::default();
    filters.add(Filter::Rework { activity: None });
    let page = page(&running_example::log(), &filters, "claims.csv");
    let check = |text: &str| assert!(page.contains(text), "{text}");
    check("<html lang=\"ko\"");
    check("claims.csv");
    check("이벤트 42개");
    check("42 events");
    check("3줄은 읽지 못해 여기에 없어요.");
    check(&filters.sentences(Language::Korean, &jiff::tz::TimeZone::UTC)[0]);
    check(&filters.sentences(Language::English, &jiff::tz::TimeZone::UTC)[0]);
    check(">examine thoroughly</text>");
    check("“decide” 다음");
    check("After “decide”");
    assert!(
        !page.contains("{{"),
        "every place of the template is filled"
    );
    assert!(!page.contains("http://") && !page.contains("https://"));
    let data = data(&page);
    assert_eq!(data["levels"].as_array().map(Vec::len), Some(7));
    let last = &data["levels"][6];
    assert_eq!(last["kept"]["en"], "8 of 8 · 100% of events");
    let paths = last["paths"].as_array().expect("there are steps");
    let all = paths.last().expect("there is one");
    assert_eq!(all["kept"]["ko"], "16가지 가운데 16가지 · 걸음의 100%");
    let drawing = &data["drawings"][all["drawing"].as_u64().expect("a number") as usize];
    for room in ["wide", "narrow"] {
        let count = |what: &str| drawing[room][what].as_object().map(serde_json::Map::len);
        assert_eq!(
            (count("nodes"), count("edges")),
            (Some(8), Some(16)),
            "{room}"
        );
    }
}

/// Whatever a log calls things, the page has the elements that we wrote, and no others.
fn check_elements(page: &str) {
    assert_eq!(page.matches("<script").count(), 2, "{page}");
    assert_eq!(page.matches("</script").count(), 2);
    assert_eq!(page.matches("<style").count(), 1);
    assert!(!page.contains("<img") && !page.contains("<!--"));
    assert!(!page.contains('\u{202e}') && !page.contains('\u{0}'));
    data(page);
}

#[test]
fn names_cannot_become_elements() {
    let names = [
        "</script><img src=x onerror=alert(1)>",
        "<!--",
        "\" onload=\"alert(1)",
        "{{script}}",
        "\u{202e}gpj.exe",
        "a\u{0}b",
        "</title></svg><style>",
        "&lt;b&gt;",
    ];
    let log = log(&[names.to_vec(), names.iter().rev().copied().collect()]);
    let page = page(&log, &Filters::default(), names[0]);
    check_elements(&page);
    assert!(page.contains("&lt;/script&gt;&lt;img"));
    assert!(
        page.contains("{{script}}"),
        "what a name says is not filled in"
    );
    let svg = report::svg(&ProcessMap::of(&log), Language::Korean);
    assert!(!svg.contains("<img") && !svg.contains("<script"));
}

#[test]
fn nothing_and_too_much_are_shown_too() {
    check_elements(&page(&log(&[]), &Filters::default(), ""));
    check_elements(&page(&log(&[vec!["a"]]), &Filters::default(), "a"));
    let names: Vec<String> = (0..300).map(|number| format!("활동 {number}")).collect();
    let cases: Vec<Vec<&str>> = (1..80_usize)
        .map(|case| {
            (0..40)
                .map(|step| names[case * step * 7 % 300].as_str())
                .collect()
        })
        .collect();
    let page = page(&log(&cases), &Filters::default(), "large");
    check_elements(&page);
    assert_eq!(page.matches("<g class=\"node").count() - 1, 60);
    assert!(page.len() < 6 << 20, "{} bytes", page.len());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[test]
    fn any_log_has_the_same_page_each_time(
        cases in prop::collection::vec(prop::collection::vec("[<>&\"'{}/a-c!\u{0}\u{202e}가-나-]{1,6}", 1..8), 0..12),
    ) {
        let rows: Vec<Vec<&str>> = cases.iter().map(|case| case.iter().map(String::as_str).collect()).collect();
        let log = log(&rows);
        let made = page(&log, &Filters::default(), "any");
        check_elements(&made);
        prop_assert_eq!(made, page(&log, &Filters::default(), "any"));
    }
}
