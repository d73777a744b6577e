//! Deviations with names a shop's person knows: "결제 없이 완료", "completed without payment".

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};

use super::alignments::{AlignError, Alignment, AlignmentFitness, align};
use super::search::{Move, SearchLimits};
use crate::discovery::{PetriNet, Traces};
use crate::event_data::{Activity, Case, CaseEvents, EventLog, Names};
use crate::language::Language;

/// What was agreed on, kept in a file beside the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    tag = "rule",
    rename_all = "kebab-case",
    rename_all_fields = "kebab-case",
    deny_unknown_fields
)]
pub enum Rule {
    /// After each `activity` there is some time a `by`.
    FollowedBy {
        /// What calls for the other.
        activity: String,
        /// What must come.
        by: String,
    },
    /// No `activity` without a `by` some time before.
    PrecededBy {
        /// What needs the other.
        activity: String,
        /// What must have come.
        by: String,
    },
    /// Each case has it.
    Required {
        /// What must come.
        activity: String,
    },
    /// No case has it.
    Absent {
        /// What must not come.
        activity: String,
    },
    /// No case has it more often.
    AtMost {
        /// What may repeat.
        activity: String,
        /// How often it may come.
        times: u32,
    },
}

impl Rule {
    /// The activities that it speaks of.
    pub fn activities(&self) -> impl Iterator<Item = &str> {
        let (activity, by) = match self {
            Self::FollowedBy { activity, by } | Self::PrecededBy { activity, by } => {
                (activity, Some(by))
            }
            Self::Required { activity }
            | Self::Absent { activity }
            | Self::AtMost { activity, .. } => (activity, None),
        };
        std::iter::once(activity).chain(by).map(String::as_str)
    }
}

/// What went otherwise than meant.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(
    tag = "kind",
    rename_all = "kebab-case",
    rename_all_fields = "camelCase"
)]
pub enum DeviationKind {
    /// `done` came although `missing` had not.
    Without {
        /// What had not come.
        missing: String,
        /// What came all the same.
        done: String,
    },
    /// `activity` came, and `by` never after it.
    NotFollowed {
        /// What came.
        activity: String,
        /// What did not.
        by: String,
    },
    /// The case ended without it.
    Missing {
        /// What did not come.
        activity: String,
    },
    /// It came where nothing of the kind was meant.
    Unexpected {
        /// What came.
        activity: String,
    },
    /// It came more often than meant.
    Repeated {
        /// What came.
        activity: String,
        /// How often it may come.
        times: u32,
    },
    /// It came after what it should have come before.
    OutOfOrder {
        /// What came too late.
        activity: String,
        /// What came before it.
        after: String,
    },
}

/// A deviation and the cases that have it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deviation {
    /// What went otherwise.
    pub kind: DeviationKind,
    /// Where; each case once, in the order of the log.
    pub cases: Vec<Case>,
}

/// How a log differs from an adopted model.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelDeviations {
    /// Those of the most cases first.
    pub deviations: Vec<Deviation>,
    /// How well the log fits as a whole, and how many cases could not be compared.
    pub fitness: AlignmentFitness,
}

impl DeviationKind {
    /// Its name.
    pub fn name(&self, language: Language) -> String {
        match self {
            Self::Without { missing, done } => language.of(
                format!("{missing} 없이 {done}"),
                format!("{done} without {missing}"),
            ),
            Self::NotFollowed { activity, by } => language.of(
                format!("{activity} 뒤에 {by} 없음"),
                format!("{activity} without {by} after it"),
            ),
            Self::Missing { activity } => {
                language.of(format!("{activity} 없음"), format!("no {activity}"))
            }
            Self::Unexpected { activity } => language.of(
                format!("예정에 없던 {activity}"),
                format!("unplanned {activity}"),
            ),
            Self::Repeated { activity, times: 1 } => {
                language.of(format!("{activity} 반복"), format!("{activity} repeated"))
            }
            Self::Repeated { activity, times } => language.of(
                format!("{activity} {times}번 넘게"),
                format!("{activity} more than {times} times"),
            ),
            Self::OutOfOrder { activity, after } => language.of(
                format!("순서 바뀜: {after} 다음에 {activity}"),
                format!("out of order: {activity} after {after}"),
            ),
        }
    }
}

/// The cases that break rules. `has_ended` says of a case whether anything may still come; what is only missing yet is no deviation.
pub fn broken_rules(
    log: &EventLog,
    rules: &[Rule],
    has_ended: impl Fn(&CaseEvents<'_>) -> bool,
) -> Vec<Deviation> {
    let mut found = Found::default();
    let rules: Vec<_> = (rules.iter())
        .map(|rule| RuleOfLog::of(rule, log.activities()))
        .collect();
    for case in log.cases() {
        let ended = has_ended(&case);
        for rule in &rules {
            if rule.is_broken_by(case.activity_numbers(), ended) {
                found.add(rule.deviation.clone(), case.case);
            }
        }
    }
    found.most_first()
}

/// How the cases of a log differ from a model that was adopted.
///
/// # Errors
/// When the model is none that a log can be aligned to.
pub fn model_deviations(
    net: &PetriNet,
    log: &EventLog,
    limits: &SearchLimits,
) -> Result<ModelDeviations, AlignError> {
    let traces = Traces::of(log);
    let aligned = align(net, &traces, limits)?;
    let mut cases_of: HashMap<&[u16], Vec<Case>> = HashMap::new();
    for case in log.cases() {
        (cases_of.entry(case.activity_numbers()).or_default()).push(case.case);
    }
    let mut found = Found::default();
    for ((trace, _), alignment) in traces.traces.iter().zip(&aligned.traces) {
        let Ok(alignment) = alignment else { continue };
        if alignment.cost == 0 {
            continue;
        }
        let numbers: Vec<u16> = trace.iter().map(|activity| activity.0).collect();
        for kind in kinds(net, trace, alignment, &traces.activities) {
            for case in cases_of.get(&numbers[..]).into_iter().flatten() {
                found.add(kind.clone(), *case);
            }
        }
    }
    Ok(ModelDeviations {
        deviations: found.most_first(),
        fitness: aligned.fitness,
    })
}

/// A rule in the numbers of one log.
struct RuleOfLog {
    check: Check,
    deviation: DeviationKind,
}

/// Activities that the log does not have are none.
enum Check {
    FollowedBy(Option<u16>, Option<u16>),
    PrecededBy(Option<u16>, Option<u16>),
    Required(Option<u16>),
    AtMost(Option<u16>, u32),
}

impl RuleOfLog {
    fn of(rule: &Rule, activities: &Names) -> Self {
        let number = |name: &str| activities.find(name).and_then(|at| u16::try_from(at).ok());
        let (check, deviation) = match rule.clone() {
            Rule::FollowedBy { activity, by } => (
                Check::FollowedBy(number(&activity), number(&by)),
                DeviationKind::NotFollowed { activity, by },
            ),
            Rule::PrecededBy { activity, by } => (
                Check::PrecededBy(number(&activity), number(&by)),
                DeviationKind::Without {
                    missing: by,
                    done: activity,
                },
            ),
            Rule::Required { activity } => (
                Check::Required(number(&activity)),
                DeviationKind::Missing { activity },
            ),
            Rule::Absent { activity } => (
                Check::AtMost(number(&activity), 0),
                DeviationKind::Unexpected { activity },
            ),
            Rule::AtMost { activity, times } => (
                Check::AtMost(number(&activity), times),
                DeviationKind::Repeated { activity, times },
            ),
        };
        Self { check, deviation }
    }

    fn is_broken_by(&self, trace: &[u16], ended: bool) -> bool {
        let first = |of: Option<u16>| trace.iter().position(|one| Some(*one) == of);
        let last = |of: Option<u16>| trace.iter().rposition(|one| Some(*one) == of);
        match self.check {
            // Of the last one: all before it are followed by what follows it.
            Check::FollowedBy(activity, by) => {
                ended && last(activity).is_some_and(|at| last(by).is_none_or(|by| by <= at))
            }
            Check::PrecededBy(activity, by) => {
                first(activity).is_some_and(|at| first(by).is_none_or(|by| by >= at))
            }
            Check::Required(activity) => ended && first(activity).is_none(),
            Check::AtMost(activity, times) => {
                let count = trace.iter().filter(|one| Some(**one) == activity).count();
                count > times as usize
            }
        }
    }
}

/// The names of an alignment's differences.
fn kinds(
    net: &PetriNet,
    trace: &[Activity],
    alignment: &Alignment,
    activities: &Names,
) -> Vec<DeviationKind> {
    let name = |event: usize| activities.name(u32::from(trace[event].0));
    let sides = alignment.moves.iter().filter_map(|step| match step {
        Move::Both { event, .. } => Some(Side::Both(name(*event))),
        Move::LogOnly { event } => Some(Side::LogOnly(name(*event))),
        Move::ModelOnly { transition } => {
            let activity = net.transitions[*transition].activity.as_deref();
            activity.map(Side::ModelOnly)
        }
        Move::Silent { .. } => None,
    });
    named(&sides.collect::<Vec<_>>())
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Side<'name> {
    Both(&'name str),
    LogOnly(&'name str),
    ModelOnly(&'name str),
}

fn named(sides: &[Side<'_>]) -> Vec<DeviationKind> {
    let mut kinds = Vec::new();
    let mut is_paired = vec![false; sides.len()];
    for at in 0..sides.len() {
        let other = match sides[at] {
            Side::Both(_) => continue,
            Side::LogOnly(activity) => Side::ModelOnly(activity),
            Side::ModelOnly(activity) => Side::LogOnly(activity),
        };
        if is_paired[at] {
            continue;
        }
        // Once of the trace alone and once of the model alone: it was done, at another time.
        let pair = (at + 1..sides.len()).find(|later| !is_paired[*later] && sides[*later] == other);
        match pair.and_then(|later| moved(sides, at, later).map(|kind| (later, kind))) {
            Some((later, kind)) => {
                is_paired[later] = true;
                kinds.push(kind);
            }
            None => kinds.push(alone(sides, at)),
        }
    }
    kinds
}

/// An activity that the trace has at one place and the model at the other.
fn moved(sides: &[Side<'_>], at: usize, later: usize) -> Option<DeviationKind> {
    let mut between = (sides[at + 1..later].iter()).filter_map(|side| match side {
        Side::Both(name) => Some(*name),
        _ => None,
    });
    match sides[at] {
        // Done too early: what should have come first came after it.
        Side::LogOnly(done) => between.next().map(|first| DeviationKind::OutOfOrder {
            activity: first.to_owned(),
            after: done.to_owned(),
        }),
        // Done too late.
        Side::ModelOnly(due) => between.next_back().map(|last| DeviationKind::OutOfOrder {
            activity: due.to_owned(),
            after: last.to_owned(),
        }),
        Side::Both(_) => None,
    }
}

fn alone(sides: &[Side<'_>], at: usize) -> DeviationKind {
    match sides[at] {
        Side::ModelOnly(missing) => {
            let next = sides[at + 1..].iter().find_map(|side| match side {
                Side::Both(name) => Some(*name),
                _ => None,
            });
            match next {
                Some(done) => DeviationKind::Without {
                    missing: missing.to_owned(),
                    done: done.to_owned(),
                },
                None => DeviationKind::Missing {
                    activity: missing.to_owned(),
                },
            }
        }
        Side::LogOnly(name) | Side::Both(name) => {
            let happened = |side: &Side<'_>| matches!(side, Side::Both(other) | Side::LogOnly(other) if *other == name);
            let activity = name.to_owned();
            let elsewhere = sides.iter().filter(|side| happened(side)).count();
            if elsewhere > 1 {
                DeviationKind::Repeated { activity, times: 1 }
            } else {
                DeviationKind::Unexpected { activity }
            }
        }
    }
}

#[derive(Default)]
struct Found(BTreeMap<DeviationKind, Vec<Case>>);

impl Found {
    fn add(&mut self, kind: DeviationKind, case: Case) {
        self.0.entry(kind).or_default().push(case);
    }

    fn most_first(self) -> Vec<Deviation> {
        let mut deviations: Vec<_> = (self.0.into_iter())
            .map(|(kind, mut cases)| {
                cases.sort_unstable();
                cases.dedup();
                Deviation { kind, cases }
            })
            .collect();
        // Stable, so that deviations of equally many cases stay in the order of their kinds.
        deviations.sort_by_key(|deviation| std::cmp::Reverse(deviation.cases.len()));
        deviations
    }
}
