//! Moments as text.

use jiff::Timestamp;

use super::error::WriteError;

/// 0000-01-01T00:00Z: years before it have no four digits.
const FIRST_MS: i64 = -62_167_219_200_000;

/// RFC 3339 in UTC.
pub(super) fn moment(time_ms: i64) -> Result<String, WriteError> {
    match Timestamp::from_millisecond(time_ms) {
        Ok(moment) if time_ms >= FIRST_MS => Ok(moment.to_string()),
        _ => Err(WriteError::Time(time_ms)),
    }
}
