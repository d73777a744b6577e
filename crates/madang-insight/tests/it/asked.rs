//! What plugins were asked before money is given back, from the till's question to the page.

use async_trait::async_trait;
use jiff::SignedDuration;
use jiff::civil::date;
use jiff::tz::TimeZone;
use madang_insight::objects::Objects;
use madang_insight::{Behind, Index, Limits, Period, PluginWaits, Question, Words};
use madang_process::event_data::{LogLimits, ObjectLog};
use madang_process::performance::ProcessMap;
use madang_till::terminal::simulated::ChosenOutcome;
use madang_till::{Answers, Ask, AskEnd, Asked, Asks, Command, Verdict};

use crate::world::{World, facts};

/// Two guards that are asked at once: one answers after 1.8 seconds, one never does.
struct Guards(madang_till::World);

#[async_trait]
impl Asks for Guards {
    async fn ask(&self, _: Ask) -> Answers {
        let asked_at = self.0.now();
        let asked = |plugin: &str, ms, ended| Asked {
            plugin: plugin.into(),
            asked_at,
            ended_at: asked_at + SignedDuration::from_millis(ms),
            ended,
        };
        self.0.pause(SignedDuration::from_secs(5)).await;
        Answers {
            verdict: Verdict::Allow,
            asked: vec![
                asked("refund-guard", 1_800, AskEnd::Allowed),
                asked("sleeper", 5_000, AskEnd::Silent),
                asked("late", 5_000, AskEnd::Overtaken),
            ],
        }
    }
}

fn a_refund() -> (World, madang_model::OrderId) {
    let mut world = World::cafe();
    world
        .till
        .set_asks(std::sync::Arc::new(Guards(world.simulation.world())));
    world.tap(11);
    let order = world.check_out();
    let payment = world.pay_card(order, ChosenOutcome::Approved);
    world.wait(600);
    world.perform(Command::CancelPayment { order, payment });
    (world, order)
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

fn objects(world: &World, name: fn(Words) -> &'static str) -> ObjectLog {
    let mut objects = Objects::new(name, LogLimits::default());
    for fact in facts(&world.events()) {
        objects.take(&fact).expect("within limits");
    }
    objects.finish()
}

#[test]
fn a_refund_shows_who_kept_it_waiting() {
    let (world, order) = a_refund();
    let mut index = Index::new(Limits::default());
    facts(&world.events())
        .iter()
        .for_each(|fact| index.take(fact));
    let steps = index.timeline(order).expect("it is known").steps;
    let told: Vec<_> = steps[4..]
        .iter()
        .map(|step| (step.activity.code(), step.actor.as_deref(), step.took_ms))
        .collect();
    assert_eq!(
        told[1..4],
        [
            ("plugin_allowed", Some("plugin:refund-guard"), Some(1_800)),
            ("plugin_silent", Some("plugin:sleeper"), Some(5_000)),
            ("refund_started", Some("cashier:till"), None),
        ]
    );
    assert!(steps[5].waited_ms >= Some(600_000), "{steps:?}");
    let findings = index.findings(&today()).expect("a log");
    let plugins: Vec<_> = findings
        .plugins
        .iter()
        .map(|found| found.waits.plugin.as_str())
        .collect();
    assert_eq!(plugins, ["sleeper", "refund-guard"]);
    let behind = Behind::Plugin("sleeper".into());
    assert_eq!(
        index.orders_behind(&today(), &behind, 0, 10).orders[0].order,
        order
    );
    // How long the order took does not grow by a refund, and the map has the questions as what took time.
    let silent = findings
        .map
        .activities
        .iter()
        .find(|node| node.name == "plugin_silent");
    let processing = silent
        .and_then(|node| node.processing.as_ref())
        .expect("it took time");
    assert_eq!(processing.sum_ms(), 5_000);
}

#[test]
fn a_log_of_objects_has_them_with_their_plugins() {
    let (world, order) = a_refund();
    for (language, name) in [
        ("ko", (|words| words.ko) as fn(Words) -> &'static str),
        ("en", |words| words.en),
    ] {
        let log = objects(&world, name);
        let place = |name: &str| {
            let mut all = 0..log.object_count();
            all.find(|at| log.object_name(*at) == name)
                .expect("it is there")
        };
        let related = |object: usize| -> Vec<(&str, &str)> {
            let related = log.related_to(object);
            related
                .map(|(other, how)| (log.object_name(other), how))
                .collect()
        };
        let asked = [
            ("plugin:refund-guard", "asked"),
            ("plugin:sleeper", "asked"),
        ];
        assert_eq!(related(place(&order.to_string()))[1..], asked, "{language}");
        let payment = (0..log.object_count()).find(|at| log.object_type(*at) == "payment");
        assert_eq!(related(payment.expect("one")), asked, "{language}");
        let flat = log.flatten("order", LogLimits::default()).expect("a log");
        let waits = PluginWaits::of(&flat, &ProcessMap::of(&flat));
        let told: Vec<_> = waits
            .iter()
            .map(|one| (one.plugin.as_str(), one.questions))
            .collect();
        assert_eq!(told, [("sleeper", 1), ("refund-guard", 1)], "{language}");
        assert!(waits[0].median_ms.abs_diff(5_000) <= 50, "{waits:?}");
        let plugins = log.flatten("plugin", LogLimits::default()).expect("a log");
        assert_eq!(plugins.case_count(), 2);
    }
}
