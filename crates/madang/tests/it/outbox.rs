//! A till that tells a server on this machine of its orders, and the messages that could not be delivered.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;

use serde_json::Value;

use crate::program::{Ended, Place};

/// A server that answers with the statuses it is told, and tells what it heard.
struct Server {
    address: String,
    answers: Sender<u16>,
    heard: Receiver<Heard>,
}

struct Heard {
    head: String,
    body: Value,
}

impl Server {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let (answers, told) = mpsc::channel();
        let (tell, heard) = mpsc::channel();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let stream = stream.expect("a caller");
                // Each answer ends its connection, so the requests come one after the other in the order of their calls.
                let Ok(status) = told.recv() else { return };
                tell.send(answer(stream, status)).expect("the test listens");
            }
        });
        Self {
            address: format!("http://{address}/hooks/s3cret-path"),
            answers,
            heard,
        }
    }

    fn hear(&self, status: u16) -> Heard {
        self.answers.send(status).expect("it runs");
        self.heard.recv().expect("it is called")
    }
}

fn answer(stream: std::net::TcpStream, status: u16) -> Heard {
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        let read = reader.read_line(&mut head).expect("a head");
        assert!(read > 0, "the head ends early: {head}");
    }
    let length = header(&head, "content-length").parse().expect("a number");
    let mut body = vec![0; length];
    reader.read_exact(&mut body).expect("a body");
    let answer = format!("HTTP/1.1 {status} X\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
    reader
        .get_mut()
        .write_all(answer.as_bytes())
        .expect("answered");
    Heard {
        body: serde_json::from_slice(&body).expect("JSON"),
        head,
    }
}

fn header<'a>(head: &'a str, name: &str) -> &'a str {
    let found = head.lines().find_map(|line| {
        let (known, value) = line.split_once(": ")?;
        known.eq_ignore_ascii_case(name).then_some(value)
    });
    found.unwrap_or_else(|| panic!("{name} is not in {head}"))
}

fn sell(place: &Place) {
    let sold = place.madang(&[
        "act",
        "tap 아메리카노",
        "pay cash 5000",
        "expect order paid",
    ]);
    assert_eq!(sold.code, 0, "{}{}", sold.stdout, sold.stderr);
}

/// `madang outbox` as JSON, once a line is as wanted.
fn outbox(place: &Place, is_wanted: impl Fn(&Value) -> bool) -> Value {
    loop {
        let told = place.madang(&["outbox", "--json"]);
        assert_eq!(told.code, 0, "{}", told.stderr);
        let lines = told.stdout.lines();
        let mut lines = lines.map(|line| serde_json::from_str(line).expect("a line of JSON"));
        if let Some(line) = lines.find(|line| is_wanted(line)) {
            return line;
        }
        thread::yield_now();
    }
}

#[test]
fn a_server_is_told_of_a_sale_and_what_it_refuses_is_decided_about() {
    let (place, server) = (Place::new(), Server::start());
    let till = place.dev(&["--webhook", &server.address]);
    sell(&place);
    let created = server.hear(400);
    assert_eq!(created.body["type"], "order.order.created.v1");
    assert!(created.head.starts_with("POST /hooks/s3cret-path HTTP/1.1"));
    let key = header(&created.head, "idempotency-key").to_owned();
    assert_eq!(header(&created.head, "x-toss-webhook-id"), key);
    assert!(header(&created.head, "x-toss-signature").starts_with("v1="));

    let aside = outbox(&place, |line| line["kind"] == "aside");
    assert_eq!(aside["last_error"], "the server answered 400");
    let id = aside["id"].to_string();
    let told = place.madang(&["outbox"]);
    assert!(
        told.stdout.contains("stands aside since"),
        "{}",
        told.stdout
    );
    assert!(!told.stdout.contains("s3cret-path"), "{}", told.stdout);

    let retried = place.madang(&["outbox", "retry", &id]);
    assert_eq!(retried.code, 0, "{}", retried.stderr);
    let again = server.hear(400);
    assert_eq!(header(&again.head, "idempotency-key"), key);
    assert_ne!(
        header(&again.head, "x-toss-delivery-id"),
        header(&created.head, "x-toss-delivery-id")
    );
    outbox(&place, |line| line["kind"] == "aside");
    let dropped = place.madang(&["outbox", "drop", &id]);
    assert_eq!(dropped.code, 0, "{}", dropped.stderr);
    let kinds = [
        "order.order.opened.v1",
        "payment.payment.approved.v1",
        "order.order.completed.v1",
    ];
    for kind in kinds {
        assert_eq!(server.hear(200).body["type"], kind);
    }
    outbox(&place, |line| {
        line["kind"] == "destination" && line["delivered"] == 3
    });
    assert_eq!(till.end(), 0);
}

#[test]
fn a_message_outlives_the_till_and_waits_until_its_server_is_named_again() {
    let (place, server) = (Place::new(), Server::start());
    let till = place.dev(&["--webhook", &server.address]);
    sell(&place);
    let created = server.hear(503);
    assert_eq!(till.end(), 0);

    let till = place.dev(&[]);
    let waits = outbox(&place, |line| line["kind"] == "destination");
    assert_eq!(
        (&waits["is_served"], &waits["waiting"]),
        (&false.into(), &4.into())
    );
    assert_eq!(till.end(), 0);

    let till = place.dev(&["--webhook", &server.address]);
    let again = server.hear(200);
    let key = |heard: &Heard| header(&heard.head, "idempotency-key").to_owned();
    assert_eq!(key(&again), key(&created));
    assert_eq!(till.end(), 0);
}

#[test]
fn what_is_named_wrongly_is_told_without_the_address() {
    let place = Place::new();
    let text = |arguments: &[&str]| {
        let Ended {
            code,
            stdout,
            stderr,
        } = place.madang(arguments);
        let shown = arguments.join(" ").replace("s3cret", "(path)");
        assert!(!stderr.contains("s3cret"), "{stderr}");
        format!("$ madang {shown}\nexit {code}\n{stdout}{stderr}")
    };
    place.file("short", "tiny\n");
    let good = "https://a.example/s3cret";
    let all = [
        text(&["dev", "--no-open", "--webhook", "http://a.example/s3cret"]),
        text(&[
            "dev",
            "--no-open",
            "--webhook",
            good,
            "--webhook",
            "a.example/s3cret",
        ]),
        text(&["dev", "--no-open", "--webhook", good, "--webhook", good]),
        text(&[
            "dev",
            "--no-open",
            "--webhook",
            good,
            "--webhook-secret-file",
            "short",
        ]),
        text(&[
            "dev",
            "--no-open",
            "--webhook",
            good,
            "--webhook-secret-file",
            "none",
        ]),
        text(&["dev", "--no-open", "--webhook-secret-file", "short"]),
        text(&["outbox"]),
        text(&["outbox", "retry"]),
        text(&["outbox", "retry", "1", "--all"]),
        text(&["outbox", "drop", "first"]),
    ];
    insta::assert_snapshot!(all.join("\n"));

    let till = place.dev(&[]);
    let refused = [
        text(&["outbox"]),
        text(&["outbox", "retry", "--all"]),
        text(&["outbox", "retry", "42"]),
        text(&["outbox", "drop", "42"]),
    ];
    insta::assert_snapshot!("of_a_running_till", refused.join("\n"));
    assert_eq!(till.end(), 0);
}
