use madang_plugin_runtime::{Input, Limits};

use crate::desk::{NOW, lines, run, start, start_with};

fn check(source: &str, messages: &[&str], expected: &[&str]) {
    assert_eq!(run(source, messages), expected, "{source}");
}

#[test]
fn messages_go_in_and_out() {
    check(
        "self.onmessage = (event) => postMessage({ got: event.data, type: event.type })",
        &[r#"{"a":1}"#, "[null]"],
        &[
            r#"{"got":{"a":1},"type":"message"}"#,
            r#"{"got":[null],"type":"message"}"#,
        ],
    );
    check(
        "addEventListener('message', (event) => postMessage(event.data + 1)); onmessage = (e) => postMessage(e.data)",
        &["1"],
        &["1", "2"],
    );
    check(
        "postMessage({ a: undefined, b: new Date(0), c: [undefined] }); postMessage(undefined)",
        &[],
        &[r#"{"b":"1970-01-01T00:00:00.000Z","c":[null]}"#, "null"],
    );
    check(
        "var top1 = 1; function f() {} postMessage([typeof self, self === globalThis, this === self, self.top1, typeof self.f])",
        &[],
        &[r#"["object",true,true,1,"function"]"#],
    );
}

#[test]
fn what_json_cannot_say_throws_data_clone_error() {
    let told = |value: &str| {
        let source = format!(
            "try {{ const a = {{}}; a.a = a; postMessage({value}) }} catch (e) {{ postMessage([e.name, e instanceof DOMException, e.message]) }}"
        );
        run(&source, &[]).join("")
    };
    let rows = [
        (
            "{ f() {} }",
            r#"["DataCloneError",true,"madang: \"f\" of the message is a function, which cannot be sent"]"#,
        ),
        (
            "1n",
            r#"["DataCloneError",true,"madang: the message is a bigint, which cannot be sent"]"#,
        ),
        (
            "[Symbol()]",
            r#"["DataCloneError",true,"madang: \"0\" of the message is a symbol, which cannot be sent"]"#,
        ),
        (
            "a",
            r#"["DataCloneError",true,"madang: the message refers back to itself and cannot be sent"]"#,
        ),
    ];
    for (value, expected) in rows {
        assert_eq!(told(value), expected, "{value}");
    }
}

#[test]
fn errors_are_reported_and_the_worker_goes_on() {
    check("throw new Error('first')", &[], &["Uncaught Error: first"]);
    check(
        "onmessage = () => { postMessage(1); throw 'text' }",
        &["1", "2"],
        &["1", "Uncaught 'text'", "1", "Uncaught 'text'"],
    );
    check(
        "queueMicrotask(() => { throw new TypeError('job') }); postMessage('on')",
        &[],
        &[r#""on""#, "Uncaught TypeError: job"],
    );
    check(
        "Promise.reject(new Error('lost')); Promise.reject(1).catch(() => {})",
        &[],
        &["Uncaught (in promise) Error: lost"],
    );
    check(
        "onerror = (message, file, line, column, error) => { postMessage([message, error.message]); return true }; throw new Error('mine')",
        &[],
        &[
            r#"["Error: mine","mine"]"#,
            "Uncaught Error: mine (handled)",
        ],
    );
    check(
        "addEventListener('unhandledrejection', (e) => { postMessage(e.reason); e.preventDefault() }); Promise.reject(5)",
        &[],
        &["5", "Uncaught (in promise) 5 (handled)"],
    );
}

#[test]
fn timers_run_when_due_and_in_order() {
    let source = "
        const log = (what) => postMessage([what, performance.now()]);
        setTimeout(log, 20, 'b'); setTimeout(log, 10, 'a'); setTimeout(log, 20, 'c');
        const gone = setTimeout(log, 5, 'never'); clearTimeout(gone);
        let times = 0; const every = setInterval(() => { log('i'); if (++times === 2) clearInterval(every) }, 15);
        setTimeout(log)";
    let (mut worker, started) = start(source);
    let mut said = Vec::new();
    let mut wake_at = started.wake_at;
    while let Some(now) = wake_at {
        let stepped = worker.step(now, Vec::new());
        said.extend(lines(&stepped.outputs));
        wake_at = stepped.wake_at;
    }
    assert_eq!(
        said,
        [
            "[null,1]",
            r#"["a",10]"#,
            r#"["i",15]"#,
            r#"["b",20]"#,
            r#"["c",20]"#,
            r#"["i",30]"#
        ]
    );
}

#[test]
fn a_program_that_cannot_be_read_is_not_started() {
    let stopped = start_with("let a = ;", Limits::default()).err().unwrap();
    assert_eq!(
        stopped.message,
        "The plugin could not be loaded: SyntaxError: unexpected token in expression: ';' at main.js:1:9"
    );
}

#[test]
fn same_start_same_day() {
    let day = || {
        let (mut worker, started) = start(
            "onmessage = async (e) => { await null; for (let i = 0; i < 30000; i++); postMessage([Math.random(), Date.now(), crypto.randomUUID()]) }",
        );
        let mut steps = vec![started];
        for second in 1..5 {
            steps.push(worker.step(NOW + second * 1_000_000, vec![Input::Message("1".into())]));
        }
        steps
    };
    assert_eq!(day(), day());
}
