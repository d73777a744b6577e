//! The inductive miner: a process tree from traces, found by dividing the log again and again.
//!
//! After Leemans, Fahland and van der Aalst (2013): the log is cut by what follows what into parts that exclude each other, come in order, go side by
//! side or repeat; each part is divided likewise, and where nothing divides a log, the known ways out are tried down to a model that allows everything.
//! Without noise every trace of the log is a way through the tree. With noise (IMf) rare paths are left out where they hide a cut.

use cut::Cut;
use graph::Graph;
use part::Part;

use super::process_tree::ProcessTree;
use super::traces::Traces;
use crate::event_data::Activity;

mod bits;
mod cut;
mod graph;
mod part;

/// How a model is looked for.
#[derive(Clone, Copy, Debug)]
pub struct InductiveSettings {
    /// A path is noise when it is taken less often than this share, in hundredths, of the most frequent path out of the same activity. 0 keeps every
    /// path; more than 100 is as 100.
    pub noise_percent: u8,
    /// Different activities. The time grows with their third power, and nobody reads a model of more.
    pub activities_max: u16,
    /// How often a part is divided again before what is left of it becomes a block that allows any order.
    pub depth_max: u16,
    /// Steps spent on looking for an activity that goes side by side with all others, a search that hostile logs can make long.
    pub concurrent_steps_max: u64,
}

impl Default for InductiveSettings {
    fn default() -> Self {
        Self {
            noise_percent: 0,
            activities_max: 500,
            depth_max: 200,
            concurrent_steps_max: 1_000_000_000,
        }
    }
}

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mined {
    /// The model.
    pub tree: ProcessTree,
    /// Whether a limit ended the search somewhere, so that a part of the model is looser than it had to be. Its traces fit all the same.
    pub cut_short: bool,
}

/// The log has more activities than a model is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{found} different activities are too many for a model, which has {most} at most: filter the rare ones out first"
)]
pub struct TooManyActivities {
    /// In the log.
    pub found: usize,
    /// Allowed.
    pub most: u16,
}

/// The model of a log.
///
/// # Errors
/// When the log has more activities than the settings allow.
pub fn inductive(
    traces: &Traces,
    settings: &InductiveSettings,
) -> Result<Mined, TooManyActivities> {
    let log = Part::of(traces);
    if log.activities.len() > usize::from(settings.activities_max) {
        return Err(TooManyActivities {
            found: log.activities.len(),
            most: settings.activities_max,
        });
    }
    let mut miner = Miner {
        noise_percent: u64::from(settings.noise_percent.min(100)),
        depth_max: settings.depth_max,
        concurrent_steps_left: settings.concurrent_steps_max,
        cut_short: false,
    };
    let tree = miner.mine(log, 0).reduced();
    Ok(Mined {
        tree,
        cut_short: miner.cut_short,
    })
}

struct Miner {
    noise_percent: u64,
    depth_max: u16,
    concurrent_steps_left: u64,
    cut_short: bool,
}

impl Miner {
    fn mine(&mut self, mut log: Part, depth: u16) -> ProcessTree {
        if log.traces.is_empty() {
            return ProcessTree::Silent;
        }
        if log.empty > 0 {
            let rare = self.is_noise(log.empty, log.case_count());
            log.empty = 0;
            let rest = self.mine(log, depth);
            return if rare { rest } else { optional(rest) };
        }
        if let [activity] = log.activities[..] {
            return self.one_activity(&log, activity);
        }
        if depth >= self.depth_max {
            self.cut_short = true;
            return any_order(&log);
        }
        let graph = Graph::of(&log);
        if let Some(cut) = self.find_cut(&graph) {
            return self.divide(&cut, &log, depth + 1);
        }
        self.fall_through(log, &graph, depth + 1)
    }

    fn one_activity(&self, log: &Part, activity: u16) -> ProcessTree {
        let done = ProcessTree::Activity(Activity(activity));
        let repeated = (log.traces.iter())
            .filter(|(trace, _)| trace.len() > 1)
            .map(|(_, cases)| cases)
            .sum();
        if repeated == 0 || self.is_noise(repeated, log.case_count()) {
            return done;
        }
        ProcessTree::again(done, ProcessTree::Silent)
    }

    fn find_cut(&self, graph: &Graph) -> Option<Cut> {
        if self.noise_percent == 0 {
            return Cut::of(graph, graph);
        }
        let usual = graph.without_noise(self.noise_percent);
        Cut::of(graph, &usual).or_else(|| Cut::of(&usual, &usual))
    }

    fn divide(&mut self, cut: &Cut, log: &Part, depth: u16) -> ProcessTree {
        let parts = cut.divide(log);
        match cut {
            Cut::Choice(_) => ProcessTree::Choice(
                // A part that lost all its cases to noise is no way of its own, least of all a way around.
                (parts.into_iter())
                    .filter(|part| part.case_count() > 0)
                    .map(|part| self.mine(part, depth))
                    .collect(),
            ),
            Cut::Sequence(_) => ProcessTree::Sequence(self.mine_all(parts, depth)),
            Cut::Parallel(_) => ProcessTree::Parallel(self.mine_all(parts, depth)),
            Cut::Loop(_) => {
                let mut parts = (parts.into_iter()).filter(|part| part.case_count() > 0);
                let body =
                    (parts.next()).map_or(ProcessTree::Silent, |part| self.mine(part, depth));
                let redo: Vec<_> = parts.map(|part| self.mine(part, depth)).collect();
                if redo.is_empty() {
                    return body;
                }
                ProcessTree::again(body, ProcessTree::Choice(redo))
            }
        }
    }

    fn mine_all(&mut self, parts: Vec<Part>, depth: u16) -> Vec<ProcessTree> {
        (parts.into_iter())
            .map(|part| self.mine(part, depth))
            .collect()
    }

    /// Nothing divides this log: the ways out, in the order in which they lose least.
    fn fall_through(&mut self, log: Part, graph: &Graph, depth: u16) -> ProcessTree {
        let aside = (log.once_in_each_case()).or_else(|| self.concurrent_with_all(&log));
        if let Some(activity) = aside {
            let (alone, others) = log.take_out(activity);
            return ProcessTree::Parallel(vec![self.mine(alone, depth), self.mine(others, depth)]);
        }
        let again_at_end = |before: u16, next: u16| graph.is_end(before) && graph.is_start(next);
        let again_at_start = |_: u16, next: u16| graph.is_start(next);
        let rounds = (log.split_where(again_at_end)).or_else(|| log.split_where(again_at_start));
        if let Some(rounds) = rounds {
            return ProcessTree::again(self.mine(rounds, depth), ProcessTree::Silent);
        }
        any_order(&log)
    }

    /// An activity without which the log can be cut.
    fn concurrent_with_all(&mut self, log: &Part) -> Option<u16> {
        let count = log.activities.len();
        let steps = log.event_count() as u64 + (count * count * count.div_ceil(64)) as u64;
        for activity in 0..count as u16 {
            let Some(left) = self.concurrent_steps_left.checked_sub(steps) else {
                self.cut_short = true;
                return None;
            };
            self.concurrent_steps_left = left;
            let graph = Graph::of(&log.without(activity));
            if self.find_cut(&graph).is_some() {
                return Some(activity);
            }
        }
        None
    }

    fn is_noise(&self, cases: u64, of: u64) -> bool {
        u128::from(cases) * 100 <= u128::from(of) * u128::from(self.noise_percent)
            && self.noise_percent > 0
    }
}

fn optional(tree: ProcessTree) -> ProcessTree {
    ProcessTree::Choice(vec![ProcessTree::Silent, tree])
}

/// The model that allows everything: any of the activities, any number of times, in any order.
fn any_order(log: &Part) -> ProcessTree {
    let activities = (log.activities.iter())
        .map(|activity| ProcessTree::Activity(Activity(*activity)))
        .collect();
    ProcessTree::again(ProcessTree::Choice(activities), ProcessTree::Silent)
}
