//! The journal of a till as large as is wanted: some orders that a till took in virtual time, again and again with other ids and at other times.

use std::path::Path;
use std::sync::Arc;

use futures::executor::block_on;
use jiff::{SignedDuration, Timestamp};
use madang_insight::Reader;
use madang_insight::objects::{Objects, object_type};
use madang_journal::{
    Batch, Event, ExpectedVersion, Journal, Micros, NewEvent, Position, ShopId, SqliteJournal,
    SqliteSettings, StoredJournal,
};
use madang_model::shop::Shop;
use madang_model::{ItemId, OrderId, PaymentId, Text};
use madang_process::event_data::{EventLog, LogLimits};
use madang_process::performance::ProcessMap;
use madang_process::variants::Variants;
use madang_till::terminal::book::TerminalBook;
use madang_till::terminal::simulated::{ChosenOutcome, SimulatedTerminal};
use madang_till::world::simulation::Simulation;
use madang_till::{
    Actor, Answer, Command, Done, OperationKey, Request, Till, TillSettings,
};
use serde_json::{Value, json};

use crate::{Failure, found};

/// Events of one write: a till writes few at once, but nobody waits for those here.
const WRITTEN_AT_ONCE: usize = 250;

/// Events of one read, as many as `madang mine` asks for.
const READ_AT_ONCE: u32 = 10_000;

/// From the beginning of some orders to that of the same orders again.
const AGAIN_MS: u64 = 20 * 60 * 1_000;

/// The lowest bits of an id are chance; those above are milliseconds.
const CHANCE_BITS: u32 = 22;

/// Digits in a row that are an id; a moment in microseconds has sixteen.
const ID_DIGITS: std::ops::RangeInclusive<usize> = 17..=19;

/// Writes a journal of about so many events into a folder, and says how long it is and what has to be found in it.
///
/// # Errors
/// When it cannot be written.
pub fn write_journal(events: usize, to: &Path) -> Result<(u64, Value), Failure> {
    let (shop, template) = template()?;
    let copies = events.div_ceil(template.len()).max(1);
    let journal = SqliteJournal::open(to, SqliteSettings::default())?;
    let mut batch = Batch::new(shop.clone());
    for copy in 0..copies as u64 {
        for event in &template {
            batch.event(again(event, copy));
        }
        if batch.events.len() >= WRITTEN_AT_ONCE || copy + 1 == copies as u64 {
            let full = std::mem::replace(&mut batch, Batch::new(shop.clone()));
            block_on(journal.write(expecting_nothing(full)))?;
        }
    }
    drop(journal);
    let bytes = std::fs::read_dir(to)?
        .map(|entry| Ok(entry?.metadata()?.len()))
        .sum::<std::io::Result<u64>>()?;
    Ok((bytes, truth(&template, copies as u64)?))
}

/// The journal as a log of orders, as `madang mine` reads it.
///
/// # Errors
/// When it is none.
pub fn read_journal(path: &Path) -> Result<EventLog, Failure> {
    let at = StoredJournal::find(path)?.ok_or("there is no journal")?;
    let journal = StoredJournal::open(&at)?;
    let (shop, head) = journal.shops()?.pop().ok_or("there is no shop")?;
    let mut objects = Objects::new(|words| words.en, LogLimits::default());
    let (mut reader, mut after) = (Reader::new(), Position::START);
    while after < head {
        let events = journal.events(&shop, after, READ_AT_ONCE)?;
        let Some(last) = events.last() else { break };
        after = last.position;
        take(&events, &mut reader, &mut objects)?;
    }
    Ok((objects.finish()).flatten(object_type::ORDER, LogLimits::default())?)
}

fn take(
    events: &[Arc<Event>],
    reader: &mut Reader,
    objects: &mut Objects,
) -> Result<(), Failure> {
    let mut facts = Vec::new();
    for event in events {
        reader.read(event, |fact| facts.push(fact))?;
    }
    for fact in &facts {
        objects.take(fact)?;
    }
    Ok(())
}

/// What is in so many copies, by what is in one.
fn truth(template: &[Arc<Event>], copies: u64) -> Result<Value, Failure> {
    let mut objects = Objects::new(|words| words.en, LogLimits::default());
    take(template, &mut Reader::new(), &mut objects)?;
    let log = (objects.finish()).flatten(object_type::ORDER, LogLimits::default())?;
    let mut found = found::ours(&ProcessMap::of(&log), &Variants::of(&log));
    let times = |value: &Value| json!(value.as_u64().unwrap_or(0) * copies);
    found["events"] = times(&found["events"]);
    found["cases"] = times(&found["cases"]);
    for edge in found["edges"].as_array_mut().into_iter().flatten() {
        (edge[2], edge[3]) = (times(&edge[2]), times(&edge[3]));
        // The same waits again and again have the same percentile, whichever way ranks are counted.
        edge[4] = json!([edge[4], edge[4], edge[4]]);
    }
    for variant in found["variants"].as_array_mut().into_iter().flatten() {
        variant[1] = times(&variant[1]);
    }
    Ok(found)
}

fn expecting_nothing(mut batch: Batch) -> Batch {
    let mut streams: Vec<_> = batch.events.iter().map(|event| event.stream.clone()).collect();
    streams.sort_unstable_by(|one, other| (&one.kind, &one.id).cmp(&(&other.kind, &other.id)));
    streams.dedup();
    for stream in streams {
        batch.expect(stream, ExpectedVersion::Any);
    }
    batch
}

/// The same event some time later, of another order.
fn again(event: &Event, copy: u64) -> NewEvent {
    let by_ms = copy * AGAIN_MS;
    let mut stream = event.stream.clone();
    stream.id = with_ids_later(&stream.id, by_ms);
    NewEvent {
        stream,
        kind: event.kind.clone(),
        type_version: event.type_version,
        at: Micros::new(event.at.get() + by_ms.cast_signed() * 1_000),
        business_date: event.business_date.clone(),
        actor: event.actor.clone(),
        operation: None,
        caused_by: None,
        body: with_ids_later(&event.body, by_ms),
    }
}

/// Ids have the moment in them at which they were given.
fn with_ids_later(text: &str, by_ms: u64) -> String {
    let mut later = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(|letter: char| letter.is_ascii_digit()) {
        let (before, digits) = rest.split_at(start);
        let end = digits
            .find(|letter: char| !letter.is_ascii_digit())
            .unwrap_or(digits.len());
        let (number, after) = digits.split_at(end);
        later.push_str(before);
        match number.parse::<u64>() {
            Ok(id) if ID_DIGITS.contains(&number.len()) => {
                later.push_str(&(id + (by_ms << CHANCE_BITS)).to_string());
            }
            _ => later.push_str(number),
        }
        rest = after;
    }
    later.push_str(rest);
    later
}

/// Some orders of a café: paid, paid after a card was declined, paid in cash, given back.
fn template() -> Result<(ShopId, Vec<Arc<Event>>), Failure> {
    let folder = tempfile::tempdir()?;
    let mut counter = Counter::open(folder.path())?;
    for round in 0..6 {
        counter.tap(3)?;
        let order = counter.check_out()?;
        counter.wait(5 + round);
        match round {
            0..3 => {
                counter.card(order, ChosenOutcome::Approved)?;
            }
            3 => {
                let message = Text::plain("한도가 모자라요");
                let code = "051".into();
                counter.card(order, ChosenOutcome::Declined { code, message })?;
                counter.wait(40);
                counter.card(order, ChosenOutcome::Approved)?;
            }
            4 => {
                let received = madang_model::money::won(100_000)?;
                counter.perform(Command::PayCash { order, received })?;
            }
            _ => {
                let payment = counter.card(order, ChosenOutcome::Approved)?;
                counter.wait(300);
                counter.perform(Command::CancelPayment { order, payment })?;
            }
        }
        counter.wait(20);
    }
    let journal = counter.till.journal();
    journal.wait_until_answered();
    let shop = counter.till.shop_id().clone();
    let events = block_on(journal.events(&shop, Position::START, READ_AT_ONCE))?;
    let is_told = |event: &&Arc<Event>| matches!(event.stream.kind.as_str(), "order" | "cart");
    Ok((shop, events.iter().filter(is_told).cloned().collect()))
}

/// A till in virtual time, and who works at it.
struct Counter {
    simulation: Simulation,
    till: Till,
    terminal: Arc<SimulatedTerminal>,
    keys: u64,
}

impl Counter {
    fn open(folder: &Path) -> Result<Self, Failure> {
        let start: Timestamp = "2026-11-22T03:00:00Z".parse()?;
        let mut simulation = Simulation::new(start, [3; 32]);
        let journal = SqliteJournal::open(&folder.join("journal"), SqliteSettings::default())?;
        let journal: Arc<dyn Journal> = Arc::new(journal);
        simulation.hold_time_for_journal(Arc::clone(&journal));
        let book = TerminalBook::open(&folder.join("terminal.book"))?;
        let world = simulation.world();
        let terminal = SimulatedTerminal::new(book, true, world.clone());
        let shop = Shop::from_toml(include_str!("../../../../shops/cafe.toml"))?;
        let opening = Till::open(
            Arc::new(shop),
            journal,
            terminal.clone(),
            world,
            TillSettings::default(),
        );
        let till = simulation.run(opening).map_err(|_| "the till is stuck")??;
        Ok(Self {
            simulation,
            till,
            terminal,
            keys: 0,
        })
    }

    fn wait(&mut self, seconds: i64) {
        self.simulation.advance(SignedDuration::from_secs(seconds));
    }

    fn tap(&mut self, items: usize) -> Result<(), Failure> {
        let items: Vec<ItemId> = (self.till.shop().catalog.items.iter())
            .map(|item| item.id)
            .take(items)
            .collect();
        for item in items {
            self.till.add_to_cart(&cashier(), item, 1, None)?;
            self.wait(3);
        }
        Ok(())
    }

    fn check_out(&mut self) -> Result<OrderId, Failure> {
        let done = self.perform(Command::CheckOut {
            table: None,
            guests: None,
        })?;
        Ok(done.order.ok_or("no order was placed")?.id)
    }

    fn card(&mut self, order: OrderId, outcome: ChosenOutcome) -> Result<PaymentId, Failure> {
        self.terminal.choose(Some(outcome), false);
        let amount = None;
        match self.perform(Command::PayCard { order, amount })?.answer {
            Answer::Payment { payment, .. } => Ok(payment),
            _ => Err("nothing was paid".into()),
        }
    }

    fn perform(&mut self, command: Command) -> Result<Done, Failure> {
        self.keys += 1;
        let request = Request {
            key: OperationKey::new(format!("key-{}", self.keys))?,
            actor: cashier(),
            command,
        };
        let till = self.till.clone();
        let done = self.simulation.run(async move { till.perform(request).await });
        Ok(done.map_err(|_| "the till is stuck")??)
    }
}

fn cashier() -> Actor {
    Actor::Cashier("till".into())
}

#[cfg(test)]
mod tests {
    use madang_process::performance::ProcessMap;
    use madang_process::variants::Variants;
    use serde_json::Value;

    use super::{read_journal, with_ids_later, write_journal};
    use crate::{Failure, found};

    #[test]
    fn a_journal_has_the_orders_of_its_copies() -> Result<(), Failure> {
        let folder = tempfile::tempdir()?;
        let (bytes, mut truth) = write_journal(1_000, folder.path())?;
        assert!(bytes > 0);
        let log = read_journal(folder.path())?;
        assert!(log.case_count() >= 60, "{} cases", log.case_count());
        for edge in truth["edges"].as_array_mut().into_iter().flatten() {
            edge[4] = edge[4][1].clone();
        }
        let mut found = found::ours(&ProcessMap::of(&log), &Variants::of(&log));
        for told in [&mut truth, &mut found] {
            for list in ["edges", "variants"] {
                let list = told[list].as_array_mut().ok_or("a list")?;
                list.sort_by_key(Value::to_string);
            }
        }
        assert_eq!(found, truth);
        Ok(())
    }

    #[test]
    fn ids_are_given_later_and_nothing_else_is() {
        let text = r#"{"id":"382512345678901234","at":1795327500123456,"n":12}"#;
        let later = with_ids_later(text, 1);
        assert_eq!(
            later,
            r#"{"id":"382512345683095538","at":1795327500123456,"n":12}"#
        );
        assert_eq!(with_ids_later("x", 1), "x");
    }
}
