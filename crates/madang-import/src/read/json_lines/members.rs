//! Columns of members that do not stand in the first objects.

use std::collections::{HashMap, HashSet};

use crate::check::spelling::words::folded;
use crate::read::settings::Member;

/// The columns that were found, and behind them those that may still come.
pub fn with_later(mut columns: Vec<String>, members: &[Member]) -> Vec<String> {
    let found: Vec<String> = columns.iter().map(|name| folded(name)).collect();
    // Of a file that has nothing of what is wanted, nothing is expected later either: it is another file than was meant, and so refused.
    let reads = |name: &String| is_among(name, &found) || is_within(name, &columns);
    let reads_any = members.iter().flat_map(|member| &member.names).any(reads);
    if !columns.is_empty() && !reads_any {
        return columns;
    }
    for member in members {
        if member.names.iter().any(|name| is_among(name, &found)) {
            continue;
        }
        let within = member.names.iter().find(|name| is_within(name, &columns));
        let is_with = |names: &[String]| names.iter().any(|name| is_among(name, &found));
        let may_come =
            !member.is_required && (member.only_with.is_empty() || is_with(&member.only_with));
        let first = member.names.first().filter(|_| may_come);
        let is_new = |name: &&String| !columns.iter().any(|column| is_spelled(name, column));
        if let Some(name) = within.or(first).filter(is_new) {
            columns.push(name.clone());
        }
    }
    columns
}

/// Names under which the values of a column may stand in other rows than the first, and which are no columns themselves.
pub fn other_names<'a>(
    columns: &'a [String],
    members: &'a [Member],
) -> impl Iterator<Item = (usize, &'a String)> {
    let folded_columns: Vec<String> = columns.iter().map(|name| folded(name)).collect();
    members.iter().flat_map(move |member| {
        let is_it = |name: &String| {
            let name = folded(name);
            folded_columns.iter().position(|column| *column == name)
        };
        let column = member.names.iter().find_map(is_it);
        let others = member
            .names
            .iter()
            .filter(|name| {
                let own = column.map(|column| &folded_columns[column]);
                !columns.contains(name)
                    && (own == Some(&folded(name)) || !is_among(name, &folded_columns))
            })
            .collect::<Vec<_>>();
        column
            .into_iter()
            .flat_map(move |column| others.clone().into_iter().map(move |name| (column, name)))
    })
}

/// The names that were found, and how else some of them are spelled.
#[derive(Default)]
pub struct Spellings {
    /// In the order in which they first stood.
    names: Vec<String>,
    seen: HashMap<String, usize>,
    /// By the form in which names are compared: the first that was spelled so.
    by_folded: HashMap<String, usize>,
    /// For a name the first of its other spellings.
    first_of: Vec<usize>,
    /// Names that stand beside another spelling of theirs: these are two columns.
    apart: HashSet<String>,
}

impl Spellings {
    /// Takes the names of one object.
    pub fn add(&mut self, members: Vec<String>, names_max: usize) {
        let mut here: HashMap<usize, usize> = HashMap::new();
        for name in members {
            let at = match self.seen.get(&name) {
                Some(at) => *at,
                None if self.names.len() == names_max => continue,
                None => self.put(name),
            };
            let first = self.first_of[at];
            if here.insert(first, at).is_some_and(|other| other != at) {
                self.apart.insert(folded(&self.names[at]));
            }
        }
    }

    fn put(&mut self, name: String) -> usize {
        let at = self.names.len();
        let first = *self.by_folded.entry(folded(&name)).or_insert(at);
        self.first_of.push(first);
        self.seen.insert(name.clone(), at);
        self.names.push(name);
        at
    }

    /// The columns, each in the spelling that came first.
    pub fn columns(self) -> Vec<String> {
        let is_column = |at: usize, name: &String| {
            self.first_of[at] == at || self.apart.contains(&folded(name))
        };
        let names = self.names.iter().enumerate();
        let columns = names.filter(|(at, name)| is_column(*at, name));
        columns.map(|(_, name)| name.clone()).collect()
    }
}

fn is_among(name: &str, folded_names: &[String]) -> bool {
    folded_names.contains(&folded(name))
}

/// Whether the name leads into an object that was found.
fn is_within(name: &str, columns: &[String]) -> bool {
    let mut ends = name.match_indices('.');
    ends.any(|(dot, _)| {
        columns
            .iter()
            .any(|column| is_spelled(column, &name[..dot]))
    })
}

fn is_spelled(name: &str, other: &str) -> bool {
    name == other || folded(name) == folded(other)
}
