//! Everything that takes a place in the drawing, column by column: layers of boxes, and between them the labels.

use super::{Graph, LOOP_HEIGHT};

/// The places of a drawing.
pub(super) struct Columns {
    /// All places.
    pub places: Vec<Place>,
    /// The places of each column, from top to bottom. Even columns are layers, odd ones are between them.
    pub columns: Vec<Vec<usize>>,
    /// For each line the places it passes, from left to right, those of its boxes included; empty for a loop.
    pub chains: Vec<Vec<usize>>,
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
            chains: vec![Vec::new(); graph.lines.len()],
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
            chain.push(self.add(column, place));
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

    /// How far the lines through two places that follow each other downwards are apart at least.
    pub fn apart(&self, upper: usize, lower: usize) -> i32 {
        self.places[upper].below + ROOM + self.places[lower].above
    }
}

/// Between a line and the label below it.
pub(super) const LABEL_GAP: i32 = 2;

/// The column in the middle that has labels.
pub(super) fn label_column(first: usize, last: usize) -> usize {
    let middle = usize::midpoint(first, last);
    match middle.is_multiple_of(2) {
        true => middle - 1,
        false => middle,
    }
}
