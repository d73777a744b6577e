//! The row of totals at the end of a file.

use crate::batch::{BatchBuilder, Value};
use crate::check::checker::Finding;
use crate::check::mapping::{TotalRow, spelled_wide};
use crate::check::spelling::words::Words;
use crate::place::Place;
use crate::rows::Cells;

/// Adds up the columns of an input, and compares them with its row of totals.
#[derive(Debug)]
pub(crate) struct Totals {
    words: Words<Row>,
    /// Where the words are looked for, as columns of the file.
    sources: Vec<usize>,
    sums: Vec<Sum>,
    is_required: bool,
    /// The row of totals, once seen.
    seen: Option<Place>,
    behind: Option<Behind>,
}

/// Rows of data behind the row of totals.
#[derive(Clone, Copy, Debug)]
struct Behind {
    /// The first.
    place: Place,
    taken: u64,
    refused: u64,
}

/// One column that is added up.
#[derive(Debug)]
pub(crate) struct Sum {
    /// Where it stands in the batch.
    pub(crate) at: usize,
    pub(crate) title: String,
    pub(crate) scale: u32,
    pub(crate) total: i128,
    /// Rows whose value could not be read: then there is nothing to compare.
    pub(crate) unread: u64,
}

/// A row that is no row of data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Row {
    Total,
    Subtotal,
}

impl Totals {
    pub(crate) fn new(check: &TotalRow, sources: Vec<usize>, sums: Vec<Sum>) -> Self {
        let total = check.words.iter().map(|word| (word.as_str(), Row::Total));
        let subtotal = check
            .subtotal_words
            .iter()
            .map(|word| (word.as_str(), Row::Subtotal));
        Self {
            words: Words::new(total.chain(subtotal)),
            sources,
            sums,
            is_required: check.required,
            seen: None,
            behind: None,
        }
    }

    /// The next input's columns stand elsewhere.
    pub(crate) fn move_sources(&mut self, sources: Vec<usize>) {
        self.sources = sources;
    }

    pub(crate) fn row_kind(&self, cells: &Cells<'_>, row: usize) -> Option<Row> {
        self.sources
            .iter()
            .find_map(|source| self.words.find_label(cells.text(row, *source)))
    }

    /// Counts a row of data, refused or not: its values were added last, those that were read.
    pub(crate) fn add(
        &mut self,
        row: &BatchBuilder,
        place: &Place,
        unread: &[usize],
        is_refused: bool,
    ) {
        for sum in &mut self.sums {
            if let Value::Integer(number) = row.last(sum.at) {
                sum.total += i128::from(number);
            }
            sum.unread += u64::from(unread.contains(&sum.at));
        }
        self.count_behind(place, is_refused);
    }

    fn count_behind(&mut self, place: &Place, is_refused: bool) {
        if self.seen.is_none() {
            return;
        }
        let behind = self.behind.get_or_insert(Behind {
            place: *place,
            taken: 0,
            refused: 0,
        });
        match is_refused {
            true => behind.refused += 1,
            false => behind.taken += 1,
        }
    }

    /// Rows that could not be read at all.
    pub(crate) fn add_unread(&mut self, place: &Place) {
        self.count_behind(place, true);
        self.sums.iter_mut().for_each(|sum| sum.unread += 1);
    }

    /// Compares the row of totals; `said` reads the value of a column from it.
    pub(crate) fn compare(
        &mut self,
        place: &Place,
        mut said: impl FnMut(usize) -> Option<Result<i64, ()>>,
    ) -> Vec<Finding> {
        self.seen = Some(*place);
        let mut findings = Vec::new();
        for sum in &self.sums {
            match said(sum.at) {
                None => {}
                Some(Err(())) => findings.push(unreadable(sum, place)),
                Some(Ok(_)) if sum.unread > 0 => findings.push(incomparable(sum, place)),
                Some(Ok(said)) if i128::from(said) != sum.total => {
                    findings.push(differs(sum, said, place))
                }
                Some(Ok(_)) => {}
            }
        }
        findings
    }

    /// The input ends.
    pub(crate) fn end_input(&mut self, input: u32) -> Vec<Finding> {
        let is_missing = self.is_required && self.seen.is_none();
        self.seen = None;
        let behind = self.behind.take().map(|behind| rows_behind(&behind));
        for sum in &mut self.sums {
            (sum.total, sum.unread) = (0, 0);
        }
        let missing = is_missing.then(|| missing(input));
        behind.into_iter().chain(missing).collect()
    }
}

fn about(
    code: &str,
    sum: Option<&Sum>,
    input: u32,
    place: Option<Place>,
    (message, message_ko): (String, String),
) -> Finding {
    Finding {
        code: code.to_owned(),
        is_error: true,
        input,
        place,
        column: sum.map(|sum| sum.title.clone()),
        message,
        message_ko,
    }
}

fn differs(sum: &Sum, said: i64, place: &Place) -> Finding {
    let title = &sum.title;
    let difference = spelled_wide(
        sum.total.abs_diff(i128::from(said)).cast_signed(),
        sum.scale,
    );
    let (total, said) = (
        spelled_wide(sum.total, sum.scale),
        spelled_wide(i128::from(said), sum.scale),
    );
    let sentences = (
        format!(
            "{title}: the row of totals says {said}, but the rows add up to {total}; the difference is {difference}"
        ),
        format!("{title}: 합계 행({said})과 행들의 합({total})이 달라요. 차이: {difference}"),
    );
    about(
        "total_differs",
        Some(sum),
        place.input,
        Some(*place),
        sentences,
    )
}

fn unreadable(sum: &Sum, place: &Place) -> Finding {
    let title = &sum.title;
    let sentences = (
        format!(
            "{title}: what the row of totals says is no number of this column, so nothing was compared"
        ),
        format!("{title}: 합계 행의 값을 읽을 수 없어 비교하지 못했어요"),
    );
    about(
        "total_unreadable",
        Some(sum),
        place.input,
        Some(*place),
        sentences,
    )
}

fn incomparable(sum: &Sum, place: &Place) -> Finding {
    let (title, unread) = (&sum.title, sum.unread);
    let sentences = (
        format!(
            "{title}: {unread} rows have no value that could be read, so the row of totals was not compared"
        ),
        format!("{title}: 값을 읽지 못한 행이 {unread}개 있어 합계 행과 비교하지 못했어요"),
    );
    about(
        "total_not_compared",
        Some(sum),
        place.input,
        Some(*place),
        sentences,
    )
}

fn rows_behind(behind: &Behind) -> Finding {
    let Behind {
        place,
        taken,
        refused,
    } = behind;
    let (became, became_ko) = match (taken, refused) {
        (0, refused) => (
            format!("none was taken, {refused} refused"),
            format!("가져온 행은 없고 {refused}줄을 거절했어요"),
        ),
        (taken, 0) => (
            format!("{taken} were taken like any row"),
            format!("다른 행처럼 {taken}줄을 받았어요"),
        ),
        (taken, refused) => (
            format!("{taken} were taken like any row, {refused} refused"),
            format!("다른 행처럼 {taken}줄을 받고 {refused}줄을 거절했어요"),
        ),
    };
    let sentences = (
        format!(
            "rows from {} on follow the row of totals, which must be the last: {became}",
            place.row
        ),
        format!(
            "합계 행 뒤에 {}번째 행부터 다른 행이 있어요. {became_ko}",
            place.row
        ),
    );
    about(
        "rows_behind_total",
        None,
        place.input,
        Some(*place),
        sentences,
    )
}

fn missing(input: u32) -> Finding {
    let sentences = (
        "the file has no row of totals; is it whole?".to_owned(),
        "합계 행이 없어요. 파일이 끝까지 온전한지 확인해 주세요".to_owned(),
    );
    about("total_missing", None, input, None, sentences)
}
