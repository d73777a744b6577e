//! Every order of the last months with what was done for it, ready for any question.
//!
//! Orders are kept, not sums of them: an order of ten steps takes some 400 bytes, less than the histograms of its day would, and whatever period and
//! channel is asked for is then answered exactly, down to the orders behind a number. A fact finds its place in its own order by time and
//! position, whenever it comes; nothing else has to be done again for it.

use std::collections::{BTreeMap, HashMap, HashSet};

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use madang_journal::Position;
use madang_process::event_data::{EventLog, LogBuilder, LogLimits, Names, NewEvent, TooMany};

use crate::activity::Activity;
use crate::channel::Channel;
use crate::fact::{Detail, Fact};
use crate::period::{DAYS_MAX, Period, Question};

/// How much an index keeps.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Steps of orders. A million are a year of 300 orders a day and some 50 MB; beyond them the oldest day is forgotten.
    pub steps_max: usize,
    /// Days on which there were orders; beyond them the oldest is forgotten.
    pub days_max: usize,
    /// Orders of which something is known but not yet, or no longer, that they were placed.
    pub strangers_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            steps_max: 1_000_000,
            // Both periods of the longest question.
            days_max: 2 * DAYS_MAX as usize,
            strangers_max: 10_000,
        }
    }
}

/// The most that is kept of one order. Its payments are at most two hundred, but nothing bounds its rounds.
const STEPS_OF_ORDER_MAX: usize = 2_000;

/// Different people and machines; beyond these nobody is named.
const ACTORS_MAX: u16 = 10_000;

/// Every order of the last months.
#[derive(Debug, Default)]
pub struct Index {
    limits: Limits,
    orders: HashMap<u64, Order>,
    /// The orders of each day, by their ids.
    days: BTreeMap<Date, Vec<u64>>,
    /// Orders without a day.
    strangers: HashSet<u64>,
    /// Orders of which something is still expected.
    open: HashSet<u64>,
    actors: Names,
    steps: usize,
    read_to: Position,
    /// Days before this one are not known, or no longer.
    known_from: Option<Date>,
}

/// An order with what was done for it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Order {
    pub known: Option<KnownOrder>,
    /// By time, then by position.
    steps: Vec<Recorded>,
}

/// What is known of an order from its beginning.
#[derive(Clone, Copy, Debug)]
pub(crate) struct KnownOrder {
    pub number: u32,
    pub day: Date,
    pub channel: Channel,
    pub table: Option<u64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Recorded {
    time_ms: i64,
    position: u64,
    took_ms: u32,
    actor: u16,
    activity: Activity,
}

/// One step of an order, as it is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Taken {
    pub activity: Activity,
    /// When it began; most things are done at once.
    pub started_ms: i64,
    pub time_ms: i64,
    pub position: u64,
    pub actor: Option<u16>,
}

const NOBODY: u16 = u16::MAX;

impl Index {
    /// An index without orders yet.
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            ..Self::default()
        }
    }

    /// Takes a fact, in whatever order they come. One that is known already changes nothing.
    pub fn take(&mut self, fact: &Fact) {
        let id = fact.order.0;
        let step = Recorded {
            time_ms: fact.time_ms,
            position: fact.position.get(),
            took_ms: fact.took_ms,
            actor: self.actor(&fact.actor),
            activity: fact.activity,
        };
        if !self.orders.contains_key(&id) {
            self.strangers.insert(id);
        }
        let order = self.orders.entry(id).or_default();
        if order.insert(step) {
            self.steps += 1;
        }
        if let Detail::Placed(placed) = &fact.detail
            && order.known.is_none()
        {
            order.known = Some(KnownOrder {
                number: placed.number,
                day: placed.business_date,
                channel: placed.channel,
                table: placed.table.map(|table| table.0),
            });
            self.strangers.remove(&id);
            self.days.entry(placed.business_date).or_default().push(id);
        }
        let is_open = order.known.is_some() && order.is_open();
        match is_open {
            true => self.open.insert(id),
            false => self.open.remove(&id),
        };
        self.keep_within_limits();
    }

    /// Notes up to where the journal was read.
    pub fn read_to(&mut self, position: Position) {
        self.read_to = self.read_to.max(position);
    }

    /// Up to where the journal was read.
    pub fn position(&self) -> Position {
        self.read_to
    }

    /// Says that the journal is read from this day on only.
    pub fn begin_with(&mut self, day: Date) {
        self.known_from = self.known_from.max(Some(day));
    }

    /// The first day of which everything is known; none when that is all days.
    pub fn known_from(&self) -> Option<Date> {
        self.known_from
    }

    /// How many steps are kept.
    pub fn step_count(&self) -> usize {
        self.steps
    }

    /// The orders of a period, as a log: activities have their codes for names.
    ///
    /// # Errors
    /// When there are more than a log may hold, which the index does not keep.
    pub fn log(&self, period: Period, question: &Question) -> Result<EventLog, TooMany> {
        let mut builder = LogBuilder::new(LogLimits::default());
        let until_ms = question.until_ms(period);
        for (id, order, _) in self.orders_of(period, &question.channels) {
            if order.begun_ms() > until_ms {
                continue;
            }
            let case = id.to_string();
            for step in order.taken() {
                builder.push(&NewEvent {
                    case: &case,
                    activity: step.activity.code(),
                    time_ms: step.time_ms,
                    started_ms: (step.started_ms < step.time_ms).then_some(step.started_ms),
                    resource: step.actor.map(|actor| self.actor_name(actor)),
                    sequence: Some(step.position),
                })?;
            }
        }
        Ok(builder.finish())
    }

    /// Orders of some days and channels, by day.
    pub(crate) fn orders_of<'index>(
        &'index self,
        period: Period,
        channels: &'index [Channel],
    ) -> impl Iterator<Item = (u64, &'index Order, KnownOrder)> {
        self.days
            .range(period.from..=period.to)
            .flat_map(|(_, ids)| ids)
            .filter_map(|id| self.known_order(*id))
            .filter(move |(.., known)| channels.is_empty() || channels.contains(&known.channel))
    }

    /// Orders of which something is still expected.
    pub(crate) fn open_orders(&self) -> impl Iterator<Item = (u64, &Order, KnownOrder)> {
        self.open.iter().filter_map(|id| self.known_order(*id))
    }

    pub(crate) fn known_order(&self, id: u64) -> Option<(u64, &Order, KnownOrder)> {
        let order = self.orders.get(&id)?;
        Some((id, order, order.known?))
    }

    pub(crate) fn actor_name(&self, actor: u16) -> &str {
        self.actors.name(u32::from(actor))
    }

    /// The number of an actor that was heard of.
    pub(crate) fn actor_number(&self, name: &str) -> Option<u16> {
        u16::try_from(self.actors.find(name)?).ok()
    }

    fn actor(&mut self, name: &str) -> u16 {
        let known = self.actors.find(name);
        let number = match known {
            None if self.actors.len() < usize::from(ACTORS_MAX) => self.actors.number(name),
            known => known,
        };
        number.map_or(NOBODY, |number| u16::try_from(number).unwrap_or(NOBODY))
    }

    fn keep_within_limits(&mut self) {
        while self.steps > self.limits.steps_max || self.days.len() > self.limits.days_max {
            if self.strangers.len() > 1 && self.days.len() <= 1 {
                self.forget_strangers();
                continue;
            }
            // The day that is being sold on stays, however long it is.
            if self.days.len() <= 1 {
                break;
            }
            self.forget_day();
        }
        if self.strangers.len() > self.limits.strangers_max {
            self.forget_strangers();
        }
    }

    fn forget_day(&mut self) {
        let Some((day, ids)) = self.days.pop_first() else {
            return;
        };
        for id in ids {
            self.forget(id);
        }
        let next = day.tomorrow().unwrap_or(day);
        self.known_from = self.known_from.max(Some(next));
    }

    /// Forgets the half of the strangers of which nothing was heard for longest.
    fn forget_strangers(&mut self) {
        let mut heard: Vec<(u64, u64)> = (self.strangers.iter())
            .map(|id| {
                let last = self.orders.get(id).and_then(|order| order.steps.last());
                (last.map_or(0, |step| step.position), *id)
            })
            .collect();
        heard.sort_unstable();
        let half = heard.len().div_ceil(2);
        for (_, id) in heard.into_iter().take(half) {
            self.strangers.remove(&id);
            self.forget(id);
        }
    }

    fn forget(&mut self, id: u64) {
        self.open.remove(&id);
        if let Some(order) = self.orders.remove(&id) {
            self.steps -= order.steps.len();
        }
    }
}

impl Question {
    /// Up to when orders of a period count: of the period before as much as there is yet of the one that is asked for.
    pub(crate) fn until_ms(&self, period: Period) -> i64 {
        if period == self.period || self.today > self.period.to || self.today < self.period.from {
            return i64::MAX;
        }
        let now = Timestamp::from_millisecond(self.now_ms).ok();
        // Days of the calendar: one on which clocks are changed is as much of a day as any.
        let then = now.and_then(|now| {
            let days = self.period.days_back().days();
            now.to_zoned(self.zone.clone()).checked_sub(days).ok()
        });
        then.map_or(i64::MAX, |then| then.timestamp().as_millisecond())
    }
}

impl Order {
    /// Puts a step where it belongs; false when it is there already, or the order has too many.
    fn insert(&mut self, step: Recorded) -> bool {
        let key = |step: &Recorded| (step.time_ms, step.position);
        let at = self.steps.partition_point(|other| key(other) < key(&step));
        let is_there = self
            .steps
            .get(at)
            .is_some_and(|other| key(other) == key(&step));
        if is_there || self.steps.len() >= STEPS_OF_ORDER_MAX {
            return false;
        }
        self.steps.insert(at, step);
        true
    }

    /// What was done, in its order. A payment that is started after one has failed is one that is tried again.
    pub fn taken(&self) -> impl Iterator<Item = Taken> {
        let mut has_failed = false;
        self.steps.iter().map(move |step| {
            let activity = match step.activity {
                Activity::PaymentStarted if has_failed => Activity::PaymentRetried,
                activity => activity,
            };
            match activity {
                Activity::PaymentFailed => has_failed = true,
                Activity::PaymentRetried | Activity::PaymentCompleted => has_failed = false,
                _ => {}
            }
            Taken {
                activity,
                started_ms: step.time_ms.saturating_sub(i64::from(step.took_ms)),
                time_ms: step.time_ms,
                position: step.position,
                actor: (step.actor != NOBODY).then_some(step.actor),
            }
        })
    }

    /// Whether something is still expected of it.
    pub fn is_open(&self) -> bool {
        let has_ended = self.steps.iter().any(|step| step.activity.is_end());
        !has_ended || self.steps.last().is_some_and(|step| step.activity.asks())
    }

    /// When the first thing was done.
    pub fn begun_ms(&self) -> i64 {
        self.steps.first().map_or(0, |step| step.time_ms)
    }

    /// When the last thing was done, and what.
    pub fn last(&self) -> Option<Taken> {
        self.taken().last()
    }

    /// How long it took from the first thing to its end; none as long as it has none.
    pub fn took_ms(&self) -> Option<u64> {
        let end = self.steps.iter().find(|step| step.activity.is_end())?;
        Some(
            end.time_ms
                .saturating_sub(self.begun_ms())
                .max(0)
                .cast_unsigned(),
        )
    }

    /// The letters of what was done.
    pub fn way(&self) -> String {
        self.taken().map(|step| step.activity.letter()).collect()
    }
}
