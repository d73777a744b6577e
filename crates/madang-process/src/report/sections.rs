//! What is shown besides the map where it was asked for: models, deviations, service levels, comparisons and lists, in words and tables that a page and
//! a terminal can both show.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::words::Words;
use crate::conformance::{Conformity, Deviation, ServiceLevel, ServiceLevelReport, Standing};
use crate::event_data::EventLog;
use crate::language::Language;
use crate::performance::{
    ActivityNode, Arrivals, Comparison, ProcessMap, StepChange, duration_in_words, grouped,
    share_in_words,
};
use crate::variants::{CaseLine, TimelineEvent};

/// Something that was asked for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Section {
    /// What it is.
    pub title: Words,
    /// What is said about it, a sentence each.
    pub lines: Vec<Words>,
    /// Lines whose beginnings stand under each other, as those of a tree.
    pub outline: Vec<Words>,
    /// Figures.
    pub table: Option<Table>,
}

/// Figures in rows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    /// What the columns are.
    pub columns: Vec<Words>,
    /// A cell for each column.
    pub rows: Vec<Vec<Cell>>,
    /// How many columns are words; the others are figures, and stand at their right ends.
    pub word_columns: usize,
}

/// One cell.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Cell {
    /// What stands in it.
    pub words: Words,
    /// How much it stands out, from 0 to 1.
    pub weight: f64,
}

/// As many cases are named to begin looking at.
const EXAMPLES_MAX: usize = 3;

/// What a page holds of a list, whatever was asked for.
const ROWS_MAX: usize = 1_000;

impl Section {
    /// The model as a tree, an outline in each language.
    #[must_use]
    pub fn with_outline(mut self, korean: Vec<String>, english: Vec<String>) -> Self {
        let lines = korean.into_iter().zip(english);
        self.outline = lines
            .map(|(korean, english)| Words::new(korean, english))
            .collect();
        self
    }

    /// How a log fits a model. The first line says which model it is.
    pub fn of_conformity(
        title: Words,
        about: Words,
        log: &EventLog,
        conformity: &Conformity,
        most: usize,
    ) -> Self {
        let fitness = &conformity.aligned.fitness;
        let (fitting, cases) = (grouped(fitness.fitting_cases), grouped(fitness.cases));
        let share = share_in_words(fitness.fitting_cases as f64 / fitness.cases.max(1) as f64);
        let (by_alignment, by_replay) = (fitness.log, conformity.replay.fitness);
        let mut lines = vec![
            about,
            Words::new(
                format!("사례 {cases}개 가운데 {fitting}개({share})가 모델 그대로 갔어요."),
                format!("{fitting} of {cases} cases ({share}) went exactly as the model has it."),
            ),
            Words::new(
                format!(
                    "들어맞는 정도는 정렬로 {by_alignment:.3}, 토큰 재생으로 {by_replay:.3}이에요. 1이면 모두 들어맞아요."
                ),
                format!(
                    "The fitness is {by_alignment:.3} by alignments and {by_replay:.3} by token replay; 1 is everything."
                ),
            ),
        ];
        if fitness.given_up_cases > 0 {
            let cases = grouped(fitness.given_up_cases);
            lines.push(Words::new(
                format!("사례 {cases}개는 모델에 길이 너무 많아 견주기를 그만두었고, 위의 수에 없어요."),
                format!("{cases} cases were given up, because the model allows too much at once; they are in none of these figures."),
            ));
        }
        lines.extend(deviations(log, &conformity.aligned.deviations, most));
        Self {
            title,
            lines,
            ..Self::default()
        }
    }

    /// What broke rules; `known`: how many of the rules speak of activities of the log alone. A rule of what the log does not have is kept by every case,
    /// and tells nothing.
    pub fn of_rules(
        log: &EventLog,
        broken: &[Deviation],
        (rules, known): (usize, usize),
        most: usize,
    ) -> Self {
        let lines = match (broken.is_empty(), known == rules) {
            (false, _) => deviations(log, broken, most),
            (true, true) => vec![Words::new(
                format!("규칙 {rules}개를 모두 지켰어요."),
                format!("All {rules} rules were kept."),
            )],
            (true, false) => vec![Words::new(
                format!(
                    "어긴 규칙이 없지만, 규칙 {rules}개 가운데 {}개는 이 로그에 없는 활동을 말해요.",
                    rules - known
                ),
                format!(
                    "No rule was broken, but {} of {rules} speak of activities that this log does not have.",
                    rules - known
                ),
            )],
        };
        Self {
            title: Words::new("정한 것과 다르게 된 일", "What went otherwise than agreed"),
            lines,
            ..Self::default()
        }
    }

    /// How promises were kept, at a moment.
    pub fn of_service_levels(
        log: &EventLog,
        levels: &[(ServiceLevel, ServiceLevelReport)],
        now_ms: i64,
        zone: &TimeZone,
    ) -> Self {
        let mut lines = Vec::new();
        if let Some(now) = clock(now_ms, zone) {
            lines.push(Words::new(
                format!("{now}에 본 것이에요. 그때까지 오지 않은 것은 오지 않은 것으로 세었어요."),
                format!("As of {now}: what had not come by then has not come."),
            ));
        }
        for (level, report) in levels {
            lines.push(promise(level, report));
            lines.extend(absent(log, level, report));
        }
        Self {
            title: Words::new("약속한 시간", "Service levels"),
            lines,
            ..Self::default()
        }
    }

    /// What changed from one period to another.
    pub fn of_comparison(comparison: &Comparison, before: &str, after: &str, most: usize) -> Self {
        let (cases_before, cases_after) = (
            grouped(comparison.cases_before),
            grouped(comparison.cases_after),
        );
        let mut lines = vec![Words::new(
            format!("앞: {before}, 사례 {cases_before}개. 뒤: {after}, 사례 {cases_after}개."),
            format!("Before: {before}, {cases_before} cases. After: {after}, {cases_after} cases."),
        )];
        let took = |ends: (Option<u64>, Option<u64>), korean: &str, english: &str| {
            let (before, after) = (ends.0?, ends.1?);
            let words = |language| {
                (
                    duration_in_words(before, language),
                    duration_in_words(after, language),
                )
            };
            let ((ko_before, ko_after), (en_before, en_after)) =
                (words(Language::Korean), words(Language::English));
            Some(Words::new(
                format!("{korean} {ko_before} → {ko_after}"),
                format!("{english} {en_before} → {en_after}"),
            ))
        };
        lines.extend(took(
            comparison.median_ms,
            "처음부터 끝까지 보통",
            "first to last, usually:",
        ));
        lines.extend(took(
            comparison.p90_ms,
            "열에 아홉은",
            "nine of ten within:",
        ));
        lines.extend(named(
            &comparison.activities_new,
            "새로 하는 일",
            "done only after",
        ));
        lines.extend(named(
            &comparison.activities_gone,
            "이제 하지 않는 일",
            "done only before",
        ));
        let told = comparison.steps.iter().take(most);
        lines.extend(told.map(change));
        Self {
            title: Words::new("앞과 뒤", "Before and after"),
            lines,
            ..Self::default()
        }
    }

    /// When cases begin.
    pub fn of_arrivals(arrivals: &Arrivals) -> Self {
        let day = arrivals.of_day();
        let busiest = (0..day.len()).max_by_key(|hour| (day[*hour], std::cmp::Reverse(*hour)));
        let all: u64 = day.iter().sum();
        let mut lines = Vec::new();
        if let Some(hour) = busiest.filter(|_| all > 0) {
            let (count, share) = (
                grouped(day[hour]),
                share_in_words(day[hour] as f64 / all as f64),
            );
            let next = hour + 1;
            lines.push(Words::new(
                format!("{hour}시부터 {next}시까지가 가장 붐벼요: {count}건, 전체의 {share}."),
                format!(
                    "The busiest hour is {hour}:00 to {next}:00: {count} cases, {share} of all."
                ),
            ));
        }
        if arrivals.outside > 0 {
            let count = grouped(arrivals.outside);
            lines.push(Words::new(
                format!("{count}건은 달력에 없는 때에 시작했어요."),
                format!("{count} cases began on no day of a calendar."),
            ));
        }
        Self {
            title: Words::new("시작하는 때", "When cases begin"),
            lines,
            outline: Vec::new(),
            table: Some(hours(arrivals)),
        }
    }

    /// What is work, and what is waiting; nothing where a log does not tell when work began.
    pub fn of_processing(map: &ProcessMap, most: usize) -> Option<Self> {
        let worked = |node: &ActivityNode| node.processing.as_ref().map_or(0, |took| took.sum_ms());
        let mut nodes: Vec<&ActivityNode> = (map.activities.iter())
            .filter(|node| worked(node) > 0)
            .collect();
        if nodes.is_empty() {
            return None;
        }
        nodes.sort_by_key(|node| std::cmp::Reverse(worked(node)));
        let work: u128 = nodes.iter().copied().map(worked).sum();
        let waits: u128 = map.edges.iter().map(|edge| edge.waiting.sum_ms()).sum();
        let share = share_in_words(work as f64 / (work + waits).max(1) as f64);
        let sum = |sum_ms: u128| duration(u64::try_from(sum_ms).unwrap_or(u64::MAX));
        let (work_words, wait_words) = (sum(work), sum(waits));
        let row = |node: &ActivityNode| {
            let took = node.processing.clone().unwrap_or_default();
            let quantile = |part| took.quantile_ms(part).map_or_else(none, duration);
            [
                Words::same(&node.name),
                Words::same(grouped(took.count())),
                quantile(0.5),
                quantile(0.95),
                sum(took.sum_ms()),
            ]
            .map(Cell::from)
            .to_vec()
        };
        Some(Self {
            title: Words::new("일하는 시간과 기다리는 시간", "Work and waiting"),
            lines: vec![Words::new(
                format!(
                    "일한 시간은 모두 {}, 기다린 시간은 모두 {}: {share}가 일이에요.",
                    work_words.korean, wait_words.korean
                ),
                format!(
                    "Work takes {} together and waiting {}: {share} is work.",
                    work_words.english, wait_words.english
                ),
            )],
            outline: Vec::new(),
            table: Some(Table {
                columns: vec![
                    Words::new("활동", "Activity"),
                    Words::new("횟수", "Times"),
                    Words::new("보통", "Usually"),
                    Words::new("스물에 열아홉은", "19 of 20 within"),
                    Words::new("모두", "Together"),
                ],
                rows: nodes.into_iter().take(most).map(row).collect(),
                word_columns: 1,
            }),
        })
    }

    /// A list of cases.
    pub fn of_cases(cases: &[CaseLine], zone: &TimeZone) -> Self {
        let row = |case: &CaseLine| {
            let began = clock(case.first_ms, zone).map_or_else(none, Words::same);
            [
                Words::same(&case.name),
                began,
                Words::same(&case.last_activity),
                Words::same(grouped(case.events as u64)),
                duration(case.duration_ms),
            ]
            .map(Cell::from)
            .to_vec()
        };
        Self {
            title: Words::new("사례", "Cases"),
            lines: Vec::new(),
            outline: Vec::new(),
            table: Some(Table {
                columns: vec![
                    Words::new("사례", "Case"),
                    Words::new("시작", "Began"),
                    Words::new("마지막 일", "Last"),
                    Words::new("이벤트", "Events"),
                    Words::new("걸린 시간", "Took"),
                ],
                rows: cases.iter().take(ROWS_MAX).map(row).collect(),
                word_columns: 3,
            }),
        }
    }

    /// What happened in one case.
    pub fn of_timeline(case: &str, events: &[TimelineEvent], zone: &TimeZone) -> Self {
        let row = |event: &TimelineEvent| {
            let length = |length: Option<u64>| length.map_or_else(none, duration);
            let attributes: Vec<String> = (event.attributes.iter())
                .map(|(name, value)| format!("{name}={value}"))
                .collect();
            [
                second(event.time_ms, zone).map_or_else(none, Words::same),
                Words::same(&event.activity),
                Words::same(event.resource.as_deref().unwrap_or("–")),
                Words::same(attributes.join(", ")),
                length(event.waited_ms),
                length(event.processing_ms),
            ]
            .map(Cell::from)
            .to_vec()
        };
        Self {
            title: Words::new(format!("사례 “{case}”"), format!("Case “{case}”")),
            lines: Vec::new(),
            outline: Vec::new(),
            table: Some(Table {
                columns: vec![
                    Words::new("시각", "Time"),
                    Words::new("한 일", "Done"),
                    Words::new("누가", "By"),
                    Words::new("그 밖에", "Besides"),
                    Words::new("기다림", "Waited"),
                    Words::new("일", "Work"),
                ],
                rows: events.iter().take(ROWS_MAX).map(row).collect(),
                word_columns: 4,
            }),
        }
    }
}

impl From<Words> for Cell {
    fn from(words: Words) -> Self {
        Self { words, weight: 0.0 }
    }
}

fn none() -> Words {
    Words::same("–")
}

fn duration(duration_ms: u64) -> Words {
    Words::said(|language| duration_in_words(duration_ms, language))
}

fn deviations(log: &EventLog, deviations: &[Deviation], most: usize) -> Vec<Words> {
    let mut lines: Vec<Words> = (deviations.iter().take(most))
        .map(|deviation| {
            let cases = deviation.cases.len();
            let share = share_in_words(cases as f64 / log.case_count().max(1) as f64);
            let cases = grouped(cases as u64);
            let names = examples(log, deviation.cases.iter().copied());
            let name = |language| deviation.kind.name(language);
            Words::new(
                format!(
                    "{}: 사례 {cases}개({share}), {names}",
                    name(Language::Korean)
                ),
                format!(
                    "{}: {cases} cases ({share}), {names}",
                    name(Language::English)
                ),
            )
        })
        .collect();
    let more = deviations.len().saturating_sub(most);
    if more > 0 {
        let more = grouped(more as u64);
        lines.push(Words::new(
            format!("… 그 밖에 {more}가지"),
            format!("… and {more} more"),
        ));
    }
    lines
}

/// The names of the first cases.
fn examples(
    log: &EventLog,
    cases: impl ExactSizeIterator<Item = crate::event_data::Case>,
) -> String {
    let dots = if cases.len() > EXAMPLES_MAX {
        ", …"
    } else {
        ""
    };
    let names = cases.take(EXAMPLES_MAX);
    let names: Vec<&str> = names.map(|case| log.case(case).name()).collect();
    format!("{}{dots}", names.join(", "))
}

fn promise(level: &ServiceLevel, report: &ServiceLevelReport) -> Words {
    let decided = grouped(report.kept + report.late + report.overdue);
    let kept = grouped(report.kept);
    let share = report
        .kept_share()
        .map_or_else(|| "–".to_owned(), share_in_words);
    let (late, overdue) = (grouped(report.late), grouped(report.overdue));
    let (running, ended) = (grouped(report.running), grouped(report.ended));
    Words::new(
        format!(
            "{}: {decided}번 가운데 {kept}번 지켰어요({share}). 늦음 {late}, 아직 없음 {overdue}, 시간이 남음 {running}, 취소됨 {ended}.",
            level.sentence(Language::Korean)
        ),
        format!(
            "{}: kept {kept} of {decided} times ({share}); {late} late, {overdue} not come, {running} with time left, {ended} ended.",
            level.sentence(Language::English)
        ),
    )
}

/// What has not come although its time is over, those that wait longest first.
fn absent(log: &EventLog, level: &ServiceLevel, report: &ServiceLevelReport) -> Option<Words> {
    let overdue = report
        .broken
        .iter()
        .filter_map(|clock| match clock.standing {
            Standing::Overdue { .. } => Some(clock.case),
            _ => None,
        });
    let cases: Vec<_> = overdue.collect();
    if cases.is_empty() {
        return None;
    }
    let names = examples(log, cases.into_iter());
    let line = |language| format!("{}: {names}", level.absence(language));
    Some(Words::said(line))
}

fn named(names: &[String], korean: &str, english: &str) -> Option<Words> {
    if names.is_empty() {
        return None;
    }
    let names = names.join(", ");
    Some(Words::new(
        format!("{korean}: {names}"),
        format!("{english}: {names}"),
    ))
}

fn change(step: &StepChange) -> Words {
    let lost = |language| {
        let (before, after) = step.lost_per_week_ms;
        (
            duration_in_words(before, language),
            duration_in_words(after, language),
        )
    };
    let (korean, english) = (lost(Language::Korean), lost(Language::English));
    let (before, after) = (grouped(step.count.0), grouped(step.count.1));
    Words::new(
        format!(
            "{} 일주일에 모두 {} → {}, {before}번 → {after}번.",
            step.sentence(Language::Korean),
            korean.0,
            korean.1
        ),
        format!(
            "{} {} → {} a week together, {before} → {after} times.",
            step.sentence(Language::English),
            english.0,
            english.1
        ),
    )
}

const DAYS: [(&str, &str); 7] = [
    ("월", "Mon"),
    ("화", "Tue"),
    ("수", "Wed"),
    ("목", "Thu"),
    ("금", "Fri"),
    ("토", "Sat"),
    ("일", "Sun"),
];

/// A row for each hour in which anything begins, and those between.
fn hours(arrivals: &Arrivals) -> Table {
    let day = arrivals.of_day();
    let most = arrivals.week.iter().flatten().copied().max().unwrap_or(0);
    let first = day.iter().position(|count| *count > 0).unwrap_or(0);
    let last = day.iter().rposition(|count| *count > 0);
    let row = |hour: usize| {
        let mut cells = vec![Cell::from(Words::new(
            format!("{hour}시"),
            format!("{hour}:00"),
        ))];
        for counts in &arrivals.week {
            cells.push(Cell {
                words: Words::same(grouped(counts[hour])),
                weight: counts[hour] as f64 / most.max(1) as f64,
            });
        }
        cells.push(Cell::from(Words::same(grouped(day[hour]))));
        cells
    };
    let mut columns = vec![Words::new("때", "Hour")];
    columns.extend(DAYS.map(|(korean, english)| Words::new(korean, english)));
    columns.push(Words::new("모두", "All"));
    Table {
        columns,
        rows: last.map_or_else(Vec::new, |last| (first..=last).map(row).collect()),
        word_columns: 1,
    }
}

/// What clocks of the place showed.
pub(super) fn clock(time_ms: i64, zone: &TimeZone) -> Option<String> {
    shown(time_ms, zone, "%Y-%m-%d %H:%M")
}

fn second(time_ms: i64, zone: &TimeZone) -> Option<String> {
    shown(time_ms, zone, "%Y-%m-%d %H:%M:%S")
}

fn shown(time_ms: i64, zone: &TimeZone, form: &str) -> Option<String> {
    let moment = Timestamp::from_millisecond(time_ms).ok()?;
    Some(zone.to_datetime(moment).strftime(form).to_string())
}
