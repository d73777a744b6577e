//! The orders behind a number, one order's way, and those that wait now.

use std::cmp::Reverse;

use jiff::civil::Date;
use madang_model::OrderId;

use crate::activity::Activity;
use crate::channel::Channel;
use crate::index::{Index, KnownOrder, Order};
use crate::period::Question;

/// Behind what orders are looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Behind {
    /// All of the period, those first that took longest.
    Period,
    /// One thing directly after another; those first that waited longest there.
    Wait {
        /// What had been done.
        from: Activity,
        /// What was done next.
        to: Activity,
    },
    /// A way that orders went, by its key; those first that took longest.
    Way(String),
    /// A plugin that was asked something, by its name; those first that waited longest for it.
    Plugin(String),
}

/// Some of the orders behind a number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrdersPage {
    /// How many there are in all.
    pub total: u64,
    /// Those of the page.
    pub orders: Vec<OrderLine>,
}

/// One order on a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderLine {
    /// Its id.
    pub order: OrderId,
    /// Its number within the business day.
    pub number: u32,
    /// The business day.
    pub business_date: Date,
    /// Where it came in.
    pub channel: Channel,
    /// The table.
    pub table: Option<u64>,
    /// When the first thing was done: milliseconds of the Unix epoch.
    pub began_ms: i64,
    /// When the last thing was done: milliseconds of the Unix epoch.
    pub last_ms: i64,
    /// What was done last.
    pub last: Activity,
    /// Whether something is still expected of it.
    pub is_open: bool,
    /// How long it waited at the step that was asked for, the longest time of several.
    pub wait_ms: Option<u64>,
    /// The letters of what was done.
    pub way: String,
}

/// One order with all that was done for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderTimeline {
    /// The order.
    pub order: OrderLine,
    /// What was done.
    pub steps: Vec<Step>,
}

/// One thing that was done for an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// What.
    pub activity: Activity,
    /// When: milliseconds of the Unix epoch.
    pub time_ms: i64,
    /// How long after what was done before it was done, or begun; none for the first.
    pub waited_ms: Option<u64>,
    /// How long it took, where it has a beginning of its own.
    pub took_ms: Option<u64>,
    /// Who did it.
    pub actor: Option<String>,
}

/// An order that waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaitingOrder {
    /// The order.
    pub order: OrderLine,
    /// How long it has been since the last thing was done.
    pub waiting_ms: u64,
}

impl Index {
    /// The orders behind a number: `most` of them behind the first `skip`.
    pub fn orders_behind(
        &self,
        question: &Question,
        behind: &Behind,
        skip: usize,
        most: usize,
    ) -> OrdersPage {
        let plugin = match behind {
            Behind::Plugin(name) => self.actor_number(&format!("plugin:{name}")),
            _ => None,
        };
        let mut found: Vec<(Reverse<u64>, u64)> = self
            .orders_of(question.period, &question.channels)
            .filter_map(|(id, order, _)| Some((Reverse(behind.measure(order, plugin)?), id)))
            .collect();
        found.sort_unstable();
        let total = found.len() as u64;
        let shown = found.into_iter().skip(skip).take(most);
        let line = |(Reverse(wait_ms), id)| {
            let (id, order, known) = self.known_order(id)?;
            let is_wait = matches!(behind, Behind::Wait { .. } | Behind::Plugin(_));
            let wait_ms = is_wait.then_some(wait_ms);
            line(id, order, known, wait_ms)
        };
        OrdersPage {
            total,
            orders: shown.filter_map(line).collect(),
        }
    }

    /// One order with all that was done for it; none when it is not known, or no longer.
    pub fn timeline(&self, order: OrderId) -> Option<OrderTimeline> {
        let (id, order, known) = self.known_order(order.0)?;
        let mut before = None;
        let steps = order.taken().map(|taken| Step {
            activity: taken.activity,
            time_ms: taken.time_ms,
            waited_ms: before
                .replace(taken.time_ms)
                .map(|before: i64| length_of(before, taken.started_ms)),
            took_ms: (taken.started_ms < taken.time_ms)
                .then(|| length_of(taken.started_ms, taken.time_ms)),
            actor: taken.actor.map(|actor| self.actor_name(actor).to_owned()),
        });
        let steps = steps.collect();
        Some(OrderTimeline {
            order: line(id, order, known, None)?,
            steps,
        })
    }

    /// How many orders wait, and those that have waited longest, of these channels.
    pub fn waiting(
        &self,
        channels: &[Channel],
        now_ms: i64,
        most: usize,
    ) -> (u64, Vec<WaitingOrder>) {
        let mut open: Vec<(i64, u64)> = self
            .open_orders()
            .filter(|(.., known)| channels.is_empty() || channels.contains(&known.channel))
            .filter_map(|(id, order, _)| Some((order.last()?.time_ms, id)))
            .collect();
        open.sort_unstable();
        let total = open.len() as u64;
        let waiting = |(last_ms, id): (i64, u64)| {
            let (id, order, known) = self.known_order(id)?;
            Some(WaitingOrder {
                order: line(id, order, known, None)?,
                waiting_ms: now_ms.saturating_sub(last_ms).max(0).cast_unsigned(),
            })
        };
        (
            total,
            open.into_iter().take(most).filter_map(waiting).collect(),
        )
    }
}

impl Behind {
    /// What an order is listed by; none when it is not behind this. `plugin` is the number of the plugin that is asked for.
    fn measure(&self, order: &Order, plugin: Option<u16>) -> Option<u64> {
        match self {
            Self::Period => Some(length_ms(order)),
            Self::Way(way) => (order.way() == *way).then(|| length_ms(order)),
            Self::Wait { from, to } => {
                let mut before = None;
                let waits = order.taken().filter_map(|step| {
                    let (activity, time_ms) = before.replace((step.activity, step.time_ms))?;
                    ((activity, step.activity) == (*from, *to))
                        .then(|| length_of(time_ms, step.started_ms))
                });
                waits.max()
            }
            Self::Plugin(_) => {
                let asked = order.taken().filter(|step| {
                    plugin.is_some() && step.actor == plugin && step.activity.is_of_plugin()
                });
                asked
                    .map(|step| length_of(step.started_ms, step.time_ms))
                    .max()
            }
        }
    }
}

/// From one moment to a later one; nothing when it is not later.
fn length_of(from_ms: i64, to_ms: i64) -> u64 {
    to_ms.saturating_sub(from_ms).max(0).cast_unsigned()
}

fn length_ms(order: &Order) -> u64 {
    order
        .last()
        .map_or(0, |last| last.time_ms.abs_diff(order.begun_ms()))
}

fn line(id: u64, order: &Order, known: KnownOrder, wait_ms: Option<u64>) -> Option<OrderLine> {
    let last = order.last()?;
    Some(OrderLine {
        order: OrderId(id),
        number: known.number,
        business_date: known.day,
        channel: known.channel,
        table: known.table,
        began_ms: order.begun_ms(),
        last_ms: last.time_ms,
        last: last.activity,
        is_open: order.is_open(),
        wait_ms,
        way: order.way(),
    })
}
