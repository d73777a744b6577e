//! Makes typed rows of text.

mod column;
mod resolve;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use self::column::ColumnCheck;
use crate::batch::{Batch, BatchBuilder, Value};
use crate::check::cross::group::{Closed, Group};
use crate::check::cross::row_rule::RowRule;
use crate::check::cross::total::{Row, Totals};
use crate::check::mapping::{Mapping, MappingError, RowCount};
use crate::check::unique::{At, Key, Seen};
use crate::place::Place;
use crate::refused::{RAW_BYTES_MAX, Reason, Refused};
use crate::rows::{Cells, Rows};
use crate::schema::{Field, Schema};

/// Makes typed rows of text by a [`Mapping`], or says everything that is wrong with a row.
#[derive(Debug)]
pub struct Checker {
    mapping: Mapping,
    schema: Arc<Schema>,
    /// One for each column of the schema.
    columns: Vec<ColumnCheck>,
    /// The columns whose default the sink gives to rows that are new.
    left_defaults: Vec<usize>,
    /// Of each set, at least one must have a value; with what the file calls them.
    one_of: Vec<(Vec<usize>, String)>,
    rules: Vec<RowRule>,
    /// The columns of the key when it may not repeat, with what the file calls them.
    key: Option<(Vec<usize>, String)>,
    /// The columns whose values may not repeat.
    unique: Vec<usize>,
    seen: Seen,
    group: Option<Group>,
    /// Where in the builder of a call the open group begins.
    group_start: usize,
    /// Between calls, rows of the open group.
    held: Option<Batch>,
    totals: Option<Totals>,
    input: InputCount,
    findings: Vec<Finding>,
    /// The bytes of the key that is looked for; kept so that no row allocates.
    key_bytes: Vec<u8>,
}

/// Something about a whole file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// A word for machines, as `total_differs`.
    pub code: String,
    /// Whether something is wrong; else it is only to be known.
    pub is_error: bool,
    /// Which input.
    pub input: u32,
    /// Where, when it is one row.
    pub place: Option<Place>,
    /// The column, as the file calls it.
    pub column: Option<String>,
    /// What was found and what is wanted, in English.
    pub message: String,
    /// The same in Korean.
    pub message_ko: String,
}

/// Checking itself failed: the temporary file of the keys seen so far.
#[derive(Debug, thiserror::Error)]
#[error(
    "the temporary file for finding repeated keys ({bytes} bytes in {folder}) failed; make room there, or set TMPDIR to another folder"
)]
pub struct CheckError {
    /// How large it was to become.
    pub bytes: u64,
    /// Where it lies.
    pub folder: String,
    /// What the system says.
    #[source]
    pub source: std::io::Error,
}

/// What was counted of the input that is being read.
#[derive(Debug, Default)]
struct InputCount {
    number: Option<u32>,
    rows: u64,
    empty_rows: u64,
    subtotal_rows: u64,
}

/// Reasons told of one row: a wide file in the wrong order would have hundreds, each saying the same.
const REASONS_MAX: usize = 20;

/// Findings of one run: a thousand files may each have some.
const FINDINGS_MAX: usize = 1_000;

/// Tells the keys of groups and of the key apart from those of columns, which are numbered from 0.
const OF_KEY: u32 = u32::MAX;
const OF_GROUP: u32 = u32::MAX - 1;

impl Checker {
    /// A checker for files whose first has these columns.
    ///
    /// # Errors
    /// [`MappingError`] that names what is missing and the nearest column there is.
    pub fn new(mapping: &Mapping, columns: &[String]) -> Result<Self, MappingError> {
        resolve::checker(mapping, columns)
    }

    /// The next input begins, with these columns. Their order may be another, what they fill may not.
    ///
    /// # Errors
    /// [`MappingError`].
    pub fn next_input(&mut self, columns: &[String]) -> Result<(), MappingError> {
        resolve::next_input(self, columns)
    }

    /// The columns of the batches: those of the mapping that the file has or that have a default. What a file does not have is not there either, so
    /// that an upsert leaves it alone.
    pub fn schema(&self) -> &Arc<Schema> {
        &self.schema
    }

    /// Leaves defaults to a sink that knows them (see [`crate::Sink::knows_default`]): rows are checked as if they had them, and come without. Said before the
    /// first row.
    pub fn leave_defaults(&mut self, knows: &dyn Fn(&Schema, &Field) -> bool) {
        let mut schema = (*self.schema).clone();
        let mut fields = schema.fields.to_vec();
        for (at, (field, column)) in fields.iter_mut().zip(&self.columns).enumerate() {
            let default = column.default.clone();
            let default = default.filter(|_| !column.is_default_written);
            // By what stands in the key a row is known.
            if default.is_none() || schema.key.contains(&at) {
                continue;
            }
            let with = Field {
                default,
                ..field.clone()
            };
            if knows(&self.schema, &with) {
                *field = with;
                self.left_defaults.push(at);
            }
        }
        schema.fields = fields.into();
        self.schema = Arc::new(schema);
    }

    /// Checks rows from `from` on into the builder until it is full (`is_full` is asked after each row, with group checks after each group); answers the
    /// first row not taken. What the reader refused among them goes into the builder in its place. With group checks, rows of a group that is not whole yet
    /// stay here; see [`Self::held`].
    ///
    /// # Errors
    /// [`CheckError`]: the run cannot go on.
    pub fn check(
        &mut self,
        rows: &Rows,
        from: usize,
        into: &mut BatchBuilder,
        is_full: &dyn Fn(&BatchBuilder) -> bool,
    ) -> Result<usize, CheckError> {
        self.release_held(into);
        into.reading(rows);
        let taken = self.take_rows(rows, from, into, is_full);
        if self.held().is_some() {
            self.held = Some(into.split_off(self.group_start));
        }
        taken
    }

    fn take_rows(
        &mut self,
        rows: &Rows,
        from: usize,
        into: &mut BatchBuilder,
        is_full: &dyn Fn(&BatchBuilder) -> bool,
    ) -> Result<usize, CheckError> {
        let has_nul = rows.text.contains(&0);
        let mut block = Block {
            rows,
            cells: rows.cells(),
            has_nul,
            row: from,
        };
        let mut unreadable = refused_from(rows, from).iter().peekable();
        while block.row < rows.len() {
            let place = block.place();
            self.begin_input(place.input, into)?;
            while let Some(refused) = unreadable.next_if(|refused| refused.place < *place) {
                self.take_unreadable(refused, into);
            }
            let group_start = self.group_start;
            self.take_row(&block, into)?;
            block.row += 1;
            let may_end = self.group.is_none() || self.group_start != group_start;
            if may_end && block.row < rows.len() && is_full(into) {
                return Ok(block.row);
            }
        }
        for refused in unreadable {
            self.begin_input(refused.place.input, into)?;
            self.take_unreadable(refused, into);
        }
        Ok(rows.len())
    }

    fn release_held(&mut self, into: &mut BatchBuilder) {
        self.group_start = into.len();
        if let Some(held) = self.held.take() {
            into.append(&held);
        }
    }

    /// The first row that waits here for the rest of its group: a checkpoint must not pass it.
    pub fn held(&self) -> Option<Place> {
        self.group.as_ref().and_then(Group::place)
    }

    /// All rows were checked: puts the last group into the builder, and says what is to be said of whole files.
    ///
    /// # Errors
    /// [`CheckError`].
    pub fn finish(&mut self, into: &mut BatchBuilder) -> Result<Vec<Finding>, CheckError> {
        self.release_held(into);
        self.close_group(into)?;
        self.end_input();
        Ok(std::mem::take(&mut self.findings))
    }
}

/// Where in the rows of a call the checker is.
struct Block<'r> {
    rows: &'r Rows,
    cells: Cells<'r>,
    has_nul: bool,
    row: usize,
}

impl Block<'_> {
    fn place(&self) -> &Place {
        &self.rows.places[self.row]
    }
}

/// What the reader refused, without what was taken by the call that took the rows before `from`.
fn refused_from(rows: &Rows, from: usize) -> &[Refused] {
    let taken = match from.checked_sub(1) {
        Some(last) => rows
            .refused
            .partition_point(|refused| refused.place < rows.places[last]),
        None => 0,
    };
    &rows.refused[taken..]
}

/// The rows of one input.
impl Checker {
    fn begin_input(&mut self, number: u32, into: &mut BatchBuilder) -> Result<(), CheckError> {
        if self.input.number == Some(number) {
            return Ok(());
        }
        if self.input.number.is_some() {
            // Lines of one order do not go on in another file.
            self.close_group(into)?;
            self.end_input();
        }
        self.input.number = Some(number);
        Ok(())
    }

    fn end_input(&mut self) {
        let count = std::mem::take(&mut self.input);
        let input = count.number.unwrap_or(0);
        let ended = self
            .totals
            .as_mut()
            .map(|totals| totals.end_input(input))
            .unwrap_or_default();
        let passed = passed_over(&count, input);
        let counted = miscounted(self.mapping.rows, &count, input);
        ended
            .into_iter()
            .chain(passed)
            .chain(counted)
            .for_each(|finding| self.tell(finding));
    }

    fn tell(&mut self, finding: Finding) {
        if self.findings.len() < FINDINGS_MAX {
            self.findings.push(finding);
        }
    }

    fn take_unreadable(&mut self, refused: &Refused, into: &mut BatchBuilder) {
        self.input.rows += 1;
        if let Some(totals) = &mut self.totals {
            totals.add_unread(&refused.place);
        }
        self.refuse(refused.clone(), into);
    }

    /// A refused row goes out at once, or with the group that is open.
    fn refuse(&mut self, refused: Refused, into: &mut BatchBuilder) {
        let refused = match &mut self.group {
            Some(group) => group.keep(refused),
            None => Some(refused),
        };
        if let Some(refused) = refused {
            into.refuse(refused);
        }
    }

    fn take_row(&mut self, block: &Block<'_>, into: &mut BatchBuilder) -> Result<(), CheckError> {
        if self.is_empty(block) {
            self.input.empty_rows += 1;
            return Ok(());
        }
        match self
            .totals
            .as_ref()
            .and_then(|totals| totals.row_kind(&block.cells, block.row))
        {
            Some(Row::Total) => self.compare_totals(block),
            Some(Row::Subtotal) => self.input.subtotal_rows += 1,
            None => self.take_data(block, into)?,
        }
        Ok(())
    }

    /// Whether nothing stands in the row at all: what a spreadsheet leaves below its data.
    fn is_empty(&self, block: &Block<'_>) -> bool {
        (0..block.rows.width)
            .all(|column| block.cells.text(block.row, column).trim_ascii().is_empty())
    }

    fn compare_totals(&mut self, block: &Block<'_>) {
        let Some(totals) = &mut self.totals else {
            return;
        };
        let columns = &mut self.columns;
        let said = |at: usize| columns[at].read_number(&block.cells, block.row);
        let findings = totals.compare(block.place(), said);
        findings.into_iter().for_each(|finding| self.tell(finding));
    }

    fn take_data(&mut self, block: &Block<'_>, into: &mut BatchBuilder) -> Result<(), CheckError> {
        self.input.rows += 1;
        let mut reasons = Reasons::default();
        for (at, column) in self.columns.iter_mut().enumerate() {
            if let Some(reason) =
                column.take(&block.cells, block.row, block.has_nul, into.column(at))
            {
                reasons.push_of(at, reason);
            }
        }
        self.check_one_of(into, &mut reasons);
        self.rules
            .iter()
            .filter_map(|rule| rule.check(into))
            .for_each(|reason| reasons.push(reason));
        self.check_seen(block.place(), into, &mut reasons)?;
        if let Some(totals) = &mut self.totals {
            let is_refused = !reasons.list.is_empty();
            totals.add(into, block.place(), &reasons.columns, is_refused);
        }
        let is_of_group = self.place_in_group(block.place(), into, &reasons)?;
        self.end_row(block, into, reasons, is_of_group);
        Ok(())
    }

    fn end_row(
        &mut self,
        block: &Block<'_>,
        into: &mut BatchBuilder,
        reasons: Reasons,
        is_of_group: bool,
    ) {
        for at in &self.left_defaults {
            if std::mem::take(&mut self.columns[*at].took_default) {
                into.column(*at).forget_last();
            }
        }
        if reasons.list.is_empty() {
            into.end_row(*block.place());
        } else {
            let is_repeat = reasons
                .list
                .iter()
                .any(|reason| reason.code == REPEATED_KEY || reason.code == REPEATED_VALUE);
            let mut refused =
                refused_row(block.rows.raw_of(block.row), *block.place(), reasons.list);
            if is_repeat {
                refused.remember_raw();
            }
            into.drop_values();
            if is_of_group && let Some(group) = &mut self.group {
                group.break_by(&refused);
            }
            self.refuse(refused, into);
        }
        self.refuse_broken_group(into);
    }

    fn check_one_of(&self, into: &BatchBuilder, reasons: &mut Reasons) {
        for (columns, titles) in &self.one_of {
            let is_absent = |at: &usize| into.last(*at) == Value::Absent;
            // What was refused for its spelling is not missing.
            if columns.iter().all(is_absent)
                && !columns.iter().any(|at| reasons.columns.contains(at))
            {
                reasons.push(none_of(titles));
            }
        }
    }

    /// Looks for values that must not repeat; a row that is right leaves its own behind.
    fn check_seen(
        &mut self,
        place: &Place,
        into: &BatchBuilder,
        reasons: &mut Reasons,
    ) -> Result<(), CheckError> {
        if self.unique.is_empty() && self.key.is_none() {
            return Ok(());
        }
        // Few columns are unique: their keys wait here while the others are looked for.
        let mut new_keys: [Option<Key>; UNIQUE_MAX] = [None; UNIQUE_MAX];
        let mut count = 0;
        for at in &self.unique {
            let key = key_of(&self.seen, &mut self.key_bytes, *at as u32, &[*at], into);
            let Some(key) = key else {
                continue;
            };
            match self.seen.find(key)? {
                Some(seen) => reasons.push(repeated(
                    REPEATED_VALUE,
                    &self.columns[*at].title,
                    seen,
                    place,
                )),
                None => new_keys[count] = Some(key),
            }
            count += 1;
        }
        if let Some((columns, titles)) = &self.key
            && let Some(key) = key_of(&self.seen, &mut self.key_bytes, OF_KEY, columns, into)
        {
            match self.seen.find(key)? {
                Some(seen) => reasons.push(repeated(REPEATED_KEY, titles, seen, place)),
                None => new_keys[count] = Some(key),
            }
        }
        if reasons.list.is_empty() {
            new_keys
                .into_iter()
                .flatten()
                .try_for_each(|key| self.seen.add(key, place))?;
        }
        Ok(())
    }
}

/// Columns of one mapping that are unique, the key among them: each costs memory of its own, and a row has seldom more than two.
pub(crate) const UNIQUE_MAX: usize = 8;

/// The rows of one group.
impl Checker {
    /// Closes the group before when the row begins another. Answers whether it is of a group: one whose key cannot be read is of none.
    fn place_in_group(
        &mut self,
        place: &Place,
        into: &mut BatchBuilder,
        reasons: &Reasons,
    ) -> Result<bool, CheckError> {
        let Some(group) = &self.group else {
            return Ok(false);
        };
        if group.by.iter().any(|at| reasons.columns.contains(at)) {
            return Ok(false);
        }
        let Some(key) = key_of(&self.seen, &mut self.key_bytes, OF_GROUP, &group.by, into) else {
            return Ok(false);
        };
        if !group.is_of(key) {
            self.close_group(into)?;
            let was_seen = self.seen.find(key)?.is_some();
            if let Some(group) = &mut self.group {
                group.begin(key, *place, was_seen);
            }
        }
        if let Some(group) = &mut self.group {
            group.add(into);
        }
        Ok(true)
    }

    /// The open group is whole: its rows stay, or all become refused ones.
    fn close_group(&mut self, into: &mut BatchBuilder) -> Result<(), CheckError> {
        if let Some(Closed {
            key,
            place,
            wrong,
            refused,
        }) = self.group.as_mut().and_then(Group::close)
        {
            if self.seen.find(key)?.is_none() {
                self.seen.add(key, &place)?;
            }
            if let Some(wrong) = wrong {
                refuse_from(self.group_start, &wrong, into);
            }
            refused.into_iter().for_each(|refused| into.refuse(refused));
        }
        self.group_start = into.len();
        Ok(())
    }

    /// Once something is wrong with a group, its rows need not wait for the others.
    fn refuse_broken_group(&mut self, into: &mut BatchBuilder) {
        let Some(group) = &mut self.group else {
            return;
        };
        if let Some((wrong, refused)) = group.broken() {
            refuse_from(self.group_start, wrong, into);
            refused.into_iter().for_each(|refused| into.refuse(refused));
        }
    }
}

/// Refuses the rows of the builder from one on.
fn refuse_from(start: usize, wrong: &Reason, into: &mut BatchBuilder) {
    if start == into.len() {
        return;
    }
    let rows = into.split_off(start);
    for row in 0..rows.len() {
        into.refuse(refused_row(
            rows.raw_of(row),
            rows.places[row],
            vec![wrong.clone()],
        ));
    }
}

/// What is wrong with a row.
#[derive(Default)]
struct Reasons {
    list: Vec<Reason>,
    /// The columns whose values were refused.
    columns: Vec<usize>,
}

impl Reasons {
    fn push(&mut self, reason: Reason) {
        if self.list.len() < REASONS_MAX {
            self.list.push(reason);
        }
    }

    fn push_of(&mut self, column: usize, reason: Reason) {
        self.columns.push(column);
        self.push(reason);
    }
}

/// The key of the values added last; none when one of them is absent, or all are where some may be.
fn key_of(
    seen: &Seen,
    bytes: &mut Vec<u8>,
    of: u32,
    columns: &[usize],
    row: &BatchBuilder,
) -> Option<Key> {
    bytes.clear();
    let is_absent = |at: &usize| row.last(*at) == Value::Absent;
    if columns.iter().all(is_absent) {
        return None;
    }
    for at in columns {
        match row.last(*at) {
            Value::Absent if of == OF_KEY => bytes.extend_from_slice(&NO_TEXT),
            Value::Absent => return None,
            Value::Text(text) => {
                // The length parts ("a", "bc") from ("ab", "c").
                bytes.extend_from_slice(&(text.len() as u64).to_le_bytes());
                bytes.extend_from_slice(text.as_bytes());
            }
            Value::Integer(number) => bytes.extend_from_slice(&number.to_le_bytes()),
            Value::Date(day) => bytes.extend_from_slice(&day.to_le_bytes()),
            Value::Boolean(is) => bytes.push(u8::from(is)),
        }
    }
    Some(seen.key(of, bytes))
}

fn refused_row(raw: &[u8], place: Place, reasons: Vec<Reason>) -> Refused {
    let kept = &raw[..raw.len().min(RAW_BYTES_MAX)];
    // A character that the bound cuts in two is left out.
    let kept = match std::str::from_utf8(kept) {
        Ok(text) => text.to_owned(),
        Err(error) => String::from_utf8_lossy(&kept[..error.valid_up_to()]).into_owned(),
    };
    Refused {
        raw_hash: None,
        place,
        is_shortened: kept.len() < raw.len(),
        raw: kept,
        reasons,
    }
}

fn none_of(titles: &str) -> Reason {
    Reason {
        code: "one_of_required".to_owned(),
        column: None,
        message: format!("{titles}: one of these must have a value"),
        message_ko: format!("{titles}: 이 중 하나는 값이 있어야 해요"),
    }
}

/// Codes of rows that stand in a file a second time.
/// What stands for a value of a key that is absent: no text is so long.
const NO_TEXT: [u8; 8] = [0xff; 8];

const REPEATED_KEY: &str = "repeated_key";
const REPEATED_VALUE: &str = "repeated_value";

fn repeated(code: &str, titles: &str, seen: At, place: &Place) -> Reason {
    let (at, at_ko) = match seen.place {
        Some((input, line)) if input == place.input => {
            (format!("line {line}"), format!("{line}번째 줄"))
        }
        Some((input, line)) => (
            format!("line {line} of input {}", u64::from(input) + 1),
            format!("{}번째 파일의 {line}번째 줄", u64::from(input) + 1),
        ),
        None => ("a row before".to_owned(), "앞의 행".to_owned()),
    };
    Reason {
        code: code.to_owned(),
        column: (code == REPEATED_VALUE).then(|| titles.to_owned()),
        message: format!("{titles}: {at} has the same; it may stand only once"),
        message_ko: format!("{titles}: {at_ko}에 같은 값이 있어요. 한 번만 쓸 수 있어요"),
    }
}

fn passed_over(count: &InputCount, input: u32) -> Option<Finding> {
    let (empty, subtotals) = (count.empty_rows, count.subtotal_rows);
    let (message, message_ko) = match (empty, subtotals) {
        (0, 0) => return None,
        (empty, 0) => (
            format!("{empty} empty rows were passed over"),
            format!("빈 행 {empty}개를 건너뛰었어요"),
        ),
        (0, subtotals) => (
            format!("{subtotals} rows of subtotals were passed over"),
            format!("소계 행 {subtotals}개를 건너뛰었어요"),
        ),
        _ => (
            format!("{empty} empty rows and {subtotals} rows of subtotals were passed over"),
            format!("빈 행 {empty}개와 소계 행 {subtotals}개를 건너뛰었어요"),
        ),
    };
    Some(of_input(
        "rows_passed_over",
        false,
        input,
        message,
        message_ko,
    ))
}

fn miscounted(wanted: RowCount, count: &InputCount, input: u32) -> Option<Finding> {
    let rows = count.rows;
    let (message, message_ko) = match (wanted.min, wanted.max) {
        (Some(min), _) if rows < min => (
            format!("the file has {rows} rows, fewer than {min}; is it whole?"),
            format!(
                "행이 {rows}개뿐이에요. {min}개 이상이어야 해요. 파일이 온전한지 확인해 주세요"
            ),
        ),
        (_, Some(max)) if rows > max => (
            format!("the file has {rows} rows, more than {max}; is it the right one?"),
            format!("행이 {rows}개예요. {max}개 이하여야 해요. 맞는 파일인지 확인해 주세요"),
        ),
        _ => return None,
    };
    Some(of_input("row_count", true, input, message, message_ko))
}

fn of_input(
    code: &str,
    is_error: bool,
    input: u32,
    message: String,
    message_ko: String,
) -> Finding {
    Finding {
        code: code.to_owned(),
        is_error,
        input,
        place: None,
        column: None,
        message,
        message_ko,
    }
}
