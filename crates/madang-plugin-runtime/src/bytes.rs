//! The one place that reads and writes the bytes of JavaScript buffers.
#![allow(unsafe_code)] // rquickjs hands out buffer bytes as raw pointers only; the two functions below bound their use.

use rquickjs::{Ctx, Exception, Result, TypedArray};

/// A copy of the bytes that `array` shows, at most `bytes_max` of them.
pub(crate) fn copy_in(
    ctx: &Ctx<'_>,
    array: &TypedArray<'_, u8>,
    bytes_max: usize,
) -> Result<Vec<u8>> {
    let Some(raw) = array.as_raw() else {
        return Err(Exception::throw_type(ctx, "the buffer is detached"));
    };
    if raw.len() > bytes_max {
        return Err(too_many(ctx, raw.len(), bytes_max));
    }
    // SAFETY: the engine gave pointer and length just now, and no JavaScript runs before the copy is made.
    Ok(unsafe { raw.as_ref() }.to_vec())
}

/// Lets `fill` write the bytes that `array` shows; `fill` cannot reach the engine.
pub(crate) fn fill_in_place(
    ctx: &Ctx<'_>,
    array: &TypedArray<'_, u8>,
    fill: impl FnOnce(&mut [u8]),
) -> Result<()> {
    let Some(mut raw) = array.as_raw() else {
        return Err(Exception::throw_type(ctx, "the buffer is detached"));
    };
    // SAFETY: the engine gave pointer and length just now; one thread only, and no JavaScript runs inside `fill`.
    fill(unsafe { raw.as_mut() });
    Ok(())
}

pub(crate) fn too_many(ctx: &Ctx<'_>, bytes: usize, bytes_max: usize) -> rquickjs::Error {
    let message =
        format!("madang: {bytes} bytes in one call; at most {bytes_max} bytes are allowed");
    Exception::throw_range(ctx, &message)
}
