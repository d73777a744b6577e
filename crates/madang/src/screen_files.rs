//! The built screen, which is part of this program.

use madang_server::{Screen, ScreenFile};
use sha2::{Digest, Sha256};

/// Every file of `screen/dist` by its path, as it was when the program was built; see build.rs.
const FILES: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/screen_files.rs"));

/// The screen's files for the server.
pub fn screen() -> Screen {
    Screen::new(FILES.iter().filter_map(|(path, bytes)| {
        let digest = Sha256::digest(bytes);
        let etag: String = digest
            .iter()
            .take(8)
            .map(|byte| format!("{byte:02x}"))
            .collect();
        Some((
            (*path).to_owned(),
            ScreenFile::new(content_type(path), *bytes, &etag)?,
        ))
    }))
}

fn content_type(path: &str) -> &'static str {
    let ending = path.rsplit('.').next().unwrap_or_default();
    match ending {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" | "map" => "application/json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}
