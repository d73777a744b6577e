//! A map laid out for whoever draws it himself: where boxes, lines and labels stand, for one step of detail.

use super::layout::{Area, Size, lay_out};
use super::levels::Levels;
use super::svg::{Picture, Rank, size_for};
use crate::performance::{Bottleneck, ProcessMap};

/// A map laid out.
#[derive(Clone, Debug, PartialEq)]
pub struct Drawn {
    /// What everything fits into.
    pub size: Size,
    /// The boxes, in the order in which the way goes on.
    pub nodes: Vec<DrawnNode>,
    /// The lines.
    pub edges: Vec<DrawnEdge>,
    /// How much of the map it is, and how much it could be.
    pub detail: Detail,
}

/// A box.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DrawnNode {
    /// A place in [`ProcessMap::activities`].
    pub activity: usize,
    /// Where it is.
    pub area: Area,
}

/// A line with its arrow and its label.
#[derive(Clone, Debug, PartialEq)]
pub struct DrawnEdge {
    /// A place in [`ProcessMap::edges`].
    pub edge: usize,
    /// The line, as the `d` of an SVG path.
    pub line: String,
    /// The arrow, as the `d` of an SVG path that is filled.
    pub head: String,
    /// How thick the line is.
    pub stroke: f64,
    /// Room for two rows of label: the wait in bold, the count below.
    pub label: Area,
    /// How it stands out.
    pub rank: Rank,
}

/// How much of a map is shown, and how much could be.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Detail {
    /// How many activities each step shows.
    pub activities: Vec<usize>,
    /// The step that is shown: a place in `activities`.
    pub activity_step: usize,
    /// What each step of paths shows, with so many activities.
    pub paths: Vec<PathStep>,
    /// The step that is shown: a place in `paths`.
    pub path_step: usize,
}

/// One step of paths.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PathStep {
    /// How many lines it shows.
    pub edges: usize,
    /// Which part of all that followed something else they stand for, from 0 to 1.
    pub share: f64,
}

/// Which steps are wished for; none: those that can be read at first sight. A step that is not there is the last one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wish {
    /// How much room there is.
    pub room: Size,
    /// Of activities.
    pub activities: Option<usize>,
    /// Of paths.
    pub paths: Option<usize>,
}

/// Lays a map out. `names` are what the boxes of an activity may say, as in two languages: each has room for the widest.
pub fn drawn<'names>(
    map: &ProcessMap,
    worst: &[Bottleneck],
    wish: Wish,
    names: impl Fn(&str) -> Vec<&'names str>,
) -> Drawn {
    let picture = Picture::of(map, worst);
    let Some((detail, nodes, edges)) = chosen(&picture.levels, wish) else {
        return Drawn {
            size: Size::default(),
            nodes: Vec::new(),
            edges: Vec::new(),
            detail: Detail::default(),
        };
    };
    let graph = picture.graph_sized(&nodes, &edges, |node| {
        let sizes = names(&node.name).into_iter().map(size_for);
        let widest = sizes.max_by_key(|size| size.width);
        widest.unwrap_or_else(|| size_for(&node.name))
    });
    let layout = lay_out(&graph, wish.room);
    let drawn_edge = |(at, route)| {
        let (line, head) = picture.paths(at, route);
        let edge = &map.edges[at];
        DrawnEdge {
            edge: at,
            line,
            head,
            stroke: picture.stroke(edge),
            label: route.label,
            rank: picture.rank(edge),
        }
    };
    Drawn {
        size: layout.size,
        edges: (edges.iter().copied().zip(&layout.routes))
            .map(drawn_edge)
            .collect(),
        nodes: (layout.order.iter())
            .map(|block| DrawnNode {
                activity: nodes[*block],
                area: layout.blocks[*block],
            })
            .collect(),
        detail,
    }
}

/// What the steps wished for show; none when there is nothing.
fn chosen(levels: &Levels, wish: Wish) -> Option<(Detail, Vec<usize>, Vec<usize>)> {
    let last = levels.activities.len().checked_sub(1)?;
    let activity_step = wish.activities.unwrap_or(levels.first).min(last);
    let level = &levels.activities[activity_step];
    let last = level.paths.len().checked_sub(1)?;
    let path_step = wish.paths.unwrap_or(level.first).min(last);
    let step = |path: &super::levels::PathLevel| PathStep {
        edges: path.edges.len(),
        share: path.share,
    };
    let detail = Detail {
        activities: (levels.activities.iter())
            .map(|level| level.activities.len())
            .collect(),
        activity_step,
        paths: level.paths.iter().map(step).collect(),
        path_step,
    };
    Some((
        detail,
        level.activities.clone(),
        level.paths[path_step].edges.clone(),
    ))
}
