//! What was found in a log, as all peers tell it: counted alike, it is the same text.

use madang_process::discovery::ProcessTree;
use madang_process::event_data::Names;
use madang_process::performance::ProcessMap;
use madang_process::variants::Variants;
use mine_generator::Truth;
use serde_json::{Value, json};

/// What stands between the activities of a variant.
pub const THEN: &str = " → ";

/// What we found. An edge is from, to, how often, the sum and the 95th percentile of its waits in milliseconds.
pub fn ours(map: &ProcessMap, variants: &Variants) -> Value {
    let edges = map.edges.iter().map(|edge| {
        let waiting = &edge.waiting;
        json!([
            map.name(edge.from),
            map.name(edge.to),
            edge.count,
            waiting.sum_ms() as u64,
            waiting.quantile_ms(0.95)
        ])
    });
    let ways = variants.variants.iter().map(|variant| {
        let names: Vec<&str> = variants.names(variant).collect();
        json!([names.join(THEN), variant.cases])
    });
    json!({
        "events": map.events,
        "cases": map.cases,
        "edges": edges.collect::<Vec<_>>(),
        "variants": ways.collect::<Vec<_>>(),
    })
}

/// What there is to be found; of percentiles three, the least and the largest that are right and the one between.
pub fn truth(truth: &Truth) -> Value {
    let edges = truth.ways().into_iter();
    let edges = edges.map(|way| json!([way.from, way.to, way.count, way.sum_ms, way.p95_ms]));
    let variants = truth.variants();
    let variants = variants.map(|(names, cases)| json!([names.join(THEN), cases]));
    json!({
        "events": truth.events,
        "cases": truth.cases(),
        "edges": edges.collect::<Vec<_>>(),
        "variants": variants.collect::<Vec<_>>(),
    })
}

/// A tree as lists: the operator, then the parts; an activity is its name and silence null.
pub fn tree(tree: &ProcessTree, names: &Names) -> Value {
    let block = |operator: &str, parts: &[ProcessTree]| {
        let parts = parts.iter().map(|part| self::tree(part, names));
        Value::Array(std::iter::once(json!(operator)).chain(parts).collect())
    };
    match tree {
        ProcessTree::Activity(activity) => json!(names.name(u32::from(activity.0))),
        ProcessTree::Silent => Value::Null,
        ProcessTree::Sequence(parts) => block("→", parts),
        ProcessTree::Choice(parts) => block("×", parts),
        ProcessTree::Parallel(parts) => block("∧", parts),
        ProcessTree::Loop { body, redo } => {
            json!(["↻", self::tree(body, names), self::tree(redo, names)])
        }
    }
}
