//! Filters as they are written at a command line: `took:10m..`, `first:접수|주문`.

use jiff::tz::TimeZone;

use super::filter::{AttributeOf, Filter, TimeRule};
use crate::spelled::{Misspelled, lengths_ms, period};

impl Filter {
    /// The filter that a text says. Moments without an offset are those of the clocks of the zone.
    ///
    /// # Errors
    /// When it says none.
    pub fn spelled(text: &str, zone: &TimeZone) -> Result<Self, Misspelled> {
        let (kind, value) = match text.split_once(':') {
            Some((kind, value)) => (kind.trim(), value.trim()),
            None => (text.trim(), ""),
        };
        let wrong = |wanted| {
            let text = text.to_owned();
            Misspelled::Filter { text, wanted }
        };
        match kind {
            "began" => in_time(value, TimeRule::Begins, zone),
            "ended" => in_time(value, TimeRule::Ends, zone),
            "within" => in_time(value, TimeRule::Within, zone),
            "touches" => in_time(value, TimeRule::Touches, zone),
            "took" => {
                let (at_least_ms, at_most_ms) = lengths_ms(value)?;
                Ok(Self::Duration {
                    at_least_ms,
                    at_most_ms,
                })
            }
            "path" => Ok(Self::Variant {
                activities: names(value, '>')
                    .ok_or_else(|| wrong("a path is written as path:접수 > 조리 > 건넴"))?,
            }),
            "first" => Ok(Self::Start {
                activities: names(value, '|')
                    .ok_or_else(|| wrong("what came first is written as first:접수|주문"))?,
            }),
            "last" => Ok(Self::End {
                activities: names(value, '|')
                    .ok_or_else(|| wrong("what came last is written as last:취소|환불"))?,
            }),
            "has" => Ok(Self::Contains {
                activities: names(value, '&')
                    .ok_or_else(|| wrong("what was done is written as has:결제 & 쿠폰"))?,
            }),
            "then" => followed(value, false, || {
                wrong("what came later is written as then:조리 > 건넴, or then:조리 > 건넴, 5m..")
            }),
            "next" => followed(value, true, || {
                wrong("what came directly after is written as next:조리 > 건넴, or next:조리 > 건넴, ..1m")
            }),
            "again" => Ok(Self::Rework {
                activity: Some(value.to_owned()).filter(|name| !name.is_empty()),
            }),
            "who" => Ok(Self::Attribute {
                name: String::new(),
                values: names(value, '|')
                    .ok_or_else(|| wrong("who did it is written as who:민지|서연"))?,
                of: AttributeOf::Resource,
            }),
            "with" => attribute(value).ok_or_else(|| {
                wrong("an attribute is written as with:채널=배달|포장, one of cases as with:case:채널=배달")
            }),
            _ => Err(wrong(
                "there are began, ended, within, touches, took, path, first, last, has, then, next, again, who and with, as in took:10m..",
            )),
        }
    }
}

fn in_time(value: &str, rule: TimeRule, zone: &TimeZone) -> Result<Filter, Misspelled> {
    let (from, to) = period(value, zone)?;
    Ok(Filter::Time { from, to, rule })
}

/// Names between marks; none when there is none, or one of them is empty.
fn names(text: &str, mark: char) -> Option<Vec<String>> {
    let names: Vec<String> = (text.split(mark))
        .map(|name| name.trim().to_owned())
        .collect();
    (names.iter().all(|name| !name.is_empty())).then_some(names)
}

fn followed(
    value: &str,
    directly: bool,
    wrong: impl Fn() -> Misspelled,
) -> Result<Filter, Misspelled> {
    let (first, rest) = value.split_once('>').ok_or_else(&wrong)?;
    // A name may have commas: only what is a length behind the last one is one.
    let (then, within) = match rest.rsplit_once(',') {
        Some((then, lengths)) if lengths.contains("..") => (then, lengths_ms(lengths)?),
        _ => (rest, (None, None)),
    };
    let (first, then) = (first.trim().to_owned(), then.trim().to_owned());
    if first.is_empty() || then.is_empty() {
        return Err(wrong());
    }
    let (at_least_ms, at_most_ms) = within;
    Ok(Filter::FollowedBy {
        first,
        then,
        directly,
        at_least_ms,
        at_most_ms,
    })
}

fn attribute(value: &str) -> Option<Filter> {
    let (name, values) = value.split_once('=')?;
    let (name, of) = match name.trim().strip_prefix("case:") {
        Some(name) => (name.trim(), AttributeOf::Case),
        None => (name.trim(), AttributeOf::Event),
    };
    (!name.is_empty()).then_some(())?;
    Some(Filter::Attribute {
        name: name.to_owned(),
        values: names(values, '|')?,
        of,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::Language;

    fn check(text: &str, expected: &str) {
        let zone = TimeZone::UTC;
        let found = match Filter::spelled(text, &zone) {
            Ok(filter) => filter.sentence(Language::English, &zone),
            Err(error) => format!("! {error}"),
        };
        assert!(found.starts_with(expected), "{text}: {found}");
    }

    #[test]
    fn every_filter_can_be_written() {
        check(
            "began:2026-11-01..2026-11-08",
            "only those that began from 2026-11-01 00:00 to before 2026-11-08 00:00",
        );
        check(
            "ended:2026-11-01..",
            "only those that ended from 2026-11-01",
        );
        check(
            "within:..2026-11-01",
            "only those that began and ended before",
        );
        check(
            "touches:2026-11",
            "only those that were under way from 2026-11-01",
        );
        check("took:10m..2h", "from first to last, 10 min to 2 h");
        check("path:a > b > c", "only those that went “a → b → c”");
        check("first:a|b", "only those that began with “a” or “b”");
        check("last: a", "only those that ended with “a”");
        check("has:a & b", "only those with “a” and “b”");
        check("then:a > b", "only those where “a” is followed by “b”");
        check(
            "then:a, b > c, d, 5m..",
            "only those where “a, b” is followed by “c, d”, 5 min or more",
        );
        check(
            "next:a > b, ..30s",
            "only those where “a” is directly followed by “b”, 30 s or less",
        );
        check("again", "only those with anything done again");
        check("again:a", "only those with “a” done again");
        check(
            "who:민지|서연",
            "only those that “민지” or “서연” worked on",
        );
        check(
            "with:채널=배달|포장",
            "only those with 채널 “배달” or “포장”",
        );
        check("with:case:채널=배달", "only those with 채널 “배달”");
    }

    #[test]
    fn what_is_no_filter_says_how_one_is_written() {
        check("slow", "! “slow” is no filter: there are began, ended");
        check("took:soon", "! “soon” is no length of time");
        check("began:yesterday", "! “yesterday” is no period");
        check(
            "first:",
            "! “first:” is no filter: what came first is written",
        );
        check("then:a", "! “then:a” is no filter: what came later");
        check("with:채널", "! “with:채널” is no filter: an attribute");
        check("path:a > > b", "! “path:a > > b” is no filter: a path");
    }
}
