//! Alignments and token replay, judged by the tree's language and by hand.

use std::collections::{BTreeSet, HashSet};

use madang_process::conformance::{
    AlignError, Move, NetError, SearchError, SearchLimits, align, replay,
};
use madang_process::discovery::{
    Arc, InductiveSettings, PetriNet, ProcessTree, Traces, Transition, inductive,
};
use madang_process::event_data::Activity;
use proptest::prelude::*;

use crate::petri_net::example;
use crate::tree_language::{accepts, after, any_traces, any_tree, letters, traces};

/// The fewest moves of trace or tree alone, found on the tree itself, step by step.
fn least_cost(tree: &ProcessTree, trace: &[Activity], alphabet: u16) -> u32 {
    let mut open: BTreeSet<(u32, usize, String)> = BTreeSet::new();
    let mut trees = std::collections::HashMap::new();
    let mut seen = HashSet::new();
    let names = letters(20);
    let first = tree.clone().reduced();
    let key = first.display(&names).to_string();
    open.insert((0, 0, key.clone()));
    trees.insert(key, first);
    while let Some((cost, at, key)) = open.pop_first() {
        if !seen.insert((at, key.clone())) {
            continue;
        }
        let tree = trees[&key].clone();
        if at == trace.len() && tree.can_be_skipped() {
            return cost;
        }
        let mut push = |cost, at, tree: ProcessTree| {
            let key = tree.display(&names).to_string();
            open.insert((cost, at, key.clone()));
            trees.insert(key, tree);
        };
        if at < trace.len() {
            push(cost + 1, at + 1, tree.clone());
            for rest in after(&tree, trace[at]) {
                push(cost, at + 1, rest.reduced());
            }
        }
        for activity in (0..alphabet).map(Activity) {
            for rest in after(&tree, activity) {
                push(cost + 1, at, rest.reduced());
            }
        }
    }
    unreachable!("every tree can be ended")
}

fn net_of(words: &str, tree_of: &str) -> (PetriNet, Traces) {
    let mut all = traces(&format!("{tree_of} {words}"));
    let model = Traces {
        activities: all.activities.clone(),
        traces: all
            .traces
            .drain(..tree_of.split_whitespace().count())
            .collect(),
    };
    let mined = inductive(&model, &InductiveSettings::default()).expect("few activities");
    (PetriNet::of_tree(&mined.tree, &model.activities), all)
}

/// Moves as text: `a` of both, `+a` of the trace alone, `-a` of the model alone.
fn check_alignment(model: &str, word: &str, expected: &str) {
    let (net, traces) = net_of(word, model);
    let aligned = align(&net, &traces, &SearchLimits::default()).expect("a sound net");
    let alignment = aligned.traces[0].as_ref().expect("a small net");
    let name = |event: usize| {
        traces
            .activities
            .name(u32::from(traces.traces[0].0[event].0))
    };
    let activity = |at: usize| net.transitions[at].activity.as_deref().expect("not silent");
    let moves: Vec<String> = (alignment.moves.iter())
        .filter_map(|step| match step {
            Move::Both { event, .. } => Some(name(*event).to_owned()),
            Move::LogOnly { event } => Some(format!("+{}", name(*event))),
            Move::ModelOnly { transition } => Some(format!("-{}", activity(*transition))),
            Move::Silent { .. } => None,
        })
        .collect();
    assert_eq!(moves.join(" "), expected);
}

/// Produced, consumed, missing, remaining.
fn check_replay(model: &str, word: &str, expected: [u64; 4]) {
    let (net, traces) = net_of(word, model);
    let replayed = replay(&net, &traces, &SearchLimits::default())
        .expect("a sound net")
        .traces[0];
    let found = [
        replayed.produced,
        replayed.consumed,
        replayed.missing,
        replayed.remaining,
    ];
    assert_eq!(found, expected, "{word} on {model}");
}

#[test]
fn differences_are_found() {
    check_alignment("abc", "abc", "a b c");
    check_alignment("abc", "ac", "a -b c");
    check_alignment("abc", "-", "-a -b -c");
    check_alignment("abc", "abxc", "a b +x c");
    check_alignment("abc abdc", "aabc", "a +a b c");
    check_alignment("abcd acbd", "acbd", "a c b d");
    check_alignment("abcd acbd", "acd", "a c -b d");
    check_alignment("aba a", "abba", "a b +b a");
    check_alignment("aba a", "aba", "a b a");
    // Of equally cheap ways the same one every time.
    check_alignment("a b c d e f g h", "x", "-a +x");
}

#[test]
fn tokens_are_counted() {
    check_replay("abc", "abc", [4, 4, 0, 0]);
    // Nothing puts what c takes, and what a put is never taken.
    check_replay("abc", "ac", [3, 3, 1, 1]);
    check_replay("abc", "-", [1, 1, 1, 1]);
    check_replay("abc", "abxc", [5, 5, 1, 1]);
    check_replay("abc", "abcc", [5, 5, 1, 1]);
    check_replay("abcd acbd", "acbd", [6, 6, 0, 0]);
}

#[test]
fn the_running_example_fits_its_model() {
    let (net, traces) = example();
    let aligned = align(&net, &traces, &SearchLimits::default()).expect("a sound net");
    assert_eq!(aligned.fitness.cost, 0);
    assert_eq!((aligned.fitness.log, aligned.fitness.case_mean), (1.0, 1.0));
    assert_eq!(
        (aligned.fitness.cases, aligned.fitness.fitting_cases),
        (6, 6)
    );
    let replayed = replay(&net, &traces, &SearchLimits::default()).expect("a sound net");
    assert_eq!((replayed.fitness, replayed.fitting_cases), (1.0, 6));
}

#[test]
fn fitness_counts_cases() {
    // Three moves of the model at least, three or two events: 1 of 5 and 0 of 6.
    let (net, traces) = net_of("3*abc ac", "abc");
    let fitness = align(&net, &traces, &SearchLimits::default())
        .expect("a sound net")
        .fitness;
    assert_eq!(fitness.log, 1.0 - 1.0 / 23.0);
    assert_eq!(fitness.case_mean, (3.0 + 0.8) / 4.0);
    assert_eq!(
        (fitness.cases, fitness.fitting_cases, fitness.cost),
        (4, 3, 1)
    );
}

#[test]
fn limits_are_said_and_the_others_still_count() {
    let (net, traces) = net_of("abcdef fedcba", "abcdef");
    let few = SearchLimits {
        states_max: 20,
        ..SearchLimits::default()
    };
    let aligned = align(&net, &traces, &few).expect("the model itself is small");
    assert!(aligned.traces[0].is_ok());
    assert_eq!(aligned.traces[1], Err(SearchError::TooManyStates(20)));
    assert_eq!(
        (aligned.fitness.cases, aligned.fitness.given_up_cases),
        (1, 1)
    );
    let replayed = replay(&net, &traces, &few).expect("a sound net");
    assert!(replayed.traces[0].fits() && !replayed.traces[1].fits());
    let together = SearchLimits {
        states_all_max: 60,
        ..SearchLimits::default()
    };
    let aligned = align(&net, &traces, &together).expect("the model itself is small");
    assert!(aligned.traces[0].is_ok());
    assert!(matches!(aligned.traces[1], Err(SearchError::TooManyStates(left)) if left < 60));
    let little = SearchLimits {
        memory_bytes_max: 100,
        ..SearchLimits::default()
    };
    let refused = align(&net, &traces, &little);
    assert!(
        matches!(
            refused,
            Err(AlignError::Model(SearchError::TooManyStates(_)))
        ),
        "{refused:?}"
    );
}

#[test]
fn broken_nets_are_refused() {
    let arc = |place, tokens| Arc { place, tokens };
    let net = |takes, puts, end: &[u32]| PetriNet {
        transitions: vec![Transition {
            activity: None,
            takes: vec![takes],
            puts: vec![puts],
        }],
        start: vec![1, 0],
        end: end.to_vec(),
    };
    let check = |net: PetriNet, expected| {
        assert_eq!(
            align(&net, &traces("a"), &SearchLimits::default()).map(|_| ()),
            Err(expected)
        );
    };
    check(
        net(arc(0, 1), arc(2, 1), &[0, 1]),
        AlignError::Net(NetError::Places),
    );
    check(
        net(arc(0, 1), arc(1, 1), &[0]),
        AlignError::Net(NetError::Places),
    );
    check(
        net(arc(0, 1), arc(1, 256), &[0, 1]),
        AlignError::Net(NetError::Tokens),
    );
    check(
        net(arc(0, 2), arc(1, 1), &[0, 1]),
        AlignError::Model(SearchError::NoEnd),
    );
    // Two arcs of one place take both their tokens.
    let mut twice = net(arc(0, 1), arc(1, 1), &[0, 1]);
    twice.transitions[0].takes.push(arc(0, 1));
    check(twice, AlignError::Model(SearchError::NoEnd));
    // A net that makes tokens for ever stops where they are no longer counted.
    let mut growing = net(arc(0, 1), arc(0, 1), &[0, 1]);
    growing.transitions[0].puts.push(arc(1, 1));
    check(growing, AlignError::Model(SearchError::NoEnd));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn costs_are_the_least(tree in any_tree(), word in prop::collection::vec((0_u16..6).prop_map(Activity), 0..6)) {
        let names = letters(20);
        let net = PetriNet::of_tree(&tree, &names);
        let traces = Traces { activities: names, traces: vec![(word.clone(), 1)] };
        let aligned = align(&net, &traces, &SearchLimits::default()).expect("a sound net");
        let alignment = aligned.traces[0].as_ref().expect("a small net");
        prop_assert_eq!(alignment.cost, least_cost(&tree, &word, 16));
        is_a_way(&net, &word, &alignment.moves)?;
    }

    #[test]
    fn a_trace_that_the_tree_accepts_fits_and_no_other(tree in any_tree(), words in prop::collection::vec(prop::collection::vec((0_u16..6).prop_map(Activity), 0..5), 5)) {
        let names = letters(20);
        let net = PetriNet::of_tree(&tree, &names);
        let traces = Traces { activities: names, traces: words.into_iter().map(|word| (word, 1)).collect() };
        let replayed = replay(&net, &traces, &SearchLimits::default()).expect("a sound net");
        for ((word, _), replayed) in traces.traces.iter().zip(&replayed.traces) {
            prop_assert_eq!(replayed.fits(), accepts(&tree, word));
            prop_assert_eq!(replayed.produced + replayed.missing, replayed.consumed + replayed.remaining);
            prop_assert!((0.0..=1.0).contains(&replayed.fitness()));
        }
    }

    #[test]
    fn what_was_mined_without_noise_replays_its_log_with_fitness_1(traces in any_traces()) {
        let mined = inductive(&traces, &InductiveSettings::default()).expect("six activities");
        let net = PetriNet::of_tree(&mined.tree, &traces.activities);
        let replayed = replay(&net, &traces, &SearchLimits::default()).expect("a sound net");
        prop_assert_eq!((replayed.fitness, replayed.fitting_cases), (1.0, traces.case_count()));
        let aligned = align(&net, &traces, &SearchLimits::default()).expect("a sound net");
        prop_assert_eq!((aligned.fitness.log, aligned.fitness.cost), (1.0, 0));
    }
}

/// Whether the moves make the trace on the one side and a way through the net on the other.
fn is_a_way(net: &PetriNet, word: &[Activity], moves: &[Move]) -> Result<(), TestCaseError> {
    let mut marking = net.start.clone();
    let mut events = 0;
    for step in moves {
        if let Move::Both { event, .. } | Move::LogOnly { event } = step {
            prop_assert_eq!(*event, events);
            events += 1;
        }
        if let Move::Both { transition, .. }
        | Move::ModelOnly { transition }
        | Move::Silent { transition } = step
        {
            for arc in &net.transitions[*transition].takes {
                prop_assert!(marking[arc.place] >= arc.tokens);
                marking[arc.place] -= arc.tokens;
            }
            for arc in &net.transitions[*transition].puts {
                marking[arc.place] += arc.tokens;
            }
        }
    }
    prop_assert_eq!(events, word.len());
    prop_assert_eq!(&marking, &net.end);
    Ok(())
}
