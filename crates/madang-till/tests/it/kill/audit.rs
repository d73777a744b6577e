//! What must hold whenever a till has been opened again and waits for nothing.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs;
use std::path::Path;
use std::time::Duration;

use madang_journal::{Journal, Position};
use madang_model::order::{Order, OrderEvent, OrderState, ReceiptNumber};
use madang_model::payment::{Failure, Method, Payment, PaymentState};
use madang_model::{AttemptKey, OrderId, PaymentId};
use madang_till::event::{self, Recorded, ShopEvent};
use madang_till::terminal::book::Entry;
use madang_till::terminal::simulated::ChosenOutcome;
use madang_till::{Answer, Command, OrderQuery};
use serde::Deserialize;

use super::ledger::{Ledger, Shown};
use super::life::{COUNTED_ITEM, Opened, STOCK};

/// A till that has not found out by then never will.
const PATIENCE: Duration = Duration::from_secs(60);

/// Waits until the till has found out everything, compares what was shown, the journal and the terminal's book, asks for
/// everything once more under the same keys, and compares again.
pub async fn audit(opened: &Opened, book: &Path, ledger: &mut Ledger) -> Orders {
    tokio::time::timeout(PATIENCE, nothing_is_open(opened))
        .await
        .expect("every operation that was not finished is taken up and ends");
    compare(opened, book, ledger).await;
    ask_again(opened, ledger).await;
    let orders = compare(opened, book, ledger).await;
    everything_belongs_to_one_request(&orders, ledger);
    orders
}

async fn nothing_is_open(opened: &Opened) {
    let till = &opened.till;
    let mut changes = till.subscribe();
    loop {
        let open = opened.journal.open_operations(till.shop_id()).await;
        if open.expect("readable").is_empty() {
            return;
        }
        // One that lags behind has missed changes, so it looks again as well.
        let _ = changes.recv().await;
    }
}

async fn compare(opened: &Opened, book: &Path, ledger: &mut Ledger) -> Orders {
    assert_eq!(
        opened.journal.problems().expect("readable"),
        Vec::<String>::new()
    );
    let (orders, asked) = every_order(opened).await;
    what_plugins_were_asked_stands_before_what_followed(&asked);
    let book = Book::read(book);
    for order in orders.values() {
        money_adds_up(order);
    }
    the_book_and_the_journal_agree(&book, &orders);
    what_was_shown_is_there(&orders, ledger);
    numbers_are_given_once(&orders, ledger);
    stock_is_what_was_ordered(opened, &orders);
    orders
}

/// Orders by their ids.
pub type Orders = BTreeMap<OrderId, Order>;

/// The orders as the events make them, which is what the till's lists show, too.
async fn every_order(opened: &Opened) -> (Orders, Vec<AskedOrBack>) {
    let (mut orders, mut asked) = (Orders::new(), Vec::new());
    let mut after = Position::START;
    loop {
        let events = opened.till.events(after, 1_000).await.expect("readable");
        for event in &events {
            assert_eq!(event.position, after.next(), "no gap");
            after = event.position;
            let recorded = event::read(event).expect("readable");
            asked.extend(AskedOrBack::of(&recorded));
            if let ShopEvent::Order(id, change) = recorded.event {
                let order = match orders.remove(&id) {
                    Some(order) => order.evolve(&change, recorded.at),
                    None => Order::first(&change, recorded.at).expect("a first event"),
                };
                orders.insert(id, order);
            }
        }
        if events.is_empty() {
            break;
        }
    }
    let mut listed = Orders::new();
    for page in 1.. {
        let query = OrderQuery {
            page,
            size: 500,
            ..OrderQuery::default()
        };
        let found = opened.till.orders(query).await.expect("readable");
        if found.is_empty() {
            break;
        }
        for order in found {
            if let Some(held) = opened.till.order(order.id) {
                assert_eq!(held, order, "memory and list differ");
            }
            let twice = listed.insert(order.id, (*order).clone());
            assert_eq!(twice, None, "an order is listed twice");
        }
    }
    assert_eq!(listed, orders, "the lists differ from the events");
    (orders, asked)
}

/// What an event has to do with giving money back: that a plugin was asked, or that it is being done.
struct AskedOrBack {
    operation: String,
    is_asked: bool,
}

impl AskedOrBack {
    fn of(recorded: &Recorded) -> Option<Self> {
        let is_asked = match recorded.event {
            ShopEvent::PluginAsked(_) => true,
            ShopEvent::Order(
                _,
                OrderEvent::PaymentCancelStarted { .. } | OrderEvent::PaymentCancelled { .. },
            ) => false,
            _ => return None,
        };
        let operation = recorded.operation.clone()?;
        Some(Self {
            operation,
            is_asked,
        })
    }
}

/// A question that was answered when the till died is lost alone; of every other it is kept once, in front of what followed.
fn what_plugins_were_asked_stands_before_what_followed(events: &[AskedOrBack]) {
    let mut asked = HashSet::new();
    for AskedOrBack {
        operation,
        is_asked,
    } in events
    {
        match is_asked {
            true => assert!(asked.insert(operation), "{operation} is kept twice"),
            false => assert!(asked.contains(operation), "{operation} was not asked for"),
        }
    }
}

/// The terminal's own book, entry by entry.
struct Book(HashMap<AttemptKey, Vec<Entry>>);

impl Book {
    fn read(path: &Path) -> Self {
        #[derive(Deserialize)]
        struct Line {
            attempt: AttemptKey,
            #[serde(flatten)]
            entry: Entry,
        }
        let mut entries: HashMap<_, Vec<_>> = HashMap::new();
        for line in fs::read_to_string(path).expect("a book").lines() {
            let line: Line = serde_json::from_str(line).expect("an entry");
            entries.entry(line.attempt).or_default().push(line.entry);
        }
        Self(entries)
    }

    fn of(&self, payment: &Payment) -> &[Entry] {
        let attempt = payment.attempt.as_ref();
        attempt
            .and_then(|attempt| self.0.get(attempt))
            .map_or(&[], Vec::as_slice)
    }
}

/// Each approval belongs to exactly one payment, which counts it or is marked as one that cannot be reversed, or is reversed;
/// none is in neither.
fn the_book_and_the_journal_agree(book: &Book, orders: &Orders) {
    let payments: Vec<&Payment> = orders.values().flat_map(|order| &order.payments).collect();
    for (attempt, entries) in &book.0 {
        let is_possible = matches!(
            entries.as_slice(),
            [Entry::Approved { .. }]
                | [Entry::Approved { .. }, Entry::Reversed { .. }]
                | [Entry::Declined { .. }]
                | [Entry::Closed]
        );
        assert!(is_possible, "{attempt} went so: {entries:?}");
        let owners = payments
            .iter()
            .filter(|payment| payment.attempt.as_ref() == Some(attempt));
        assert_eq!(owners.count(), 1, "{attempt} belongs to one payment");
    }
    for payment in payments {
        let entries = book.of(payment);
        let agrees = match (payment.method, payment.state, entries) {
            (
                Method::Card,
                PaymentState::Approved,
                [
                    Entry::Approved {
                        approval, amount, ..
                    },
                ],
            ) => payment.approval.as_ref() == Some(approval) && payment.parts.amount == *amount,
            (Method::Card, PaymentState::NotReversed, [Entry::Approved { amount, stands, .. }]) => {
                *stands
                    && payment.approval.is_none()
                    && payment.parts.amount == *amount
                    && matches!(payment.failure, Some(Failure::NotReversed { .. }))
            }
            (Method::Card, PaymentState::Cancelled, [_, Entry::Reversed { amount }]) => {
                payment.parts.amount == *amount
            }
            (Method::Card, PaymentState::Failed, entries) => match &payment.failure {
                Some(Failure::Declined { code, message }) => {
                    let declined = Entry::Declined {
                        code: code.clone(),
                        message: message.clone(),
                    };
                    *entries == [declined]
                }
                Some(Failure::NotCharged { .. } | Failure::Reversed { .. }) => {
                    !matches!(entries.last(), Some(Entry::Approved { .. }))
                }
                Some(Failure::NotReversed { .. }) | None => false,
            },
            (
                Method::Cash | Method::External,
                PaymentState::Approved | PaymentState::Cancelled,
                [],
            ) => true,
            _ => false,
        };
        assert!(
            agrees,
            "the book says {entries:?}, the journal says {payment:?}"
        );
    }
}

fn money_adds_up(order: &Order) {
    let paid: i64 = order
        .payments
        .iter()
        .filter(|payment| payment.is_paid())
        .map(|payment| payment.parts.amount.minor_units())
        .sum();
    let charge = order.totals.charge.minor_units();
    assert!(paid <= charge, "{paid} of {charge} is paid: {order:?}");
    for payment in &order.payments {
        if let Some(cash) = payment.cash {
            let kept = cash.received.minor_units() - cash.change.minor_units();
            assert_eq!(kept, payment.parts.amount.minor_units(), "{payment:?}");
        }
    }
    let was_paid = order.receipt.is_some();
    assert!(
        was_paid || paid < charge,
        "a paid order has a receipt: {order:?}"
    );
}

/// Every order and payment that was shown is there, as it was shown last.
fn what_was_shown_is_there(orders: &Orders, ledger: &Ledger) {
    for (order, payment) in &ledger.begun {
        payment_of(orders, *order, *payment);
    }
    let mut last_shown = BTreeMap::new();
    for (asked, shown) in ledger.entries() {
        match (shown.map(|shown| &shown.answer), &asked.command) {
            (Some(Answer::Order { order }), command) => {
                let order = orders.get(order).expect("an order that was shown");
                let is_called_off = order.state == OrderState::Cancelled;
                if matches!(command, Command::CancelOrder { .. }) {
                    assert!(is_called_off, "it was shown as called off: {order:?}");
                }
            }
            (Some(answer @ Answer::Payment { payment, .. }), _) => {
                last_shown.insert(*payment, answer);
            }
            // Whether it was given back before the kill is not known yet.
            (None, Command::CancelPayment { payment, .. }) => drop(last_shown.remove(payment)),
            _ => {}
        }
        if let Some(Shown {
            answer: Answer::Order { order } | Answer::Payment { order, .. },
            receipt: Some(receipt),
        }) = shown
        {
            let printed = orders[order].receipt.as_ref().map(ToString::to_string);
            assert_eq!(printed.as_ref(), Some(receipt), "the receipt was printed");
        }
    }
    for (id, answer) in last_shown {
        let Answer::Payment {
            order,
            state,
            failure,
            ..
        } = answer
        else {
            continue;
        };
        let payment = payment_of(orders, *order, id);
        assert_eq!(
            (&payment.state, &payment.failure),
            (state, failure),
            "it was shown otherwise: {payment:?}"
        );
    }
}

fn payment_of(orders: &Orders, order: OrderId, payment: PaymentId) -> &Payment {
    let order = orders.get(&order).expect("an order that was shown");
    order.payment(payment).expect("a payment that was shown")
}

/// Nobody gets a number that somebody else has or had.
fn numbers_are_given_once(orders: &Orders, ledger: &mut Ledger) {
    let mut order_numbers = HashSet::new();
    let mut receipts = HashSet::new();
    for order in orders.values() {
        let number = (order.business_date, order.number);
        assert!(order_numbers.insert(number), "{number:?} was given twice");
        let refunds = order.refund_receipts.iter().map(|(_, receipt)| receipt);
        for receipt in order
            .receipt
            .iter()
            .chain(refunds)
            .map(ReceiptNumber::to_string)
        {
            let before = ledger.receipts.insert(receipt.clone(), order.id);
            assert_eq!(
                before.unwrap_or(order.id),
                order.id,
                "{receipt} is used again"
            );
            assert!(receipts.insert(receipt.clone()), "{receipt} is given twice");
        }
    }
    for (receipt, order) in &ledger.receipts {
        assert!(receipts.contains(receipt), "{receipt} of {order} is lost");
    }
}

fn stock_is_what_was_ordered(opened: &Opened, orders: &Orders) {
    let sold: u32 = orders
        .values()
        .filter(|order| order.state != OrderState::Cancelled)
        .flat_map(|order| &order.lines)
        .filter(|line| line.item.id == COUNTED_ITEM)
        .map(|line| line.quantity)
        .sum();
    let left = opened.till.item_day(COUNTED_ITEM).and_then(|day| day.left);
    assert_eq!(left, Some(i64::from(STOCK - sold)), "{sold} were sold");
}

/// What a screen does that lost its till: it asks again. What was done is answered, what was not is done now.
async fn ask_again(opened: &Opened, ledger: &mut Ledger) {
    let approved = Some(ChosenOutcome::Approved);
    let chosen = opened.terminal.choose(approved, true).await;
    chosen.expect("the terminal lives");
    for asked in ledger.asked.clone() {
        let again = asked.perform(&opened.till).await;
        let before = ledger
            .shown
            .entry(asked.key.clone())
            .or_insert(again.clone());
        assert_eq!(
            before.answer, again.answer,
            "{asked:?} is answered otherwise"
        );
    }
    let chosen = opened.terminal.choose(None, false).await;
    chosen.expect("the terminal lives");
}

/// No order was placed and no payment made that nobody asked for, and none twice.
fn everything_belongs_to_one_request(orders: &Orders, ledger: &Ledger) {
    let mut made_orders = Vec::new();
    let mut made_payments = Vec::new();
    for (asked, shown) in ledger.entries() {
        match (&asked.command, shown.map(|shown| &shown.answer)) {
            (Command::CheckOut { .. } | Command::PlaceOrder(_), Some(Answer::Order { order })) => {
                made_orders.push(*order)
            }
            (Command::CancelPayment { .. }, _) => {}
            (_, Some(Answer::Payment { payment, .. })) => made_payments.push(*payment),
            _ => {}
        }
    }
    let payments = orders
        .values()
        .flat_map(|order| &order.payments)
        .map(|payment| payment.id);
    assert_eq!(sorted(made_orders), sorted(orders.keys().copied()));
    assert_eq!(sorted(made_payments), sorted(payments));
}

fn sorted<Id: Ord>(ids: impl IntoIterator<Item = Id>) -> Vec<Id> {
    let mut ids: Vec<Id> = ids.into_iter().collect();
    ids.sort();
    ids
}
