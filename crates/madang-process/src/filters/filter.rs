//! What a case must be like.

use std::collections::HashSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::event_data::{CaseEvents, Column, EventLog};
use crate::performance::{WorkingHours, case_span, counted_ms};

/// What a case must be like.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Filter {
    /// It lies in a stretch of time.
    Time {
        /// Not before.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<Timestamp>,
        /// Before.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        to: Option<Timestamp>,
        /// What of it must lie there.
        #[serde(default)]
        rule: TimeRule,
    },
    /// It went exactly this way.
    Variant {
        /// What was done, one after the other.
        activities: Vec<String>,
    },
    /// An attribute has one of these values.
    Attribute {
        /// The attribute.
        name: String,
        /// Its values.
        values: Vec<String>,
        /// Whose attribute it is.
        #[serde(default)]
        of: AttributeOf,
    },
    /// It began with one of these.
    Start {
        /// What may come first.
        activities: Vec<String>,
    },
    /// It ended with one of these.
    End {
        /// What may come last.
        activities: Vec<String>,
    },
    /// All of these were done.
    Contains {
        /// What was done.
        activities: Vec<String>,
    },
    /// Something was followed by something.
    FollowedBy {
        /// What came first.
        first: String,
        /// What followed.
        then: String,
        /// Whether nothing came between.
        #[serde(default)]
        directly: bool,
        /// It took at least so long.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        at_least_ms: Option<u64>,
        /// It took at most so long.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        at_most_ms: Option<u64>,
    },
    /// It took so long.
    Duration {
        /// At least.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        at_least_ms: Option<u64>,
        /// At most.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        at_most_ms: Option<u64>,
    },
    /// Something was done more than once.
    Rework {
        /// What; none: anything.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        activity: Option<String>,
    },
    /// It is not so.
    Not {
        /// What it is not like.
        filter: Box<Filter>,
    },
}

/// What of a case must lie in a stretch of time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TimeRule {
    /// Its beginning.
    #[default]
    Begins,
    /// Its end.
    Ends,
    /// All of it.
    Within,
    /// Any of it.
    Touches,
}

/// Whose attribute it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AttributeOf {
    /// Of any event of the case.
    #[default]
    Event,
    /// Of the case.
    Case,
    /// Who did any event of the case; the name of the attribute says nothing then.
    Resource,
}

/// Whether a case passes.
pub(super) type Passes<'a> = Box<dyn Fn(&CaseEvents<'_>) -> bool + 'a>;

impl Filter {
    /// The attribute that it looks at, as readers are asked for it: one of cases begins with `case:`.
    pub(super) fn attribute(&self) -> Option<String> {
        match self {
            Self::Attribute { name, of, .. } => match of {
                AttributeOf::Resource => None,
                AttributeOf::Event => Some(name.clone()),
                AttributeOf::Case => Some(format!("case:{name}")),
            },
            Self::Not { filter } => filter.attribute(),
            _ => None,
        }
    }

    /// The activities that it speaks of.
    pub(super) fn activities(&self) -> Vec<&str> {
        match self {
            Self::Variant { activities }
            | Self::Start { activities }
            | Self::End { activities }
            | Self::Contains { activities } => activities.iter().map(String::as_str).collect(),
            Self::FollowedBy { first, then, .. } => vec![first, then],
            Self::Rework { activity } => activity.iter().map(String::as_str).collect(),
            Self::Not { filter } => filter.activities(),
            Self::Time { .. } | Self::Attribute { .. } | Self::Duration { .. } => Vec::new(),
        }
    }

    /// The filter on the cases of this log: names are looked up once. `hours`: those that count in lengths of time; none of these: all do.
    pub(super) fn on<'a>(
        &'a self,
        log: &'a EventLog,
        hours: Option<&'a WorkingHours>,
    ) -> Passes<'a> {
        match self {
            Self::Time { from, to, rule } => in_time(*from, *to, *rule),
            Self::Variant { activities } => match known(log, activities) {
                Some(sequence) => Box::new(move |case| case.activity_numbers() == sequence),
                None => Box::new(|_| false),
            },
            Self::Attribute { name, values, of } => match of {
                AttributeOf::Event => of_events(log.event_columns(), name, values),
                AttributeOf::Case => of_cases(log.case_columns(), name, values),
                AttributeOf::Resource => by_resources(log, values),
            },
            Self::Start { activities } => {
                let set = numbers(log, activities);
                Box::new(move |case| {
                    case.activity_numbers()
                        .first()
                        .is_some_and(|at| set.contains(at))
                })
            }
            Self::End { activities } => {
                let set = numbers(log, activities);
                Box::new(move |case| {
                    case.activity_numbers()
                        .last()
                        .is_some_and(|at| set.contains(at))
                })
            }
            Self::Contains { activities } => match known(log, activities) {
                Some(all) => Box::new(move |case| {
                    all.iter()
                        .all(|activity| case.activity_numbers().contains(activity))
                }),
                None => Box::new(|_| false),
            },
            Self::FollowedBy {
                first,
                then,
                directly,
                at_least_ms,
                at_most_ms,
            } => match (number(log, first), number(log, then)) {
                (Some(first), Some(then)) => {
                    let within = (*at_least_ms, *at_most_ms);
                    Box::new(move |case| is_followed(case, (first, then), *directly, within, hours))
                }
                _ => Box::new(|_| false),
            },
            Self::Duration {
                at_least_ms,
                at_most_ms,
            } => {
                let within = (*at_least_ms, *at_most_ms);
                Box::new(move |case| is_within(case_span(case).counted_ms(hours), within))
            }
            Self::Rework { activity: None } => Box::new(|case| {
                let mut seen = HashSet::new();
                !case
                    .activity_numbers()
                    .iter()
                    .all(|activity| seen.insert(*activity))
            }),
            Self::Rework {
                activity: Some(activity),
            } => {
                let activity = number(log, activity);
                Box::new(move |case| {
                    let times = case
                        .activity_numbers()
                        .iter()
                        .filter(|other| Some(**other) == activity);
                    times.count() > 1
                })
            }
            Self::Not { filter } => {
                let passes = filter.on(log, hours);
                Box::new(move |case| !passes(case))
            }
        }
    }
}

fn number(log: &EventLog, name: &str) -> Option<u16> {
    // The builder keeps activities within 16 bits.
    log.activities().find(name).map(|number| number as u16)
}

fn numbers(log: &EventLog, names: &[String]) -> HashSet<u16> {
    names.iter().filter_map(|name| number(log, name)).collect()
}

/// The numbers of all names; none when the log does not know one of them.
fn known(log: &EventLog, names: &[String]) -> Option<Vec<u16>> {
    names.iter().map(|name| number(log, name)).collect()
}

fn in_time<'a>(from: Option<Timestamp>, to: Option<Timestamp>, rule: TimeRule) -> Passes<'a> {
    let from = from.map_or(i64::MIN, Timestamp::as_millisecond);
    let to = to.map_or(i64::MAX, Timestamp::as_millisecond);
    Box::new(move |case| {
        let span = case_span(case);
        let lies = |time_ms| from <= time_ms && time_ms < to;
        match rule {
            TimeRule::Begins => lies(span.first_ms),
            TimeRule::Ends => lies(span.last_ms),
            TimeRule::Within => lies(span.first_ms) && lies(span.last_ms),
            TimeRule::Touches => span.first_ms < to && from <= span.last_ms,
        }
    })
}

fn column<'a>(columns: &'a [Column], name: &str) -> Option<&'a Column> {
    columns.iter().find(|column| column.name == name)
}

fn of_events<'a>(columns: &'a [Column], name: &str, values: &'a [String]) -> Passes<'a> {
    let Some(column) = column(columns, name) else {
        return Box::new(|_| false);
    };
    Box::new(move |case| {
        let mut places = case.first_place()..case.first_place() + case.len();
        places.any(|place| {
            column
                .value(place)
                .is_some_and(|value| values.iter().any(|one| one == value))
        })
    })
}

fn of_cases<'a>(columns: &'a [Column], name: &str, values: &'a [String]) -> Passes<'a> {
    let Some(column) = column(columns, name) else {
        return Box::new(|_| false);
    };
    Box::new(move |case| {
        let value = column.value(case.case.index());
        value.is_some_and(|value| values.iter().any(|one| one == value))
    })
}

fn by_resources<'a>(log: &'a EventLog, values: &'a [String]) -> Passes<'a> {
    let wanted: HashSet<u32> = (values.iter())
        .filter_map(|name| log.resources().find(name))
        .collect();
    Box::new(move |case| {
        (0..case.len()).any(|at| case.resource(at).is_some_and(|who| wanted.contains(&who.0)))
    })
}

fn is_within(length_ms: u64, (at_least, at_most): (Option<u64>, Option<u64>)) -> bool {
    at_least.is_none_or(|least| length_ms >= least) && at_most.is_none_or(|most| length_ms <= most)
}

/// Whether any of the first is followed, in the given time, by any of the second.
fn is_followed(
    case: &CaseEvents<'_>,
    (first, then): (u16, u16),
    directly: bool,
    within: (Option<u64>, Option<u64>),
    hours: Option<&WorkingHours>,
) -> bool {
    let (activities, times) = (case.activity_numbers(), case.times_ms());
    let fits = |from: usize, to: usize| {
        counted_ms(hours, times[from], times[to]).is_some_and(|length| is_within(length, within))
    };
    if directly {
        return (1..activities.len())
            .any(|at| activities[at - 1] == first && activities[at] == then && fits(at - 1, at));
    }
    let firsts: Vec<usize> = (0..activities.len())
        .filter(|at| activities[*at] == first)
        .collect();
    (0..activities.len())
        .filter(|at| activities[*at] == then)
        .any(|to| {
            let before = firsts.partition_point(|from| *from < to);
            // Times never go back within a case: of the firsts that are early enough the latest is the nearest, and fits if any does.
            let early = firsts[..before].partition_point(|from| {
                let length = counted_ms(hours, times[*from], times[to]).unwrap_or(0);
                within.0.is_none_or(|least| length >= least)
            });
            early.checked_sub(1).is_some_and(|at| fits(firsts[at], to))
        })
}
