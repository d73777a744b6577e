//! Rows of a file that become changes of a catalog.

use std::collections::BTreeSet;

use madang_model::catalog::{
    Catalog, CatalogChange, CatalogEvent, CountRow, DESCRIPTION_LENGTH_MAX, ITEMS_MAX, Item,
    ItemDefaults, ItemField, ItemRow, PutItems, SaleState,
};
use madang_model::line::TITLE_LENGTH_MAX;
use madang_model::money::won;
use madang_model::shop::Shop;
use madang_model::stock::{ItemDay, StockEvent};
use madang_model::{Currency, Money, Refusal, Text};

const SHOP: &str = r#"
key = "corner"
merchant_id = 1
name = "모퉁이 가게"
business_number = "000-00-00001"
representative = "김마당"
address = "서울"
phone = "02-000-0001"
serial_number = "MD-1"
business = "retail"
categories = [{ id = 1, title = "커피" }, { id = 2, title = "빵" }]
items = [
  { id = 11, title = { ko = "아메리카노", en = "Americano" }, category = 1, price = { id = 111, amount = 4500 } },
  { id = 12, title = "소금빵", category = 2, code = "B-1", price = { id = 121, amount = 3500, barcode = "8800000000015", sku = "SALT", stock = 5 } },
  { id = 13, title = "식빵", category = 2, price = { id = 131, amount = 5000, sku = "LOAF" } },
  { id = 14, title = "식빵", category = 2, price = { id = 141, amount = 6000, sku = "LOAF" } },
]
"#;

fn catalog() -> Catalog {
    Shop::from_toml(SHOP).expect("a shop").catalog
}

fn row(title: &str, amount: i64) -> ItemRow {
    ItemRow {
        item: None,
        title: Text::plain(title),
        category: None,
        amount: won(amount).expect("within bounds"),
        tax_free: None,
        barcode: None,
        sku: None,
        description: None,
        stock: None,
        state: None,
        clears: BTreeSet::new(),
    }
}

fn put(catalog: &Catalog, rows: Vec<ItemRow>) -> Result<CatalogChange, Refusal> {
    let put = PutItems {
        rows,
        makes_categories: true,
        defaults: ItemDefaults::default(),
    };
    catalog.decide(&put, Currency::KRW, ITEMS_MAX, &ItemDay::of)
}

fn after(catalog: &Catalog, change: &CatalogChange) -> Catalog {
    let mut after = catalog.clone();
    after.evolve(&change.catalog);
    after
}

/// Puts one row, and says which item it meant: an id, or “new”.
#[track_caller]
fn check_found(row: ItemRow, expected: Result<&str, &str>) {
    let found = put(&catalog(), vec![row]).map(|change| match &change.catalog[..] {
        [CatalogEvent::ItemChanged { item, .. }] => item.to_string(),
        [.., CatalogEvent::ItemAdded { .. }] => "new".to_owned(),
        other => format!("{other:?}"),
    });
    let found = found.map_err(|refusal| refused(&refusal)[0].1.clone());
    assert_eq!(
        found.as_deref().map_err(String::as_str),
        expected,
        "what a row means"
    );
}

fn refused(refusal: &Refusal) -> Vec<(usize, String)> {
    let Refusal::RowsRefused { rows } = refusal else {
        panic!("{refusal:?} is not about rows");
    };
    rows.iter().map(|row| (row.row, row.code.clone())).collect()
}

#[test]
fn an_item_is_known_by_code_then_id_then_barcode_then_title() {
    let known = |item: Option<&str>, barcode: Option<&str>, title: &str| ItemRow {
        item: item.map(str::to_owned),
        barcode: barcode.map(str::to_owned),
        ..row(title, 1)
    };
    check_found(known(Some("B-1"), None, "무엇이든"), Ok("12"));
    check_found(known(Some("11"), None, "무엇이든"), Ok("11"));
    check_found(known(None, Some("8800000000015"), "무엇이든"), Ok("12"));
    check_found(known(None, None, "아메리카노"), Ok("11"));
    check_found(known(Some("A-1"), None, "아메리카노"), Ok("11"));
    check_found(known(None, Some("8800000000022"), "아메리카노"), Ok("11"));
    // A code of its own, or another barcode, is another item of the same name.
    check_found(known(Some("B-2"), None, "소금빵"), Ok("new"));
    check_found(known(None, Some("8800000000022"), "소금빵"), Ok("new"));
    check_found(known(None, None, "크루아상"), Ok("new"));
    check_found(known(Some("011"), None, "크루아상"), Ok("new"));
    check_found(known(None, None, "식빵"), Err("ambiguous"));
    check_found(
        known(Some("B-2"), Some("8800000000015"), "크루아상"),
        Err("duplicate-barcode"),
    );
    check_found(
        known(Some("11"), Some("8800000000015"), "아메리카노"),
        Err("duplicate-barcode"),
    );
}

#[test]
fn what_a_row_does_not_say_stays() {
    let catalog = catalog();
    let change = put(&catalog, vec![row("아메리카노", 4_800)]).expect("taken");
    let after = after(&catalog, &change);
    let expected = Item {
        price: madang_model::catalog::Price {
            amount: won(4_800).expect("within bounds"),
            ..catalog.items[0].price.clone()
        },
        ..catalog.items[0].clone()
    };
    assert_eq!(after.items[0], expected);
    assert_eq!(after.items[1..], catalog.items[1..]);
}

#[test]
fn what_an_item_can_be_without_is_taken_away_when_a_row_says_so() {
    let mut catalog = catalog();
    let item = &mut catalog.items[0];
    item.title.en = Some("Americano".into());
    item.description = Some(Text::plain("진하게"));
    item.price.sku = Some("AM".into());
    let all = [
        ItemField::TitleEn,
        ItemField::Description,
        ItemField::Sku,
        ItemField::Barcode,
    ];
    let cleared = ItemRow {
        clears: all.into(),
        ..row("아메리카노", 4_500)
    };
    let change = put(&catalog, vec![cleared.clone()]).expect("taken");
    let changed = after(&catalog, &change);
    let item = &changed.items[0];
    assert_eq!(item.title, Text::plain("아메리카노"));
    assert_eq!(
        (&item.description, &item.price.sku, &item.price.barcode),
        (&None, &None, &None)
    );
    assert_eq!(item.price.amount, catalog.items[0].price.amount);
    let again = put(&changed, vec![cleared.clone()]).expect("taken");
    assert_eq!(again.rows_unchanged, 1, "there is nothing left to clear");

    let said = ItemRow {
        sku: Some("AM-2".into()),
        ..cleared
    };
    let change = put(&catalog, vec![said]).expect("taken");
    let item = &after(&catalog, &change).items[0];
    assert_eq!(item.price.sku.as_deref(), Some("AM-2"), "what is said wins");
    let mut reread = catalog.clone();
    let stored = serde_json::to_string(&change.catalog).expect("it is kept as JSON");
    let read: Vec<CatalogEvent> = serde_json::from_str(&stored).expect("and read as that");
    reread.evolve(&read);
    assert_eq!(reread.items[0], *item);
}

#[test]
fn every_field_can_change_and_ids_stay() {
    let catalog = catalog();
    let all = ItemRow {
        item: Some("A-1".into()),
        title: Text::new("아메리카노", "Black"),
        category: Some("빵".into()),
        amount: won(1).expect("within bounds"),
        tax_free: Some(true),
        barcode: Some("8800000000022".into()),
        sku: Some("AM".into()),
        description: Some("진하게".into()),
        stock: Some(3),
        state: Some(SaleState::SoldOut),
        clears: BTreeSet::new(),
    };
    let change = put(&catalog, vec![all.clone()]).expect("taken");
    let changed = after(&catalog, &change);
    let item = &changed.items[0];
    assert_eq!((item.id.0, item.price.id.0), (11, 111));
    assert_eq!(item.title, all.title);
    assert_eq!(item.category.0, 2);
    assert_eq!(item.code, all.item);
    assert_eq!(item.price.amount, all.amount);
    assert!(item.price.tax_free);
    assert_eq!(item.price.barcode, all.barcode);
    assert_eq!(item.price.sku, all.sku);
    assert_eq!(item.description, Some(Text::plain("진하게")));
    let counted = StockEvent::StockCounted { quantity: 3 };
    let state = StockEvent::SaleStateSet {
        state: SaleState::SoldOut,
    };
    assert_eq!(change.days, [(item.id, counted), (item.id, state)]);

    let day = |_: &Item| ItemDay {
        state: SaleState::SoldOut,
        left: Some(3),
    };
    let again = PutItems {
        rows: vec![all],
        makes_categories: false,
        defaults: ItemDefaults::default(),
    };
    let again = changed
        .decide(&again, Currency::KRW, ITEMS_MAX, &day)
        .expect("taken");
    let nothing = CatalogChange {
        rows_unchanged: 1,
        items: vec![Some(madang_model::ItemId(11))],
        ..CatalogChange::default()
    };
    assert_eq!(again, nothing, "a second time there is nothing to do");
}

#[test]
fn new_items_make_their_categories_once_and_get_ids_that_are_free() {
    let mut catalog = catalog();
    catalog.items[3].id.0 = 1_000_000_004;
    let in_category = |title: &str, category: Option<&str>| ItemRow {
        category: category.map(str::to_owned),
        ..row(title, 1_000)
    };
    let rows = vec![
        in_category("말차", Some("차")),
        in_category("우롱", Some("차")),
        in_category("에스프레소", Some("1")),
        in_category("컵", None),
    ];
    let change = put(&catalog, rows.clone()).expect("taken");
    assert_eq!(change, put(&catalog, rows).expect("taken"));
    let after = after(&catalog, &change);
    let titles: Vec<_> = after.categories.iter().map(|it| &*it.title.ko).collect();
    assert_eq!(titles, ["커피", "빵", "차", "기타"]);
    let new: Vec<_> = after.items[4..]
        .iter()
        .map(|item| (item.id.0, item.category.0))
        .collect();
    let (tea, others) = (after.categories[2].id.0, after.categories[3].id.0);
    assert_eq!(
        new,
        [
            (1_000_000_005, tea),
            (1_000_000_006, tea),
            (1_000_000_007, 1),
            (1_000_000_008, others)
        ]
    );
}

#[test]
fn a_row_sees_what_the_rows_before_it_did() {
    let catalog = catalog();
    let with = |item: &str, barcode: &str, amount| ItemRow {
        item: Some(item.into()),
        barcode: Some(barcode.into()),
        stock: Some(amount),
        ..row("크루아상", amount)
    };
    let rows = vec![with("C-1", "1", 1_000), with("C-1", "2", 2_000)];
    let change = put(&catalog, rows).expect("taken");
    let changed = after(&catalog, &change);
    assert_eq!(changed.items.len(), 5);
    assert_eq!(changed.items[4].price.barcode.as_deref(), Some("2"));
    let counted = StockEvent::StockCounted { quantity: 2_000 };
    assert_eq!(change.days, [(changed.items[4].id, counted)]);

    // The barcode that the second row gave up is free for the third.
    let rows = vec![
        with("C-1", "1", 1),
        with("C-1", "2", 1),
        with("C-2", "1", 1),
    ];
    assert!(put(&catalog, rows).is_ok());
    let rows = vec![with("C-1", "1", 1), with("C-2", "1", 1)];
    let refusal = put(&catalog, rows).expect_err("one barcode is one item");
    assert_eq!(refused(&refusal), [(1, "duplicate-barcode".to_owned())]);
}

#[test]
fn an_item_that_is_taken_off_stays_in_the_catalog() {
    let catalog = catalog();
    let off = |title: &str| ItemRow {
        state: Some(SaleState::Deleted),
        ..row(title, 4_500)
    };
    let change = put(&catalog, vec![off("아메리카노"), off("없는 것")]).expect("taken");
    let set = StockEvent::SaleStateSet {
        state: SaleState::Deleted,
    };
    assert_eq!(change.catalog, []);
    assert_eq!(change.days, [(catalog.items[0].id, set)]);
    assert_eq!(change.rows_unchanged, 1);
}

#[test]
fn every_refused_row_is_named_with_its_reason_and_nothing_is_taken() {
    let long = |length: usize| "가".repeat(length + 1);
    let dollar = Money::new(1, Currency::USD).expect("within bounds");
    let rows = vec![
        row("괜찮은 것", 1),
        row("  ", 1),
        row(&long(TITLE_LENGTH_MAX), 1),
        ItemRow {
            description: Some(long(DESCRIPTION_LENGTH_MAX)),
            ..row("설명", 1)
        },
        row("빚", -1),
        ItemRow {
            amount: dollar,
            ..row("달러", 1)
        },
        ItemRow {
            stock: Some(-1),
            ..row("모자란 것", 1)
        },
        ItemRow {
            barcode: Some(String::new()),
            ..row("빈 바코드", 1)
        },
    ];
    let refusal = put(&catalog(), rows).expect_err("most are wrong");
    let found = refused(&refusal);
    let found: Vec<_> = found
        .iter()
        .map(|(row, code)| (*row, code.as_str()))
        .collect();
    let expected = [
        (1, "required"),
        (2, "too-long"),
        (3, "too-long"),
        (4, "below-zero"),
        (5, "other-currency"),
        (6, "bad-quantity"),
        (7, "empty"),
    ];
    assert_eq!(found, expected);
    assert_eq!(
        refusal.to_string(),
        "7 of the rows cannot be taken: 2: an item needs a title; 3: title is longer than 200 characters; 4: description is longer than 2000 characters"
    );
    assert!(refusal.korean().contains("상품명이 있어야 해요"));
}

#[test]
fn a_duplicate_barcode_names_both_items() {
    let twice = ItemRow {
        barcode: Some("8800000000015".into()),
        item: Some("C-1".into()),
        ..row("크루아상", 1)
    };
    let refusal = put(&catalog(), vec![twice]).expect_err("it is the salt bread's");
    assert!(
        refusal
            .to_string()
            .contains("“크루아상” is that of “소금빵”")
    );
    assert!(
        refusal
            .korean()
            .contains("‘크루아상’의 바코드 8800000000015")
    );
}

#[test]
fn an_unknown_category_is_refused_unless_it_may_be_made() {
    let put = PutItems {
        rows: vec![ItemRow {
            category: Some("차".into()),
            ..row("말차", 1)
        }],
        makes_categories: false,
        defaults: ItemDefaults::default(),
    };
    let refusal = catalog().decide(&put, Currency::KRW, ITEMS_MAX, &ItemDay::of);
    let refusal = refusal.expect_err("nobody said that it may be made");
    assert_eq!(refused(&refusal), [(0, "no-such-category".to_owned())]);
}

#[test]
fn events_of_an_item_that_the_file_lost_do_nothing() {
    let whole = catalog();
    let change = put(&whole, vec![row("아메리카노", 1)]).expect("taken");
    let mut lost = whole.clone();
    lost.items.remove(0);
    let before = lost.clone();
    lost.evolve(&change.catalog);
    assert_eq!(lost, before);
}

#[test]
fn events_are_read_back_as_they_were_written() {
    let catalog = catalog();
    let rows = vec![row("아메리카노", 1), row("말차", 2)];
    for event in put(&catalog, rows).expect("taken").catalog {
        let text = serde_json::to_string(&event).expect("plain data");
        let read: CatalogEvent = serde_json::from_str(&text).expect("the same");
        assert_eq!(read, event);
    }
}

/// Counts one row: how many it changes, or the word of the refusal.
#[track_caller]
fn check_count(names: [Option<&str>; 3], quantity: i64, expected: Result<&[(u64, u32)], &str>) {
    let [item, barcode, sku] = names.map(|name| name.map(str::to_owned));
    let row = CountRow {
        item,
        barcode,
        sku,
        quantity,
    };
    let change = catalog().decide_counts(&[row], &ItemDay::of);
    let found = change.map(|change| {
        let counted = |(item, event): &(madang_model::ItemId, StockEvent)| match event {
            StockEvent::StockCounted { quantity } => (item.0, *quantity),
            other => panic!("{other:?}"),
        };
        change.days.iter().map(counted).collect::<Vec<_>>()
    });
    let found = found.map_err(|refusal| refused(&refusal)[0].1.clone());
    assert_eq!(
        found.as_deref().map_err(String::as_str),
        expected,
        "{names:?}"
    );
}

#[test]
fn counts_name_their_item_in_any_way() {
    check_count([Some("11"), None, None], 7, Ok(&[(11, 7)]));
    check_count([Some("B-1"), None, None], 7, Ok(&[(12, 7)]));
    check_count([None, Some("8800000000015"), None], 0, Ok(&[(12, 0)]));
    check_count([None, None, Some("SALT")], 7, Ok(&[(12, 7)]));
    check_count(
        [Some("12"), Some("8800000000015"), Some("SALT")],
        7,
        Ok(&[(12, 7)]),
    );
    check_count([Some("12"), None, None], 5, Ok(&[]));
    check_count([None, None, None], 7, Err("required"));
    check_count([Some("99"), None, None], 7, Err("no-such-item"));
    check_count([None, None, Some("LOAF")], 7, Err("ambiguous"));
    check_count([Some("11"), None, Some("SALT")], 7, Err("two-items"));
    check_count([Some("11"), None, None], -1, Err("bad-quantity"));
    check_count([Some("11"), None, None], 1 << 32, Err("bad-quantity"));
}

#[test]
fn a_default_is_for_items_that_are_new() {
    let catalog = catalog();
    let put = PutItems {
        rows: vec![row("아메리카노", 4_600), row("크루아상", 4_000)],
        makes_categories: true,
        defaults: ItemDefaults {
            title_en: Some("Goods".to_owned()),
            category: Some("빵".to_owned()),
            tax_free: Some(true),
            sku: Some("NEW".to_owned()),
            description: Some("새로 나왔어요".to_owned()),
            stock: Some(7),
            state: Some(SaleState::SoldOut),
        },
    };
    let change = catalog
        .decide(&put, Currency::KRW, ITEMS_MAX, &ItemDay::of)
        .expect("both are taken");
    let after = after(&catalog, &change);
    let item = |title: &str| {
        let named = after.items.iter().find(|item| item.title.ko == title);
        named.expect("it is there").clone()
    };
    let there = item("아메리카노");
    let before = catalog.items[0].clone();
    assert_eq!(there.price.amount, won(4_600).expect("won"));
    let as_before = Item {
        price: before.price.clone(),
        ..there
    };
    assert_eq!(as_before, before, "nothing but its price has changed");
    let new = item("크루아상");
    assert_eq!(new.title.en.as_deref(), Some("Goods"));
    assert_eq!(new.category.0, 2);
    assert!(new.price.tax_free);
    assert_eq!(new.price.sku.as_deref(), Some("NEW"));
    assert_eq!(new.price.stock, Some(7));
    assert_eq!(new.state, SaleState::SoldOut);
    assert!(new.description.is_some());

    let put = PutItems {
        rows: vec![row("크루아상", 4_000)],
        makes_categories: true,
        defaults: ItemDefaults {
            sku: Some("x".repeat(TITLE_LENGTH_MAX + 1)),
            ..ItemDefaults::default()
        },
    };
    let refusal = catalog.decide(&put, Currency::KRW, ITEMS_MAX, &ItemDay::of);
    refused(&refusal.expect_err("a default is held to what an item is"));
}
