use std::collections::BTreeMap;

use madang_plugin_runtime::{
    Entry, Limits, ModuleSource, Output, Position, Program, SourceMaps, Worker,
};

use crate::desk::{environment, lines};

/// Line 1 of the bundle is line 11 of `src/shop.ts`, line 2 is line 12; each from column 1 and from column 9 on.
const MAP: &str = r#"{"version":3,"sources":["webpack://hello/./src/shop.ts"],"names":[],"mappings":"AAUA,QAAQ;AACR,QAAQ"}"#;

fn inline(code: &str, map: &str) -> String {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    let map = STANDARD.encode(map);
    format!("{code}\n//# sourceMappingURL=data:application/json;charset=utf-8;base64,{map}\n")
}

fn outputs(program: &Program) -> Vec<Output> {
    match Worker::start(program, Limits::default(), environment()) {
        Ok((_, stepped)) => stepped.outputs,
        Err(stopped) => panic!("{stopped}"),
    }
}

fn module(source: &str, imports: &[(&str, &str)]) -> ModuleSource {
    ModuleSource {
        source: source.to_owned(),
        source_map: None,
        imports: imports
            .iter()
            .map(|(specifier, path)| ((*specifier).to_owned(), (*path).to_owned()))
            .collect(),
    }
}

fn modules(entry: &str, list: Vec<(&str, ModuleSource)>) -> Program {
    Program {
        name: "test".into(),
        entry: Entry::Module { path: entry.into() },
        modules: list
            .into_iter()
            .map(|(path, module)| (path.to_owned(), module))
            .collect::<BTreeMap<_, _>>(),
    }
}

#[test]
fn stack_traces_name_the_author_s_lines() {
    let code = "function sell() {\n        throw new Error('sold out') }\nsell()";
    let program = Program::script("test", "main.js", inline(code, MAP));
    let said = outputs(&program);
    let [Output::Uncaught { message, stack, .. }] = said.as_slice() else {
        panic!("{said:?}");
    };
    assert_eq!(message, "Uncaught Error: sold out");
    let frames: Vec<&str> = stack.lines().map(str::trim).collect();
    assert_eq!(frames[0], "at sell (src/shop.ts:12:9)", "{stack}");
    let console = Program::script(
        "test",
        "main.js",
        inline(
            "function sell() {\n        console.log(new Error('seen')) }\nsell()",
            MAP,
        ),
    );
    let said = lines(&outputs(&console)).join("");
    assert!(said.contains("at sell (src/shop.ts:12:9)"), "{said}");
}

#[test]
fn a_map_beside_a_module_counts_too() {
    let mut entry = module("\n        throw new Error('x')", &[]);
    entry.source_map = Some(MAP.into());
    let said = outputs(&modules("a.js", vec![("a.js", entry)]));
    let [Output::Uncaught { stack, .. }] = said.as_slice() else {
        panic!("{said:?}");
    };
    assert!(stack.contains("src/shop.ts:12:9"), "{stack}");
}

#[test]
fn modules_import_each_other_and_nothing_else() {
    let program = modules(
        "src/main.js",
        vec![
            (
                "src/main.js",
                module(
                    "import { won } from './won'; import all, { later } from 'lib'; await null; postMessage([won(5), all, await later()]); export {}",
                    &[
                        ("./won", "src/won.js"),
                        ("lib", "node_modules/lib/index.js"),
                    ],
                ),
            ),
            (
                "src/won.js",
                module("export const won = (n) => n + '원'", &[]),
            ),
            (
                "node_modules/lib/index.js",
                module(
                    "export default 'lib'; export const later = async () => (await import('./late')).default",
                    &[("./late", "node_modules/lib/late.js")],
                ),
            ),
            (
                "node_modules/lib/late.js",
                module("export default 'late'", &[]),
            ),
        ],
    );
    assert_eq!(lines(&outputs(&program)), [r#"["5원","lib","late"]"#]);
}

#[test]
fn a_module_that_is_not_there_is_named() {
    let missing = modules("a.js", vec![("a.js", module("import 'fs'", &[]))]);
    let stopped = Worker::start(&missing, Limits::default(), environment())
        .err()
        .unwrap();
    assert!(
        stopped.stopped.message.starts_with("The plugin could not be loaded: TypeError: madang: cannot import 'fs' from a.js: it is not part of the plugin's package"),
        "{stopped}"
    );
    let late = modules(
        "a.js",
        vec![(
            "a.js",
            module("import('fs').catch((e) => postMessage(e.message))", &[]),
        )],
    );
    assert_eq!(
        lines(&outputs(&late)),
        [r#""madang: cannot import 'fs' from a.js: it is not part of the plugin's package""#]
    );
    let thrown = modules(
        "a.js",
        vec![("a.js", module("await null; throw new Error('late')", &[]))],
    );
    assert_eq!(lines(&outputs(&thrown)), ["Uncaught Error: late"]);
}

#[test]
fn hostile_maps_are_left_aside() {
    let at = Position {
        file: "main.js".into(),
        line: 1,
        column: 1,
    };
    let rows = [
        "",
        "{}",
        "[]",
        "null",
        r#"{"version":3,"sources":[],"names":[],"mappings":"AAAA"}"#,
        r#"{"version":3,"sources":["a"],"names":[],"mappings":"DAAA"}"#,
        r#"{"version":3,"sources":["a"],"names":[],"mappings":"A////////////////////////A"}"#,
        r#"{"version":3,"sources":["a"],"names":[],"mappings":"gggggggggggggg"}"#,
        r#"{"version":3,"sources":["a"],"names":[],"mappings":";;;;;;;;;;;;;;;"}"#,
    ];
    for map in rows {
        let program = Program::script("test", "main.js", inline("1", map));
        assert_eq!(SourceMaps::of(&program).original(&at), None, "{map}");
    }
}

proptest::proptest! {
    #[test]
    fn any_mappings_are_read_without_panic(mappings in "[A-Za-z0-9+/;,]{0,200}", line in 0u32..9, column in 0u32..99) {
        let map = format!(r#"{{"version":3,"sources":["a","b"],"names":["n"],"mappings":"{mappings}"}}"#);
        let program = Program::script("test", "main.js", inline("1", &map));
        let _ = SourceMaps::of(&program).original(&Position { file: "main.js".into(), line, column });
    }

    #[test]
    fn any_trace_is_mapped_without_panic(trace in "( *at [a-z(]{0,5}(main.js)?[:0-9)]{0,14}\n?){0,6}") {
        let program = Program::script("test", "main.js", inline("1", MAP));
        let _ = SourceMaps::of(&program).map_stack(&trace);
    }
}
