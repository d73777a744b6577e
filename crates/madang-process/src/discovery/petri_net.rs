//! Petri nets: where a case can stand, and what moves it on.

use std::collections::HashSet;

use super::process_tree::ProcessTree;
use crate::event_data::Names;

/// A net of places and transitions with the marking that a case starts with and the one it ends with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PetriNet {
    /// What moves tokens.
    pub transitions: Vec<Transition>,
    /// Tokens of each place where a case starts. As long as there are places.
    pub start: Vec<u32>,
    /// Tokens of each place where a case has ended. As long as there are places.
    pub end: Vec<u32>,
}

/// Takes tokens and puts tokens.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Transition {
    /// The activity that it stands for; none when it is silent.
    pub activity: Option<String>,
    /// What it takes; a place at most once.
    pub takes: Vec<Arc>,
    /// What it puts; a place at most once.
    pub puts: Vec<Arc>,
}

/// Tokens of one place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Arc {
    /// The place's number.
    pub place: usize,
    /// How many at once; at least 1.
    pub tokens: u32,
}

impl PetriNet {
    /// The workflow net that plays exactly what the tree does: one place to start, one to end, and always a way from the one to the other.
    pub fn of_tree(tree: &ProcessTree, activities: &Names) -> Self {
        let mut net = Self::default();
        let (source, sink) = (net.new_place(), net.new_place());
        net.start[source] = 1;
        net.end[sink] = 1;
        net.build(tree, activities, source, sink);
        net.without_needless_silence()
    }

    /// How many places there are.
    pub fn place_count(&self) -> usize {
        self.start.len()
    }

    /// Adds a place without tokens.
    pub(super) fn new_place(&mut self) -> usize {
        self.start.push(0);
        self.end.push(0);
        self.start.len() - 1
    }

    /// The same language with fewer silent transitions: those that only hand a token on are folded into their neighbours.
    fn without_needless_silence(mut self) -> Self {
        loop {
            self.drop_idle();
            if !self.fold_one() {
                return self.without_lone_places();
            }
        }
    }

    fn connect(&mut self, activity: Option<&str>, from: &[usize], to: &[usize]) {
        let arcs = |places: &[usize]| {
            (places.iter())
                .map(|place| Arc {
                    place: *place,
                    tokens: 1,
                })
                .collect()
        };
        self.transitions.push(Transition {
            activity: activity.map(ToOwned::to_owned),
            takes: arcs(from),
            puts: arcs(to),
        });
    }

    fn build(&mut self, tree: &ProcessTree, activities: &Names, from: usize, to: usize) {
        match tree {
            ProcessTree::Silent => self.connect(None, &[from], &[to]),
            ProcessTree::Activity(activity) => {
                let name = activities.name(u32::from(activity.0));
                self.connect(Some(name), &[from], &[to]);
            }
            ProcessTree::Sequence(parts) => {
                let Some((last, parts)) = parts.split_last() else {
                    return self.connect(None, &[from], &[to]);
                };
                let mut from = from;
                for part in parts {
                    let next = self.new_place();
                    self.build(part, activities, from, next);
                    from = next;
                }
                self.build(last, activities, from, to);
            }
            ProcessTree::Choice(parts) => {
                for part in parts {
                    self.build(part, activities, from, to);
                }
            }
            ProcessTree::Parallel(parts) => {
                let begun: Vec<_> = parts.iter().map(|_| self.new_place()).collect();
                let done: Vec<_> = parts.iter().map(|_| self.new_place()).collect();
                self.connect(None, &[from], &begun);
                for (at, part) in parts.iter().enumerate() {
                    self.build(part, activities, begun[at], done[at]);
                }
                self.connect(None, &done, &[to]);
            }
            ProcessTree::Loop { body, redo } => {
                // Places of its own, so that going back leads into no other choice.
                let (begun, done) = (self.new_place(), self.new_place());
                self.connect(None, &[from], &[begun]);
                self.build(body, activities, begun, done);
                self.build(redo, activities, done, begun);
                self.connect(None, &[done], &[to]);
            }
        }
    }

    /// Drops silent transitions that change nothing or are there twice.
    fn drop_idle(&mut self) {
        let mut known = HashSet::new();
        self.transitions.retain(|transition| {
            transition.activity.is_some()
                || transition.takes != transition.puts
                    && known.insert((transition.takes.clone(), transition.puts.clone()))
        });
    }

    /// Folds one silent transition away, if one can be.
    fn fold_one(&mut self) -> bool {
        let around = Around::of(self);
        for at in 0..self.transitions.len() {
            let is_silent = self.transitions[at].activity.is_none();
            if is_silent && (self.folds_back(at, &around) || self.folds_forward(at, &around)) {
                self.transitions.remove(at);
                return true;
            }
        }
        false
    }

    /// A silent transition that alone takes from its one place fires as soon as it can: whoever puts there may put where it does.
    fn folds_back(&mut self, at: usize, around: &Around) -> bool {
        let [Arc { place, tokens: 1 }] = self.transitions[at].takes[..] else {
            return false;
        };
        let puts = self.transitions[at].puts.clone();
        let before = &around.putting[place];
        if around.taking[place].len() != 1
            || self.start[place] + self.end[place] > 0
            || before.is_empty()
            || (before.len() > 1 && puts.len() != 1)
            || !self.may_replace(place, &puts, before, |transition| &transition.puts)
        {
            return false;
        }
        for other in before {
            replace(&mut self.transitions[*other].puts, place, &puts);
        }
        true
    }

    /// A silent transition that alone puts to its one place can wait until the token is wanted: whoever takes there may take what it does.
    fn folds_forward(&mut self, at: usize, around: &Around) -> bool {
        let [Arc { place, tokens: 1 }] = self.transitions[at].puts[..] else {
            return false;
        };
        let takes = self.transitions[at].takes.clone();
        let after = &around.taking[place];
        if around.putting[place].len() != 1
            || self.start[place] + self.end[place] > 0
            || after.is_empty()
            || (after.len() > 1 && takes.len() != 1)
            || !self.may_replace(place, &takes, after, |transition| &transition.takes)
        {
            return false;
        }
        for other in after {
            replace(&mut self.transitions[*other].takes, place, &takes);
        }
        true
    }

    /// Whether these transitions can have these places instead of this one: single tokens everywhere, and no place twice.
    fn may_replace(
        &self,
        place: usize,
        by: &[Arc],
        of: &[usize],
        side: impl Fn(&Transition) -> &Vec<Arc>,
    ) -> bool {
        by.iter().all(|arc| arc.tokens == 1 && arc.place != place)
            && of.iter().all(|transition| {
                side(&self.transitions[*transition])
                    .iter()
                    .all(|arc| match arc.place == place {
                        true => arc.tokens == 1,
                        false => by.iter().all(|new| new.place != arc.place),
                    })
            })
    }

    fn without_lone_places(mut self) -> Self {
        let around = Around::of(&self);
        let mut number = vec![0; self.place_count()];
        let mut kept = 0;
        for (place, number) in number.iter_mut().enumerate() {
            let lone = around.putting[place].is_empty() && around.taking[place].is_empty();
            if lone && self.start[place] + self.end[place] == 0 {
                continue;
            }
            *number = kept;
            self.start[kept] = self.start[place];
            self.end[kept] = self.end[place];
            kept += 1;
        }
        self.start.truncate(kept);
        self.end.truncate(kept);
        for transition in &mut self.transitions {
            for arc in (transition.takes.iter_mut()).chain(&mut transition.puts) {
                arc.place = number[arc.place];
            }
        }
        self
    }
}

/// For each place the transitions that take from it and that put to it.
struct Around {
    taking: Vec<Vec<usize>>,
    putting: Vec<Vec<usize>>,
}

impl Around {
    fn of(net: &PetriNet) -> Self {
        let mut around = Self {
            taking: vec![Vec::new(); net.place_count()],
            putting: vec![Vec::new(); net.place_count()],
        };
        for (at, transition) in net.transitions.iter().enumerate() {
            for arc in &transition.takes {
                around.taking[arc.place].push(at);
            }
            for arc in &transition.puts {
                around.putting[arc.place].push(at);
            }
        }
        around
    }
}

fn replace(arcs: &mut Vec<Arc>, place: usize, by: &[Arc]) {
    arcs.retain(|arc| arc.place != place);
    arcs.extend_from_slice(by);
    arcs.sort_unstable();
}
