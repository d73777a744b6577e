//! Service levels: what must have come within a time, and what has not come although the time is over.

use serde::{Deserialize, Serialize};

use crate::event_data::{Case, CaseEvents, EventLog};
use crate::language::Language;
use crate::performance::duration_in_words;

/// A promise: after `from`, `to` within a time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ServiceLevel {
    /// What starts the clock, when it was done.
    pub from: String,
    /// What stops it.
    pub to: String,
    /// How long it may take.
    pub within_ms: u64,
    /// What ends the promise without breaking it, such as a cancellation, while there is time left.
    #[serde(default)]
    pub unless: Vec<String>,
}

/// How one clock stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// It was stopped in time.
    Kept {
        /// How long it took.
        took_ms: u64,
    },
    /// It was stopped too late.
    Late {
        /// How long it took.
        took_ms: u64,
    },
    /// It runs, and there is time left.
    Running {
        /// How much.
        left_ms: u64,
    },
    /// It runs although the time is over, or did when the promise was ended: who cancels because it took too long was not served in time.
    Overdue {
        /// Since the start.
        waited_ms: u64,
    },
    /// The promise was ended while there was time left.
    Ended,
}

/// One start of the clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clock {
    /// Of which case.
    pub case: Case,
    /// The place of the starting event in the case.
    pub event: usize,
    /// When it was started.
    pub started_ms: i64,
    /// How it stands.
    pub standing: Standing,
}

/// How well a promise is kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServiceLevelReport {
    /// Clocks stopped in time.
    pub kept: u64,
    /// Clocks stopped too late.
    pub late: u64,
    /// Clocks that run with time left.
    pub running: u64,
    /// Clocks that run over their time.
    pub overdue: u64,
    /// Promises that were ended.
    pub ended: u64,
    /// The late and the overdue ones, those that took longest first.
    pub broken: Vec<Clock>,
}

impl ServiceLevel {
    /// The promise as a sentence.
    pub fn sentence(&self, language: Language) -> String {
        let (from, to) = (&self.from, &self.to);
        let within = duration_in_words(self.within_ms, language);
        language.of(
            format!("{from} 뒤 {within} 안에 {to}"),
            format!("{to} within {within} of {from}"),
        )
    }

    /// What is said when it has not come.
    pub fn absence(&self, language: Language) -> String {
        let (from, to) = (&self.from, &self.to);
        let within = duration_in_words(self.within_ms, language);
        language.of(
            format!("{from} 뒤 {within} 안에 {to} 없음"),
            format!("no {to} within {within} of {from}"),
        )
    }

    /// Every clock of one case, in the order of their starts. A start while a clock runs starts no other.
    ///
    /// `elapsed` is the time between two moments that counts: all of it, or that of business hours.
    pub fn clocks(
        &self,
        log: &EventLog,
        case: CaseEvents<'_>,
        now_ms: i64,
        elapsed: impl Fn(i64, i64) -> u64,
    ) -> Vec<Clock> {
        self.of_log(log).clocks(case, now_ms, elapsed)
    }

    /// All clocks of a log, counted. `now_ms` is when one looks: what has not come by then, has not come.
    pub fn measure(
        &self,
        log: &EventLog,
        now_ms: i64,
        elapsed: impl Fn(i64, i64) -> u64,
    ) -> ServiceLevelReport {
        let level = self.of_log(log);
        let mut report = ServiceLevelReport::default();
        for case in log.cases() {
            for clock in level.clocks(case, now_ms, &elapsed) {
                report.add(clock);
            }
        }
        report.broken.sort_by_key(|clock| {
            let took = std::cmp::Reverse(clock.standing.took_ms());
            (took, clock.case, clock.event)
        });
        report
    }

    fn of_log(&self, log: &EventLog) -> LevelOfLog {
        let number = |name: &String| {
            (log.activities().find(name)).and_then(|number| u16::try_from(number).ok())
        };
        LevelOfLog {
            from: number(&self.from),
            to: number(&self.to),
            unless: self.unless.iter().filter_map(number).collect(),
            within_ms: self.within_ms,
        }
    }
}

impl Standing {
    /// How long it took, or has taken until now; nothing of clocks that are not over their time and still run, or were ended.
    pub fn took_ms(self) -> Option<u64> {
        match self {
            Self::Kept { took_ms } | Self::Late { took_ms } => Some(took_ms),
            Self::Overdue { waited_ms } => Some(waited_ms),
            Self::Running { .. } | Self::Ended => None,
        }
    }
}

impl ServiceLevelReport {
    /// The share of promises kept among those that are decided; none when none is.
    pub fn kept_share(&self) -> Option<f64> {
        let decided = self.kept + self.late + self.overdue;
        (decided > 0).then(|| self.kept as f64 / decided as f64)
    }

    fn add(&mut self, clock: Clock) {
        match clock.standing {
            Standing::Kept { .. } => self.kept += 1,
            Standing::Running { .. } => self.running += 1,
            Standing::Ended => self.ended += 1,
            Standing::Late { .. } => {
                self.late += 1;
                self.broken.push(clock);
            }
            Standing::Overdue { .. } => {
                self.overdue += 1;
                self.broken.push(clock);
            }
        }
    }
}

/// A promise in the numbers of one log. Activities that the log does not have are none.
struct LevelOfLog {
    from: Option<u16>,
    to: Option<u16>,
    unless: Vec<u16>,
    within_ms: u64,
}

impl LevelOfLog {
    fn clocks(
        &self,
        case: CaseEvents<'_>,
        now_ms: i64,
        elapsed: impl Fn(i64, i64) -> u64,
    ) -> Vec<Clock> {
        let mut clocks = Vec::new();
        let mut running: Option<(usize, i64)> = None;
        let mut stop = |running: &mut Option<(usize, i64)>, standing: &dyn Fn(i64) -> Standing| {
            if let Some((event, started_ms)) = running.take() {
                clocks.push(Clock {
                    case: case.case,
                    event,
                    started_ms,
                    standing: standing(started_ms),
                });
            }
        };
        for (event, (activity, time_ms)) in
            (case.activity_numbers().iter().zip(case.times_ms())).enumerate()
        {
            // What happens after one looks has not happened yet.
            if *time_ms > now_ms {
                break;
            }
            if Some(*activity) == self.to {
                stop(&mut running, &|started_ms| {
                    self.stopped(elapsed(started_ms, *time_ms))
                });
            } else if self.unless.contains(activity) {
                stop(&mut running, &|started_ms| {
                    self.cancelled(elapsed(started_ms, *time_ms))
                });
            }
            if Some(*activity) == self.from && running.is_none() {
                running = Some((event, *time_ms));
            }
        }
        stop(&mut running, &|started_ms| {
            self.open(elapsed(started_ms, now_ms))
        });
        clocks
    }

    fn stopped(&self, took_ms: u64) -> Standing {
        if took_ms <= self.within_ms {
            Standing::Kept { took_ms }
        } else {
            Standing::Late { took_ms }
        }
    }

    fn cancelled(&self, waited_ms: u64) -> Standing {
        match self.open(waited_ms) {
            Standing::Running { .. } => Standing::Ended,
            over => over,
        }
    }

    fn open(&self, waited_ms: u64) -> Standing {
        match self.within_ms.checked_sub(waited_ms) {
            Some(left_ms) => Standing::Running { left_ms },
            None => Standing::Overdue { waited_ms },
        }
    }
}
