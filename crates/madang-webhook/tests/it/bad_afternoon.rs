//! The bad afternoon: five callers call an upstream that dies, flaps and heals, the receiver of webhooks does the same, the till sells all
//! the while and is killed now and then. Sales never wait, the upstream is not asked more than on a good day, and every message
//! arrives, in its order, recognised by its key.
//!
//! **Load** is counted at the upstream: every request that it read and every connection that it refused. **Normal** is what its callers
//! call, each every twenty seconds whatever came of the last call; on a good afternoon the two are the same number, which
//! [`a_good_afternoon_is_what_is_normal`] proves.

use std::{collections::HashMap, env, sync::Arc, time::Duration};

use hmac::{Hmac, KeyInit, Mac};
use madang_till::world::Chance;
use madang_till::world::simulation::SeededChance;
use sha2::Sha256;

use crate::{
    afternoon::{Afternoon, Callers, SECRET},
    server::{Health, bad_plan, header},
};

/// The till sells for so long; the outside is well again by then.
const AFTERNOON: Duration = Duration::from_secs(24 * 60);
/// The load that is allowed in hundredths of normal. Plugins decide themselves what they call again, so that the gateway adds nothing but
/// a second connection where a kept one turns out to be dead. Where a route tries again, three retries in ten seconds are always
/// allowed beside a fifth of the calls, which is more than callers make who call three times a minute: what bounds them is the breaker.
fn load_percent_max(callers: Callers) -> usize {
    match callers {
        Callers::Plugins => 120,
        Callers::Retrying => 150,
    }
}

/// Fewer sales than these are no afternoon.
const SALES_MIN: usize = 12;

/// So many seeds in the ordinary tests; the soak multiplies.
fn seeds(ordinary: u64) -> std::ops::Range<u64> {
    let soak: u64 = env::var("MADANG_SOAK")
        .ok()
        .and_then(|count| count.parse().ok())
        .unwrap_or(1);
    0..ordinary * soak
}

#[test]
fn a_bad_afternoon_of_five_plugins() {
    for seed in seeds(PLUGIN_SEEDS) {
        bad_afternoon(seed, Callers::Plugins);
    }
}

#[test]
fn a_bad_afternoon_of_five_callers_that_try_again() {
    for seed in seeds(RETRYING_SEEDS) {
        bad_afternoon(seed, Callers::Retrying);
    }
}

/// As many as take some fifteen seconds each, unoptimised.
const PLUGIN_SEEDS: u64 = 12;
const RETRYING_SEEDS: u64 = 20;

#[test]
fn a_good_afternoon_is_what_is_normal() {
    for callers in [Callers::Plugins, Callers::Retrying] {
        let well = || vec![(0, Health::Well)];
        let afternoon = Afternoon::new(chance(0), callers, well(), well());
        afternoon.sell_until(AFTERNOON);
        let load = afternoon.upstream.attempts(Duration::ZERO, Duration::MAX);
        let normal = afternoon.calls.lock().expect("no panic").len();
        assert_eq!(load, normal, "{callers:?}");
        afternoon.send_the_rest();
        let messages = afternoon.ledger.lock().expect("no panic").len();
        let told = afternoon.receiver.attempts(Duration::ZERO, Duration::MAX);
        assert_eq!(told, messages, "each message is sent once");
    }
}

fn bad_afternoon(seed: u64, callers: Callers) {
    let chance = chance(seed);
    let upstream = bad_plan(&*chance);
    let receiver = bad_plan(&*chance);
    let afternoon = Afternoon::new(chance.clone(), callers, upstream, receiver);
    let kills = 1 + chance.number() % 3;
    let mut ends: Vec<u64> = (0..kills)
        .map(|_| 60 + chance.number() % (AFTERNOON.as_secs() - 120))
        .collect();
    ends.sort_unstable();
    for end in ends {
        afternoon.sell_until(Duration::from_secs(end));
        afternoon.sell_and_die(Duration::from_millis(chance.number() % 100));
    }
    afternoon.sell_until(AFTERNOON);
    let rest = afternoon.send_the_rest();
    let told = format!("seed {seed}, {callers:?}");
    let load = load_percent(&afternoon);
    let messages = every_message_arrived(&afternoon, &told);
    let tries = afternoon.receiver.attempts(Duration::ZERO, Duration::MAX);
    // What a soak is read for.
    eprintln!(
        "{told}: load {load} %, {messages} messages in {tries} tries, the last {rest:?} after"
    );
    assert!(load <= load_percent_max(callers), "{told}: load {load} %");
    assert!(messages > 2 * SALES_MIN, "{told}: {messages} messages");
}

/// The load of the whole afternoon in hundredths of normal.
fn load_percent(afternoon: &Afternoon) -> usize {
    let load = afternoon.upstream.attempts(Duration::ZERO, Duration::MAX);
    let normal = afternoon.calls.lock().expect("no panic").len();
    (load * 100).div_ceil(normal)
}

/// Every message that was ever written was received, each order's in their order, whatever was received twice.
fn every_message_arrived(afternoon: &Afternoon, told: &str) -> usize {
    let ledger = afternoon.ledger.lock().expect("no panic").clone();
    let group_of: HashMap<_, _> = ledger
        .iter()
        .map(|(group, key)| (key.as_str(), group))
        .collect();
    assert_eq!(group_of.len(), ledger.len(), "{told}: keys are given once");
    let mut expected: HashMap<&String, Vec<&str>> = HashMap::new();
    for (group, key) in &ledger {
        expected.entry(group).or_default().push(key);
    }
    let mut received: HashMap<&String, Vec<&str>> = HashMap::new();
    let seen = afternoon.receiver.seen();
    for request in &seen {
        check_signature(&request.head, &request.body);
        let key = header(&request.head, "idempotency-key").expect("a key");
        assert_eq!(header(&request.head, "x-toss-webhook-id"), Some(key));
        if !request.is_done {
            continue;
        }
        let keys = received.entry(group_of[key]).or_default();
        if keys.contains(&key) {
            assert_eq!(keys.last(), Some(&key), "{told}: a repeat before the next");
        } else {
            keys.push(key);
        }
    }
    assert_eq!(received, expected, "{told}");
    ledger.len()
}

fn check_signature(head: &str, body: &str) {
    let timestamp = header(head, "x-toss-timestamp").expect("a time");
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).expect("a key");
    mac.update(format!("{timestamp}.{body}").as_bytes());
    let hex: String = mac
        .finalize()
        .into_bytes()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let expected = format!("v1={hex}");
    assert_eq!(header(head, "x-toss-signature"), Some(expected.as_str()));
}

fn chance(seed: u64) -> Arc<SeededChance> {
    let mut bytes = [7; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    Arc::new(SeededChance::new(bytes))
}
