//! Which rows of an earlier run were brought to the sink one by one.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::place::Place;

/// Rows by their input and number. A file of refused rows is mended, turned about and cut in pieces, so that no one place in it says how far it was imported.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Places {
    rows: BTreeSet<(u32, u64)>,
}

impl Places {
    /// Adds a row.
    pub fn add(&mut self, place: &Place) {
        self.rows.insert((place.input, place.row));
    }

    /// Whether a row is among them.
    pub fn has(&self, place: &Place) -> bool {
        self.rows.contains(&(place.input, place.row))
    }

    /// As it is kept beside the rows: `0:5,2+3;1:7` are row 5 and rows 7 to 10 of the first input, and row 7 of the second. Each number is counted from the
    /// last row before it, so that a million scattered rows are a few megabytes.
    pub fn text(&self) -> String {
        let mut text = String::new();
        let mut rows = self.rows.iter().copied().peekable();
        let mut of_input = None;
        let mut last = 0;
        while let Some((input, row)) = rows.next() {
            match of_input.replace(input) {
                Some(before) if before == input => text.push(','),
                before => {
                    let mark = if before.is_some() { ";" } else { "" };
                    write!(text, "{mark}{input}:").expect("a String takes everything");
                    last = 0;
                }
            }
            let mut end = row;
            while rows
                .next_if(|next| *next == (input, end.wrapping_add(1)))
                .is_some()
            {
                end += 1;
            }
            write!(text, "{}", row - last).expect("a String takes everything");
            if end > row {
                write!(text, "+{}", end - row).expect("a String takes everything");
            }
            last = end;
        }
        text
    }

    /// Reads what was kept; none when it is no such text.
    pub fn parse(text: &str) -> Option<Self> {
        let mut places = Self::default();
        for of_input in text.split(';').filter(|part| !part.is_empty()) {
            let (input, ranges) = of_input.split_once(':')?;
            let input = input.parse().ok()?;
            let mut last = 0_u64;
            for range in ranges.split(',') {
                let (gap, more) = range.split_once('+').unwrap_or((range, "0"));
                let row = last.checked_add(gap.parse().ok()?)?;
                let more: u64 = more.parse().ok()?;
                last = row.checked_add(more).filter(|_| more < ROWS_MAX)?;
                places.rows.extend((row..=last).map(|row| (input, row)));
            }
        }
        Some(places)
    }
}

/// More than a file of refused rows holds: text that was spoilt takes no more memory.
const ROWS_MAX: u64 = 1 << 24;

#[cfg(test)]
mod tests {
    use super::Places;
    use crate::place::Place;

    #[test]
    fn places_are_kept_as_a_short_text() {
        let check = |rows: &[(u32, u64)], expected: &str| {
            let mut places = Places::default();
            for (input, row) in rows {
                places.add(&Place {
                    input: *input,
                    row: *row,
                    ..Place::default()
                });
            }
            assert_eq!(places.text(), expected);
            assert_eq!(Places::parse(expected), Some(places));
        };
        check(&[], "");
        check(&[(0, 5)], "0:5");
        check(
            &[(1, 7), (0, 5), (0, 7), (0, 8), (0, 9), (0, 10)],
            "0:5,2+3;1:7",
        );
        check(&[(0, u64::MAX)], "0:18446744073709551615");
        for wrong in [
            "0",
            "0:",
            "0:a",
            "0:5+18446744073709551615",
            "x:1",
            "0:5,18446744073709551615",
        ] {
            assert_eq!(Places::parse(wrong), None, "{wrong}");
        }
    }
}
