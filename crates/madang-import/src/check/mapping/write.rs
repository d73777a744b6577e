//! Writes a mapping as TOML.

use std::fmt::Write;

use crate::check::mapping::{
    BooleanRule, Choice, ColumnRule, DateNumbers, DateOrder, DateRule, GroupCheck, Mapping,
    NumberRule, Percent, TextRule, TotalRow, UnitFactor, Values, unit,
};
use crate::schema::IfEmpty;

const HEAD: &str = "\
# 가져오기 매핑 · how the columns of a file become columns of the destination.
# 고친 뒤 `madang import --mapping 이파일 --dry-run 파일`로 확인하세요. · Edit it, then try it with --dry-run.
";

impl Mapping {
    /// Its text, which parses to the same mapping.
    pub fn to_toml(&self) -> String {
        let mut text = Text(String::from(HEAD));
        text.line("name", &quoted(&self.name));
        text.optional("description", self.description.as_deref().map(quoted));
        text.line("timezone", &quoted(&self.timezone));
        text.comment("비어 있다는 뜻의 말 · words that mean that nothing stands there");
        text.line("null", &list(&self.null));
        if !self.key.is_empty() {
            text.comment("행을 알아보는 열 · the columns by which a row is known");
            text.line("key", &list(&self.key));
        }
        text.flag("key_may_repeat", self.key_may_repeat);
        text.flag("key_may_be_empty", self.key_may_be_empty);
        if !self.one_of.is_empty() {
            let sets: Vec<String> = self.one_of.iter().map(|set| list(set)).collect();
            text.line("one_of", &format!("[{}]", sets.join(", ")));
        }
        self.write_format(&mut text);
        self.columns
            .iter()
            .for_each(|column| write_column(&mut text, column));
        for check in &self.row_checks {
            text.table("[[row_checks]]");
            text.line("rule", &quoted(&check.rule));
            text.optional(
                "within",
                (check.within > 0).then(|| check.within.to_string()),
            );
        }
        self.group
            .iter()
            .for_each(|group| write_group(&mut text, group));
        self.total_row
            .iter()
            .for_each(|total_row| write_total_row(&mut text, total_row));
        if self.rows.min.is_some() || self.rows.max.is_some() {
            text.table("[rows]");
            text.optional("min", self.rows.min.map(|min| min.to_string()));
            text.optional("max", self.rows.max.map(|max| max.to_string()));
        }
        text.0
    }

    fn write_format(&self, text: &mut Text) {
        let format = &self.format;
        if *format == super::FormatHints::default() {
            return;
        }
        text.table("[format]");
        text.optional("kind", format.kind.as_deref().map(quoted));
        text.optional(
            "separator",
            format.separator.map(|it| quoted(&it.to_string())),
        );
        text.optional("quote", format.quote.map(|it| quoted(&it.to_string())));
        text.optional("encoding", format.encoding.as_deref().map(quoted));
        text.optional(
            "skip_lines",
            format.skip_lines.map(|lines| lines.to_string()),
        );
    }
}

fn write_column(text: &mut Text, column: &ColumnRule) {
    text.table("[[columns]]");
    text.line("name", &quoted(&column.name));
    text.optional("note", column.note.as_deref().map(quoted));
    text.line("from", &list(&column.from));
    match &column.values {
        Values::Text(rule) => write_text_rule(text, rule),
        Values::Integer(rule) => write_number_rule(text, "integer", rule),
        Values::Decimal(rule) => write_number_rule(text, "decimal", rule),
        Values::Money(rule) => write_number_rule(text, "money", rule),
        Values::Boolean(rule) => write_boolean_rule(text, rule),
        Values::Date(rule) => write_date_rule(text, "date", rule),
        Values::Timestamp(rule) => write_date_rule(text, "timestamp", rule),
    }
    text.flag("required", column.required);
    text.flag("unique", column.unique);
    text.optional("default", column.default.as_deref().map(quoted));
    let empty = match column.if_empty {
        IfEmpty::Keep => None,
        IfEmpty::Clear => Some("clear"),
        IfEmpty::Default => Some("default"),
    };
    text.optional("empty", empty.map(quoted));
    text.optional("null", column.null.as_deref().map(list));
}

fn write_text_rule(text: &mut Text, rule: &TextRule) {
    text.line("type", "\"text\"");
    text.optional(
        "length_min",
        rule.length_min.map(|length| length.to_string()),
    );
    text.optional(
        "length_max",
        rule.length_max.map(|length| length.to_string()),
    );
    text.optional("only", rule.only_digits.then(|| "\"digits\"".to_owned()));
    let choice = |choice: &Choice| format!("{} = {}", quoted(&choice.value), list(&choice.words));
    let choices: Vec<String> = rule.choices.iter().map(choice).collect();
    text.optional(
        "choices",
        (!choices.is_empty()).then(|| format!("{{ {} }}", choices.join(", "))),
    );
}

fn write_number_rule(text: &mut Text, of_type: &str, rule: &NumberRule) {
    text.line("type", &quoted(of_type));
    text.optional(
        "scale",
        (of_type == "decimal").then(|| rule.scale.to_string()),
    );
    text.optional("units", (!rule.units.is_empty()).then(|| units(rule)));
    text.optional("min", rule.min.map(|min| spelled_number(min, rule.scale)));
    text.optional("max", rule.max.map(|max| spelled_number(max, rule.scale)));
    text.optional(
        "percent",
        rule.percent.map(|percent| match percent {
            Percent::Number => quoted("number"),
            Percent::Fraction => quoted("fraction"),
        }),
    );
}

/// A list where each counts one and nobody could doubt it.
fn units(rule: &NumberRule) -> String {
    let words: Vec<&str> = rule.units.iter().map(|unit| unit.word.as_str()).collect();
    let are_ones = rule.units.iter().all(|unit| unit.factor == UnitFactor::ONE);
    match are_ones && unit::differing(&words).is_empty() {
        true => list(&words.into_iter().map(str::to_owned).collect::<Vec<_>>()),
        false => unit::table(
            rule.units
                .iter()
                .map(|unit| (unit.word.as_str(), Some(unit.factor))),
        ),
    }
}

fn write_boolean_rule(text: &mut Text, rule: &BooleanRule) {
    text.line("type", "\"boolean\"");
    text.optional("yes", (!rule.yes.is_empty()).then(|| list(&rule.yes)));
    text.optional("no", (!rule.no.is_empty()).then(|| list(&rule.no)));
    let opposite_in = &rule.opposite_in;
    text.optional(
        "opposite_in",
        (!opposite_in.is_empty()).then(|| list(opposite_in)),
    );
}

fn write_date_rule(text: &mut Text, of_type: &str, rule: &DateRule) {
    text.line("type", &quoted(of_type));
    text.optional(
        "order",
        rule.order.map(|order| match order {
            DateOrder::YearMonthDay => quoted("year-month-day"),
            DateOrder::DayMonthYear => quoted("day-month-year"),
            DateOrder::MonthDayYear => quoted("month-day-year"),
        }),
    );
    text.optional(
        "numbers",
        rule.numbers.map(|numbers| match numbers {
            DateNumbers::Excel => quoted("excel"),
            DateNumbers::Seconds => quoted("seconds"),
            DateNumbers::Milliseconds => quoted("milliseconds"),
        }),
    );
    text.optional("min", rule.min.map(|day| quoted(&spelled_day(day))));
    text.optional("max", rule.max.map(|day| quoted(&spelled_day(day))));
    text.optional(
        "time_from",
        (!rule.time_from.is_empty()).then(|| list(&rule.time_from)),
    );
    text.flag("midnight", rule.is_midnight_without_time);
    text.optional("fraction", rule.is_fraction_cut.then(|| quoted("cut")));
}

fn write_group(text: &mut Text, group: &GroupCheck) {
    text.table("[group]");
    text.line("by", &list(&group.by));
    let sums: Vec<String> = group
        .sums
        .iter()
        .map(|sum| format!("{} = {}", sum.of, sum.equals))
        .collect();
    text.line("sums", &list(&sums));
    text.line("rows_max", &group.rows_max.to_string());
}

fn write_total_row(text: &mut Text, total_row: &TotalRow) {
    text.table("[total_row]");
    text.line("columns", &list(&total_row.columns));
    text.line("words", &list(&total_row.words));
    let subtotals = &total_row.subtotal_words;
    text.optional(
        "subtotal_words",
        (!subtotals.is_empty()).then(|| list(subtotals)),
    );
    text.line("sums", &list(&total_row.sums));
    text.flag("required", total_row.required);
}

/// TOML that grows line by line.
struct Text(String);

impl Text {
    fn line(&mut self, key: &str, value: &str) {
        let _infallible = writeln!(self.0, "{key} = {value}");
    }

    fn optional(&mut self, key: &str, value: Option<String>) {
        if let Some(value) = value {
            self.line(key, &value);
        }
    }

    fn flag(&mut self, key: &str, is_set: bool) {
        self.optional(key, is_set.then(|| "true".to_owned()));
    }

    fn comment(&mut self, comment: &str) {
        let _infallible = writeln!(self.0, "# {comment}");
    }

    fn table(&mut self, head: &str) {
        let _infallible = writeln!(self.0, "\n{head}");
    }
}

fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            character if character.is_control() => {
                let _infallible = write!(quoted, "\\u{:04X}", u32::from(character));
            }
            character => quoted.push(character),
        }
    }
    quoted.push('"');
    quoted
}

/// A key, in quotes where it needs them.
pub(super) fn key(word: &str) -> String {
    let is_bare = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    match !word.is_empty() && word.bytes().all(is_bare) {
        true => word.to_owned(),
        false => quoted(word),
    }
}

fn list(texts: &[String]) -> String {
    let texts: Vec<String> = texts.iter().map(|text| quoted(text)).collect();
    format!("[{}]", texts.join(", "))
}

/// A number in units of 10^-scale, as it is written: 120050 of scale 2 is 1200.50.
pub(crate) fn spelled_number(value: i64, scale: u8) -> String {
    spelled_wide(i128::from(value), u32::from(scale))
}

/// The same of a sum.
pub(crate) fn spelled_wide(value: i128, scale: u32) -> String {
    let sign = if value < 0 { "-" } else { "" };
    let digits = format!("{:0>1$}", value.unsigned_abs(), scale as usize + 1);
    match digits.split_at(digits.len() - scale as usize) {
        (whole, "") => format!("{sign}{whole}"),
        (whole, decimals) => format!("{sign}{whole}.{decimals}"),
    }
}

/// A day since 1970-01-01, as 2026-11-22.
pub(crate) fn spelled_day(day: i32) -> String {
    let epoch = jiff::civil::date(1970, 1, 1);
    let date = epoch.checked_add(jiff::Span::new().days(day));
    date.map_or_else(|_| day.to_string(), |date| date.to_string())
}
