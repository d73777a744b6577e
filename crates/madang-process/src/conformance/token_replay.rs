//! Token replay: each trace is played on the net, and what tokens are missing or left over is counted.

use std::collections::{HashMap, VecDeque};

use super::search::{Differences, Move, SearchLimits, Searches};
use super::steps::{Marking, NetError, Steps};
use crate::discovery::{PetriNet, Traces};
use crate::event_data::Activity;

/// The tokens of one trace.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Replayed {
    /// Put by transitions, and by the start.
    pub produced: u64,
    /// Taken by transitions, and by the end.
    pub consumed: u64,
    /// Not there when they were to be taken.
    pub missing: u64,
    /// Left over at the end.
    pub remaining: u64,
}

impl Replayed {
    /// Whether the trace is a way through the model.
    pub fn fits(&self) -> bool {
        self.missing == 0 && self.remaining == 0
    }

    /// From 0 to 1: half for the tokens that were there, half for those that were used up.
    pub fn fitness(&self) -> f64 {
        let share = |part: u64, whole: u64| match whole {
            0 => 0.0,
            whole => part as f64 / whole as f64,
        };
        1.0 - share(self.missing, self.consumed) / 2.0 - share(self.remaining, self.produced) / 2.0
    }
}

/// The tokens of a whole log.
#[derive(Clone, Debug, PartialEq)]
pub struct LogReplay {
    /// Of each trace of the log, in its order.
    pub traces: Vec<Replayed>,
    /// Over the tokens of all cases together.
    pub fitness: f64,
    /// The mean over cases.
    pub case_mean: f64,
    /// Cases.
    pub cases: u64,
    /// Cases without missing or remaining tokens.
    pub fitting_cases: u64,
}

/// Plays every trace of a log.
///
/// A trace that fits is played along a way without differences, which a search finds. Where there is none, or the search is given up, each event is
/// played as it comes, silent transitions by the shortest way to what enables it. An event that the model knows nothing of counts as a token that was
/// missing and one that remains.
///
/// # Errors
/// When the net is broken.
pub fn replay(
    net: &PetriNet,
    traces: &Traces,
    limits: &SearchLimits,
) -> Result<LogReplay, NetError> {
    let steps = Steps::of(net, &traces.activities)?;
    let mut player = Player {
        net: &steps,
        ways: HashMap::new(),
        markings_max: limits.states_max.min(SILENT_MARKINGS_MAX) as usize,
    };
    let mut replay = LogReplay {
        traces: Vec::with_capacity(traces.traces.len()),
        fitness: 1.0,
        case_mean: 1.0,
        cases: 0,
        fitting_cases: 0,
    };
    let mut searches = Searches::new(&steps, limits);
    let mut sum = Replayed::default();
    let mut fitness_sum = 0.0;
    for (trace, cases) in &traces.traces {
        let replayed = match searches.cheapest(trace, Differences::None) {
            Ok((moves, _)) => along(&steps, &moves),
            Err(_) => player.play(trace),
        };
        sum.add(&replayed, *cases);
        fitness_sum += replayed.fitness() * *cases as f64;
        replay.cases += cases;
        if replayed.fits() {
            replay.fitting_cases += cases;
        }
        replay.traces.push(replayed);
    }
    if replay.cases > 0 {
        replay.fitness = sum.fitness();
        replay.case_mean = fitness_sum / replay.cases as f64;
    }
    Ok(replay)
}

/// Markings that are looked at for one event's way through silence: more are never needed by a net whose silence is folded, and each event may need them.
const SILENT_MARKINGS_MAX: u32 = 10_000;

/// The tokens of a way without differences.
fn along(net: &Steps, moves: &[Move]) -> Replayed {
    let mut replayed = Replayed {
        produced: tokens(&net.start),
        consumed: tokens(&net.end),
        ..Replayed::default()
    };
    for step in moves {
        if let Move::Both { transition, .. } | Move::Silent { transition } = step {
            replayed.fire(net, *transition);
        }
    }
    replayed
}

fn tokens(marking: &Marking) -> u64 {
    marking.iter().map(|tokens| u64::from(*tokens)).sum()
}

impl Replayed {
    fn fire(&mut self, net: &Steps, transition: usize) {
        let step = &net.steps[transition];
        let sum = |arcs: &[(usize, u8)]| arcs.iter().map(|arc| u64::from(arc.1)).sum::<u64>();
        self.consumed += sum(&step.takes);
        self.produced += sum(&step.puts);
    }

    fn add(&mut self, other: &Self, cases: u64) {
        self.produced += other.produced * cases;
        self.consumed += other.consumed * cases;
        self.missing += other.missing * cases;
        self.remaining += other.remaining * cases;
    }
}

/// What a way through silence leads to.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Goal {
    Activity(Activity),
    End,
}

/// The silent transitions of a way; none where there is no way.
type Way = Option<Vec<u32>>;

struct Player<'net> {
    net: &'net Steps,
    /// Ways through silence that were looked for before.
    ways: HashMap<(Vec<u8>, Goal), Way>,
    markings_max: usize,
}

impl Player<'_> {
    fn play(&mut self, trace: &[Activity]) -> Replayed {
        let mut marking = self.net.start.clone();
        let mut replayed = Replayed {
            produced: tokens(&marking),
            ..Replayed::default()
        };
        for activity in trace {
            if self.net.of_activity(*activity).is_empty() {
                replayed.add(&UNKNOWN, 1);
                continue;
            }
            self.go(Goal::Activity(*activity), &mut marking, &mut replayed);
            let transition = self.nearest(*activity, &marking);
            replayed.missing += self.force(transition, &mut marking);
            replayed.fire(self.net, transition as usize);
        }
        self.go(Goal::End, &mut marking, &mut replayed);
        for (has, end) in marking.iter().zip(&self.net.end) {
            replayed.missing += u64::from(end.saturating_sub(*has));
            replayed.remaining += u64::from(has.saturating_sub(*end));
        }
        replayed.consumed += tokens(&self.net.end);
        replayed
    }

    /// Fires the silent transitions that lead to the goal, if any do.
    fn go(&mut self, goal: Goal, marking: &mut [u8], replayed: &mut Replayed) {
        let key = (marking.to_vec(), goal);
        let way = match self.ways.get(&key) {
            Some(way) => way.clone(),
            None => {
                let way = self.way(goal, marking);
                // What is kept is bounded like the search itself.
                if self.ways.len() < self.markings_max {
                    self.ways.insert(key, way.clone());
                }
                way
            }
        };
        for transition in way.into_iter().flatten() {
            self.force(transition, marking);
            replayed.fire(self.net, transition as usize);
        }
    }

    /// The shortest way through silence, breadth first.
    fn way(&self, goal: Goal, from: &Marking) -> Way {
        let mut came_by: HashMap<Vec<u8>, Option<(Vec<u8>, u32)>> =
            HashMap::from([(from.to_vec(), None)]);
        let mut open = VecDeque::from([from.to_vec()]);
        let mut next = Vec::new();
        while let Some(marking) = open.pop_front() {
            if self.is_reached(goal, &marking, &mut next) {
                return Some(way_back(&came_by, marking));
            }
            for transition in &self.net.silent {
                if came_by.len() < self.markings_max
                    && self.net.fire(*transition, &marking, &mut next)
                    && !came_by.contains_key(&next)
                {
                    came_by.insert(next.clone(), Some((marking.clone(), *transition)));
                    open.push_back(next.clone());
                }
            }
        }
        None
    }

    fn is_reached(&self, goal: Goal, marking: &Marking, next: &mut Vec<u8>) -> bool {
        match goal {
            Goal::Activity(activity) => (self.net.of_activity(activity).iter())
                .any(|transition| self.net.fire(*transition, marking, next)),
            Goal::End => (marking.iter().zip(&self.net.end)).all(|(has, end)| has >= end),
        }
    }

    /// Of the transitions for an activity the one that lacks the fewest tokens.
    fn nearest(&self, activity: Activity, marking: &Marking) -> u32 {
        let lacks = |transition: &u32| -> u64 {
            (self.net.steps[*transition as usize].takes.iter())
                .map(|(place, tokens)| u64::from(tokens.saturating_sub(marking[*place])))
                .sum()
        };
        (self.net.of_activity(activity).iter().copied())
            .min_by_key(lacks)
            .expect("activities without transitions are not played")
    }

    /// Fires a transition whether or not its tokens are there, and says how many were not.
    fn force(&self, transition: u32, marking: &mut [u8]) -> u64 {
        let step = &self.net.steps[transition as usize];
        let mut missing = 0;
        for (place, tokens) in &step.takes {
            missing += u64::from(tokens.saturating_sub(marking[*place]));
            marking[*place] = marking[*place].saturating_sub(*tokens);
        }
        for (place, tokens) in &step.puts {
            // More than 255 tokens on one place mean a trace that does not fit at all; its remaining tokens are counted up to there.
            marking[*place] = marking[*place].saturating_add(*tokens);
        }
        missing
    }
}

/// An event that no transition stands for.
const UNKNOWN: Replayed = Replayed {
    produced: 1,
    consumed: 1,
    missing: 1,
    remaining: 1,
};

fn way_back(came_by: &HashMap<Vec<u8>, Option<(Vec<u8>, u32)>>, mut marking: Vec<u8>) -> Vec<u32> {
    let mut way = Vec::new();
    while let Some((before, transition)) = &came_by[&marking] {
        way.push(*transition);
        marking.clone_from(before);
    }
    way.reverse();
    way
}
