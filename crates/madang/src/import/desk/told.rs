//! What the screen is told of checks and imports.

use jiff::Timestamp;
use madang_import::check::Finding;
use madang_import::run::{Outcome, Report, RunRecord, Snapshot};
use madang_import::{Changes, Refused};
use madang_server::view::Text;
use madang_server::view::import::RenamedView;
use madang_server::view::import_file::{
    ImportChanges, ImportJob, ImportOutcome, ImportPace, ImportReport, PastImport, ReasonCount,
    RefusedReason, RefusedRow,
};

use super::{Job, JobState};

/// A check or an import.
pub fn job(job: &Job) -> ImportJob {
    let snapshot = job.progress.snapshot();
    ImportJob {
        number: job.number,
        what: job.what,
        upload: job.upload.clone(),
        mapping: job.mapping.clone(),
        report: match &job.state {
            JobState::UnderWay => None,
            JobState::Ended(ended) => Some(report(ended)),
            JobState::Broken => Some(broken(&snapshot)),
        },
        progress: pace(&snapshot),
    }
}

/// An import that was made here.
pub fn past(record: RunRecord, report: Option<Report>, has_refused_file: bool) -> PastImport {
    let count = |of: fn(&Report) -> u64| report.as_ref().map(of).unwrap_or_default();
    PastImport {
        run: record.name,
        files: record.inputs,
        mapping: record.mapping,
        started_at: record.started_at,
        outcome: report.as_ref().map(|report| outcome(report.outcome)),
        rows_written: count(|report| report.rows_before + report.rows_written),
        rows_refused: count(|report| report.refused_before + report.rows_refused),
        has_refused_file,
        is_under_way: false,
    }
}

fn pace(now: &Snapshot) -> ImportPace {
    let per_second = |count: u64| count.saturating_mul(1000) / now.elapsed_ms.max(1);
    // What was read ahead of a slow till is not done yet, and what was done before it went on took no time of it.
    let rows_done = now.rows_written + now.rows_refused;
    let slowest = now.stages.iter().max_by_key(|stage| stage.busy_ms);
    ImportPace {
        elapsed_ms: now.elapsed_ms,
        rows_read: now.rows_read,
        rows_written: now.rows_before + now.rows_written,
        rows_refused: now.refused_before + now.rows_refused,
        bytes_read: now.bytes_read,
        rows_per_second: per_second(rows_done),
        per_mille: now.share.map(|share| (share * 1000.0) as u16),
        left_ms: now.left_ms,
        slowest_stage: slowest.map(|stage| stage.stage.clone()),
    }
}

fn report(report: &Report) -> ImportReport {
    let reasons = report.refused_by_reason.iter();
    ImportReport {
        run: report.run.clone(),
        outcome: outcome(report.outcome),
        problem: problem(report),
        started_at: report.started_at,
        duration_ms: report.duration_ms,
        rows_read: report.rows_read,
        rows_written: report.rows_before + report.rows_written,
        rows_unchanged: report.rows_unchanged,
        rows_refused: report.refused_before + report.rows_refused,
        changes: report.changes.as_ref().map(changes),
        refused_by_reason: reasons
            .map(|(code, rows)| ReasonCount {
                code: code.clone(),
                rows: *rows,
            })
            .collect(),
        first_refused: report.first_refused.iter().map(row).collect(),
        findings: report.findings.iter().map(finding).collect(),
        has_refused_file: report.dead_letters.is_some(),
    }
}

fn changes(changes: &Changes) -> ImportChanges {
    let renames = changes.renames.iter();
    ImportChanges {
        new: changes.new,
        changed: changes.changed,
        renamed: changes.renamed,
        untouched: changes.untouched,
        renames: renames
            .map(|(from, to)| RenamedView {
                from: from.clone(),
                to: to.clone(),
            })
            .collect(),
    }
}

/// What ended it early. Whoever stopped it knows why.
fn problem(report: &Report) -> Option<Text> {
    let english = report.problem.as_ref()?;
    let korean = report.problem_ko.as_ref().unwrap_or(english);
    (report.outcome != Outcome::Stopped).then(|| Text::new(korean, english))
}

fn broken(now: &Snapshot) -> ImportReport {
    ImportReport {
        run: None,
        outcome: ImportOutcome::Broken,
        problem: Some(Text::new(
            "가져오기가 고장 났어요. madang의 로그를 봐 주세요",
            "the import broke down; the log of madang says more",
        )),
        started_at: Timestamp::UNIX_EPOCH,
        duration_ms: now.elapsed_ms,
        rows_read: now.rows_read,
        rows_written: now.rows_before + now.rows_written,
        rows_unchanged: 0,
        changes: None,
        rows_refused: now.refused_before + now.rows_refused,
        refused_by_reason: Vec::new(),
        first_refused: Vec::new(),
        findings: Vec::new(),
        has_refused_file: false,
    }
}

/// A row that was refused.
pub fn row(refused: &Refused) -> RefusedRow {
    let reasons = refused.reasons.iter();
    RefusedRow {
        row: refused.place.row,
        line: refused.place.line,
        raw: refused.raw.clone(),
        reasons: reasons
            .map(|reason| RefusedReason {
                code: reason.code.clone(),
                column: reason.column.clone(),
                message: Text::new(&reason.message_ko, &reason.message),
            })
            .collect(),
    }
}

fn finding(finding: &Finding) -> Text {
    Text::new(&finding.message_ko, &finding.message)
}

fn outcome(outcome: Outcome) -> ImportOutcome {
    match outcome {
        Outcome::Done => ImportOutcome::Done,
        Outcome::SomeRefused => ImportOutcome::SomeRefused,
        Outcome::Limit => ImportOutcome::Limit,
        Outcome::SinkGone => ImportOutcome::SinkGone,
        Outcome::SourceGone => ImportOutcome::Broken,
        Outcome::ToMend => ImportOutcome::ToMend,
        Outcome::Stopped => ImportOutcome::Stopped,
    }
}
