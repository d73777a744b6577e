//! The addresses that names lead to, and those that stand in place of names.

use std::time::Duration;

use madang_outbound::{Reach, SendErrorKind};

use crate::plain::Plain as _;
use crate::{
    origins::not_granted,
    scripted::{ScriptedNetwork, caller, get, told},
};

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
const DEADLINE: Duration = Duration::from_secs(10);

/// A host granted with `reach` resolves to `addresses`.
async fn check_addresses(reach: Reach, addresses: &[&str], expected: Result<&str, &str>) {
    let network = ScriptedNetwork::answering(OK).name("device.example", &[addresses]);
    let granted = caller(&[("http://device.example", reach)]);
    let result = network
        .gateway()
        .send(&granted, get("http://device.example/"), DEADLINE)
        .await;
    match expected {
        Ok(dialled) => {
            assert_eq!(told(&result), "200 ok", "{addresses:?}");
            assert_eq!(network.dialled(), [dialled]);
        }
        Err(class) => {
            let granted_how = match class {
                "a public address" => not_granted("[origins]", "http://device.example"),
                "this machine" | "an address of the local network" => {
                    not_granted("[origins.lan]", "http://device.example")
                }
                _ => "never granted".to_owned(),
            };
            let refusal =
                format!("`device.example` leads to {class}, which is {granted_how} (Refused)");
            assert_eq!(told(&result), refusal, "{addresses:?}");
            assert!(network.dialled().is_empty(), "{addresses:?} was dialled");
        }
    }
}

#[tokio::test]
async fn every_address_must_lie_where_the_grant_reaches() {
    use Reach::{Internet, Lan, Loopback, Nearby};
    let lan = "an address of the local network";
    let metadata = "a cloud metadata service";
    check_addresses(Internet, &["8.8.8.8"], Ok("8.8.8.8:80")).await;
    check_addresses(Internet, &["2606:4700::1"], Ok("[2606:4700::1]:80")).await;
    check_addresses(Internet, &["127.0.0.1"], Err("this machine")).await;
    check_addresses(Internet, &["192.168.0.9"], Err(lan)).await;
    check_addresses(Internet, &["8.8.8.8", "10.0.0.1"], Err(lan)).await;
    check_addresses(Internet, &["10.0.0.1", "8.8.8.8"], Err(lan)).await;
    check_addresses(Internet, &["169.254.169.254"], Err(metadata)).await;
    check_addresses(
        Internet,
        &["::ffff:8.8.8.8"],
        Err("an IPv4 address mapped into IPv6"),
    )
    .await;
    check_addresses(Internet, &["64:ff9b::808:808"], Err("a NAT64 address")).await;
    check_addresses(Internet, &["2002:808:808::1"], Err("a 6to4 address")).await;
    check_addresses(
        Internet,
        &["100.64.0.1"],
        Err("an address shared by a carrier (CGNAT)"),
    )
    .await;
    check_addresses(Internet, &["0.0.0.0"], Err("an unspecified address")).await;
    check_addresses(
        Internet,
        &["8.8.8.8", "::ffff:127.0.0.1"],
        Err("an IPv4 address mapped into IPv6"),
    )
    .await;
    check_addresses(Internet, &["2001::1"], Err("a Teredo address")).await;
    check_addresses(Internet, &["fe80::1"], Err("a link-local address")).await;
    check_addresses(Internet, &["fd00:ec2::254"], Err(metadata)).await;
    check_addresses(Internet, &["::1"], Err("this machine")).await;
    check_addresses(Internet, &["198.18.0.1"], Err("a benchmark address")).await;
    check_addresses(
        Internet,
        &["::127.0.0.1"],
        Err("an IPv4-compatible address"),
    )
    .await;
    check_addresses(Lan, &["192.168.0.9"], Ok("192.168.0.9:80")).await;
    check_addresses(Lan, &["fd12::9"], Ok("[fd12::9]:80")).await;
    check_addresses(Lan, &["8.8.8.8"], Err("a public address")).await;
    check_addresses(Lan, &["127.0.0.1"], Err("this machine")).await;
    check_addresses(Lan, &["169.254.169.254"], Err(metadata)).await;
    check_addresses(Lan, &["fd00:ec2::254"], Err(metadata)).await;
    check_addresses(Lan, &["169.254.1.1"], Err("a link-local address")).await;
    check_addresses(Nearby, &["192.168.0.9"], Ok("192.168.0.9:80")).await;
    check_addresses(Nearby, &["127.0.0.1"], Ok("127.0.0.1:80")).await;
    check_addresses(Nearby, &["8.8.8.8"], Err("a public address")).await;
    check_addresses(Nearby, &["169.254.169.254"], Err(metadata)).await;
    check_addresses(Loopback, &["127.0.0.1"], Ok("127.0.0.1:80")).await;
    check_addresses(Loopback, &["::1"], Ok("[::1]:80")).await;
    check_addresses(Loopback, &["192.168.0.9"], Err(lan)).await;
    check_addresses(
        Loopback,
        &["::ffff:127.0.0.1"],
        Err("an IPv4 address mapped into IPv6"),
    )
    .await;
}

#[tokio::test]
async fn an_address_in_place_of_a_name_is_checked_and_not_looked_up() {
    for (origin, expected) in [
        ("http://8.8.8.8", "200 ok"),
        (
            "http://127.0.0.1",
            "`127.0.0.1` leads to this machine, which is not granted; to grant it, \
             add to [origins.lan]: \"http://127.0.0.1\" = \"why it is called\" (Refused)",
        ),
        (
            "http://[::ffff:10.0.0.1]",
            "`[::ffff:a00:1]` leads to an IPv4 address mapped into IPv6, \
             which is never granted (Refused)",
        ),
    ] {
        let network = ScriptedNetwork::answering(OK);
        let granted = caller(&[(origin, Reach::Internet)]);
        let result = network
            .gateway()
            .send(&granted, get(origin), DEADLINE)
            .await;
        assert_eq!(told(&result), expected, "{origin}");
        assert!(network.lookups().is_empty(), "{origin} was looked up");
    }
}

#[tokio::test]
async fn a_name_that_changes_its_mind_is_asked_once_a_call() {
    let network =
        ScriptedNetwork::answering(OK).name("rebinding.example", &[&["8.8.8.8"], &["127.0.0.1"]]);
    let granted = caller(&[("http://rebinding.example", Reach::Internet)]);
    let gateway = network.gateway();
    let url = "http://rebinding.example/";
    assert_eq!(
        told(&gateway.send(&granted, get(url), DEADLINE).await),
        "200 ok"
    );
    assert_eq!(network.lookups().len(), 1);
    assert_eq!(network.dialled(), ["8.8.8.8:80"]);

    let error = gateway
        .send(&granted, get(url), DEADLINE)
        .await
        .unwrap_err();
    assert!(
        matches!(error.kind(), SendErrorKind::AddressForbidden { .. }),
        "{error}"
    );
    assert!(
        !error.to_string().contains("127.0.0.1"),
        "the caller is not told: {error}"
    );
    assert_eq!(network.dialled(), ["8.8.8.8:80"]);
}

#[tokio::test]
async fn names_without_an_address_are_told_apart_from_dead_servers() {
    let network = ScriptedNetwork::answering(OK)
        .name("empty.example", &[&[]])
        .name("dead.example", &[&["8.8.8.8", "8.8.4.4"]])
        .refuses("8.8.8.8")
        .refuses("8.8.4.4");
    let granted = caller(&[
        ("http://empty.example", Reach::Internet),
        ("http://none.example", Reach::Internet),
        ("http://dead.example", Reach::Internet),
    ]);
    for (url, expected) in [
        (
            "http://empty.example/",
            "`empty.example` could not be looked up: it has no address (Refused)",
        ),
        (
            "http://none.example/",
            "`none.example` could not be looked up: no such name (Refused)",
        ),
        (
            "http://dead.example/",
            "no connection to http://dead.example: connection refused (Refused)",
        ),
    ] {
        let result = network.gateway().send(&granted, get(url), DEADLINE).await;
        assert_eq!(told(&result), expected);
    }
    assert_eq!(network.dialled(), ["8.8.8.8:80", "8.8.4.4:80"]);
}
