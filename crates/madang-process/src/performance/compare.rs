//! Before and after: what became faster, slower, more or less.

use std::collections::BTreeSet;

use serde::Serialize;

use super::bottlenecks::per_week_ms;
use super::map::{Edge, ProcessMap};
use super::sentence::duration_in_words;
use crate::language::Language;

/// Two periods of the same process.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Comparison {
    /// Cases before.
    pub cases_before: u64,
    /// Cases after.
    pub cases_after: u64,
    /// How long cases usually took before and after.
    pub median_ms: (Option<u64>, Option<u64>),
    /// What nine of ten cases took no longer than before and after.
    pub p90_ms: (Option<u64>, Option<u64>),
    /// Activities that are done only after.
    pub activities_new: Vec<String>,
    /// Activities that were done only before.
    pub activities_gone: Vec<String>,
    /// All steps of either, the largest change of the time lost in a week first.
    pub steps: Vec<StepChange>,
}

/// One step before and after.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StepChange {
    /// What had been done.
    pub from: String,
    /// What followed.
    pub to: String,
    /// How often before and after.
    pub count: (u64, u64),
    /// How long it usually waited before and after.
    pub median_ms: (Option<u64>, Option<u64>),
    /// What nineteen of twenty waited no longer than before and after.
    pub p95_ms: (Option<u64>, Option<u64>),
    /// All waits of a week together before and after.
    pub lost_per_week_ms: (u64, u64),
}

impl Comparison {
    /// Compares the maps of two periods.
    pub fn of(before: &ProcessMap, after: &ProcessMap) -> Self {
        let quantiles = |share| {
            (
                before.durations.quantile_ms(share),
                after.durations.quantile_ms(share),
            )
        };
        let only = |one: &ProcessMap, other: &ProcessMap| {
            let names = one.activities.iter().map(|node| node.name.clone());
            names
                .filter(|name| other.activity(name).is_none())
                .collect()
        };
        Self {
            cases_before: before.cases,
            cases_after: after.cases,
            median_ms: quantiles(0.5),
            p90_ms: quantiles(0.9),
            activities_new: only(after, before),
            activities_gone: only(before, after),
            steps: steps(before, after),
        }
    }
}

fn steps(before: &ProcessMap, after: &ProcessMap) -> Vec<StepChange> {
    let mut ends: BTreeSet<(&str, &str)> = BTreeSet::new();
    for map in [before, after] {
        ends.extend(
            map.edges
                .iter()
                .map(|edge| (map.name(edge.from), map.name(edge.to))),
        );
    }
    let change = |(from, to): (&str, &str)| StepChange::of(from, to, before, after);
    let mut steps: Vec<StepChange> = ends.into_iter().map(change).collect();
    steps.sort_by_key(|step| {
        std::cmp::Reverse(step.lost_per_week_ms.0.abs_diff(step.lost_per_week_ms.1))
    });
    steps
}

impl StepChange {
    fn of(from: &str, to: &str, before: &ProcessMap, after: &ProcessMap) -> Self {
        let edges = (before.edge(from, to), after.edge(from, to));
        let both = |share| {
            let of = |edge: Option<&Edge>| edge?.waiting.quantile_ms(share);
            (of(edges.0), of(edges.1))
        };
        let lost = |edge: Option<&Edge>, map| {
            edge.map_or(0, |edge| per_week_ms(edge.waiting.sum_ms(), map))
        };
        let count = |edge: Option<&Edge>| edge.map_or(0, |edge| edge.count);
        Self {
            from: from.to_owned(),
            to: to.to_owned(),
            count: (count(edges.0), count(edges.1)),
            median_ms: both(0.5),
            p95_ms: both(0.95),
            lost_per_week_ms: (lost(edges.0, before), lost(edges.1, after)),
        }
    }

    /// What a person is told.
    pub fn sentence(&self, language: Language) -> String {
        let words = |duration_ms| duration_in_words(duration_ms, language);
        let (from, to) = (&self.from, &self.to);
        match self.median_ms {
            (Some(before), Some(after)) if before == after => language.of(
                format!("“{from}” 다음 “{to}”까지는 그대로 {}이에요.", words(after)),
                format!("“{from}” to “{to}” still takes {}.", words(after)),
            ),
            (Some(before), Some(after)) => {
                let by = words(before.abs_diff(after));
                let change = match after > before {
                    true => language.of("늘었어요", "more"),
                    false => language.of("줄었어요", "less"),
                };
                language.of(
                    format!(
                        "“{from}” 다음 “{to}”까지 {}에서 {}, {by} {change}.",
                        words(before),
                        words(after)
                    ),
                    format!(
                        "“{from}” to “{to}” went from {} to {}, {by} {change}.",
                        words(before),
                        words(after)
                    ),
                )
            }
            (Some(_), None) => language.of(
                format!("“{from}” 다음 “{to}”로 가는 일이 없어졌어요."),
                format!("“{from}” is no longer followed by “{to}”."),
            ),
            (None, Some(after)) => language.of(
                format!(
                    "“{from}” 다음 “{to}”로 가는 일이 새로 생겼어요. 보통 {} 걸려요.",
                    words(after)
                ),
                format!(
                    "“{from}” is now followed by “{to}”, usually after {}.",
                    words(after)
                ),
            ),
            (None, None) => language.of(
                format!("“{from}” 다음 “{to}”까지 기다림이 없어요."),
                format!("“{from}” to “{to}” has no wait."),
            ),
        }
    }
}
