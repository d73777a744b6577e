//! What hyper's errors mean here.

use std::{error::Error, io};

use super::{HeadLimits, meter::EndlessHead};
use crate::{
    request::BodyTooLarge,
    send_error::{Part, SendErrorKind},
};

pub(crate) fn kind_of(error: hyper::Error, head: HeadLimits) -> SendErrorKind {
    if let Some(limit) = body_bytes_max(&error) {
        let part = Part::RequestBody;
        SendErrorKind::TooLarge { part, limit }
    } else if is_our_bodys(&error) {
        SendErrorKind::BrokenBody(io::Error::other(error))
    } else if error.is_parse_too_large() || within::<EndlessHead>(&error) {
        head.exceeded()
    } else if error.is_incomplete_message() || ended_early(&error) {
        SendErrorKind::CutShort(Some(error))
    } else if error.is_parse() || is_malformed(&error) {
        SendErrorKind::Protocol(error)
    } else {
        SendErrorKind::Broken(error)
    }
}

/// The bound that the body to send has broken on its way. HTTP/2 does not hand that on.
fn body_bytes_max(error: &hyper::Error) -> Option<usize> {
    let inner = found::<io::Error>(error)?.get_ref()?;
    Some(inner.downcast_ref::<BodyTooLarge>()?.limit)
}

/// The only part of a request that can fail on its own is its body. HTTP/1.1 hands its error on; of an HTTP/2 stream it is told that
/// neither the other side nor the protocol has ended it. hyper also counts as ours what it says of a connection that ended without a
/// word, and a server that processed the call may have ended it.
fn is_our_bodys(error: &hyper::Error) -> bool {
    let own = error.is_user() && found::<io::Error>(error).is_some();
    let ended_by_us = found::<h2::Error>(error)
        .is_some_and(|error| error.is_reset() && !error.is_remote() && !error.is_library());
    own || ended_by_us
}

/// Whether a stream was ended before the other side looked at it: it said so (`REFUSED_STREAM`), or it was shutting down
/// without a fault and named it as one that it would not serve. A shutdown for a fault ends streams that were served, too.
pub(super) fn was_refused_untouched(error: &hyper::Error) -> bool {
    found::<h2::Error>(error).is_some_and(|error| {
        let refused = error.is_reset() && error.reason() == Some(h2::Reason::REFUSED_STREAM);
        let shutting_down = error.is_go_away() && error.reason() == Some(h2::Reason::NO_ERROR);
        error.is_remote() && (refused || shutting_down)
    })
}

/// A body shorter than announced reaches us as an I/O error of this kind.
fn ended_early(error: &hyper::Error) -> bool {
    io_kind(error) == Some(io::ErrorKind::UnexpectedEof)
}

/// Broken chunk sizes reach us as I/O errors of these kinds, broken frames as errors of our side of HTTP/2.
fn is_malformed(error: &hyper::Error) -> bool {
    let broken_chunk = matches!(
        io_kind(error),
        Some(io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData)
    );
    let broken_frame = found::<h2::Error>(error).is_some_and(|error| {
        let kind = error.get_io().map(io::Error::kind);
        error.is_library() || kind == Some(io::ErrorKind::InvalidData)
    });
    broken_chunk || broken_frame
}

fn io_kind(error: &hyper::Error) -> Option<io::ErrorKind> {
    found::<io::Error>(error).map(io::Error::kind)
}

fn within<T: Error + 'static>(error: &hyper::Error) -> bool {
    found::<io::Error>(error)
        .and_then(io::Error::get_ref)
        .is_some_and(|inner| inner.is::<T>())
}

/// The first error of this type below `error`.
fn found<T: Error + 'static>(error: &hyper::Error) -> Option<&T> {
    let mut source = error.source();
    while let Some(error) = source {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        source = error.source();
    }
    None
}
