use std::rc::Rc;

use aes_gcm::{
    Aes128Gcm, Aes256Gcm, KeyInit, Nonce,
    aead::{Aead, Payload},
};
use hmac::{Hmac, Mac};
use rquickjs::{ArrayBuffer, Ctx, Exception, Function, Object, Result, TypedArray};
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha384, Sha512};

use crate::{bytes, stopped::StopReason, turn::Turn};

type Bytes<'js> = TypedArray<'js, u8>;

/// What `crypto.subtle` is made of. Each call is charged to the turn by its size, since it cannot be interrupted.
pub(super) fn register<'js>(ctx: &Ctx<'js>, native: &Object<'js>, turn: &Rc<Turn>) -> Result<()> {
    let at = turn.clone();
    native.set(
        "digest",
        Function::new(
            ctx.clone(),
            move |ctx: Ctx<'js>, hash: String, data: Bytes<'js>| {
                let data = take(&ctx, &at, &data)?;
                ArrayBuffer::new_copy(ctx, digest(&hash, &data))
            },
        )?,
    )?;
    register_hmac(ctx, native, turn)?;
    register_aes_gcm(ctx, native, turn)?;
    register_pbkdf2(ctx, native, turn)
}

/// Bytes hashed or sealed in about the time of one tick.
const BYTES_PER_TICK: usize = 64 << 10;

fn take(ctx: &Ctx<'_>, turn: &Turn, data: &Bytes<'_>) -> Result<Vec<u8>> {
    let data = bytes::copy_in(ctx, data, turn.limits.native_bytes_max)?;
    turn.meter.charge((data.len() / BYTES_PER_TICK) as u64);
    Ok(data)
}

fn digest(hash: &str, data: &[u8]) -> Vec<u8> {
    match hash {
        "SHA-1" => Sha1::digest(data).to_vec(),
        "SHA-384" => Sha384::digest(data).to_vec(),
        "SHA-512" => Sha512::digest(data).to_vec(),
        _ => Sha256::digest(data).to_vec(),
    }
}

fn register_hmac<'js>(ctx: &Ctx<'js>, native: &Object<'js>, turn: &Rc<Turn>) -> Result<()> {
    let at = turn.clone();
    native.set(
        "hmac",
        Function::new(
            ctx.clone(),
            move |ctx: Ctx<'js>, hash: String, key: Bytes<'js>, data: Bytes<'js>| {
                let (key, data) = (take(&ctx, &at, &key)?, take(&ctx, &at, &data)?);
                ArrayBuffer::new_copy(ctx, sign(&hash, &key, &data))
            },
        )?,
    )?;
    let at = turn.clone();
    native.set(
        "hmacVerify",
        Function::new(
            ctx.clone(),
            move |ctx: Ctx<'js>,
                  hash: String,
                  key: Bytes<'js>,
                  signature: Bytes<'js>,
                  data: Bytes<'js>| {
                let signature = take(&ctx, &at, &signature)?;
                let (key, data) = (take(&ctx, &at, &key)?, take(&ctx, &at, &data)?);
                Ok::<_, rquickjs::Error>(verify(&hash, &key, &signature, &data))
            },
        )?,
    )
}

const ANY_KEY: &str = "HMAC takes a key of any length";

fn sign(hash: &str, key: &[u8], data: &[u8]) -> Vec<u8> {
    match hash {
        "SHA-1" => mac_of::<Hmac<Sha1>>(key, data)
            .finalize()
            .into_bytes()
            .to_vec(),
        "SHA-384" => mac_of::<Hmac<Sha384>>(key, data)
            .finalize()
            .into_bytes()
            .to_vec(),
        "SHA-512" => mac_of::<Hmac<Sha512>>(key, data)
            .finalize()
            .into_bytes()
            .to_vec(),
        _ => mac_of::<Hmac<Sha256>>(key, data)
            .finalize()
            .into_bytes()
            .to_vec(),
    }
}

/// In constant time: how long it takes must not tell how much of a signature was right.
fn verify(hash: &str, key: &[u8], signature: &[u8], data: &[u8]) -> bool {
    match hash {
        "SHA-1" => mac_of::<Hmac<Sha1>>(key, data).verify_slice(signature),
        "SHA-384" => mac_of::<Hmac<Sha384>>(key, data).verify_slice(signature),
        "SHA-512" => mac_of::<Hmac<Sha512>>(key, data).verify_slice(signature),
        _ => mac_of::<Hmac<Sha256>>(key, data).verify_slice(signature),
    }
    .is_ok()
}

fn mac_of<M: Mac + hmac::KeyInit>(key: &[u8], data: &[u8]) -> M {
    let mut mac = <M as hmac::KeyInit>::new_from_slice(key).expect(ANY_KEY);
    mac.update(data);
    mac
}

fn register_aes_gcm<'js>(ctx: &Ctx<'js>, native: &Object<'js>, turn: &Rc<Turn>) -> Result<()> {
    let at = turn.clone();
    native.set(
        "aesGcm",
        Function::new(
            ctx.clone(),
            move |ctx: Ctx<'js>,
                  seal: bool,
                  key: Bytes<'js>,
                  iv: Bytes<'js>,
                  associated: Bytes<'js>,
                  data: Bytes<'js>| {
                let (key, iv) = (take(&ctx, &at, &key)?, take(&ctx, &at, &iv)?);
                let associated = take(&ctx, &at, &associated)?;
                let data = take(&ctx, &at, &data)?;
                let payload = Payload {
                    msg: &data,
                    aad: &associated,
                };
                let direction = if seal {
                    Direction::Seal
                } else {
                    Direction::Open
                };
                match aes_gcm(direction, &key, &iv, payload) {
                    Some(answer) => ArrayBuffer::new_copy(ctx, answer).map(Some),
                    None => Ok(None),
                }
            },
        )?,
    )
}

#[derive(Clone, Copy)]
enum Direction {
    Seal,
    Open,
}

fn aes_gcm(
    direction: Direction,
    key: &[u8],
    iv: &[u8],
    payload: Payload<'_, '_>,
) -> Option<Vec<u8>> {
    match key.len() {
        16 => turn_with(
            &Aes128Gcm::new_from_slice(key).ok()?,
            direction,
            iv,
            payload,
        ),
        32 => turn_with(
            &Aes256Gcm::new_from_slice(key).ok()?,
            direction,
            iv,
            payload,
        ),
        _ => None,
    }
}

fn turn_with<C: Aead>(
    cipher: &C,
    direction: Direction,
    iv: &[u8],
    payload: Payload<'_, '_>,
) -> Option<Vec<u8>> {
    let iv = Nonce::<C::NonceSize>::try_from(iv).ok()?;
    match direction {
        Direction::Seal => cipher.encrypt(&iv, payload).ok(),
        Direction::Open => cipher.decrypt(&iv, payload).ok(),
    }
}

fn register_pbkdf2<'js>(ctx: &Ctx<'js>, native: &Object<'js>, turn: &Rc<Turn>) -> Result<()> {
    let at = turn.clone();
    native.set(
        "pbkdf2",
        Function::new(
            ctx.clone(),
            move |ctx: Ctx<'js>,
                  hash: String,
                  password: Bytes<'js>,
                  salt: Bytes<'js>,
                  iterations: f64,
                  length: usize| {
                let password = take(&ctx, &at, &password)?;
                let salt = take(&ctx, &at, &salt)?;
                let rounds = allow_pbkdf2(&ctx, &at, iterations, length)?;
                let mut derived = vec![0; length];
                derive(&hash, &password, &salt, rounds, &mut derived);
                ArrayBuffer::new_copy(ctx, derived)
            },
        )?,
    )
}

/// Rounds of PBKDF2 in about the time of one tick.
const ROUNDS_PER_TICK: u64 = 200;
/// Bytes of the shortest digest: so many are derived by one run of all rounds.
const DERIVED_BYTES_PER_RUN: usize = 20;
/// No cipher or signature here takes a longer key.
const DERIVED_BYTES_MAX: usize = 1_024;

/// The whole work is charged before it is done: it cannot be interrupted.
fn allow_pbkdf2(ctx: &Ctx<'_>, turn: &Turn, iterations: f64, length: usize) -> Result<u32> {
    if !(1.0..=f64::from(u32::MAX)).contains(&iterations) || length > DERIVED_BYTES_MAX {
        return Err(Exception::throw_range(
            ctx,
            "madang: PBKDF2 takes 1 or more iterations and derives at most 1024 bytes",
        ));
    }
    let rounds = iterations as u32;
    let runs = length.div_ceil(DERIVED_BYTES_PER_RUN) as u64;
    if turn
        .meter
        .charge(u64::from(rounds) * runs / ROUNDS_PER_TICK)
    {
        turn.meter.break_limit(StopReason::Turn);
        return Err(Exception::throw_range(
            ctx,
            "madang: so many PBKDF2 iterations take longer than a turn may",
        ));
    }
    Ok(rounds)
}

fn derive(hash: &str, password: &[u8], salt: &[u8], rounds: u32, derived: &mut [u8]) {
    let done = match hash {
        "SHA-1" => pbkdf2::pbkdf2::<Hmac<Sha1>>(password, salt, rounds, derived),
        "SHA-384" => pbkdf2::pbkdf2::<Hmac<Sha384>>(password, salt, rounds, derived),
        "SHA-512" => pbkdf2::pbkdf2::<Hmac<Sha512>>(password, salt, rounds, derived),
        _ => pbkdf2::pbkdf2::<Hmac<Sha256>>(password, salt, rounds, derived),
    };
    done.expect(ANY_KEY);
}
