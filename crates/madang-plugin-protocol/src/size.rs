//! Sizes as people say them.

/// `4 MiB`, `256 KiB`, and what is neither in bytes: a bound by which somebody can cut what he sends.
pub fn size_in_words(bytes: usize) -> String {
    let whole = |unit: usize| bytes >= unit && bytes.is_multiple_of(unit);
    match bytes {
        _ if whole(1 << 20) => format!("{} MiB", bytes >> 20),
        _ if whole(1 << 10) => format!("{} KiB", bytes >> 10),
        _ => format!("{bytes} bytes"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bound_is_said_exactly() {
        let check = |bytes, expected: &str| assert_eq!(size_in_words(bytes), expected);
        check(0, "0 bytes");
        check(1_000, "1000 bytes");
        check(1 << 10, "1 KiB");
        check((1 << 20) - 1, "1048575 bytes");
        check(1 << 20, "1 MiB");
        check((1 << 20) + (1 << 10), "1025 KiB");
        check(8 << 20, "8 MiB");
    }
}
