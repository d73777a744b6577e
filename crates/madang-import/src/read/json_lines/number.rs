//! Numbers of JSON that are written with an exponent.

/// More zeros than any amount has: what is longer is left as it stands.
const SHIFT_MAX: usize = 40;

/// The digits of a number with an exponent; none for one without. `1.2e4` is 12000: a program wrote all of its digits, other than a spreadsheet that shortened
/// a code.
pub(super) fn without_exponent(number: &str) -> Option<String> {
    let (mantissa, exponent) = number.split_once(['e', 'E'])?;
    let exponent: isize = exponent.parse().ok()?;
    if exponent.unsigned_abs() > SHIFT_MAX {
        return None;
    }
    let (sign, mantissa) = match mantissa.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", mantissa),
    };
    let (whole, decimals) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{decimals}");
    let point = whole.len() as isize + exponent;
    let (whole, decimals) = match usize::try_from(point) {
        Ok(point) if point >= digits.len() => (format!("{digits:0<point$}"), String::new()),
        Ok(point) => (digits[..point].to_owned(), digits[point..].to_owned()),
        Err(_) => {
            let zeros = "0".repeat(point.unsigned_abs());
            (String::new(), format!("{zeros}{digits}"))
        }
    };
    let whole = match whole.trim_start_matches('0') {
        "" => "0",
        whole => whole,
    };
    Some(match decimals.trim_end_matches('0') {
        "" => format!("{sign}{whole}"),
        decimals => format!("{sign}{whole}.{decimals}"),
    })
}

#[cfg(test)]
mod tests {
    use super::without_exponent;

    #[test]
    fn an_exponent_moves_the_point() {
        let check = |number: &str, expected: Option<&str>| {
            assert_eq!(without_exponent(number).as_deref(), expected, "{number}");
        };
        check("12000", None);
        check("1.2e4", Some("12000"));
        check("-1.25E+1", Some("-12.5"));
        check("1.2e0", Some("1.2"));
        check("1.20e1", Some("12"));
        check("5e-1", Some("0.5"));
        check("12e-2", Some("0.12"));
        check("12.5e-3", Some("0.0125"));
        check("0e0", Some("0"));
        check("8.80123E+12", Some("8801230000000"));
        check("0.0012e6", Some("1200"));
        check("1e41", None);
        check("1e99999999999999999999", None);
    }
}
