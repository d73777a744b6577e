use std::{sync::mpsc, thread, time::Duration};

use madang_plugin_runtime::{
    Environment, Input, InterruptHandle, Limits, Program, StopReason, Worker,
};

use crate::desk::{NOW, lines, seoul, start_with};

/// Smaller than in a shop, so that the rows run in a moment.
fn limits() -> Limits {
    Limits {
        memory_bytes_max: 16 << 20,
        turn_ticks_max: 500,
        ..Limits::default()
    }
}

/// Runs `body` on a message; how it ended, and that a stopped worker stays stopped.
fn end_of(body: &str) -> (Option<StopReason>, Vec<String>) {
    let source = format!("onmessage = () => {{ {body} }}");
    let (mut worker, _) = start_with(&source, limits()).unwrap();
    let stepped = worker.step(NOW, vec![Input::Message("1".into())]);
    let reason = stepped.stopped.as_ref().map(|stopped| stopped.kind);
    if let Some(stopped) = stepped.stopped {
        assert!(
            stopped.message.starts_with("The plugin was stopped: "),
            "{body}"
        );
        assert!(
            stopped
                .message_ko
                .starts_with("플러그인이 중지되었습니다: "),
            "{body}"
        );
        let again = worker.step(NOW, vec![Input::Message("1".into())]);
        assert_eq!(again.stopped, Some(stopped));
        assert_eq!(worker.memory_bytes(), 0);
    }
    (reason, lines(&stepped.outputs))
}

#[test]
fn every_limit_ends_in_a_stop_with_a_reason() {
    let rows = [
        ("for (;;);", StopReason::Turn),
        (
            "for (;;) { try { for (;;); } finally { continue } }",
            StopReason::Turn,
        ),
        (
            "for (;;) { try { for (;;); } catch { continue } }",
            StopReason::Turn,
        ),
        (
            "(async () => { for (;;) { try { await null; for (;;); } finally { continue } } })()",
            StopReason::Turn,
        ),
        (
            "const again = () => queueMicrotask(again); again()",
            StopReason::Turn,
        ),
        ("(async () => { for (;;) await null })()", StopReason::Turn),
        (
            "const p = { then(f) { f(p) } }; Promise.resolve(p)",
            StopReason::Turn,
        ),
        ("/(a+)+$/.test('a'.repeat(60) + 'b')", StopReason::Turn),
        (
            "for (;;) try { /(a+)+$/.test('a'.repeat(60) + 'b') } catch {}",
            StopReason::Turn,
        ),
        ("const deep = () => deep() + 1; deep()", StopReason::Stack),
        (
            "const rows = []; for (;;) rows.push('row ' + rows.length)",
            StopReason::Memory,
        ),
        (
            "const rows = []; for (;;) rows.push(new Uint8Array(1 << 20))",
            StopReason::Memory,
        ),
        (
            "let text = 'a'; const kept = []; for (;;) { text += text + 'b'; kept.push(text.slice(1)) }",
            StopReason::Memory,
        ),
        ("new ArrayBuffer(2 ** 30)", StopReason::Memory),
        (
            "for (let i = 0; i < 10000; i += 1) setTimeout(() => {}, 1000)",
            StopReason::Timers,
        ),
        (
            "for (let i = 0; i < 10000; i += 1) setInterval(() => {}, 1000)",
            StopReason::Timers,
        ),
        ("for (;;) postMessage(1)", StopReason::Messages),
        (
            "for (;;) try { postMessage(1) } catch {}",
            StopReason::Messages,
        ),
        (
            "for (;;) postMessage('x'.repeat(1e6))",
            StopReason::Messages,
        ),
        (
            "new TextEncoder().encode('a'.repeat(2 ** 30 - 1))",
            StopReason::Memory,
        ),
        (
            "new TextDecoder().decode(new Uint8Array(1e9))",
            StopReason::Memory,
        ),
        (
            "crypto.getRandomValues(new Uint8Array(1e9))",
            StopReason::Memory,
        ),
        (
            "crypto.subtle.digest('SHA-256', new Uint8Array(1e9))",
            StopReason::Memory,
        ),
        (
            "crypto.subtle.importKey('raw', new Uint8Array(1), 'PBKDF2', false, ['deriveBits']).then((key) => crypto.subtle.deriveBits({ name: 'PBKDF2', hash: 'SHA-512', salt: new Uint8Array(1), iterations: 4e9 }, key, 512))",
            StopReason::Turn,
        ),
        ("new Float64Array(1e6).sort(() => 1)", StopReason::Turn),
        ("(0, eval)('['.repeat(1e5))", StopReason::Stack),
    ];
    for (body, expected) in rows {
        let (reason, said) = end_of(body);
        assert_eq!(reason, Some(expected), "{body} {said:?}");
    }
}

/// An error that is caught at once still costs the engine its stack trace, which its own count of calls does not see: without
/// a price for it each row would run for minutes.
#[test]
fn what_only_throws_ends_as_soon_as_what_only_loops() {
    let overflow = "const f = (n) => { try { return f(n + 1) + 1 } catch { return f(n + 1) } };";
    let rows = [
        format!("{overflow} f(0)"),
        format!("{overflow} queueMicrotask(() => f(0))"),
        format!("{overflow} (async () => {{ await null; f(0) }})()"),
        format!("{overflow} ({{ get a() {{ return f(0) }} }}).a"),
        format!("{overflow} String({{ toString() {{ return f(0) }} }})"),
        format!("{overflow} [2, 1].sort(() => f(0))"),
        format!("{overflow} JSON.parse('[1]', () => f(0))"),
        format!("Error.stackTraceLimit = 64; {overflow} f(0)"),
        format!("Error.prepareStackTrace = () => ''; {overflow} f(0)"),
        format!("delete Error.stackTraceLimit; {overflow} f(0)"),
        "for (;;) { try { null.x } catch {} }".into(),
        "for (;;) { try { throw 1 } catch {} }".into(),
        "for (;;) { try { try { null.x } catch (e) { throw e } } catch {} }".into(),
        "for (;;) { try { (function r() { r() })() } catch {} }".into(),
        "for (;;) { try { JSON.parse('{') } catch {} }".into(),
        "for (;;) new Error('kept by nobody')".into(),
        "for (;;) Error.captureStackTrace({})".into(),
        "Error.stackTraceLimit = 0; for (;;) { try { null.x } catch {} }".into(),
        "(async () => { for (;;) { try { await Promise.reject(new Error('no')) } catch {} } })()"
            .into(),
    ];
    for body in rows {
        let (reason, said) = end_of(&body);
        assert_eq!(reason, Some(StopReason::Turn), "{body} {said:?}");
    }
}

/// To find a frame's line the engine reads its function's table of lines. How many traces a turn writes follows from how long
/// that can be, so that a long function is stopped about as soon as a short one; the first traces are always there. Nothing tells how
/// long the functions of a file are, so the file's length stands for it: a bound that is the same for all would be too low for the short
/// or seconds long for the long. `docs/plugins.md` says the figures.
#[test]
fn a_long_function_writes_fewer_traces() {
    let line = "if (false) a.b.c(1);\n";
    let rows = [
        (0, 0, 2_000),
        (20_000, 0, 119),
        (60_000, 0, 40),
        (0, 2_600_000, 20),
    ];
    for (lines_before, spaces_before, traces) in rows {
        let source = format!(
            "onmessage = () => {{ let a, told = 0;\n{}{}for (let i = 0; i < 3000; i += 1) {{ try {{ null.x }} catch (e) {{ if (e.stack) told += 1 }} }} postMessage(told) }}",
            line.repeat(lines_before),
            " ".repeat(spaces_before)
        );
        let (mut worker, _) = start_with(&source, Limits::default()).unwrap();
        let stepped = worker.step(NOW, vec![Input::Message("1".into())]);
        assert_eq!(stepped.stopped, None);
        assert_eq!(
            lines(&stepped.outputs),
            [traces.to_string()],
            "{lines_before} lines before"
        );
    }
    let endless = format!(
        "let a;\n{}for (;;) {{ try {{ null.x }} catch {{}} }}",
        line.repeat(20_000)
    );
    assert_eq!(end_of(&endless).0, Some(StopReason::Turn));
}

#[test]
fn throwing_costs_the_same_every_time() {
    let ticks = || {
        let body = "const deep = () => deep() + 1; for (let i = 0; i < 1000; i += 1) { try { deep() } catch {} try { null.x } catch {} }";
        let (mut worker, _) = start_with(
            &format!("onmessage = () => {{ {body} }}"),
            Limits::default(),
        )
        .unwrap();
        let stepped = worker.step(NOW, vec![Input::Message("1".into())]);
        assert_eq!(stepped.stopped, None);
        stepped.ticks
    };
    assert_eq!(ticks(), ticks());
}

#[test]
fn the_limit_of_traces_still_counts_frames() {
    let frames = "const deep = (n) => n ? [deep(n - 1)][0] : new Error('x').stack.trim().split('\\n').length;";
    let rows = [
        ("deep(30)".to_owned(), "10"),
        ("Error.stackTraceLimit".into(), "10"),
        ("(Error.stackTraceLimit = 3, deep(30))".into(), "3"),
        ("(Error.stackTraceLimit = '20', deep(30))".into(), "20"),
        ("(Error.stackTraceLimit = Infinity, deep(99))".into(), "64"),
        ("(() => { const over = () => over() + 1; try { over() } catch (e) { return e.stack.trim().split('\\n').length } })()".into(), "10"),
    ];
    for (expression, expected) in rows {
        let (_, said) = end_of(&format!("{frames} postMessage({expression})"));
        assert_eq!(said, [expected], "{expression}");
    }
}

/// The engine knows the places of calls and reads only: of a loop without any it says what came before, or where its function
/// begins.
#[test]
fn a_stop_says_where_the_plugin_was_last_seen() {
    let rows = [
        ("\n\nconsole.log(1);\nfor (;;);", "main.js:3:9"),
        (
            "\nfunction spin() {\n  for (;;);\n}\nspin();",
            "main.js:2:1",
        ),
        (
            "(async () => {\n  await null;\n  for (;;);\n})();",
            "main.js:2:3",
        ),
        (
            "\nfunction deep() {\n  return deep() + 1;\n}\ndeep();",
            "main.js:3:10",
        ),
    ];
    for (body, place) in rows {
        let expected = format!(" It was last seen at {place}.");
        let few = Limits {
            start_ticks_max: 100,
            ..limits()
        };
        if let Err(at_start) = start_with(body, few) {
            assert!(at_start.message.ends_with(&expected), "{body} {at_start}");
        }
        let (mut worker, _) =
            start_with(&format!("onmessage = () => {{ {body} }}"), limits()).unwrap();
        let stepped = worker.step(NOW, vec![Input::Message("1".into())]);
        let in_turn = stepped.stopped.unwrap();
        assert!(in_turn.message.ends_with(&expected), "{body} {in_turn}");
    }
}

#[test]
fn what_was_said_before_a_stop_is_told() {
    let said = "console.log('before the loop'); postMessage(1); for (;;);";
    let (_, in_turn) = end_of(said);
    assert_eq!(in_turn, ["Log before the loop", "1"]);
    let program = Program::script("test", "main.js", said);
    let start_limits = Limits {
        start_ticks_max: 100,
        ..limits()
    };
    let environment = Environment {
        now: NOW,
        time_zone: seoul(),
        seed: [0; 32],
    };
    let not_started = Worker::start(&program, start_limits, environment)
        .err()
        .unwrap();
    assert_eq!(lines(&not_started.outputs), ["Log before the loop", "1"]);
}

#[test]
fn what_is_caught_in_time_goes_on() {
    let rows: &[(&str, &[&str])] = &[
        (
            "queueMicrotask(() => { throw new Error('job') })",
            &["Uncaught Error: job"],
        ),
        (
            "try { new ArrayBuffer(2 ** 30) } catch (e) { postMessage(e.message) }",
            &[r#""out of memory""#],
        ),
        (
            "const deep = () => deep() + 1; try { deep() } catch (e) { postMessage(e.message) }",
            &[r#""Maximum call stack size exceeded""#],
        ),
        (
            "let top = []; for (let i = 0; i < 30000; i += 1) top = [top]; try { postMessage(top) } catch (e) { postMessage(e.message) }",
            &[r#""Maximum call stack size exceeded""#],
        ),
        (
            "try { postMessage('x'.repeat(5e6)) } catch (e) { postMessage(e.message) }",
            &[
                "Refused A message of 5000002 bytes was not sent: at most 4194304 bytes are allowed.",
                r#""madang: the message has 5000002 bytes; at most 4194304 can be sent""#,
            ],
        ),
        (
            "for (let i = 0; i < 20; i += 1) console.log('x'.repeat(15000)); postMessage(1)",
            &[],
        ),
    ];
    for (body, expected) in rows {
        let (reason, said) = end_of(body);
        assert_eq!(reason, None, "{body}");
        if !expected.is_empty() {
            assert_eq!(&said, expected, "{body}");
        }
    }
}

#[test]
fn deep_json_from_outside_is_not_delivered() {
    let (mut worker, _) = start_with("onmessage = (e) => postMessage(e.data)", limits()).unwrap();
    let deep = format!("{}{}", "[".repeat(300_000), "]".repeat(300_000));
    let long = format!("\"{}\"", "x".repeat(5_000_000));
    let stepped = worker.step(
        NOW,
        vec![
            Input::Message(deep),
            Input::Message(long),
            Input::Message("7".into()),
        ],
    );
    assert_eq!(
        lines(&stepped.outputs),
        [
            "Refused A message was not delivered: the text nests deeper than 512 levels at byte 512.",
            "Refused A message of 5000002 bytes was not delivered: at most 4194304 bytes are allowed.",
            "7",
        ]
    );
}

/// A chain in which every promise waits for the next one is kept whole by the engine; it must not get to fill the memory.
#[test]
fn an_endless_promise_chain_is_stopped() {
    let source = "const again = () => Promise.resolve().then(again); onmessage = again";
    let (mut worker, _) = start_with(source, Limits::default()).unwrap();
    let stepped = worker.step(NOW, vec![Input::Message("1".into())]);
    assert_eq!(stepped.stopped.unwrap().kind, StopReason::Turn);
}

#[test]
fn an_endless_start_is_stopped() {
    let stopped = start_with(
        "for (;;);",
        Limits {
            start_ticks_max: 100,
            ..limits()
        },
    )
    .err()
    .unwrap();
    assert_eq!(stopped.kind, StopReason::Turn);
}

#[test]
fn too_many_waiting_inputs_stop_the_plugin() {
    let (mut worker, _) = start_with("", limits()).unwrap();
    let inputs = vec![Input::Message("1".into()); 5_000];
    let stopped = worker.step(NOW, inputs).stopped.unwrap();
    assert_eq!(stopped.kind, StopReason::QueuedEvents);
}

/// Starts `source` on a thread with boundless ticks, asks for the stop, and says whether it came within the patience.
fn watchdog_ends(source: &str, patience: Duration) -> Option<StopReason> {
    let (hand_over, handle) = mpsc::channel::<InterruptHandle>();
    let (tell, told) = mpsc::channel();
    let program = Program::script("test", "main.js", source);
    thread::spawn(move || {
        let limits = Limits {
            start_ticks_max: u64::MAX,
            memory_bytes_max: 256 << 20,
            ..Limits::default()
        };
        let environment = Environment {
            now: NOW,
            time_zone: seoul(),
            seed: [0; 32],
        };
        let ended = Worker::start_with(&program, limits, environment, |handle| {
            let _ = hand_over.send(handle);
        });
        let _ = tell.send(ended.err().map(|not_started| not_started.stopped.kind));
    });
    handle.recv().unwrap().interrupt();
    told.recv_timeout(patience).unwrap_or_default()
}

#[test]
fn the_watchdog_ends_what_the_engine_can_interrupt() {
    let patience = Duration::from_secs(60);
    for source in [
        "for (;;);",
        "for (;;) try { for (;;); } finally { continue }",
        "/(a+)+$/.test('a'.repeat(60) + 'b')",
    ] {
        assert_eq!(
            watchdog_ends(source, patience),
            Some(StopReason::Interrupted),
            "{source}"
        );
    }
}

#[test]
fn a_native_call_that_memory_bounds_ends_by_itself() {
    let (reason, said) = end_of("new Uint8Array(12 << 20).sort(); postMessage('sorted')");
    assert_eq!((reason, said), (None, vec![r#""sorted""#.to_owned()]));
}

/// Some native calls never ask whether to go on: neither ticks nor the handle end them. The drivers' watchdog must cut
/// such a plugin off and leave its thread behind, as the two threads of this test are left until the process ends.
#[test]
fn two_native_calls_cannot_be_ended_from_outside() {
    for body in [
        "Array.prototype.reverse.call({ length: 2 ** 53 - 1 })",
        "'a'.repeat(5e6).indexOf('a'.repeat(2.5e6) + 'b')",
    ] {
        let (tell, told) = mpsc::channel();
        thread::spawn(move || {
            let source = format!("onmessage = () => {{ {body} }}");
            let (mut worker, _) = start_with(&source, limits()).unwrap();
            worker.interrupt_handle().interrupt();
            worker.step(NOW, vec![Input::Message("1".into())]);
            let _ = tell.send(());
        });
        let ended = told.recv_timeout(Duration::from_millis(500));
        assert_eq!(ended, Err(mpsc::RecvTimeoutError::Timeout), "{body}");
    }
}
