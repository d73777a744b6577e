//! Reads a mapping's TOML.

mod section;

use std::cell::RefCell;

use toml::Spanned;
use toml::de::DeTable;

use self::section::{Document, Section};
use crate::check::cell::Speller;
use crate::check::checker::UNIQUE_MAX;
use crate::check::mapping::{
    BooleanRule, Choice, ColumnRule, DateNumbers, DateOrder, DateRule, FormatHints, GroupCheck,
    GroupSum, Mapping, MappingError, MappingErrorKind, MappingErrors, NumberRule, Percent,
    RowCheck, RowCount, TextRule, TotalRow, Unit, UnitFactor, Values, rule::Rule, unit,
    usual_null_words,
};
use crate::check::spelling::number::Numbers;
use crate::check::spelling::trimmed;
use crate::check::spelling::words::folded;
use crate::check::spelling::zone;
use crate::schema::IfEmpty;

/// A mapping is written by hand; one of a megabyte is a mistake.
const TEXT_BYTES_MAX: usize = 1024 * 1024;

/// PostgreSQL holds 1,600 columns in a table, and fewer of wide types.
pub(crate) const COLUMNS_MAX: usize = 1_000;

/// The header stands within the first 64 KiB.
pub const SKIP_LINES_MAX: u64 = 1_000;

/// The rows of one group are in memory together: an order of more lines than this is none.
const GROUP_ROWS_MAX: usize = 10_000;
const GROUP_ROWS_USUAL: usize = 1_000;

impl Mapping {
    /// Reads a mapping; `file` names it in errors.
    ///
    /// # Errors
    /// [`MappingErrors`], each with its place.
    pub fn parse(toml: &str, file: &str) -> Result<Self, MappingErrors> {
        let wrong = RefCell::default();
        let document = Document {
            file,
            text: toml,
            wrong: &wrong,
        };
        if toml.len() > TEXT_BYTES_MAX {
            let wanted = "at most 1 MiB of text";
            return Err(document
                .invalid("mapping", wanted, "name = \"menu\"", 0..0)
                .into());
        }
        let root = DeTable::parse(toml).map_err(|error| document.syntax(&error))?;
        let root = Section::root(document, &root);
        let mapping = described(&root);
        MappingErrors::of(wrong.take())?;
        let mapping = mapping.expect("what could not be read was noted");
        let mapping = joined(&root, mapping);
        MappingErrors::of(wrong.take())?;
        Ok(mapping)
    }
}

/// What stands for itself; what could not be read is noted.
fn described(root: &Section<'_, '_>) -> Option<Mapping> {
    root.only_known(&[
        "name",
        "description",
        "timezone",
        "null",
        "format",
        "columns",
        "key",
        "key_may_repeat",
        "key_may_be_empty",
        "one_of",
        "row_checks",
        "group",
        "total_row",
        "rows",
    ]);
    let name = root.noted(name_of(root, "name = \"menu\""));
    let null = root.noted(words(root, "null", "null = [\"-\", \"없음\"]"));
    let format = root.noted(format_hints(root));
    let rows = root.noted(row_count(root));
    let timezone = root.noted(timezone(root));
    let usual_timezone = || "Asia/Seoul".to_owned();
    let timezone = timezone.flatten().unwrap_or_else(usual_timezone);
    let columns = root.noted(columns(root, &timezone));
    Some(Mapping {
        name: name?,
        description: root.noted_text("description", "description = \"메뉴\""),
        timezone,
        null: null?.unwrap_or_else(usual_null_words),
        format: format?,
        columns: columns?,
        key: Vec::new(),
        key_may_repeat: root.noted_flag("key_may_repeat"),
        key_may_be_empty: root.noted_flag("key_may_be_empty"),
        one_of: Vec::new(),
        row_checks: Vec::new(),
        group: None,
        total_row: None,
        rows: rows?,
    })
}

/// What speaks of columns: of those that are known by now.
fn joined(root: &Section<'_, '_>, mut mapping: Mapping) -> Mapping {
    let named = Named {
        root,
        columns: &mapping.columns,
    };
    let key = root.noted(named.columns(root, "key", "key = [\"item\"]"));
    let one_of = root.noted(named.one_of());
    let row_checks = root.noted(named.row_checks());
    let group = root.noted(named.group());
    let total_row = root.noted(named.total_row());
    mapping.key = key.unwrap_or_default();
    mapping.one_of = one_of.unwrap_or_default();
    mapping.row_checks = row_checks.unwrap_or_default();
    mapping.group = group.flatten();
    mapping.total_row = total_row.flatten();
    // Without a value there, nobody could tell which row or which group is meant.
    let by = mapping.group.iter().flat_map(|group| &group.by);
    let key = mapping.key.iter().filter(|_| !mapping.key_may_be_empty);
    let known_by: Vec<String> = key.chain(by).cloned().collect();
    for column in &mut mapping.columns {
        column.required |= known_by.contains(&column.name);
    }
    let unique = mapping.columns.iter().filter(|column| column.unique);
    if unique.count() >= UNIQUE_MAX {
        let (wanted, example) = ("said of at most 7 columns", "unique = false");
        let span = root.span_of("columns");
        let error = root.document.invalid("unique", wanted, example, span);
        root.noted::<()>(Err(error));
    }
    mapping
}

/// The longest name that PostgreSQL keeps whole.
const NAME_BYTES_MAX: usize = 63;

fn name_of(section: &Section<'_, '_>, example: &str) -> Result<String, MappingError> {
    let name = section.must(section.text("name", example)?, "name", example)?;
    let is_name = |text: &str| {
        let mut characters = text.chars();
        characters
            .next()
            .is_some_and(|first| first.is_alphabetic() || first == '_')
            && characters.all(|character| character.is_alphanumeric() || character == '_')
            && text.len() <= NAME_BYTES_MAX
    };
    match is_name(name.get_ref()) {
        true => Ok(name.into_inner()),
        false => {
            let wanted = "a name of letters, digits and _ that does not begin with a digit, of at most 63 bytes";
            Err(section
                .document
                .invalid("name", wanted, example, name.span()))
        }
    }
}

fn timezone(root: &Section<'_, '_>) -> Result<Option<String>, MappingError> {
    let example = "timezone = \"Asia/Seoul\"";
    let Some(name) = root.text("timezone", example)? else {
        return Ok(None);
    };
    match zone::known(name.get_ref()) {
        Some(_) => Ok(Some(name.into_inner())),
        None => {
            let wanted = "a time zone of the IANA database";
            Err(root
                .document
                .invalid("timezone", wanted, example, name.span()))
        }
    }
}

fn words(
    section: &Section<'_, '_>,
    key: &str,
    example: &str,
) -> Result<Option<Vec<String>>, MappingError> {
    let words = section.texts(key, example)?;
    Ok(words.map(|words| words.into_iter().map(Spanned::into_inner).collect()))
}

fn format_hints(root: &Section<'_, '_>) -> Result<FormatHints, MappingError> {
    let Some(section) = root.section("format")? else {
        return Ok(FormatHints::default());
    };
    section.only_known(&["kind", "separator", "quote", "encoding", "skip_lines"]);
    let character = |key: &str, example: &str| -> Result<Option<char>, MappingError> {
        let Some(text) = section.text(key, example)? else {
            return Ok(None);
        };
        let mut characters = text.get_ref().chars();
        match (characters.next(), characters.next()) {
            (Some(character), None) if character.is_ascii() => Ok(Some(character)),
            _ => Err(section
                .document
                .invalid(key, "one ASCII character", example, text.span())),
        }
    };
    let kinds = [
        ("csv", "csv"),
        ("json-lines", "json-lines"),
        ("parquet", "parquet"),
    ];
    Ok(FormatHints {
        kind: section.one_of("kind", &kinds)?.map(str::to_owned),
        separator: character("separator", "separator = \",\"")?,
        quote: character("quote", "quote = '\"'")?,
        encoding: section
            .text("encoding", "encoding = \"cp949\"")?
            .map(Spanned::into_inner),
        skip_lines: skip_lines(&section)?,
    })
}

fn skip_lines(section: &Section<'_, '_>) -> Result<Option<u64>, MappingError> {
    let example = "skip_lines = 2";
    let lines = section.count("skip_lines", example)?;
    match (lines, section.value("skip_lines")) {
        (Some(lines), Some(value)) if lines > SKIP_LINES_MAX => Err(section.document.invalid(
            "skip_lines",
            &format!("at most {SKIP_LINES_MAX}"),
            example,
            value.span(),
        )),
        _ => Ok(lines),
    }
}

fn row_count(root: &Section<'_, '_>) -> Result<RowCount, MappingError> {
    let Some(section) = root.section("rows")? else {
        return Ok(RowCount::default());
    };
    section.only_known(&["min", "max"]);
    Ok(RowCount {
        min: section.count("min", "min = 1")?,
        max: section.count("max", "max = 100000")?,
    })
}

fn columns(root: &Section<'_, '_>, timezone: &str) -> Result<Vec<ColumnRule>, MappingError> {
    let example = "[[columns]]";
    let sections = root.must(root.sections("columns")?, "columns", example)?;
    if sections.is_empty() || sections.len() > COLUMNS_MAX {
        let wanted = "1 to 1,000 tables";
        return Err(root
            .document
            .invalid("columns", wanted, example, root.span_of("columns")));
    }
    let mut columns: Vec<ColumnRule> = Vec::with_capacity(sections.len());
    for section in sections {
        let Some(column) = column(&section, timezone) else {
            continue;
        };
        if columns.iter().any(|other| other.name == column.name) {
            let kind = MappingErrorKind::ColumnTwice {
                column: column.name,
            };
            let error = root.document.refuse(kind, section.span_of("name"));
            root.noted::<()>(Err(error));
            continue;
        }
        columns.push(column);
    }
    match_own_names(&mut columns);
    Ok(columns)
}

/// A file whose column is called as at the destination needs no saying, unless another column claims that name.
pub(crate) fn match_own_names(columns: &mut [ColumnRule]) {
    let claimed: Vec<Vec<String>> = columns
        .iter()
        .map(|column| column.from.iter().map(|name| folded(name)).collect())
        .collect();
    for column in columns {
        let own = folded(&column.name);
        if !claimed.iter().flatten().any(|name| *name == own) {
            column.from.push(column.name.clone());
        }
    }
}

/// The keys of every column.
const COLUMN_KEYS: [&str; 9] = [
    "name", "from", "type", "required", "unique", "default", "empty", "null", "note",
];

/// The keys of columns of some types.
const TYPE_KEYS: [(&str, &[&str]); 17] = [
    ("length_min", &["text"]),
    ("length_max", &["text"]),
    ("only", &["text"]),
    ("choices", &["text"]),
    ("scale", &["decimal"]),
    ("units", &["integer", "decimal", "money"]),
    ("percent", &["integer", "decimal"]),
    ("min", &["integer", "decimal", "money", "date", "timestamp"]),
    ("max", &["integer", "decimal", "money", "date", "timestamp"]),
    ("yes", &["boolean"]),
    ("no", &["boolean"]),
    ("opposite_in", &["boolean"]),
    ("order", &["date", "timestamp"]),
    ("numbers", &["date", "timestamp"]),
    ("time_from", &["timestamp"]),
    ("midnight", &["timestamp"]),
    ("fraction", &["timestamp"]),
];

/// A column; what could not be read of it is noted.
fn column(section: &Section<'_, '_>, timezone: &str) -> Option<ColumnRule> {
    let of_types = TYPE_KEYS.iter().map(|(key, _)| *key);
    let known: Vec<&str> = COLUMN_KEYS.iter().copied().chain(of_types).collect();
    section.only_known(&known);
    let name = section.noted(name_of(section, "name = \"price\""));
    let from = section.noted(words(section, "from", "from = [\"가격\", \"price\"]"));
    let null = section.noted(words(section, "null", "null = [\"-\"]"));
    let if_empty = section.noted(section.one_of("empty", &EMPTY_WORDS));
    let default = section.noted(section.default());
    let of_type = section.noted(of_type(section))?;
    let values = values(section, of_type);
    let (name, default) = (name?, default?);
    let rule = ColumnRule {
        from: from?.unwrap_or_else(|| vec![name.clone()]),
        name,
        values: values?,
        required: section.noted_flag("required"),
        unique: section.noted_flag("unique"),
        null: null?,
        note: section.noted_text("note", "note = \"부가세 포함\""),
        default: default.as_ref().map(|default| default.get_ref().clone()),
        if_empty: if_empty?.unwrap_or_default(),
    };
    section.noted(refuse_empty_beside_value(section, &rule))?;
    if let Some(default) = default {
        let zone = zone::known(timezone).unwrap_or(jiff::tz::TimeZone::UTC);
        if Speller::of(&rule.values, &zone)
            .read(default.get_ref())
            .is_err()
        {
            let wanted = format!("a value of type {of_type} that the column itself takes");
            let example = "default = \"0\"";
            let error = section
                .document
                .invalid("default", &wanted, example, default.span());
            section.noted::<()>(Err(error));
        }
    }
    Some(rule)
}

fn of_type(section: &Section<'_, '_>) -> Result<&'static str, MappingError> {
    let types = [
        "text",
        "integer",
        "decimal",
        "money",
        "boolean",
        "date",
        "timestamp",
    ];
    let of_type = section.one_of("type", &types.map(|name| (name, name)))?;
    section.must(of_type, "type", "type = \"text\"")
}

/// What is said of the values; keys of another type are noted.
fn values(section: &Section<'_, '_>, of_type: &str) -> Option<Values> {
    for (key, types) in TYPE_KEYS {
        if section.has(key) && !types.contains(&of_type) {
            let kind = MappingErrorKind::KeyOfOtherType {
                key: key.to_owned(),
                of_type: of_type.to_owned(),
                types: types.join(", "),
            };
            let error = section.document.refuse(kind, section.span_of(key));
            section.noted::<()>(Err(error));
        }
    }
    section.noted(match of_type {
        "text" => text_rule(section).map(Values::Text),
        "integer" => number_rule(section, 0, false).map(Values::Integer),
        "decimal" => scale(section)
            .and_then(|scale| number_rule(section, scale, false))
            .map(Values::Decimal),
        "money" => number_rule(section, 0, true).map(Values::Money),
        "boolean" => boolean_rule(section).map(Values::Boolean),
        "date" => date_rule(section).map(Values::Date),
        _ => date_rule(section).map(Values::Timestamp),
    })
}

/// What `empty` says.
const EMPTY_WORDS: [(&str, IfEmpty); 3] = [
    ("keep", IfEmpty::Keep),
    ("clear", IfEmpty::Clear),
    ("default", IfEmpty::Default),
];

/// A column that always has a value never comes to what `empty` says; one with a default is never cleared.
fn refuse_empty_beside_value(
    section: &Section<'_, '_>,
    rule: &ColumnRule,
) -> Result<(), MappingError> {
    let has_default = rule.default.is_some();
    let (wanted, example) = match rule.if_empty {
        _ if !section.has("empty") => return Ok(()),
        IfEmpty::Clear if has_default => {
            ("keep or default beside `default`", "empty = \"default\"")
        }
        IfEmpty::Default if !has_default => ("said beside a `default`", "default = \"0\""),
        _ if rule.required && !has_default => (
            "left out beside `required`: nothing is ever empty there",
            "empty = \"clear\"",
        ),
        _ => return Ok(()),
    };
    Err(section
        .document
        .invalid("empty", wanted, example, section.span_of("empty")))
}

fn text_rule(section: &Section<'_, '_>) -> Result<TextRule, MappingError> {
    let length = |key: &str, example: &str| -> Result<Option<usize>, MappingError> {
        Ok(section
            .count(key, example)?
            .map(|length| usize::try_from(length).unwrap_or(usize::MAX)))
    };
    Ok(TextRule {
        length_min: length("length_min", "length_min = 1")?,
        length_max: length("length_max", "length_max = 100")?,
        only_digits: section.one_of("only", &[("digits", ())])?.is_some(),
        choices: section
            .choices()?
            .into_iter()
            .map(|(value, words)| Choice { value, words })
            .collect(),
    })
}

/// 64 bits hold 18 decimals and a little.
const SCALE_MAX: u64 = 18;

fn scale(section: &Section<'_, '_>) -> Result<u8, MappingError> {
    let example = "scale = 2";
    let scale = section.must(section.count("scale", example)?, "scale", example)?;
    match u8::try_from(scale) {
        Ok(small) if scale <= SCALE_MAX => Ok(small),
        _ => Err(section
            .document
            .invalid("scale", "0 to 18", example, section.span_of("scale"))),
    }
}

fn number_rule(
    section: &Section<'_, '_>,
    scale: u8,
    is_money: bool,
) -> Result<NumberRule, MappingError> {
    let plain = Numbers::of(
        &NumberRule {
            scale,
            ..NumberRule::default()
        },
        false,
    );
    let bound = |key: &str, example: &str| -> Result<Option<i64>, MappingError> {
        let Some(text) = section.number(key, example)? else {
            return Ok(None);
        };
        let wanted = format!("a number with at most {scale} decimals");
        let number = plain.parse(text.get_ref());
        number
            .map(Some)
            .map_err(|_| section.document.invalid(key, &wanted, example, text.span()))
    };
    Ok(NumberRule {
        scale,
        units: units(section, is_money)?,
        min: bound("min", "min = 0")?,
        max: bound("max", "max = 1000000")?,
        percent: section.one_of(
            "percent",
            &[("number", Percent::Number), ("fraction", Percent::Fraction)],
        )?,
    })
}

/// `["개", "EA"]`, which all count one, or `{ g = 1, kg = 1000 }`.
fn units(section: &Section<'_, '_>, is_money: bool) -> Result<Vec<Unit>, MappingError> {
    const EXAMPLE: &str = "units = [\"개\"]";
    let invalid = |wanted: &str, example: &str| {
        let span = section.span_of("units");
        section.document.invalid("units", wanted, example, span)
    };
    let units: Vec<Unit> = match section.numbered("units", TABLE_OF_UNITS)? {
        Some(entries) => {
            let unit = |(word, number): (String, Option<String>)| {
                let factor = number.as_deref().and_then(UnitFactor::parse);
                factor.map(|factor| Unit { word, factor })
            };
            let units: Option<Vec<Unit>> = entries.into_iter().map(unit).collect();
            units.ok_or_else(|| {
                let wanted = "a number above 0 of at most 18 digits for each unit";
                invalid(wanted, TABLE_OF_UNITS)
            })?
        }
        None => {
            let words = words(section, "units", EXAMPLE)?.unwrap_or_default();
            refuse_units_that_differ(section, &words, is_money)?;
            words.iter().map(|word| Unit::one(word)).collect()
        }
    };
    if !units.iter().all(|unit| unit::is_unit(trimmed(&unit.word))) {
        let wanted = "words that cannot be taken for part of a number";
        return Err(invalid(wanted, EXAMPLE));
    }
    let is_repeated = |(at, unit): (usize, &Unit)| {
        let mut before = units[..at].iter();
        before
            .any(|other| other.word.eq_ignore_ascii_case(&unit.word) && other.factor != unit.factor)
    };
    match units.iter().enumerate().any(is_repeated) {
        true => Err(invalid(
            "words of which each stands once: capitals and small letters are the same",
            TABLE_OF_UNITS,
        )),
        false => Ok(units),
    }
}

const TABLE_OF_UNITS: &str = "units = { g = 1, kg = 1000 }";

/// 1.25 kg and 500 g are not 1.25 and 500 of anything.
fn refuse_units_that_differ(
    section: &Section<'_, '_>,
    words: &[String],
    is_money: bool,
) -> Result<(), MappingError> {
    // Won need no saying, and are always there.
    let won = is_money.then_some("원");
    let words: Vec<&str> = won
        .into_iter()
        .chain(words.iter().map(String::as_str))
        .collect();
    let differing = unit::differing(&words);
    if differing.is_empty() {
        return Ok(());
    }
    let units: Vec<&str> = differing.iter().map(|(word, _)| *word).collect();
    let kind = MappingErrorKind::UnitsDiffer {
        units: units.join(", "),
        example: format!("units = {}", unit::table(differing)),
    };
    Err(section.document.refuse(kind, section.span_of("units")))
}

fn boolean_rule(section: &Section<'_, '_>) -> Result<BooleanRule, MappingError> {
    let rule = BooleanRule {
        yes: words(section, "yes", "yes = [\"예\", \"Y\"]")?.unwrap_or_default(),
        no: words(section, "no", "no = [\"아니오\", \"N\"]")?.unwrap_or_default(),
        opposite_in: words(section, "opposite_in", OPPOSITE_IN)?.unwrap_or_default(),
    };
    let from = words(section, "from", "from = [\"면세\"]")?.unwrap_or_default();
    let is_of_from = |name: &String| from.iter().any(|other| folded(other) == folded(name));
    if !rule.opposite_in.iter().all(is_of_from) {
        return Err(section.document.invalid(
            "opposite_in",
            "some of the names in `from`",
            OPPOSITE_IN,
            section.span_of("opposite_in"),
        ));
    }
    // Half of the words would be guessed.
    match rule.yes.is_empty() == rule.no.is_empty() {
        true => Ok(rule),
        false => {
            let (said, other) = if rule.yes.is_empty() {
                ("no", "yes")
            } else {
                ("yes", "no")
            };
            let example = format!("{other} = [\"…\"]");
            Err(section.document.invalid(
                said,
                &format!("said together with `{other}`"),
                &example,
                section.span_of(said),
            ))
        }
    }
}

const OPPOSITE_IN: &str = "opposite_in = [\"과세여부\"]";

fn date_rule(section: &Section<'_, '_>) -> Result<DateRule, MappingError> {
    let mut plain =
        crate::check::spelling::date::Dates::of(&DateRule::default(), jiff::tz::TimeZone::UTC);
    let mut bound = |key: &str| -> Result<Option<i32>, MappingError> {
        let example = format!("{key} = \"2026-01-01\"");
        let Some(text) = section.text(key, &example)? else {
            return Ok(None);
        };
        let day = plain.day(text.get_ref());
        day.map(Some).map_err(|_| {
            section
                .document
                .invalid(key, "a date", &example, text.span())
        })
    };
    Ok(DateRule {
        min: bound("min")?,
        max: bound("max")?,
        order: section.one_of(
            "order",
            &[
                ("year-month-day", DateOrder::YearMonthDay),
                ("day-month-year", DateOrder::DayMonthYear),
                ("month-day-year", DateOrder::MonthDayYear),
            ],
        )?,
        numbers: section.one_of(
            "numbers",
            &[
                ("excel", DateNumbers::Excel),
                ("seconds", DateNumbers::Seconds),
                ("milliseconds", DateNumbers::Milliseconds),
            ],
        )?,
        time_from: words(section, "time_from", "time_from = [\"거래시간\"]")?.unwrap_or_default(),
        is_midnight_without_time: section.flag("midnight")?.unwrap_or(false),
        is_fraction_cut: section.one_of("fraction", &[("cut", ())])?.is_some(),
    })
}

/// What names columns.
struct Named<'a, 's, 'd> {
    root: &'a Section<'s, 'd>,
    columns: &'a [ColumnRule],
}

impl Named<'_, '_, '_> {
    /// The columns that a key lists.
    fn columns(
        &self,
        section: &Section<'_, '_>,
        key: &str,
        example: &str,
    ) -> Result<Vec<String>, MappingError> {
        let names = section.texts(key, example)?.unwrap_or_default();
        names
            .into_iter()
            .map(|name| self.known(name, key))
            .collect()
    }

    fn known(&self, name: Spanned<String>, named_by: &str) -> Result<String, MappingError> {
        match self
            .columns
            .iter()
            .any(|column| column.name == *name.get_ref())
        {
            true => Ok(name.into_inner()),
            false => Err(self.unknown(name.get_ref(), named_by, name.span())),
        }
    }

    fn unknown(&self, column: &str, named_by: &str, span: std::ops::Range<usize>) -> MappingError {
        let names = self.columns.iter().map(|column| column.name.as_str());
        let kind = MappingErrorKind::UnknownColumn {
            column: column.to_owned(),
            named_by: named_by.to_owned(),
            nearest: super::nearest::nearest(column, names),
        };
        self.root.document.refuse(kind, span)
    }

    /// The columns that a key lists, which must hold numbers.
    fn numbers(
        &self,
        section: &Section<'_, '_>,
        key: &str,
        example: &str,
    ) -> Result<Vec<String>, MappingError> {
        let names = self.columns(section, key, example)?;
        let is_number = |name: &String| {
            let values = self
                .columns
                .iter()
                .find(|column| column.name == *name)
                .map(|column| &column.values);
            matches!(
                values,
                Some(Values::Integer(_) | Values::Decimal(_) | Values::Money(_))
            )
        };
        match names.iter().all(is_number) {
            true => Ok(names),
            false => Err(section.document.invalid(
                key,
                "columns of numbers",
                example,
                section.span_of(key),
            )),
        }
    }

    fn one_of(&self) -> Result<Vec<Vec<String>>, MappingError> {
        let sets = self
            .root
            .lists("one_of", "one_of = [[\"item\", \"barcode\"]]")?;
        let known = |name: Spanned<String>| self.known(name, "one_of");
        sets.into_iter()
            .map(|set| set.into_iter().map(known).collect())
            .collect()
    }

    fn row_checks(&self) -> Result<Vec<RowCheck>, MappingError> {
        let sections = self.root.sections("row_checks")?.unwrap_or_default();
        let read = sections
            .iter()
            .map(|section| section.noted(self.row_check(section)));
        Ok(read.flatten().collect())
    }

    fn row_check(&self, section: &Section<'_, '_>) -> Result<RowCheck, MappingError> {
        section.only_known(&["rule", "within"]);
        let example = "rule = \"total = supply + tax\"";
        let rule = section.must(section.text("rule", example)?, "rule", example)?;
        self.rule(section, "rule", &rule, example)?;
        Ok(RowCheck {
            rule: rule.into_inner(),
            within: section.count("within", "within = 1")?.unwrap_or(0),
        })
    }

    fn rule(
        &self,
        section: &Section<'_, '_>,
        key: &str,
        rule: &Spanned<String>,
        example: &str,
    ) -> Result<Rule, MappingError> {
        Rule::parse(rule.get_ref(), self.columns).map_err(|wrong| match wrong {
            super::rule::RuleWrong::UnknownColumn(column) => {
                self.unknown(&column, key, rule.span())
            }
            super::rule::RuleWrong::Invalid(wanted) => {
                section.document.invalid(key, wanted, example, rule.span())
            }
        })
    }

    fn group(&self) -> Result<Option<GroupCheck>, MappingError> {
        let Some(section) = self.root.section("group")? else {
            return Ok(None);
        };
        section.only_known(&["by", "sums", "rows_max"]);
        let by = self.columns(&section, "by", "by = [\"order\"]")?;
        let by = section.must((!by.is_empty()).then_some(by), "by", "by = [\"order\"]")?;
        let rows_max = section
            .count("rows_max", "rows_max = 1000")?
            .unwrap_or(GROUP_ROWS_USUAL as u64);
        let rows_max = match usize::try_from(rows_max) {
            Ok(rows_max @ 1..=GROUP_ROWS_MAX) => rows_max,
            _ => {
                let span = section.span_of("rows_max");
                return Err(section.document.invalid(
                    "rows_max",
                    "1 to 10,000",
                    "rows_max = 1000",
                    span,
                ));
            }
        };
        Ok(Some(GroupCheck {
            by,
            sums: self.group_sums(&section)?,
            rows_max,
        }))
    }

    fn group_sums(&self, section: &Section<'_, '_>) -> Result<Vec<GroupSum>, MappingError> {
        let example = "sums = [\"line_total = order_total\"]";
        let sums = section.texts("sums", example)?.unwrap_or_default();
        let mut read = Vec::with_capacity(sums.len());
        for sum in sums {
            let rule = self.rule(section, "sums", &sum, example)?;
            let Some((of, equals)) = rule.two_columns() else {
                let wanted = "two columns of numbers with `=` between";
                return Err(section
                    .document
                    .invalid("sums", wanted, example, sum.span()));
            };
            let name = |position: usize| self.columns[position].name.clone();
            read.push(GroupSum {
                of: name(of),
                equals: name(equals),
            });
        }
        Ok(read)
    }

    fn total_row(&self) -> Result<Option<TotalRow>, MappingError> {
        let Some(section) = self.root.section("total_row")? else {
            return Ok(None);
        };
        section.only_known(&["columns", "words", "subtotal_words", "sums", "required"]);
        let example = "columns = [\"paid_at\"]";
        let columns = self.columns(&section, "columns", example)?;
        let usual = ["합계", "총계", "총합계", "Total"]
            .map(str::to_owned)
            .to_vec();
        Ok(Some(TotalRow {
            columns: section.must((!columns.is_empty()).then_some(columns), "columns", example)?,
            words: words(&section, "words", "words = [\"합계\"]")?.unwrap_or(usual),
            subtotal_words: words(&section, "subtotal_words", "subtotal_words = [\"소계\"]")?
                .unwrap_or_default(),
            sums: self.numbers(&section, "sums", "sums = [\"amount\"]")?,
            required: section.flag("required")?.unwrap_or(false),
        }))
    }
}
