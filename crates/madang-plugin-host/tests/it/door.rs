//! Messages in and out, as a plugin without any SDK sees them.

use madang_journal::Position;
use madang_model::Text;
use madang_model::catalog::{ItemDefaults, ItemRow, PutItems, SaleState};
use madang_model::money::won;
use madang_model::order::OrderPaymentState;
use madang_plugin_host::timeline::{Direction, Outcome};
use madang_plugin_host::{HostError, PluginSpec, PluginState};
use madang_till::event::ShopEvent;
use madang_till::{AskEnd, Asked, Command, PutRows, TillError};
use serde_json::{Value, json};

use crate::world::{BOTH, Kind, World};

/// Sends one request at start and prints the answer.
fn asking(request: &Value) -> String {
    format!(
        "self.onmessage = (event) => console.log(JSON.stringify(event.data)); self.postMessage({request});"
    )
}

fn answer(kind: Kind, request: &Value) -> Value {
    let mut world = World::new(kind);
    world.script("asker", &asking(request));
    world.until("answered", |world| !world.console("asker").is_empty());
    serde_json::from_str(&world.console("asker")[0]).expect("JSON")
}

#[test]
fn requests_are_answered_in_their_envelope() {
    let check = |request: Value, expected: Value| {
        for kind in BOTH {
            assert_eq!(answer(kind, &request), expected, "{kind:?}");
        }
    };
    check(
        json!({"name": "plugin.info.request", "version": 1, "callbackId": "abc", "data": {}}),
        json!({"name": "plugin.info.response", "version": 1, "callbackId": "abc", "data": {"complete": true, "name": "asker", "version": "0.0.0"}}),
    );
    check(
        json!({"name": "order.get.request", "version": 1, "callbackId": "abc", "data": {"id": "5"}}),
        json!({"name": "order.get.response", "version": 1, "callbackId": "abc", "data": {"complete": false, "errorMessage": "주문 5을(를) 찾을 수 없어요"}}),
    );
    check(
        json!({"name": "storage.get.request", "version": 1, "callbackId": "abc", "data": {"key": "nothing"}}),
        json!({"name": "storage.get.response", "version": 1, "callbackId": "abc", "data": {"complete": true}}),
    );
}

#[test]
fn what_is_not_understood_is_said_so() {
    let check = |request: Value, expected: &str| {
        let answer = answer(Kind::OneLoop, &request);
        let message = answer["data"]["errorMessage"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        assert_eq!(answer["data"]["complete"], json!(false));
        assert!(message.contains(expected), "{message}");
    };
    check(
        json!({"name": "order.gett.request", "callbackId": "a", "data": {}}),
        "order.get.request",
    );
    check(
        json!({"name": "popup.request", "callbackId": "a", "version": 1, "data": {"type": "barcode", "productName": "x"}}),
        "popup.request",
    );
    check(
        json!({"name": "order.get.request", "callbackId": "a", "data": {"id": 7}}),
        "id",
    );
    check(
        json!({"name": "http.request", "callbackId": "a", "version": 1, "data": {"url": "https://example.com", "method": "GET", "headers": []}}),
        "network",
    );
}

#[test]
fn a_permission_that_is_not_granted_names_the_line_that_would() {
    let mut world = World::new(Kind::OneLoop);
    let mut spec = PluginSpec::script(
        "asker",
        &asking(
            &json!({"name": "merchant.info.request", "version": 1, "callbackId": "a", "data": {}}),
        ),
    );
    spec.grants.permissions = madang_plugin_package::Permissions::default();
    world.install(spec);
    world.until("answered", |world| !world.console("asker").is_empty());
    assert!(
        world.console("asker")[0].contains("merchant = [\\\"read\\\"]"),
        "{:?}",
        world.console("asker")
    );
    let refused = world.entries("asker").iter().any(|entry| {
        entry
            .ended()
            .is_some_and(|ended| ended.result == Outcome::Refused)
    });
    assert!(refused);
}

#[test]
fn what_is_put_into_the_catalog_is_told_and_can_be_read() {
    let row = |title: &str, amount, state| ItemRow {
        item: None,
        title: Text::plain(title),
        category: Some("차".into()),
        amount: won(amount).expect("within bounds"),
        tax_free: None,
        barcode: None,
        sku: None,
        description: None,
        stock: None,
        state,
        clears: Default::default(),
    };
    let rows = vec![
        row("말차", 6_000, None),
        row("아메리카노", 4_800, None),
        row("말차", 6_000, Some(SaleState::Deleted)),
    ];
    for kind in BOTH {
        let mut world = World::new(kind);
        world.script(
            "reader",
            "self.onmessage = ({data}) => {
               const {event, catalog} = data.data;
               if (data.name === 'catalog-item.change.event') postMessage({name: 'catalog-item.get.request', version: 1, callbackId: `${event}`, data: {catalog: {id: catalog.id}}});
               if (data.name === 'catalog-item.get.response') console.log(data.callbackId, catalog.title, catalog.price.priceValue, catalog.state);
               if (data.name === 'catalog-category.change.event') console.log(event, data.data.category.id);
             };",
        );
        let put = PutItems {
            rows: rows.clone(),
            makes_categories: true,
            defaults: ItemDefaults::default(),
        };
        let put = PutRows {
            rows: put,
            progress: None,
        };
        world
            .perform(Command::PutItems(Box::new(put)))
            .expect("taken");
        world.until("read", |world| world.console("reader").len() == 4);
        let expected = [
            "add 1000000001",
            "add 말차 6000 DELETED",
            "update 아메리카노 4800 ON_SALE",
            "delete 말차 6000 DELETED",
        ];
        assert_eq!(world.console("reader"), expected, "{kind:?}");
    }
}

#[test]
fn a_paid_order_is_told_and_can_be_read() {
    for kind in BOTH {
        let mut world = World::new(kind);
        world.script(
            "reader",
            "let n = 0; self.onmessage = ({data}) => {
               if (data.name === 'payment.change.event') postMessage({name: 'order.get.request', version: 1, callbackId: 'c' + n++, data: {id: data.data.order.id}});
               if (data.name === 'order.get.response') console.log(data.data.order.paymentPrice.paymentUnpaidValue, data.data.order.chargePrice.chargePriceValue);
             };",
        );
        world.sell();
        world.until("read", |world| !world.console("reader").is_empty());
        assert_eq!(world.console("reader"), ["0 4500"], "{kind:?}");
        let event = &world.messages("reader", Direction::In, "payment.change.event")[0];
        assert_eq!(event["data"]["event"], "paid");
        assert!(
            event["data"].get("amount").is_none(),
            "events carry ids only"
        );
    }
}

#[test]
fn events_come_at_least_once_over_restarts_and_not_again_once_dealt_with() {
    for kind in BOTH {
        let source = "self.onmessage = ({data}) => {
            if (data.name !== 'payment.change.event') return;
            postMessage({name: 'storage.set.request', version: 1, callbackId: 'k' + data.data.payment.id, data: {key: data.data.payment.id, value: 'x'}});
            console.log(data.data.payment.id);
        };";
        let mut world = World::new(kind);
        world.script("counter", source);
        let (_, first) = world.sell();
        world.until("heard", |world| {
            world
                .messages("counter", Direction::In, "storage.set.response")
                .len()
                == 1
        });
        // "At least once": only what was acknowledged on the disk is past for good.
        world.until("acknowledged", |world| world.acknowledged("counter"));
        world.host.stop("counter").expect("stopped");
        let (_, second) = world.sell();
        let mut world = world.restart();
        world.script("counter", source);
        world.until("heard again", |world| {
            world.console("counter").contains(&second.to_string())
        });
        let heard = world.console("counter");
        assert!(
            !heard.contains(&first.to_string()),
            "{kind:?}: {first} was dealt with before: {heard:?}"
        );
    }
}

#[test]
fn a_plugin_may_veto_and_silence_allows() {
    let guard = "self.onmessage = ({data}) => {
        if (data.name !== 'payment.event.request') return;
        postMessage({name: 'payment.event.response', callbackId: data.callbackId, data: {complete: false, errorMessage: '점장에게 물어보세요'}});
    };";
    for kind in BOTH {
        let mut world = World::new(kind);
        world.script("guard", guard);
        let (order, payment) = world.sell();
        let error = world
            .perform(Command::CancelPayment { order, payment })
            .expect_err("vetoed");
        assert!(
            matches!(&error, TillError::Refused(refusal) if refusal.korean() == "guard: 점장에게 물어보세요"),
            "{error:?}"
        );
        let vetoed = world.entries("guard").iter().any(|entry| {
            entry
                .ended()
                .is_some_and(|ended| ended.result == Outcome::Veto)
        });
        assert!(vetoed);
        assert_eq!(kept(&world), [("guard".into(), AskEnd::Vetoed)]);
    }
    let mut world = World::new(Kind::OneLoop);
    world.script("silent", "self.onmessage = () => {};");
    let (order, payment) = world.sell();
    world
        .perform(Command::CancelPayment { order, payment })
        .expect("silence allows");
    assert_eq!(
        world.till.order(order).map(|order| order.payment_state()),
        Some(OrderPaymentState::Refunded)
    );
    assert_eq!(kept(&world), [("silent".into(), AskEnd::Silent)]);
    let asked = asked(&world);
    let took = asked[0].ended_at.duration_since(asked[0].asked_at);
    assert_eq!(took.as_millis(), 5_000, "the question's deadline");
}

/// Whom the journal says the till asked.
fn asked(world: &World) -> Vec<Asked> {
    let events = world.till.events(Position::START, 1_000);
    let events = futures::executor::block_on(events).expect("readable");
    let read = |event| madang_till::event::read(event).expect("an event of this program");
    let asked = events.iter().filter_map(|event| match read(event).event {
        ShopEvent::PluginAsked(noted) => Some(noted.asked),
        _ => None,
    });
    asked.collect()
}

fn kept(world: &World) -> Vec<(String, AskEnd)> {
    let asked = asked(world).into_iter();
    asked.map(|asked| (asked.plugin, asked.ended)).collect()
}

#[test]
fn a_plugin_that_is_stopped_while_asked_does_not_hold_the_sale() {
    for kind in BOTH {
        let mut world = World::new(kind);
        world.script("stuck", "self.onmessage = ({data}) => { if (data.name === 'payment.event.request') for (;;) {} };");
        let (order, payment) = world.sell();
        let asked_at = world.till.world().now();
        world
            .perform(Command::CancelPayment { order, payment })
            .expect("allowed");
        if kind == Kind::OneLoop {
            assert_eq!(world.till.world().now(), asked_at, "before the deadline");
        }
        let reason = answer_told(&world, "stuck");
        assert!(reason.contains("was stopped"), "{kind:?}: {reason}");
        assert_eq!(kept(&world), [("stuck".into(), AskEnd::Stopped)]);
        world.until("stopped", |world| {
            matches!(world.state("stuck"), PluginState::Crashed { .. })
        });
    }
}

/// One refusal decides; whoever has not answered by then is not waited for, and its row says why.
#[test]
fn a_refusal_does_not_wait_for_slower_guards() {
    let guard = |then: &str| {
        format!(
            "self.onmessage = ({{data}}) => {{ if (data.name === 'payment.event.request') {{ {then} }} }};"
        )
    };
    let refuses = guard(
        "postMessage({name: 'payment.event.response', callbackId: data.callbackId, data: {complete: false, errorMessage: '안 돼요'}});",
    );
    for kind in BOTH {
        for (slow, fast) in [("a", "b"), ("b", "a")] {
            let mut world = World::new(kind);
            world.script(slow, &guard(""));
            world.script(fast, &refuses);
            let (order, payment) = world.sell();
            let asked_at = world.till.world().now();
            world
                .perform(Command::CancelPayment { order, payment })
                .expect_err("vetoed");
            if kind == Kind::OneLoop {
                assert_eq!(world.till.world().now(), asked_at);
            }
            let reason = answer_told(&world, slow);
            assert!(reason.contains("not waited for"), "{kind:?}: {reason}");
            let mut kept = kept(&world);
            kept.sort_by_key(|(plugin, _)| plugin == slow);
            let expected = [(fast, AskEnd::Vetoed), (slow, AskEnd::Overtaken)];
            assert_eq!(kept, expected.map(|(plugin, end)| (plugin.to_owned(), end)));
        }
    }
}

/// What the row of the question to a plugin says of its answer.
fn answer_told(world: &World, plugin: &str) -> String {
    let entries = world.entries(plugin);
    let question = entries
        .iter()
        .find(|entry| entry.name == "payment.event.request");
    let ended = question.and_then(|entry| entry.ended());
    ended
        .and_then(|ended| ended.reason.clone())
        .expect("a reason")
}

#[test]
fn an_order_sent_twice_under_one_key_is_placed_once() {
    let mut world = World::new(Kind::OneLoop);
    world.script(
        "placer",
        "const order = {orderKey: 'k-1', discounts: [], lineItems: [{diningOption: 'HERE', item: {id: 11, title: '아메리카노', category: {id: 1, title: '커피'}, type: 'ITEM'}, quantity: {value: 2}, chargePrice: {value: 9000}, optionChoices: []}]};
         self.onmessage = ({data}) => { if (data.name === 'order.add.response') console.log(data.data.order ? data.data.order.id : data.data.errorMessage); };
         for (const callbackId of ['a', 'b']) postMessage({name: 'order.add.request', version: 1, callbackId, data: {order}});",
    );
    world.until("answered", |world| world.console("placer").len() == 2);
    let ids = world.console("placer");
    assert_eq!(ids[0], ids[1]);
    assert_eq!(world.till.unsettled_orders().len(), 1);
}

#[test]
fn settings_are_declared_set_and_told() {
    let mut world = World::new(Kind::OneLoop);
    let source = "let n = 0; const ask = () => postMessage({name: 'setting.values.request', version: 1, callbackId: 'v' + n++, data: {}});
        self.onmessage = ({data}) => { if (data.name === 'setting.change.event') ask(); if (data.name === 'setting.values.response') console.log(JSON.stringify(data.data.settings)); };
        postMessage({name: 'setting.set-inputs.request', version: 1, callbackId: 's', data: {limit: {id: 'limit', label: '한도', required: true, type: 'number', default: 5}, secret: {id: 'secret', label: '비밀', required: false, type: 'password', default: ''}}});
        ask();";
    world.script("form", source);
    world.until("told", |world| world.console("form").len() == 1);
    let set = |world: &mut World, values: Value| {
        let (host, Value::Object(values)) = (world.host.clone(), values) else {
            panic!("an object")
        };
        futures::executor::block_on(async move { host.set_settings("form", &values).await })
    };
    let problem = set(&mut world, json!({"limit": "many", "gone": 1})).expect_err("refused");
    assert!(
        problem.to_string().contains("limit") && problem.to_string().contains("gone"),
        "{problem}"
    );
    let HostError::Settings { problems } = problem else {
        panic!("{problem}");
    };
    let told: Vec<_> = problems
        .iter()
        .map(|problem| (problem.message.as_str(), problem.message_ko.as_str()))
        .collect();
    assert_eq!(
        told,
        [
            (
                "the setting `limit` must be a number",
                "설정 `limit` 값은 숫자여야 해요"
            ),
            ("there is no such setting", "없는 설정이에요"),
        ]
    );
    set(&mut world, json!({"limit": 7, "secret": "s3cret-value"})).expect("set");
    world.until("told again", |world| world.console("form").len() == 2);
    assert_eq!(
        world.console("form"),
        [
            r#"{"limit":5,"secret":""}"#,
            r#"{"limit":7,"secret":"s3cret-value"}"#
        ]
    );
    let mut world = world.restart();
    world.script("form", source);
    world.until("told", |world| !world.console("form").is_empty());
    assert_eq!(
        world.console("form")[0],
        r#"{"limit":7,"secret":"s3cret-value"}"#,
        "values live through a restart"
    );
}

#[test]
fn a_message_that_is_too_large_is_answered_and_said_so() {
    let mut world = World::new(Kind::OneLoop);
    world.script(
        "large",
        "self.onmessage = ({data}) => { if (data.callbackId === 'big') console.log(data.data.complete, data.data.errorMessage); };
         postMessage({name: 'storage.set.request', version: 1, callbackId: 'big', data: {key: 'k', value: 'x'.repeat(2000000)}});",
    );
    world.until("answered", |world| !world.console("large").is_empty());
    let told = world.console("large");
    assert!(
        told[0].starts_with("false ") && told[0].contains("the limit is 1 MiB"),
        "{told:?}"
    );
}

/// Listeners are woken when a turn ends; they hear of everything once, in its order, also of a turn that never ends well.
#[test]
fn what_a_turn_says_is_told_once_and_in_order() {
    for kind in BOTH {
        let mut world = World::new(kind);
        let mut changes = world.host.subscribe();
        let request =
            "postMessage({name: 'plugin.info.request', version: 1, callbackId: 'c', data: {}})";
        world.script(
            "talker",
            &format!(
                "self.onmessage = ({{data}}) => {{
                    if (data.name === 'plugin.info.response') {{ console.log('answered'); for (;;) {{}} }}
                    for (let line = 0; line < 700; line++) console.log(line);
                    {request};
                }};"
            ),
        );
        world.sell();
        world.until("stopped", |world| {
            matches!(world.state("talker"), PluginState::Crashed { .. })
        });
        let mut told = Vec::new();
        while let Ok(change) = changes.try_recv() {
            if let madang_plugin_host::HostChange::Entry(entry) = change
                && entry.direction == Direction::Out
            {
                told.push(entry.seq);
            }
        }
        let kept: Vec<u64> = world
            .entries("talker")
            .iter()
            .filter(|entry| entry.direction == Direction::Out)
            .map(|entry| entry.seq)
            .collect();
        assert!(kept.len() > 700, "{kind:?}: {}", kept.len());
        assert_eq!(told, kept, "{kind:?}");
    }
}
