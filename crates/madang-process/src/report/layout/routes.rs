//! Columns and heights become boxes, lines and labels.

use super::columns::{Columns, LABEL_GAP, LANDING, label_column};
use super::{Area, Course, Graph, LOOP_HEIGHT, Layout, MARGIN, Route, Size, Stretch};

/// Between columns at least, and at most where lines have a long way up or down.
const GAP: (i32, i32) = (10, 64);

/// Two lines at one side of a box are this far apart where there is room.
const PORT: i32 = 12;

/// Draws everything.
pub(super) fn drawn(graph: &Graph, columns: &Columns, heights: &[i32]) -> Layout {
    let spans = spans(columns, heights);
    let mut column_of = vec![0; columns.places.len()];
    for (number, column) in columns.columns.iter().enumerate() {
        for place in column {
            column_of[*place] = number;
        }
    }
    let drawing = Drawing {
        graph,
        columns,
        heights,
        spans,
        column_of,
    };
    let blocks: Vec<Area> = (0..graph.blocks.len())
        .map(|block| drawing.block(block))
        .collect();
    let ports = drawing.ports();
    let routes = (0..graph.lines.len())
        .map(|line| drawing.route(line, &blocks, &ports))
        .collect();
    let bottoms = (heights.iter().zip(&columns.places)).map(|(height, place)| height + place.below);
    Layout {
        size: Size {
            width: drawing.spans.last().map_or(0, |span| span.1) + MARGIN,
            height: bottoms.max().unwrap_or(0) + 2 * MARGIN,
        },
        blocks,
        routes,
    }
}

struct Drawing<'all> {
    graph: &'all Graph,
    columns: &'all Columns,
    heights: &'all [i32],
    /// From where to where each column reaches.
    spans: Vec<(i32, i32)>,
    column_of: Vec<usize>,
}

/// From where to where each column reaches.
fn spans(columns: &Columns, heights: &[i32]) -> Vec<(i32, i32)> {
    let mut spans: Vec<(i32, i32)> = Vec::new();
    for column in &columns.columns {
        let width = column
            .iter()
            .map(|place| columns.places[*place].width)
            .max();
        let before = column.iter().flat_map(|place| {
            let before = columns.before[*place].iter();
            before.map(|(other, _)| (heights[*other] - heights[*place]).abs())
        });
        let gap = (before.max().unwrap_or(0) / 3).clamp(GAP.0, GAP.1);
        let from = spans.last().map_or(MARGIN, |span| span.1 + gap);
        spans.push((from, from + width.unwrap_or(0)));
    }
    spans
}

/// For each line how far from the middle of its left and its right box it is joined.
type Ports = Vec<(i32, i32)>;

impl Drawing<'_> {
    fn middle_x(&self, column: usize) -> i32 {
        let (from, to) = self.spans[column];
        i32::midpoint(from, to)
    }

    fn line_y(&self, place: usize) -> i32 {
        self.heights[place] + MARGIN
    }

    fn block(&self, block: usize) -> Area {
        let size = self.graph.blocks[block].size;
        Area {
            x: self.middle_x(self.column_of[block]) - size.width / 2,
            y: self.line_y(block) - size.height / 2,
            size,
        }
    }

    /// The lines at each side of a box lie in the order of where they go, the heaviest of them in the middle where there is room.
    fn ports(&self) -> Ports {
        let mut ports = vec![(0, 0); self.graph.lines.len()];
        for block in 0..self.graph.blocks.len() {
            let half = self.graph.blocks[block].size.height / 2 - 8;
            for is_right in [false, true] {
                let lines = self.lines_at(block, is_right);
                let weights = lines.iter().map(|line| self.graph.lines[*line].weight);
                let heaviest = weights
                    .enumerate()
                    .max_by_key(|(at, weight)| (*weight, usize::MAX - at));
                let heaviest = heaviest.map_or(0, |(at, _)| at);
                let most = heaviest
                    .max(lines.len().saturating_sub(heaviest + 1))
                    .max(1);
                let step = PORT.min(half / most as i32);
                for (at, line) in lines.into_iter().enumerate() {
                    let offset = (at as i32 - heaviest as i32) * step;
                    match is_right {
                        true => ports[line].0 = offset,
                        false => ports[line].1 = offset,
                    }
                }
            }
        }
        ports
    }

    /// The lines that leave a box to the right or to the left, from top to bottom.
    fn lines_at(&self, block: usize, is_right: bool) -> Vec<usize> {
        let mut lines: Vec<(i32, usize)> = Vec::new();
        for (number, chain) in self.columns.chains.iter().enumerate() {
            let next = match (chain.as_slice(), is_right) {
                ([first, next, ..], true) if *first == block => *next,
                ([.., next, last], false) if *last == block => *next,
                _ => continue,
            };
            lines.push((self.heights[next], number));
        }
        lines.sort_unstable();
        lines.into_iter().map(|(_, number)| number).collect()
    }

    fn route(&self, number: usize, blocks: &[Area], ports: &Ports) -> Route {
        let line = &self.graph.lines[number];
        let chain = &self.columns.chains[number];
        let [first, .., last] = chain.as_slice() else {
            return self.loop_route(number, blocks[line.from]);
        };
        let (left, right) = (blocks[*first], blocks[*last]);
        let mut stretches = vec![Stretch {
            from_x: left.right(),
            to_x: self.spans[self.column_of[*first]].1,
            y: left.middle().1 + ports[number].0,
        }];
        for place in &chain[1..chain.len() - 1] {
            let (from_x, to_x) = self.spans[self.column_of[*place]];
            let y = self.line_y(*place);
            stretches.push(Stretch { from_x, to_x, y });
        }
        stretches.push(Stretch {
            from_x: self.spans[self.column_of[*last]].0,
            to_x: right.x,
            y: right.middle().1 + ports[number].1,
        });
        if *first != line.from {
            stretches.reverse();
            for stretch in &mut stretches {
                (stretch.from_x, stretch.to_x) = (stretch.to_x, stretch.from_x);
            }
        }
        let labelled = label_column(self.column_of[*first], self.column_of[*last]);
        let place = chain[labelled - self.column_of[*first]];
        Route {
            course: Course::Through(stretches),
            label: Area {
                x: self.middle_x(labelled) - line.label.width / 2,
                y: self.line_y(place) + line.stroke / 2 + 1 + LABEL_GAP,
                size: line.label,
            },
        }
    }

    fn loop_route(&self, number: usize, block: Area) -> Route {
        let line = &self.graph.lines[number];
        let (middle, _) = block.middle();
        let reach = (block.size.width / 4).min(2 * LANDING);
        let top = block.y - LOOP_HEIGHT;
        Route {
            course: Course::Loop {
                from_x: middle - reach,
                to_x: middle + reach,
                bottom: block.y,
                top,
            },
            label: Area {
                x: middle - line.label.width / 2,
                y: top - line.label.height - 2,
                size: line.label,
            },
        }
    }
}
