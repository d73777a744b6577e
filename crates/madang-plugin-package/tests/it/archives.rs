//! Archives, honest and hostile.

use std::{
    fs,
    io::{Cursor, Write},
    path::Path,
};

use madang_plugin_package::{Form, Mode, Package, PackageError, Program, fuzz_zip, open};
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

use crate::settings;

const MAIN: &str = "console.log(1);";

fn archive(entries: &[(&str, &str)]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in entries {
        let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
        writer.start_file(*name, options).expect("an entry");
        writer.write_all(text.as_bytes()).expect("its text");
    }
    writer.finish().expect("an archive").into_inner()
}

fn open_bytes(bytes: &[u8]) -> Result<Package, PackageError> {
    fuzz_zip(bytes);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("plugin.zip");
    fs::write(&path, bytes).expect("an archive");
    let opened = open(&path, &settings(Mode::Dev));
    let left: Vec<_> = fs::read_dir(folder.path()).expect("the folder").collect();
    assert_eq!(left.len(), 1, "nothing is written to disk");
    opened
}

#[track_caller]
fn check(bytes: &[u8], expected: &str) {
    let shown = match open_bytes(bytes) {
        Ok(package) => match package.program {
            Program::Script(script) => format!("script {}", script.path),
            Program::Modules { entry, modules } => format!("{entry} of {}", modules.len()),
            Program::Frame { title, .. } => format!("page {title}"),
        },
        Err(error) => error.to_string(),
    };
    assert_eq!(shown, expected);
}

#[test]
fn files_may_lie_at_the_root_in_dist_or_in_one_wrapping_folder() {
    check(&archive(&[("main.js", MAIN)]), "script main.js");
    check(&archive(&[("dist/main.js", MAIN)]), "script dist/main.js");
    check(&archive(&[("my-plugin/main.js", MAIN)]), "script main.js");
    let wrapped = [
        ("플러그인/dist/main.js", MAIN),
        ("플러그인/plugin.toml", "name = \"a\""),
        ("__MACOSX/플러그인/._main.js", "x"),
        (".DS_Store", "x"),
    ];
    check(&archive(&wrapped), "script dist/main.js");
    let page = [
        (
            "dist/iframe-manifest.json",
            r#"{"tab":{"title":"Queue","href":"index.html"}}"#,
        ),
        ("dist/index.html", "<p>"),
    ];
    check(&archive(&page), "page Queue");
    let sources = [
        ("src/index.ts", "import './a';"),
        ("src/a.ts", "export const a: number = 1;"),
    ];
    check(&archive(&sources), "src/index.ts of 2");
    let both = [("dist/main.js", MAIN), ("src/index.ts", "let a: number;")];
    check(&archive(&both), "script dist/main.js");
}

#[test]
fn what_an_archive_brings_is_named_in_errors_as_in_the_archive() {
    let bytes = archive(&[("wrap/src/index.ts", "let a: = 1;")]);
    let error = open_bytes(&bytes).expect_err("a syntax error");
    assert_eq!(error.to_string(), "src/index.ts:1:8: Unexpected token");
    assert_eq!(error.watched().len(), 1);
    let package = open_bytes(&archive(&[("main.js", MAIN)])).expect("a package");
    assert_eq!(package.form, Form::Zip);
    assert_eq!(package.manifest.name, "plugin");
}

#[test]
fn names_that_could_reach_outside_are_refused() {
    for (name, problem) in [
        ("../main.js", "leads out of the package with `..`"),
        ("a/../../main.js", "leads out of the package with `..`"),
        ("/etc/main.js", "is an absolute path"),
        ("C:/main.js", "has a drive letter or colon in its name"),
        ("a\\main.js", "has a backslash in its name"),
        ("..\\main.js", "has a backslash in its name"),
        ("a//main.js", "has an empty part or `.` in its path"),
        ("./main.js", "has an empty part or `.` in its path"),
        ("a\nb.js", "has a control character in its name"),
    ] {
        let bytes = renamed(name);
        let shown = name.replace('\n', "\u{fffd}");
        check(&bytes, &format!("the archive entry `{shown}` {problem}"));
    }
    let deep = format!("{}main.js", "a/".repeat(40));
    check(
        &renamed(&deep),
        &format!("the archive entry `{deep}` lies in more folders than the limit"),
    );
}

/// The writer tidies names, so a tidy one of the same length is written over in the bytes.
fn renamed(name: &str) -> Vec<u8> {
    let plain = "x".repeat(name.len());
    let mut bytes = archive(&[(&plain, MAIN)]);
    let at: Vec<usize> = (0..bytes.len() - plain.len())
        .filter(|at| bytes[*at..].starts_with(plain.as_bytes()))
        .collect();
    for at in at {
        bytes[at..at + name.len()].copy_from_slice(name.as_bytes());
    }
    bytes
}

#[test]
fn links_duplicates_and_secrets_are_refused() {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    writer
        .add_symlink("main.js", "/etc/passwd", SimpleFileOptions::default())
        .expect("a link");
    let link = writer.finish().expect("an archive").into_inner();
    check(&link, "the archive entry `main.js` is a link");

    let mut twice = archive(&[("main.js", MAIN), ("nain.js", "console.log(2)")]);
    overwrite(&mut twice, b"nain.js", b"main.js");
    check(
        &twice,
        "the archive entry `(several)` has the same name as another entry",
    );

    let both = archive(&[("main.js", MAIN), ("main.js/a", "x")]);
    check(
        &both,
        "the archive entry `main.js/a` lies below another entry that is a file",
    );

    let mut secret = archive(&[("main.js", MAIN)]);
    // The flag of encryption, in the local and in the central header.
    let central = find(&secret, b"PK\x01\x02");
    secret[6] |= 1;
    secret[central + 8] |= 1;
    check(&secret, "the archive entry `main.js` is encrypted");
}

#[test]
fn bombs_stop_at_the_limit_whatever_the_header_says() {
    let one = "0".repeat(17 << 20);
    let mut bomb = archive(&[("main.js", &one)]);
    let expected = "the archive entry `main.js` is over the limit of 16777216 bytes when unpacked";
    check(&bomb, expected);
    // The header lies: it says one byte.
    let central = find(&bomb, b"PK\x01\x02");
    bomb[central + 24..central + 28].copy_from_slice(&1u32.to_le_bytes());
    let lied = open_bytes(&bomb).expect_err("a bomb").to_string();
    assert!(
        lied == expected || lied.starts_with("the zip archive is damaged"),
        "{lied}"
    );

    let part = "0".repeat(15 << 20);
    let names = ["a", "b", "c", "d", "e", "f"];
    let many: Vec<_> = names.iter().map(|name| (*name, part.as_str())).collect();
    check(
        &archive(&many),
        "the archive is over the limit of 67108864 bytes when unpacked",
    );

    let names: Vec<String> = (0..2_001).map(|number| number.to_string()).collect();
    let crowd: Vec<_> = names.iter().map(|name| (name.as_str(), "")).collect();
    check(
        &archive(&crowd),
        "the number of archive entries is over the limit of 2000 entries",
    );
}

#[test]
fn damaged_archives_are_refused() {
    let whole = archive(&[("main.js", &"console.log(1);".repeat(50)), ("a.txt", "x")]);
    for length in (0..whole.len()).step_by(5) {
        assert!(open_bytes(&whole[..length]).is_err(), "cut at {length}");
    }
    // Any one byte changed: refused or read, but neither a panic nor an endless loop.
    for at in 0..whole.len() {
        let mut changed = whole.clone();
        changed[at] ^= 0xff;
        fuzz_zip(&changed);
    }
}

#[test]
fn nothing_is_a_zip_by_its_name_alone() {
    let error = open_bytes(b"<html>").expect_err("no archive");
    assert!(error.to_string().starts_with("the zip archive is damaged"));
    let missing = open(Path::new("/nowhere/x.zip"), &settings(Mode::Dev)).expect_err("no file");
    assert_eq!(
        missing.to_string(),
        "there is no file or folder at `/nowhere/x.zip`"
    );
}

fn find(bytes: &[u8], part: &[u8]) -> usize {
    bytes
        .windows(part.len())
        .position(|window| window == part)
        .expect("the part is there")
}

fn overwrite(bytes: &mut [u8], from: &[u8], to: &[u8]) {
    while let Some(at) = bytes.windows(from.len()).position(|window| window == from) {
        bytes[at..at + to.len()].copy_from_slice(to);
    }
}
