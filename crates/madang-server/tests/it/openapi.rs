//! The description kept beside the crate is the one that the routes give.

use std::path::Path;

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
