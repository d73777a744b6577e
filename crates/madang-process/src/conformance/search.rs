//! The cheapest way of a trace through a net: A* over pairs of a marking and a place in the trace.

use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};

use super::steps::{Marking, Steps};
use crate::event_data::Activity;

/// How far a search may go before it is given up.
#[derive(Clone, Copy, Debug)]
pub struct SearchLimits {
    /// Pairs of a marking and a place in the trace that are looked at for one trace.
    pub states_max: u32,
    /// The same for all traces of a log together: the rarest, which are looked at last, are given up.
    pub states_all_max: u64,
    /// What the markings of one trace may take.
    pub memory_bytes_max: usize,
}

impl Default for SearchLimits {
    fn default() -> Self {
        Self {
            // A trace that needs more takes longer than a second, and a log has thousands.
            states_max: 1_000_000,
            // Some minutes: who waits longer has chosen the wrong model.
            states_all_max: 200_000_000,
            memory_bytes_max: 256 << 20,
        }
    }
}

/// Why there is no way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SearchError {
    /// The limit came first.
    #[error("given up after {0} states: the model allows too much at once")]
    TooManyStates(u32),
    /// From its start the net cannot come to its end.
    #[error("the model has no way from its start to its end")]
    NoEnd,
}

/// One move of the trace, the model or both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Move {
    /// The event is what the model does here.
    Both {
        /// Its place in the trace.
        event: usize,
        /// The net's transition.
        transition: usize,
    },
    /// The model has no such event here.
    LogOnly {
        /// Its place in the trace.
        event: usize,
    },
    /// The model does something here that did not happen.
    ModelOnly {
        /// The net's transition.
        transition: usize,
    },
    /// The model goes on unseen.
    Silent {
        /// The net's transition.
        transition: usize,
    },
}

/// Whether trace and model may differ.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Differences {
    /// One each for a move of one alone.
    AtACost,
    /// Only a way without any counts.
    None,
}

/// The searches of one log, which share what they may spend.
pub(super) struct Searches<'net> {
    net: &'net Steps,
    limits: SearchLimits,
    states_left: u64,
}

impl<'net> Searches<'net> {
    pub(super) fn new(net: &'net Steps, limits: &SearchLimits) -> Self {
        Self {
            net,
            limits: *limits,
            states_left: limits.states_all_max,
        }
    }

    /// The moves of the cheapest way and what it costs: one for each move of the trace or the model alone.
    pub(super) fn cheapest(
        &mut self,
        trace: &[Activity],
        differences: Differences,
    ) -> Result<(Vec<Move>, u32), SearchError> {
        let left = u32::try_from(self.states_left).unwrap_or(u32::MAX);
        let limits = SearchLimits {
            states_max: self.limits.states_max.min(left),
            ..self.limits
        };
        let mut search = Search::new(self.net, trace, differences);
        let found = search.run(&limits);
        self.states_left -= (search.nodes.len() as u64).min(self.states_left);
        found
    }
}

const NONE: u32 = u32::MAX;

struct Node {
    at: u32,
    cost: u32,
    parent: u32,
    /// The transition that led here; none for a move of the trace alone.
    transition: u32,
    is_event: bool,
    is_done: bool,
}

struct Search<'net> {
    net: &'net Steps,
    trace: &'net [Activity],
    differences: Differences,
    /// For each place in the trace how many events from there on the net knows nothing of: what the rest costs at least.
    rest: Vec<u32>,
    nodes: Vec<Node>,
    markings: Vec<u8>,
    seen: HashTable<u32>,
    hasher: DefaultHashBuilder,
    /// Open nodes by their cost and what the rest costs at least; the newest of a cost is looked at first, so that a way without differences is gone
    /// straight to its end.
    open: Vec<Vec<u32>>,
}

impl<'net> Search<'net> {
    fn new(net: &'net Steps, trace: &'net [Activity], differences: Differences) -> Self {
        let mut rest = vec![0; trace.len() + 1];
        for (at, activity) in trace.iter().enumerate().rev() {
            rest[at] = rest[at + 1] + u32::from(net.of_activity(*activity).is_empty());
        }
        Self {
            net,
            trace,
            differences,
            rest,
            nodes: Vec::new(),
            markings: Vec::new(),
            seen: HashTable::new(),
            hasher: DefaultHashBuilder::default(),
            open: Vec::new(),
        }
    }

    fn run(&mut self, limits: &SearchLimits) -> Result<(Vec<Move>, u32), SearchError> {
        let bytes = self.net.start.len() + size_of::<Node>() + 2 * size_of::<u32>();
        let fitting = u32::try_from(limits.memory_bytes_max / bytes).unwrap_or(NONE - 1);
        let most = limits.states_max.min(fitting);
        let start = self.net.start.clone();
        self.reach(&start, 0, 0, NONE, NONE, false);
        let mut marking = Vec::new();
        let mut next = Vec::new();
        let mut bucket = 0;
        while bucket < self.open.len() {
            let Some(node) = self.open[bucket].pop() else {
                bucket += 1;
                continue;
            };
            if std::mem::replace(&mut self.nodes[node as usize].is_done, true) {
                continue;
            }
            marking.clear();
            marking.extend_from_slice(self.marking(node));
            if self.is_end(node, &marking) {
                return Ok((self.moves(node), self.nodes[node as usize].cost));
            }
            if self.nodes.len() as u32 >= most {
                return Err(SearchError::TooManyStates(most));
            }
            self.expand(node, &marking, &mut next);
        }
        Err(SearchError::NoEnd)
    }

    fn is_end(&self, node: u32, marking: &Marking) -> bool {
        self.nodes[node as usize].at as usize == self.trace.len() && *marking == self.net.end[..]
    }

    fn expand(&mut self, node: u32, marking: &Marking, next: &mut Vec<u8>) {
        let net = self.net;
        let Node {
            at,
            cost,
            transition,
            is_event,
            ..
        } = self.nodes[node as usize];
        let may_differ = self.differences == Differences::AtACost;
        // Moves of the model come before moves of the trace: both orders cost the same and lead to the same place.
        let after_log_only = is_event && transition == NONE;
        if !after_log_only {
            if may_differ {
                for step in &net.visible {
                    if net.fire(*step, marking, next) {
                        self.reach(next, at, cost + 1, node, *step, false);
                    }
                }
            }
            for step in net.silent.iter().rev() {
                if net.fire(*step, marking, next) {
                    self.reach(next, at, cost, node, *step, false);
                }
            }
        }
        let Some(activity) = self.trace.get(at as usize) else {
            return;
        };
        if may_differ {
            self.reach(marking, at + 1, cost + 1, node, NONE, true);
        }
        for step in net.of_activity(*activity).iter().rev() {
            if net.fire(*step, marking, next) {
                self.reach(next, at + 1, cost, node, *step, true);
            }
        }
    }

    fn reach(
        &mut self,
        marking: &Marking,
        at: u32,
        cost: u32,
        parent: u32,
        transition: u32,
        is_event: bool,
    ) {
        let hash = self.hasher.hash_one((marking, at));
        let places = marking.len();
        let (markings, nodes) = (&self.markings, &self.nodes);
        let same = |node: &u32| {
            nodes[*node as usize].at == at
                && markings[*node as usize * places..][..places] == *marking
        };
        let reached = Node {
            at,
            cost,
            parent,
            transition,
            is_event,
            is_done: false,
        };
        let node = match self.seen.find(hash, same) {
            Some(node) => {
                let known = &mut self.nodes[*node as usize];
                if known.is_done || known.cost <= cost {
                    return;
                }
                *known = reached;
                *node
            }
            None => {
                let node = self.nodes.len() as u32;
                self.nodes.push(reached);
                self.markings.extend_from_slice(marking);
                let (markings, nodes, hasher) = (&self.markings, &self.nodes, &self.hasher);
                self.seen.insert_unique(hash, node, |node| {
                    let marking = &markings[*node as usize * places..][..places];
                    hasher.hash_one((marking, nodes[*node as usize].at))
                });
                node
            }
        };
        let at_least = (cost + self.rest[at as usize]) as usize;
        if self.open.len() <= at_least {
            self.open.resize(at_least + 1, Vec::new());
        }
        self.open[at_least].push(node);
    }

    fn marking(&self, node: u32) -> &Marking {
        let places = self.net.start.len();
        &self.markings[node as usize * places..][..places]
    }

    fn moves(&self, end: u32) -> Vec<Move> {
        let mut moves = Vec::new();
        let mut node = &self.nodes[end as usize];
        while node.parent != NONE {
            let transition = node.transition as usize;
            moves.push(match (node.is_event, node.transition) {
                (true, NONE) => Move::LogOnly {
                    event: node.at as usize - 1,
                },
                (true, _) => Move::Both {
                    event: node.at as usize - 1,
                    transition,
                },
                (false, step) if self.net.silent.binary_search(&step).is_ok() => {
                    Move::Silent { transition }
                }
                (false, _) => Move::ModelOnly { transition },
            });
            node = &self.nodes[node.parent as usize];
        }
        moves.reverse();
        moves
    }
}
