//! Questions of the till to a plugin, and their answers.

use madang_model::order::Order;
use madang_model::payment::Payment;
use madang_model::shop::Shop;
use serde_json::{Value, json};

use crate::envelope::Envelope;
use crate::wire;

/// The question before a payment is cancelled.
pub const BEFORE_CANCEL: &str = "payment.event.request";

/// A plugin's answer, tied to the question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answered {
    /// The question's callback id; an answer without one belongs to nothing.
    pub callback_id: Option<String>,
    /// What it says.
    pub answer: Answer,
}

/// What a plugin says to a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The till may go on.
    Allowed,
    /// It may not.
    Refused {
        /// The plugin's words.
        message: String,
    },
}

/// The question whether `payment` of `order` may be cancelled.
pub fn before_cancel(callback_id: &str, shop: &Shop, order: &Order, payment: &Payment) -> Envelope {
    let payload = json!({
        "order": wire::order(shop, order),
        "payment": wire::payment(shop, order.id, payment),
    });
    Envelope {
        version: Some(1),
        callback_id: Some(callback_id.to_owned()),
        ..Envelope::new(
            BEFORE_CANCEL,
            json!({ "event": "before-cancel", "payload": payload }),
        )
    }
}

/// What an answer says. Only a plain `complete: false` refuses: everything else is the till's to go on with, as it is with
/// the real SDK, which answers "allowed" by itself when the plugin has no handler.
pub fn parse_answer(envelope: &Envelope) -> Answered {
    let refused = envelope.data.get("complete") == Some(&Value::Bool(false));
    let answer = if refused {
        Answer::Refused {
            message: words_of(envelope.data.get("errorMessage")),
        }
    } else {
        Answer::Allowed
    };
    Answered {
        callback_id: envelope.callback_id.clone(),
        answer,
    }
}

/// The most characters of a refusal's words: they are shown to staff in one box.
const WORDS_LENGTH_MAX: usize = 500;

fn words_of(message: Option<&Value>) -> String {
    match message.and_then(Value::as_str).map(str::trim) {
        Some(words) if !words.is_empty() => words.chars().take(WORDS_LENGTH_MAX).collect(),
        _ => "이유를 말하지 않았어요".into(),
    }
}
