//! The three shops that Madang comes with, and what a shop's file may not say.

use std::collections::HashSet;

use madang_model::catalog::{Item, SaleState};
use madang_model::line::Line;
use madang_model::shop::{Business, Shop};
use madang_model::stock::ItemDay;
use madang_model::{LineKey, Text};

pub const CAFE: &str = include_str!("../../../../shops/cafe.toml");
pub const RESTAURANT: &str = include_str!("../../../../shops/restaurant.toml");
pub const RETAIL: &str = include_str!("../../../../shops/retail.toml");

pub fn cafe() -> Shop {
    Shop::from_toml(CAFE).expect("the café")
}

fn all() -> [Shop; 3] {
    [CAFE, RESTAURANT, RETAIL].map(|text| Shop::from_toml(text).expect("a sample shop"))
}

#[test]
fn the_cafe_has_what_a_cafe_needs() {
    let shop = cafe();
    assert_eq!(
        (shop.key.as_str(), shop.business, shop.pays_later()),
        ("cafe", Business::Cafe, false)
    );
    assert!(shop.catalog.items.len() >= 24);
    assert_eq!(
        shop.catalog
            .categories
            .iter()
            .map(|category| category.title.ko.as_str())
            .collect::<Vec<_>>(),
        ["커피", "라떼", "티·에이드", "베이커리", "원두·굿즈"]
    );
    assert!(count(&shop, |item| item.price.tax_free) >= 2);
    assert!(count(&shop, |item| item.price.stock.is_some()) >= 5);
    let choices = || shop.catalog.options.iter().flat_map(|group| &group.choices);
    assert!(choices().any(|choice| choice.countable));
    assert!(choices().any(|choice| choice.state == SaleState::SoldOut));
    assert!(
        shop.catalog
            .options
            .iter()
            .any(|group| group.choices_min == 0 && group.choices_max > Some(1))
    );
}

#[test]
fn the_cafe_sells_what_the_screen_shows() {
    let shop = cafe();
    let check = |name: &str, amount: i64, state: SaleState, left: Option<i64>| {
        let item = called(&shop, name);
        let day = ItemDay::of(item);
        assert_eq!(item.price.amount.minor_units(), amount, "{name}");
        assert_eq!((day.sale_state(), day.left), (state, left), "{name}");
    };
    check("아메리카노", 4_500, SaleState::OnSale, None);
    check("카페라떼", 5_000, SaleState::OnSale, None);
    check("바닐라 라떼", 5_500, SaleState::OnSale, None);
    check("콜드브루", 5_200, SaleState::OnSale, None);
    check("오늘의 브루잉", 6_500, SaleState::OnSale, None);
    check("디카페인", 5_000, SaleState::SoldOut, None);
    check("소금빵", 3_800, SaleState::OnSale, Some(40));
    check("크루아상", 4_200, SaleState::OnSale, Some(3));
    check("당근 케이크", 6_800, SaleState::SoldOut, Some(0));
    check("하우스 블렌드 200g", 16_000, SaleState::OnSale, Some(24));
}

#[test]
fn the_restaurant_has_halls_and_tables_and_is_paid_after_the_meal() {
    let shop = Shop::from_toml(RESTAURANT).expect("the restaurant");
    assert_eq!(
        (shop.key.as_str(), shop.business, shop.pays_later()),
        ("restaurant", Business::Restaurant, true)
    );
    assert_eq!(shop.halls.len(), 2);
    assert!(shop.tables.len() >= 12);
    for hall in &shop.halls {
        assert!(shop.tables.iter().any(|table| table.hall == hall.id));
    }
    assert!(shop.catalog.items.len() >= 20);
    assert!(
        shop.catalog
            .options
            .iter()
            .any(|group| group.title.ko == "맵기")
    );
}

#[test]
fn the_retail_shop_can_be_scanned() {
    let shop = Shop::from_toml(RETAIL).expect("the retail shop");
    assert_eq!(
        (shop.key.as_str(), shop.business, shop.pays_later()),
        ("retail", Business::Retail, false)
    );
    assert!(shop.catalog.items.len() >= 30);
    assert!(count(&shop, |item| item.price.tax_free) >= 5);
    assert!(count(&shop, |item| item.price.stock.is_some()) * 10 >= shop.catalog.items.len() * 8);
    let mut seen = HashSet::new();
    for item in &shop.catalog.items {
        let barcode = item.price.barcode.as_deref().expect("a barcode");
        assert!(
            is_ean_13(barcode) && barcode.starts_with("880"),
            "{barcode}"
        );
        assert!(seen.insert(barcode), "{barcode} is there twice");
        assert_eq!(
            shop.catalog
                .item_by_barcode(barcode)
                .map(|found| found.title.ko.as_str()),
            Some(item.title.ko.as_str())
        );
    }
}

#[test]
fn one_tap_sells_anything_that_is_for_sale() {
    for shop in all() {
        for item in shop
            .catalog
            .items
            .iter()
            .filter(|item| item.state == SaleState::OnSale)
        {
            let tapped = Line::from_menu(&shop.catalog, item, key("tap"), 1, None)
                .unwrap_or_else(|refusal| panic!("{}: {refusal}", item.title.ko));
            let chosen: Vec<_> = tapped
                .choices
                .iter()
                .map(|choice| madang_model::line::ChosenChoice {
                    id: choice.id,
                    quantity: choice.quantity,
                })
                .collect();
            let asked =
                Line::from_menu(&shop.catalog, item, key("tap"), 1, Some(&chosen)).expect("asked");
            assert_eq!(
                tapped, asked,
                "{}: the defaults answer every group",
                item.title.ko
            );
            assert_eq!(
                tapped.unit_amount(),
                Ok(item.price.amount),
                "{}",
                item.title.ko
            );
        }
    }
}

#[test]
fn every_name_is_in_both_languages_and_names_one_thing() {
    for shop in all() {
        assert_both(&shop.name);
        let catalog = &shop.catalog;
        catalog
            .categories
            .iter()
            .for_each(|category| assert_both(&category.title));
        catalog.items.iter().for_each(|item| {
            assert_both(&item.title);
            assert_both(&item.price.title);
            item.description.iter().for_each(assert_both);
        });
        for group in &catalog.options {
            assert_both(&group.title);
            group
                .choices
                .iter()
                .for_each(|choice| assert_both(&choice.title));
        }
        shop.halls.iter().for_each(|hall| assert_both(&hall.title));
        shop.tables
            .iter()
            .for_each(|table| assert_both(&table.title));
        let names: HashSet<&str> = catalog
            .items
            .iter()
            .map(|item| item.title.ko.as_str())
            .collect();
        assert_eq!(names.len(), catalog.items.len(), "{}", shop.key);
    }
    let shops: HashSet<u64> = all().iter().map(|shop| shop.merchant_id).collect();
    assert_eq!(shops.len(), 3);
}

#[test]
fn some_item_asks_for_every_option_group() {
    for shop in all() {
        for group in &shop.catalog.options {
            assert!(
                shop.catalog
                    .items
                    .iter()
                    .any(|item| item.options.contains(&group.id)),
                "{}: nothing asks for {}",
                shop.key,
                group.title.ko
            );
        }
    }
}

#[test]
fn money_keeps_its_written_form_in_json() {
    let americano = called(&cafe(), "아메리카노").price.amount;
    assert_eq!(
        serde_json::to_string(&americano).expect("money is JSON"),
        r#"{"minor_units":4500,"currency":"KRW"}"#
    );
    let shop = cafe();
    let json = serde_json::to_string(&shop).expect("a shop is JSON");
    assert_eq!(serde_json::from_str::<Shop>(&json).expect("and back"), shop);
}

/// Each row: what stands in the café's file, what is written in its place, and what reading it says.
#[test]
fn a_wrong_file_says_where_and_what() {
    let check = |there: &str, instead: &str, expected: &str| {
        assert!(CAFE.contains(there), "{there}");
        let cafe = CAFE.replacen("id = 1291,", "barcode = \"7\", id = 1291,", 1);
        let error = Shop::from_toml(&cafe.replacen(there, instead, 1)).expect_err(instead);
        let mut said = error.to_string();
        if let Some(source) = std::error::Error::source(&error) {
            said = format!("{said}: {source}");
        }
        assert!(said.contains(expected), "{instead}\n{said}");
    };
    check(
        "amount = 4500",
        "amount = \"4500\"",
        "an amount in whole minor units, as 4500 for ₩4,500",
    );
    check(
        "amount = 4500",
        "amount = 4500.5",
        "an amount in whole minor units",
    );
    check(
        "amount = 4500",
        "amount = -1",
        "the price of “아메리카노” is below 0",
    );
    check(
        "amount = 4500",
        "amount = 1_000_000_000_001",
        "the price of “아메리카노” is too large",
    );
    check(
        "amount = 4500",
        "amount = { minor_units = 4500, currency = \"USD\" }",
        "is not in KRW",
    );
    check(
        "amount = 500 }",
        "amount = 1_000_000_000_001 }",
        "the amount of “라지” is too large",
    );
    check(
        "amount = 500 }",
        "amount = -500 }",
        "the amount of “라지” is below 0",
    );
    check(
        "glyph = \"coffee\"",
        "glyhp = \"coffee\"",
        "unknown field `glyhp`",
    );
    check("key = \"cafe\"", "kee = \"cafe\"", "unknown field `kee`");
    check(
        "id = 1011, ",
        "id = 1011, tax_fre = true, ",
        "unknown field `tax_fre`",
    );
    check(
        "key = \"cafe\"",
        "key = \"Café\"",
        "use 1 to 40 lower-case letters",
    );
    check("Asia/Seoul", "Asia/Soul", "is not a known time zone");
    check(
        "day_begins_at_hour = 5",
        "day_begins_at_hour = 24",
        "must be 0 to 23",
    );
    check("id = 102\n", "id = 101\n", "item 101 is there twice");
    check("id = 1021,", "id = 1011,", "price 1011 is there twice");
    check(
        "id = 102\n",
        "id = 9007199254740992\n",
        "ids stay below 2^53",
    );
    check(
        "category = 2",
        "category = 9",
        "“카페라떼” is in category 9, which is not there",
    );
    check(
        "options = [1, 2, 3, 4]",
        "options = [1, 99]",
        "asks for option 99, which is not there",
    );
    check(
        "defaults = [101]",
        "defaults = [999]",
        "default 999 is not one of its choices",
    );
    check(
        "choices_min = 1",
        "choices_min = 2",
        "choices_max is below choices_min",
    );
    check(
        "options = [1, 2, 3, 4]",
        "options = [1, 2, 1]",
        "“아메리카노”: option 1 is there twice",
    );
    check(
        "defaults = [101]",
        "defaults = [101, 102]",
        "option “온도” has more defaults than choices_max",
    );
    check(
        "id = 1011, ",
        "barcode = \"7\", id = 1011, ",
        "barcode 7 is there twice",
    );
    check(
        "payment = \"first\"",
        "payment = \"first\"\ntables = [{ id = 1, hall = 7, title = \"A1\" }]",
        "table 1 stands in hall 7",
    );
}

fn called<'a>(shop: &'a Shop, name: &str) -> &'a Item {
    shop.catalog
        .items
        .iter()
        .find(|item| item.title.ko == name)
        .unwrap_or_else(|| panic!("no {name}"))
}

fn count(shop: &Shop, is: impl Fn(&Item) -> bool) -> usize {
    shop.catalog.items.iter().filter(|item| is(item)).count()
}

fn assert_both(text: &Text) {
    let fits = |text: &str| !text.trim().is_empty() && text.chars().count() <= 40;
    assert!(
        fits(&text.ko) && text.en.as_deref().is_some_and(fits),
        "{text:?}"
    );
}

fn is_ean_13(barcode: &str) -> bool {
    let digits: Option<Vec<u32>> = barcode.chars().map(|digit| digit.to_digit(10)).collect();
    digits.is_some_and(|digits| {
        digits.len() == 13
            && digits
                .iter()
                .enumerate()
                .map(|(place, digit)| if place % 2 == 0 { *digit } else { digit * 3 })
                .sum::<u32>()
                .is_multiple_of(10)
    })
}

fn key(text: &str) -> LineKey {
    text.parse().expect("a plain key")
}
