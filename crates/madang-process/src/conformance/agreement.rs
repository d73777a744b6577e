//! What was agreed on, as a file keeps it: rules, service levels, the hours in which time counts, and what ends a case.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Deserializer};

use super::deviations::Rule;
use super::service_levels::ServiceLevel;
use crate::event_data::CaseEvents;
use crate::event_data::EventLog;
use crate::performance::{HoursSpelled, WorkingHours};
use crate::spelled::length_ms;

/// What was agreed on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Agreement {
    /// What must and must not be done.
    #[serde(default)]
    pub rules: Vec<Rule>,
    /// What must have come within a time.
    #[serde(default)]
    pub service_levels: Vec<Level>,
    /// The hours in which time counts, as `mon-fri 09:00-18:00`; none: all do.
    #[serde(default)]
    pub hours: Vec<String>,
    /// Days on which no time counts.
    #[serde(default)]
    pub holidays: Vec<Date>,
    /// What ends a case; none: every case has ended, and what has not come by now is missing.
    #[serde(default)]
    pub ends: Vec<String>,
}

/// A promise as a file writes it, with its time in words: `within = "40m"`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Level {
    /// What starts the clock, when it was done.
    pub from: String,
    /// What stops it.
    pub to: String,
    /// How long it may take.
    #[serde(rename = "within", deserialize_with = "length")]
    pub within_ms: u64,
    /// What ends the promise without breaking it.
    #[serde(default)]
    pub unless: Vec<String>,
}

fn length<'text, D: Deserializer<'text>>(text: D) -> Result<u64, D::Error> {
    length_ms(&String::deserialize(text)?).map_err(serde::de::Error::custom)
}

impl Agreement {
    /// The hours in which time counts, by the clocks of a place; none when all time does. More hours than those of the agreement add up with them.
    ///
    /// # Errors
    /// When they are none.
    pub fn working_hours(
        &self,
        more: &[String],
        zone: &TimeZone,
    ) -> Result<Option<WorkingHours>, HoursSpelled> {
        let texts: Vec<&str> = (self.hours.iter().chain(more))
            .map(String::as_str)
            .collect();
        if texts.is_empty() && self.holidays.is_empty() {
            return Ok(None);
        }
        let texts = match texts.is_empty() {
            true => vec!["daily 00:00-24:00"],
            false => texts,
        };
        let hours = WorkingHours::spelled(zone.clone(), texts, self.holidays.iter().copied())?;
        Ok(Some(hours))
    }

    /// All activities that it speaks of, each once.
    pub fn activities(&self) -> Vec<&str> {
        let rules = self.rules.iter().flat_map(Rule::activities);
        let levels = (self.service_levels.iter()).flat_map(|level| {
            let ends = [level.from.as_str(), level.to.as_str()];
            ends.into_iter()
                .chain(level.unless.iter().map(String::as_str))
        });
        let ends = self.ends.iter().map(String::as_str);
        let mut names: Vec<&str> = rules.chain(levels).chain(ends).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// Its promises.
    pub fn levels(&self) -> impl Iterator<Item = ServiceLevel> {
        self.service_levels.iter().map(|level| ServiceLevel {
            from: level.from.clone(),
            to: level.to.clone(),
            within_ms: level.within_ms,
            unless: level.unless.clone(),
        })
    }

    /// Whether a case has ended: nothing of it is still to come.
    pub fn ended<'log>(&self, log: &'log EventLog) -> impl Fn(&CaseEvents<'_>) -> bool + use<'log> {
        let all = self.ends.is_empty();
        let ends: Vec<u32> = (self.ends.iter())
            .filter_map(|name| log.activities().find(name))
            .collect();
        move |case| {
            let mut activities = case.activity_numbers().iter();
            all || activities.any(|activity| ends.contains(&u32::from(*activity)))
        }
    }
}
