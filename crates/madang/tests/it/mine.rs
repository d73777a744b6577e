//! Process mining from the command line.

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
    let summary = check(&["bad.csv"], 3, "1 rows were refused");
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
