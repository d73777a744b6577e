//! Reads JSON text straight into the engine's values.
//!
//! The engine's own reader makes a text of every name and forgets it with the message, and a fractional number of every
//! number. This one keeps the names, which are the same in every message, and takes a third of the time.

use std::{cell::RefCell, collections::HashMap, fmt};

use rquickjs::object::Property;
use rquickjs::{Array, Atom, Ctx, Error, Object, Persistent, Result, String as Text, Value};
use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};

/// Names kept: the protocol has some three hundred; what plugins call their own things is the rest.
const NAMES_MAX: usize = 1_024;
/// Longer ones are no names of members but data.
const NAME_BYTES_MAX: usize = 64;

/// Names of members as the engine has them, kept from message to message.
#[derive(Default)]
pub(crate) struct Names(RefCell<HashMap<Box<str>, Persistent<Atom<'static>>>>);

/// `text` as a value. What is refused here is given to the engine's own reader, so that it says why, or reads what only it
/// can: halves of surrogate pairs, and nesting deeper than this one goes.
pub(crate) fn read_json<'js>(ctx: &Ctx<'js>, names: &Names, text: String) -> Result<Value<'js>> {
    let mut source = serde_json::Deserializer::from_str(&text);
    let read = Seed { ctx, names }
        .deserialize(&mut source)
        .and_then(|value| source.end().map(|()| value));
    match read {
        Ok(value) => Ok(value),
        // Of the data nothing is refused: the engine has thrown.
        Err(error) if error.is_data() => Err(Error::Exception),
        Err(_) => ctx.json_parse(text),
    }
}

#[derive(Clone, Copy)]
struct Seed<'a, 'js> {
    ctx: &'a Ctx<'js>,
    names: &'a Names,
}

/// Reads the name of a member.
struct NameSeed<'a, 'js>(Seed<'a, 'js>);

impl<'de, 'js> DeserializeSeed<'de> for Seed<'_, 'js> {
    type Value = Value<'js>;

    fn deserialize<D: Deserializer<'de>>(
        self,
        source: D,
    ) -> std::result::Result<Self::Value, D::Error> {
        source.deserialize_any(self)
    }
}

impl<'de, 'js> Visitor<'de> for Seed<'_, 'js> {
    type Value = Value<'js>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("JSON")
    }

    fn visit_unit<E>(self) -> std::result::Result<Self::Value, E> {
        Ok(Value::new_null(self.ctx.clone()))
    }

    fn visit_bool<E>(self, value: bool) -> std::result::Result<Self::Value, E> {
        Ok(Value::new_bool(self.ctx.clone(), value))
    }

    fn visit_u64<E>(self, value: u64) -> std::result::Result<Self::Value, E> {
        Ok(match i32::try_from(value) {
            Ok(value) => Value::new_int(self.ctx.clone(), value),
            Err(_) => Value::new_number(self.ctx.clone(), value as f64),
        })
    }

    fn visit_i64<E>(self, value: i64) -> std::result::Result<Self::Value, E> {
        Ok(match i32::try_from(value) {
            Ok(value) => Value::new_int(self.ctx.clone(), value),
            Err(_) => Value::new_number(self.ctx.clone(), value as f64),
        })
    }

    fn visit_f64<E>(self, value: f64) -> std::result::Result<Self::Value, E> {
        Ok(Value::new_float(self.ctx.clone(), value))
    }

    fn visit_str<E: serde::de::Error>(self, value: &str) -> std::result::Result<Self::Value, E> {
        let text = Text::from_str(self.ctx.clone(), value).map_err(E::custom)?;
        Ok(text.into_value())
    }

    fn visit_seq<A: SeqAccess<'de>>(
        self,
        mut items: A,
    ) -> std::result::Result<Self::Value, A::Error> {
        let array = Array::new(self.ctx.clone()).map_err(A::Error::custom)?;
        let mut place = 0u32;
        while let Some(value) = items.next_element_seed(self)? {
            define(array.as_object(), place, value).map_err(A::Error::custom)?;
            place += 1;
        }
        Ok(array.into_value())
    }

    fn visit_map<A: MapAccess<'de>>(
        self,
        mut members: A,
    ) -> std::result::Result<Self::Value, A::Error> {
        let object = Object::new(self.ctx.clone()).map_err(A::Error::custom)?;
        while let Some(name) = members.next_key_seed(NameSeed(self))? {
            let value = members.next_value_seed(self)?;
            define(&object, name, value).map_err(A::Error::custom)?;
        }
        Ok(object.into_value())
    }
}

impl<'de, 'js> DeserializeSeed<'de> for NameSeed<'_, 'js> {
    type Value = Atom<'js>;

    fn deserialize<D: Deserializer<'de>>(
        self,
        source: D,
    ) -> std::result::Result<Self::Value, D::Error> {
        source.deserialize_str(self)
    }
}

impl<'de, 'js> Visitor<'de> for NameSeed<'_, 'js> {
    type Value = Atom<'js>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a name")
    }

    fn visit_str<E: serde::de::Error>(self, name: &str) -> std::result::Result<Self::Value, E> {
        self.0.names.atom(self.0.ctx, name).map_err(E::custom)
    }
}

impl Names {
    fn atom<'js>(&self, ctx: &Ctx<'js>, name: &str) -> Result<Atom<'js>> {
        let mut kept = self.0.borrow_mut();
        if let Some(atom) = kept.get(name) {
            return atom.clone().restore(ctx);
        }
        // Through a text: the engine takes bytes beyond ASCII for letters when it looks for an atom.
        let text = Text::from_str(ctx.clone(), name)?;
        let atom = Atom::from_value(ctx.clone(), text.as_value())?;
        if kept.len() < NAMES_MAX && name.len() <= NAME_BYTES_MAX {
            kept.insert(name.into(), Persistent::save(ctx, atom.clone()));
        }
        Ok(atom)
    }
}

/// As the language defines members: what somebody hung on the prototypes has no say.
fn define<'js>(
    object: &Object<'js>,
    name: impl rquickjs::IntoAtom<'js>,
    value: Value<'js>,
) -> Result<()> {
    let property = Property::from(value).writable().enumerable().configurable();
    object.prop(name, property)
}
