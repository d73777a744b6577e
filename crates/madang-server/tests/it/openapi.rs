//! The description kept beside the crate is the one that the routes give.

use std::path::Path;

use serde_json::Value;

#[test]
fn the_kept_description_is_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("openapi.json");
    let current = madang_server::openapi();
    if std::env::var_os("MADANG_UPDATE").is_some() {
        std::fs::write(&path, &current).expect("the description can be written");
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        kept == current,
        "crates/madang-server/openapi.json is out of date: run MADANG_UPDATE=1 cargo test -p madang-server openapi"
    );
}

#[test]
fn every_reference_leads_somewhere_and_nothing_is_any() {
    let document: Value = serde_json::from_str(&madang_server::openapi()).expect("JSON");
    let mut nameless = Vec::new();
    walk(&document, "", &mut |place, value| {
        if let Some(target) = value["$ref"].as_str() {
            let pointer = target.trim_start_matches('#');
            assert!(document.pointer(pointer).is_some(), "{place}: {target}");
        }
        let is_schema = place.ends_with("/schema") || place.contains("/properties/");
        if is_schema && says_nothing(value) {
            nameless.push(place.to_owned());
        }
    });
    // A message's body is whatever a plugin says: the page reads it as unknown.
    assert_eq!(
        nameless,
        ["/components/schemas/TimelineMessage/properties/body"]
    );
}

fn says_nothing(schema: &Value) -> bool {
    let Some(schema) = schema.as_object() else {
        return false;
    };
    let says = ["type", "$ref", "oneOf", "allOf", "anyOf", "enum"];
    !says.iter().any(|word| schema.contains_key(*word))
}

fn walk(value: &Value, place: &str, visit: &mut impl FnMut(&str, &Value)) {
    match value {
        Value::Object(members) => {
            visit(place, value);
            for (name, member) in members {
                walk(member, &format!("{place}/{name}"), visit);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                walk(item, &format!("{place}/{index}"), visit);
            }
        }
        _ => {}
    }
}
