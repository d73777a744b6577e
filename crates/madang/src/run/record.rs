//! What `run` prints: each step, and what came of it.

use std::sync::Arc;

use futures::executor::block_on;
use jiff::Timestamp;
use madang_journal::{Event, Position};
use madang_plugin_host::timeline::{Direction, Entry, Kind, Outcome, Query};
use madang_till::TillError;
use serde::Serialize;
use serde_json::json;
use serde_json::value::RawValue;

use super::day::Day;
use crate::answers::Answers;
use crate::failure::Failure;
use crate::output::{Output, OutputError};
use crate::play::StepError;
use crate::script::PlacedStep;
use crate::stage::StageError;

/// Events read at a time.
const PAGE: u32 = 256;

/// What is shown of a body to people: two lines of a terminal.
const TEXT_CHARS_MAX: usize = 160;

/// Prints, and knows what was printed.
pub struct Record<'a, 'b> {
    output: &'a mut Output<'b>,
    is_json: bool,
    position: Position,
    seq: u64,
}

impl<'a, 'b> Record<'a, 'b> {
    /// A record that begins now.
    pub fn new(output: &'a mut Output<'b>, is_json: bool) -> Self {
        Self {
            output,
            is_json,
            position: Position::default(),
            seq: 0,
        }
    }

    /// The till was opened again: its timeline begins anew.
    pub fn begin_again(&mut self) {
        self.seq = 0;
    }

    /// A step and what came of it.
    ///
    /// # Errors
    /// [`OutputError`].
    pub fn step(
        &mut self,
        placed: &PlacedStep,
        played: &Result<String, StepError>,
    ) -> Result<(), OutputError> {
        let message = match played {
            Ok(message) => message.clone(),
            Err(error) => error.message(),
        };
        if !self.is_json {
            let line = format!("{:>4}  {}  →  {message}", placed.line, placed.text);
            return self.output.line(&line);
        }
        let ok = played.is_ok();
        self.output.json(&json!({
            "step": { "line": placed.line, "text": placed.text, "ok": ok, "message": message }
        }))
    }

    /// The script is over.
    ///
    /// # Errors
    /// [`OutputError`].
    pub fn end(&mut self, steps: usize) -> Result<(), OutputError> {
        if self.is_json {
            return self
                .output
                .json(&json!({ "end": { "ok": true, "steps": steps } }));
        }
        let line = format!("{steps} steps, all as they should be (모두 기대한 대로예요)");
        self.output.line(&line)
    }

    /// The script was given up: `plugin` did not come back.
    ///
    /// # Errors
    /// [`OutputError`].
    pub fn given_up(&mut self, plugin: &str, limit_seconds: u64) -> Result<(), OutputError> {
        if !self.is_json {
            return Ok(());
        }
        let given_up = json!({ "plugin": plugin, "limitSeconds": limit_seconds });
        self.output
            .json(&json!({ "end": { "ok": false, "gaveUp": given_up } }))
    }

    /// Every event of the journal and every entry of the timeline since the last time, in the order of their times.
    ///
    /// # Errors
    /// [`Failure`] when the journal cannot be read, or nothing can be printed.
    pub fn since(&mut self, day: &Day) -> Result<(), Failure> {
        let events = self.new_events(day)?;
        let entries = self.new_entries(day);
        let mut events = events.iter().peekable();
        for entry in &entries {
            let at = entry.at.as_microsecond();
            while let Some(event) = events.next_if(|event| event.at.get() <= at) {
                self.event(event)?;
            }
            self.entry(entry)?;
        }
        for event in events {
            self.event(event)?;
        }
        Ok(())
    }

    /// Calls that met no answer in the script, each with the line that would give it one.
    ///
    /// # Errors
    /// [`OutputError`].
    pub fn unanswered(&mut self, answers: Option<&Answers>) -> Result<(), OutputError> {
        for (method, url) in answers.map(Answers::take_unanswered).unwrap_or_default() {
            if self.is_json {
                let call = json!({ "method": method.to_string(), "url": url });
                self.output.json(&json!({ "unanswered": call }))?;
                continue;
            }
            let line = format!(
                "      no answer was written for {method} {url} (답이 없는 호출); write: answer {method} {url} 200 'body'"
            );
            self.output.line(&line)?;
        }
        Ok(())
    }

    fn new_events(&mut self, day: &Day) -> Result<Vec<Arc<Event>>, Failure> {
        let till = &day.stage().till;
        let mut all = Vec::new();
        loop {
            let page = block_on(till.journal().events(till.shop_id(), self.position, PAGE))
                .map_err(|error| StageError::Till(TillError::Read(error)))?;
            let Some(last) = page.last() else {
                return Ok(all);
            };
            self.position = last.position;
            all.extend(page);
        }
    }

    fn new_entries(&mut self, day: &Day) -> Vec<Arc<Entry>> {
        let entries = day.stage().host.timeline(&Query {
            after: Some(self.seq),
            limit: usize::MAX,
            ..Query::default()
        });
        self.seq = entries.last().map_or(self.seq, |last| last.seq);
        entries
    }

    fn event(&mut self, event: &Event) -> Result<(), OutputError> {
        if !self.is_json {
            return Ok(());
        }
        self.output.json(&json!({ "event": EventLine::of(event) }))
    }

    fn entry(&mut self, entry: &Entry) -> Result<(), OutputError> {
        if self.is_json {
            return self
                .output
                .json(&json!({ "message": EntryLine::of(entry) }));
        }
        let told = match entry.kind {
            Kind::Console | Kind::Error | Kind::Lifecycle => true,
            Kind::Message => entry.name.starts_with("toast.") && entry.direction == Direction::Out,
        };
        if !told {
            return Ok(());
        }
        let body: String = entry.body.chars().take(TEXT_CHARS_MAX).collect();
        let line = format!(
            "      {} · {}{}: {body}",
            entry.plugin,
            entry.name,
            refusal(entry)
        );
        self.output.line(&line)
    }
}

/// What tells a message that was refused from one that was done; a note says it in its body.
fn refusal(entry: &Entry) -> String {
    let refused = entry
        .ended()
        .filter(|ended| entry.kind == Kind::Message && ended.result == Outcome::Refused);
    let reason = refused.map(|ended| ended.reason.as_deref().unwrap_or_default());
    reason.map_or_else(String::new, |reason| {
        format!(" · refused (거절됨) · {reason}")
    })
}

/// An event of the journal.
#[derive(Serialize)]
struct EventLine<'a> {
    position: u64,
    at: String,
    kind: &'a str,
    stream: String,
    version: u64,
    actor: &'a str,
    operation: Option<&'a str>,
    body: Box<RawValue>,
}

impl<'a> EventLine<'a> {
    fn of(event: &'a Event) -> Self {
        let at = event.at.get();
        Self {
            position: event.position.get(),
            at: Timestamp::from_microsecond(at)
                .map_or_else(|_| at.to_string(), |at| at.to_string()),
            kind: &event.kind,
            stream: event.stream.to_string(),
            version: event.version.get().into(),
            actor: &event.actor,
            operation: event.operation.as_deref(),
            body: raw(&event.body),
        }
    }
}

/// An entry of the timeline. How long anything took on the wall clock is left out: it differs at every run.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct EntryLine<'a> {
    seq: u64,
    at: String,
    plugin: &'a str,
    direction: &'static str,
    kind: &'static str,
    name: &'a str,
    callback_id: Option<&'a str>,
    bytes: usize,
    cause: Option<&'a str>,
    result: Option<&'static str>,
    reason: Option<&'a str>,
    body: Box<RawValue>,
}

impl<'a> EntryLine<'a> {
    fn of(entry: &'a Entry) -> Self {
        let ended = entry.ended();
        Self {
            seq: entry.seq,
            at: entry.at.to_string(),
            plugin: &entry.plugin,
            direction: match entry.direction {
                Direction::In => "in",
                Direction::Out => "out",
            },
            kind: match entry.kind {
                Kind::Message => "message",
                Kind::Console => "console",
                Kind::Error => "error",
                Kind::Lifecycle => "lifecycle",
            },
            name: &entry.name,
            callback_id: entry.callback_id.as_deref(),
            bytes: entry.bytes,
            cause: entry.cause.as_deref(),
            result: ended.map(|ended| match ended.result {
                Outcome::Ok => "ok",
                Outcome::Refused => "refused",
                Outcome::Veto => "veto",
                Outcome::Late => "late",
            }),
            reason: ended.and_then(|ended| ended.reason.as_deref()),
            body: raw(&entry.body),
        }
    }
}

/// JSON as it is; what is not JSON as a text.
fn raw(text: &str) -> Box<RawValue> {
    RawValue::from_string(text.to_owned()).unwrap_or_else(|_| {
        let quoted = serde_json::to_string(text).unwrap_or_else(|_| "null".into());
        RawValue::from_string(quoted).unwrap_or_default()
    })
}
