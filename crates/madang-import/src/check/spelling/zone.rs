//! The offset of local times.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, TimeZone, TimeZoneDatabase};

use crate::check::spelling::Wrong;

/// A zone that remembers how far around the last time its offset holds: a file's times seldom cross a change of clocks.
#[derive(Clone, Debug)]
pub(crate) struct Zone {
    zone: TimeZone,
    /// Local seconds since 1970, inclusive, between which `offset_seconds` holds beyond doubt.
    from: i64,
    to: i64,
    offset_seconds: i64,
}

/// No offset is larger than this, so that a local time this far from a change of clocks is on one side of it.
const MARGIN_SECONDS: i64 = 2 * 86_400;

impl Zone {
    pub(crate) fn new(zone: TimeZone) -> Self {
        Self {
            zone,
            from: 0,
            to: -1,
            offset_seconds: 0,
        }
    }

    /// The moment of a local time in seconds. A time that comes twice, when clocks go back, is the first.
    pub(crate) fn moment(&mut self, local_seconds: i64) -> Result<i64, Wrong> {
        if (self.from..=self.to).contains(&local_seconds) {
            return Ok(local_seconds - self.offset_seconds);
        }
        let offset_seconds = self.offset_at(local_seconds)?;
        let moment = local_seconds - offset_seconds;
        self.remember(moment, offset_seconds);
        Ok(moment)
    }

    fn offset_at(&self, local_seconds: i64) -> Result<i64, Wrong> {
        let local = civil(local_seconds).ok_or(Wrong::NoSuchDay)?;
        match self.zone.to_ambiguous_timestamp(local).offset() {
            AmbiguousOffset::Unambiguous { offset } => Ok(i64::from(offset.seconds())),
            AmbiguousOffset::Fold { before, .. } => Ok(i64::from(before.seconds())),
            AmbiguousOffset::Gap { .. } => Err(Wrong::SkippedHour),
        }
    }

    fn remember(&mut self, moment: i64, offset_seconds: i64) {
        let Ok(at) = Timestamp::from_second(moment) else {
            return;
        };
        let after_last = self
            .zone
            .preceding(at)
            .next()
            .map(|change| change.timestamp().as_second());
        let before_next = self
            .zone
            .following(at)
            .next()
            .map(|change| change.timestamp().as_second());
        // Without a change on one side it holds there for ever; the margin is taken off the far ends of what moments there are.
        self.from = after_last.map_or(civil_min(), |change| change + MARGIN_SECONDS);
        self.to = before_next.map_or(civil_max(), |change| change - MARGIN_SECONDS);
        self.offset_seconds = offset_seconds;
    }
}

fn civil(local_seconds: i64) -> Option<DateTime> {
    let utc = Timestamp::from_second(local_seconds).ok()?;
    Some(TimeZone::UTC.to_datetime(utc))
}

fn civil_min() -> i64 {
    Timestamp::MIN.as_second() + MARGIN_SECONDS
}

fn civil_max() -> i64 {
    Timestamp::MAX.as_second() - MARGIN_SECONDS
}

/// A zone of the database that the binary brings along, never the machine's.
pub(crate) fn known(name: &str) -> Option<TimeZone> {
    TimeZoneDatabase::bundled().get(name).ok()
}
