//! How files are written, as the command line and the mapping say it.

use madang_import::check::Mapping;
use madang_import::read::{Encoding, FormatKind, ReadSettings};
use madang_import::run::WrittenAs;

use crate::arguments::{ImportFormat, ImportFormatKind};
use crate::import::fault::Fault;

/// Settings of the reading; the command line comes before the mapping.
///
/// # Errors
/// [`Fault`] naming the option.
pub fn settings(said: &ImportFormat, mapping: Option<&Mapping>) -> Result<ReadSettings, Fault> {
    let hints = mapping
        .map(|mapping| mapping.format.clone())
        .unwrap_or_default();
    let one = |character: Option<char>| character.map(String::from);
    let separator = said.separator.clone().or(one(hints.separator));
    let quote = said.quote.clone().or(one(hints.quote));
    let separator = separator.map(|text| separator_of(&text)).transpose()?;
    let quote = quote.map(|text| quote_of(&text)).transpose()?;
    if let Some(Some(quote)) = quote
        && (separator == Some(quote) || (separator.is_none() && SEPARATORS.contains(&quote)))
    {
        return Err(Fault::BadFormat {
            option: "quote",
            given: char::from(quote).to_string(),
            wanted: "another character than what stands between cells; where that is none of , ; | and tab, --separator says it",
        });
    }
    Ok(ReadSettings {
        encoding: encoding(said.encoding.as_deref().or(hints.encoding.as_deref()))?,
        kind: said
            .format
            .map(kind_said)
            .or(kind_hinted(hints.kind.as_deref())),
        separator,
        quote,
        skip_lines: said.skip_lines.or(hints.skip_lines).unwrap_or_default(),
        has_header: !said.no_header,
        row_bytes_max: usize::try_from(said.row_bytes_max).unwrap_or(usize::MAX),
        unpacked_bytes_max: said.unpack_bytes_max,
        unpacked_ratio_max: said.unpack_ratio_max,
        members: mapping.map(Mapping::members).unwrap_or_default(),
        ..ReadSettings::default()
    })
}

/// What a run remembers of them: by it rows are divided into cells.
pub fn written(settings: &ReadSettings) -> WrittenAs {
    WrittenAs {
        kind: settings.kind.map(|kind| match kind {
            FormatKind::Csv => "csv".to_owned(),
            FormatKind::JsonLines => "json-lines".to_owned(),
        }),
        encoding: settings.encoding.map(|encoding| encoding.name().to_owned()),
        separator: settings.separator.map(char::from),
        quote: settings.quote.map(|quote| match quote {
            Some(quote) => char::from(quote).to_string(),
            None => "none".to_owned(),
        }),
        skip_lines: settings.skip_lines,
        has_header: settings.has_header,
    }
}

/// What may be found out to stand between cells.
const SEPARATORS: &[u8] = b",;|\t";

fn encoding(name: Option<&str>) -> Result<Option<Encoding>, Fault> {
    let Some(name) = name else { return Ok(None) };
    Encoding::named(name)
        .map(Some)
        .ok_or_else(|| Fault::BadFormat {
            option: "encoding",
            given: name.to_owned(),
            wanted: "utf-8, cp949, utf-16le, utf-16be, or another of the Encoding Standard's names",
        })
}

fn kind_said(kind: ImportFormatKind) -> FormatKind {
    match kind {
        ImportFormatKind::Csv => FormatKind::Csv,
        ImportFormatKind::JsonLines => FormatKind::JsonLines,
    }
}

/// The mapping's reader has refused other words.
fn kind_hinted(kind: Option<&str>) -> Option<FormatKind> {
    match kind {
        Some("csv") => Some(FormatKind::Csv),
        Some("json-lines") => Some(FormatKind::JsonLines),
        _ => None,
    }
}

fn separator_of(text: &str) -> Result<u8, Fault> {
    match text {
        "tab" | "\\t" => Ok(b'\t'),
        text => one_byte(text).ok_or_else(|| Fault::BadFormat {
            option: "separator",
            given: text.to_owned(),
            wanted: "one ASCII character, as , or ; or |, or the word tab",
        }),
    }
}

fn quote_of(text: &str) -> Result<Option<u8>, Fault> {
    match text {
        "none" => Ok(None),
        text => one_byte(text).map(Some).ok_or_else(|| Fault::BadFormat {
            option: "quote",
            given: text.to_owned(),
            wanted: "one ASCII character, as \" or ', or the word none",
        }),
    }
}

fn one_byte(text: &str) -> Option<u8> {
    match text.as_bytes() {
        [byte]
            if byte.is_ascii()
                && !byte.is_ascii_alphanumeric()
                && !matches!(byte, b'\n' | b'\r') =>
        {
            Some(*byte)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::settings;
    use crate::arguments::ImportFormat;

    #[derive(Parser)]
    struct Words {
        #[command(flatten)]
        said: ImportFormat,
    }

    #[test]
    fn a_quote_is_another_character_than_the_separator() {
        let check = |separator: Option<&str>, quote: &str, expected: bool| {
            let mut words = vec!["import", "--quote", quote];
            words.extend(separator.into_iter().flat_map(|said| ["--separator", said]));
            let said = Words::parse_from(words).said;
            let is_taken = settings(&said, None).is_ok();
            assert_eq!(is_taken, expected, "{separator:?} {quote}");
        };
        check(None, "\"", true);
        check(None, ",", false);
        check(Some(";"), ",", true);
        check(Some("|"), "|", false);
        check(Some(","), "none", true);
    }
}
