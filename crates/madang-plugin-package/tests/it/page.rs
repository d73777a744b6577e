//! The permissions in docs/plugins.md are the ones there are. `UPDATE_DOCS=1 cargo test` writes them anew.

use std::{env, fmt::Write, fs, path::Path};

use madang_plugin_package::Permission;

const BEGIN: &str = "<!-- permissions: made from the table in crates/madang-plugin-package; to renew it: UPDATE_DOCS=1 cargo test -p madang-plugin-package -->\n";
const END: &str = "<!-- /permissions -->";

#[test]
fn the_page_lists_every_permission() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/plugins.md");
    let page = fs::read_to_string(&path).expect("docs/plugins.md");
    let (before, rest) = page.split_once(BEGIN).expect("the begin of the table");
    let (table, after) = rest.split_once(END).expect("the end of the table");
    let current = table_of_permissions();
    if env::var_os("UPDATE_DOCS").is_some() {
        let renewed = format!("{before}{BEGIN}{current}{END}{after}");
        fs::write(&path, renewed).expect("docs/plugins.md can be written");
        return;
    }
    assert!(
        table == current,
        "docs/plugins.md differs from the permissions; renew it with UPDATE_DOCS=1 cargo test -p madang-plugin-package"
    );
}

fn table_of_permissions() -> String {
    let mut table =
        "| permission | in `[permissions]` | allows |\n| --- | --- | --- |\n".to_owned();
    for permission in Permission::ALL {
        let (korean, english) = (permission.korean(), permission.english());
        let line = permission.toml_line();
        let _ = writeln!(
            table,
            "| `{permission}` | `{line}` | {korean} · {english} |"
        );
    }
    table
}
