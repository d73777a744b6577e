//! Names of activities in filters, rules and service levels that no log has: whoever mistyped one is to know it, for nothing fails by them.

use madang_process::event_data::EventLog;
use madang_process::report::{Section, Words};

use super::plan::Plan;
use crate::nearest::{did_you_mean, did_you_mean_ko, nearest};

/// The activities that were asked for and are in no event that was read, each once.
pub(super) fn of(log: &EventLog, plan: &Plan) -> Vec<String> {
    let agreed = plan.agreement.iter().flat_map(|agreed| agreed.activities());
    let asked = agreed.chain(plan.filters.activities());
    let mut unknown: Vec<String> = asked
        .filter(|name| log.activities().find(name).is_none())
        .map(str::to_owned)
        .collect();
    unknown.sort_unstable();
    unknown.dedup();
    unknown
}

/// What is said about them; nothing where there are none.
pub(super) fn section(unknown: &[String], log: &EventLog) -> Option<Section> {
    let line = |name: &String| {
        let near = nearest(name, log.activities().iter());
        Words::new(
            format!(
                "“{name}”: 이 로그에 없는 활동이에요{}",
                did_you_mean_ko(&near)
            ),
            format!("“{name}” is no activity of this log{}", did_you_mean(&near)),
        )
    };
    (!unknown.is_empty()).then(|| Section {
        title: Words::new("이름을 살펴봐 주세요", "Names to be looked at"),
        lines: unknown.iter().map(line).collect(),
        ..Section::default()
    })
}
