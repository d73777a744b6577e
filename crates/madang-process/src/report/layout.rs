//! Where the blocks and lines of a graph are drawn: in layers from left to right, so that most lines run with the reading. What is wider than there is
//! room turns back, and goes on below in the other direction, as often as need be.
//!
//! A line that takes more than one layer passes through places of its own, and its label is such a place with a size. So neither blocks nor
//! labels can come to lie on each other, and no line runs over either. The same graph is always laid out the same way.

use self::columns::Columns;

mod columns;
mod crossings;
mod heights;
mod layers;
mod routes;
mod rows;

/// What is laid out.
#[derive(Clone, Debug, Default)]
pub struct Graph {
    /// The boxes.
    pub blocks: Vec<Block>,
    /// The lines between them.
    pub lines: Vec<Line>,
}

/// A box.
#[derive(Clone, Copy, Debug, Default)]
pub struct Block {
    /// How large it is.
    pub size: Size,
    /// How much speaks for its standing at the left, beside its lines.
    pub begins: u64,
}

/// A line from one box to another, or back to its own.
#[derive(Clone, Copy, Debug)]
pub struct Line {
    /// A place in [`Graph::blocks`].
    pub from: usize,
    /// A place in [`Graph::blocks`].
    pub to: usize,
    /// Heavy lines are kept straight.
    pub weight: u64,
    /// How thick it is drawn.
    pub stroke: i32,
    /// How large its label is.
    pub label: Size,
}

/// How large something is, in pixels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Size {
    /// From left to right.
    pub width: i32,
    /// From top to bottom.
    pub height: i32,
}

/// Where something is drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Area {
    /// Its left side.
    pub x: i32,
    /// Its top.
    pub y: i32,
    /// How large it is.
    pub size: Size,
}

/// A graph laid out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Layout {
    /// What everything fits into.
    pub size: Size,
    /// Where each box is.
    pub blocks: Vec<Area>,
    /// Where each line runs.
    pub routes: Vec<Route>,
    /// The boxes in the order in which the way goes on, and where it branches from top to bottom.
    pub order: Vec<usize>,
}

/// Where a line runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// Its course.
    pub course: Course,
    /// Where its label is.
    pub label: Area,
}

/// The course of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Course {
    /// Level stretches with bows between them, from where it begins to where its arrow points. It turns back where a stretch begins just above or
    /// below the end of the one before.
    Through(Vec<Stretch>),
    /// Out of the top of a box and back into it.
    Loop {
        /// Where it leaves.
        from_x: i32,
        /// Where it comes back.
        to_x: i32,
        /// The top of the box.
        bottom: i32,
        /// How far up it goes.
        top: i32,
    },
}

/// A level part of a line; it runs to the left when it ends left of where it begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// Where it begins.
    pub from_x: i32,
    /// Where it ends.
    pub to_x: i32,
    /// How high it runs.
    pub y: i32,
}

impl Stretch {
    /// To the right, 1; to the left, -1.
    pub fn direction(&self) -> f64 {
        if self.to_x >= self.from_x { 1.0 } else { -1.0 }
    }

    /// Whether a line that goes on so turns back.
    pub fn turns_into(&self, next: &Self) -> bool {
        self.to_x == next.from_x && (self.to_x > self.from_x) == (next.to_x < next.from_x)
    }
}

/// Room around everything.
const MARGIN: i32 = 12;

/// How far a loop stands out of its box.
const LOOP_HEIGHT: i32 = 26;

/// What is drawn smaller than this share of its size is hard to read.
pub const READABLE: f64 = 0.85;

/// More rows have to be worth it: by this much larger.
const WORTH: f64 = 1.04;

/// Lays a graph out so that it can be drawn as large as can be in so much room, if not at its full size.
///
/// What cannot be read there in whole is as wide as the room, and higher.
pub fn lay_out(graph: &Graph, room: Size) -> Layout {
    Ordered::of(graph).in_room(room)
}

/// A graph of which it is known what stands beside what, so that it can be laid out for several rooms.
pub struct Ordered<'graph> {
    graph: &'graph Graph,
    columns: Option<Columns>,
}

impl<'graph> Ordered<'graph> {
    /// Finds the order.
    pub fn of(graph: &'graph Graph) -> Self {
        let columns = (!graph.blocks.is_empty()).then(|| {
            let mut columns = Columns::new(graph, &layers::layers(graph));
            crossings::lessen(&mut columns);
            columns
        });
        Self { graph, columns }
    }

    /// What [`lay_out`] does.
    pub fn in_room(&self, room: Size) -> Layout {
        let Some(columns) = &self.columns else {
            return Layout::default();
        };
        let mut best: Option<(Layout, (u8, f64))> = None;
        for ends in rows::ways_to_fold(columns, room) {
            let folded = columns.folded(&ends);
            let layout = routes::drawn(self.graph, &folded, &heights::heights(&folded));
            let fit = fit(layout.size, room);
            match &best {
                Some((_, least)) if !is_better(fit, *least) => {
                    // More rows are only higher.
                    if least.0 > 0 {
                        break;
                    }
                }
                _ => best = Some((layout, fit)),
            }
        }
        best.map(|(layout, _)| layout).unwrap_or_default()
    }
}

fn is_better(fit: (u8, f64), least: (u8, f64)) -> bool {
    fit.0 > least.0 || (fit.0 == least.0 && fit.1 > least.1 * WORTH)
}

/// How well a drawing goes into a room: first of all whether it can be read in whole, or at least in its width, and then how large.
fn fit(size: Size, room: Size) -> (u8, f64) {
    let across = f64::from(room.width) / f64::from(size.width.max(1));
    let down = f64::from(room.height) / f64::from(size.height.max(1));
    match (across >= READABLE, down >= READABLE) {
        (true, true) => (2, across.min(down).min(1.0)),
        (true, false) => (1, down),
        (false, _) => (0, across),
    }
}

impl Area {
    /// Whether any of it lies on the other.
    pub fn meets(&self, other: &Self) -> bool {
        self.x < other.right()
            && other.x < self.right()
            && self.y < other.bottom()
            && other.y < self.bottom()
    }

    /// Its right side.
    pub fn right(&self) -> i32 {
        self.x + self.size.width
    }

    /// Its lower side.
    pub fn bottom(&self) -> i32 {
        self.y + self.size.height
    }

    /// The point in its middle.
    pub fn middle(&self) -> (i32, i32) {
        (self.x + self.size.width / 2, self.y + self.size.height / 2)
    }
}

#[cfg(test)]
mod tests;
