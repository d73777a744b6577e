//! What was found, for a person.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use madang_process::language::Language;
use madang_process::performance::{duration_in_words, grouped, share_in_words};
use madang_process::read::Place;
use madang_process::report::{Section, Table, Words};
use madang_process::variants::{Again, ReworkOf};

use super::found::{FileRead, Found};

/// Few enough to be read; the JSON has more of them.
const REJECTED_SHOWN_MAX: usize = 5;

/// The whole summary.
pub fn summary(found: &Found, language: Language) -> String {
    let mut lines = Vec::new();
    for file in &found.files {
        lines.extend(columns(file, language));
    }
    let filters = found.plan.filters.sentences(language, &found.plan.zone);
    section(&mut lines, language.of("거른 것", "Filters"), filters);
    lines.push(String::new());
    lines.extend(size(found, language));
    section(
        &mut lines,
        language.of("자주 가는 길", "Most frequent paths"),
        variants(found, language),
    );
    let bottlenecks = (found.bottlenecks.iter().take(found.plan.top).enumerate())
        .map(|(at, bottleneck)| format!("{}. {}", at + 1, bottleneck.sentence(language)));
    section(
        &mut lines,
        language.of("시간을 잃는 곳", "Where time is lost"),
        bottlenecks.collect(),
    );
    section(
        &mut lines,
        language.of("다시 하는 일", "Work done again"),
        rework(found, language),
    );
    for asked in &found.sections {
        section(
            &mut lines,
            asked.title.of(language),
            asked_for(asked, language),
        );
    }
    section(
        &mut lines,
        language.of("읽지 못한 줄", "Rows that were refused"),
        rejected(found, language),
    );
    let lines: Vec<String> = lines.iter().map(|line| shown(line)).collect();
    lines.join("\n")
}

/// A line as a terminal may have it: files come from outside, and what stands in them is not to move the cursor, to clear the screen, or to end the line.
fn shown(line: &str) -> String {
    let picture = |letter: char| match letter {
        '\0'..='\x1f' => char::from_u32(PICTURES + u32::from(letter)).unwrap_or('\u{fffd}'),
        '\x7f' => '\u{2421}',
        // Other controls, and what turns the direction of a line or ends it.
        '\u{80}'..='\u{9f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => '\u{fffd}',
        letter => letter,
    };
    line.chars().map(picture).collect()
}

/// Where Unicode has the pictures of controls, in their order.
const PICTURES: u32 = 0x2400;

fn section(lines: &mut Vec<String>, title: &str, items: Vec<String>) {
    if items.is_empty() {
        return;
    }
    lines.push(String::new());
    lines.push(title.to_owned());
    lines.extend(items.into_iter().map(|item| format!("  {item}")));
}

/// What was asked for: sentences, then what stands under each other.
fn asked_for(section: &Section, language: Language) -> Vec<String> {
    let words = |words: &Words| words.of(language).to_owned();
    let mut lines: Vec<String> = section.lines.iter().map(words).collect();
    lines.extend(section.outline.iter().map(words));
    if let Some(table) = &section.table {
        lines.extend(rows(table, language));
    }
    lines
}

/// A table with its columns under each other.
fn rows(table: &Table, language: Language) -> Vec<String> {
    let header = table
        .columns
        .iter()
        .map(|words| words.of(language))
        .collect();
    let mut rows: Vec<Vec<&str>> = vec![header];
    for row in &table.rows {
        rows.push(row.iter().map(|cell| cell.words.of(language)).collect());
    }
    let columns = table.columns.len();
    let wide = |at: usize| {
        rows.iter()
            .map(|row| columns_of(row[at]))
            .max()
            .unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(wide).collect();
    let line = |row: &Vec<&str>| {
        let cells = row.iter().enumerate().map(|(at, cell)| {
            let room = " ".repeat(widths[at] - columns_of(cell));
            match at < table.word_columns {
                true => format!("{cell}{room}"),
                false => format!("{room}{cell}"),
            }
        });
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect()
}

/// How many columns of a terminal a text takes: letters of Korean, Chinese and Japanese take two.
fn columns_of(text: &str) -> usize {
    let is_wide = |letter: char| matches!(letter, '\u{1100}'..='\u{115f}' | '\u{2e80}'..='\u{a4cf}' | '\u{ac00}'..='\u{d7a3}' | '\u{f900}'..='\u{faff}' | '\u{fe30}'..='\u{fe6f}' | '\u{ff00}'..='\u{ff60}' | '\u{ffe0}'..='\u{ffe6}' | '\u{1f300}'..='\u{1faff}' | '\u{20000}'..='\u{3fffd}');
    text.chars()
        .map(|letter| 1 + usize::from(is_wide(letter)))
        .sum()
}

fn columns(file: &FileRead, language: Language) -> Vec<String> {
    let mut lines = vec![file.name.clone()];
    let sentences = file
        .mapping
        .iter()
        .flat_map(|mapping| mapping.sentences(language));
    lines.extend(sentences.map(|sentence| format!("  {sentence}")));
    lines
}

fn size(found: &Found, language: Language) -> Vec<String> {
    let map = &found.map;
    let (cases, events) = (grouped(map.cases), grouped(map.events));
    let mut lines = vec![language.of(
        format!("사례 {cases}개, 이벤트 {events}개"),
        format!(
            "{}, {}",
            counted(map.cases, "case", "cases"),
            counted(map.events, "event", "events")
        ),
    )];
    if found.plan.hours.is_some() {
        lines.push(
            language
                .of(
                    "기다림과 걸린 시간은 정해 주신 시간만 셌어요",
                    "only the hours that you named count in waits and lengths",
                )
                .to_owned(),
        );
    }
    if let Some(period) = map.period
        && let (Some(first), Some(last)) = (
            clock(period.first_ms, &found.plan.zone),
            clock(period.last_ms, &found.plan.zone),
        )
    {
        lines.push(format!("{first} – {last}"));
    }
    let durations = &map.durations;
    if let (Some(median), Some(p90)) = (durations.median_ms(), durations.quantile_ms(0.9)) {
        let (median, p90) = (
            duration_in_words(median, language),
            duration_in_words(p90, language),
        );
        lines.push(language.of(
            format!("처음부터 끝까지 보통 {median}, 열에 아홉은 {p90} 안에 끝나요"),
            format!("from first to last usually {median}; nine of ten within {p90}"),
        ));
    }
    lines
}

/// What clocks of the place showed.
fn clock(time_ms: i64, zone: &TimeZone) -> Option<String> {
    let moment = Timestamp::from_millisecond(time_ms).ok()?;
    Some(
        zone.to_datetime(moment)
            .strftime("%Y-%m-%d %H:%M")
            .to_string(),
    )
}

fn variants(found: &Found, language: Language) -> Vec<String> {
    let all = &found.variants;
    let shown = all.variants.iter().take(found.plan.top);
    let mut lines: Vec<String> = shown
        .map(|variant| {
            let names: Vec<&str> = all.names(variant).collect();
            let share = share_in_words(all.share(variant));
            let cases = grouped(variant.cases);
            let median = duration_in_words(variant.durations.median_ms().unwrap_or(0), language);
            let count = language.of(
                format!("{cases}건"),
                counted(variant.cases, "case", "cases"),
            );
            format!("{share:>5}  {count}, {median}: {}", path(&names))
        })
        .collect();
    if let Some(more) = all
        .variants
        .len()
        .checked_sub(found.plan.top)
        .filter(|more| *more > 0)
    {
        let more = grouped(more as u64);
        lines.push(language.of(
            format!("… 그 밖에 {more}가지"),
            format!("… and {more} more"),
        ));
    }
    lines
}

/// More steps than this are told by their number: a line is to be read.
const STEPS_SHOWN_MAX: usize = 12;

fn path(names: &[&str]) -> String {
    let shown = names.len().min(STEPS_SHOWN_MAX);
    let path = names[..shown].join(" → ");
    match names.len() - shown {
        0 => path,
        more => format!("{path} → … (+{more})"),
    }
}

fn rework(found: &Found, language: Language) -> Vec<String> {
    let rework = &found.rework;
    if rework.cases == 0 {
        return Vec::new();
    }
    let (cases, share) = (grouped(rework.cases), share_in_words(rework.share()));
    let mut lines = vec![language.of(
        format!("사례 {cases}개({share})에서 같은 일을 다시 했어요"),
        format!(
            "something was done again in {} ({share})",
            counted(rework.cases, "case", "cases")
        ),
    )];
    let mut activities: Vec<&ReworkOf> = rework.activities.iter().collect();
    activities.sort_by_key(|of| std::cmp::Reverse(of.count()));
    let told = activities.into_iter().take(found.plan.top).map(|of| {
        let (count, cases) = (grouped(of.count()), grouped(of.cases));
        let (at_once, later) = (
            grouped(of.self_loops.total()),
            grouped(of.repetitions.total()),
        );
        let name = &of.name;
        let whom = by_whom(of, language);
        language.of(
            format!(
                "“{name}” {count}번 더, 사례 {cases}개: 바로 {at_once}번, 나중에 {later}번{whom}"
            ),
            format!(
                "“{name}” {} more in {}: {at_once} at once, {later} later{whom}",
                counted(of.count(), "time", "times"),
                counted(of.cases, "case", "cases")
            ),
        )
    });
    lines.extend(told);
    lines
}

/// How many there are, in English.
fn counted(count: u64, one: &str, several: &str) -> String {
    format!(
        "{} {}",
        grouped(count),
        if count == 1 { one } else { several }
    )
}

fn by_whom(of: &ReworkOf, language: Language) -> String {
    let sum = |part: fn(Again) -> u64| part(of.self_loops) + part(of.repetitions);
    let (same, other) = (sum(|again| again.same), sum(|again| again.other));
    if same + other == 0 {
        return String::new();
    }
    let (same, other) = (grouped(same), grouped(other));
    language.of(
        format!(" (같은 사람 {same}, 다른 사람 {other})"),
        format!(" ({same} by the same, {other} by somebody else)"),
    )
}

fn rejected(found: &Found, language: Language) -> Vec<String> {
    let mut lines = Vec::new();
    for file in &found.files {
        for rejected in file.rejected.first.iter().take(REJECTED_SHOWN_MAX) {
            let place = match rejected.place {
                Place::Line { line, .. } => {
                    language.of(format!("{line}번째 줄"), format!("line {line}"))
                }
                Place::Element(number) => {
                    language.of(format!("{number}번째"), format!("no. {number}"))
                }
            };
            lines.push(format!(
                "{}, {place}: {}",
                file.name,
                rejected.reason.sentence(language)
            ));
        }
        let shown = file.rejected.first.len().min(REJECTED_SHOWN_MAX) as u64;
        let more = file.rejected.count - shown;
        if more > 0 {
            let more = grouped(more);
            lines.push(language.of(format!("… 그 밖에 {more}줄"), format!("… and {more} more")));
        }
    }
    lines
}
