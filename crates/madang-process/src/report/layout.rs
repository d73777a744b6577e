//! Where the blocks and lines of a graph are drawn: in layers from left to right, so that most lines run with the reading.
//!
//! A line that takes more than one layer passes through places of its own, and its label is such a place with a size. So neither blocks nor
//! labels can come to lie on each other, and no line runs over either. The same graph is always laid out the same way.

use self::columns::Columns;

mod columns;
mod crossings;
mod heights;
mod layers;
mod routes;

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
    /// Level stretches with bows between them, from where it begins to where its arrow points.
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

/// Room around everything.
const MARGIN: i32 = 12;

/// How far a loop stands out of its box.
const LOOP_HEIGHT: i32 = 26;

/// Lays a graph out.
pub fn lay_out(graph: &Graph) -> Layout {
    if graph.blocks.is_empty() {
        return Layout::default();
    }
    let layers = layers::layers(graph);
    let mut columns = Columns::new(graph, &layers);
    crossings::lessen(&mut columns);
    let heights = heights::heights(&columns);
    routes::drawn(graph, &columns, &heights)
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
