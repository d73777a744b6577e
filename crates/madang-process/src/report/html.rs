//! The report: one page that needs nothing from outside.
//!
//! All that is read stands in the page in both languages, and its style shows one; so the script only moves what is there, and makes no element
//! out of any text.

use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use super::Findings;
use super::layout::{Layout, Ordered, Size, lay_out};
use super::levels::{ActivityLevel, PathLevel};
use super::sections::{Section, Table, clock};
use super::svg::{self, Picture, Shown};
use super::words::{Words, escaped, json_escaped, shortened};
use crate::language::Language;
use crate::performance::{Bottleneck, Edge, duration_in_words, grouped, share_in_words};
use crate::variants::{ReworkOf, Variant};

const PAGE: &str = include_str!("templates/report.html");
const STYLE: &str = include_str!("templates/report.css");
const SCRIPT: &str = include_str!("templates/report.js");

/// Two rows of cards: further ones cost little time beside these.
const BOTTLENECKS_MAX: usize = 6;
/// The way of few cases is no longer looked at.
const VARIANTS_MAX: usize = 20;
/// A way with more steps is told by its beginning and how many more there are.
const STEPS_MAX: usize = 24;
const REWORK_MAX: usize = 8;
/// The table has the most frequent steps; all of them are in the JSON of the program.
const ROWS_MAX: usize = 200;
/// About a line of the page: names of activities may be as long as a log likes.
const NAME_WIDTH_MAX: i32 = 480;

/// The whole page.
pub(super) fn page(findings: &Findings<'_>, language: Language) -> String {
    let bottlenecks = Bottleneck::of(findings.map, BOTTLENECKS_MAX);
    let picture = Picture::of(findings.map, &bottlenecks);
    let style = format!("{}{}{STYLE}", svg::TOKENS, svg::STYLE);
    let title = title(findings);
    let mut values = words();
    values.extend([
        ("language", language.of("ko", "en").to_owned()),
        ("is_korean", (language == Language::Korean).to_string()),
        ("is_english", (language == Language::English).to_string()),
        ("title", escaped(title.of(language))),
        ("heading", heading(findings)),
        ("about", about(findings)),
        ("notes", notes(findings)),
        ("figures", figures(findings)),
        ("table", table(findings)),
        ("bottlenecks", cards(&bottlenecks)),
        ("variants", variants(findings)),
        ("variants_total", variants_total(findings)),
        ("rework", rework(findings)),
        ("rework_total", rework_total(findings)),
        ("sections", sections(findings.sections)),
        ("style_hash", hash(&style)),
        ("script_hash", hash(SCRIPT)),
        ("style", style),
        ("script", SCRIPT.to_owned()),
    ]);
    values.extend(map(&picture, &title));
    filled(PAGE, &values)
}

/// Puts values where the template names them, once: what a value says is not looked at again.
fn filled(template: &str, values: &HashMap<&str, String>) -> String {
    let mut out = String::with_capacity(template.len() * 8);
    let mut rest = template;
    while let Some((before, behind)) = rest.split_once("{{") {
        let (name, behind) = behind.split_once("}}").unwrap_or((behind, ""));
        out.push_str(before);
        out.push_str(values.get(name).map_or("", String::as_str));
        rest = behind;
    }
    out.push_str(rest);
    out
}

/// What a policy names an inline element by.
fn hash(text: &str) -> String {
    format!("sha256-{}", STANDARD.encode(Sha256::digest(text)))
}

/// The words of the page that are the same in every report.
fn words() -> HashMap<&'static str, String> {
    let words = [
        ("word_language", "언어", "Language"),
        ("word_theme", "밝게·어둡게", "Light or dark"),
        ("word_figures", "한눈에", "At a glance"),
        ("word_map", "일이 지나가는 길", "How work flows"),
        (
            "word_map_time",
            "굵기는 횟수, 글자는 기다린 시간의 중앙값",
            "Width is how often, words are the median wait",
        ),
        (
            "word_map_count",
            "굵기와 글자는 횟수",
            "Width and words are how often",
        ),
        (
            "word_map_more",
            "같은 내용이 아래 표에 있어요.",
            "The table below says the same.",
        ),
        ("word_time", "시간", "Time"),
        ("word_count", "횟수", "Count"),
        ("word_cases", "사례", "Cases"),
        ("word_activities", "활동", "Activities"),
        ("word_paths", "길", "Paths"),
        ("word_table", "표로 보기", "As a table"),
        ("word_from", "앞", "From"),
        ("word_to", "뒤", "To"),
        ("word_median", "기다림 중앙값", "Median wait"),
        ("word_p95", "스물에 열아홉은", "19 of 20 within"),
        ("word_bottlenecks", "시간을 잃는 곳", "Where time is lost"),
        ("word_variants", "자주 가는 길", "Most frequent paths"),
        ("word_rework", "다시 하는 일", "Work done again"),
    ];
    let html = |(name, korean, english): (&'static str, &str, &str)| {
        (name, Words::new(korean, english).html())
    };
    words.into_iter().map(html).collect()
}

fn title(findings: &Findings<'_>) -> Words {
    let name = shortened(findings.title, 1.0, NAME_WIDTH_MAX / 4);
    Words::new(format!("인사이트 · {name}"), format!("Insight · {name}"))
}

fn heading(_: &Findings<'_>) -> String {
    Words::new("인사이트", "Insight").html()
}

fn about(findings: &Findings<'_>) -> String {
    let events = grouped(findings.map.events);
    let name = shortened(findings.title, 1.0, NAME_WIDTH_MAX / 4);
    let clock = |time_ms| clock(time_ms, findings.zone);
    let period = findings
        .map
        .period
        .and_then(|period| Some((clock(period.first_ms)?, clock(period.last_ms)?)));
    let period = period.map_or(String::new(), |(first, last)| {
        format!(" · {first} – {last}")
    });
    Words::new(
        format!("{name}{period} · 이벤트 {events}개"),
        format!("{name}{period} · {events} events"),
    )
    .html()
}

/// What must be known before any of it is believed: what was filtered out, and what could not be read.
fn notes(findings: &Findings<'_>) -> String {
    let korean = findings.filters.sentences(Language::Korean, findings.zone);
    let english = findings.filters.sentences(Language::English, findings.zone);
    let mut items: Vec<String> = (korean.into_iter().zip(english))
        .map(|(korean, english)| format!("<li>{}</li>", Words::new(korean, english).html()))
        .collect();
    if findings.rejected > 0 {
        let rows = grouped(findings.rejected);
        let words = Words::new(
            format!("{rows}줄은 읽지 못해 여기에 없어요."),
            format!("{rows} rows were refused and are not in this."),
        );
        items.push(format!("<li class=\"warn\">{}</li>", words.html()));
    }
    match items.is_empty() {
        true => String::new(),
        false => format!("<ul class=\"card notes\">{}</ul>", items.join("")),
    }
}

fn figures(findings: &Findings<'_>) -> String {
    let map = findings.map;
    let took = |share| {
        let took = map.durations.quantile_ms(share);
        took.map_or_else(|| Words::new("–", "–"), duration)
    };
    let top: u64 = findings
        .variants
        .variants
        .iter()
        .take(5)
        .map(|variant| variant.cases)
        .sum();
    let top = share_in_words(top as f64 / findings.variants.cases.max(1) as f64);
    let again = grouped(findings.rework.cases);
    let figures = [
        (
            Words::new("사례", "Cases"),
            Words::same(grouped(map.cases)),
            Words::default(),
        ),
        (
            Words::new("처음부터 끝까지 · 중앙값", "First to last · median"),
            took(0.5),
            Words::default(),
        ),
        (
            Words::new("열에 아홉은", "Nine of ten within"),
            took(0.9),
            Words::default(),
        ),
        (
            Words::new("길의 갈래", "Different paths"),
            Words::same(grouped(findings.variants.variants.len() as u64)),
            Words::new(
                format!("위 다섯이 {top}"),
                format!("the first five are {top}"),
            ),
        ),
        (
            Words::new("무언가를 다시 한 사례", "Cases with work done again"),
            Words::same(share_in_words(findings.rework.share())),
            Words::new(format!("{again}건"), format!("{again} cases")),
        ),
    ];
    let mut out = String::new();
    for (name, value, more) in figures {
        let more = match more == Words::default() {
            true => String::new(),
            false => format!("<dd class=\"more\">{}</dd>", more.html()),
        };
        let _ = writeln!(
            out,
            "<div class=\"figure\"><dt>{}</dt><dd class=\"value\">{}</dd>{more}</div>",
            name.html(),
            value.html()
        );
    }
    out
}

fn duration(duration_ms: u64) -> Words {
    Words::said(|language| duration_in_words(duration_ms, language))
}

fn name(text: &str) -> String {
    escaped(&shortened(text, 12.0, NAME_WIDTH_MAX))
}

fn table(findings: &Findings<'_>) -> String {
    let mut edges: Vec<&Edge> = findings.map.edges.iter().collect();
    edges.sort_by_key(|edge| std::cmp::Reverse(edge.count));
    let mut out = String::new();
    for edge in edges.into_iter().take(ROWS_MAX) {
        let wait = |share| {
            let wait = edge.waiting.quantile_ms(share);
            wait.map_or_else(|| Words::new("–", "–"), duration).html()
        };
        let _ = writeln!(
            out,
            "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>",
            name(findings.map.name(edge.from)),
            name(findings.map.name(edge.to)),
            grouped(edge.count),
            grouped(edge.cases),
            wait(0.5),
            wait(0.95)
        );
    }
    out
}

fn cards(bottlenecks: &[Bottleneck]) -> String {
    if bottlenecks.is_empty() {
        return nothing(
            "p",
            &Words::new("기다린 곳이 없어요.", "Nothing was waited for."),
        );
    }
    let mut out = String::new();
    for (at, step) in bottlenecks.iter().enumerate() {
        let rank = match at {
            0 => " worst",
            at if at < svg::SLOW_MAX => " slow",
            _ => "",
        };
        let step_named = Bottleneck {
            from: shortened(&step.from, 12.0, NAME_WIDTH_MAX),
            to: shortened(&step.to, 12.0, NAME_WIDTH_MAX),
            ..step.clone()
        };
        let sentence = Words::said(|language| step_named.sentence(language));
        let long = duration(step.p90_ms);
        let cases = grouped(step.cases);
        let foot = Words::new(
            format!("사례 {cases}건 · 열에 아홉은 {} 안", long.korean),
            format!("{cases} cases · nine of ten within {}", long.english),
        );
        let _ = writeln!(
            out,
            "<article class=\"bottleneck{rank}\"><div class=\"first\"><span class=\"number\">{}</span><h3>{} → {}</h3><span class=\"wait\">{}</span></div><p>{}</p><p class=\"sub foot\">{}</p></article>",
            at + 1,
            name(&step.from),
            name(&step.to),
            duration(step.median_ms).html(),
            sentence.html(),
            foot.html()
        );
    }
    out
}

fn nothing(element: &str, words: &Words) -> String {
    format!("<{element} class=\"none\">{}</{element}>", words.html())
}

fn variants(findings: &Findings<'_>) -> String {
    let all = findings.variants;
    let mut out = String::new();
    for (at, variant) in all.variants.iter().take(VARIANTS_MAX).enumerate() {
        let share = all.share(variant);
        let cases = grouped(variant.cases);
        let took = duration(variant.durations.median_ms().unwrap_or(0));
        let told = Words::new(
            format!(" · {cases}건 · {}", took.korean),
            format!(" · {cases} cases · {}", took.english),
        );
        let _ = writeln!(
            out,
            "<li><span class=\"number\">{}</span><div class=\"steps\">{}</div><svg class=\"bar\" aria-hidden=\"true\"><rect class=\"all\" width=\"100%\" height=\"4\" rx=\"2\"/><rect class=\"part\" width=\"{:.2}%\" height=\"4\" rx=\"2\"/></svg><span class=\"told\"><b>{}</b>{}</span></li>",
            at + 1,
            steps(findings, variant),
            share * 100.0,
            share_in_words(share),
            told.html()
        );
    }
    match out.is_empty() {
        true => nothing("li", &Words::new("사례가 없어요.", "There are no cases.")),
        false => out,
    }
}

/// What was done, one after the other; what was done before stands out.
fn steps(findings: &Findings<'_>, variant: &Variant) -> String {
    let mut counts: HashMap<u16, usize> = HashMap::new();
    for activity in &variant.activities {
        *counts.entry(*activity).or_default() += 1;
    }
    let mut out = String::new();
    let names = findings.variants.names(variant);
    for (activity, text) in variant.activities.iter().zip(names).take(STEPS_MAX) {
        let again = if counts[activity] > 1 { " again" } else { "" };
        let _ = write!(out, "<span class=\"step{again}\">{}</span>", name(text));
    }
    let more = variant.activities.len().saturating_sub(STEPS_MAX);
    if more > 0 {
        let _ = write!(out, "<span class=\"step\">+{}</span>", grouped(more as u64));
    }
    out
}

fn variants_total(findings: &Findings<'_>) -> String {
    let total = findings.variants.variants.len();
    let shown = total.min(VARIANTS_MAX);
    let (total, shown) = (grouped(total as u64), grouped(shown as u64));
    Words::new(
        format!("{total}가지 가운데 {shown}가지"),
        format!("{shown} of {total}"),
    )
    .html()
}

fn rework(findings: &Findings<'_>) -> String {
    let mut activities: Vec<&ReworkOf> = findings.rework.activities.iter().collect();
    activities.sort_by_key(|of| std::cmp::Reverse(of.count()));
    let mut out = String::new();
    for of in activities.into_iter().take(REWORK_MAX) {
        let (count, cases) = (grouped(of.count()), grouped(of.cases));
        let (at_once, later) = (
            grouped(of.self_loops.total()),
            grouped(of.repetitions.total()),
        );
        let words = Words::new(
            format!("사례 {cases}건에서 {count}번 더: 바로 {at_once}번, 나중에 {later}번"),
            format!("{count} times more in {cases} cases: {at_once} at once, {later} later"),
        );
        let _ = writeln!(
            out,
            "<li><h3>{}</h3><p>{}</p></li>",
            name(&of.name),
            words.html()
        );
    }
    match out.is_empty() {
        true => nothing(
            "li",
            &Words::new("다시 한 일이 없어요.", "Nothing was done again."),
        ),
        false => out,
    }
}

fn rework_total(findings: &Findings<'_>) -> String {
    let (cases, share) = (
        grouped(findings.rework.cases),
        share_in_words(findings.rework.share()),
    );
    Words::new(
        format!("사례 {cases}건, {share}"),
        format!("{cases} cases, {share}"),
    )
    .html()
}

/// What was asked for besides.
fn sections(sections: &[Section]) -> String {
    let numbered = sections.iter().enumerate();
    numbered.map(|(number, one)| section(number, one)).collect()
}

fn section(number: usize, section: &Section) -> String {
    let id = format!("asked-{number}");
    let mut out = format!(
        "<section class=\"card asked\" aria-labelledby=\"{id}\"><div class=\"head-row\"><h2 id=\"{id}\">{}</h2></div>\n",
        line(&section.title).html()
    );
    if !section.lines.is_empty() {
        let items = section.lines.iter();
        let items = items.map(|words| format!("<li>{}</li>\n", line(words).html()));
        let items: String = items.collect();
        let _ = writeln!(out, "<ul class=\"lines\">{items}</ul>");
    }
    // What is wider than the page is scrolled, by the keyboard as well.
    let region =
        format!("<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-labelledby=\"{id}\">");
    if !section.outline.is_empty() {
        let lines = section.outline.iter().map(|words| line(words).html());
        let lines: Vec<String> = lines.collect();
        let _ = writeln!(out, "{region}<pre>{}</pre></div>", lines.join("\n"));
    }
    if let Some(table) = &section.table {
        let _ = writeln!(out, "{region}{}</div>", figures_of(table));
    }
    out.push_str("</section>\n");
    out
}

/// What names say may be as long as a log likes; a line of the page is not.
fn line(words: &Words) -> Words {
    let short = |text: &str| shortened(text, 1.0, LINE_EMS_MAX);
    Words::new(short(&words.korean), short(&words.english))
}

/// Some lines of a wide screen.
const LINE_EMS_MAX: i32 = 400;

fn figures_of(table: &Table) -> String {
    let place = |at: usize| {
        if at < table.word_columns {
            " class=\"word\""
        } else {
            ""
        }
    };
    let mut out = String::from("<table class=\"figures-of\"><thead><tr>");
    for (at, column) in table.columns.iter().enumerate() {
        let _ = write!(out, "<th scope=\"col\"{}>{}</th>", place(at), column.html());
    }
    out.push_str("</tr></thead>\n<tbody>\n");
    for row in &table.rows {
        out.push_str("<tr>");
        for (at, cell) in row.iter().enumerate() {
            let place = match (cell.weight * WEIGHTS).ceil() {
                weight if weight > 0.0 => format!(" class=\"weight-{weight}\""),
                _ => place(at).to_owned(),
            };
            let _ = write!(out, "<td{place}>{}</td>", line(&cell.words).html());
        }
        out.push_str("</tr>\n");
    }
    out.push_str("</tbody></table>");
    out
}

/// So many shades does the page's style have.
const WEIGHTS: f64 = 4.0;

/// What a page of a usual window has for the map.
const WIDE: Size = Size {
    width: 1_220,
    height: 620,
};

/// What it has in a narrow one, as that of a tablet that stands.
const NARROW: Size = Size {
    width: 700,
    height: 760,
};

/// The map as it is shown at first, and where everything is at the other steps of its sliders.
fn map(picture: &Picture<'_>, title: &Words) -> Vec<(&'static str, String)> {
    let mut drawings = Drawings::default();
    let levels: Vec<Value> = (picture.levels.activities.iter())
        .map(|level| drawings.level(picture, level))
        .collect();
    let (nodes, edges) = picture.at_first();
    let layout = lay_out(&picture.graph(&nodes, &edges), WIDE);
    let shown = Shown::new(&nodes, &edges, &layout);
    let say = |words: &Words| match words.korean == words.english {
        true => escaped(&words.korean),
        false => format!(
            "<tspan lang=\"ko\">{}</tspan><tspan lang=\"en\">{}</tspan>",
            escaped(&words.korean),
            escaped(&words.english)
        ),
    };
    let all_nodes = picture
        .levels
        .activities
        .last()
        .map(|level| level.activities.as_slice());
    let mut all_edges: Vec<usize> = drawings.edges.iter().copied().collect();
    all_edges.sort_unstable();
    let first = picture.levels.activities.get(picture.levels.first);
    let data = json!({
        "title": { "ko": title.korean, "en": title.english },
        "levels": levels,
        "drawings": drawings.drawn,
    });
    let last = |count: usize| count.saturating_sub(1).to_string();
    vec![
        (
            "map",
            picture.body(all_nodes.unwrap_or(&[]), &all_edges, &shown, &say),
        ),
        ("map_width", layout.size.width.to_string()),
        ("map_height", layout.size.height.to_string()),
        ("activities_max", last(picture.levels.activities.len())),
        ("activities_first", picture.levels.first.to_string()),
        (
            "paths_max",
            last(first.map_or(0, |level| level.paths.len())),
        ),
        (
            "paths_first",
            first.map_or(0, |level| level.first).to_string(),
        ),
        ("data", json_escaped(&data.to_string())),
    ]
}

/// All drawings, each once.
#[derive(Default)]
struct Drawings {
    drawn: Vec<Value>,
    known: HashMap<(Vec<usize>, Vec<usize>), usize>,
    edges: HashSet<usize>,
}

impl Drawings {
    fn level(&mut self, picture: &Picture<'_>, level: &ActivityLevel) -> Value {
        let paths: Vec<Value> = (level.paths.iter())
            .map(|path| self.path(picture, level, path))
            .collect();
        let events = |at: &usize| picture.map.activities[*at].events;
        let kept: u64 = level.activities.iter().map(events).sum();
        let share = share_in_words(kept as f64 / picture.map.events.max(1) as f64);
        let (shown, all) = (level.activities.len(), picture.map.activities.len());
        json!({
            "kept": {
                "ko": format!("{all}가지 가운데 {shown}가지 · 이벤트의 {share}"),
                "en": format!("{shown} of {all} · {share} of events"),
            },
            "paths": paths,
        })
    }

    fn path(&mut self, picture: &Picture<'_>, level: &ActivityLevel, path: &PathLevel) -> Value {
        let key = (level.activities.clone(), path.edges.clone());
        let number = match self.known.get(&key) {
            Some(number) => *number,
            None => {
                let graph = picture.graph(&level.activities, &path.edges);
                let ordered = Ordered::of(&graph);
                let drawn = |room| drawing(picture, level, path, &ordered.in_room(room));
                self.drawn
                    .push(json!({ "wide": drawn(WIDE), "narrow": drawn(NARROW) }));
                self.edges.extend(&path.edges);
                self.known.insert(key, self.drawn.len() - 1);
                self.drawn.len() - 1
            }
        };
        let (shown, all) = (path.edges.len(), grouped(picture.map.edges.len() as u64));
        let share = share_in_words(path.share);
        json!({
            "kept": {
                "ko": format!("{all}가지 가운데 {shown}가지 · 걸음의 {share}"),
                "en": format!("{shown} of {all} · {share} of steps"),
            },
            "drawing": number,
        })
    }
}

fn drawing(
    picture: &Picture<'_>,
    level: &ActivityLevel,
    path: &PathLevel,
    layout: &Layout,
) -> Value {
    let nodes = level.activities.iter().zip(&layout.blocks);
    let nodes: Map<String, Value> = nodes
        .map(|(at, area)| (at.to_string(), json!([area.x, area.y])))
        .collect();
    let edges = path.edges.iter().zip(&layout.routes);
    let edges: Map<String, Value> = edges
        .map(|(at, route)| {
            let (line, head) = picture.paths(*at, route);
            let edge =
                json!({ "line": line, "head": head, "label": [route.label.x, route.label.y] });
            (at.to_string(), edge)
        })
        .collect();
    json!({
        "size": [layout.size.width, layout.size.height],
        "nodes": nodes,
        "edges": edges,
    })
}
