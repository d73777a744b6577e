//! What an event makes of an order.

use jiff::Timestamp;

use super::{NewOrder, Order, OrderEvent, OrderState};
use crate::line;
use crate::payment::{Payment, PaymentState};
use crate::{PaymentId, Refusal};

impl Order {
    /// The order that its first event makes.
    ///
    /// # Errors
    /// When the event is not [`OrderEvent::OrderPlaced`], or its lines have no totals.
    pub fn first(event: &OrderEvent, at: Timestamp) -> Result<Self, Refusal> {
        match event {
            OrderEvent::OrderPlaced { order } => Self::placed(order, at),
            _ => Err(Refusal::NotValid {
                message: "an order begins with being placed".into(),
                message_ko: "주문이 없어요".into(),
            }),
        }
    }

    /// The order after `event`, which happened at `at`.
    #[must_use]
    pub fn evolve(mut self, event: &OrderEvent, at: Timestamp) -> Self {
        self.updated_at = at;
        match event {
            OrderEvent::OrderPlaced { .. } => {}
            OrderEvent::OrderAccepted { estimated_ready_at } => {
                self.state = OrderState::Opened;
                self.opened_at = Some(at);
                if let Some(request) = &mut self.request {
                    request.accepted_at = Some(at);
                    request.estimated_ready_at = *estimated_ready_at;
                }
            }
            OrderEvent::OrderDeclined { reason } => {
                if let Some(request) = &mut self.request {
                    request.declined_at = Some(at);
                    request.declined_reason = Some(reason.clone());
                }
                self.call_off(at);
            }
            OrderEvent::OrderExpired {} | OrderEvent::OrderCancelled {} => self.call_off(at),
            OrderEvent::LinesAdded { lines, discounts } => {
                if let Ok(totals) = self.totals_with(lines, discounts) {
                    self.totals = totals;
                }
                self.lines.extend(lines.iter().cloned());
                self.discounts.extend(discounts.iter().cloned());
            }
            OrderEvent::OrderCompleted {} => {
                self.state = OrderState::Completed;
                self.completed_at = Some(at);
            }
            OrderEvent::PaymentStarted {
                payment,
                method,
                parts,
                attempt,
            } => self.payments.push(Payment {
                id: *payment,
                method: *method,
                state: PaymentState::Started,
                parts: *parts,
                attempt: Some(attempt.clone()),
                payment_key: attempt.to_string(),
                approval: None,
                cash: None,
                plugin: None,
                failure: None,
                started_at: at,
                cancelled_at: None,
            }),
            OrderEvent::PaymentTaken {
                payment,
                method,
                parts,
                cash,
                payment_key,
                approval,
                plugin,
            } => self.payments.push(Payment {
                id: *payment,
                method: *method,
                state: PaymentState::Approved,
                parts: *parts,
                attempt: None,
                payment_key: payment_key.clone(),
                approval: Some(approval.clone()),
                cash: *cash,
                plugin: plugin.clone(),
                failure: None,
                started_at: at,
                cancelled_at: None,
            }),
            OrderEvent::PaymentUnknown { payment } => {
                self.change(*payment, |payment| payment.state = PaymentState::Unknown)
            }
            OrderEvent::PaymentApproved { payment, approval } => self.change(*payment, |payment| {
                payment.state = PaymentState::Approved;
                payment.approval = Some(approval.clone());
                payment.failure = None;
            }),
            OrderEvent::PaymentFailed { payment, failure } => self.change(*payment, |payment| {
                payment.state = PaymentState::Failed;
                payment.failure = Some(failure.clone());
            }),
            OrderEvent::PaymentCancelStarted { payment } => self.change(*payment, |payment| {
                payment.state = PaymentState::Cancelling;
                payment.failure = None;
            }),
            OrderEvent::PaymentCancelled { payment } => self.change(*payment, |payment| {
                payment.state = PaymentState::Cancelled;
                payment.cancelled_at = Some(at);
            }),
            OrderEvent::PaymentCancelFailed { payment, failure } => {
                self.change(*payment, |payment| {
                    // Without an approval nobody knows whether it was charged.
                    payment.state = match payment.approval {
                        Some(_) => PaymentState::Approved,
                        None => PaymentState::NotReversed,
                    };
                    payment.failure = Some(failure.clone());
                })
            }
            OrderEvent::ReceiptGiven { receipt } => self.receipt = Some(receipt.clone()),
            OrderEvent::RefundReceiptGiven { payment, receipt } => {
                self.refund_receipts.push((*payment, receipt.clone()))
            }
        }
        self
    }

    fn placed(order: &NewOrder, at: Timestamp) -> Result<Self, Refusal> {
        let totals = line::totals(order.currency, &order.lines, &order.discounts)?;
        let opened = order.request.is_none();
        Ok(Self {
            id: order.id,
            order_key: order.order_key.clone(),
            number: order.number,
            business_date: order.business_date,
            state: if opened {
                OrderState::Opened
            } else {
                OrderState::Requested
            },
            source: order.source.clone(),
            channels: order.channels.clone(),
            table: order.table,
            guests: order.guests,
            memo: order.memo.clone(),
            lines: order.lines.clone(),
            discounts: order.discounts.clone(),
            totals,
            payments: Vec::new(),
            request: order.request.clone(),
            receipt: None,
            refund_receipts: Vec::new(),
            created_at: at,
            updated_at: at,
            opened_at: opened.then_some(at),
            completed_at: None,
            cancelled_at: None,
        })
    }

    fn call_off(&mut self, at: Timestamp) {
        self.state = OrderState::Cancelled;
        self.cancelled_at = Some(at);
    }

    fn change(&mut self, id: PaymentId, change: impl FnOnce(&mut Payment)) {
        if let Some(payment) = self.payments.iter_mut().find(|payment| payment.id == id) {
            change(payment);
        }
    }
}
