//! Rows that are not in the log, and why.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::event_data::TooMany;
use crate::language::Language;

/// Enough to see what is wrong with a file; the rest is counted.
const KEPT_MAX: usize = 100;

/// Enough of a cell to find it by.
const SHOWN_CHARACTERS_MAX: usize = 60;

/// Where something stands in a file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// A line of text, from 1, and its first byte after unpacking and decoding, from 0.
    Line {
        /// The line on which it begins.
        line: u64,
        /// Its first byte.
        byte: u64,
    },
    /// An element, object or row of a table, from 1.
    Element(u64),
}

/// One row, event or object that was not taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Rejected {
    /// Where it stands.
    pub place: Place,
    /// Why it was not taken.
    pub reason: Reason,
}

/// Why a row was not taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Reason {
    /// It has another number of cells than the header.
    Cells {
        /// As many as the header.
        wanted: usize,
        /// As many as there are.
        found: usize,
    },
    /// It does not say what it was done for.
    CaseMissing,
    /// It does not say what was done.
    ActivityMissing,
    /// It does not say when.
    TimeMissing,
    /// Its time is none, or could be read in two ways.
    TimeUnread {
        /// What stands there.
        text: String,
    },
    /// Its own number is none.
    SequenceUnread {
        /// What stands there.
        text: String,
    },
    /// A name or value is longer than a log keeps.
    NameTooLong {
        /// The most bytes of one.
        bytes_max: u32,
    },
    /// It is longer than any row should be.
    RowTooLong {
        /// The most bytes of one.
        bytes_max: usize,
    },
    /// It has no name, which nothing could speak of it by.
    IdMissing,
    /// One of the same name came before.
    IdRepeated {
        /// The name.
        id: String,
    },
    /// It is an object that does not say what it is.
    TypeMissing,
    /// It speaks of an event or object that is not there; the rest of it was taken.
    IdUnknown {
        /// The name it speaks of.
        id: String,
    },
    /// It is no row of the table.
    RowUnread,
    /// A quote is opened in it and never closed.
    QuoteOpen,
    /// Bytes of it are no text in the file's encoding.
    NotText,
}

impl Reason {
    /// Which reason, in a word: what is counted by.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Cells { .. } => "cells",
            Self::CaseMissing => "case_missing",
            Self::ActivityMissing => "activity_missing",
            Self::TimeMissing => "time_missing",
            Self::TimeUnread { .. } => "time_unread",
            Self::SequenceUnread { .. } => "sequence_unread",
            Self::NameTooLong { .. } => "name_too_long",
            Self::RowTooLong { .. } => "row_too_long",
            Self::IdMissing => "id_missing",
            Self::IdRepeated { .. } => "id_repeated",
            Self::TypeMissing => "type_missing",
            Self::IdUnknown { .. } => "id_unknown",
            Self::RowUnread => "row_unread",
            Self::QuoteOpen => "quote_open",
            Self::NotText => "not_text",
        }
    }

    /// What is wrong, for a person.
    pub fn sentence(&self, language: Language) -> String {
        match self {
            Self::Cells { wanted, found } => language.of(
                format!("칸이 {found}개예요. 머리글은 {wanted}개예요"),
                format!("it has {found} cells; the header has {wanted}"),
            ),
            Self::CaseMissing => language
                .of("사례 칸이 비었어요", "the case is missing")
                .to_owned(),
            Self::ActivityMissing => language
                .of("활동 칸이 비었어요", "the activity is missing")
                .to_owned(),
            Self::TimeMissing => language
                .of("시각이 비었어요", "the time is missing")
                .to_owned(),
            Self::TimeUnread { text } => language.of(
                format!("시각으로 읽을 수 없어요: “{text}”"),
                format!("“{text}” cannot be read as a time"),
            ),
            Self::SequenceUnread { text } => language.of(
                format!("순번으로 읽을 수 없어요: “{text}”"),
                format!("“{text}” cannot be read as a sequence number"),
            ),
            Self::NameTooLong { bytes_max } => language.of(
                format!("값이 {bytes_max}바이트보다 길어요"),
                format!("a value is longer than {bytes_max} bytes"),
            ),
            Self::RowTooLong { bytes_max } => language.of(
                format!("줄이 {bytes_max}바이트보다 길어요"),
                format!("the row is longer than {bytes_max} bytes"),
            ),
            Self::IdMissing => language
                .of("이름(id)이 없어요", "the id is missing")
                .to_owned(),
            Self::IdRepeated { id } => language.of(
                format!("같은 이름(id)이 앞에 있어요: “{id}”"),
                format!("the id “{id}” is there twice"),
            ),
            Self::TypeMissing => language
                .of("객체의 종류가 없어요", "the object's type is missing")
                .to_owned(),
            Self::IdUnknown { id } => language.of(
                format!("없는 것을 가리켜요: “{id}”"),
                format!("it speaks of “{id}”, which is not there"),
            ),
            Self::RowUnread => language
                .of(
                    "머리글에 맞는 줄로 읽을 수 없어요",
                    "it cannot be read as a row under the header",
                )
                .to_owned(),
            Self::QuoteOpen => language
                .of(
                    "따옴표가 열리고 닫히지 않아요",
                    "a quote is opened and never closed",
                )
                .to_owned(),
            Self::NotText => language
                .of(
                    "글자로 읽을 수 없는 바이트가 있어요",
                    "it has bytes that are no text",
                )
                .to_owned(),
        }
    }
}

/// What was not taken: the first of it with place and reason, all of it counted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct RejectedRows {
    /// How many there are.
    pub count: u64,
    /// How many there are for each reason, by [`Reason::code`].
    pub by_reason: BTreeMap<&'static str, u64>,
    /// The first of them.
    pub first: Vec<Rejected>,
}

impl RejectedRows {
    /// Counts one more, and keeps it if there is room.
    pub fn add(&mut self, place: Place, reason: Reason) {
        self.count += 1;
        *self.by_reason.entry(reason.code()).or_default() += 1;
        if self.first.len() < KEPT_MAX {
            self.first.push(Rejected { place, reason });
        }
    }

    /// Adds what was not taken of a later part.
    pub fn append(&mut self, other: Self) {
        self.count += other.count;
        for (code, count) in other.by_reason {
            *self.by_reason.entry(code).or_default() += count;
        }
        let room = KEPT_MAX - self.first.len().min(KEPT_MAX);
        self.first.extend(other.first.into_iter().take(room));
    }

    /// Moves all places by so many lines, or elements: those of the parts before.
    pub(super) fn move_places(&mut self, by: u64) {
        for rejected in &mut self.first {
            match &mut rejected.place {
                Place::Line { line, .. } => *line += by,
                Place::Element(number) => *number += by,
            }
        }
    }
}

/// Why an event or row is not in the log.
pub(super) enum NotTaken {
    Reason(Reason),
    TooMany(TooMany),
}

impl From<Reason> for NotTaken {
    fn from(reason: Reason) -> Self {
        Self::Reason(reason)
    }
}

impl From<TooMany> for NotTaken {
    fn from(too_many: TooMany) -> Self {
        Self::TooMany(too_many)
    }
}

/// The beginning of a cell.
pub(super) fn shown(text: &str) -> String {
    match text.char_indices().nth(SHOWN_CHARACTERS_MAX) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}
