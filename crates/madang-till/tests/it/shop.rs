//! Small shops for tests.

use madang_model::shop::Shop;

const CAFE: &str = include_str!("../shop.toml");

const TABLES: &str = r#"
payment = "later"
halls = [{ id = 1, title = "홀" }]
tables = [{ id = 1, hall = 1, title = "A1", seats = 4 }, { id = 2, hall = 1, title = "A2" }]
"#;

pub fn cafe() -> Shop {
    Shop::from_toml(CAFE).expect("the café")
}

pub fn restaurant() -> Shop {
    let text = CAFE.replace(
        "business = \"cafe\"\n",
        &format!("business = \"restaurant\"\n{TABLES}"),
    );
    Shop::from_toml(&text).expect("the restaurant")
}
