//! How a run goes, while it goes on.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde::Serialize;

use crate::run::counts::Counts;
use crate::run::queue::Meter;
use crate::run::report::StageTime;
use crate::run::settled::SoFar;
use crate::run::world::World;

/// Written by the stages, read by whoever shows it.
pub struct Progress {
    world: Arc<dyn World>,
    began: Duration,
    /// What is counted.
    pub counts: Arc<Counts>,
    /// Bytes of all inputs as they are packed, where that is known.
    pub bytes_total: Option<u64>,
    queues: Mutex<Option<Queues>>,
}

/// The queues between the stages, and when the stages ended.
#[derive(Clone)]
pub(super) struct Queues {
    pub(super) meters: [Arc<Meter>; 3],
    pub(super) ends: Arc<StageEnds>,
}

/// When each stage ended, in microseconds; 0 while it runs.
#[derive(Default)]
pub(super) struct StageEnds([AtomicU64; STAGES.len()]);

/// The stages.
pub const STAGES: [&str; 4] = ["read", "parse", "check", "write"];

/// How a run goes at one moment.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Snapshot {
    /// Since it began.
    pub elapsed_ms: u64,
    /// Rows that were checked.
    pub rows_read: u64,
    /// Rows at the sink.
    pub rows_written: u64,
    /// Rows that were refused.
    pub rows_refused: u64,
    /// Rows that an earlier try of this run had written.
    pub rows_before: u64,
    /// Rows that it had refused.
    pub refused_before: u64,
    /// Bytes read of the inputs as they are packed.
    pub bytes_read: u64,
    /// Of these, bytes behind the last row that the sink has taken or that was refused. Reading runs ahead of it by what the stages hold, which a slow sink needs
    /// minutes for.
    pub bytes_settled: u64,
    /// Bytes of all inputs.
    pub bytes_total: Option<u64>,
    /// The share that is settled, 0 to 1, where the inputs' sizes are known.
    pub share: Option<f64>,
    /// How long the rest takes at the pace at which the sink has taken rows since it got the first.
    pub left_ms: Option<u64>,
    /// Whether what is read now was imported before, and is only compared.
    pub is_comparing: bool,
    /// Bytes that wait between the stages.
    pub queued_bytes: usize,
    /// The most that waited there.
    pub queued_bytes_max: usize,
    /// Rows that the next write takes at most.
    pub batch_rows: usize,
    /// Writes that were tried again.
    pub retries: u64,
    /// What the sink said last, while it does not take anything.
    pub trouble: Option<String>,
    /// What each stage did with its time.
    pub stages: Vec<StageTime>,
}

impl Progress {
    /// Of a run that begins now.
    pub fn new(world: Arc<dyn World>, bytes_total: Option<u64>) -> Self {
        Self {
            began: world.elapsed(),
            world,
            counts: Arc::default(),
            bytes_total,
            queues: Mutex::default(),
        }
    }

    /// How it goes now.
    pub fn snapshot(&self) -> Snapshot {
        let queues = self.queues();
        let figures: Vec<_> = queues
            .iter()
            .flat_map(|queues| &queues.meters)
            .map(|meter| meter.figures())
            .collect();
        let counts = &self.counts;
        let so_far = counts.settled.so_far();
        let total = self.bytes_total.filter(|total| *total > 0);
        Snapshot {
            elapsed_ms: milliseconds(self.elapsed()),
            bytes_settled: so_far.bytes,
            share: total.map(|total| (so_far.bytes as f64 / total as f64).min(1.0)),
            left_ms: total.and_then(|total| self.left_ms(&so_far, total)),
            is_comparing: so_far.is_behind,
            rows_read: Counts::get(&counts.rows_read),
            rows_written: Counts::get(&counts.rows_written),
            rows_refused: Counts::get(&counts.rows_refused),
            rows_before: Counts::get(&counts.rows_before),
            refused_before: Counts::get(&counts.refused_before),
            bytes_read: Counts::get(&counts.bytes_read),
            bytes_total: self.bytes_total,
            queued_bytes: figures.iter().map(|figures| figures.bytes).sum(),
            queued_bytes_max: figures.iter().map(|figures| figures.bytes_peak).sum(),
            batch_rows: counts.batch_rows.load(Ordering::Relaxed),
            retries: Counts::get(&counts.retries),
            trouble: counts.trouble(),
            stages: self.stages(),
        }
    }

    /// Since it began.
    pub fn elapsed(&self) -> Duration {
        self.world.elapsed().saturating_sub(self.began)
    }

    /// What was settled before this run took no time of it.
    fn left_ms(&self, so_far: &SoFar, total: u64) -> Option<u64> {
        let (began, before) = so_far.began?;
        let took = self.world.elapsed().saturating_sub(began);
        let done = so_far.bytes.checked_sub(before).filter(|done| *done > 0)?;
        let left = total.saturating_sub(so_far.bytes);
        let left_ms = took.as_millis() * u128::from(left) / u128::from(done);
        Some(u64::try_from(left_ms).unwrap_or(u64::MAX))
    }

    pub(super) fn joined_by(&self, queues: Queues) {
        *self.queues.lock().unwrap_or_else(PoisonError::into_inner) = Some(queues);
    }

    fn queues(&self) -> Option<Queues> {
        self.queues
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn stages(&self) -> Vec<StageTime> {
        let Some(queues) = self.queues() else {
            return Vec::new();
        };
        let now = self.world.elapsed();
        let figures = queues.meters.each_ref().map(|meter| meter.figures());
        let time = |index: usize| {
            let for_input = match index {
                0 => Duration::ZERO,
                _ => figures[index - 1].waited_for_items,
            };
            let for_room = figures
                .get(index)
                .map_or(Duration::ZERO, |queue| queue.waited_for_room);
            let ended = queues.ends.get(index).unwrap_or(now);
            let busy = ended
                .saturating_sub(self.began)
                .saturating_sub(for_input)
                .saturating_sub(for_room);
            StageTime {
                stage: STAGES[index].to_owned(),
                busy_ms: milliseconds(busy),
                waited_for_input_ms: milliseconds(for_input),
                waited_for_room_ms: milliseconds(for_room),
            }
        };
        (0..STAGES.len()).map(time).collect()
    }
}

impl StageEnds {
    /// A stage has ended.
    pub(super) fn end(&self, stage: usize, now: Duration) {
        let now_us = u64::try_from(now.as_micros()).unwrap_or(u64::MAX).max(1);
        self.0[stage].store(now_us, Ordering::Relaxed);
    }

    fn get(&self, stage: usize) -> Option<Duration> {
        match self.0[stage].load(Ordering::Relaxed) {
            0 => None,
            end_us => Some(Duration::from_micros(end_us)),
        }
    }
}

impl Snapshot {
    /// The stage that worked the largest part of the time since an earlier moment: the one that sets the pace.
    pub fn slowest_since(&self, earlier: &Self) -> Option<&'static str> {
        let busy = |index: usize| {
            let now = self.stages.get(index)?.busy_ms;
            let before = earlier.stages.get(index).map_or(0, |stage| stage.busy_ms);
            Some(now.saturating_sub(before))
        };
        let slowest = (0..STAGES.len()).max_by_key(|index| busy(*index))?;
        busy(slowest).map(|_| STAGES[slowest])
    }
}

/// Milliseconds of half a thousand million years fit.
fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
