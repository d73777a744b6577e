//! Ids and numbers that the till gives out.

use jiff::Timestamp;
use madang_model::{AttemptKey, CartId, LineKey, OrderId, PaymentId};

use crate::world::World;

/// Milliseconds since 2024-01-01T00:00:00Z: enough bits for 139 years in an id.
const EPOCH_MS: i64 = 1_704_067_200_000;

const KEY_ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// Time-ordered decimal ids: 42 bits of milliseconds, 22 of chance. Ids that read like a card number (Luhn) are passed
/// over, so that masking card numbers never touches an id of ours.
fn id(world: &World) -> u64 {
    loop {
        let since_ms = (milliseconds(world.now()) - EPOCH_MS)
            .max(0)
            .cast_unsigned();
        let id = ((since_ms & ((1 << 41) - 1)) << 22) | (world.chance.number() & ((1 << 22) - 1));
        if !passes_luhn(id) {
            return id;
        }
    }
}

pub(crate) fn order_id(world: &World) -> OrderId {
    OrderId(id(world))
}

pub(crate) fn payment_id(world: &World) -> PaymentId {
    PaymentId(id(world))
}

pub(crate) fn cart_id(world: &World) -> CartId {
    CartId(id(world))
}

/// A key of 21 URL-safe characters, as tills of this kind give their lines.
pub(crate) fn line_key(world: &World) -> LineKey {
    let mut bytes = [0; 21];
    world.chance.fill(&mut bytes);
    let text: String = bytes
        .iter()
        .map(|byte| char::from(KEY_ALPHABET[usize::from(byte & 63)]))
        .collect();
    LineKey::try_from(text).expect("the alphabet is printable ASCII")
}

/// Names one attempt at the terminal; made from the payment, so that a restart finds it again.
pub(crate) fn attempt_key(payment: PaymentId) -> AttemptKey {
    AttemptKey::try_from(format!("pay_{payment}")).expect("decimal digits are printable ASCII")
}

fn milliseconds(at: Timestamp) -> i64 {
    at.as_millisecond()
}

/// The check that card numbers pass.
fn passes_luhn(number: u64) -> bool {
    let mut sum = 0;
    for (place, digit) in number
        .to_string()
        .bytes()
        .rev()
        .map(|byte| u32::from(byte - b'0'))
        .enumerate()
    {
        let weighed = if place % 2 == 1 { digit * 2 } else { digit };
        sum += if weighed > 9 { weighed - 9 } else { weighed };
    }
    sum % 10 == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_card_numbers_pass_luhn() {
        let check = |number, expected| assert_eq!(passes_luhn(number), expected);
        check(4_111_111_111_111_111, true);
        check(4_111_111_111_111_112, false);
        check(5_555_555_555_554_444, true);
    }
}
