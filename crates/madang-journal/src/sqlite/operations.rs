//! Operation records: claimed once, moved from phase to phase, finished once.

use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::{
    error::WriteError,
    id::{Micros, ShopId},
    operation::{Fingerprint, OperationChange, OperationRecord},
    sqlite::apply::Refusal,
};

pub(super) fn change(
    store: &Connection,
    shop_number: i64,
    shop: &ShopId,
    change: OperationChange,
) -> Result<(), Refusal> {
    match change {
        OperationChange::Claim(record) => claim(store, shop_number, &record),
        OperationChange::Advance {
            key,
            from_phase,
            to_phase,
            phase_data,
            at,
        } => {
            let moved = store
                .prepare_cached(
                    "UPDATE operation SET phase = ?4, phase_data = ?5, changed_at = ?6
                     WHERE shop = ?1 AND key = ?2 AND phase = ?3 AND is_final = 0",
                )?
                .execute(params![
                    shop_number,
                    key,
                    from_phase,
                    to_phase,
                    phase_data,
                    at.get()
                ])?;
            was_there(store, shop, key, moved)
        }
        OperationChange::Finish {
            key,
            from_phase,
            answer,
            at,
        } => {
            let moved = store
                .prepare_cached(
                    "UPDATE operation SET answer = ?4, changed_at = ?5, is_final = 1
                     WHERE shop = ?1 AND key = ?2 AND phase = coalesce(?3, phase)
                     AND is_final = 0",
                )?
                .execute(params![shop_number, key, from_phase, answer, at.get()])?;
            was_there(store, shop, key, moved)
        }
    }
}

pub(super) fn find(
    store: &Connection,
    shop: &ShopId,
    key: &str,
) -> rusqlite::Result<Option<OperationRecord>> {
    store
        .prepare_cached(&format!(
            "{SELECT} WHERE shop.name = ?1 AND operation.key = ?2"
        ))?
        .query_row([shop.as_str(), key], |row| record(row, shop))
        .optional()
}

pub(super) fn open(store: &Connection, shop: &ShopId) -> rusqlite::Result<Vec<OperationRecord>> {
    store
        .prepare_cached(&format!(
            "{SELECT} WHERE shop.name = ?1 AND operation.is_final = 0
             ORDER BY operation.started_at, operation.key"
        ))?
        .query_map([shop.as_str()], |row| record(row, shop))?
        .collect()
}

fn claim(store: &Connection, shop_number: i64, record: &OperationRecord) -> Result<(), Refusal> {
    if let Some(existing) = find(store, &record.shop, &record.key)? {
        return Err(WriteError::AlreadyClaimed(Box::new(existing)).into());
    }
    store
        .prepare_cached(
            "INSERT INTO operation (shop, key, fingerprint_version, fingerprint, command, phase,
             phase_data, answer, started_at, changed_at, is_final)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
        )?
        .execute(params![
            shop_number,
            record.key,
            record.fingerprint.version,
            record.fingerprint.digest,
            record.command,
            record.phase,
            record.phase_data,
            record.answer,
            record.started_at.get(),
            record.changed_at.get(),
            record.is_final,
        ])?;
    Ok(())
}

fn was_there(store: &Connection, shop: &ShopId, key: String, moved: usize) -> Result<(), Refusal> {
    if moved == 1 {
        return Ok(());
    }
    let actual = find(store, shop, &key)?.map(Box::new);
    Err(WriteError::OperationMoved { key, actual }.into())
}

const SELECT: &str = "SELECT operation.key, fingerprint_version, fingerprint, command, phase,
    phase_data, answer, started_at, changed_at, is_final
    FROM operation JOIN shop ON shop.number = operation.shop";

fn record(row: &Row<'_>, shop: &ShopId) -> rusqlite::Result<OperationRecord> {
    Ok(OperationRecord {
        shop: shop.clone(),
        key: row.get(0)?,
        fingerprint: Fingerprint {
            version: row.get(1)?,
            digest: row.get(2)?,
        },
        command: row.get(3)?,
        phase: row.get(4)?,
        phase_data: row.get(5)?,
        answer: row.get(6)?,
        started_at: Micros::new(row.get(7)?),
        changed_at: Micros::new(row.get(8)?),
        is_final: row.get(9)?,
    })
}
