//! Results in the order of names: the canonical order of what is merged, for two logs number their activities differently.

use super::limits::TooMany;
use super::names::Names;

/// Places of activities are numbers of 16 bits.
pub(crate) const PLACES_MAX: usize = u16::MAX as usize;

/// The names of two results, sorted, and where those of each stand among them.
pub(crate) struct MergedNames<'names> {
    pub(crate) names: Vec<&'names str>,
    pub(crate) mine: Vec<u16>,
    pub(crate) theirs: Vec<u16>,
}

impl<'names> MergedNames<'names> {
    /// # Errors
    /// When there are more names than places can number.
    pub(crate) fn of(
        mine: impl Iterator<Item = &'names str> + Clone,
        theirs: impl Iterator<Item = &'names str> + Clone,
    ) -> Result<Self, TooMany> {
        let mut names: Vec<&str> = mine.clone().chain(theirs.clone()).collect();
        names.sort_unstable();
        names.dedup();
        if names.len() > PLACES_MAX {
            return Err(TooMany::Activities(PLACES_MAX as u32));
        }
        let place = |name: &str| names.partition_point(|other| *other < name) as u16;
        Ok(Self {
            mine: mine.map(place).collect(),
            theirs: theirs.map(place).collect(),
            names,
        })
    }
}

/// Those activities of a log that are used, by name, and for each activity its place among them.
pub(crate) fn by_name(names: &Names, is_used: impl Fn(usize) -> bool) -> (Vec<u16>, Vec<u16>) {
    // The builder keeps activities within 16 bits.
    let mut order: Vec<u16> = (0..names.len())
        .filter(|at| is_used(*at))
        .map(|at| at as u16)
        .collect();
    order.sort_unstable_by_key(|at| names.name(u32::from(*at)));
    let mut places = vec![0; names.len()];
    for (place, at) in order.iter().enumerate() {
        places[usize::from(*at)] = place as u16;
    }
    (order, places)
}
