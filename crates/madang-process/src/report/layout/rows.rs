//! In how many rows the columns may stand, and where each ends.

use super::columns::Columns;
use super::{READABLE, Size};

/// More rows than this nobody follows.
const ROWS_MAX: usize = 16;

/// About what is between two columns.
const GAP: i32 = 16;

/// About what one line that turns takes.
const TURN: i32 = 12;

/// How much wider than an equal share rows may be, in hundredths: a little more is tried only where less does not do.
const SHARES: [i32; 4] = [105, 120, 145, 200];

/// How much wider than the room an estimate may be for a way to be tried: it is rough.
const ROUGH: f64 = 1.15;

/// For each number of rows that may suit the room, fewer rows first, the columns behind which rows end; the last way is there in any case.
pub(super) fn ways_to_fold(columns: &Columns, room: Size) -> Vec<Vec<usize>> {
    let layers = columns.columns.len().div_ceil(2);
    let widths = Widths::of(columns);
    let whole = widths.of_row(0, layers);
    let rows_max = (2 * whole / room.width.max(1)) as usize + 2;
    let folded = (2..=rows_max.min(layers).min(ROWS_MAX)).filter_map(|rows| {
        let tried = SHARES.iter();
        let mut tried = tried.map(|share| whole / rows as i32 * share / 100);
        tried.find_map(|width_max| widths.fewest_turns(rows, width_max))
    });
    let mut ways: Vec<Vec<usize>> = std::iter::once(Vec::new()).chain(folded).collect();
    let least_rows = (ways.iter()).position(|ends| {
        f64::from(widths.widest(ends)) <= f64::from(room.width) / READABLE * ROUGH
    });
    ways.drain(..least_rows.unwrap_or(ways.len() - 1));
    ways
}

struct Widths {
    /// How far it is from the left to the begin of each column.
    begins: Vec<i32>,
    /// How many lines pass each column.
    lines: Vec<usize>,
}

impl Widths {
    fn of(columns: &Columns) -> Self {
        let mut begins = vec![0];
        for number in 0..columns.columns.len() {
            begins.push(begins[number] + columns.width(number) + GAP);
        }
        Self {
            begins,
            lines: columns.columns.iter().map(Vec::len).collect(),
        }
    }

    fn layers(&self) -> usize {
        self.begins.len() / 2
    }

    /// The width of a row of the layers from one to before another, with the lines that turn behind it.
    fn of_row(&self, from: usize, to: usize) -> i32 {
        match to == self.layers() {
            true => self.begins[2 * to - 1] - self.begins[2 * from],
            false => {
                let turning = self.lines[2 * to - 1] as i32 * TURN;
                self.begins[2 * to] - self.begins[2 * from] + turning
            }
        }
    }

    /// How wide the widest row is.
    fn widest(&self, ends: &[usize]) -> i32 {
        let tos = ends.iter().map(|end| end.div_ceil(2));
        let tos: Vec<usize> = tos.chain([self.layers()]).collect();
        let froms = std::iter::once(0).chain(tos.iter().copied());
        let rows = froms.zip(&tos).map(|(from, to)| self.of_row(from, *to));
        rows.max().unwrap_or(0)
    }

    /// So many rows, none of them wider than this, between which as few lines turn as can be: the columns that end them.
    fn fewest_turns(&self, rows: usize, width_max: i32) -> Option<Vec<usize>> {
        let layers = self.layers();
        // For each number of layers the fewest turns behind so many of them, and where the last row before that began; one more row each time.
        let mut fewest: Vec<Option<usize>> = vec![None; layers + 1];
        fewest[0] = Some(0);
        let mut began: Vec<Vec<usize>> = Vec::with_capacity(rows);
        for _ in 0..rows {
            let mut next = vec![None; layers + 1];
            let mut from_where = vec![0; layers + 1];
            for to in 1..=layers {
                let turning = if to == layers {
                    0
                } else {
                    self.lines[2 * to - 1]
                };
                for from in (0..to)
                    .rev()
                    .take_while(|from| self.of_row(*from, to) <= width_max)
                {
                    let turns = fewest[from].map(|turns| turns + turning);
                    if let Some(turns) = turns
                        && next[to].is_none_or(|least| turns < least)
                    {
                        next[to] = Some(turns);
                        from_where[to] = from;
                    }
                }
            }
            fewest = next;
            began.push(from_where);
        }
        fewest[layers]?;
        let mut ends = Vec::with_capacity(rows - 1);
        let mut to = layers;
        for from_where in began.iter().rev() {
            to = from_where[to];
            if to > 0 {
                ends.push(2 * to - 1);
            }
        }
        ends.reverse();
        Some(ends)
    }
}
