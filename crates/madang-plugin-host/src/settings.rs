//! A plugin's settings: the form it declares, and what staff set.

use std::collections::BTreeMap;

use madang_plugin_protocol::setting::{Input, InputKind};
use serde_json::{Map, Value};

/// A form with its values.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// The fields in the order the plugin gave them.
    pub inputs: Vec<Input>,
    /// What staff set, by field. A value whose field is gone or has changed its kind is kept, but not told.
    pub values: BTreeMap<String, Value>,
}

/// A value that does not fit its field.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{id}: {message}")]
pub struct SettingProblem {
    /// The field.
    pub id: String,
    /// What it takes.
    pub message: String,
    /// The same in Korean.
    pub message_ko: String,
}

impl Settings {
    /// Every field's value: what staff set when it fits, else the default. Buttons have none.
    pub fn told(&self) -> Map<String, Value> {
        self.inputs
            .iter()
            .filter_map(|input| {
                let set = self
                    .values
                    .get(&input.id)
                    .cloned()
                    .and_then(|value| input.checked(value).ok());
                Some((input.id.clone(), set.or_else(|| input.default_value())?))
            })
            .collect()
    }

    /// The text of one field, for an origin that follows it.
    pub(crate) fn text(&self, id: &str) -> Option<String> {
        self.told().get(id)?.as_str().map(str::to_owned)
    }

    /// The field with this id.
    pub fn input(&self, id: &str) -> Option<&Input> {
        self.inputs.iter().find(|input| input.id == id)
    }

    /// `values` checked against the form; fields that are not among them keep what they have.
    pub(crate) fn checked(
        &self,
        values: &Map<String, Value>,
    ) -> Result<BTreeMap<String, Value>, Vec<SettingProblem>> {
        let mut problems = Vec::new();
        let mut next = self.values.clone();
        for (id, value) in values {
            match self.input(id).map(|input| input.checked(value.clone())) {
                Some(Ok(value)) => {
                    next.insert(id.clone(), value);
                }
                Some(Err(problem)) => problems.push(SettingProblem {
                    id: id.clone(),
                    message: problem.to_string(),
                    message_ko: problem.korean(),
                }),
                None => problems.push(SettingProblem {
                    id: id.clone(),
                    message: "there is no such setting".into(),
                    message_ko: "없는 설정이에요".into(),
                }),
            }
        }
        if problems.is_empty() {
            Ok(next)
        } else {
            Err(problems)
        }
    }

    pub(crate) fn is_secret(&self, id: &str) -> bool {
        self.input(id)
            .is_some_and(|input| matches!(input.kind, InputKind::Password { .. }))
    }
}
