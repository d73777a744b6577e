//! Everything that takes a place in the drawing, column by column: layers of boxes, and between them the labels.

use std::collections::HashMap;
use std::ops::Range;

use super::{Graph, LOOP_HEIGHT};

/// The places of a drawing.
#[derive(Clone)]
pub(super) struct Columns {
    /// All places.
    pub places: Vec<Place>,
    /// The places of each column, from top to bottom. Before they are folded, even columns are layers, odd ones are between them.
    pub columns: Vec<Vec<usize>>,
    /// Which columns stand in each row. The first row runs to the right, the next one back, and so on.
    pub rows: Vec<Range<usize>>,
    /// For each line the places it passes, in the order of the columns, those of its boxes included; empty for a loop.
    pub chains: Vec<Vec<usize>>,
    /// For each line the place of its label; none for a loop.
    pub labels: Vec<Option<usize>>,
    /// For each place its neighbours in the column before, and how heavy the line to each is.
    pub before: Vec<Vec<(usize, f64)>>,
    /// The same for the column behind.
    pub behind: Vec<Vec<(usize, f64)>>,
}

/// Room for a box, a label, or a line that passes.
#[derive(Clone, Copy, Default)]
pub(super) struct Place {
    /// How far it reaches above the line through it.
    pub above: i32,
    /// How far it reaches below that.
    pub below: i32,
    /// How wide it is.
    pub width: i32,
}

/// Between two things above each other.
const ROOM: i32 = 14;

/// Straight from a box to the first bow, so that arrows point level.
pub(super) const LANDING: i32 = 12;

/// How much straighter the heaviest line is kept than the lightest.
const HEAVIEST: f64 = 400.0;

impl Columns {
    /// The places of a graph with boxes in these layers; the number of a box is that of its place.
    pub fn new(graph: &Graph, layers: &[usize]) -> Self {
        let count = layers.iter().max().map_or(0, |last| last * 2 + 1);
        let mut made = Self {
            places: Vec::new(),
            columns: vec![Vec::new(); count],
            rows: std::iter::once(0..count).collect(),
            chains: vec![Vec::new(); graph.lines.len()],
            labels: vec![None; graph.lines.len()],
            before: Vec::new(),
            behind: Vec::new(),
        };
        for (block, layer) in graph.blocks.iter().zip(layers) {
            let half = block.size.height / 2;
            made.add(
                layer * 2,
                Place {
                    above: half,
                    below: block.size.height - half,
                    width: block.size.width + 2 * LANDING,
                },
            );
        }
        let heaviest = graph.lines.iter().map(|line| line.weight).max();
        let heaviest = heaviest.unwrap_or(0).max(1) as f64;
        for (number, line) in graph.lines.iter().enumerate() {
            if line.from == line.to {
                let place = &mut made.places[line.from];
                place.above += LOOP_HEIGHT + line.label.height + 4;
                place.width = place.width.max(line.label.width + 2 * LANDING);
            } else {
                let heavy = 1.0 + HEAVIEST * (line.weight as f64 / heaviest).powi(2);
                made.add_chain(graph, layers, number, heavy);
            }
        }
        made
    }

    fn add(&mut self, column: usize, place: Place) -> usize {
        let number = self.places.len();
        self.places.push(place);
        self.columns[column].push(number);
        self.before.push(Vec::new());
        self.behind.push(Vec::new());
        number
    }

    fn add_chain(&mut self, graph: &Graph, layers: &[usize], number: usize, heavy: f64) {
        let line = &graph.lines[number];
        let (left, right) = match layers[line.from] < layers[line.to] {
            true => (line.from, line.to),
            false => (line.to, line.from),
        };
        let (first, last) = (layers[left] * 2, layers[right] * 2);
        let label_at = label_column(first, last);
        let mut chain = vec![left];
        for column in first + 1..last {
            let half = line.stroke / 2 + 1;
            let place = match column == label_at {
                true => Place {
                    above: half,
                    below: half + LABEL_GAP + line.label.height,
                    width: line.label.width,
                },
                false => Place {
                    above: half,
                    below: half,
                    width: 0,
                },
            };
            let place = self.add(column, place);
            chain.push(place);
            if column == label_at {
                self.labels[number] = Some(place);
            }
        }
        chain.push(right);
        for (at, pair) in chain.windows(2).enumerate() {
            // What passes bends more visibly than what ends.
            let passes = at > 0 && at + 2 < chain.len();
            let heavy = if passes { heavy * 4.0 } else { heavy };
            self.behind[pair[0]].push((pair[1], heavy));
            self.before[pair[1]].push((pair[0], heavy));
        }
        self.chains[number] = chain;
    }

    /// The same in several rows: each of these columns, which are between layers, ends one. What leads on from it turns back at its end, and has a place
    /// at the beginning of the next row, whose order from top to bottom is the other way round. So lines that turn do not cross for it.
    pub fn folded(&self, ends: &[usize]) -> Self {
        let mut made = Self {
            columns: Vec::with_capacity(self.columns.len() + ends.len()),
            rows: Vec::with_capacity(ends.len() + 1),
            ..self.clone()
        };
        let mut turned: HashMap<usize, usize> = HashMap::new();
        let mut begin = 0;
        for (number, column) in self.columns.iter().enumerate() {
            let mut column = column.clone();
            if made.rows.len() % 2 == 1 {
                column.reverse();
            }
            made.columns.push(column);
            if ends.contains(&number) {
                made.rows.push(begin..made.columns.len());
                begin = made.columns.len();
                let places = made.columns[begin - 1].iter().rev().copied();
                let places: Vec<usize> = places.collect();
                let entered = places.into_iter().map(|place| {
                    let behind = made.turned(place);
                    turned.insert(place, behind);
                    behind
                });
                let entered = entered.collect();
                made.columns.push(entered);
            }
        }
        made.rows.push(begin..made.columns.len());
        for chain in &mut made.chains {
            let places = chain.iter();
            let places = places.flat_map(|place| [Some(*place), turned.get(place).copied()]);
            *chain = places.flatten().collect();
        }
        made
    }

    /// A place at the beginning of a row for a line that has turned behind this one.
    fn turned(&mut self, place: usize) -> usize {
        let number = self.places.len();
        let half = self.places[place].above;
        self.places.push(Place {
            above: half,
            below: half,
            width: 0,
        });
        let behind = std::mem::take(&mut self.behind[place]);
        for (next, _) in &behind {
            for (before, _) in &mut self.before[*next] {
                if *before == place {
                    *before = number;
                }
            }
        }
        self.before.push(Vec::new());
        self.behind.push(behind);
        number
    }

    /// For each place the row that it stands in.
    pub fn rows_of_places(&self) -> Vec<usize> {
        let mut row_of = vec![0; self.places.len()];
        for (row, numbers) in self.rows.iter().enumerate() {
            for place in self.columns[numbers.clone()].iter().flatten() {
                row_of[*place] = row;
            }
        }
        row_of
    }

    /// How wide the widest place of a column is.
    pub fn width(&self, column: usize) -> i32 {
        let widths = self.columns[column].iter();
        let widths = widths.map(|place| self.places[*place].width);
        widths.max().unwrap_or(0)
    }

    /// How far the lines through two places that follow each other downwards are apart at least.
    pub fn apart(&self, upper: usize, lower: usize) -> i32 {
        self.places[upper].below + ROOM + self.places[lower].above
    }
}

/// Between a line and the label below it.
pub(super) const LABEL_GAP: i32 = 2;

/// The column in the middle that has labels.
fn label_column(first: usize, last: usize) -> usize {
    let middle = usize::midpoint(first, last);
    match middle.is_multiple_of(2) {
        true => middle - 1,
        false => middle,
    }
}
