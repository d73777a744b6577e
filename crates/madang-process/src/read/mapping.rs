//! Which column is what: said, or guessed by name and by what stands there, and always shown.

use jiff::tz::TimeZone;
use madang_import::check::mapping::{DateNumbers, DateOrder};
use serde::Serialize;

use self::finding::Finding;
use super::error::ReadErrorKind;
use crate::event_data::ColumnKind;
use crate::language::Language;

mod finding;
mod names;

/// What a column is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// What it was done for.
    Case,
    /// What was done.
    Activity,
    /// When it was done.
    Time,
    /// When the work began.
    Start,
    /// Who did it.
    Resource,
    /// The event's own number, which orders events of one moment.
    Sequence,
}

/// What a user says about the columns. What is not said is found out.
#[derive(Clone, Debug)]
pub struct MappingWish {
    /// The column of cases.
    pub case: Option<String>,
    /// The column of activities.
    pub activity: Option<String>,
    /// The column of times.
    pub time: Option<String>,
    /// The column of beginnings.
    pub start: Option<String>,
    /// The column of who did it.
    pub resource: Option<String>,
    /// The order of the parts of a date.
    pub date_order: Option<DateOrder>,
    /// Where clocks show times without an offset.
    pub zone: TimeZone,
    /// Which other columns are kept.
    pub attributes: Attributes,
}

/// Which columns are kept besides those with a role.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Attributes {
    /// None: the map, the variants and the waits need none.
    #[default]
    None,
    /// All.
    All,
    /// Those of these names.
    Named(Vec<String>),
}

/// What the columns were taken for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Mapping {
    /// All columns of the file.
    pub columns: Vec<String>,
    /// What it was done for.
    pub case: Choice,
    /// What was done.
    pub activity: Choice,
    /// When it was done.
    pub time: Choice,
    /// The time of day, where the column of times has the day alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_of_day: Option<Choice>,
    /// How the times are spelled.
    pub time_spelling: TimeSpelling,
    /// When the work began.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start: Option<Choice>,
    /// How the beginnings are spelled.
    #[serde(skip)]
    pub start_spelling: TimeSpelling,
    /// Who did it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource: Option<Choice>,
    /// The event's own number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sequence: Option<Choice>,
    /// Other columns that are kept.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub attributes: Vec<Attribute>,
}

/// A column, and why it was taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Choice {
    /// Which column of the file, from 0.
    pub column: usize,
    /// Its name.
    pub name: String,
    /// Why it was taken.
    pub why: Why,
}

/// Why a column was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// The user said so.
    Said,
    /// Its name says so.
    Name,
    /// What stands in it looks so.
    Values,
}

/// A column that is kept as it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Attribute {
    /// Which column of the file, from 0.
    pub column: usize,
    /// What the log calls it.
    pub name: String,
    /// Whether it is one of cases, not of events: its name begins with `case:`.
    pub is_of_case: bool,
    /// What its values are.
    #[serde(skip)]
    pub kind: ColumnKind,
}

/// How times are spelled where that is not plain.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct TimeSpelling {
    /// In what order the parts of a date stand.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order: Option<DateOrder>,
    /// What a bare number is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub numbers: Option<DateNumbers>,
}

impl Default for MappingWish {
    fn default() -> Self {
        Self {
            case: None,
            activity: None,
            time: None,
            start: None,
            resource: None,
            date_order: None,
            zone: TimeZone::UTC,
            attributes: Attributes::None,
        }
    }
}

impl Role {
    /// What it is called in an error.
    pub fn name(self) -> &'static str {
        match self {
            Self::Case => "case",
            Self::Activity => "activity",
            Self::Time => "time",
            Self::Start => "start",
            Self::Resource => "resource",
            Self::Sequence => "sequence",
        }
    }

    /// What says it at the command line.
    pub fn option(self) -> &'static str {
        self.name()
    }

    /// What it is called for a person.
    pub fn word(self, language: Language) -> &'static str {
        match self {
            Self::Case => language.of("사례", "case"),
            Self::Activity => language.of("활동", "activity"),
            Self::Time => language.of("시각", "time"),
            Self::Start => language.of("시작", "start"),
            Self::Resource => language.of("담당", "resource"),
            Self::Sequence => language.of("순번", "sequence"),
        }
    }
}

impl Mapping {
    /// Finds out which column is what, by the header and some rows.
    pub(super) fn find(
        columns: &[String],
        rows: &[Vec<String>],
        wish: &MappingWish,
    ) -> Result<Self, ReadErrorKind> {
        Finding::new(columns, rows, wish).find()
    }

    /// What each column was taken for, as a line each.
    pub fn sentences(&self, language: Language) -> Vec<String> {
        let roles = [
            (Role::Case, Some(&self.case)),
            (Role::Activity, Some(&self.activity)),
            (Role::Time, Some(&self.time)),
            (Role::Time, self.time_of_day.as_ref()),
            (Role::Start, self.start.as_ref()),
            (Role::Resource, self.resource.as_ref()),
            (Role::Sequence, self.sequence.as_ref()),
        ];
        let said = roles.into_iter().filter_map(|(role, choice)| {
            let choice = choice?;
            let spelling = match role {
                Role::Time => self.time_spelling.words(language),
                _ => None,
            };
            let spelling = spelling.map_or(String::new(), |words| format!(", {words}"));
            let (word, why) = (role.word(language), choice.why.words(language));
            Some(format!("{word}: {} ({why}{spelling})", choice.name))
        });
        said.collect()
    }
}

impl Why {
    fn words(self, language: Language) -> &'static str {
        match self {
            Self::Said => language.of("정해 주신 대로", "as you said"),
            Self::Name => language.of("이름을 보고", "by its name"),
            Self::Values => language.of("값을 보고", "by its values"),
        }
    }
}

impl TimeSpelling {
    fn words(self, language: Language) -> Option<&'static str> {
        let order = self.order.map(|order| match order {
            DateOrder::YearMonthDay => language.of("연월일 차례", "year, month, day"),
            DateOrder::DayMonthYear => language.of("일월연 차례", "day, month, year"),
            DateOrder::MonthDayYear => language.of("월일연 차례", "month, day, year"),
        });
        let numbers = self.numbers.map(|numbers| match numbers {
            DateNumbers::Excel => language.of("엑셀의 날짜 숫자", "days as Excel counts them"),
            DateNumbers::Seconds => language.of("1970년부터 센 초", "seconds since 1970"),
            DateNumbers::Milliseconds => {
                language.of("1970년부터 센 밀리초", "milliseconds since 1970")
            }
        });
        order.or(numbers)
    }
}
