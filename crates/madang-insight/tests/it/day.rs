//! A till plays a day, and what it did is found in its journal.

use jiff::civil::date;
use jiff::tz::TimeZone;
use madang_insight::objects::Objects;
use madang_insight::{Activity, Behind, Channel, Findings, Index, Limits, Period, Question, Words};
use madang_model::OrderId;
use madang_process::event_data::{EventLog, LogLimits, ObjectLog};
use madang_process::performance::ProcessMap;
use madang_process::variants::Variants;
use madang_till::Command;
use madang_till::terminal::simulated::ChosenOutcome;

use crate::world::{World, declined, facts};

/// The orders of the day, by what became of them.
struct Day {
    world: World,
    paid: OrderId,
    retried: OrderId,
    split: OrderId,
    refunded: OrderId,
    recalled: OrderId,
    accepted: OrderId,
    declined: OrderId,
    lost: OrderId,
    waiting: OrderId,
}

fn a_day() -> Day {
    let mut world = World::cafe();
    world.tap(11);
    world.wait(20);
    world.tap(13);
    world.wait(10);
    let paid = world.check_out();
    world.wait(5);
    world.pay_card(paid, ChosenOutcome::Approved);

    world.tap(11);
    world.wait(30);
    let retried = world.check_out();
    world.pay_card(retried, declined());
    world.wait(60);
    world.pay_card(retried, ChosenOutcome::Approved);

    // A cart is put aside and taken up again, and the order is paid in two parts.
    world.tap(13);
    world.perform(Command::HoldCart);
    world.wait(300);
    let held = world.till.held_carts()[0].cart.id;
    world.perform(Command::TakeUpCart { cart: held });
    let split = world.check_out();
    let half = madang_model::money::won(5_000).expect("an amount");
    world.perform(Command::PayCash {
        order: split,
        received: half,
    });
    world.wait(40);
    world.pay_card(split, ChosenOutcome::Approved);

    world.tap(11);
    let refunded = world.check_out();
    let payment = world.pay_card(refunded, ChosenOutcome::Approved);
    world.wait(600);
    world.perform(Command::CancelPayment {
        order: refunded,
        payment,
    });

    world.tap(11);
    let recalled = world.check_out();
    world.wait(15);
    world.perform(Command::Recall { order: recalled });
    world.perform(Command::HoldCart);

    let accepted = world.ask_for();
    world.wait(90);
    world.perform(Command::AcceptOrder {
        order: accepted,
        minutes: 10,
    });
    world.wait(30);
    world.pay_cash(accepted);
    world.wait(200);
    if world
        .till
        .order(accepted)
        .is_some_and(|order| !order.is_settled())
    {
        world.perform(Command::CompleteOrder { order: accepted });
    }
    let turned_down = world.ask_for();
    world.wait(700);
    world.perform(Command::DeclineOrder {
        order: turned_down,
        reason: "010-9876-5432 손님".into(),
    });

    world.tap(11);
    let lost = world.check_out();
    world.pay_card(lost, ChosenOutcome::AnswerLost);

    world.tap(11);
    let waiting = world.check_out();
    world.wait(120);
    Day {
        world,
        paid,
        retried,
        split,
        refunded,
        recalled,
        accepted,
        declined: turned_down,
        lost,
        waiting,
    }
}

fn today() -> Question {
    Question {
        period: Period::day(date(2026, 11, 22)),
        channels: Vec::new(),
        zone: TimeZone::get("Asia/Seoul").expect("a zone"),
        now_ms: i64::MAX,
        today: date(2026, 11, 23),
    }
}

fn index(world: &World) -> Index {
    let mut index = Index::new(Limits::default());
    facts(&world.events())
        .iter()
        .for_each(|fact| index.take(fact));
    index
}

fn way(index: &Index, order: OrderId) -> Vec<&'static str> {
    let timeline = index.timeline(order).expect("it is known");
    timeline
        .steps
        .iter()
        .map(|step| step.activity.code())
        .collect()
}

#[test]
fn every_order_has_exactly_what_was_done_for_it() {
    let day = a_day();
    let index = index(&day.world);
    let check = |order, expected: &[&str]| assert_eq!(way(&index, order), expected);
    check(
        day.paid,
        &[
            "cart_begun",
            "order_placed",
            "payment_started",
            "payment_completed",
            "order_completed",
        ],
    );
    check(
        day.retried,
        &[
            "cart_begun",
            "order_placed",
            "payment_started",
            "payment_failed",
            "payment_retried",
            "payment_completed",
            "order_completed",
        ],
    );
    check(
        day.split,
        &[
            "cart_begun",
            "cart_held",
            "cart_taken_up",
            "order_placed",
            "payment_completed",
            "payment_started",
            "payment_completed",
            "order_completed",
        ],
    );
    check(
        day.refunded,
        &[
            "cart_begun",
            "order_placed",
            "payment_started",
            "payment_completed",
            "order_completed",
            "refund_started",
            "refund_completed",
        ],
    );
    check(
        day.recalled,
        &["cart_begun", "order_placed", "order_cancelled"],
    );
    check(
        day.accepted,
        &[
            "order_placed",
            "order_accepted",
            "payment_completed",
            "order_completed",
        ],
    );
    check(day.declined, &["order_placed", "order_declined"]);
    check(
        day.lost,
        &[
            "cart_begun",
            "order_placed",
            "payment_started",
            "payment_unknown",
            "payment_completed",
            "order_completed",
        ],
    );
    check(day.waiting, &["cart_begun", "order_placed"]);
}

#[test]
fn a_meal_in_rounds_is_one_order() {
    let mut world = World::restaurant();
    let table = world.till.shop().tables[0].id.0;
    world.tap_any();
    let order = world.check_out_at(Some(table));
    world.wait(1_800);
    world.tap_any();
    world.wait(10);
    assert_eq!(world.check_out_at(Some(table)), order);
    world.wait(1_200);
    world.pay_cash(order);
    let index = index(&world);
    assert_eq!(
        way(&index, order),
        [
            "cart_begun",
            "order_placed",
            "cart_begun",
            "lines_added",
            "payment_completed",
            "order_completed"
        ]
    );
    let line = index.timeline(order).expect("it is known").order;
    assert_eq!((line.table, line.is_open), (Some(table), false));
}

#[test]
fn the_day_in_numbers() {
    let day = a_day();
    let index = index(&day.world);
    let findings = index.findings(&today()).expect("a log");
    let summary = &findings.summary;
    assert_eq!((summary.orders, summary.ways), (9, 9));
    assert_eq!(summary.durations.count(), 8, "all but the one that waits");
    assert_eq!(
        (
            summary.again,
            summary.called_off,
            summary.again_or_called_off
        ),
        (1, 3, 4)
    );
    assert_eq!(
        findings.before.as_ref().map(|before| before.orders),
        Some(0)
    );
    let counts: Vec<_> = findings
        .channels
        .iter()
        .map(|count| (count.channel, count.orders))
        .collect();
    assert_eq!(counts, [(Channel::Pos, 7), (Channel::Kiosk, 2)]);

    let kiosk = Question {
        channels: vec![Channel::Kiosk],
        ..today()
    };
    assert_eq!(index.findings(&kiosk).expect("a log").summary.orders, 2);
    let yesterday = Question {
        period: Period::day(date(2026, 11, 21)),
        ..today()
    };
    assert_eq!(index.findings(&yesterday).expect("a log").summary.orders, 0);
    let tomorrow = Question {
        period: Period::day(date(2026, 11, 23)),
        ..today()
    };
    let before = index
        .findings(&tomorrow)
        .expect("a log")
        .before
        .expect("known");
    assert_eq!(before, findings.summary);
}

#[test]
fn a_card_names_the_orders_behind_it() {
    let day = a_day();
    let index = index(&day.world);
    let findings = index.findings(&today()).expect("a log");
    assert!(!findings.cards.is_empty());
    for card in &findings.cards {
        let behind = Behind::Wait {
            from: card.from,
            to: card.to,
        };
        let page = index.orders_behind(&today(), &behind, 0, 200);
        assert_eq!(page.total, card.orders, "{card:?}");
        let waits: Vec<u64> = page
            .orders
            .iter()
            .filter_map(|order| order.wait_ms)
            .collect();
        assert!(waits.is_sorted_by(|left, right| left >= right), "{waits:?}");
    }
    let retry = Behind::Wait {
        from: Activity::PaymentFailed,
        to: Activity::PaymentRetried,
    };
    let page = index.orders_behind(&today(), &retry, 0, 10);
    assert_eq!(page.orders[0].order, day.retried);
    assert_eq!(page.orders[0].wait_ms, Some(60_000));
    assert_eq!(index.orders_behind(&today(), &retry, 1, 10).orders, []);
    for way in &findings.ways {
        let page = index.orders_behind(&today(), &Behind::Way(way.key()), 0, 10);
        assert_eq!(page.total, way.orders);
    }
}

#[test]
fn who_waits_is_told_longest_first() {
    let mut day = a_day();
    day.world.wait(60);
    day.world.tap(11);
    let later = day.world.check_out();
    let now_ms = day.world.simulation.now().as_millisecond();
    let index = index(&day.world);
    let (total, waiting) = index.waiting(&[], now_ms, 1);
    assert_eq!((total, waiting.len()), (2, 1));
    assert_eq!(waiting[0].order.order, day.waiting);
    assert!(waiting[0].waiting_ms >= 180_000);
    let (_, both) = index.waiting(&[Channel::Pos], now_ms, 50);
    assert_eq!(both[1].order.order, later);
    assert_eq!(index.waiting(&[Channel::Delivery], now_ms, 50).0, 0);
}

/// The index at every moment of the day is the one that the journal up to there makes.
#[test]
fn what_is_kept_up_is_what_is_found_anew() {
    let day = a_day();
    let facts = facts(&day.world.events());
    let mut kept = Index::new(Limits::default());
    for (count, fact) in facts.iter().enumerate() {
        kept.take(fact);
        let mut anew = Index::new(Limits::default());
        facts[..=count]
            .iter()
            .rev()
            .for_each(|fact| anew.take(fact));
        assert_eq!(found(&kept), found(&anew), "after {count}: {fact:?}");
    }
}

/// The way of `madang mine`, over objects, comes to the same map and the same ways.
#[test]
fn a_log_of_objects_says_the_same() {
    let day = a_day();
    let objects = objects(&day.world, |words| words.en);
    let flat = objects
        .flatten("order", LogLimits::default())
        .expect("a log");
    let live = index(&day.world)
        .log(today().period, &today())
        .expect("a log");
    let named = |log: &EventLog| {
        let names = log.activities().iter();
        names
            .map(|code| {
                Activity::of_code(code)
                    .map_or(code, |one| one.words().en)
                    .to_owned()
            })
            .collect::<Vec<_>>()
    };
    let (mut live_names, mut names) = (named(&live), named(&flat));
    live_names.sort_unstable();
    names.sort_unstable();
    assert_eq!(live_names, names);
    let counts = |log: &EventLog| {
        let variants = Variants::of(log);
        let mut ways: Vec<(Vec<String>, u64, u128)> = (variants.variants.iter())
            .map(|way| {
                let said = variants.names(way).map(|name| {
                    Activity::of_code(name)
                        .map_or(name, |one| one.words().en)
                        .to_owned()
                });
                (said.collect(), way.cases, way.durations.sum_ms())
            })
            .collect();
        ways.sort_unstable();
        (ways, ProcessMap::of(log).durations)
    };
    assert_eq!(counts(&live), counts(&flat));
}

#[test]
fn objects_are_orders_payments_tables_and_plugins() {
    let day = a_day();
    let log = objects(&day.world, |words| words.ko);
    let count = |wanted| {
        (0..log.object_count())
            .filter(|at| log.object_type(*at) == wanted)
            .count()
    };
    assert_eq!(
        (
            count("order"),
            count("payment"),
            count("table"),
            count("plugin")
        ),
        (9, 8, 0, 1)
    );
    let place = |name: &str| {
        (0..log.object_count())
            .find(|at| log.object_name(*at) == name)
            .expect("it is there")
    };
    let order = place(&day.accepted.to_string());
    let related: Vec<_> = log
        .related_to(order)
        .map(|(object, how)| (log.object_type(object), how))
        .collect();
    assert_eq!(related, [("plugin", "placed by"), ("payment", "paid with")]);
    let payments = log.flatten("payment", LogLimits::default()).expect("a log");
    assert_eq!(payments.case_count(), 8);
    assert!(payments.activities().find("결제 완료").is_some());
}

/// Neither a card, nor a memo, nor an approval number is in any name or value of the log.
#[test]
fn nothing_of_a_card_or_a_person_is_in_the_log() {
    let day = a_day();
    let log = objects(&day.world, |words| words.ko);
    let columns = log
        .event_columns()
        .iter()
        .flat_map(|column| column.values().iter());
    let changes = log
        .object_columns()
        .iter()
        .flat_map(|column| column.changes().map(|change| change.value));
    let told: Vec<&str> = columns.chain(changes).collect();
    let names: Vec<&str> = log
        .event_columns()
        .iter()
        .map(|column| column.name.as_str())
        .collect();
    assert_eq!(
        names,
        [
            "resource",
            "number",
            "business date",
            "channel",
            "method",
            "amount"
        ]
    );
    for value in told {
        let is_plain = value.len() <= 20
            && !value.contains('*')
            && !value.contains("010-")
            && !value.contains("그림책");
        assert!(is_plain, "{value}");
    }
}

fn objects(world: &World, name: fn(Words) -> &'static str) -> ObjectLog {
    let mut objects = Objects::new(name, LogLimits::default());
    for fact in facts(&world.events()) {
        objects.take(&fact).expect("within limits");
    }
    objects.finish()
}

fn found(index: &Index) -> (Findings, (u64, Vec<madang_insight::WaitingOrder>)) {
    (
        index.findings(&today()).expect("a log"),
        index.waiting(&[], 0, 50),
    )
}
