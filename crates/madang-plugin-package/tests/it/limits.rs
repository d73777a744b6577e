//! Packages that cost too much, and code made to break the compiler.

use madang_plugin_package::{
    Limits, Mode, OpenSettings, PackageErrorKind, fuzz_manifest, fuzz_source, open,
};
use proptest::prelude::*;

use crate::{folder, settings};

#[track_caller]
fn check(files: &[(&str, &str)], limits: Limits, expected: &str) {
    let folder = folder(files);
    let settings = OpenSettings {
        limits,
        ..settings(Mode::Dev)
    };
    let error = open(folder.path(), &settings).expect_err("over a limit");
    assert!(
        matches!(error.kind(), PackageErrorKind::TooLarge { .. }),
        "{error}"
    );
    assert_eq!(error.to_string(), expected);
}

#[test]
fn every_limit_refuses() {
    let two = [
        ("src/index.ts", "import './a';"),
        ("src/a.ts", "export {};"),
    ];
    check(
        &two,
        Limits {
            files_max: 1,
            ..Limits::default()
        },
        "the number of files the plugin is made of is over the limit of 1 files",
    );
    check(
        &two,
        Limits {
            file_bytes_max: 12,
            ..Limits::default()
        },
        "`src/index.ts` is over the limit of 12 bytes",
    );
    check(
        &two,
        Limits {
            total_bytes_max: 20,
            ..Limits::default()
        },
        "the size of all files together is over the limit of 20 bytes",
    );
    let manifest = [
        ("main.js", ""),
        ("plugin.toml", "[origins]\n\"https://a.b\" = \"x\"\n"),
    ];
    check(
        &manifest,
        Limits {
            manifest_bytes_max: 8,
            ..Limits::default()
        },
        "`plugin.toml` is over the limit of 8 bytes",
    );
    check(
        &manifest,
        Limits {
            origins_max: 0,
            ..Limits::default()
        },
        "plugin.toml:2:1: [origins] is over the limit of 0 origins",
    );
}

/// Every form of nesting that the parser or a later pass follows by calling itself, as deep as the limit lets it be and far deeper. The
/// first proves that the stack holds, the second that the scan stops it.
#[test]
fn deep_code_ends_in_a_refusal_not_in_an_overflow() {
    let forms: [(&str, &str, &str); 22] = [
        ("x=", "(", ")"),
        ("x=", "[", "]"),
        ("x=", "{a:", "}"),
        ("x=", "()=>{", "}"),
        ("x=", "!", ""),
        ("x=", "a=>", ""),
        ("x=", "b?", ":1"),
        ("x=", "b?1:", ""),
        ("", "if(a)", ""),
        ("", "if(a){}else ", ""),
        ("x=", "`${", "}`"),
        ("x=", "new ", ""),
        ("x=", "a+", ""),
        ("x=", "a??", ""),
        ("x=", "a**", ""),
        ("x=", "a.b(", ")"),
        ("type A=", "B<", ">"),
        ("type A=", "{a:", "}"),
        ("type A=", "a extends b?1:", ""),
        ("", "namespace a{", "}"),
        ("x=", "class{a=", "}"),
        ("", "while(a)", ""),
    ];
    for (start, open, close) in forms {
        // Just below: brackets weigh ten, anything else at most a few tokens a piece.
        for count in [150, 30_000] {
            let middle = if start.is_empty() { ";" } else { "1" };
            let code = format!(
                "{start}{}{middle}{};",
                open.repeat(count),
                close.repeat(count)
            );
            fuzz_source(&code);
        }
    }
}

#[test]
fn the_deepest_code_that_is_let_through_fits_the_stack() {
    for (start, open, close, count) in [
        ("x=", "(", ")", 1_500),
        ("x=", "[", "]", 1_500),
        ("x=", "()=>{return ", "}", 1_000),
        ("x=", "!", "", 18_000),
        ("x=", "a=>", "", 6_000),
        ("x=", "a+", "", 9_000),
        ("", "if(a){}else ", "", 900),
        ("x=", "b?1:", "", 4_000),
        ("type A=", "B<", ">", 6_000),
    ] {
        let middle = if start.is_empty() { ";" } else { "1" };
        let code = format!(
            "{start}{}{middle}{};",
            open.repeat(count),
            close.repeat(count)
        );
        let folder = folder(&[("src/index.ts", &code)]);
        if let Err(error) = open_dev(&folder) {
            panic!("{open} x {count}: {}", error.report());
        }
    }
}

fn open_dev(
    folder: &tempfile::TempDir,
) -> Result<madang_plugin_package::Package, madang_plugin_package::PackageError> {
    open(folder.path(), &settings(Mode::Dev))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_manifest_is_read_or_refused(text in manifest_like()) {
        fuzz_manifest(&text);
    }

    #[test]
    fn any_source_is_made_or_refused(text in "[ -~가\n]{0,200}") {
        fuzz_source(&text);
    }
}

fn manifest_like() -> impl Strategy<Value = String> {
    let line = prop_oneof![
        "[a-z]{1,8} = \"[ -~]{0,20}\"",
        "\\[(permissions|origins|origins.lan|[a-z]{1,8})\\]",
        "(order|payment|storage|[a-z-]{1,12}) = \\[(\"(read|write|use|[a-z]{1,6})\"(, )?){0,3}\\]",
        "\"(https?|wss|setting|ftp):(//)?[a-z0-9.:/@*-]{0,24}\" = \"[가-힣 a-z]{0,12}\"",
        "[ -~]{0,30}",
    ];
    proptest::collection::vec(line, 0..8).prop_map(|lines| lines.join("\n"))
}
