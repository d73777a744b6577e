//! JSON Lines: an object a line, of which the wanted members are the cells.
//!
//! A member that is missing or null is an absent cell; a string is what it says; a number is its digits as they stand, without an
//! exponent; an object or array that is
//! wanted itself is its JSON text. A wanted name with dots leads into objects (`menu.price`); a member that is really called so is taken as well. A line in
//! which two members have one name, or lead to one cell, is refused: nobody could say which of them counts.

mod members;
mod number;
mod wanted;

use std::borrow::Cow;
use std::fmt;

use memchr::memchr;
use serde::de::{DeserializeSeed, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::read::RowReader;
use crate::read::decode::Encoding;
use crate::read::error::ReadError;
use crate::read::format::Format;
use crate::read::settings::{ReadSettings, Resume};
use crate::read::sniff::BYTE_ORDER_MARK;
use crate::read::window::{self, More, Window, mark_inside, reason, refused, row_too_long};
use crate::refused::{RAW_BYTES_MAX, Reason};
use crate::rows::{Raw, Rows};

use self::wanted::{Folds, Found, Wanted, find, wanted};

/// Reads JSON Lines.
pub struct JsonLinesReader {
    window: Window,
    columns: Vec<String>,
    wanted: Vec<Wanted>,
    folds: Folds,
    row_bytes_max: usize,
    at: usize,
    raw_from: usize,
    row: u64,
    line: u64,
    resume: Option<Resume>,
    pass_to: u64,
    skipping: Option<Skipping>,
    /// Objects that were read, of all inputs.
    objects: u64,
}

struct Skipping {
    start: u64,
    raw: Vec<u8>,
}

/// A value within a row, as it stands there.
type Cells<'a> = Vec<Option<&'a RawValue>>;

/// How deep a value that is taken as JSON text may be: what reads it again is recursive, as PostgreSQL's is, and no table has such values.
const DEPTH_MAX: usize = 64;

/// More than any table has.
const COLUMNS_MAX: usize = 4096;

impl JsonLinesReader {
    /// Begins with what the window has of the first input.
    pub(crate) fn open(window: Window, settings: &ReadSettings, resume: Option<&Resume>) -> Self {
        let columns = match &settings.columns {
            Some(columns) => columns.clone(),
            None => {
                let found = match &settings.told_members {
                    Some(told) => told.clone(),
                    None => found_members(&window.text, window.is_end),
                };
                members::with_later(found, &settings.members)
            }
        };
        let mut reader = Self {
            wanted: wanted(&columns, &settings.members),
            folds: Folds::default(),
            columns,
            row_bytes_max: settings.row_bytes_max,
            at: 0,
            raw_from: 0,
            row: 0,
            line: 1,
            resume: resume.cloned(),
            pass_to: 0,
            skipping: None,
            objects: 0,
            window,
        };
        reader.begin_input();
        reader
    }

    fn begin_input(&mut self) {
        self.at = 0;
        self.row = 0;
        self.line = 1;
        self.pass_to = 0;
        let input = self.window.input;
        if let Some(resume) = self.resume.take_if(|resume| resume.input == input)
            && resume.byte > 0
        {
            self.row = resume.row;
            self.line = resume.line;
            self.pass_to = resume.byte;
        }
        self.pass_what_was_read();
    }

    fn pass_what_was_read(&mut self) {
        let passed = self.pass_to.saturating_sub(self.window.start);
        if passed > self.at as u64 {
            self.at = self.window.text.len().min(passed as usize);
            self.raw_from = self.at;
        }
    }

    fn rows(&mut self) -> Rows {
        let mut rows = Rows {
            width: self.columns.len(),
            text: Vec::with_capacity((self.window.text.len() - self.at) / 2),
            ..Rows::default()
        };
        if self.skipping.is_some() && !self.skip_line(&mut rows) {
            return rows;
        }
        let text = std::mem::take(&mut self.window.text);
        let mut cells = Cells::new();
        let is_too_long = self.take_lines(&text, &mut cells, &mut rows);
        drop(cells);
        self.window.text = text;
        if !rows.is_empty() {
            rows.raw = Raw {
                text: self.window.raw(self.raw_from, self.at),
                start: self.window.start + self.raw_from as u64,
                is_one_row: false,
            };
            self.raw_from = self.at;
        } else if is_too_long {
            self.begin_skipping(&mut rows);
        }
        rows
    }

    /// Takes the lines that end in the text; whether the next one is too long.
    fn take_lines<'a>(&mut self, text: &'a [u8], cells: &mut Cells<'a>, rows: &mut Rows) -> bool {
        while !rows.is_full() && self.at < text.len() {
            let end = memchr(b'\n', &text[self.at..]).map(|found| self.at + found);
            let (line, next) = match end {
                Some(end) => (&text[self.at..end], end + 1),
                None if self.window.is_end => (&text[self.at..], text.len()),
                // One more, because a carriage return may be half of the line's end.
                None => return text.len() - self.at > self.row_bytes_max + 1,
            };
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            if line.len() > self.row_bytes_max {
                return true;
            }
            if !line.trim_ascii().is_empty() {
                self.take_line(text, line, next, cells, rows);
            }
            self.at = next;
            self.line += 1;
        }
        false
    }

    fn take_line<'a>(
        &mut self,
        text: &'a [u8],
        line: &'a [u8],
        next: usize,
        cells: &mut Cells<'a>,
        rows: &mut Rows,
    ) {
        self.row += 1;
        let start = self.window.start + self.at as u64;
        let end = self.window.start + next as u64;
        let place = window::place(self.window.input, self.row, self.line, start, end);
        let mut reasons = Vec::new();
        if self.window.is_wrong_before(end) {
            reasons = self.window.wrongs_in(text, start, end, self.line);
        }
        if line.starts_with(BYTE_ORDER_MARK) {
            reasons.push(mark_inside());
        }
        let (text_len, ends_len) = (rows.text.len(), rows.ends.len());
        if reasons.is_empty() {
            match self.read_cells(line, cells, rows) {
                Ok(()) => return rows.places.push(place),
                Err(reason) => reasons.push(reason),
            }
        }
        rows.text.truncate(text_len);
        rows.ends.truncate(ends_len);
        rows.refused.push(refused(place, line, reasons));
    }

    fn read_cells<'a>(
        &mut self,
        line: &'a [u8],
        cells: &mut Cells<'a>,
        rows: &mut Rows,
    ) -> Result<(), Reason> {
        cells.clear();
        cells.resize(self.columns.len(), None);
        let text = std::str::from_utf8(line).map_err(|_| not_an_object())?;
        self.objects += 1;
        let mut unclear = None;
        let object = Object {
            wanted: &self.wanted,
            folds: &mut self.folds,
            cells,
            number: self.objects,
            unclear: &mut unclear,
        };
        let read = read_object(text, object);
        if let Some(unclear) = unclear {
            return Err(unclear.reason());
        }
        read.map_err(|error| match text.trim_start().starts_with('{') {
            true => not_json(&error, text),
            false => not_an_object(),
        })?;
        for (cell, column) in cells.iter().zip(&self.columns) {
            put_cell(*cell, column, rows)?;
        }
        Ok(())
    }

    fn begin_skipping(&mut self, rows: &mut Rows) {
        let raw = &self.window.text[self.at..];
        let raw = &raw[..memchr(b'\n', raw).unwrap_or(raw.len())];
        self.skipping = Some(Skipping {
            start: self.window.start + self.at as u64,
            raw: raw[..raw.len().min(RAW_BYTES_MAX + 1)].to_vec(),
        });
        self.skip_line(rows);
    }

    /// Passes over a line that is too long; whether its end was found.
    fn skip_line(&mut self, rows: &mut Rows) -> bool {
        let Some(skipping) = self.skipping.take() else {
            return true;
        };
        let text = &self.window.text;
        let end = match memchr(b'\n', &text[self.at..]) {
            Some(found) => self.at + found + 1,
            None if self.window.is_end => text.len(),
            None => {
                self.window.drop_all_but(0);
                self.at = 0;
                self.raw_from = 0;
                self.skipping = Some(skipping);
                return false;
            }
        };
        self.row += 1;
        let to = self.window.start + end as u64;
        let place = window::place(self.window.input, self.row, self.line, skipping.start, to);
        let mut reasons = vec![row_too_long(self.row_bytes_max)];
        if self.window.is_wrong_before(to) {
            reasons.extend(self.window.wrongs(skipping.start, to, self.line));
        }
        let mut refused = refused(place, &skipping.raw, reasons);
        refused.is_shortened = true;
        rows.refused.push(refused);
        self.line += 1;
        self.at = end;
        self.raw_from = end;
        true
    }

    fn get_more(&mut self) -> Result<bool, ReadError> {
        self.window.forget(self.raw_from);
        self.at -= self.raw_from;
        self.raw_from = 0;
        match self.window.more()? {
            More::End => return Ok(false),
            More::Text => {}
            More::Gap => self.at = 0,
            More::Input => {
                self.window.fill_head()?;
                self.begin_input();
            }
        }
        self.pass_what_was_read();
        Ok(true)
    }
}

impl RowReader for JsonLinesReader {
    fn columns(&self) -> &[String] {
        &self.columns
    }

    fn format(&self) -> &Format {
        &Format::JsonLines
    }

    fn encoding(&self) -> Encoding {
        self.window.encoding
    }

    fn next(&mut self) -> Result<Option<Rows>, ReadError> {
        loop {
            let rows = self.rows();
            if !rows.is_empty() {
                return Ok(Some(rows));
            }
            self.raw_from = self.at;
            if !self.get_more()? {
                return Ok(None);
            }
        }
    }
}

/// The members of the objects at the beginning, in the order in which they first stand there. What differs in case alone is one name to a mapping, and so
/// one column where no object has both.
fn found_members(text: &[u8], is_end: bool) -> Vec<String> {
    let text = &text[..text.len().min(super::sniff::SNIFFED_BYTES)];
    let mut found = members::Spellings::default();
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        let is_whole = line.ends_with(b"\n") || is_end;
        let members = std::str::from_utf8(line).ok().filter(|_| is_whole);
        let members = members.and_then(|line| serde_json::from_str::<indexed::Names>(line).ok());
        if let Some(members) = members {
            found.add(members.0, COLUMNS_MAX);
        }
    }
    found.columns()
}

mod indexed {
    use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};

    /// The names of an object's members.
    pub struct Names(pub Vec<String>);

    struct NamesVisitor;

    impl<'de> Deserialize<'de> for Names {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            deserializer.deserialize_map(NamesVisitor)
        }
    }

    impl<'de> Visitor<'de> for NamesVisitor {
        type Value = Names;

        fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            formatter.write_str("an object")
        }

        fn visit_map<M: MapAccess<'de>>(self, mut members: M) -> Result<Names, M::Error> {
            let mut names = Vec::new();
            while let Some((name, IgnoredAny)) = members.next_entry::<String, IgnoredAny>()? {
                names.push(name);
            }
            Ok(Names(names))
        }
    }
}

/// An object on its way into cells.
struct Object<'w, 'c, 'a> {
    wanted: &'w [Wanted],
    folds: &'c mut Folds,
    cells: &'c mut Cells<'a>,
    /// Which of all objects it is.
    number: u64,
    /// Becomes what nobody can read of it.
    unclear: &'c mut Option<Unclear>,
}

/// Which name in an object nobody can read, with its objects.
struct Unclear {
    key: String,
    why: Why,
}

enum Why {
    /// It stands there twice.
    Twice,
    /// It is another spelling of several.
    Several,
}

fn read_object<'a>(text: &'a str, object: Object<'_, '_, 'a>) -> Result<(), serde_json::Error> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    (&mut deserializer).deserialize_map(object)?;
    deserializer.end()
}

impl<'a> Visitor<'a> for Object<'_, '_, 'a> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<M: MapAccess<'a>>(self, mut members: M) -> Result<(), M::Error> {
        let mut next = 0;
        while let Some(found) = members.next_key_seed(Name {
            wanted: self.wanted,
            next,
            folds: self.folds,
        })? {
            // All values are read as they stand, wanted or not: a line that is no JSON is refused whatever is wanted of it.
            let value = members.next_value::<&'a RawValue>()?;
            let (index, is_one) = match found {
                Found::One(index) => (index, true),
                Found::Several(index) => (index, false),
                Found::None => continue,
            };
            next = index + 1;
            let wanted = &self.wanted[index];
            let filled = |column: usize| self.cells[column].is_some();
            let is_twice = wanted.found_in.replace(self.number) == self.number
                || wanted.column.is_some_and(filled);
            if is_twice || !is_one {
                *self.unclear = Some(Unclear {
                    key: wanted.name.clone(),
                    why: if is_one { Why::Twice } else { Why::Several },
                });
                return Err(serde::de::Error::custom("a name is not clear"));
            }
            if let Some(column) = wanted.column {
                self.cells[column] = Some(value);
            }
            if !wanted.below.is_empty() && value.get().starts_with('{') {
                let below = Object {
                    wanted: &wanted.below,
                    folds: self.folds,
                    cells: self.cells,
                    number: self.number,
                    unclear: self.unclear,
                };
                read_object(value.get(), below).map_err(|error| {
                    if let Some(unclear) = self.unclear.as_mut() {
                        unclear.key.insert_str(0, &format!("{}.", wanted.name));
                    }
                    serde::de::Error::custom(error)
                })?;
            }
        }
        Ok(())
    }
}

/// A name that is looked up among the wanted members.
struct Name<'w, 'f> {
    wanted: &'w [Wanted],
    next: usize,
    folds: &'f mut Folds,
}

impl<'a> DeserializeSeed<'a> for Name<'_, '_> {
    type Value = Found;

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Name<'_, '_> {
    type Value = Found;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a name")
    }

    fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
        Ok(find(self.wanted, name, self.next, self.folds))
    }
}

fn put_cell(value: Option<&RawValue>, column: &str, rows: &mut Rows) -> Result<(), Reason> {
    let Some(value) = value.map(RawValue::get) else {
        rows.absent_cell();
        return Ok(());
    };
    match value.as_bytes() {
        [b'n', ..] => rows.absent_cell(),
        [b'"', inside @ .., b'"'] if memchr(b'\\', inside).is_none() => {
            rows.text.extend_from_slice(inside);
            rows.end_cell();
        }
        [b'"', ..] => {
            let text: Cow<'_, str> = serde_json::from_str(value)
                .map_err(|error| in_column(not_json(&error, value), column))?;
            if text.contains('\0') {
                return Err(in_column(nul(), column));
            }
            rows.text.extend_from_slice(text.as_bytes());
            rows.end_cell();
        }
        [b'{' | b'[', ..] if depth(value) > DEPTH_MAX => {
            return Err(in_column(too_deep(), column));
        }
        [b'-' | b'0'..=b'9', ..] if let Some(digits) = number::without_exponent(value) => {
            rows.text.extend_from_slice(digits.as_bytes());
            rows.end_cell();
        }
        _ => {
            rows.text.extend_from_slice(value.as_bytes());
            rows.end_cell();
        }
    }
    Ok(())
}

/// How deep objects and arrays lie in each other.
fn depth(json: &str) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    let (mut is_string, mut is_escaped) = (false, false);
    for byte in json.bytes() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = is_string,
            b'"' => is_string = !is_string,
            b'{' | b'[' if !is_string => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b'}' | b']' if !is_string => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

fn in_column(reason: Reason, column: &str) -> Reason {
    Reason {
        column: Some(column.to_owned()),
        ..reason
    }
}

fn not_json(error: &serde_json::Error, text: &str) -> Reason {
    let said = error.to_string();
    let what = said.split(" at line ").next().unwrap_or(&said);
    // The library counts bytes.
    let before = text.as_bytes().get(..error.column()).unwrap_or_default();
    let is_first = |byte: &&u8| **byte & 0xc0 != 0x80;
    let (at, at_ko) = match before.iter().filter(is_first).count() {
        0 => Default::default(),
        character => (
            format!(" at character {character}"),
            format!("{character}번째 글자: "),
        ),
    };
    reason(
        "not_json",
        format!("the line is not JSON: {what}{at}"),
        format!("줄이 올바른 JSON이 아니에요. {at_ko}{}", in_korean(what)),
    )
}

/// What the library says of a line that is no JSON.
fn in_korean(what: &str) -> &'static str {
    match what {
        what if what.starts_with("EOF while") => "닫는 괄호나 따옴표가 없이 끝나요",
        "expected `:`" => "키 뒤에 :이 있어야 해요",
        "expected `,` or `}`" => "값 뒤에 ,나 }가 있어야 해요",
        "expected `,` or `]`" => "값 뒤에 ,나 ]가 있어야 해요",
        "expected value" => "값이 있어야 할 자리예요",
        "expected ident" => "true, false, null 가운데 하나여야 해요",
        "invalid escape" => "\\ 뒤에 올 수 없는 글자가 있어요",
        "invalid number" => "숫자를 쓰는 방법이 맞지 않아요",
        "number out of range" => "숫자가 너무 커요",
        "invalid unicode code point"
        | "lone leading surrogate in hex escape"
        | "unexpected end of hex escape" => "\\u 뒤의 번호가 맞지 않아요",
        "key must be a string" => "키는 따옴표로 감싸야 해요",
        "trailing comma" => "마지막 값 뒤에 쉼표가 남아 있어요",
        "trailing characters" => "객체가 끝난 뒤에 다른 글자가 있어요",
        "recursion limit exceeded" => "객체와 배열이 너무 깊어요",
        what if what.starts_with("control character") => "문자열 안에 제어 문자가 있어요",
        _ => "JSON으로 읽을 수 없는 글자가 있어요",
    }
}

impl Unclear {
    fn reason(&self) -> Reason {
        let key = &self.key;
        let (code, message, message_ko) = match self.why {
            Why::Twice => (
                "key_twice",
                format!(
                    "the key {key:?} stands twice in the object, or once in other capitals, and nobody can say which counts; leave one of them"
                ),
                format!(
                    "한 객체에 {key:?} 키가 두 번 있어요(대소문자만 다른 것도 같은 키예요). 어느 쪽이 맞는지 알 수 없으니 하나만 남겨 주세요"
                ),
            ),
            Why::Several => (
                "key_alike",
                format!(
                    "a key of the object is {key:?} in other capitals, and the file has several columns of that name; write it as one of them"
                ),
                format!(
                    "{key:?} 키가 다른 대소문자로 쓰여 있는데, 이 파일에는 대소문자만 다른 열이 여럿이에요. 그중 하나와 똑같이 써 주세요"
                ),
            ),
        };
        in_column(reason(code, message, message_ko), key)
    }
}

fn not_an_object() -> Reason {
    reason(
        "not_an_object",
        "the line is not a JSON object: it begins with { and ends with }".to_owned(),
        "줄이 JSON 객체가 아니에요. {로 시작해 }로 끝나야 해요".to_owned(),
    )
}

fn nul() -> Reason {
    reason(
        "nul",
        "it holds NUL (\\u0000), which no text may hold; take it out".to_owned(),
        "NUL 문자(\\u0000)가 들어 있어요. 텍스트에는 쓸 수 없으니 지우세요".to_owned(),
    )
}

fn too_deep() -> Reason {
    reason(
        "too_deep",
        format!("its objects and arrays lie more than {DEPTH_MAX} deep in each other"),
        format!("객체와 배열이 {DEPTH_MAX}단계보다 깊어요"),
    )
}
