//! `--follow`: what is known of a log is kept up as more of it comes, and told whenever it has changed.

use std::io::{self, IsTerminal as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use madang_process::event_data::{LogLimits, NewEvent};
use madang_process::live::{LiveIndex, LiveLimits};
use madang_process::performance::grouped;
use madang_process::read::csv::CsvSettings;
use madang_process::read::{GrowingCsv, RejectedRows};
use madang_process::report::{Section, Words};
use serde_json::json;
use tokio::runtime::Runtime;

use super::asked::Asked;
use super::fault::Fault;
use super::found::{FileRead, Found, title};
use super::growing::{Came, Comes, Growing};
use super::plan::Plan;
use super::text;
use crate::arguments::Mine;
use crate::failure::Failure;
use crate::output::Output;

/// Clears a terminal, so that a state stands where the one before stood.
const CLEAR: &str = "\x1b[H\x1b[2J\x1b[3J";

/// Follows one log until its end or a signal. Rows that were not taken are told, and are no failure.
///
/// # Errors
/// [`Failure`].
pub fn follow(
    arguments: &Mine,
    plan: &Plan,
    runtime: &Runtime,
    output: &mut Output<'_>,
) -> Result<(), Failure> {
    let name = match arguments.logs.as_slice() {
        [name] => name,
        logs => return Err(Fault::FollowsOne { logs: logs.len() }.into()),
    };
    if Path::new(name).is_dir() {
        let path = PathBuf::from(name);
        return Err(Fault::FollowsFolder { path }.into());
    }
    let mut growing = Growing::begin(name, runtime).map_err(|source| Fault::Unfollowed {
        name: name.clone(),
        source,
    })?;
    let begin = Instant::now();
    let mut followed = Followed::new(name, plan);
    let every = Duration::from_secs(arguments.told.every.into());
    let clears = io::stdout().is_terminal();
    let tell = |found: &Found<'_>| match arguments.told.json {
        true => Ok(output.json(&found.json(plan.language))?),
        false => {
            let clear = if clears { CLEAR } else { "" };
            let summary = text::summary(found, plan.language);
            Ok(output.line(&format!("{clear}{summary}\n"))?)
        }
    };
    keep_up(&mut followed, &mut growing, every, || begin.elapsed(), tell)
}

/// Takes what comes, and tells what is known: at most once every so often, and at the end.
fn keep_up(
    followed: &mut Followed<'_>,
    comes: &mut impl Comes,
    every: Duration,
    now: impl Fn() -> Duration,
    mut tell: impl FnMut(&Found<'_>) -> Result<(), Failure>,
) -> Result<(), Failure> {
    // When it may be told again; what has come since is not told yet.
    let (mut next, mut is_changed) = (Duration::ZERO, false);
    loop {
        let wait = is_changed.then(|| next.saturating_sub(now()));
        if wait == Some(Duration::ZERO) {
            tell(&followed.found()?)?;
            (next, is_changed) = (now() + every, false);
            continue;
        }
        match comes.next(wait) {
            Came::Bytes(bytes) => is_changed |= followed.take(&bytes)?,
            Came::Anew => is_changed |= followed.anew()?,
            Came::Nothing => {}
            Came::End => {
                followed.end()?;
                return tell(&followed.found()?);
            }
            Came::Failed(source) => {
                let name = followed.name.clone();
                return Err(Fault::Unfollowed { name, source }.into());
            }
        }
    }
}

/// A log that is followed.
struct Followed<'plan> {
    name: String,
    plan: &'plan Plan,
    csv: GrowingCsv,
    index: LiveIndex,
    /// What was not taken of logs that had the name before.
    rejected: RejectedRows,
}

impl<'plan> Followed<'plan> {
    fn new(name: &str, plan: &'plan Plan) -> Self {
        Self {
            name: name.to_owned(),
            plan,
            csv: csv(name, plan),
            index: LiveIndex::new(LiveLimits::default()),
            rejected: RejectedRows::default(),
        }
    }

    /// Takes more of the log; whether anything is known now that was not.
    fn take(&mut self, bytes: &[u8]) -> Result<bool, Fault> {
        let before = self.counts();
        let index = &mut self.index;
        let taken = self.csv.take(bytes, &mut |event| push(index, event));
        taken.map_err(Fault::Read)?;
        Ok(self.counts() != before)
    }

    fn end(&mut self) -> Result<bool, Fault> {
        let before = self.counts();
        let index = &mut self.index;
        // A log without anything in it was followed all the same.
        if self.csv.has_begun() {
            let ended = self.csv.end(&mut |event| push(index, event));
            ended.map_err(Fault::Read)?;
        }
        Ok(self.counts() != before)
    }

    /// Another log has the name: its cases go on those of the one before.
    fn anew(&mut self) -> Result<bool, Fault> {
        let is_changed = self.end()?;
        if let Some(rejected) = self.csv.rejected() {
            self.rejected.append(rejected.clone());
        }
        self.csv = csv(&self.name, self.plan);
        Ok(is_changed)
    }

    /// How many events were counted, came too late, and rows were refused.
    fn counts(&self) -> [u64; 3] {
        let rejected = self.csv.rejected().map_or(0, |rejected| rejected.count);
        let (counted, too_late) = (self.index.counted(), self.index.too_late());
        [counted, too_late, self.rejected.count + rejected]
    }

    /// All that is known now.
    fn found(&self) -> Result<Found<'plan>, Fault> {
        let findings = (self.index.findings()).map_err(|source| Fault::TooManyLive {
            name: self.name.clone(),
            source,
        })?;
        let mut rejected = self.rejected.clone();
        rejected.append(self.csv.rejected().cloned().unwrap_or_default());
        let files = vec![FileRead {
            name: self.name.clone(),
            events: usize::try_from(self.index.counted()).unwrap_or(usize::MAX),
            mapping: self.csv.mapping().cloned(),
            rejected,
            is_journal: false,
        }];
        let title = title(&files);
        Ok(Found::of(title, findings, files, self.about(), self.plan))
    }

    /// What is to be said about what is known: that it goes on, and what was counted otherwise than in a whole log.
    fn about(&self) -> Asked {
        let (open, twice) = (self.index.open_cases().len(), self.index.counted_twice());
        let too_late = self.index.too_late();
        let mut about = Asked::default();
        about.values.insert(
            "live".to_owned(),
            json!({ "open_cases": open, "counted_twice": twice, "too_late": too_late }),
        );
        let count = |count: u64| grouped(count);
        let mut lines = vec![Words::new(
            format!(
                "더 이어질 수 있는 사례 {}개를 보고 있어요.",
                count(open as u64)
            ),
            format!("{} cases may go on.", count(open as u64)),
        )];
        if twice > 0 {
            lines.push(Words::new(
                format!(
                    "오래 잠잠하다 다시 이어진 사례 {}개는 둘로 세었어요.",
                    count(twice)
                ),
                format!(
                    "{} cases that went on after they had been still for long count as two.",
                    count(twice)
                ),
            ));
        }
        if too_late > 0 {
            lines.push(Words::new(
                format!("너무 늦게 온 이벤트 {}개는 세지 않았어요.", count(too_late)),
                format!("{} events came too late to be counted.", count(too_late)),
            ));
        }
        about.sections.push(Section {
            title: Words::new("계속 보는 중", "Followed"),
            lines,
            ..Section::default()
        });
        about
    }
}

fn csv(name: &str, plan: &Plan) -> GrowingCsv {
    let settings = CsvSettings {
        wish: plan.settings.wish.clone(),
        text: plan.settings.text.clone(),
        limits: LogLimits::default(),
        ..CsvSettings::default()
    };
    GrowingCsv::new(name, settings)
}

fn push(
    index: &mut LiveIndex,
    event: &NewEvent<'_>,
) -> Result<(), madang_process::event_data::TooMany> {
    index.push(event).map(|_| ())
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::collections::VecDeque;

    use clap::Parser as _;
    use serde_json::Value;

    use super::*;
    use crate::arguments::{Arguments, Command};

    /// Comes at its times, by a clock of its own.
    struct Script<'clock> {
        clock: &'clock Cell<Duration>,
        /// When, in milliseconds, and what.
        left: VecDeque<(u64, Came)>,
    }

    impl Comes for Script<'_> {
        fn next(&mut self, within: Option<Duration>) -> Came {
            let Some((at, _)) = self.left.front() else {
                return Came::End;
            };
            let at = Duration::from_millis(*at).max(self.clock.get());
            let until = within.map_or(at, |within| self.clock.get() + within);
            self.clock.set(at.min(until));
            match at <= until {
                true => self.left.pop_front().map_or(Came::End, |(_, came)| came),
                false => Came::Nothing,
            }
        }
    }

    fn plan() -> Plan {
        let words = ["madang", "mine", "-", "--follow"];
        match Arguments::parse_from(words).command {
            Command::Mine(mine) => Plan::of(&mine).expect("nothing is wrong with it"),
            _ => panic!("it is `mine`"),
        }
    }

    /// What is told, each with its time in milliseconds.
    fn told(script: Vec<(u64, Came)>, every_ms: u64) -> Vec<(u64, Value)> {
        let (plan, clock) = (plan(), Cell::new(Duration::ZERO));
        let mut followed = Followed::new("-", &plan);
        let mut script = Script {
            clock: &clock,
            left: script.into(),
        };
        let mut states = Vec::new();
        let ended = keep_up(
            &mut followed,
            &mut script,
            Duration::from_millis(every_ms),
            || clock.get(),
            |found| {
                states.push((clock.get().as_millis() as u64, found.json(plan.language)));
                Ok(())
            },
        );
        assert!(ended.is_ok(), "it ends well");
        states
    }

    fn came(text: &str) -> Came {
        Came::Bytes(text.as_bytes().to_vec())
    }

    const HEADER: &str = "case,activity,time,resource\n";

    #[test]
    fn a_state_is_told_when_it_has_changed_and_not_too_often() {
        let states = told(
            vec![
                (0, came(HEADER)),
                (500, came("1,a,2026-11-22 12:00:00,x\n")),
                (600, came("1,b,2026-11-22 12:01:00,x\n2,a,2026-11")),
                (900, came("-22 12:02:00,y\n")),
                (2_000, came("2,b,soon,y\n")),
                (9_000, came("3")),
                (9_100, came(",a,2026-11-22 12:03:00,y")),
            ],
            1_000,
        );
        let counts: Vec<(u64, u64, u64, u64)> = (states.iter())
            .map(|(at, state)| {
                let count = |name: &str| state[name].as_u64().unwrap_or(u64::MAX);
                (*at, count("cases"), count("events"), count("rejected"))
            })
            .collect();
        assert_eq!(
            counts,
            [
                (500, 1, 1, 0),
                (1_500, 2, 3, 0),
                (2_500, 2, 3, 1),
                (9_100, 3, 4, 1),
            ]
        );
        let last = &states[3].1;
        assert_eq!(
            last["live"],
            json!({ "open_cases": 3, "counted_twice": 0, "too_late": 0 })
        );
        assert_eq!(last["files"][0]["mapping"]["case"]["name"], "case");
        assert_eq!(last["edges"][0]["waiting"]["median_ms"], 60_000);
    }

    #[test]
    fn a_log_that_takes_the_name_goes_on_and_has_a_header_of_its_own() {
        let states = told(
            vec![
                (
                    0,
                    came(&format!("{HEADER}1,a,2026-11-22 12:00:00,x\nbad\n")),
                ),
                (10, Came::Anew),
                (
                    20,
                    came("activity,time,case\nb,2026-11-22 12:05:00,1\nbad\n"),
                ),
            ],
            1_000,
        );
        let last = &states.last().expect("a state").1;
        assert_eq!(last["cases"], 1);
        assert_eq!(last["rejected"], 2);
        assert_eq!(last["edges"][0]["waiting"]["median_ms"], 300_000);
    }

    #[test]
    fn cases_that_go_on_after_they_were_folded_are_told() {
        let mut rows = HEADER.to_owned();
        let events = LiveLimits::default().open_events_max + 1;
        for at in 0..events {
            let (case, second) = (at / 2, at / 2 % 60);
            rows.push_str(&format!(
                "{case},a,2026-11-22 12:{:02}:{second:02},x\n",
                at / 120 % 60
            ));
        }
        let states = told(
            vec![(0, came(&rows)), (10, came("0,b,2026-11-23 12:00:00,x\n"))],
            1_000,
        );
        let last = &states.last().expect("a state").1;
        assert_eq!(last["live"]["counted_twice"], 1);
        assert_eq!(last["events"], events + 1);
    }

    #[test]
    fn nothing_comes_and_nothing_is_wrong() {
        let states = told(Vec::new(), 1_000);
        assert_eq!(states.len(), 1);
        assert_eq!(states[0].1["events"], 0);
    }
}
