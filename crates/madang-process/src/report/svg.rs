//! A map as SVG: boxes, lines as thick as they are frequent, and labels that tell how often and how long.

use std::collections::HashMap;
use std::fmt::Write as _;

use super::layout::{Area, Block, Course, Graph, Layout, Line, Route, Size, Stretch, lay_out};
use super::levels::Levels;
use super::words::{Words, escaped, shortened, width};
use crate::language::Language;
use crate::performance::{ActivityNode, Bottleneck, Edge, ProcessMap, duration_in_words, grouped};

/// The colours of both themes.
pub(super) const TOKENS: &str = include_str!("templates/tokens.css");

/// How a map looks.
pub(super) const STYLE: &str = include_str!("templates/map.css");

const NAME_SIZE: f64 = 14.0;
const BOLD_SIZE: f64 = 12.5;
const SMALL_SIZE: f64 = 11.0;
const NODE_HEIGHT: i32 = 46;
/// Boxes are about as wide as each other, and no name makes one so wide that the map is torn apart.
const NODE_WIDTH: (i32, i32) = (96, 190);
const LABEL_HEIGHT: i32 = 31;
/// The worst step's label is filled, and needs room around its words.
const PADDING: i32 = 8;
/// Longer names than this are cut in what a pointer shows, too.
const TITLE_WIDTH_MAX: i32 = 1_600;

/// A map on its way to be drawn.
pub(super) struct Picture<'map> {
    pub map: &'map ProcessMap,
    pub levels: Levels,
    /// The steps that lose the most time, the worst first.
    slow: Vec<(&'map str, &'map str)>,
    count_max: u64,
}

/// The map alone, as a file: what is shown of it at first.
pub(super) fn file(map: &ProcessMap, language: Language) -> String {
    let worst = Bottleneck::of(map, SLOW_MAX);
    let picture = Picture::of(map, &worst);
    let (nodes, edges) = picture.at_first();
    let layout = lay_out(&picture.graph(&nodes, &edges), PAGE);
    let Size { width, height } = layout.size;
    let say = |words: &Words| escaped(words.of(language));
    let shown = Shown::new(&nodes, &edges, &layout);
    let body = picture.body(&nodes, &edges, &shown, &say);
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" data-measure=\"time\" class=\"alone\">\n<style>\n{TOKENS}{STYLE}</style>\n{body}</svg>\n"
    )
}

/// A drawing for itself goes on a page that lies.
const PAGE: Size = Size {
    width: 1_280,
    height: 900,
};

/// So many steps stand out.
pub(super) const SLOW_MAX: usize = 3;

/// What is drawn, and where.
pub(super) struct Shown<'all> {
    nodes: HashMap<usize, Area>,
    edges: HashMap<usize, &'all Route>,
}

impl<'all> Shown<'all> {
    /// A layout by the numbers of what it lays out.
    pub fn new(nodes: &[usize], edges: &[usize], layout: &'all Layout) -> Self {
        Self {
            nodes: nodes
                .iter()
                .copied()
                .zip(layout.blocks.iter().copied())
                .collect(),
            edges: edges.iter().copied().zip(&layout.routes).collect(),
        }
    }
}

impl<'map> Picture<'map> {
    /// The picture of a map in which these steps stand out.
    pub fn of(map: &'map ProcessMap, worst: &'map [Bottleneck]) -> Self {
        let slow = worst.iter().take(SLOW_MAX);
        Self {
            map,
            levels: Levels::of(map),
            slow: slow
                .map(|step| (step.from.as_str(), step.to.as_str()))
                .collect(),
            count_max: map
                .edges
                .iter()
                .map(|edge| edge.count)
                .max()
                .unwrap_or(0)
                .max(1),
        }
    }

    /// The boxes and lines that are shown at first.
    pub fn at_first(&self) -> (Vec<usize>, Vec<usize>) {
        let first = self.levels.at_first();
        first.map_or_else(Default::default, |(nodes, paths)| {
            (nodes.activities.clone(), paths.edges.clone())
        })
    }

    /// Boxes and lines to be laid out.
    pub fn graph(&self, nodes: &[usize], edges: &[usize]) -> Graph {
        self.graph_sized(nodes, edges, node_size)
    }

    /// The same for boxes of these sizes.
    pub fn graph_sized(
        &self,
        nodes: &[usize],
        edges: &[usize],
        node_size: impl Fn(&ActivityNode) -> Size,
    ) -> Graph {
        let place = |activity: u16| nodes.binary_search(&usize::from(activity)).ok();
        let lines = edges.iter().filter_map(|at| {
            let edge = &self.map.edges[*at];
            Some(Line {
                from: place(edge.from)?,
                to: place(edge.to)?,
                weight: edge.count,
                stroke: self.stroke(edge).ceil() as i32,
                label: self.label_size(edge),
            })
        });
        let block = |at: &usize| Block {
            size: node_size(&self.map.activities[*at]),
            begins: self.map.activities[*at].started,
        };
        Graph {
            blocks: nodes.iter().map(block).collect(),
            lines: lines.collect(),
        }
    }

    /// Boxes and lines as elements; those that are not shown are hidden, and have no place.
    pub fn body(
        &self,
        nodes: &[usize],
        edges: &[usize],
        shown: &Shown<'_>,
        say: &Say<'_>,
    ) -> String {
        let mut out = String::from("<g class=\"edges\">\n");
        for at in edges {
            self.write_edge(&mut out, *at, shown.edges.get(at).copied());
        }
        out.push_str("</g>\n<g class=\"nodes\">\n");
        for at in nodes {
            self.write_node(&mut out, *at, shown.nodes.get(at).copied(), say);
        }
        // Labels come last: nothing is drawn over them.
        out.push_str("</g>\n<g class=\"labels\">\n");
        for at in edges {
            self.write_label(&mut out, *at, shown.edges.get(at).copied(), say);
        }
        out.push_str("</g>\n");
        out
    }

    fn write_edge(&self, out: &mut String, at: usize, route: Option<&Route>) {
        let edge = &self.map.edges[at];
        let stroke = self.stroke(edge);
        let (line, head) = route.map_or_else(Default::default, |route| self.paths(at, route));
        let hidden = hidden(route.is_none());
        let _ = writeln!(
            out,
            "<g class=\"edge{}\" data-edge=\"{at}\"{hidden}><path class=\"line\" d=\"{line}\" stroke-width=\"{stroke:.1}\"/><path class=\"head\" d=\"{head}\"/></g>",
            self.rank(edge).class()
        );
    }

    fn write_node(&self, out: &mut String, at: usize, area: Option<Area>, say: &Say<'_>) {
        let node = &self.map.activities[at];
        let Size { width, height } = node_size(node);
        let middle = width / 2;
        let area_or_none = area.unwrap_or_default();
        let name = escaped(&shortened(&node.name, NAME_SIZE, NODE_WIDTH.1 - 20));
        let title = escaped(&shortened(&node.name, NAME_SIZE, TITLE_WIDTH_MAX));
        let count = grouped(node.events);
        let took = node
            .processing
            .as_ref()
            .and_then(crate::performance::Histogram::median_ms);
        let took = took.map_or_else(|| Words::new(&*count, &*count), duration);
        let _ = writeln!(
            out,
            "<g class=\"node{}\" data-node=\"{at}\" transform=\"translate({} {})\"{}><title>{title} · {count}</title><rect width=\"{width}\" height=\"{height}\" rx=\"12\"/><text class=\"name\" x=\"{middle}\" y=\"20\">{name}</text><text class=\"count by-time\" x=\"{middle}\" y=\"36\">{}</text><text class=\"count by-count\" x=\"{middle}\" y=\"36\">{count}</text></g>",
            role(node),
            area_or_none.x,
            area_or_none.y,
            hidden(area.is_none()),
            say(&took),
        );
    }

    fn write_label(&self, out: &mut String, at: usize, route: Option<&Route>, say: &Say<'_>) {
        let edge = &self.map.edges[at];
        let Size { width, height } = self.label_size(edge);
        let area = route.map_or(Area::default(), |route| route.label);
        let name = |place| escaped(&shortened(self.map.name(place), NAME_SIZE, TITLE_WIDTH_MAX));
        let (middle, label) = (width / 2, self.label(edge));
        let _ = writeln!(
            out,
            "<g class=\"label{}\" data-label=\"{at}\" transform=\"translate({} {})\"{}><title>{} → {} · {}</title><rect width=\"{width}\" height=\"{height}\" rx=\"8\"/><g class=\"by-time\"><text class=\"large\" x=\"{middle}\" y=\"13\">{}</text><text class=\"small\" x=\"{middle}\" y=\"26\">{}</text></g><g class=\"by-count\"><text class=\"large\" x=\"{middle}\" y=\"13\">{}</text><text class=\"small\" x=\"{middle}\" y=\"26\">{}</text></g></g>",
            self.rank(edge).class(),
            area.x,
            area.y,
            hidden(route.is_none()),
            name(edge.from),
            name(edge.to),
            label.count.korean,
            say(&label.wait),
            say(&label.count_and_rank),
            say(&label.count),
            say(&label.wait),
        );
    }

    /// The line of a route, and its arrow.
    pub fn paths(&self, at: usize, route: &Route) -> (String, String) {
        let stroke = self.stroke(&self.map.edges[at]);
        let (length, half) = (8.0 + stroke / 3.0, 3.5 + stroke * 0.7);
        match &route.course {
            Course::Through(stretches) => through(stretches, length, half),
            Course::Loop {
                from_x,
                to_x,
                bottom,
                top,
            } => {
                let reach = f64::from(bottom - top) * 4.0 / 3.0;
                let over = f64::from(*bottom) - reach;
                let end = f64::from(*bottom) - length + 1.0;
                let neck = f64::from(*bottom) - length;
                let (left, right) = (f64::from(*to_x) - half, f64::from(*to_x) + half);
                (
                    format!(
                        "M{from_x} {bottom}C{from_x} {over:.1} {to_x} {over:.1} {to_x} {end:.1}"
                    ),
                    format!("M{to_x} {bottom}L{left:.1} {neck:.1}H{right:.1}Z"),
                )
            }
        }
    }

    /// How thick an edge is drawn.
    pub fn stroke(&self, edge: &Edge) -> f64 {
        1.5 + 7.5 * (edge.count as f64 / self.count_max as f64).sqrt()
    }

    /// Which of the slow steps it is.
    fn slow_place(&self, edge: &Edge) -> Option<usize> {
        let ends = (self.map.name(edge.from), self.map.name(edge.to));
        self.slow.iter().position(|other| *other == ends)
    }

    /// How an edge stands out.
    pub fn rank(&self, edge: &Edge) -> Rank {
        match self.slow_place(edge) {
            Some(0) => Rank::Worst,
            Some(_) => Rank::Slow,
            None if edge.count.saturating_mul(20) < self.count_max => Rank::Rare,
            None => Rank::Usual,
        }
    }

    fn label(&self, edge: &Edge) -> Label {
        let count = grouped(edge.count);
        let wait = edge
            .waiting
            .median_ms()
            .map_or_else(|| Words::new("겹쳐서 해요", "overlapping"), duration);
        let count_and_rank = match self.slow_place(edge) {
            Some(0) => Words::new(
                format!("{count} · 가장 많이 기다림"),
                format!("{count} · most waiting"),
            ),
            _ => Words::new(&*count, &*count),
        };
        Label {
            wait,
            count: Words::new(&*count, &*count),
            count_and_rank,
        }
    }

    fn label_size(&self, edge: &Edge) -> Size {
        let label = self.label(edge);
        let larger = [&label.wait, &label.count];
        let smaller = [&label.wait, &label.count_and_rank];
        let both =
            |words: &&Words, size| width(&words.korean, size).max(width(&words.english, size));
        let widths = (larger.iter().map(|words| both(words, BOLD_SIZE)))
            .chain(smaller.iter().map(|words| both(words, SMALL_SIZE)));
        let is_worst = self.slow_place(edge) == Some(0);
        Size {
            width: widths.max().unwrap_or(0) + if is_worst { 2 * PADDING } else { 2 },
            height: LABEL_HEIGHT,
        }
    }
}

/// How words stand in a drawing: in one language, or in both.
pub(super) type Say<'all> = dyn Fn(&Words) -> String + 'all;

/// How an edge stands out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rank {
    /// The most time is lost here.
    Worst,
    /// Much time is lost here.
    Slow,
    /// It is seldom.
    Rare,
    /// It does not.
    Usual,
}

impl Rank {
    fn class(self) -> &'static str {
        match self {
            Self::Worst => " worst",
            Self::Slow => " slow",
            Self::Rare => " rare",
            Self::Usual => "",
        }
    }
}

struct Label {
    wait: Words,
    count: Words,
    count_and_rank: Words,
}

fn duration(duration_ms: u64) -> Words {
    Words::said(|language| duration_in_words(duration_ms, language))
}

fn hidden(is_hidden: bool) -> &'static str {
    if is_hidden { " hidden=\"\"" } else { "" }
}

fn node_size(node: &ActivityNode) -> Size {
    size_for(&node.name)
}

/// How large the box of an activity of this name is.
pub(super) fn size_for(name: &str) -> Size {
    let (least, most) = NODE_WIDTH;
    Size {
        width: (width(name, NAME_SIZE).saturating_add(24)).clamp(least, most),
        height: NODE_HEIGHT,
    }
}

/// Where most of it begins or ends a case, it is shown as a beginning or an end.
fn role(node: &ActivityNode) -> &'static str {
    match node {
        node if node.started.saturating_mul(2) > node.events => " start",
        node if node.ended.saturating_mul(2) > node.events => " end",
        _ => "",
    }
}

/// How round the corners are where a line turns back.
const CORNER: f64 = 16.0;

fn through(stretches: &[Stretch], length: f64, half: f64) -> (String, String) {
    let (Some(first), Some(last)) = (stretches.first(), stretches.last()) else {
        return Default::default();
    };
    let forth = last.direction();
    let mut line = format!("M{} {}", first.from_x, first.y);
    for pair in stretches.windows(2) {
        match pair[0].turns_into(&pair[1]) {
            true => write_turn(&mut line, &pair[0], &pair[1]),
            false => write_bow(&mut line, &pair[0], &pair[1]),
        }
    }
    let (tip, y) = (f64::from(last.to_x), f64::from(last.y));
    let neck = tip - length * forth;
    let _ = write!(line, "H{:.1}", neck + forth);
    let head = format!(
        "M{} {}L{neck:.1} {:.1}V{:.1}Z",
        last.to_x,
        last.y,
        y - half,
        y + half
    );
    (line, head)
}

/// To the end of one stretch, and from there to the begin of the next one.
fn write_bow(line: &mut String, before: &Stretch, next: &Stretch) {
    let middle = i32::midpoint(before.to_x, next.from_x);
    let _ = write!(
        line,
        "H{}C{middle} {} {middle} {} {} {}",
        before.to_x, before.y, next.y, next.from_x, next.y
    );
}

/// To the end of one stretch, up or down around two corners, and a little way back.
fn write_turn(line: &mut String, before: &Stretch, next: &Stretch) {
    let (at, down) = (f64::from(before.to_x), f64::from(next.y - before.y));
    let level = (before.to_x - before.from_x).abs();
    let round = CORNER
        .min(down.abs() / 2.0)
        .min(f64::from(level.min((next.to_x - next.from_x).abs())));
    let near = at - round * before.direction();
    let (upper, lower) = (
        f64::from(before.y) + round * down.signum(),
        f64::from(next.y) - round * down.signum(),
    );
    let _ = write!(
        line,
        "H{near:.1}Q{at} {} {at} {upper:.1}V{lower:.1}Q{at} {} {near:.1} {}",
        before.y, next.y, next.y
    );
}
