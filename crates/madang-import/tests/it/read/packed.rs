//! Packed files, good and bad.

use std::io::{Cursor, Write};
use std::process::{Command, Stdio};
use std::sync::Arc;

use flate2::Compression;
use flate2::write::GzEncoder;
use madang_import::read::{Bytes, Input, ReadSettings, StreamInput};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::{bytes, read};

const MENU: &str = "name,price\n커피,1\n";
const MENU_READ: &str = "name|price\n1 @2 11..20 \"커피\"|\"1\"\n";

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

fn zstd(text: &[u8]) -> Vec<u8> {
    ruzstd::encoding::compress_to_vec(text, ruzstd::encoding::CompressionLevel::Fastest)
}

fn zip(files: &[(&str, &[u8])], method: CompressionMethod) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in files {
        writer
            .start_file(
                *name,
                SimpleFileOptions::default().compression_method(method),
            )
            .unwrap();
        writer.write_all(content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn check(file: impl Into<Vec<u8>>, expected: &str) {
    check_within(file, &ReadSettings::default(), expected);
}

fn check_within(file: impl Into<Vec<u8>>, settings: &ReadSettings, expected: &str) {
    assert_eq!(read(vec![bytes("menu", file)], settings), expected);
}

fn entry(file: Vec<u8>, entry: &'static str) -> String {
    let input: Arc<dyn Input> = Arc::new(Bytes::named("menu.zip", file).entry(entry));
    read(vec![input], &ReadSettings::default())
}

#[test]
fn packed_files_are_known_by_their_first_bytes() {
    check(gzip(MENU.as_bytes()), MENU_READ);
    check(zstd(MENU.as_bytes()), MENU_READ);
    for method in [CompressionMethod::Stored, CompressionMethod::Deflated] {
        check(zip(&[("menu.csv", MENU.as_bytes())], method), MENU_READ);
        let several = zip(
            &[("a.csv", b"x\n"), ("data/menu.csv", MENU.as_bytes())],
            method,
        );
        assert_eq!(entry(several, "data/menu.csv"), MENU_READ);
    }
    let (cp949, ..) = encoding_rs::EUC_KR.encode(MENU);
    check(gzip(&cp949), MENU_READ);
}

#[test]
fn of_two_files_with_one_name_none_is_passed_over_in_silence() {
    let said = "error: menu.zip: two files in the archive have one name, and which of them is meant nobody can say: unpack it yourself, or pack it anew\n";
    let named = |second: &[u8], as_well: &[u8]| {
        let first = "x\n1\n".as_bytes();
        let name = std::str::from_utf8(second).unwrap();
        let file = zip(
            &[("a.csv", first), (name, MENU.as_bytes())],
            CompressionMethod::Stored,
        );
        // No writer of today makes such a file.
        let mut renamed = file.clone();
        for at in (0..file.len()).filter(|at| file[*at..].starts_with(second)) {
            renamed[at..at + as_well.len()].copy_from_slice(as_well);
        }
        renamed
    };
    let twice = named(b"b.csv", b"a.csv");
    assert_eq!(entry(twice.clone(), "a.csv"), said);
    let input: Arc<dyn Input> = Arc::new(Bytes::named("menu.zip", twice));
    assert_eq!(read(vec![input], &ReadSettings::default()), said);
    assert_eq!(entry(named(b"b.csv", b"c.csv"), "c.csv"), MENU_READ);
}

#[test]
fn several_members_and_frames_are_one_file() {
    let (first, second) = MENU.as_bytes().split_at(14);
    check([gzip(first), gzip(second)].concat(), MENU_READ);
    check(
        [gzip(first), gzip(b""), gzip(second), vec![0; 1000]].concat(),
        MENU_READ,
    );
    let skipped = [
        b"\x50\x2a\x4d\x18\x03\0\0\0abc".to_vec(),
        zstd(first),
        b"\x5f\x2a\x4d\x18\x01\0\0\0x".to_vec(),
        zstd(second),
    ];
    check(skipped.concat(), MENU_READ);
}

#[test]
fn what_follows_that_is_not_packed_is_an_error() {
    let trailing = |packed: Vec<u8>| [packed, b"garbage".to_vec()].concat();
    let file = trailing(gzip(MENU.as_bytes()));
    let (packed, len) = (gzip(MENU.as_bytes()).len(), file.len());
    assert!(packed < len);
    check(
        file,
        &format!(
            "error: menu, byte {len} of the packed file: something that is no gzip data follows it: get it again, or unpack it yourself\n"
        ),
    );
    let file = trailing(zstd(MENU.as_bytes()));
    let result = read(vec![bytes("menu", file)], &ReadSettings::default());
    assert!(
        result.contains("something that is no zstd data follows it"),
        "{result}"
    );
}

#[test]
fn packed_files_cut_short_give_what_there_is_and_say_so() {
    // Enough that a good part of it was read before the end is missed.
    let rows: String = (0..100_000)
        .map(|row| format!("{row},{}\n", row * 7919 % 100_003))
        .collect();
    let text = format!("a,b\n{rows}");
    for (packing, file) in [
        ("gzip", gzip(text.as_bytes())),
        ("zstd", zstd(text.as_bytes())),
    ] {
        let cut = file[..file.len() * 2 / 3].to_vec();
        let at = cut.len();
        let result = read(vec![bytes("menu", cut)], &ReadSettings::default());
        assert!(
            result.starts_with("a|b\n1 @2 4..8 \"0\"|\"0\"\n"),
            "{packing}"
        );
        assert!(
            result.lines().count() > 30_000,
            "{packing} {}",
            result.lines().count()
        );
        let last = result.lines().last().unwrap();
        assert_eq!(
            last,
            format!(
                "error: menu, byte {at} of the packed file: the {packing} data ends too early: it was cut off on its way here; get it again"
            )
        );
    }
    let file = zip(
        &[("menu.csv", text.as_bytes())],
        CompressionMethod::Deflated,
    );
    let result = read(
        vec![bytes("menu", file[..file.len() * 2 / 3].to_vec())],
        &ReadSettings::default(),
    );
    assert_eq!(
        result.lines().last().unwrap(),
        "error: menu: the zip data is damaged: get it again"
    );
}

#[test]
fn damaged_files_are_noticed() {
    let text: Vec<u8> = (0..50_000_u32)
        .flat_map(|row| format!("{}\n", row.wrapping_mul(2_654_435_761)).into_bytes())
        .collect();
    for (packing, mut file) in [("gzip", gzip(&text)), ("zstd", zstd(&text))] {
        let middle = file.len() / 2;
        file[middle] ^= 0x55;
        let result = read(vec![bytes("menu", file)], &ReadSettings::default());
        let last = result.lines().last().unwrap();
        assert!(
            last.contains(&format!("the {packing} data is damaged"))
                || last.contains(&format!("the {packing} data ends too early")),
            "{last}"
        );
    }
    let mut file = zip(&[("menu.csv", MENU.as_bytes())], CompressionMethod::Stored);
    let at = file.windows(4).position(|bytes| bytes == b"name").unwrap();
    file[at] = b'N';
    let result = read(vec![bytes("menu", file)], &ReadSettings::default());
    assert!(result.contains("the zip data is damaged"), "{result}");
}

/// Six megabytes of zeros in 200 bytes: blocks that say "this byte so many times" (RFC 8878, 3.1.1.2).
fn zstd_bomb() -> Vec<u8> {
    let mut file = vec![0x28, 0xb5, 0x2f, 0xfd, 0, 0x38];
    // A block as it stands, for the header of the table.
    file.extend([2 << 3, 0, 0, b'a', b'\n']);
    for block in 0..48_u32 {
        let (is_last, repeated, bytes) = (u32::from(block == 47), 1 << 1, (128 << 10) << 3);
        file.extend(&(is_last | repeated | bytes).to_le_bytes()[..3]);
        file.push(b'0');
    }
    file
}

#[test]
fn bombs_are_stopped() {
    let mut zeros = b"a\n".to_vec();
    zeros.extend(vec![b'0'; 6 << 20]);
    let last = |file: Vec<u8>, settings: &ReadSettings| {
        let result = read(vec![bytes("bomb", file)], settings);
        result.lines().last().unwrap().to_owned()
    };
    let settings = ReadSettings::default();
    for file in [
        gzip(&zeros),
        zstd_bomb(),
        zip(&[("a.csv", &zeros)], CompressionMethod::Deflated),
    ] {
        let said = last(file, &settings);
        assert!(
            said.contains(
                "more than 400 to 1: if the file is to be trusted, raise --unpack-ratio-max"
            ),
            "{said}"
        );
    }
    let raised = ReadSettings {
        unpacked_ratio_max: u64::MAX,
        ..ReadSettings::default()
    };
    assert!(!last(gzip(&zeros), &raised).contains("error"));
    let small = ReadSettings {
        unpacked_bytes_max: 1 << 20,
        ..raised
    };
    assert!(last(gzip(&zeros), &small).contains("it unpacks to more than 1048576 bytes"));
    check(
        gzip(&gzip(MENU.as_bytes())),
        "error: menu: it is packed twice: unpack it once\n",
    );
}

#[test]
fn archives_say_what_is_in_them() {
    let method = CompressionMethod::Deflated;
    let two = zip(&[("a.csv", b"x\n"), ("b.csv", b"y\n")], method);
    check(
        two.clone(),
        "error: menu: the archive holds 2 files: name one behind `!`, as in `menu!a.csv`; there are\n  a.csv\n  b.csv\n",
    );
    assert_eq!(
        entry(two, "c.csv"),
        "error: menu.zip: the archive has no \"c.csv\"; there are\n  a.csv\n  b.csv\n"
    );
    check(zip(&[], method), "error: menu: the archive holds no file\n");
    // A name writes no lines of its own, and a terminal does nothing for it.
    check(
        zip(&[("a\n  0 refused\x1b[2J", b"x\n"), ("b", b"y\n")], method),
        "error: menu: the archive holds 2 files: name one behind `!`, as in `menu!a\u{fffd}  0 refused\u{fffd}[2J`; there are\n  a\u{fffd}  0 refused\u{fffd}[2J\n  b\n",
    );
    check(
        zip(
            &[("__MACOSX/._menu.csv", b"x"), ("menu.csv", MENU.as_bytes())],
            method,
        ),
        MENU_READ,
    );
    check(
        zip(&[("[Content_Types].xml", b"x"), ("xl/a.xml", b"y")], method),
        "error: menu: it is an Excel workbook (.xlsx): save it as CSV (CSV UTF-8 where there is a choice)\n",
    );
    assert_eq!(
        entry(gzip(b"a\n"), "a.csv"),
        "error: menu.zip: it is no archive, but \"a.csv\" in it was asked for\n"
    );
    let stream: Arc<dyn Input> = Arc::new(StreamInput::new(
        "-",
        Box::new(Cursor::new(zip(&[("a", b"a\n")], method))),
    ));
    assert_eq!(
        read(vec![stream], &ReadSettings::default()),
        "error: -: a zip archive is read from its end: save it as a file first\n"
    );
}

#[test]
fn an_entry_is_named_behind_the_archive() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("orders.zip");
    let files: [(&str, &[u8]); 2] = [("a.csv", b"x\n"), ("menu.csv", MENU.as_bytes())];
    std::fs::write(&path, zip(&files, CompressionMethod::Deflated)).unwrap();
    let name = format!("{}!menu.csv", path.display());
    let input = Arc::from(madang_import::read::input_named(&name).unwrap());
    assert_eq!(read(vec![input], &ReadSettings::default()), MENU_READ);
}

/// What other programs pack; skipped with a word where they are not installed.
#[test]
fn what_gzip_and_zstd_pack_is_read() {
    let text: String = (0..200_000)
        .map(|row| format!("{row},{}\n", row * 7919 % 100_003))
        .collect();
    let text = format!("a,b\n{text}");
    let expected = read(
        vec![bytes("menu", text.as_bytes())],
        &ReadSettings::default(),
    );
    for (program, options) in [
        ("gzip", vec!["-9"]),
        ("zstd", vec!["-3"]),
        ("zstd", vec!["-19", "--check"]),
    ] {
        let child = Command::new(program)
            .args(&options)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn();
        let Ok(mut child) = child else {
            eprintln!("skipped: {program} is not installed");
            continue;
        };
        let mut stdin = child.stdin.take().unwrap();
        let written = text.clone();
        let writer = std::thread::spawn(move || stdin.write_all(written.as_bytes()).unwrap());
        let output = child.wait_with_output().unwrap();
        writer.join().unwrap();
        let result = read(vec![bytes("menu", output.stdout)], &ReadSettings::default());
        assert!(
            result == expected,
            "{program} {options:?}: {}",
            result.lines().last().unwrap()
        );
    }
}
