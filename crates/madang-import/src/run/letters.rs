//! Refused rows, read again from their file.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};

use crate::checkpoint::RunKey;
use crate::place::Place;
use crate::read::{Encoding, Format, Member, ReadError, ReadErrorKind, RowReader};
use crate::refused::Refused;
use crate::rows::Rows;
use crate::run::dead_letter::{LetterHead, LetterReader};
use crate::run::places::Places;
use crate::run::source::{Opened, Opening, Source};
use crate::run::state::StateError;

/// A file of refused rows.
#[derive(Clone, Debug)]
pub struct Letters {
    path: PathBuf,
    /// Its first line.
    pub head: LetterHead,
    /// See [`Source::pass_over`].
    passed: Places,
    /// See [`ReadSettings::members`](crate::read::ReadSettings::members).
    members: Vec<Member>,
}

/// Refused rows that are read again at once: what they weigh is bounded by what a run keeps of each.
const LETTERS_MAX: usize = 1_000_000;

impl Letters {
    /// The refused rows of a file; none when it holds none.
    ///
    /// # Errors
    /// [`StateError`].
    pub fn open(path: &Path) -> Result<Option<Self>, StateError> {
        let reader = LetterReader::open(path)?;
        Ok(reader.map(|reader| Self {
            path: path.to_owned(),
            head: reader.head,
            passed: Places::default(),
            members: Vec::new(),
        }))
    }

    /// Their objects have these members, too.
    #[must_use]
    pub fn with_members(self, members: Vec<Member>) -> Self {
        Self { members, ..self }
    }

    /// The places of all of them in their order, and where each stands in the file. A run writes them as it finds them, which is not quite the order of
    /// the inputs: what the sink refuses comes after what the check did.
    fn in_order(&self) -> Result<VecDeque<(Place, u64)>, StateError> {
        let mut places = Vec::new();
        if let Some(mut reader) = LetterReader::open(&self.path)? {
            let mut at = reader.at();
            while let Some(letter) = reader.next() {
                let place = letter?.place;
                if !self.passed.has(&place) {
                    places.push((place, at));
                }
                at = reader.at();
                if places.len() > LETTERS_MAX {
                    return Err(StateError::TooMany {
                        path: self.path.clone(),
                        letters_max: LETTERS_MAX,
                    });
                }
            }
        }
        places.sort_unstable();
        // A row that stands in the file twice is one row: what was added last.
        places.reverse();
        places.dedup_by_key(|(place, _)| (place.input, place.row));
        places.reverse();
        Ok(places.into())
    }
}

impl Source for Letters {
    fn names(&self) -> Vec<String> {
        self.head.inputs.clone()
    }

    /// It is checked again from its beginning.
    fn can_seek(&self) -> bool {
        false
    }

    /// A file that was mended once more is another run.
    fn is_known_whole(&self) -> bool {
        true
    }

    fn refused_by(&self) -> Option<RunKey> {
        Some(RunKey(self.head.run.clone()))
    }

    fn pass_over(&mut self, places: Places) {
        self.passed = places;
    }

    fn open(&mut self, _opening: Opening) -> Result<Opened, ReadError> {
        let said = |error: StateError| unreadable(&self.path, error);
        let left = self.in_order().map_err(said)?;
        let reader = LetterReader::open(&self.path).map_err(said)?;
        Ok(Opened::Rows(Box::new(LetterRows {
            head: self.head.clone(),
            members: self.members.clone(),
            path: self.path.clone(),
            reader,
            left,
        })))
    }
}

/// The rows of letters, one at a time under the place that it had.
struct LetterRows {
    head: LetterHead,
    members: Vec<Member>,
    path: PathBuf,
    reader: Option<LetterReader>,
    left: VecDeque<(Place, u64)>,
}

impl RowReader for LetterRows {
    fn columns(&self) -> &[String] {
        &self.head.columns
    }

    fn format(&self) -> &Format {
        &self.head.format
    }

    fn encoding(&self) -> Encoding {
        Encoding::UTF_8
    }

    fn next(&mut self) -> Result<Option<Rows>, ReadError> {
        let (Some((_, at)), Some(reader)) = (self.left.pop_front(), &mut self.reader) else {
            return Ok(None);
        };
        let letter = reader
            .read_at(at)
            .map_err(|error| unreadable(&self.path, error))?;
        Ok(Some(self.rows_of(letter)))
    }
}

impl LetterRows {
    /// What was shortened cannot be tried again from here, and what stands a second time as it did would take the place of the first: they stay refused.
    fn rows_of(&self, letter: Refused) -> Rows {
        if letter.is_shortened || letter.is_unmended_repeat() {
            return Rows {
                refused: vec![letter],
                ..Rows::default()
            };
        }
        self.head
            .format
            .parse_row(&self.head.columns, &self.members, &letter.raw, letter.place)
    }
}

fn unreadable(path: &Path, error: StateError) -> ReadError {
    let name = path.display().to_string();
    let kind = match &error {
        StateError::Letters(_) => ReadErrorKind::LetterDamaged,
        _ => ReadErrorKind::Broken,
    };
    ReadError::new(&name, kind).because(std::io::Error::other(error))
}
