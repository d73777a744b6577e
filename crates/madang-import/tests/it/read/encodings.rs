//! Golden pairs of encodings.

use encoding_rs::{EUC_KR, SHIFT_JIS};
use madang_import::read::{Encoding, ReadSettings, Source, Texts};

use super::{bytes, read};

const MENU: &str = "name,price\n아메리카노,4500\n카페라떼,5000\n";
const MENU_READ: &str =
    "name|price\n1 @2 11..32 \"아메리카노\"|\"4500\"\n2 @3 32..50 \"카페라떼\"|\"5000\"\n";

fn check(file: &[u8], encoding: &str, expected: &str) {
    check_as(file, None, encoding, expected);
}

fn check_as(file: &[u8], said: Option<&str>, encoding: &str, expected: &str) {
    let settings = ReadSettings {
        encoding: said.map(|name| Encoding::named(name).unwrap()),
        ..ReadSettings::default()
    };
    assert_eq!(read(vec![bytes("menu.csv", file)], &settings), expected);
    let mut source = Source::new(vec![bytes("menu.csv", file)], &settings, None);
    let mut found = String::new();
    while let Ok(Some(text)) = source.next() {
        found = text.encoding.to_string();
    }
    assert_eq!(found, encoding);
}

fn utf_16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(bytes).collect()
}

#[test]
fn all_the_usual_encodings_are_found_and_read_the_same() {
    check(MENU.as_bytes(), "UTF-8", MENU_READ);
    check(format!("\u{feff}{MENU}").as_bytes(), "UTF-8", MENU_READ);
    check(&EUC_KR.encode(MENU).0, "CP949", MENU_READ);
    let marked = format!("\u{feff}{MENU}");
    check(&utf_16(&marked, u16::to_le_bytes), "UTF-16LE", MENU_READ);
    check(&utf_16(&marked, u16::to_be_bytes), "UTF-16BE", MENU_READ);
    check(&utf_16(MENU, u16::to_le_bytes), "UTF-16LE", MENU_READ);
    check(&utf_16(MENU, u16::to_be_bytes), "UTF-16BE", MENU_READ);
    check(b"a\n1\n", "ASCII", "a\n1 @2 2..4 \"1\"\n");
}

#[test]
fn a_nul_in_a_short_file_does_not_make_it_utf_16() {
    check(
        b"n,memo\n1,a\0b\n2,c\n",
        "ASCII",
        "n|memo\n1 @2 7..13 ! nul \"1,a\\0b\"\n2 @3 13..17 \"2\"|\"c\"\n",
    );
    check(
        b"n,m\na\0,b\n",
        "ASCII",
        "n|m\n1 @2 4..9 ! nul \"a\\0,b\"\n",
    );
}

#[test]
fn an_encoding_may_be_said() {
    let (file, ..) = SHIFT_JIS.encode("a\n日本\n");
    check_as(
        &file,
        Some("shift_jis"),
        "Shift_JIS",
        "a\n1 @2 2..9 \"日本\"\n",
    );
    // A byte order mark is believed more.
    check_as(
        format!("\u{feff}{MENU}").as_bytes(),
        Some("cp949"),
        "UTF-8",
        MENU_READ,
    );
    assert_eq!(Encoding::named("no-such"), None);
    assert_eq!(Encoding::named("EUC-KR"), Some(Encoding::CP949));
}

#[test]
fn the_encoding_is_found_where_it_first_shows() {
    // Half a megabyte of ASCII before the first Korean.
    let ascii = "coffee,4500\n".repeat(50_000);
    let text = format!("name,price\n{ascii}아메리카노,4500\n");
    let settings = ReadSettings::default();
    let whole = read(vec![bytes("a", text.as_bytes())], &settings);
    assert!(whole.ends_with("\"아메리카노\"|\"4500\"\n"));
    assert_eq!(
        read(vec![bytes("a", EUC_KR.encode(&text).0)], &settings),
        whole
    );
}

#[test]
fn korean_that_would_do_as_utf_8_is_taken_for_korean() {
    let check = |text: &str, encoding: &str, file: &[u8]| {
        let ascii = "coffee\n".repeat(200_000);
        let file = [format!("name\n{ascii}").as_bytes(), file].concat();
        check_end(&file, encoding, text);
    };
    // C2 B9 C3 BC: ¹ü in UTF-8.
    check("짹체", "CP949", &EUC_KR.encode("짹체\n").0);
    check("짹체 L", "CP949", &EUC_KR.encode("짹체 L\n").0);
    check("café", "UTF-8", "café\n".as_bytes());
    check("45°", "UTF-8", "45°\n".as_bytes());
    check("ΑΒΓ", "UTF-8", "ΑΒΓ\n".as_bytes());
    check("아메리카노", "CP949", &EUC_KR.encode("아메리카노\n").0);
    check("가", "CP949", &EUC_KR.encode("가\n").0);
    check("가", "UTF-8", "가\n".as_bytes());
}

/// The encoding that a file turns out to have, and the text of its last row.
fn check_end(file: &[u8], encoding: &str, text: &str) {
    let settings = ReadSettings::default();
    let whole = read(vec![bytes("a.csv", file)], &settings);
    let last = whole.lines().last().unwrap_or_default();
    assert!(last.ends_with(&format!("\"{text}\"")), "{last}");
    let mut source = Source::new(vec![bytes("a.csv", file)], &settings, None);
    let mut found = String::new();
    while let Ok(Some(text)) = source.next() {
        found = text.encoding.to_string();
    }
    assert_eq!(found, encoding, "{text}");
}

#[test]
fn what_cannot_be_decoded_spoils_its_row_alone() {
    let file = b"name,price\n\xec\xbb\xa4\xed\x94\xbc,1\n\xec\xbb\xff,2\n\xec\xb0\xa8,3\n\xec\xbb";
    check_as(
        file,
        Some("utf-8"),
        "UTF-8",
        concat!(
            "name|price\n",
            "1 @2 11..20 \"커피\"|\"1\"\n",
            "2 @3 20..26 ! not_in_encoding \"???,2\"…\n",
            "3 @4 26..32 \"차\"|\"3\"\n",
            "4 @5 32..34 ! not_in_encoding, ragged \"??\"…\n",
        ),
    );
    let mut file = EUC_KR.encode("name,price\n커피,1\n커피,2\n").0.into_owned();
    file[19] = 0xff;
    check_as(
        &file,
        Some("cp949"),
        "CP949",
        "name|price\n1 @2 11..20 \"커피\"|\"1\"\n2 @3 20..29 ! not_in_encoding \"�피,2\"…\n",
    );
}

#[test]
fn the_place_and_the_bytes_are_said() {
    let mut file = b"a,b\n1,".to_vec();
    file.extend(b"\xb0\xa1\xff\n");
    let settings = ReadSettings {
        encoding: Encoding::named("utf-8"),
        ..ReadSettings::default()
    };
    let source = Source::new(vec![bytes("a.csv", file)], &settings, None);
    let mut reader = madang_import::read::open_rows(Box::new(source), &settings, None).unwrap();
    let rows = reader.next().unwrap().unwrap();
    let reason = &rows.refused[0].reasons[0];
    assert_eq!(
        reason.message,
        "byte 6 of the file: B0 A1 FF is nothing in UTF-8; import the mended row from a file of its own, or name the right encoding"
    );
    assert_eq!(
        reason.message_ko,
        "파일의 6번째 바이트 B0 A1 FF: UTF-8 글자로 읽을 수 없어요. 글자가 잘렸거나 파일의 인코딩이 달라요"
    );
}

#[test]
fn what_is_no_text_is_refused_with_what_to_do() {
    let check = |file: &[u8], expected: &str| {
        assert_eq!(
            read(vec![bytes("a.csv", file)], &ReadSettings::default()),
            format!("error: a.csv: {expected}\n")
        );
    };
    check(
        &[0x80, 0xff, 0x81, 0xff, 0xfe, 0xc0].repeat(100),
        "its encoding is neither UTF-8, UTF-16 nor CP949, by what stands from byte 0 on: name it with --encoding",
    );
    check(b"\xff\xfe\0\0a\0\0\0", "it is UTF-32: save it as UTF-8");
    check(
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        "it is an Excel workbook (.xls): save it as CSV (CSV UTF-8 where there is a choice)",
    );
    check(
        b"\n <html><table>",
        "it is an HTML page: open it in a spreadsheet and save it as CSV",
    );
    check(
        b"PAR1....",
        "it is a Parquet file: Parquet is read from its end: name it as a file, not packed and not as standard input",
    );
}
