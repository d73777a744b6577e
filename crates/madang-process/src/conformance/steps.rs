//! A net made ready for walking it many times: tokens as bytes, transitions by the activity of a log.

use std::collections::BTreeMap;

use crate::discovery::{Arc, PetriNet};
use crate::event_data::{Activity, Names};

/// Tokens of each place.
pub(super) type Marking = [u8];

/// The transitions of a net, seen from a log.
pub(super) struct Steps {
    pub(super) start: Vec<u8>,
    pub(super) end: Vec<u8>,
    pub(super) steps: Vec<Step>,
    /// The transitions that stand for each activity of the log.
    of_activity: Vec<Vec<u32>>,
    pub(super) silent: Vec<u32>,
    pub(super) visible: Vec<u32>,
}

/// What one transition takes and puts.
pub(super) struct Step {
    pub(super) takes: Vec<(usize, u8)>,
    pub(super) puts: Vec<(usize, u8)>,
}

/// The net speaks of places that it has not, or of more tokens than are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NetError {
    /// An arc leads to a place that there is not, or start and end differ in their places.
    #[error("the net's arcs and markings do not speak of the same places")]
    Places,
    /// Tokens are counted in bytes.
    #[error("the net has an arc or a marking of more than 255 tokens")]
    Tokens,
}

impl Steps {
    pub(super) fn of(net: &PetriNet, activities: &Names) -> Result<Self, NetError> {
        let places = net.place_count();
        if net.end.len() != places {
            return Err(NetError::Places);
        }
        let mut of_activity = vec![Vec::new(); activities.len()];
        let (mut silent, mut visible) = (Vec::new(), Vec::new());
        let mut steps = Vec::with_capacity(net.transitions.len());
        for (at, transition) in net.transitions.iter().enumerate() {
            let at = at as u32;
            match &transition.activity {
                None => silent.push(at),
                Some(name) => {
                    visible.push(at);
                    if let Some(activity) = activities.find(name) {
                        of_activity[activity as usize].push(at);
                    }
                }
            }
            steps.push(Step {
                takes: arcs(&transition.takes, places)?,
                puts: arcs(&transition.puts, places)?,
            });
        }
        Ok(Self {
            start: marking(&net.start)?,
            end: marking(&net.end)?,
            steps,
            of_activity,
            silent,
            visible,
        })
    }

    /// The transitions that stand for an activity.
    pub(super) fn of_activity(&self, activity: Activity) -> &[u32] {
        (self.of_activity.get(activity.index())).map_or(&[], Vec::as_slice)
    }

    /// The marking after the step, into `next`; false when the step is not enabled, or a place would have more tokens than are counted.
    pub(super) fn fire(&self, step: u32, marking: &Marking, next: &mut Vec<u8>) -> bool {
        let step = &self.steps[step as usize];
        if !(step.takes.iter()).all(|(place, tokens)| marking[*place] >= *tokens) {
            return false;
        }
        next.clear();
        next.extend_from_slice(marking);
        for (place, tokens) in &step.takes {
            next[*place] -= tokens;
        }
        step.puts.iter().all(|(place, tokens)| {
            let sum = next[*place].checked_add(*tokens);
            next[*place] = sum.unwrap_or(u8::MAX);
            sum.is_some()
        })
    }
}

fn arcs(arcs: &[Arc], places: usize) -> Result<Vec<(usize, u8)>, NetError> {
    let mut tokens = BTreeMap::new();
    for arc in arcs {
        if arc.place >= places {
            return Err(NetError::Places);
        }
        // Two arcs of one place are one of both their tokens.
        *tokens.entry(arc.place).or_insert(0_u64) += u64::from(arc.tokens);
    }
    (tokens.into_iter())
        .map(|(place, tokens)| match u8::try_from(tokens) {
            Ok(tokens) => Ok((place, tokens)),
            Err(_) => Err(NetError::Tokens),
        })
        .collect()
}

fn marking(tokens: &[u32]) -> Result<Vec<u8>, NetError> {
    (tokens.iter())
        .map(|tokens| u8::try_from(*tokens).map_err(|_| NetError::Tokens))
        .collect()
}
