//! One batch, inside the writer's transaction and a savepoint of its own.

use rusqlite::{Connection, OptionalExtension, params};

use crate::{
    batch::{Batch, CursorMove, MoveTo, ScopeLimit, ValueChange, Written},
    error::WriteError,
    id::{Micros, Position, ShopId},
    outbox::{NewOutboxMessage, OutboxChange},
    personal::PersonalChange,
    sqlite::{append, operations},
    view::{ViewChange, ViewMove},
};

/// Why a batch is rolled back: refused by a rule, or by SQLite.
#[derive(Debug)]
pub(super) enum Refusal {
    Rule(WriteError),
    Store(rusqlite::Error),
}

impl From<rusqlite::Error> for Refusal {
    fn from(error: rusqlite::Error) -> Self {
        Self::Store(error)
    }
}

impl From<WriteError> for Refusal {
    fn from(error: WriteError) -> Self {
        Self::Rule(error)
    }
}

/// A shop's row.
#[derive(Debug, Clone, Copy)]
pub(super) struct ShopRow {
    pub(super) number: i64,
    pub(super) head: Position,
}

pub(super) fn batch(store: &Connection, batch: Batch) -> Result<Written, Refusal> {
    let mut shop = shop(store, &batch.shop)?;
    // Before the versions: a repeat is answered as a repeat even when the stream has moved on.
    if let Some(change) = batch.operation {
        operations::change(store, shop.number, &batch.shop, change)?;
    }
    let written = append::events(store, &mut shop, batch.expected, batch.events)?;
    outbox(store, shop, &batch.outbox)?;
    outbox_changes(store, shop, &batch.outbox_changes)?;
    cursors(store, shop, &batch.cursors)?;
    values(store, &batch.values)?;
    scope_limits(store, &batch.scope_limits)?;
    views(store, shop, &batch.views)?;
    view_moves(store, shop, &batch.view_moves)?;
    personal(store, &batch.personal)?;
    Ok(written)
}

/// Empties a view and notes who is about to fill it.
pub(super) fn begin_view(
    store: &Connection,
    shop: &ShopId,
    view: &str,
    version: u32,
) -> Result<u64, Refusal> {
    let shop = self::shop(store, shop)?;
    forget_view(store, shop, view)?;
    store
        .prepare_cached(
            "INSERT INTO view_state (shop, view, version, position) VALUES (?1, ?2, ?3, 0)",
        )?
        .execute(params![shop.number, view, version])?;
    Ok(0)
}

pub(super) fn erase_personal(store: &Connection, id: &str) -> Result<u64, Refusal> {
    let erased = store
        .prepare_cached("DELETE FROM personal WHERE id = ?1")?
        .execute([id])?;
    Ok(erased as u64)
}

pub(super) fn erase_expired_personal(store: &Connection, now: Micros) -> Result<u64, Refusal> {
    let erased = store
        .prepare_cached("DELETE FROM personal WHERE keep_until <= ?1")?
        .execute([now.get()])?;
    Ok(erased as u64)
}

fn shop(store: &Connection, shop: &ShopId) -> rusqlite::Result<ShopRow> {
    let found = store
        .prepare_cached("SELECT number, head FROM shop WHERE name = ?1")?
        .query_row([shop.as_str()], |row| {
            Ok(ShopRow {
                number: row.get(0)?,
                head: super::rows::position(row.get(1)?),
            })
        })
        .optional()?;
    match found {
        Some(row) => Ok(row),
        None => new_shop(store, shop),
    }
}

fn new_shop(store: &Connection, shop: &ShopId) -> rusqlite::Result<ShopRow> {
    store
        .prepare_cached("INSERT INTO shop (name, head) VALUES (?1, 0)")?
        .execute([shop.as_str()])?;
    Ok(ShopRow {
        number: store.last_insert_rowid(),
        head: Position::START,
    })
}

fn outbox(
    store: &Connection,
    shop: ShopRow,
    messages: &[NewOutboxMessage],
) -> rusqlite::Result<()> {
    for message in messages {
        store
            .prepare_cached(
                "INSERT INTO outbox
                 (shop, destination, grp, key, body, next_at, expires_at, attempts)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 0)",
            )?
            .execute(params![
                shop.number,
                message.destination,
                message.group,
                message.key,
                message.body,
                message.next_at.get(),
                message.expires_at.get(),
            ])?;
    }
    Ok(())
}

fn outbox_changes(
    store: &Connection,
    shop: ShopRow,
    changes: &[OutboxChange],
) -> rusqlite::Result<()> {
    for change in changes {
        outbox_change(store, shop.number, change)?;
    }
    Ok(())
}

fn outbox_change(store: &Connection, shop: i64, change: &OutboxChange) -> rusqlite::Result<usize> {
    match change {
        OutboxChange::Delivered { id } | OutboxChange::Drop { id } => store
            .prepare_cached("DELETE FROM outbox WHERE shop = ?1 AND id = ?2")?
            .execute(params![shop, id.get()]),
        OutboxChange::Retry { id, next_at, error } => store
            .prepare_cached(
                "UPDATE outbox SET attempts = attempts + 1, next_at = ?3, last_error = ?4
                 WHERE shop = ?1 AND id = ?2",
            )?
            .execute(params![shop, id.get(), next_at.get(), error]),
        OutboxChange::SetAside {
            id,
            at,
            attempts,
            reason,
        } => store
            .prepare_cached(
                "UPDATE outbox SET aside_at = ?3, last_error = ?4, attempts = ?5
                 WHERE shop = ?1 AND id = ?2",
            )?
            .execute(params![shop, id.get(), at.get(), reason, attempts]),
        OutboxChange::PutBack {
            id,
            next_at,
            expires_at,
        } => store
            .prepare_cached(
                "UPDATE outbox SET aside_at = NULL, attempts = 0, next_at = ?3, expires_at = ?4
                 WHERE shop = ?1 AND id = ?2",
            )?
            .execute(params![shop, id.get(), next_at.get(), expires_at.get()]),
        OutboxChange::Hasten {
            destination,
            next_at,
        } => store
            .prepare_cached(
                "UPDATE outbox SET next_at = ?3
                 WHERE shop = ?1 AND destination = ?2 AND aside_at IS NULL AND next_at > ?3",
            )?
            .execute(params![shop, destination, next_at.get()]),
    }
}

fn cursors(store: &Connection, shop: ShopRow, moves: &[CursorMove]) -> rusqlite::Result<()> {
    for cursor in moves {
        match target(cursor.to, shop) {
            Some(to) => store
                .prepare_cached(
                    "INSERT INTO cursor (shop, name, position) VALUES (?1, ?2, ?3)
                     ON CONFLICT (shop, name) DO UPDATE SET position = excluded.position",
                )?
                .execute(params![shop.number, cursor.name, to])?,
            None => store
                .prepare_cached("DELETE FROM cursor WHERE shop = ?1 AND name = ?2")?
                .execute(params![shop.number, cursor.name])?,
        };
    }
    Ok(())
}

fn target(to: MoveTo, shop: ShopRow) -> Option<i64> {
    match to {
        MoveTo::At(position) => Some(append::sql(position)),
        MoveTo::BatchEnd => Some(append::sql(shop.head)),
        MoveTo::Forget => None,
    }
}

fn values(store: &Connection, changes: &[ValueChange]) -> rusqlite::Result<()> {
    for change in changes {
        let before = held(store, change)?;
        let after = change
            .value
            .as_ref()
            .map(|value| (change.key.len() + value.len()) as i64);
        match &change.value {
            Some(value) => store
                .prepare_cached(
                    "INSERT INTO value (scope, key, value) VALUES (?1, ?2, ?3)
                     ON CONFLICT (scope, key) DO UPDATE SET value = excluded.value",
                )?
                .execute(params![change.scope, change.key, value])?,
            None => store
                .prepare_cached("DELETE FROM value WHERE scope = ?1 AND key = ?2")?
                .execute(params![change.scope, change.key])?,
        };
        grow_scope(store, &change.scope, after.unwrap_or(0) - before)?;
    }
    Ok(())
}

/// What the key and its value take up now.
fn held(store: &Connection, change: &ValueChange) -> rusqlite::Result<i64> {
    let value: Option<i64> = store
        .prepare_cached("SELECT octet_length(value) FROM value WHERE scope = ?1 AND key = ?2")?
        .query_row(params![change.scope, change.key], |row| row.get(0))
        .optional()?;
    Ok(value.map_or(0, |bytes| bytes + change.key.len() as i64))
}

fn grow_scope(store: &Connection, scope: &str, bytes: i64) -> rusqlite::Result<()> {
    if bytes != 0 {
        store
            .prepare_cached(
                "INSERT INTO value_scope (scope, bytes) VALUES (?1, ?2)
                 ON CONFLICT (scope) DO UPDATE SET bytes = bytes + excluded.bytes",
            )?
            .execute(params![scope, bytes])?;
    }
    Ok(())
}

fn scope_limits(store: &Connection, limits: &[ScopeLimit]) -> Result<(), Refusal> {
    for ScopeLimit { scope, bytes_max } in limits {
        let bytes = super::rows::value_bytes(store, scope)?;
        if bytes > *bytes_max {
            let (scope, bytes_max) = (scope.clone(), *bytes_max);
            return Err(WriteError::ScopeFull {
                scope,
                bytes,
                bytes_max,
            }
            .into());
        }
    }
    Ok(())
}

fn views(store: &Connection, shop: ShopRow, changes: &[ViewChange]) -> rusqlite::Result<()> {
    for change in changes {
        match change {
            ViewChange::Put(row) => store
                .prepare_cached(
                    "INSERT INTO view (shop, view, key, grp, at, body)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                     ON CONFLICT (shop, view, key) DO UPDATE
                     SET grp = excluded.grp, at = excluded.at, body = excluded.body",
                )?
                .execute(params![
                    shop.number,
                    row.view,
                    row.key,
                    row.group,
                    row.at.get(),
                    row.body
                ])?,
            ViewChange::Delete { view, key } => store
                .prepare_cached("DELETE FROM view WHERE shop = ?1 AND view = ?2 AND key = ?3")?
                .execute(params![shop.number, view, key])?,
        };
    }
    Ok(())
}

fn view_moves(store: &Connection, shop: ShopRow, moves: &[ViewMove]) -> Result<(), Refusal> {
    for moved in moves {
        let Some(to) = target(moved.to, shop) else {
            forget_view(store, shop, &moved.view)?;
            continue;
        };
        let begun = store
            .prepare_cached("UPDATE view_state SET position = ?3 WHERE shop = ?1 AND view = ?2")?
            .execute(params![shop.number, moved.view, to])?;
        if begun == 0 {
            let problem = format!("the view {:?} moves but was never begun", moved.view);
            return Err(WriteError::Malformed { problem }.into());
        }
    }
    Ok(())
}

fn forget_view(store: &Connection, shop: ShopRow, view: &str) -> rusqlite::Result<()> {
    for table in [
        "DELETE FROM view WHERE shop = ?1 AND view = ?2",
        "DELETE FROM view_state WHERE shop = ?1 AND view = ?2",
    ] {
        store
            .prepare_cached(table)?
            .execute(params![shop.number, view])?;
    }
    Ok(())
}

fn personal(store: &Connection, changes: &[PersonalChange]) -> Result<(), Refusal> {
    for change in changes {
        match change {
            PersonalChange::Put(text) => {
                store
                    .prepare_cached(
                        "INSERT INTO personal (id, purpose, keep_until, text)
                         VALUES (?1, ?2, ?3, ?4)
                         ON CONFLICT (id) DO UPDATE SET purpose = excluded.purpose,
                         keep_until = excluded.keep_until, text = excluded.text",
                    )?
                    .execute(params![
                        text.id,
                        text.purpose,
                        text.keep_until.get(),
                        text.text
                    ])?;
            }
            PersonalChange::Erase { id } => {
                erase_personal(store, id)?;
            }
        }
    }
    Ok(())
}
