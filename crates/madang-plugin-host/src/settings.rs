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
    /// Which of the values staff typed as text. What a field offers to choose from is the plugin's own word, whatever the field is later.
    pub(crate) typed: Typed,
}

/// Texts as staff typed them, by field.
pub(crate) type Typed = BTreeMap<String, String>;

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

    /// What staff typed into a field of text, for an origin that follows it. A default never is: the plugin would grant itself what it
    /// wrote there. What no longer fits the field leads nowhere either.
    pub(crate) fn typed_text(&self, id: &str) -> Option<&str> {
        let input = self.input(id)?;
        let typed = self.typed.get(id)?;
        let value = self.values.get(id)?;
        let stands = is_typed(input)
            && value.as_str() == Some(typed)
            && input.checked(value.clone()).is_ok();
        stands.then_some(typed.as_str())
    }

    /// The text in a field that staff did not type: nothing follows it.
    pub(crate) fn untyped_text(&self, id: &str) -> Option<String> {
        match self.typed_text(id) {
            Some(_) => None,
            None => self.told().get(id)?.as_str().map(str::to_owned),
        }
    }

    /// The field with this id.
    pub fn input(&self, id: &str) -> Option<&Input> {
        self.inputs.iter().find(|input| input.id == id)
    }

    /// The form with `values`, checked against it; fields that are not among them keep what they have.
    pub(crate) fn with(&self, values: &Map<String, Value>) -> Result<Self, Vec<SettingProblem>> {
        let mut problems = Vec::new();
        let mut next = self.clone();
        for (id, value) in values {
            let input = self.input(id);
            match input.map(|input| (is_typed(input), input.checked(value.clone()))) {
                Some((is_typed, Ok(value))) => next.set(id, value, is_typed),
                Some((_, Err(problem))) => problems.push(SettingProblem {
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

    fn set(&mut self, id: &str, value: Value, is_typed: bool) {
        match value.as_str().filter(|_| is_typed) {
            Some(text) => self.typed.insert(id.to_owned(), text.to_owned()),
            None => self.typed.remove(id),
        };
        self.values.insert(id.to_owned(), value);
    }

    pub(crate) fn is_secret(&self, id: &str) -> bool {
        self.input(id)
            .is_some_and(|input| matches!(input.kind, InputKind::Password { .. }))
    }
}

/// Texts of data folders that do not say yet how a value came about.
pub(crate) fn all_typed(values: &BTreeMap<String, Value>) -> Typed {
    let texts = values.iter();
    texts
        .filter_map(|(id, value)| Some((id.clone(), value.as_str()?.to_owned())))
        .collect()
}

/// Whether staff see what they type: a choice is the plugin's text, and a password is hidden.
fn is_typed(input: &Input) -> bool {
    matches!(input.kind, InputKind::Text { .. })
}

#[cfg(test)]
mod tests {
    use madang_plugin_protocol::setting::InputChoice;
    use serde_json::json;

    use super::*;

    const DEFAULT: &str = "http://127.0.0.1:1";
    const TYPED: &str = "http://192.168.0.9";

    fn input(kind: InputKind) -> Input {
        Input {
            id: "url".into(),
            label: "주소".into(),
            required: false,
            kind,
        }
    }

    fn text(length_max: Option<usize>) -> Input {
        input(InputKind::Text {
            default: DEFAULT.into(),
            placeholder: None,
            candidates: Vec::new(),
            length_max,
        })
    }

    fn choice() -> Input {
        let choices = vec![InputChoice {
            id: TYPED.into(),
            label: "빠르게".into(),
        }];
        input(InputKind::Radio {
            choices,
            default: TYPED.into(),
        })
    }

    fn password() -> Input {
        input(InputKind::Password {
            default: DEFAULT.into(),
            placeholder: None,
        })
    }

    /// What grants when staff set the field as `first` has it, if they do, and it is declared as `then` after that.
    #[track_caller]
    fn check(first: Input, entered: Option<&str>, then: Option<Input>, expected: Option<&str>) {
        let mut settings = Settings {
            inputs: vec![first],
            ..Settings::default()
        };
        if let Some(entered) = entered {
            let values = Map::from_iter([("url".to_owned(), json!(entered))]);
            settings = settings.with(&values).expect("it fits");
        }
        settings.inputs = then.into_iter().collect();
        assert_eq!(settings.typed_text("url"), expected, "{settings:?}");
    }

    #[test]
    fn only_what_staff_typed_grants() {
        check(text(None), None, Some(text(None)), None);
        check(text(None), Some(TYPED), Some(text(None)), Some(TYPED));
        check(text(None), Some(DEFAULT), Some(text(None)), Some(DEFAULT));
        // It no longer fits: nothing, not the default.
        check(text(None), Some(TYPED), Some(text(Some(3))), None);
        check(text(None), Some(TYPED), None, None);
        for hidden in [choice(), password()] {
            check(hidden.clone(), None, Some(hidden.clone()), None);
            check(hidden.clone(), Some(TYPED), Some(hidden.clone()), None);
            // Declared as a text later, it is still not what staff saw.
            check(hidden.clone(), Some(TYPED), Some(text(None)), None);
            check(text(None), Some(TYPED), Some(hidden), None);
        }
    }

    #[test]
    fn a_choice_in_place_of_a_text_takes_its_grant() {
        let values = Map::from_iter([("url".to_owned(), json!(TYPED))]);
        let mut settings = Settings {
            inputs: vec![text(None)],
            ..Settings::default()
        };
        for (declared, expected) in [(text(None), Some(TYPED)), (choice(), None)] {
            settings.inputs = vec![declared];
            settings = settings.with(&values).expect("it fits");
            settings.inputs = vec![text(None)];
            assert_eq!(settings.typed_text("url"), expected);
        }
    }
}
