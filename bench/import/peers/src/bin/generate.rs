//! Writes the file that all import: `generate --megabytes N --seed N --to FILE`. Says how many rows it has and what they add up to.

use std::fs::File;
use std::io::Write as _;

use import_peers::{Failure, HEADER, Sales, option};
use serde_json::json;

/// How much is written at once.
const PIECE_BYTES: usize = 1024 * 1024;

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().collect();
    let bytes_wanted = option(&arguments, "--megabytes")?.parse::<u64>()? * 1_000_000;
    let mut sales = Sales::new(option(&arguments, "--seed")?.parse()?);
    let mut file = File::create(option(&arguments, "--to")?)?;
    let mut piece = HEADER.as_bytes().to_vec();
    let mut bytes = 0;
    while bytes + (piece.len() as u64) < bytes_wanted {
        sales.next_into(&mut piece);
        if piece.len() >= PIECE_BYTES {
            file.write_all(&piece)?;
            bytes += piece.len() as u64;
            piece.clear();
        }
    }
    file.write_all(&piece)?;
    // What is still on its way to the disk would be written at the expense of whoever is measured first.
    file.sync_all()?;
    bytes += piece.len() as u64;
    println!(
        "{}",
        json!({ "bytes": bytes, "rows": sales.id, "price_sum": sales.price_sum })
    );
    Ok(())
}
