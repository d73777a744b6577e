//! Plays the steps of a script on a till, as a cashier, a guest and an author would; in virtual time or in real time alike.

mod expect;
mod menu;
mod orders;
mod plugins;
mod toasts;

use std::sync::Arc;

use jiff::SignedDuration;
use madang_model::cart::CartCommand;
use madang_model::line::{Discount, Off};
use madang_model::{Money, OrderId, PaymentId, Refusal, Text};
use madang_till::{Actor, TillError};

use self::toasts::Toasts;
use crate::answers::Answers;
use crate::failure::chain;
use crate::script::{Step, WantedOff};
use crate::stage::Stage;

/// Plays steps, and remembers what `last` means.
pub struct Player {
    stage: Stage,
    toasts: Toasts,
    /// The order that was last made or paid.
    order: Option<OrderId>,
    /// The payment that was last made or given back.
    payment: Option<(OrderId, PaymentId)>,
    /// Why the step before was refused.
    refusal: Option<Said>,
    /// What servers answer, where a script says it.
    answers: Option<Arc<Answers>>,
    /// Entries of the timeline up to here were looked at by `expect message`.
    messages_seen: u64,
}

/// What a player knows that outlives its till.
#[derive(Clone, Copy, Debug, Default)]
pub struct Remembered {
    order: Option<OrderId>,
    payment: Option<(OrderId, PaymentId)>,
}

/// A reason in the languages that a script may expect it in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// In English.
    pub en: String,
    /// In Korean.
    pub ko: String,
}

/// Why a step did not do what it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StepError {
    /// The till or a plugin said no; the next step may expect that.
    Refused(Said),
    /// Something is not as the script believes.
    Failed(String),
}

impl StepError {
    /// What to tell.
    pub fn message(&self) -> String {
        match self {
            Self::Refused(said) if said.en == said.ko => format!("refused: {}", said.en),
            Self::Refused(said) => format!("refused: {} ({})", said.en, said.ko),
            Self::Failed(message) => message.clone(),
        }
    }
}

impl From<Refusal> for StepError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(Said {
            en: refusal.to_string(),
            ko: refusal.korean(),
        })
    }
}

impl From<TillError> for StepError {
    fn from(error: TillError) -> Self {
        match error {
            TillError::Refused(refusal) => refusal.into(),
            other => Self::Failed(chain(&other)),
        }
    }
}

impl Player {
    /// A player before a till.
    pub fn new(stage: Stage, remembered: Remembered) -> Self {
        Self {
            toasts: Toasts::new(&stage.host),
            stage,
            order: remembered.order,
            payment: remembered.payment,
            refusal: None,
            answers: None,
            messages_seen: 0,
        }
    }

    /// The same, on a till whose servers answer as the script says.
    #[must_use]
    pub fn with_answers(self, answers: Option<Arc<Answers>>) -> Self {
        Self { answers, ..self }
    }

    /// What to hand to the player of the same till after it was opened again.
    pub fn remembered(&self) -> Remembered {
        Remembered {
            order: self.order,
            payment: self.payment,
        }
    }

    /// Plays one step and tells what came of it.
    ///
    /// # Errors
    /// [`StepError`].
    pub async fn play(&mut self, step: &Step) -> Result<String, StepError> {
        // Only the very next step may look at a refusal.
        let refusal = self.refusal.take();
        if let Step::Expect(expectation) = step {
            return self.expect(expectation, refusal).await;
        }
        let played = self.act(step).await;
        if let Err(StepError::Refused(said)) = &played {
            self.refusal = Some(said.clone());
        }
        played
    }

    async fn act(&mut self, step: &Step) -> Result<String, StepError> {
        match step {
            Step::Tap {
                item,
                quantity,
                choices,
            } => self.tap(item, *quantity, choices),
            Step::Quantity { item, quantity } => {
                let key = self.line_of(item)?;
                let quantity = *quantity;
                self.change_cart(CartCommand::SetQuantity { key, quantity })
            }
            Step::Memo { item, memo } => {
                let key = self.line_of(item)?;
                let memo = memo.clone();
                self.change_cart(CartCommand::SetMemo { key, memo })
            }
            Step::Discount { off, title } => {
                let discount = self.discount(*off, title)?;
                self.change_cart(CartCommand::AddDiscount { discount })
            }
            Step::Remove { item } => {
                let key = self.line_of(item)?;
                self.change_cart(CartCommand::Delete { key })
            }
            Step::Clear => self.change_cart(CartCommand::Clear),
            Step::Dining(dining) => self.change_cart(CartCommand::SetDining { dining: *dining }),
            Step::Scan { barcode } => self.scan(barcode),
            Step::Checkout => self.check_out(None).await,
            Step::Table { name } => self.put_on_table(name).await,
            Step::PayCard { outcome, amount } => self.pay_card(outcome, *amount).await,
            Step::PayCash { received } => self.pay_cash(*received).await,
            Step::PayExternal { source, amount } => self.pay_external(source, *amount).await,
            Step::CancelPayment(which) => self.cancel_payment(*which).await,
            Step::CancelOrder(which) => self.cancel_order(*which).await,
            Step::Complete(which) => self.complete(*which).await,
            Step::Recall(which) => self.recall(*which).await,
            Step::Request { item, quantity } => self.request(item, *quantity).await,
            Step::Accept { order, minutes } => self.accept(*order, *minutes).await,
            Step::Decline { order, reason } => self.decline(*order, reason).await,
            Step::Set {
                plugin,
                setting,
                value,
            } => self.set(plugin.as_deref(), setting, value).await,
            Step::PressSetting { plugin, setting } => {
                self.press_setting(plugin.as_deref(), setting).await
            }
            Step::PressToast { button } => self.press_toast(button).await,
            Step::SoldOut { item } => self.set_sold_out(item).await,
            Step::OnSale { item } => self.set_on_sale(item).await,
            Step::Answer { method, url, fate } => {
                self.answers()?.write(*method, url.clone(), fate.clone());
                Ok("the server answers so from now on".into())
            }
            Step::Wait(duration) => {
                self.stage.till.world().pause(*duration).await;
                Ok(format!("waited {duration:#}"))
            }
            Step::Restart => self.restart_plugins(),
            Step::Expect(_) => unreachable!("expectations are looked at before"),
        }
    }

    fn answers(&self) -> Result<&Answers, StepError> {
        self.answers.as_deref().ok_or_else(|| {
            StepError::Failed(
                "this till calls real servers: `answer` and `expect called` are for `madang run`, in a script that has an `answer`"
                    .into(),
            )
        })
    }

    fn change_cart(&self, command: CartCommand) -> Result<String, StepError> {
        let cart = self.stage.till.change_cart(&cashier(), command)?;
        Ok(cart_line(&cart))
    }

    fn discount(&self, off: WantedOff, title: &str) -> Result<Discount, StepError> {
        let off = match off {
            WantedOff::Amount(amount) => Off::Amount(self.money(amount)?),
            WantedOff::BasisPoints(points) => Off::BasisPoints(points),
        };
        Ok(Discount {
            title: Text::plain(title),
            off,
            plugin: None,
        })
    }

    fn money(&self, amount: i64) -> Result<Money, StepError> {
        Money::new(amount, self.stage.till.shop().currency)
            .map_err(|error| Refusal::from(error).into())
    }

    /// Until nothing is under way. In virtual time a moment is over when everything that could happen in it has happened.
    async fn rest(&self) {
        let world = self.stage.till.world();
        for _ in 0..RESTS_MAX {
            world.pause(REST).await;
            if self.stage.host.is_idle() {
                // What became idle just now may have posted its last words on the way.
                world.pause(REST).await;
                return;
            }
        }
    }
}

/// How long a moment of rest is: a plugin's turn takes a few milliseconds.
const REST: SignedDuration = SignedDuration::from_millis(50);
/// After this many moments a plugin that is still busy is not waited for: five seconds.
const RESTS_MAX: u32 = 100;

/// Whoever plays steps stands at the screen.
fn cashier() -> Actor {
    Actor::Cashier("till".into())
}

fn cart_line(cart: &madang_model::cart::Cart) -> String {
    match cart.totals() {
        Ok(totals) => format!("cart {}", totals.charge.grouped()),
        Err(refusal) => refusal.to_string(),
    }
}
