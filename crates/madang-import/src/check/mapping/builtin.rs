//! The mappings that are built in. Their files are what a user copies to begin an own one.

use crate::check::mapping::Mapping;

const FILES: [(&str, &str); 3] = [
    ("menu", include_str!("builtin/menu.toml")),
    ("stock", include_str!("builtin/stock.toml")),
    ("settlement", include_str!("builtin/settlement.toml")),
];

impl Mapping {
    /// The names of the mappings that are built in.
    pub const BUILTIN: [&str; 3] = [FILES[0].0, FILES[1].0, FILES[2].0];

    /// One of the mappings that are built in.
    pub fn builtin(name: &str) -> Option<Self> {
        let toml = Self::builtin_toml(name)?;
        Some(
            Self::parse(toml, name)
                .expect("the mappings that are built in are right: a test reads them all"),
        )
    }

    /// Its text, with remarks.
    pub fn builtin_toml(name: &str) -> Option<&'static str> {
        FILES
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, toml)| *toml)
    }
}
