//! The rows that a run refused, as a CSV file: the columns of the original and one more with the reasons, which an import leaves out again.

use std::io;
use std::path::PathBuf;

use bytes::Bytes;
use futures::StreamExt;
use madang_import::check::Mapping;
use madang_import::read::Member;
use madang_import::run::dead_letter::{LetterHead, LetterReader};
use madang_import::{Cell, Refused};
use madang_server::import::Pieces;
use tokio::sync::mpsc;

/// The column of the reasons.
const REASON: &str = "거절한 이유";
/// What is handed on at once.
const PIECE_BYTES: usize = 64 * 1024;
/// Spreadsheets take a file without it for the system's old encoding.
const BYTE_ORDER_MARK: &str = "\u{feff}";

/// The file, made while it is sent.
pub fn csv(path: PathBuf, letters: LetterReader) -> Pieces {
    let (sender, receiver) = mpsc::channel(2);
    tokio::task::spawn_blocking(move || {
        if let Err(error) = write(letters, &sender) {
            tracing::warn!(%error, path = %path.display(), "refused rows could not be read");
            // Who asked for it may be gone.
            let _ = sender.blocking_send(Err(error));
        }
    });
    futures::stream::unfold(receiver, |mut receiver| async move {
        let piece = receiver.recv().await?;
        Some((piece, receiver))
    })
    .boxed()
}

fn write(letters: LetterReader, to: &mpsc::Sender<io::Result<Bytes>>) -> io::Result<()> {
    let head = letters.head.clone();
    // The program wrote it; of a mapping that cannot be read the columns are known all the same.
    let mapping = Mapping::parse(&head.mapping, "dead-letters.jsonl");
    let members = mapping.map(|mapping| mapping.members()).unwrap_or_default();
    let mut piece = String::from(BYTE_ORDER_MARK);
    let titles = head.columns.iter().map(String::as_str);
    let titles: Vec<&str> = titles.filter(|title| *title != REASON).collect();
    line(&mut piece, titles.iter().copied().chain([REASON]));
    for letter in letters {
        let letter = letter.map_err(io::Error::other)?;
        add(&mut piece, &head, &members, titles.len(), &letter);
        if piece.len() >= PIECE_BYTES {
            let whole = Bytes::from(std::mem::take(&mut piece));
            if to.blocking_send(Ok(whole)).is_err() {
                return Ok(());
            }
        }
    }
    // As above: nobody waits for it any more.
    let _ = to.blocking_send(Ok(piece.into()));
    Ok(())
}

fn add(piece: &mut String, head: &LetterHead, members: &[Member], width: usize, letter: &Refused) {
    let reasons: Vec<&str> = letter
        .reasons
        .iter()
        .map(|reason| reason.message_ko.as_str())
        .collect();
    let reasons = reasons.join(" / ");
    let rows = head
        .format
        .parse_row(&head.columns, members, &letter.raw, letter.place);
    let is_kept = |at: &usize| head.columns[*at] != REASON;
    let cells = match rows.len() {
        1 => {
            let text = |at| match rows.cells().cell(0, at) {
                Cell::Text(text) => text.to_owned(),
                Cell::Absent => String::new(),
            };
            (0..head.columns.len()).filter(is_kept).map(text).collect()
        }
        // What is no row of this file stands in the first cell as it was.
        _ => {
            let mut cells = vec![String::new(); width.max(1)];
            cells[0].clone_from(&letter.raw);
            cells
        }
    };
    line(
        piece,
        cells.iter().map(String::as_str).chain([reasons.as_str()]),
    );
}

fn line<'a>(piece: &mut String, cells: impl Iterator<Item = &'a str>) {
    for (number, cell) in cells.enumerate() {
        if number > 0 {
            piece.push(',');
        }
        if cell.contains(['"', ',', '\n', '\r']) {
            piece.push('"');
            piece.push_str(&cell.replace('"', "\"\""));
            piece.push('"');
        } else {
            piece.push_str(cell);
        }
    }
    // As spreadsheets end their lines.
    piece.push_str("\r\n");
}
