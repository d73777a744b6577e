//! What a mapping reads of the objects of JSON Lines, whose first lines need not have all of it.

use super::{Mapping, Values};
use crate::read::Member;

impl Mapping {
    /// The members that its columns are read from.
    pub fn members(&self) -> Vec<Member> {
        let mut members = Vec::new();
        for rule in &self.columns {
            let sets = self.one_of.iter().filter(|set| set.contains(&rule.name));
            let others = sets.flatten().filter_map(|name| self.column(name));
            members.push(Member {
                names: rule.from.clone(),
                is_required: rule.required && rule.default.is_none(),
                only_with: others.flat_map(|rule| rule.from.clone()).collect(),
            });
            if let Values::Timestamp(dates) = &rule.values
                && !dates.time_from.is_empty()
            {
                members.push(Member {
                    names: dates.time_from.clone(),
                    is_required: false,
                    only_with: rule.from.clone(),
                });
            }
        }
        members
    }
}
