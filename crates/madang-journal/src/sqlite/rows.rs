//! Reading: one statement each, on whatever connection it is given.

use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, Row, ToSql, params, params_from_iter};

use crate::{
    event::Event,
    id::{Micros, OutboxId, Position, ShopId, StreamId, Version},
    limits::READ_ROWS_MAX,
    outbox::{OutboxCount, OutboxMessage},
    personal::PersonalText,
    sqlite::append::sql,
    view::{ViewQuery, ViewRow, ViewState},
};

/// Every shop with the position of its last event.
pub(super) fn heads(store: &Connection) -> rusqlite::Result<Vec<(ShopId, Position)>> {
    let found: Vec<(String, i64)> = store
        .prepare("SELECT name, head FROM shop")?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<rusqlite::Result<_>>()?;
    // A name that was checked when it was written and is not a name now is damage; the shop then
    // cannot be asked for, because nobody can make its id.
    Ok(found
        .into_iter()
        .filter_map(|(name, head)| Some((ShopId::new(name).ok()?, position(head))))
        .collect())
}

pub(super) fn events(
    store: &Connection,
    shop: &ShopId,
    after: Position,
    limit: u32,
) -> rusqlite::Result<Vec<Arc<Event>>> {
    store
        .prepare_cached(&format!(
            "{SELECT_EVENTS} WHERE shop.name = ?1 AND event.position > ?2
             ORDER BY event.position LIMIT ?3"
        ))?
        .query_map(params![shop.as_str(), sql(after), limit], |row| {
            event(row, shop)
        })?
        .collect()
}

pub(super) fn stream(
    store: &Connection,
    id: &StreamId,
    after: Version,
    limit: u32,
) -> rusqlite::Result<Vec<Arc<Event>>> {
    store
        .prepare_cached(&format!(
            "{SELECT_EVENTS} WHERE shop.name = ?1 AND stream.kind = ?2 AND stream.id = ?3
             AND event.version > ?4 ORDER BY event.version LIMIT ?5"
        ))?
        .query_map(
            params![id.shop.as_str(), id.kind, id.id, after.get(), limit],
            |row| event(row, &id.shop),
        )?
        .collect()
}

const SELECT_EVENTS: &str = "SELECT event.position, event.version, stream.kind, stream.id,
    event.kind, event.type_version, event.at, event.business_date, event.actor, event.operation,
    event.caused_by, event.body
    FROM shop JOIN stream ON stream.shop = shop.number JOIN event ON event.stream = stream.number
    AND event.shop = shop.number";

fn event(row: &Row<'_>, shop: &ShopId) -> rusqlite::Result<Arc<Event>> {
    Ok(Arc::new(Event {
        position: position(row.get(0)?),
        version: Version::new(row.get(1)?),
        stream: StreamId {
            shop: shop.clone(),
            kind: row.get(2)?,
            id: row.get(3)?,
        },
        kind: row.get(4)?,
        type_version: row.get(5)?,
        at: Micros::new(row.get(6)?),
        business_date: row.get(7)?,
        actor: row.get(8)?,
        operation: row.get(9)?,
        caused_by: row.get::<_, Option<i64>>(10)?.map(position),
        body: row.get(11)?,
    }))
}

pub(super) fn value(
    store: &Connection,
    scope: &str,
    key: &str,
) -> rusqlite::Result<Option<String>> {
    store
        .prepare_cached("SELECT value FROM value WHERE scope = ?1 AND key = ?2")?
        .query_row([scope, key], |row| row.get(0))
        .optional()
}

pub(super) fn values(
    store: &Connection,
    scope: &str,
    key_prefix: &str,
    limit: u32,
) -> rusqlite::Result<Vec<(String, String)>> {
    let end = after_prefix(key_prefix);
    store
        .prepare_cached(
            "SELECT key, value FROM value WHERE scope = ?1 AND key >= ?2
             AND (?3 IS NULL OR key < ?3) ORDER BY key LIMIT ?4",
        )?
        .query_map(params![scope, key_prefix, end, limit], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?
        .collect()
}

/// The first text that no longer begins with `prefix` and is greater; UTF-8 sorts as its
/// characters do. `None`: there is none.
fn after_prefix(prefix: &str) -> Option<String> {
    let mut characters: Vec<char> = prefix.chars().collect();
    while let Some(last) = characters.pop() {
        if let Some(next) = (last..=char::MAX).nth(1) {
            characters.push(next);
            return Some(characters.into_iter().collect());
        }
    }
    None
}

pub(super) fn value_bytes(store: &Connection, scope: &str) -> rusqlite::Result<u64> {
    let bytes: Option<i64> = store
        .prepare_cached("SELECT bytes FROM value_scope WHERE scope = ?1")?
        .query_row([scope], |row| row.get(0))
        .optional()?;
    Ok(bytes.unwrap_or(0).unsigned_abs())
}

pub(super) fn cursor(
    store: &Connection,
    shop: &ShopId,
    name: &str,
) -> rusqlite::Result<Option<Position>> {
    store
        .prepare_cached(
            "SELECT position FROM cursor JOIN shop ON shop.number = cursor.shop
             WHERE shop.name = ?1 AND cursor.name = ?2",
        )?
        .query_row([shop.as_str(), name], |row| row.get(0).map(position))
        .optional()
}

pub(super) fn cursors(
    store: &Connection,
    shop: &ShopId,
) -> rusqlite::Result<Vec<(String, Position)>> {
    store
        .prepare_cached(
            "SELECT cursor.name, position FROM cursor JOIN shop ON shop.number = cursor.shop
             WHERE shop.name = ?1 ORDER BY cursor.name",
        )?
        .query_map([shop.as_str()], |row| {
            Ok((row.get(0)?, position(row.get(1)?)))
        })?
        .collect()
}

pub(super) fn outbox_due(
    store: &Connection,
    shop: &ShopId,
    destination: &str,
    now: Micros,
    limit: u32,
) -> rusqlite::Result<Vec<OutboxMessage>> {
    store
        .prepare_cached(&format!(
            "{SELECT_OUTBOX} WHERE shop.name = ?1 AND destination = ?2 AND aside_at IS NULL
             AND next_at <= ?3 AND {IS_FIRST} ORDER BY id LIMIT ?4"
        ))?
        .query_map(
            params![shop.as_str(), destination, now.get(), limit],
            |row| message(row, shop),
        )?
        .collect()
}

pub(super) fn outbox_next_at(
    store: &Connection,
    shop: &ShopId,
    destination: &str,
    after: Micros,
) -> rusqlite::Result<Option<Micros>> {
    store
        .prepare_cached(&format!(
            "SELECT min(next_at) FROM outbox JOIN shop ON shop.number = outbox.shop
             WHERE shop.name = ?1 AND destination = ?2 AND aside_at IS NULL AND next_at > ?3
             AND {IS_FIRST}"
        ))?
        .query_row(params![shop.as_str(), destination, after.get()], |row| {
            row.get::<_, Option<i64>>(0)
        })
        .map(|at| at.map(Micros::new))
}

pub(super) fn outbox_counts(
    store: &Connection,
    shop: &ShopId,
) -> rusqlite::Result<Vec<OutboxCount>> {
    store
        .prepare_cached(
            "SELECT destination, count(*) - count(aside_at), count(aside_at)
             FROM outbox JOIN shop ON shop.number = outbox.shop
             WHERE shop.name = ?1 GROUP BY destination ORDER BY destination",
        )?
        .query_map([shop.as_str()], |row| {
            Ok(OutboxCount {
                destination: row.get(0)?,
                waiting: row.get::<_, i64>(1)?.unsigned_abs(),
                aside: row.get::<_, i64>(2)?.unsigned_abs(),
            })
        })?
        .collect()
}

pub(super) fn outbox_message(
    store: &Connection,
    shop: &ShopId,
    id: OutboxId,
) -> rusqlite::Result<Option<OutboxMessage>> {
    store
        .prepare_cached(&format!("{SELECT_OUTBOX} WHERE shop.name = ?1 AND id = ?2"))?
        .query_row(params![shop.as_str(), id.get()], |row| message(row, shop))
        .optional()
}

pub(super) fn outbox_waiting(
    store: &Connection,
    shop: &ShopId,
    limit: u32,
) -> rusqlite::Result<Vec<OutboxMessage>> {
    store
        .prepare_cached(&format!(
            "{SELECT_OUTBOX} WHERE shop.name = ?1 AND aside_at IS NULL ORDER BY id LIMIT ?2"
        ))?
        .query_map(params![shop.as_str(), limit], |row| message(row, shop))?
        .collect()
}

pub(super) fn outbox_aside(
    store: &Connection,
    shop: &ShopId,
    limit: u32,
) -> rusqlite::Result<Vec<OutboxMessage>> {
    store
        .prepare_cached(&format!(
            "{SELECT_OUTBOX} WHERE shop.name = ?1 AND aside_at IS NOT NULL ORDER BY id LIMIT ?2"
        ))?
        .query_map(params![shop.as_str(), limit], |row| message(row, shop))?
        .collect()
}

const SELECT_OUTBOX: &str = "SELECT id, destination, grp, key, body, next_at, expires_at, attempts,
    last_error, aside_at FROM outbox JOIN shop ON shop.number = outbox.shop";

/// Nothing of its destination and group is before it.
const IS_FIRST: &str = "NOT EXISTS (SELECT 1 FROM outbox AS earlier
    WHERE earlier.shop = outbox.shop AND earlier.destination = outbox.destination
    AND earlier.grp = outbox.grp AND earlier.id < outbox.id)";

fn message(row: &Row<'_>, shop: &ShopId) -> rusqlite::Result<OutboxMessage> {
    Ok(OutboxMessage {
        id: OutboxId::new(row.get(0)?),
        shop: shop.clone(),
        destination: row.get(1)?,
        group: row.get(2)?,
        key: row.get(3)?,
        body: row.get(4)?,
        next_at: Micros::new(row.get(5)?),
        expires_at: Micros::new(row.get(6)?),
        attempts: row.get(7)?,
        last_error: row.get(8)?,
        aside_at: row.get::<_, Option<i64>>(9)?.map(Micros::new),
    })
}

pub(super) fn view(
    store: &Connection,
    shop: &ShopId,
    query: &ViewQuery,
) -> rusqlite::Result<Vec<ViewRow>> {
    let (statement, values) = view_statement(shop, query);
    store
        .prepare_cached(&statement)?
        .query_map(params_from_iter(values), |row| {
            view_row_of(row, &query.view)
        })?
        .collect()
}

fn view_statement(shop: &ShopId, query: &ViewQuery) -> (String, Vec<Box<dyn ToSql>>) {
    let mut values: Vec<Box<dyn ToSql>> = vec![
        Box::new(shop.as_str().to_owned()),
        Box::new(query.view.clone()),
    ];
    let mut statement = format!("{SELECT_VIEW} WHERE shop.name = ? AND view.view = ?");
    if let Some(groups) = &query.groups {
        let places = vec!["?"; groups.len()].join(", ");
        statement.push_str(&format!(" AND grp IN ({places})"));
        values.extend(
            groups
                .iter()
                .map(|group| Box::new(group.clone()) as Box<dyn ToSql>),
        );
    }
    if let Some(from) = query.at_from {
        statement.push_str(" AND at >= ?");
        values.push(Box::new(from.get()));
    }
    if let Some(to) = query.at_to {
        statement.push_str(" AND at < ?");
        values.push(Box::new(to.get()));
    }
    statement.push_str(match query.descending {
        true => " ORDER BY at DESC, key DESC LIMIT ? OFFSET ?",
        false => " ORDER BY at, key LIMIT ? OFFSET ?",
    });
    values.push(Box::new(query.limit.min(READ_ROWS_MAX)));
    values.push(Box::new(query.offset));
    (statement, values)
}

pub(super) fn view_row(
    store: &Connection,
    shop: &ShopId,
    view: &str,
    key: &str,
) -> rusqlite::Result<Option<ViewRow>> {
    store
        .prepare_cached(&format!(
            "{SELECT_VIEW} WHERE shop.name = ?1 AND view.view = ?2 AND view.key = ?3"
        ))?
        .query_row([shop.as_str(), view, key], |row| view_row_of(row, view))
        .optional()
}

const SELECT_VIEW: &str =
    "SELECT key, grp, at, body FROM view JOIN shop ON shop.number = view.shop";

fn view_row_of(row: &Row<'_>, view: &str) -> rusqlite::Result<ViewRow> {
    Ok(ViewRow {
        view: view.to_owned(),
        key: row.get(0)?,
        group: row.get(1)?,
        at: Micros::new(row.get(2)?),
        body: row.get(3)?,
    })
}

pub(super) fn view_state(
    store: &Connection,
    shop: &ShopId,
    view: &str,
) -> rusqlite::Result<Option<ViewState>> {
    store
        .prepare_cached(
            "SELECT version, position FROM view_state JOIN shop ON shop.number = view_state.shop
             WHERE shop.name = ?1 AND view_state.view = ?2",
        )?
        .query_row([shop.as_str(), view], |row| {
            Ok(ViewState {
                version: row.get(0)?,
                position: position(row.get(1)?),
            })
        })
        .optional()
}

pub(super) fn personal(store: &Connection, id: &str) -> rusqlite::Result<Option<PersonalText>> {
    store
        .prepare_cached("SELECT purpose, keep_until, text FROM personal WHERE id = ?1")?
        .query_row([id], |row| {
            Ok(PersonalText {
                id: id.to_owned(),
                purpose: row.get(0)?,
                keep_until: Micros::new(row.get(1)?),
                text: row.get(2)?,
            })
        })
        .optional()
}

pub(super) fn position(stored: i64) -> Position {
    Position::new(stored.unsigned_abs())
}

#[cfg(test)]
mod tests {
    use rusqlite::{Connection, params_from_iter, types::Null};

    use super::{IS_FIRST, SELECT_EVENTS, SELECT_OUTBOX, SELECT_VIEW};
    use crate::sqlite::schema;

    fn plan(store: &Connection, statement: &str) -> Vec<String> {
        let mut plan = store
            .prepare(&format!("EXPLAIN QUERY PLAN {statement}"))
            .expect("a statement");
        let nothing = vec![Null; plan.parameter_count()];
        plan.query_map(params_from_iter(nothing), |step| step.get(3))
            .expect("a plan")
            .collect::<rusqlite::Result<_>>()
            .expect("text")
    }

    /// What is asked every day must follow an index, and not sort what it could read in order.
    #[test]
    fn daily_questions_follow_an_index() {
        let mut store = Connection::open_in_memory().expect("memory");
        schema::make(&mut store).expect("an empty database");
        let rows = [
            (
                SELECT_EVENTS,
                "event.position > ? ORDER BY event.position LIMIT 9",
            ),
            (
                SELECT_EVENTS,
                "stream.kind = ? AND stream.id = ? AND event.version > ? ORDER BY event.version",
            ),
            (SELECT_OUTBOX, "aside_at IS NULL AND next_at <= ?"),
            (SELECT_OUTBOX, IS_FIRST),
            (
                SELECT_VIEW,
                "view.view = ? AND at >= ? ORDER BY at DESC, key DESC",
            ),
            (SELECT_VIEW, "view.view = ? AND grp IN (?) ORDER BY at, key"),
            (SELECT_VIEW, "view.view = ? AND view.key = ?"),
        ];
        for (select, condition) in rows {
            let steps = plan(
                &store,
                &format!("{select} WHERE shop.name = ? AND {condition}"),
            );
            let is_slow = |step: &String| step.contains("SCAN") || step.contains("TEMP B-TREE");
            assert!(!steps.iter().any(is_slow), "{condition}: {steps:?}");
        }
    }
}
