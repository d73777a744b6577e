//! Every way a plugin can hang or swell ends with a plain reason, and the till sells on.

use madang_plugin_host::PluginState;
use madang_plugin_host::timeline::Entry;

use crate::world::{BOTH, Kind, World};

/// A plugin that misbehaves when it hears of a sale ends up stopped, or reported and going on; either way the next sale works.
fn check(kind: Kind, body: &str, ends: Ends) {
    let mut world = World::new(kind);
    world.script("bad", &format!("self.onmessage = ({{data}}) => {{ if (data.name === 'payment.change.event') {{ {body} }} }};"));
    world.sell();
    world.until(&format!("{kind:?} {body}"), |world| match ends {
        Ends::Stopped => matches!(
            world.state("bad"),
            PluginState::Crashed { .. } | PluginState::SetAside { .. }
        ),
        Ends::Reported => !world
            .entries("bad")
            .iter()
            .filter(|entry| entry.kind == madang_plugin_host::timeline::Kind::Error)
            .collect::<Vec<_>>()
            .is_empty(),
    });
    if let PluginState::Crashed { reason, .. } | PluginState::SetAside { reason } =
        world.state("bad")
    {
        assert!(
            reason.message.starts_with("The plugin was stopped"),
            "{}",
            reason.message
        );
        assert!(
            reason.message_ko.contains("플러그인"),
            "{}",
            reason.message_ko
        );
        let told = reason_told(&world, "bad");
        assert_eq!(told, format!("{} ({})", reason.message_ko, reason.message));
    }
    world.sell();
}

/// What the timeline's row of a stop says.
fn reason_told(world: &World, plugin: &str) -> String {
    let entries = world.entries(plugin);
    let stop = entries.iter().find(|entry| entry.name == "stopped");
    let ended = stop.and_then(|entry| entry.ended());
    ended.and_then(|ended| ended.reason.clone()).expect("told")
}

#[derive(Clone, Copy)]
enum Ends {
    Stopped,
    Reported,
}

#[test]
fn loops_and_floods_are_stopped() {
    for kind in BOTH {
        check(
            kind,
            "for (;;) { try { for (;;) {} } finally { continue; } }",
            Ends::Stopped,
        );
        check(
            kind,
            "const again = () => queueMicrotask(again); again();",
            Ends::Stopped,
        );
        check(
            kind,
            "const chain = () => Promise.resolve().then(chain); chain();",
            Ends::Stopped,
        );
        check(kind, "/(a+)+$/.test('a'.repeat(40) + 'b');", Ends::Stopped);
        check(
            kind,
            "const keep = []; for (;;) keep.push(new Array(100000).fill(1));",
            Ends::Stopped,
        );
        check(
            kind,
            "for (let n = 0; n < 100000; n++) setTimeout(() => {}, 1000000);",
            Ends::Stopped,
        );
        check(
            kind,
            "for (;;) postMessage({name: 'log', version: 1, data: {type: 'debug', log: {}}});",
            Ends::Stopped,
        );
        check(
            kind,
            "(function deep() { return deep() + 1; })();",
            Ends::Stopped,
        );
    }
}

/// Each error that is caught costs the engine a stack trace; the turn is charged for it.
#[test]
fn what_throws_without_end_is_stopped() {
    for kind in BOTH {
        check(
            kind,
            "const f = (n) => { try { return f(n + 1) + 1; } catch { return f(n + 1); } }; f(0);",
            Ends::Stopped,
        );
        check(kind, "for (;;) { try { null.x; } catch {} }", Ends::Stopped);
    }
}

/// What an author wrote to the console to find the loop is told with the stop, loading included.
#[test]
fn what_was_said_before_a_stop_is_in_the_timeline() {
    let spins = "console.log('before the loop'); self.postMessage({}); for (;;) {}";
    for kind in BOTH {
        for code in [
            spins.to_owned(),
            format!("setTimeout(() => {{ {spins} }}, 100);"),
        ] {
            let mut world = World::new(kind);
            world.install(madang_plugin_host::PluginSpec::script("bad", &code));
            world.until("stopped", |world| {
                matches!(
                    world.state("bad"),
                    PluginState::Crashed { .. } | PluginState::SetAside { .. }
                )
            });
            let names: Vec<String> = (world.entries("bad").iter())
                .map(|entry| entry.name.clone())
                .filter(|name| name == "log" || name == "stopped")
                .collect();
            assert_eq!(names[..2], ["log", "stopped"], "{kind:?} {code}");
            assert_eq!(world.console("bad")[0], "before the loop");
            let told = reason_told(&world, "bad");
            assert!(told.contains(" It was last seen at main.js:1:"), "{told}");
        }
    }
}

#[test]
fn what_only_throws_is_reported_and_goes_on() {
    for kind in BOTH {
        check(
            kind,
            "queueMicrotask(() => { throw new Error('in a microtask'); });",
            Ends::Reported,
        );
        check(kind, "throw new Error('plain');", Ends::Reported);
        check(
            kind,
            "let rope = 'x'; for (;;) rope += rope + 'y';",
            Ends::Reported,
        );
        check(
            kind,
            "Promise.reject(new Error('nobody listens'));",
            Ends::Reported,
        );
        check(kind, "self.postMessage(10n);", Ends::Reported);
    }
}

#[test]
fn calls_that_cannot_be_interrupted_are_left_behind() {
    check(
        Kind::Threads,
        "Array.prototype.reverse.call({length: 2 ** 53 - 1});",
        Ends::Stopped,
    );
    check(
        Kind::Threads,
        "'a'.repeat(5e6).indexOf('a'.repeat(2.5e6) + 'b');",
        Ends::Stopped,
    );
}

/// Every answer leads to another request: the turn would never end, and in virtual time nobody else's would begin.
#[test]
fn asking_again_on_every_answer_is_stopped() {
    for kind in BOTH {
        let mut world = World::new(kind);
        let ask = "self.postMessage({name: 'plugin.info.request', version: 1, callbackId: 'again', data: {}});";
        world.install(madang_plugin_host::PluginSpec::script(
            "asker",
            &format!("self.onmessage = () => {{ {ask} }}; {ask}"),
        ));
        world.until("stopped", |world| {
            matches!(
                world.state("asker"),
                PluginState::Crashed { .. } | PluginState::SetAside { .. }
            )
        });
        world.sell();
    }
}

/// Each turn of it stays within the limits of a turn, so that no turn ends it; what another said stays to be read.
fn check_flood(kind: Kind, message: &str) -> World {
    let mut world = World::new(kind);
    world.script("good", "console.log('here');");
    world.install(madang_plugin_host::PluginSpec::script(
        "flood",
        &format!("setInterval(() => {{ for (let n = 0; n < 5000; n++) self.postMessage({message}); }}, 10);"),
    ));
    world.until("stopped", |world| {
        matches!(
            world.state("flood"),
            PluginState::Crashed { .. } | PluginState::SetAside { .. }
        )
    });
    let told = reason_told(&world, "flood");
    assert!(
        told.contains("toast.open") && told.contains("10000"),
        "{told}"
    );
    let entries = world.entries("flood");
    let is_counted = |entry: &Entry| entry.body.contains("번 더 거절했어요");
    assert!(entries.iter().any(|entry| is_counted(entry)));
    assert!(entries.len() < 400, "{}", entries.len());
    assert_eq!(world.console("good"), ["here"], "{kind:?}");
    world.sell();
    world
}

#[test]
fn a_plugin_that_floods_for_ever_is_stopped_and_wipes_nothing() {
    let asked = "{name: 'toast.open', version: 1, callbackId: 'c' + n, data: {message: 't' + n}}";
    check_flood(Kind::OneLoop, asked);
    let toast = "{name: 'toast.open', version: 1, data: {message: 't' + n}}";
    check_flood(Kind::Threads, toast);
    let mut world = check_flood(Kind::OneLoop, toast);
    world.until("set aside", |world| {
        matches!(world.state("flood"), PluginState::SetAside { .. })
    });
}

#[test]
fn a_plugin_that_keeps_failing_is_set_aside_and_others_go_on() {
    let mut world = World::new(Kind::OneLoop);
    world.script("good", "self.onmessage = ({data}) => { if (data.name === 'payment.change.event') console.log('heard'); };");
    world.script(
        "bad",
        "setTimeout(() => { for (;;) {} }, 100); self.onmessage = () => {};",
    );
    world.until("set aside", |world| {
        matches!(world.state("bad"), PluginState::SetAside { .. })
    });
    world.sell();
    world.until("heard", |world| world.console("good") == ["heard"]);
}

#[test]
fn a_syntax_error_names_its_place_and_sets_aside() {
    let mut world = World::new(Kind::OneLoop);
    world.install(madang_plugin_host::PluginSpec::script(
        "broken",
        "let a = 1;\nlet b = ;",
    ));
    world.until("set aside", |world| {
        matches!(world.state("broken"), PluginState::SetAside { .. })
    });
    let PluginState::SetAside { reason } = world.state("broken") else {
        panic!("set aside")
    };
    assert!(reason.message.contains("main.js:2"), "{}", reason.message);
    world.sell();
}
