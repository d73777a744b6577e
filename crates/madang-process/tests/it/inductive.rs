//! The inductive miner: known logs with known trees, and what holds for every log.

use madang_process::conformance::{SearchLimits, align};
use madang_process::discovery::{
    InductiveSettings, PetriNet, ProcessTree, TooManyActivities, Traces, inductive, write_bpmn,
};
use madang_process::event_data::{Activity, Names};
use proptest::prelude::*;

use crate::running_example;
use crate::tree_language::{accepts, any_traces, any_tree, letters, play, traces};

fn mined(traces: &Traces, noise_percent: u8) -> ProcessTree {
    let settings = InductiveSettings {
        noise_percent,
        ..InductiveSettings::default()
    };
    let mined = inductive(traces, &settings).expect("few activities");
    assert!(!mined.cut_short);
    mined.tree
}

fn check(words: &str, noise_percent: u8, expected: &str) {
    let traces = traces(words);
    let tree = mined(&traces, noise_percent);
    assert_eq!(tree.display(&traces.activities).to_string(), expected);
}

#[test]
fn the_running_example_has_its_known_tree() {
    let traces = Traces::of(&running_example::log());
    let known = "→( 'register', ↻( →( ∧( 'check', ×( 'examine casually', 'examine thoroughly' ) ), 'decide' ), 'reinitiate' ), ×( 'pay', 'reject' ) )";
    for noise_percent in [0, 20, 40] {
        let tree = mined(&traces, noise_percent);
        assert_eq!(in_name_order(&tree, &traces.activities), known);
    }
}

/// The tree as text, with the parts whose order means nothing ordered by name.
fn in_name_order(tree: &ProcessTree, names: &Names) -> String {
    let ordered = |parts: &[ProcessTree]| {
        let mut parts: Vec<_> = parts
            .iter()
            .map(|part| in_name_order(part, names))
            .collect();
        parts.sort();
        parts.join(", ")
    };
    match tree {
        ProcessTree::Choice(parts) => format!("×( {} )", ordered(parts)),
        ProcessTree::Parallel(parts) => format!("∧( {} )", ordered(parts)),
        ProcessTree::Sequence(parts) => {
            let parts: Vec<_> = parts
                .iter()
                .map(|part| in_name_order(part, names))
                .collect();
            format!("→( {} )", parts.join(", "))
        }
        ProcessTree::Loop { body, redo } => {
            format!(
                "↻( {}, {} )",
                in_name_order(body, names),
                in_name_order(redo, names)
            )
        }
        leaf => leaf.display(names).to_string(),
    }
}

#[test]
fn each_cut_is_found() {
    check("a", 0, "'a'");
    check("a b", 0, "×( 'a', 'b' )");
    check("abc", 0, "→( 'a', 'b', 'c' )");
    check("ab ba", 0, "∧( 'a', 'b' )");
    check("abcd acbd", 0, "→( 'a', ∧( 'b', 'c' ), 'd' )");
    check("aba a", 0, "↻( 'a', 'b' )");
    check("ab abcab abdab", 0, "↻( →( 'a', 'b' ), ×( 'c', 'd' ) )");
    check("acd bcd", 0, "→( ×( 'a', 'b' ), 'c', 'd' )");
}

#[test]
fn what_is_left_out_together_stays_together() {
    check("abcd d", 0, "→( ×( τ, →( 'a', 'b', 'c' ) ), 'd' )");
    check("abc c bc ac", 0, "→( ×( τ, 'a' ), ×( τ, 'b' ), 'c' )");
    check("abd acd ad", 0, "→( 'a', ×( τ, 'b', 'c' ), 'd' )");
    // Served is what was cooked, whatever else can be left out before and after it.
    let cooked = "→( 'a', ×( τ, 'b' ), ×( τ, →( 'c', ×( τ, 'd' ) ) ), ×( τ, 'e' ) )";
    check("acd ac ab ae abcde a", 0, cooked);
    // What leads nowhere but to what can be left out is not done without it.
    let before = "→( 'a', ×( τ, 'b' ), ×( τ, →( ×( τ, 'c' ), 'd' ) ), ×( τ, 'e' ), 'f' )";
    check("acdf adf abf aef abcdef af", 0, before);
    // Each of two neighbours alone, or both of them with what is between: the first two stay together, the third has its own way around.
    check(
        "a c abc",
        0,
        "→( ×( τ, →( 'a', ×( τ, 'b' ) ) ), ×( τ, 'c' ) )",
    );
}

#[test]
fn each_way_out_is_taken() {
    check("-", 0, "τ");
    check("a -", 0, "×( τ, 'a' )");
    check("a aa", 0, "↻( 'a', τ )");
    // Once in each case, whatever the others do.
    check("abcd bcda", 0, "∧( 'a', →( 'b', 'c', 'd' ) )");
    // After an end a start: rounds of the same.
    check("abab ab", 0, "↻( →( 'a', 'b' ), τ )");
}

#[test]
fn noise_is_left_out() {
    let words = "40*abcd 40*acbd dabc";
    check(words, 20, "→( 'a', ∧( 'b', 'c' ), 'd' )");
    check("99*ab -", 5, "→( 'a', 'b' )");
    check("99*a aa", 5, "'a'");
    check("99*a aa", 0, "↻( 'a', τ )");
    // One case in a hundred does not tear apart what belongs together: what is fourth only comes after what is second or third.
    let words = "50*ab 40*ac 10*acd 30*a ad abd";
    check(
        words,
        20,
        "→( 'a', ×( τ, →( ×( 'b', 'c' ), ×( τ, 'd' ) ) ) )",
    );
    check(words, 0, "→( 'a', ×( τ, 'b', 'c' ), ×( τ, 'd' ) )");
    check(
        "50*abc 50*ade 1*abe",
        10,
        "→( 'a', ×( →( 'b', 'c' ), →( 'd', 'e' ) ) )",
    );
}

#[test]
fn limits_end_the_search_and_the_log_still_fits() {
    let mut names = Names::new();
    for number in 0..80 {
        names.number(&number.to_string()).expect("small names");
    }
    // Each case has a part of the activities in an order of its own: hardly anything divides it.
    let traces: Vec<(Vec<Activity>, u64)> = (0..40_u64)
        .map(|case| {
            let activity =
                |step: u64| Activity(((step * step * 31 + step * case * 7 + case) % 80) as u16);
            ((0..10 + case % 20).map(activity).collect(), 1)
        })
        .collect();
    let log = Traces {
        activities: names,
        traces,
    };
    let settings = InductiveSettings {
        depth_max: 3,
        concurrent_steps_max: 10_000,
        ..InductiveSettings::default()
    };
    let found = inductive(&log, &settings).expect("80 activities are allowed");
    assert!(found.cut_short);
    assert!(
        log.traces
            .iter()
            .all(|(trace, _)| accepts(&found.tree, trace))
    );
    let few = InductiveSettings {
        activities_max: 79,
        ..settings
    };
    let refused = TooManyActivities {
        found: 80,
        most: 79,
    };
    assert_eq!(inductive(&log, &few), Err(refused));
}

#[test]
fn deep_models_end_at_the_limit_and_fit_the_stack_of_a_thread() {
    // At each step a case goes on or ends in a way of its own, 105 times.
    let steps = 105_u16;
    let mut names = Names::new();
    for number in 0..2 * steps {
        names.number(&number.to_string()).expect("small names");
    }
    let trace = |ending: u16| {
        let mut trace: Vec<_> = (0..=ending).map(Activity).collect();
        trace.push(Activity(steps + ending));
        (trace, 1)
    };
    let log = Traces {
        activities: names,
        traces: (0..steps).map(trace).collect(),
    };
    let found = inductive(&log, &InductiveSettings::default()).expect("210 activities");
    assert!(found.cut_short);
    let net = PetriNet::of_tree(&found.tree, &log.activities);
    let aligned = align(&net, &log, &SearchLimits::default()).expect("a sound net");
    assert_eq!(aligned.fitness.fitting_cases, u64::from(steps));
    assert!(found.tree.display(&log.activities).to_string().len() > 1_000);
    assert!(write_bpmn(&found.tree, &log.activities, "deep").len() > 10_000);
}

proptest! {
    #[test]
    fn without_noise_every_trace_is_a_way_through(traces in any_traces()) {
        let tree = mined(&traces, 0);
        for (trace, _) in &traces.traces {
            prop_assert!(accepts(&tree, trace), "{:?} in {}", trace, tree.display(&traces.activities));
        }
    }

    #[test]
    fn with_noise_there_is_a_model_of_the_same_activities(traces in any_traces(), noise_percent in 0_u8..=100) {
        let tree = mined(&traces, noise_percent);
        prop_assert_eq!(tree.clone().reduced(), tree);
    }

    #[test]
    fn the_order_of_traces_does_not_matter(traces in any_traces(), noise_percent in 0_u8..50) {
        let mut turned = traces.clone();
        turned.traces.reverse();
        prop_assert_eq!(mined(&traces, noise_percent), mined(&turned, noise_percent));
    }

    #[test]
    fn the_numbers_of_activities_do_not_matter(traces in any_traces(), noise_percent in prop_oneof![Just(0_u8), Just(20), 0_u8..50], turn in 1_u16..6) {
        let number = |activity: Activity| (activity.0 * 5 + turn) % 6;
        let mut by_number = vec![String::new(); 6];
        for (activity, name) in traces.activities.iter().enumerate() {
            by_number[usize::from(number(Activity(activity as u16)))] = name.to_owned();
        }
        let mut activities = Names::new();
        for name in &by_number {
            activities.number(name).expect("letters fit");
        }
        let renumbered = Traces {
            activities,
            traces: (traces.traces.iter())
                .map(|(trace, cases)| (trace.iter().map(|one| Activity(number(*one))).collect(), *cases))
                .collect(),
        };
        let text = |traces: &Traces| mined(traces, noise_percent).display(&traces.activities).to_string();
        prop_assert_eq!(text(&traces), text(&renumbered));
    }

    #[test]
    fn what_a_tree_plays_fits_what_is_mined_of_it(tree in any_tree(), chance in prop::collection::vec(any::<u8>(), 400)) {
        let mut chance = chance.into_iter();
        let traces = Traces {
            activities: letters(20),
            traces: (0..12).map(|_| (play(&tree, &mut chance), 1)).collect(),
        };
        let found = mined(&traces, 0);
        for (trace, _) in &traces.traces {
            prop_assert!(accepts(&found, trace), "{:?} in {}", trace, found.display(&traces.activities));
        }
    }
}
