//! Orders and payments that a plugin makes or ends: operations of the till, each under a key of its own.

use madang_model::{LineKey, OrderId, PaymentId};
use madang_plugin_protocol::draft::{OrderDraft, PaymentDraft};
use madang_plugin_protocol::{CallError, Failure, wire};
use madang_till::{
    Actor, Answer, Command, Done, OperationKey, PlaceOrder, RecordPayment, Request, Till,
};
use sha2::{Digest, Sha256};

use super::reads::failure;
use super::{Dispatch, Door, Reply};

impl Door {
    pub(super) fn actor(&self) -> Actor {
        Actor::Plugin(self.plugin.name.to_string())
    }

    /// An order under the plugin's own `orderKey`, when it gave one: sent twice, it is placed once.
    pub(super) fn order_add(&self, draft: &OrderDraft, key: String) -> Dispatch {
        let shop = self.host.till.shop();
        let placed = (|| -> Result<PlaceOrder, CallError> {
            Ok(PlaceOrder {
                order_key: draft.order_key.clone(),
                lines: draft.lines(&shop, &self.plugin.name, &mut counted_keys())?,
                discounts: draft.discounts(&shop, &self.plugin.name)?,
                memo: draft.memo.clone(),
                table: draft.table,
                guests: draft.guests,
                channels: draft.channels.clone(),
                request: None,
            })
        })();
        let key = draft.order_key.as_deref().map_or(key, |order_key| {
            format!("order-key/{}", printable(order_key))
        });
        match placed {
            Ok(order) => self.order_operation(key, Command::PlaceOrder(Box::new(order))),
            Err(error) => Dispatch::failed(error.to_string()),
        }
    }

    pub(super) fn order_add_menu(
        &self,
        order: OrderId,
        draft: OrderDraft,
        key: String,
    ) -> Dispatch {
        let till = self.host.till.clone();
        let (plugin, actor) = (self.plugin.name.clone(), self.actor());
        Dispatch::later(async move {
            let there = till.find_order(order).await.map_err(failure)?;
            let words = |error: CallError| Failure::new(error.to_string());
            let lines = draft
                .lines_to_add(&there, &till.shop(), &plugin, &mut || till.next_line_key())
                .map_err(words)?;
            let discounts = draft
                .discounts_to_add(&there, &till.shop(), &plugin)
                .map_err(words)?;
            let done = perform(
                &till,
                actor,
                key,
                Command::AddLines {
                    order,
                    lines,
                    discounts,
                },
            )
            .await?;
            order_reply(&till, &done)
        })
    }

    pub(super) fn order_cancel(&self, order: OrderId, key: String) -> Dispatch {
        self.operation(key, Command::CancelOrder { order }, |_, _| {
            Ok(Reply::empty())
        })
    }

    pub(super) fn order_complete(&self, order: OrderId, key: String) -> Dispatch {
        self.order_operation(key, Command::CompleteOrder { order })
    }

    /// A payment under the plugin's own `paymentKey`: recorded once.
    pub(super) fn payment_add(&self, order: OrderId, draft: &PaymentDraft) -> Dispatch {
        // The till gives the payment its own id; this one only fills the draft's shape.
        let payment = match draft.payment(&self.host.till.shop(), PaymentId(0), &self.plugin.name) {
            Ok(payment) => payment,
            Err(error) => return Dispatch::failed(error.to_string()),
        };
        let record = RecordPayment {
            order,
            method: payment.method,
            amount: payment.amount,
            payment_key: payment.payment_key.clone(),
            approval: payment.approval,
            completes: payment.completes,
        };
        let key = format!("payment-key/{}", printable(&payment.payment_key));
        self.operation(
            key,
            Command::RecordPayment(Box::new(record)),
            |till, done| match (&done.answer, &done.order) {
                (Answer::Payment { payment, .. }, Some(order)) => {
                    let paid = order
                        .payment(*payment)
                        .map_err(|refusal| Failure::new(refusal.korean()))?;
                    Ok(Reply::field(
                        "payment",
                        wire::payment(&till.shop(), order.id, paid),
                    ))
                }
                _ => Ok(Reply::empty()),
            },
        )
    }

    pub(super) fn payment_cancel(
        &self,
        order: OrderId,
        payment: PaymentId,
        key: String,
    ) -> Dispatch {
        self.operation(
            key,
            Command::CancelPayment { order, payment },
            |_, done| match &done.answer {
                Answer::Payment {
                    failure: Some(failure),
                    ..
                } => Err(Failure::new(failure.sentences().ko)),
                _ => Ok(Reply::empty()),
            },
        )
    }

    pub(super) fn line_key(&self) -> LineKey {
        self.host.till.next_line_key()
    }

    fn order_operation(&self, key: String, command: Command) -> Dispatch {
        self.operation(key, command, order_reply)
    }

    fn operation(
        &self,
        key: String,
        command: Command,
        answer: impl FnOnce(&Till, &Done) -> Result<Reply, Failure> + Send + 'static,
    ) -> Dispatch {
        let (till, actor) = (self.host.till.clone(), self.actor());
        Dispatch::later(async move {
            let done = perform(&till, actor, key, command).await?;
            answer(&till, &done)
        })
    }
}

async fn perform(
    till: &Till,
    actor: Actor,
    key: String,
    command: Command,
) -> Result<Done, Failure> {
    let key =
        OperationKey::new(printable(&key)).map_err(|refusal| Failure::new(refusal.korean()))?;
    till.perform(Request {
        key,
        actor,
        command,
    })
    .await
    .map_err(failure)
}

fn order_reply(till: &Till, done: &Done) -> Result<Reply, Failure> {
    match &done.order {
        Some(order) => Ok(Reply::Json("order", wire::order_json(&till.shop(), order))),
        None => Ok(Reply::empty()),
    }
}

/// Keys `line-1`, `line-2`, …: the same order sent again has the same lines, so that it is recognised.
fn counted_keys() -> impl FnMut() -> LineKey {
    let mut count = 0;
    move || {
        count += 1;
        LineKey::try_from(format!("line-{count}")).expect("printable ASCII")
    }
}

/// A key as the till takes it: as it is when it is short and printable, else its digest.
fn printable(key: &str) -> String {
    let fits = key.len() <= 100 && key.bytes().all(|byte| (0x20..0x7f).contains(&byte));
    if fits {
        return key.to_owned();
    }
    let digest = Sha256::digest(key.as_bytes());
    digest.iter().fold(String::from("sha256:"), |text, byte| {
        text + &format!("{byte:02x}")
    })
}
