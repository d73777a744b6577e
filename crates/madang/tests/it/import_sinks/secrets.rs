//! What must not be read anywhere.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use madang_import_postgres::test_server::Server;

use super::{Receiver, shop};
use crate::program::{Ended, Place};

const SECRET: &str = "s3cr3t-of-the-shop";

/// A server that wants a password of whoever is `shop`.
fn server() -> Option<Server> {
    let server = Server::start()?;
    server.sql(&format!("CREATE ROLE shop LOGIN PASSWORD '{SECRET}'"));
    server.sql("GRANT CREATE, USAGE ON SCHEMA public TO shop");
    let rules = server.sql("SHOW hba_file");
    let before = fs::read_to_string(&rules).expect("readable");
    fs::write(&rules, format!("local all shop scram-sha-256\n{before}")).expect("writable");
    server.sql("SELECT pg_reload_conf()");
    Some(server)
}

fn import(place: &Place, to: &str, more: &[&str], set: &[(&str, &str)]) -> Ended {
    let first = ["import", "--mapping", "sales.toml", "sales.csv", "--to", to];
    let mut program = place.command(&[&first, more].concat());
    program.env("MADANG_LOG", "trace").envs(set.iter().copied());
    let output = program.output().expect("the program runs");
    Ended {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

#[track_caller]
fn check_silent(place: &Place, ended: &Ended, secret: &str) {
    assert!(!ended.stdout.contains(secret), "{}", ended.stdout);
    assert!(!ended.stderr.contains(secret), "{}", ended.stderr);
    check_folder(&place.path().join(".madang"), secret);
    let history = place.madang(&["import", "history", "--json"]);
    assert!(!history.stdout.contains(secret), "{}", history.stdout);
}

#[track_caller]
fn check_folder(folder: &Path, secret: &str) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            check_folder(&path, secret);
        } else {
            let text = fs::read(&path).expect("readable");
            let text = String::from_utf8_lossy(&text);
            assert!(!text.contains(secret), "{}: {text}", path.display());
        }
    }
}

#[test]
fn a_password_of_postgres_is_nowhere_to_be_read() {
    let Some(server) = server() else { return };
    let address = server.address();
    // The server knows a run that came before: each has a table of its own.
    let tables = std::cell::Cell::new(0);
    let with = |user: &str| {
        tables.set(tables.get() + 1);
        let of_user = address.replacen("postgres@", &format!("{user}@"), 1);
        format!("{of_user}#sales_{}", tables.get())
    };
    let check = |user: &str, more: &[&str], set: &[(&str, &str)], expected: i32| {
        let place = shop();
        let passwords = place.path().join("passwords");
        fs::write(&passwords, format!("*:*:*:shop:{SECRET}\n")).expect("written");
        fs::set_permissions(&passwords, fs::Permissions::from_mode(0o600)).expect("ours");
        let ended = import(&place, &with(user), &[&["--create"], more].concat(), set);
        assert_eq!(
            ended.code, expected,
            "{user}: {}{}",
            ended.stdout, ended.stderr
        );
        check_silent(&place, &ended, SECRET);
        check_silent(&place, &ended, "wrong-one");
    };
    check(&format!("shop:{SECRET}"), &[], &[], 3);
    check(&format!("shop:{SECRET}"), &["--dry-run"], &[], 3);
    check("shop", &[], &[("PGPASSWORD", SECRET)], 3);
    check("shop", &[], &[("PGPASSFILE", "passwords")], 3);
    check("shop:wrong-one", &[], &[], 2);
    check("shop:wrong-one", &["--dry-run"], &[], 2);
    check("shop", &[], &[], 2);
    check("shop", &[], &[("PGPASSWORD", "wrong-one")], 2);
}

#[test]
fn what_stands_in_headers_and_behind_an_address_is_nowhere_to_be_read() {
    let receiver = Receiver::start();
    let place = shop();
    let to = format!("{}/sales?key={SECRET}", receiver.address());
    place.file("headers.txt", &format!("authorization: Bearer {SECRET}\n"));
    let ended = import(&place, &to, &["--header-file", "headers.txt"], &[]);
    assert_eq!(ended.code, 3, "{}{}", ended.stdout, ended.stderr);
    let wanted = format!("Bearer {SECRET}");
    assert_eq!(receiver.authorization().as_deref(), Some(wanted.as_str()));
    check_silent(&place, &ended, SECRET);

    let by_environment = format!("authorization: Basic {SECRET}");
    let set = [("MADANG_IMPORT_HEADERS", by_environment.as_str())];
    let ended = import(&place, &to, &["--again"], &set);
    assert_eq!(ended.code, 3, "{}{}", ended.stdout, ended.stderr);
    let wanted = format!("Basic {SECRET}");
    assert_eq!(receiver.authorization().as_deref(), Some(wanted.as_str()));
    check_silent(&place, &ended, SECRET);

    place.file("headers.txt", &format!("{SECRET}\n"));
    let ended = import(
        &place,
        &to,
        &["--again", "--header-file", "headers.txt"],
        &[],
    );
    assert_eq!(ended.code, 2, "{}", ended.stderr);
    check_silent(&place, &ended, SECRET);

    // Nobody listens there.
    let gone = format!("http://127.0.0.1:1/sales?key={SECRET}");
    let ended = import(&place, &gone, &["--retry-for", "0"], &[]);
    assert_eq!(ended.code, 5, "{}", ended.stderr);
    check_silent(&place, &ended, SECRET);
}
