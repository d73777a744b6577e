//! Logs in CSV, as shops have them.

use std::io::Write;
use std::num::NonZero;

use madang_import::read::ReadSettings;
use madang_process::event_data::EventLog;
use madang_process::language::Language;
use madang_process::performance::ProcessMap;
use madang_process::read::{Attributes, CsvSettings, MappingWish, Place, read_csv, read_csv_bytes};
use madang_process::variants::Variants;
use madang_process::write::write_csv;
use proptest::prelude::*;

use crate::{log_telling, running_example};

fn seoul() -> MappingWish {
    MappingWish {
        zone: jiff::tz::TimeZoneDatabase::bundled()
            .get("Asia/Seoul")
            .expect("it is bundled"),
        ..MappingWish::default()
    }
}

fn settings(wish: MappingWish) -> CsvSettings {
    CsvSettings {
        wish,
        ..CsvSettings::default()
    }
}

/// Every event on a line, in the order of cases.
fn told(log: &EventLog) -> Vec<String> {
    let mut lines = Vec::new();
    for case in log.cases() {
        for (at, activity) in case.activities().enumerate() {
            let resource = case
                .resource(at)
                .map_or("-", |who| log.resources().name(who.0));
            let took = case
                .started_ms()
                .map_or(0, |started| case.times_ms()[at] - started[at]);
            let activity = log.activities().name(u32::from(activity.0));
            lines.push(format!(
                "{} {activity} {} {took} {resource}",
                case.name(),
                case.times_ms()[at] / 1_000
            ));
        }
    }
    lines
}

#[test]
fn logs_are_read_as_they_are_written() {
    let check = |bytes: &[u8], expected: &[&str]| {
        let read = read_csv_bytes(bytes.to_vec(), &settings(seoul())).expect("a log");
        assert_eq!(told(&read.log), expected);
        assert_eq!(read.rejected.count, 0, "{:?}", read.rejected);
    };
    let plain = "주문번호,활동,시각,담당자\n7,접수,2026-11-22 12:00:00,민지\n7,\"조리, 완료\",2026년 11월 22일 오후 12시 5분,\n";
    let expected = ["7 접수 1795316400 0 민지", "7 조리, 완료 1795316700 0 -"];
    check(plain.as_bytes(), &expected);
    check(format!("\u{feff}{plain}").as_bytes(), &expected);
    check(plain.replace('\n', "\r\n").as_bytes(), &expected);
    check(plain.replace('\n', "\r").as_bytes(), &expected);
    check(&cp949(), &["7 접수 1795316400 0 -"]);
    check(
        "활동;완료 시각;시작 시각;사례\n조리;2026-11-22 12:05;2026-11-22 12:01;A\n".as_bytes(),
        &["A 조리 1795316700 240000 -"],
    );
    check(
        "주문번호,상태,주문일자,주문시각\n7,접수,2026. 11. 22.,오후 12:00\n7,완료,2026. 11. 22.,오후 12:05:00\n".as_bytes(),
        &["7 접수 1795316400 0 -", "7 완료 1795316700 0 -"],
    );
    check(
        "sep=\t\r\ncase\tactivity\ttime\r\n1\tb\t2026-11-22T03:00:01Z\r\n1\ta\t2026-11-22T12:00:00+09:00\r\n".as_bytes(),
        &["1 a 1795316400 0 -", "1 b 1795316401 0 -"],
    );
}

/// `주문번호,활동,시각\n7,접수,2026-11-22 12:00\n` as Korean Excel writes it.
fn cp949() -> Vec<u8> {
    let mut bytes = vec![
        0xc1, 0xd6, 0xb9, 0xae, 0xb9, 0xf8, 0xc8, 0xa3, b',', 0xc8, 0xb0, 0xb5, 0xbf, b',', 0xbd,
        0xc3, 0xb0, 0xa2,
    ];
    bytes.extend_from_slice(b"\n7,");
    bytes.extend_from_slice(&[0xc1, 0xa2, 0xbc, 0xf6]);
    bytes.extend_from_slice(b",2026-11-22 12:00\n");
    bytes
}

#[test]
fn rows_that_are_not_taken_say_where_and_why() {
    let check = |rows: &str, expected: &[(u64, &str)]| {
        let text = format!(
            "case,activity,time,who\n1,a,2026-11-22 12:00,x\n{rows}\n2,b,2026-11-22 12:01,y\n"
        );
        let read = read_csv_bytes(text.into_bytes(), &settings(seoul())).expect("a log");
        let found: Vec<(u64, String)> = (read.rejected.first.iter())
            .map(|rejected| match rejected.place {
                Place::Line { line, .. } => (line, rejected.reason.sentence(Language::English)),
                Place::Element(_) => panic!("CSV has lines"),
            })
            .collect();
        let expected: Vec<_> = expected
            .iter()
            .map(|(line, why)| (*line, (*why).to_owned()))
            .collect();
        assert_eq!(found, expected, "{rows}");
        assert_eq!(read.rejected.count, expected.len() as u64);
        assert!(told(&read.log)[0].starts_with("1 a"), "{rows}");
        assert!(
            told(&read.log).iter().any(|line| line.starts_with("2 b")),
            "{rows}"
        );
    };
    check(
        "3,a,2026-11-22 12:00",
        &[(3, "it has 3 cells; the header has 4")],
    );
    check(",a,2026-11-22 12:00,x", &[(3, "the case is missing")]);
    check("3,,2026-11-22 12:00,x", &[(3, "the activity is missing")]);
    check(
        "3,a,,x\n\n3,a,soon,x",
        &[
            (3, "the time is missing"),
            (5, "“soon” cannot be read as a time"),
        ],
    );
    check(
        "\"3\n4\",a,2026-11-22 12:00,x\n5,a",
        &[(5, "it has 2 cells; the header has 4")],
    );
    check(
        "3,\"a\",2026-11-22 12:00,x\n3,\"a,2026-11-22 12:00,x",
        &[(4, "a quote is opened and never closed")],
    );
}

#[test]
fn bytes_that_are_no_text_spoil_their_row_alone() {
    let mut bytes = "case,activity,time\n1,접수합니다,2026-11-22 12:00\n2,"
        .as_bytes()
        .to_vec();
    bytes.extend_from_slice(&[0xff, 0xff]);
    bytes.extend_from_slice(",2026-11-22 12:00\n3,완료합니다,2026-11-22 12:00\n".as_bytes());
    let read = read_csv_bytes(bytes, &settings(seoul())).expect("a log");
    assert_eq!(read.log.case_count(), 2);
    assert_eq!(read.rejected.by_reason.get("not_text"), Some(&1));
}

#[test]
fn hostile_files_end_in_words_and_bounded_memory() {
    let check = |text: String, expected: &str| {
        let error = read_csv_bytes(text.into_bytes(), &settings(seoul())).expect_err("no log");
        assert_eq!(error.kind.to_string(), expected);
    };
    check(
        String::new(),
        "it is empty: a log has a header and a row for each event",
    );
    check(
        "\n\n\n".to_owned(),
        "it is empty: a log has a header and a row for each event",
    );
    check(
        "a,".repeat(5_000),
        "it has more than 4096 columns: is it CSV?",
    );
    let many: String = (0..20_000)
        .map(|at| format!("1,activity {at},2026-11-22 12:00\n"))
        .collect();
    check(
        format!("case,activity,time\n{many}"),
        "it holds more than a log may",
    );
    let long = format!(
        "case,activity,time\n1,a,2026-11-22 12:00\n{}\n2,b,2026-11-22 12:01\n3,\"{}",
        "x".repeat(1_500_000),
        "y\n".repeat(530_000),
    );
    let read = read_csv_bytes(long.into_bytes(), &settings(seoul())).expect("a log");
    assert_eq!(read.log.event_count(), 2);
    assert_eq!(read.rejected.by_reason.get("row_too_long"), Some(&1));
    assert_eq!(read.rejected.by_reason.get("quote_open"), Some(&1));
}

#[test]
fn attributes_are_kept_when_they_are_asked_for() {
    let text = "case:concept:name,concept:name,time:timestamp,case:channel,amount\n1,a,2026-11-22 12:00,앱,4500\n1,b,2026-11-22 12:01,앱,\n";
    let read = |attributes| {
        let wish = MappingWish {
            attributes,
            ..seoul()
        };
        read_csv_bytes(text.as_bytes().to_vec(), &settings(wish))
            .expect("a log")
            .log
    };
    let all = read(Attributes::All);
    assert_eq!(all.case_columns()[0].name, "channel");
    assert_eq!(all.case_columns()[0].value(0), Some("앱"));
    assert_eq!(all.event_columns()[0].value(0), Some("4500"));
    assert_eq!(all.event_columns()[0].value(1), None);
    assert!(read(Attributes::None).event_columns().is_empty());
    let one = read(Attributes::Named(vec!["amount".to_owned()]));
    assert_eq!(
        (one.event_columns().len(), one.case_columns().len()),
        (1, 0)
    );
}

#[test]
fn the_example_in_csv_is_the_example() {
    let log = running_example::log();
    let read = read_csv_bytes(written(&log), &CsvSettings::default()).expect("a log");
    assert_eq!(ProcessMap::of(&read.log), ProcessMap::of(&log));
    assert_eq!(Variants::of(&read.log), Variants::of(&log));
}

/// A file that is large enough to be parted, made of these rows again and again.
fn large(rows: &[String], bytes: usize) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().expect("a file");
    let mut text = "case,activity,time,note\n".to_owned();
    let mut at = 0;
    while text.len() < bytes {
        text.push_str(&rows[at % rows.len()]);
        at += 1;
    }
    file.write_all(text.as_bytes()).expect("it is written");
    file
}

fn written(log: &EventLog) -> Vec<u8> {
    let mut bytes = Vec::new();
    write_csv(log, &mut bytes).expect("it is written");
    bytes
}

proptest! {
    #[test]
    fn what_is_written_is_read(log in log_telling::any_log()) {
        let text = ReadSettings { separator: Some(b','), quote: Some(Some(b'"')), ..ReadSettings::default() };
        let wish = MappingWish { attributes: Attributes::All, ..MappingWish::default() };
        let read = read_csv_bytes(written(&log), &CsvSettings { text, ..settings(wish) }).expect("a log");
        prop_assert_eq!(log_telling::told(&read.log), log_telling::told(&log));
        prop_assert_eq!(read.rejected.count, 0);
    }

    #[test]
    fn any_bytes_end_in_a_log_or_in_words(rows in prop::collection::vec("[a1,;\t\"\r\n가 ]{0,20}", 0..20), noise in prop::collection::vec(any::<u8>(), 0..30)) {
        let mut bytes = b"case,activity,time\n1,a,2026-11-22 12:00\n".to_vec();
        bytes.extend(rows.concat().into_bytes());
        bytes.extend(noise.iter());
        bytes.extend_from_slice(b"\n2,b,2026-11-22 12:01\n");
        for bytes in [bytes, noise] {
            if let Ok(read) = read_csv_bytes(bytes, &settings(seoul())) {
                let map = ProcessMap::of(&read.log);
                prop_assert_eq!(map.events as usize, read.log.event_count());
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[test]
    fn many_threads_read_what_one_reads(
        notes in prop::collection::vec("[ab\", \\n\\r가]{0,12}", 1..40),
        spoiled in any::<bool>(),
    ) {
        let row = |(at, note): (usize, &String)| {
            // Quotes that are not doubled make rows that only a reader from the beginning understands.
            let note = if spoiled && at % 7 == 0 { note.clone() } else { note.replace('"', "\"\"") };
            format!("{},{},2026-11-22 12:{:02}:00,\"{note}\"\n", at % 5, at % 3, at % 60)
        };
        let rows: Vec<String> = notes.iter().enumerate().map(row).collect();
        let file = large(&rows, 20_000);
        let name = file.path().to_str().expect("a name").to_owned();
        let read = |threads| {
            let settings = CsvSettings { threads: NonZero::new(threads), part_bytes_min: NonZero::<u64>::MIN, text: ReadSettings { row_bytes_max: 700, ..ReadSettings::default() }, ..settings(seoul()) };
            read_csv(&name, &settings).expect("a log")
        };
        let (one, many) = (read(1), read(4));
        prop_assert!(one.log == many.log);
        prop_assert_eq!(one.rejected, many.rejected);
    }
}
