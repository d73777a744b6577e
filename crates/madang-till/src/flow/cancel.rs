//! Giving a payment back: plugins are asked first, holding no lock; then the terminal, where there was one.

use std::sync::Arc;

use madang_model::order::{Order, OrderCommand};
use madang_model::payment::PaymentState;
use madang_model::{OrderId, PaymentId, Refusal};

use super::{Announce, Begun, Intent, Operation};
use crate::asks::{Answers, Ask, Verdict};
use crate::operation::Answer;
use crate::order::NotWritten;
use crate::till::Inner;

impl Inner {
    pub(crate) async fn cancel_payment(
        self: &Arc<Self>,
        operation: &Operation,
        order: OrderId,
        payment: PaymentId,
        announce: &mut Option<Announce>,
    ) -> Result<Answer, NotWritten> {
        let held = self.load(order).await?.order;
        held.decide(OrderCommand::StartCancel { payment })?;
        let ask = Ask::BeforeCancel {
            order: held.clone(),
            payment,
        };
        let Answers { verdict, asked } = self.asks().ask(ask.clone()).await;
        // From here on it goes into whatever is written next, be it the refusal.
        let _ = operation.asked.set(ask.kept(asked).into());
        madang_journal::failpoint("till-after-ask");
        if let Verdict::Veto { plugin, message } = verdict {
            return Err(Refusal::Vetoed { plugin, message }.into());
        }
        // The answer took its time: what is decided now is decided on what is there now.
        let stamp = self.stamp_of(operation);
        let Some(attempt) = held.payment(payment)?.attempt.clone() else {
            let answer = Answer::Payment {
                order,
                payment,
                state: PaymentState::Cancelled,
                failure: None,
                at: stamp.at,
            };
            let step = |_: &Order| Some(self.finished(operation, &stamp, &answer));
            self.change_order(
                order,
                &stamp,
                |order| order.decide(OrderCommand::CancelPayment { payment }),
                &step,
            )
            .await?;
            return Ok(answer);
        };
        let intent = Intent { order, payment };
        let step = |_: &Order| Some(self.intended(operation, &stamp, &intent));
        let (cancelling, _) = self
            .change_order(
                order,
                &stamp,
                |order| order.decide(OrderCommand::StartCancel { payment }),
                &step,
            )
            .await?;
        madang_journal::failpoint("till-after-intend");
        if let Some(announce) = announce.take() {
            let _ = announce.send(Ok(Begun {
                order: Some(cancelling),
                payment: Some(payment),
            }));
        }
        Ok(self.settle_cancel(operation, &intent, &attempt).await?)
    }
}
