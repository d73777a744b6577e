//! Findings to look at: a map drawn as SVG, and a report that is one file of HTML.

mod drawn;
mod html;
pub mod layout;
mod levels;
mod sections;
mod svg;
mod words;

pub use drawn::{Detail, Drawn, DrawnEdge, DrawnNode, PathStep, Wish, drawn};
pub use sections::{Cell, Section, Table};
pub use svg::Rank;
pub use words::Words;

use jiff::tz::TimeZone;

use crate::filters::Filters;
use crate::language::Language;
use crate::performance::ProcessMap;
use crate::variants::{Rework, Variants};

/// What a report is about.
#[derive(Clone, Copy, Debug)]
pub struct Findings<'all> {
    /// What was looked at, as the names of files.
    pub title: &'all str,
    /// What follows what.
    pub map: &'all ProcessMap,
    /// The ways cases went.
    pub variants: &'all Variants,
    /// What was done twice.
    pub rework: &'all Rework,
    /// What cases had to be like to be looked at.
    pub filters: &'all Filters,
    /// How many rows were not taken.
    pub rejected: u64,
    /// What else was asked for.
    pub sections: &'all [Section],
    /// Where the clocks are.
    pub zone: &'all TimeZone,
}

/// A page that needs nothing but itself: all in one file, without a word from outside, in both languages; it opens in this one.
pub fn html(findings: &Findings<'_>, language: Language) -> String {
    html::page(findings, language)
}

/// The map alone, as an SVG file of its own: as much of it as can be read.
pub fn svg(map: &ProcessMap, language: Language) -> String {
    svg::file(map, language)
}
