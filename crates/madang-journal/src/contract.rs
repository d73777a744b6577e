//! What every form of the journal must do. A form's tests call [`CONTRACT`]'s functions, each
//! with an empty journal; a promise that is broken panics.

use std::{
    future::{Future, poll_fn},
    pin::{Pin, pin},
    sync::Arc,
    task::Poll,
};

use crate::{
    Batch, CursorMove, Event, ExpectedVersion, Fingerprint, Journal, Micros, MoveTo, NewEvent,
    NewOutboxMessage, OperationChange, OperationRecord, OutboxChange, OutboxId, PersonalChange,
    PersonalText, Position, ScopeLimit, ShopId, StreamId, ValueChange, Version, ViewChange,
    ViewMove, ViewQuery, ViewRow, ViewState, WriteError,
    limits::{BATCH_EVENTS_MAX, BODY_BYTES_MAX},
};

/// A promise under test.
pub type Promise = fn(Arc<dyn Journal>) -> Pin<Box<dyn Future<Output = ()> + Send>>;

/// Every promise with its name.
pub const CONTRACT: &[(&str, Promise)] = &[
    ("appended events are read back in order", |j| {
        Box::pin(reads_back(j))
    }),
    ("positions are counted per shop", |j| {
        Box::pin(positions_per_shop(j))
    }),
    ("a conflict writes nothing", |j| {
        Box::pin(conflict_writes_nothing(j))
    }),
    ("commuting changes do not conflict", |j| {
        Box::pin(commuting(j))
    }),
    ("of rivals exactly one wins", |j| {
        Box::pin(one_rival_wins(j))
    }),
    ("an operation is claimed once", |j| {
        Box::pin(claimed_once(j))
    }),
    ("an operation moves from phase to phase", |j| {
        Box::pin(phases(j))
    }),
    ("claim and answer in one batch", |j| {
        Box::pin(claim_and_answer(j))
    }),
    ("values and their sizes", |j| Box::pin(values(j))),
    ("values by prefix", |j| Box::pin(values_by_prefix(j))),
    ("cursors", |j| Box::pin(cursors(j))),
    ("the outbox keeps order within a group", |j| {
        Box::pin(outbox(j))
    }),
    ("the outbox is read by destination", |j| {
        Box::pin(outbox_by_destination(j))
    }),
    ("the outbox wakes its sender", |j| Box::pin(outbox_wakes(j))),
    ("views are filtered, ordered and rebuilt", |j| {
        Box::pin(views(j))
    }),
    ("personal text is erased", |j| Box::pin(personal(j))),
    ("bad batches are refused", |j| Box::pin(bad_batches(j))),
    ("readers wake when events are there", |j| Box::pin(wakes(j))),
    ("a write that does not wait keeps its place", |j| {
        Box::pin(soon(j))
    }),
    (
        "what is held back is not there before it is waited for",
        |j| Box::pin(held(j)),
    ),
];

/// The shop that the promises are tested on.
pub fn shop() -> ShopId {
    ShopId::new("cafe").expect("a plain name")
}

/// One of its streams.
pub fn stream(id: &str) -> StreamId {
    StreamId::new(shop(), "order", id).expect("a plain name")
}

/// An event of it.
pub fn event(stream: &StreamId, kind: &str) -> NewEvent {
    NewEvent {
        stream: stream.clone(),
        kind: kind.to_owned(),
        type_version: 1,
        at: Micros::new(1_000),
        business_date: "2026-05-01".to_owned(),
        actor: "till".to_owned(),
        operation: None,
        caused_by: None,
        body: format!("{{\"kind\":\"{kind}\"}}"),
    }
}

/// A batch that appends to one stream.
pub fn appending(stream: &StreamId, expected: ExpectedVersion, kinds: &[&str]) -> Batch {
    let mut batch = Batch::new(stream.shop.clone());
    batch.expect(stream.clone(), expected);
    for kind in kinds {
        batch.event(event(stream, kind));
    }
    batch
}

/// An operation that was just claimed.
pub fn operation(key: &str) -> OperationRecord {
    OperationRecord {
        shop: shop(),
        key: key.to_owned(),
        fingerprint: Fingerprint {
            version: 1,
            digest: [7; 32],
        },
        command: "{}".to_owned(),
        phase: "claimed".to_owned(),
        phase_data: "{}".to_owned(),
        answer: None,
        started_at: Micros::new(10),
        changed_at: Micros::new(10),
        is_final: false,
    }
}

fn exactly(version: u32) -> ExpectedVersion {
    ExpectedVersion::Exactly(Version::new(version))
}

fn kinds(events: &[Arc<Event>]) -> Vec<&str> {
    events.iter().map(|event| event.kind.as_str()).collect()
}

async fn must(journal: &Arc<dyn Journal>, batch: Batch) -> crate::Written {
    journal
        .write(batch)
        .await
        .expect("nothing speaks against this batch")
}

async fn reads_back(journal: Arc<dyn Journal>) {
    let (a, b) = (stream("a"), stream("b"));
    let mut batch = appending(&a, exactly(0), &["a1"]);
    batch
        .expect(b.clone(), exactly(0))
        .event(event(&b, "b1"))
        .event(NewEvent {
            operation: Some("op-1".to_owned()),
            caused_by: Some(Position::new(1)),
            type_version: 3,
            body: "{\"이름\":\"아메리카노\"}".to_owned(),
            ..event(&a, "a2")
        });
    let written = must(&journal, batch).await;

    let positions: Vec<_> = written
        .positions
        .iter()
        .map(|position| position.get())
        .collect();
    assert_eq!(positions, [1, 2, 3]);
    assert_eq!(
        written.versions,
        [(a.clone(), Version::new(2)), (b, Version::new(1))]
    );
    let all = journal
        .events(&shop(), Position::START, 10)
        .await
        .expect("readable");
    assert_eq!(all, written.events);
    let of_a = journal
        .stream(&a, Version::NONE, 10)
        .await
        .expect("readable");
    assert_eq!(of_a, [written.events[0].clone(), written.events[2].clone()]);
    let rest = journal
        .stream(&a, Version::new(1), 10)
        .await
        .expect("readable");
    assert_eq!(kinds(&rest), ["a2"]);
    let second = journal
        .events(&shop(), Position::new(1), 1)
        .await
        .expect("readable");
    assert_eq!(kinds(&second), ["b1"]);
    let none = journal
        .events(&shop(), Position::MAX, 10)
        .await
        .expect("readable");
    assert!(none.is_empty());
}

async fn positions_per_shop(journal: Arc<dyn Journal>) {
    let other = ShopId::new("bakery").expect("a plain name");
    let theirs = StreamId::new(other.clone(), "order", "a").expect("a plain name");
    must(&journal, appending(&stream("a"), exactly(0), &["x", "y"])).await;
    let written = must(&journal, appending(&theirs, exactly(0), &["z"])).await;
    assert_eq!(written.positions, [Position::new(1)]);
    assert_eq!(
        journal.head(&shop()).await.expect("readable"),
        Position::new(2)
    );
    assert_eq!(
        journal.head(&other).await.expect("readable"),
        Position::new(1)
    );
    let unknown = ShopId::new("nowhere").expect("a plain name");
    assert_eq!(
        journal.head(&unknown).await.expect("readable"),
        Position::START
    );
    assert!(
        journal
            .events(&unknown, Position::START, 9)
            .await
            .expect("readable")
            .is_empty()
    );
}

async fn conflict_writes_nothing(journal: Arc<dyn Journal>) {
    let a = stream("a");
    must(&journal, appending(&a, exactly(0), &["first"])).await;
    let mut late = appending(&a, exactly(0), &["late"]);
    late.values.push(ValueChange {
        scope: "s".to_owned(),
        key: "k".to_owned(),
        value: Some("v".to_owned()),
    });
    late.operation = Some(OperationChange::Claim(operation("op")));
    match journal.write(late).await {
        Err(WriteError::Conflict {
            stream,
            expected,
            actual,
        }) => {
            assert_eq!(
                (stream, expected, actual),
                (a.clone(), Version::NONE, Version::new(1))
            );
        }
        other => panic!("a conflict was due, not {other:?}"),
    }
    assert_eq!(journal.value("s", "k").await.expect("readable"), None);
    assert_eq!(
        journal.operation(&shop(), "op").await.expect("readable"),
        None
    );
    let next = must(&journal, appending(&a, exactly(1), &["second"])).await;
    assert_eq!(
        next.positions,
        [Position::new(2)],
        "the refused one left no gap"
    );
}

async fn commuting(journal: Arc<dyn Journal>) {
    let stock = stream("stock");
    for version in 1..=3 {
        let written = must(
            &journal,
            appending(&stock, ExpectedVersion::Any, &["taken"]),
        )
        .await;
        assert_eq!(written.versions, [(stock.clone(), Version::new(version))]);
    }
    // A stream that was only read is checked as well.
    let mut reading = appending(&stream("a"), exactly(0), &["x"]);
    reading.expect(stock, exactly(2));
    let refused = journal.write(reading).await;
    assert!(
        matches!(refused, Err(WriteError::Conflict { .. })),
        "{refused:?}"
    );
}

async fn one_rival_wins(journal: Arc<dyn Journal>) {
    let a = stream("a");
    // Handed over together, so that they meet in one group.
    let rivals: Vec<_> = (0..20)
        .map(|_| {
            journal
                .write_soon(appending(&a, exactly(0), &["won"]))
                .expect("there is room")
        })
        .collect();
    let mut won = 0;
    for rival in rivals {
        won += u32::from(rival.settled().await.is_ok());
    }
    assert_eq!(won, 1);
    assert_eq!(
        journal.head(&shop()).await.expect("readable"),
        Position::new(1)
    );
}

async fn claimed_once(journal: Arc<dyn Journal>) {
    let mut first = Batch::new(shop());
    first.operation = Some(OperationChange::Claim(operation("op")));
    must(&journal, first.clone()).await;
    let a = stream("a");
    let mut again = appending(&a, exactly(5), &["x"]);
    again.operation = first.operation;
    match journal.write(again).await {
        Err(WriteError::AlreadyClaimed(record)) => assert_eq!(*record, operation("op")),
        other => panic!("a claim must come before a conflict of versions, not {other:?}"),
    }
    assert_eq!(
        journal.open_operations(&shop()).await.expect("readable"),
        [operation("op")]
    );
}

fn advance(from: &str, to: &str) -> Batch {
    let mut batch = Batch::new(shop());
    batch.operation = Some(OperationChange::Advance {
        key: "op".to_owned(),
        from_phase: from.to_owned(),
        to_phase: to.to_owned(),
        phase_data: "{\"amount\":4500}".to_owned(),
        at: Micros::new(20),
    });
    batch
}

fn finish(from: Option<&str>) -> Batch {
    let mut batch = Batch::new(shop());
    batch.operation = Some(OperationChange::Finish {
        key: "op".to_owned(),
        from_phase: from.map(str::to_owned),
        answer: "\"paid\"".to_owned(),
        at: Micros::new(30),
    });
    batch
}

async fn phases(journal: Arc<dyn Journal>) {
    let unknown = journal.write(advance("claimed", "asked")).await;
    assert!(
        matches!(
            unknown,
            Err(WriteError::OperationMoved { actual: None, .. })
        ),
        "{unknown:?}"
    );
    let mut claim = Batch::new(shop());
    claim.operation = Some(OperationChange::Claim(operation("op")));
    must(&journal, claim).await;
    must(&journal, advance("claimed", "asked")).await;
    let again = journal.write(advance("claimed", "asked")).await;
    assert!(
        matches!(
            again,
            Err(WriteError::OperationMoved {
                actual: Some(_),
                ..
            })
        ),
        "{again:?}"
    );
    let elsewhere = journal.write(finish(Some("claimed"))).await;
    assert!(
        matches!(elsewhere, Err(WriteError::OperationMoved { .. })),
        "{elsewhere:?}"
    );
    must(&journal, finish(Some("asked"))).await;
    let finished = OperationRecord {
        phase: "asked".to_owned(),
        phase_data: "{\"amount\":4500}".to_owned(),
        answer: Some("\"paid\"".to_owned()),
        changed_at: Micros::new(30),
        is_final: true,
        ..operation("op")
    };
    assert_eq!(
        journal.operation(&shop(), "op").await.expect("readable"),
        Some(finished)
    );
    assert!(
        journal
            .open_operations(&shop())
            .await
            .expect("readable")
            .is_empty()
    );
    for late in [finish(None), advance("asked", "claimed")] {
        let refused = journal.write(late).await;
        assert!(
            matches!(refused, Err(WriteError::OperationMoved { .. })),
            "{refused:?}"
        );
    }
}

async fn claim_and_answer(journal: Arc<dyn Journal>) {
    let record = OperationRecord {
        answer: Some("{}".to_owned()),
        is_final: true,
        ..operation("op")
    };
    let mut batch = appending(&stream("a"), exactly(0), &["opened"]);
    batch.operation = Some(OperationChange::Claim(record.clone()));
    must(&journal, batch).await;
    assert_eq!(
        journal.operation(&shop(), "op").await.expect("readable"),
        Some(record)
    );
    let other = ShopId::new("bakery").expect("a plain name");
    assert_eq!(
        journal.operation(&other, "op").await.expect("readable"),
        None
    );
}

fn set(key: &str, value: Option<&str>) -> ValueChange {
    ValueChange {
        scope: "plugin".to_owned(),
        key: key.to_owned(),
        value: value.map(str::to_owned),
    }
}

fn setting(changes: &[(&str, Option<&str>)]) -> Batch {
    let mut batch = Batch::new(shop());
    batch.values = changes
        .iter()
        .map(|(key, value)| set(key, *value))
        .collect();
    batch
}

async fn values(journal: Arc<dyn Journal>) {
    let rows: &[(&str, Option<&str>, u64)] = &[
        ("stamps", Some("3"), 7),
        ("stamps", Some("아홉"), 12),
        ("", Some(""), 12),
        ("x", Some("1234"), 17),
        ("stamps", None, 5),
        ("stamps", None, 5),
        ("x", None, 0),
    ];
    for (key, value, bytes) in rows {
        must(&journal, setting(&[(key, *value)])).await;
        let read = journal.value("plugin", key).await.expect("readable");
        assert_eq!(read.as_deref(), *value, "{key}");
        assert_eq!(
            journal.value_bytes("plugin").await.expect("readable"),
            *bytes,
            "{key}"
        );
    }
    let mut full = setting(&[("a", Some("12345"))]);
    full.scope_limits.push(ScopeLimit {
        scope: "plugin".to_owned(),
        bytes_max: 5,
    });
    match journal.write(full).await {
        Err(WriteError::ScopeFull {
            bytes: 6,
            bytes_max: 5,
            ..
        }) => {}
        other => panic!("the scope was full, not {other:?}"),
    }
    assert_eq!(journal.value("plugin", "a").await.expect("readable"), None);
    assert_eq!(journal.value_bytes("plugin").await.expect("readable"), 0);
}

async fn values_by_prefix(journal: Arc<dyn Journal>) {
    let all = [
        "a",
        "a%",
        "ab",
        "aΩ",
        "a\u{10FFFF}",
        "a\u{10FFFF}z",
        "b",
        "가",
        "각",
    ];
    must(&journal, setting(&all.map(|key| (key, Some("v"))))).await;
    let rows: &[(&str, u32, &[&str])] = &[
        ("", 3, &["a", "a%", "ab"]),
        (
            "a",
            99,
            &["a", "a%", "ab", "aΩ", "a\u{10FFFF}", "a\u{10FFFF}z"],
        ),
        ("a\u{10FFFF}", 99, &["a\u{10FFFF}", "a\u{10FFFF}z"]),
        ("a%", 99, &["a%"]),
        ("가", 99, &["가"]),
        ("z", 99, &[]),
        ("\u{10FFFF}", 99, &[]),
    ];
    for (prefix, limit, expected) in rows {
        let found = journal
            .values("plugin", prefix, *limit)
            .await
            .expect("readable");
        let keys: Vec<_> = found.iter().map(|(key, _)| key.as_str()).collect();
        assert_eq!(&keys, expected, "{prefix:?}");
    }
    assert!(
        journal
            .values("other", "", 99)
            .await
            .expect("readable")
            .is_empty()
    );
}

async fn cursors(journal: Arc<dyn Journal>) {
    let rows: &[(MoveTo, Option<u64>)] = &[
        (MoveTo::At(Position::new(7)), Some(7)),
        (MoveTo::At(Position::new(2)), Some(2)),
        (MoveTo::BatchEnd, Some(3)),
        (MoveTo::Forget, None),
        (MoveTo::Forget, None),
    ];
    for (to, expected) in rows {
        let mut batch = appending(&stream("a"), ExpectedVersion::Any, &["x"]);
        batch.cursors.push(CursorMove {
            name: "screen".to_owned(),
            to: *to,
        });
        must(&journal, batch).await;
        let cursor = journal.cursor(&shop(), "screen").await.expect("readable");
        assert_eq!(cursor.map(Position::get), *expected, "{to:?}");
        let all = journal.cursors(&shop()).await.expect("readable");
        assert_eq!(all.len(), usize::from(expected.is_some()));
    }
}

fn message(group: &str, key: &str, next_at: i64) -> NewOutboxMessage {
    NewOutboxMessage {
        destination: "head-office".to_owned(),
        group: group.to_owned(),
        key: key.to_owned(),
        body: "{}".to_owned(),
        next_at: Micros::new(next_at),
        expires_at: Micros::new(1_000),
    }
}

async fn due(journal: &Arc<dyn Journal>, now: i64) -> Vec<crate::OutboxMessage> {
    journal
        .outbox_due(&shop(), "head-office", Micros::new(now), 10)
        .await
        .expect("readable")
}

async fn due_keys(journal: &Arc<dyn Journal>, now: i64) -> Vec<String> {
    due(journal, now)
        .await
        .into_iter()
        .map(|message| message.key)
        .collect()
}

async fn next_moment(journal: &Arc<dyn Journal>, after: i64) -> Option<i64> {
    let shop = shop();
    let next = journal.outbox_next_at(&shop, "head-office", Micros::new(after));
    next.await.expect("readable").map(Micros::get)
}

async fn change(journal: &Arc<dyn Journal>, change: OutboxChange) {
    let mut batch = Batch::new(shop());
    batch.outbox_changes.push(change);
    must(journal, batch).await;
}

async fn outbox(journal: Arc<dyn Journal>) {
    let mut batch = Batch::new(shop());
    batch.outbox = vec![
        message("order-1", "1a", 5),
        message("order-1", "1b", 0),
        message("order-2", "2a", 3),
    ];
    must(&journal, batch).await;
    assert_eq!(
        due_keys(&journal, 4).await,
        ["2a"],
        "1b waits behind 1a, which is not due"
    );
    for (after, expected) in [(0, Some(3)), (3, Some(5)), (5, None)] {
        assert_eq!(next_moment(&journal, after).await, expected, "{after}");
    }
    let first = due(&journal, 5).await.remove(0);
    let (id, at) = (first.id, Micros::new(6));

    change(
        &journal,
        OutboxChange::Retry {
            id,
            next_at: Micros::new(9),
            error: "503".into(),
        },
    )
    .await;
    assert_eq!(due_keys(&journal, 8).await, ["2a"]);
    let again = due(&journal, 9).await.remove(0);
    assert_eq!(
        (again.attempts, again.last_error.as_deref()),
        (1, Some("503"))
    );
    for (destination, next) in [("elsewhere", Some(9)), ("head-office", Some(7))] {
        let hastened = OutboxChange::Hasten {
            destination: destination.into(),
            next_at: Micros::new(7),
        };
        change(&journal, hastened).await;
        assert_eq!(next_moment(&journal, 6).await, next, "{destination}");
    }
    assert_eq!(due_keys(&journal, 3).await, ["2a"], "what is due stays so");
    assert_eq!(due_keys(&journal, 7).await, ["1a", "2a"]);

    change(
        &journal,
        OutboxChange::SetAside {
            id,
            at,
            attempts: 2,
            reason: "refused".into(),
        },
    )
    .await;
    assert_eq!(
        due_keys(&journal, 99).await,
        ["2a"],
        "1b waits behind what stands aside"
    );
    let aside = journal.outbox_aside(&shop(), 9).await.expect("readable");
    let told = (aside.len(), aside[0].aside_at, aside[0].attempts);
    assert_eq!(told, (1, Some(at), 2));
    let hastened = OutboxChange::Hasten {
        destination: "head-office".into(),
        next_at: Micros::new(0),
    };
    change(&journal, hastened).await;
    let still = journal.outbox_aside(&shop(), 9).await.expect("readable");
    assert_eq!(still, aside);

    let (next_at, expires_at) = (Micros::new(50), Micros::new(2_000));
    change(
        &journal,
        OutboxChange::PutBack {
            id,
            next_at,
            expires_at,
        },
    )
    .await;
    assert_eq!(due_keys(&journal, 50).await, ["1a", "2a"]);
    change(&journal, OutboxChange::Delivered { id }).await;
    assert_eq!(due_keys(&journal, 50).await, ["1b", "2a"]);
    for message in due(&journal, 50).await {
        change(&journal, OutboxChange::Drop { id: message.id }).await;
    }
    assert_eq!(next_moment(&journal, 0).await, None);
}

async fn outbox_by_destination(journal: Arc<dyn Journal>) {
    let counts = async || {
        let counts = journal.outbox_counts(&shop()).await.expect("readable");
        let told = counts.into_iter();
        told.map(|count| (count.destination, count.waiting, count.aside))
            .collect::<Vec<_>>()
    };
    assert_eq!(counts().await, []);
    let elsewhere = NewOutboxMessage {
        destination: "branch".to_owned(),
        ..message("order-1", "other", 7)
    };
    let mut batch = Batch::new(shop());
    batch.outbox = vec![message("order-1", "1a", 5), elsewhere];
    must(&journal, batch).await;
    assert_eq!(due_keys(&journal, 9).await, ["1a"], "of one destination");
    assert_eq!(next_moment(&journal, 5).await, None, "of one destination");

    let first = due(&journal, 9).await.remove(0);
    let whole = journal.outbox_message(&shop(), first.id).await;
    assert_eq!(whole.expect("readable"), Some(first.clone()));
    let none = journal.outbox_message(&shop(), OutboxId::new(99)).await;
    assert_eq!(none.expect("readable"), None);
    let aside = OutboxChange::SetAside {
        id: first.id,
        at: Micros::new(6),
        attempts: 1,
        reason: "refused".into(),
    };
    change(&journal, aside).await;
    let expected = [
        ("branch".to_owned(), 1, 0),
        ("head-office".to_owned(), 0, 1),
    ];
    assert_eq!(counts().await, expected);
    let waiting = journal.outbox_waiting(&shop(), 9).await.expect("readable");
    let keys: Vec<_> = waiting.into_iter().map(|message| message.key).collect();
    assert_eq!(keys, ["other"]);
}

async fn outbox_wakes(journal: Arc<dyn Journal>) {
    let mut news = journal.watch_outbox(&shop()).expect("watchable");
    let mut has_news = || {
        let has_news = news.has_changed().expect("the journal lives");
        news.mark_unchanged();
        has_news
    };
    assert!(!has_news());
    must(
        &journal,
        appending(&stream("a"), ExpectedVersion::Any, &["x"]),
    )
    .await;
    assert!(!has_news(), "an event alone");
    let mut batch = Batch::new(shop());
    batch.outbox = vec![message("order-1", "1a", 0)];
    must(&journal, batch).await;
    assert!(has_news(), "a message");

    let (id, at) = (due(&journal, 9).await.remove(0).id, Micros::new(1));
    let rows = [
        (
            OutboxChange::Retry {
                id,
                next_at: at,
                error: "503".into(),
            },
            false,
        ),
        (
            OutboxChange::SetAside {
                id,
                at,
                attempts: 1,
                reason: "refused".into(),
            },
            false,
        ),
        (
            OutboxChange::PutBack {
                id,
                next_at: at,
                expires_at: at,
            },
            true,
        ),
        (
            OutboxChange::Hasten {
                destination: "head-office".into(),
                next_at: at,
            },
            true,
        ),
        (OutboxChange::Drop { id }, true),
        (OutboxChange::Delivered { id }, false),
    ];
    for (changed, expected) in rows {
        change(&journal, changed.clone()).await;
        assert_eq!(has_news(), expected, "{changed:?}");
    }
    let mut refused = appending(&stream("a"), exactly(7), &["y"]);
    refused.outbox = vec![message("order-1", "1b", 0)];
    assert!(journal.write(refused).await.is_err());
    assert!(!has_news(), "nothing stands");
}

fn row(key: &str, group: &str, at: i64) -> ViewChange {
    ViewChange::Put(ViewRow {
        view: "orders".to_owned(),
        key: key.to_owned(),
        group: group.to_owned(),
        at: Micros::new(at),
        body: format!("\"{key}\""),
    })
}

async fn view_keys(journal: &Arc<dyn Journal>, query: ViewQuery) -> Vec<String> {
    let rows = journal.view(&shop(), query).await.expect("readable");
    rows.into_iter().map(|row| row.key).collect()
}

async fn views(journal: Arc<dyn Journal>) {
    let moved = ViewMove {
        view: "orders".to_owned(),
        to: MoveTo::BatchEnd,
    };
    let mut batch = appending(&stream("a"), exactly(0), &["x"]);
    batch.view_moves = vec![moved];
    let unbegun = journal.write(batch.clone()).await;
    assert!(
        matches!(unbegun, Err(WriteError::Malformed { .. })),
        "{unbegun:?}"
    );
    assert_eq!(
        journal
            .view_state(&shop(), "orders")
            .await
            .expect("readable"),
        None
    );

    journal
        .begin_view_rebuild(&shop(), "orders", 3)
        .await
        .expect("a plain view");
    batch.views = vec![
        row("1", "open", 10),
        row("2", "paid", 20),
        row("3", "open", 20),
    ];
    must(&journal, batch).await;
    let state = journal
        .view_state(&shop(), "orders")
        .await
        .expect("readable");
    assert_eq!(
        state,
        Some(ViewState {
            version: 3,
            position: Position::new(1)
        })
    );

    let all = ViewQuery::of("orders", 10);
    let groups = |names: &[&str]| Some(names.iter().map(|name| (*name).to_owned()).collect());
    let rows = [
        (all.clone(), vec!["1", "2", "3"]),
        (
            ViewQuery {
                descending: true,
                ..all.clone()
            },
            vec!["3", "2", "1"],
        ),
        (
            ViewQuery {
                groups: groups(&["open"]),
                ..all.clone()
            },
            vec!["1", "3"],
        ),
        (
            ViewQuery {
                groups: groups(&["open", "paid"]),
                ..all.clone()
            },
            vec!["1", "2", "3"],
        ),
        (
            ViewQuery {
                groups: groups(&[]),
                ..all.clone()
            },
            vec![],
        ),
        (
            ViewQuery {
                at_from: Some(Micros::new(20)),
                ..all.clone()
            },
            vec!["2", "3"],
        ),
        (
            ViewQuery {
                at_to: Some(Micros::new(20)),
                ..all.clone()
            },
            vec!["1"],
        ),
        (
            ViewQuery {
                offset: 1,
                limit: 1,
                ..all.clone()
            },
            vec!["2"],
        ),
        (ViewQuery::of("others", 10), vec![]),
    ];
    for (query, expected) in rows {
        assert_eq!(
            view_keys(&journal, query.clone()).await,
            expected,
            "{query:?}"
        );
    }

    let mut batch = Batch::new(shop());
    let delete = ViewChange::Delete {
        view: "orders".to_owned(),
        key: "1".to_owned(),
    };
    batch.views = vec![row("2", "open", 5), delete];
    must(&journal, batch).await;
    assert_eq!(view_keys(&journal, all.clone()).await, ["2", "3"]);
    let second = journal
        .view_row(&shop(), "orders", "2")
        .await
        .expect("readable");
    assert_eq!(second.map(|row| row.group).as_deref(), Some("open"));

    journal
        .begin_view_rebuild(&shop(), "orders", 4)
        .await
        .expect("a plain view");
    assert!(view_keys(&journal, all).await.is_empty());
    let state = journal
        .view_state(&shop(), "orders")
        .await
        .expect("readable");
    assert_eq!(
        state,
        Some(ViewState {
            version: 4,
            position: Position::START
        })
    );
}

async fn personal(journal: Arc<dyn Journal>) {
    let text = |id: &str, keep_until| PersonalText {
        id: id.to_owned(),
        purpose: "receipt".to_owned(),
        keep_until: Micros::new(keep_until),
        text: "010-0000-0000".to_owned(),
    };
    let mut batch = Batch::new(shop());
    batch.personal = ["p1", "p2", "p3"]
        .into_iter()
        .zip([10, 20, 30])
        .map(|(id, until)| PersonalChange::Put(text(id, until)))
        .collect();
    must(&journal, batch).await;
    assert_eq!(
        journal.personal("p1").await.expect("readable"),
        Some(text("p1", 10))
    );
    assert!(journal.erase_personal("p1").await.expect("erasable"));
    assert!(!journal.erase_personal("p1").await.expect("erasable"));
    assert_eq!(journal.personal("p1").await.expect("readable"), None);
    assert_eq!(
        journal
            .erase_expired_personal(Micros::new(20))
            .await
            .expect("erasable"),
        1
    );
    assert_eq!(journal.personal("p2").await.expect("readable"), None);
    let mut batch = Batch::new(shop());
    batch.personal = vec![PersonalChange::Erase {
        id: "p3".to_owned(),
    }];
    must(&journal, batch).await;
    assert_eq!(journal.personal("p3").await.expect("readable"), None);
}

async fn bad_batches(journal: Arc<dyn Journal>) {
    let a = stream("a");
    let other = StreamId::new(ShopId::new("bakery").expect("plain"), "order", "a").expect("plain");
    let good = appending(&a, exactly(0), &["x"]);
    let mut rows: Vec<(&str, Batch)> = Vec::new();
    let mut row = |name, spoil: &dyn Fn(&mut Batch)| {
        let mut batch = good.clone();
        spoil(&mut batch);
        rows.push((name, batch));
    };
    row("nothing expected", &|batch| batch.expected.clear());
    row("expected twice", &|batch| {
        batch.expected.push(batch.expected[0].clone())
    });
    row("another shop", &|batch| batch.expected[0].0 = other.clone());
    row("no date", &|batch| {
        batch.events[0].business_date = "1 May".to_owned()
    });
    row("no type", &|batch| batch.events[0].kind.clear());
    row("line break", &|batch| {
        batch.events[0].actor = "till\nroot".to_owned()
    });
    row("long body", &|batch| {
        batch.events[0].body = "x".repeat(BODY_BYTES_MAX + 1)
    });
    row("many", &|batch| {
        batch.events = vec![batch.events[0].clone(); BATCH_EVENTS_MAX + 1]
    });
    row("final without answer", &|batch| {
        let record = OperationRecord {
            is_final: true,
            ..operation("op")
        };
        batch.operation = Some(OperationChange::Claim(record));
    });
    for (name, batch) in rows {
        let refused = journal.write(batch.clone()).await;
        let at_once = journal.write_soon(batch).map(drop);
        for refused in [refused.map(drop), at_once] {
            let as_expected = matches!(
                refused,
                Err(WriteError::Malformed { .. }
                    | WriteError::Name(_)
                    | WriteError::TooLarge { .. })
            );
            assert!(as_expected, "{name}: {refused:?}");
        }
    }
    assert_eq!(
        journal.head(&shop()).await.expect("readable"),
        Position::START
    );
}

async fn wakes(journal: Arc<dyn Journal>) {
    let mut woken = journal.watch(&shop()).expect("watchable");
    assert!(!woken.has_changed().expect("the journal lives"));
    must(&journal, appending(&stream("a"), exactly(0), &["x", "y"])).await;
    assert_eq!(*woken.borrow_and_update(), Position::new(2));
    let refused = journal
        .write(appending(&stream("a"), exactly(0), &["z"]))
        .await;
    assert!(refused.is_err());
    must(&journal, setting(&[("k", Some("v"))])).await;
    assert!(
        !woken.has_changed().expect("the journal lives"),
        "nothing new to read"
    );
}

async fn soon(journal: Arc<dyn Journal>) {
    let cart = stream("cart");
    let taps: Vec<_> = (0..5)
        .map(|version| {
            journal
                .write_soon(appending(&cart, exactly(version), &["tap"]))
                .expect("there is room")
        })
        .collect();
    let paid = must(&journal, appending(&cart, exactly(5), &["paid"])).await;
    assert_eq!(paid.positions, [Position::new(6)]);
    for (index, tap) in taps.into_iter().enumerate() {
        let written = tap.settled().await.expect("nothing speaks against it");
        assert_eq!(written.positions, [Position::new(index as u64 + 1)]);
    }
    journal.wait_until_answered();
    assert_eq!(journal.in_flight(), 0);
}

async fn held(journal: Arc<dyn Journal>) {
    let cart = stream("cart");
    let woken = journal.watch(&shop()).expect("watchable");
    for turn in 0..3 {
        journal.hold_writes();
        let mut tap = pin!(journal.write(appending(&cart, exactly(turn), &["tap"])));
        assert!(answer(tap.as_mut()).await.is_none(), "it is held back");
        // Often enough for a writer that did not wait to come to its end meanwhile.
        for _ in 0..1_000 {
            let events = journal.stream(&cart, Version::NONE, 10).await;
            assert_eq!(events.expect("readable").len(), turn as usize);
            assert_eq!(woken.borrow().get(), u64::from(turn));
        }
        assert!(answer(tap.as_mut()).await.is_none(), "it is held back");
        journal.wait_until_answered();
        assert_eq!(woken.borrow().get(), u64::from(turn) + 1);
        let written = answer(tap.as_mut()).await.expect("it was waited for");
        written.expect("nothing speaks against it");
    }
    must(&journal, appending(&cart, exactly(3), &["paid"])).await;
}

/// What a future has to say now, without waiting for it.
async fn answer<T>(mut future: Pin<&mut impl Future<Output = T>>) -> Option<T> {
    poll_fn(|context| match future.as_mut().poll(context) {
        Poll::Ready(answer) => Poll::Ready(Some(answer)),
        Poll::Pending => Poll::Ready(None),
    })
    .await
}
