//! Expressions beside what Node answers to them: `tests/data/rows.js`, `rows.json` made by `make-rows.mjs`.

use crate::desk::{run, value_of};

#[test]
fn the_globals_answer_as_node_does() {
    let rows: Vec<(String, String)> =
        serde_json::from_str(include_str!("../data/rows.json")).unwrap();
    let mut wrong = Vec::new();
    for (expression, expected) in &rows {
        let source = format!(
            "(async () => {{ try {{ const value = await ({expression}); postMessage(value) }} catch (error) {{ postMessage(`threw ${{error.name}}`); console.log(error) }} }})()"
        );
        let said = run(&source, &[]);
        if said.first() != Some(expected) {
            wrong.push(format!(
                "{expression}\n   Node {expected}\n   here {}",
                said.join(" ")
            ));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {} rows:\n{}",
        wrong.len(),
        rows.len(),
        wrong.join("\n")
    );
}

/// The machine's own zone must not be seen: the same rows once more in a process that lives in New York.
#[test]
fn the_machine_s_zone_is_never_asked() {
    let again = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "rows::the_globals_answer_as_node_does"])
        .env("TZ", "America/New_York")
        .output()
        .unwrap();
    assert!(
        again.status.success(),
        "{}",
        String::from_utf8_lossy(&again.stdout)
    );
}

/// A text that looks right in the wrong language is worse than an error that names what is missing.
#[test]
fn what_intl_does_not_know_throws_its_name() {
    let rows = [
        (
            "(1).toLocaleString('de-DE')",
            "RangeError: madang: the locale de-DE is not supported; there are ko-KR and en-US",
        ),
        (
            "new Intl.NumberFormat('ko-KR', { style: 'currency', currency: 'CHF' })",
            "RangeError: madang: the currency CHF is not supported; there are KRW, USD, JPY and EUR",
        ),
        (
            "new Intl.NumberFormat('ko-KR', { notation: 'compact' })",
            "RangeError: madang: the value compact of the option notation is not supported",
        ),
        (
            "new Date().toLocaleDateString('ko-KR', { era: 'long' })",
            "RangeError: madang: the option era is not supported",
        ),
        (
            "new Date().toLocaleTimeString('ko-KR', { timeStyle: 'full' })",
            "RangeError: madang: the value full of the option timeStyle is not supported",
        ),
        (
            "new TextDecoder('big5')",
            "RangeError: madang: the encoding \"big5\" is not supported",
        ),
        (
            "new WebSocket('ftp://a.kr')",
            "SyntaxError: madang: a WebSocket has an address with wss: or ws:",
        ),
    ];
    for (expression, expected) in rows {
        assert_eq!(
            value_of(expression),
            format!("{expected:?}"),
            "{expression}"
        );
    }
}

/// The standard means Microsoft's extension by the name, as Excel writes and browsers read; Node knows only the older half.
#[test]
fn euc_kr_has_every_syllable() {
    let decoded = |how: &str| {
        value_of(&format!(
            "(() => {{ const d = new TextDecoder('euc-kr'); return {how} }})()"
        ))
    };
    let rows = [
        (
            "d.decode(new Uint8Array([0x8c, 0x63, 0x20, 0xc3]))",
            "\"똠 \u{fffd}\"",
        ),
        (
            "d.decode(new Uint8Array([0x80, 0x41, 0xff]))",
            "\"\u{fffd}A\u{fffd}\"",
        ),
        (
            "[[0x41, 0x8c], [0x63, 0x80, 0xb8], [0xde]].map((some) => d.decode(new Uint8Array(some), { stream: true }))",
            "[\"A\",\"똠\u{fffd}\",\"메\"]",
        ),
    ];
    for (how, expected) in rows {
        assert_eq!(decoded(how), expected, "{how}");
    }
}

/// One row for each thing of the engine that is replaced: it follows what the worker was given, nothing else.
#[test]
fn clock_chance_and_timers_are_the_worker_s_own() {
    let rows = [
        ("new Date().toISOString()", r#""2026-11-22T01:00:00.000Z""#),
        ("Date.now()", "1795309200000"),
        (
            "String(new Date())",
            r#""Sun Nov 22 2026 10:00:00 GMT+0900 (KST)""#,
        ),
        ("performance.timeOrigin", "1795309200000"),
        ("performance.now()", "0"),
        ("setTimeout(() => {}, 1)", "1"),
    ];
    for (expression, expected) in rows {
        assert_eq!(value_of(expression), expected, "{expression}");
    }
    for chance in [
        "Math.random()",
        "crypto.randomUUID()",
        "[...crypto.getRandomValues(new Uint8Array(8))]",
    ] {
        assert_eq!(value_of(chance), value_of(chance), "{chance}");
        let twice = value_of(&format!("[{chance}, {chance}].map(String)"));
        let pair: Vec<String> = serde_json::from_str(&twice).unwrap();
        assert_ne!(pair[0], pair[1], "{chance}");
    }
}

#[test]
fn the_console_puts_values_into_words() {
    let rows = [
        (
            "'a', 1, null, undefined, true",
            "Log a 1 null undefined true",
        ),
        (
            "{ a: 1, b: 'x', c: [1, 2], d: { e: { f: { g: { h: 1 } } } } }",
            "Log { a: 1, b: 'x', c: [ 1, 2 ], d: { e: { f: { g: { h: 1 } } } } }",
        ),
        (
            "new Map([['k', new Set([1])]])",
            "Log Map(1) { 'k' => Set(1) { 1 } }",
        ),
        (
            "'%s is %d years and %i, %j %%', 'x', 4.5, 4.5, { a: 1 }, 'rest'",
            "Log x is 4.5 years and 4, {\"a\":1} % rest",
        ),
        (
            "[(function named() {}), class A {}, Symbol('s'), 10n, -0]",
            "Log [ [Function: named], [class: A], Symbol(s), 10n, -0 ]",
        ),
        (
            "(() => { const a = { n: 1 }; a.self = a; return a })()",
            "Log { n: 1, self: [Circular] }",
        ),
        ("{ get now() { throw 1 } }", "Log { now: [Getter] }"),
        (
            "new Proxy({}, { ownKeys() { throw 1 } })",
            "Log [a value that cannot be shown]",
        ),
        (
            "new Date(0), /x/g, [ , 1]",
            "Log 1970-01-01T00:00:00.000Z /x/g [ <empty>, 1 ]",
        ),
        ("new (class Order { id = 1 })()", "Log Order { id: 1 }"),
        ("new Uint8Array(3)", "Log Uint8Array(3) [ 0, 0, 0 ]"),
    ];
    for (values, expected) in rows {
        assert_eq!(
            run(&format!("console.log({values})"), &[]),
            [expected],
            "{values}"
        );
    }
    assert_eq!(
        run(
            "console.warn('w'); console.error('e'); console.info('i'); console.debug('d'); console.assert(false, 'no'); console.count(); console.group('g'); console.log('in'); console.groupEnd()",
            &[]
        ),
        [
            "Warn w",
            "Error e",
            "Info i",
            "Debug d",
            "Error Assertion failed: no",
            "Log default: 1",
            "Log g",
            "Log   in"
        ]
    );
}
