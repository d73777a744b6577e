//! Finds the columns of a mapping in a file.

use std::collections::HashSet;

use jiff::tz::TimeZone;

use super::column::ColumnCheck;
use super::{Checker, Finding, InputCount, UNIQUE_MAX, of_input};
use crate::check::cell::Speller;
use crate::check::cross::group::{self, Group};
use crate::check::cross::row_rule::RowRule;
use crate::check::cross::total::{self, Totals};
use crate::check::mapping::nearest::nearest;
use crate::check::mapping::rule::Rule;
use crate::check::mapping::{
    ColumnRule, Mapping, MappingError, MappingErrorKind, MissingColumn, Values,
};
use crate::check::spelling::Wanted;
use crate::check::spelling::words::{Words, folded};
use crate::check::spelling::zone;
use crate::check::unique::Seen;
use crate::schema::IfEmpty;

pub(super) fn checker(mapping: &Mapping, columns: &[String]) -> Result<Checker, MappingError> {
    let found = Found::of(mapping, columns)?;
    let schema = mapping.schema_of(|rule| found.has(rule));
    let zone = zone::known(&mapping.timezone).ok_or_else(|| {
        invalid(
            "timezone",
            "a time zone of the IANA database",
            "timezone = \"Asia/Seoul\"",
        )
    })?;
    if mapping.columns.iter().filter(|rule| rule.unique).count() >= UNIQUE_MAX {
        return Err(invalid(
            "unique",
            "said of at most 7 columns",
            "unique = false",
        ));
    }
    let taken = mapping
        .columns
        .iter()
        .enumerate()
        .filter(|(_, rule)| found.has(rule));
    let checks: Vec<ColumnCheck> = taken
        .map(|(position, rule)| column_check(mapping, rule, &zone, found.sources[position]))
        .collect();
    let mut checker = Checker {
        mapping: mapping.clone(),
        schema,
        columns: checks,
        left_defaults: Vec::new(),
        one_of: Vec::new(),
        rules: Vec::new(),
        key: None,
        unique: Vec::new(),
        seen: Seen::new(),
        group: None,
        group_start: 0,
        held: None,
        totals: None,
        input: InputCount::default(),
        findings: Vec::new(),
        key_bytes: Vec::new(),
    };
    name_columns(&mut checker, columns, &found);
    checker.findings.extend(not_taken(mapping, columns, &found));
    checker
        .findings
        .extend(fitting_too(mapping, columns, &found));
    checker.one_of = mapping
        .one_of
        .iter()
        .map(|set| checker.places_of(set))
        .collect();
    checker.unique = unique(&checker);
    checker.key = key(&checker);
    take_rules(&mut checker)?;
    checker.group = group(&checker);
    checker.totals = totals(&checker);
    Ok(checker)
}

pub(super) fn next_input(checker: &mut Checker, columns: &[String]) -> Result<(), MappingError> {
    let found = Found::of(&checker.mapping, columns)?;
    let is_different =
        |rule: &&ColumnRule| found.has(rule) != checker.schema.position(&rule.name).is_some();
    let different: Vec<String> = checker
        .mapping
        .columns
        .iter()
        .filter(is_different)
        .map(|rule| rule.name.clone())
        .collect();
    if !different.is_empty() {
        return Err(without_place(MappingErrorKind::ColumnsDiffer {
            columns: different,
        }));
    }
    name_columns(checker, columns, &found);
    let sources = total_sources(checker);
    if let Some(totals) = &mut checker.totals {
        totals.move_sources(sources);
    }
    Ok(())
}

/// Where the columns of a mapping stand in a file.
struct Found {
    /// For each column of the mapping.
    sources: Vec<Option<usize>>,
    times: Vec<Option<usize>>,
    names: Vec<String>,
    /// Columns of the mapping, and columns of the file that would do for them as well as the one that was taken.
    others: Vec<(usize, usize)>,
}

impl Found {
    fn of(mapping: &Mapping, columns: &[String]) -> Result<Self, MappingError> {
        let folded_columns: Vec<String> = columns.iter().map(|name| folded(name)).collect();
        let mut found = Self {
            sources: Vec::new(),
            times: Vec::new(),
            names: Vec::new(),
            others: Vec::new(),
        };
        for (number, rule) in mapping.columns.iter().enumerate() {
            let source = position(&rule.from, &folded_columns)?;
            let would_do = |at: &usize| {
                let is_name = |name: &String| folded(name) == folded_columns[*at];
                source.is_some_and(|source| source != *at) && rule.from.iter().any(is_name)
            };
            let others = (0..columns.len()).filter(would_do);
            found.others.extend(others.map(|at| (number, at)));
            found.sources.push(source);
            let times = match &rule.values {
                Values::Timestamp(dates) => position(&dates.time_from, &folded_columns)?,
                _ => None,
            };
            found.times.push(times);
            found.names.push(rule.name.clone());
        }
        let sources = &found.sources;
        found.others.retain(|(_, at)| !sources.contains(&Some(*at)));
        let mut missing = found.missing(mapping, columns);
        // Where nothing is read, every row would be a row of nothing.
        let has_none = missing.is_empty() && found.sources.iter().all(Option::is_none);
        if has_none {
            missing = found.all(mapping, columns);
        }
        match missing.is_empty() {
            true => Ok(found),
            false => Err(without_place(MappingErrorKind::ColumnsMissing {
                missing,
                found: columns.to_vec(),
                has_none,
                titles: None,
            })),
        }
    }

    /// Whether the column has values: from the file, or its default.
    fn has(&self, rule: &ColumnRule) -> bool {
        let position = self.names.iter().position(|name| *name == rule.name);
        rule.default.is_some() || position.is_some_and(|position| self.sources[position].is_some())
    }

    fn all(&self, mapping: &Mapping, columns: &[String]) -> Vec<MissingColumn> {
        let of =
            |rule: &ColumnRule| self.missing_column(rule.name.clone(), rule.from.clone(), columns);
        mapping.columns.iter().map(of).collect()
    }

    fn missing(&self, mapping: &Mapping, columns: &[String]) -> Vec<MissingColumn> {
        let required = mapping
            .columns
            .iter()
            .filter(|rule| rule.required && !self.has(rule));
        let missing =
            required.map(|rule| self.missing_column(rule.name.clone(), rule.from.clone(), columns));
        let sets = mapping.one_of.iter().filter(|set| {
            let is_there = |name: &String| mapping.column(name).is_some_and(|rule| self.has(rule));
            !set.iter().any(is_there)
        });
        let missing_sets = sets.map(|set| {
            let rules = set.iter().filter_map(|name| mapping.column(name));
            self.missing_column(
                set.join(" | "),
                rules.flat_map(|rule| rule.from.clone()).collect(),
                columns,
            )
        });
        missing.chain(missing_sets).collect()
    }

    fn missing_column(&self, name: String, from: Vec<String>, columns: &[String]) -> MissingColumn {
        let is_free = |at: &usize| !self.sources.contains(&Some(*at));
        let free = || {
            (0..columns.len())
                .filter(is_free)
                .map(|at| columns[at].as_str())
        };
        let nearest = from.iter().find_map(|wanted| nearest(wanted, free()));
        MissingColumn {
            name,
            from,
            nearest,
        }
    }
}

/// The first of some names that is among the columns.
fn position(names: &[String], folded_columns: &[String]) -> Result<Option<usize>, MappingError> {
    for name in names {
        let name = folded(name);
        let mut places = folded_columns
            .iter()
            .enumerate()
            .filter(|(_, column)| **column == name);
        if let Some((position, _)) = places.next() {
            return match places.next() {
                None => Ok(Some(position)),
                Some(_) => Err(without_place(MappingErrorKind::ColumnsAlike { name })),
            };
        }
    }
    Ok(None)
}

/// A mapping that was put together by a program, not read, may be wrong in ways that reading refuses.
fn invalid(key: &str, wanted: &str, example: &str) -> MappingError {
    without_place(MappingErrorKind::InvalidValue {
        key: key.to_owned(),
        wanted: wanted.to_owned(),
        example: example.to_owned(),
    })
}

fn without_place(kind: MappingErrorKind) -> MappingError {
    MappingError {
        kind: Box::new(kind),
        place: None,
    }
}

fn column_check(
    mapping: &Mapping,
    rule: &ColumnRule,
    zone: &TimeZone,
    source: Option<usize>,
) -> ColumnCheck {
    let mut speller = Speller::of(&rule.values, zone);
    let default = rule
        .default
        .as_ref()
        .and_then(|text| speller.read(text).ok()?.owned());
    let null = rule.null.as_ref().unwrap_or(&mapping.null);
    ColumnCheck {
        title: rule.name.clone(),
        source,
        time_source: None,
        time_title: String::new(),
        is_identity: rule.unique || mapping.key.contains(&rule.name),
        composed: String::new(),
        null: Words::new(null.iter().map(|word| (word.as_str(), ()))),
        is_required: rule.required,
        wanted: Wanted::of(rule),
        default,
        is_default_written: rule.if_empty == IfEmpty::Default,
        took_default: false,
        speller,
    }
}

/// Gives the columns the places and the titles of a file.
fn name_columns(checker: &mut Checker, columns: &[String], found: &Found) {
    for (field, check) in checker.schema.fields.iter().zip(&mut checker.columns) {
        let Some(position) = found.names.iter().position(|name| *name == field.name) else {
            continue;
        };
        check.source = found.sources[position];
        check.time_source = found.times[position];
        if let Some(time) = check.time_source {
            check.time_title = columns[time].trim().to_owned();
        }
        if let Some(source) = check.source {
            check.title = columns[source].trim().to_owned();
            let values = &checker.mapping.columns[position].values;
            check.speller.turn_to(&check.title, values);
        }
    }
}

fn unique(checker: &Checker) -> Vec<usize> {
    let rules = checker.mapping.columns.iter().filter(|rule| rule.unique);
    rules
        .filter_map(|rule| checker.schema.position(&rule.name))
        .collect()
}

fn key(checker: &Checker) -> Option<(Vec<usize>, String)> {
    let schema = &checker.schema;
    let key = checker.mapping.key.iter();
    let key: Vec<usize> = key.filter_map(|name| schema.position(name)).collect();
    // A key of one column that is unique was looked for already.
    let is_checked = key.len() == 1 && checker.unique.contains(&key[0]);
    if key.is_empty() || checker.mapping.key_may_repeat || is_checked {
        return None;
    }
    let titles = checker.titles(&key);
    Some((key, titles))
}

/// Rules that speak of a column which the file does not have are told of instead.
fn take_rules(checker: &mut Checker) -> Result<(), MappingError> {
    let mapping = checker.mapping.clone();
    for check in &mapping.row_checks {
        let rule = Rule::parse(&check.rule, &mapping.columns).map_err(|_| {
            invalid(
                "rule",
                "between columns of the mapping",
                "rule = \"total = supply + tax\"",
            )
        })?;
        let column_of = |position: usize| {
            let at = checker.schema.position(&mapping.columns[position].name)?;
            Some((at, checker.columns[at].title.clone()))
        };
        match RowRule::new(&check.rule, rule, check.within, column_of) {
            Some(rule) => checker.rules.push(rule),
            None => checker.findings.push(not_checked(&check.rule)),
        }
    }
    Ok(())
}

fn not_checked(rule: &str) -> Finding {
    let message = format!("`{rule}` was not checked: the file has not all of its columns");
    let message_ko = format!("파일에 필요한 열이 없어 `{rule}` 규칙은 확인하지 않았어요");
    of_input("rule_not_checked", false, 0, message, message_ko)
}

/// Columns that nothing is made of: one that was misspelt would be lost unseen.
fn not_taken(mapping: &Mapping, columns: &[String], found: &Found) -> Option<Finding> {
    let sources = found.sources.iter().chain(&found.times).flatten();
    let taken: HashSet<usize> = sources.copied().collect();
    let others: HashSet<usize> = found.others.iter().map(|(_, other)| *other).collect();
    let objects: HashSet<String> = taken.iter().flat_map(|at| above(&columns[*at])).collect();
    let is_taken = |at: &usize| {
        taken.contains(at) || others.contains(at) || objects.contains(&folded(&columns[*at]))
    };
    let empty = mapping.columns.iter().zip(&found.sources);
    let wanted: Vec<&str> = empty
        .filter(|(_, source)| source.is_none())
        .flat_map(|(rule, _)| rule.from.iter().map(String::as_str))
        .collect();
    let left: Vec<usize> = (0..columns.len()).filter(|at| !is_taken(at)).collect();
    let listed = |meant: &dyn Fn(&str) -> String| {
        let mut names: Vec<String> = left
            .iter()
            .take(NOT_TAKEN_SHOWN_MAX)
            .map(|at| match nearest(&columns[*at], wanted.iter().copied()) {
                Some(name) => format!("{}{}", columns[*at].trim(), meant(&name)),
                None => columns[*at].trim().to_owned(),
            })
            .collect();
        if left.len() > NOT_TAKEN_SHOWN_MAX {
            names.push(format!("… ({})", left.len()));
        }
        names.join(", ")
    };
    if left.is_empty() {
        return None;
    }
    let message = format!(
        "columns that are not imported: {}",
        listed(&|name| format!(" (is `{name}` meant?)"))
    );
    let message_ko = format!(
        "가져오지 않는 열: {}",
        listed(&|name| format!(" (혹시 `{name}`인가요?)"))
    );
    Some(of_input("columns_not_taken", false, 0, message, message_ko))
}

/// The objects that a member is in: `payment` of `payment.total`.
fn above(name: &str) -> impl Iterator<Item = String> {
    name.match_indices('.').map(|(dot, _)| folded(&name[..dot]))
}

/// A file of a thousand columns would fill the screen.
const NOT_TAKEN_SHOWN_MAX: usize = 20;

/// Columns that would do for one that another column was taken for.
fn fitting_too(mapping: &Mapping, columns: &[String], found: &Found) -> Vec<Finding> {
    let tell = |(rule, other): &(usize, usize)| {
        let name = &mapping.columns[*rule].name;
        let taken = found.sources[*rule].map_or("", |at| columns[at].trim());
        let other = columns[*other].trim();
        of_input(
            "columns_fit_alike",
            false,
            0,
            format!("{taken} and {other} are both names of {name}: {taken} was taken"),
            format!("{taken} 열과 {other} 열이 모두 {name}에 맞아요. {taken} 열을 썼어요"),
        )
    };
    found.others.iter().map(tell).collect()
}

fn group(checker: &Checker) -> Option<Group> {
    let check = checker.mapping.group.as_ref()?;
    let (by, titles) = checker.places_of(&check.by);
    let sums = check.sums.iter().filter_map(|sum| {
        Some(group::Sum {
            of: part(checker, &sum.of)?,
            equals: part(checker, &sum.equals)?,
        })
    });
    Some(Group::new(check, by, titles, sums.collect()))
}

fn part(checker: &Checker, name: &str) -> Option<group::Part> {
    let at = checker.schema.position(name)?;
    Some(group::Part {
        at,
        title: checker.columns[at].title.clone(),
        scale: checker.scale(at),
    })
}

fn totals(checker: &Checker) -> Option<Totals> {
    let check = checker.mapping.total_row.as_ref()?;
    let sums = check.sums.iter().filter_map(|name| {
        let at = checker.schema.position(name)?;
        let title = checker.columns[at].title.clone();
        Some(total::Sum {
            at,
            title,
            scale: checker.scale(at),
            total: 0,
            unread: 0,
        })
    });
    Some(Totals::new(check, total_sources(checker), sums.collect()))
}

fn total_sources(checker: &Checker) -> Vec<usize> {
    let Some(check) = &checker.mapping.total_row else {
        return Vec::new();
    };
    let at = check
        .columns
        .iter()
        .filter_map(|name| checker.schema.position(name));
    at.filter_map(|at| checker.columns[at].source).collect()
}

impl Checker {
    /// Where columns stand that the file has, and what it calls them.
    fn places_of(&self, names: &[String]) -> (Vec<usize>, String) {
        let places: Vec<usize> = names
            .iter()
            .filter_map(|name| self.schema.position(name))
            .collect();
        let titles = self.titles(&places);
        (places, titles)
    }

    fn titles(&self, places: &[usize]) -> String {
        let titles: Vec<&str> = places
            .iter()
            .map(|at| self.columns[*at].title.as_str())
            .collect();
        titles.join(", ")
    }

    fn scale(&self, at: usize) -> u32 {
        match self.schema.fields[at].kind {
            crate::schema::Kind::Decimal { scale } => u32::from(scale),
            _ => 0,
        }
    }
}
