//! What an order answers to a command: events, or a refusal that changes nothing.

use jiff::Timestamp;

use super::{
    Found, NewOrder, Order, OrderCommand, OrderEvent, OrderState, Outcome, PAYMENTS_MAX,
    TakePayment,
};
use crate::cart::{check_discount, check_line};
use crate::line;
use crate::payment::{CashGiven, Method, Payment, PaymentState};
use crate::tax::Parts;
use crate::{AttemptKey, Money, PaymentId, Refusal};

/// A new order, when its lines and sums are within bounds. One that comes to nothing is done with its placing: nobody will ever
/// pay it. At a table it goes on until staff complete it.
///
/// # Errors
/// The first thing that is out of bounds.
pub fn place(mut order: NewOrder, at: Timestamp) -> Result<(Order, Vec<OrderEvent>), Refusal> {
    if order.lines.is_empty() {
        return Err(Refusal::CartIsEmpty);
    }
    line::within("lines", order.lines.len(), line::LINES_MAX)?;
    line::short_enough("memo", &order.memo, line::MEMO_LENGTH_MAX)?;
    line::short_enough("orderKey", &order.order_key, line::TITLE_LENGTH_MAX)?;
    line::check_keys(order.lines.iter())?;
    order.lines.iter().try_for_each(check_line)?;
    order.discounts.iter().try_for_each(check_discount)?;
    order.discounts = line::ordered(order.currency, &order.lines, &order.discounts)?;
    let event = OrderEvent::OrderPlaced {
        order: Box::new(order),
    };
    let placed = Order::first(&event, at)?;
    let events = placed.opened_by(event);
    let order = events
        .iter()
        .skip(1)
        .fold(placed, |order, event| order.evolve(event, at));
    Ok((order, events))
}

impl Order {
    /// What `command` would do.
    ///
    /// # Errors
    /// The reason why it is not done.
    pub fn decide(&self, command: OrderCommand) -> Result<Vec<OrderEvent>, Refusal> {
        match command {
            OrderCommand::Accept { estimated_ready_at } => {
                self.must_be(OrderState::Requested)?;
                Ok(self.opened_by(OrderEvent::OrderAccepted { estimated_ready_at }))
            }
            OrderCommand::Decline { reason } => {
                self.must_be(OrderState::Requested)?;
                line::short_enough("reason", &reason, line::MEMO_LENGTH_MAX)?;
                Ok(vec![OrderEvent::OrderDeclined { reason }])
            }
            OrderCommand::Expire => {
                self.must_be(OrderState::Requested)?;
                Ok(vec![OrderEvent::OrderExpired {}])
            }
            OrderCommand::AddLines { lines, discounts } => self.add_lines(lines, discounts),
            OrderCommand::Cancel => self.cancel(),
            OrderCommand::Complete => self.complete(),
            OrderCommand::StartCardPayment {
                payment,
                amount,
                attempt,
            } => self.start_card_payment(payment, amount, attempt),
            OrderCommand::TakePayment(payment) => self.take_payment(*payment),
            OrderCommand::StartCancel { payment } => self.start_cancel(payment),
            OrderCommand::CancelPayment { payment } => {
                self.cancellable(payment)?;
                Ok(vec![OrderEvent::PaymentCancelled { payment }])
            }
            OrderCommand::Resolve { payment, found } => self.resolve(payment, found),
        }
    }

    /// What the terminal's word on `payment` does. Never refused: a word that no longer fits its payment does nothing,
    /// so that hearing it twice is hearing it once.
    pub fn hear(&self, payment: PaymentId, outcome: Outcome) -> Vec<OrderEvent> {
        let Ok(heard) = self.payment(payment) else {
            return Vec::new();
        };
        match outcome {
            Outcome::Approved { approval } if heard.is_open() => {
                let approved = OrderEvent::PaymentApproved { payment, approval };
                self.with_completion(approved)
            }
            Outcome::Failed { failure } if heard.is_open() => {
                vec![OrderEvent::PaymentFailed { payment, failure }]
            }
            Outcome::Unknown if heard.state == PaymentState::Started => {
                vec![OrderEvent::PaymentUnknown { payment }]
            }
            Outcome::Cancelled if heard.state == PaymentState::Cancelling => {
                vec![OrderEvent::PaymentCancelled { payment }]
            }
            Outcome::NotCancelled { failure }
                if heard.is_open() || heard.state == PaymentState::Cancelling =>
            {
                vec![OrderEvent::PaymentCancelFailed { payment, failure }]
            }
            _ => Vec::new(),
        }
    }

    fn add_lines(
        &self,
        lines: Vec<crate::line::Line>,
        discounts: Vec<crate::line::Discount>,
    ) -> Result<Vec<OrderEvent>, Refusal> {
        self.must_be(OrderState::Opened)?;
        self.must_not_wait()?;
        if lines.is_empty() {
            return Err(Refusal::CartIsEmpty);
        }
        line::check_keys(self.lines.iter().chain(&lines))?;
        lines.iter().try_for_each(check_line)?;
        discounts.iter().try_for_each(check_discount)?;
        let discounts = line::ordered(self.currency(), &lines, &discounts)?;
        let totals = self.totals_with(&lines, &discounts)?;
        if totals.charge.minus(self.paid())?.is_negative() {
            return Err(Refusal::DiscountTooLarge {
                discount: totals.discount,
                price: totals.list,
            });
        }
        // A discount of the whole can move the bill from the taxable to the tax-free side, or back, below what is already
        // paid of that side; the payments could then no longer add up to the order.
        if !self.unheld_parts_of(&totals).is_whole() {
            return Err(Refusal::HasPayments);
        }
        Ok(vec![OrderEvent::LinesAdded { lines, discounts }])
    }

    fn cancel(&self) -> Result<Vec<OrderEvent>, Refusal> {
        if !matches!(self.state, OrderState::Opened | OrderState::Requested) {
            return Err(Refusal::OrderNotOpen {
                state: self.state.word().into(),
            });
        }
        self.must_not_wait()?;
        Ok(vec![OrderEvent::OrderCancelled {}])
    }

    fn complete(&self) -> Result<Vec<OrderEvent>, Refusal> {
        self.must_be(OrderState::Opened)?;
        self.must_not_wait()?;
        if !self.is_paid() {
            return Err(Refusal::NotPaidYet {
                left: self.unpaid(),
            });
        }
        Ok(vec![OrderEvent::OrderCompleted {}])
    }

    fn start_card_payment(
        &self,
        payment: PaymentId,
        amount: Money,
        attempt: AttemptKey,
    ) -> Result<Vec<OrderEvent>, Refusal> {
        self.must_be_new(payment)?;
        let parts = self.part_for(amount)?;
        let used = |there: &Payment| there.attempt.as_ref() == Some(&attempt);
        if self.payments.iter().any(used) {
            return Err(Refusal::KeyUsedForSomethingElse);
        }
        Ok(vec![OrderEvent::PaymentStarted {
            payment,
            method: Method::Card,
            parts,
            attempt,
        }])
    }

    fn take_payment(&self, new: TakePayment) -> Result<Vec<OrderEvent>, Refusal> {
        line::short_enough("paymentKey", &new.payment_key, line::TITLE_LENGTH_MAX)?;
        self.must_be_new(new.payment)?;
        let parts = self.part_for(new.amount)?;
        if let Some(cash) = new.cash {
            check_cash(cash, new.amount)?;
        }
        let completes = new.completes;
        let taken = OrderEvent::PaymentTaken {
            payment: new.payment,
            method: new.method,
            parts,
            cash: new.cash,
            payment_key: new.payment_key,
            approval: new.approval,
            plugin: new.plugin,
        };
        if completes {
            Ok(self.with_completion(taken))
        } else {
            Ok(vec![taken])
        }
    }

    fn part_for(&self, amount: Money) -> Result<Parts, Refusal> {
        self.must_be(OrderState::Opened)?;
        line::within("payments", self.payments.len() + 1, PAYMENTS_MAX)?;
        if !amount.is_positive() {
            return Err(Refusal::AmountNotPositive { amount });
        }
        let payable = self.payable();
        if amount.currency() != payable.currency() {
            return Err(Refusal::BadAmount);
        }
        if payable.is_zero() {
            return Err(self.nothing_payable());
        }
        if amount.minus(payable)?.is_positive() {
            return Err(Refusal::AmountTooLarge {
                amount,
                left: payable,
            });
        }
        Ok(Parts::share_of(&self.unheld_parts(), amount))
    }

    /// Why no other payment may take anything, when [`Order::payable`] is nothing.
    pub fn nothing_payable(&self) -> Refusal {
        if self.is_paid() {
            Refusal::NothingToPay
        } else if self.waits_for_terminal() {
            Refusal::PaymentUnderWay
        } else {
            Refusal::PaymentNotReversed
        }
    }

    /// `event`, and the order's completion when it is then paid in full.
    fn with_completion(&self, event: OrderEvent) -> Vec<OrderEvent> {
        let after = self.clone().evolve(&event, self.updated_at);
        let done =
            after.state == OrderState::Opened && after.is_paid() && !after.waits_for_terminal();
        if done {
            vec![event, OrderEvent::OrderCompleted {}]
        } else {
            vec![event]
        }
    }

    /// `event`, which opens the order, and the completion of one that comes to nothing and has no table to go on at.
    fn opened_by(&self, event: OrderEvent) -> Vec<OrderEvent> {
        if self.table.is_some() {
            return vec![event];
        }
        self.with_completion(event)
    }

    fn start_cancel(&self, payment: PaymentId) -> Result<Vec<OrderEvent>, Refusal> {
        self.cancellable(payment)?;
        Ok(vec![OrderEvent::PaymentCancelStarted { payment }])
    }

    fn resolve(&self, payment: PaymentId, found: Found) -> Result<Vec<OrderEvent>, Refusal> {
        let in_doubt = self.payment(payment)?;
        if in_doubt.state != PaymentState::NotReversed {
            return Err(Refusal::PaymentNotInDoubt {
                state: in_doubt.state.word().into(),
            });
        }
        Ok(match found {
            Found::Charged { approval } => {
                self.with_completion(OrderEvent::PaymentApproved { payment, approval })
            }
            Found::NotCharged { failure } => vec![OrderEvent::PaymentFailed { payment, failure }],
        })
    }

    fn cancellable(&self, payment: PaymentId) -> Result<&Payment, Refusal> {
        let payment = self.payment(payment)?;
        match payment.state {
            PaymentState::Approved => Ok(payment),
            state => Err(Refusal::PaymentNotCancellable {
                state: state.word().into(),
            }),
        }
    }

    fn must_be_new(&self, payment: PaymentId) -> Result<(), Refusal> {
        match self.payment(payment) {
            Ok(_) => Err(Refusal::KeyUsedForSomethingElse),
            Err(_) => Ok(()),
        }
    }

    fn must_be(&self, state: OrderState) -> Result<(), Refusal> {
        if self.state == state {
            return Ok(());
        }
        Err(Refusal::OrderNotOpen {
            state: self.state.word().into(),
        })
    }

    fn must_not_wait(&self) -> Result<(), Refusal> {
        if self.waits_for_terminal() {
            Err(Refusal::PaymentUnderWay)
        } else {
            Ok(())
        }
    }
}

fn check_cash(cash: CashGiven, amount: Money) -> Result<(), Refusal> {
    if cash.received.minus(cash.change)? == amount && !cash.change.is_negative() {
        return Ok(());
    }
    Err(Refusal::NotValid {
        message: "cash received less the change must be the amount paid".into(),
        message_ko: "받은 돈에서 거스름돈을 빼면 결제 금액이어야 해요".into(),
    })
}
