//! What a filter says.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::filter::{AttributeOf, Filter, TimeRule};
use crate::language::Language;
use crate::performance::duration_in_words;

impl Filter {
    /// What it says, for a person: moments as the clocks of a place show them.
    pub fn sentence(&self, language: Language, zone: &TimeZone) -> String {
        match self {
            Self::Time { from, to, rule } => {
                let clock = |moment: Timestamp| clock(moment, zone);
                time(from.map(clock), to.map(clock), *rule, language)
            }
            Self::Variant { activities } => {
                let path = activities.join(" → ");
                language.of(
                    format!("“{path}”로 간 것만"),
                    format!("only those that went “{path}”"),
                )
            }
            Self::Attribute { name, values, of } => {
                let values = either(values, language);
                match of {
                    AttributeOf::Resource => language.of(
                        format!("{values} 이(가) 한 것만"),
                        format!("only those that {values} worked on"),
                    ),
                    _ => language.of(
                        format!("{name}: {values} 인 것만"),
                        format!("only those with {name} {values}"),
                    ),
                }
            }
            Self::Start { activities } => {
                let either = either(activities, language);
                language.of(
                    format!("{either}부터 시작한 것만"),
                    format!("only those that began with {either}"),
                )
            }
            Self::End { activities } => {
                let either = either(activities, language);
                language.of(
                    format!("{either}에서 끝난 것만"),
                    format!("only those that ended with {either}"),
                )
            }
            Self::Contains { activities } => {
                let all = quoted(activities).join(language.of(", ", " and "));
                language.of(
                    match activities.len() {
                        1 => format!("{all}이(가) 있는 것만"),
                        _ => format!("{all}이(가) 모두 있는 것만"),
                    },
                    format!("only those with {all}"),
                )
            }
            Self::FollowedBy {
                first,
                then,
                directly,
                at_least_ms,
                at_most_ms,
            } => {
                let way = match directly {
                    true => language.of("바로 ", "directly "),
                    false => "",
                };
                let within = within(*at_least_ms, *at_most_ms, language);
                language.of(
                    format!("“{first}” 다음 {way}“{then}”까지 간 것만{within}"),
                    format!("only those where “{first}” is {way}followed by “{then}”{within}"),
                )
            }
            Self::Duration {
                at_least_ms,
                at_most_ms,
            } => {
                let within = within(*at_least_ms, *at_most_ms, language);
                language.of(
                    format!("처음부터 끝까지 걸린 시간{within}"),
                    format!("from first to last{within}"),
                )
            }
            Self::Rework { activity: None } => language
                .of(
                    "무엇이든 다시 한 것만",
                    "only those with anything done again",
                )
                .to_owned(),
            Self::Rework {
                activity: Some(name),
            } => language.of(
                format!("“{name}”을(를) 다시 한 것만"),
                format!("only those with “{name}” done again"),
            ),
            Self::Not { filter } => {
                let sentence = filter.sentence(language, zone);
                language.of(format!("빼기: {sentence}"), format!("without: {sentence}"))
            }
        }
    }
}

/// What a clock of the place shows; seconds only where there are some.
fn clock(moment: Timestamp, zone: &TimeZone) -> String {
    let local = zone.to_datetime(moment);
    let form = match local.second() {
        0 => "%Y-%m-%d %H:%M",
        _ => "%Y-%m-%d %H:%M:%S",
    };
    local.strftime(form).to_string()
}

fn time(from: Option<String>, to: Option<String>, rule: TimeRule, language: Language) -> String {
    let stretch = match (from, to) {
        (Some(from), Some(to)) => language.of(
            format!("{from}부터 {to} 전까지"),
            format!("from {from} to before {to}"),
        ),
        (Some(from), None) => language.of(format!("{from}부터"), format!("from {from} on")),
        (None, Some(to)) => language.of(format!("{to} 전까지"), format!("before {to}")),
        (None, None) => language.of("언제든".to_owned(), "at any time".to_owned()),
    };
    let rule = match rule {
        TimeRule::Begins => language.of("시작한", "began"),
        TimeRule::Ends => language.of("끝난", "ended"),
        TimeRule::Within => language.of("시작하고 끝난", "began and ended"),
        TimeRule::Touches => language.of("조금이라도 걸친", "were under way"),
    };
    language.of(
        format!("{stretch} {rule} 것만"),
        format!("only those that {rule} {stretch}"),
    )
}

fn within(at_least_ms: Option<u64>, at_most_ms: Option<u64>, language: Language) -> String {
    let words = |length_ms| duration_in_words(length_ms, language);
    match (at_least_ms, at_most_ms) {
        (Some(least), Some(most)) => language.of(
            format!(", {} 이상 {} 이하", words(least), words(most)),
            format!(", {} to {}", words(least), words(most)),
        ),
        (Some(least), None) => language.of(
            format!(", {} 이상", words(least)),
            format!(", {} or more", words(least)),
        ),
        (None, Some(most)) => language.of(
            format!(", {} 이하", words(most)),
            format!(", {} or less", words(most)),
        ),
        (None, None) => String::new(),
    }
}

fn quoted(names: &[String]) -> Vec<String> {
    names.iter().map(|name| format!("“{name}”")).collect()
}

fn either(names: &[String], language: Language) -> String {
    quoted(names).join(language.of(" 또는 ", " or "))
}
