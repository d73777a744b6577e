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

    /// `menu` for a till, which knows an item by its code or id, else by its barcode, else by its title: none of them has to be there but the title. Two rows are the
    /// same item when they have the same code, the same barcode, or neither and the same title.
    ///
    /// # Panics
    /// When the mapping that is built in is not right, which a test sees.
    pub fn menu_of_a_till() -> Self {
        let mut mapping = Self::builtin("menu").expect("it is built in");
        mapping.key = ["item", "barcode", "title"].map(str::to_owned).to_vec();
        mapping.key_may_be_empty = true;
        let item = mapping.columns.iter_mut().find(|rule| rule.name == "item");
        let item = item.expect("a menu has the column");
        item.required = false;
        item.unique = true;
        mapping
    }

    /// Its text, with remarks.
    pub fn builtin_toml(name: &str) -> Option<&'static str> {
        FILES
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, toml)| *toml)
    }
}
