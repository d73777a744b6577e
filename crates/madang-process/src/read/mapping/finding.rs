//! The guess: by what columns are called, then by what stands in them.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;
use jiff::civil::DateTime;
use madang_import::check::mapping::{DateNumbers, DateOrder};

use super::names::folded;
use super::{Attribute, Attributes, Choice, Mapping, MappingWish, Role, TimeSpelling, Why};
use crate::event_data::ColumnKind;
use crate::read::error::ReadErrorKind;
use crate::read::rejected::shown;
use crate::read::times::Times;

/// Most values of a column that is taken for its values must be times.
const TIMES_OF_TEN: usize = 9;

/// A column that is named after time, or by the user, has times when half of it are some.
const NAMED_TIMES_OF_TEN: usize = 5;

/// More different activities than this in a sample are no activities.
const SAMPLE_ACTIVITIES_MAX: usize = 100;

/// What the guess is made of.
pub(super) struct Finding<'a> {
    columns: &'a [String],
    folded: Vec<String>,
    rows: &'a [Vec<String>],
    wish: &'a MappingWish,
    taken: HashSet<usize>,
}

impl<'a> Finding<'a> {
    pub(super) fn new(
        columns: &'a [String],
        rows: &'a [Vec<String>],
        wish: &'a MappingWish,
    ) -> Self {
        Self {
            columns,
            folded: columns.iter().map(|name| folded(name)).collect(),
            rows,
            wish,
            taken: HashSet::new(),
        }
    }

    pub(super) fn find(mut self) -> Result<Mapping, ReadErrorKind> {
        // What the user said is taken first, so that no guess takes it away.
        let case = self.said(self.wish.case.as_deref())?;
        let activity = self.said(self.wish.activity.as_deref())?;
        let time = self.said(self.wish.time.as_deref())?;
        let start = self.said(self.wish.start.as_deref())?;
        let resource = self.said(self.wish.resource.as_deref())?;
        let mut start = start.or_else(|| self.named(Role::Start));
        let (time, time_spelling) = self.time(time, &mut start)?;
        let time_of_day = self.time_of_day(&time, time_spelling);
        let case = case.or_else(|| self.named(Role::Case));
        let activity = activity.or_else(|| self.named(Role::Activity));
        let resource = resource.or_else(|| self.named(Role::Resource));
        let sequence = self.named(Role::Sequence).filter(|choice| {
            (self.values(choice.column)).all(|value| value.parse::<u64>().is_ok())
        });
        let case = case.or_else(|| self.case_by_values());
        let case = case.ok_or_else(|| self.unknown(Role::Case))?;
        let activity = activity.or_else(|| self.activity_by_values());
        let activity = activity.ok_or_else(|| self.unknown(Role::Activity))?;
        let start = start.and_then(|choice| {
            let spelling = self.spelling(choice.column, NAMED_TIMES_OF_TEN)?;
            Some((choice, spelling))
        });
        let (start, start_spelling) = start.unzip();
        Ok(Mapping {
            columns: self.columns.to_vec(),
            attributes: self.attributes()?,
            case,
            activity,
            time,
            time_of_day,
            time_spelling,
            start,
            start_spelling: start_spelling.unwrap_or_default(),
            resource,
            sequence,
        })
    }

    /// The column of times. A log that only tells when work began has that for its time.
    fn time(
        &mut self,
        said: Option<Choice>,
        start: &mut Option<Choice>,
    ) -> Result<(Choice, TimeSpelling), ReadErrorKind> {
        if let Some(said) = said {
            let spelling = self.spelling(said.column, NAMED_TIMES_OF_TEN);
            let spelling = spelling.ok_or_else(|| self.no_times(&said))?;
            return Ok((said, spelling));
        }
        let mut unread = None;
        let mut stands_still = None;
        for name in Role::Time.names() {
            let columns = (0..self.columns.len()).filter(|at| self.folded[*at] == *name);
            for column in columns.collect::<Vec<_>>() {
                if self.taken.contains(&column) {
                    continue;
                }
                match self.spelling(column, NAMED_TIMES_OF_TEN) {
                    Some(spelling) if self.stands_still(column, spelling) => {
                        stands_still = stands_still.or(Some((column, Why::Name, spelling)));
                    }
                    Some(spelling) => return Ok((self.take(column, Why::Name), spelling)),
                    None => unread = unread.or(Some(column)),
                }
            }
        }
        if let Some(choice) = start.take_if(|choice| choice.why == Why::Name)
            && let Some(spelling) = self.spelling(choice.column, NAMED_TIMES_OF_TEN)
        {
            return Ok((choice, spelling));
        }
        for column in 0..self.columns.len() {
            if self.taken.contains(&column) {
                continue;
            }
            match self.spelling(column, TIMES_OF_TEN) {
                Some(spelling) if self.stands_still(column, spelling) => {
                    stands_still = stands_still.or(Some((column, Why::Values, spelling)));
                }
                Some(spelling) => return Ok((self.take(column, Why::Values), spelling)),
                None => {}
            }
        }
        if let Some((column, why, spelling)) = stands_still {
            return Ok((self.take(column, why), spelling));
        }
        match unread {
            Some(column) if !self.rows.is_empty() => Err(self.no_times(&Choice {
                column,
                name: self.columns[column].clone(),
                why: Why::Name,
            })),
            // Without a row nothing tells how times are spelled, and nothing has to.
            Some(column) => Ok((self.take(column, Why::Name), TimeSpelling::default())),
            None => Err(self.unknown(Role::Time)),
        }
    }

    /// Whether a column of times is the same in all events of a case, in each case that has several: when an order was placed, not when something was
    /// done for it. It is the time only where there is no other.
    fn stands_still(&self, column: usize, spelling: TimeSpelling) -> bool {
        // Days alone are the same in most cases, and may have their times in a column of their own.
        let has_time = spelling.numbers.is_some() || self.values(column).any(has_time_of_day);
        let Some(case) = self.case_by_name().filter(|_| has_time) else {
            return false;
        };
        let mut time_of: HashMap<&str, &str> = HashMap::new();
        let mut have_several: HashSet<&str> = HashSet::new();
        for row in self.rows {
            let (Some(case), Some(time)) = (row.get(case), row.get(column)) else {
                continue;
            };
            let (case, time) = (case.trim(), time.trim());
            if case.is_empty() || time.is_empty() {
                continue;
            }
            match time_of.insert(case, time) {
                Some(before) if before != time => return false,
                Some(_) => {
                    have_several.insert(case);
                }
                None => {}
            }
        }
        // In one case it may be chance.
        have_several.len() > 1
    }

    /// The column of cases as far as it is said, or has a name.
    fn case_by_name(&self) -> Option<usize> {
        if let Some(said) = &self.wish.case {
            return self.column(said).ok();
        }
        let names = Role::Case.names().iter();
        let mut columns = names.filter_map(|name| self.folded.iter().position(|at| at == name));
        columns.next()
    }

    /// The column of times of day that belongs to one of days.
    fn time_of_day(&mut self, days: &Choice, spelling: TimeSpelling) -> Option<Choice> {
        if spelling.numbers.is_some() || self.values(days.column).any(has_time_of_day) {
            return None;
        }
        let column = self.free().find(|column| {
            let is_named = Role::Time.names().contains(&self.folded[*column].as_str())
                || self.folded[*column].ends_with("시각")
                || self.folded[*column].ends_with("시간")
                || self.folded[*column].ends_with("time");
            is_named && self.are_times_of(*column, days.column, spelling)
        })?;
        Some(self.take(column, Why::Name))
    }

    fn are_times_of(&self, column: usize, days: usize, spelling: TimeSpelling) -> bool {
        let mut times = Times::new(spelling, &self.wish.zone);
        let rows = self
            .rows
            .iter()
            .filter_map(|row| Some((row.get(days)?, row.get(column)?)));
        let read = rows.filter(|(day, time)| times.read_two_ms(day, time).is_some());
        let count = read.count();
        count > 0 && count * 10 >= self.rows.len() * TIMES_OF_TEN
    }

    /// How the times of a column are spelled; none when too few of its values are some.
    fn spelling(&self, column: usize, of_ten: usize) -> Option<TimeSpelling> {
        let values: Vec<&str> = self.values(column).collect();
        if values.is_empty() {
            return None;
        }
        let fits = |spelling: TimeSpelling| {
            let mut times = Times::new(spelling, &self.wish.zone);
            let read: Vec<i64> = (values.iter())
                .filter_map(|value| times.read_ms(value))
                .collect();
            let span = match (read.iter().min(), read.iter().max()) {
                (Some(first), Some(last)) => first.abs_diff(*last),
                _ => 0,
            };
            (read.len(), span)
        };
        let ordered = |order| TimeSpelling {
            order: Some(order),
            numbers: None,
        };
        let enough = (values.len() * of_ten).div_ceil(10).max(1);
        if let Some(order) = self.wish.date_order {
            return (fits(ordered(order)).0 >= enough).then_some(ordered(order));
        }
        let plain = TimeSpelling::default();
        if fits(plain).0 >= enough {
            return Some(plain);
        }
        if let Some(numbers) = numbers_in(&values) {
            return Some(numbers).filter(|numbers| fits(*numbers).0 >= enough);
        }
        // 01/02/2026 tells no order. Of those that fit, the one that brings the events closest together is the most likely; it is shown.
        let orders = [
            DateOrder::DayMonthYear,
            DateOrder::MonthDayYear,
            DateOrder::YearMonthDay,
        ];
        let fitting = orders.map(|order| (ordered(order), fits(ordered(order))));
        let fitting = fitting.into_iter().filter(|(_, (read, _))| *read >= enough);
        let best = fitting.min_by_key(|(_, (read, span))| (std::cmp::Reverse(*read), *span));
        best.map(|(spelling, _)| spelling)
    }

    /// The column that repeats, but has the most different values: an order has several events.
    fn case_by_values(&mut self) -> Option<Choice> {
        let candidates = self.free().map(|column| (self.different(column), column));
        let candidates = candidates
            .filter(|(different, _)| *different > 1 && *different * 3 <= self.rows.len() * 2);
        let best =
            candidates.max_by_key(|(different, column)| (*different, std::cmp::Reverse(*column)));
        let (_, column) = best?;
        Some(self.take(column, Why::Values))
    }

    /// The column of words that repeats most variedly.
    fn activity_by_values(&mut self) -> Option<Choice> {
        let is_word = |value: &str| value.chars().any(char::is_alphabetic);
        let candidates = (self.free())
            .filter(|column| self.values(*column).all(is_word))
            .map(|column| (self.different(column), column))
            .filter(|(different, _)| {
                (2..=SAMPLE_ACTIVITIES_MAX).contains(different) && *different < self.rows.len()
            });
        let best =
            candidates.max_by_key(|(different, column)| (*different, std::cmp::Reverse(*column)));
        let (_, column) = best?;
        Some(self.take(column, Why::Values))
    }

    fn attributes(&self) -> Result<Vec<Attribute>, ReadErrorKind> {
        let wanted: Vec<usize> = match &self.wish.attributes {
            Attributes::None => Vec::new(),
            Attributes::All => self.free().collect(),
            Attributes::Named(names) => {
                let columns = names.iter().map(|name| self.column(name));
                columns.collect::<Result<_, _>>()?
            }
        };
        let attribute = |column: usize| {
            let name = self.columns[column].as_str();
            let of_case = name.strip_prefix("case:");
            Attribute {
                column,
                name: of_case.unwrap_or(name).to_owned(),
                is_of_case: of_case.is_some(),
                kind: self.kind(column),
            }
        };
        Ok(wanted.into_iter().map(attribute).collect())
    }

    fn kind(&self, column: usize) -> ColumnKind {
        let all = |is: fn(&str) -> bool| {
            self.values(column).next().is_some() && self.values(column).all(is)
        };
        if all(|value| value.parse::<f64>().is_ok_and(f64::is_finite)) {
            ColumnKind::Number
        } else if all(|value| matches!(value, "true" | "false")) {
            ColumnKind::Boolean
        } else if all(is_moment) {
            ColumnKind::Time
        } else {
            ColumnKind::Text
        }
    }

    fn said(&mut self, name: Option<&str>) -> Result<Option<Choice>, ReadErrorKind> {
        let Some(name) = name else {
            return Ok(None);
        };
        let column = self.column(name)?;
        Ok(Some(self.take(column, Why::Said)))
    }

    fn named(&mut self, role: Role) -> Option<Choice> {
        let column = role.names().iter().find_map(|name| {
            (0..self.columns.len()).find(|at| self.folded[*at] == *name && !self.taken.contains(at))
        })?;
        Some(self.take(column, Why::Name))
    }

    fn take(&mut self, column: usize, why: Why) -> Choice {
        self.taken.insert(column);
        Choice {
            column,
            name: self.columns[column].clone(),
            why,
        }
    }

    fn column(&self, name: &str) -> Result<usize, ReadErrorKind> {
        let exact = self.columns.iter().position(|column| column == name);
        let alike = || {
            let name = folded(name);
            self.folded.iter().position(|column| *column == name)
        };
        exact.or_else(alike).ok_or_else(|| ReadErrorKind::NoColumn {
            wanted: shown(name),
            columns: self.all_columns(),
        })
    }

    fn free(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.columns.len()).filter(|column| !self.taken.contains(column))
    }

    fn values(&self, column: usize) -> impl Iterator<Item = &str> {
        let cells = self.rows.iter().filter_map(move |row| row.get(column));
        cells
            .map(|cell| cell.trim())
            .filter(|cell| !cell.is_empty())
    }

    fn different(&self, column: usize) -> usize {
        self.values(column).collect::<HashSet<_>>().len()
    }

    fn unknown(&self, role: Role) -> ReadErrorKind {
        ReadErrorKind::Unknown {
            role,
            columns: self.all_columns(),
        }
    }

    fn no_times(&self, choice: &Choice) -> ReadErrorKind {
        ReadErrorKind::Times {
            column: choice.name.clone(),
            example: self
                .values(choice.column)
                .next()
                .map_or(String::new(), shown),
        }
    }

    fn all_columns(&self) -> String {
        const SHOWN_MAX: usize = 40;
        let names: Vec<String> = (self.columns.iter().take(SHOWN_MAX))
            .map(|name| shown(name))
            .collect();
        let more = if self.columns.len() > SHOWN_MAX {
            ", …"
        } else {
            ""
        };
        format!("{}{more}", names.join(", "))
    }
}

fn has_time_of_day(value: &str) -> bool {
    value.contains([':', '시'])
}

/// Whether it is a moment as XML and JSON write it, with or without an offset.
fn is_moment(value: &str) -> bool {
    let is_whole = value.as_bytes().get(DAY_LENGTH) == Some(&b'T');
    is_whole && (value.parse::<Timestamp>().is_ok() || value.parse::<DateTime>().is_ok())
}

/// `2026-11-22`.
const DAY_LENGTH: usize = 10;

/// What a column of bare numbers counts, by the years 1982 to 2100.
fn numbers_in(values: &[&str]) -> Option<TimeSpelling> {
    let numbers: Option<Vec<f64>> = values.iter().map(|value| value.parse().ok()).collect();
    let numbers = numbers?;
    let are_within = |from: f64, to: f64| numbers.iter().all(|number| (from..to).contains(number));
    let found = if are_within(30_000.0, 73_415.0) {
        DateNumbers::Excel
    } else if are_within(378_691_200.0, 4_102_444_800.0) {
        DateNumbers::Seconds
    } else if are_within(378_691_200_000.0, 4_102_444_800_000.0) {
        DateNumbers::Milliseconds
    } else {
        return None;
    };
    Some(TimeSpelling {
        order: None,
        numbers: Some(found),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::Language;

    fn find(text: &str, wish: &MappingWish) -> Result<Mapping, ReadErrorKind> {
        let row = |line: &str| line.split(',').map(str::to_owned).collect::<Vec<_>>();
        let mut lines = text.lines();
        let columns = row(lines.next().expect("a header"));
        let rows: Vec<_> = lines.map(row).collect();
        Mapping::find(&columns, &rows, wish)
    }

    #[test]
    fn columns_are_found() {
        let check = |text: &str, expected: &str| {
            let found = find(text, &MappingWish::default()).expect("a mapping");
            assert_eq!(
                found.sentences(Language::English).join("; "),
                expected,
                "{text}"
            );
        };
        check(
            "주문번호,활동,시각,담당자\n1,접수,2026-11-22 12:00,민지",
            "case: 주문번호 (by its name); activity: 활동 (by its name); time: 시각 (by its name); resource: 담당자 (by its name)",
        );
        check(
            "담당자,작업,시작 일시,완료 일시,주문 번호\n민지,조리,2026년 11월 22일 12시 1분,2026년 11월 22일 12시 5분,1",
            "case: 주문 번호 (by its name); activity: 작업 (by its name); time: 완료 일시 (by its name); start: 시작 일시 (by its name); resource: 담당자 (by its name)",
        );
        check(
            "case:concept:name,concept:name,time:timestamp,start_timestamp\n1,a,2015-01-05 09:02:50+00:00,2015-01-05 09:00:07+00:00",
            "case: case:concept:name (by its name); activity: concept:name (by its name); time: time:timestamp (by its name); start: start_timestamp (by its name)",
        );
        check(
            "주문번호,상태,주문일자,주문시각\n1,접수,2026-11-22,12:00:05\n1,완료,2026-11-22,12:07:30",
            "case: 주문번호 (by its name); activity: 상태 (by its name); time: 주문일자 (by its values); time: 주문시각 (by its name)",
        );
        // When the order was placed stands in all of its rows.
        check(
            "주문번호,상품코드,상태,주문일시,변경일시\n1,A,접수,2026-11-01 10:00,2026-11-01 10:05\n1,A,완료,2026-11-01 10:00,2026-11-01 10:25\n2,A,접수,2026-11-01 11:00,2026-11-01 11:05\n2,A,완료,2026-11-01 11:00,2026-11-01 11:25",
            "case: 주문번호 (by its name); activity: 상태 (by its name); time: 변경일시 (by its name)",
        );
        check(
            "order_id,status,created_at,seen\n1,a,2026-11-01T10:00:00Z,2026-11-01T10:05:00Z\n1,b,2026-11-01T10:00:00Z,2026-11-01T10:25:00Z\n2,a,2026-11-01T11:00:00Z,2026-11-01T11:05:00Z\n2,b,2026-11-01T11:00:00Z,2026-11-01T11:25:00Z",
            "case: order_id (by its name); activity: status (by its name); time: seen (by its values)",
        );
        check(
            "order_id,status,created_at\n1,a,2026-11-01T10:00:00Z\n1,b,2026-11-01T10:00:00Z\n2,a,2026-11-01T11:00:00Z\n2,b,2026-11-01T11:00:00Z",
            "case: order_id (by its name); activity: status (by its name); time: created_at (by its name)",
        );
        check(
            "A,B,C\n7,접수,2026-11-22 12:00\n7,완료,2026-11-22 12:05\n8,접수,2026-11-22 12:06",
            "case: A (by its values); activity: B (by its values); time: C (by its values)",
        );
        check(
            "case id,activity,started\n7,a,2026-11-22 12:00",
            "case: case id (by its name); activity: activity (by its name); time: started (by its name)",
        );
        check(
            "case,activity,date\n1,a,9.3.10 8:05\n1,b,25.3.10 9:32",
            "case: case (by its name); activity: activity (by its name); time: date (by its name, day, month, year)",
        );
        check(
            "case,activity,date\n1,a,1268089500\n1,b,1268089600",
            "case: case (by its name); activity: activity (by its name); time: date (by its name, seconds since 1970)",
        );
    }

    #[test]
    fn what_is_said_is_taken() {
        let wish = MappingWish {
            case: Some("table".to_owned()),
            activity: Some("status".to_owned()),
            ..MappingWish::default()
        };
        let found = find(
            "case,activity,status,table,time\n1,a,s,t,2026-11-22 12:00",
            &wish,
        );
        let found = found.expect("a mapping");
        assert_eq!((found.case.column, found.case.why), (3, Why::Said));
        assert_eq!(found.activity.column, 2);
    }

    #[test]
    fn what_cannot_be_found_says_what_there_is() {
        let check = |text: &str, wish: &MappingWish, expected: &str| {
            let error = find(text, wish).expect_err("no mapping");
            assert_eq!(error.to_string(), expected, "{text}");
        };
        let nothing = MappingWish::default();
        check(
            "case,activity,note\n1,a,x",
            &nothing,
            "no column looks like the time; name it with --time. There are: case, activity, note",
        );
        check(
            "case,activity,time\n1,a,soon",
            &nothing,
            "the column “time” has no times that could be read, as “soon”; name another with --time, or say their order with --date-order",
        );
        let wish = MappingWish {
            resource: Some("who".to_owned()),
            ..MappingWish::default()
        };
        check(
            "case,activity,time\n1,a,2026-11-22",
            &wish,
            "there is no column “who”; there are: case, activity, time",
        );
    }
}
