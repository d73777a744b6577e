//! Time, in virtual time only: in-memory connections and tokio's paused clock.

use std::{sync::Arc, time::Duration};

use madang_outbound::{GatewayLimits, Reach};
use tokio::{io::DuplexStream, task::yield_now, time::Instant};

use crate::plain::Plain as _;
use crate::scripted::{ScriptedNetwork, Step, caller, get, told};
use crate::served::plain;

const READ: Step = Step::ReadRequest { body_bytes: 0 };

fn seconds(n: u64) -> Duration {
    Duration::from_secs(n)
}

fn write(text: &str) -> Step {
    Step::Write(text.into())
}

fn network(script: Vec<Step>) -> Arc<ScriptedNetwork> {
    ScriptedNetwork::new(script).name("api.example.com", &[&["8.8.8.8", "8.8.4.4"]])
}

/// A call with ten seconds to spare ends as `expected` after `elapsed`.
async fn check(network: Arc<ScriptedNetwork>, elapsed: Duration, expected: &str) {
    let granted = caller(&[("http://api.example.com", Reach::Internet)]);
    let gateway = network.gateway();
    let start = Instant::now();
    let result = gateway
        .send(&granted, get("http://api.example.com/"), seconds(10))
        .await;
    assert_eq!(told(&result), expected);
    // tokio's timers count whole milliseconds and round up.
    let late = start.elapsed().saturating_sub(elapsed);
    assert!(
        start.elapsed() >= elapsed && late <= Duration::from_millis(1),
        "{:?}",
        start.elapsed()
    );
    yield_now().await;
    assert_eq!(gateway.in_flight(), 0);
}

/// It has shown no certificate, so nothing is wrong with that.
#[tokio::test(start_paused = true)]
async fn a_server_that_never_agrees_on_keys_is_out_of_time() {
    let gateway = plain(
        GatewayLimits::default(),
        |stream: DuplexStream| async move {
            let _open = stream;
            std::future::pending().await
        },
    );
    let granted = caller(&[("https://api.example.com", Reach::Internet)]);
    let call = get("https://api.example.com/");
    let result = gateway.send(&granted, call, Duration::from_secs(30)).await;
    let told = told(&result);
    assert!(told.starts_with("no answer within "), "{told}");
    assert!(told.ends_with("(while setting up TLS) (Refused)"), "{told}");
}

#[tokio::test(start_paused = true)]
async fn the_deadline_covers_every_stage_and_names_it() {
    let answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    let late =
        |during: &str, outcome| format!("no answer within 10000 ms (while {during}) ({outcome})");

    check(
        network(vec![READ, Step::Wait(seconds(9)), write(answer)]),
        seconds(9),
        "200 ok",
    )
    .await;
    check(
        network(vec![]).lookup_takes(seconds(60)),
        seconds(10),
        &late("looking the name up", "Refused"),
    )
    .await;
    check(
        network(vec![READ, Step::Hang]),
        seconds(10),
        &late("waiting for the answer", "Unknown"),
    )
    .await;
    check(
        network(vec![Step::Hang]),
        seconds(10),
        &late("waiting for the answer", "Unknown"),
    )
    .await;
    check(
        network(vec![READ, write("HTTP/1.1 200 OK\r\nX-"), Step::Drip]),
        seconds(10),
        &late("waiting for the answer", "Unknown"),
    )
    .await;
    check(
        network(vec![READ, write("HTTP/1.1 200 OK\r\n\r\n"), Step::Drip]),
        seconds(10),
        &late("reading the answer", "Unknown"),
    )
    .await;
    check(
        network(vec![
            READ,
            write("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n"),
            Step::Hang,
        ]),
        seconds(10),
        &late("reading the answer", "Unknown"),
    )
    .await;
    // The look-up's time is taken from the answer's.
    check(
        network(vec![READ, Step::Wait(seconds(6)), write(answer)]).lookup_takes(seconds(5)),
        seconds(10),
        &late("waiting for the answer", "Unknown"),
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_dead_address_leaves_time_for_the_next() {
    let answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    let alive = network(vec![READ, write(answer)]).dial_takes("8.8.8.8", seconds(60));
    check(Arc::clone(&alive), seconds(3), "200 ok").await;
    assert_eq!(alive.dialled(), ["8.8.8.8:80", "8.8.4.4:80"]);

    let dead = network(vec![])
        .dial_takes("8.8.8.8", seconds(60))
        .dial_takes("8.8.4.4", seconds(60));
    check(
        dead,
        seconds(6),
        "no connection to http://api.example.com: timed out (Refused)",
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn no_time_at_all_means_no_use_of_the_network() {
    let network = network(vec![READ]);
    let granted = caller(&[("http://api.example.com", Reach::Internet)]);
    let result = network
        .gateway()
        .send(&granted, get("http://api.example.com/"), Duration::ZERO)
        .await;
    assert_eq!(
        told(&result),
        "no answer within 0 ms (while looking the name up) (Refused)"
    );
    assert!(network.lookups().is_empty());
}

#[tokio::test(start_paused = true)]
async fn nobody_waits_longer_than_the_gateway_allows() {
    let network = network(vec![READ, Step::Hang]);
    let granted = caller(&[("http://api.example.com", Reach::Internet)]);
    let result = network
        .gateway()
        .send(&granted, get("http://api.example.com/"), Duration::MAX)
        .await;
    assert_eq!(
        told(&result),
        "no answer within 120000 ms (while waiting for the answer) (Unknown)"
    );
}

#[tokio::test(start_paused = true)]
async fn calls_under_way_are_counted_and_bounded() {
    let network = network(vec![READ, Step::Hang]);
    let gateway = network.gateway_with(GatewayLimits {
        in_flight_max: 1,
        ..GatewayLimits::default()
    });
    let granted = caller(&[("http://api.example.com", Reach::Internet)]);
    let first = tokio::spawn({
        let (gateway, granted) = (gateway.clone(), granted.clone());
        async move {
            gateway
                .send(&granted, get("http://api.example.com/"), seconds(10))
                .await
        }
    });
    while gateway.in_flight() == 0 {
        yield_now().await;
    }
    let second = gateway
        .send(&granted, get("http://api.example.com/"), seconds(10))
        .await;
    assert_eq!(
        told(&second),
        "1 calls are already under way; try again later (Refused)"
    );

    first.abort();
    while gateway.in_flight() > 0 {
        yield_now().await;
    }
}
