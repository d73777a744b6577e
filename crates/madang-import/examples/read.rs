//! How fast CSV is read beside the `csv` crate, by hand and on Linux: `cargo run --release -p madang-import --example read [MEGABYTES]`.

use std::error::Error;
use std::fmt::Write as _;
use std::io::Write as _;
use std::sync::Arc;

use madang_import::read::{ReadSettings, Source, Texts, input_named, open_rows};

fn main() -> Result<(), Box<dyn Error>> {
    let megabytes: usize = std::env::args()
        .nth(1)
        .map_or(Ok(100), |given| given.parse())?;
    for (name, line) in [
        ("plain", plain as fn(usize, &mut String)),
        ("quoted", quoted),
        ("json", json),
    ] {
        let file = generated(megabytes * 1_000_000, line, name != "json")?;
        let path = file
            .path()
            .to_str()
            .ok_or("a temporary name that is no text")?;
        for _ in 0..3 {
            measure(name, "decode only", path, decode)?;
            if name != "json" {
                measure(name, "csv crate, ByteRecord", path, csv_crate)?;
            }
            measure(name, "madang, sniff and parse", path, madang)?;
        }
    }
    Ok(())
}

fn measure(
    name: &str,
    what: &str,
    path: &str,
    read: fn(&str) -> Result<usize, Box<dyn Error>>,
) -> Result<(), Box<dyn Error>> {
    let bytes = std::fs::metadata(path)?.len() as f64;
    let started = processor_seconds()?;
    let cells = read(path)?;
    let seconds = processor_seconds()? - started;
    println!(
        "{name:7} {what:25} {:7.0} MB/s {cells:10} cells",
        bytes / 1e6 / seconds
    );
    Ok(())
}

/// Time of the processor, not of the clock: others may be at work on the machine.
fn processor_seconds() -> Result<f64, Box<dyn Error>> {
    let schedule = std::fs::read_to_string("/proc/self/schedstat")?;
    let nanoseconds = schedule.split(' ').next().ok_or("an empty schedstat")?;
    Ok(nanoseconds.parse::<f64>()? / 1e9)
}

fn decode(path: &str) -> Result<usize, Box<dyn Error>> {
    let mut source = Source::new(
        vec![Arc::from(input_named(path)?)],
        &ReadSettings::default(),
        None,
    );
    let mut bytes = 0;
    while let Some(text) = source.next()? {
        bytes += text.text.len();
    }
    Ok(bytes)
}

fn csv_crate(path: &str) -> Result<usize, Box<dyn Error>> {
    let mut reader = csv::ReaderBuilder::new()
        .buffer_capacity(256 * 1024)
        .from_path(path)?;
    let mut record = csv::ByteRecord::new();
    let mut cells = 0;
    while reader.read_byte_record(&mut record)? {
        cells += record.len();
    }
    Ok(cells)
}

fn madang(path: &str) -> Result<usize, Box<dyn Error>> {
    let settings = ReadSettings::default();
    let source = Source::new(vec![Arc::from(input_named(path)?)], &settings, None);
    let mut reader = open_rows(Box::new(source), &settings, None)?;
    let mut cells = 0;
    while let Some(rows) = reader.next()? {
        cells += rows.ends.len();
        if let Some(refused) = rows.refused.first() {
            return Err(format!("{refused:?}").into());
        }
    }
    Ok(cells)
}

fn generated(
    bytes: usize,
    line: fn(usize, &mut String),
    has_header: bool,
) -> Result<tempfile::NamedTempFile, Box<dyn Error>> {
    let mut file = tempfile::NamedTempFile::new()?;
    let mut text = String::new();
    if has_header {
        text.push_str("id,sku,name,price,quantity,sold_at,memo\n");
    }
    let (mut written, mut row) = (0, 0);
    while written < bytes {
        while text.len() < 1 << 20 {
            line(row, &mut text);
            row += 1;
        }
        file.write_all(text.as_bytes())?;
        written += text.len();
        text.clear();
    }
    file.flush()?;
    Ok(file)
}

fn plain(row: usize, text: &mut String) {
    let (price, quantity) = (row * 7919 % 90_000, row % 40);
    // Writing to a String cannot fail.
    let _ = writeln!(
        text,
        "{row},SKU-{},아메리카노 {},{price},{quantity},2026-11-22 15:05:{:02},hot",
        row % 5000,
        row % 700,
        row % 60
    );
}

fn quoted(row: usize, text: &mut String) {
    let _ = writeln!(
        text,
        "\"{row}\",\"SKU-{}\",\"아메리카노 \"\"{}\"\"\",\"{}\",\"{}\",\"2026-11-22 15:05:{:02}\",\"hot, large\"",
        row % 5000,
        row % 700,
        row * 7919 % 90_000,
        row % 40,
        row % 60
    );
}

fn json(row: usize, text: &mut String) {
    let _ = writeln!(
        text,
        "{{\"id\":{row},\"sku\":\"SKU-{}\",\"name\":\"아메리카노 {}\",\"price\":{},\"quantity\":{},\"sold_at\":\"2026-11-22 15:05:{:02}\",\"memo\":null}}",
        row % 5000,
        row % 700,
        row * 7919 % 90_000,
        row % 40,
        row % 60
    );
}
