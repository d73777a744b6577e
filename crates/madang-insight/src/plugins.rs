//! How long plugins keep the till waiting: what they were asked before money was given back.

use std::cmp::Reverse;
use std::collections::HashMap;

use madang_process::event_data::EventLog;
use madang_process::language::Language;
use madang_process::performance::{Histogram, ProcessMap, duration_in_words, grouped, per_week_ms};

use crate::activity::Activity;

/// One plugin, and how it answered. Plugins are asked beside each other, so waits for two of them may be the same time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PluginWaits {
    /// Its name.
    pub plugin: String,
    /// How often it was waited for.
    pub questions: u64,
    /// In how many orders.
    pub orders: u64,
    /// How long it usually was.
    pub median_ms: u64,
    /// What nine of ten were no longer than.
    pub p90_ms: u64,
    /// What nineteen of twenty were no longer than.
    pub p95_ms: u64,
    /// How often no answer came: not in time, or it was stopped meanwhile.
    pub silent: u64,
    /// How often it said no.
    pub refused: u64,
    /// All waits of a week together.
    pub lost_per_week_ms: u64,
}

/// From here on a person notices that something is waited for.
const SLOW_MS: u64 = 1_000;

/// Plugins that are told of: more than a shop has.
const PLUGINS_MAX: usize = 20;

#[derive(Default)]
struct Tally {
    waits: Histogram,
    orders: u64,
    /// The last order it was seen in, and 1.
    seen: u32,
    silent: u64,
    refused: u64,
}

impl PluginWaits {
    /// The plugins of a log, those first for which the most time was waited. Its activities have their codes for names, or what people call
    /// them; `map` is the log's.
    pub fn of(log: &EventLog, map: &ProcessMap) -> Vec<Self> {
        let of_plugin: Vec<Option<Activity>> = log.activities().iter().map(named).collect();
        if of_plugin.iter().all(Option::is_none) {
            return Vec::new();
        }
        let mut tallies: HashMap<u32, Tally> = HashMap::new();
        for case in log.cases() {
            let times = case.times_ms();
            let starts = case.started_ms().unwrap_or(times);
            for (at, number) in case.activity_numbers().iter().enumerate() {
                let (Some(activity), Some(who)) =
                    (of_plugin[usize::from(*number)], case.resource(at))
                else {
                    continue;
                };
                let tally = tallies.entry(who.0).or_default();
                let mark = case.case.0 + 1;
                tally
                    .waits
                    .add(times[at].saturating_sub(starts[at]).max(0).cast_unsigned());
                tally.orders += u64::from(std::mem::replace(&mut tally.seen, mark) != mark);
                tally.silent += u64::from(activity == Activity::PluginSilent);
                tally.refused += u64::from(activity == Activity::PluginRefused);
            }
        }
        let waits = tallies.into_iter().filter_map(|(who, tally)| {
            let plugin = log.resources().name(who).strip_prefix("plugin:")?;
            Some(tally.waits_for(plugin, map))
        });
        let mut waits: Vec<Self> = waits.collect();
        waits.sort_by(|one, other| {
            (Reverse(one.lost_per_week_ms), &one.plugin)
                .cmp(&(Reverse(other.lost_per_week_ms), &other.plugin))
        });
        waits.truncate(PLUGINS_MAX);
        waits
    }

    /// Whether a person notices: one time in twenty it takes longer than a second, or no answer comes.
    pub fn is_slow(&self) -> bool {
        self.p95_ms >= SLOW_MS || self.silent > 0
    }

    /// What happens there.
    pub fn title(&self, language: Language) -> String {
        let plugin = &self.plugin;
        language.of(
            format!("환불이 {plugin}의 답을 기다려요"),
            format!("Refunds wait for {plugin} to answer"),
        )
    }

    /// The numbers, told to a person.
    pub fn sentence(&self, language: Language) -> String {
        let words = |duration_ms| duration_in_words(duration_ms, language);
        let (usual, long, week) = (
            words(self.median_ms),
            words(self.p95_ms),
            words(self.lost_per_week_ms),
        );
        let told = |count: u64, ko: &str, en: &str| match count {
            0 => String::new(),
            count => language.of(
                format!("{ko} {}번, ", grouped(count)),
                format!("{} {en}, ", grouped(count)),
            ),
        };
        let silent = told(self.silent, "답 없음", "without an answer");
        let refused = told(self.refused, "막음", "refused");
        let count = grouped(self.questions);
        language.of(
            format!("환불 전에 물으면 답까지 보통 {usual}, 길면 {long} 기다려요. {count}번, {silent}{refused}일주일에 모두 {week}예요."),
            format!("Asked before a refund, it usually takes {usual}, and over {long} one time in twenty: {count} times, {silent}{refused}{week} a week together."),
        )
    }
}

impl Tally {
    fn waits_for(&self, plugin: &str, map: &ProcessMap) -> PluginWaits {
        let quantile = |share| self.waits.quantile_ms(share).unwrap_or(0);
        PluginWaits {
            plugin: plugin.to_owned(),
            questions: self.waits.count(),
            orders: self.orders,
            median_ms: quantile(0.5),
            p90_ms: quantile(0.9),
            p95_ms: quantile(0.95),
            silent: self.silent,
            refused: self.refused,
            lost_per_week_ms: per_week_ms(self.waits.sum_ms(), map),
        }
    }
}

/// The question to a plugin that a log calls so.
fn named(name: &str) -> Option<Activity> {
    let asked = Activity::ALL.into_iter().filter(|one| one.is_of_plugin());
    asked
        .into_iter()
        .find(|one| [one.code(), one.words().ko, one.words().en].contains(&name))
}
