//! What is found out about a period.

use std::collections::HashMap;

use jiff::Timestamp;
use madang_process::event_data::{EventLog, TooMany};
use madang_process::language::Language;
use madang_process::performance::{Bottleneck, Edge, Histogram, ProcessMap};
use madang_process::variants::Variants;

use crate::activity::{Activity, Kind, Words};
use crate::channel::Channel;
use crate::index::Index;
use crate::period::{Period, Question};
use crate::plugins::PluginWaits;

/// Everything that is found out about a period.
#[derive(Clone, Debug, PartialEq)]
pub struct Findings {
    /// The period, in numbers.
    pub summary: Summary,
    /// The period before, in numbers; none when not all of it is known.
    pub before: Option<Summary>,
    /// How many orders came in where, whatever channels were asked for.
    pub channels: Vec<ChannelCount>,
    /// What follows what. Activities have their codes for names.
    pub map: ProcessMap,
    /// Steps at which somebody waits, the most time lost first, as the map has them.
    pub bottlenecks: Vec<Bottleneck>,
    /// The same for people.
    pub cards: Vec<Card>,
    /// Plugins that were waited for, those first for which the most time was.
    pub plugins: Vec<PluginFound>,
    /// The ways that orders went, the most frequent first.
    pub ways: Vec<Way>,
}

/// A plugin that was waited for, beside the period before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PluginFound {
    /// The period.
    pub waits: PluginWaits,
    /// How long it usually was in the period before.
    pub median_before_ms: Option<u64>,
}

/// A period in numbers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Summary {
    /// Orders.
    pub orders: u64,
    /// What was done for them.
    pub events: u64,
    /// How long orders took that came to an end, from the first thing done to that end.
    pub durations: Histogram,
    /// Different ways that orders went.
    pub ways: u64,
    /// Orders that went one of the five most frequent ways.
    pub orders_of_top_ways: u64,
    /// Orders for which something was done again, since it had gone wrong.
    pub again: u64,
    /// Orders that came to nothing, or were undone.
    pub called_off: u64,
    /// Orders of which either is true.
    pub again_or_called_off: u64,
}

/// How many orders came in at one place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChannelCount {
    /// Where.
    pub channel: Channel,
    /// How many.
    pub orders: u64,
}

/// A step at which time is lost, as a person is told of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Card {
    /// What had been done.
    pub from: Activity,
    /// What was waited for.
    pub to: Activity,
    /// What happens there.
    pub title: Words,
    /// The numbers, told in Korean.
    pub sentence_ko: String,
    /// The numbers, told in English.
    pub sentence_en: String,
    /// How often.
    pub count: u64,
    /// In how many orders.
    pub orders: u64,
    /// How long it usually was.
    pub median_ms: u64,
    /// What nine of ten were no longer than.
    pub p90_ms: u64,
    /// What nineteen of twenty were no longer than.
    pub p95_ms: u64,
    /// All waits of a week together.
    pub lost_per_week_ms: u64,
    /// Which part of all waiting it is, from 0 to 1.
    pub share: f64,
    /// How long it usually was in the period before.
    pub median_before_ms: Option<u64>,
    /// The hour of the day at which it is longest, if one stands out.
    pub slow_hour: Option<SlowHour>,
}

/// An hour of the day at which a wait is longer than else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SlowHour {
    /// From this hour to the next, by the shop's clock.
    pub hour: u8,
    /// How long it usually is then.
    pub median_ms: u64,
    /// How often it was waited then.
    pub count: u64,
}

/// One way that orders went.
#[derive(Clone, Debug, PartialEq)]
pub struct Way {
    /// What was done, one after the other.
    pub activities: Vec<Activity>,
    /// How many orders went it.
    pub orders: u64,
    /// Which part of all orders, from 0 to 1.
    pub share: f64,
    /// How long they usually took, from the first thing done to the last.
    pub median_ms: u64,
}

/// Ways that count as the frequent ones.
const TOP_WAYS: usize = 5;

/// Steps that are told of: more than fit on a screen.
const CARDS_MAX: usize = 8;

impl Index {
    /// What is found out about a period, beside the one before.
    ///
    /// # Errors
    /// When the orders are more than a log may hold, which the index does not keep.
    pub fn findings(&self, question: &Question) -> Result<Findings, TooMany> {
        let Looked { log, map, variants } = self.look(question.period, question)?;
        let summary = self.summary(question.period, question, &map, &variants);
        let period_before = question.period.before();
        let looked_before = match self.is_known(period_before) {
            true => Some(self.look(period_before, question)?),
            false => None,
        };
        let before = looked_before
            .as_ref()
            .map(|looked| self.summary(period_before, question, &looked.map, &looked.variants));
        let plugins_before = looked_before
            .as_ref()
            .map_or_else(Vec::new, |looked| PluginWaits::of(&looked.log, &looked.map));
        let plugins = PluginWaits::of(&log, &map).into_iter();
        let plugins = plugins.map(|waits| {
            let mut before = plugins_before.iter();
            let before = before.find(|before| before.plugin == waits.plugin);
            PluginFound {
                median_before_ms: before.map(|before| before.median_ms),
                waits,
            }
        });
        let waits = waits_of(&map);
        let bottlenecks = Bottleneck::of(&waits, CARDS_MAX);
        let slow_hours = slow_hours(&log, &bottlenecks, question);
        let map_before = looked_before.as_ref().map(|looked| &looked.map);
        let cards = bottlenecks.iter().zip(slow_hours);
        let cards = cards.filter_map(|(step, slow_hour)| card(step, slow_hour, map_before));
        Ok(Findings {
            summary,
            before,
            channels: self.channels(question.period),
            cards: cards.collect(),
            plugins: plugins.collect(),
            ways: ways(&variants),
            bottlenecks,
            map,
        })
    }

    /// What follows what in a period, and the steps at which the most time is lost.
    ///
    /// # Errors
    /// As [`Self::findings`].
    pub fn map(&self, question: &Question) -> Result<(ProcessMap, Vec<Bottleneck>), TooMany> {
        let map = ProcessMap::of(&self.log(question.period, question)?);
        let bottlenecks = Bottleneck::of(&waits_of(&map), CARDS_MAX);
        Ok((map, bottlenecks))
    }

    fn is_known(&self, period: Period) -> bool {
        self.known_from().is_none_or(|day| period.from >= day)
    }

    fn look(&self, period: Period, question: &Question) -> Result<Looked, TooMany> {
        let log = self.log(period, question)?;
        Ok(Looked {
            map: ProcessMap::of(&log),
            variants: Variants::of(&log),
            log,
        })
    }

    fn summary(
        &self,
        period: Period,
        question: &Question,
        map: &ProcessMap,
        variants: &Variants,
    ) -> Summary {
        let until_ms = question.until_ms(period);
        let orders = self.orders_of(period, &question.channels);
        let took = orders
            .filter_map(|(_, order, _)| (order.begun_ms() <= until_ms).then(|| order.took_ms())?);
        let mut summary = Summary {
            orders: map.cases,
            events: map.events,
            durations: took.collect(),
            ways: variants.variants.len() as u64,
            orders_of_top_ways: variants
                .variants
                .iter()
                .take(TOP_WAYS)
                .map(|way| way.cases)
                .sum(),
            ..Summary::default()
        };
        for variant in &variants.variants {
            let activities: Vec<Activity> = variants
                .names(variant)
                .filter_map(Activity::of_code)
                .collect();
            let (again, called_off) = (is_again(&activities), is_called_off(&activities));
            summary.again += if again { variant.cases } else { 0 };
            summary.called_off += if called_off { variant.cases } else { 0 };
            summary.again_or_called_off += if again || called_off {
                variant.cases
            } else {
                0
            };
        }
        summary
    }

    fn channels(&self, period: Period) -> Vec<ChannelCount> {
        let mut counts: Vec<ChannelCount> = Channel::ALL
            .map(|channel| ChannelCount { channel, orders: 0 })
            .to_vec();
        for (.., known) in self.orders_of(period, &[]) {
            counts[known.channel as usize].orders += 1;
        }
        counts.retain(|count| count.orders > 0);
        counts
    }
}

struct Looked {
    log: EventLog,
    map: ProcessMap,
    variants: Variants,
}

/// Whether something was done again since it had gone wrong: after a payment that failed, another one was made.
fn is_again(activities: &[Activity]) -> bool {
    let failed = activities
        .iter()
        .position(|one| *one == Activity::PaymentFailed);
    failed.is_some_and(|at| {
        activities[at..]
            .iter()
            .any(|one| matches!(one, Activity::PaymentRetried | Activity::PaymentCompleted))
    })
}

fn is_called_off(activities: &[Activity]) -> bool {
    activities.iter().any(|one| one.kind() == Kind::CalledOff)
}

/// The map with those steps alone at which somebody waits.
fn waits_of(map: &ProcessMap) -> ProcessMap {
    let mut waits = map.clone();
    let is_wait = |edge: &Edge| {
        let ends = (
            Activity::of_code(map.name(edge.from)),
            Activity::of_code(map.name(edge.to)),
        );
        matches!(ends, (Some(from), Some(to)) if from.wait_until(to).is_some())
    };
    waits.edges.retain(is_wait);
    waits
}

fn card(
    step: &Bottleneck,
    slow_hour: Option<SlowHour>,
    before: Option<&ProcessMap>,
) -> Option<Card> {
    let (from, to) = (Activity::of_code(&step.from)?, Activity::of_code(&step.to)?);
    let edge_before = before.and_then(|map| map.edge(&step.from, &step.to));
    Some(Card {
        from,
        to,
        title: from.wait_until(to)?,
        sentence_ko: sentence(step, from, to, Language::Korean),
        sentence_en: sentence(step, from, to, Language::English),
        count: step.count,
        orders: step.cases,
        median_ms: step.median_ms,
        p90_ms: step.p90_ms,
        p95_ms: step.p95_ms,
        lost_per_week_ms: step.lost_per_week_ms,
        share: step.share,
        median_before_ms: edge_before.and_then(|edge| edge.waiting.median_ms()),
        slow_hour,
    })
}

fn sentence(step: &Bottleneck, from: Activity, to: Activity, language: Language) -> String {
    let name = |activity: Activity| {
        language
            .of(activity.words().ko, activity.words().en)
            .to_owned()
    };
    let named = Bottleneck {
        from: name(from),
        to: name(to),
        ..step.clone()
    };
    named.sentence(language)
}

fn ways(variants: &Variants) -> Vec<Way> {
    let way = |variant| Way {
        activities: variants
            .names(variant)
            .filter_map(Activity::of_code)
            .collect(),
        orders: variant.cases,
        share: variants.share(variant),
        median_ms: variant.durations.median_ms().unwrap_or(0),
    };
    variants.variants.iter().map(way).collect()
}

/// Fewer waits than these in an hour are chance.
const SLOW_HOUR_COUNT_MIN: u64 = 5;

/// For each step the hour of the day at which it usually takes at least a quarter longer than in all.
fn slow_hours(log: &EventLog, steps: &[Bottleneck], question: &Question) -> Vec<Option<SlowHour>> {
    let mut of_step: HashMap<(u32, u32), usize> = HashMap::new();
    for (at, step) in steps.iter().enumerate() {
        let names = log.activities();
        if let (Some(from), Some(to)) = (names.find(&step.from), names.find(&step.to)) {
            of_step.insert((from, to), at);
        }
    }
    let mut hours: Vec<Vec<Histogram>> = vec![vec![Histogram::new(); 24]; steps.len()];
    for case in log.cases() {
        let (activities, times) = (case.activity_numbers(), case.times_ms());
        for at in 1..activities.len() {
            let ends = (u32::from(activities[at - 1]), u32::from(activities[at]));
            if let Some(step) = of_step.get(&ends) {
                let hour = hour_of(times[at - 1], question);
                hours[*step][hour].add(times[at].abs_diff(times[at - 1]));
            }
        }
    }
    let slow = |(step, hours): (&Bottleneck, Vec<Histogram>)| slow_hour(step, &hours);
    steps.iter().zip(hours).map(slow).collect()
}

fn slow_hour(step: &Bottleneck, hours: &[Histogram]) -> Option<SlowHour> {
    let least = SLOW_HOUR_COUNT_MIN.max(step.count / 20);
    let of_hour = |(hour, waits): (usize, &Histogram)| {
        let median_ms = waits.median_ms()?;
        let stands_out =
            waits.count() >= least && median_ms >= step.median_ms.saturating_mul(5) / 4;
        stands_out.then_some(SlowHour {
            hour: hour as u8,
            median_ms,
            count: waits.count(),
        })
    };
    let slow = hours.iter().enumerate().filter_map(of_hour);
    slow.filter(|slow| slow.median_ms > 0)
        .max_by_key(|slow| (slow.median_ms, std::cmp::Reverse(slow.hour)))
}

fn hour_of(time_ms: i64, question: &Question) -> usize {
    let at = Timestamp::from_millisecond(time_ms).unwrap_or(Timestamp::UNIX_EPOCH);
    let hour = question.zone.to_datetime(at).hour();
    usize::try_from(hour).unwrap_or(0)
}

impl Way {
    /// What names it: a letter for each step.
    pub fn key(&self) -> String {
        self.activities.iter().map(|one| one.letter()).collect()
    }
}
