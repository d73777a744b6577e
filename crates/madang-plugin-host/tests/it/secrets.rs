//! What must never be written down.

use madang_plugin_host::timeline::Direction;

use crate::world::{Kind, World};

const CARD: &str = "4111111111111111";

fn files_contain(world: &World, text: &str) -> bool {
    fn walk(folder: &std::path::Path, text: &[u8]) -> bool {
        std::fs::read_dir(folder)
            .expect("a folder")
            .flatten()
            .any(|entry| {
                if entry.path().is_dir() {
                    return walk(&entry.path(), text);
                }
                let bytes = std::fs::read(entry.path()).expect("a file");
                bytes.windows(text.len()).any(|window| window == text)
            })
    }
    walk(world.folder(), text.as_bytes())
}

#[test]
fn a_card_number_reaches_neither_journal_nor_timeline_in_any_message_of_the_table() {
    let mut world = World::new(Kind::OneLoop);
    world.script(
        "leaky",
        "self.onmessage = ({data}) => { if (data.run) eval(data.run); };",
    );
    let mut script = String::new();
    for (number, message) in madang_plugin_protocol::MESSAGES.iter().enumerate() {
        script.push_str(&format!(
            "try {{ const data = ({}); (function fill(thing) {{ for (const key of Object.keys(thing)) {{ if (typeof thing[key] === 'string') thing[key] = '{CARD}'; else if (thing[key] && typeof thing[key] === 'object') fill(thing[key]); }} thing.extra = {CARD}; thing['x{CARD}'] = 'card {CARD} here'; }})(data); postMessage({{name: '{}', version: {}, callbackId: 'c{number}', data}}); }} catch (error) {{ console.log(String(error)); }}\n",
            message.sample, message.name, message.versions[0]
        ));
    }
    script.push_str(&format!(
        "console.log('printed {CARD}'); Promise.reject(new Error('{CARD}'));"
    ));
    world.script("leaky", &script);
    world.until("all sent", |world| {
        world.host.is_idle() && !world.console("leaky").is_empty()
    });
    assert!(world.entries("leaky").len() > madang_plugin_protocol::MESSAGES.len());
    for entry in world.entries("leaky") {
        assert!(
            !entry.body.contains(CARD),
            "{} {:?}: {}",
            entry.name,
            entry.direction,
            entry.body
        );
        assert!(
            !entry
                .ended()
                .and_then(|ended| ended.reason.clone())
                .unwrap_or_default()
                .contains(CARD),
            "{}",
            entry.name
        );
    }
    let told = world
        .entries("leaky")
        .iter()
        .any(|entry| entry.name == "card-number-masked");
    assert!(told, "the sender is told");
    assert!(!files_contain(&world, CARD));
}

#[test]
fn the_secure_store_is_sealed_on_disk_and_hidden_on_the_timeline() {
    let mut world = World::new(Kind::OneLoop);
    let source = "self.onmessage = ({data}) => {
            if (data.name === 'secure-store.set.response') postMessage({name: 'secure-store.get.request', version: 1, callbackId: 'g', data: {key: 'token'}});
            if (data.name === 'secure-store.get.response') console.log(data.data.value.length);
        };
        postMessage({name: 'secure-store.set.request', version: 1, callbackId: 's', data: {key: 'token', value: 'very-secret-token'}});
        postMessage({name: 'storage.set.request', version: 1, callbackId: 'p', data: {key: 'plain', value: 'plainly-readable'}});";
    world.script("keeper", source);
    world.until("read back", |world| world.console("keeper") == ["17"]);
    assert!(!files_contain(&world, "very-secret-token"));
    assert!(
        files_contain(&world, "plainly-readable"),
        "the check finds what is not sealed"
    );
    for direction in [Direction::In, Direction::Out] {
        let shown = world
            .entries("keeper")
            .iter()
            .any(|entry| entry.direction == direction && entry.body.contains("very-secret-token"));
        assert!(!shown, "{direction:?}");
    }
}
