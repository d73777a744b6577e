//! What docs/plugins.md tells people to write and to type works as it stands there.

use crate::program::{Place, repository};

/// Each block of code on the page: its language, its text.
fn page() -> Vec<(String, String)> {
    let page = repository().join("docs/plugins.md");
    let page = std::fs::read_to_string(page).expect("the page");
    let mut blocks = Vec::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        let language = line.strip_prefix("```");
        if let Some(language) = language.filter(|name| !name.is_empty()) {
            let text: Vec<_> = lines.by_ref().take_while(|line| *line != "```").collect();
            blocks.push((language.to_owned(), text.join("\n")));
        }
    }
    blocks
}

fn blocks(language: &str) -> Vec<String> {
    let all = page().into_iter();
    all.filter(|(of, _)| of == language)
        .map(|(_, text)| text)
        .collect()
}

/// Does what a block of shell says: files are written, and commands that end by themselves are run; tells which those were.
fn follow(place: &Place, block: &str) -> Vec<String> {
    let mut ran = Vec::new();
    let mut lines = block.lines();
    while let Some(line) = lines.next() {
        let file = line.strip_prefix("cat > ");
        if let Some(file) = file.and_then(|rest| rest.strip_suffix(" <<'END'")) {
            let text: Vec<_> = lines.by_ref().take_while(|line| *line != "END").collect();
            place.file(file, &text.join("\n"));
        } else if let Some(command) = line.strip_prefix("madang ") {
            let arguments: Vec<_> = command.split(' ').collect();
            if matches!(arguments[0], "run" | "check") {
                let ended = place.madang(&arguments);
                let printed = format!("{}{}", ended.stdout, ended.stderr);
                assert_eq!(ended.code, 0, "{line}\n{printed}");
                ran.push(command.to_owned());
            }
        }
    }
    ran
}

#[test]
fn what_the_page_says_to_type_does_what_it_says() {
    let place = Place::new();
    let shell = blocks("sh").into_iter();
    // What a bundler makes is not there without it.
    let shell = shell.filter(|text| !text.contains("npx esbuild"));
    let ran: Vec<_> = shell.flat_map(|text| follow(&place, &text)).collect();
    assert_eq!(
        ran,
        [
            "check first-plugin",
            "run first-plugin --script first-plugin/script.txt",
            "run first-plugin --script first-plugin/script.txt --json",
            "check --strict stock-check",
            "run stock-check --script stock-check/script.txt",
            "check --strict first-plugin",
        ]
    );
}

#[test]
fn every_plugin_on_the_page_starts_and_stays() {
    let sources = blocks("ts");
    assert_eq!(sources.len(), 2);
    for source in sources {
        let place = Place::new();
        place.file("example/src/index.ts", &source);
        // The answer keeps every call in.
        place.file(
            "day.txt",
            "answer GET https://example.com/ 200\ntap 아메리카노\npay card approved\nwait 5m\nexpect plugin running\n",
        );
        let ended = place.madang(&["run", "example", "--script", "day.txt"]);
        assert_eq!(ended.code, 0, "{source}\n{}{}", ended.stdout, ended.stderr);
        assert!(!ended.stdout.contains("error"), "{}", ended.stdout);
    }
}

#[test]
fn the_manifest_on_the_page_is_one() {
    for manifest in blocks("toml") {
        let place = Place::new();
        place.file("example/plugin.toml", &manifest);
        place.file("example/src/index.ts", "export {};\n");
        let ended = place.madang(&["check", "example"]);
        assert_eq!(ended.code, 0, "{}{}", ended.stdout, ended.stderr);
    }
}
