//! An answer that is handed to a plugin piece by piece.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use madang_outbound::{Response, SendErrorKind};
use madang_plugin_protocol::fetch::Content;
use madang_plugin_protocol::mask;
use tokio::time::{Instant, timeout_at};

/// Bytes of one piece: a message that is written and read at once.
const PIECE_BYTES_MAX: usize = 64 << 10;
/// Pieces that come one after the other within so long go together: a server that sends byte by byte costs a plugin twenty turns a
/// second and not a thousand, and people see no difference.
const GATHER_FOR: Duration = Duration::from_millis(50);
/// From here on a piece is worth a turn of its own.
const GATHER_BYTES_MIN: usize = 16 << 10;
/// Bytes at the end of a piece that may be the beginning of a card number: 19 digits with a sign between any two, and some.
const HELD_BYTES_MAX: usize = 64;

/// The rest of an answer.
pub(crate) struct Reading {
    response: Response,
    /// Came with a piece that was too large for one message.
    waiting: Bytes,
    /// Bytes still to come, where the server said how many.
    left: Option<u64>,
    /// Until when the next piece waits for more to come with it; the first does not.
    gathers_until: Option<Instant>,
    /// How it ended, when that came with a piece.
    ended: Option<Result<(), SendErrorKind>>,
    pieces: MaskedPieces,
}

/// A piece of an answer.
pub(crate) struct Piece {
    pub content: Content,
    /// Nothing comes after it.
    pub is_last: bool,
}

impl Reading {
    pub fn new(response: Response) -> Self {
        // A length beside an encoding is that of what was sent, not of what is read.
        let is_plain = response.header("content-encoding").is_none();
        let length = response.header("content-length").filter(|_| is_plain);
        Self {
            left: length.and_then(|length| length.parse().ok()),
            response,
            waiting: Bytes::new(),
            gathers_until: None,
            ended: None,
            pieces: MaskedPieces::default(),
        }
    }

    /// The next piece; it is empty only at the end.
    pub async fn next(&mut self) -> Result<Piece, SendErrorKind> {
        loop {
            if self.waiting.is_empty() {
                let Some(bytes) = self.arrived().await? else {
                    return Ok(self.piece(&Bytes::new(), true));
                };
                self.waiting = bytes;
            }
            let taken = self.waiting.len().min(PIECE_BYTES_MAX);
            let bytes = self.waiting.split_to(taken);
            let is_last = self.waiting.is_empty() && self.left == Some(0);
            if is_last {
                // Only now is the connection free for the next call.
                self.arrived().await?;
            }
            let piece = self.piece(&bytes, is_last);
            if is_last || !piece.content.is_empty() {
                return Ok(piece);
            }
        }
    }

    /// What the wire has next, nothing at the end.
    async fn arrived(&mut self) -> Result<Option<Bytes>, SendErrorKind> {
        let Some(first) = self.chunk().await? else {
            return Ok(None);
        };
        let is_short = |left: u64| left > 0 && first.len() as u64 + left <= PIECE_BYTES_MAX as u64;
        if self.left.is_some_and(is_short) {
            return self.whole(first).await.map(Some);
        }
        Ok(Some(self.gathered(first).await))
    }

    /// A short answer of known length comes in one piece however the network cut it, so that a plugin in virtual time sees the same
    /// each time.
    async fn whole(&mut self, first: Bytes) -> Result<Bytes, SendErrorKind> {
        let mut read = BytesMut::from(first);
        while self.left != Some(0) {
            match self.chunk().await? {
                Some(bytes) => read.extend_from_slice(&bytes),
                None => break,
            }
        }
        Ok(read.freeze())
    }

    /// `first` with what comes soon after the piece before it. Measured by the gateway's clock, on whose runtime an answer is read:
    /// virtual time stands still meanwhile.
    async fn gathered(&mut self, first: Bytes) -> Bytes {
        let Some(until) = self.gathers_until else {
            return first;
        };
        if first.len() >= GATHER_BYTES_MIN {
            return first;
        }
        let mut read = BytesMut::from(first);
        while read.len() < GATHER_BYTES_MIN {
            match timeout_at(until, self.chunk()).await {
                Ok(Ok(Some(bytes))) => read.extend_from_slice(&bytes),
                Ok(end) => {
                    self.ended = Some(end.map(drop));
                    break;
                }
                Err(_) => break,
            }
        }
        read.freeze()
    }

    async fn chunk(&mut self) -> Result<Option<Bytes>, SendErrorKind> {
        if let Some(ended) = self.ended.take() {
            return ended.map(|()| None);
        }
        let chunk = self.response.chunk().await.transpose()?;
        if let (Some(bytes), Some(left)) = (&chunk, &mut self.left) {
            *left = left.saturating_sub(bytes.len() as u64);
        }
        Ok(chunk)
    }

    fn piece(&mut self, bytes: &[u8], is_last: bool) -> Piece {
        self.gathers_until = Some(Instant::now() + GATHER_FOR);
        Piece {
            content: self.pieces.push(bytes, is_last),
            is_last,
        }
    }
}

/// Masks card numbers in text that comes in pieces. What is not text is handed on as it is.
#[derive(Default)]
pub(crate) struct MaskedPieces {
    held: Vec<u8>,
    is_binary: bool,
}

impl MaskedPieces {
    pub(crate) fn push(&mut self, piece: &[u8], is_last: bool) -> Content {
        let mut bytes = std::mem::take(&mut self.held);
        bytes.extend_from_slice(piece);
        let Some(text_end) = self.text_end(&bytes, is_last) else {
            self.is_binary = true;
            return Content::Bytes(bytes);
        };
        self.held = bytes.split_off(text_end);
        // Cut where a character ends, so nothing is replaced here.
        let text = String::from_utf8_lossy(&bytes);
        Content::Text(mask::text(&text).into_owned())
    }

    /// Up to where `bytes` are text that can be handed on; nothing when they are not text at all.
    fn text_end(&self, bytes: &[u8], is_last: bool) -> Option<usize> {
        if self.is_binary {
            return None;
        }
        let valid = match std::str::from_utf8(bytes) {
            Ok(_) => bytes.len(),
            Err(error) if error.error_len().is_none() && !is_last => error.valid_up_to(),
            Err(_) => return None,
        };
        if is_last {
            return Some(valid);
        }
        let may_go_on = |byte: &&u8| byte.is_ascii_digit() || matches!(byte, b' ' | b'-');
        let digits = bytes[..valid].iter().rev().take_while(may_go_on).count();
        Some(valid - digits.min(HELD_BYTES_MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(pieces: &[&[u8]], expected: &[Content]) {
        let mut masked = MaskedPieces::default();
        let last = pieces.len() - 1;
        let told: Vec<Content> = pieces
            .iter()
            .enumerate()
            .map(|(index, piece)| masked.push(piece, index == last))
            .collect();
        assert_eq!(told, expected);
    }

    fn text(text: &str) -> Content {
        Content::Text(text.into())
    }

    #[test]
    fn text_is_masked_over_the_borders_of_pieces() {
        check(&[b"a", b"b"], &[text("a"), text("b")]);
        check(
            &[b"card 4330 1234 ", b"5678 1230!", b""],
            &[text("card"), text(" 4330 1234 5678 1230!"), text("")],
        );
        check(
            &[b"no. 41111111", b"11111111;", b""],
            &[text("no."), text(" 411111******1111;"), text("")],
        );
        check(
            &[
                "안".as_bytes(),
                &"녕".as_bytes()[..1],
                &"녕".as_bytes()[1..],
            ],
            &[text("안"), text(""), text("녕")],
        );
    }

    #[test]
    fn what_is_not_text_is_handed_on_as_it_is() {
        check(
            &[&[0x89, b'P'], b"41111111", b"11111111"],
            &[
                Content::Bytes(vec![0x89, b'P']),
                Content::Bytes(b"41111111".to_vec()),
                Content::Bytes(b"11111111".to_vec()),
            ],
        );
        check(
            &[b"text ", &[0xff, 0]],
            &[text("text"), Content::Bytes(vec![b' ', 0xff, 0])],
        );
        check(&[&[0xed]], &[Content::Bytes(vec![0xed])]);
    }
}
