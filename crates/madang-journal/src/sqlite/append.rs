//! Appending: versions are checked, places given, the head advanced, in one transaction.

use std::{collections::HashMap, sync::Arc};

use rusqlite::{Connection, OptionalExtension, params};

use crate::{
    batch::{ExpectedVersion, Written},
    error::WriteError,
    event::{Event, NewEvent},
    id::{Position, StreamId, Version},
    sqlite::apply::{Refusal, ShopRow},
};

/// A stream as the batch finds it and leaves it.
struct Stream {
    number: Option<i64>,
    before: Version,
    version: Version,
}

pub(super) fn events(
    store: &Connection,
    shop: &mut ShopRow,
    expected: Vec<(StreamId, ExpectedVersion)>,
    events: Vec<NewEvent>,
) -> Result<Written, Refusal> {
    let mut streams = Streams::load(store, *shop, expected)?;
    let mut written = Vec::with_capacity(events.len());
    for event in events {
        shop.head = shop.head.next();
        let (stream, version) = streams.advance(store, *shop, &event.stream)?;
        let event = Event::placed(event, shop.head, version);
        insert(store, *shop, stream, &event)?;
        written.push(Arc::new(event));
    }
    if !written.is_empty() {
        save_head(store, *shop)?;
    }
    let versions = streams.save(store)?;
    Ok(Written {
        positions: written.iter().map(|event| event.position).collect(),
        events: written,
        versions,
    })
}

/// Positions are made no larger than SQLite's integers.
pub(super) fn sql(position: Position) -> i64 {
    i64::try_from(position.get()).unwrap_or(i64::MAX)
}

/// The streams that a batch names, in its order.
struct Streams {
    order: Vec<StreamId>,
    by_id: HashMap<StreamId, Stream>,
}

impl Streams {
    fn load(
        store: &Connection,
        shop: ShopRow,
        expected: Vec<(StreamId, ExpectedVersion)>,
    ) -> Result<Self, Refusal> {
        let mut order = Vec::with_capacity(expected.len());
        let mut by_id = HashMap::with_capacity(expected.len());
        for (id, expected) in expected {
            let stream = find(store, shop, &id)?;
            check(&id, expected, stream.version)?;
            by_id.insert(id.clone(), stream);
            order.push(id);
        }
        Ok(Self { order, by_id })
    }

    fn advance(
        &mut self,
        store: &Connection,
        shop: ShopRow,
        id: &StreamId,
    ) -> Result<(i64, Version), Refusal> {
        let stream = self
            .by_id
            .get_mut(id)
            .expect("the check saw every event's stream named");
        let number = match stream.number {
            Some(number) => number,
            None => *stream.number.insert(new_stream(store, shop, id)?),
        };
        stream.version = stream.version.next().ok_or_else(|| WriteError::Malformed {
            problem: format!("{id} is as long as a stream can be"),
        })?;
        Ok((number, stream.version))
    }

    fn save(mut self, store: &Connection) -> rusqlite::Result<Vec<(StreamId, Version)>> {
        let mut versions = Vec::with_capacity(self.order.len());
        for id in self.order {
            let stream = self.by_id.remove(&id).expect("each was put in once");
            if stream.version != stream.before {
                store
                    .prepare_cached("UPDATE stream SET version = ?2 WHERE number = ?1")?
                    .execute(params![stream.number, stream.version.get()])?;
            }
            versions.push((id, stream.version));
        }
        Ok(versions)
    }
}

fn find(store: &Connection, shop: ShopRow, id: &StreamId) -> rusqlite::Result<Stream> {
    let found: Option<(i64, u32)> = store
        .prepare_cached(
            "SELECT number, version FROM stream WHERE shop = ?1 AND kind = ?2 AND id = ?3",
        )?
        .query_row(params![shop.number, id.kind, id.id], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .optional()?;
    let version = found.map_or(Version::NONE, |(_, version)| Version::new(version));
    Ok(Stream {
        number: found.map(|(number, _)| number),
        before: version,
        version,
    })
}

fn check(stream: &StreamId, expected: ExpectedVersion, actual: Version) -> Result<(), WriteError> {
    match expected {
        ExpectedVersion::Exactly(expected) if expected != actual => Err(WriteError::Conflict {
            stream: stream.clone(),
            expected,
            actual,
        }),
        ExpectedVersion::Exactly(_) | ExpectedVersion::Any => Ok(()),
    }
}

fn new_stream(store: &Connection, shop: ShopRow, id: &StreamId) -> rusqlite::Result<i64> {
    store
        .prepare_cached("INSERT INTO stream (shop, kind, id, version) VALUES (?1, ?2, ?3, 0)")?
        .execute(params![shop.number, id.kind, id.id])?;
    Ok(store.last_insert_rowid())
}

fn insert(store: &Connection, shop: ShopRow, stream: i64, event: &Event) -> rusqlite::Result<()> {
    store
        .prepare_cached(
            "INSERT INTO event (shop, position, stream, version, kind, type_version, at,
             business_date, actor, operation, caused_by, body)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
        )?
        .execute(params![
            shop.number,
            sql(event.position),
            stream,
            event.version.get(),
            event.kind,
            event.type_version,
            event.at.get(),
            event.business_date,
            event.actor,
            event.operation,
            event.caused_by.map(sql),
            event.body,
        ])?;
    Ok(())
}

fn save_head(store: &Connection, shop: ShopRow) -> rusqlite::Result<()> {
    store
        .prepare_cached("UPDATE shop SET head = ?2 WHERE number = ?1")?
        .execute(params![shop.number, sql(shop.head)])?;
    Ok(())
}
