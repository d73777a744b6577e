//! `fetch`: a call whose answer is read piece by piece, as fast as the plugin asks for pieces.

use std::future::Future;
use std::time::Duration;

use base64::{Engine, engine::general_purpose::STANDARD};
use jiff::Timestamp;
use madang_outbound::{BodyStream, CallLimits, Part, Request, Response, RoutePatch, SendErrorKind};
use madang_plugin_protocol::fetch::{Content, FetchBody, FetchPiece, FetchStart, Redirect};
use madang_plugin_protocol::http::HttpMethod;
use madang_plugin_protocol::{Failure, Fields};
use serde_json::json;
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

use super::http::{is_whole, masked, method};
use super::{Dispatch, Door, Later, Reply, words};
use crate::fetches::Begun;
use crate::reading::{Piece, Reading};
use crate::sending::{no_more, sending};

/// From the call to the last byte of its answer: the gateway's longest. A plugin ends a fetch earlier with its `AbortSignal`.
const DEADLINE: Duration = Duration::from_secs(120);
/// Redirects followed by a fetch that follows them; each is checked like a first call.
const REDIRECTS_MAX: u32 = 5;

impl Door {
    pub(super) fn fetch_start(&self, start: FetchStart) -> Dispatch {
        Dispatch::begun(self.fetch_begun(start))
    }

    pub(super) fn fetch_send(&self, piece: FetchPiece) -> Dispatch {
        Dispatch::begun(
            self.instance
                .outside
                .fetches()
                .send_piece(piece)
                .map(|taken| {
                    Box::pin(async move {
                        taken.await.map_err(|_| no_more())?;
                        Ok(Reply::empty())
                    }) as Later
                }),
        )
    }

    pub(super) fn fetch_read(&self, id: u64) -> Dispatch {
        Dispatch::begun(self.piece_asked(id))
    }

    pub(super) fn fetch_cancel(&self, id: u64, is_late: bool) -> Dispatch {
        let fetches = self.instance.outside.fetches();
        match is_late {
            true => fetches.end_late(id),
            false => fetches.end(id),
        }
        Dispatch::Silent
    }

    fn fetch_begun(&self, start: FetchStart) -> Result<Later, Failure> {
        let outbound = self.way_out()?;
        let patch = RoutePatch {
            total_timeout: Some(DEADLINE),
            redirects_max: (start.redirect == Redirect::Follow).then_some(REDIRECTS_MAX),
            is_decompressed: Some(is_whole(&start.headers)),
            ..RoutePatch::default()
        };
        let client = self.client(&outbound, patch)?;
        let FetchStart {
            id, url, redirect, ..
        } = start;
        let has_body = start.method != HttpMethod::Head;
        let (whole, streamed) = match start.body {
            None => (None, None),
            Some(FetchBody::Whole(content)) => (Some(content.into_bytes().into()), None),
            Some(FetchBody::Streamed) => {
                let (plugin_s, body) = sending(&outbound);
                (None, Some((plugin_s, BodyStream::once(body))))
            }
            Some(FetchBody::InPieces { bytes }) => {
                within_bound(bytes)?;
                let (plugin_s, body) = sending(&outbound);
                (None, Some((plugin_s, BodyStream::replayed(body, bytes))))
            }
        };
        let request = Request {
            headers: start.headers,
            body: whole,
            ..Request::new(method(start.method), url.clone())
        };
        let mut call = client.call(request);
        let (sending, turn) = match streamed {
            None => (None, None),
            Some((sending, body)) => {
                call = call.streamed(body);
                let turn = sending.turn();
                (Some(sending), Some(turn))
            }
        };
        let (begun, waits) = Begun::call(&self.instance, id, server_of(&url), sending)?;
        let door = self.clone();
        Ok(Box::pin(async move {
            let world = door.host.till.world();
            let asked_at = world.now();
            door.turn_comes(id, waits.turn).await?;
            let waited = world.now().duration_since(asked_at).unsigned_abs();
            let call = call.timed_by(waits.patience).kept_back_for(waited);
            let ended = waits.ended.clone();
            let asked = async move { until(&ended, call.response()).await };
            let head = match turn {
                None => door.carried(&outbound, asked),
                Some(turn) => {
                    turn.begin();
                    door.while_running(outbound.carry_uncounted(async move {
                        let answered = asked.await;
                        turn.end();
                        answered
                    }))
                }
            };
            let response = match head.await?? {
                Ok(response) => response,
                Err(error) => {
                    let silence = door.silence_passes(asked_at, &error);
                    until(&waits.ended, silence).await?;
                    return Err(door.untyped().failure(&error));
                }
            };
            if redirect == Redirect::Error && leads_elsewhere(&response) {
                return Err(Failure::new(
                    "서버가 다른 주소로 옮겨 가라고 답했어요. redirect: \"error\"라서 따르지 않았어요 (the server answered with a redirect, and `redirect` is \"error\")",
                ));
            }
            let has_body = has_body && !matches!(response.status, 204 | 205 | 304);
            let fields = head_fields(&response, url, has_body);
            if has_body {
                let server = response.redirected_to.as_deref().map(server_of);
                let now = door.host.till.world().now();
                if !begun.answered(Reading::new(response), server, now) {
                    return Err(given_up());
                }
            }
            Ok(Reply::Fields(masked(fields)))
        }))
    }

    /// Waits until one of the open answers has made place. Time goes on meanwhile, in virtual time as well: it is the plugin itself
    /// that is waited for.
    async fn turn_comes(&self, id: u64, mut turn: oneshot::Receiver<()>) -> Result<(), Failure> {
        let world = self.host.till.world();
        let give_up_at = world
            .now()
            .saturating_add(DEADLINE)
            .unwrap_or(Timestamp::MAX);
        loop {
            let now = world.now();
            if now >= give_up_at {
                return Err(no_turn());
            }
            let look_again_at = self.instance.outside.fetches().make_way(id, now);
            let look_again_at = look_again_at.map_or(give_up_at, |at| at.min(give_up_at));
            tokio::select! {
                biased;
                came = &mut turn => return came.map_err(|_| given_up()),
                () = world.clock.sleep_until(look_again_at) => {}
            }
        }
    }

    fn piece_asked(&self, id: u64) -> Result<Later, Failure> {
        let outbound = self.way_out()?;
        let (begun, mut reading, ended) = Begun::read(&self.instance, id)?;
        let piece = self.carried(&outbound, async move {
            let piece = until(&ended, reading.next()).await?;
            piece
                .map(|piece| (reading, piece))
                .map_err(|kind: SendErrorKind| words::unread(&kind))
        });
        let door = self.clone();
        Ok(Box::pin(async move {
            let (reading, piece) = piece.await??;
            if !piece.is_last {
                begun.has_more(reading, door.host.till.world().now());
            }
            Ok(Reply::Fields(piece_fields(piece)))
        }))
    }
}

/// Whether a body of so many bytes may be sent, before its first piece is asked for.
fn within_bound(bytes: usize) -> Result<(), Failure> {
    let limit = CallLimits::default().request_body_bytes_max;
    if bytes <= limit {
        return Ok(());
    }
    let part = Part::RequestBody;
    Err(words::of_kind(&SendErrorKind::TooLarge { part, limit }))
}

/// `work` until somebody ends it; its socket is closed then.
async fn until<T>(ended: &CancellationToken, work: impl Future<Output = T>) -> Result<T, Failure> {
    tokio::select! {
        biased;
        () = ended.cancelled() => Err(given_up()),
        done = work => Ok(done),
    }
}

fn given_up() -> Failure {
    Failure::new("요청을 그만두었어요 (the fetch was given up)")
}

fn no_turn() -> Failure {
    Failure::new(format!(
        "열린 fetch가 끝나지 않아 {0}초 동안 차례가 오지 않았어요. 앞의 응답을 다 읽거나 cancel()해 주세요 (no turn within {0} s: the fetches that are open do not end; read or cancel their answers)",
        DEADLINE.as_secs()
    ))
}

/// Scheme, host and port as they are written. One server written in two ways counts as two, which the gateway's own bound takes care of.
fn server_of(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    let host = rest.split(['/', '\\', '?', '#']).next().unwrap_or_default();
    format!("{scheme}://{host}").to_ascii_lowercase()
}

fn leads_elsewhere(response: &Response) -> bool {
    matches!(response.status, 301 | 302 | 303 | 307 | 308)
        && response.headers.contains_key("location")
}

fn head_fields(response: &Response, url: String, has_body: bool) -> Fields {
    let mut fields = Fields::new();
    fields.insert("status".into(), response.status.into());
    fields.insert("headers".into(), json!(response.text_headers()));
    let redirected_to = response.redirected_to.clone();
    fields.insert("redirected".into(), redirected_to.is_some().into());
    fields.insert("url".into(), redirected_to.unwrap_or(url).into());
    fields.insert("hasBody".into(), has_body.into());
    fields
}

fn piece_fields(piece: Piece) -> Fields {
    let mut fields = content_fields(piece.content);
    fields.insert("end".into(), piece.is_last.into());
    fields
}

/// Text as it is, anything else in base64.
pub(super) fn content_fields(content: Content) -> Fields {
    let (name, value) = match content {
        Content::Text(text) => ("text", text),
        Content::Bytes(bytes) => ("bytes", STANDARD.encode(bytes)),
    };
    Fields::from_iter([(name.to_owned(), value.into())])
}
