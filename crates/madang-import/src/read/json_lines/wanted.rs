//! The members that are wanted, and which of them a name is.

use std::borrow::Cow;
use std::cell::Cell;
use std::collections::{HashMap, HashSet};

use super::members;
use crate::check::spelling::words::folded;
use crate::read::settings::Member;

/// A member that is wanted, or that leads to one.
#[derive(Debug)]
pub struct Wanted {
    /// As it is spelled.
    pub name: String,
    /// The form in which it is compared.
    folded: String,
    /// Whether other spellings of it are the same: so it is for all that the mapping reads. Of the rest nothing comes, however it is spelled.
    is_read: bool,
    /// Where its value goes.
    pub column: Option<usize>,
    /// Members within it.
    pub below: Vec<Self>,
    /// The number of the object in which it was found last.
    pub found_in: Cell<u64>,
}

/// Which of the wanted members a name is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// This one.
    One(usize),
    /// A spelling of several that stand beside each other, of which this is one.
    Several(usize),
    /// None.
    None,
}

/// The wanted members as a tree. `a.b` is `b` in the object `a`, or a member that is called `a.b`.
pub fn wanted(columns: &[String], members: &[Member]) -> Vec<Wanted> {
    let folded_columns: Vec<String> = columns.iter().map(|name| folded(name)).collect();
    let mut seen = HashSet::new();
    let again = folded_columns.iter().filter(|name| !seen.insert(*name));
    // Names that are several columns, by which spelling they have.
    let apart: HashSet<&String> = again.collect();
    let read: HashSet<String> = members
        .iter()
        .flat_map(|member| &member.names)
        .map(|name| folded(name))
        .collect();
    let mut tree = Vec::new();
    // These are told apart by what they are called, and so stand there before what is not.
    for is_apart in [true, false] {
        for (column, path) in columns.iter().enumerate() {
            let name = &folded_columns[column];
            if apart.contains(name) == is_apart {
                let is_read = members.is_empty() || read.contains(name);
                want(
                    &mut tree,
                    path,
                    &Want {
                        column,
                        is_apart,
                        is_read,
                    },
                );
            }
        }
    }
    for (column, path) in members::other_names(columns, members) {
        let other = Want {
            column,
            is_apart: false,
            is_read: true,
        };
        want(&mut tree, path, &other);
    }
    tree
}

/// How a column is wanted.
struct Want {
    column: usize,
    /// Only as it is spelled.
    is_apart: bool,
    is_read: bool,
}

fn want(tree: &mut Vec<Wanted>, path: &str, how: &Want) {
    for at in entries(tree, path, how) {
        tree[at].column.get_or_insert(how.column);
    }
    for (dot, _) in path.match_indices('.').take(DOTS_MAX) {
        for at in entries(tree, &path[..dot], how) {
            want(&mut tree[at].below, &path[dot + 1..], how);
        }
    }
}

/// A path of more dots is taken as it stands: every way to split it is looked for.
const DOTS_MAX: usize = 6;

/// Where the name is: in one place, but for a name that is several columns.
fn entries(tree: &mut Vec<Wanted>, name: &str, how: &Want) -> Vec<usize> {
    let folded = folded(name);
    let is_it = |wanted: &Wanted| match how.is_apart {
        true => wanted.name == name,
        false => wanted.folded == folded,
    };
    let mut places: Vec<usize> = (0..tree.len()).filter(|at| is_it(&tree[*at])).collect();
    if places.is_empty() {
        places.push(tree.len());
        tree.push(Wanted {
            name: name.to_owned(),
            folded,
            is_read: false,
            column: None,
            below: Vec::new(),
            found_in: Cell::new(0),
        });
    }
    for at in &places {
        tree[*at].is_read |= how.is_read;
    }
    places
}

/// Looks a name up. Members mostly come in the same order, so the one after the last found is tried first.
pub fn find(wanted: &[Wanted], name: &str, next: usize, folds: &mut Folds) -> Found {
    let is_it = |wanted: &Wanted| wanted.name == name;
    if wanted.get(next).is_some_and(is_it) {
        return Found::One(next);
    }
    if let Some(at) = wanted.iter().position(is_it) {
        return Found::One(at);
    }
    let mut read = wanted.iter().enumerate().filter(|(_, other)| other.is_read);
    let folded = match read.clone().next() {
        Some(_) => folds.of(name),
        None => return Found::None,
    };
    let mut alike = read.by_ref().filter(|(_, other)| other.folded == *folded);
    match (alike.next(), alike.next()) {
        (Some((at, _)), None) => Found::One(at),
        (Some((at, _)), Some(_)) => Found::Several(at),
        (None, _) => Found::None,
    }
}

/// Forms in which names are compared, of those that are not wanted as they are spelled.
#[derive(Debug, Default)]
pub struct Folds {
    of: HashMap<Box<str>, Box<str>>,
}

/// More than rows have that were written by one program. Where the names are data (`{"A-1023": 5}`) more come, and each is folded when it comes.
const FOLDS_MAX: usize = 1024;

/// As above: half a megabyte in all, both forms counted.
const FOLDED_BYTES_MAX: usize = 256;

impl Folds {
    fn of(&mut self, name: &str) -> Cow<'_, str> {
        if !self.of.contains_key(name) {
            let folded = folded(name);
            let has_room = self.of.len() < FOLDS_MAX && name.len() <= FOLDED_BYTES_MAX;
            if !has_room {
                return Cow::Owned(folded);
            }
            self.of.insert(name.into(), folded.into());
        }
        Cow::Borrowed(&self.of[name])
    }
}
