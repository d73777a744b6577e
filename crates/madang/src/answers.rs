//! What a script says that servers answer, and which calls they got.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use madang_outbound::{Fate, HeardCall, Method, StandIn};

use crate::script::{CalledUrl, Script, Step};

/// Calls that are kept until a step expects them: more than a script of ten thousand lines asks after.
const CALLS_MAX: usize = 10_000;
/// Bytes of their bodies that are kept together. The oldest go first.
const CALL_BYTES_MAX: usize = 16 << 20;

/// What servers answer while a script is played. The newest answer that fits a call is the one it gets, as often as it is made.
#[derive(Default)]
pub struct Answers(Mutex<Inside>);

#[derive(Default)]
struct Inside {
    written: Vec<(Method, CalledUrl, Fate)>,
    calls: VecDeque<HeardCall>,
    call_bytes: usize,
    unanswered: Vec<(Method, String)>,
}

impl Answers {
    /// The answers of `script`; none when it writes no answer, and calls go out. What is written before the first other step holds
    /// from the start, when plugins make their first calls.
    pub fn of(script: &Script) -> Option<Self> {
        let answers = Self::default();
        let mut has_answers = false;
        let mut is_start = true;
        for placed in &script.steps {
            match &placed.step {
                Step::Answer { method, url, fate } => {
                    has_answers = true;
                    if is_start {
                        answers.write(*method, url.clone(), fate.clone());
                    }
                }
                _ => is_start = false,
            }
        }
        has_answers.then_some(answers)
    }

    /// From now on calls like this end so.
    pub fn write(&self, method: Method, url: CalledUrl, fate: Fate) {
        let mut inside = self.lock();
        let is_another = |(of, at, _): &(Method, CalledUrl, Fate)| (*of, at) != (method, &url);
        inside.written.retain(is_another);
        inside.written.push((method, url, fate));
    }

    /// Takes the oldest call of this kind whose body contains `text`; if there is none, what was called instead.
    pub fn take_call(
        &self,
        method: Method,
        url: &CalledUrl,
        text: Option<&str>,
    ) -> Result<(), String> {
        let mut inside = self.lock();
        let fits = |call: &HeardCall| {
            let body = String::from_utf8_lossy(&call.body);
            let has_text = text.is_none_or(|text| body.contains(text));
            call.method == method && url.fits(&call.url) && has_text
        };
        match inside.calls.iter().position(fits) {
            Some(at) => {
                inside.forget(at);
                Ok(())
            }
            None => Err(inside.told_instead()),
        }
    }

    /// Calls that met no answer since the last time.
    pub fn take_unanswered(&self) -> Vec<(Method, String)> {
        std::mem::take(&mut self.lock().unanswered)
    }

    fn lock(&self) -> MutexGuard<'_, Inside> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inside {
    fn forget(&mut self, at: usize) {
        if let Some(call) = self.calls.remove(at) {
            self.call_bytes -= call.body.len();
        }
    }

    fn told_instead(&self) -> String {
        match self.calls.back() {
            Some(call) => {
                let body = String::from_utf8_lossy(&call.body);
                let body: String = body.chars().take(BODY_CHARS_MAX).collect();
                let call = format!("{} {} {body}", call.method, call.url);
                format!("no such call; the newest is {}", call.trim_end())
            }
            None => "no call was made".into(),
        }
    }
}

/// What is shown of a body: two lines of a terminal.
const BODY_CHARS_MAX: usize = 160;

impl StandIn for Answers {
    fn fate(&self, method: Method, url: &str) -> Option<Fate> {
        let mut inside = self.lock();
        let fits = |(of, at, _): &&(Method, CalledUrl, Fate)| *of == method && at.fits(url);
        let fate = inside.written.iter().rev().find(fits);
        let fate = fate.map(|(_, _, fate)| fate.clone());
        if fate.is_none() && inside.unanswered.len() < CALLS_MAX {
            inside.unanswered.push((method, url.to_owned()));
        }
        fate
    }

    fn heard(&self, call: HeardCall) {
        let mut inside = self.lock();
        inside.call_bytes += call.body.len();
        inside.calls.push_back(call);
        while inside.calls.len() > CALLS_MAX || inside.call_bytes > CALL_BYTES_MAX {
            inside.forget(0);
        }
    }
}
