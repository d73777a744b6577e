//! Columns and heights become boxes, lines and labels.

use super::columns::{Columns, LABEL_GAP, LANDING};
use super::{Area, Course, Graph, LOOP_HEIGHT, Layout, MARGIN, Route, Size, Stretch};

/// Between columns at least, and at most where lines have a long way up or down.
const GAP: (i32, i32) = (10, 64);

/// How much farther apart the columns of a row may stand than they have to, so that it ends where the others do.
const STRETCHED_MAX: i32 = 48;

/// Two lines at one side of a box are this far apart where there is room.
const PORT: i32 = 12;

/// From the end of a row to the first line that turns there, and between two of them.
const TURNS_APART: (i32, i32) = (6, 7);

/// Draws everything.
pub(super) fn drawn(graph: &Graph, columns: &Columns, heights: &[i32]) -> Layout {
    let turns = turns(columns);
    let room_for_turns = |is_left: bool| {
        let rows = turns.iter().enumerate();
        let rows = rows.filter(|(row, _)| (row % 2 == 1) == is_left);
        rows.map(|(_, turns)| turns.room).max().unwrap_or(0)
    };
    let spans = spans(columns, heights);
    let width = spans.iter().map(|span| span.1).max().unwrap_or(0);
    let left = MARGIN + room_for_turns(true);
    let mut drawing = Drawing {
        graph,
        columns,
        heights,
        spans,
        column_of: vec![0; columns.places.len()],
        row_of: vec![0; columns.columns.len()],
        turning_at: vec![0; columns.places.len()],
    };
    for (number, column) in columns.columns.iter().enumerate() {
        for place in column {
            drawing.column_of[*place] = number;
        }
    }
    for (row, (numbers, turns)) in columns.rows.iter().zip(&turns).enumerate() {
        let is_back = row % 2 == 1;
        for number in numbers.clone() {
            drawing.row_of[number] = row;
            let (from, to) = drawing.spans[number];
            drawing.spans[number] = match is_back {
                true => (left + width - to, left + width - from),
                false => (left + from, left + to),
            };
        }
        for (place, beyond) in &turns.beyond {
            drawing.turning_at[*place] = match is_back {
                true => left - beyond,
                false => left + width + beyond,
            };
        }
    }
    let blocks: Vec<Area> = (0..graph.blocks.len())
        .map(|block| drawing.block(block))
        .collect();
    let ports = drawing.ports();
    let routes = (0..graph.lines.len())
        .map(|line| drawing.route(line, &blocks, &ports))
        .collect();
    let bottoms = (heights.iter().zip(&columns.places)).map(|(height, place)| height + place.below);
    let mut order: Vec<usize> = (0..graph.blocks.len()).collect();
    order.sort_by_key(|block| (drawing.column_of[*block], heights[*block]));
    Layout {
        size: Size {
            width: left + width + room_for_turns(false) + MARGIN,
            height: bottoms.max().unwrap_or(0) + 2 * MARGIN,
        },
        blocks,
        routes,
        order,
    }
}

struct Drawing<'all> {
    graph: &'all Graph,
    columns: &'all Columns,
    heights: &'all [i32],
    /// From where to where each column reaches.
    spans: Vec<(i32, i32)>,
    column_of: Vec<usize>,
    row_of: Vec<usize>,
    /// For each place at the end of a row where its line turns.
    turning_at: Vec<i32>,
}

/// Where lines turn at the end of a row.
struct Turns {
    /// Each place, and how far beyond the end.
    beyond: Vec<(usize, i32)>,
    /// How much they take together.
    room: i32,
}

/// What turns at the end of each row: the uppermost line farthest out, so that none crosses another.
fn turns(columns: &Columns) -> Vec<Turns> {
    let last = columns.rows.len().saturating_sub(1);
    let row = |(number, numbers): (usize, &std::ops::Range<usize>)| {
        let mut turns = Turns {
            beyond: Vec::new(),
            room: 0,
        };
        if number == last {
            return turns;
        }
        for place in columns.columns[numbers.end - 1].iter().rev() {
            let half = columns.places[*place].above;
            let apart = match turns.room {
                0 => TURNS_APART.0,
                _ => TURNS_APART.1,
            };
            turns.beyond.push((*place, turns.room + apart + half));
            turns.room += apart + 2 * half;
        }
        turns
    };
    columns.rows.iter().enumerate().map(row).collect()
}

/// From where to where each column reaches from the begin of its row. Rows that another follows are about as wide as the widest.
fn spans(columns: &Columns, heights: &[i32]) -> Vec<(i32, i32)> {
    let mut spans: Vec<(i32, i32)> = Vec::new();
    for row in &columns.rows {
        let mut begin = 0;
        for number in row.clone() {
            let gap = gap_before(columns, heights, number);
            let from = if number == row.start { 0 } else { begin + gap };
            begin = from + columns.width(number);
            spans.push((from, begin));
        }
    }
    let widest = spans.iter().map(|span| span.1).max().unwrap_or(0);
    for row in columns.rows.iter().rev().skip(1) {
        let over = widest - spans[row.end - 1].1;
        let gaps = (row.len() as i32 - 1).max(1);
        let over = over.min(gaps * STRETCHED_MAX);
        for (at, number) in row.clone().enumerate() {
            let moved = over * at as i32 / gaps;
            spans[number] = (spans[number].0 + moved, spans[number].1 + moved);
        }
    }
    spans
}

fn gap_before(columns: &Columns, heights: &[i32], number: usize) -> i32 {
    let before = columns.columns[number].iter().flat_map(|place| {
        let before = columns.before[*place].iter();
        before.map(|(other, _)| (heights[*other] - heights[*place]).abs())
    });
    (before.max().unwrap_or(0) / 3).clamp(GAP.0, GAP.1)
}

/// For each line how far from the middle of its first and its last box it is joined.
type Ports = Vec<(i32, i32)>;

impl Drawing<'_> {
    fn is_back(&self, column: usize) -> bool {
        self.row_of[column] % 2 == 1
    }

    fn middle_x(&self, column: usize) -> i32 {
        let (from, to) = self.spans[column];
        i32::midpoint(from, to)
    }

    /// Where a line comes into a column.
    fn entry_x(&self, column: usize) -> i32 {
        let (from, to) = self.spans[column];
        if self.is_back(column) { to } else { from }
    }

    /// Where a line goes out of a column.
    fn exit_x(&self, column: usize) -> i32 {
        let (from, to) = self.spans[column];
        if self.is_back(column) { from } else { to }
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
            for is_onward in [false, true] {
                let lines = self.lines_at(block, is_onward);
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
                    match is_onward {
                        true => ports[line].0 = offset,
                        false => ports[line].1 = offset,
                    }
                }
            }
        }
        ports
    }

    /// The lines between a box and what is behind it, or before it, from top to bottom.
    fn lines_at(&self, block: usize, is_onward: bool) -> Vec<usize> {
        let mut lines: Vec<(i32, usize)> = Vec::new();
        for (number, chain) in self.columns.chains.iter().enumerate() {
            let next = match (chain.as_slice(), is_onward) {
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
        let ([first, .., last], Some(labelled)) = (chain.as_slice(), self.columns.labels[number])
        else {
            return self.loop_route(number, blocks[line.from]);
        };
        let (left, right) = (blocks[*first], blocks[*last]);
        let column = self.column_of[*first];
        let mut stretches = vec![Stretch {
            from_x: if self.is_back(column) {
                left.x
            } else {
                left.right()
            },
            to_x: self.exit_x(column),
            y: left.middle().1 + ports[number].0,
        }];
        for at in 1..chain.len() - 1 {
            stretches.push(self.level(chain[at - 1], chain[at], chain[at + 1]));
        }
        let column = self.column_of[*last];
        stretches.push(Stretch {
            from_x: self.entry_x(column),
            to_x: if self.is_back(column) {
                right.right()
            } else {
                right.x
            },
            y: right.middle().1 + ports[number].1,
        });
        if *first != line.from {
            stretches.reverse();
            for stretch in &mut stretches {
                (stretch.from_x, stretch.to_x) = (stretch.to_x, stretch.from_x);
            }
        }
        Route {
            course: Course::Through(stretches),
            label: Area {
                x: self.middle_x(self.column_of[labelled]) - line.label.width / 2,
                y: self.line_y(labelled) + line.stroke / 2 + 1 + LABEL_GAP,
                size: line.label,
            },
        }
    }

    /// The level part of a line through a place, as far as to where it turns when that is between two rows.
    fn level(&self, before: usize, place: usize, behind: usize) -> Stretch {
        let row = |place: usize| self.row_of[self.column_of[place]];
        let column = self.column_of[place];
        let from_x = match row(before) == row(place) {
            true => self.entry_x(column),
            false => self.turning_at[before],
        };
        let to_x = match row(place) == row(behind) {
            true => self.exit_x(column),
            false => self.turning_at[place],
        };
        let y = self.line_y(place);
        Stretch { from_x, to_x, y }
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
