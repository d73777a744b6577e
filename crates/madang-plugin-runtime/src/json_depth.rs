/// JSON text that nests deeper than allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the text nests deeper than {depth_max} levels at byte {byte}")]
pub struct JsonTooDeep {
    /// The greatest depth allowed.
    pub depth_max: usize,
    /// Where the first bracket too many stands, counted from 0.
    pub byte: usize,
}

/// Refuses JSON text that nests deeper than `depth_max`, without recursing and without a copy.
///
/// Only nesting is looked at; whether the text is JSON at all is for the reader behind to say.
pub fn check_json_depth(text: &str, depth_max: usize) -> Result<(), JsonTooDeep> {
    // Few brackets cannot nest deep, and counting them is many times faster than following them.
    let opening = |byte: &&u8| matches!(byte, b'[' | b'{');
    if text.as_bytes().iter().filter(opening).count() <= depth_max {
        return Ok(());
    }
    let mut depth = 0usize;
    let mut in_string = false;
    let mut escaped = false;
    for (byte, &character) in text.as_bytes().iter().enumerate() {
        match character {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            _ if in_string => {}
            b'[' | b'{' => {
                depth += 1;
                if depth > depth_max {
                    return Err(JsonTooDeep { depth_max, byte });
                }
            }
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn depth_is_bounded_outside_of_strings() {
        let rows: &[(&str, usize, Option<usize>)] = &[
            ("", 0, None),
            ("1", 0, None),
            ("[]", 1, None),
            ("[[]]", 1, Some(1)),
            (r#"{"a":[1,{"b":2}]}"#, 3, None),
            (r#"{"a":[1,{"b":2}]}"#, 2, Some(8)),
            (r#"["[[[[","\"[[["]"#, 1, None),
            ("[][][]", 1, None),
            ("]]]][[", 2, None),
        ];
        for (text, depth_max, byte) in rows {
            let refused = check_json_depth(text, *depth_max).err();
            assert_eq!(refused.map(|refusal| refusal.byte), *byte, "{text}");
        }
    }
}
