//! An index of facts that come in any order, more than it may keep.

use jiff::civil::{Date, date};
use jiff::tz::TimeZone;
use madang_insight::{
    Activity, Behind, Channel, Detail, Fact, Index, Limits, Period, Placed, Question,
};
use madang_journal::Position;
use madang_model::OrderId;
use madang_model::order::Source;
use madang_process::language::Language;
use proptest::prelude::*;

const DAY_MS: i64 = 86_400_000;

fn first_day() -> Date {
    date(2026, 11, 1)
}

fn placed(order: u64, day: i32, channel: Channel, position: u64) -> Fact {
    let business_date = first_day()
        .checked_add(jiff::Span::new().days(day))
        .expect("a day");
    Fact {
        order: OrderId(order),
        activity: Activity::OrderPlaced,
        position: Position::new(position),
        time_ms: i64::from(day) * DAY_MS + position.cast_signed(),
        took_ms: 0,
        actor: "cashier:till".into(),
        detail: Detail::Placed(Box::new(Placed {
            number: 1,
            business_date,
            channel,
            source: Source::Till,
            table: None,
        })),
    }
}

fn step(order: u64, activity: Activity, time_ms: i64, position: u64) -> Fact {
    Fact {
        order: OrderId(order),
        activity,
        position: Position::new(position),
        time_ms,
        took_ms: 0,
        actor: "plugin:one".into(),
        detail: Detail::None,
    }
}

/// A question to a plugin that took so long.
fn asked(order: u64, activity: Activity, plugin: &str, took_ms: u32, position: u64) -> Fact {
    let ended_ms = 60_000 + i64::from(took_ms);
    Fact {
        took_ms,
        actor: format!("plugin:{plugin}"),
        ..step(order, activity, ended_ms, position)
    }
}

fn question(from: i32, to: i32) -> Question {
    let day = |day: i32| {
        first_day()
            .checked_add(jiff::Span::new().days(day))
            .expect("a day")
    };
    Question {
        period: Period::new(day(from), day(to)).expect("a period"),
        channels: Vec::new(),
        zone: TimeZone::UTC,
        now_ms: i64::MAX,
        today: date(2027, 1, 1),
    }
}

fn index_of(facts: &[Fact], limits: Limits) -> Index {
    let mut index = Index::new(limits);
    facts.iter().for_each(|fact| index.take(fact));
    index
}

/// Orders of a few days, each placed and then whatever may happen, with some moments in common.
fn some_facts() -> impl Strategy<Value = Vec<Fact>> {
    let steps = prop::collection::vec((0..Activity::ALL.len(), 0..5_i64, 0..100_000_u32), 0..8);
    let order = (0..6_i32, 0..Channel::ALL.len(), steps);
    prop::collection::vec(order, 1..12).prop_map(|orders| {
        let mut facts = Vec::new();
        for (id, (day, channel, steps)) in (1..).zip(orders) {
            let first = placed(id, day, Channel::ALL[channel], facts.len() as u64 + 1);
            let mut time_ms = first.time_ms;
            facts.push(first);
            for (activity, later, took_ms) in steps {
                time_ms += later * 60_000;
                let activity = Activity::ALL[activity];
                let step = step(id, activity, time_ms, facts.len() as u64 + 1);
                facts.push(Fact {
                    took_ms: took_ms * u32::from(activity.is_of_plugin()),
                    ..step
                });
            }
        }
        facts
    })
}

proptest! {
    #[test]
    fn the_order_of_coming_does_not_matter(
        (facts, shuffled) in some_facts().prop_flat_map(|facts| (Just(facts.clone()), Just(facts).prop_shuffle())),
        from in 0..6_i32,
        length in 0..6_i32,
    ) {
        let question = question(from, from + length);
        let (one, other) = (index_of(&facts, Limits::default()), index_of(&shuffled, Limits::default()));
        prop_assert_eq!(one.findings(&question).expect("a log"), other.findings(&question).expect("a log"));
        prop_assert_eq!(one.waiting(&[], DAY_MS * 10, 50), other.waiting(&[], DAY_MS * 10, 50));
        let all = Behind::Period;
        prop_assert_eq!(one.orders_behind(&question, &all, 0, 50), other.orders_behind(&question, &all, 0, 50));
    }

    #[test]
    fn days_add_up_to_their_period(facts in some_facts()) {
        let index = index_of(&facts, Limits::default());
        let mut sum = madang_process::performance::ProcessMap::default();
        for day in 0..6 {
            sum.merge(&index.findings(&question(day, day)).expect("a log").map).expect("few activities");
        }
        prop_assert_eq!(sum, index.findings(&question(0, 5)).expect("a log").map);
    }
}

#[test]
fn what_comes_twice_counts_once() {
    let facts = [
        placed(1, 0, Channel::Pos, 1),
        step(1, Activity::OrderCompleted, 10, 2),
    ];
    let twice = [facts.as_slice(), &facts].concat();
    let (once, twice) = (
        index_of(&facts, Limits::default()),
        index_of(&twice, Limits::default()),
    );
    assert_eq!(once.step_count(), twice.step_count());
    assert_eq!(
        once.findings(&question(0, 0)),
        twice.findings(&question(0, 0))
    );
}

#[test]
fn the_oldest_day_is_forgotten_first() {
    let limits = Limits {
        steps_max: 4,
        ..Limits::default()
    };
    let facts: Vec<Fact> = (0..3)
        .flat_map(|day| {
            let id = day as u64 + 1;
            let later_ms = i64::from(day) * DAY_MS + 1_000;
            [
                placed(id, day, Channel::Pos, id * 2),
                step(id, Activity::OrderCompleted, later_ms, id * 2 + 1),
            ]
        })
        .collect();
    let mut index = index_of(&facts, limits);
    assert_eq!(
        (index.step_count(), index.known_from()),
        (4, Some(date(2026, 11, 2)))
    );
    let orders = |index: &Index, day| {
        index
            .findings(&question(day, day))
            .expect("a log")
            .summary
            .orders
    };
    assert_eq!([0, 1, 2].map(|day| orders(&index, day)), [0, 1, 1]);
    // Nothing is held against days that are forgotten.
    let before = |index: &Index, day| index.findings(&question(day, day)).expect("a log").before;
    assert!(before(&index, 1).is_none());
    assert!(before(&index, 2).is_some());
    // What still comes of a forgotten order is of no day, and makes no room.
    index.take(&step(1, Activity::RefundStarted, 5_000, 90));
    assert!(index.timeline(OrderId(1)).is_none());
    assert_eq!(orders(&index, 2), 1);
}

#[test]
fn strangers_take_no_more_room_than_they_may() {
    let limits = Limits {
        strangers_max: 10,
        steps_max: 100,
        ..Limits::default()
    };
    let mut index = Index::new(limits);
    index.take(&placed(5_000, 0, Channel::Pos, 1));
    for id in 1..1_000 {
        index.take(&step(id, Activity::RefundStarted, 0, id + 1));
    }
    assert!(index.step_count() <= 11, "{}", index.step_count());
    assert_eq!(
        index
            .findings(&question(0, 0))
            .expect("a log")
            .summary
            .orders,
        1
    );
}

#[test]
fn a_day_that_is_not_over_is_held_against_as_much_of_the_one_before() {
    let facts: Vec<Fact> = [(1, 0, 8), (2, 0, 20), (3, 1, 8)]
        .into_iter()
        .map(|(id, day, hour)| Fact {
            time_ms: i64::from(day) * DAY_MS + hour * 3_600_000,
            ..placed(id, day, Channel::Pos, id)
        })
        .collect();
    let index = index_of(&facts, Limits::default());
    let at_noon = Question {
        today: date(2026, 11, 2),
        now_ms: DAY_MS + 12 * 3_600_000,
        ..question(1, 1)
    };
    let orders_before = |question: &Question| {
        index
            .findings(question)
            .expect("a log")
            .before
            .map(|before| before.orders)
    };
    assert_eq!(orders_before(&at_noon), Some(1));
    assert_eq!(orders_before(&question(1, 1)), Some(2));
}

#[test]
fn an_hour_that_stands_out_is_named() {
    let mut facts = Vec::new();
    for order in 0..40_u64 {
        let hour = if order < 8 { 12 } else { 15 };
        let wait_ms = if order < 8 { 600_000 } else { 60_000 };
        let at_ms = hour * 3_600_000 + order.cast_signed() * 1_000;
        facts.push(Fact {
            time_ms: at_ms,
            ..placed(order, 0, Channel::Pos, order * 2 + 1)
        });
        facts.push(step(
            order,
            Activity::PaymentStarted,
            at_ms + wait_ms,
            order * 2 + 2,
        ));
    }
    let findings = index_of(&facts, Limits::default())
        .findings(&question(0, 0))
        .expect("a log");
    let [card] = findings.cards.as_slice() else {
        panic!("{:?}", findings.cards)
    };
    let slow = card.slow_hour.expect("noon");
    assert_eq!((slow.hour, slow.median_ms, slow.count), (12, 600_000, 8));
    assert!(
        card.sentence_ko.starts_with("“주문” 다음 “결제 시작”까지"),
        "{}",
        card.sentence_ko
    );
    assert!(
        card.sentence_en.starts_with("After “Order placed”"),
        "{}",
        card.sentence_en
    );
}

/// An order with two questions, one with a silent plugin, one of another day.
fn asked_facts() -> Vec<Fact> {
    use Activity::{PluginAllowed, PluginRefused, PluginSilent};
    let mut facts = vec![
        placed(1, 0, Channel::Pos, 1),
        asked(1, PluginAllowed, "guard", 400, 2),
        asked(1, PluginRefused, "guard", 600, 3),
        asked(1, PluginAllowed, "quick", 2, 4),
        placed(2, 0, Channel::Kiosk, 5),
        asked(2, PluginSilent, "slow", 5_000, 6),
        asked(2, PluginAllowed, "guard", 500, 7),
        placed(3, 1, Channel::Pos, 8),
    ];
    facts.push(Fact {
        time_ms: DAY_MS + 100_000,
        ..asked(3, PluginAllowed, "guard", 3_000, 9)
    });
    facts
}

#[test]
fn plugins_that_were_waited_for_are_told_of() {
    let index = index_of(&asked_facts(), Limits::default());
    let check = |question: &Question, expected: &[(&str, [u64; 6], bool)]| {
        let findings = index.findings(question).expect("a log");
        let told = findings.plugins.iter().map(|found| {
            let of = &found.waits;
            let numbers = [
                of.questions,
                of.orders,
                of.median_ms,
                of.p95_ms,
                of.silent,
                of.refused,
            ];
            (of.plugin.as_str(), numbers, of.is_slow())
        });
        // Quantiles are within one per cent.
        for (told, expected) in told.clone().zip(expected) {
            let (plugin, numbers, is_slow) = told;
            assert_eq!((plugin, is_slow), (expected.0, expected.2));
            for (number, wanted) in numbers.into_iter().zip(expected.1) {
                assert!(
                    number.abs_diff(wanted) * 100 <= wanted,
                    "{plugin}: {number}, not {wanted}"
                );
            }
        }
        assert_eq!(told.count(), expected.len());
    };
    check(
        &question(0, 0),
        &[
            ("slow", [1, 1, 5_000, 5_000, 1, 0], true),
            ("guard", [3, 2, 500, 600, 0, 1], false),
            ("quick", [1, 1, 2, 2, 0, 0], false),
        ],
    );
    check(
        &question(1, 1),
        &[("guard", [1, 1, 3_000, 3_000, 0, 0], true)],
    );
    let kiosk = Question {
        channels: vec![Channel::Kiosk],
        ..question(0, 0)
    };
    check(
        &kiosk,
        &[
            ("slow", [1, 1, 5_000, 5_000, 1, 0], true),
            ("guard", [1, 1, 500, 500, 0, 0], false),
        ],
    );
    check(&question(3, 4), &[]);
    // Beside the day before, and with all that a week of such days would lose.
    let [guard] = &index.findings(&question(1, 1)).expect("a log").plugins[..] else {
        panic!("only one was asked")
    };
    let before_ms = guard.median_before_ms.expect("it was asked then");
    assert!(before_ms.abs_diff(500) <= 5, "{before_ms}");
    assert_eq!(guard.waits.lost_per_week_ms, 21_000);
    assert_eq!(
        guard.waits.title(Language::Korean),
        "환불이 guard의 답을 기다려요"
    );
    assert_eq!(
        guard.waits.title(Language::English),
        "Refunds wait for guard to answer"
    );
}

#[test]
fn a_plugin_is_told_of_in_a_sentence() {
    let index = index_of(&asked_facts(), Limits::default());
    let findings = index.findings(&question(0, 0)).expect("a log");
    let said = |at: usize, language| findings.plugins[at].waits.sentence(language);
    assert_eq!(
        said(0, Language::Korean),
        "환불 전에 물으면 답까지 보통 5초, 길면 5초 기다려요. 1번, 답 없음 1번, 일주일에 모두 35초예요."
    );
    assert_eq!(
        said(0, Language::English),
        "Asked before a refund, it usually takes 5 s, and over 5 s one time in twenty: 1 times, 1 without an answer, 35 s a week together."
    );
    assert!(said(1, Language::Korean).contains(" 3번, 막음 1번, 일주일에"));
    assert!(said(1, Language::English).contains(" 3 times, 1 refused, "));
}

#[test]
fn the_orders_behind_a_plugin_are_those_that_waited_for_it() {
    let index = index_of(&asked_facts(), Limits::default());
    let check = |plugin: &str, expected: &[(u64, u64)]| {
        let behind = Behind::Plugin(plugin.into());
        let page = index.orders_behind(&question(0, 1), &behind, 0, 10);
        let orders = page.orders.iter();
        let orders: Vec<_> = orders
            .map(|line| (line.order.0, line.wait_ms.expect("it waited")))
            .collect();
        assert_eq!(orders, expected, "{plugin}");
        assert_eq!(page.total, expected.len() as u64);
    };
    check("guard", &[(3, 3_000), (1, 600), (2, 500)]);
    check("slow", &[(2, 5_000)]);
    check("nobody", &[]);
    // Who placed an order was asked nothing.
    check("till", &[]);
}

#[test]
fn a_question_has_a_beginning_of_its_own() {
    let facts = [
        placed(1, 0, Channel::Pos, 1),
        asked(1, Activity::PluginAllowed, "guard", 1_800, 2),
        step(1, Activity::RefundStarted, 61_800, 3),
    ];
    let timeline = index_of(&facts, Limits::default()).timeline(OrderId(1));
    let steps = timeline.expect("it is known").steps;
    let lengths: Vec<_> = steps
        .iter()
        .map(|step| (step.waited_ms, step.took_ms))
        .collect();
    // It was asked a minute after the order was placed.
    assert_eq!(
        lengths,
        [(None, None), (Some(59_999), Some(1_800)), (Some(0), None)]
    );
}
