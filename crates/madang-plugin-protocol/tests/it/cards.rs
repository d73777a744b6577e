use madang_plugin_protocol::{Envelope, MESSAGES, mask};
use proptest::prelude::*;
use serde_json::{Value, json};

/// Test numbers of the schemes; none belongs to anybody.
const CARDS: &[&str] = &[
    "4222222222222",
    "30569309025904",
    "378282246310005",
    "4111111111111111",
    "5555555555554444",
    "2223003122003222",
    "3530111333300000",
    "9490123456789013",
    "6011000990139424",
    "6759649826438453",
    "6304000000000000000",
];

fn check(text: &str, expected: &str) {
    assert_eq!(mask::text(text), expected, "{text}");
    assert_eq!(mask::looks_like_card(text), text != expected);
}

#[test]
fn a_card_number_keeps_its_first_six_and_last_four() {
    check("4111111111111111", "411111******1111");
    check("4111 1111 1111 1111", "4111 11** **** 1111");
    check("4111-1111-1111-1111", "4111-11**-****-1111");
    check("4111 - 1111 - 1111 - 1111", "4111 - 11** - **** - 1111");
    check("카드 4111111111111111번", "카드 411111******1111번");
    check(
        "4111111111111111=28121011234",
        "411111******1111=28121011234",
    );
    check("4111 1111 1111 1111 12/28", "4111 11** **** 1111 12/28");
    check(
        "2026-11-22 4111 1111 1111 1111",
        "2026-11-22 4111 11** **** 1111",
    );
    check(
        "4111111111111111,5555555555554444",
        "411111******1111,555555******4444",
    );
    check(
        "4111111111111111 5555555555554444",
        "411111******1111 555555******4444",
    );
    check("3782 822463 10005", "3782 82**** *0005");
    check("4222222222222", "422222***2222");
    check("6304000000000000000", "630400*********0000");
    check(
        r#"{"card":4111111111111111}"#,
        r#"{"card":411111******1111}"#,
    );
}

#[test]
fn what_is_no_card_number_stays() {
    for text in [
        "4111111111111112",
        "411111111111",
        "41111111111111111111111",
        "411111******1111",
        "010-1234-5678",
        "1763785800000",
        "1763785800007",
        "8801234567893",
        "4901234567894",
        "20261122134335",
        "20261122134335123",
        "173000000000000001",
        "1763785800000000007",
        "37.5665340000000004",
        "",
        "주문",
    ] {
        check(text, text);
    }
    // Every clock in milliseconds of the years 2001 to 2033, every id that begins with 1, every barcode with its check digit.
    for number in (1_000_000_000_000_u64..2_000_000_000_000).step_by(99_999_989) {
        check(&number.to_string(), &number.to_string());
        let id = format!("{}{:05}", number, number % 100_000);
        check(&id, &id);
    }
    for body in (0..1_000_000_000_000_u64).step_by(99_999_989) {
        let barcode = with_ean_check_digit(body);
        check(&barcode, &barcode);
    }
}

#[test]
fn numbers_and_names_of_members_are_masked_too() {
    let check = |mut value: Value, expected: Value, count: usize| {
        assert_eq!(mask::card_numbers(&mut value), count);
        assert_eq!(value, expected);
    };
    check(
        json!(4_111_111_111_111_111_u64),
        json!("411111******1111"),
        1,
    );
    check(
        json!(-4_111_111_111_111_111_i64),
        json!("411111******1111"),
        1,
    );
    check(
        json!(4.111_111_111_111_111e15),
        json!("411111******1111"),
        1,
    );
    check(
        json!(6_304_000_000_000_000_000_u64),
        json!("630400*********0000"),
        1,
    );
    check(
        json!([1, 4500, 0.5, null, true]),
        json!([1, 4500, 0.5, null, true]),
        0,
    );
    check(
        json!({"a": {"4111111111111111": 1, "4111112222221111": 2, "b": ["5555555555554444"]}}),
        json!({"a": {"411111******1111": 1, "4111112222221111": 2, "b": ["555555******4444"]}}),
        2,
    );
    // 4111 1100 0000 1111 would be masked alike: neither member is lost.
    let other = with_luhn_digit("411111000000111");
    let mut value = json!({});
    value["4111111111111111"] = 1.into();
    value[other.as_str()] = 2.into();
    mask::card_numbers(&mut value);
    assert_eq!(value.as_object().unwrap().len(), 2, "{value}");
}

#[test]
fn no_card_number_passes_the_door_in_any_place_of_any_message() {
    let mut places = 0;
    for message in MESSAGES {
        let data: Value = serde_json::from_str(message.sample).unwrap();
        let whole =
            json!({"name": message.name, "version": 1, "callbackId": "a1b2c3d4e5", "data": data});
        for pointer in pointers(&whole) {
            // Every way of writing a number in every place; the schemes take turns.
            let card = CARDS[places % CARDS.len()];
            places += 1;
            for planted in plants(&whole, &pointer, card) {
                passes_masked(&planted, card);
            }
        }
    }
    assert!(places > 300, "the table has samples: {places}");
}

fn passes_masked(planted: &Value, card: &str) {
    let text = planted.to_string();
    // What is no envelope any more is not acted upon; its error must not quote the number either.
    let (told, count) = match Envelope::parse(&text, 1 << 20) {
        Ok(envelope) => {
            let call = format!("{:?}", madang_plugin_protocol::parse(&envelope));
            (
                format!("{}{call}", envelope.to_json()),
                envelope.cards_masked,
            )
        }
        Err(error) => (format!("{error:?}"), 1),
    };
    assert!(!digits_of(&told).contains(card), "{card} in {told}");
    assert!(count > 0, "the sender is told: {text}");
}

/// The card as the text at `pointer`, inside it, with spaces, as a number, and as the name of a member beside it.
fn plants(whole: &Value, pointer: &str, card: &str) -> Vec<Value> {
    let spaced: String = card
        .char_indices()
        .map(|(index, digit)| {
            if index > 0 && index % 4 == 0 {
                format!(" {digit}")
            } else {
                digit.to_string()
            }
        })
        .collect();
    let values = [
        json!(card),
        json!(format!("카드:{card}.")),
        json!(spaced),
        json!(card.parse::<u64>().unwrap()),
        json!({ card: 1 }),
    ];
    values
        .into_iter()
        .map(|value| {
            let mut planted = whole.clone();
            *planted.pointer_mut(pointer).unwrap() = value;
            planted
        })
        .collect()
}

fn pointers(value: &Value) -> Vec<String> {
    match value {
        Value::Object(members) => members
            .iter()
            .flat_map(|(name, value)| {
                pointers(value)
                    .into_iter()
                    .map(move |rest| format!("/{name}{rest}"))
            })
            .collect(),
        Value::Array(values) => values
            .iter()
            .enumerate()
            .flat_map(|(index, value)| {
                pointers(value)
                    .into_iter()
                    .map(move |rest| format!("/{index}{rest}"))
            })
            .collect(),
        _ => vec![String::new()],
    }
}

/// Digits with everything that may stand between two groups taken out.
fn digits_of(text: &str) -> String {
    text.replace([' ', '-'], "")
}

fn with_luhn_digit(body: &str) -> String {
    (0..10)
        .map(|digit| format!("{body}{digit}"))
        .find(|number| luhn(number))
        .unwrap()
}

fn with_ean_check_digit(body: u64) -> String {
    let body = format!("{body:012}");
    let sum: u32 = body
        .bytes()
        .enumerate()
        .map(|(place, byte)| u32::from(byte - b'0') * if place % 2 == 0 { 1 } else { 3 })
        .sum();
    format!("{body}{}", (10 - sum % 10) % 10)
}

/// Written otherwise than the crate's own.
fn luhn(number: &str) -> bool {
    let doubled = [0, 2, 4, 6, 8, 1, 3, 5, 7, 9];
    let digits: Vec<usize> = number
        .bytes()
        .map(|byte| usize::from(byte - b'0'))
        .collect();
    let odd = digits.len() % 2;
    let sum: usize = digits
        .iter()
        .enumerate()
        .map(|(place, digit)| {
            if place % 2 == odd {
                doubled[*digit]
            } else {
                *digit
            }
        })
        .sum();
    sum.is_multiple_of(10)
}

proptest! {
    #[test]
    fn every_number_of_a_scheme_is_masked_and_masking_again_changes_nothing(
        body in "(4[0-9]|5[1-5]|9[0-9]|6[0-9]|3[0-9]|2[3-6])[0-9]{13,16}"
    ) {
        let card = with_luhn_digit(&body);
        let masked = mask::text(&card).into_owned();
        prop_assert!(!masked.contains(&card));
        prop_assert_eq!(&masked[..6], &card[..6]);
        prop_assert_eq!(&masked[masked.len() - 4..], &card[card.len() - 4..]);
        prop_assert_eq!(mask::text(&masked).into_owned(), masked.clone());
    }

    #[test]
    fn any_text_keeps_its_length_and_its_other_characters(text in "\\PC{0,60}") {
        let masked = mask::text(&text);
        prop_assert_eq!(masked.len(), text.len());
        for (before, after) in text.chars().zip(masked.chars()) {
            prop_assert!(before == after || (before.is_ascii_digit() && after == '*'));
        }
    }
}
