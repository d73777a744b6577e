//! Importing from addresses, by the program itself.

use std::io::{BufRead, BufReader, Cursor, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use rusqlite::Connection;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use crate::program::{Ended, Place};

const MENU: &str = "상품코드,상품명,가격\nA1,아메리카노,\"4,500원\"\nA2,카페라떼,5000\n";

#[test]
fn an_address_is_fetched_and_gone_on_with_where_it_broke_off() {
    let text: String = (0..40_000)
        .map(|row| format!("A{row},아메리카노 {row},4500\n"))
        .collect();
    let text = format!("상품코드,상품명,가격\n{text}");
    let address = serve(text.into_bytes());
    let place = Place::new();
    let url = format!("{address}/menu.csv?key=secret");
    let ended = place.madang(&["import", "menu", &url, "--to", "sqlite:shop.db"]);
    assert_eq!(ended.code, 0, "{}{}", ended.stdout, ended.stderr);
    assert_eq!(counted(&place, "SELECT count(*) FROM menu"), 40_000);
    assert!(!ended.stdout.contains("secret") && !ended.stderr.contains("secret"));
    let ended = place.madang(&[
        "import",
        "menu",
        &format!("{address}/gone.csv"),
        "--dry-run",
    ]);
    assert_eq!(ended.code, 2, "{}", ended.stderr);
    assert!(ended.stderr.contains("404"), "{}", ended.stderr);
}

#[test]
fn a_server_that_wants_a_password_is_told_it_and_nobody_else() {
    let text = MENU.as_bytes().to_vec();
    let address = serve_to(Some("authorization: bearer s3cr3t"), text);
    let other = serve_to(None, MENU.as_bytes().to_vec());
    let place = Place::new();
    place.file(
        "headers",
        "# of the supplier\nAuthorization: Bearer s3cr3t\n",
    );
    let url = format!("{address}/menu.csv?key=secret");
    let import = |words: &[&str], header: Option<&str>| {
        let mut program = place.command(&[&["import", "menu"], words].concat());
        program.env("MADANG_LOG", "trace");
        header.map(|text| program.env("MADANG_IMPORT_SOURCE_HEADERS", text));
        let output = program.output().expect("the program runs");
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8_lossy(&said).into_owned();
        assert!(!said.contains("s3cr3t"), "{said}");
        (output.status.code().unwrap_or(-1), said)
    };
    let (code, said) = import(&[&url, "--dry-run"], None);
    assert_eq!(code, 2, "{said}");
    assert!(said.contains("401"), "{said}");
    let (code, said) = import(&[&url, "--dry-run"], Some("authorization: Bearer s3cr3t"));
    assert_eq!(code, 0, "{said}");
    let to = ["--to", "sqlite:shop.db", "--source-header-file", "headers"];
    let (code, said) = import(&[&[url.as_str()], &to[..]].concat(), None);
    assert_eq!(code, 0, "{said}");
    let second = format!("{other}/menu.csv?key=secret");
    let (code, said) = import(&[&[url.as_str(), &second], &to[..]].concat(), None);
    assert_eq!(code, 2, "{said}");
    assert!(said.contains("would be sent to"), "{said}");
    for file in ["run.json", "report.json"] {
        let runs = std::fs::read_dir(place.path().join(".madang/imports")).expect("kept");
        for run in runs.flatten() {
            let text = std::fs::read_to_string(run.path().join(file)).unwrap_or_default();
            assert!(!text.contains("s3cr3t"), "{text}");
        }
    }
}

/// Rows are only added: one that came twice would be there twice.
const KEYLESS: &str = r#"name = "notes"
columns = [
  { name = "item", from = ["item"], type = "text" },
  { name = "quantity", from = ["quantity"], type = "integer" },
]"#;

#[test]
fn a_file_of_an_archive_on_a_server_is_imported_whole_and_gone_on_with() {
    let rows: String = (0..40_000)
        .map(|row| format!("I{row:06} of the stock,{}\n", row % 90))
        .collect();
    let text = format!("item,quantity\n{rows}");
    for method in [CompressionMethod::Stored, CompressionMethod::Deflated] {
        let files = [("notes/read me.txt", "no table"), ("재고.csv", &text)];
        let address = serve(zipped(&files, method));
        let place = Place::new();
        place.file("notes.toml", KEYLESS);
        let url = format!("{address}/orders.zip!재고.csv?key=secret");
        let to = ["--to", "sqlite:shop.db", "--batch-rows", "2000"];
        let words = [&["import", "--mapping", "notes.toml", &url], &to[..]].concat();
        let mut killed = place.command(&words);
        killed.env("MADANG_FAILPOINT", "import/after-write:3");
        let killed = killed.output().expect("the program runs");
        assert_eq!(killed.status.code(), None, "{method}");
        assert_eq!(counted(&place, "SELECT count(*) FROM notes"), 6_000);
        let resume = [&words[..], &["--resume"]].concat();
        let ended = place.madang(&resume);
        assert_eq!(ended.code, 0, "{method}: {}{}", ended.stdout, ended.stderr);
        for what in ["*", "DISTINCT item"] {
            let sql = format!("SELECT count({what}) FROM notes");
            assert_eq!(counted(&place, &sql), 40_000, "{method}: {sql}");
        }
        let shown = format!("{address}/orders.zip!재고.csv →");
        assert!(ended.stdout.contains(&shown), "{}", ended.stdout);
        let done = place.madang(&resume);
        assert_eq!(done.code, 0, "{}", done.stderr);
        assert!(done.stdout.contains("nothing to do"), "{}", done.stdout);

        let url = url.replace("재고", "메뉴");
        let wrong = place.madang(&["import", "menu", &url, "--dry-run"]);
        assert_eq!(wrong.code, 2, "{}", wrong.stdout);
        assert!(wrong.stderr.contains("재고.csv"), "{}", wrong.stderr);
        for ended in [&ended, &done, &wrong] {
            assert!(!said(ended).contains("secret"), "{}", said(ended));
        }
    }
}

/// It cannot be fetched from the middle, so it is read anew and compared: as far as it broke off before, to the byte.
#[test]
fn what_broke_off_at_a_server_without_ranges_is_gone_on_with() {
    let rows: String = (0..40_000)
        .map(|row| format!("I{row:06} of the stock,{}\n", row % 90))
        .collect();
    let text = format!("item,quantity\n{rows}");
    for cut in [100_000, 300_000, 800_000] {
        let (address, bytes_max) = serve_cut(text.clone().into_bytes());
        let place = Place::new();
        place.file("notes.toml", KEYLESS);
        let url = format!("{address}/notes.csv");
        let to = ["--to", "sqlite:shop.db", "--batch-rows", "2000"];
        let words = [&["import", "--mapping", "notes.toml", &url], &to[..]].concat();
        bytes_max.store(cut, Ordering::SeqCst);
        let broken = place.madang(&words);
        assert_eq!(broken.code, 74, "{cut}: {}", said(&broken));
        bytes_max.store(usize::MAX, Ordering::SeqCst);
        let ended = place.madang(&[&words[..], &["--resume"]].concat());
        assert_eq!(ended.code, 0, "{cut}: {}", said(&ended));
        for what in ["*", "DISTINCT item"] {
            let sql = format!("SELECT count({what}) FROM notes");
            assert_eq!(counted(&place, &sql), 40_000, "{cut}: {sql}");
        }
    }
}

/// A server that knows ranges and does not look at `If-Range`.
#[test]
fn parts_of_two_versions_of_a_file_are_not_joined() {
    let file = |price: u32| {
        let rows = (0..40_000).map(|row| format!("A{row},아메리카노 {row},{price}\n"));
        let rows: String = rows.collect();
        format!("상품코드,상품명,가격\n{rows}").into_bytes()
    };
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = format!("http://{}", listener.local_addr().expect("bound"));
    thread::spawn(move || {
        // What was asked for whole, a moment later is another file.
        for stream in listener.incoming().flatten() {
            let (one, two) = (file(4_500), file(5_000));
            thread::spawn(move || {
                answer_as(stream, None, &|from| match from {
                    0 => (one.clone(), "\"one\""),
                    _ => (two.clone(), "\"two\""),
                })
            });
        }
    });
    let place = Place::new();
    let url = format!("{address}/menu.csv?key=secret");
    let ended = place.madang(&["import", "menu", &url, "--to", "sqlite:shop.db"]);
    assert_ne!(ended.code, 0, "{}", said(&ended));
    let words = "the server has another file there now";
    assert!(ended.stderr.contains(words), "{}", ended.stderr);
    let other = "SELECT count(*) FROM menu WHERE price <> 4500";
    assert_eq!(counted(&place, other), 0);
}

#[test]
fn a_file_that_may_have_been_cut_off_is_told_as_one() {
    let check = |head: &str, body: &str, is_told: bool| {
        let address = serve_bare(head.to_owned(), body.as_bytes().to_vec());
        let place = Place::new();
        let url = format!("{address}/menu.csv");
        let ended = place.madang(&["import", "menu", &url, "--to", "sqlite:shop.db"]);
        assert_eq!(ended.code, 0, "{}", said(&ended));
        assert_eq!(counted(&place, "SELECT count(*) FROM menu"), 2);
        for note in [
            "whether the file is whole is not known",
            "파일이 끝까지 왔는지",
        ] {
            assert_eq!(
                ended.stdout.contains(note),
                is_told,
                "{head}: {}",
                ended.stdout
            );
        }
    };
    check("", MENU, true);
    let length = format!("content-length: {}\r\n", MENU.len());
    check(&length, MENU, false);
    let chunked = format!("{:x}\r\n{MENU}\r\n0\r\n\r\n", MENU.len());
    check("transfer-encoding: chunked\r\n", &chunked, false);
}

#[test]
fn a_file_that_was_replaced_on_its_server_is_not_gone_on_with() {
    let rows: String = (0..40_000).map(|row| format!("A{row},{row}\n")).collect();
    let address = serve_and_replace(format!("상품코드,실사수량\n{rows}").into_bytes());
    let place = Place::new();
    let url = format!("{address}/menu.csv?key=secret");
    let ended = place.madang(&["import", "stock", &url, "--to", "sqlite:shop.db"]);
    assert_eq!(ended.code, 2, "{}{}", ended.stdout, ended.stderr);
    assert!(
        ended.stderr.contains("another file there now"),
        "{}",
        ended.stderr
    );
}

/// A server that has another file there from the third answer on: after those to what the file is and to its first bytes.
fn serve_and_replace(file: Vec<u8>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = format!("http://{}", listener.local_addr().expect("bound"));
    thread::spawn(move || {
        let mut tags = std::iter::repeat_n("\"one\"", 3).chain(std::iter::repeat("\"two\""));
        for stream in listener.incoming().flatten() {
            answer(stream, None, &file, tags.next().expect("endless"));
        }
    });
    address
}

/// A server that knows ranges and breaks off in the middle of each answer that is long.
fn serve(file: Vec<u8>) -> String {
    serve_to(None, file)
}

/// The same to whoever sends a header, in small letters.
fn serve_to(wanted: Option<&'static str>, file: Vec<u8>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = format!("http://{}", listener.local_addr().expect("bound"));
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let file = file.clone();
            thread::spawn(move || answer(stream, wanted, &file, "\"one\""));
        }
    });
    address
}

fn answer(stream: TcpStream, wanted: Option<&str>, file: &[u8], tag: &'static str) -> Option<()> {
    answer_as(stream, wanted, &|_| (file.to_vec(), tag))
}

/// The file and its version by the byte from which it is wanted. The client may go at any time.
fn answer_as(
    mut stream: TcpStream,
    wanted: Option<&str>,
    file_from: &dyn Fn(usize) -> (Vec<u8>, &'static str),
) -> Option<()> {
    const PIECE: usize = 300_000;
    let mut lines = BufReader::new(stream.try_clone().ok()?).lines();
    let first = lines.next()?.ok()?;
    let head: Vec<String> = lines
        .map_while(Result::ok)
        .take_while(|line| !line.is_empty())
        .map(|line| line.to_ascii_lowercase())
        .collect();
    if wanted.is_some_and(|wanted| !head.iter().any(|line| line == wanted)) {
        let no = "HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
        return stream.write_all(no.as_bytes()).ok();
    }
    if !first.contains("?key=secret") {
        let gone = "HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
        return stream.write_all(gone.as_bytes()).ok();
    }
    let range = head
        .iter()
        .find_map(|line| line.strip_prefix("range: bytes="));
    let begins_at = range.and_then(|range| range.split_once('-')?.0.parse().ok());
    let (file, tag) = file_from(begins_at.unwrap_or(0));
    let if_range = head.iter().find_map(|line| line.strip_prefix("if-range: "));
    let range = range.filter(|_| if_range.is_none_or(|wanted| wanted == tag || tag == "\"two\""));
    let (from, to) = match range.and_then(|range| range.split_once('-')) {
        Some((from, "")) => (from.parse().ok()?, file.len()),
        Some((from, to)) => (from.parse().ok()?, to.parse::<usize>().ok()? + 1),
        None => (0, file.len()),
    };
    let status = if range.is_some() {
        "206 Partial Content"
    } else {
        "200 OK"
    };
    let head = format!(
        "HTTP/1.1 {status}\r\netag: {tag}\r\ncontent-range: bytes {from}-{}/{}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        to - 1,
        file.len(),
        to - from
    );
    stream.write_all(head.as_bytes()).ok()?;
    stream.write_all(&file[from..to.min(from + PIECE)]).ok()
}

/// A server that knows nothing of ranges, and says no more of its file than this.
fn serve_bare(head: String, body: Vec<u8>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = format!("http://{}", listener.local_addr().expect("bound"));
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let lines = BufReader::new(stream.try_clone().expect("a socket")).lines();
            lines
                .map_while(Result::ok)
                .take_while(|line| !line.is_empty())
                .for_each(drop);
            let head = format!("HTTP/1.1 200 OK\r\n{head}connection: close\r\n\r\n");
            // The client may go at any time.
            let _ = stream.write_all(&[head.as_bytes(), &body].concat());
        }
    });
    address
}

/// A server that knows nothing of ranges, and sends so many bytes of its file at most.
fn serve_cut(file: Vec<u8>) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = format!("http://{}", listener.local_addr().expect("bound"));
    let bytes_max = Arc::new(AtomicUsize::new(usize::MAX));
    let kept = bytes_max.clone();
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let lines = BufReader::new(stream.try_clone().expect("a socket")).lines();
            lines
                .map_while(Result::ok)
                .take_while(|line| !line.is_empty())
                .for_each(drop);
            let head = format!(
                "HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
                file.len()
            );
            let body = &file[..file.len().min(bytes_max.load(Ordering::SeqCst))];
            // The client may go at any time.
            let _ = stream.write_all(&[head.as_bytes(), body].concat());
        }
    });
    (address, kept)
}

fn zipped(files: &[(&str, &str)], method: CompressionMethod) -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(method);
    for (name, text) in files {
        archive.start_file(*name, options).expect("a new entry");
        archive.write_all(text.as_bytes()).expect("in memory");
    }
    archive.finish().expect("in memory").into_inner()
}

fn counted(place: &Place, sql: &str) -> i64 {
    let store = Connection::open(place.path().join("shop.db")).expect("there");
    store.query_row(sql, [], |row| row.get(0)).expect("counted")
}

fn said(ended: &Ended) -> String {
    format!("{}{}", ended.stdout, ended.stderr)
}
