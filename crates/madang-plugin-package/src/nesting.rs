//! How deep code nests, estimated before it is parsed.
//!
//! The parser and the passes after it call themselves once a level, and a stack that runs out ends the whole process, till
//! included. So the depth is estimated first, by a scan that knows brackets, strings, comments, templates and regular
//! expressions but no grammar, and parsing happens on a thread with a stack for many times the limit. The scan tells a regular
//! expression from a division by the token before it, which code written to deceive it can defeat; whoever opens packages
//! of strangers does it in a process of its own.

/// Stack of the thread that opens a package. Reserved, not used: pages are taken when code really nests. The deepest accepted
/// code needs about a third of it in an unoptimised build.
pub(crate) const STACK_BYTES: usize = 256 << 20;

/// A bracket costs the parser about ten times the stack of one operator in a chain (`a + b + c`, `!!!x`, `a => b => c`).
const TOKENS_PER_LEVEL: usize = 10;

/// The first byte at which the code nests deeper than `levels_max`.
pub(crate) fn first_too_deep(text: &str, levels_max: usize) -> Option<usize> {
    let budget = levels_max.saturating_mul(TOKENS_PER_LEVEL);
    let mut scan = Scan::new(text.as_bytes());
    while let Some(weight) = scan.step() {
        if weight > budget {
            return Some(scan.at.min(text.len()));
        }
    }
    None
}

#[derive(Clone, Copy, Default)]
struct Level {
    /// Tokens since the statement or list item began: each may nest in the one before.
    tokens: usize,
    /// `<` not yet closed: type arguments nest across commas.
    angles: usize,
    /// `else`s of the running chain: each nests in the one before, across `;` and `}`.
    elses: usize,
    /// Whether a template literal goes on after the closing brace.
    is_template: bool,
}

impl Level {
    fn weight(self) -> usize {
        self.tokens + self.angles + self.elses * TOKENS_PER_LEVEL
    }
}

struct Scan<'a> {
    bytes: &'a [u8],
    at: usize,
    levels: Vec<Level>,
    level: Level,
    /// What the levels below the innermost weigh.
    below: usize,
    /// Whether a `/` here begins a regular expression.
    expects_value: bool,
}

impl<'a> Scan<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            at: 0,
            levels: Vec::new(),
            level: Level::default(),
            below: 0,
            expects_value: true,
        }
    }

    /// Takes one token; the weight of what is open after it. `None` at the end.
    fn step(&mut self) -> Option<usize> {
        let byte = *self.bytes.get(self.at)?;
        match byte {
            b' ' | b'\t' | b'\r' | b'\n' => self.at += 1,
            b'"' | b'\'' => self.string(byte),
            b'`' => self.template(),
            b'/' => self.slash(),
            b'(' | b'[' | b'{' => self.open(false),
            b')' | b']' | b'}' => self.close(byte),
            b';' | b',' => self.separator(byte),
            byte if is_word(byte) => self.word(),
            _ => self.operator(byte),
        }
        Some(self.below + self.level.weight())
    }

    fn string(&mut self, quote: u8) {
        self.at += 1;
        while let Some(byte) = self.bytes.get(self.at) {
            self.at += 1;
            match *byte {
                b'\\' => self.at += 1,
                b'\n' => break,
                byte if byte == quote => break,
                _ => {}
            }
        }
        self.value();
    }

    fn template(&mut self) {
        self.at += 1;
        while let Some(byte) = self.bytes.get(self.at) {
            match *byte {
                b'\\' => self.at += 1,
                b'`' => break,
                b'$' if self.bytes.get(self.at + 1) == Some(&b'{') => {
                    self.at += 1;
                    return self.open(true);
                }
                _ => {}
            }
            self.at += 1;
        }
        self.at += 1;
        self.value();
    }

    fn slash(&mut self) {
        match self.bytes.get(self.at + 1) {
            Some(b'/') => self.skip_past(b"\n"),
            Some(b'*') => self.skip_past(b"*/"),
            _ if self.expects_value => self.regular_expression(),
            _ => self.operator(b'/'),
        }
    }

    fn skip_past(&mut self, end: &[u8]) {
        let rest = &self.bytes[self.at + 2..];
        let length = rest.windows(end.len()).position(|window| window == end);
        self.at += 2 + length.map_or(rest.len(), |length| length + end.len());
    }

    fn regular_expression(&mut self) {
        self.at += 1;
        let mut in_class = false;
        while let Some(byte) = self.bytes.get(self.at) {
            self.at += 1;
            match *byte {
                b'\\' => self.at += 1,
                b'[' => in_class = true,
                b']' => in_class = false,
                b'/' if !in_class => break,
                b'\n' => break,
                _ => {}
            }
        }
        self.value();
    }

    fn open(&mut self, is_template: bool) {
        self.at += 1;
        self.below += self.level.weight() + TOKENS_PER_LEVEL;
        let level = Level {
            is_template,
            ..Level::default()
        };
        self.levels.push(std::mem::replace(&mut self.level, level));
        self.expects_value = true;
    }

    fn close(&mut self, byte: u8) {
        let is_template = byte == b'}' && self.level.is_template;
        if let Some(outer) = self.levels.pop() {
            self.level = outer;
            self.below -= self.level.weight() + TOKENS_PER_LEVEL;
        }
        if is_template {
            return self.template();
        }
        self.at += 1;
        if byte == b'}' {
            self.end_of_statement();
            // After a block a statement begins; after an object literal a division is rarer than a regular expression.
            self.expects_value = true;
        } else {
            self.value();
        }
    }

    fn separator(&mut self, byte: u8) {
        self.at += 1;
        if byte == b';' {
            self.level.angles = 0;
            self.end_of_statement();
        } else {
            self.level.tokens = 0;
        }
        self.expects_value = true;
    }

    fn end_of_statement(&mut self) {
        self.level.tokens = 0;
        let rest = self.bytes[self.at..].trim_ascii_start();
        let goes_on = rest.starts_with(b"else") && !rest.get(4).is_some_and(|b| is_word(*b));
        match goes_on {
            true => self.level.elses += 1,
            false if rest.starts_with(b"/") => {}
            false => self.level.elses = 0,
        }
    }

    fn word(&mut self) {
        let start = self.at;
        while self.bytes.get(self.at).is_some_and(|byte| is_word(*byte)) {
            self.at += 1;
        }
        self.value();
        self.expects_value = matches!(
            &self.bytes[start..self.at],
            b"return"
                | b"typeof"
                | b"case"
                | b"in"
                | b"of"
                | b"do"
                | b"else"
                | b"void"
                | b"delete"
                | b"throw"
                | b"new"
                | b"await"
                | b"yield"
                | b"instanceof"
        );
    }

    fn operator(&mut self, byte: u8) {
        match byte {
            b'<' => self.level.angles += 1,
            b'>' => self.level.angles = self.level.angles.saturating_sub(1),
            _ => {}
        }
        self.at += 1;
        self.level.tokens += 1;
        self.expects_value = true;
    }

    fn value(&mut self) {
        self.level.tokens += 1;
        self.expects_value = false;
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$') || byte >= 0x80
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: bool) {
        let shown: String = text.chars().take(40).collect();
        assert_eq!(first_too_deep(text, 100).is_some(), expected, "{shown}");
    }

    #[test]
    fn depth_is_seen_through_every_form_of_nesting() {
        for piece in [
            "(",
            "[",
            "{a:",
            "()=>{",
            "!",
            "a=>",
            "a?",
            "a?b:",
            "if(a)",
            "if(a){}else ",
            "-",
            "`${",
            "new ",
            "a+",
            "A<",
            "A<1,",
            "x:",
            "for(;;)",
            "while(a)",
            "if(a);else ",
            "f(",
            "f(a,",
            "/[\"]/;(",
            "'(';[",
        ] {
            check(&piece.repeat(5_000), true);
            check(&piece.repeat(20), false);
        }
    }

    #[test]
    fn length_is_not_depth() {
        for piece in [
            "a,",
            "a;",
            "f(a);",
            "if(a){b}",
            "'((((';",
            "// ((((\n",
            "/* [[[[ */",
            "/[(]/.test(a);",
            "[1,2],",
            "x={a:1};",
            "`((((`;",
            "`${a}`,",
            "a/b;",
            "\"\\\"((\",",
        ] {
            check(&piece.repeat(5_000), false);
        }
    }
}
