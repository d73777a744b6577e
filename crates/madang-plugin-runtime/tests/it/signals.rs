//! Abort signals made of others: what they do, and that they leave nothing behind.

use madang_plugin_runtime::Input;

use crate::desk::{NOW, run, start};

/// Runs `each` so often, round by round, beside a signal that lives as long as the plugin.
const ROUNDS: usize = 10_000;
/// Far less than a listener costs, and far more than the engine's own ups and downs divided by the rounds.
const BYTES_A_ROUND_MAX: usize = 50;

fn check_leaves_nothing(each: &str) {
    let source = format!(
        "const longLived = new AbortController().signal; const target = new EventTarget();
         onmessage = async () => {{ for (let i = 0; i < 1000; i += 1) {{ {each} }} }}"
    );
    let (mut worker, _) = start(&source);
    let mut thousand = |at: usize| {
        let now = NOW + i64::try_from(at).unwrap() * 1_000_000;
        let stepped = worker.step(now, vec![Input::Message("1".into())]);
        assert_eq!(stepped.stopped, None, "{each}");
        assert!(stepped.outputs.is_empty(), "{each} {:?}", stepped.outputs);
        worker.memory_bytes()
    };
    let rounds = ROUNDS / 1000;
    let before = (0..2).map(&mut thousand).last().unwrap();
    let after = (2..2 + rounds).map(&mut thousand).last().unwrap();
    let grown = after.saturating_sub(before);
    assert!(
        grown < ROUNDS * BYTES_A_ROUND_MAX,
        "{each}: {grown} bytes more after {ROUNDS} rounds"
    );
}

#[test]
fn what_is_over_hangs_on_no_signal_that_lives_on() {
    for each in [
        "AbortSignal.any([longLived, new AbortController().signal])",
        "const short = new AbortController(); AbortSignal.any([longLived, short.signal]); short.abort()",
        "const short = new AbortController(); const any = AbortSignal.any([longLived, short.signal]); any.onabort = () => any.reason; short.abort()",
        "const short = new AbortController(); const any = AbortSignal.any([longLived, short.signal]); any.addEventListener('abort', () => any.reason); short.abort()",
        "const any = AbortSignal.any([AbortSignal.any([longLived])]); const heard = () => any.reason; any.addEventListener('abort', heard); any.removeEventListener('abort', heard)",
        "const any = AbortSignal.any([longLived]); any.onabort = () => any; any.onabort = null",
        "const heard = () => {}; target.addEventListener('x', heard, { signal: longLived }); target.removeEventListener('x', heard)",
        "target.addEventListener('x', () => {}, { signal: longLived, once: true }); target.dispatchEvent(new Event('x'))",
    ] {
        check_leaves_nothing(each);
    }
}

#[test]
fn a_signal_of_others_is_aborted_with_the_first_of_them() {
    let row = |source: &str, expected: &str| {
        let source = format!(
            "const [a, b] = [new AbortController(), new AbortController()]; const any = AbortSignal.any([a.signal, b.signal]); const of = AbortSignal.any([any, b.signal]);
             const told = []; const tell = (name) => (event) => told.push(name + (event.target.reason ?? '')); {source}; postMessage(told.join())"
        );
        assert_eq!(run(&source, &[]), [format!("{expected:?}")], "{source}");
    };
    row("told.push(any.aborted, any.reason)", "false,");
    row("b.abort('b'); a.abort('a'); told.push(any.reason)", "b");
    row(
        "b.abort('b'); a.abort('a'); told.push(of.aborted, of.reason)",
        "true,b",
    );
    row(
        "any.onabort = tell('on'); any.addEventListener('abort', tell('heard')); a.abort(1); b.abort(2)",
        "on1,heard1",
    );
    row(
        "of.addEventListener('abort', tell('of')); any.addEventListener('abort', tell('any')); a.signal.addEventListener('abort', tell('a')); a.abort(7)",
        "a7,of7,any7",
    );
    row(
        "a.signal.addEventListener('abort', () => told.push(any.aborted)); any.onabort = () => {}; a.abort()",
        "true",
    );
    row("any.onabort = 5; told.push(any.onabort)", "");
    row("a.abort('was'); any.onabort = tell('late'); b.abort()", "");
}

/// A signal of `delay` is what it is a minute later; what is no time makes none.
#[test]
fn a_timeout_is_no_shorter_than_it_says() {
    let row = |delay: &str, expected: &str| {
        let source = format!(
            "let told; try {{ const signal = AbortSignal.timeout({delay}); told = () => signal.aborted; }} catch (error) {{ told = () => error.name; }} onmessage = () => postMessage(told());"
        );
        assert_eq!(
            run(&source, &["1", "2"]).last().unwrap(),
            expected,
            "{delay}"
        );
    };
    for delay in ["0", "1", "'5'", "0.5", "-0.5", "null"] {
        row(delay, "true");
    }
    for delay in ["60000", "2 ** 31 - 1", "2 ** 31", "1e12", "2 ** 53 - 1"] {
        row(delay, "false");
    }
    for delay in ["-1", "NaN", "Infinity", "2 ** 53", "undefined", "'soon'"] {
        row(delay, "\"TypeError\"");
    }
}
