//! The settings form that a plugin declares, and the values staff give.

use serde_json::Value;

/// One field of the form, or a button on it.
#[derive(Clone, Debug, PartialEq)]
pub struct Input {
    /// Names its value.
    pub id: String,
    /// The words beside it; a button's own words.
    pub label: String,
    /// Whether it may be left empty.
    pub required: bool,
    /// What it is.
    pub kind: InputKind,
}

/// The kinds of fields.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs, reason = "the names say it")]
pub enum InputKind {
    Text {
        default: String,
        placeholder: Option<String>,
        candidates: Vec<Candidate<String>>,
        length_max: Option<usize>,
    },
    Number {
        default: f64,
        placeholder: Option<String>,
        candidates: Vec<Candidate<f64>>,
        min: Option<f64>,
        max: Option<f64>,
    },
    Password {
        default: String,
        placeholder: Option<String>,
    },
    Radio {
        choices: Vec<InputChoice>,
        default: String,
    },
    Checkbox {
        choices: Vec<InputChoice>,
        default: Vec<String>,
    },
    Toggle {
        default: bool,
    },
    Slider {
        default: f64,
        min: f64,
        max: f64,
        step: f64,
    },
    /// It has no value; a press is told by `madang.setting.button.event`.
    Button {
        style: ButtonStyle,
    },
}

/// A value offered beside a field.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate<T> {
    /// The words.
    pub text: String,
    /// What it stands for.
    pub value: T,
}

/// One of a radio's or checkbox's choices.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputChoice {
    /// Its value.
    pub id: String,
    /// The words.
    pub label: String,
}

/// How a button looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub enum ButtonStyle {
    Primary,
    Danger,
    Dark,
}

/// Why a value does not fit its field.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the setting `{id}` must be {expected}")]
pub struct BadSetting {
    /// Which field.
    pub id: String,
    /// What it takes.
    pub expected: String,
    /// The same in Korean.
    pub expected_ko: String,
}

impl BadSetting {
    /// The same as its Display, in Korean.
    pub fn korean(&self) -> String {
        format!("설정 `{}` 값은 {}", self.id, self.expected_ko)
    }
}

impl Input {
    /// What the field holds until staff change it; a button holds nothing.
    pub fn default_value(&self) -> Option<Value> {
        match &self.kind {
            InputKind::Text { default, .. }
            | InputKind::Password { default, .. }
            | InputKind::Radio { default, .. } => Some(default.as_str().into()),
            InputKind::Number { default, .. } | InputKind::Slider { default, .. } => {
                Some(number(*default))
            }
            InputKind::Checkbox { default, .. } => Some(default.clone().into()),
            InputKind::Toggle { default } => Some((*default).into()),
            InputKind::Button { .. } => None,
        }
    }

    /// `value`, when it fits the field.
    ///
    /// # Errors
    /// [`BadSetting`] saying what the field takes.
    pub fn checked(&self, value: Value) -> Result<Value, BadSetting> {
        if self.takes(&value) {
            Ok(value)
        } else {
            Err(self.bad())
        }
    }

    /// The value that `text` writes: `true` for a toggle, `3` for a number, `a,b` for checkboxes.
    ///
    /// # Errors
    /// [`BadSetting`] saying what the field takes.
    pub fn value_from_text(&self, text: &str) -> Result<Value, BadSetting> {
        let value = match &self.kind {
            InputKind::Text { .. } | InputKind::Password { .. } | InputKind::Radio { .. } => {
                text.into()
            }
            InputKind::Number { .. } | InputKind::Slider { .. } => match text.trim().parse() {
                Ok(parsed) => number(parsed),
                Err(_) => return Err(self.bad()),
            },
            InputKind::Checkbox { .. } => text
                .split(',')
                .map(str::trim)
                .filter(|id| !id.is_empty())
                .map(Value::from)
                .collect(),
            InputKind::Toggle { .. } => match text.trim() {
                "true" | "on" | "켬" => true.into(),
                "false" | "off" | "끔" => false.into(),
                _ => return Err(self.bad()),
            },
            InputKind::Button { .. } => return Err(self.bad()),
        };
        self.checked(value)
    }

    fn takes(&self, value: &Value) -> bool {
        match (&self.kind, value) {
            (InputKind::Text { length_max, .. }, Value::String(text)) => {
                self.takes_text(text) && length_max.is_none_or(|most| text.chars().count() <= most)
            }
            (InputKind::Password { .. }, Value::String(text)) => self.takes_text(text),
            (InputKind::Number { min, max, .. }, Value::Number(number)) => number
                .as_f64()
                .is_some_and(|number| is_within(number, *min, *max)),
            (InputKind::Radio { choices, .. }, Value::String(id)) => is_one_of(choices, id),
            (InputKind::Checkbox { choices, .. }, Value::Array(ids)) => {
                (!self.required || !ids.is_empty())
                    && ids.len() <= choices.len()
                    && ids
                        .iter()
                        .all(|id| id.as_str().is_some_and(|id| is_one_of(choices, id)))
            }
            (InputKind::Toggle { .. }, Value::Bool(_)) => true,
            (InputKind::Slider { min, max, .. }, Value::Number(number)) => number
                .as_f64()
                .is_some_and(|number| is_within(number, Some(*min), Some(*max))),
            _ => false,
        }
    }

    fn takes_text(&self, text: &str) -> bool {
        (!self.required || !text.trim().is_empty()) && text.len() <= VALUE_BYTES_MAX
    }

    fn bad(&self) -> BadSetting {
        let (expected, expected_ko) = match &self.kind {
            InputKind::Text {
                length_max: Some(most),
                ..
            } if self.required => (
                format!("a text of 1 to {most} characters"),
                format!("1자부터 {most}자까지의 글자여야 해요"),
            ),
            InputKind::Text {
                length_max: Some(most),
                ..
            } => (
                format!("a text of at most {most} characters"),
                format!("{most}자까지의 글자여야 해요"),
            ),
            InputKind::Text { .. } | InputKind::Password { .. } if self.required => (
                "a text that is not empty".into(),
                "빈칸이 아닌 글자여야 해요".into(),
            ),
            InputKind::Text { .. } | InputKind::Password { .. } => {
                ("a text".into(), "글자여야 해요".into())
            }
            InputKind::Number { min, max, .. } => number_within(*min, *max),
            InputKind::Radio { choices, .. } => {
                let names = names(choices);
                (
                    format!("one of {names}"),
                    format!("{names} 가운데 하나여야 해요"),
                )
            }
            InputKind::Checkbox { choices, .. } if self.required => {
                let names = names(choices);
                (
                    format!("at least one of {names}"),
                    format!("{names} 가운데 하나 이상이어야 해요"),
                )
            }
            InputKind::Checkbox { choices, .. } => {
                let names = names(choices);
                (
                    format!("some of {names}"),
                    format!("{names} 가운데에서만 골라야 해요"),
                )
            }
            InputKind::Toggle { .. } => ("true or false".into(), "true 또는 false여야 해요".into()),
            InputKind::Slider { min, max, .. } => number_within(Some(*min), Some(*max)),
            InputKind::Button { .. } => (
                "left alone: it is a button".into(),
                "바꿀 수 없어요: 버튼이에요".into(),
            ),
        };
        BadSetting {
            id: self.id.clone(),
            expected,
            expected_ko,
        }
    }
}

/// The most bytes of one value: an address or a token, not a file.
pub const VALUE_BYTES_MAX: usize = 8 << 10;

/// Whole numbers are written without a point, as JavaScript does.
pub(crate) fn number(value: f64) -> Value {
    if value.fract() == 0.0 && value.abs() < 9e15 {
        Value::from(value as i64)
    } else {
        Value::from(value)
    }
}

/// Whether `number` keeps to the bounds there are.
pub(crate) fn is_within(number: f64, min: Option<f64>, max: Option<f64>) -> bool {
    min.is_none_or(|min| number >= min) && max.is_none_or(|max| number <= max)
}

/// What such a number is called, in English and in Korean.
fn number_within(min: Option<f64>, max: Option<f64>) -> (String, String) {
    match (min, max) {
        (None, None) => ("a number".into(), "숫자여야 해요".into()),
        (Some(min), None) => (
            format!("a number of at least {min}"),
            format!("{min} 이상의 숫자여야 해요"),
        ),
        (None, Some(max)) => (
            format!("a number of at most {max}"),
            format!("{max} 이하의 숫자여야 해요"),
        ),
        (Some(min), Some(max)) => (
            format!("a number from {min} to {max}"),
            format!("{min}부터 {max}까지의 숫자여야 해요"),
        ),
    }
}

fn is_one_of(choices: &[InputChoice], id: &str) -> bool {
    choices.iter().any(|choice| choice.id == id)
}

fn names(choices: &[InputChoice]) -> String {
    let ids: Vec<&str> = choices.iter().map(|choice| choice.id.as_str()).collect();
    ids.join(", ")
}
