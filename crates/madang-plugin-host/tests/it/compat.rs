//! Plugins that were not written for these tests: finished bundles with other code in them than ours, and the samples.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use madang_model::ItemId;
use madang_plugin_host::timeline::Direction;
use madang_plugin_host::{PluginSpec, PluginState};
use madang_plugin_package::{Limits, Mode, OpenSettings, SdkSource};
use madang_till::{Actor, Command, TillError};
use serde_json::{Value, json};

use crate::world::{BOTH, Kind, World};

const SDK: &str = include_str!("../../../../sdk/embedded/sdk.js");

/// Every bundle with the first line that it prints; none when they are not built, which in CI is a fault.
fn bundles() -> BTreeMap<String, String> {
    let built = at("tests/compat/built");
    if !built.is_dir() {
        let how =
            "the bundles are not built, so they are not tried: run `npm run build -w tests/compat`";
        assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "{how}");
        println!("{how}");
        return BTreeMap::new();
    }
    let text = std::fs::read_to_string(at("tests/compat/expectations.json")).expect("expectations");
    serde_json::from_str(&text).expect("a line a bundle")
}

fn at(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .join(path)
}

fn load(world: &mut World, bundle: &str) {
    let file = at("tests/compat/built").join(bundle).join("main.js");
    let source = std::fs::read_to_string(&file).expect("a built bundle");
    world.script(bundle, &source);
}

#[test]
fn every_bundle_prints_its_line() {
    for (bundle, line) in bundles() {
        for kind in BOTH {
            let mut world = World::new(kind);
            load(&mut world, &bundle);
            world.until(&format!("{bundle} prints"), |world| {
                !world.console(&bundle).is_empty()
            });
            assert_eq!(world.console(&bundle)[0], line, "{bundle} under {kind:?}");
        }
    }
}

#[test]
fn an_independent_client_works_a_day() {
    for bundle in bundles()
        .keys()
        .filter(|name| name.starts_with("independent"))
    {
        for kind in BOTH {
            work_a_day(kind, bundle);
        }
    }
}

fn work_a_day(kind: Kind, bundle: &str) {
    let mut world = World::new(kind);
    load(&mut world, bundle);
    says(&mut world, bundle, "independent client: ready");
    for asked in [
        "merchant.info.request",
        "catalog-item.list.request",
        "catalog-category.list.request",
    ] {
        let times = world.messages(bundle, Direction::Out, asked).len();
        assert_eq!(times, 1, "{bundle} asks {asked}");
    }
    world.sell();
    says(&mut world, bundle, "1번째 결제 4500원");
    tells(
        &mut world,
        kind,
        &[&format!("{bundle}: 성수 로스터리"), "1번째 결제 4500원"],
    );
    answers_cancellations(&mut world, bundle);

    let mut world = world.restart();
    load(&mut world, bundle);
    says(&mut world, bundle, "independent client: ready");
    world.sell();
    says(&mut world, bundle, "4번째 결제 4500원");
}

/// It lets small payments be cancelled and keeps large ones, in its own words.
fn answers_cancellations(world: &mut World, bundle: &str) {
    let (order, payment) = world.sell();
    says(world, bundle, "2번째 결제 4500원");
    world
        .perform(Command::CancelPayment { order, payment })
        .expect("below the bundle's limit");
    let cashier = Actor::Cashier("1".into());
    world
        .till
        .add_to_cart(&cashier, ItemId(11), 11, None)
        .expect("eleven more");
    let (order, payment) = world.sell();
    says(world, bundle, "3번째 결제 54000원");
    let error = world
        .perform(Command::CancelPayment { order, payment })
        .expect_err("above it");
    assert_eq!(
        refusal(&error),
        format!("{bundle}: 50000원이 넘는 결제는 취소할 수 없어요")
    );
}

fn says(world: &mut World, plugin: &str, line: &str) {
    world.until(&format!("{plugin}: {line}"), |world| {
        world.console(plugin).iter().any(|said| said == line)
    });
}

/// Toasts are held back for five seconds from the start, which only virtual time passes without waiting.
fn tells(world: &mut World, kind: Kind, toasts: &[&str]) {
    if kind == Kind::Threads {
        return;
    }
    world.until(&format!("toasts {toasts:?}"), |world| {
        toasts.iter().all(|toast| shows(world, toast))
    });
}

fn shows(world: &World, toast: &str) -> bool {
    world
        .host
        .toasts()
        .iter()
        .any(|shown| shown.message.contains(toast))
}

fn refusal(error: &TillError) -> String {
    match error {
        TillError::Refused(refusal) => refusal.korean(),
        other => panic!("{other:?}"),
    }
}

/// A sample from its sources, as it lies in the repository.
fn sample(world: &mut World, name: &str) {
    let settings = OpenSettings {
        limits: Limits::default(),
        sdk: SdkSource::JavaScript(SDK.into()),
        mode: Mode::Strict,
    };
    let package = madang_plugin_package::open(&at("plugins").join(name), &settings)
        .unwrap_or_else(|error| panic!("{name}: {error}"));
    world.install(PluginSpec::of(&package).expect("a worker plugin"));
    world.until(&format!("{name} runs"), |world| {
        world.state(name) == PluginState::Running
    });
}

#[test]
fn every_sample_starts_and_declares_what_it_needs() {
    for kind in BOTH {
        let mut world = World::new(kind);
        for (name, field) in [
            ("hello-shop", None),
            ("order-mirror", Some("server_url")),
            ("refund-guard", Some("limit")),
            ("stamp-card", Some("categories")),
        ] {
            sample(&mut world, name);
            let Some(field) = field else { continue };
            world.until(&format!("{name} declares {field}"), |world| {
                let settings = world.host.settings(name).expect("installed");
                settings.input(field).is_some()
            });
        }
    }
}

#[test]
fn hello_shop_greets_with_the_menu() {
    let mut world = World::new(Kind::OneLoop);
    sample(&mut world, "hello-shop");
    let greeting = "안녕하세요, 성수 로스터리입니다. 메뉴 1개 가운데 1개를 팔고 있습니다";
    tells(&mut world, Kind::OneLoop, &[greeting]);
    assert_eq!(world.console("hello-shop"), ["커피: 아메리카노 4,500원"]);
}

#[test]
fn a_stamp_card_is_kept_over_a_restart_and_full_at_the_tenth_drink() {
    let mut world = World::new(Kind::OneLoop);
    sample(&mut world, "stamp-card");
    for drinks in 1..=6 {
        world.sell();
        tells(&mut world, Kind::OneLoop, &[&format!("스탬프 {drinks}/10")]);
    }
    let mut world = world.restart();
    sample(&mut world, "stamp-card");
    for drinks in 7..=9 {
        world.sell();
        tells(&mut world, Kind::OneLoop, &[&format!("스탬프 {drinks}/10")]);
    }
    let full = "스탬프 10개를 모았습니다";
    assert!(!shows(&world, full));
    world.sell();
    tells(&mut world, Kind::OneLoop, &[full]);
}

#[test]
fn refund_guard_vetoes_above_its_limit() {
    for kind in BOTH {
        let mut world = World::new(kind);
        sample(&mut world, "refund-guard");
        let (order, payment) = world.sell();
        world.until("declared", |world| {
            let settings = world.host.settings("refund-guard").expect("installed");
            settings.input("limit").is_some()
        });
        let (host, Value::Object(values)) = (world.host.clone(), json!({"limit": 4000})) else {
            panic!("an object")
        };
        futures::executor::block_on(
            async move { host.set_settings("refund-guard", &values).await },
        )
        .expect("set");
        let error = world
            .perform(Command::CancelPayment { order, payment })
            .expect_err("above the limit");
        assert_eq!(
            refusal(&error),
            "refund-guard: 4,000원이 넘는 결제는 점장만 취소할 수 있습니다"
        );
    }
}
