//! Logs of objects made of other logs.

use super::{NotTaken, ObjectLog, ObjectLogBuilder, STARTED};
use crate::event_data::{CaseEvents, ColumnKind, EventLog, LogLimits, TooMany};

impl ObjectLog {
    /// A log of cases as one of objects: each case is an object of this type with its attributes, and each event has to do with its case alone. When work
    /// began, who did it and the event's own sequence are attributes of events: `start_timestamp`, `org:resource` and `sequence`.
    ///
    /// # Errors
    /// When it would hold more than its limits.
    pub fn of_cases(log: &EventLog, object_type: &str, limits: LogLimits) -> Result<Self, TooMany> {
        let mut builder = ObjectLogBuilder::new(limits);
        for case in log.cases() {
            let object = builder
                .object(case.name(), object_type)
                .map_err(only_bounds)?;
            for column in log.case_columns() {
                if let Some(value) = column.value(case.case.index()) {
                    builder.set_object(object, &column.name, column.kind, 0, value)?;
                }
            }
            for (at, activity) in case.activities().enumerate() {
                let place = case.first_place() + at;
                let activity = log.activities().name(u32::from(activity.0));
                let name = format!("e{}", place + 1);
                let event = builder
                    .event(&name, activity, case.times_ms()[at], place as u64)
                    .map_err(only_bounds)?;
                builder.relate_event(event, case.name(), "")?;
                set_own(&mut builder, event, log, &case, at)?;
                for column in log.event_columns() {
                    if let Some(value) = column.value(place) {
                        builder.set_event(event, &column.name, column.kind, value)?;
                    }
                }
            }
        }
        Ok(builder.finish(|_| {}))
    }

    /// The log of some of its events, and of the objects that these have to do with.
    ///
    /// # Errors
    /// Never for limits that the whole fitted into.
    pub fn kept(&self, keep: impl Fn(usize) -> bool, limits: LogLimits) -> Result<Self, TooMany> {
        let mut builder = ObjectLogBuilder::new(limits);
        let mut number_of = vec![None; self.object_count()];
        for event in (0..self.event_count()).filter(|event| keep(*event)) {
            let name = self.event_name(event);
            let number = builder
                .event(
                    name,
                    self.activity(event),
                    self.time_ms(event),
                    event as u64,
                )
                .map_err(only_bounds)?;
            for column in &self.event_columns {
                if let Some(value) = column.value(event) {
                    builder.set_event(number, &column.name, column.kind, value)?;
                }
            }
            for (object, how) in self.objects_of(event) {
                if number_of[object].is_none() {
                    let taken_object =
                        builder.object(self.object_name(object), self.object_type(object));
                    number_of[object] = Some(taken_object.map_err(only_bounds)?);
                }
                builder.relate_event(number, self.object_name(object), how)?;
            }
        }
        for column in &self.object_columns {
            for change in column.changes() {
                if let Some(number) = number_of[change.object] {
                    let (time_ms, value) = (change.time_ms, change.value);
                    builder.set_object(number, &column.name, column.kind, time_ms, value)?;
                }
            }
        }
        for (object, number) in number_of.iter().enumerate() {
            let Some(number) = number else { continue };
            for (other, how) in self.related_to(object) {
                if number_of[other].is_some() {
                    builder.relate_object(*number, self.object_name(other), how)?;
                }
            }
        }
        Ok(builder.finish(|_| {}))
    }
}

/// What can be wrong with elements of which each is there once.
fn only_bounds(error: NotTaken) -> TooMany {
    match error {
        NotTaken::TooMany(too_many) => too_many,
        NotTaken::Repeated => unreachable!("a log has each of its names once"),
    }
}

/// What an event of a case has besides its attributes, as attributes.
fn set_own(
    builder: &mut ObjectLogBuilder,
    event: u32,
    log: &EventLog,
    case: &CaseEvents<'_>,
    at: usize,
) -> Result<(), TooMany> {
    // A moment of no calendar is none that a format could have.
    if let Some(started_ms) = case.said_start_ms(at)
        && let Ok(moment) = jiff::Timestamp::from_millisecond(started_ms)
    {
        let moment = moment.to_string();
        builder.set_event(event, STARTED, ColumnKind::Time, &moment)?;
    }
    if let Some(who) = case.resource(at) {
        let name = log.resources().name(who.0);
        builder.set_event(event, "org:resource", ColumnKind::Text, name)?;
    }
    if let Some(sequence) = case.sequence(at) {
        let sequence = sequence.to_string();
        builder.set_event(event, "sequence", ColumnKind::Number, &sequence)?;
    }
    Ok(())
}
