//! The order of places in their columns in which few lines cross.

use super::columns::Columns;

/// More sweeps seldom help.
const SWEEPS: usize = 16;

/// Each pass exchanges neighbours all over the drawing; they end early when none helps.
const EXCHANGES: usize = 6;

/// Orders each column by the medians of its neighbours, there and back, and keeps the best order seen.
pub(super) fn lessen(columns: &mut Columns) {
    let mut at = vec![0; columns.places.len()];
    let mut best = columns.columns.clone();
    let mut fewest = usize::MAX;
    for sweep in 0..SWEEPS {
        number(&columns.columns, &mut at);
        let crossings = crossings(columns, &at);
        if crossings < fewest {
            fewest = crossings;
            best.clone_from(&columns.columns);
        }
        if crossings == 0 {
            break;
        }
        sweep_once(columns, &mut at, sweep % 2 == 0);
    }
    columns.columns = best;
    number(&columns.columns, &mut at);
    for _ in 0..EXCHANGES {
        if !exchange(columns, &mut at) {
            break;
        }
    }
}

fn number(columns: &[Vec<usize>], at: &mut [usize]) {
    for column in columns {
        for (place, number) in column.iter().enumerate() {
            at[*number] = place;
        }
    }
}

fn sweep_once(columns: &mut Columns, at: &mut [usize], is_forth: bool) {
    let count = columns.columns.len();
    for step in 1..count {
        let (number, neighbours) = match is_forth {
            true => (step, &columns.before),
            false => (count - 1 - step, &columns.behind),
        };
        let mut keyed: Vec<(usize, usize)> = (columns.columns[number].iter())
            .map(|place| {
                (
                    median(&neighbours[*place], at).unwrap_or(at[*place] * 2),
                    *place,
                )
            })
            .collect();
        keyed.sort_by_key(|(key, _)| *key);
        for (to, (_, place)) in keyed.into_iter().enumerate() {
            columns.columns[number][to] = place;
            at[place] = to;
        }
    }
}

/// Twice the median, so that it is whole.
fn median(neighbours: &[(usize, f64)], at: &[usize]) -> Option<usize> {
    let mut places: Vec<usize> = neighbours.iter().map(|(other, _)| at[*other]).collect();
    places.sort_unstable();
    let half = places.len() / 2;
    match places.len() {
        0 => None,
        count if count % 2 == 1 => Some(places[half] * 2),
        _ => Some(places[half - 1] + places[half]),
    }
}

fn crossings(columns: &Columns, at: &[usize]) -> usize {
    let mut sum = 0;
    for (number, column) in columns.columns.iter().enumerate().skip(1) {
        let mut lines: Vec<(usize, usize)> = Vec::new();
        for place in column {
            let before = columns.before[*place].iter();
            lines.extend(before.map(|(other, _)| (at[*other], at[*place])));
        }
        lines.sort_unstable();
        sum += inversions(&lines, columns.columns[number].len());
    }
    sum
}

/// How many pairs stand the other way round at the right than at the left: counted in a tree of sums.
fn inversions(lines: &[(usize, usize)], count: usize) -> usize {
    let mut sums = vec![0_usize; count + 1];
    let mut found = 0;
    for (seen, (_, to)) in lines.iter().enumerate() {
        let mut upto = 0;
        let mut node = to + 1;
        while node > 0 {
            upto += sums[node];
            node &= node - 1;
        }
        found += seen - upto;
        let mut node = to + 1;
        while node <= count {
            sums[node] += 1;
            node += node & node.wrapping_neg();
        }
    }
    found
}

/// Exchanges neighbours wherever that takes crossings away.
fn exchange(columns: &mut Columns, at: &mut [usize]) -> bool {
    let mut has_helped = false;
    for number in 0..columns.columns.len() {
        for place in 1..columns.columns[number].len() {
            let (upper, lower) = (
                columns.columns[number][place - 1],
                columns.columns[number][place],
            );
            let between = |upper: usize, lower: usize| {
                pair(&columns.before[upper], &columns.before[lower], at)
                    + pair(&columns.behind[upper], &columns.behind[lower], at)
            };
            if between(lower, upper) < between(upper, lower) {
                columns.columns[number].swap(place - 1, place);
                at.swap(upper, lower);
                has_helped = true;
            }
        }
    }
    has_helped
}

/// How often the lines of two neighbours cross on one side.
fn pair(upper: &[(usize, f64)], lower: &[(usize, f64)], at: &[usize]) -> usize {
    let crossing = |(one, _): &(usize, f64)| {
        let under = lower.iter().filter(|(other, _)| at[*other] < at[*one]);
        under.count()
    };
    upper.iter().map(crossing).sum()
}
