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
        let _ = tell.send(ended.err().map(|stopped| stopped.kind));
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
