//! The beginning of an input: what the columns are called.

use super::titles::Names;
use super::*;
use crate::read::sniff::separator_line;

/// The most bytes before the first row of data: as much as is always in hand when an input begins.
const HEADER_BYTES_MAX: usize = 64 * 1024;

/// More than any table has; PostgreSQL ends at 1,600.
const COLUMNS_MAX: usize = 4096;

impl CsvReader {
    /// Reads the header of the input in hand. `settings`: of the first input, which names the columns.
    pub(super) fn begin_input(&mut self, settings: Option<&ReadSettings>) -> Result<(), ReadError> {
        self.row = 0;
        self.line = 1;
        self.header_line = 1;
        self.pass_to = 0;
        self.dead_end = None;
        self.at = lines_end(&self.window.text, self.skip_lines);
        self.line += self.skip_lines;
        self.header_line = self.line;
        if let Some(line) = separator_line(&self.window.text[self.at..]) {
            self.at += line.end;
            self.line += 1;
        }
        let is_named = settings.is_some_and(|settings| settings.columns.is_some());
        let header = self.first_row(is_named);
        match settings {
            Some(settings) => self.name_columns(header, settings)?,
            None => self.compare(header?)?,
        }
        self.go_on_from();
        Ok(())
    }

    /// Names the columns, or says where they seem to be named.
    fn name_columns(
        &mut self,
        header: Result<Option<Vec<String>>, ReadError>,
        settings: &ReadSettings,
    ) -> Result<(), ReadError> {
        let cells = header.as_ref().ok().cloned().flatten().unwrap_or_default();
        let lines = match self.has_header {
            true => Names::of(&settings.members).lines_above(
                &self.window.text,
                self.skip_lines,
                &cells,
                settings.separator,
            ),
            false => None,
        };
        let named = header.and_then(|header| self.named(header, settings));
        self.columns = named.map_err(|error| match lines {
            Some(lines) => self.error(ReadErrorKind::TitlesAbove { lines }),
            None => error,
        })?;
        self.titles_above = lines;
        Ok(())
    }

    /// The cells of the first row, which is passed over when it is a header. Where there is none and the columns are named, a row that cannot be read is
    /// one to be refused like any other.
    fn first_row(&mut self, is_named: bool) -> Result<Option<Vec<String>>, ReadError> {
        self.mark();
        loop {
            match self.window.text.get(self.at).copied() {
                Some(b'\n' | b'\r') if self.pass_blank_line() => {}
                Some(_) => break,
                None => {
                    self.header_line = self.line;
                    return Ok(None);
                }
            }
            if self.at > HEADER_BYTES_MAX {
                return Err(self.unreadable(format!(
                    "the first {HEADER_BYTES_MAX} bytes are blank lines"
                )));
            }
        }
        self.header_line = self.line;
        let mut rows = Rows::default();
        let parsed = self.parse(&mut rows, None);
        let (end, breaks) = match parsed {
            Parsed::Row { end, breaks, .. } => (end, breaks),
            _ if !self.has_header && is_named => {
                self.marks.stand_at(self.at);
                return Ok(None);
            }
            Parsed::Cut { is_quoted: true } => {
                return Err(self.unreadable("a quote in it is opened and not closed".to_owned()));
            }
            _ => return Err(self.unreadable(format!("it is longer than {HEADER_BYTES_MAX} bytes"))),
        };
        if rows.ends.len() > COLUMNS_MAX {
            let columns_max = COLUMNS_MAX;
            return Err(self.error(ReadErrorKind::ColumnsTooMany { columns_max }));
        }
        rows.width = rows.ends.len();
        let row = rows.cells();
        let cells = (0..rows.width)
            .map(|column| trimmed(row.text(0, column)).to_owned())
            .collect();
        match self.has_header {
            true => self.pass_header(end, breaks)?,
            false => self.marks.stand_at(self.at),
        }
        Ok(Some(cells))
    }

    fn pass_header(&mut self, end: usize, breaks: u64) -> Result<(), ReadError> {
        let (from, to) = (
            self.window.start + self.at as u64,
            self.window.start + end as u64,
        );
        if self.window.is_wrong_before(to) {
            let wrongs = self.window.wrongs(from, to, self.line);
            if let Some(wrong) = wrongs.into_iter().next() {
                return Err(self.unreadable(wrong.message));
            }
        }
        self.at = end;
        self.line += breaks + 1;
        Ok(())
    }

    fn named(
        &self,
        first: Option<Vec<String>>,
        settings: &ReadSettings,
    ) -> Result<Vec<String>, ReadError> {
        if self.has_header {
            let names = with_unnamed_end(first.ok_or_else(|| self.error(ReadErrorKind::Empty))?);
            self.check_names(&names)?;
            return Ok(names);
        }
        match (first, &settings.columns) {
            (Some(first), Some(names)) if first.len() != names.len() => {
                let (found, wanted) = (names.len(), first.len());
                Err(self.error(ReadErrorKind::ColumnsNamed { found, wanted }))
            }
            (_, Some(names)) => {
                self.check_names(names)?;
                Ok(names.clone())
            }
            (first, None) => {
                let positions = 1..=first.map_or(0, |first| first.len());
                Ok(positions
                    .map(|position| format!("column_{position}"))
                    .collect())
            }
        }
    }

    fn check_names(&self, names: &[String]) -> Result<(), ReadError> {
        let mut seen = std::collections::HashMap::new();
        for (position, name) in (1..).zip(names) {
            if name.is_empty() {
                return Err(self.error(ReadErrorKind::NameEmpty { position }));
            }
            if let Some(first) = seen.insert(name, position) {
                let (name, second) = (name.clone(), position);
                let kind = ReadErrorKind::NameTwice {
                    name,
                    first,
                    second,
                };
                return Err(self.error(kind));
            }
        }
        Ok(())
    }

    /// Compares the header of a later input with the first one's.
    fn compare(&self, first: Option<Vec<String>>) -> Result<(), ReadError> {
        if !self.has_header {
            return Ok(());
        }
        let names = with_unnamed_end(first.ok_or_else(|| self.error(ReadErrorKind::Empty))?);
        let mut pairs = (1..).zip(self.columns.iter().zip(&names));
        let difference = match pairs.find(|(_, (there, here))| there != here) {
            Some((position, (there, here))) => {
                format!("column {position} is {there:?} there and {here:?} here")
            }
            None if names.len() != self.columns.len() => {
                format!("{} columns there, {} here", self.columns.len(), names.len())
            }
            None => return Ok(()),
        };
        let other = self.window.name_of(self.named_by).to_owned();
        Err(self.error(ReadErrorKind::HeadersDiffer { other, difference }))
    }

    fn go_on_from(&mut self) {
        let input = self.window.input;
        if let Some(resume) = self.resume.take_if(|resume| resume.input == input)
            && resume.byte > 0
        {
            self.row = resume.row;
            self.line = resume.line;
            self.pass_to = resume.byte;
            self.pass_what_was_read();
            self.marks.stand_at(self.at);
        }
    }

    pub(super) fn mark(&mut self) {
        self.marks
            .mark(&self.window.text, self.separator, self.quote);
        self.marks.stand_at(self.at);
    }

    fn unreadable(&self, reason: String) -> ReadError {
        self.error(ReadErrorKind::HeaderUnreadable { reason })
    }

    fn error(&self, kind: ReadErrorKind) -> ReadError {
        ReadError::new(self.window.name(), kind).at(At::Line(self.header_line))
    }
}

/// Where some lines end; the end of the text where there are not as many.
pub(super) fn lines_end(text: &[u8], lines: u64) -> usize {
    let mut at = 0;
    for _ in 0..lines {
        let Some(found) = memchr::memchr2(b'\n', b'\r', &text[at..]) else {
            return text.len();
        };
        let is_pair = text[at + found..].starts_with(b"\r\n");
        at += found + 1 + usize::from(is_pair);
    }
    at
}

/// What a spreadsheet leaves behind columns that were deleted at its end has no name, and gets one as where there is no header.
fn with_unnamed_end(mut names: Vec<String>) -> Vec<String> {
    let named = names.iter().rposition(|name| !name.is_empty());
    let Some(last) = named else { return names };
    for (position, name) in (1..).zip(&mut names).skip(last + 1) {
        *name = format!("column_{position}");
    }
    names
}

/// A name without what cannot be seen around it.
fn trimmed(name: &str) -> &str {
    name.trim_matches(|character: char| {
        character.is_whitespace() || matches!(character, '\u{feff}' | '\u{200b}' | '\0')
    })
}
