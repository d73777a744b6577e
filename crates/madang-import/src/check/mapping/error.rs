//! What is wrong with a mapping, or with a file for it.

use std::fmt;
use std::ops::Range;

/// What is wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MappingError {
    /// What is wrong.
    pub kind: Box<MappingErrorKind>,
    /// Where, when it is in a mapping's text.
    pub place: Option<MappingPlace>,
}

/// Everything that is wrong with a mapping's text, in its order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MappingErrors {
    errors: Vec<MappingError>,
}

/// Mistakes that are told at once: more follow from one another.
const ERRORS_MAX: usize = 20;

impl MappingErrors {
    /// What was found wrong in any order, if anything was.
    pub(crate) fn of(mut errors: Vec<MappingError>) -> Result<(), Self> {
        let misspelt: Vec<(Table, String)> = errors.iter().filter_map(misspelt).collect();
        // Whoever misspelt a key that must be there has not forgotten it.
        errors.retain(|error| match &*error.kind {
            MappingErrorKind::MissingKey { key, table, .. } => {
                !misspelt.contains(&(table.clone(), key.clone()))
            }
            _ => true,
        });
        let start = |error: &MappingError| error.place.as_ref().map(|place| place.bytes.start);
        errors.sort_by_key(start);
        errors.truncate(ERRORS_MAX);
        match errors.is_empty() {
            true => Ok(()),
            false => Err(Self { errors }),
        }
    }

    /// Each; there is one at least.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &MappingError> {
        self.errors.iter()
    }

    /// The same in Korean, each on a line of its own.
    pub fn korean(&self) -> String {
        let lines: Vec<String> = self.iter().map(MappingError::korean).collect();
        lines.join("\n")
    }
}

fn misspelt(error: &MappingError) -> Option<(Table, String)> {
    match &*error.kind {
        MappingErrorKind::UnknownKey {
            table,
            nearest: Some(nearest),
            ..
        } => Some((table.clone(), nearest.clone())),
        _ => None,
    }
}

impl std::error::Error for MappingErrors {}

/// Each on a line of its own.
impl fmt::Display for MappingErrors {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<String> = self.iter().map(MappingError::to_string).collect();
        formatter.write_str(&lines.join("\n"))
    }
}

impl From<MappingError> for MappingErrors {
    fn from(error: MappingError) -> Self {
        Self {
            errors: vec![error],
        }
    }
}

/// A place in a mapping's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MappingPlace {
    /// The file.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The character of the line, from 1.
    pub column: usize,
    /// The bytes of the text.
    pub bytes: Range<usize>,
}

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MappingErrorKind {
    /// It is no TOML.
    Syntax {
        /// What the parser says.
        message: String,
    },
    /// There is no such key.
    UnknownKey {
        /// The key.
        key: String,
        /// In which table.
        table: Table,
        /// The known key that is most like it.
        nearest: Option<String>,
    },
    /// The key is none of this type's.
    KeyOfOtherType {
        /// The key.
        key: String,
        /// The type of the column.
        of_type: String,
        /// The types that have it.
        types: String,
    },
    /// A key must be there.
    MissingKey {
        /// The key.
        key: String,
        /// In which table.
        table: Table,
        /// A line to write.
        example: String,
    },
    /// A value is not what it must be.
    InvalidValue {
        /// The key.
        key: String,
        /// What it must be.
        wanted: String,
        /// A line to write.
        example: String,
    },
    /// Units in a list, which all count one, that are known to differ in size.
    UnitsDiffer {
        /// The units.
        units: String,
        /// A line to write.
        example: String,
    },
    /// Something names a column that the mapping does not have.
    UnknownColumn {
        /// The name.
        column: String,
        /// What names it.
        named_by: String,
        /// The column that is most like it.
        nearest: Option<String>,
    },
    /// Two columns have one name.
    ColumnTwice {
        /// The name.
        column: String,
    },
    /// The file has not all columns it must have.
    ColumnsMissing {
        /// Those that are missing.
        missing: Vec<MissingColumn>,
        /// Those it has.
        found: Vec<String>,
        /// Whether it has none of the mapping's.
        has_none: bool,
        /// Lines above one that looks like the header.
        titles: Option<u64>,
    },
    /// The file has one column twice.
    ColumnsAlike {
        /// The name.
        name: String,
    },
    /// A file of the run has not the columns that the first has.
    ColumnsDiffer {
        /// The columns of the destination that only one of the two files fills.
        columns: Vec<String>,
    },
}

/// A table of a mapping.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Table {
    /// The mapping itself.
    Mapping,
    /// `[group]` and the like.
    Named(String),
    /// One of `[[columns]]`, by its name.
    Column(String),
    /// One of several tables of a name, from 1.
    Numbered(String, usize),
}

/// In English.
impl fmt::Display for Table {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Mapping => formatter.write_str("the mapping"),
            Self::Named(name) => write!(formatter, "[{name}]"),
            Self::Column(name) => write!(formatter, "column `{name}`"),
            Self::Numbered(name, number) => write!(formatter, "[[{name}]] number {number}"),
        }
    }
}

impl Table {
    fn korean(&self) -> String {
        match self {
            Self::Mapping => "매핑".to_owned(),
            Self::Named(name) => format!("[{name}]"),
            Self::Column(name) => format!("`{name}` 열"),
            Self::Numbered(name, number) => format!("{number}번째 [[{name}]]"),
        }
    }
}

/// A column that a file must have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissingColumn {
    /// Its name at the destination.
    pub name: String,
    /// The names it may have in the file.
    pub from: Vec<String>,
    /// The column of the file that is most like it.
    pub nearest: Option<String>,
}

impl std::error::Error for MappingError {}

impl fmt::Display for MappingError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(place) = &self.place {
            write!(
                formatter,
                "{}:{}:{}: ",
                place.file, place.line, place.column
            )?;
        }
        formatter.write_str(&self.english())
    }
}

impl MappingError {
    /// The same of a file in which so many lines stand above one that looks like the header.
    #[must_use]
    pub fn below_titles(mut self, lines: Option<u64>) -> Self {
        if let MappingErrorKind::ColumnsMissing { titles, .. } = &mut *self.kind {
            *titles = lines;
        }
        self
    }

    /// What is wrong and what to do, in English, without the place.
    pub fn english(&self) -> String {
        match &*self.kind {
            MappingErrorKind::Syntax { message } => format!("this is not TOML: {}", message.trim()),
            MappingErrorKind::UnknownKey {
                key,
                table,
                nearest,
            } => match nearest {
                Some(nearest) => {
                    format!("there is no key `{key}` in {table}; is `{nearest}` meant?")
                }
                None => format!("there is no key `{key}` in {table}"),
            },
            MappingErrorKind::KeyOfOtherType {
                key,
                of_type,
                types,
            } => {
                format!("`{key}` is said of columns of type {types}; this one is of type {of_type}")
            }
            MappingErrorKind::MissingKey {
                key,
                table,
                example,
            } => {
                format!("`{key}` is missing in {table}; write for example `{example}`")
            }
            MappingErrorKind::InvalidValue {
                key,
                wanted,
                example,
            } => {
                format!("`{key}` must be {wanted}; write for example `{example}`")
            }
            MappingErrorKind::UnitsDiffer { units, example } => {
                format!(
                    "`units` lists units of different size, which would all count one: {units}; write how much each is: `{example}`"
                )
            }
            MappingErrorKind::UnknownColumn {
                column,
                named_by,
                nearest,
            } => {
                let hint = hint(nearest.as_deref(), "; is `", "` meant?");
                format!(
                    "{named_by} names the column `{column}`, which the mapping does not have{hint}"
                )
            }
            MappingErrorKind::ColumnTwice { column } => {
                format!("two columns are called `{column}`")
            }
            MappingErrorKind::ColumnsMissing {
                missing,
                found,
                has_none,
                titles,
            } => {
                let lacking = lacking(missing, "any of", "; is `", "` meant?");
                let lacks = match has_none {
                    true => "the file has none of the columns that the mapping reads:",
                    false => "the file lacks",
                };
                let advice = match (titles, found.len()) {
                    (Some(lines), _) => format!(
                        "Line {} looks like the header: pass over the titles above it with --skip-lines {lines}, or skip_lines = {lines} under [format] of the mapping",
                        lines + 1
                    ),
                    (None, 0 | 1) => format!(
                        "{RENAME}; if titles stand above the header, take these lines out (or say --skip-lines N on the command line)"
                    ),
                    (None, _) => RENAME.to_owned(),
                };
                format!("{lacks} {lacking}. It has: {}. {advice}", shown(found))
            }
            MappingErrorKind::ColumnsAlike { name } => {
                format!("the file has two columns called `{name}`; rename one")
            }
            MappingErrorKind::ColumnsDiffer { columns } => format!(
                "the files of one run must have the same columns; only some have {}",
                columns.join(", ")
            ),
        }
    }

    /// The same in Korean.
    pub fn korean(&self) -> String {
        match &*self.kind {
            MappingErrorKind::Syntax { message } => {
                format!("TOML 형식이 아니에요: {}", message.trim())
            }
            MappingErrorKind::UnknownKey {
                key,
                table,
                nearest,
            } => {
                let hint = hint(nearest.as_deref(), " 혹시 `", "`인가요?");
                format!("{}에 `{key}`라는 항목은 없어요.{hint}", table.korean())
            }
            MappingErrorKind::KeyOfOtherType {
                key,
                of_type,
                types,
            } => {
                format!("`{key}` 항목은 {types} 열에만 쓸 수 있어요. 이 열은 {of_type} 열이에요.")
            }
            MappingErrorKind::MissingKey {
                key,
                table,
                example,
            } => {
                format!(
                    "{}에 `{key}` 항목이 빠졌어요. 예: `{example}`",
                    table.korean()
                )
            }
            MappingErrorKind::InvalidValue { key, example, .. } => {
                format!("`{key}`의 값이 올바르지 않아요. 예: `{example}`")
            }
            MappingErrorKind::UnitsDiffer { units, example } => {
                format!(
                    "`units`에 크기가 다른 단위가 함께 있어요({units}). 모두 1로 세지 않도록 하나가 얼마인지 적어 주세요: `{example}`"
                )
            }
            MappingErrorKind::UnknownColumn {
                column,
                named_by,
                nearest,
            } => {
                let hint = hint(nearest.as_deref(), " 혹시 `", "`인가요?");
                format!("{named_by}에 적힌 `{column}` 열이 매핑에 없어요.{hint}")
            }
            MappingErrorKind::ColumnTwice { column } => {
                format!("`{column}` 열이 두 번 적혀 있어요.")
            }
            MappingErrorKind::ColumnsMissing {
                missing,
                found,
                has_none,
                titles,
            } => {
                let lacking = lacking(missing, "가능한 이름", ", 혹시 `", "`인가요?");
                let lacks = match has_none {
                    true => "매핑이 읽는 열이 파일에 하나도 없어요",
                    false => "파일에 필요한 열이 없어요",
                };
                let advice = match (titles, found.len()) {
                    (Some(lines), _) => format!(
                        "{}번째 줄이 머리글 같아요. 그 위의 제목 {lines}줄을 건너뛰세요(명령줄에서는 --skip-lines {lines}, 매핑에서는 [format]의 skip_lines = {lines}).",
                        lines + 1
                    ),
                    (None, 0 | 1) => format!(
                        "{RENAME_KO} 머리글 위에 제목 줄이 있으면 그 줄을 지워 주세요(명령줄에서는 --skip-lines N)."
                    ),
                    (None, _) => RENAME_KO.to_owned(),
                };
                format!(
                    "{lacks}: {lacking}. 파일에 있는 열: {}. {advice}",
                    shown(found)
                )
            }
            MappingErrorKind::ColumnsAlike { name } => {
                format!("파일에 `{name}` 열이 두 개 있어요. 하나의 이름을 바꾸세요.")
            }
            MappingErrorKind::ColumnsDiffer { columns } => format!(
                "한 번에 가져오는 파일들은 열이 같아야 해요. 일부 파일에만 있는 열: {}",
                columns.join(", ")
            ),
        }
    }
}

const RENAME: &str = "Rename its column, or add the file's name to `from` in the mapping";
const RENAME_KO: &str = "파일의 열 이름을 고치거나 매핑의 `from`에 그 이름을 더하세요.";

/// Each with the names that it may have, and the column that may be meant.
fn lacking(missing: &[MissingColumn], any_of: &str, before: &str, after: &str) -> String {
    let mut lacking: Vec<String> = missing
        .iter()
        .take(SHOWN_COLUMNS_MAX)
        .map(|column| {
            let hint = hint(column.nearest.as_deref(), before, after);
            let from = column.from.join(", ");
            format!("`{}` ({any_of}: {from}{hint})", column.name)
        })
        .collect();
    if missing.len() > SHOWN_COLUMNS_MAX {
        lacking.push("…".to_owned());
    }
    lacking.join(", ")
}

fn hint(nearest: Option<&str>, before: &str, after: &str) -> String {
    nearest.map_or_else(String::new, |nearest| format!("{before}{nearest}{after}"))
}

/// A file of a thousand columns would fill the screen.
const SHOWN_COLUMNS_MAX: usize = 30;

fn shown(columns: &[String]) -> String {
    let mut shown = columns[..columns.len().min(SHOWN_COLUMNS_MAX)].join(", ");
    if columns.len() > SHOWN_COLUMNS_MAX {
        shown.push_str(", …");
    }
    shown
}
