//! `PluginInputs`, sent as a map from input id to input.

use serde::Deserialize;
use serde_json::Value;

use super::scalar::{Named, Short};
use super::{at_most, read_at};
use crate::call::{Call, CallError};
use crate::setting::{ButtonStyle, Candidate, Input, InputChoice, InputKind, is_within};

/// The most fields of a form: more is a page of its own.
const INPUTS_MAX: usize = 100;
/// The most choices or candidates of a field.
const CHOICES_MAX: usize = 200;

type Label = Short<200>;
type Id = Named<64>;
type Text = Short<2_000>;

#[derive(Deserialize)]
struct BaseDto {
    id: Id,
    label: Label,
    required: Option<bool>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TextDto {
    default: Option<Text>,
    placeholder: Option<Label>,
    candidates: Option<Vec<CandidateDto<Text>>>,
    length_max: Option<usize>,
}

#[derive(Deserialize)]
struct NumberDto {
    default: f64,
    placeholder: Option<Label>,
    candidates: Option<Vec<CandidateDto<f64>>>,
    min: Option<f64>,
    max: Option<f64>,
}

#[derive(Deserialize)]
struct CandidateDto<T> {
    text: Label,
    value: T,
}

#[derive(Deserialize)]
struct ChoiceDto {
    id: Id,
    label: Label,
}

#[derive(Deserialize)]
struct RadioDto {
    values: Vec<ChoiceDto>,
    default: Option<Short<64>>,
}

#[derive(Deserialize)]
struct CheckboxDto {
    values: Vec<ChoiceDto>,
    default: Option<Vec<Id>>,
}

#[derive(Deserialize)]
struct ToggleDto {
    default: bool,
}

#[derive(Deserialize)]
struct SliderDto {
    default: f64,
    min: f64,
    max: f64,
    step: f64,
}

#[derive(Deserialize)]
struct ButtonDto {
    id: Id,
    text: Label,
}

pub(crate) fn inputs(data: &Value) -> Result<Call, CallError> {
    let Value::Object(members) = data else {
        return Err(CallError::payload(
            "data",
            "a map from input id to input is expected",
        ));
    };
    at_most("data", members.len(), INPUTS_MAX)?;
    let inputs: Result<Vec<Input>, CallError> =
        members.iter().map(|(id, value)| input(id, value)).collect();
    Ok(Call::SettingSetInputs(inputs?))
}

fn input(id: &str, value: &Value) -> Result<Input, CallError> {
    let input = match value.get("type").and_then(Value::as_str) {
        Some("primary") => button(id, value, ButtonStyle::Primary),
        Some("danger") => button(id, value, ButtonStyle::Danger),
        Some("dark") => button(id, value, ButtonStyle::Dark),
        Some(kind) => field(id, value, kind),
        None => Err(unknown_type(id)),
    }?;
    if input.id != id {
        return Err(CallError::payload(
            format!("{id}.id"),
            "the key of its entry is expected",
        ));
    }
    Ok(input)
}

fn button(path: &str, value: &Value, style: ButtonStyle) -> Result<Input, CallError> {
    let dto: ButtonDto = read_at(path, value)?;
    Ok(Input {
        id: dto.id.0,
        label: dto.text.0,
        required: false,
        kind: InputKind::Button { style },
    })
}

fn field(path: &str, value: &Value, kind: &str) -> Result<Input, CallError> {
    let kind = match kind {
        "text" => text(path, value),
        "number" => number(path, value),
        "password" => password(path, value),
        "radio" => radio(path, value),
        "checkbox" => checkbox(path, value),
        "toggle" => read_at::<ToggleDto>(path, value).map(|dto| InputKind::Toggle {
            default: dto.default,
        }),
        "slider" => slider(path, value),
        _ => Err(unknown_type(path)),
    }?;
    let base: BaseDto = read_at(path, value)?;
    Ok(Input {
        id: base.id.0,
        label: base.label.0,
        required: base.required.unwrap_or(false),
        kind,
    })
}

fn unknown_type(path: &str) -> CallError {
    CallError::payload(
        format!("{path}.type"),
        "text, number, password, radio, checkbox, toggle, slider, or primary, danger, dark for a button is expected",
    )
}

fn text(path: &str, value: &Value) -> Result<InputKind, CallError> {
    let dto: TextDto = read_at(path, value)?;
    let candidates = candidates(path, dto.candidates)?;
    let default = dto.default.map(|text| text.0).unwrap_or_default();
    if dto.length_max == Some(0) {
        return Err(CallError::payload(
            format!("{path}.lengthMax"),
            "a number above 0 is expected",
        ));
    }
    let fits = |text: &str| {
        dto.length_max
            .is_none_or(|most| text.chars().count() <= most)
    };
    let offered = candidates
        .iter()
        .map(|candidate| candidate.value.0.as_str());
    all_fit(
        path,
        fits(&default),
        offered.map(fits),
        "a text of at most `lengthMax` characters is expected",
    )?;
    Ok(InputKind::Text {
        default,
        length_max: dto.length_max,
        placeholder: dto.placeholder.map(|text| text.0),
        candidates: candidates
            .into_iter()
            .map(|candidate| Candidate {
                text: candidate.text.0,
                value: candidate.value.0,
            })
            .collect(),
    })
}

fn password(path: &str, value: &Value) -> Result<InputKind, CallError> {
    let dto: TextDto = read_at(path, value)?;
    Ok(InputKind::Password {
        default: dto.default.map(|text| text.0).unwrap_or_default(),
        placeholder: dto.placeholder.map(|text| text.0),
    })
}

fn number(path: &str, value: &Value) -> Result<InputKind, CallError> {
    let dto: NumberDto = read_at(path, value)?;
    let candidates = candidates(path, dto.candidates)?;
    let NumberDto { min, max, .. } = dto;
    if min.zip(max).is_some_and(|(min, max)| min > max) {
        return Err(CallError::payload(
            format!("{path}.max"),
            "a number that is not below `min` is expected",
        ));
    }
    let fits = |number: f64| is_within(number, min, max);
    let offered = candidates.iter().map(|candidate| fits(candidate.value));
    all_fit(
        path,
        fits(dto.default),
        offered,
        "a number from `min` to `max` is expected",
    )?;
    Ok(InputKind::Number {
        default: dto.default,
        min,
        max,
        placeholder: dto.placeholder.map(|text| text.0),
        candidates: candidates
            .into_iter()
            .map(|candidate| Candidate {
                text: candidate.text.0,
                value: candidate.value,
            })
            .collect(),
    })
}

/// What the form itself offers must fit the bounds that it sets.
fn all_fit(
    path: &str,
    default_fits: bool,
    offered: impl Iterator<Item = bool>,
    expected: &str,
) -> Result<(), CallError> {
    if !default_fits {
        return Err(CallError::payload(format!("{path}.default"), expected));
    }
    match offered.into_iter().position(|fits| !fits) {
        Some(index) => {
            let place = format!("{path}.candidates[{index}].value");
            Err(CallError::payload(place, expected))
        }
        None => Ok(()),
    }
}

fn candidates<T>(
    path: &str,
    candidates: Option<Vec<CandidateDto<T>>>,
) -> Result<Vec<CandidateDto<T>>, CallError> {
    let candidates = candidates.unwrap_or_default();
    at_most(&format!("{path}.candidates"), candidates.len(), CHOICES_MAX)?;
    Ok(candidates)
}

fn radio(path: &str, value: &Value) -> Result<InputKind, CallError> {
    let dto: RadioDto = read_at(path, value)?;
    let choices = choices(path, dto.values)?;
    let default = dto.default.map(|default| default.0).unwrap_or_default();
    // Nothing chosen yet is written as an empty text.
    if !default.is_empty() {
        must_be_choice(path, &choices, &default)?;
    }
    Ok(InputKind::Radio { choices, default })
}

fn checkbox(path: &str, value: &Value) -> Result<InputKind, CallError> {
    let dto: CheckboxDto = read_at(path, value)?;
    let choices = choices(path, dto.values)?;
    let default: Vec<String> = dto
        .default
        .unwrap_or_default()
        .into_iter()
        .map(|id| id.0)
        .collect();
    for id in &default {
        must_be_choice(path, &choices, id)?;
    }
    Ok(InputKind::Checkbox { choices, default })
}

fn choices(path: &str, dtos: Vec<ChoiceDto>) -> Result<Vec<InputChoice>, CallError> {
    let path = format!("{path}.values");
    at_most(&path, dtos.len(), CHOICES_MAX)?;
    if dtos.is_empty() {
        return Err(CallError::payload(path, "at least one choice is expected"));
    }
    Ok(dtos
        .into_iter()
        .map(|dto| InputChoice {
            id: dto.id.0,
            label: dto.label.0,
        })
        .collect())
}

fn must_be_choice(path: &str, choices: &[InputChoice], id: &str) -> Result<(), CallError> {
    if choices.iter().any(|choice| choice.id == id) {
        return Ok(());
    }
    Err(CallError::payload(
        format!("{path}.default"),
        "the id of one of its values is expected",
    ))
}

fn slider(path: &str, value: &Value) -> Result<InputKind, CallError> {
    let SliderDto {
        default,
        min,
        max,
        step,
    } = read_at(path, value)?;
    if min >= max {
        return Err(CallError::payload(
            format!("{path}.max"),
            "a number above `min` is expected",
        ));
    }
    if step <= 0.0 {
        return Err(CallError::payload(
            format!("{path}.step"),
            "a number above 0 is expected",
        ));
    }
    if !(min..=max).contains(&default) {
        return Err(CallError::payload(
            format!("{path}.default"),
            "a number from `min` to `max` is expected",
        ));
    }
    Ok(InputKind::Slider {
        default,
        min,
        max,
        step,
    })
}
