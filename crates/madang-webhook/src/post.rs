//! One message, posted and signed.

use std::fmt;
use std::pin::pin;
use std::time::Duration;

use async_trait::async_trait;
use futures::future::{BoxFuture, select};
use hmac::{Hmac, KeyInit, Mac};
use madang_journal::{Micros, OutboxMessage};
use madang_outbound::{
    Caller, Client, Outbound, Part, RetryPatch, Route, RouteError, RoutePatch, SendError,
    SendErrorKind,
};
use madang_outbox::{Deliver, Outcome, Surroundings};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::address::{Webhook, hex};

/// How long a server that is held back is left alone when nobody knows when it is tried again.
const HELD_BACK_PAUSE: Duration = Duration::from_secs(5);
/// Of an acknowledgement only the status counts; what is read of its body keeps the connection for the next message.
const ANSWER_BYTES_MAX: usize = 64 * 1024;
/// A body that takes longer is worth less than the place among those under way: a new connection is cheaper.
const ANSWER_READ_MAX: Duration = Duration::from_secs(1);

/// What messages are signed with; the receiver has the same. It is never printed.
#[derive(Clone)]
pub struct Secret(Zeroizing<Vec<u8>>);

/// A secret that could be guessed.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("a webhook's secret has at least {} characters", Secret::BYTES_MIN)]
pub struct SecretTooShort;

impl Secret {
    /// Shorter ones can be found by trying.
    pub const BYTES_MIN: usize = 16;

    /// A secret as a person or a file has it; white space around it does not count.
    ///
    /// # Errors
    /// [`SecretTooShort`].
    pub fn new(text: &str) -> Result<Self, SecretTooShort> {
        let bytes = text.trim().as_bytes().to_vec();
        if bytes.len() < Self::BYTES_MIN {
            return Err(SecretTooShort);
        }
        Ok(Self(Zeroizing::new(bytes)))
    }

    /// The signature of a body that is sent at `timestamp_ms`.
    fn signature(&self, timestamp_ms: i64, body: &str) -> String {
        let mut mac =
            Hmac::<Sha256>::new_from_slice(&self.0).expect("a key of any length is a key");
        mac.update(format!("{timestamp_ms}.").as_bytes());
        mac.update(body.as_bytes());
        format!("v1={}", hex(&mac.finalize().into_bytes()))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// The way to one webhook.
pub struct Poster {
    client: Client,
    webhook: Webhook,
    secret: Secret,
    surroundings: Surroundings,
}

impl Poster {
    /// A way through the gateway. It tries once: trying again is the outbox's.
    ///
    /// # Errors
    /// [`RouteError`]: the gateway's own numbers do not fit together.
    pub fn new(
        outbound: &Outbound,
        webhook: Webhook,
        secret: Secret,
        surroundings: Surroundings,
    ) -> Result<Self, RouteError> {
        let mut grant = webhook.grant();
        grant.limits.answer_body_bytes_max = ANSWER_BYTES_MAX;
        let caller = Caller {
            id: webhook.caller(),
            grant,
        };
        let once = RoutePatch {
            retry: RetryPatch {
                limit: Some(0),
                ..RetryPatch::default()
            },
            ..RoutePatch::default()
        };
        let client = outbound.client(caller, Route::default())?.extended(once)?;
        Ok(Self {
            client,
            webhook,
            secret,
            surroundings,
        })
    }

    fn read_long_enough(&self) -> BoxFuture<'static, ()> {
        let clock = &self.surroundings.clock;
        let pause = i64::try_from(ANSWER_READ_MAX.as_micros()).expect("a second");
        clock.sleep_until(Micros::new(clock.now().get().saturating_add(pause)))
    }

    /// Different for every try.
    fn delivery_id(&self) -> String {
        let number = || self.surroundings.chance.number();
        format!("{:016x}{:016x}", number(), number())
    }
}

#[async_trait]
impl Deliver for Poster {
    async fn deliver(&self, message: &OutboxMessage) -> Outcome {
        let timestamp_ms = self.surroundings.clock.now().get().div_euclid(1_000);
        let event_id = message.key.rsplit_once('.').map_or("", |(event, _)| event);
        let signature = self.secret.signature(timestamp_ms, &message.body);
        let call = self
            .client
            .post(self.webhook.url())
            .header("content-type", "application/json;charset=UTF-8")
            .header("x-toss-signature", signature)
            .header("x-toss-timestamp", timestamp_ms.to_string())
            .header("x-toss-webhook-id", message.key.as_str())
            .header("x-toss-delivery-id", self.delivery_id())
            .header("x-toss-event-id", event_id)
            .idempotency_key(message.key.as_str())
            .body(message.body.clone());
        match call.response().await {
            Ok(answer) => {
                // It is acknowledged by its status, whatever becomes of the rest.
                select(pin!(answer.bytes()), self.read_long_enough()).await;
                Outcome::Acknowledged
            }
            Err(error) => judged(&error),
        }
    }
}

fn judged(error: &SendError) -> Outcome {
    let retry_after = error.retry_after();
    let failed = |reason| Outcome::Failed {
        reason,
        retry_after,
    };
    match error.kind() {
        SendErrorKind::Http(failure) => {
            let reason = format!("the server answered {}", failure.status);
            match failure.status {
                // Too slow, too early, too often: said about this try, not about the message.
                408 | 425 | 429 | 500.. => failed(reason),
                _ => Outcome::Refused { reason },
            }
        }
        SendErrorKind::HeldBack(_) => Outcome::NotNow {
            retry_in: Some(retry_after.unwrap_or(HELD_BACK_PAUSE)),
        },
        SendErrorKind::Crowded(_)
        | SendErrorKind::TooFast(_)
        | SendErrorKind::Busy { .. }
        | SendErrorKind::Aborted
        | SendErrorKind::ShuttingDown => Outcome::NotNow {
            retry_in: retry_after,
        },
        SendErrorKind::NotAllowed { .. }
        | SendErrorKind::BadUrl(_)
        | SendErrorKind::BadHeader { .. }
        | SendErrorKind::TooLarge {
            part: Part::Url | Part::RequestHeaders | Part::RequestHeaderCount | Part::RequestBody,
            ..
        } => Outcome::Refused {
            reason: in_one_line(error),
        },
        // A captive portal or a wrong router may be behind it, so it may mend itself.
        SendErrorKind::AddressForbidden { host, class, .. } => failed(format!(
            "`{host}` leads to {class}; name a server of the shop's own network by its address"
        )),
        _ => failed(in_one_line(error)),
    }
}

fn in_one_line(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text = format!("{text}: {error}");
        source = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_of_the_time_and_the_body() {
        // Computed with: printf '1795327200000.{"id":"한글"}' | openssl dgst -sha256 -hmac 'a secret of a shop'
        let secret = Secret::new(" a secret of a shop\n").expect("long enough");
        let signature = secret.signature(1_795_327_200_000, r#"{"id":"한글"}"#);
        assert_eq!(
            signature,
            "v1=8f79ac0d5759dd920951c01dae787a77f01847aca9dcf7dea02d63ccdc651bf8"
        );
        assert_ne!(
            signature,
            secret.signature(1_795_327_200_001, r#"{"id":"한글"}"#)
        );
        assert_eq!(format!("{secret:?}"), "Secret(…)");
        assert_eq!(Secret::new("short").map(drop), Err(SecretTooShort));
    }
}
