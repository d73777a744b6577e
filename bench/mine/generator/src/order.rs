//! The way of one order.

use std::fmt;

use crate::chance::Chance;
use crate::clock::Moment;
use crate::rush_tenths;

/// What may be done for an order.
pub const ACTIVITIES: [&str; 17] = [
    "주문 받음",
    "결제 실패",
    "결제",
    "주문 수락",
    "주문 변경",
    "조리",
    "품질 확인",
    "포장",
    "라이더 부름",
    "라이더 도착",
    "배달 출발",
    "배달 완료",
    "서빙",
    "손님 부름",
    "찾아감",
    "주문 취소",
    "환불",
];

const ORDERED: u8 = 0;
const PAYMENT_FAILED: u8 = 1;
const PAID: u8 = 2;
const ACCEPTED: u8 = 3;
const CHANGED: u8 = 4;
const COOKED: u8 = 5;
const CHECKED: u8 = 6;
const PACKED: u8 = 7;
const RIDER_CALLED: u8 = 8;
const RIDER_CAME: u8 = 9;
const LEFT: u8 = 10;
const DELIVERED: u8 = 11;
const SERVED: u8 = 12;
const GUEST_CALLED: u8 = 13;
const TAKEN: u8 = 14;
const CANCELLED: u8 = 15;
const REFUNDED: u8 = 16;

/// One thing that was done for an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event {
    /// Orders are counted through all shops.
    pub order: u64,
    /// Which of the shops.
    pub shop: u8,
    /// A place in [`ACTIVITIES`].
    pub activity: u8,
    /// When the work began: milliseconds of the Unix epoch.
    pub started_ms: i64,
    /// When it ended, later than everything before of the same order.
    pub ended_ms: i64,
    /// Who did it.
    pub who: Who,
    /// How the order came.
    pub channel: Channel,
    /// What it cost.
    pub amount_won: u32,
}

/// Who does things.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// The guest, on a kiosk or with the application.
    Guest,
    /// Somebody at the counter of a shop.
    Counter(u8, u8),
    /// Somebody in the kitchen of a shop.
    Kitchen(u8, u8),
    /// One of the riders that all shops share.
    Rider(u8),
}

/// How an order comes and goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channel {
    /// Brought by a rider.
    Delivery,
    /// Fetched by the guest.
    TakeAway,
    /// Eaten here.
    Table,
}

impl Event {
    /// What the log calls the order.
    pub fn case(&self) -> String {
        format!("S{}-{:07}", self.shop, self.order)
    }

    /// What was done.
    pub fn name(&self) -> &'static str {
        ACTIVITIES[usize::from(self.activity)]
    }

    /// When it ended.
    pub fn time(&self) -> Moment {
        Moment::of(self.ended_ms)
    }
}

impl fmt::Display for Who {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Guest => formatter.write_str("손님"),
            Self::Counter(shop, number) => write!(formatter, "직원 {shop}-{number}"),
            Self::Kitchen(shop, number) => write!(formatter, "주방 {shop}-{number}"),
            Self::Rider(number) => write!(formatter, "라이더 {number}"),
        }
    }
}

impl fmt::Display for Channel {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Delivery => "배달",
            Self::TakeAway => "포장",
            Self::Table => "매장",
        })
    }
}

/// Seconds, from the least on: so many of them.
type Seconds = (u64, u64);

/// An order as far as it has come.
pub struct Walk<'day> {
    chance: &'day mut Chance,
    events: &'day mut Vec<Event>,
    next: Event,
    clock_ms: i64,
}

impl<'day> Walk<'day> {
    pub fn new(
        chance: &'day mut Chance,
        events: &'day mut Vec<Event>,
        order: u64,
        shop: u8,
        begin_ms: i64,
    ) -> Self {
        let channel = match chance.below(100) {
            0..40 => Channel::Delivery,
            40..75 => Channel::TakeAway,
            _ => Channel::Table,
        };
        let amount_won = 4_000 + 500 * chance.below(80) as u32;
        let next = Event {
            order,
            shop,
            activity: ORDERED,
            started_ms: begin_ms,
            ended_ms: begin_ms,
            who: Who::Guest,
            channel,
            amount_won,
        };
        Self {
            chance,
            events,
            next,
            clock_ms: begin_ms,
        }
    }

    pub fn whole_order(mut self) {
        self.guest(ORDERED, (0, 1), (20, 90));
        self.pay();
        if self.chance.thousandths(12) {
            return self.cancel();
        }
        self.counter(ACCEPTED, (5, 60), (1, 3));
        if self.chance.thousandths(30) {
            self.counter(CHANGED, (10, 60), (10, 40));
            self.pay();
        }
        if self.chance.thousandths(18) {
            return self.cancel();
        }
        self.cook();
        match self.next.channel {
            Channel::Delivery => self.deliver(),
            Channel::TakeAway => self.hand_over(),
            Channel::Table => self.serve(),
        }
        if self.chance.thousandths(8) {
            self.counter(REFUNDED, (300, 2_400), (20, 60));
        }
    }

    fn pay(&mut self) {
        let mut tries = 0;
        while tries < 3 && self.chance.thousandths(40) {
            self.guest(PAYMENT_FAILED, (2, 20), (3, 10));
            tries += 1;
        }
        self.guest(PAID, (2, 20), (3, 10));
    }

    fn cancel(&mut self) {
        self.counter(CANCELLED, (20, 300), (2, 10));
        self.counter(REFUNDED, (5, 120), (5, 30));
    }

    fn cook(&mut self) {
        let mut again = 0;
        loop {
            self.kitchen(COOKED, (30, 240), (120, 480));
            self.kitchen(CHECKED, (2, 25), (5, 20));
            if again == 3 || !self.chance.thousandths(45) {
                return;
            }
            again += 1;
        }
    }

    fn deliver(&mut self) {
        let rider_first = self.chance.thousandths(350);
        if rider_first {
            self.call_rider();
            self.counter(PACKED, (10, 60), (20, 80));
        } else {
            self.counter(PACKED, (10, 60), (20, 80));
            self.call_rider();
        }
        let rider = Who::Rider(self.chance.below(60) as u8);
        self.does(RIDER_CAME, rider, (180, 900), (5, 20));
        self.does(LEFT, rider, (10, 80), (1, 5));
        self.does(DELIVERED, rider, (1, 2), (300, 1_200));
    }

    fn call_rider(&mut self) {
        let mut calls = 1;
        self.counter(RIDER_CALLED, (2, 20), (1, 4));
        while calls < 3 && self.chance.thousandths(50) {
            self.counter(RIDER_CALLED, (120, 300), (1, 4));
            calls += 1;
        }
    }

    fn hand_over(&mut self) {
        self.counter(PACKED, (10, 60), (20, 80));
        let mut calls = 0;
        while calls == 0 || (calls < 4 && self.chance.thousandths(90)) {
            self.counter(GUEST_CALLED, (2, 60), (1, 4));
            calls += 1;
        }
        self.guest(TAKEN, (10, 400), (2, 10));
    }

    fn serve(&mut self) {
        self.counter(SERVED, (5, 90), (15, 60));
        if self.chance.thousandths(80) {
            self.guest(CHANGED, (300, 1_200), (10, 40));
            self.pay();
            self.cook();
            self.counter(SERVED, (5, 90), (15, 60));
        }
    }

    fn guest(&mut self, activity: u8, waits: Seconds, works: Seconds) {
        self.does(activity, Who::Guest, waits, works);
    }

    fn counter(&mut self, activity: u8, waits: Seconds, works: Seconds) {
        let who = Who::Counter(self.next.shop, self.chance.below(3) as u8);
        self.does(activity, who, waits, works);
    }

    fn kitchen(&mut self, activity: u8, waits: Seconds, works: Seconds) {
        let who = Who::Kitchen(self.next.shop, self.chance.below(4) as u8);
        self.does(activity, who, waits, works);
    }

    fn does(&mut self, activity: u8, who: Who, waits: Seconds, works: Seconds) {
        let rush = rush_tenths(self.clock_ms);
        // One of fifty waits is forgotten about for a while.
        let longer = if self.chance.thousandths(20) { 4 } else { 1 };
        let started_ms = self.clock_ms + (self.milliseconds(waits) * rush * longer / 10) as i64 + 1;
        let ended_ms = started_ms + self.milliseconds(works) as i64;
        self.clock_ms = ended_ms;
        self.events.push(Event {
            activity,
            who,
            started_ms,
            ended_ms,
            ..self.next
        });
    }

    /// From the least on, shorter ones more often.
    fn milliseconds(&mut self, (least, more): Seconds) -> u64 {
        let (one, other) = (
            self.chance.below(more * 1_000),
            self.chance.below(more * 1_000),
        );
        least * 1_000 + one.min(other)
    }
}
