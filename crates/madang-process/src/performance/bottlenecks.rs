//! Where the most time is lost.

use serde::Serialize;

use super::map::{Edge, ProcessMap};
use super::sentence::{duration_in_words, grouped, share_in_words};
use crate::language::Language;

/// One step between two activities, and the time that goes by there.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Bottleneck {
    /// What had been done.
    pub from: String,
    /// What was waited for.
    pub to: String,
    /// How often.
    pub count: u64,
    /// In how many cases.
    pub cases: u64,
    /// How long it usually was.
    pub median_ms: u64,
    /// What nine of ten were no longer than.
    pub p90_ms: u64,
    /// What nineteen of twenty were no longer than.
    pub p95_ms: u64,
    /// All waits of a week together. A log of less than a day is not blown up to more than a week of such days.
    pub lost_per_week_ms: u64,
    /// Which part of all waiting it is, from 0 to 1.
    pub share: f64,
}

const DAY_MS: u64 = 86_400_000;
const WEEK_MS: u64 = 7 * DAY_MS;

impl Bottleneck {
    /// The steps at which the most time is lost, the worst first; no more than `most`.
    pub fn of(map: &ProcessMap, most: usize) -> Vec<Self> {
        let all: u128 = map.edges.iter().map(|edge| edge.waiting.sum_ms()).sum();
        let mut edges: Vec<&Edge> = (map.edges.iter())
            .filter(|edge| edge.waiting.sum_ms() > 0)
            .collect();
        edges.sort_by_key(|edge| std::cmp::Reverse(edge.waiting.sum_ms()));
        edges.truncate(most);
        edges
            .into_iter()
            .map(|edge| Self::at(edge, map, all))
            .collect()
    }

    fn at(edge: &Edge, map: &ProcessMap, all_ms: u128) -> Self {
        let quantile = |share| edge.waiting.quantile_ms(share).unwrap_or(0);
        Self {
            from: map.name(edge.from).to_owned(),
            to: map.name(edge.to).to_owned(),
            count: edge.waiting.count(),
            cases: edge.cases,
            median_ms: quantile(0.5),
            p90_ms: quantile(0.9),
            p95_ms: quantile(0.95),
            lost_per_week_ms: per_week_ms(edge.waiting.sum_ms(), map),
            share: edge.waiting.sum_ms() as f64 / all_ms as f64,
        }
    }

    /// What a person is told.
    pub fn sentence(&self, language: Language) -> String {
        let words = |duration_ms| duration_in_words(duration_ms, language);
        let (usual, long, week) = (
            words(self.median_ms),
            words(self.p95_ms),
            words(self.lost_per_week_ms),
        );
        let (from, to, share) = (&self.from, &self.to, share_in_words(self.share));
        let count = grouped(self.count);
        language.of(
            format!("“{from}” 다음 “{to}”까지 보통 {usual}, 길면 {long} 기다려요. {count}번, 일주일에 모두 {week}, 전체 기다림의 {share}예요."),
            format!("After “{from}” it usually takes {usual} to “{to}”, and over {long} one time in twenty: {count} times, {week} a week together, {share} of all waiting."),
        )
    }
}

/// What a sum over the whole log is in a week. A log of less than a day is not blown up to more than a week of such days.
pub fn per_week_ms(sum_ms: u128, map: &ProcessMap) -> u64 {
    let length_ms = map.period.map_or(0, |period| period.length_ms());
    let weekly = sum_ms * u128::from(WEEK_MS) / u128::from(length_ms.max(DAY_MS));
    u64::try_from(weekly).unwrap_or(u64::MAX)
}
