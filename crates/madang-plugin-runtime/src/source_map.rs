use std::{cell::RefCell, collections::BTreeMap};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use oxc_sourcemap::SourceMap;

use crate::program::{Entry, Program};

/// A place in a file; line and column start at 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Position {
    /// The file.
    pub file: String,
    /// The line, from 1.
    pub line: u32,
    /// The column, from 1.
    pub column: u32,
}

/// A text divided into its code and the source map at its end.
pub(crate) struct SplitSource<'a> {
    pub(crate) code: &'a str,
    pub(crate) map_base64: Option<&'a str>,
}

const MARK: &str = "//# sourceMappingURL=";
const DATA: &str = "data:application/json";

/// A map larger than this is left aside: decoding takes several times its size, and only for a stack trace.
const MAP_BYTES_MAX: usize = 32 << 20;

/// Divides off an inline source map in the last lines of `source`.
///
/// The map is not handed to the engine: it would be kept in the plugin's memory for nothing.
pub(crate) fn split_inline(source: &str) -> SplitSource<'_> {
    let whole = SplitSource {
        code: source,
        map_base64: None,
    };
    let Some(start) = source.rfind(MARK) else {
        return whole;
    };
    let (code, comment) = source.split_at(start);
    let url = comment[MARK.len()..].trim_end();
    if url.contains(['\n', '"', '\'', '`']) || !url.starts_with(DATA) {
        return whole;
    }
    let at_line_start = code.is_empty() || code.ends_with('\n') || code.trim_end().ends_with(';');
    match url.split_once(";base64,") {
        Some((_, map)) if at_line_start => SplitSource {
            code,
            map_base64: Some(map),
        },
        _ => whole,
    }
}

/// The source maps of a program, decoded when the first stack trace needs them.
pub struct SourceMaps {
    texts: BTreeMap<String, MapText>,
    decoded: RefCell<BTreeMap<String, Option<SourceMap<'static>>>>,
}

enum MapText {
    Json(String),
    Base64(String),
}

impl SourceMaps {
    /// Collects the maps of `program`, from beside the modules and from the ends of the files.
    pub fn of(program: &Program) -> Self {
        let mut texts = BTreeMap::new();
        if let Entry::Script { file, source } = &program.entry {
            note_inline(&mut texts, file, source);
        }
        for (path, module) in &program.modules {
            match &module.source_map {
                Some(json) => {
                    texts.insert(path.clone(), MapText::Json(json.clone()));
                }
                None => note_inline(&mut texts, path, &module.source),
            }
        }
        Self {
            texts,
            decoded: RefCell::default(),
        }
    }

    /// Where `position` of a file that runs came from, or `None` when no map knows.
    pub fn original(&self, position: &Position) -> Option<Position> {
        let text = self.texts.get(&position.file)?;
        let mut decoded = self.decoded.borrow_mut();
        let map = decoded
            .entry(position.file.clone())
            .or_insert_with(|| decode(text));
        look_up(map.as_ref()?, position)
    }

    /// Maps every `file:line:column` at the end of a line of a stack trace.
    pub fn map_stack(&self, stack: &str) -> String {
        let lines: Vec<String> = stack
            .lines()
            .filter(|line| !is_our_own_frame(line))
            .map(|line| self.map_line(line).unwrap_or_else(|| line.to_owned()))
            .collect();
        lines.join("\n")
    }

    fn map_line(&self, line: &str) -> Option<String> {
        let frame = line.trim_start();
        if !frame.starts_with("at ") {
            return None;
        }
        let (before, place, after) = match line.strip_suffix(')') {
            Some(open) => {
                let start = open.rfind('(')? + 1;
                (&line[..start], &open[start..], ")")
            }
            None => {
                let start = line.len() - frame.len() + "at ".len();
                (&line[..start], &line[start..], "")
            }
        };
        let original = self.original(&parse_place(place)?)?;
        let Position { file, line, column } = original;
        Some(format!("{before}{file}:{line}:{column}{after}"))
    }
}

/// Frames of the globals written in JavaScript say nothing to a plugin's author.
fn is_our_own_frame(line: &str) -> bool {
    line.trim_start().starts_with("at ") && line.contains("(madang:")
        || line.trim_start().starts_with("at madang:")
        || line.trim_start().starts_with("at ") && line.trim_end().ends_with("(native)")
}

fn note_inline(texts: &mut BTreeMap<String, MapText>, file: &str, source: &str) {
    if let Some(map) = split_inline(source).map_base64 {
        texts.insert(file.to_owned(), MapText::Base64(map.to_owned()));
    }
}

fn parse_place(place: &str) -> Option<Position> {
    let mut parts = place.rsplitn(3, ':');
    let column = parts.next()?.parse().ok()?;
    let line = parts.next()?.parse().ok()?;
    let file = parts.next()?.to_owned();
    Some(Position { file, line, column })
}

/// A map that cannot be read is as good as none: the trace then shows the bundle's own lines.
fn decode(text: &MapText) -> Option<SourceMap<'static>> {
    let json = match text {
        MapText::Json(json) => json.clone(),
        MapText::Base64(text) if text.len() <= MAP_BYTES_MAX => {
            String::from_utf8(STANDARD.decode(text).ok()?).ok()?
        }
        MapText::Base64(_) => return None,
    };
    if json.len() > MAP_BYTES_MAX {
        return None;
    }
    SourceMap::from_json_string(&json)
        .ok()
        .map(SourceMap::into_owned)
}

fn look_up(map: &SourceMap<'_>, position: &Position) -> Option<Position> {
    let table = map.generate_lookup_table();
    let line = position.line.checked_sub(1)?;
    let column = position.column.checked_sub(1)?;
    let token = map.lookup_source_view_token(&table, line, column)?;
    let source = token.get_source()?;
    Some(Position {
        file: plain_source_name(map.get_source_root(), source),
        line: token.get_src_line().saturating_add(1),
        column: token.get_src_col().saturating_add(1),
    })
}

fn plain_source_name(root: Option<&str>, source: &str) -> String {
    let name = source
        .strip_prefix("webpack://")
        .map_or(source, |rest| rest.split_once('/').map_or(rest, |it| it.1));
    let name = name.strip_prefix("./").unwrap_or(name);
    match root.map(|root| root.trim_end_matches('/')) {
        Some(root) if !root.is_empty() => format!("{root}/{name}"),
        _ => name.to_owned(),
    }
}
