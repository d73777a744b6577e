//! Checks between cells, rows and the file.

pub(crate) mod group;
pub(crate) mod row_rule;
pub(crate) mod total;
