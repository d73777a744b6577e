//! Compressed answers: made readable when asked, refused when they unfold into too much or into nothing.

use std::{io::Write, time::Duration};

use flate2::{
    Compression,
    write::{DeflateEncoder, GzEncoder, ZlibEncoder},
};
use madang_outbound::Reach;

use crate::plain::{Plain as _, Terms};
use crate::scripted::{ScriptedNetwork, Step, caller, get, told};

const CAP: usize = 100_000;

fn gzip(body: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(body).unwrap();
    encoder.finish().unwrap()
}

fn zlib(body: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(body).unwrap();
    encoder.finish().unwrap()
}

fn deflate(body: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(body).unwrap();
    encoder.finish().unwrap()
}

/// "hello", and a mebibyte of zeros.
const BROTLI: &[u8] = &[0x0b, 0x02, 0x80, b'h', b'e', b'l', b'l', b'o', 0x03];
const BROTLI_BOMB: &[u8] = &[
    0x5b, 0xff, 0xff, 0x8f, 0x7f, 0x02, 0x20, 0x1e, 0x0b, 0x04, 0x72, 0xef, 0x1f, 0x00,
];

/// Thirty-five bytes, in a form of brotli that lets a server ask for a window of a gibibyte.
const BROTLI_LARGE_WINDOW: &[u8] = &[
    0x11, 0x5e, 0x88, 0x00, 0xe0, 0x37, 0x52, 0xba, 0x79, 0x13, 0x55, 0x19, 0x5a, 0xb2, 0x81, 0xbc,
    0x05, 0x3d, 0x71, 0x00, 0x8f, 0x03,
];

/// The server sends `body` in pieces of `piece` bytes, said to be compressed with `coding`.
async fn answer(decode: bool, coding: &str, body: &[u8], piece: usize) -> (String, String) {
    let length = body.len();
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Encoding: {coding}\r\nContent-Length: {length}\r\n\r\n"
    );
    let mut script = vec![
        Step::ReadRequest { body_bytes: 0 },
        Step::Write(head.into()),
    ];
    for piece in body.chunks(piece.max(1)) {
        script.push(Step::Write(piece.into()));
        script.push(Step::Wait(Duration::from_millis(1)));
    }
    script.push(Step::AwaitClose);
    let network = ScriptedNetwork::new(script).name("api.example.com", &[&["8.8.8.8"]]);
    let mut granted = caller(&[("http://api.example.com", Reach::Internet)]);
    granted.grant.limits.answer_body_bytes_max = CAP;
    let terms = Terms {
        decode,
        ..Terms::default()
    };
    let gateway = network.gateway();
    let call = get("http://api.example.com/");
    let result = gateway
        .send_on(&granted, call, terms, Duration::from_secs(30))
        .await;
    assert_eq!(gateway.pool().idle, usize::from(result.is_ok()));
    let described = result.as_ref().is_ok_and(|answer| {
        let names = ["content-encoding", "content-length"];
        answer
            .headers
            .iter()
            .any(|(name, _)| names.contains(&name.as_str()))
    });
    let read = ["gzip", "GZIP", "x-gzip", "deflate", "br", "identity, gzip"];
    let is_read = decode && read.contains(&coding);
    assert_eq!(described, result.is_ok() && !is_read);
    let asked = network
        .requests()
        .remove(0)
        .contains("accept-encoding: gzip, deflate, br");
    assert_eq!(asked, decode);
    let start: String = told(&result).chars().take(120).collect();
    (start, told(&result))
}

async fn check(coding: &str, body: &[u8], expected: &str) {
    for piece in [1, 7, usize::MAX] {
        let (start, _) = answer(true, coding, body, piece).await;
        assert_eq!(start, expected, "{coding} in pieces of {piece}");
    }
}

#[tokio::test(start_paused = true)]
async fn every_coding_that_is_asked_for_is_read() {
    let twice = [gzip(b"hel"), gzip(b"lo")].concat();
    check("gzip", &gzip(b"hello"), "200 hello").await;
    check("GZIP", &gzip(b"hello"), "200 hello").await;
    check("x-gzip", &twice, "200 hello").await;
    check("identity, gzip", &gzip(b"hello"), "200 hello").await;
    check("deflate", &zlib(b"hello"), "200 hello").await;
    check("deflate", &deflate(b"hello"), "200 hello").await;
    check("br", BROTLI, "200 hello").await;
    check("gzip", b"", "200 ").await;
}

#[tokio::test(start_paused = true)]
async fn what_was_not_asked_for_is_left_as_it_is() {
    let (told, _) = answer(false, "gzip", b"as it is", usize::MAX).await;
    assert_eq!(told, "200 as it is");
    let (told, _) = answer(true, "zstd", b"as it is", usize::MAX).await;
    assert_eq!(told, "200 as it is");
}

#[tokio::test(start_paused = true)]
async fn one_compression_within_the_other_is_refused() {
    // It is a way to make much of little, and left as it is it would look like a damaged answer.
    let nested = gzip(&gzip(&vec![0; 10 * CAP]));
    for (coding, times) in [
        ("gzip, gzip", 2),
        ("gzip,br", 2),
        ("identity, gzip, deflate", 2),
        ("gzip\r\nContent-Encoding: gzip", 2),
        ("gzip, x-gzip,, zstd", 3),
    ] {
        let (_, told) = answer(true, coding, &nested, usize::MAX).await;
        let refused = format!(
            "the compressed answer cannot be read: it is compressed {times} times over, and once was asked for (Unknown)"
        );
        assert_eq!(told, refused, "{coding}");
    }
    let (told, _) = answer(false, "gzip, gzip", b"as it is", usize::MAX).await;
    assert_eq!(told, "200 as it is");
}

#[tokio::test(start_paused = true)]
async fn bombs_end_at_the_cap() {
    let zeros = vec![0; 1024 * 1024];
    let refused = "the body of the answer (bytes) is larger than the limit of 100000 (Unknown)";
    for (coding, bomb) in [
        ("gzip", gzip(&zeros)),
        ("deflate", zlib(&zeros)),
        ("deflate", deflate(&zeros)),
        ("br", BROTLI_BOMB.to_vec()),
    ] {
        assert!(bomb.len() < CAP);
        let (told, _) = answer(true, coding, &bomb, usize::MAX).await;
        assert_eq!(told, refused, "{coding}");
    }
    let (told, _) = answer(true, "gzip", &gzip(&zeros[..CAP]), usize::MAX).await;
    assert!(told.starts_with("200 "), "{told}");
    let (told, _) = answer(true, "gzip", &gzip(&zeros[..=CAP]), usize::MAX).await;
    assert_eq!(told, refused);
}

#[tokio::test(start_paused = true)]
async fn what_is_not_compressed_as_it_says_is_told() {
    let refused = "the compressed answer cannot be read: ";
    let cut = |mut body: Vec<u8>| {
        body.truncate(body.len() - 3);
        body
    };
    let mut damaged = gzip(b"hello");
    damaged[14] ^= 0xff;
    for (coding, body) in [
        ("gzip", b"hello".to_vec()),
        ("deflate", b"hello".to_vec()),
        ("br", b"hello, hello".to_vec()),
        ("br", BROTLI_LARGE_WINDOW.to_vec()),
        ("gzip", cut(gzip(b"hello"))),
        ("deflate", cut(zlib(b"hello"))),
        ("br", cut(BROTLI.to_vec())),
        ("gzip", damaged),
        ("gzip", [gzip(b"hello"), b"garbage".to_vec()].concat()),
    ] {
        let (_, told) = answer(true, coding, &body, usize::MAX).await;
        assert!(
            told.starts_with(refused) && told.ends_with("(Unknown)"),
            "{coding}: {told}"
        );
    }
}
