//! Orders and payments.

use std::sync::Arc;

use jiff::SignedDuration;
use madang_model::line::Line;
use madang_model::order::{Order, OrderRequest, OrderState};
use madang_model::payment::PaymentState;
use madang_model::{LineKey, OrderId, PaymentId, Refusal, TableId};
use madang_till::{Actor, Answer, Command, Done, OperationKey, OrderQuery, PlaceOrder, Request};

use super::{Player, StepError, cashier, menu};
use crate::script::{WantedOutcome, Which};
use crate::terminal::declined;

/// How far back `last` looks: a script means something of today.
const ORDERS_LOOKED_AT: u32 = 100;
/// How long a guest waits for an order to be accepted, and for the drink.
const REQUEST_EXPIRES_AFTER: SignedDuration = SignedDuration::from_mins(10);
const REQUEST_READY_AFTER: SignedDuration = SignedDuration::from_mins(20);

impl Player {
    pub(super) async fn check_out(&mut self, table: Option<TableId>) -> Result<String, StepError> {
        let done = self
            .perform(Command::CheckOut {
                table,
                guests: None,
            })
            .await?;
        self.remember_order(&done)
    }

    /// A table's first order, or more lines for the one it has.
    pub(super) async fn put_on_table(&mut self, name: &str) -> Result<String, StepError> {
        let table = menu::table(&self.stage.till.shop(), name)?.id;
        let Some(open) = self.stage.till.table_order(table) else {
            return self.check_out(Some(table)).await;
        };
        let cart = self.stage.till.cart();
        if cart.lines.is_empty() {
            self.order = Some(open.id);
            return Ok(order_line(&open));
        }
        let done = self
            .perform(Command::AddLines {
                order: open.id,
                lines: cart.lines.clone(),
                discounts: cart.discounts.clone(),
            })
            .await?;
        self.clear_cart()?;
        self.remember_order(&done)
    }

    pub(super) async fn pay_card(
        &mut self,
        outcome: &WantedOutcome,
        amount: Option<i64>,
    ) -> Result<String, StepError> {
        use madang_till::terminal::simulated::ChosenOutcome;
        // The outcome would end the payment that waits there, not this one.
        if self.stage.till.is_terminal_busy() {
            return Err(Refusal::PaymentUnderWay.into());
        }
        let order = self.order_to_pay().await?;
        let amount = amount.map(|amount| self.money(amount)).transpose()?;
        let outcome = match outcome {
            WantedOutcome::Approved => ChosenOutcome::Approved,
            WantedOutcome::Declined { code } => declined(code),
            WantedOutcome::Timeout => ChosenOutcome::TimedOut,
            WantedOutcome::Unplugged => ChosenOutcome::Unplugged,
            WantedOutcome::Lost => ChosenOutcome::AnswerLost,
            WantedOutcome::ReversalRefused => ChosenOutcome::ReversalRefused,
        };
        self.stage
            .terminal
            .choose(outcome)
            .await
            .map_err(StepError::Failed)?;
        let done = self.perform(Command::PayCard { order, amount }).await?;
        self.remember_payment(&done)
    }

    pub(super) async fn pay_cash(&mut self, received: i64) -> Result<String, StepError> {
        let order = self.order_to_pay().await?;
        let received = self.money(received)?;
        let done = self.perform(Command::PayCash { order, received }).await?;
        self.remember_payment(&done)
    }

    pub(super) async fn pay_external(
        &mut self,
        source: &str,
        amount: Option<i64>,
    ) -> Result<String, StepError> {
        let order = self.order_to_pay().await?;
        let amount = amount.map(|amount| self.money(amount)).transpose()?;
        let source = source.to_owned();
        let done = self
            .perform(Command::PayExternal {
                order,
                amount,
                source,
            })
            .await?;
        self.remember_payment(&done)
    }

    pub(super) async fn cancel_payment(&mut self, which: Which) -> Result<String, StepError> {
        let (order, payment) = self.payment_to_cancel(which).await?;
        self.payment = Some((order, payment));
        let done = self
            .perform(Command::CancelPayment { order, payment })
            .await?;
        self.remember_payment(&done)
    }

    pub(super) async fn cancel_order(&mut self, which: Which) -> Result<String, StepError> {
        let is_open = |order: &Order| order.state != OrderState::Cancelled;
        let order = self.order_of(which, is_open, "to cancel").await?.id;
        let done = self.perform(Command::CancelOrder { order }).await?;
        self.remember_order(&done)
    }

    pub(super) async fn complete(&mut self, which: Which) -> Result<String, StepError> {
        let is_open = |order: &Order| order.state == OrderState::Opened;
        let order = self.order_of(which, is_open, "that is open").await?.id;
        let done = self.perform(Command::CompleteOrder { order }).await?;
        self.remember_order(&done)
    }

    pub(super) async fn recall(&mut self, which: Which) -> Result<String, StepError> {
        let is_open = |order: &Order| order.state == OrderState::Opened;
        let order = self.order_of(which, is_open, "that is open").await?.id;
        self.perform(Command::Recall { order }).await?;
        self.order = Some(order);
        Ok(super::cart_line(&self.stage.till.cart()))
    }

    pub(super) async fn request(&mut self, name: &str, quantity: u64) -> Result<String, StepError> {
        let till = &self.stage.till;
        let shop = till.shop();
        let item = menu::item(&shop, name)?;
        let key = format!("guest{:016x}", till.world().chance.number());
        let key = LineKey::try_from(key).expect("hexadecimal digits are a key");
        let line = Line::from_menu(&shop.catalog, item, key, quantity, None)?;
        let now = till.world().now();
        let after = |wait| now.checked_add(wait).unwrap_or(now);
        let request = OrderRequest {
            requested_at: now,
            expires_at: after(REQUEST_EXPIRES_AFTER),
            expected_ready_at: after(REQUEST_READY_AFTER),
            estimated_ready_at: None,
            accepted_at: None,
            declined_at: None,
            declined_reason: None,
        };
        let order = PlaceOrder {
            order_key: None,
            lines: vec![line],
            discounts: Vec::new(),
            memo: String::new(),
            table: None,
            guests: None,
            channels: vec!["KIOSK".into()],
            request: Some(request),
        };
        let done = self
            .perform_as(Actor::Guest, Command::PlaceOrder(Box::new(order)))
            .await?;
        self.remember_order(&done)
    }

    pub(super) async fn accept(&mut self, which: Which, minutes: u32) -> Result<String, StepError> {
        let order = self.requested(which).await?;
        let done = self
            .perform(Command::AcceptOrder { order, minutes })
            .await?;
        self.remember_order(&done)
    }

    pub(super) async fn decline(
        &mut self,
        which: Which,
        reason: &str,
    ) -> Result<String, StepError> {
        let order = self.requested(which).await?;
        let reason = reason.to_owned();
        let done = self
            .perform(Command::DeclineOrder { order, reason })
            .await?;
        self.remember_order(&done)
    }

    pub(super) async fn perform(&mut self, command: Command) -> Result<Done, StepError> {
        self.perform_as(cashier(), command).await
    }

    async fn perform_as(&mut self, actor: Actor, command: Command) -> Result<Done, StepError> {
        let till = self.stage.till.clone();
        // Each step is a request of its own, in this play and in every later one on the same data.
        let chance = &till.world().chance;
        let key = format!("step-{:016x}{:016x}", chance.number(), chance.number());
        let key = OperationKey::new(key)?;
        let request = Request {
            key,
            actor,
            command,
        };
        Ok(till.perform(request).await?)
    }

    /// The order that `which` means; `Last` is the newest that `fits`.
    async fn order_of(
        &self,
        which: Which,
        fits: impl Fn(&Order) -> bool,
        what: &str,
    ) -> Result<Arc<Order>, StepError> {
        if let Which::Id(id) = which {
            return Ok(self.stage.till.find_order(OrderId(id)).await?);
        }
        if let Some(order) = self.last_order().await?.filter(|order| fits(order)) {
            return Ok(order);
        }
        let orders = self.newest_orders().await?;
        let order = orders.into_iter().find(|order| fits(order));
        order.ok_or_else(|| StepError::Failed(format!("there is no order {what}")))
    }

    /// The order of the last step that had one, else the newest of all.
    pub(super) async fn last_order(&self) -> Result<Option<Arc<Order>>, StepError> {
        match self.order {
            Some(order) => Ok(Some(self.stage.till.find_order(order).await?)),
            None => Ok(self.newest_orders().await?.into_iter().next()),
        }
    }

    /// The payment of the last step that had one, else the newest of the last order.
    pub(super) async fn last_payment(&self) -> Result<Option<PaymentState>, StepError> {
        if let Some((_, payment)) = self.payment {
            let (_, payment) = self.stage.till.find_payment(payment).await?;
            return Ok(Some(payment.state));
        }
        let order = self.last_order().await?;
        Ok(order.and_then(|order| order.payments.last().map(|payment| payment.state)))
    }

    /// What is in the cart; else the last order, while something of it is left to pay.
    async fn order_to_pay(&mut self) -> Result<OrderId, StepError> {
        if !self.stage.till.cart().lines.is_empty() {
            self.check_out(None).await?;
        }
        let can_be_paid =
            |order: &Order| order.state == OrderState::Opened && order.payable().is_positive();
        let last = match self.order {
            Some(order) => Some(self.stage.till.find_order(order).await?),
            None => None,
        };
        let order = match last {
            Some(order) => Some(order),
            None => {
                let unsettled = self.stage.till.unsettled_orders();
                unsettled.into_iter().rev().find(|order| can_be_paid(order))
            }
        };
        let order = order.ok_or(Refusal::CartIsEmpty)?;
        self.order = Some(order.id);
        Ok(order.id)
    }

    async fn payment_to_cancel(&self, which: Which) -> Result<(OrderId, PaymentId), StepError> {
        if let Which::Id(id) = which {
            let (order, payment) = self.stage.till.find_payment(PaymentId(id)).await?;
            return Ok((order.id, payment.id));
        }
        let is_paid = |order: &Order| approved(order).is_some();
        let order = self
            .order_of(which, is_paid, "with a payment to cancel")
            .await?;
        let payment = approved(&order)
            .ok_or_else(|| StepError::Failed("there is no payment to cancel".into()))?;
        Ok((order.id, payment))
    }

    async fn requested(&self, which: Which) -> Result<OrderId, StepError> {
        let waits = |order: &Order| order.state == OrderState::Requested;
        let order = self
            .order_of(which, waits, "that waits to be accepted")
            .await?;
        Ok(order.id)
    }

    async fn newest_orders(&self) -> Result<Vec<Arc<Order>>, StepError> {
        let query = OrderQuery {
            descending: true,
            page: 1,
            size: ORDERS_LOOKED_AT,
            ..OrderQuery::default()
        };
        Ok(self.stage.till.orders(query).await?)
    }

    fn remember_order(&mut self, done: &Done) -> Result<String, StepError> {
        let order = done
            .order
            .as_ref()
            .ok_or_else(|| StepError::Failed("the till does not tell the order".into()))?;
        self.order = Some(order.id);
        Ok(order_line(order))
    }

    fn remember_payment(&mut self, done: &Done) -> Result<String, StepError> {
        let Answer::Payment {
            order,
            payment,
            state,
            failure,
            ..
        } = &done.answer
        else {
            return Err(StepError::Failed(
                "the till does not tell the payment".into(),
            ));
        };
        self.order = Some(*order);
        self.payment = Some((*order, *payment));
        let order = done.order.as_deref().map(order_line).unwrap_or_default();
        Ok(match failure {
            Some(failure) => format!(
                "{}: {}; {order}",
                state.word(),
                failure.sentences().english()
            ),
            None => format!("{}; {order}", state.word()),
        })
    }
}

fn approved(order: &Order) -> Option<PaymentId> {
    let mut payments = order.payments.iter().rev();
    payments
        .find(|payment| payment.state == PaymentState::Approved)
        .map(|payment| payment.id)
}

fn order_line(order: &Order) -> String {
    let (number, charge) = (order.number, order.totals.charge.grouped());
    let paid = if order.is_paid() {
        "paid".to_owned()
    } else {
        format!("{} left to pay", order.unpaid().grouped())
    };
    format!("order {number} is {}, {charge}, {paid}", order.state.word())
}
