//! Titles above the header: which of the first lines has the columns that are wanted.

use super::header::lines_end;
use crate::check::spelling::words::folded;
use crate::read::settings::Member;
use crate::read::sniff::SEPARATORS;

/// Lines that are looked through: the longest preamble of an export that was seen has 15.
const LINES_MAX: u64 = 30;

/// What is looked for, in the form in which names are compared.
pub(super) struct Names(Vec<(Vec<String>, bool)>);

impl Names {
    pub(super) fn of(members: &[Member]) -> Self {
        let names = |member: &Member| {
            let names = member.names.iter().map(|name| folded(name));
            (names.collect(), member.is_required)
        };
        Self(members.iter().map(names).collect())
    }

    /// How many lines stand above the one that has more of the names than the line that is taken for the header, which has them not all that must be there. Of
    /// lines that have as many the first is meant.
    pub(super) fn lines_above(
        &self,
        text: &[u8],
        skipped: u64,
        header: &[String],
        separator: Option<u8>,
    ) -> Option<u64> {
        let header: Vec<String> = header.iter().map(|name| folded(name)).collect();
        if self.fits(&header) {
            return None;
        }
        // One word that happens to be the name of a column makes no header.
        let least = self.0.len().min(2).max(self.count(&header) + 1);
        let mut best: Option<(usize, u64)> = None;
        let mut at = lines_end(text, skipped + 1);
        for above in skipped + 1..=skipped + LINES_MAX {
            if at >= text.len() {
                break;
            }
            let end = at + lines_end(&text[at..], 1);
            let count = self.count_in(&text[at..end], separator);
            if count >= best.map_or(least, |(best, _)| best + 1) {
                best = Some((count, above));
            }
            at = end;
        }
        best.map(|(_, above)| above)
    }

    fn fits(&self, cells: &[String]) -> bool {
        let lacks = |(names, is_required): &(Vec<String>, bool)| {
            *is_required && !names.iter().any(|name| cells.contains(name))
        };
        self.count(cells) > 0 && !self.0.iter().any(lacks)
    }

    fn count(&self, cells: &[String]) -> usize {
        let is_there =
            |(names, _): &&(Vec<String>, bool)| names.iter().any(|name| cells.contains(name));
        self.0.iter().filter(is_there).count()
    }

    fn count_in(&self, line: &[u8], separator: Option<u8>) -> usize {
        let line = String::from_utf8_lossy(line);
        let separators = separator.map_or(SEPARATORS.to_vec(), |separator| vec![separator]);
        let count = |separator: u8| {
            let cells = line.split(char::from(separator));
            let cells: Vec<String> = cells.map(|cell| folded(unquoted(cell))).collect();
            self.count(&cells)
        };
        separators.into_iter().map(count).max().unwrap_or_default()
    }
}

fn unquoted(cell: &str) -> &str {
    cell.trim().trim_matches(['"', '\''])
}
