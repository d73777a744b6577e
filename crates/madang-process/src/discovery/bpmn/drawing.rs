//! Where the blocks of a tree stand: sequences from left to right, choices and parallel parts under each other, ways back below what they repeat.

use super::super::process_tree::ProcessTree;
use crate::event_data::Names;

const EVENT: i64 = 36;
const GATEWAY: i64 = 50;
const TASK_WIDTH: i64 = 120;
const TASK_HEIGHT: i64 = 72;
/// Between neighbours in a sequence: room for an arrow.
const GAP: i64 = 40;
/// Between parts under each other.
const LANE_GAP: i64 = 24;
/// Of a line without a task.
const LINE_HEIGHT: i64 = 24;
const MARGIN: i64 = 40;

/// Shapes and lines with their places.
pub(super) struct Drawing<'names> {
    pub(super) shapes: Vec<Shape<'names>>,
    pub(super) flows: Vec<Flow>,
}

#[derive(Clone, Copy)]
pub(super) enum Kind<'names> {
    Start,
    End,
    Task(&'names str),
    OneOf { splits: bool },
    AllOf { splits: bool },
}

pub(super) struct Shape<'names> {
    pub(super) kind: Kind<'names>,
    pub(super) x: i64,
    pub(super) y: i64,
    pub(super) width: i64,
    pub(super) height: i64,
}

/// An arrow between two shapes.
pub(super) struct Flow {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) points: Vec<Point>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Point {
    pub(super) x: i64,
    pub(super) y: i64,
}

/// How much room a block takes, and how far below its top the line runs that it stands on.
struct Room {
    width: i64,
    height: i64,
    axis: i64,
}

/// The shapes a block begins and ends with; silence has none.
type Ends = Option<(usize, usize)>;

impl<'names> Drawing<'names> {
    pub(super) fn of(tree: &ProcessTree, activities: &'names Names) -> Self {
        let mut drawing = Self {
            shapes: Vec::new(),
            flows: Vec::new(),
        };
        let room = Room::of(tree);
        let axis = MARGIN + room.axis.max(EVENT / 2);
        let start = drawing.shape(Kind::Start, MARGIN, axis);
        let left = MARGIN + EVENT + GAP;
        let ends = drawing.place(tree, activities, left, axis);
        let end = drawing.shape(Kind::End, left + room.width + GAP, axis);
        match ends {
            None => drawing.straight(start, end),
            Some((first, last)) => {
                drawing.straight(start, first);
                drawing.straight(last, end);
            }
        }
        drawing
    }

    fn place(
        &mut self,
        tree: &ProcessTree,
        activities: &'names Names,
        left: i64,
        axis: i64,
    ) -> Ends {
        match tree {
            ProcessTree::Silent => None,
            ProcessTree::Activity(activity) => {
                let name = activities.name(u32::from(activity.0));
                let task = self.shape(Kind::Task(name), left, axis);
                Some((task, task))
            }
            ProcessTree::Sequence(parts) => self.place_sequence(parts, activities, left, axis),
            ProcessTree::Choice(parts) => {
                let kind = |splits| Kind::OneOf { splits };
                self.place_under_each_other(parts, kind, activities, left, axis)
            }
            ProcessTree::Parallel(parts) => {
                let kind = |splits| Kind::AllOf { splits };
                self.place_under_each_other(parts, kind, activities, left, axis)
            }
            ProcessTree::Loop { body, redo } => self.place_loop(body, redo, activities, left, axis),
        }
    }

    fn place_sequence(
        &mut self,
        parts: &[ProcessTree],
        activities: &'names Names,
        mut left: i64,
        axis: i64,
    ) -> Ends {
        let mut ends: Ends = None;
        for part in parts {
            let placed = self.place(part, activities, left, axis);
            left += Room::of(part).width + GAP;
            ends = match (ends, placed) {
                (None, placed) => placed,
                (ends, None) => ends,
                (Some((first, before)), Some((next, last))) => {
                    self.straight(before, next);
                    Some((first, last))
                }
            };
        }
        ends
    }

    fn place_under_each_other(
        &mut self,
        parts: &[ProcessTree],
        kind: impl Fn(bool) -> Kind<'names>,
        activities: &'names Names,
        left: i64,
        axis: i64,
    ) -> Ends {
        let rooms: Vec<Room> = parts.iter().map(Room::of).collect();
        let width = rooms.iter().map(|room| room.width).max().unwrap_or(0);
        let split = self.shape(kind(true), left, axis);
        let join = self.shape(kind(false), left + GATEWAY + 2 * GAP + width, axis);
        let mut top = axis - stacked_axis(&rooms);
        for (part, room) in parts.iter().zip(&rooms) {
            let middle = left + GATEWAY + GAP + (width - room.width) / 2;
            let lane = top + room.axis;
            match self.place(part, activities, middle, lane) {
                None => self.through_lane(split, join, lane),
                Some((first, last)) => {
                    self.through_lane(split, first, lane);
                    self.through_lane(last, join, lane);
                }
            }
            top += room.height + LANE_GAP;
        }
        Some((split, join))
    }

    fn place_loop(
        &mut self,
        body: &ProcessTree,
        redo: &ProcessTree,
        activities: &'names Names,
        left: i64,
        axis: i64,
    ) -> Ends {
        let (body_room, redo_room) = (Room::of(body), Room::of(redo));
        let inner = left + GATEWAY + GAP;
        let width = body_room.width.max(redo_room.width);
        let join = self.shape(Kind::OneOf { splits: false }, left, axis);
        let middle = inner + (width - body_room.width) / 2;
        let body = self.place(body, activities, middle, axis);
        let split = self.shape(Kind::OneOf { splits: true }, inner + width + GAP, axis);
        match body {
            None => self.straight(join, split),
            Some((first, last)) => {
                self.straight(join, first);
                self.straight(last, split);
            }
        }
        let below = axis - body_room.axis + body_room.height.max(body_room.axis + GATEWAY / 2);
        let lane = below + LANE_GAP + redo_room.axis;
        let (shapes, flows) = (self.shapes.len(), self.flows.len());
        let middle = inner + (width - redo_room.width) / 2;
        let redo = self.place(redo, activities, middle, lane);
        self.mirror(shapes, flows, 2 * inner + width);
        match redo {
            None => self.through_lane(split, join, lane),
            Some((first, last)) => {
                self.through_lane(split, first, lane);
                self.through_lane(last, join, lane);
            }
        }
        Some((join, split))
    }

    /// Turns what was drawn last around, so that it runs from right to left. `twice_the_middle` is left and right edge added.
    fn mirror(&mut self, shapes: usize, flows: usize, twice_the_middle: i64) {
        for shape in &mut self.shapes[shapes..] {
            shape.x = twice_the_middle - shape.x - shape.width;
        }
        for point in self.flows[flows..]
            .iter_mut()
            .flat_map(|flow| &mut flow.points)
        {
            point.x = twice_the_middle - point.x;
        }
    }

    fn shape(&mut self, kind: Kind<'names>, left: i64, axis: i64) -> usize {
        let (width, height) = match kind {
            Kind::Start | Kind::End => (EVENT, EVENT),
            Kind::Task(_) => (TASK_WIDTH, TASK_HEIGHT),
            Kind::OneOf { .. } | Kind::AllOf { .. } => (GATEWAY, GATEWAY),
        };
        self.shapes.push(Shape {
            kind,
            x: left,
            y: axis - height / 2,
            width,
            height,
        });
        self.shapes.len() - 1
    }

    /// An arrow between neighbours on one line.
    fn straight(&mut self, from: usize, to: usize) {
        let lane = self.shapes[from].middle().y;
        self.through_lane(from, to, lane);
    }

    /// An arrow that runs along a lane. A shape that does not stand on it is left or entered straight up or down.
    fn through_lane(&mut self, from: usize, to: usize, lane: i64) {
        let (source, target) = (&self.shapes[from], &self.shapes[to]);
        let mut points = source.towards(target.middle().x, lane);
        let mut last = target.towards(source.middle().x, lane);
        last.reverse();
        points.append(&mut last);
        self.flows.push(Flow { from, to, points });
    }
}

impl Shape<'_> {
    fn middle(&self) -> Point {
        Point {
            x: self.x + self.width / 2,
            y: self.y + self.height / 2,
        }
    }

    /// From the edge of the shape onto the lane, facing the side where `x` is.
    fn towards(&self, x: i64, lane: i64) -> Vec<Point> {
        let middle = self.middle();
        if lane == middle.y {
            let edge = match x > middle.x {
                true => self.x + self.width,
                false => self.x,
            };
            return vec![Point { x: edge, y: lane }];
        }
        let edge = match lane > middle.y {
            true => self.y + self.height,
            false => self.y,
        };
        let at = |y| Point { x: middle.x, y };
        vec![at(edge), at(lane)]
    }
}

impl Room {
    fn of(tree: &ProcessTree) -> Self {
        match tree {
            ProcessTree::Silent => Self {
                width: 0,
                height: LINE_HEIGHT,
                axis: LINE_HEIGHT / 2,
            },
            ProcessTree::Activity(_) => Self {
                width: TASK_WIDTH,
                height: TASK_HEIGHT,
                axis: TASK_HEIGHT / 2,
            },
            ProcessTree::Sequence(parts) => {
                let rooms: Vec<Self> = parts.iter().map(Self::of).collect();
                let axis = rooms.iter().map(|room| room.axis).max().unwrap_or(0);
                let below = (rooms.iter().map(|room| room.height - room.axis)).max();
                let gaps = GAP * (rooms.len() as i64 - 1).max(0);
                Self {
                    width: rooms.iter().map(|room| room.width).sum::<i64>() + gaps,
                    height: axis + below.unwrap_or(0),
                    axis,
                }
            }
            ProcessTree::Choice(parts) | ProcessTree::Parallel(parts) => {
                let rooms: Vec<Self> = parts.iter().map(Self::of).collect();
                let above = stacked_axis(&rooms);
                let axis = above.max(GATEWAY / 2);
                let below = (stacked_height(&rooms) - above).max(GATEWAY / 2);
                Self {
                    width: rooms.iter().map(|room| room.width).max().unwrap_or(0)
                        + 2 * (GATEWAY + GAP),
                    height: axis + below,
                    axis,
                }
            }
            ProcessTree::Loop { body, redo } => {
                let (body, redo) = (Self::of(body), Self::of(redo));
                let axis = body.axis.max(GATEWAY / 2);
                let below = (body.height - body.axis).max(GATEWAY / 2);
                Self {
                    width: body.width.max(redo.width) + 2 * (GATEWAY + GAP),
                    height: axis + below + LANE_GAP + redo.height,
                    axis,
                }
            }
        }
    }
}

fn stacked_height(rooms: &[Room]) -> i64 {
    let gaps = LANE_GAP * (rooms.len() as i64 - 1).max(0);
    rooms.iter().map(|room| room.height).sum::<i64>() + gaps
}

/// Where the gateways of parts under each other stand: in the middle, or on a part's line where that is close, so that no arrow bends for a trifle.
fn stacked_axis(rooms: &[Room]) -> i64 {
    let middle = stacked_height(rooms) / 2;
    let mut top = 0;
    let mut nearest = middle;
    let mut distance = GATEWAY;
    for room in rooms {
        let lane = top + room.axis;
        if (lane - middle).abs() < distance {
            nearest = lane;
            distance = (lane - middle).abs();
        }
        top += room.height + LANE_GAP;
    }
    nearest
}
