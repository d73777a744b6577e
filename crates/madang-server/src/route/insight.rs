//! How orders go and where they wait, found in the journal after the fact.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use jiff::civil::Date;
use madang_insight::{Activity, BadPeriod, Behind, Index, NotNow, Period, Question};
use madang_model::OrderId;
use madang_process::event_data::TooMany;
use madang_process::report::layout::Size;
use madang_process::report::{Wish, drawn};
use serde::Deserialize;
use tokio::time::timeout;
use utoipa::{IntoParams, ToSchema};

use super::Served;
use super::order::words;
use crate::ask::{Asked, Named, day, id, word};
use crate::problem::Problem;
use crate::view::insight::{
    Found, InsightActivity, InsightChannel, InsightMap, InsightOrders, InsightTimeline, InsightView,
};

/// Orders on one page.
const PAGE_SIZE_MAX: u32 = 200;

/// Orders that wait, in one answer: more than a person looks after at once.
const WAITING_MAX: usize = 50;

/// The largest screens are no wider.
const MAP_SIDE_MAX: u32 = 4_000;

/// Longer than it takes to read what a tap has written, shorter than a person minds.
const CATCH_UP: Duration = Duration::from_millis(250);

/// A period by its name.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum NamedPeriod {
    /// The week of today, from Monday up to today.
    Week,
    /// Today.
    Today,
}

/// What is asked.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct InsightQuery {
    /// A period by its name; without it and without days, the week.
    #[param(value_type = Option<NamedPeriod>, inline)]
    period: Option<String>,
    /// The first business day. Days take the place of a named period.
    #[serde(default, deserialize_with = "day")]
    #[param(value_type = Option<String>, format = Date)]
    from: Option<Date>,
    /// The last business day; without it the first is the only one.
    #[serde(default, deserialize_with = "day")]
    #[param(value_type = Option<String>, format = Date)]
    to: Option<Date>,
    /// Only orders that came in here, separated by commas.
    #[param(value_type = Option<Vec<InsightChannel>>, style = Form, explode = false)]
    channel: Option<String>,
    /// Which step of activities the map shows, from 0; without it as many as can be read at first sight. The last when there is no such step.
    activities: Option<u32>,
    /// Which step of paths the map shows, from 0; the same holds.
    paths: Option<u32>,
    /// How many pixels wide the room for the map is: it turns back where it would be wider. From 240 to 4000; without it 776.
    map_width: Option<u32>,
    /// How many pixels high the room for the map is, from 160 to 4000; without it 296.
    map_height: Option<u32>,
}

/// What was found out about a period, beside the one before.
#[utoipa::path(
    get,
    path = "/api/insight",
    params(InsightQuery),
    responses((status = 200, body = InsightView))
)]
pub async fn insight(
    State(served): State<Served>,
    Asked(query): Asked<InsightQuery>,
) -> Result<Json<InsightView>, Problem> {
    let question = query.question(&served)?;
    let wish = query.wish();
    let is_up_to_date = caught_up(&served).await;
    look(&served, move |index| {
        let findings = index.findings(&question)?;
        let drawn = drawn(&findings.map, &findings.bottlenecks, wish, both_names);
        Ok(InsightView::of(Found {
            findings: &findings,
            drawn: &drawn,
            period: question.period,
            known_from: index.known_from(),
            is_up_to_date,
            waiting: index.waiting(&question.channels, question.now_ms, WAITING_MAX),
        }))
    })
    .await
}

/// The map of a period alone, for another step of detail.
#[utoipa::path(
    get,
    path = "/api/insight/map",
    params(InsightQuery),
    responses((status = 200, body = InsightMap))
)]
pub async fn map(
    State(served): State<Served>,
    Asked(query): Asked<InsightQuery>,
) -> Result<Json<InsightMap>, Problem> {
    let question = query.question(&served)?;
    let wish = query.wish();
    caught_up(&served).await;
    look(&served, move |index| {
        let (map, worst) = index.map(&question)?;
        Ok(InsightMap::of(&map, &drawn(&map, &worst, wish, both_names)))
    })
    .await
}

/// Which orders are asked for. Without a step, a way and a plugin: all of the period, those first that took longest.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct InsightOrdersQuery {
    /// A period by its name; without it and without days, the week.
    #[param(value_type = Option<NamedPeriod>, inline)]
    period: Option<String>,
    /// The first business day. Days take the place of a named period.
    #[serde(default, deserialize_with = "day")]
    #[param(value_type = Option<String>, format = Date)]
    from: Option<Date>,
    /// The last business day; without it the first is the only one.
    #[serde(default, deserialize_with = "day")]
    #[param(value_type = Option<String>, format = Date)]
    to: Option<Date>,
    /// Only orders that came in here, separated by commas.
    #[param(value_type = Option<Vec<InsightChannel>>, style = Form, explode = false)]
    channel: Option<String>,
    /// Only orders in which this was directly followed by `step_to`; those first that waited longest there.
    #[param(value_type = Option<InsightActivity>)]
    step_from: Option<String>,
    /// What followed `step_from`.
    #[param(value_type = Option<InsightActivity>)]
    step_to: Option<String>,
    /// Only orders that went this way, by its key; those first that took longest.
    way: Option<String>,
    /// Only orders for which this plugin was asked something, by its id; those first that waited longest for it.
    plugin: Option<String>,
    /// Which page, from 1.
    #[param(minimum = 1, default = 1)]
    page: Option<u32>,
    /// How many on a page.
    #[param(minimum = 1, maximum = 200, default = 50)]
    size: Option<u32>,
}

/// The orders behind a card or a way.
#[utoipa::path(
    get,
    path = "/api/insight/orders",
    params(InsightOrdersQuery),
    responses((status = 200, body = InsightOrders))
)]
pub async fn orders(
    State(served): State<Served>,
    Asked(query): Asked<InsightOrdersQuery>,
) -> Result<Json<InsightOrders>, Problem> {
    let behind = query.behind()?;
    let (page, size) = (query.page.unwrap_or(1), query.size.unwrap_or(50));
    if page == 0 || size == 0 || size > PAGE_SIZE_MAX {
        return Err(bad_page());
    }
    let question = query.about().question(&served)?;
    caught_up(&served).await;
    let skip = (page as usize - 1).saturating_mul(size as usize);
    look(&served, move |index| {
        let found = index.orders_behind(&question, &behind, skip, size as usize);
        Ok(InsightOrders::of(&found, page, size))
    })
    .await
}

/// One order with all that was done for it.
#[utoipa::path(
    get,
    path = "/api/insight/orders/{id}",
    params(("id" = String, Path)),
    responses((status = 200, body = InsightTimeline))
)]
pub async fn order(
    State(served): State<Served>,
    Named(order): Named<String>,
) -> Result<Json<InsightTimeline>, Problem> {
    let order: OrderId = id(&order)?;
    caught_up(&served).await;
    let found = look(&served, move |index| Ok(index.timeline(order))).await?;
    let found = found.0.ok_or_else(|| not_looked_at(order))?;
    Ok(Json(InsightTimeline::of(&found)))
}

/// Waits a moment for what the till has written so far, so that a page sees what was done on it; true when all of it is there.
async fn caught_up(served: &Served) -> bool {
    let till = &served.till;
    match till.journal().head(till.shop_id()).await {
        Ok(head) => {
            let reached = timeout(CATCH_UP, served.insight.reach(head)).await;
            reached.unwrap_or(false)
        }
        Err(_) => false,
    }
}

/// Asks the index on a thread that may take its time: a year of orders is some tenths of a second.
async fn look<Answer: Send + 'static>(
    served: &Served,
    question: impl FnOnce(&Index) -> Result<Answer, TooMany> + Send + 'static,
) -> Result<Json<Answer>, Problem> {
    let insight = Arc::clone(&served.insight);
    let failed = || NotNow {
        reason: "looking at them has failed".into(),
    };
    let seat = Arc::clone(&served.looks).acquire_owned().await;
    let seat = seat.map_err(|_| not_now(&failed()))?;
    // The seat is taken until the answer is there, also when whoever asked has gone.
    let look = move || {
        let answer = insight.ask(question);
        drop(seat);
        answer
    };
    let asked = tokio::task::spawn_blocking(look).await;
    match asked.map_err(|_| failed()).and_then(|answer| answer) {
        Ok(Ok(answer)) => Ok(Json(answer)),
        Ok(Err(too_many)) => Err(not_now(&too_many)),
        Err(error) => Err(not_now(&error)),
    }
}

/// Both names of an activity: its box has room for either.
fn both_names(code: &str) -> Vec<&'static str> {
    let words = Activity::of_code(code).map(Activity::words);
    words.map_or_else(Vec::new, |words| vec![words.ko, words.en])
}

impl InsightQuery {
    fn question(&self, served: &Served) -> Result<Question, Problem> {
        let channels = words::<InsightChannel, _>("channel", self.channel.clone())?;
        let (shop, now) = (served.till.shop(), served.till.world().now());
        let today = shop.business_date(now);
        Ok(Question {
            period: self.period(today)?,
            channels,
            zone: shop.zone(),
            now_ms: now.as_millisecond(),
            today,
        })
    }

    fn period(&self, today: Date) -> Result<Period, Problem> {
        let named = self
            .period
            .as_deref()
            .map(|written| word("period", written))
            .transpose()?;
        match (named, self.from, self.to) {
            (None, Some(from), to) => {
                Period::new(from, to.unwrap_or(from)).map_err(|bad| bad_period(&bad))
            }
            (None, None, Some(_)) => Err(bad_query("`to` needs `from`", "첫날도 골라 주세요")),
            (Some(_), Some(_), _) | (Some(_), _, Some(_)) => Err(bad_query(
                "a period is either named or has days",
                "기간은 이름이나 날짜 가운데 하나로 골라 주세요",
            )),
            (Some(NamedPeriod::Today), None, None) => Ok(Period::day(today)),
            (Some(NamedPeriod::Week) | None, None, None) => Ok(Period::week_to(today)),
        }
    }

    fn wish(&self) -> Wish {
        let step = |step: Option<u32>| step.map(|step| step as usize);
        let side = |side: Option<u32>, usual: u32, least: u32| {
            side.unwrap_or(usual).clamp(least, MAP_SIDE_MAX) as i32
        };
        Wish {
            room: Size {
                width: side(self.map_width, 776, 240),
                height: side(self.map_height, 296, 160),
            },
            activities: step(self.activities),
            paths: step(self.paths),
        }
    }
}

impl InsightOrdersQuery {
    /// What both queries have in common.
    fn about(self) -> InsightQuery {
        InsightQuery {
            period: self.period,
            from: self.from,
            to: self.to,
            channel: self.channel,
            activities: None,
            paths: None,
            map_width: None,
            map_height: None,
        }
    }

    fn behind(&self) -> Result<Behind, Problem> {
        let activity = |field, written: &Option<String>| {
            let written = written
                .as_deref()
                .map(|written| word::<InsightActivity>(field, written));
            Ok::<_, Problem>(written.transpose()?.map(Activity::from))
        };
        let (from, to) = (
            activity("step_from", &self.step_from)?,
            activity("step_to", &self.step_to)?,
        );
        match (from, to, &self.way, &self.plugin) {
            (None, None, None, None) => Ok(Behind::Period),
            (Some(from), Some(to), None, None) => Ok(Behind::Wait { from, to }),
            (None, None, None, Some(plugin)) => Ok(Behind::Plugin(plugin.clone())),
            (None, None, Some(way), None) => {
                match !way.is_empty()
                    && way
                        .bytes()
                        .all(|letter| Activity::of_letter(letter).is_some())
                {
                    true => Ok(Behind::Way(way.clone())),
                    false => Err(no_such_way()),
                }
            }
            _ => Err(bad_query(
                "orders are asked for by `step_from` with `step_to`, by `way`, or by `plugin`",
                "단계 두 개나 길 하나, 플러그인 하나로 주문을 골라 주세요",
            )),
        }
    }
}

fn bad_query(detail: &str, detail_ko: &str) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, "bad-query", detail, detail_ko)
}

fn bad_page() -> Problem {
    let detail = format!("page counts from 1, and size is 1 to {PAGE_SIZE_MAX}");
    bad_query(&detail, "쪽 번호와 크기를 확인해 주세요")
}

fn bad_period(bad: &BadPeriod) -> Problem {
    let detail_ko = match bad {
        BadPeriod::Backwards { .. } => "첫날이 마지막 날보다 뒤예요".to_owned(),
        BadPeriod::TooLong { .. } => {
            format!("한 번에 {}일까지 볼 수 있어요", madang_insight::DAYS_MAX)
        }
    };
    Problem::new(
        StatusCode::UNPROCESSABLE_ENTITY,
        "bad-period",
        bad.to_string(),
        detail_ko,
    )
}

fn no_such_way() -> Problem {
    Problem::new(
        StatusCode::NOT_FOUND,
        "no-such-way",
        "no order goes a way of this key",
        "그런 길은 없어요",
    )
    .with_hint("GET /api/insight lists the ways with their keys")
}

fn not_looked_at(order: OrderId) -> Problem {
    Problem::new(
        StatusCode::NOT_FOUND,
        "order-not-looked-at",
        format!(
            "nothing is known about the way of order {order}: there is none, or it is too old, or too new"
        ),
        "이 주문이 지나온 길은 알 수 없어요",
    )
}

fn not_now(error: &(dyn std::error::Error + 'static)) -> Problem {
    tracing::error!(error, "orders could not be looked at");
    Problem::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "insight-unavailable",
        error.to_string(),
        "지금은 주문이 지나온 길을 볼 수 없어요. 판매에는 영향이 없어요",
    )
    .with_hint("see the log of madang; it is tried again when the till is opened again")
}
