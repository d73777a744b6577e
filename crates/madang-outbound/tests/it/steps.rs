//! The time-outs of a call's steps, in virtual time only.

use std::{sync::Arc, time::Duration};

use madang_outbound::{Outbound, Reach};
use tokio::time::Instant;

use crate::plain::{Plain as _, Terms};
use crate::{
    scripted::{ScriptedNetwork, Step, caller, get, told},
    served::settle,
};

const READ: Step = Step::ReadRequest { body_bytes: 0 };
const HEAD: &str = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n";

fn seconds(n: u64) -> Duration {
    Duration::from_secs(n)
}

fn write(text: &str) -> Step {
    Step::Write(text.into())
}

fn wait(n: u64) -> Step {
    Step::Wait(seconds(n))
}

fn network(script: Vec<Step>) -> Arc<ScriptedNetwork> {
    ScriptedNetwork::new(script).name("api.example.com", &[&["8.8.8.8"]])
}

async fn send(gateway: &Outbound) -> String {
    let granted = caller(&[("http://api.example.com", Reach::Internet)]);
    let call = get("http://api.example.com/");
    told(
        &gateway
            .send_on(&granted, call, Terms::default(), seconds(30))
            .await,
    )
}

/// On the ordinary terms, a call ends as `expected` after `elapsed`.
async fn check(network: Arc<ScriptedNetwork>, elapsed: u64, expected: &str) {
    let gateway = network.gateway();
    let start = Instant::now();
    assert_eq!(send(&gateway).await, expected);
    let late = start.elapsed().saturating_sub(seconds(elapsed));
    assert!(start.elapsed() >= seconds(elapsed), "{:?}", start.elapsed());
    assert!(late <= Duration::from_millis(2), "{:?}", start.elapsed());
    assert_eq!((gateway.in_flight(), gateway.pool().busy), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn each_step_has_its_own_limit() {
    let late = |ms: u64, during: &str, outcome: &str| {
        format!("no answer within {ms} ms (while {during}) ({outcome})")
    };
    let reading = "reading the answer";
    check(
        network(vec![]).dial_takes("8.8.8.8", seconds(60)),
        3,
        "no connection to http://api.example.com: timed out (Refused)",
    )
    .await;
    check(
        network(vec![READ, Step::Hang]),
        8,
        &late(8000, "waiting for the answer", "Unknown"),
    )
    .await;
    check(
        network(vec![READ, write("HTTP/1.1 200 OK\r\nX"), Step::Drip]),
        8,
        &late(8000, "waiting for the answer", "Unknown"),
    )
    .await;
    check(
        network(vec![]).lookup_takes(seconds(60)),
        10,
        &late(10_000, "looking the name up", "Refused"),
    )
    .await;
    // The attempt's limit counts what the first byte's does not.
    check(
        network(vec![READ, Step::Hang]).lookup_takes(seconds(5)),
        10,
        &late(10_000, "waiting for the answer", "Unknown"),
    )
    .await;
    check(
        network(vec![READ, write(HEAD), write("a"), Step::Hang]),
        5,
        &late(5000, reading, "Unknown"),
    )
    .await;
    check(
        network(vec![
            READ,
            write(HEAD),
            wait(4),
            write("ab"),
            wait(4),
            write("cd"),
            Step::Hang,
        ]),
        8,
        "200 abcd",
    )
    .await;
    check(
        network(vec![READ, write("HTTP/1.1 200 OK\r\n\r\n"), Step::Drip]),
        10,
        &late(10_000, reading, "Unknown"),
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_server_that_interrupts_itself_for_ever_is_cut_off() {
    let flood = "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n".repeat(100);
    check(
        network(vec![READ, Step::Flood(flood.into())]),
        0,
        "the head of the answer (bytes) is larger than the limit of 65536 (Unknown)",
    )
    .await;
    let slow = "HTTP/1.1 102 Processing\r\n\r\n";
    let script = [vec![READ], vec![vec![write(slow), wait(1)]; 20].concat()].concat();
    check(
        network(script),
        8,
        "no answer within 8000 ms (while waiting for the answer) (Unknown)",
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn bodies_without_an_end_meet_their_cap() {
    let too_large = "the body of the answer (bytes) is larger than the limit of 8388608 (Unknown)";
    let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    let chunk = format!("1000\r\n{}\r\n", "x".repeat(0x1000));
    check(
        network(vec![READ, write(chunked), Step::Flood(chunk.into())]),
        0,
        too_large,
    )
    .await;
    check(
        network(vec![
            READ,
            write("HTTP/1.1 200 OK\r\n\r\n"),
            Step::Flood(vec![b'x'; 4096]),
        ]),
        0,
        too_large,
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn ky_50_nothing_is_left_running_once_the_answer_is_there() {
    let answer = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok";
    check(network(vec![READ, write(answer)]), 0, "200 ok").await;
    settle().await;
    let tasks = tokio::runtime::Handle::current()
        .metrics()
        .num_alive_tasks();
    assert_eq!(tasks, 0);
}

#[tokio::test(start_paused = true)]
async fn ky_51_a_never_ending_body_ends_in_a_timeout_closes_the_connection_and_is_not_asked_for_again()
 {
    for (rest, elapsed, limit) in [(Step::AwaitClose, 5, 5000), (Step::Drip, 10, 10_000)] {
        let network = network(vec![READ, write("HTTP/1.1 200 OK\r\n\r\n"), rest]);
        let expected = format!("no answer within {limit} ms (while reading the answer) (Unknown)");
        check(Arc::clone(&network), elapsed, &expected).await;
        settle().await;
        assert_eq!(network.requests().len(), 1);
        let tasks = tokio::runtime::Handle::current()
            .metrics()
            .num_alive_tasks();
        tokio::time::sleep(seconds(2)).await;
        settle().await;
        assert!(
            tasks <= 1,
            "the connection is closed; the dripping server finds out a second later"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn ky_53_a_call_that_is_dropped_before_it_starts_uses_no_network() {
    let network = network(vec![READ]);
    let gateway = network.gateway();
    let granted = caller(&[("http://api.example.com", Reach::Internet)]);
    drop(gateway.send(&granted, get("http://api.example.com/"), seconds(30)));
    settle().await;
    assert!(network.lookups().is_empty());
}
