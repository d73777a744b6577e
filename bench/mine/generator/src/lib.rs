//! Days of a chain of ten shops as an event log: the same seed gives the same events on every machine.
//!
//! Each shop takes some 400 orders a day, most of them at lunch and in the evening; an order is eight events on average, of
//! seventeen activities. Payments fail and are tried again, dishes are cooked anew, orders are changed and cancelled, riders do not come.

mod chance;
mod clock;
mod order;
mod truth;

pub use clock::Moment;
pub use order::{ACTIVITIES, Channel, Event, Who};
pub use truth::{Truth, Way};

use chance::Chance;
use order::Walk;

/// One after the other, without an end unless a number of events is set.
pub struct Days {
    chance: Chance,
    day: i64,
    orders: u64,
    events_left: usize,
}

const SHOPS: u64 = 10;
const ORDERS_OF_A_SHOP: u64 = 400;

impl Days {
    /// The days of a seed until there are so many events: the orders that are open then are cut short, as they are in any log.
    pub fn new(seed: u64, events: usize) -> Self {
        Self {
            chance: Chance::new(seed),
            day: 0,
            orders: 0,
            events_left: events,
        }
    }
}

impl Iterator for Days {
    /// The events of one day by the time they ended. No order goes on into the next one.
    type Item = Vec<Event>;

    fn next(&mut self) -> Option<Vec<Event>> {
        if self.events_left == 0 {
            return None;
        }
        let mut events = Vec::new();
        for _ in 0..SHOPS * ORDERS_OF_A_SHOP {
            self.orders += 1;
            let shop = self.chance.below(SHOPS) as u8;
            let begin_ms = clock::opening_ms(self.day) + arrival_ms(&mut self.chance);
            Walk::new(&mut self.chance, &mut events, self.orders, shop, begin_ms).whole_order();
        }
        events.sort_by_key(|event| (event.ended_ms, event.order));
        events.truncate(self.events_left);
        self.events_left -= events.len();
        self.day += 1;
        Some(events)
    }
}

/// How many orders come in each hour from nine on, beside each other: lunch and supper are what a day is made of.
const ARRIVALS: [u64; 13] = [2, 3, 9, 10, 5, 2, 2, 4, 10, 9, 5, 2, 1];

/// When an order comes, from the opening on.
fn arrival_ms(chance: &mut Chance) -> i64 {
    let mut at = chance.below(ARRIVALS.iter().sum());
    let mut hour = 0;
    while at >= ARRIVALS[hour] {
        at -= ARRIVALS[hour];
        hour += 1;
    }
    clock::HOUR_MS * hour as i64 + chance.below(clock::HOUR_MS as u64) as i64
}

/// How much longer everybody waits at this moment, in tenths.
fn rush_tenths(moment_ms: i64) -> u64 {
    let hour = (clock::since_opening_ms(moment_ms) / clock::HOUR_MS) as usize;
    5 + 2 * ARRIVALS.get(hour).copied().unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use std::collections::{HashMap, HashSet};

    use super::{ACTIVITIES, Days, Event};

    fn events(seed: u64, count: usize) -> Vec<Event> {
        Days::new(seed, count).flatten().collect()
    }

    #[test]
    fn a_seed_gives_the_same_events_and_as_many_as_were_asked_for() {
        assert_eq!(events(7, 50_000), events(7, 50_000));
        assert_ne!(events(7, 50_000), events(8, 50_000));
        assert_eq!(events(7, 50_001).len(), 50_001);
    }

    #[test]
    fn a_log_is_what_it_is_said_to_be() {
        let all = events(7, 200_000);
        let mut orders: HashMap<u64, Vec<&Event>> = HashMap::new();
        for event in &all {
            orders.entry(event.order).or_default().push(event);
        }
        let an_order = all.len() as f64 / orders.len() as f64;
        assert!((7.7..8.7).contains(&an_order), "{an_order} events an order");
        let used: HashSet<u8> = all.iter().map(|event| event.activity).collect();
        assert_eq!(used.len(), ACTIVITIES.len());
        for events in orders.values() {
            assert!(
                events.is_sorted_by(|before, next| before.ended_ms <= next.started_ms
                    && before.ended_ms < next.ended_ms)
            );
            assert!(
                events
                    .iter()
                    .all(|event| event.started_ms <= event.ended_ms)
            );
        }
        let lunch = all
            .iter()
            .filter(|event| event.time().text().contains(" 12:"))
            .count();
        assert!(
            lunch * 8 > all.len(),
            "{lunch} events in the hour after noon"
        );
    }
}
