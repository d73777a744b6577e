//! Every different way cases went, how many went it, and how long they took.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::event_data::{EventLog, MergedNames, PLACES_MAX, TooMany, by_name};
use crate::performance::{Histogram, Mismatch, WorkingHours, case_span, count_within};

/// The different sequences of activities of a log.
///
/// The order is canonical, so that those of the parts of a log merge into what the whole has: the most frequent first, equal ones by
/// the names of their activities.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Stored")]
pub struct Variants {
    /// The names of the activities, sorted.
    pub activities: Vec<String>,
    /// The ways, the most frequent first.
    pub variants: Vec<Variant>,
    /// How many cases there are.
    pub cases: u64,
}

/// One way cases went.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Variant {
    /// What was done, one after the other: places in [`Variants::activities`].
    pub activities: Vec<u16>,
    /// How many cases went so.
    pub cases: u64,
    /// How long these cases took.
    pub durations: Histogram,
}

impl Variants {
    /// The variants of a log.
    pub fn of(log: &EventLog) -> Self {
        Self::in_hours(log, None)
    }

    /// The variants of a log in which only working hours count in how long cases took.
    pub fn in_working_hours(log: &EventLog, hours: &WorkingHours) -> Self {
        Self::in_hours(log, Some(hours))
    }

    fn in_hours(log: &EventLog, hours: Option<&WorkingHours>) -> Self {
        let mut found: hashbrown::HashMap<&[u16], (u64, Histogram)> = hashbrown::HashMap::new();
        for case in log.cases() {
            let (cases, durations) = found.entry(case.activity_numbers()).or_default();
            *cases += 1;
            durations.add(case_span(&case).counted_ms(hours));
        }
        let (activities, places) = sorted_names(log, found.keys().copied());
        let variants = found
            .into_iter()
            .map(|(sequence, (cases, durations))| Variant {
                activities: moved(sequence, &places),
                cases,
                durations,
            });
        Self {
            activities,
            variants: in_order(variants.collect()),
            cases: log.case_count() as u64,
        }
    }

    /// Adds those of other cases, by the names of the activities.
    ///
    /// # Errors
    /// When there would be more activities than a variant can speak of; nothing was added then.
    pub fn merge(&mut self, other: &Self) -> Result<(), TooMany> {
        fn names(variants: &Variants) -> impl Iterator<Item = &str> + Clone {
            variants.activities.iter().map(String::as_str)
        }
        let MergedNames {
            names,
            mine,
            theirs,
        } = MergedNames::of(names(self), names(other))?;
        let names: Vec<String> = names.into_iter().map(str::to_owned).collect();
        let mut merged: HashMap<Vec<u16>, Variant> = HashMap::new();
        for variant in self.variants.drain(..) {
            let activities = moved(&variant.activities, &mine);
            merged.insert(activities, variant);
        }
        for variant in &other.variants {
            let into = merged
                .entry(moved(&variant.activities, &theirs))
                .or_default();
            into.cases += variant.cases;
            into.durations.merge(&variant.durations);
        }
        let variants = (merged.into_iter())
            .map(|(activities, variant)| Variant {
                activities,
                ..variant
            })
            .collect();
        self.activities = names;
        self.variants = in_order(variants);
        self.cases += other.cases;
        Ok(())
    }

    /// The names of what was done in a variant, one after the other.
    pub fn names<'all>(&'all self, variant: &'all Variant) -> impl Iterator<Item = &'all str> {
        let place = |place: &u16| self.activities[usize::from(*place)].as_str();
        variant.activities.iter().map(place)
    }

    /// Which part of all cases went this way, from 0 to 1.
    pub fn share(&self, variant: &Variant) -> f64 {
        variant.cases as f64 / self.cases.max(1) as f64
    }
}

/// Variants as they are handed from one machine to another.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    activities: Vec<String>,
    variants: Vec<Variant>,
    cases: u64,
}

impl TryFrom<Stored> for Variants {
    type Error = Mismatch;

    fn try_from(stored: Stored) -> Result<Self, Mismatch> {
        let Stored {
            activities,
            variants,
            cases,
        } = stored;
        let are_sorted = activities.is_sorted_by(|left, right| left < right)
            && variants.is_sorted_by(Variant::is_before);
        let places = variants.iter().flat_map(|variant| &variant.activities);
        let are_there = places
            .copied()
            .all(|place| usize::from(place) < activities.len());
        if !are_sorted || !are_there || activities.len() > PLACES_MAX {
            return Err(Mismatch("the variants are not in their order"));
        }
        let mut sum: u64 = 0;
        for variant in &variants {
            sum = count_within(sum.saturating_add(variant.cases))?;
        }
        match sum == cases {
            true => Ok(Self {
                activities,
                variants,
                cases,
            }),
            false => Err(Mismatch("the cases of variants do not add up")),
        }
    }
}

impl Variant {
    /// The canonical order: the most frequent first.
    fn is_before(&self, other: &Self) -> bool {
        (other.cases, &self.activities) < (self.cases, &other.activities)
    }
}

/// The names of activities that come in these sequences, sorted, and where each number of the log stands among them.
fn sorted_names<'log>(
    log: &EventLog,
    sequences: impl Iterator<Item = &'log [u16]>,
) -> (Vec<String>, Vec<u16>) {
    let names = log.activities();
    let mut is_used = vec![false; names.len()];
    for activity in sequences.flatten() {
        is_used[usize::from(*activity)] = true;
    }
    let (order, places) = by_name(names, |at| is_used[at]);
    let name = |at: &u16| names.name(u32::from(*at)).to_owned();
    (order.iter().map(name).collect(), places)
}

fn moved(sequence: &[u16], places: &[u16]) -> Vec<u16> {
    (sequence.iter())
        .map(|at| places[usize::from(*at)])
        .collect()
}

fn in_order(mut variants: Vec<Variant>) -> Vec<Variant> {
    variants.sort_unstable_by(|left, right| {
        (right.cases.cmp(&left.cases)).then_with(|| left.activities.cmp(&right.activities))
    });
    variants
}
