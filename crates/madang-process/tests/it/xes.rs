//! Logs in XES, as other tools and ours write them.

use std::io::{self, Read as _};

use madang_process::event_data::EventLog;
use madang_process::language::Language;
use madang_process::read::{Attributes, Lifecycle, Place, XesSettings, read_xes, read_xes_bytes};
use madang_process::write::write_xes;
use proptest::prelude::*;

use crate::log_telling::{any_log, told};
use crate::running_example;

fn all() -> XesSettings {
    XesSettings {
        attributes: Attributes::All,
        ..XesSettings::default()
    }
}

fn written(log: &EventLog) -> Vec<u8> {
    let mut bytes = Vec::new();
    write_xes(log, &mut bytes).expect("it is written");
    bytes
}

/// A trace named 7 with these events.
fn trace(events: &str) -> String {
    format!("<log><trace><string key='concept:name' value='7'/>{events}</trace></log>")
}

fn event(activity: &str, minute: u8, more: &str) -> String {
    format!(
        "<event><string key='concept:name' value='{activity}'/><date key='time:timestamp' value='2026-11-22T12:{minute:02}:00+09:00'/>{more}</event>"
    )
}

#[test]
fn the_example_in_xes_is_the_example() {
    let log = running_example::log();
    let bytes = written(&log);
    let read = read_xes_bytes(bytes, &all()).expect("a log");
    assert_eq!(told(&read.log), told(&log));
    assert_eq!(read.rejected.count, 0);
}

#[test]
fn events_are_read_as_they_are_written() {
    let check = |text: String, expected: &[&str]| {
        let read = read_xes_bytes(text.into_bytes(), &XesSettings::default()).expect("a log");
        assert_eq!(told(&read.log), expected);
        assert_eq!(read.rejected.count, 0, "{:?}", read.rejected);
    };
    let (start, complete) = (
        "<string key='lifecycle:transition' value='start'/>",
        "<string key='lifecycle:transition' value='complete'/>",
    );
    let instance = |name: &str| format!("<string key='concept:instance' value='{name}'/>");
    check(
        trace(&event(
            "조리 &amp; 포장",
            0,
            "<string key='org:resource' value='민지'><string key='concept:name' value='nested'/></string>",
        )),
        &["7 조리 & 포장 1795316400000 0 민지"],
    );
    check(
        trace(
            &[
                event("a", 0, start),
                event("b", 1, complete),
                event("a", 2, complete),
            ]
            .concat(),
        ),
        &["7 b 1795316460000 0 -", "7 a 1795316520000 120000 -"],
    );
    let both = |minute, transition: &str, name: &str| {
        event("a", minute, &format!("{transition}{}", instance(name)))
    };
    check(
        trace(
            &[
                both(0, start, "x"),
                both(1, start, "y"),
                both(2, complete, "y"),
                both(3, complete, "x"),
            ]
            .concat(),
        ),
        &["7 a 1795316520000 60000 -", "7 a 1795316580000 180000 -"],
    );
    check(trace(&event("a", 0, start)), &["7 a 1795316400000 0 -"]);
    check(
        trace(&event("a", 0, "")).replace("<string key='concept:name' value='7'/>", ""),
        &["#1 a 1795316400000 0 -"],
    );
    check(
        format!(
            "<?xml version='1.0' encoding='UTF-8'?><!-- x --><log xes.version='1.0'><extension name='Concept' prefix='concept' uri='x'/><global scope='event'><string key='concept:name' value='UNKNOWN'/></global><classifier name='A' keys='concept:name lifecycle:transition'/><string key='a' value='b'/>{}",
            trace(&event(
                "a",
                0,
                "<list key='l'><values><string key='concept:name' value='no'/></values></list>"
            ))
            .trim_start_matches("<log>")
        ),
        &["7 a 1795316400000 0 -"],
    );
}

#[test]
fn a_trace_without_a_name_is_a_case_of_its_own() {
    let check = |names: &[Option<&str>], expected: &[&str]| {
        let name = |name: &Option<&str>| {
            name.map_or(String::new(), |name| {
                format!("<string key='concept:name' value=\"{name}\"/>")
            })
        };
        let traces = names
            .iter()
            .map(|named| format!("<trace>{}{}</trace>", name(named), event("a", 0, "")));
        let text = format!("<log>{}</log>", traces.collect::<String>());
        let read = read_xes_bytes(text.into_bytes(), &XesSettings::default()).expect("a log");
        assert_eq!(
            read.log.case_names().iter().collect::<Vec<_>>(),
            expected,
            "{names:?}"
        );
    };
    check(&[None, None], &["#1", "#2"]);
    check(&[Some("#2"), None, Some("#2")], &["#2", "#2'"]);
    check(&[None, Some("#1"), Some("")], &["#1'", "#1", "#3"]);
    check(&[None, Some("#1"), Some("#1'")], &["#1''", "#1", "#1'"]);
}

#[test]
fn a_start_and_an_end_are_two_events_when_that_is_wanted() {
    let text = trace(
        &[
            event("a", 0, "<string key='lifecycle:transition' value='start'/>"),
            event(
                "a",
                2,
                "<string key='lifecycle:transition' value='complete'/>",
            ),
        ]
        .concat(),
    );
    let settings = XesSettings {
        lifecycle: Lifecycle::Each,
        ..all()
    };
    let log = read_xes_bytes(text.into_bytes(), &settings)
        .expect("a log")
        .log;
    assert_eq!(log.event_count(), 2);
    assert_eq!(log.event_columns()[0].value(0), Some("start"));
}

#[test]
fn events_that_are_not_taken_say_where_and_why() {
    let check = |wrong: &str, expected: &str| {
        let text = trace(&[&event("a", 0, ""), wrong, &event("b", 1, "")].concat());
        let read = read_xes_bytes(text.into_bytes(), &all()).expect("a log");
        assert_eq!(read.log.event_count(), 2);
        assert_eq!(read.rejected.count, 1);
        assert_eq!(read.rejected.first[0].place, Place::Element(2));
        assert_eq!(
            read.rejected.first[0].reason.sentence(Language::English),
            expected
        );
    };
    check("<event/>", "the activity is missing");
    check(
        "<event><string key='concept:name' value='c'/></event>",
        "the time is missing",
    );
    check(
        "<event><string key='concept:name' value='c'/><date key='time:timestamp' value='soon'/></event>",
        "“soon” cannot be read as a time",
    );
    check(
        &event("c", 0, "<int key='sequence' value='x'/>"),
        "“x” cannot be read as a sequence number",
    );
    check(
        &event(&"c".repeat(70_000), 0, ""),
        "a value is longer than 65536 bytes",
    );
}

#[test]
fn hostile_files_end_in_words() {
    let check = |text: String, expected: &str| {
        let error = read_xes_bytes(text.into_bytes(), &all()).expect_err("no log");
        assert_eq!(error.kind.to_string(), expected);
    };
    check(
        String::new(),
        "it is empty: a log has a header and a row for each event",
    );
    check("<pnml/>".to_owned(), "it is no XES: it begins with <pnml>");
    check(
        "<log><trace>".to_owned(),
        "it ends before its elements do: is it whole?",
    );
    check(
        "<log></trace></log>".to_owned(),
        "byte 5: the XML is broken",
    );
    check(
        "<!DOCTYPE log [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;'>]><log>&b;</log>".to_owned(),
        "byte 0: a document type is declared; remove <!DOCTYPE …>, no log needs one",
    );
    check(trace(&event("&lol;", 0, "")), "byte 57: the XML is broken");
    check(
        trace(&"<string key='a' value='b'>".repeat(100)),
        "byte 1662: more than 64 elements within elements",
    );
    check(
        trace(
            "<event><string key='concept:name' value='c'/><string key='time:timestamp' value='2019/11/03 01:11:19.000'/></event>",
        ),
        "no event of it says when it was done: a time stands as <date key=\"time:timestamp\" value=\"2026-11-22T15:05:00+09:00\"/>, but here as “2019/11/03 01:11:19.000” that is no <date>",
    );
    check(
        trace(
            &[
                event("a", 0, ""),
                "<string key='concept:name' value='8'/>".to_owned(),
            ]
            .concat(),
        ),
        "byte 165: the concept:name of a trace stands behind its events; XES has it before them",
    );
    let many: String = (0..2_000)
        .map(|at| format!("<string key='k{at}' value='v'/>"))
        .collect();
    check(trace(&many), "it holds more than a log may");
}

#[test]
fn an_element_without_an_end_takes_no_more_memory_than_an_element_may() {
    for (begin, at) in [
        ("<log><trace><string key='", 12),
        ("<log>", 5),
        ("<log><!-- ", 5),
    ] {
        let mut file = tempfile::NamedTempFile::new().expect("a file");
        let mut endless = begin
            .as_bytes()
            .chain(io::repeat(b'x').take(64 * 1024 * 1024));
        io::copy(&mut endless, &mut file).expect("it is written");
        let name = file.path().to_str().expect("a name");
        let error = read_xes(name, &all()).expect_err("no log");
        assert_eq!(
            error.kind.to_string(),
            format!("byte {at}: an element begins here that is longer than 1048576 bytes")
        );
    }
}

#[test]
fn a_declared_encoding_is_believed() {
    let mut text = b"<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>".to_vec();
    text.extend(
        trace(&event("Pr\u{fc}fung", 0, ""))
            .chars()
            .map(|letter| letter as u8),
    );
    let file = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(file.path(), &text).expect("it is written");
    let read = read_xes(file.path().to_str().expect("a name"), &all()).expect("a log");
    assert_eq!(told(&read.log), ["7 Pr\u{fc}fung 1795316400000 0 -"]);
    text.drain(..b"<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>".len());
    let bad = [
        b"<?xml version=\"1.0\" encoding=\"UTF-8\"?>".as_slice(),
        &text,
    ]
    .concat();
    std::fs::write(file.path(), bad).expect("it is written");
    let error = read_xes(file.path().to_str().expect("a name"), &all()).expect_err("no text");
    assert!(
        error.kind.to_string().contains("it is no text"),
        "{}",
        error.kind
    );
}

proptest! {
    #[test]
    fn what_is_written_is_read(log in any_log()) {
        let read = read_xes_bytes(written(&log), &all()).expect("a log");
        prop_assert_eq!(told(&read.log), told(&log));
        prop_assert_eq!(read.rejected.count, 0);
    }

    #[test]
    fn any_bytes_end_in_a_log_or_in_words(parts in prop::collection::vec("<event>|</event>|<trace>|</trace>|<string key='concept:name' value='a'/>|<date key='time:timestamp' value='2026-11-22T12:00:00Z'/>|<|&x;|[<>/a가]{0,5}", 0..20)) {
        let _ = read_xes_bytes(format!("<log>{}</log>", parts.concat()).into_bytes(), &all());
    }
}

#[test]
fn attributes_within_attributes_have_the_names_of_both() {
    let items = "<list key='items'><values><string key='menu' value='라떼'><int key='price' value='5000'/></string><string key='menu' value='빵'/></values></list>";
    let text = format!(
        "<log><trace><string key='concept:name' value='7'><string key='branch' value='성수'/></string>{}</trace></log>",
        event(
            "접수",
            0,
            &format!("{items}<string key='channel' value='배달'/>")
        )
    );
    let read = |attributes: Attributes| {
        let settings = XesSettings {
            attributes,
            ..XesSettings::default()
        };
        let read = read_xes_bytes(text.clone().into_bytes(), &settings).expect("a log");
        assert_eq!(read.rejected.count, 0, "{:?}", read.rejected);
        told(&read.log)
    };
    let begin = "7 접수 1795316400000 0 -";
    assert_eq!(
        read(Attributes::All),
        [format!(
            "{begin} channel=배달 concept:name/branch=성수 items/menu/price=5000 items/menu=라떼"
        )]
    );
    assert_eq!(
        read(Attributes::Named(vec!["items/menu/price".to_owned()])),
        [format!("{begin} items/menu/price=5000")]
    );
    assert_eq!(read(Attributes::None), [begin]);
}
