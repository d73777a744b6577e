use std::rc::Rc;

use base64::{Engine, engine::general_purpose::STANDARD};
use encoding_rs::EUC_KR;
use rquickjs::{ArrayBuffer, Ctx, Exception, Function, Object, Result, TypedArray};

use crate::{bytes, turn::Turn};

/// The encoders and the decoders.
pub(super) fn register<'js>(ctx: &Ctx<'js>, native: &Object<'js>, turn: &Rc<Turn>) -> Result<()> {
    let at = turn.clone();
    native.set(
        "utf8Encode",
        Function::new(ctx.clone(), move |ctx: Ctx<'js>, text: String| {
            let bytes_max = at.limits.native_bytes_max;
            if text.len() > bytes_max {
                return Err(bytes::too_many(&ctx, text.len(), bytes_max));
            }
            ArrayBuffer::new_copy(ctx, text.as_bytes())
        })?,
    )?;
    let at = turn.clone();
    native.set(
        "decode",
        Function::new(
            ctx.clone(),
            move |ctx: Ctx<'js>, data: TypedArray<'js, u8>, encoding: String, fatal: bool| {
                let data = bytes::copy_in(&ctx, &data, at.limits.native_bytes_max)?;
                decode(&ctx, &data, &encoding, fatal)
            },
        )?,
    )?;
    register_base64(ctx, native, turn)
}

/// Bytes as messages carry them.
fn register_base64<'js>(ctx: &Ctx<'js>, native: &Object<'js>, turn: &Rc<Turn>) -> Result<()> {
    let at = turn.clone();
    native.set(
        "base64Encode",
        Function::new(
            ctx.clone(),
            move |ctx: Ctx<'js>, data: TypedArray<'js, u8>| {
                let data = bytes::copy_in(&ctx, &data, at.limits.native_bytes_max)?;
                Ok::<_, rquickjs::Error>(STANDARD.encode(data))
            },
        )?,
    )?;
    native.set(
        "base64Decode",
        Function::new(ctx.clone(), |ctx: Ctx<'js>, text: String| {
            let data = STANDARD
                .decode(text)
                .map_err(|_| Exception::throw_type(&ctx, "the till's base64 cannot be read"))?;
            ArrayBuffer::new_copy(ctx, data)
        })?,
    )
}

fn decode(ctx: &Ctx<'_>, data: &[u8], encoding: &str, fatal: bool) -> Result<String> {
    let lossy = match encoding {
        "utf-16le" => utf16le(data),
        "euc-kr" => match EUC_KR.decode_without_bom_handling(data) {
            (text, false) => Ok(text.into_owned()),
            (text, true) => Err(text.into_owned()),
        },
        // Its upper half differs from Latin-1 in 27 signs, which no plugin sends to a till.
        "windows-1252" => Ok(data.iter().map(|&byte| char::from(byte)).collect()),
        _ => std::str::from_utf8(data)
            .map(ToOwned::to_owned)
            .map_err(|_| String::from_utf8_lossy(data).into_owned()),
    };
    lossy.or_else(|text| {
        if fatal {
            Err(Exception::throw_type(
                ctx,
                "The encoded data was not valid for the encoding",
            ))
        } else {
            Ok(text)
        }
    })
}

/// The text, or the text with replacement characters when the bytes are not well-formed.
fn utf16le(data: &[u8]) -> std::result::Result<String, String> {
    let (pairs, rest) = data.as_chunks::<2>();
    let units = pairs.iter().map(|pair| u16::from_le_bytes(*pair));
    let text: std::result::Result<String, _> = char::decode_utf16(units.clone()).collect();
    match text {
        Ok(text) if rest.is_empty() => Ok(text),
        _ => {
            let mut lossy: String = char::decode_utf16(units)
                .map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER))
                .collect();
            if !rest.is_empty() {
                lossy.push(char::REPLACEMENT_CHARACTER);
            }
            Err(lossy)
        }
    }
}
