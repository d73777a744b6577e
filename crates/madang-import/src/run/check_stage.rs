//! The third stage: makes lots of rows.

use std::sync::Arc;

use crate::batch::{Batch, BatchBuilder};
use crate::check::{CheckError, Checker, Finding, MappingError};
use crate::checkpoint::Checkpoint;
use crate::read::{ReadError, ReadErrorKind};
use crate::rows::Rows;
use crate::run::counts::Counts;
use crate::run::lot::{Lot, Position};
use crate::run::queue::{Receiver, Sender};
use crate::run::settings::RunSettings;

/// Why checking ended before everything was checked.
#[derive(Debug, thiserror::Error)]
pub enum CheckStageError {
    /// The checker has no room.
    #[error("the rows could not be checked any further")]
    Check(#[from] CheckError),
    /// An input does not fit the mapping.
    #[error("the input does not fit the mapping")]
    Mapping(#[from] Box<MappingError>),
    /// The inputs are not what they were.
    #[error("the run cannot go on")]
    Read(#[from] ReadError),
}

/// What the stage needs.
pub struct CheckStage {
    /// Makes typed rows.
    pub checker: Checker,
    /// The columns of the inputs.
    pub columns: Vec<String>,
    /// What the inputs are called.
    pub inputs: Vec<String>,
    /// How large a lot is.
    pub settings: RunSettings,
    /// How much text a lot should hold, when the sink has a wish of its own.
    pub batch_bytes_wanted: Option<usize>,
    /// The reading began before this, and what stands before it was written already: it is checked again and passed over.
    pub passed: Option<Checkpoint>,
    /// What was read, to be compared with what was read before where the reader could not do that: it began before anybody knew what to compare.
    pub compared: Option<Arc<Counts>>,
}

impl CheckStage {
    /// Checks all rows.
    ///
    /// # Errors
    /// [`CheckStageError`]; what was checked before was sent.
    pub fn run(
        self,
        rows: &Receiver<Rows>,
        lots: Sender<Lot>,
    ) -> Result<Vec<Finding>, CheckStageError> {
        let mut gathering = Gathering {
            builder: BatchBuilder::new(Arc::clone(self.checker.schema())),
            at: Position::default(),
            is_wanted: true,
            stage: self,
            lots: &lots,
        };
        let findings = loop {
            match rows.pop() {
                Ok(Some(rows)) => gathering.take(&rows)?,
                Ok(None) => break gathering.end()?,
                Err(_) => {
                    gathering.send()?;
                    return Ok(Vec::new());
                }
            }
            if !gathering.is_wanted {
                return Ok(Vec::new());
            }
        };
        lots.finish();
        Ok(findings)
    }

    /// A sink that wants more in a lot than others gets it as far as the memory of three lots allows.
    fn full(&self) -> Full {
        let usual = self.settings.batch_bytes_max;
        Full {
            rows: self.settings.batch_rows_max,
            rows_bytes: self.batch_bytes_wanted.unwrap_or(usual),
            all_bytes: 4 * usual,
        }
    }
}

/// When a lot is full.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Full {
    rows: usize,
    rows_bytes: usize,
    /// With the text that the rows were read from, which comes in blocks: what bounds the memory.
    all_bytes: usize,
}

impl Full {
    fn is(&self, builder: &BatchBuilder) -> bool {
        builder.len() >= self.rows
            || builder.rows_weight() >= self.rows_bytes
            || builder.weight() >= self.all_bytes
    }
}

struct Gathering<'a> {
    stage: CheckStage,
    builder: BatchBuilder,
    /// Where the row begins that is checked next.
    at: Position,
    /// Whether the writer is still there.
    is_wanted: bool,
    lots: &'a Sender<Lot>,
}

impl Gathering<'_> {
    fn take(&mut self, rows: &Rows) -> Result<(), CheckStageError> {
        let Some(last) = last_position(rows) else {
            return Ok(());
        };
        if last.input != self.at.input {
            self.next_input(last.input)?;
        }
        let mut from = 0;
        while self.is_wanted {
            let full = self.stage.full();
            let is_full = |builder: &BatchBuilder| full.is(builder);
            from = self
                .stage
                .checker
                .check(rows, from, &mut self.builder, &is_full)?;
            self.at = match rows.places.get(from) {
                Some(next) => self.before_next(rows, Position::before(next)),
                None => last,
            };
            if is_full(&self.builder) {
                self.send()?;
            }
            if from >= rows.len() {
                break;
            }
        }
        Ok(())
    }

    /// What the reader refused right before the next row may be among the refused ones already, or come with that row.
    fn before_next(&self, rows: &Rows, next: Position) -> Position {
        let taken = self.builder.last_row();
        rows.refused
            .iter()
            .map(|refused| Position::before(&refused.place))
            .find(|refused| (refused.input, refused.row + 1) > taken && refused.row < next.row)
            .unwrap_or(next)
    }

    fn next_input(&mut self, input: u32) -> Result<(), CheckStageError> {
        let is_first = self.at == Position::default() && self.builder.is_empty();
        if !is_first {
            self.send()?;
            let columns = &self.stage.columns;
            self.stage.checker.next_input(columns).map_err(Box::new)?;
        }
        self.at = Position {
            input,
            line: 1,
            ..Position::default()
        };
        Ok(())
    }

    fn end(&mut self) -> Result<Vec<Finding>, CheckStageError> {
        let findings = self.stage.checker.finish(&mut self.builder)?;
        self.send_up_to(self.at)?;
        match &self.stage.passed {
            Some(passed) => Err(self.changed(passed, "it is shorter").into()),
            None => Ok(findings),
        }
    }

    fn send(&mut self) -> Result<(), CheckStageError> {
        let held = self.stage.checker.held();
        let held = held.map(|place| Position::before(&place));
        self.send_up_to(held.map_or(self.at, |held| held.min(self.at)))
    }

    fn send_up_to(&mut self, end: Position) -> Result<(), CheckStageError> {
        let batch = self.take_batch();
        let lot = self.not_passed(Lot { batch, end })?;
        if let Some(lot) = lot {
            self.is_wanted &= self.lots.push(lot).is_ok();
        }
        Ok(())
    }

    /// The batch so far.
    fn take_batch(&mut self) -> Batch {
        let schema = Arc::clone(self.stage.checker.schema());
        std::mem::replace(&mut self.builder, BatchBuilder::new(schema)).build()
    }

    fn not_passed(&mut self, lot: Lot) -> Result<Option<Lot>, CheckStageError> {
        let Some(passed) = &self.stage.passed else {
            return Ok(Some(lot));
        };
        let position = Position::of(passed);
        if !lot.end.reaches(&position) {
            return Ok(None);
        }
        if let Some(counts) = &self.stage.compared
            && !passed.digest.is_empty()
            && counts.settled.digest_at(&position)
                != Some((passed.digest_byte, passed.digest.clone()))
        {
            let what = "the text before the row to go on with is another";
            return Err(self.changed(passed, what).into());
        }
        self.stage.passed = None;
        Ok(Some(lot.behind(position)))
    }

    fn changed(&self, passed: &Checkpoint, what: &'static str) -> ReadError {
        let name = self.stage.inputs.get(passed.input as usize);
        ReadError::new(
            name.map_or("?", String::as_str),
            ReadErrorKind::Changed { what },
        )
    }
}

/// Where the row behind the last of these begins.
fn last_position(rows: &Rows) -> Option<Position> {
    let refused = rows.refused.last().map(|refused| &refused.place);
    let place = rows.places.last().max(refused)?;
    Some(Position::after(place, rows.line_after(place)))
}
