//! An attribute of events or of cases: each different value kept once.

use super::names::Names;

/// What the values of a column are, so that a filter and a writer can treat them as such. The text is kept as it was read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ColumnKind {
    /// Words.
    #[default]
    Text,
    /// Decimal numbers.
    Number,
    /// Moments, as RFC 3339.
    Time,
    /// `true` and `false`.
    Boolean,
}

/// One attribute over all events, or over all cases.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// What the log calls it.
    pub name: String,
    /// What its values are.
    pub kind: ColumnKind,
    values: Names,
    /// For each event or case the number of its value and 1, or 0 where it has none. Shorter than the log where the rest have none.
    value_of: Vec<u32>,
}

impl Column {
    /// A column without values yet.
    pub fn new(name: &str, kind: ColumnKind) -> Self {
        Self {
            name: name.to_owned(),
            kind,
            values: Names::new(),
            value_of: Vec::new(),
        }
    }

    /// The value of this event or case.
    pub fn value(&self, at: usize) -> Option<&str> {
        match self.value_of.get(at) {
            None | Some(0) => None,
            Some(number) => Some(self.values.name(number - 1)),
        }
    }

    /// The different values, in the order they came.
    pub fn values(&self) -> &Names {
        &self.values
    }

    /// Sets the value of one event or case. False when the values together would pass 4 GiB.
    pub fn set(&mut self, at: usize, value: &str) -> bool {
        let Some(number) = self.values.number(value) else {
            return false;
        };
        self.put(at, number);
        true
    }

    /// Takes the values of another column, each to the place that is given for its own. False when the values together would pass 4 GiB.
    pub(super) fn append(&mut self, other: Self, place: impl Fn(usize) -> usize) -> bool {
        // Also those that were set and replaced, so that it is as if all had been set here.
        let numbers: Option<Vec<u32>> = (other.values.iter())
            .map(|value| self.values.number(value))
            .collect();
        let Some(numbers) = numbers else { return false };
        for (at, number) in other.value_of.into_iter().enumerate() {
            if number > 0 {
                self.put(place(at), numbers[number as usize - 1]);
            }
        }
        true
    }

    fn put(&mut self, at: usize, number: u32) {
        if self.value_of.len() <= at {
            self.value_of.resize(at + 1, 0);
        }
        self.value_of[at] = number + 1;
    }

    /// The same column with its values at other places: at `i` stands what stood at `order[i]`.
    pub(super) fn placed(mut self, order: &[u32]) -> Self {
        self.value_of = order
            .iter()
            .map(|from| self.value_of.get(*from as usize).copied().unwrap_or(0))
            .collect();
        self
    }
}
