//! Nets of trees: they play what the tree plays, and whatever was begun can be ended.

use std::collections::{HashMap, HashSet};

use madang_process::discovery::{InductiveSettings, PetriNet, ProcessTree, Traces, inductive};
use madang_process::event_data::{Activity, Names};
use proptest::prelude::*;

use crate::running_example;
use crate::tree_language::{accepts, any_traces, any_tree, letters, play};

type Marking = Vec<u32>;

/// The net of the running example's known model.
pub fn example() -> (PetriNet, Traces) {
    let traces = Traces::of(&running_example::log());
    let mined = inductive(&traces, &InductiveSettings::default()).expect("eight activities");
    (PetriNet::of_tree(&mined.tree, &traces.activities), traces)
}

/// The marking after a transition, if it is enabled.
fn fire(net: &PetriNet, marking: &Marking, transition: usize) -> Option<Marking> {
    let transition = &net.transitions[transition];
    let mut next = marking.clone();
    for arc in &transition.takes {
        next[arc.place] = next[arc.place].checked_sub(arc.tokens)?;
    }
    for arc in &transition.puts {
        next[arc.place] += arc.tokens;
    }
    Some(next)
}

fn plays(net: &PetriNet, trace: &[Activity], names: &Names) -> bool {
    let mut markings = with_silence(net, HashSet::from([net.start.clone()]));
    for activity in trace {
        let name = names.name(u32::from(activity.0));
        let next = (markings.iter())
            .flat_map(|marking| {
                (0..net.transitions.len())
                    .filter(|at| net.transitions[*at].activity.as_deref() == Some(name))
                    .filter_map(|at| fire(net, marking, at))
            })
            .collect();
        markings = with_silence(net, next);
    }
    markings.contains(&net.end)
}

fn with_silence(net: &PetriNet, mut markings: HashSet<Marking>) -> HashSet<Marking> {
    let mut open: Vec<Marking> = markings.iter().cloned().collect();
    while let Some(marking) = open.pop() {
        for at in 0..net.transitions.len() {
            if net.transitions[at].activity.is_none()
                && let Some(next) = fire(net, &marking, at)
                && markings.insert(next.clone())
            {
                open.push(next);
            }
        }
    }
    markings
}

/// Every marking that is reached can still end, nothing is left over at the end, and every transition can fire. None when there are too many markings.
fn is_sound(net: &PetriNet) -> Option<bool> {
    let mut reached = HashMap::from([(net.start.clone(), 0_usize)]);
    let mut before: Vec<Vec<usize>> = vec![Vec::new()];
    let mut open = vec![net.start.clone()];
    let mut fired = HashSet::new();
    while let Some(marking) = open.pop() {
        let from = reached[&marking];
        for at in 0..net.transitions.len() {
            let Some(next) = fire(net, &marking, at) else {
                continue;
            };
            fired.insert(at);
            if reached.len() > 5_000 {
                return None;
            }
            let number = reached.len();
            let to = *reached.entry(next.clone()).or_insert_with(|| {
                open.push(next);
                before.push(Vec::new());
                number
            });
            before[to].push(from);
        }
    }
    let covers = |marking: &&Marking| marking.iter().zip(&net.end).all(|(has, end)| has >= end);
    let ends: Vec<&Marking> = reached.keys().filter(covers).collect();
    let mut can_end = HashSet::new();
    let mut open: Vec<usize> = ends.iter().map(|end| reached[*end]).collect();
    while let Some(number) = open.pop() {
        if can_end.insert(number) {
            open.extend(&before[number]);
        }
    }
    Some(
        ends == [&net.end]
            && can_end.len() == reached.len()
            && fired.len() == net.transitions.len(),
    )
}

#[test]
fn the_running_example_has_the_known_net() {
    let (net, traces) = example();
    // Eight activities, and silence only to go on after deciding; register and reinitiate both start the examination.
    assert_eq!(
        net.transitions
            .iter()
            .filter(|one| one.activity.is_some())
            .count(),
        8
    );
    assert_eq!(
        net.transitions
            .iter()
            .filter(|one| one.activity.is_none())
            .count(),
        1
    );
    assert_eq!(is_sound(&net), Some(true));
    for (trace, _) in &traces.traces {
        assert!(plays(&net, trace, &traces.activities));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn a_net_plays_what_its_tree_plays(tree in any_tree(), chance in prop::collection::vec(any::<u8>(), 0..40)) {
        let names = letters(20);
        let net = PetriNet::of_tree(&tree, &names);
        let trace = play(&tree, &mut chance.into_iter());
        prop_assert!(plays(&net, &trace, &names), "{:?} {:?}", trace, net);
    }

    #[test]
    fn a_net_plays_nothing_else(tree in any_tree(), words in prop::collection::vec(prop::collection::vec((0_u16..6).prop_map(Activity), 0..5), 8)) {
        let names = letters(20);
        let net = PetriNet::of_tree(&tree, &names);
        for trace in words {
            prop_assert_eq!(plays(&net, &trace, &names), accepts(&tree, &trace), "{:?} {:?}", trace, net);
        }
    }

    #[test]
    fn nets_are_sound(tree in any_tree()) {
        let net = PetriNet::of_tree(&tree, &letters(20));
        prop_assert_ne!(is_sound(&net), Some(false), "{:?}", net);
    }

    #[test]
    fn nets_of_mined_trees_play_their_log(traces in any_traces()) {
        let mined = inductive(&traces, &InductiveSettings::default()).expect("six activities");
        let net = PetriNet::of_tree(&mined.tree, &traces.activities);
        for (trace, _) in &traces.traces {
            prop_assert!(plays(&net, trace, &traces.activities));
        }
        prop_assert_ne!(is_sound(&net), Some(false));
    }

    #[test]
    fn nets_begin_at_one_place_and_end_at_one(tree in any_tree()) {
        let net = PetriNet::of_tree(&tree, &letters(20));
        prop_assert_eq!(net.start.iter().sum::<u32>(), 1);
        prop_assert_eq!(net.end.iter().sum::<u32>(), 1);
        let is_silent = tree.reduced() == ProcessTree::Silent;
        for transition in &net.transitions {
            prop_assert!(transition.puts.iter().all(|arc| net.start[arc.place] == 0) || is_silent);
            prop_assert!(transition.takes.iter().all(|arc| net.end[arc.place] == 0) || is_silent);
        }
    }
}
