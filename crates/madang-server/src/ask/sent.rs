//! Reads what a caller sent, and says what is wrong with it in the API's words: which field, what it takes, what was sent.

use std::fmt::Display;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Deserialize;
use serde::de::value::{MapAccessDeserializer, StrDeserializer};
use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, Error, Expected, IntoDeserializer,
    MapAccess, SeqAccess, Unexpected, VariantAccess, Visitor,
};
use serde::forward_to_deserialize_any;
use serde_json::{Map, Value};

/// The most characters of what was sent that are told back.
const SENT_LENGTH_MAX: usize = 60;

/// What a moment is written as.
const MOMENT: &str = "a time as 2026-11-22T03:00:00Z";

/// What a day is written as.
const DAY: &str = "a day as 2026-11-22";

/// What does not fit, in English and Korean.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unfit {
    /// From the inside out.
    path: Vec<Step>,
    what: What,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    Field(String),
    Element(usize),
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum What {
    NotA { expected: Words, sent: String },
    Missing { field: &'static str },
    Unknown { field: String, known: Words },
    Twice { field: String },
    Other(String),
}

/// The same in both languages.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Words {
    en: String,
    ko: String,
}

impl Words {
    fn new(en: impl Into<String>, ko: impl Into<String>) -> Self {
        Self {
            en: en.into(),
            ko: ko.into(),
        }
    }
}

/// A JSON body as a `T`.
///
/// # Errors
/// [`Unfit`].
pub fn body<T: DeserializeOwned>(value: &Value) -> Result<T, Unfit> {
    T::deserialize(Sent {
        value,
        form: Form::Json,
    })
}

/// The pairs of a query as a `T`: their numbers are written in text.
///
/// # Errors
/// [`Unfit`].
pub fn query<T: DeserializeOwned>(pairs: Vec<(String, String)>) -> Result<T, Unfit> {
    let mut fields = Map::new();
    for (field, text) in pairs {
        if fields.insert(field.clone(), text.into()).is_some() {
            return Err(Unfit::because(What::Twice { field }));
        }
    }
    T::deserialize(Sent {
        value: &Value::Object(fields),
        form: Form::Query,
    })
}

/// A word of a query's `field`, as a `T`.
///
/// # Errors
/// [`Unfit`].
pub fn word<T: DeserializeOwned>(field: &str, written: &str) -> Result<T, Unfit> {
    let word = Sent {
        value: &written.into(),
        form: Form::Query,
    };
    T::deserialize(word).map_err(|unfit| unfit.within(Step::Field(field.to_owned())))
}

/// A moment, if there is one. The library's own error tells of years and digits, not of what may be written.
///
/// # Errors
/// That it is no moment.
pub fn moment<'de, D: Deserializer<'de>>(sent: D) -> Result<Option<Timestamp>, D::Error> {
    let Some(text) = Option::<String>::deserialize(sent)? else {
        return Ok(None);
    };
    let moment = text.parse().map(Some);
    moment.map_err(|_| D::Error::invalid_value(Unexpected::Str(&text), &MOMENT))
}

/// A day, if there is one.
///
/// # Errors
/// That it is no day.
pub fn day<'de, D: Deserializer<'de>>(sent: D) -> Result<Option<Date>, D::Error> {
    let Some(text) = Option::<String>::deserialize(sent)? else {
        return Ok(None);
    };
    let day = text.parse().map(Some);
    day.map_err(|_| D::Error::invalid_value(Unexpected::Str(&text), &DAY))
}

impl Unfit {
    /// In English.
    pub fn english(&self) -> String {
        let place = self.place();
        match &self.what {
            What::NotA { expected, sent } => match place.is_empty() {
                true => format!("this address takes {}, not {sent}", expected.en),
                false => format!("`{place}` must be {}, not {sent}", expected.en),
            },
            What::Missing { field } => format!("`{}` is missing", joined(&place, field)),
            What::Unknown { field, known } => {
                format!("there is no `{}`; {}", joined(&place, field), known.en)
            }
            What::Twice { field } => format!("`{}` is there twice", joined(&place, field)),
            What::Other(message) if place.is_empty() => message.clone(),
            What::Other(message) => format!("`{place}`: {message}"),
        }
    }

    /// In Korean.
    pub fn korean(&self) -> String {
        let place = self.place();
        match &self.what {
            What::NotA { expected, sent } => match place.is_empty() {
                true => format!(
                    "보낸 내용이 맞지 않아요. 받는 값: {}. 보낸 값: {sent}",
                    expected.ko
                ),
                false => format!(
                    "`{place}` 값이 맞지 않아요. 받는 값: {}. 보낸 값: {sent}",
                    expected.ko
                ),
            },
            What::Missing { field } => format!("`{}` 값이 빠졌어요", joined(&place, field)),
            What::Unknown { field, known } => {
                format!("`{}` 값은 받지 않아요. {}", joined(&place, field), known.ko)
            }
            What::Twice { field } => format!("`{}` 값이 두 번 있어요", joined(&place, field)),
            What::Other(_) if place.is_empty() => "보낸 값을 읽을 수 없어요".into(),
            What::Other(_) => format!("`{place}` 값을 읽을 수 없어요"),
        }
    }

    fn because(what: What) -> Self {
        let path = Vec::new();
        Self { path, what }
    }

    fn within(mut self, step: Step) -> Self {
        self.path.push(step);
        self
    }

    fn place(&self) -> String {
        let mut place = String::new();
        for step in self.path.iter().rev() {
            match step {
                Step::Field(field) => place = joined(&place, field),
                Step::Element(number) => place.push_str(&format!("[{number}]")),
            }
        }
        place
    }
}

fn joined(place: &str, field: &str) -> String {
    let field = short(field);
    match place.is_empty() {
        true => field,
        false => format!("{place}.{field}"),
    }
}

fn short(text: &str) -> String {
    match text.char_indices().nth(SENT_LENGTH_MAX) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}

impl Display for Unfit {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.english())
    }
}

impl std::error::Error for Unfit {}

impl Error for Unfit {
    fn custom<T: Display>(message: T) -> Self {
        Self::because(What::Other(message.to_string()))
    }

    fn invalid_type(sent: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::because(What::NotA {
            expected: words_for(&expected.to_string()),
            sent: told_back(sent),
        })
    }

    fn invalid_value(sent: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::invalid_type(sent, expected)
    }

    fn unknown_variant(variant: &str, known: &'static [&'static str]) -> Self {
        Self::because(What::NotA {
            expected: one_of(known),
            sent: told_back(Unexpected::Str(variant)),
        })
    }

    fn unknown_field(field: &str, known: &'static [&'static str]) -> Self {
        let known = match known {
            [] => Words::new("nothing is taken here", "아무 값도 받지 않아요"),
            known => {
                let names = quoted(known);
                Words::new(format!("there are {names}"), format!("받는 값: {names}"))
            }
        };
        Self::because(What::Unknown {
            field: field.to_owned(),
            known,
        })
    }

    fn missing_field(field: &'static str) -> Self {
        Self::because(What::Missing { field })
    }

    fn duplicate_field(field: &'static str) -> Self {
        Self::because(What::Twice {
            field: field.to_owned(),
        })
    }
}

fn one_of(known: &[&str]) -> Words {
    match known {
        [only] => Words::new(format!("`{only}`"), format!("`{only}`")),
        several => {
            let names = quoted(several);
            Words::new(format!("one of {names}"), format!("{names} 가운데 하나"))
        }
    }
}

fn quoted(names: &[&str]) -> String {
    let quoted: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
    quoted.join(", ")
}

fn told_back(sent: Unexpected<'_>) -> String {
    match sent {
        Unexpected::Bool(value) => value.to_string(),
        Unexpected::Unsigned(number) => number.to_string(),
        Unexpected::Signed(number) => number.to_string(),
        Unexpected::Float(number) => number.to_string(),
        Unexpected::Str(text) => Value::from(short(text)).to_string(),
        Unexpected::Unit | Unexpected::Option => "null".into(),
        Unexpected::Seq => "[…]".into(),
        Unexpected::Map => "{…}".into(),
        other => short(&other.to_string()),
    }
}

/// Serde tells what it expects only as text of its own; this is the dictionary.
fn words_for(expected: &str) -> Words {
    let whole = |min: i128, max: i128| {
        Words::new(
            format!("a whole number from {min} to {max}"),
            format!("{min}부터 {max}까지의 정수"),
        )
    };
    match expected {
        "u8" => whole(0, u8::MAX.into()),
        "u16" => whole(0, u16::MAX.into()),
        "u32" => whole(0, u32::MAX.into()),
        "u64" | "usize" => Words::new("a whole number, 0 or more", "0 이상의 정수"),
        "i32" => whole(i32::MIN.into(), i32::MAX.into()),
        "i64" => Words::new("a whole number", "정수"),
        "f32" | "f64" | "a JSON number" => Words::new("a number", "숫자"),
        "a boolean" => Words::new("true or false", "true 또는 false"),
        "a string" => Words::new("a text", "글자"),
        "a sequence" => Words::new("a list", "목록"),
        MOMENT => Words::new(MOMENT, "2026-11-22T03:00:00Z처럼 쓴 시각"),
        DAY => Words::new(DAY, "2026-11-22처럼 쓴 날짜"),
        "a map" => Words::new("an object", "객체"),
        rust if [
            "struct ",
            "internally tagged enum ",
            "adjacently tagged enum ",
        ]
        .iter()
        .any(|kind| rust.starts_with(kind)) =>
        {
            Words::new("an object", "객체")
        }
        rust if ["enum ", "variant "]
            .iter()
            .any(|kind| rust.starts_with(kind)) =>
        {
            Words::new("one of the words that openapi.json lists", "정해진 낱말")
        }
        other => Words::new(other, other),
    }
}

/// How a value was written.
#[derive(Clone, Copy, PartialEq)]
enum Form {
    Json,
    Query,
}

/// A value that was sent.
#[derive(Clone, Copy)]
struct Sent<'a> {
    value: &'a Value,
    form: Form,
}

impl<'a> Sent<'a> {
    /// The number that a query's text writes.
    fn number<T: std::str::FromStr>(self) -> Option<T> {
        match (self.form, self.value) {
            (Form::Query, Value::String(text)) => text.parse().ok(),
            _ => None,
        }
    }

    fn inner(self, value: &'a Value) -> Self {
        Self { value, ..self }
    }
}

macro_rules! numbers {
    ($($method:ident $visit:ident $kind:ty),* $(,)?) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
            match self.number::<$kind>() {
                Some(number) => visitor.$visit(number),
                None => self.deserialize_any(visitor),
            }
        }
    )*};
}

impl<'de> Deserializer<'de> for Sent<'_> {
    type Error = Unfit;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        match self.value {
            Value::Null => visitor.visit_unit(),
            Value::Bool(value) => visitor.visit_bool(*value),
            Value::Number(number) => match (number.as_u64(), number.as_i64()) {
                (Some(number), _) => visitor.visit_u64(number),
                (None, Some(number)) => visitor.visit_i64(number),
                (None, None) => visitor.visit_f64(number.as_f64().unwrap_or(f64::NAN)),
            },
            Value::String(text) => visitor.visit_str(text),
            Value::Array(elements) => visitor.visit_seq(Elements {
                sent: self,
                elements: elements.iter().enumerate(),
            }),
            Value::Object(fields) => visitor.visit_map(Fields {
                sent: self,
                fields: fields.iter(),
                waiting: None,
            }),
        }
    }

    numbers! {
        deserialize_u8 visit_u8 u8,
        deserialize_u16 visit_u16 u16,
        deserialize_u32 visit_u32 u32,
        deserialize_u64 visit_u64 u64,
        deserialize_i8 visit_i8 i8,
        deserialize_i16 visit_i16 i16,
        deserialize_i32 visit_i32 i32,
        deserialize_i64 visit_i64 i64,
        deserialize_f32 visit_f32 f32,
        deserialize_f64 visit_f64 f64,
        deserialize_bool visit_bool bool,
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        match self.value {
            Value::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Unfit> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        known: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Unfit> {
        match self.value {
            Value::String(word) => visitor.visit_enum(Word(word)),
            Value::Object(fields) => visitor.visit_enum(MapAccessDeserializer::new(Fields {
                sent: self,
                fields: fields.iter(),
                waiting: None,
            })),
            other => Err(Unfit::because(What::NotA {
                expected: one_of(known),
                sent: short(&other.to_string()),
            })),
        }
    }

    forward_to_deserialize_any! {
        char str string bytes byte_buf unit unit_struct seq tuple tuple_struct map struct identifier ignored_any i128 u128
    }
}

/// A word that names one of several.
struct Word<'a>(&'a str);

impl<'de> EnumAccess<'de> for Word<'_> {
    type Error = Unfit;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self), Unfit> {
        let word: StrDeserializer<'_, Unfit> = self.0.into_deserializer();
        Ok((seed.deserialize(word)?, self))
    }
}

impl<'de> VariantAccess<'de> for Word<'_> {
    type Error = Unfit;

    fn unit_variant(self) -> Result<(), Unfit> {
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, _: T) -> Result<T::Value, Unfit> {
        Err(self.bare())
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, _: V) -> Result<V::Value, Unfit> {
        Err(self.bare())
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Unfit> {
        Err(self.bare())
    }
}

impl Word<'_> {
    fn bare(&self) -> Unfit {
        Unfit::because(What::NotA {
            expected: Words::new("an object", "객체"),
            sent: told_back(Unexpected::Str(self.0)),
        })
    }
}

struct Elements<'a> {
    sent: Sent<'a>,
    elements: std::iter::Enumerate<std::slice::Iter<'a, Value>>,
}

impl<'de> SeqAccess<'de> for Elements<'_> {
    type Error = Unfit;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Unfit> {
        let Some((number, value)) = self.elements.next() else {
            return Ok(None);
        };
        let element = seed.deserialize(self.sent.inner(value));
        element
            .map(Some)
            .map_err(|unfit| unfit.within(Step::Element(number)))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.elements.len())
    }
}

struct Fields<'a> {
    sent: Sent<'a>,
    fields: serde_json::map::Iter<'a>,
    waiting: Option<(&'a str, &'a Value)>,
}

impl<'de> MapAccess<'de> for Fields<'_> {
    type Error = Unfit;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Unfit> {
        let Some((field, value)) = self.fields.next() else {
            return Ok(None);
        };
        self.waiting = Some((field, value));
        let field: StrDeserializer<'_, Unfit> = field.as_str().into_deserializer();
        seed.deserialize(field).map(Some)
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, Unfit> {
        let Some((field, value)) = self.waiting.take() else {
            return Err(Unfit::custom("a value was asked for before its name"));
        };
        seed.deserialize(self.sent.inner(value))
            .map_err(|unfit| unfit.within(Step::Field(field.to_owned())))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::view::cart::{AddLine, SetDining};
    use crate::view::order::Pay;
    use crate::view::plugin::SetSettings;
    use crate::view::terminal::ChooseOutcome;

    fn check<T: DeserializeOwned>(sent: Value, english: &str, korean: &str) {
        let unfit = body::<T>(&sent).err().expect("it does not fit");
        assert_eq!(
            (unfit.english(), unfit.korean()),
            (english.into(), korean.into())
        );
    }

    #[test]
    fn what_does_not_fit_is_told_in_our_words() {
        check::<AddLine>(
            json!({ "item": "x" }),
            "`item` must be a whole number, 0 or more, not \"x\"",
            "`item` 값이 맞지 않아요. 받는 값: 0 이상의 정수. 보낸 값: \"x\"",
        );
        check::<AddLine>(
            json!({ "item": 1, "quantity": 1.5 }),
            "`quantity` must be a whole number, 0 or more, not 1.5",
            "`quantity` 값이 맞지 않아요. 받는 값: 0 이상의 정수. 보낸 값: 1.5",
        );
        check::<AddLine>(
            json!({ "item": 1, "choices": [{ "id": 2 }, { "id": [] }] }),
            "`choices[1].id` must be a whole number, 0 or more, not […]",
            "`choices[1].id` 값이 맞지 않아요. 받는 값: 0 이상의 정수. 보낸 값: […]",
        );
        check::<AddLine>(
            json!({ "item": 1, "choices": [{ "id": 2, "quantity": 4_294_967_296_u64 }] }),
            "`choices[0].quantity` must be a whole number from 0 to 4294967295, not 4294967296",
            "`choices[0].quantity` 값이 맞지 않아요. 받는 값: 0부터 4294967295까지의 정수. 보낸 값: 4294967296",
        );
        check::<AddLine>(json!({}), "`item` is missing", "`item` 값이 빠졌어요");
        check::<AddLine>(
            json!({ "item": 1, "quanttity": 1 }),
            "there is no `quanttity`; there are `item`, `quantity`, `choices`",
            "`quanttity` 값은 받지 않아요. 받는 값: `item`, `quantity`, `choices`",
        );
        check::<AddLine>(
            json!("x".repeat(100)),
            &format!("this address takes an object, not \"{}…\"", "x".repeat(60)),
            &format!(
                "보낸 내용이 맞지 않아요. 받는 값: 객체. 보낸 값: \"{}…\"",
                "x".repeat(60)
            ),
        );
        check::<SetDining>(
            json!({ "dining": "hare" }),
            "`dining` must be one of `here`, `togo`, `delivery`, `pickup`, not \"hare\"",
            "`dining` 값이 맞지 않아요. 받는 값: `here`, `togo`, `delivery`, `pickup` 가운데 하나. 보낸 값: \"hare\"",
        );
        check::<SetDining>(
            json!({ "dining": 3 }),
            "`dining` must be one of `here`, `togo`, `delivery`, `pickup`, not 3",
            "`dining` 값이 맞지 않아요. 받는 값: `here`, `togo`, `delivery`, `pickup` 가운데 하나. 보낸 값: 3",
        );
        check::<Pay>(
            json!({ "method": "cash", "received": "만원" }),
            "`received` must be a whole number, not \"만원\"",
            "`received` 값이 맞지 않아요. 받는 값: 정수. 보낸 값: \"만원\"",
        );
        check::<ChooseOutcome>(
            json!({ "outcome": { "kind": "declined", "code": 51 } }),
            "`outcome` must be a text, not 51",
            "`outcome` 값이 맞지 않아요. 받는 값: 글자. 보낸 값: 51",
        );
        check::<ChooseOutcome>(
            json!({ "outcome": { "kind": "declined" } }),
            "`outcome.code` is missing",
            "`outcome.code` 값이 빠졌어요",
        );
        check::<ChooseOutcome>(
            json!({ "sticky": null }),
            "`sticky` must be true or false, not null",
            "`sticky` 값이 맞지 않아요. 받는 값: true 또는 false. 보낸 값: null",
        );
        check::<SetSettings>(
            json!({ "values": { "limit": { "a": 1 } } }),
            "`values.limit`: a setting holds true or false, a number, a text or a list of texts",
            "`values.limit` 값을 읽을 수 없어요",
        );
    }

    #[test]
    fn what_fits_is_read() {
        let line = json!({ "item": 1, "quantity": 2, "choices": [{ "id": 3, "quantity": 4 }] });
        let read: AddLine = body(&line).expect("it fits");
        assert_eq!(serde_json::to_value(read).expect("JSON"), line);
        for outcome in [
            json!({ "outcome": { "kind": "declined", "code": "051", "message": { "ko": "한도 초과", "en": "Over the limit" } }, "sticky": true }),
            json!({ "outcome": { "kind": "answer_lost" }, "sticky": false }),
            json!({ "outcome": null, "sticky": false }),
        ] {
            let read: ChooseOutcome = body(&outcome).expect("it fits");
            assert_eq!(serde_json::to_value(read).expect("JSON"), outcome);
        }
        let values = json!({ "values": { "a": true, "b": 1.5, "c": -3, "d": "x", "e": ["y"] } });
        let read: SetSettings = body(&values).expect("it fits");
        assert_eq!(serde_json::to_value(read).expect("JSON"), values);
    }
}
