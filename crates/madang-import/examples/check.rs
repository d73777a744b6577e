//! How fast rows are checked: `cargo run --release -p madang-import --example check [rows] [plain|unique|korean]`.
//!
//! A million rows of ten typed columns, about 97 MB, in blocks as the reader makes them; reading and parsing are not part of the time.

use std::fmt::Write;

use madang_import::check::{Checker, Mapping};
use madang_import::{BatchBuilder, Place, Raw, Rows, Span};

const MAPPING: &str = r#"
name = "sale"
[[columns]]
name = "id"
type = "integer"
required = true
unique = UNIQUE
[[columns]]
name = "code"
type = "text"
length_max = 20
required = true
[[columns]]
name = "title"
type = "text"
length_max = 100
[[columns]]
name = "price"
type = "money"
min = 0
[[columns]]
name = "quantity"
type = "integer"
units = ["개"]
[[columns]]
name = "rate"
type = "decimal"
scale = 2
[[columns]]
name = "tax_free"
type = "boolean"
[[columns]]
name = "sold_on"
type = "date"
[[columns]]
name = "sold_at"
type = "timestamp"
[[columns]]
name = "memo"
type = "text"
"#;

const COLUMNS: [&str; 10] = [
    "id", "code", "title", "price", "quantity", "rate", "tax_free", "sold_on", "sold_at", "memo",
];

const BLOCK_BYTES: usize = 256 * 1024;
const BATCH_BYTES_MAX: usize = 2 * 1024 * 1024;
const BATCH_ROWS_MAX: usize = 50_000;

fn main() {
    let count: u64 = std::env::args()
        .nth(1)
        .map_or(1_000_000, |rows| rows.parse().expect("a number of rows"));
    let wanted = std::env::args().nth(2);
    for (name, spell, unique) in [
        ("plain", plain as Spell, false),
        ("unique", plain, true),
        ("korean", korean, false),
    ] {
        if wanted.as_ref().is_none_or(|wanted| wanted == name) {
            run(name, count, spell, unique);
        }
    }
}

type Spell = fn(u64) -> [String; 10];

/// Blocks are made as they are needed, so that memory shows what the checker holds; their making is not part of the time.
fn run(name: &str, count: u64, spell: Spell, unique: bool) {
    let mapping = MAPPING.replace("UNIQUE", if unique { "true" } else { "false" });
    let mapping = Mapping::parse(&mapping, "example").expect("the mapping is right");
    let columns = COLUMNS.map(str::to_owned);
    let mut checker = Checker::new(&mapping, &columns).expect("the columns are there");
    let mut blocks = Blocks {
        spell,
        next: 1,
        count,
        byte: 0,
    };
    let is_full = |builder: &BatchBuilder| {
        builder.len() >= BATCH_ROWS_MAX || builder.weight() >= BATCH_BYTES_MAX
    };
    let (mut taken, mut refused, mut batches, mut seconds) = (0, 0, 0, 0.0);
    let mut builder = BatchBuilder::new(checker.schema().clone());
    while let Some(rows) = blocks.next_block() {
        let started = processor_seconds();
        let mut from = 0;
        while from < rows.len() {
            from = checker
                .check(&rows, from, &mut builder, &is_full)
                .expect("the temporary file");
            if is_full(&builder) {
                let empty = BatchBuilder::new(checker.schema().clone());
                let batch = std::mem::replace(&mut builder, empty).build();
                taken += batch.len();
                refused += batch.refused.len();
                batches += 1;
            }
        }
        seconds += processor_seconds() - started;
    }
    let batch = builder.build();
    taken += batch.len();
    refused += batch.refused.len();
    let megabytes = blocks.byte as f64 / 1e6;
    println!(
        "{name}: {taken} rows, {refused} refused, {batches} batches, {megabytes:.1} MB in {seconds:.3} s: {:.0} MB/s, {:.0} rows/s; peak {} of the process so far",
        megabytes / seconds,
        taken as f64 / seconds,
        peak_memory(),
    );
}

struct Blocks {
    spell: Spell,
    next: u64,
    count: u64,
    byte: u64,
}

impl Blocks {
    fn next_block(&mut self) -> Option<Rows> {
        let mut rows = Rows {
            width: COLUMNS.len(),
            ..Rows::default()
        };
        let mut raw = String::with_capacity(BLOCK_BYTES + 1024);
        let start = self.byte;
        while raw.len() < BLOCK_BYTES && self.next <= self.count {
            let line_start = raw.len();
            let cells = (self.spell)(self.next);
            for cell in &cells {
                rows.text.extend_from_slice(cell.as_bytes());
                rows.end_cell();
            }
            let _infallible = writeln!(raw, "{}", cells.join(","));
            rows.places.push(Place {
                input: 0,
                row: self.next,
                line: self.next + 1,
                bytes: Span {
                    start: start + line_start as u64,
                    end: start + raw.len() as u64,
                },
            });
            self.next += 1;
        }
        self.byte += raw.len() as u64;
        rows.raw = Raw {
            text: raw.into_bytes().into(),
            start,
            is_one_row: false,
        };
        (!rows.places.is_empty()).then_some(rows)
    }
}

fn plain(row: u64) -> [String; 10] {
    let day = row % 28 + 1;
    [
        row.to_string(),
        format!("A-{:08}", row * 7),
        "아이스 아메리카노".to_owned(),
        (row % 90 * 100 + 1000).to_string(),
        (row % 12).to_string(),
        format!("{}.{:02}", row % 50, row % 100),
        if row.is_multiple_of(3) { "Y" } else { "N" }.to_owned(),
        format!("2026-11-{day:02}"),
        format!("2026-11-{day:02} {:02}:{:02}:07", row % 24, row % 60),
        "no ice".to_owned(),
    ]
}

fn korean(row: u64) -> [String; 10] {
    let day = row % 28 + 1;
    let mut cells = plain(row);
    cells[3] = format!("{},{}00원", row % 9 + 1, row % 9 + 1);
    cells[4] = format!("{}개", row % 12);
    cells[6] = if row.is_multiple_of(3) {
        "예"
    } else {
        "아니오"
    }
    .to_owned();
    cells[7] = format!("2026. 11. {day}.");
    cells[8] = format!("2026. 11. {day}. 오후 {}:{:02}", row % 11 + 1, row % 60);
    cells
}

/// Time of the processor, not of the wall: other programs on the machine do not count.
fn processor_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanoseconds = stat
        .split(' ')
        .next()
        .and_then(|first| first.parse::<u64>().ok());
    nanoseconds.unwrap_or(0) as f64 / 1e9
}

fn peak_memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.map_or_else(|| "unknown".to_owned(), |peak| peak.trim().to_owned())
}
