//! The live stream: a reader follows the ring of recent updates, and holds nothing back of its own.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::sse::{Event, KeepAlive, Sse};
use futures::Stream;
use futures::stream;
use serde::Deserialize;
use tokio::sync::{OwnedSemaphorePermit, watch};
use utoipa::IntoParams;

use super::Served;
use crate::ask::Asked;
use crate::live::{Live, Next, Sent};
use crate::problem::Problem;
use crate::view::stream::{Hello, StreamUpdate};

/// How often a silent stream says that it is there: proxies and pages take a minute of silence for the end.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// Where a reader goes on.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct StreamQuery {
    /// The id of the last event that was read; the header Last-Event-ID says the same and wins.
    after: Option<String>,
}

/// Everything that changes, as server-sent events; the `data:` of each is a StreamUpdate. The first is `hello`; when what came
/// after the given id is no longer kept, the second is `reset`. A reader that falls too far behind is cut off.
#[utoipa::path(
    get,
    path = "/api/stream",
    params(StreamQuery),
    responses((status = 200, body = StreamUpdate, content_type = "text/event-stream"))
)]
pub async fn stream(
    State(served): State<Served>,
    headers: HeaderMap,
    Asked(query): Asked<StreamQuery>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Problem> {
    let seat = Arc::clone(&served.seats)
        .try_acquire_owned()
        .map_err(|_| no_seat())?;
    let header = headers.get("last-event-id").and_then(|id| id.to_str().ok());
    let reader = Reader::new(&served, header.or(query.after.as_deref()), seat);
    let events = stream::unfold(reader, |mut reader| async {
        let event = reader.next().await?;
        Some((Ok(event), reader))
    });
    Ok(Sse::new(events).keep_alive(KeepAlive::new().interval(HEARTBEAT).text("here")))
}

struct Reader {
    served: Served,
    position: u64,
    latest: watch::Receiver<u64>,
    stopped: watch::Receiver<bool>,
    greetings: Vec<StreamUpdate>,
    _seat: OwnedSemaphorePermit,
}

impl Reader {
    fn new(served: &Served, after: Option<&str>, seat: OwnedSemaphorePermit) -> Self {
        let live = &served.live;
        let latest = live.watch();
        let kept = after.and_then(|id| live.kept(id));
        let position = kept.unwrap_or_else(|| live.position());
        let hello = Hello {
            epoch: live.epoch().to_owned(),
            position,
            clock: served.till.world().now(),
        };
        // Taken from the end: hello first.
        let greetings = match (after, kept) {
            (Some(_), None) => vec![
                StreamUpdate::Reset(hello.clone()),
                StreamUpdate::Hello(hello),
            ],
            _ => vec![StreamUpdate::Hello(hello)],
        };
        Self {
            served: Arc::clone(served),
            position,
            latest,
            stopped: served.stopped.subscribe(),
            greetings,
            _seat: seat,
        }
    }

    /// The next event; none when the reader fell too far behind or the server stops.
    async fn next(&mut self) -> Option<Event> {
        if let Some(greeting) = self.greetings.pop() {
            return greeting_event(&self.served.live, self.position, &greeting);
        }
        loop {
            match self.served.live.after(self.position) {
                Next::Update(sent) => {
                    self.position = sent.position;
                    return Some(update_event(&self.served.live, &sent));
                }
                Next::Missed => return None,
                Next::UpToDate => self.more().await?,
            }
        }
    }

    async fn more(&mut self) -> Option<()> {
        tokio::select! {
            changed = self.latest.changed() => changed.ok(),
            _ = self.stopped.wait_for(|stopped| *stopped) => None,
        }
    }
}

fn greeting_event(live: &Live, position: u64, greeting: &StreamUpdate) -> Option<Event> {
    let data = serde_json::to_string(greeting).ok()?;
    Some(event(live, position, greeting.name(), &data))
}

fn update_event(live: &Live, sent: &Sent) -> Event {
    event(live, sent.position, sent.event, &sent.data)
}

fn event(live: &Live, position: u64, name: &str, data: &str) -> Event {
    Event::default()
        .id(format!("{}-{position}", live.epoch()))
        .event(name)
        .data(data)
}

fn no_seat() -> Problem {
    Problem::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "too-many-streams",
        "too many pages watch this till",
        "너무 많은 화면이 열려 있어요",
    )
    .with_hint("close pages of this till that nobody looks at")
}
