//! Process mining from the command line.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::program::Place;

const DAY: &str = "주문번호,활동,시각,담당자
1,접수,2026-11-22 12:00:00,민지
1,조리,2026-11-22 12:01:00,하준
1,건넴,2026-11-22 12:10:12,민지
2,접수,2026-11-22 12:05:00,민지
2,조리,2026-11-22 12:06:00,하준
2,조리,2026-11-22 12:08:00,서연
2,건넴,2026-11-22 12:17:00,민지
";

#[test]
fn a_log_is_summed_up() {
    let place = Place::new();
    place.file("day.csv", DAY);
    let ended = place.madang(&["mine", "day.csv"]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let check = |line: &str| {
        let found = ended.stdout.lines().any(|other| other.trim() == line);
        assert!(found, "{line}\n{}", ended.stdout);
    };
    check("사례: 주문번호 (이름을 보고)");
    check("사례 2개, 이벤트 7개");
    check("2026-11-22 12:00 – 2026-11-22 12:17");
    check("50%  1건, 10분 12초: 접수 → 조리 → 건넴");
    check("“조리” 1번 더, 사례 1개: 바로 1번, 나중에 0번 (같은 사람 0, 다른 사람 1)");
    assert!(
        ended.stdout.contains("1. “조리” 다음 “건넴”까지"),
        "{}",
        ended.stdout
    );
}

#[test]
fn a_log_that_comes_is_followed_to_its_end() {
    let place = Place::new();
    place.file("day.csv", DAY);
    let whole = place.madang(&["mine", "--json", "day.csv"]);
    let whole: Value = serde_json::from_str(&whole.stdout).expect("a line of JSON");
    let text = format!("{DAY}3,접수,곧,민지\n");
    let ended = place.madang_with_input(&["mine", "-", "--follow", "--json"], &text);
    // A row that was refused is told, and is no failure of who looks on.
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let last = ended.stdout.lines().last().expect("a state");
    let last: Value = serde_json::from_str(last).expect("a line of JSON");
    for part in ["cases", "edges", "variants", "bottlenecks", "rework"] {
        assert_eq!(last[part], whole[part], "{part}");
    }
    assert_eq!(last["rejected"], 1);
    assert_eq!(last["live"]["counted_twice"], 0);
    let check = |arguments: &[&str], said: &str| {
        let ended = place.madang(&[&["mine", "--follow"], arguments].concat());
        assert_eq!(ended.code, 2, "{arguments:?}: {}", ended.stderr);
        assert!(ended.stderr.contains(said), "{}", ended.stderr);
    };
    check(&["day.csv", "-"], "2 logs cannot be followed at once");
    check(&["."], "is a folder, which cannot be followed");
    check(&["tomorrow.csv"], "could not be read any further");
    check(&["day.csv", "--model"], "cannot be used with");
}

#[test]
fn a_file_is_followed_until_ctrl_c() {
    let place = Place::new();
    place.file("day.csv", DAY);
    let mut program = place
        .command(&["mine", "day.csv", "--follow", "--language", "en"])
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program runs");
    let mut lines = BufReader::new(program.stdout.take().expect("piped")).lines();
    let mut until = |text: &str| lines.any(|line| line.expect("it prints").contains(text));
    assert!(until("2 cases, 7 events"));
    assert!(until("2 cases may go on."));
    let mut file = std::fs::File::options()
        .append(true)
        .open(place.path().join("day.csv"))
        .expect("it is there");
    file.write_all("3,접수,2026-11-22 12:20:00,민지\n".as_bytes())
        .expect("written");
    assert!(until("3 cases, 8 events"));
    let told = Command::new("kill")
        .args(["-INT", &program.id().to_string()])
        .status();
    assert!(told.expect("kill is there").success());
    assert!(until("3 cases, 8 events"), "the last state");
    assert_eq!(program.wait().expect("it ends").code(), Some(0));
}

#[test]
fn several_files_are_one_log_and_json_has_all() {
    let place = Place::new();
    let (first, rest) = DAY.split_at(DAY.find("2,접수").expect("it is there"));
    place.file(
        "a.csv",
        &format!("{first}2,접수,2026-11-22 12:05:00,민지\n"),
    );
    let rest = rest.lines().skip(1).collect::<Vec<_>>().join("\n");
    place.file("b.csv", &format!("주문번호,활동,시각,담당자\n{rest}\n"));
    place.file("day.csv", DAY);
    let found = |arguments: &[&str]| {
        let ended = place.madang(&[&["mine", "--json", "--language", "en"], arguments].concat());
        assert_eq!(ended.code, 0, "{}", ended.stderr);
        let mut found: Value = serde_json::from_str(&ended.stdout).expect("a line of JSON");
        found["files"] = Value::Null;
        found
    };
    let parts = found(&["a.csv", "b.csv"]);
    assert_eq!(parts, found(&["day.csv"]));
    assert_eq!(parts["edges"].as_array().map(Vec::len), Some(3));
    assert_eq!(parts["duration"]["max_ms"], 720_000);
}

#[test]
fn traces_without_a_name_are_cases_of_their_own_in_each_file() {
    let place = Place::new();
    let log = |activity: &str| {
        format!(
            "<log xes.version='1.0'><trace><event><string key='concept:name' value='{activity}'/><date key='time:timestamp' value='2026-11-22T12:00:00+09:00'/></event></trace></log>"
        )
    };
    place.file("a.xes", &log("A")).file("b.xes", &log("B"));
    let ended = place.madang(&["mine", "a.xes", "b.xes", "--cases", "newest"]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    for line in ["사례 2개, 이벤트 2개", "a.xes#1", "b.xes#1"] {
        assert!(ended.stdout.contains(line), "{line}\n{}", ended.stdout);
    }
}

#[test]
fn what_is_given_twice_is_refused() {
    let place = Place::new();
    let many: String = (0..40)
        .map(|order| format!("{order},접수,2026-11-22 12:00:{order:02},민지\n"))
        .collect();
    place.file("day.csv", &format!("{DAY}{many}"));
    place.file("copy.csv", &format!("{DAY}{many}"));
    place.file("monday.csv", "주문번호,활동,시각,담당자\n");
    place.file("tuesday.csv", "주문번호,활동,시각,담당자\n");
    let check = |logs: &[&str], said: &str| {
        let ended = place.madang(&[&["mine"], logs].concat());
        let expected = if said.is_empty() { 0 } else { 2 };
        assert_eq!(ended.code, expected, "{logs:?}: {}", ended.stderr);
        assert!(ended.stderr.contains(said), "{logs:?}: {}", ended.stderr);
    };
    check(
        &["day.csv", "./day.csv"],
        "./day.csv is the same log as day.csv",
    );
    check(
        &["day.csv", "copy.csv"],
        "copy.csv is the same log as day.csv",
    );
    // Days on which the shop was closed.
    check(&["day.csv", "monday.csv", "tuesday.csv"], "");
    // Events that have ids.
    told(&place, &["day.csv", "--write", "whole.jsonocel"]);
    told(
        &place,
        &[
            "whole.jsonocel",
            "--only",
            "again",
            "--write",
            "part.xmlocel",
        ],
    );
    check(
        &["whole.jsonocel", "part.xmlocel"],
        "9 events of part.xmlocel are in whole.jsonocel as well",
    );
}

#[test]
fn nothing_is_written_over_what_is_read() {
    let place = shop();
    place.file("day.csv", DAY);
    let check = |arguments: &[&str], said: &str| {
        let ended = place.madang(&[&["mine"], arguments].concat());
        assert_eq!(ended.code, 2, "{arguments:?}: {}", ended.stderr);
        assert!(ended.stderr.contains(said), "{}", ended.stderr);
    };
    let over = ["shop.csv", "--only", "last:취소", "--write", "./shop.csv"];
    check(&over, "./shop.csv is read as well, and would be lost");
    check(
        &["shop.csv", "--before", "day.csv", "--html", "day.csv"],
        "day.csv is read as well",
    );
    let kept = std::fs::read_to_string(place.path().join("shop.csv"));
    assert_eq!(kept.expect("it is there"), SHOP);
    // A filter file is put together so.
    told(
        &place,
        &["shop.csv", "--only", "again", "--save-filters", "kept.toml"],
    );
    let more = [
        "shop.csv",
        "--filters",
        "kept.toml",
        "--without",
        "last:취소",
    ];
    told(
        &place,
        &[&more[..], &["--save-filters", "kept.toml"]].concat(),
    );
}

#[test]
fn names_that_the_log_does_not_have_are_told() {
    let place = shop();
    place.file(
        "typed.toml",
        "[[rules]]\nrule = \"preceded-by\"\nactivity = \"건냄\"\nby = \"결제\"\n",
    );
    let said = told(&place, &["shop.csv", "--rules", "typed.toml"]);
    has(&said, "“건냄”: 이 로그에 없는 활동이에요 (‘건넴’인가요?)");
    assert!(!said.contains("모두 지켰어요"), "{said}");
    let arguments = ["shop.csv", "--only", "has:결재", "--json"];
    let found: Value = serde_json::from_str(&told(&place, &arguments)).expect("a line of JSON");
    assert_eq!(found["unknown_activities"], serde_json::json!(["결재"]));
    // What was filtered away is no name that nobody knows.
    let arguments = ["shop.csv", "--without", "last:취소", "--json"];
    let found: Value = serde_json::from_str(&told(&place, &arguments)).expect("a line of JSON");
    assert_eq!(found["unknown_activities"], Value::Null);
}

#[test]
fn programs_are_told_all_and_people_the_beginning() {
    let place = Place::new();
    let rows: String = (0..30)
        .map(|order| format!("{order},접수 {order},2026-11-22 12:00:{order:02}\n"))
        .collect();
    place.file("wide.csv", &format!("주문번호,활동,시각\n{rows}"));
    let variants = |more: &[&str]| {
        let arguments = [&["wide.csv", "--json", "--cases", "newest"], more].concat();
        let found: Value = serde_json::from_str(&told(&place, &arguments)).expect("JSON");
        ["variants", "case_list"].map(|list| found[list].as_array().map(Vec::len))
    };
    assert_eq!(variants(&[]), [Some(30), Some(30)]);
    assert_eq!(variants(&["--top", "7"]), [Some(7), Some(7)]);
    let said = told(&place, &["wide.csv", "--cases", "newest"]);
    has(&said, "… 그 밖에 25가지");
    assert_eq!(
        said.lines()
            .filter(|line| line.contains("12:00  접수"))
            .count(),
        5
    );
}

#[test]
fn a_terminal_is_shown_no_controls_of_a_log() {
    let place = Place::new();
    place.file(
        "controls.csv",
        "case,activity,time,note\n1,\"\u{1b}[2J\u{1b}]0;x\u{7}ok\",2026-01-01 10:00,\"a\nb\"\n\u{9b}31m,b,2026-01-01 11:00,c\n1,x,\u{1b}[31mbad,d\n",
    );
    let ended = place.madang(&[
        "mine",
        "controls.csv",
        "--timeline",
        "1",
        "--cases",
        "newest",
    ]);
    assert_eq!(ended.code, 3, "{}", ended.stderr);
    for text in [&ended.stdout, &ended.stderr] {
        let is_bad = |letter: char| letter.is_control() && letter != '\n';
        assert!(!text.contains(is_bad), "{text:?}");
    }
    assert!(ended.stdout.contains("␛[2J␛]0;x␇ok"), "{}", ended.stdout);
    assert!(ended.stdout.contains("note=a␊b"), "{}", ended.stdout);
}

#[test]
fn only_the_hours_that_count_are_told_of() {
    let place = Place::new();
    // From Friday evening to Monday morning: two hours of the shop's.
    place.file(
        "h.csv",
        "case,activity,time\n1,a,2026-11-20 17:00:00\n1,b,2026-11-23 10:00:00\n",
    );
    let hours = ["h.csv", "--language", "en", "--hours", "평일 9-18"];
    let lists = [
        "--cases",
        "longest",
        "--timeline",
        "1",
        "--only",
        "took:1h..3h",
    ];
    let said = told(&place, &[&hours[..], &lists].concat());
    assert!(said.contains("100%  1 case, 2 h: a → b"), "{said}");
    assert!(!said.contains("2 d"), "{said}");
    let said = told(&place, &[&hours[..], &["--only", "took:3h.."]].concat());
    has(&said, "0 cases, 0 events");
}

#[test]
fn work_that_begins_after_its_end_is_told() {
    let place = Place::new();
    place.file(
        "turned.csv",
        "case,activity,time,start\n1,a,2026-01-01 10:00,2026-01-01 10:05\n1,b,2026-01-01 10:00,2026-01-01 09:55\n",
    );
    let said = told(&place, &["turned.csv", "--language", "en"]);
    has(
        &said,
        "Events that begin after they end: 1. None of them counts as work.",
    );
    place.file(
        "empty.jsonocel",
        "{\"objectTypes\":[],\"eventTypes\":[],\"objects\":[],\"events\":[]}",
    );
    let ended = place.madang(&["mine", "empty.jsonocel"]);
    assert_eq!(ended.code, 2, "{}", ended.stderr);
    assert!(
        ended.stderr.contains("without any object"),
        "{}",
        ended.stderr
    );
}

#[test]
fn codes_say_how_mining_ended() {
    let place = Place::new();
    place.file("day.csv", DAY);
    place.file("bad.csv", &format!("{DAY}3,접수,곧,민지\n"));
    place.file("menu.csv", "상품명,가격\n아메리카노,4500\n");
    let check = |arguments: &[&str], code: i32, said: &str| {
        let ended = place.madang(&[&["mine"], arguments].concat());
        assert_eq!(ended.code, code, "{arguments:?}: {}", ended.stderr);
        assert!(
            ended.stderr.contains(said),
            "{arguments:?}: {}",
            ended.stderr
        );
        ended.stdout
    };
    let summary = check(&["bad.csv"], 3, "1 row was refused");
    assert!(
        summary.contains("bad.csv, 9번째 줄: 시각으로 읽을 수 없어요: “곧”"),
        "{summary}"
    );
    check(&["menu.csv"], 2, "no column looks like the time");
    check(&["nothing.csv"], 2, "there is no such file");
    check(
        &["day.csv", "--case", "번호"],
        2,
        "there is no column “번호”",
    );
    check(
        &["day.csv", "--zone", "Seoul"],
        2,
        "there is no time zone “Seoul”",
    );
    check(&[], 2, "LOG");
}

#[test]
fn filters_of_a_file_choose_the_cases() {
    let place = Place::new();
    place.file(
        "day.csv",
        &DAY.replace(",민지", ",매장").replace(",담당자", ",채널"),
    );
    let found = |filters: &str| {
        place.file("filters.toml", filters);
        let ended = place.madang(&["mine", "day.csv", "--filters", "filters.toml", "--json"]);
        assert_eq!(ended.code, 0, "{}", ended.stderr);
        serde_json::from_str::<Value>(&ended.stdout).expect("a line of JSON")
    };
    let rework = found("[[filters]]\nkind = \"rework\"\n");
    assert_eq!(
        (&rework["cases"], &rework["filters"][0]),
        (&1.into(), &"무엇이든 다시 한 것만".into())
    );
    let channel =
        found("[[filters]]\nkind = \"attribute\"\nname = \"채널\"\nvalues = [\"서연\"]\n");
    assert_eq!(channel["cases"], 1);
    assert_eq!(found("")["cases"], 2);

    place.file("filters.toml", "[[filters]]\nkind = \"longest\"\n");
    let ended = place.madang(&["mine", "day.csv", "--filters", "filters.toml"]);
    assert_eq!(ended.code, 2, "{}", ended.stderr);
    assert!(ended.stderr.contains("longest"), "{}", ended.stderr);
}

#[test]
fn a_report_and_a_drawing_are_written() {
    let place = Place::new();
    place.file("day.csv", DAY);
    let ended = place.madang(&["mine", "day.csv", "--html", "day.html", "--svg", "day.svg"]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let page = std::fs::read_to_string(place.path().join("day.html")).expect("it was written");
    assert!(
        page.contains("<h1>") && page.contains("day.csv · 2026-11-22 12:00"),
        "{page}"
    );
    let drawing = std::fs::read_to_string(place.path().join("day.svg")).expect("it was written");
    assert!(
        drawing.starts_with("<svg ") && drawing.contains(">조리</text>"),
        "{drawing}"
    );
    let ended = place.madang(&["mine", "day.csv", "--html", "nowhere/day.html"]);
    assert_eq!(ended.code, 2, "{}", ended.stderr);
    assert!(
        ended
            .stderr
            .contains("nowhere/day.html could not be written"),
        "{}",
        ended.stderr
    );
}

/// A day with a cancellation, an order that waits long and one that is never handed over.
const SHOP: &str = "주문번호,활동,시각,담당자,채널
1,접수,2026-11-22 12:00:00,민지,포장
1,결제,2026-11-22 12:01:00,민지,포장
1,조리,2026-11-22 12:05:00,하준,포장
1,건넴,2026-11-22 12:12:00,민지,포장
2,접수,2026-11-22 12:03:00,민지,배달
2,조리,2026-11-22 12:10:00,하준,배달
2,건넴,2026-11-22 13:20:00,민지,배달
3,접수,2026-11-22 13:00:00,민지,배달
3,취소,2026-11-22 13:02:00,민지,배달
4,접수,2026-11-23 12:00:00,서연,포장
4,결제,2026-11-23 12:01:00,서연,포장
4,조리,2026-11-23 12:03:00,하준,포장
4,건넴,2026-11-23 12:08:00,서연,포장
5,접수,2026-11-23 12:30:00,서연,배달
5,결제,2026-11-23 12:31:00,서연,배달
";

const RULES: &str = "ends = [\"건넴\", \"취소\"]

[[service-levels]]
from = \"접수\"
to = \"건넴\"
within = \"40m\"
unless = [\"취소\"]

[[rules]]
rule = \"preceded-by\"
activity = \"건넴\"
by = \"결제\"
";

fn shop() -> Place {
    let place = Place::new();
    place.file("shop.csv", SHOP).file("rules.toml", RULES);
    place
}

fn told(place: &Place, arguments: &[&str]) -> String {
    let ended = place.madang(&[&["mine"], arguments].concat());
    assert_eq!(ended.code, 0, "{arguments:?}: {}", ended.stderr);
    ended.stdout
}

fn has(text: &str, line: &str) {
    let found = text.lines().any(|other| other.trim().starts_with(line));
    assert!(found, "{line}\n{text}");
}

#[test]
fn rules_and_service_levels_are_held_to() {
    let place = shop();
    let summary = told(
        &place,
        &[
            "shop.csv",
            "--rules",
            "rules.toml",
            "--at",
            "2026-11-23T14:00",
        ],
    );
    has(&summary, "결제 없이 건넴: 사례 1개(20%), 2");
    has(
        &summary,
        "접수 뒤 40분 안에 건넴: 4번 가운데 2번 지켰어요(50%). 늦음 1, 아직 없음 1, 시간이 남음 0, 취소됨 1.",
    );
    has(&summary, "접수 뒤 40분 안에 건넴 없음: 5");
    let english = told(
        &place,
        &["shop.csv", "--rules", "rules.toml", "--language", "en"],
    );
    has(&english, "건넴 without 결제: 1 cases (20%), 2");
    // At the last event there is time left for the last order.
    has(
        &english,
        "건넴 within 40 min of 접수: kept 2 of 3 times (67%); 1 late, 0 not come, 1 with time left, 1 ended.",
    );

    // The kitchen is closed while the second order waits.
    let hours = told(
        &place,
        &[
            "shop.csv",
            "--rules",
            "rules.toml",
            "--hours",
            "daily 12:00-12:30",
        ],
    );
    has(&hours, "기다림과 걸린 시간은 정해 주신 시간만 셌어요");
    has(
        &hours,
        "접수 뒤 40분 안에 건넴: 3번 가운데 3번 지켰어요(100%)",
    );
}

#[test]
fn a_model_is_found_written_and_held_to() {
    let place = shop();
    let summary = told(
        &place,
        &[
            "shop.csv",
            "--model",
            "--noise",
            "0",
            "--write",
            "shop.bpmn",
            "--write",
            "shop.pnml",
        ],
    );
    has(&summary, "모든 사례를 담은 모델이에요.");
    has(&summary, "사례 5개 가운데 5개(100%)가 모델 그대로 갔어요.");
    has(&summary, "├ 접수");
    let bpmn = std::fs::read_to_string(place.path().join("shop.bpmn")).expect("it was written");
    assert!(
        bpmn.contains("name=\"조리\"") && bpmn.contains("BPMNShape"),
        "{bpmn}"
    );

    // The model of the ways that were meant, and all cases beside it.
    told(
        &place,
        &[
            "shop.csv",
            "--only",
            "path:접수 > 결제 > 조리 > 건넴",
            "--model",
            "--noise",
            "0",
            "--write",
            "meant.pnml",
        ],
    );
    let summary = told(&place, &["shop.csv", "--against", "meant.pnml"]);
    has(&summary, "meant.pnml의 모델과 견주었어요.");
    has(&summary, "사례 5개 가운데 2개(40%)가 모델 그대로 갔어요.");
    has(&summary, "결제 없이 조리: 사례 1개(20%), 2");
    has(&summary, "예정에 없던 취소: 사례 1개(20%), 3");
    let json = told(&place, &["shop.csv", "--against", "meant.pnml", "--json"]);
    let json: Value = serde_json::from_str(&json).expect("a line of JSON");
    assert_eq!(json["against"]["alignments"]["fitting_cases"], 2);
    let names = json["against"]["deviations"].as_array().expect("a list");
    assert!(
        names
            .iter()
            .any(|one| one["name"] == "결제 없이 조리" && one["first_cases"][0] == "2")
    );
}

#[test]
fn periods_and_logs_are_compared() {
    let place = shop();
    let summary = told(
        &place,
        &["shop.csv", "--compare", "2026-11-22", "2026-11-23"],
    );
    has(
        &summary,
        "앞: 2026-11-22, 사례 3개. 뒤: 2026-11-23, 사례 2개.",
    );
    has(&summary, "이제 하지 않는 일: 취소");
    has(
        &summary,
        "“조리” 다음 “건넴”까지 7분에서 5분, 2분 줄었어요.",
    );
    let day = |date: &str| {
        let lines = SHOP
            .lines()
            .filter(|line| line.contains(date) || line.starts_with("주문"));
        lines.collect::<Vec<_>>().join("\n")
    };
    place
        .file("old.csv", &day("2026-11-22"))
        .file("new.csv", &day("2026-11-23"));
    let summary = told(&place, &["new.csv", "--before", "old.csv"]);
    has(&summary, "앞: old.csv, 사례 3개. 뒤: new.csv, 사례 2개.");
    has(
        &summary,
        "“조리” 다음 “건넴”까지 7분에서 5분, 2분 줄었어요.",
    );
}

#[test]
fn arrivals_cases_and_a_timeline_are_told() {
    let place = shop();
    let summary = told(
        &place,
        &["shop.csv", "--arrivals", "--cases", "longest", "--top", "2"],
    );
    has(
        &summary,
        "12시부터 13시까지가 가장 붐벼요: 4건, 전체의 80%.",
    );
    has(&summary, "12시   2   0   0   0   0   0   2     4");
    has(
        &summary,
        "2     2026-11-22 12:03  건넴            3  1시간 17분",
    );
    let timeline = told(&place, &["shop.csv", "--timeline", "2", "--language", "en"]);
    has(&timeline, "Case “2”");
    has(&timeline, "2026-11-22 13:20:00  건넴  민지  채널=배달");
    let json = told(
        &place,
        &[
            "shop.csv",
            "--timeline",
            "2",
            "--arrivals",
            "--cases",
            "newest",
            "--json",
        ],
    );
    let json: Value = serde_json::from_str(&json).expect("a line of JSON");
    assert_eq!(json["timeline"]["events"][2]["waited_ms"], 4_200_000);
    assert_eq!(json["arrivals"]["week"][6][12], 2);
    assert_eq!(json["case_list"][0]["name"], "5");
    let ended = place.madang(&["mine", "shop.csv", "--timeline", "7"]);
    assert_eq!(ended.code, 2);
    assert!(
        ended.stderr.contains("there is no case “7”"),
        "{}",
        ended.stderr
    );
}

#[test]
fn filters_are_written_at_the_command_line_and_kept() {
    let place = shop();
    let first = told(
        &place,
        &[
            "shop.csv",
            "--only",
            "with:채널=배달",
            "--without",
            "last:취소",
            "--only",
            "began:2026-11-22..2026-11-24",
            "--save-filters",
            "kept.toml",
        ],
    );
    has(&first, "채널: “배달” 인 것만");
    has(&first, "빼기: “취소”에서 끝난 것만");
    has(
        &first,
        "2026-11-22 00:00부터 2026-11-24 00:00 전까지 시작한 것만",
    );
    has(&first, "사례 2개, 이벤트 5개");
    let again = told(&place, &["shop.csv", "--filters", "kept.toml"]);
    let without_order = |text: &str| {
        let mut lines: Vec<_> = text.lines().map(str::to_owned).collect();
        lines.sort();
        lines
    };
    assert_eq!(without_order(&again), without_order(&first));
    let check = |filter: &str, said: &str| {
        let ended = place.madang(&["mine", "shop.csv", "--only", filter]);
        assert_eq!(ended.code, 2, "{filter}: {}", ended.stderr);
        assert!(ended.stderr.contains(said), "{filter}: {}", ended.stderr);
    };
    check("slow", "“slow” is no filter");
    check("with:자리=1", "there is no column “자리”");
}

#[test]
fn logs_are_written_in_every_format_and_say_the_same() {
    let place = shop();
    let formats = [
        "a.csv",
        "a.xes",
        "a.parquet",
        "a.jsonocel",
        "a.xmlocel",
        "a.sqlite",
    ];
    let writes: Vec<&str> = formats.iter().flat_map(|name| ["--write", name]).collect();
    let found = |name: &str| {
        let json = told(&place, &[name, "--json"]);
        let mut json: Value = serde_json::from_str(&json).expect("a line of JSON");
        json["files"] = Value::Null;
        json
    };
    // Work whose beginning is told, and work whose beginning nobody knows.
    let started = SHOP
        .replace(",담당자,", ",담당자,시작,")
        .replace(",하준,", ",하준,2026-11-22 12:02:00,")
        .replace(",민지,", ",민지,,")
        .replace(",서연,", ",서연,,");
    place.file("shop.csv", &started);
    told(&place, &[&["shop.csv"], writes.as_slice()].concat());
    let whole = found("shop.csv");
    for name in formats {
        assert_eq!(found(name), whole, "{name}");
        // The name says nothing that the file does not say itself.
        let bare = place.path().join("log");
        std::fs::copy(place.path().join(name), &bare).expect("a copy");
        assert_eq!(found("log"), whole, "{name} without its ending");
    }
    let left: Vec<_> = std::fs::read_dir(place.path()).expect("a folder").collect();
    let hidden = left.into_iter().filter_map(Result::ok);
    let hidden: Vec<_> = hidden
        .filter(|entry| entry.file_name().to_string_lossy().starts_with('.'))
        .collect();
    assert!(hidden.is_empty(), "{hidden:?}");

    // Some cases of a log of objects, as one of objects.
    told(
        &place,
        &["a.jsonocel", "--only", "last:취소", "--write", "b.jsonocel"],
    );
    assert_eq!(found("b.jsonocel")["cases"], 1);
    let ended = place.madang(&["mine", "shop.csv", "--write", "a.txt"]);
    assert_eq!(ended.code, 2);
    assert!(
        ended.stderr.contains("a.txt has no ending"),
        "{}",
        ended.stderr
    );
}

#[test]
fn standard_input_may_hold_any_format_that_is_a_stream() {
    let place = shop();
    told(
        &place,
        &["shop.csv", "--write", "a.xes", "--write", "a.jsonocel"],
    );
    let check = |name: &str| {
        let text = std::fs::read_to_string(place.path().join(name)).expect("it is there");
        let ended = place.madang_with_input(&["mine", "-"], &text);
        assert_eq!(ended.code, 0, "{name}: {}", ended.stderr);
        has(&ended.stdout, "사례 5개, 이벤트 15개");
    };
    check("shop.csv");
    check("a.xes");
    check("a.jsonocel");
    let ended = place.madang_with_input(&["mine", "-"], "PAR1 and so on");
    assert_eq!(ended.code, 2);
    assert!(
        ended.stderr.contains("save it as a file first"),
        "{}",
        ended.stderr
    );
}

#[test]
fn a_file_that_does_not_fit_on_the_disk_leaves_what_was_there() {
    let place = shop();
    place.file("report.html", "before");
    // No file may become longer than a kilobyte, as on a disk that is full.
    let program = env!("CARGO_BIN_EXE_madang");
    let script = format!("ulimit -f 1; trap '' XFSZ; {program} mine shop.csv --html report.html");
    let ended = std::process::Command::new("sh")
        .args(["-c", &script])
        .current_dir(place.path())
        .output()
        .expect("a shell");
    assert_eq!(
        ended.status.code(),
        Some(74),
        "{}",
        String::from_utf8_lossy(&ended.stderr)
    );
    let left = std::fs::read_to_string(place.path().join("report.html"));
    assert_eq!(left.expect("it is there"), "before");
    let names = std::fs::read_dir(place.path()).expect("a folder");
    let names = names.filter_map(Result::ok).map(|entry| entry.file_name());
    let unfinished = |name: &std::ffi::OsString| name.to_string_lossy().contains("unfinished");
    assert!(!names.into_iter().any(|name| unfinished(&name)));
}

#[test]
fn the_report_shows_what_was_asked_for() {
    let place = shop();
    told(
        &place,
        &[
            "shop.csv",
            "--rules",
            "rules.toml",
            "--arrivals",
            "--model",
            "--compare",
            "2026-11-22",
            "2026-11-23",
            "--cases",
            "longest",
            "--html",
            "shop.html",
        ],
    );
    let page = std::fs::read_to_string(place.path().join("shop.html")).expect("it was written");
    let check = |text: &str| assert!(page.contains(text), "{text}");
    check("결제 없이 건넴: 사례 1개(20%), 2");
    check("건넴 without 결제: 1 cases (20%), 2");
    check("약속한 시간");
    check("Service levels");
    check("시작하는 때");
    check("weight-4");
    check("The model that was found");
    check("Before and after");
    check("<th scope=\"col\" class=\"word\"><span lang=\"ko\">사례</span>");
}

/// What is said of work that was done again.
fn said_again(said: &str) -> String {
    let lines = said.lines().skip_while(|line| *line != "다시 하는 일");
    lines.take_while(|line| !line.is_empty()).collect()
}

/// A till's own journal is a log, by its data folder, by the folder of the journal, and by its file.
#[test]
fn the_journal_of_a_till_is_a_log() {
    let place = Place::new();
    place.file(
        "day.txt",
        "tap 아메리카노
         pay card declined 051
         wait 30s
         pay card approved
         expect order paid
         tap 아메리카노
         checkout",
    );
    let played = place.madang(&["run", "--script", "day.txt", "--data", "data"]);
    assert_eq!(played.code, 0, "{}{}", played.stdout, played.stderr);
    let way = "담기 시작 → 주문 → 결제 시작 → 결제 실패 → 다시 결제 → 결제 완료 → 완료";
    for name in ["data", "data/journal", "data/journal/journal.db"] {
        let said = told(&place, &[name]);
        has(&said, "사례 2개, 이벤트 9개");
        assert!(said.contains(way), "{name}: {said}");
    }
    // It was paid once: only the card that was declined was tried again.
    assert!(said_again(&told(&place, &["data"])).contains("“다시 결제” 1번 더, 사례 1개"));
    let twice = place.madang(&["mine", "data", "data/journal"]);
    assert_eq!(twice.code, 2, "{}", twice.stderr);
    assert!(
        twice
            .stderr
            .contains("events of data/journal are in data as well"),
        "{}",
        twice.stderr
    );
    let by_payment = ["data", "--object-type", "payment", "--language", "en"];
    let said = told(&place, &by_payment);
    assert!(said.contains("Payment started → Payment failed"), "{said}");
    let check = |arguments: &[&str], code: i32, expected: &str| {
        let ended = place.madang(&[&["mine"], arguments].concat());
        assert_eq!(ended.code, code, "{}", ended.stderr);
        assert!(ended.stderr.contains(expected), "{}", ended.stderr);
    };
    check(&["."], 2, "no journal of a till is in it");
    check(&["data", "--object-type", "moon"], 2, "order, payment");
    place.file("data/journal/format", "madang data folder, format 99\n");
    check(&["data"], 73, "newer");
}

/// A guard that answers after 1.8 seconds of the till's time, and one that never does.
#[test]
fn what_plugins_were_asked_is_in_the_journal_and_in_its_log() {
    let place = Place::new();
    for (name, answer) in [
        ("slow", "new Promise((done) => setTimeout(done, 1800))"),
        ("mute", "new Promise(() => {})"),
    ] {
        let manifest = format!(
            "name = \"{name}\"\nversion = \"1.0.0\"\n[permissions]\npayment = [\"veto\"]\n"
        );
        place.file(&format!("{name}/plugin.toml"), &manifest);
        let source = format!(
            "import {{ posPluginSdk }} from \"@madang/pos-plugin-sdk\";
             posPluginSdk.payment.on(\"before-cancel\", () => {answer});"
        );
        place.file(&format!("{name}/main.js"), &source);
    }
    place.file(
        "day.txt",
        "tap 아메리카노
         pay card approved
         cancel-payment last
         expect cancelled",
    );
    let play = |data: &str| {
        let all = ["run", "slow", "mute", "--script", "day.txt", "--json"];
        let played = place.madang(&[&all[..], &["--seed", "7", "--data", data]].concat());
        assert_eq!(played.code, 0, "{}{}", played.stdout, played.stderr);
        played.stdout
    };
    assert_eq!(
        play("data"),
        play("again"),
        "the same seed prints the same lines"
    );
    let said = told(&place, &["data"]);
    let way = "플러그인 확인 → 플러그인 답 없음 → 환불 시작 → 환불";
    assert!(said.contains(way), "{said}");
    has(&said, "플러그인을 기다린 시간");
    has(
        &said,
        "mute: 환불 전에 물으면 답까지 보통 5초, 길면 5초 기다려요. 1번, 답 없음 1번, 일주일에 모두 35초예요.",
    );
    has(
        &said,
        "slow: 환불 전에 물으면 답까지 보통 1.8초, 길면 1.8초 기다려요. 1번, 일주일에 모두 12초예요.",
    );
    let by_plugin = told(
        &place,
        &["data", "--object-type", "plugin", "--language", "en"],
    );
    has(&by_plugin, "2 cases, 2 events");
    has(&by_plugin, "Waiting for plugins");
    // The log of objects that is written says the same when it is read.
    let found = |log: &str, more: &[&str]| {
        let ended =
            place.madang(&[&["mine", log, "--json", "--object-type", "order"], more].concat());
        assert_eq!(ended.code, 0, "{}{}", ended.stdout, ended.stderr);
        let found: serde_json::Value = serde_json::from_str(&ended.stdout).expect("JSON");
        found["plugins"].clone()
    };
    let plugins = found("data", &["--write", "log.jsonocel"]);
    assert_eq!(
        (&plugins[0]["plugin"], &plugins[0]["silent"]),
        (&"mute".into(), &1.into())
    );
    assert_eq!(found("log.jsonocel", &[]), plugins);
}
