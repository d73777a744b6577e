//! What a batch must be before it is handed to the writer: a bad one costs the others nothing.

use std::collections::HashSet;

use crate::{
    batch::Batch,
    error::WriteError,
    event::NewEvent,
    id::{StreamId, check_name},
    limits::{
        BATCH_BYTES_MAX, BATCH_CHANGES_MAX, BATCH_EVENTS_MAX, BODY_BYTES_MAX, KEY_BYTES_MAX,
        PERSONAL_BYTES_MAX, VALUE_BYTES_MAX,
    },
    operation::{OperationChange, OperationRecord},
    outbox::OutboxChange,
    personal::PersonalChange,
    view::ViewChange,
};

/// Answers how many bytes of text the batch carries.
pub(super) fn batch(batch: &Batch) -> Result<usize, WriteError> {
    counts(batch)?;
    let mut bytes = 0;
    let named = expected(batch)?;
    for event in &batch.events {
        self::event(event, &named)?;
        bytes += event.body.len();
    }
    if let Some(change) = &batch.operation {
        bytes += operation(batch, change)?;
    }
    bytes += outbox(batch)?;
    bytes += values(batch)?;
    bytes += views(batch)?;
    bytes += personal(batch)?;
    for cursor in &batch.cursors {
        check_name("cursor name", &cursor.name)?;
    }
    at_most("text", bytes, BATCH_BYTES_MAX)?;
    Ok(bytes)
}

pub(super) fn view_name(view: &str) -> Result<(), WriteError> {
    Ok(check_name("view name", view)?)
}

fn counts(batch: &Batch) -> Result<(), WriteError> {
    at_most("events", batch.events.len(), BATCH_EVENTS_MAX)?;
    let changes = batch.expected.len()
        + batch.outbox.len()
        + batch.outbox_changes.len()
        + batch.cursors.len()
        + batch.values.len()
        + batch.scope_limits.len()
        + batch.views.len()
        + batch.view_moves.len()
        + batch.personal.len();
    at_most("changes", changes, BATCH_CHANGES_MAX)
}

fn expected(batch: &Batch) -> Result<HashSet<&StreamId>, WriteError> {
    let mut named = HashSet::new();
    for (stream, _) in &batch.expected {
        stream.check()?;
        if stream.shop != batch.shop {
            return malformed(format!("{stream} is not a stream of {}", batch.shop));
        }
        if !named.insert(stream) {
            return malformed(format!("{stream} is expected twice"));
        }
    }
    Ok(named)
}

fn event(event: &NewEvent, named: &HashSet<&StreamId>) -> Result<(), WriteError> {
    if !named.contains(&event.stream) {
        return malformed(format!(
            "an event goes to {}, of which nothing is expected",
            event.stream
        ));
    }
    check_name("event type", &event.kind)?;
    check_name("actor", &event.actor)?;
    if let Some(operation) = &event.operation {
        check_name("operation key", operation)?;
    }
    if !is_date(&event.business_date) {
        return malformed(format!(
            "{:?} is not a date like 2026-05-01",
            event.business_date
        ));
    }
    at_most("event body", event.body.len(), BODY_BYTES_MAX)
}

fn is_date(text: &str) -> bool {
    text.len() == 10
        && text.bytes().enumerate().all(|(at, byte)| match at {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        })
}

fn operation(batch: &Batch, change: &OperationChange) -> Result<usize, WriteError> {
    match change {
        OperationChange::Claim(record) => claim(batch, record),
        OperationChange::Advance {
            key,
            from_phase,
            to_phase,
            phase_data,
            ..
        } => {
            check_name("operation key", key)?;
            check_name("phase", from_phase)?;
            check_name("phase", to_phase)?;
            body("phase data", phase_data)
        }
        OperationChange::Finish {
            key,
            from_phase,
            answer,
            ..
        } => {
            check_name("operation key", key)?;
            if let Some(from_phase) = from_phase {
                check_name("phase", from_phase)?;
            }
            body("answer", answer)
        }
    }
}

fn claim(batch: &Batch, record: &OperationRecord) -> Result<usize, WriteError> {
    check_name("operation key", &record.key)?;
    check_name("phase", &record.phase)?;
    if record.shop != batch.shop {
        return malformed(format!(
            "the operation {:?} is not of {}",
            record.key, batch.shop
        ));
    }
    if record.is_final != record.answer.is_some() {
        return malformed(format!(
            "the operation {:?} must have an answer exactly when it is final",
            record.key
        ));
    }
    Ok(body("command", &record.command)?
        + body("phase data", &record.phase_data)?
        + body("answer", record.answer.as_deref().unwrap_or_default())?)
}

fn outbox(batch: &Batch) -> Result<usize, WriteError> {
    let mut bytes = 0;
    for message in &batch.outbox {
        key("outbox destination", &message.destination)?;
        check_name("outbox group", &message.group)?;
        check_name("outbox key", &message.key)?;
        bytes += body("outbox body", &message.body)?;
    }
    for change in &batch.outbox_changes {
        if let OutboxChange::Retry { error: said, .. }
        | OutboxChange::SetAside { reason: said, .. } = change
        {
            bytes += body("outbox error", said)?;
        }
        if let OutboxChange::Hasten { destination, .. } = change {
            key("outbox destination", destination)?;
        }
    }
    Ok(bytes)
}

fn values(batch: &Batch) -> Result<usize, WriteError> {
    let mut bytes = 0;
    for change in &batch.values {
        check_name("scope", &change.scope)?;
        key("value key", &change.key)?;
        let length = change.value.as_ref().map_or(0, String::len);
        at_most("value", length, VALUE_BYTES_MAX)?;
        bytes += change.key.len() + length;
    }
    for limit in &batch.scope_limits {
        check_name("scope", &limit.scope)?;
    }
    Ok(bytes)
}

fn views(batch: &Batch) -> Result<usize, WriteError> {
    let mut bytes = 0;
    for change in &batch.views {
        let (ViewChange::Put(crate::view::ViewRow { view, key: row, .. })
        | ViewChange::Delete { view, key: row }) = change;
        view_name(view)?;
        key("view key", row)?;
        bytes += row.len();
        if let ViewChange::Put(row) = change {
            key("view group", &row.group)?;
            bytes += row.group.len() + body("view row", &row.body)?;
        }
    }
    for moved in &batch.view_moves {
        view_name(&moved.view)?;
    }
    Ok(bytes)
}

fn personal(batch: &Batch) -> Result<usize, WriteError> {
    let mut bytes = 0;
    for change in &batch.personal {
        match change {
            PersonalChange::Put(text) => {
                check_name("personal id", &text.id)?;
                check_name("purpose", &text.purpose)?;
                at_most("personal text", text.text.len(), PERSONAL_BYTES_MAX)?;
                bytes += text.text.len();
            }
            PersonalChange::Erase { id } => check_name("personal id", id)?,
        }
    }
    Ok(bytes)
}

/// Keys are the caller's own text: only their length is ours to judge.
fn key(what: &'static str, text: &str) -> Result<(), WriteError> {
    at_most(what, text.len(), KEY_BYTES_MAX)
}

fn body(what: &'static str, text: &str) -> Result<usize, WriteError> {
    at_most(what, text.len(), BODY_BYTES_MAX)?;
    Ok(text.len())
}

fn at_most(what: &'static str, actual: usize, max: usize) -> Result<(), WriteError> {
    if actual > max {
        return Err(WriteError::TooLarge { what, actual, max });
    }
    Ok(())
}

fn malformed<T>(problem: String) -> Result<T, WriteError> {
    Err(WriteError::Malformed { problem })
}
