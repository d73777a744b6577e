//! Sinks that go away, slow down, or change in the middle of an import.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Stdio};
use std::thread;

use madang_import_postgres::test_server::Server;
use serde_json::Value;

use super::{MAPPING, Receiver, Target, words};
use crate::program::Place;

/// More than fits between the stages, many times over.
const ROWS: usize = 300_000;

fn place(rows: usize) -> Place {
    let place = Place::new();
    let mut text = "코드,가격\n".to_owned();
    let padding = "가".repeat(15);
    (0..rows).for_each(|row| text.push_str(&format!("{padding} A{row:07},{row}\n")));
    place.file("sales.toml", MAPPING).file("sales.csv", &text);
    place
}

fn begin(place: &Place, target: &Target, more: &[&str]) -> Child {
    let first = ["import", "--mapping", "sales.toml", "sales.csv", "--json"];
    place
        .command(&words(&first, &target.to(), more))
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program runs")
}

/// What a child says at its end, by its last line.
fn report(child: Child) -> (i32, Value) {
    let output = child.wait_with_output().expect("it ends");
    let text = String::from_utf8_lossy(&output.stdout);
    let last = text.lines().last().expect("a report");
    let line: Value = serde_json::from_str(last).expect("JSON");
    (output.status.code().unwrap_or(-1), line["report"].clone())
}

fn wait_for(target: &Target, place: &Place, rows: usize, child: &mut Child) {
    while target.count(place) < rows {
        assert!(child.try_wait().expect("ours").is_none(), "it ended before");
        thread::yield_now();
    }
}

#[test]
fn an_import_goes_on_by_itself_when_postgres_is_restarted() {
    const ROWS: usize = 5_000;
    let Some(server) = Server::start() else {
        return;
    };
    let place = place(ROWS);
    let target = Target::Postgres {
        server,
        table: "sales",
    };
    let mut child = begin(&place, &target, &["--batch-rows", "10"]);
    wait_for(&target, &place, 100, &mut child);
    let Target::Postgres { server, .. } = &target else {
        unreachable!("made above");
    };
    server.crash();
    server.resume();
    let (code, report) = report(child);
    assert_eq!(code, 0, "{report}");
    assert!(report["reopened"].as_u64() >= Some(1), "{report}");
    assert_eq!(report["rows_written"], ROWS);
    let mut rows = target.rows(&place);
    rows.sort();
    rows.dedup();
    assert_eq!(rows.len(), ROWS);
}

#[test]
fn a_table_that_is_dropped_in_the_middle_ends_the_import_with_what_to_do() {
    let Some(server) = Server::start() else {
        return;
    };
    let place = place(5_000);
    let target = Target::Postgres {
        server,
        table: "sales",
    };
    let mut child = begin(&place, &target, &["--batch-rows", "10"]);
    wait_for(&target, &place, 100, &mut child);
    let Target::Postgres { server, .. } = &target else {
        unreachable!("made above");
    };
    server.sql("DROP TABLE sales");
    let (code, report) = report(child);
    assert_eq!(code, 2, "{report}");
    let problem = report["problem"].as_str().unwrap_or_default();
    assert!(problem.contains("does not exist"), "{problem}");
}

#[test]
fn a_server_that_stands_still_for_a_while_holds_the_import_back_in_flat_memory() {
    /// What the stages may hold between them, and lots on their way; far less than the file.
    const QUEUED_BYTES_MAX: u64 = 16 * 1024 * 1024;
    /// Far more than the program needs, unoptimised too.
    const MEMORY_BYTES_MAX: u64 = 256 * 1024 * 1024;
    let place = place(ROWS);
    let receiver = Receiver::start();
    receiver.hold_from(1_000);
    let to = format!("{}/sales", receiver.address());
    let target = Target::Http(receiver);
    let Target::Http(receiver) = &target else {
        unreachable!("made above");
    };
    let first = ["import", "--mapping", "sales.toml", "sales.csv", "--json"];
    let more = ["--to", &to, "--rows-per-call", "1000"];
    let mut child = place
        .command(&[&first[..], &more].concat())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program runs");
    let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines();
    let mut next = || -> Value {
        let line = lines.next().expect("it goes on").expect("text");
        serde_json::from_str(&line).expect("JSON")
    };
    let mut before = next();
    let standing = loop {
        let now = next();
        if now["bytes_read"] == before["bytes_read"] && receiver.count() >= 1_000 {
            break now;
        }
        before = now;
    };
    let number = |name: &str| standing[name].as_u64().unwrap_or(u64::MAX);
    let bytes_total = number("bytes_total");
    assert!(number("bytes_read") < bytes_total / 2, "{standing}");
    assert!(number("queued_bytes") < QUEUED_BYTES_MAX, "{standing}");
    if cfg!(target_os = "linux") {
        assert!(number("memory_bytes") < MEMORY_BYTES_MAX, "{standing}");
    }
    receiver.release();
    let last = lines.map_while(Result::ok).last().expect("a report");
    let report: Value = serde_json::from_str(&last).expect("JSON");
    assert_eq!(report["report"]["rows_written"], ROWS, "{report}");
    assert_eq!(child.wait().expect("it ends").code(), Some(0));
    assert_eq!(receiver.count(), ROWS);
    let calls = receiver.calls();
    assert!(calls < ROWS / 100, "{calls} calls");
}
