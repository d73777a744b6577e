//! Writes the report of a log: `cargo run -p madang-process --example report -- orders.csv report.html [map.svg]`.

use madang_process::filters::Filters;
use madang_process::language::Language;
use madang_process::performance::ProcessMap;
use madang_process::read::{CsvSettings, read_csv};
use madang_process::report::{self, Findings};
use madang_process::variants::{Rework, Variants};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let files: Vec<String> = std::env::args().skip(1).collect();
    let (log_file, report_file) = match files.as_slice() {
        [log, report, ..] => (log, report),
        _ => return Err("name a log and the file of the report".into()),
    };
    let settings = CsvSettings::default();
    let read = read_csv(log_file, &settings)?;
    let map = ProcessMap::of(&read.log);
    let findings = Findings {
        title: log_file,
        map: &map,
        variants: &Variants::of(&read.log),
        rework: &Rework::of(&read.log),
        filters: &Filters::default(),
        rejected: read.rejected.count,
        sections: &[],
        zone: &settings.wish.zone,
    };
    std::fs::write(report_file, report::html(&findings, Language::Korean))?;
    if let Some(file) = files.get(2) {
        std::fs::write(file, report::svg(&map, Language::Korean))?;
    }
    Ok(())
}
