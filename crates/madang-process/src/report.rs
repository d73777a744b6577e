//! Findings to look at: a map drawn as SVG, and a report that is one file of HTML.

pub mod layout;
