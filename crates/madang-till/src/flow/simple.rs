//! Operations that ask nothing outside: claimed, decided, recorded and answered in one transaction.

use jiff::{SignedDuration, Timestamp};
use madang_journal::OperationChange;
use madang_model::order::{Found, Order, OrderCommand, OrderEvent, READY_MINUTES_MAX, TakePayment};
use madang_model::payment::{Approval, CashGiven, Failure, Method, PaymentState};
use madang_model::stock::StockEvent;
use madang_model::{ItemId, Money, OrderId, PaymentId, Refusal, Text};

use super::Operation;
use crate::event::Stamp;
use crate::number;
use crate::operation::{Answer, Command, RecordPayment};
use crate::order::NotWritten;
use crate::till::Inner;

impl Inner {
    pub(crate) async fn simple(&self, operation: &Operation) -> Result<Answer, NotWritten> {
        let stamp = self.stamp(&operation.actor, Some(&operation.key));
        match &operation.command {
            Command::AddLines {
                order,
                lines,
                discounts,
            } => {
                let command = OrderCommand::AddLines {
                    lines: lines.clone(),
                    discounts: discounts.clone(),
                };
                self.decided(operation, &stamp, *order, command).await
            }
            Command::AcceptOrder { order, minutes } => {
                let command = OrderCommand::Accept {
                    estimated_ready_at: ready_at(stamp.at, *minutes)?,
                };
                self.decided(operation, &stamp, *order, command).await
            }
            Command::DeclineOrder { order, reason } => {
                self.decided(
                    operation,
                    &stamp,
                    *order,
                    OrderCommand::Decline {
                        reason: reason.clone(),
                    },
                )
                .await
            }
            Command::CancelOrder { order } => {
                self.decided(operation, &stamp, *order, OrderCommand::Cancel)
                    .await
            }
            Command::CompleteOrder { order } => {
                self.decided(operation, &stamp, *order, OrderCommand::Complete)
                    .await
            }
            Command::PayCash { order, received } => {
                self.pay_cash(operation, &stamp, *order, *received).await
            }
            Command::PayExternal {
                order,
                amount,
                source,
            } => {
                self.pay_external(operation, &stamp, *order, *amount, source)
                    .await
            }
            Command::RecordPayment(payment) => {
                self.record_payment(operation, &stamp, payment).await
            }
            Command::ResolvePayment {
                order,
                payment,
                charged,
            } => {
                self.resolve(operation, &stamp, (*order, *payment), *charged)
                    .await
            }
            Command::SetSaleState { item, state } => {
                self.item(
                    operation,
                    &stamp,
                    *item,
                    StockEvent::SaleStateSet { state: *state },
                )
                .await
            }
            Command::CountStock { item, quantity } => {
                self.item(
                    operation,
                    &stamp,
                    *item,
                    StockEvent::StockCounted {
                        quantity: *quantity,
                    },
                )
                .await
            }
            // The handlers with more than one step are chosen before this one.
            Command::CheckOut { .. }
            | Command::PlaceOrder(_)
            | Command::Recall { .. }
            | Command::HoldCart
            | Command::TakeUpCart { .. }
            | Command::PayCard { .. }
            | Command::CancelPayment { .. }
            | Command::PutItems(_)
            | Command::CountStocks(_) => Err(Refusal::InFlight.into()),
        }
    }

    async fn decided(
        &self,
        operation: &Operation,
        stamp: &Stamp,
        order: OrderId,
        command: OrderCommand,
    ) -> Result<Answer, NotWritten> {
        let answer = Answer::Order { order };
        let step = |_: &Order| Some(self.finished(operation, stamp, &answer));
        self.change_order(order, stamp, |order| order.decide(command.clone()), &step)
            .await?;
        Ok(answer)
    }

    async fn pay_cash(
        &self,
        operation: &Operation,
        stamp: &Stamp,
        order: OrderId,
        received: Money,
    ) -> Result<Answer, NotWritten> {
        let payment = number::payment_id(&self.world);
        self.take(operation, stamp, order, payment, |order| {
            if !received.is_positive() {
                return Err(Refusal::AmountNotPositive { amount: received });
            }
            let amount = something_left(order, received.min(order.payable()))?;
            let cash = CashGiven {
                received,
                change: received.minus(amount)?,
            };
            Ok(TakePayment {
                cash: Some(cash),
                ..taken(payment, Method::Cash, amount, stamp.at, None)
            })
        })
        .await
    }

    async fn pay_external(
        &self,
        operation: &Operation,
        stamp: &Stamp,
        order: OrderId,
        amount: Option<Money>,
        source: &str,
    ) -> Result<Answer, NotWritten> {
        let payment = number::payment_id(&self.world);
        self.take(operation, stamp, order, payment, |order| {
            madang_model::line::short_enough(
                "source",
                source,
                madang_model::line::TITLE_LENGTH_MAX,
            )?;
            let amount = something_left(order, amount.unwrap_or_else(|| order.payable()))?;
            Ok(taken(
                payment,
                Method::External,
                amount,
                stamp.at,
                Some(source.to_owned()),
            ))
        })
        .await
    }

    async fn record_payment(
        &self,
        operation: &Operation,
        stamp: &Stamp,
        new: &RecordPayment,
    ) -> Result<Answer, NotWritten> {
        let payment = number::payment_id(&self.world);
        let plugin = match &operation.actor {
            crate::Actor::Plugin(name) => Some(name.clone()),
            _ => None,
        };
        self.take(operation, stamp, new.order, payment, |_| {
            Ok(TakePayment {
                payment,
                method: new.method,
                amount: new.amount,
                cash: None,
                payment_key: new.payment_key.clone(),
                approval: new.approval.clone(),
                plugin: plugin.clone(),
                completes: new.completes,
            })
        })
        .await
    }

    async fn take(
        &self,
        operation: &Operation,
        stamp: &Stamp,
        order: OrderId,
        payment: PaymentId,
        make: impl Fn(&Order) -> Result<TakePayment, Refusal>,
    ) -> Result<Answer, NotWritten> {
        let answer = Answer::Payment {
            order,
            payment,
            state: PaymentState::Approved,
            failure: None,
            at: stamp.at,
        };
        let decide = |order: &Order| -> Result<Vec<OrderEvent>, Refusal> {
            order.decide(OrderCommand::TakePayment(Box::new(make(order)?)))
        };
        self.change_order(order, stamp, decide, &|_| {
            Some(self.finished(operation, stamp, &answer))
        })
        .await?;
        Ok(answer)
    }

    /// The card company has said whether a payment in doubt was charged; what it said is the only approval there is.
    async fn resolve(
        &self,
        operation: &Operation,
        stamp: &Stamp,
        (order, payment): (OrderId, PaymentId),
        charged: bool,
    ) -> Result<Answer, NotWritten> {
        let found = if charged {
            Found::Charged {
                approval: Approval {
                    source: Some("카드사 확인".into()),
                    ..unnumbered(stamp.at)
                },
            }
        } else {
            Found::NotCharged {
                failure: Failure::NotCharged {
                    message: Text::new(
                        "카드사에서 청구되지 않았다고 확인했어요",
                        "The card company says that it was not charged",
                    ),
                },
            }
        };
        let (state, failure) = match &found {
            Found::Charged { .. } => (PaymentState::Approved, None),
            Found::NotCharged { failure } => (PaymentState::Failed, Some(failure.clone())),
        };
        let answer = Answer::Payment {
            order,
            payment,
            state,
            failure,
            at: stamp.at,
        };
        let decide = |order: &Order| {
            order.decide(OrderCommand::Resolve {
                payment,
                found: found.clone(),
            })
        };
        self.change_order(order, stamp, decide, &|_| {
            Some(self.finished(operation, stamp, &answer))
        })
        .await?;
        Ok(answer)
    }

    async fn item(
        &self,
        operation: &Operation,
        stamp: &Stamp,
        item: ItemId,
        event: StockEvent,
    ) -> Result<Answer, NotWritten> {
        let answer = Answer::Item { item };
        let finished: OperationChange = self.finished(operation, stamp, &answer);
        self.change_item(item, event, stamp, finished).await?;
        Ok(answer)
    }
}

fn ready_at(now: Timestamp, minutes: u32) -> Result<Option<Timestamp>, Refusal> {
    if minutes > READY_MINUTES_MAX {
        return Err(Refusal::NotValid {
            message: format!(
                "an order is promised in at most {READY_MINUTES_MAX} minutes; it was {minutes}"
            ),
            message_ko: format!("{READY_MINUTES_MAX}분까지 적을 수 있어요"),
        });
    }
    Ok(now
        .checked_add(SignedDuration::from_mins(i64::from(minutes)))
        .ok())
}

/// `amount`, unless nothing is left to pay.
fn something_left(order: &Order, amount: Money) -> Result<Money, Refusal> {
    if order.payable().is_positive() {
        return Ok(amount);
    }
    Err(order.nothing_payable())
}

fn taken(
    payment: PaymentId,
    method: Method,
    amount: Money,
    at: Timestamp,
    source: Option<String>,
) -> TakePayment {
    TakePayment {
        payment,
        method,
        amount,
        cash: None,
        payment_key: payment.to_string(),
        approval: Approval {
            source,
            ..unnumbered(at)
        },
        plugin: None,
        completes: true,
    }
}

/// An approval by somebody who gives no number.
fn unnumbered(at: Timestamp) -> Approval {
    Approval {
        number: String::new(),
        at,
        card: None,
        simulated: false,
        source: None,
    }
}
