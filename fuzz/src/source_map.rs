//! Any text as the source map at the end of a bundle, asked for the lines of a stack trace.
#![no_main]

use std::collections::BTreeMap;

use madang_plugin_runtime::{Entry, ModuleSource, Position, Program, SourceMaps};

const FILE: &str = "main.js";

libfuzzer_sys::fuzz_target!(|text: &str| {
    let maps = SourceMaps::of(&program(text));
    for (line, column) in [(1, 1), (1, u32::MAX), (2, 7), (u32::MAX, 1)] {
        let file = FILE.to_owned();
        let _ = maps.original(&Position { file, line, column });
    }
    let _ = maps.map_stack(text);
    let _ = maps.map_stack("    at run (main.js:1:1)\n    at main.js:2:9");
});

/// The text is a map as JSON beside a module; with the mark of an inline map before it, it is the end of a script.
fn program(text: &str) -> Program {
    if text.contains("//#") {
        return Program::script("fuzz", FILE, text);
    }
    let module = ModuleSource {
        source: String::new(),
        source_map: Some(text.to_owned()),
        imports: BTreeMap::new(),
    };
    Program {
        name: "fuzz".to_owned(),
        entry: Entry::Module {
            path: FILE.to_owned(),
        },
        modules: BTreeMap::from([(FILE.to_owned(), module)]),
    }
}
