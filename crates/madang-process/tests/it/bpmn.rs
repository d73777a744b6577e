//! BPMN: well-formed, every reference known, shapes apart from each other, arrows from edge to edge.

use std::collections::HashMap;

use madang_process::discovery::{InductiveSettings, ProcessTree, Traces, inductive, write_bpmn};
use madang_process::event_data::{Activity, Names};
use proptest::prelude::*;
use quick_xml::XmlVersion;
use quick_xml::events::{BytesStart, Event};

use crate::running_example;
use crate::tree_language::{any_tree, letters};

#[derive(Default, Debug)]
struct Diagram {
    /// Element and name of each node.
    nodes: HashMap<String, (String, String)>,
    flows: HashMap<String, (String, String)>,
    /// Left, top, width, height of each node.
    bounds: HashMap<String, [i64; 4]>,
    lines: HashMap<String, Vec<(i64, i64)>>,
}

fn read(file: &str) -> Diagram {
    let mut reader = quick_xml::Reader::from_str(file);
    let mut diagram = Diagram::default();
    let mut of = String::new();
    loop {
        match reader.read_event().expect("well-formed") {
            Event::Start(element) | Event::Empty(element) => take(&mut diagram, &element, &mut of),
            Event::Eof => return diagram,
            _ => {}
        }
    }
}

fn take(diagram: &mut Diagram, element: &BytesStart<'_>, of: &mut String) {
    let value = |name: &str| {
        (element.try_get_attribute(name).expect("well-formed")).map(|attribute| {
            let value = attribute.normalized_value(XmlVersion::Explicit1_0);
            value.expect("well-formed").into_owned()
        })
    };
    let text = |name: &str| value(name).expect("there");
    let number = |name: &str| text(name).parse::<i64>().expect("a whole number");
    let known = match element.local_name().as_ref() {
        "sequenceFlow" => {
            let ends = (text("sourceRef"), text("targetRef"));
            diagram.flows.insert(text("id"), ends).is_some()
        }
        kind @ ("startEvent" | "endEvent" | "task" | "exclusiveGateway" | "parallelGateway") => {
            let node = (kind.to_owned(), value("name").unwrap_or_default());
            diagram.nodes.insert(text("id"), node).is_some()
        }
        "BPMNShape" | "BPMNEdge" => {
            *of = text("bpmnElement");
            false
        }
        "Bounds" => {
            let bounds = ["x", "y", "width", "height"].map(number);
            diagram.bounds.insert(of.clone(), bounds).is_some()
        }
        "waypoint" => {
            let line = diagram.lines.entry(of.clone()).or_default();
            line.push((number("x"), number("y")));
            false
        }
        _ => false,
    };
    assert!(!known, "an id is there twice");
}

fn check(tree: &ProcessTree, names: &Names) -> Diagram {
    let diagram = read(&write_bpmn(tree, names, "any"));
    assert_eq!(diagram.bounds.len(), diagram.nodes.len());
    assert_eq!(diagram.lines.len(), diagram.flows.len());
    for (flow, (from, to)) in &diagram.flows {
        let line = &diagram.lines[flow];
        assert!(
            on_edge(diagram.bounds[from], line[0]),
            "{flow} starts at {line:?}"
        );
        assert!(
            on_edge(diagram.bounds[to], line[line.len() - 1]),
            "{flow} ends at {line:?}"
        );
        for pair in line.windows(2) {
            assert!(
                pair[0].0 == pair[1].0 || pair[0].1 == pair[1].1,
                "{flow} is aslant"
            );
        }
    }
    for (one, left) in &diagram.bounds {
        assert!(left[0] >= 0 && left[1] >= 0, "{one} is off the page");
        for (other, right) in diagram.bounds.iter().filter(|(other, _)| *other != one) {
            assert!(
                apart(*left, *right),
                "{one} {left:?} lies over {other} {right:?}"
            );
        }
    }
    diagram
}

fn on_edge([x, y, width, height]: [i64; 4], (at, down): (i64, i64)) -> bool {
    let within = (x..=x + width).contains(&at) && (y..=y + height).contains(&down);
    within && (at == x || at == x + width || down == y || down == y + height)
}

fn apart(left: [i64; 4], right: [i64; 4]) -> bool {
    (0..2).any(|axis| {
        left[axis] + left[axis + 2] < right[axis] || right[axis] + right[axis + 2] < left[axis]
    })
}

#[test]
fn the_running_example_is_drawn() {
    let traces = Traces::of(&running_example::log());
    let mined = inductive(&traces, &InductiveSettings::default()).expect("eight activities");
    let diagram = check(&mined.tree, &traces.activities);
    let count = |kind: &str| diagram.nodes.values().filter(|node| node.0 == kind).count();
    assert_eq!(count("task"), 8);
    // The two ways to examine, the loop and the two ends; the examination beside the check.
    assert_eq!(count("exclusiveGateway"), 6);
    assert_eq!(count("parallelGateway"), 2);
}

#[test]
fn any_name_can_be_a_task() {
    let names = ["결제 \"카드\" & <현금>", "a\nb\u{1}", "'"];
    let mut numbers = Names::new();
    let tasks = (names.iter())
        .map(|name| ProcessTree::Activity(Activity(numbers.number(name).expect("fits") as u16)))
        .collect();
    let diagram = check(&ProcessTree::Choice(tasks), &numbers);
    let mut found: Vec<_> = (diagram.nodes.values())
        .filter(|node| node.0 == "task")
        .map(|node| node.1.as_str())
        .collect();
    found.sort_unstable();
    assert_eq!(found, ["'", "a\nb\u{fffd}", "결제 \"카드\" & <현금>"]);
}

proptest! {
    #[test]
    fn every_tree_is_drawn_in_order(tree in any_tree()) {
        let names = letters(20);
        check(&tree.clone().reduced(), &names);
        check(&tree, &names);
    }
}
