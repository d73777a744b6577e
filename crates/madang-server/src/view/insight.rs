//! What is found out about how orders go: numbers, the map, ways, where it waits, and the orders behind each.
//!
//! Lengths of time are whole milliseconds, shares are from 0 to 1, sizes and places of the map are pixels.

use jiff::Timestamp;
use jiff::civil::Date;
use madang_insight::{
    Activity, Card, Channel, ChannelCount, Findings, Kind, OrderLine, OrderTimeline, OrdersPage,
    Period, PluginFound, PluginWaits, SlowHour, Step, Summary, WaitingOrder, Way, Words,
};
use madang_process::language::Language;
use madang_process::performance::{Edge, Histogram, ProcessMap};
use madang_process::report::layout::Area;
use madang_process::report::{Drawn, Rank};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Text;

/// What is found out about a period.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct InsightView {
    /// The period that it is about.
    pub period: InsightPeriod,
    /// The period that it is held against. While the one that was asked for is not over, as much of this one counts as there is yet of that.
    pub period_before: InsightPeriod,
    /// The first business day of which everything is known; none: all that ever was is.
    #[schema(value_type = Option<String>, format = Date)]
    pub known_from: Option<Date>,
    /// False while the journal is still being read after a start: the numbers grow.
    pub is_up_to_date: bool,
    /// Where orders came in during the period, whatever channels were asked for.
    pub channels: Vec<InsightChannelView>,
    /// Everything that may be done for an order, in the order in which it usually comes.
    pub activities: Vec<InsightActivityView>,
    /// The period in numbers.
    pub summary: InsightSummary,
    /// The map.
    pub map: InsightMap,
    /// The ways that orders went, the most frequent first; at most a hundred.
    pub ways: Vec<InsightWay>,
    /// Where somebody waits, the most time lost first; at most eight.
    pub cards: Vec<InsightCard>,
    /// Plugins that were waited for, those first for which the most time was; at most twenty.
    pub plugins: Vec<InsightPlugin>,
    /// Orders of which something is still expected, whatever period was asked for.
    pub waiting: InsightWaiting,
}

/// Business days, both ends within.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct InsightPeriod {
    /// The first day.
    #[schema(value_type = String, format = Date)]
    pub from: Date,
    /// The last day.
    #[schema(value_type = String, format = Date)]
    pub to: Date,
}

/// Where an order came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum InsightChannel {
    Pos,
    Kiosk,
    Delivery,
    TableOrder,
    MobileOrder,
    Other,
}

/// A place where orders came in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct InsightChannelView {
    /// Which.
    pub channel: InsightChannel,
    /// What a person calls it.
    pub name: Text,
    /// How many orders.
    pub orders: u64,
}

/// What was done for an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "InsightActivityView has the words of each")]
pub enum InsightActivity {
    CartBegun,
    CartHeld,
    CartTakenUp,
    OrderPlaced,
    OrderAccepted,
    OrderDeclined,
    OrderExpired,
    LinesAdded,
    PaymentStarted,
    PaymentRetried,
    PaymentUnknown,
    PaymentFailed,
    PaymentCompleted,
    PluginAllowed,
    PluginRefused,
    PluginSilent,
    RefundStarted,
    RefundFailed,
    RefundCompleted,
    OrderCancelled,
    OrderCompleted,
}

/// Something that may be done for an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct InsightActivityView {
    /// What.
    pub activity: InsightActivity,
    /// What a person calls it.
    pub name: Text,
    /// What it is for the way of an order.
    pub kind: InsightActivityKind,
}

/// What an activity is for the way of an order: a step on it, done again since it went wrong before, what went wrong, its good end, or what
/// brought it to nothing or undid it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the type's sentence names each")]
pub enum InsightActivityKind {
    Step,
    Again,
    Trouble,
    Done,
    CalledOff,
}

/// A period in numbers, each beside the period before. Before is none when not all of that period is known.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct InsightSummary {
    /// Orders.
    pub orders: InsightCount,
    /// What was done for them.
    pub events: InsightCount,
    /// How long orders usually took that came to an end, from the first tap to that end.
    pub median_ms: InsightLength,
    /// What nine of ten took no longer than.
    pub p90_ms: InsightLength,
    /// What nineteen of twenty took no longer than.
    pub p95_ms: InsightLength,
    /// Different ways that orders went.
    pub ways: InsightCount,
    /// Which part of all orders went one of the five most frequent ways.
    pub top_ways_share: InsightShare,
    /// Orders for which something was done again, since it had gone wrong.
    pub again: InsightCount,
    /// Orders that came to nothing, or were undone.
    pub called_off: InsightCount,
    /// Orders of which either is true.
    pub again_or_called_off: InsightCount,
    /// The same as a part of all orders.
    pub again_or_called_off_share: InsightShare,
}

/// A number, beside the period before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[allow(missing_docs, reason = "the type's sentence says it")]
pub struct InsightCount {
    pub now: u64,
    pub before: Option<u64>,
}

/// A length of time, beside the period before; none where there were no orders that had one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[allow(missing_docs, reason = "the type's sentence says it")]
pub struct InsightLength {
    pub now: Option<u64>,
    pub before: Option<u64>,
}

/// A share, beside the period before; none where there were no orders.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, ToSchema)]
#[allow(missing_docs, reason = "the type's sentence says it")]
pub struct InsightShare {
    pub now: Option<f64>,
    pub before: Option<f64>,
}

/// What follows what, laid out: boxes have room for their names in both languages at 14 pixels, labels for the wait in bold at 12.5 and the count below at 11.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct InsightMap {
    /// What everything fits into.
    pub width: i32,
    /// What everything fits into.
    pub height: i32,
    /// The boxes.
    pub nodes: Vec<InsightNode>,
    /// The lines.
    pub edges: Vec<InsightEdge>,
    /// How much of the map it is, and how much it could be.
    pub detail: InsightDetail,
}

/// A box of the map.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct InsightNode {
    /// What was done.
    pub activity: InsightActivity,
    /// Where it is drawn.
    pub area: InsightArea,
    /// For how many orders it was done.
    pub orders: u64,
    /// How often it was done.
    pub events: u64,
    /// How many orders began with it.
    pub began: u64,
    /// How many orders ended with it, so far.
    pub ended: u64,
}

/// A line of the map.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct InsightEdge {
    /// What had been done.
    pub from: InsightActivity,
    /// What was done next.
    pub to: InsightActivity,
    /// How often.
    pub count: u64,
    /// In how many orders.
    pub orders: u64,
    /// How long it usually was between.
    pub median_ms: Option<u64>,
    /// What nine of ten were no longer than.
    pub p90_ms: Option<u64>,
    /// What nineteen of twenty were no longer than.
    pub p95_ms: Option<u64>,
    /// The line, as the `d` of an SVG path.
    pub line: String,
    /// Its arrow, as the `d` of an SVG path that is filled.
    pub head: String,
    /// How thick the line is drawn.
    pub stroke: f64,
    /// Where its label is: nothing else is drawn there.
    pub label: InsightArea,
    /// How it stands out.
    pub rank: InsightRank,
}

/// How a line stands out: the most time is lost there, much is, it is seldom, or it does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the type's sentence names each")]
pub enum InsightRank {
    Worst,
    Slow,
    Rare,
    Usual,
}

/// Where something is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[allow(missing_docs, reason = "the names say it")]
pub struct InsightArea {
    pub x: i32,
    pub y: i32,
    pub width: i32,
    pub height: i32,
}

/// How much of a map is shown, and how much could be: what two sliders need.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct InsightDetail {
    /// How many boxes each step of the first slider shows.
    pub activities: Vec<u32>,
    /// The step that is shown: a place in `activities`.
    pub activity_step: u32,
    /// What each step of the second slider shows, with so many boxes.
    pub paths: Vec<InsightPathStep>,
    /// The step that is shown: a place in `paths`.
    pub path_step: u32,
}

/// A step of the slider of paths.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, ToSchema)]
pub struct InsightPathStep {
    /// How many lines it shows.
    pub edges: u32,
    /// Which part of all that followed something else they stand for.
    pub share: f64,
}

/// A way that orders went.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct InsightWay {
    /// Names it, for the list of its orders.
    pub key: String,
    /// What was done, one after the other.
    pub activities: Vec<InsightActivity>,
    /// How many orders went it.
    pub orders: u64,
    /// Which part of all orders.
    pub share: f64,
    /// How long they usually took, from the first thing done to the last.
    pub median_ms: u64,
}

/// Where somebody waits.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct InsightCard {
    /// What had been done.
    pub from: InsightActivity,
    /// What was waited for.
    pub to: InsightActivity,
    /// What happens there.
    pub title: Text,
    /// The numbers in a sentence.
    pub sentence: Text,
    /// How often.
    pub count: u64,
    /// In how many orders.
    pub orders: u64,
    /// How long it usually was.
    pub median_ms: u64,
    /// How long it usually was in the period before.
    pub median_before_ms: Option<u64>,
    /// What nine of ten were no longer than.
    pub p90_ms: u64,
    /// What nineteen of twenty were no longer than.
    pub p95_ms: u64,
    /// All waits of a week together.
    pub lost_per_week_ms: u64,
    /// Which part of all waiting it is.
    pub share: f64,
    /// The hour of the day at which it is longest, if one stands out.
    pub slow_hour: Option<InsightSlowHour>,
}

/// An hour of the day at which a wait is longer than else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct InsightSlowHour {
    /// From this hour to the next, by the shop's clock: 0 to 23.
    pub hour: u8,
    /// How long it usually is then.
    pub median_ms: u64,
    /// How often it was waited then.
    pub count: u64,
}

/// A plugin that the till asked something and waited for. Plugins are asked beside each other, so waits for two of them may be the same time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct InsightPlugin {
    /// Its id.
    pub plugin: String,
    /// What happens there.
    pub title: Text,
    /// The numbers in a sentence.
    pub sentence: Text,
    /// Whether a person notices: one time in twenty it takes a second or longer, or no answer comes.
    pub is_slow: bool,
    /// How often it was waited for.
    pub questions: u64,
    /// In how many orders.
    pub orders: u64,
    /// How long it usually was.
    pub median_ms: u64,
    /// How long it usually was in the period before.
    pub median_before_ms: Option<u64>,
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

/// Orders of which something is still expected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct InsightWaiting {
    /// How many there are.
    pub total: u64,
    /// Those that have waited longest; at most fifty.
    pub orders: Vec<InsightWaitingOrder>,
}

/// An order of which something is still expected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct InsightWaitingOrder {
    /// The order.
    pub order: InsightOrder,
    /// How long it has been since the last thing was done.
    pub waiting_ms: u64,
}

/// Some of the orders behind a number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct InsightOrders {
    /// How many there are in all.
    pub total: u64,
    /// Which page this is, from 1.
    pub page: u32,
    /// How many are on a page.
    pub size: u32,
    /// Those of the page.
    pub orders: Vec<InsightOrder>,
}

/// An order, as far as its way goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct InsightOrder {
    /// Its id.
    pub id: String,
    /// Its number within the business day.
    pub number: u32,
    /// The business day.
    #[schema(value_type = String, format = Date)]
    pub business_date: Date,
    /// Where it came in.
    pub channel: InsightChannel,
    /// The table.
    pub table_id: Option<u64>,
    /// When the first thing was done for it.
    pub began_at: Timestamp,
    /// When the last thing was done for it.
    pub last_at: Timestamp,
    /// What was done last.
    pub last: InsightActivity,
    /// How long from the first to the last.
    pub duration_ms: u64,
    /// How long it waited at the step that was asked for, the longest time of several.
    pub wait_ms: Option<u64>,
    /// Whether something is still expected of it.
    pub is_open: bool,
    /// The key of the way it went.
    pub way: String,
}

/// One order with all that was done for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct InsightTimeline {
    /// The order.
    pub order: InsightOrder,
    /// What was done, first to last.
    pub steps: Vec<InsightStep>,
}

/// One thing that was done for an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct InsightStep {
    /// What.
    pub activity: InsightActivity,
    /// When.
    pub at: Timestamp,
    /// How long after what was done before it was done, or begun; none for the first.
    pub waited_ms: Option<u64>,
    /// How long it took, where it has a beginning of its own, as a question to a plugin has.
    pub took_ms: Option<u64>,
    /// Who did it: `cashier:till`, `plugin:stamp-card`, `guest` or `system`. Of a question to a plugin it is the plugin that was asked.
    pub actor: Option<String>,
}

/// Ways in one answer: nobody reads more.
const WAYS_MAX: usize = 100;

/// What the answer is made of, beside what was found out.
pub struct Found<'all> {
    /// What was found out.
    pub findings: &'all Findings,
    /// The map laid out.
    pub drawn: &'all Drawn,
    /// The period.
    pub period: Period,
    /// The first day of which everything is known.
    pub known_from: Option<Date>,
    /// Whether all of the journal was read.
    pub is_up_to_date: bool,
    /// How many orders wait, and those that have waited longest.
    pub waiting: (u64, Vec<WaitingOrder>),
}

impl InsightView {
    /// What a page sees of what was found out.
    pub fn of(found: Found<'_>) -> Self {
        let Found {
            findings,
            drawn,
            period,
            known_from,
            is_up_to_date,
            waiting: (total, orders),
        } = found;
        Self {
            period: period.into(),
            period_before: period.before().into(),
            known_from,
            is_up_to_date,
            channels: findings
                .channels
                .iter()
                .map(InsightChannelView::of)
                .collect(),
            activities: Activity::ALL.map(InsightActivityView::of).into(),
            summary: InsightSummary::of(&findings.summary, findings.before.as_ref()),
            map: InsightMap::of(&findings.map, drawn),
            ways: findings
                .ways
                .iter()
                .take(WAYS_MAX)
                .map(InsightWay::of)
                .collect(),
            cards: findings.cards.iter().map(InsightCard::of).collect(),
            plugins: findings.plugins.iter().map(InsightPlugin::of).collect(),
            waiting: InsightWaiting {
                total,
                orders: orders.iter().map(InsightWaitingOrder::of).collect(),
            },
        }
    }
}

impl From<Period> for InsightPeriod {
    fn from(Period { from, to }: Period) -> Self {
        Self { from, to }
    }
}

impl From<Words> for Text {
    fn from(words: Words) -> Self {
        Self::new(words.ko, words.en)
    }
}

impl InsightChannelView {
    fn of(count: &ChannelCount) -> Self {
        Self {
            channel: count.channel.into(),
            name: count.channel.words().into(),
            orders: count.orders,
        }
    }
}

impl InsightActivityView {
    fn of(activity: Activity) -> Self {
        Self {
            activity: activity.into(),
            name: activity.words().into(),
            kind: match activity.kind() {
                Kind::Step => InsightActivityKind::Step,
                Kind::Again => InsightActivityKind::Again,
                Kind::Trouble => InsightActivityKind::Trouble,
                Kind::Done => InsightActivityKind::Done,
                Kind::CalledOff => InsightActivityKind::CalledOff,
            },
        }
    }
}

impl InsightSummary {
    fn of(now: &Summary, before: Option<&Summary>) -> Self {
        let count = |of: fn(&Summary) -> u64| InsightCount {
            now: of(now),
            before: before.map(of),
        };
        let length = |share| {
            let of = |durations: &Histogram| durations.quantile_ms(share);
            InsightLength {
                now: of(&now.durations),
                before: before.and_then(|before| of(&before.durations)),
            }
        };
        let share = |part: fn(&Summary) -> u64| {
            let of = |all: &Summary| (all.orders > 0).then(|| part(all) as f64 / all.orders as f64);
            InsightShare {
                now: of(now),
                before: before.and_then(of),
            }
        };
        Self {
            orders: count(|all| all.orders),
            events: count(|all| all.events),
            median_ms: length(0.5),
            p90_ms: length(0.9),
            p95_ms: length(0.95),
            ways: count(|all| all.ways),
            top_ways_share: share(|all| all.orders_of_top_ways),
            again: count(|all| all.again),
            called_off: count(|all| all.called_off),
            again_or_called_off: count(|all| all.again_or_called_off),
            again_or_called_off_share: share(|all| all.again_or_called_off),
        }
    }
}

impl InsightMap {
    /// A map as it is laid out.
    pub fn of(map: &ProcessMap, drawn: &Drawn) -> Self {
        let nodes = drawn.nodes.iter().filter_map(|node| {
            let of = &map.activities[node.activity];
            Some(InsightNode {
                activity: Activity::of_code(&of.name)?.into(),
                area: node.area.into(),
                orders: of.cases,
                events: of.events,
                began: of.started,
                ended: of.ended,
            })
        });
        let edges = drawn.edges.iter().filter_map(|drawn| {
            let Edge {
                from,
                to,
                count,
                cases,
                waiting,
                ..
            } = &map.edges[drawn.edge];
            let end = |place: u16| Activity::of_code(map.name(place)).map(InsightActivity::from);
            Some(InsightEdge {
                from: end(*from)?,
                to: end(*to)?,
                count: *count,
                orders: *cases,
                median_ms: waiting.median_ms(),
                p90_ms: waiting.quantile_ms(0.9),
                p95_ms: waiting.quantile_ms(0.95),
                line: drawn.line.clone(),
                head: drawn.head.clone(),
                stroke: drawn.stroke,
                label: drawn.label.into(),
                rank: match drawn.rank {
                    Rank::Worst => InsightRank::Worst,
                    Rank::Slow => InsightRank::Slow,
                    Rank::Rare => InsightRank::Rare,
                    Rank::Usual => InsightRank::Usual,
                },
            })
        });
        Self {
            width: drawn.size.width,
            height: drawn.size.height,
            nodes: nodes.collect(),
            edges: edges.collect(),
            detail: InsightDetail::of(drawn),
        }
    }
}

impl InsightDetail {
    fn of(drawn: &Drawn) -> Self {
        // A map has at most some dozens of boxes and hundreds of lines.
        let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        let detail = &drawn.detail;
        let path = |step: &madang_process::report::PathStep| InsightPathStep {
            edges: number(step.edges),
            share: step.share,
        };
        Self {
            activities: detail
                .activities
                .iter()
                .map(|count| number(*count))
                .collect(),
            activity_step: number(detail.activity_step),
            paths: detail.paths.iter().map(path).collect(),
            path_step: number(detail.path_step),
        }
    }
}

impl From<Area> for InsightArea {
    fn from(area: Area) -> Self {
        Self {
            x: area.x,
            y: area.y,
            width: area.size.width,
            height: area.size.height,
        }
    }
}

impl InsightWay {
    fn of(way: &Way) -> Self {
        Self {
            key: way.key(),
            activities: way.activities.iter().map(|one| (*one).into()).collect(),
            orders: way.orders,
            share: way.share,
            median_ms: way.median_ms,
        }
    }
}

impl InsightCard {
    fn of(card: &Card) -> Self {
        Self {
            from: card.from.into(),
            to: card.to.into(),
            title: card.title.into(),
            sentence: Text::new(&card.sentence_ko, &card.sentence_en),
            count: card.count,
            orders: card.orders,
            median_ms: card.median_ms,
            median_before_ms: card.median_before_ms,
            p90_ms: card.p90_ms,
            p95_ms: card.p95_ms,
            lost_per_week_ms: card.lost_per_week_ms,
            share: card.share,
            slow_hour: card.slow_hour.map(
                |SlowHour {
                     hour,
                     median_ms,
                     count,
                 }| InsightSlowHour {
                    hour,
                    median_ms,
                    count,
                },
            ),
        }
    }
}

impl InsightPlugin {
    fn of(found: &PluginFound) -> Self {
        let PluginFound {
            waits,
            median_before_ms,
        } = found;
        let both = |said: fn(&PluginWaits, Language) -> String| {
            let (ko, en) = (
                said(waits, Language::Korean),
                said(waits, Language::English),
            );
            Text::new(&ko, &en)
        };
        Self {
            plugin: waits.plugin.clone(),
            title: both(PluginWaits::title),
            sentence: both(PluginWaits::sentence),
            is_slow: waits.is_slow(),
            questions: waits.questions,
            orders: waits.orders,
            median_ms: waits.median_ms,
            median_before_ms: *median_before_ms,
            p90_ms: waits.p90_ms,
            p95_ms: waits.p95_ms,
            silent: waits.silent,
            refused: waits.refused,
            lost_per_week_ms: waits.lost_per_week_ms,
        }
    }
}

impl InsightWaitingOrder {
    fn of(waiting: &WaitingOrder) -> Self {
        Self {
            order: InsightOrder::of(&waiting.order),
            waiting_ms: waiting.waiting_ms,
        }
    }
}

impl InsightOrders {
    /// A page of a list.
    pub fn of(found: &OrdersPage, page: u32, size: u32) -> Self {
        Self {
            total: found.total,
            page,
            size,
            orders: found.orders.iter().map(InsightOrder::of).collect(),
        }
    }
}

impl InsightOrder {
    fn of(line: &OrderLine) -> Self {
        Self {
            id: line.order.to_string(),
            number: line.number,
            business_date: line.business_date,
            channel: line.channel.into(),
            table_id: line.table,
            began_at: moment(line.began_ms),
            last_at: moment(line.last_ms),
            last: line.last.into(),
            duration_ms: line.last_ms.abs_diff(line.began_ms),
            wait_ms: line.wait_ms,
            is_open: line.is_open,
            way: line.way.clone(),
        }
    }
}

impl InsightTimeline {
    /// An order's way as a page sees it.
    pub fn of(timeline: &OrderTimeline) -> Self {
        let step = |step: &Step| InsightStep {
            activity: step.activity.into(),
            at: moment(step.time_ms),
            waited_ms: step.waited_ms,
            took_ms: step.took_ms,
            actor: step.actor.clone(),
        };
        Self {
            order: InsightOrder::of(&timeline.order),
            steps: timeline.steps.iter().map(step).collect(),
        }
    }
}

fn moment(time_ms: i64) -> Timestamp {
    Timestamp::from_millisecond(time_ms).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// One to one, by their names.
macro_rules! same_names {
    ($here:ident = $there:ident: $($name:ident),+ $(,)?) => {
        impl From<$there> for $here {
            fn from(there: $there) -> Self {
                match there { $($there::$name => Self::$name),+ }
            }
        }

        impl From<$here> for $there {
            fn from(here: $here) -> Self {
                match here { $($here::$name => Self::$name),+ }
            }
        }
    };
}

same_names!(InsightChannel = Channel: Pos, Kiosk, Delivery, TableOrder, MobileOrder, Other);

same_names!(InsightActivity = Activity:
    CartBegun, CartHeld, CartTakenUp, OrderPlaced, OrderAccepted, OrderDeclined, OrderExpired, LinesAdded, PaymentStarted, PaymentRetried, PaymentUnknown,
    PaymentFailed, PaymentCompleted, PluginAllowed, PluginRefused, PluginSilent, RefundStarted, RefundFailed, RefundCompleted, OrderCancelled, OrderCompleted,
);
