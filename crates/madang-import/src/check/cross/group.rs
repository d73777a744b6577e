//! Rows that belong together: the lines of an order.

use crate::batch::{BatchBuilder, Value};
use crate::check::mapping::{GroupCheck, spelled_wide};
use crate::check::unique::Key;
use crate::place::Place;
use crate::refused::{Reason, Refused};

/// The group that is being read.
#[derive(Debug)]
pub(crate) struct Group {
    /// Where the columns of its key stand in the batch.
    pub(crate) by: Vec<usize>,
    /// What the file calls them.
    titles: String,
    sums: Vec<Sum>,
    rows_max: usize,
    open: Option<Open>,
}

/// A sum and the total it has to be.
#[derive(Debug)]
pub(crate) struct Sum {
    pub(crate) of: Part,
    pub(crate) equals: Part,
}

/// A column of a sum.
#[derive(Debug)]
pub(crate) struct Part {
    /// Where it stands in the batch.
    pub(crate) at: usize,
    pub(crate) title: String,
    /// Its decimals.
    pub(crate) scale: u32,
}

#[derive(Debug)]
struct Open {
    key: Key,
    rows: usize,
    /// For each sum: what was added up, and the total as the rows say it.
    sums: Vec<(i128, Option<i64>)>,
    /// The first thing that is wrong with the group.
    wrong: Option<Reason>,
    /// Rows refused since the group began: they are told after it, so that no checkpoint passes it by them.
    refused: Vec<Refused>,
    /// Where the group begins.
    place: Place,
}

/// What became of a group.
pub(crate) struct Closed {
    pub(crate) key: Key,
    pub(crate) place: Place,
    /// Why none of its rows may be taken.
    pub(crate) wrong: Option<Reason>,
    /// What was refused since it began.
    pub(crate) refused: Vec<Refused>,
}

impl Group {
    pub(crate) fn new(check: &GroupCheck, by: Vec<usize>, titles: String, sums: Vec<Sum>) -> Self {
        Self {
            by,
            titles,
            sums,
            rows_max: check.rows_max,
            open: None,
        }
    }

    /// Where the open group begins, when its rows wait for the others.
    pub(crate) fn place(&self) -> Option<Place> {
        self.open
            .as_ref()
            .filter(|open| open.wrong.is_none())
            .map(|open| open.place)
    }

    pub(crate) fn is_of(&self, key: Key) -> bool {
        self.open.as_ref().is_some_and(|open| open.key == key)
    }

    /// What is wrong with the open group, with the rows refused meanwhile.
    pub(crate) fn broken(&mut self) -> Option<(&Reason, Vec<Refused>)> {
        let open = self.open.as_mut()?;
        let wrong = open.wrong.as_ref()?;
        Some((wrong, std::mem::take(&mut open.refused)))
    }

    pub(crate) fn begin(&mut self, key: Key, place: Place, was_seen: bool) {
        self.open = Some(Open {
            key,
            rows: 0,
            sums: self.sums.iter().map(|_| (0, None)).collect(),
            wrong: was_seen.then(|| self.not_together()),
            refused: Vec::new(),
            place,
        });
    }

    /// Counts the row whose values were added last.
    pub(crate) fn add(&mut self, row: &BatchBuilder) {
        let Some(open) = &mut self.open else {
            return;
        };
        open.rows += 1;
        if open.rows > self.rows_max && open.wrong.is_none() {
            open.wrong = Some(too_many(&self.titles, self.rows_max));
        }
        for (sum, (total, said)) in self.sums.iter().zip(&mut open.sums) {
            if let Value::Integer(number) = row.last(sum.of.at) {
                *total += i128::from(number);
            }
            if let Value::Integer(number) = row.last(sum.equals.at) {
                let first = *said.get_or_insert(number);
                if first != number && open.wrong.is_none() {
                    open.wrong = Some(differing(sum, first, number));
                }
            }
        }
    }

    /// A row of the open group was refused.
    pub(crate) fn break_by(&mut self, refused: &Refused) {
        if let Some(open) = &mut self.open
            && open.wrong.is_none()
        {
            open.wrong = Some(incomplete(&self.titles, refused.place.line));
        }
    }

    /// Keeps a refused row until the group is whole; gives it back when none is open.
    pub(crate) fn keep(&mut self, refused: Refused) -> Option<Refused> {
        match &mut self.open {
            Some(open) => {
                open.refused.push(refused);
                None
            }
            None => Some(refused),
        }
    }

    pub(crate) fn close(&mut self) -> Option<Closed> {
        let open = self.open.take()?;
        let sums = self.sums.iter().zip(&open.sums);
        let mut unequal = sums.filter_map(|(sum, (total, said))| unequal(sum, *total, (*said)?));
        Some(Closed {
            key: open.key,
            place: open.place,
            wrong: open.wrong.or_else(|| unequal.next()),
            refused: open.refused,
        })
    }

    fn not_together(&self) -> Reason {
        let titles = &self.titles;
        Reason {
            code: "group_not_together".to_owned(),
            column: None,
            message: format!(
                "{titles}: rows of this group stand elsewhere in the file too; sort the file by {titles}"
            ),
            message_ko: format!(
                "{titles}: 같은 묶음의 행이 떨어져 있어요. 파일을 {titles} 순으로 정렬해 주세요"
            ),
        }
    }
}

fn too_many(titles: &str, rows_max: usize) -> Reason {
    Reason {
        code: "group_too_large".to_owned(),
        column: None,
        message: format!(
            "{titles}: more than {rows_max} rows of one group; raise `rows_max` in the mapping if that is right"
        ),
        message_ko: format!(
            "{titles}: 한 묶음의 행이 {rows_max}개를 넘어요. 맞다면 매핑의 `rows_max`를 늘려 주세요"
        ),
    }
}

fn incomplete(titles: &str, line: u64) -> Reason {
    Reason {
        code: "group_incomplete".to_owned(),
        column: None,
        message: format!(
            "{titles}: line {line} of the same group was refused, so the whole group is"
        ),
        message_ko: format!(
            "{titles}: 같은 묶음의 {line}번째 줄을 받지 않아서 묶음 전체를 가져오지 않아요"
        ),
    }
}

fn differing(sum: &Sum, first: i64, other: i64) -> Reason {
    let title = &sum.equals.title;
    let spelled = |value: i64| spelled_wide(i128::from(value), sum.equals.scale);
    let (first, other) = (spelled(first), spelled(other));
    Reason {
        code: "group_total_differs".to_owned(),
        column: Some(title.clone()),
        message: format!(
            "{title}: the rows of this group say {first} and {other}; it must be one total"
        ),
        message_ko: format!("{title}: 같은 묶음의 행인데 {first}, {other} 두 가지 값이 있어요"),
    }
}

fn unequal(sum: &Sum, total: i128, said: i64) -> Option<Reason> {
    let scale = sum.of.scale.max(sum.equals.scale);
    let widened = |value: i128, own: u32| value.saturating_mul(10_i128.pow(scale - own));
    let (total, said) = (
        widened(total, sum.of.scale),
        widened(i128::from(said), sum.equals.scale),
    );
    if total == said {
        return None;
    }
    let (of, equals) = (&sum.of.title, &sum.equals.title);
    let difference = spelled_wide(total.saturating_sub(said), scale);
    let (total, said) = (spelled_wide(total, scale), spelled_wide(said, scale));
    Some(Reason {
        code: "group_sum_differs".to_owned(),
        column: Some(equals.clone()),
        message: format!(
            "the lines' {of} add up to {total}, but {equals} says {said}; the difference is {difference}"
        ),
        message_ko: format!("{of}의 합({total})이 {equals}({said})과 달라요. 차이: {difference}"),
    })
}
