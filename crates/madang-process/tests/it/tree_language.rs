//! What a process tree allows, told without a net: the independent judge of everything that is made of trees.

use std::collections::HashSet;

use madang_process::discovery::{ProcessTree, Traces};
use madang_process::event_data::{Activity, Names};
use proptest::prelude::*;

/// Whether the trace is a way through the tree.
pub fn accepts(tree: &ProcessTree, trace: &[Activity]) -> bool {
    let mut rests = HashSet::from([tree.clone().reduced()]);
    for activity in trace {
        rests = (rests.iter())
            .flat_map(|rest| after(rest, *activity))
            .map(ProcessTree::reduced)
            .collect();
    }
    rests.iter().any(ProcessTree::can_be_skipped)
}

/// What may be left to do after the activity was done first: one tree for each way to see it.
pub fn after(tree: &ProcessTree, activity: Activity) -> Vec<ProcessTree> {
    match tree {
        ProcessTree::Silent => Vec::new(),
        ProcessTree::Activity(own) if *own == activity => vec![ProcessTree::Silent],
        ProcessTree::Activity(_) => Vec::new(),
        ProcessTree::Choice(parts) => (parts.iter())
            .flat_map(|part| after(part, activity))
            .collect(),
        ProcessTree::Parallel(parts) => (0..parts.len())
            .flat_map(|at| {
                after(&parts[at], activity).into_iter().map(move |rest| {
                    let mut parts = parts.clone();
                    parts[at] = rest;
                    ProcessTree::Parallel(parts)
                })
            })
            .collect(),
        ProcessTree::Sequence(parts) => {
            let mut rests = Vec::new();
            for (at, part) in parts.iter().enumerate() {
                for rest in after(part, activity) {
                    let later = parts[at + 1..].iter().cloned();
                    rests.push(ProcessTree::Sequence(
                        std::iter::once(rest).chain(later).collect(),
                    ));
                }
                if !part.can_be_skipped() {
                    break;
                }
            }
            rests
        }
        ProcessTree::Loop { body, redo } => {
            let once_more = ProcessTree::Sequence(vec![(**redo).clone(), tree.clone()]);
            let then = ProcessTree::Choice(vec![ProcessTree::Silent, once_more]);
            let mut rests: Vec<_> = (after(body, activity).into_iter())
                .map(|rest| ProcessTree::Sequence(vec![rest, then.clone()]))
                .collect();
            if body.can_be_skipped() {
                rests.extend(
                    (after(redo, activity).into_iter())
                        .map(|rest| ProcessTree::Sequence(vec![rest, tree.clone()])),
                );
            }
            rests
        }
    }
}

/// One way through the tree; `chance` decides at each choice, and loops end when it runs out.
pub fn play(tree: &ProcessTree, chance: &mut impl Iterator<Item = u8>) -> Vec<Activity> {
    let mut pick = |of: usize| usize::from(chance.next().unwrap_or(0)) % of;
    match tree {
        ProcessTree::Silent => Vec::new(),
        ProcessTree::Activity(activity) => vec![*activity],
        ProcessTree::Choice(parts) => {
            let chosen = pick(parts.len());
            play(&parts[chosen], chance)
        }
        ProcessTree::Sequence(parts) => parts.iter().flat_map(|part| play(part, chance)).collect(),
        ProcessTree::Parallel(parts) => {
            let mut ways: Vec<Vec<Activity>> =
                parts.iter().map(|part| play(part, chance)).collect();
            let mut trace = Vec::new();
            ways.retain(|way| !way.is_empty());
            while !ways.is_empty() {
                let next = usize::from(chance.next().unwrap_or(0)) % ways.len();
                trace.push(ways[next].remove(0));
                ways.retain(|way| !way.is_empty());
            }
            trace
        }
        ProcessTree::Loop { body, redo } => {
            let mut trace = play(body, chance);
            while chance.next().is_some_and(|again| again % 3 == 0) {
                trace.extend(play(redo, chance));
                trace.extend(play(body, chance));
            }
            trace
        }
    }
}

/// Traces written as letters, each word a trace; `3*abc` went so three times and `-` is the empty one.
pub fn traces(words: &str) -> Traces {
    let mut activities = Names::new();
    let mut traces = Vec::new();
    for word in words.split_whitespace() {
        let (cases, letters) = match word.split_once('*') {
            Some((cases, letters)) => (cases.parse().expect("a number"), letters),
            None => (1, word),
        };
        let trace = (letters.chars().filter(|letter| *letter != '-'))
            .map(|letter| {
                let number = activities.number(&letter.to_string());
                Activity(number.expect("letters fit") as u16)
            })
            .collect();
        traces.push((trace, cases));
    }
    Traces { activities, traces }
}

/// Names `a`, `b`, … for this many activities.
pub fn letters(count: u16) -> Names {
    let mut names = Names::new();
    for number in 0..count {
        let letter = char::from(b'a' + u8::try_from(number).expect("few letters"));
        names.number(&letter.to_string()).expect("letters fit");
    }
    names
}

/// Any log of up to six activities.
pub fn any_traces() -> impl Strategy<Value = Traces> {
    let trace = prop::collection::vec((0_u16..6).prop_map(Activity), 0..9);
    prop::collection::vec((trace, 1_u64..20), 1..9).prop_map(|traces| Traces {
        activities: letters(6),
        traces,
    })
}

/// Any tree of which each activity is another one.
pub fn any_tree() -> impl Strategy<Value = ProcessTree> {
    let leaf = prop_oneof![
        1 => Just(ProcessTree::Silent),
        5 => Just(ProcessTree::Activity(Activity(0))),
    ];
    leaf.prop_recursive(4, 14, 3, |inner| {
        let parts = prop::collection::vec(inner.clone(), 2..4);
        prop_oneof![
            parts.clone().prop_map(ProcessTree::Sequence),
            parts.clone().prop_map(ProcessTree::Choice),
            parts.prop_map(ProcessTree::Parallel),
            (inner.clone(), inner).prop_map(|(body, redo)| ProcessTree::again(body, redo)),
        ]
    })
    .prop_map(|mut tree| {
        let mut next = 0;
        number(&mut tree, &mut next);
        tree
    })
}

fn number(tree: &mut ProcessTree, next: &mut u16) {
    match tree {
        ProcessTree::Silent => {}
        ProcessTree::Activity(activity) => {
            *activity = Activity(*next);
            *next += 1;
        }
        ProcessTree::Sequence(parts)
        | ProcessTree::Choice(parts)
        | ProcessTree::Parallel(parts) => {
            parts.iter_mut().for_each(|part| number(part, next));
        }
        ProcessTree::Loop { body, redo } => {
            number(body, next);
            number(redo, next);
        }
    }
}

proptest! {
    #[test]
    fn reducing_keeps_what_is_played(tree in any_tree(), chance in prop::collection::vec(any::<u8>(), 0..60)) {
        let trace = play(&tree, &mut chance.into_iter());
        prop_assert!(accepts(&tree, &trace));
        prop_assert!(accepts(&tree.reduced(), &trace));
    }
}
