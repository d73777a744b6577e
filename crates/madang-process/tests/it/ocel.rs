//! OCEL 2.0 in its three forms.

use std::path::Path;

use madang_process::event_data::{ColumnKind, LogLimits, ObjectLog, ObjectLogBuilder};
use madang_process::language::Language;
use madang_process::read::{
    OcelSettings, ReadError, ReadObjects, read_ocel_csv_bytes, read_ocel_json_bytes,
    read_ocel_sqlite, read_ocel_xml_bytes,
};
use madang_process::write::{write_ocel_json, write_ocel_sqlite, write_ocel_xml};
use proptest::prelude::*;

use crate::log_telling::told;
use crate::running_example;

/// Every event and object on a line: events in their order, all else sorted.
fn told_objects(log: &ObjectLog) -> Vec<String> {
    let related = |related: Vec<(usize, &str)>| {
        let mut words: Vec<String> = (related.into_iter())
            .map(|(to, how)| format!(" {how}→{}", log.object_name(to)))
            .collect();
        words.sort();
        words.dedup();
        words.concat()
    };
    let mut lines = Vec::new();
    for at in 0..log.event_count() {
        let mut values: Vec<String> = (log.event_columns().iter())
            .filter_map(|column| Some(format!(" {}={}", column.name, column.value(at)?)))
            .collect();
        values.sort();
        let (name, activity, time_ms) = (log.event_name(at), log.activity(at), log.time_ms(at));
        let (values, objects) = (values.concat(), related(log.objects_of(at).collect()));
        lines.push(format!("{name} {activity} {time_ms}{values}{objects}"));
    }
    let mut objects = Vec::new();
    for at in 0..log.object_count() {
        let mut values: Vec<String> = (log.object_columns().iter())
            .flat_map(|column| column.changes().map(move |change| (column, change)))
            .filter(|(_, change)| change.object == at)
            .map(|(column, change)| format!(" {}={}@{}", column.name, change.value, change.time_ms))
            .collect();
        values.sort();
        let (name, kind) = (log.object_name(at), log.object_type(at));
        let (values, others) = (values.concat(), related(log.related_to(at).collect()));
        objects.push(format!("{name}: {kind}{values}{others}"));
    }
    objects.sort();
    lines.extend(objects);
    lines
}

fn in_json(log: &ObjectLog) -> ReadObjects {
    let mut bytes = Vec::new();
    write_ocel_json(log, &mut bytes).expect("it is written");
    read_ocel_json_bytes(bytes, &OcelSettings::default()).expect("a log")
}

fn in_xml(log: &ObjectLog) -> ReadObjects {
    let mut bytes = Vec::new();
    write_ocel_xml(log, &mut bytes).expect("it is written");
    read_ocel_xml_bytes(bytes, &OcelSettings::default()).expect("a log")
}

fn in_sqlite(log: &ObjectLog) -> ReadObjects {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("log %20?#.sqlite");
    write_ocel_sqlite(log, &path).expect("it is written");
    read_ocel_sqlite(&path, &OcelSettings::default()).expect("a log")
}

/// The example, its cases as requests, each with a payment where it was paid.
fn example() -> ObjectLog {
    let flat = running_example::log();
    let mut builder = ObjectLogBuilder::new(LogLimits::default());
    let mut number = 0;
    for case in flat.cases() {
        let request = builder.object(case.name(), "request").expect("it is new");
        (builder.set_object(request, "channel", ColumnKind::Text, 0, "앱")).expect("it fits");
        (builder.set_object(request, "channel", ColumnKind::Text, 60_000, "전화"))
            .expect("it fits");
        for (activity, time_ms) in case.activities().zip(case.times_ms()) {
            number += 1;
            let activity = flat.activities().name(u32::from(activity.0));
            let event = (builder.event(&format!("e{number}"), activity, *time_ms, number))
                .expect("it is new");
            (builder.relate_event(event, case.name(), "of")).expect("it fits");
            if activity == "pay" {
                let payment = format!("payment {}", case.name());
                (builder.object(&payment, "payment")).expect("it is new");
                (builder.relate_object(request, &payment, "is paid by")).expect("it fits");
                (builder.relate_event(event, &payment, "makes")).expect("it fits");
                (builder.set_event(event, "amount", ColumnKind::Number, "4500")).expect("it fits");
            }
        }
    }
    builder.finish(|dangling| panic!("{dangling:?}"))
}

#[test]
fn the_example_is_the_same_in_all_three_forms() {
    let log = example();
    assert_eq!((log.event_count(), log.object_count()), (42, 9));
    let flat = told(
        &log.flatten("request", LogLimits::default())
            .expect("it fits"),
    );
    let plain: Vec<String> = (flat.iter())
        .map(|line| line.split(" amount").next().unwrap_or_default())
        .map(|line| line.split(" channel").next().unwrap_or_default().to_owned())
        .collect();
    let mut expected = told(&running_example::log());
    expected.sort();
    let mut sorted = plain;
    sorted.sort();
    assert_eq!(sorted, expected);
    assert!(flat[0].ends_with(" channel=전화"), "{}", flat[0]);
    for read in [in_json(&log), in_xml(&log), in_sqlite(&log)] {
        assert_eq!(told_objects(&read.log), told_objects(&log));
        assert_eq!(read.rejected.count, 0);
        let read = read.log.flatten("request", LogLimits::default());
        assert_eq!(told(&read.expect("it fits")), flat);
    }
    let payments = log
        .flatten("payment", LogLimits::default())
        .expect("it fits");
    assert_eq!((payments.case_count(), payments.event_count()), (3, 3));
    let none = log.flatten("table", LogLimits::default()).expect("it fits");
    assert_eq!(none.event_count(), 0);
}

const EVENT: &str = r#"{"id":"e1","type":"order","time":"2026-11-22T12:00:00+09:00","attributes":[{"name":"n","value":1.5},{"name":"b","value":true}],"relationships":[{"objectId":"o1","qualifier":"of"}]}"#;

/// A file with one good object, and these events.
fn json(events: &str) -> Vec<u8> {
    format!(r#"{{"objectTypes":[],"eventTypes":[],"events":[{events}],"objects":[{{"id":"o1","type":"order"}}]}}"#).into_bytes()
}

fn in_words(read: &ReadObjects) -> Vec<String> {
    (read.rejected.first.iter())
        .map(|rejected| rejected.reason.sentence(Language::English))
        .collect()
}

#[test]
fn what_is_not_taken_says_why() {
    let check = |wrong: &str, expected: &str| {
        let bytes = json(&format!("{EVENT},{wrong}"));
        let read = read_ocel_json_bytes(bytes, &OcelSettings::default()).expect("a log");
        assert_eq!(in_words(&read), [expected], "{wrong}");
    };
    check(EVENT, "the id “e1” is there twice");
    check(
        r#"{"type":"a","time":"2026-11-22T12:00:00Z"}"#,
        "the id is missing",
    );
    check(
        r#"{"id":"e2","time":"2026-11-22T12:00:00Z"}"#,
        "the activity is missing",
    );
    check(r#"{"id":"e2","type":"a"}"#, "the time is missing");
    check(
        r#"{"id":"e2","type":"a","time":"soon"}"#,
        "“soon” cannot be read as a time",
    );
    check(
        r#"{"id":"e2","type":"a","time":"2026-11-22T12:00:00Z","relationships":[{"objectId":"o9"}]}"#,
        "it speaks of “o9”, which is not there",
    );
    let xml = "<log><objects><object id='o1' type='a'/><object id='o1' type='a'/><object id='o2'/></objects><events><event id='e1' type='a' time='2026-11-22T12:00:00Z'/></events></log>";
    let read = read_ocel_xml_bytes(xml.into(), &OcelSettings::default()).expect("a log");
    assert_eq!(
        in_words(&read),
        ["the id “o1” is there twice", "the object's type is missing"]
    );
    assert_eq!((read.log.event_count(), read.log.object_count()), (1, 1));
}

#[test]
fn hostile_text_ends_in_words() {
    let told_by = |read: Result<ReadObjects, ReadError>| read.expect_err("no log").kind.to_string();
    let check = |text: &str, expected: &str| {
        let bytes = text.as_bytes().to_vec();
        let read = match text.starts_with('<') {
            true => read_ocel_xml_bytes(bytes, &OcelSettings::default()),
            false => read_ocel_json_bytes(bytes, &OcelSettings::default()),
        };
        assert_eq!(told_by(read), expected, "{}", &text[..text.len().min(80)]);
    };
    let other_version = |found: &str| {
        format!(
            "it is {found}; OCEL 2.0 is read here. Write it as OCEL 2.0 with the tool it is from"
        )
    };
    let broken = "the JSON is broken, or not as OCEL 2.0 has it";
    check(
        r#"{"ocel:global-log":{},"ocel:events":{}}"#,
        &other_version("OCEL 1.0"),
    );
    check(
        "<log><global scope='event'/></log>",
        &other_version("OCEL 1.0, or XES"),
    );
    check("<log><trace/></log>", &other_version("XES"));
    check(
        "<log><objects/></log>",
        "it is no OCEL 2.0: it has no <events>",
    );
    check("<pnml/>", "it is no OCEL: it begins with <pnml>");
    check("{}", "it is no OCEL 2.0: it has no list “events”");
    check(
        r#"{"events":[]}"#,
        "it is no OCEL 2.0: it has no list “objects”",
    );
    check(
        r#"{"events":[{"id":"#,
        "it ends before its elements do: is it whole?",
    );
    check(r#"{"events":[7]}"#, broken);
    check("[]", broken);
    check(&format!(r#"{{"events":[{}"#, "[".repeat(10_000)), broken);
    check(
        &format!(
            r#"{{"events":[{{"attributes":{}"#,
            "[{\"value\":".repeat(10_000)
        ),
        broken,
    );
    check(
        "<!DOCTYPE log><log/>",
        "byte 0: a document type is declared; remove <!DOCTYPE …>, no log needs one",
    );
    let endless = format!(r#"{{"events":[{{"id":"{}"#, "x".repeat(20 * 1024 * 1024));
    check(
        &endless,
        "byte 11: an element begins here that is longer than 16777216 bytes",
    );
    let wide = "<relationship object-id='o' qualifier='q'/>".repeat(400_000);
    check(
        &format!(
            "<log><objects><object id='a' type='b'><objects>{wide}</objects></object></objects></log>"
        ),
        "byte 14: an element begins here that is longer than 16777216 bytes",
    );
}

#[test]
fn hostile_databases_end_in_words() {
    let folder = tempfile::tempdir().expect("a folder");
    let read = |name: &str, path: &Path| match read_ocel_sqlite(path, &OcelSettings::default()) {
        Ok(_) => panic!("{name} is no log"),
        Err(error) => error.kind.to_string(),
    };
    let check = |name: &str, sql: &str, expected: &str| {
        let path = folder.path().join(name);
        let whole = format!("{ALL_TABLES}{sql}");
        let store = rusqlite::Connection::open(&path).expect("it is opened");
        store.execute_batch(&whole).expect("it is made");
        drop(store);
        assert_eq!(read(name, &path), expected);
    };
    let endless = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT x AS ocel_id, x AS ocel_type FROM n";
    check(
        "gone",
        "DROP TABLE event",
        "it is no OCEL 2.0: it has no table “event”",
    );
    check(
        "view",
        &format!("DROP TABLE event; CREATE VIEW event AS {endless}"),
        "it is no OCEL 2.0: it has no table “event”",
    );
    check(
        "map",
        "INSERT INTO event_map_type VALUES ('a', 'b\" UNION SELECT 1')",
        "it is no OCEL 2.0: it has no table “event_b\" UNION SELECT 1”",
    );
    check(
        "columns",
        "INSERT INTO event_map_type VALUES ('a', 'a'); CREATE TABLE event_a (ocel_id TEXT)",
        "it is no OCEL 2.0: it has no column “ocel_time” in “event_a”",
    );
    check(
        "large",
        "INSERT INTO object VALUES (zeroblob(20000000), 'a')",
        "SQLite cannot read the table “object”: is the file whole?",
    );
    let path = folder.path().join("text");
    std::fs::write(&path, "no database, only text").expect("it is written");
    assert_eq!(
        read("text", &path),
        "SQLite cannot open it: is the file whole?"
    );
    let nowhere = folder.path().join("nowhere");
    assert_eq!(
        read("nowhere", &nowhere),
        "it could not be read any further"
    );
    assert!(!nowhere.exists());
}

const ALL_TABLES: &str = "
    CREATE TABLE event_map_type (ocel_type, ocel_type_map); CREATE TABLE object_map_type (ocel_type, ocel_type_map);
    CREATE TABLE event (ocel_id, ocel_type); CREATE TABLE object (ocel_id, ocel_type);
    CREATE TABLE event_object (ocel_event_id, ocel_object_id, ocel_qualifier);";

fn any_objects() -> impl Strategy<Value = ObjectLog> {
    let word = "[a-z가][a-z가\"'&<> ]{0,5}";
    let object = (0..3_u8, prop::collection::vec((0..3_i64, word), 0..3));
    let event = (
        word,
        0..4_i64,
        prop::option::of(word),
        prop::collection::vec((0..6_usize, word), 0..4),
    );
    let parts = (
        prop::collection::vec(object, 1..6),
        prop::collection::vec(event, 1..12),
    );
    parts.prop_map(|(objects, events)| {
        let mut builder = ObjectLogBuilder::new(LogLimits::default());
        for (at, (kind, values)) in objects.iter().enumerate() {
            let number = builder.object(&format!("o{at}"), &format!("type {kind}"));
            let number = number.expect("it is new");
            for (at, (time_ms, value)) in values.iter().enumerate() {
                let name = format!("v{at}");
                (builder.set_object(number, &name, ColumnKind::Text, *time_ms, value))
                    .expect("it fits");
            }
            let other = format!("o{}", at / 2);
            (builder.relate_object(number, &other, "with")).expect("it fits");
        }
        for (at, (activity, time_ms, value, related)) in events.iter().enumerate() {
            let event = builder.event(&format!("e{at}"), activity, *time_ms, at as u64);
            let event = event.expect("it is new");
            if let Some(value) = value {
                (builder.set_event(event, "note", ColumnKind::Text, value)).expect("it fits");
            }
            for (object, how) in related {
                let object = format!("o{}", object % objects.len());
                (builder.relate_event(event, &object, how)).expect("it fits");
            }
        }
        builder.finish(|dangling| panic!("{dangling:?}"))
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[test]
    fn what_is_written_is_read(log in any_objects()) {
        for read in [in_json(&log), in_xml(&log), in_sqlite(&log)] {
            prop_assert_eq!(told_objects(&read.log), told_objects(&log));
            prop_assert_eq!(read.rejected.count, 0);
        }
    }
}

#[test]
fn a_log_of_cases_is_one_of_objects_of_one_type() {
    let log = running_example::log();
    let objects = ObjectLog::of_cases(&log, "claim", LogLimits::default()).expect("it is small");
    assert_eq!((objects.event_count(), objects.object_count()), (42, 6));
    let flat = objects.flatten("claim", LogLimits::default());
    let flat = flat.expect("it is small");
    assert_eq!(flat.case_count(), 6);
    let ways =
        |log: &madang_process::event_data::EventLog| madang_process::variants::Variants::of(log);
    assert_eq!(ways(&flat), ways(&log));
    let again = in_json(&objects);
    assert_eq!(told_objects(&again.log), told_objects(&objects));
}

#[test]
fn some_events_are_kept_with_their_objects() {
    let log = example();
    let all = log.kept(|_| true, LogLimits::default()).expect("it fits");
    assert_eq!(all.event_count(), log.event_count());
    let first = log.kept(|event| event == 0, LogLimits::default());
    let first = first.expect("it fits");
    assert_eq!(first.event_count(), 1);
    assert_eq!(first.event_name(0), log.event_name(0));
    assert_eq!(first.object_count(), log.objects_of(0).len());
    for at in 0..first.object_count() {
        let name = first.object_name(at);
        assert!((log.objects_of(0)).any(|(object, _)| log.object_name(object) == name));
    }
}

#[test]
fn lists_of_objects_in_csv_are_read() {
    let text = "ocel:eid,ocel:activity,ocel:timestamp,ocel:type:items,ocel:type:orders,price
1.0,place order,2019-05-20 07:07:47.000Z,\"['880001','880004']\",\"['990001']\",524.96
2.0,pick item,2019-05-20 08:38:17.000Z,\"['880001']\", ,79.99
3.0,pay order,soon, ,\"['990001']\",
2.0,pick item,2019-05-20 08:40:17.000Z,\"['880004']\", ,
";
    let read = read_ocel_csv_bytes(text.as_bytes().to_vec(), &OcelSettings::default());
    let read = read.expect("a log");
    assert_eq!(
        told_objects(&read.log),
        [
            "1.0 place order 1558336067000 price=524.96 →880001 →880004 →990001",
            "2.0 pick item 1558341497000 price=79.99 →880001",
            "880001: items",
            "880004: items",
            "990001: orders",
        ]
    );
    let reasons: Vec<_> = read.rejected.by_reason.iter().collect();
    assert_eq!(reasons, [(&"id_repeated", &1), (&"time_unread", &1)]);
}
