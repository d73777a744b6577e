//! The index of a journal that is being written.

use std::sync::Arc;
use std::thread;

use futures::executor::block_on;
use jiff::civil::date;
use jiff::tz::TimeZone;
use madang_insight::{Insight, Limits, Period, Question};
use madang_journal::{
    Batch, ExpectedVersion, Journal, Micros, NewEvent, Position, ShopId, SqliteJournal,
    SqliteSettings, StreamId,
};
use tokio::sync::watch;

fn shop() -> ShopId {
    ShopId::new("cafe").expect("a name")
}

/// An order of a day, placed at its noon.
fn order(id: u64, day: i8) -> NewEvent {
    let at = date(2026, 11, day).at(12, 0, 0, 0).to_zoned(TimeZone::UTC);
    let body = format!(
        r#"{{"order":{{"id":"{id}","order_key":"k","number":1,"business_date":"2026-11-{day:02}","source":"till","channels":["POS"],"table":null,"guests":null,"memo":"","currency":"KRW","lines":[],"discounts":[],"request":null}}}}"#
    );
    event(
        "order",
        &id.to_string(),
        "order-placed",
        body,
        at.expect("a moment").timestamp().as_microsecond(),
    )
}

fn event(stream: &str, id: &str, kind: &str, body: String, at: i64) -> NewEvent {
    NewEvent {
        stream: StreamId::new(shop(), stream, id).expect("a stream"),
        kind: kind.into(),
        type_version: 1,
        at: Micros::new(at),
        business_date: "2026-11-22".into(),
        actor: "cashier:till".into(),
        operation: None,
        caused_by: None,
        body,
    }
}

fn write(journal: &dyn Journal, events: Vec<NewEvent>) -> Position {
    let mut batch = Batch::new(shop());
    for event in events {
        batch.expect(event.stream.clone(), ExpectedVersion::Any);
        batch.event(event);
    }
    let written = block_on(journal.write(batch)).expect("written");
    written.events.last().expect("events").position
}

fn orders(insight: &Insight) -> u64 {
    let question = Question {
        period: Period::new(date(2026, 11, 1), date(2026, 11, 30)).expect("a period"),
        channels: Vec::new(),
        zone: TimeZone::UTC,
        now_ms: i64::MAX,
        today: date(2027, 1, 1),
    };
    let found = insight
        .ask(|index| index.findings(&question))
        .expect("it is kept up");
    found.expect("a log").summary.orders
}

#[test]
fn what_is_written_is_followed_until_told_to_stop() {
    let folder = tempfile::tempdir().expect("a folder");
    let journal = SqliteJournal::open(folder.path(), SqliteSettings::default()).expect("a journal");
    let journal: Arc<dyn Journal> = Arc::new(journal);
    write(&*journal, vec![order(1, 1), order(2, 2)]);
    let insight = Insight::new(Limits::default());
    let (stop, told) = watch::channel(false);
    thread::scope(|scope| {
        let following =
            scope.spawn(|| block_on(insight.follow(journal.clone(), shop(), None, told)));
        assert!(block_on(insight.reach(Position::new(2))));
        assert_eq!(orders(&insight), 2);
        let third = write(&*journal, vec![order(3, 3)]);
        assert!(block_on(insight.reach(third)));
        assert_eq!(orders(&insight), 3);
        stop.send_replace(true);
        following.join().expect("it ends");
    });
    assert!(insight.ask(|_| ()).is_err(), "nobody keeps it up any more");
}

#[test]
fn what_is_too_old_is_not_read() {
    let folder = tempfile::tempdir().expect("a folder");
    let journal = SqliteJournal::open(folder.path(), SqliteSettings::default()).expect("a journal");
    let journal: Arc<dyn Journal> = Arc::new(journal);
    // Would it be read, it would end the reading.
    let unreadable = event("order", "9", "order-of-tomorrow", "{}".into(), 0);
    let last = write(
        &*journal,
        vec![unreadable, order(1, 5), order(2, 6), order(3, 7)],
    );
    let insight = Insight::new(Limits::default());
    let (stop, told) = watch::channel(false);
    let day = date(2026, 11, 6);
    let at = day.to_zoned(TimeZone::UTC).expect("a moment").timestamp();
    thread::scope(|scope| {
        scope.spawn(|| block_on(insight.follow(journal.clone(), shop(), Some((at, day)), told)));
        assert!(block_on(insight.reach(last)));
        assert_eq!(orders(&insight), 2);
        assert_eq!(insight.ask(|index| index.known_from()), Ok(Some(day)));
        stop.send_replace(true);
    });
}

#[test]
fn what_a_newer_program_wrote_ends_the_reading_and_nothing_else() {
    let folder = tempfile::tempdir().expect("a folder");
    let journal = SqliteJournal::open(folder.path(), SqliteSettings::default()).expect("a journal");
    let journal: Arc<dyn Journal> = Arc::new(journal);
    write(
        &*journal,
        vec![
            order(1, 1),
            event("order", "2", "order-of-tomorrow", "{}".into(), 0),
        ],
    );
    let insight = Insight::new(Limits::default());
    let (_stop, told) = watch::channel(false);
    block_on(insight.follow(journal.clone(), shop(), None, told));
    assert!(!block_on(insight.reach(Position::new(2))));
    let refused = insight.ask(|_| ()).expect_err("it has stopped");
    assert!(
        refused.to_string().contains("cannot be understood"),
        "{refused}"
    );
    write(&*journal, vec![order(3, 2)]);
}

/// Whatever goes wrong while somebody asks, the index is as it was.
#[test]
fn a_question_that_fails_harms_nothing() {
    let insight = Insight::new(Limits::default());
    let asked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        insight.ask(|_| panic!("a mistake"))
    }));
    assert!(asked.is_err());
    assert_eq!(insight.ask(|index| index.step_count()), Ok(0));
}
