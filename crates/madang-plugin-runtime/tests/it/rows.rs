//! Expressions beside what Node answers to them: `tests/data/rows.js`, `rows.json` made by `make-rows.mjs`.

use crate::desk::run;

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
