//! Expectations: true now, or true soon.

use futures::future::{Either, select};
use jiff::{SignedDuration, Timestamp};
use madang_model::order::{Order, OrderPaymentState, OrderState};
use madang_model::payment::PaymentState;
use madang_plugin_host::timeline::{Kind, Query};
use madang_plugin_host::{PluginState, PluginStatus};

use super::{Player, Said, StepError};
use crate::failure::chain;
use crate::script::{Expectation, OrderStanding};

/// How long something may take to become true: as long as a cashier would look at the screen.
const PATIENCE: SignedDuration = SignedDuration::from_secs(5);
/// What changes without anybody being told (a stored value, a plugin's rest) is looked at this often.
const LOOK_EVERY: SignedDuration = SignedDuration::from_millis(20);

impl Player {
    pub(super) async fn expect(
        &mut self,
        expectation: &Expectation,
        refusal: Option<Said>,
    ) -> Result<String, StepError> {
        match expectation {
            Expectation::Refused { text } => expect_refused(refusal, text),
            Expectation::NoToast => self.expect_no_toast().await,
            other => self.expect_soon(other).await,
        }
    }

    async fn expect_soon(&mut self, expectation: &Expectation) -> Result<String, StepError> {
        let world = self.stage.till.world().clone();
        let deadline = world.now().checked_add(PATIENCE).unwrap_or(Timestamp::MAX);
        let mut plugins = self.stage.host.subscribe();
        let mut till = self.stage.till.subscribe();
        loop {
            let not_yet = match self.look(expectation).await? {
                Ok(()) => return Ok("as expected".into()),
                Err(not_yet) => not_yet,
            };
            let now = world.now();
            if now >= deadline {
                return Err(StepError::Failed(not_yet));
            }
            let next_look = now
                .checked_add(LOOK_EVERY)
                .unwrap_or(deadline)
                .min(deadline);
            let changed = select(Box::pin(plugins.recv()), Box::pin(till.recv()));
            // A listener that fell behind is only told to look again, which it does anyway.
            if let Either::Left((Either::Left((Err(_), _)) | Either::Right((Err(_), _)), _)) =
                select(changed, world.clock.sleep_until(next_look)).await
            {
                world.clock.sleep_until(next_look).await;
            }
        }
    }

    /// Whether it holds now; if not, what is there instead.
    async fn look(&mut self, expectation: &Expectation) -> Result<Result<(), String>, StepError> {
        Ok(match expectation {
            Expectation::Toast { text } => self.look_for_toast(text),
            Expectation::Order(standing) => match self.last_order().await? {
                Some(order) if stands(&order, *standing) => Ok(()),
                Some(order) => Err(format!(
                    "the order is not {}: it is {}, {} left to pay",
                    standing.word(),
                    order.state.word(),
                    order.unpaid().grouped()
                )),
                None => Err("there is no order".into()),
            },
            Expectation::Cancelled => match self.last_payment().await? {
                Some(PaymentState::Cancelled) => Ok(()),
                Some(other) => Err(format!("the payment is {}", other.word())),
                None => Err("there is no payment".into()),
            },
            Expectation::Total { amount } => {
                let total = self.total().await?;
                match total == Some(*amount) {
                    true => Ok(()),
                    false => Err(total.map_or_else(
                        || "the cart is empty and there is no order".into(),
                        |total| format!("the total is {total}, not {amount}"),
                    )),
                }
            }
            Expectation::Plugin {
                plugin,
                running,
                reason,
            } => self.look_at_plugins(plugin.as_deref(), *running, reason.as_deref()),
            Expectation::Message { name } => self.look_for_message(name),
            Expectation::Called { method, url, text } => {
                self.answers()?.take_call(*method, url, text.as_deref())
            }
            Expectation::Storage { plugin, key, value } => {
                let plugin = self.only_plugin(plugin.as_deref())?;
                match self.stored(&plugin, key).await? {
                    Some(stored) if stored == *value => Ok(()),
                    Some(other) => Err(format!("{plugin} keeps under `{key}`: {other}")),
                    None => Err(format!("{plugin} keeps nothing under `{key}`")),
                }
            }
            Expectation::NoToast | Expectation::Refused { .. } => Ok(()),
        })
    }

    fn look_for_toast(&mut self, text: &str) -> Result<(), String> {
        if self.toasts.take(text).is_some() {
            return Ok(());
        }
        let others: Vec<_> = self
            .toasts
            .unread()
            .map(|toast| format!("“{}”", toast.message))
            .collect();
        match others.is_empty() {
            true => Err("there was no toast".into()),
            false => Err(format!("there were other toasts: {}", others.join(", "))),
        }
    }

    async fn expect_no_toast(&mut self) -> Result<String, StepError> {
        self.rest().await;
        match self.toasts.unread().next() {
            None => Ok("no toast".into()),
            Some(toast) => Err(StepError::Failed(format!(
                "{} shows “{}”",
                toast.plugin, toast.message
            ))),
        }
    }

    async fn total(&self) -> Result<Option<i64>, StepError> {
        let cart = self.stage.till.cart();
        if !cart.lines.is_empty() {
            return Ok(Some(cart.totals()?.charge.minor_units()));
        }
        let order = self.last_order().await?;
        Ok(order.map(|order| order.totals.charge.minor_units()))
    }

    fn look_at_plugins(
        &self,
        named: Option<&str>,
        running: bool,
        reason: Option<&str>,
    ) -> Result<(), String> {
        let plugins: Vec<_> = self
            .stage
            .host
            .plugins()
            .into_iter()
            .filter(|plugin| named.is_none_or(|name| name == plugin.name))
            .collect();
        if plugins.iter().any(|plugin| is_so(plugin, running, reason)) {
            return Ok(());
        }
        if plugins.is_empty() {
            return Err(
                named.map_or_else(|| "no plugin is there".into(), |name| self.no_plugin(name))
            );
        }
        let told: Vec<_> = plugins.iter().map(state_line).collect();
        Err(told.join("; "))
    }

    fn look_for_message(&mut self, name: &str) -> Result<(), String> {
        let entries = self.stage.host.timeline(&Query {
            after: Some(self.messages_seen),
            limit: usize::MAX,
            ..Query::default()
        });
        let found = entries
            .iter()
            .find(|entry| entry.kind == Kind::Message && entry.name == name);
        match found {
            Some(entry) => {
                self.messages_seen = entry.seq;
                Ok(())
            }
            None => Err(format!("no message `{name}` went in or out")),
        }
    }

    async fn stored(&self, plugin: &str, key: &str) -> Result<Option<String>, StepError> {
        let till = &self.stage.till;
        let scope = format!("plugin/{}/{plugin}/storage", till.shop_id());
        let value = till.journal().value(&scope, key).await;
        value.map_err(|error| StepError::Failed(chain(&error)))
    }
}

fn expect_refused(refusal: Option<Said>, text: &str) -> Result<String, StepError> {
    match refusal {
        Some(said) if said.en.contains(text) || said.ko.contains(text) => Ok("as expected".into()),
        Some(said) => Err(StepError::Failed(format!(
            "it was refused with other words: {} ({})",
            said.en, said.ko
        ))),
        None => Err(StepError::Failed("the step before was not refused".into())),
    }
}

fn stands(order: &Order, standing: OrderStanding) -> bool {
    let paid = order.payment_state();
    match standing {
        OrderStanding::Requested => order.state == OrderState::Requested,
        OrderStanding::Open => order.state == OrderState::Opened && !order.is_paid(),
        OrderStanding::Paid => order.is_paid() && paid != OrderPaymentState::Refunded,
        OrderStanding::Completed => order.state == OrderState::Completed,
        OrderStanding::Cancelled => order.state == OrderState::Cancelled,
        OrderStanding::Refunded => paid == OrderPaymentState::Refunded,
    }
}

fn is_so(plugin: &PluginStatus, running: bool, reason: Option<&str>) -> bool {
    let runs = plugin.state == PluginState::Running;
    let stopped = match &plugin.state {
        PluginState::Crashed { reason, .. } | PluginState::SetAside { reason } => Some(reason),
        _ => None,
    };
    let starting = plugin.state == PluginState::Starting;
    let has_reason = reason.is_none_or(|text| {
        stopped.is_some_and(|stopped| {
            stopped.message.contains(text) || stopped.message_ko.contains(text)
        })
    });
    runs == running && !starting && has_reason
}

fn state_line(plugin: &PluginStatus) -> String {
    let name = &plugin.name;
    match &plugin.state {
        PluginState::Starting => format!("{name} is starting"),
        PluginState::Running => format!("{name} is running"),
        PluginState::Stopped => format!("{name} is stopped"),
        PluginState::Crashed { reason, .. } | PluginState::SetAside { reason } => {
            format!("{name} is stopped: {}", reason.message)
        }
    }
}
