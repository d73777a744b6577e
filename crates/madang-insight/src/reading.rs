//! The journal's events as facts.

use std::collections::HashMap;

use madang_journal::{Event, Position};
use madang_model::cart::CartEvent;
use madang_model::order::{NewOrder, OrderEvent};
use madang_model::{OrderId, PaymentId};
use madang_till::AskEnd;
use madang_till::event::{self, Recorded, ShopEvent, UnreadableEvent, stream};

use crate::activity::Activity;
use crate::channel::Channel;
use crate::fact::{Detail, Fact, Placed};

/// The most carts that are remembered until they become orders: a till has one, and those that it put aside.
const CARTS_MAX: usize = 1_000;

/// The most times that one cart is put aside and taken up again in an order's way; more tell nothing new.
const CART_MOMENTS_MAX: usize = 50;

/// Makes facts of the journal's events. It is given them in the journal's order, since it keeps what was done to a cart until the cart becomes an order.
#[derive(Debug, Default)]
pub struct Reader {
    carts: HashMap<String, Vec<Moment>>,
}

/// Something that was done to a cart.
#[derive(Clone, Debug)]
struct Moment {
    activity: Activity,
    position: Position,
    time_ms: i64,
    actor: String,
}

impl Reader {
    /// A reader that knows no carts.
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads one event, and says what was done for an order; most events say nothing of the kind.
    ///
    /// # Errors
    /// [`UnreadableEvent`]: a newer program wrote it, or it is damaged.
    pub fn read(
        &mut self,
        event: &Event,
        mut say: impl FnMut(Fact),
    ) -> Result<(), UnreadableEvent> {
        match event.stream.kind.as_str() {
            stream::ORDER => self.read_order(event, say),
            stream::CART => self.read_cart(event, &mut say),
            stream::NUMBER => read_noted(event, say),
            _ => Ok(()),
        }
    }

    fn read_order(&self, event: &Event, mut say: impl FnMut(Fact)) -> Result<(), UnreadableEvent> {
        // Receipts are given with what they are for; they are no step of their own, and there is one for nearly every order.
        if matches!(
            event.kind.as_str(),
            "receipt-given" | "refund-receipt-given"
        ) {
            return Ok(());
        }
        let recorded = event::read(event)?;
        let ShopEvent::Order(order, happened) = &recorded.event else {
            return Ok(());
        };
        if let Some((activity, detail)) = told(happened) {
            say(fact(*order, activity, &recorded, detail));
        }
        Ok(())
    }

    /// A tap on the menu is an event too; all but the first of a cart are passed over unread.
    fn read_cart(
        &mut self,
        event: &Event,
        say: &mut impl FnMut(Fact),
    ) -> Result<(), UnreadableEvent> {
        match event.kind.as_str() {
            "line-added" => self.begin(event),
            "cart-held" => self.note(event, Activity::CartHeld),
            "cart-taken-up" => self.note(event, Activity::CartTakenUp),
            "cart-cleared" => {
                self.carts.remove(&event.stream.id);
            }
            "cart-checked-out" => {
                if let ShopEvent::Cart(_, CartEvent::CartCheckedOut { order }) =
                    event::read(event)?.event
                {
                    self.check_out(&event.stream.id, order, say);
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn begin(&mut self, event: &Event) {
        if !self.carts.contains_key(&event.stream.id) {
            self.make_room();
            let moment = Moment::of(event, Activity::CartBegun);
            self.carts.insert(event.stream.id.clone(), vec![moment]);
        }
    }

    fn note(&mut self, event: &Event, activity: Activity) {
        if let Some(moments) = self.carts.get_mut(&event.stream.id)
            && moments.len() < CART_MOMENTS_MAX
        {
            moments.push(Moment::of(event, activity));
        }
    }

    fn check_out(&mut self, cart: &str, order: OrderId, say: &mut impl FnMut(Fact)) {
        for moment in self.carts.remove(cart).unwrap_or_default() {
            say(Fact {
                order,
                activity: moment.activity,
                position: moment.position,
                time_ms: moment.time_ms,
                took_ms: 0,
                actor: moment.actor,
                detail: Detail::None,
            });
        }
    }

    /// Forgets the half of the carts that began first.
    fn make_room(&mut self) {
        if self.carts.len() < CARTS_MAX {
            return;
        }
        let mut begun: Vec<Position> = self
            .carts
            .values()
            .filter_map(|cart| Some(cart.first()?.position))
            .collect();
        begun.sort_unstable();
        let middle = begun[begun.len() / 2];
        self.carts
            .retain(|_, cart| cart.first().is_some_and(|first| first.position >= middle));
    }
}

impl Moment {
    fn of(event: &Event, activity: Activity) -> Self {
        Self {
            activity,
            position: event.position,
            time_ms: event.at.get().div_euclid(1_000),
            actor: event.actor.clone(),
        }
    }
}

fn fact(order: OrderId, activity: Activity, recorded: &Recorded, detail: Detail) -> Fact {
    Fact {
        order,
        activity,
        position: recorded.position,
        time_ms: recorded.at.as_millisecond(),
        took_ms: 0,
        actor: recorded.actor.clone(),
        detail,
    }
}

/// A question to a plugin, as something that the plugin did. One that nobody waited for any more is nothing that was done.
fn read_noted(event: &Event, mut say: impl FnMut(Fact)) -> Result<(), UnreadableEvent> {
    let ShopEvent::PluginAsked(noted) = event::read(event)?.event else {
        return Ok(());
    };
    let activity = match noted.asked.ended {
        AskEnd::Allowed => Activity::PluginAllowed,
        AskEnd::Vetoed => Activity::PluginRefused,
        AskEnd::Silent | AskEnd::Stopped => Activity::PluginSilent,
        AskEnd::Overtaken => return Ok(()),
    };
    let ended_ms = noted.asked.ended_at.as_millisecond();
    let took_ms = ended_ms.saturating_sub(noted.asked.asked_at.as_millisecond());
    say(Fact {
        order: noted.order,
        activity,
        position: event.position,
        time_ms: ended_ms,
        took_ms: u32::try_from(took_ms.max(0)).unwrap_or(u32::MAX),
        actor: format!("plugin:{}", noted.asked.plugin),
        detail: noted.payment.map_or(Detail::None, about),
    });
    Ok(())
}

/// What an order's event tells. Only ids, amounts and words of ours are taken out of it.
fn told(event: &OrderEvent) -> Option<(Activity, Detail)> {
    let told = match event {
        OrderEvent::OrderPlaced { order } => (Activity::OrderPlaced, placed(order)),
        OrderEvent::OrderAccepted { .. } => (Activity::OrderAccepted, Detail::None),
        OrderEvent::OrderDeclined { .. } => (Activity::OrderDeclined, Detail::None),
        OrderEvent::OrderExpired {} => (Activity::OrderExpired, Detail::None),
        OrderEvent::LinesAdded { .. } => (Activity::LinesAdded, Detail::None),
        OrderEvent::OrderCancelled {} => (Activity::OrderCancelled, Detail::None),
        OrderEvent::OrderCompleted {} => (Activity::OrderCompleted, Detail::None),
        OrderEvent::PaymentStarted {
            payment,
            method,
            parts,
            ..
        } => (
            Activity::PaymentStarted,
            Detail::Payment {
                payment: *payment,
                paid: Some((*method, parts.amount)),
                plugin: None,
            },
        ),
        OrderEvent::PaymentTaken {
            payment,
            method,
            parts,
            plugin,
            ..
        } => (
            Activity::PaymentCompleted,
            Detail::Payment {
                payment: *payment,
                paid: Some((*method, parts.amount)),
                plugin: plugin.clone(),
            },
        ),
        OrderEvent::PaymentUnknown { payment } => (Activity::PaymentUnknown, about(*payment)),
        OrderEvent::PaymentApproved { payment, .. } => {
            (Activity::PaymentCompleted, about(*payment))
        }
        OrderEvent::PaymentFailed { payment, .. } => (Activity::PaymentFailed, about(*payment)),
        OrderEvent::PaymentCancelStarted { payment } => (Activity::RefundStarted, about(*payment)),
        OrderEvent::PaymentCancelled { payment } => (Activity::RefundCompleted, about(*payment)),
        OrderEvent::PaymentCancelFailed { payment, .. } => {
            (Activity::RefundFailed, about(*payment))
        }
        OrderEvent::ReceiptGiven { .. } | OrderEvent::RefundReceiptGiven { .. } => return None,
    };
    Some(told)
}

fn placed(order: &NewOrder) -> Detail {
    Detail::Placed(Box::new(Placed {
        number: order.number,
        business_date: order.business_date,
        channel: Channel::of(order),
        source: order.source.clone(),
        table: order.table,
    }))
}

fn about(payment: PaymentId) -> Detail {
    Detail::Payment {
        payment,
        paid: None,
        plugin: None,
    }
}
