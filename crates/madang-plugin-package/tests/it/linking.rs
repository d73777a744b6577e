//! Modules as this crate makes them, linked and run by a real engine (Node, which the set-up needs anyway).

use std::{
    io::Write,
    path::Path,
    process::{Command, Stdio},
};

use madang_plugin_package::{Mode, Program, open};

use crate::{folder, settings};

/// Runs the package and compares what it prints.
#[track_caller]
fn check(files: &[(&str, &str)], expected: &str) {
    let folder = folder(files);
    let package = open(folder.path(), &settings(Mode::Dev))
        .unwrap_or_else(|error| panic!("{}", error.report()));
    assert_eq!(run(&package.program).trim_end(), expected);
}

fn run(program: &Program) -> String {
    let Program::Modules { entry, modules } = program else {
        panic!("these are modules: {program:?}");
    };
    let modules: Vec<_> = modules
        .iter()
        .map(|module| {
            serde_json::json!({
                "path": module.path, "source": module.source, "imports": module.imports,
            })
        })
        .collect();
    let input = serde_json::json!({ "entry": entry, "modules": modules }).to_string();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/run-modules.mjs");
    let mut node = Command::new("node")
        .args(["--no-warnings", "--experimental-vm-modules"])
        .arg(script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("node is installed");
    node.stdin
        .take()
        .expect("a pipe")
        .write_all(input.as_bytes())
        .expect("node reads");
    let output = node.wait_with_output().expect("node ends");
    String::from_utf8(output.stdout).expect("text")
}

#[test]
fn the_good_typescript_package_runs() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/packages/good/typescript");
    let package = open(&path, &settings(Mode::Dev)).expect("a good package");
    assert_eq!(
        run(&package.program).trim_end(),
        "calls greet\ntoast 마당 1.2.0 아메리카노 4500원 Large"
    );
}

#[test]
fn the_sdk_is_answered_to_import_and_require() {
    check(
        &[(
            "src/index.js",
            "const { posPluginSdk } = require('@tossplace/pos-plugin-sdk'); posPluginSdk.toast.open('a');",
        )],
        "toast a",
    );
    check(
        &[(
            "src/index.ts",
            "import * as sdk from '@madang/pos-plugin-sdk'; sdk.posPluginSdk.toast.open('b');",
        )],
        "toast b",
    );
}

#[test]
fn commonjs_is_imported_by_its_default_and_its_names() {
    let index = "import all, { a, b, later } from 'lib'; import old from 'esmodule';
        import { extra } from 'star'; console.log(typeof all, a, b, later, old, extra);";
    check(
        &[
            ("src/index.ts", index),
            ("node_modules/lib/package.json", r#"{"name":"lib","main":"./index.js"}"#),
            (
                "node_modules/lib/index.js",
                "#!/usr/bin/env node\nexports.a = 1; Object.defineProperty(exports, 'b', { get() { return 2 } });
                 for (const k of ['later']) exports[k] = 3 // the end",
            ),
            (
                "node_modules/esmodule/index.js",
                "Object.defineProperty(exports, '__esModule', { value: true }); exports.default = 'own';",
            ),
            (
                "node_modules/star/index.js",
                "var __exportStar = (m, e) => Object.assign(e, m); __exportStar(require('./more'), exports);",
            ),
            ("node_modules/star/more.js", "module.exports = { extra: 'yes' };"),
        ],
        "object 1 2 3 own yes",
    );
}

#[test]
fn commonjs_runs_when_it_is_required_and_in_circles() {
    check(
        &[
            (
                "src/index.js",
                "console.log('index'); const a = require('./a.cjs'); console.log(a.done, a.fromB);",
            ),
            (
                "src/a.cjs",
                "exports.done = false; const b = require('./b.cjs'); exports.fromB = b.sawA; exports.done = true;",
            ),
            (
                "src/b.cjs",
                "const a = require('./a.cjs'); exports.sawA = a.done; if (a.never) require('./c.cjs');",
            ),
            ("src/c.cjs", "console.log('must not run');"),
        ],
        "index\ntrue false",
    );
}

#[test]
fn commonjs_requires_modules_and_modules_require_commonjs() {
    check(
        &[
            (
                "src/index.ts",
                "import { make } from 'lib'; const { version } = require('../package.json'); console.log(make(), version);",
            ),
            ("package.json", r#"{"name":"a","version":"1.0.0"}"#),
            (
                "node_modules/lib/index.js",
                "var m = require('./esm.mjs'); exports.make = () => m.default() + m.two + m.__esModule;",
            ),
            (
                "node_modules/lib/esm.mjs",
                "export default () => 'one'; export const two = 'two';",
            ),
        ],
        "onetwotrue 1.0.0",
    );
}

#[test]
fn what_may_never_run_is_not_refused() {
    check(
        &[
            (
                "src/index.ts",
                "import lib from 'lib'; console.log(lib); import('absent').catch((e) => console.log('caught'));",
            ),
            (
                "node_modules/lib/index.js",
                "let how = 'plain'; try { require('fs'); how = 'node' } catch (e) { how = e.message } module.exports = how;",
            ),
        ],
        "Cannot find module 'fs'\ncaught",
    );
}

#[test]
fn packages_are_read_as_bundlers_for_browsers_read_them() {
    check(
        &[
            (
                "src/index.ts",
                "import a from 'a'; import b from 'b'; import c from 'c/deep'; import events from 'events'; console.log(a, b, c, events);",
            ),
            (
                "node_modules/a/package.json",
                r#"{"exports":{".":{"node":"./node.js","browser":"./browser.js","default":"./x.js"}}}"#,
            ),
            ("node_modules/a/browser.js", "export default 'browser';"),
            (
                "node_modules/b/package.json",
                r#"{"main":"index.js","browser":{"./http.js":"./xhr.js","fs":false}}"#,
            ),
            (
                "node_modules/b/index.js",
                "require('fs'); module.exports = require('./http.js');",
            ),
            ("node_modules/b/xhr.js", "module.exports = 'xhr';"),
            (
                "node_modules/c/package.json",
                r#"{"exports":{"./deep":{"import":"./m.mjs","require":"./c.cjs"}}}"#,
            ),
            ("node_modules/c/m.mjs", "export default 'import';"),
            ("node_modules/events/index.js", "module.exports = 'npm';"),
        ],
        "browser xhr import npm",
    );
}

#[test]
fn types_exported_without_the_word_leave_nothing_to_link() {
    check(
        &[
            (
                "src/index.ts",
                "import { Price, won } from './all'; export { Price }; console.log(won);",
            ),
            (
                "src/all.ts",
                "export * from './menu'; export { Label } from './menu';",
            ),
            (
                "src/menu.ts",
                "export interface Price { value: number } type Label = string; export { Label }; export const won = 1;",
            ),
        ],
        "1",
    );
}

#[test]
fn circles_json_and_parameter_properties() {
    check(
        &[
            (
                "src/index.ts",
                "import { even } from './even'; import data, { list } from './data.json'; console.log(even(10), data.list === list, data.__proto__ === Object.prototype, new (class { constructor(private n: number) {} m() { return this.n } })(3).m());",
            ),
            (
                "src/even.ts",
                "import { odd } from './odd'; export const even = (n: number): boolean => n === 0 || odd(n - 1);",
            ),
            (
                "src/odd.ts",
                "import { even } from './even'; export const odd = (n: number): boolean => n !== 0 && even(n - 1);",
            ),
            ("src/data.json", r#"{"list":[1],"not-a-name":2}"#),
        ],
        "true true true 3",
    );
}

#[test]
fn traces_point_into_the_original() {
    let folder = folder(&[(
        "src/index.ts",
        "interface A {\n  b: string;\n}\n\nconst fail = (): void => { throw new Error('x'); };\nfail();\n",
    )]);
    let package = open(folder.path(), &settings(Mode::Dev)).expect("a package");
    let Program::Modules { modules, .. } = package.program else {
        panic!("sources are modules");
    };
    let map = modules[0].source_map.as_deref().expect("a map");
    let map = parse_map(map);
    assert_eq!(map["sources"][0], "src/index.ts");
    assert!(
        map["mappings"]
            .as_str()
            .is_some_and(|text| !text.is_empty())
    );
}

fn parse_map(text: &str) -> serde_json::Value {
    serde_json::from_str(text).expect("a map is JSON")
}
