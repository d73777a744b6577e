//! Connections that are kept: who may use them, when they end, and what is left afterwards.

use std::{sync::Arc, time::Duration};

use madang_outbound::{
    Caller, GatewayLimits, Outbound, PoolCounts, PoolLimits, Reach, SendErrorKind,
};
use tokio::{task::yield_now, time::sleep};

use crate::plain::Plain as _;
use crate::{
    scripted::{ScriptedNetwork, Step, caller, get, post, told},
    served::settle,
};

const READ: Step = Step::ReadRequest { body_bytes: 0 };
const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
const URL: &str = "http://api.example.com/";
const DEADLINE: Duration = Duration::from_secs(10);

fn write(text: &str) -> Step {
    Step::Write(text.into())
}

fn network(script: Vec<Step>) -> Arc<ScriptedNetwork> {
    ScriptedNetwork::new(script).name("api.example.com", &[&["8.8.8.8"]])
}

/// A server that answers so many requests on a connection and then waits for its close.
fn answering(times: usize) -> Arc<ScriptedNetwork> {
    let mut script = vec![vec![READ, write(OK)]; times].concat();
    script.push(Step::AwaitClose);
    network(script)
}

fn granted() -> Caller {
    caller(&[("http://api.example.com", Reach::Internet)])
}

async fn call(gateway: &Outbound, caller: &Caller) -> String {
    told(&gateway.send(caller, get(URL), DEADLINE).await)
}

#[tokio::test(start_paused = true)]
async fn a_connection_carries_one_call_after_the_other() {
    let network = answering(3);
    let gateway = network.gateway();
    for _ in 0..3 {
        assert_eq!(call(&gateway, &granted()).await, "200 ok");
    }
    assert_eq!(network.dialled().len(), 1);
    let expected = PoolCounts {
        idle: 1,
        busy: 0,
        opened: 1,
        reused: 2,
        closed: 0,
    };
    assert_eq!(gateway.pool(), expected);
}

#[tokio::test(start_paused = true)]
async fn calls_at_once_have_a_connection_each() {
    let network = answering(2);
    let gateway = network.gateway();
    let granted = granted();
    let (one, other) = tokio::join!(call(&gateway, &granted), call(&gateway, &granted));
    assert_eq!((one.as_str(), other.as_str()), ("200 ok", "200 ok"));
    assert_eq!(gateway.pool().opened, 2);
    assert_eq!(gateway.pool().idle, 2);
}

#[tokio::test(start_paused = true)]
async fn nobody_uses_what_was_opened_for_another() {
    let mine = granted();
    let mut other_caller = granted();
    other_caller.id = "other".to_owned();
    let mut other_limits = granted();
    other_limits.grant.limits.answer_head_bytes_max = 9000;
    for other in [other_caller, other_limits] {
        let network = answering(2);
        let gateway = network.gateway();
        assert_eq!(call(&gateway, &mine).await, "200 ok");
        assert_eq!(call(&gateway, &other).await, "200 ok");
        assert_eq!(gateway.pool().opened, 2);
        assert_eq!(gateway.pool().reused, 0);
    }
}

#[tokio::test(start_paused = true)]
async fn a_connection_ends_with_the_grant_it_was_opened_under() {
    let network = answering(1).name("api.example.com", &[&["192.168.0.9"]]);
    let gateway = network.gateway();
    let near = caller(&[("http://api.example.com", Reach::Nearby)]);
    assert_eq!(call(&gateway, &near).await, "200 ok");

    let far = granted();
    let refused = gateway.send(&far, get(URL), DEADLINE).await.unwrap_err();
    assert!(matches!(
        refused.kind(),
        SendErrorKind::AddressForbidden { .. }
    ));
    settle().await;
    assert_eq!((gateway.pool().idle, network.closes()), (0, 1));

    assert_eq!(call(&gateway, &near).await, "200 ok");
    let nowhere = caller(&[]);
    let refused = gateway
        .send(&nowhere, get(URL), DEADLINE)
        .await
        .unwrap_err();
    assert!(matches!(refused.kind(), SendErrorKind::NotAllowed { .. }));
    settle().await;
    assert_eq!((gateway.pool().idle, network.closes()), (0, 2));
}

#[tokio::test(start_paused = true)]
async fn an_idle_connection_is_closed_after_a_while() {
    let network = answering(2);
    let gateway = network.gateway();
    assert_eq!(call(&gateway, &granted()).await, "200 ok");
    sleep(Duration::from_secs(29)).await;
    assert_eq!(call(&gateway, &granted()).await, "200 ok");
    sleep(Duration::from_secs(29)).await;
    assert_eq!((gateway.pool().idle, network.closes()), (1, 0));
    sleep(Duration::from_secs(2)).await;
    assert_eq!((gateway.pool().idle, network.closes()), (0, 1));
    assert_eq!(gateway.pool().closed, 1);
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_is_always_in_use_is_left_after_ten_minutes() {
    let network = answering(100);
    let gateway = network.gateway();
    for _ in 0..31 {
        assert_eq!(call(&gateway, &granted()).await, "200 ok");
        sleep(Duration::from_secs(20)).await;
    }
    settle().await;
    assert_eq!((gateway.pool().opened, gateway.pool().closed), (2, 1));
    assert_eq!((network.lookups().len(), network.closes()), (2, 1));
}

#[tokio::test(start_paused = true)]
async fn idle_connections_are_bounded_for_each_origin_and_in_all() {
    let hosts = ["a.example", "b.example", "c.example"];
    let mut network = answering(1);
    for host in hosts {
        network = network.name(host, &[&["8.8.8.8"]]);
    }
    let limits = GatewayLimits {
        pool: PoolLimits {
            idle_per_key_max: 2,
            idle_max: 4,
            ..PoolLimits::default()
        },
        ..GatewayLimits::default()
    };
    let gateway = network.gateway_with(limits);
    let origins = hosts.map(|host| format!("http://{host}"));
    let granted = caller(
        &origins
            .each_ref()
            .map(|origin| (origin.as_str(), Reach::Internet)),
    );
    for (origin, idle) in origins.iter().zip([2, 4, 4]) {
        let call = || gateway.send(&granted, get(origin), DEADLINE);
        let (one, two, three) = tokio::join!(call(), call(), call());
        for result in [one, two, three] {
            assert_eq!(told(&result), "200 ok");
        }
        assert_eq!(gateway.pool().idle, idle);
    }
    settle().await;
    assert_eq!(network.closes(), 5);
    assert_eq!(gateway.pool().closed, 5);
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_its_server_closed_is_not_used() {
    for script in [
        vec![READ, write(OK)],
        vec![
            READ,
            write(OK),
            write("HTTP/1.1 408 Request Timeout\r\n\r\n"),
        ],
    ] {
        let network = network(script);
        let gateway = network.gateway();
        for _ in 0..2 {
            let posted = gateway.send(&granted(), post(URL, ""), DEADLINE).await;
            assert_eq!(told(&posted), "200 ok");
            settle().await;
        }
        let counts = gateway.pool();
        assert_eq!((counts.opened, counts.reused, counts.closed), (2, 0, 2));
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_says_close_ends_its_connection() {
    for answer in [
        "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok",
        "HTTP/1.1 200 OK\r\nConnection: x, Close\r\nContent-Length: 2\r\n\r\nok",
        "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok",
        "HTTP/1.1 200 OK\r\n\r\nok",
    ] {
        let network = network(vec![READ, write(answer)]);
        let gateway = network.gateway();
        assert_eq!(call(&gateway, &granted()).await, "200 ok");
        assert_eq!(gateway.pool().idle, 0, "{answer}");
    }
}

/// What a kept connection does with its second call, and what comes of it; a fresh one would answer "200 ok".
async fn check_second(second: Vec<Step>, method: fn() -> madang_outbound::Request, expected: &str) {
    let script = [vec![READ, write(OK)], second].concat();
    let network = network(script).then(vec![READ, write(OK), Step::AwaitClose]);
    let gateway = network.gateway();
    assert_eq!(call(&gateway, &granted()).await, "200 ok");
    let again = gateway.send(&granted(), method(), DEADLINE).await;
    assert_eq!(told(&again), expected);
    assert_eq!(gateway.pool().busy, 0);
}

#[tokio::test(start_paused = true)]
async fn a_call_on_a_dead_connection_is_made_again_only_if_that_does_no_harm() {
    let dies = || vec![READ];
    check_second(dies(), || get(URL), "200 ok").await;
    let unknown = "the answer was cut short: connection closed before message completed (Unknown)";
    check_second(dies(), || post(URL, ""), unknown).await;
    // It was not the connection: the server had begun to answer.
    let begins = || vec![READ, write("HTTP/1.1 200")];
    check_second(begins(), || get(URL), unknown).await;
    // A connection that only keeps silent has not died.
    let silent = "no answer within 10000 ms (while waiting for the answer) (Unknown)";
    check_second(vec![READ, Step::Hang], || get(URL), silent).await;
}

/// A POST of which some bytes went out, and what its server did before it closed.
async fn check_begun(script: Vec<Step>, body: String, expected: &str) {
    let network = network(script);
    let gateway = network.gateway();
    let mut call = post(URL, "");
    call.body = Some(body.into());
    let result = gateway.send(&granted(), call, DEADLINE).await;
    assert_eq!(told(&result), format!("{expected} (Unknown)"));
}

#[tokio::test(start_paused = true)]
async fn a_post_of_which_one_byte_went_out_may_have_happened() {
    let small = || "x".to_owned();
    // More than the socket's buffer takes while nobody reads.
    let large = || "x".repeat(1_000_000);
    let cut = "the answer was cut short: connection closed before message completed";
    for body in [small(), large()] {
        check_begun(vec![Step::Wait(Duration::from_secs(1))], body.clone(), cut).await;
        check_begun(vec![READ], body, cut).await;
    }
    let odd = "the answer is not understood: invalid HTTP version parsed";
    check_begun(vec![READ, write("SSH-2.0\r\n\r\n")], small(), odd).await;
}

#[tokio::test(start_paused = true)]
async fn a_call_is_made_again_once() {
    let network = network(vec![READ, write(OK), READ]).then(vec![READ]);
    let gateway = network.gateway();
    assert_eq!(call(&gateway, &granted()).await, "200 ok");
    assert_eq!(
        call(&gateway, &granted()).await,
        "the answer was cut short: connection closed before message completed (Unknown)"
    );
    assert_eq!(network.requests().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn an_answer_nobody_asked_for_reaches_nobody() {
    let smuggled = format!("{OK}HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil");
    let network = network(vec![READ, write(&smuggled), Step::AwaitClose]).then(vec![
        READ,
        write(OK),
        Step::AwaitClose,
    ]);
    let gateway = network.gateway();
    for _ in 0..2 {
        assert_eq!(call(&gateway, &granted()).await, "200 ok");
    }
    assert_eq!(gateway.pool().opened, 2);
}

#[tokio::test(start_paused = true)]
async fn a_call_that_ends_badly_closes_its_connection() {
    let too_large = "HTTP/1.1 200 OK\r\nContent-Length: 9000000\r\n\r\n";
    let network = network(vec![READ, write(too_large), Step::AwaitClose]);
    let gateway = network.gateway();
    assert_eq!(
        call(&gateway, &granted()).await,
        "the body of the answer (bytes) is larger than the limit of 8388608 (Unknown)"
    );
    settle().await;
    assert_eq!((network.closes(), gateway.pool().idle), (1, 0));
    assert_eq!(gateway.pool().closed, 1);
}

/// Calls are let go of at every point of their way; nothing of them is left.
#[tokio::test(start_paused = true)]
async fn ten_thousand_cancelled_calls_leave_nothing() {
    const CALLS: usize = 10_000;
    let network = network(vec![
        READ,
        write("HTTP/1.1 200 OK\r\nContent-"),
        Step::AwaitClose,
    ])
    .then(vec![
        READ,
        write("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nbegun"),
        Step::AwaitClose,
    ]);
    let gateway = network.gateway();
    let granted = granted();
    for batch in 0..CALLS / 100 {
        let calls: Vec<_> = (0..100)
            .map(|_| {
                let (gateway, granted) = (gateway.clone(), granted.clone());
                tokio::spawn(async move { gateway.send(&granted, get(URL), DEADLINE).await })
            })
            .collect();
        for _ in 0..batch % 20 {
            yield_now().await;
        }
        for call in &calls {
            call.abort();
        }
        for call in calls {
            assert!(call.await.unwrap_err().is_cancelled());
        }
        while gateway.in_flight() > 0 {
            yield_now().await;
        }
    }
    settle().await;
    let counts = gateway.pool();
    assert_eq!((counts.idle, counts.busy), (0, 0));
    assert_eq!(counts.opened, counts.closed);
    assert!(counts.opened > 1000, "{counts:?}");
    let tasks = tokio::runtime::Handle::current()
        .metrics()
        .num_alive_tasks();
    assert_eq!(tasks, 0, "tasks are left");
}
