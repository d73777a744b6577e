//! A body that a plugin sends piece by piece, each taken when the server is ready for it.

use std::io;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use futures::Stream;
use futures::stream::unfold;
use madang_outbound::{Awaited, Outbound};
use madang_plugin_protocol::Failure;
use madang_plugin_protocol::fetch::FetchPiece;
use tokio::sync::{mpsc, oneshot};

use crate::plugin::lock;
use crate::reading::MaskedPieces;

/// The plugin's end of a body.
pub(crate) struct Sending {
    pieces: mpsc::Sender<Piece>,
    masked: MaskedPieces,
    turn: Arc<Turn>,
}

struct Piece {
    bytes: Bytes,
    is_last: bool,
    /// Told when the server is ready for the next one.
    taken: oneshot::Sender<()>,
}

/// Whose turn it is in a call that sends a body piece by piece. While it is the gateway's, the call counts among what is awaited: in
/// virtual time nothing may happen then. While it is the plugin's it does not: the plugin may wait for its own timers.
pub(crate) struct Turn {
    outbound: Outbound,
    state: Mutex<TurnState>,
}

enum TurnState {
    /// The call waits for a place; a piece that comes early waits with it.
    Before,
    Gateway {
        _awaited: Awaited,
    },
    Plugin,
    /// The call has its answer; whoever goes on sending does so in his own time.
    Over,
}

/// A body in pieces, and the plugin's end of it.
pub(crate) fn sending(
    outbound: &Outbound,
) -> (
    Sending,
    impl Stream<Item = io::Result<Bytes>> + Send + 'static,
) {
    // One: whoever sends waits until his last piece was taken.
    let (pieces, sent) = mpsc::channel(1);
    let turn = Arc::new(Turn {
        outbound: outbound.clone(),
        state: Mutex::new(TurnState::Before),
    });
    let intake = Intake {
        pieces: sent,
        taken: None,
        has_ended: false,
        turn: turn.clone(),
    };
    let sending = Sending {
        pieces,
        masked: MaskedPieces::default(),
        turn,
    };
    (sending, unfold(intake, Intake::next))
}

impl Sending {
    /// Whose turn it is.
    pub fn turn(&self) -> Arc<Turn> {
        self.turn.clone()
    }

    /// Hands a piece on; what this gives is told when the server is ready for the next one.
    pub fn send(&mut self, piece: FetchPiece) -> Result<oneshot::Receiver<()>, Failure> {
        let room = self.pieces.try_reserve().map_err(|refused| match refused {
            mpsc::error::TrySendError::Full(()) => Failure::new(
                "앞 조각을 서버가 아직 받지 않았어요. 답을 기다려 주세요 (the piece before was not taken yet; wait for its answer)",
            ),
            mpsc::error::TrySendError::Closed(()) => no_more(),
        })?;
        let bytes = piece
            .content
            .map_or_else(Vec::new, |content| content.into_bytes());
        let content = self.masked.push(&bytes, piece.is_last);
        let (taken, told) = oneshot::channel();
        self.turn.to_gateway();
        room.send(Piece {
            bytes: content.into_bytes().into(),
            is_last: piece.is_last,
            taken,
        });
        Ok(told)
    }
}

/// The call has ended, or the server answered without waiting for the rest.
pub(crate) fn no_more() -> Failure {
    Failure::new(
        "서버가 본문을 더 받지 않아요: 답했거나 연결이 끝났어요 (the server takes no more of the body: it has answered, or the call is over)",
    )
}

impl Turn {
    /// The call is made.
    pub fn begin(&self) {
        drop(self.set(|state| matches!(state, TurnState::Before).then(|| self.of_gateway())));
    }

    /// The call has its answer.
    pub fn end(&self) {
        drop(self.set(|_| Some(TurnState::Over)));
    }

    fn to_gateway(&self) {
        drop(self.set(|state| matches!(state, TurnState::Plugin).then(|| self.of_gateway())));
    }

    fn of_gateway(&self) -> TurnState {
        TurnState::Gateway {
            _awaited: self.outbound.awaiting(),
        }
    }

    /// What this gives counts until it is dropped: the plugin must be told first.
    fn to_plugin(&self) -> Option<TurnState> {
        self.set(|state| matches!(state, TurnState::Gateway { .. }).then_some(TurnState::Plugin))
    }

    fn set(&self, next: impl FnOnce(&TurnState) -> Option<TurnState>) -> Option<TurnState> {
        let mut state = lock(&self.state);
        next(&state).map(|next| std::mem::replace(&mut *state, next))
    }
}

/// The gateway's end of a body.
struct Intake {
    pieces: mpsc::Receiver<Piece>,
    /// Of the piece that was handed on last.
    taken: Option<oneshot::Sender<()>>,
    has_ended: bool,
    turn: Arc<Turn>,
}

impl Intake {
    async fn next(mut self) -> Option<(io::Result<Bytes>, Self)> {
        loop {
            self.piece_taken();
            if self.has_ended {
                return None;
            }
            let Some(piece) = self.pieces.recv().await else {
                self.has_ended = true;
                let gone = io::Error::other("the plugin gave the body up");
                return Some((Err(gone), self));
            };
            self.has_ended = piece.is_last;
            self.taken = Some(piece.taken);
            if !piece.bytes.is_empty() {
                return Some((Ok(piece.bytes), self));
            }
        }
    }

    /// More is asked for, so what was handed on is on its way.
    fn piece_taken(&mut self) {
        let turn = match self.has_ended {
            true => None,
            false => self.turn.to_plugin(),
        };
        if let Some(taken) = self.taken.take() {
            // Whoever sent it may have given up.
            let _ = taken.send(());
        }
        drop(turn);
    }
}

impl Drop for Intake {
    /// Nobody takes the rest: what happens next is the gateway's doing.
    fn drop(&mut self) {
        self.turn.to_gateway();
    }
}
