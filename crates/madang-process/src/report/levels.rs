//! How much of a map is shown: steps from the most frequent activities and paths to all of them.

use crate::performance::ProcessMap;

/// More boxes than this cannot be looked at; the least frequent are left out.
const ACTIVITIES_MAX: usize = 60;

/// More lines than this are a black patch.
const EDGES_MAX: usize = 240;

/// A slider with more steps is no finer to the hand.
const STEPS_MAX: usize = 8;

/// As much as a person takes in at first sight.
const ACTIVITIES_AT_FIRST: usize = 14;

/// Which part of all steps the lines shown stand for, in per cent; the first shows only what joins the boxes.
const SHARES: [u64; STEPS_MAX] = [0, 50, 70, 80, 90, 95, 99, 100];

/// The steps of both sliders.
pub(super) struct Levels {
    /// Each step of the slider of activities.
    pub activities: Vec<ActivityLevel>,
    /// The step that is shown at first.
    pub first: usize,
}

/// As many activities as are shown at one step.
pub(super) struct ActivityLevel {
    /// Places in [`ProcessMap::activities`], sorted.
    pub activities: Vec<usize>,
    /// Each step of the slider of paths.
    pub paths: Vec<PathLevel>,
    /// The step that is shown at first.
    pub first: usize,
}

/// As many paths as are shown at one step.
pub(super) struct PathLevel {
    /// Places in [`ProcessMap::edges`], sorted.
    pub edges: Vec<usize>,
    /// Which part of all steps of the log they stand for, from 0 to 1.
    pub share: f64,
}

impl Levels {
    /// All steps for a map.
    pub fn of(map: &ProcessMap) -> Self {
        let mut ranked: Vec<usize> = (0..map.activities.len()).collect();
        ranked.sort_by_key(|at| {
            std::cmp::Reverse((map.activities[*at].cases, map.activities[*at].events))
        });
        ranked.truncate(ACTIVITIES_MAX);
        let counts = counts(ranked.len());
        let first = counts
            .iter()
            .rposition(|count| *count <= ACTIVITIES_AT_FIRST);
        let level = |count: &usize| ActivityLevel::of(map, &ranked[..*count]);
        Self {
            activities: counts.iter().map(level).collect(),
            first: first.unwrap_or(0),
        }
    }

    /// What is shown at first.
    pub fn at_first(&self) -> Option<(&ActivityLevel, &PathLevel)> {
        let activities = self.activities.get(self.first)?;
        Some((activities, activities.paths.get(activities.first)?))
    }
}

/// How many activities each step shows.
fn counts(most: usize) -> Vec<usize> {
    let least = most.min(2);
    let steps = (most - least + 1).min(STEPS_MAX);
    let mut counts: Vec<usize> = (1..=steps)
        .map(|step| match steps {
            1 => most,
            _ => least + (most - least) * (step - 1) / (steps - 1),
        })
        .filter(|count| *count > 0)
        .collect();
    counts.dedup();
    counts
}

impl ActivityLevel {
    fn of(map: &ProcessMap, shown: &[usize]) -> Self {
        let mut activities = shown.to_vec();
        activities.sort_unstable();
        let is_shown = |place: u16| activities.binary_search(&usize::from(place)).is_ok();
        let mut edges: Vec<usize> = (0..map.edges.len())
            .filter(|at| is_shown(map.edges[*at].from) && is_shown(map.edges[*at].to))
            .collect();
        edges.sort_by_key(|at| std::cmp::Reverse(map.edges[*at].count));
        let joining = joining(map, &edges);
        let mut paths: Vec<PathLevel> = SHARES
            .iter()
            .map(|share| PathLevel::of(map, &edges, &joining, *share))
            .collect();
        paths.dedup_by(|next, before| next.edges == before.edges);
        let readable = activities.len() * 17 / 10;
        let first = paths
            .iter()
            .rposition(|level| level.edges.len() <= readable);
        Self {
            activities,
            paths,
            first: first.unwrap_or(0),
        }
    }
}

/// The most frequent line to and from each activity: without them boxes would stand alone.
fn joining(map: &ProcessMap, edges: &[usize]) -> Vec<usize> {
    let (mut left, mut reached) = (
        std::collections::HashSet::new(),
        std::collections::HashSet::new(),
    );
    let mut joining = Vec::new();
    for at in edges {
        let edge = &map.edges[*at];
        if edge.from == edge.to {
            continue;
        }
        let (leaves, reaches) = (left.insert(edge.from), reached.insert(edge.to));
        if leaves || reaches {
            joining.push(*at);
        }
    }
    joining
}

impl PathLevel {
    fn of(map: &ProcessMap, edges: &[usize], joining: &[usize], share: u64) -> Self {
        let count = |at: &usize| map.edges[*at].count;
        let total: u64 = edges.iter().map(count).sum();
        let wanted = u128::from(total) * u128::from(share);
        let mut passed: u64 = 0;
        let mut shown = joining.to_vec();
        for at in edges {
            if u128::from(passed) * 100 >= wanted || shown.len() >= EDGES_MAX {
                break;
            }
            passed += count(at);
            if !joining.contains(at) {
                shown.push(*at);
            }
        }
        shown.sort_unstable();
        let all: u64 = map.edges.iter().map(|edge| edge.count).sum();
        let kept: u64 = shown.iter().map(count).sum();
        Self {
            edges: shown,
            share: kept as f64 / all.max(1) as f64,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_go_from_few_to_all() {
        let check = |most, expected: &[usize]| assert_eq!(counts(most), expected, "{most}");
        check(0, &[]);
        check(1, &[1]);
        check(2, &[2]);
        check(4, &[2, 3, 4]);
        check(9, &[2, 3, 4, 5, 6, 7, 8, 9]);
        check(17, &[2, 4, 6, 8, 10, 12, 14, 17]);
        check(60, &[2, 10, 18, 26, 35, 43, 51, 60]);
    }
}
