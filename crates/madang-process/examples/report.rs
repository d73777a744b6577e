//! Writes the report of a made-up week of a shop: `cargo run -p madang-process --example report -- report.html [map.svg]`.

use madang_process::event_data::{EventLog, LogBuilder, LogLimits, NewEvent, TooMany};
use madang_process::filters::Filters;
use madang_process::language::Language;
use madang_process::performance::ProcessMap;
use madang_process::report::{self, Findings};
use madang_process::variants::{Rework, Variants};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut files = std::env::args().skip(1);
    let log = week()?;
    let map = ProcessMap::of(&log);
    let findings = Findings {
        title: "week.csv",
        map: &map,
        variants: &Variants::of(&log),
        rework: &Rework::of(&log),
        filters: &Filters::default(),
        rejected: 0,
        zone: &jiff::tz::TimeZone::UTC,
    };
    let page = report::html(&findings, Language::Korean);
    std::fs::write(files.next().unwrap_or("report.html".into()), page)?;
    if let Some(file) = files.next() {
        std::fs::write(file, report::svg(&map, Language::Korean))?;
    }
    Ok(())
}

/// A name that would be a tag where it is not escaped.
const HOSTILE: &str = "</script><img src=x onerror=alert(1)>";

/// The ways orders go: how many of a hundred, and the seconds to each step.
const WAYS: &[(u64, &[(&str, i64)])] = &[
    (
        60,
        &[
            ("주문 담기", 0),
            ("결제", 48),
            ("조리 시작", 66),
            ("조리 완료", 204),
            ("손님께 건넴", 72),
        ],
    ),
    (
        22,
        &[
            ("주문 담기", 0),
            ("결제", 50),
            ("조리 시작", 70),
            ("조리 완료", 210),
            ("라이더 가져감", 552),
            ("문 앞 전달", 460),
        ],
    ),
    (
        6,
        &[
            ("주문 담기", 0),
            ("결제", 40),
            ("결제", 30),
            ("조리 시작", 66),
            ("조리 완료", 200),
            ("손님께 건넴", 70),
        ],
    ),
    (
        4,
        &[
            ("주문 담기", 0),
            ("결제", 44),
            ("조리 시작", 60),
            ("조리 완료", 190),
            ("조리 시작", 20),
            ("조리 완료", 205),
            ("손님께 건넴", 66),
        ],
    ),
    (3, &[("주문 담기", 0), ("취소", 12)]),
    (2, &[("주문 담기", 0), ("결제", 45), ("취소", 120)]),
    (
        2,
        &[
            ("주문 담기", 0),
            ("결제", 41),
            ("조리 시작", 66),
            ("조리 완료", 208),
            ("라이더 가져감", 640),
            ("조리 시작", 300),
            ("조리 완료", 215),
            ("라이더 가져감", 400),
            ("문 앞 전달", 500),
        ],
    ),
    (
        1,
        &[
            ("주문 담기", 0),
            (HOSTILE, 20),
            ("결제", 45),
            ("조리 시작", 60),
            ("조리 완료", 200),
            ("손님께 건넴", 75),
            ("환불", 900),
        ],
    ),
];

const MONDAY_MS: i64 = 1_763_337_600_000;

fn week() -> Result<EventLog, TooMany> {
    let mut builder = LogBuilder::new(LogLimits::default());
    let mut case = 0_i64;
    for (cases, steps) in WAYS {
        for _ in 0..*cases {
            case += 1;
            let mut time_ms = MONDAY_MS + case * 5_400_000;
            for (activity, seconds) in *steps {
                time_ms += seconds * 1_000 + seconds * (case % 7) * 90;
                builder.push(&NewEvent {
                    case: &case.to_string(),
                    activity,
                    time_ms,
                    started_ms: None,
                    resource: None,
                    sequence: None,
                })?;
            }
        }
    }
    Ok(builder.finish())
}
