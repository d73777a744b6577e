//! Logs of objects in CSV as pm4py writes them: a row for each event, its objects as lists in columns named `ocel:type:…`.
//!
//! What a list holds are names of objects, as `['990001','990002']`. The format says nothing of attributes of objects, nor of objects without events.

use std::borrow::Cow;
use std::sync::Arc;

use madang_import::read::{FormatKind, Input, ReadSettings, RowReader, Source, open_rows};
use madang_import::rows::{Cells, Rows};

use super::error::{ReadError, ReadErrorKind};
use super::ocel::{AttributeParts, Gathering, OcelSettings, Parts, ReadObjects, Relation, Scalar};
use super::rejected::{Place, Reason};
use super::text_stream::{BYTES_NAME, input_in_hand};

const EVENT: &str = "ocel:eid";
const ACTIVITY: &str = "ocel:activity";
const TIME: &str = "ocel:timestamp";
const TYPE: &str = "ocel:type:";

/// Reads bytes that are in hand.
///
/// # Errors
/// When they cannot be read, are no such log, and when they hold more than a log may.
pub fn read_ocel_csv_bytes(
    bytes: Vec<u8>,
    settings: &OcelSettings,
) -> Result<ReadObjects, ReadError> {
    read_ocel_csv_input(input_in_hand(bytes), settings).map_err(|kind| kind.of(BYTES_NAME))
}

pub(super) fn read_ocel_csv_input(
    input: Arc<dyn Input>,
    settings: &OcelSettings,
) -> Result<ReadObjects, ReadErrorKind> {
    let text = ReadSettings {
        kind: Some(FormatKind::Csv),
        ..settings.text.clone()
    };
    let source = Source::new(vec![input], &text, None);
    let mut rows = open_rows(Box::new(source), &text, None).map_err(ReadErrorKind::Text)?;
    let columns = Columns::of(rows.as_ref())?;
    let mut taking = Taking {
        columns,
        gathering: Gathering::new(settings),
    };
    while let Some(some) = rows.next().map_err(ReadErrorKind::Text)? {
        taking.take(&some)?;
    }
    Ok(taking.gathering.finish())
}

/// Whether a file that begins with this text is such a log.
pub(super) fn is_ocel_header(text: &[u8]) -> bool {
    let end = memchr::memchr(b'\n', text).unwrap_or(text.len());
    let has = |name: &str| memchr::memmem::find(&text[..end], name.as_bytes()).is_some();
    has(EVENT) && has(ACTIVITY) && has(TIME) && has(TYPE)
}

/// Where everything stands in a row.
struct Columns {
    event: usize,
    activity: usize,
    time: usize,
    /// Columns of objects, and the types.
    objects: Vec<(usize, String)>,
    /// Columns of attributes, and their names.
    attributes: Vec<(usize, String)>,
}

impl Columns {
    fn of(rows: &dyn RowReader) -> Result<Self, ReadErrorKind> {
        let names = rows.columns();
        let place = |wanted: &str| {
            let missing = format!("column “{wanted}”");
            let place = names.iter().position(|name| name == wanted);
            place.ok_or(ReadErrorKind::NotOcel { missing })
        };
        let mut columns = Self {
            event: place(EVENT)?,
            activity: place(ACTIVITY)?,
            time: place(TIME)?,
            objects: Vec::new(),
            attributes: Vec::new(),
        };
        for (at, name) in names.iter().enumerate() {
            if let Some(object_type) = name.strip_prefix(TYPE) {
                columns.objects.push((at, object_type.to_owned()));
            } else if ![columns.event, columns.activity, columns.time].contains(&at) {
                columns.attributes.push((at, name.clone()));
            }
        }
        Ok(columns)
    }
}

struct Taking {
    columns: Columns,
    gathering: Gathering,
}

impl Taking {
    fn take(&mut self, rows: &Rows) -> Result<(), ReadErrorKind> {
        for refused in &rows.refused {
            let place = Place::Line {
                line: refused.place.line,
                byte: refused.place.bytes.start,
            };
            self.gathering.reject_at(place, Reason::RowUnread);
        }
        let cells = rows.cells();
        for row in 0..rows.len() {
            self.take_row(&cells, row)?;
        }
        Ok(())
    }

    fn take_row(&mut self, cells: &Cells<'_>, row: usize) -> Result<(), ReadErrorKind> {
        let cell = |column: usize| cells.text(row, column).trim();
        let mut event = Parts {
            id: cell(self.columns.event).to_owned(),
            kind: cell(self.columns.activity).to_owned(),
            time: Some(cell(self.columns.time).to_owned()),
            ..Parts::default()
        };
        for (column, object_type) in &self.columns.objects {
            for name in listed(cell(*column)) {
                let name = name.into_owned();
                if !self.gathering.knows_object(&name) {
                    self.gathering.object(&Parts {
                        id: name.clone(),
                        kind: object_type.clone(),
                        ..Parts::default()
                    })?;
                }
                event.related.push(Relation {
                    to: name,
                    qualifier: String::new(),
                });
            }
        }
        for (column, name) in &self.columns.attributes {
            let value = cell(*column);
            if !value.is_empty() {
                event.attributes.push(AttributeParts {
                    name: name.clone(),
                    time: None,
                    value: Scalar(Some(value.to_owned())),
                });
            }
        }
        self.gathering.event(&event)
    }
}

/// The names of a list as Python writes it; a cell without brackets is one name.
fn listed(cell: &str) -> Vec<Cow<'_, str>> {
    let Some(inner) = cell
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
    else {
        return match cell {
            "" => Vec::new(),
            name => vec![Cow::Borrowed(name)],
        };
    };
    let mut names = Vec::new();
    let mut rest = inner.trim_start();
    while let Some(first) = rest.chars().next() {
        let (name, behind) = match first {
            '\'' | '"' => quoted(&rest[1..], first),
            _ => {
                let end = rest.find(',').unwrap_or(rest.len());
                (Cow::Borrowed(rest[..end].trim()), &rest[end..])
            }
        };
        if !name.is_empty() {
            names.push(name);
        }
        rest = behind.trim_start().trim_start_matches(',').trim_start();
    }
    names
}

/// A name up to its closing quote, and what stands behind that.
fn quoted(text: &str, quote: char) -> (Cow<'_, str>, &str) {
    let mut name = String::new();
    let mut letters = text.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '\\' => name.extend(letters.next().map(|(_, letter)| letter)),
            letter if letter == quote => return (Cow::Owned(name), &text[at + 1..]),
            letter => name.push(letter),
        }
    }
    (Cow::Owned(name), "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_read_as_python_writes_them() {
        let check = |cell: &str, expected: &[&str]| assert_eq!(listed(cell), expected, "{cell}");
        check("['990001','990002']", &["990001", "990002"]);
        check("[\"it's\", 'a, b', 7]", &["it's", "a, b", "7"]);
        check("['a\\'b']", &["a'b"]);
        check("[]", &[]);
        check("", &[]);
        check("990001", &["990001"]);
        check("['open", &["['open"]);
        check("['open]", &["open"]);
    }
}
