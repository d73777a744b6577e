//! Failures on purpose look like real ones, at the one who calls.

use std::time::Duration;

use madang_outbound::{Fault, Origin, Plan, Reach, Scope};
use tokio::time::Instant;

use crate::plain::{Plain as _, Terms};
use crate::scripted::{ScriptedNetwork, Step, caller, get, told};

const URL: &str = "http://api.example.com/";

/// What a call meets under `fault`, how many seconds it takes, and whether the server saw it.
async fn check(fault: Fault, expected: &str, seconds: u64, arrives: bool) {
    let once = vec![
        Step::ReadRequest { body_bytes: 0 },
        Step::Write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok".into()),
    ];
    let network = ScriptedNetwork::new([once.clone(), once, vec![Step::AwaitClose]].concat())
        .name("api.example.com", &[&["8.8.8.8"]]);
    let gateway = network.gateway();
    let granted = caller(&[("http://api.example.com", Reach::Internet)]);
    let send = || {
        gateway.send_on(
            &granted,
            get(URL),
            Terms::default(),
            Duration::from_secs(30),
        )
    };

    gateway
        .chaos()
        .start(Plan::always(fault, Scope::All))
        .unwrap();
    let start = Instant::now();
    let result = send().await;
    assert_eq!(told(&result), expected);
    assert_eq!(start.elapsed().as_secs(), seconds);
    assert_eq!(network.requests().len(), usize::from(arrives));

    let elsewhere = Origin::parse("http://elsewhere.example").unwrap();
    let plan = Plan::always(fault, Scope::Origin(elsewhere));
    gateway.chaos().start(plan).unwrap();
    assert_eq!(told(&send().await), "200 ok");
    assert_eq!(gateway.pool().busy, 0);
}

/// What is cut off is cut off for what is on its way as well; a bad answer to the next call is not its business.
#[tokio::test(start_paused = true)]
async fn an_answer_on_its_way_is_cut_with_the_way_to_its_server() {
    let network = ScriptedNetwork::new(vec![
        Step::ReadRequest { body_bytes: 0 },
        Step::Write(b"HTTP/1.1 200 OK\r\n\r\n".to_vec()),
        Step::Drip,
    ])
    .name("api.example.com", &[&["8.8.8.8"]]);
    let gateway = network.gateway();
    let granted = caller(&[("http://api.example.com", Reach::Internet)]);
    let client = gateway.client(granted, crate::plain::alone()).unwrap();
    let call = client.get("http://api.example.com/");
    let mut response = call.response().await.unwrap();
    let busy = Fault::Status {
        code: 503,
        retry_after: None,
    };
    gateway
        .chaos()
        .start(Plan::always(busy, Scope::All))
        .unwrap();
    for _ in 0..3 {
        assert_eq!(response.chunk().await.unwrap().unwrap(), "x");
    }
    let cut = Plan::always(Fault::Refused, Scope::All);
    gateway.chaos().start(cut).unwrap();
    let end = loop {
        match response.chunk().await {
            Some(Ok(_)) => {}
            end => break end,
        }
    };
    assert_eq!(
        end.unwrap().unwrap_err().to_string(),
        "the connection broke"
    );
}

#[tokio::test(start_paused = true)]
async fn every_fault_is_told_as_the_real_one_would_be() {
    let on_purpose = "a failure on purpose (the network switch of development is on) (Refused)";
    check(Fault::Latency(Duration::from_secs(2)), "200 ok", 2, true).await;
    check(
        Fault::Refused,
        &format!("no connection to http://api.example.com: {on_purpose}"),
        0,
        false,
    )
    .await;
    check(
        Fault::DnsFailure,
        &format!("`api.example.com` could not be looked up: {on_purpose}"),
        0,
        false,
    )
    .await;
    // On an open line there is no certificate.
    check(Fault::CertificateError, "200 ok", 0, true).await;
    check(
        Fault::ResetMidBody,
        "the connection broke: error reading a body from connection: connection reset (Unknown)",
        0,
        true,
    )
    .await;
    check(
        Fault::TruncatedBody,
        "the answer was cut short: error reading a body from connection: end of file before message length reached (Unknown)",
        0,
        true,
    )
    .await;
    check(
        Fault::NeverEndingBody,
        "no answer within 5000 ms (while reading the answer) (Unknown)",
        5,
        true,
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_certificate_that_is_wrong_is_told_as_the_real_one() {
    let network = ScriptedNetwork::answering("").name("api.example.com", &[&["8.8.8.8"]]);
    let gateway = network.gateway();
    let plan = Plan::always(Fault::CertificateError, Scope::All);
    gateway.chaos().start(plan).unwrap();
    let granted = caller(&[("https://api.example.com", Reach::Internet)]);
    let call = get("https://api.example.com/");
    let result = gateway.send(&granted, call, Duration::from_secs(30)).await;
    assert_eq!(
        told(&result),
        "no secure connection to https://api.example.com: a failure on purpose (the network switch of development is on) (Refused)"
    );
    assert!(network.dialled().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_server_that_is_busy_says_when_to_come_again_or_does_not() {
    let network = ScriptedNetwork::answering("").name("api.example.com", &[&["8.8.8.8"]]);
    let gateway = network.gateway();
    let granted = caller(&[("http://api.example.com", Reach::Internet)]);
    for (code, retry_after) in [(429, Some(7)), (503, None)] {
        let fault = Fault::Status { code, retry_after };
        gateway
            .chaos()
            .start(Plan::always(fault, Scope::All))
            .unwrap();
        let answer = gateway
            .send(&granted, get(URL), Duration::from_secs(30))
            .await
            .unwrap();
        let expected: Vec<_> = retry_after
            .map(|seconds| ("retry-after".to_owned(), seconds.to_string()))
            .into_iter()
            .collect();
        assert_eq!((answer.status, answer.headers), (code, expected));
    }
    assert!(network.dialled().is_empty());
}
