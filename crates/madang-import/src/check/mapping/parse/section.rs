//! Tables of a mapping, read key by key, each mistake with its place.

use std::cell::RefCell;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::check::mapping::nearest::nearest;
use crate::check::mapping::{MappingError, MappingErrorKind, MappingPlace, Table};

/// Words and names in one list: more are a mistake.
const LIST_MAX: usize = 1_000;
/// A word is compared with cells; one of a page never fits.
const TEXT_BYTES_MAX: usize = 1_000;

/// Keys, each with the number that it stands for as it is spelled; `None` for what is no number.
pub(super) type Numbered = Vec<(String, Option<String>)>;

/// The text of a mapping.
#[derive(Clone, Copy)]
pub(super) struct Document<'s> {
    pub(super) file: &'s str,
    pub(super) text: &'s str,
    /// What was found wrong so far.
    pub(super) wrong: &'s RefCell<Vec<MappingError>>,
}

impl Document<'_> {
    /// What could be read; what could not is noted, and the reading goes on behind it.
    pub(super) fn noted<T>(self, read: Result<T, MappingError>) -> Option<T> {
        read.map_err(|error| self.wrong.borrow_mut().push(error))
            .ok()
    }

    pub(super) fn refuse(self, kind: MappingErrorKind, span: Range<usize>) -> MappingError {
        let before = self.text.get(..span.start).unwrap_or_default();
        let line = before.rsplit('\n').next().unwrap_or_default();
        MappingError {
            kind: Box::new(kind),
            place: Some(MappingPlace {
                file: self.file.to_owned(),
                line: before.matches('\n').count() + 1,
                column: line.chars().count() + 1,
                bytes: span,
            }),
        }
    }

    pub(super) fn syntax(self, error: &toml::de::Error) -> MappingError {
        let kind = MappingErrorKind::Syntax {
            message: error.message().to_owned(),
        };
        self.refuse(kind, error.span().unwrap_or(0..0))
    }

    pub(super) fn invalid(
        self,
        key: &str,
        wanted: &str,
        example: &str,
        span: Range<usize>,
    ) -> MappingError {
        let kind = MappingErrorKind::InvalidValue {
            key: key.to_owned(),
            wanted: wanted.to_owned(),
            example: example.to_owned(),
        };
        self.refuse(kind, span)
    }
}

/// One table.
pub(super) struct Section<'s, 'd> {
    pub(super) document: Document<'s>,
    /// What it is called in errors.
    title: Table,
    table: &'s DeTable<'d>,
    span: Range<usize>,
}

impl<'s, 'd> Section<'s, 'd> {
    pub(super) fn root(document: Document<'s>, table: &'s Spanned<DeTable<'d>>) -> Self {
        Self {
            document,
            title: Table::Mapping,
            table: table.get_ref(),
            span: 0..0,
        }
    }

    /// Notes every key that is not known.
    pub(super) fn only_known(&self, known: &[&str]) {
        let unknown = self
            .table
            .keys()
            .filter(|key| !known.contains(&key.get_ref().as_ref()));
        for key in unknown {
            let kind = MappingErrorKind::UnknownKey {
                key: key.get_ref().to_string(),
                table: self.title.clone(),
                nearest: nearest(key.get_ref(), known.iter().copied()),
            };
            let error = self.document.refuse(kind, key.span());
            self.document.noted::<()>(Err(error));
        }
    }

    /// See [`Document::noted`].
    pub(super) fn noted<T>(&self, read: Result<T, MappingError>) -> Option<T> {
        self.document.noted(read)
    }

    /// A text that is not held to anything.
    pub(super) fn noted_text(&self, key: &str, example: &str) -> Option<String> {
        let text = self.noted(self.text(key, example)).flatten();
        text.map(Spanned::into_inner)
    }

    pub(super) fn noted_flag(&self, key: &str) -> bool {
        self.noted(self.flag(key)).flatten().unwrap_or(false)
    }

    /// What must be there.
    pub(super) fn must<T>(
        &self,
        value: Option<T>,
        key: &str,
        example: &str,
    ) -> Result<T, MappingError> {
        value.ok_or_else(|| {
            let kind = MappingErrorKind::MissingKey {
                key: key.to_owned(),
                table: self.title.clone(),
                example: example.to_owned(),
            };
            self.document.refuse(kind, self.span.clone())
        })
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.table.contains_key(key)
    }

    /// Where the value of a key stands, else where the table does.
    pub(super) fn span_of(&self, key: &str) -> Range<usize> {
        self.value(key)
            .map_or_else(|| self.span.clone(), Spanned::span)
    }

    pub(super) fn value(&self, key: &str) -> Option<&'s Spanned<DeValue<'d>>> {
        self.table.get(key)
    }

    pub(super) fn text(
        &self,
        key: &str,
        example: &str,
    ) -> Result<Option<Spanned<String>>, MappingError> {
        self.value(key)
            .map(|value| self.text_of(value, key, example))
            .transpose()
    }

    fn text_of(
        &self,
        value: &Spanned<DeValue<'d>>,
        key: &str,
        example: &str,
    ) -> Result<Spanned<String>, MappingError> {
        match value.get_ref().as_str() {
            Some(text) if text.len() <= TEXT_BYTES_MAX => {
                Ok(Spanned::new(value.span(), text.to_owned()))
            }
            _ => Err(self.document.invalid(
                key,
                "text of at most 1,000 bytes in quotes",
                example,
                value.span(),
            )),
        }
    }

    /// A list of texts, or one text alone.
    pub(super) fn texts(
        &self,
        key: &str,
        example: &str,
    ) -> Result<Option<Vec<Spanned<String>>>, MappingError> {
        self.value(key)
            .map(|value| self.texts_of(value, key, example))
            .transpose()
    }

    fn texts_of(
        &self,
        value: &Spanned<DeValue<'d>>,
        key: &str,
        example: &str,
    ) -> Result<Vec<Spanned<String>>, MappingError> {
        match value.get_ref() {
            DeValue::String(_) => Ok(vec![self.text_of(value, key, example)?]),
            DeValue::Array(values) if values.len() <= LIST_MAX => values
                .iter()
                .map(|value| self.text_of(value, key, example))
                .collect(),
            _ => Err(self.document.invalid(
                key,
                "a list of at most 1,000 texts",
                example,
                value.span(),
            )),
        }
    }

    /// A list of lists of texts.
    pub(super) fn lists(
        &self,
        key: &str,
        example: &str,
    ) -> Result<Vec<Vec<Spanned<String>>>, MappingError> {
        match self.value(key).map(|value| (value, value.get_ref())) {
            None => Ok(Vec::new()),
            Some((_, DeValue::Array(lists))) if lists.len() <= LIST_MAX => lists
                .iter()
                .map(|list| self.texts_of(list, key, example))
                .collect(),
            Some((value, _)) => {
                Err(self
                    .document
                    .invalid(key, "a list of lists", example, value.span()))
            }
        }
    }

    pub(super) fn flag(&self, key: &str) -> Result<Option<bool>, MappingError> {
        let Some(value) = self.value(key) else {
            return Ok(None);
        };
        match value.get_ref() {
            DeValue::Boolean(flag) => Ok(Some(*flag)),
            _ => Err(self.document.invalid(
                key,
                "true or false",
                &format!("{key} = true"),
                value.span(),
            )),
        }
    }

    pub(super) fn count(&self, key: &str, example: &str) -> Result<Option<u64>, MappingError> {
        let Some(value) = self.value(key) else {
            return Ok(None);
        };
        let count = match value.get_ref() {
            DeValue::Integer(number) => u64::from_str_radix(number.as_str(), number.radix()).ok(),
            _ => None,
        };
        let wanted = "a whole number that is not negative";
        count
            .map(Some)
            .ok_or_else(|| self.document.invalid(key, wanted, example, value.span()))
    }

    /// A number as it is written, bare or in quotes: nothing is rounded on the way.
    pub(super) fn number(
        &self,
        key: &str,
        example: &str,
    ) -> Result<Option<Spanned<String>>, MappingError> {
        let Some(value) = self.value(key) else {
            return Ok(None);
        };
        let text = bare_number(value.get_ref()).ok_or_else(|| {
            self.document
                .invalid(key, "a number", example, value.span())
        })?;
        Ok(Some(Spanned::new(value.span(), text.to_owned())))
    }

    /// A table of numbers in the order written. Nothing when the value is no table.
    pub(super) fn numbered(
        &self,
        key: &str,
        example: &str,
    ) -> Result<Option<Numbered>, MappingError> {
        let Some((span, DeValue::Table(table))) =
            self.value(key).map(|value| (value.span(), value.get_ref()))
        else {
            return Ok(None);
        };
        if table.len() > LIST_MAX {
            let wanted = "a table of at most 1,000 numbers";
            return Err(self.document.invalid(key, wanted, example, span));
        }
        let mut entries: Vec<_> = table.iter().collect();
        entries.sort_by_key(|(key, _)| key.span().start);
        let read = |(key, value): (&Spanned<std::borrow::Cow<'_, str>>, &Spanned<DeValue<'d>>)| {
            let number = bare_number(value.get_ref()).map(str::to_owned);
            (key.get_ref().to_string(), number)
        };
        Ok(Some(entries.into_iter().map(read).collect()))
    }

    /// A default: spelled as in a file, in quotes, or as a bare number or truth.
    pub(super) fn default(&self) -> Result<Option<Spanned<String>>, MappingError> {
        match self
            .value("default")
            .map(|value| (value.span(), value.get_ref()))
        {
            Some((span, DeValue::Boolean(flag))) => Ok(Some(Spanned::new(span, flag.to_string()))),
            Some((_, DeValue::Integer(_) | DeValue::Float(_))) => {
                self.number("default", "default = 0")
            }
            _ => self.text("default", "default = \"0\""),
        }
    }

    /// One of some names, as what it stands for.
    pub(super) fn one_of<T: Copy>(
        &self,
        key: &str,
        known: &[(&str, T)],
    ) -> Result<Option<T>, MappingError> {
        let names: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
        let example = format!("{key} = \"{}\"", names[0]);
        let Some(text) = self.text(key, &example)? else {
            return Ok(None);
        };
        let found = known.iter().find(|(name, _)| name == text.get_ref());
        found.map(|(_, meaning)| Some(*meaning)).ok_or_else(|| {
            let meant = nearest(text.get_ref(), names.iter().copied());
            let example = format!("{key} = \"{}\"", meant.as_deref().unwrap_or(names[0]));
            let wanted = format!("one of {}", names.join(", "));
            self.document.invalid(key, &wanted, &example, text.span())
        })
    }

    /// `["hot", "iced"]`, or `{ on_sale = ["판매중"] }` in the order written.
    pub(super) fn choices(&self) -> Result<Vec<(String, Vec<String>)>, MappingError> {
        let example = "choices = { on_sale = [\"판매중\"], hidden = [\"숨김\"] }";
        let inner =
            |texts: Vec<Spanned<String>>| texts.into_iter().map(Spanned::into_inner).collect();
        match self.value("choices").map(Spanned::get_ref) {
            Some(DeValue::Table(table)) if table.len() <= LIST_MAX => {
                let mut entries: Vec<_> = table.iter().collect();
                entries.sort_by_key(|(key, _)| key.span().start);
                let read = |(key, words): (&Spanned<_>, &Spanned<DeValue<'d>>)| {
                    let key: &std::borrow::Cow<'_, str> = key.get_ref();
                    Ok((
                        key.to_string(),
                        inner(self.texts_of(words, "choices", example)?),
                    ))
                };
                entries.into_iter().map(read).collect()
            }
            _ => {
                let texts = self.texts("choices", example)?.unwrap_or_default();
                Ok(texts
                    .into_iter()
                    .map(|text| (text.into_inner(), Vec::new()))
                    .collect())
            }
        }
    }

    pub(super) fn section(&self, key: &str) -> Result<Option<Section<'s, 'd>>, MappingError> {
        let Some(value) = self.value(key) else {
            return Ok(None);
        };
        self.section_of(value, key, Table::Named(key.to_owned()))
            .map(Some)
    }

    /// An array of tables.
    pub(super) fn sections(&self, key: &str) -> Result<Option<Vec<Section<'s, 'd>>>, MappingError> {
        let Some(value) = self.value(key) else {
            return Ok(None);
        };
        let DeValue::Array(values) = value.get_ref() else {
            let wanted = format!("tables, each under [[{key}]]");
            return Err(self
                .document
                .invalid(key, &wanted, &format!("[[{key}]]"), value.span()));
        };
        let sections = values.iter().enumerate().map(|(index, value)| {
            let name = match value.get_ref() {
                DeValue::Table(table) => table.get("name").and_then(|name| name.get_ref().as_str()),
                _ => None,
            };
            let title = match name {
                Some(name) => Table::Column(name.to_owned()),
                None => Table::Numbered(key.to_owned(), index + 1),
            };
            self.section_of(value, key, title)
        });
        sections.collect::<Result<Vec<_>, _>>().map(Some)
    }

    fn section_of(
        &self,
        value: &'s Spanned<DeValue<'d>>,
        key: &str,
        title: Table,
    ) -> Result<Section<'s, 'd>, MappingError> {
        match value.get_ref() {
            DeValue::Table(table) => Ok(Section {
                document: self.document,
                title,
                table,
                span: value.span(),
            }),
            _ => Err(self
                .document
                .invalid(key, "a table", &format!("[{key}]"), value.span())),
        }
    }
}

/// A number's digits, bare or in quotes.
fn bare_number<'v>(value: &'v DeValue<'_>) -> Option<&'v str> {
    match value {
        DeValue::Integer(number) if number.radix() == 10 => Some(number.as_str()),
        DeValue::Float(number) => Some(number.as_str()),
        DeValue::String(text) => Some(text.as_ref()),
        _ => None,
    }
}
