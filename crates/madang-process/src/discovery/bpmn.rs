//! A process tree as a BPMN 2.0 diagram, with a place for every shape so that any modeller opens it.

use std::fmt::{Arguments, Write as _};

use drawing::{Drawing, Kind, Point, Shape};

use super::process_tree::ProcessTree;
use crate::event_data::Names;
use crate::xml::escaped;

mod drawing;

/// The diagram of a tree. Choices and loops become exclusive gateways, parallel blocks parallel ones; silence is a line without a task.
pub fn write_bpmn(tree: &ProcessTree, activities: &Names, name: &str) -> String {
    let drawing = Drawing::of(tree, activities);
    let mut out = String::from(concat!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n",
        "<bpmn:definitions xmlns:bpmn=\"http://www.omg.org/spec/BPMN/20100524/MODEL\"",
        " xmlns:bpmndi=\"http://www.omg.org/spec/BPMN/20100524/DI\"",
        " xmlns:dc=\"http://www.omg.org/spec/DD/20100524/DC\"",
        " xmlns:di=\"http://www.omg.org/spec/DD/20100524/DI\"",
        " id=\"definitions\" targetNamespace=\"urn:madang:process\">\n",
    ));
    let name = escaped(name);
    line(
        &mut out,
        2,
        format_args!("<bpmn:process id=\"process\" name=\"{name}\" isExecutable=\"false\">"),
    );
    for (at, shape) in drawing.shapes.iter().enumerate() {
        write_node(&mut out, &drawing, at, shape);
    }
    for (at, flow) in drawing.flows.iter().enumerate() {
        let (from, to) = (flow.from, flow.to);
        line(
            &mut out,
            4,
            format_args!(
                "<bpmn:sequenceFlow id=\"flow_{at}\" sourceRef=\"node_{from}\" targetRef=\"node_{to}\"/>"
            ),
        );
    }
    line(&mut out, 2, format_args!("</bpmn:process>"));
    line(
        &mut out,
        2,
        format_args!("<bpmndi:BPMNDiagram id=\"diagram\">"),
    );
    line(
        &mut out,
        4,
        format_args!("<bpmndi:BPMNPlane id=\"plane\" bpmnElement=\"process\">"),
    );
    for (at, shape) in drawing.shapes.iter().enumerate() {
        write_place(&mut out, at, shape);
    }
    for (at, flow) in drawing.flows.iter().enumerate() {
        write_line(&mut out, at, &flow.points);
    }
    line(&mut out, 4, format_args!("</bpmndi:BPMNPlane>"));
    line(&mut out, 2, format_args!("</bpmndi:BPMNDiagram>"));
    out.push_str("</bpmn:definitions>\n");
    out
}

fn write_node(out: &mut String, drawing: &Drawing<'_>, at: usize, shape: &Shape<'_>) {
    let (element, more) = match shape.kind {
        Kind::Start => ("startEvent", String::new()),
        Kind::End => ("endEvent", String::new()),
        Kind::Task(name) => ("task", format!(" name=\"{}\"", escaped(name))),
        Kind::OneOf { splits } => ("exclusiveGateway", direction(splits)),
        Kind::AllOf { splits } => ("parallelGateway", direction(splits)),
    };
    line(
        out,
        4,
        format_args!("<bpmn:{element} id=\"node_{at}\"{more}>"),
    );
    for (flow, _) in (drawing.flows.iter().enumerate()).filter(|(_, flow)| flow.to == at) {
        line(
            out,
            6,
            format_args!("<bpmn:incoming>flow_{flow}</bpmn:incoming>"),
        );
    }
    for (flow, _) in (drawing.flows.iter().enumerate()).filter(|(_, flow)| flow.from == at) {
        line(
            out,
            6,
            format_args!("<bpmn:outgoing>flow_{flow}</bpmn:outgoing>"),
        );
    }
    line(out, 4, format_args!("</bpmn:{element}>"));
}

fn direction(splits: bool) -> String {
    let direction = if splits { "Diverging" } else { "Converging" };
    format!(" gatewayDirection=\"{direction}\"")
}

fn write_place(out: &mut String, at: usize, shape: &Shape<'_>) {
    let marker = match shape.kind {
        Kind::OneOf { .. } => " isMarkerVisible=\"true\"",
        _ => "",
    };
    let Shape {
        x,
        y,
        width,
        height,
        ..
    } = shape;
    line(
        out,
        6,
        format_args!("<bpmndi:BPMNShape id=\"shape_{at}\" bpmnElement=\"node_{at}\"{marker}>"),
    );
    line(
        out,
        8,
        format_args!("<dc:Bounds x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\"/>"),
    );
    line(out, 6, format_args!("</bpmndi:BPMNShape>"));
}

fn write_line(out: &mut String, at: usize, points: &[Point]) {
    line(
        out,
        6,
        format_args!("<bpmndi:BPMNEdge id=\"edge_{at}\" bpmnElement=\"flow_{at}\">"),
    );
    for Point { x, y } in points {
        line(out, 8, format_args!("<di:waypoint x=\"{x}\" y=\"{y}\"/>"));
    }
    line(out, 6, format_args!("</bpmndi:BPMNEdge>"));
}

fn line(out: &mut String, indent: usize, text: Arguments<'_>) {
    writeln!(out, "{:indent$}{text}", "").expect("a String takes all text");
}
