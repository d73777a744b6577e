//! Process trees: block by block, what comes in order, what by choice, what side by side and what again.

use std::fmt;

use crate::event_data::{Activity, Names};
use crate::language::Language;

/// A model made of blocks. Whatever it is made of, it can always be finished: the nets and diagrams made of it are sound.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ProcessTree {
    /// Something is done.
    Activity(Activity),
    /// Nothing is done: a way around, or back.
    Silent,
    /// All parts, one after the other.
    Sequence(Vec<ProcessTree>),
    /// One of the parts.
    Choice(Vec<ProcessTree>),
    /// All parts, in any order and interleaved.
    Parallel(Vec<ProcessTree>),
    /// The body; then any number of times the way back and the body again.
    Loop {
        /// What is done at least once.
        body: Box<ProcessTree>,
        /// What is done before the body is done again.
        redo: Box<ProcessTree>,
    },
}

impl ProcessTree {
    /// A loop of these two.
    pub fn again(body: Self, redo: Self) -> Self {
        Self::Loop {
            body: Box::new(body),
            redo: Box::new(redo),
        }
    }

    /// Whether doing nothing at all is a way through it.
    pub fn can_be_skipped(&self) -> bool {
        match self {
            Self::Activity(_) => false,
            Self::Silent => true,
            Self::Sequence(parts) | Self::Parallel(parts) => parts.iter().all(Self::can_be_skipped),
            Self::Choice(parts) => parts.iter().any(Self::can_be_skipped),
            Self::Loop { body, .. } => body.can_be_skipped(),
        }
    }

    /// The same behaviour with fewer nodes: blocks of one part, blocks within a block of their kind, and silence that changes nothing are gone.
    #[must_use]
    pub fn reduced(self) -> Self {
        match self {
            Self::Activity(_) | Self::Silent => self,
            Self::Sequence(parts) => block(
                parts,
                |part| match part {
                    Self::Sequence(inner) => Ok(inner),
                    other => Err(other),
                },
                Self::Sequence,
            ),
            Self::Parallel(parts) => block(
                parts,
                |part| match part {
                    Self::Parallel(inner) => Ok(inner),
                    other => Err(other),
                },
                Self::Parallel,
            ),
            Self::Choice(parts) => choice(parts),
            Self::Loop { body, redo } => again(body.reduced(), redo.reduced()),
        }
    }

    /// The tree as text: `→` in order, `×` one of, `∧` side by side, `↻` again, `τ` nothing.
    pub fn display<'tree>(&'tree self, activities: &'tree Names) -> impl fmt::Display + 'tree {
        Displayed {
            tree: self,
            activities,
        }
    }
}

impl ProcessTree {
    /// The tree a part a line, each block over its parts, for a person.
    pub fn outline(&self, activities: &Names, language: Language) -> Vec<String> {
        let mut lines = Vec::new();
        self.write_outline(activities, language, ("", ""), &mut lines);
        lines
    }

    /// `before`: what stands before its own line, and before those of its parts.
    fn write_outline(
        &self,
        activities: &Names,
        language: Language,
        before: (&str, &str),
        lines: &mut Vec<String>,
    ) {
        let (word, parts): (&str, Vec<&Self>) = match self {
            Self::Activity(activity) => (activities.name(u32::from(activity.0)), Vec::new()),
            Self::Silent => (language.of("(건너뜀)", "(nothing)"), Vec::new()),
            Self::Sequence(parts) => (
                language.of("→ 차례로", "→ in order"),
                parts.iter().collect(),
            ),
            Self::Choice(parts) => (language.of("× 하나만", "× one of"), parts.iter().collect()),
            Self::Parallel(parts) => (
                language.of("∧ 함께, 순서 없이", "∧ side by side"),
                parts.iter().collect(),
            ),
            Self::Loop { body, redo } => (
                language.of(
                    "↻ 되풀이: 첫째 것, 다시 하려면 둘째 것을 거쳐",
                    "↻ again: the first, and by way of the second the first again",
                ),
                vec![body, redo],
            ),
        };
        lines.push(format!("{}{word}", before.0));
        for (at, part) in parts.iter().enumerate() {
            let (own, below) = match at + 1 == parts.len() {
                true => ("└ ", "  "),
                false => ("├ ", "│ "),
            };
            let (own, below) = (format!("{}{own}", before.1), format!("{}{below}", before.1));
            part.write_outline(activities, language, (&own, &below), lines);
        }
    }
}

/// A sequence or parallel block of reduced parts, without silence and without blocks of its own kind.
fn block(
    parts: Vec<ProcessTree>,
    open: impl Fn(ProcessTree) -> Result<Vec<ProcessTree>, ProcessTree>,
    make: impl Fn(Vec<ProcessTree>) -> ProcessTree,
) -> ProcessTree {
    let mut kept = Vec::with_capacity(parts.len());
    for part in parts {
        match open(part.reduced()) {
            Ok(inner) => kept.extend(inner),
            Err(ProcessTree::Silent) => {}
            Err(other) => kept.push(other),
        }
    }
    match kept.len() {
        0 => ProcessTree::Silent,
        1 => kept.remove(0),
        _ => make(kept),
    }
}

/// A choice of reduced parts, each once; silence only where no other part can be skipped, and then first.
fn choice(parts: Vec<ProcessTree>) -> ProcessTree {
    let mut kept: Vec<ProcessTree> = Vec::with_capacity(parts.len());
    let mut silent = false;
    for part in parts {
        let opened = match part.reduced() {
            ProcessTree::Choice(inner) => inner,
            other => vec![other],
        };
        for part in opened {
            if part == ProcessTree::Silent {
                silent = true;
            } else if !kept.contains(&part) {
                kept.push(part);
            }
        }
    }
    if silent && !kept.iter().any(ProcessTree::can_be_skipped) {
        kept.insert(0, ProcessTree::Silent);
    }
    match kept.len() {
        0 => ProcessTree::Silent,
        1 => kept.remove(0),
        _ => ProcessTree::Choice(kept),
    }
}

/// A loop of reduced parts. A loop whose body is a loop has two ways back.
fn again(body: ProcessTree, redo: ProcessTree) -> ProcessTree {
    match (body, redo) {
        (ProcessTree::Silent, ProcessTree::Silent) => ProcessTree::Silent,
        (ProcessTree::Loop { body, redo: inner }, redo) => {
            ProcessTree::again(*body, choice(vec![*inner, redo]))
        }
        (body, redo) => ProcessTree::again(body, redo),
    }
}

struct Displayed<'tree> {
    tree: &'tree ProcessTree,
    activities: &'tree Names,
}

impl fmt::Display for Displayed<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write(self.tree, self.activities, formatter)
    }
}

fn write(
    tree: &ProcessTree,
    activities: &Names,
    formatter: &mut fmt::Formatter<'_>,
) -> fmt::Result {
    let (sign, parts): (&str, Vec<&ProcessTree>) = match tree {
        ProcessTree::Silent => return formatter.write_str("τ"),
        ProcessTree::Activity(activity) => {
            return write!(formatter, "'{}'", activities.name(u32::from(activity.0)));
        }
        ProcessTree::Sequence(parts) => ("→", parts.iter().collect()),
        ProcessTree::Choice(parts) => ("×", parts.iter().collect()),
        ProcessTree::Parallel(parts) => ("∧", parts.iter().collect()),
        ProcessTree::Loop { body, redo } => ("↻", vec![body, redo]),
    };
    write!(formatter, "{sign}( ")?;
    for (at, part) in parts.into_iter().enumerate() {
        if at > 0 {
            formatter.write_str(", ")?;
        }
        write(part, activities, formatter)?;
    }
    formatter.write_str(" )")
}

#[cfg(test)]
mod tests {
    use super::ProcessTree::{self, Choice, Parallel, Sequence, Silent};
    use crate::event_data::{Activity, Names};

    fn check(tree: ProcessTree, expected: &str) {
        let mut names = Names::new();
        for name in ["a", "b", "c"] {
            names.number(name).expect("three names fit");
        }
        assert_eq!(tree.reduced().display(&names).to_string(), expected);
    }

    fn done(number: u16) -> ProcessTree {
        ProcessTree::Activity(Activity(number))
    }

    #[test]
    fn an_outline_has_a_part_a_line() {
        let mut names = Names::new();
        for name in ["a", "b", "c"] {
            names.number(name).expect("three names fit");
        }
        let tree = Sequence(vec![
            done(0),
            Choice(vec![Silent, ProcessTree::again(done(1), Silent)]),
            done(2),
        ]);
        let lines = tree.outline(&names, crate::language::Language::English);
        let expected = "→ in order
├ a
├ × one of
│ ├ (nothing)
│ └ ↻ again: the first, and by way of the second the first again
│   ├ b
│   └ (nothing)
└ c";
        assert_eq!(lines.join("\n"), expected);
    }

    #[test]
    fn what_changes_nothing_is_reduced_away() {
        let again = ProcessTree::again;
        check(Sequence(vec![]), "τ");
        check(Sequence(vec![done(0)]), "'a'");
        check(
            Sequence(vec![done(0), Silent, Sequence(vec![done(1), done(2)])]),
            "→( 'a', 'b', 'c' )",
        );
        check(
            Parallel(vec![Silent, Parallel(vec![done(1), done(2)])]),
            "∧( 'b', 'c' )",
        );
        check(
            Choice(vec![
                done(0),
                Silent,
                Choice(vec![Silent, done(1), done(0)]),
            ]),
            "×( τ, 'a', 'b' )",
        );
        check(Choice(vec![Silent, again(Silent, done(0))]), "↻( τ, 'a' )");
        check(again(Silent, Silent), "τ");
        check(
            again(again(done(0), done(1)), done(2)),
            "↻( 'a', ×( 'b', 'c' ) )",
        );
        check(
            again(again(done(0), Silent), Choice(vec![done(2), Silent])),
            "↻( 'a', ×( τ, 'c' ) )",
        );
    }
}
