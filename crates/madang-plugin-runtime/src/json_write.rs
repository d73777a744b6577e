//! Writes a posted message as JSON text, as the engine's `JSON.stringify` would, without a text of the engine in between.
//!
//! Only plain data is written here, which is what plugins post. Whatever needs the language's finer rules (`toJSON`, classes,
//! proxies, cycles) or an error that names a member is left to `JSON.stringify`, which then begins anew.

use std::fmt::Write;

use rquickjs::{
    Array, Atom, Ctx, Error, Object, Result, Type, Value, atom::PredefinedAtom, object::Filter,
};

/// Values of one message. This loop is native, so nothing interrupts it: a small heap of objects that refer to each other
/// many times would keep it busy for hours. An order of a hundred lines has two thousand.
const VALUES_MAX: usize = 65_536;
/// Deeper than any message of the protocol, and where a cycle ends.
const DEPTH_MAX: usize = 64;
/// Below it every whole number has one way to be written, without an exponent.
const WHOLE_MAX: f64 = 9_007_199_254_740_992.0;

/// `value` as JSON text; `None` when it is not plain data, or has more than `bytes_max` bytes. What a getter throws is
/// thrown on.
pub(crate) fn write_json<'js>(
    ctx: &Ctx<'js>,
    value: &Value<'js>,
    bytes_max: usize,
) -> Result<Option<String>> {
    let mut writer = Writer {
        text: String::new(),
        bytes_max,
        values_left: VALUES_MAX,
        plain: Object::new(ctx.clone())?.get_prototype(),
    };
    match writer.value(value, DEPTH_MAX) {
        Ok(()) => Ok(Some(writer.text)),
        Err(Stop::NotPlain) => Ok(None),
        Err(Stop::Thrown(error)) => Err(error),
    }
}

struct Writer<'js> {
    text: String,
    bytes_max: usize,
    values_left: usize,
    /// What stands behind every plain object.
    plain: Option<Object<'js>>,
}

enum Stop {
    NotPlain,
    Thrown(Error),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        match error {
            // Half of a pair of surrogates; `JSON.stringify` escapes it.
            Error::Utf8(_) => Self::NotPlain,
            // The binding's word for a text for which there was no memory; the engine has thrown that already.
            Error::Unknown => Self::Thrown(Error::Exception),
            error => Self::Thrown(error),
        }
    }
}

impl<'js> Writer<'js> {
    fn value(&mut self, value: &Value<'js>, depth_left: usize) -> std::result::Result<(), Stop> {
        if self.values_left == 0 || self.text.len() > self.bytes_max {
            return Err(Stop::NotPlain);
        }
        self.values_left -= 1;
        match value.type_of() {
            Type::Null => self.text.push_str("null"),
            Type::Bool => self.text.push_str(match value.as_bool() {
                Some(true) => "true",
                _ => "false",
            }),
            Type::Int | Type::Float => self.number(value.as_number().ok_or(Stop::NotPlain)?)?,
            Type::String => {
                let text = value.as_string().ok_or(Stop::NotPlain)?.to_string()?;
                self.quoted(&text);
            }
            Type::Array => {
                let array = value.as_array().ok_or(Stop::NotPlain)?;
                self.array(array, depth_left.checked_sub(1).ok_or(Stop::NotPlain)?)?;
            }
            Type::Object => {
                let object = value.as_object().ok_or(Stop::NotPlain)?;
                self.object(object, depth_left.checked_sub(1).ok_or(Stop::NotPlain)?)?;
            }
            _ => return Err(Stop::NotPlain),
        }
        Ok(())
    }

    fn object(&mut self, object: &Object<'js>, depth_left: usize) -> std::result::Result<(), Stop> {
        if object.get_prototype() != self.plain {
            return Err(Stop::NotPlain);
        }
        refuse_own_way(object)?;
        let mut before = '{';
        for name in object.own_keys::<Atom<'js>>(Filter::default()) {
            let name = name?;
            let value: Value<'js> = object.get(name.clone())?;
            if value.is_undefined() {
                continue;
            }
            self.text.push(before);
            before = ',';
            let name = name.to_js_string()?.to_string()?;
            self.quoted(&name);
            self.text.push(':');
            self.value(&value, depth_left)?;
        }
        if before == '{' {
            self.text.push('{');
        }
        self.text.push('}');
        Ok(())
    }

    fn array(&mut self, array: &Array<'js>, depth_left: usize) -> std::result::Result<(), Stop> {
        refuse_own_way(array.as_object())?;
        self.text.push('[');
        for place in 0..array.len() {
            if place > 0 {
                self.text.push(',');
            }
            let value: Value<'js> = array.get(place)?;
            if value.is_undefined() {
                self.text.push_str("null");
                self.values_left = self.values_left.checked_sub(1).ok_or(Stop::NotPlain)?;
            } else {
                self.value(&value, depth_left)?;
            }
        }
        self.text.push(']');
        Ok(())
    }

    fn number(&mut self, number: f64) -> std::result::Result<(), Stop> {
        let size = number.abs();
        let written = if !number.is_finite() {
            self.text.push_str("null");
            Ok(())
        } else if size < WHOLE_MAX && number.fract() == 0.0 {
            write!(self.text, "{}", number as i64)
        } else if (1e-6..1e21).contains(&size) {
            write!(self.text, "{number}")
        } else {
            return Err(Stop::NotPlain);
        };
        written.map_err(|_| Stop::NotPlain)
    }

    fn quoted(&mut self, text: &str) {
        self.text.push('"');
        let mut rest = text;
        // Looked at as a whole, eight or more bytes at a time; nearly every text passes.
        let has_any = text
            .bytes()
            .fold(false, |any, byte| any | must_be_escaped(byte));
        while has_any && let Some(place) = rest.bytes().position(must_be_escaped) {
            self.text.push_str(&rest[..place]);
            self.escaped(rest.as_bytes()[place]);
            rest = &rest[place + 1..];
        }
        self.text.push_str(rest);
        self.text.push('"');
    }

    fn escaped(&mut self, byte: u8) {
        match byte {
            b'"' => self.text.push_str("\\\""),
            b'\\' => self.text.push_str("\\\\"),
            0x08 => self.text.push_str("\\b"),
            0x0c => self.text.push_str("\\f"),
            b'\n' => self.text.push_str("\\n"),
            b'\r' => self.text.push_str("\\r"),
            b'\t' => self.text.push_str("\\t"),
            control => {
                self.text.push_str("\\u00");
                for half in [control >> 4, control & 15] {
                    self.text
                        .push(char::from(b"0123456789abcdef"[usize::from(half)]));
                }
            }
        }
    }
}

fn must_be_escaped(byte: u8) -> bool {
    byte < 0x20 || byte == b'"' || byte == b'\\'
}

/// A value with a `toJSON` says itself how it is written.
fn refuse_own_way(object: &Object<'_>) -> std::result::Result<(), Stop> {
    let own_way: Value<'_> = object.get(PredefinedAtom::ToJSON)?;
    if own_way.is_undefined() {
        Ok(())
    } else {
        Err(Stop::NotPlain)
    }
}
