//! Servers that are stood in for: what the caller is told, and what the server is seen to get.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use bytes::Bytes;
use madang_outbound::{
    Fate, Fault, GatewayLimits, HeardCall, Method, Network, Outbound, Plan, Reach, Request, Scope,
    SocketCall, StandIn, StandInAnswer,
};
use tokio::{runtime::Handle, time::Instant};

use crate::{
    plain::Plain as _,
    scripted::{caller, told},
    websocket::socket_call,
};

#[derive(Default)]
struct Script {
    fates: Vec<(Method, &'static str, Fate)>,
    heard: Mutex<Vec<HeardCall>>,
}

impl StandIn for Script {
    fn fate(&self, method: Method, url: &str) -> Option<Fate> {
        let said = |(of, at, _): &&(Method, &str, Fate)| *of == method && *at == url;
        self.fates
            .iter()
            .find(said)
            .map(|(_, _, fate)| fate.clone())
    }

    fn heard(&self, call: HeardCall) {
        self.heard.lock().unwrap().push(call);
    }
}

fn gateway(script: &Arc<Script>) -> Outbound {
    let network = Network::system(crate::scripted::chance(), crate::scripted::wall_clock());
    let limits = GatewayLimits::default();
    Outbound::stood_in_for(Handle::current(), network, limits, script.clone())
}

fn script(fates: Vec<(Method, &'static str, Fate)>) -> Arc<Script> {
    Arc::new(Script {
        fates,
        heard: Mutex::default(),
    })
}

const ORDERS: &str = "https://api.example.com/orders?shop=7";

async fn called(gateway: &Outbound, url: &str) -> String {
    let granted = caller(&[
        ("https://api.example.com", Reach::Internet),
        ("https://10.0.0.1", Reach::Internet),
    ]);
    let mut request = Request::new(Method::Post, url);
    request.headers = vec![("X-A".to_owned(), "b".to_owned())];
    request.body = Bytes::from_static(b"latte").into();
    told(
        &gateway
            .send(&granted, request, Duration::from_secs(30))
            .await,
    )
}

fn answered(status: u16, headers: &[(&str, &str)], body: &'static str) -> Fate {
    let body = Bytes::from_static(body.as_bytes());
    Fate::Answered(StandInAnswer::new(status, headers.iter().copied(), body).unwrap())
}

#[tokio::test(start_paused = true)]
async fn a_call_is_answered_as_is_said_and_the_server_gets_all_of_it() {
    let script = script(vec![(Method::Post, ORDERS, answered(201, &[], "taken"))]);
    let gateway = gateway(&script);
    assert_eq!(called(&gateway, ORDERS).await, "201 taken");
    let heard = script.heard.lock().unwrap().clone();
    assert_eq!(heard.len(), 1);
    assert_eq!(
        (heard[0].method, heard[0].url.as_str()),
        (Method::Post, ORDERS)
    );
    assert_eq!(heard[0].body, "latte");
    let has = |name: &str, value: &str| {
        let header = (name.to_owned(), value.to_owned());
        heard[0].headers.contains(&header)
    };
    assert!(has("host", "api.example.com") && has("x-a", "b"));
}

#[tokio::test(start_paused = true)]
async fn a_call_fails_as_is_said() {
    for (fate, expected, seconds) in [
        (Fate::Refused, "no connection to https://api.example.com", 0),
        (Fate::Reset, "the answer was cut short", 0),
        (
            Fate::Silent,
            "no answer within 30000 ms (while waiting for the answer)",
            30,
        ),
    ] {
        let gateway = gateway(&script(vec![(Method::Post, ORDERS, fate)]));
        let start = Instant::now();
        let told = called(&gateway, ORDERS).await;
        assert!(told.contains(expected), "{told}");
        assert_eq!(start.elapsed().as_secs(), seconds);
        let tasks = Handle::current().metrics();
        crate::served::settle().await;
        assert_eq!(tasks.num_alive_tasks(), 0, "tasks are left");
    }
}

#[tokio::test(start_paused = true)]
async fn what_nobody_has_said_is_told_with_the_line_to_write() {
    let gateway = gateway(&script(vec![(Method::Get, ORDERS, Fate::Reset)]));
    let told = called(&gateway, ORDERS).await;
    let line = format!(
        "no answer was written for POST {ORDERS}; write: answer POST {ORDERS} 200 \"body\""
    );
    assert!(told.contains(&line), "{told}");
    // What the grant forbids is forbidden here as well.
    let elsewhere = called(&gateway, "https://other.example/").await;
    assert!(elsewhere.contains("are not granted"), "{elsewhere}");
    let inside = called(&gateway, "https://10.0.0.1/").await;
    assert!(inside.contains("`10.0.0.1` leads to"), "{inside}");
    let granted = caller(&[("ws://api.example.com", Reach::Internet)]);
    let call = SocketCall { ..socket_call() };
    let Err(error) = gateway.open_socket(&granted, call).await else {
        panic!("a WebSocket was opened");
    };
    let expected = "where a script answers for servers, no WebSocket is opened";
    assert_eq!(error.to_string(), expected);
}

#[tokio::test(start_paused = true)]
async fn faults_of_the_switch_strike_those_calls_too() {
    let gateway = gateway(&script(vec![(
        Method::Post,
        ORDERS,
        answered(200, &[], "long enough"),
    )]));
    let chaos = gateway.chaos().clone();
    chaos
        .start(Plan::always(Fault::ResetMidBody, Scope::All))
        .unwrap();
    let told = called(&gateway, ORDERS).await;
    assert!(told.contains("the connection broke"), "{told}");
    chaos.stop();
    assert_eq!(called(&gateway, ORDERS).await, "200 long enough");
}

#[test]
fn an_answer_that_cannot_be_sent_is_refused() {
    let refused = |status, name, value| {
        let made = StandInAnswer::new(status, [(name, value)], Bytes::new());
        made.unwrap_err().to_string()
    };
    assert_eq!(
        refused(101, "a", "b"),
        "101 is no status of an answer; use one from 200 to 599"
    );
    assert_eq!(
        refused(200, "a b", ""),
        "`a b` is not a header that can be sent"
    );
    assert_eq!(
        refused(200, "a", "b\r\nc: d"),
        "`a` is not a header that can be sent"
    );
    assert_eq!(
        refused(200, "Content-Length", "5"),
        "`content-length` follows from the body; leave it out"
    );
}
