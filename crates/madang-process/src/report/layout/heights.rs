//! How high each place stands: near its neighbours, heavy lines straight, and everything apart.

use super::columns::Columns;

/// Heights move less and less; these are enough for chains as long as drawings are.
const SWEEPS: usize = 40;

/// Between two rows.
const ROWS_APART: i32 = 24;

/// The height of the line through each place.
pub(super) fn heights(columns: &Columns) -> Vec<i32> {
    let mut heights = packed(columns);
    let count = columns.columns.len();
    for sweep in 0..SWEEPS {
        // At first each column follows one side only, so that chains become straight; at last both.
        let sides = match (sweep * 2 < SWEEPS, sweep % 2 == 0) {
            (true, true) => (true, false),
            (true, false) => (false, true),
            (false, _) => (true, true),
        };
        for step in 0..count {
            let number = if sweep % 2 == 0 {
                step
            } else {
                count - 1 - step
            };
            settle(columns, number, sides, &mut heights);
        }
    }
    let mut whole = rounded(columns, &heights);
    straighten(columns, &mut whole);
    one_below_the_other(columns, &mut whole);
    whole
}

fn packed(columns: &Columns) -> Vec<f64> {
    let mut heights = vec![0.0; columns.places.len()];
    for column in &columns.columns {
        for pair in column.windows(2) {
            heights[pair[1]] = heights[pair[0]] + f64::from(columns.apart(pair[0], pair[1]));
        }
    }
    heights
}

/// Puts the places of a column where they would like to be, as near as their order lets them: what would overlap is moved together.
fn settle(columns: &Columns, number: usize, sides: (bool, bool), heights: &mut [f64]) {
    let column = &columns.columns[number];
    let mut groups: Vec<Group> = Vec::new();
    let mut offset = 0.0;
    let mut offsets = Vec::with_capacity(column.len());
    for (at, place) in column.iter().enumerate() {
        if at > 0 {
            offset += f64::from(columns.apart(column[at - 1], *place));
        }
        offsets.push(offset);
        let (wish, weight) = wish(columns, *place, sides, heights);
        let mut group = Group {
            sum: (wish - offset) * weight,
            weight,
            count: 1,
        };
        while let Some(upper) = groups.pop_if(|upper| upper.mean() > group.mean()) {
            group = group.with(upper);
        }
        groups.push(group);
    }
    let mut places = column.iter().zip(offsets);
    for group in groups {
        for (place, offset) in places.by_ref().take(group.count) {
            heights[*place] = group.mean() + offset;
        }
    }
}

/// Where a place would like to be, and how much.
fn wish(columns: &Columns, place: usize, sides: (bool, bool), heights: &[f64]) -> (f64, f64) {
    let before = columns.before[place].iter().filter(|_| sides.0);
    let behind = columns.behind[place].iter().filter(|_| sides.1);
    let (mut sum, mut weight) = (0.0, 0.0);
    for (other, heavy) in before.chain(behind) {
        sum += heights[*other] * heavy;
        weight += heavy;
    }
    match weight > 0.0 {
        true => (sum / weight, weight),
        // Nobody pulls at it on this side.
        false => (heights[place], 0.5),
    }
}

/// Places that stand as close as they may.
struct Group {
    sum: f64,
    weight: f64,
    count: usize,
}

impl Group {
    fn mean(&self) -> f64 {
        self.sum / self.weight
    }

    fn with(self, upper: Self) -> Self {
        Self {
            sum: self.sum + upper.sum,
            weight: self.weight + upper.weight,
            count: self.count + upper.count,
        }
    }
}

/// Whole heights. Distances are whole, so moving down what is too close is enough.
fn rounded(columns: &Columns, heights: &[f64]) -> Vec<i32> {
    let mut whole: Vec<i32> = heights.iter().map(|height| height.round() as i32).collect();
    for column in &columns.columns {
        for pair in column.windows(2) {
            let least = whole[pair[0]] + columns.apart(pair[0], pair[1]);
            whole[pair[1]] = whole[pair[1]].max(least);
        }
    }
    whole
}

/// Takes the small steps out of lines that pass several columns: as many places as have room for it get one height.
fn straighten(columns: &Columns, heights: &mut [i32]) {
    let mut neighbours = vec![(None, None); columns.places.len()];
    for column in &columns.columns {
        for pair in column.windows(2) {
            neighbours[pair[0]].1 = Some(pair[1]);
            neighbours[pair[1]].0 = Some(pair[0]);
        }
    }
    let room = |place: usize, heights: &[i32]| {
        let (upper, lower): (Option<usize>, Option<usize>) = neighbours[place];
        let least = upper.map_or(i32::MIN, |upper| {
            heights[upper] + columns.apart(upper, place)
        });
        let most = lower.map_or(i32::MAX, |lower| {
            heights[lower] - columns.apart(place, lower)
        });
        (least, most)
    };
    let row_of = columns.rows_of_places();
    let long = columns.chains.iter().filter(|chain| chain.len() > 3);
    let passed = long.map(|chain| &chain[1..chain.len() - 1]);
    for mut rest in
        passed.flat_map(|places| places.chunk_by(|one, next| row_of[*one] == row_of[*next]))
    {
        while !rest.is_empty() {
            let (mut least, mut most, mut count) = (i32::MIN, i32::MAX, 0);
            for place in rest {
                let (from, to) = room(*place, heights);
                if least.max(from) > most.min(to) {
                    break;
                }
                (least, most, count) = (least.max(from), most.min(to), count + 1);
            }
            let (run, behind) = rest.split_at(count.max(1));
            let sum: i64 = run.iter().map(|place| i64::from(heights[*place])).sum();
            let mean = (sum / run.len() as i64) as i32;
            for place in run {
                heights[*place] = mean.clamp(least, most);
            }
            rest = behind;
        }
    }
}

/// Moves each row below the one before it, the first one to the top.
fn one_below_the_other(columns: &Columns, heights: &mut [i32]) {
    let mut next_top = 0;
    for row in &columns.rows {
        let places: Vec<usize> = columns.columns[row.clone()]
            .iter()
            .flatten()
            .copied()
            .collect();
        let tops = places
            .iter()
            .map(|place| heights[*place] - columns.places[*place].above);
        let down = next_top - tops.min().unwrap_or(next_top);
        for place in &places {
            heights[*place] += down;
        }
        let bottoms = places
            .iter()
            .map(|place| heights[*place] + columns.places[*place].below);
        next_top = bottoms.max().unwrap_or(next_top) + ROWS_APART;
    }
}
