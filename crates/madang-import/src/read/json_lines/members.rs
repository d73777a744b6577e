//! Columns of members that do not stand in the first objects.

use crate::check::spelling::words::folded;
use crate::read::settings::Member;

/// The columns that were found, and behind them those that may still come.
pub fn with_later(mut columns: Vec<String>, members: &[Member]) -> Vec<String> {
    let found: Vec<String> = columns.iter().map(|name| folded(name)).collect();
    for member in members {
        if member.names.iter().any(|name| is_among(name, &found)) {
            continue;
        }
        let within = member.names.iter().find(|name| is_within(name, &columns));
        let is_with = |names: &[String]| names.iter().any(|name| is_among(name, &found));
        let may_come =
            !member.is_required && (member.only_with.is_empty() || is_with(&member.only_with));
        let first = member.names.first().filter(|_| may_come);
        if let Some(name) = within.or(first).filter(|name| !columns.contains(name)) {
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
            .filter(|name| !is_among(name, &folded_columns))
            .collect::<Vec<_>>();
        column
            .into_iter()
            .flat_map(move |column| others.clone().into_iter().map(move |name| (column, name)))
    })
}

fn is_among(name: &str, folded_names: &[String]) -> bool {
    folded_names.contains(&folded(name))
}

/// Whether the name leads into an object that was found.
fn is_within(name: &str, columns: &[String]) -> bool {
    let mut ends = name.match_indices('.');
    ends.any(|(dot, _)| columns.iter().any(|column| column == &name[..dot]))
}
