//! Batches of rows that change what a till sells.

use std::collections::BTreeSet;

use futures::executor::block_on;
use madang_model::catalog::{CountRow, ItemDefaults, ItemRow, PutItems, SaleState};
use madang_model::refusal::RowRefused;
use madang_model::stock::ItemDay;
use madang_model::{ItemId, Refusal, Text};
use madang_till::{
    Answer, CHECKPOINT_BYTES_MAX, Change, Command, ImportProgress, PutRows, ROWS_MAX, RowPlace,
    RowsOnce, TillError,
};

use crate::world::{World, events, krw};

pub fn row(title: &str, amount: i64) -> ItemRow {
    ItemRow {
        item: None,
        title: Text::plain(title),
        category: None,
        amount: krw(amount),
        tax_free: None,
        barcode: None,
        sku: None,
        description: None,
        stock: None,
        state: None,
        clears: BTreeSet::new(),
    }
}

pub fn put(rows: Vec<ItemRow>, progress: Option<ImportProgress>) -> Command {
    let rows = PutItems {
        rows,
        makes_categories: true,
        defaults: ItemDefaults::default(),
    };
    Command::PutItems(Box::new(PutRows { rows, progress }))
}

fn count(item: &str, quantity: i64) -> Command {
    let rows = vec![CountRow {
        item: Some(item.into()),
        barcode: None,
        sku: None,
        quantity,
    }];
    Command::CountStocks(Box::new(PutRows {
        rows,
        progress: None,
    }))
}

pub fn progress(after: Option<&str>, checkpoint: &str) -> Option<ImportProgress> {
    Some(ImportProgress {
        run: "run-1".into(),
        after: after.map(str::to_owned),
        checkpoint: checkpoint.into(),
        once: None,
    })
}

/// The rows of a run's batch stand in these rows of a file, of which each may say another item.
fn once(run: &str, after: Option<&str>, of: &str, rows: &[u64]) -> Option<ImportProgress> {
    let place = |row: &u64| RowPlace {
        input: 0,
        row: *row,
    };
    Some(ImportProgress {
        run: run.into(),
        after: after.map(str::to_owned),
        checkpoint: format!("after {rows:?}"),
        once: Some(RowsOnce {
            of: of.into(),
            places: rows.iter().map(place).collect(),
        }),
    })
}

fn kept(world: &World) -> Option<String> {
    block_on(world.till.import_progress("run-1")).expect("readable")
}

fn refusal(error: TillError) -> Refusal {
    match error {
        TillError::Refused(refusal) => refusal,
        other => panic!("{other:?} is no refusal"),
    }
}

fn amount_of(world: &World, title: &str) -> Option<i64> {
    let shop = world.till.shop();
    let item = shop
        .catalog
        .items
        .iter()
        .find(|item| item.title.ko == title);
    item.map(|item| item.price.amount.minor_units())
}

fn id_of(world: &World, title: &str) -> ItemId {
    let shop = world.till.shop();
    let item = shop
        .catalog
        .items
        .iter()
        .find(|item| item.title.ko == title);
    item.expect("it is on the menu").id
}

#[test]
fn what_was_put_is_sold_at_once_and_after_a_restart() {
    let mut world = World::new();
    let new = ItemRow {
        stock: Some(2),
        category: Some("차".into()),
        ..row("말차", 6_000)
    };
    let rows = vec![row("아메리카노", 4_800), new, row("크루아상", 4_200)];
    let done = world
        .perform(put(rows, progress(None, "3 rows")))
        .expect("taken");
    let expected = Answer::Rows {
        rows: 3,
        rows_unchanged: 1,
        rows_new: 1,
        rows_renamed: 0,
        renamed: Vec::new(),
    };
    assert_eq!(done.answer, expected);
    let check = |world: &World| {
        assert_eq!(amount_of(world, "아메리카노"), Some(4_800));
        assert_eq!(amount_of(world, "말차"), Some(6_000));
        assert_eq!(kept(world).as_deref(), Some("3 rows"));
        let categories = &world.till.shop().catalog.categories;
        assert_eq!(categories.last().expect("a tab").title.ko, "차");
    };
    check(&world);
    let matcha = id_of(&world, "말차");
    world.tap(11, 1);
    world.tap(matcha.0, 1);
    let order = world.check_out();
    assert_eq!(order.payable(), krw(10_800));
    assert_eq!(
        world.till.item_day(matcha).and_then(|day| day.left),
        Some(1)
    );
    let mut world = world.restart();
    check(&world);
    assert_eq!(
        world.till.item_day(matcha).and_then(|day| day.left),
        Some(1)
    );
    world.tap(matcha.0, 1);
    world.check_out();
    assert_eq!(
        world.till.item_day(matcha).map(ItemDay::sale_state),
        Some(SaleState::SoldOut)
    );
}

#[test]
fn the_views_can_be_made_anew_from_the_events() {
    let mut world = World::new();
    let new = ItemRow {
        stock: Some(5),
        ..row("말차", 6_000)
    };
    world.perform(put(vec![new], None)).expect("taken");
    let matcha = id_of(&world, "말차");
    world.perform(count(&matcha.to_string(), 9)).expect("taken");
    let journal = world.till.journal().clone();
    let shop = world.till.shop_id().clone();
    for view in ["orders", "payments", "items"] {
        // As a program would that has another version of the views.
        block_on(journal.begin_view_rebuild(&shop, view, 0)).expect("written");
    }
    drop(journal);
    let world = world.restart();
    assert_eq!(
        world.till.item_day(matcha).and_then(|day| day.left),
        Some(9)
    );
}

#[test]
fn the_same_key_is_answered_the_same_and_done_once() {
    let mut world = World::new();
    let key = world.next_key();
    let command = put(vec![row("말차", 6_000)], progress(None, "1"));
    let first = world
        .perform_as(key.clone(), command.clone())
        .expect("taken");
    let after = events(&world).len();
    let again = world
        .perform_as(key.clone(), command.clone())
        .expect("the same");
    assert_eq!((again.answer, again.replayed), (first.answer.clone(), true));
    let mut world = world.restart();
    let again = world.perform_as(key.clone(), command).expect("the same");
    assert_eq!((again.answer, again.replayed), (first.answer, true));
    assert_eq!(events(&world).len(), after);
    let other = put(vec![row("말차", 6_001)], progress(None, "1"));
    let error = world.perform_as(key, other).expect_err("another payload");
    assert_eq!(refusal(error), Refusal::KeyUsedForSomethingElse);
}

#[test]
fn a_batch_is_only_taken_where_its_import_stands() {
    let mut world = World::new();
    let check = |world: &mut World, after, checkpoint, expected: bool| {
        let batch = put(vec![row("말차", 6_000)], progress(after, checkpoint));
        let done = world.perform(batch);
        assert_eq!(done.is_ok(), expected, "after {after:?}: {done:?}");
        if let Err(error) = done {
            let run = "run-1".into();
            assert_eq!(refusal(error), Refusal::ImportElsewhere { run });
        }
    };
    check(&mut world, Some("1"), "2", false);
    assert_eq!(kept(&world), None);
    check(&mut world, None, "1", true);
    check(&mut world, None, "1", false);
    check(&mut world, Some("1"), "2", true);
    check(&mut world, Some("1"), "3", false);
    assert_eq!(kept(&world).as_deref(), Some("2"));
}

#[test]
fn rows_may_be_none_and_the_import_moves_on() {
    let mut world = World::new();
    let before = events(&world).len();
    world
        .perform(put(Vec::new(), progress(None, "only refused rows")))
        .expect("taken");
    assert_eq!(kept(&world).as_deref(), Some("only refused rows"));
    assert_eq!(events(&world).len(), before);
}

#[test]
fn a_refused_row_keeps_the_whole_batch_out_and_may_be_sent_again_when_it_is_mended() {
    let mut world = World::new();
    let known = ItemRow {
        item: Some("BOOK".into()),
        ..row("그림책", 10_000)
    };
    world
        .perform(put(vec![known.clone()], None))
        .expect("taken");
    let before = events(&world).len();
    let key = world.next_key();
    let batch = || {
        let taken = ItemRow {
            item: Some("C-1".into()),
            barcode: Some("8801234567893".into()),
            ..row("색칠책", 1)
        };
        put(vec![row("말차", 6_000), taken], progress(None, "2"))
    };
    let error = world.perform_as(key.clone(), batch()).expect_err("refused");
    let Refusal::RowsRefused { rows } = refusal(error) else {
        panic!("the second row is wrong");
    };
    assert_eq!(rows.len(), 1);
    assert_eq!((rows[0].row, &*rows[0].code), (1, "duplicate-barcode"));
    assert!(rows[0].message.contains("그림책") && rows[0].message_ko.contains("색칠책"));
    assert_eq!((events(&world).len(), kept(&world)), (before, None));
    assert_eq!(amount_of(&world, "말차"), None);
    let mended = ItemRow {
        barcode: Some("8801234567800".into()),
        ..known
    };
    world.perform(put(vec![mended], None)).expect("taken");
    world.perform_as(key, batch()).expect("it is free now");
}

#[test]
fn what_is_too_much_at_once_is_refused() {
    let check = |command: Command| {
        let mut world = World::new();
        let error = world.perform(command).expect_err("too much");
        refusal(error).to_string()
    };
    let rows = vec![row("말차", 1); ROWS_MAX + 1];
    assert_eq!(check(put(rows, None)), "there are more than 250 rows");
    let long = "x".repeat(CHECKPOINT_BYTES_MAX + 1);
    assert_eq!(
        check(put(Vec::new(), progress(None, &long))),
        "a checkpoint has at most 16384 bytes"
    );
    let unnamed = ImportProgress {
        run: "a b".into(),
        after: None,
        checkpoint: String::new(),
        once: None,
    };
    assert_eq!(
        check(put(Vec::new(), Some(unnamed))),
        "an import is named by 1 to 128 letters, digits, - or _"
    );
}

/// The rows that were refused, with their codes.
fn refused_rows(error: TillError) -> Vec<(usize, String, String)> {
    match refusal(error) {
        Refusal::RowsRefused { rows } => {
            let row = |row: RowRefused| (row.row, row.code, row.message);
            rows.into_iter().map(row).collect()
        }
        other => panic!("{other:?} names no rows"),
    }
}

#[test]
fn an_item_is_said_by_one_row_of_an_import() {
    let mut world = World::new();
    let same = |row: usize, first: &str| {
        let message = format!(
            "it means “말차”, which {first} means already: one row an item; tell them apart by their codes or names"
        );
        vec![(row, "same-item".to_owned(), message)]
    };
    // In one batch, where the item is new.
    let twice = || vec![row("말차", 100), row("식빵", 1), row("말차", 200)];
    let batch = put(twice(), once("a", None, "a", &[1, 2, 3]));
    let error = world.perform(batch).expect_err("one item, two rows");
    assert_eq!(refused_rows(error), same(2, "row 1"));
    assert_eq!(amount_of(&world, "말차"), None);

    let batch = put(vec![row("말차", 100)], once("a", None, "a", &[1]));
    world.perform(batch).expect("taken");
    // In a later batch, after a restart; a row that says nothing new is a row, too.
    let mut world = world.restart();
    let after = Some("after [1]");
    let again = |amount, at| put(vec![row("말차", amount)], once("a", after, "a", &[at]));
    for amount in [100, 200] {
        let error = world.perform(again(amount, 7)).expect_err("row 1 said it");
        assert_eq!(refused_rows(error), same(0, "row 1"));
    }
    // A count of the same import.
    let id = id_of(&world, "말차").to_string();
    let counted = |at| match count(&id, 5) {
        Command::CountStocks(mut put) => {
            put.progress = once("a", after, "a", &[at]);
            Command::CountStocks(put)
        }
        other => other,
    };
    let error = world.perform(counted(8)).expect_err("row 1 said it");
    assert_eq!(refused_rows(error), same(0, "row 1"));
    // The row itself may come again, as mended rows do under the run that refused them; another row may not.
    let mended = |amount, at| put(vec![row("말차", amount)], once("retry", None, "a", &[at]));
    let error = world.perform(mended(200, 7)).expect_err("row 1 said it");
    assert_eq!(refused_rows(error), same(0, "row 1"));
    world.perform(mended(300, 1)).expect("it is row 1");
    assert_eq!(amount_of(&world, "말차"), Some(300));
    // Another import says it anew, and one that does not ask may say it as often as it likes.
    let other = put(vec![row("말차", 400)], once("b", None, "b", &[1]));
    world.perform(other).expect("another file");
    let batch = put(twice(), progress(None, "1"));
    world.perform(batch).expect("one by one");
    assert_eq!(amount_of(&world, "말차"), Some(200));
}

#[test]
fn each_row_has_its_place() {
    let mut world = World::new();
    let batch = put(vec![row("말차", 1)], once("a", None, "a", &[1, 2]));
    let error = world.perform(batch).expect_err("one place too many");
    assert_eq!(
        refusal(error).to_string(),
        "there are 2 places of 1 rows: each row has its own"
    );
    let batch = put(vec![row("말차", 1)], once("a", None, "a b", &[1]));
    let error = world.perform(batch).expect_err("a blank in a name");
    assert!(refusal(error).to_string().contains("letters, digits"));
}

/// Each row of the largest batch makes everything that a row can make.
#[test]
fn the_largest_batch_fits_the_journal() {
    let mut world = World::new();
    let rows = |state, stock| -> Vec<ItemRow> {
        let row = |number: usize| ItemRow {
            item: Some(format!("C-{number}")),
            category: Some(format!("분류 {stock} {number}")),
            description: Some("가".repeat(2_000)),
            stock: Some(stock),
            state: Some(state),
            ..row(&format!("상품 {stock} {number}"), stock)
        };
        (0..ROWS_MAX).map(row).collect()
    };
    for (state, stock) in [(SaleState::OnSale, 1), (SaleState::SoldOut, 2)] {
        let before = events(&world).len();
        world.perform(put(rows(state, stock), None)).expect("taken");
        let per_row = if stock == 1 { 2 } else { 4 };
        assert_eq!(events(&world).len() - before, per_row * ROWS_MAX);
    }
}

#[test]
fn carts_and_orders_keep_what_they_were_told() {
    let mut world = World::new();
    world.tap(11, 1);
    let order = world.check_out();
    world.tap(11, 1);
    let rows = vec![ItemRow {
        item: Some("11".into()),
        ..row("롱블랙", 9_900)
    }];
    world.perform(put(rows, None)).expect("taken");
    let line = &world.till.cart().lines[0];
    assert_eq!(line.item.title.ko, "아메리카노");
    assert_eq!(world.check_out().payable(), krw(4_500));
    assert_eq!(world.order(order.id).payable(), krw(4_500));
    world.tap(11, 1);
    assert_eq!(world.check_out().payable(), krw(9_900));
}

#[test]
fn what_was_taken_off_is_not_checked_out_and_old_orders_name_it() {
    let mut world = World::new();
    world.tap(13, 1);
    let order = world.check_out();
    world.tap(13, 1);
    let off = ItemRow {
        state: Some(SaleState::Deleted),
        ..row("그림책", 10_000)
    };
    world.perform(put(vec![off], None)).expect("taken");
    let check_out = Command::CheckOut {
        table: None,
        guests: None,
    };
    let error = world.perform(check_out).expect_err("it is off the menu");
    let title = Text::plain("그림책");
    assert_eq!(refusal(error), Refusal::SoldOut { title });
    let world = world.restart();
    assert_eq!(world.order(order.id).lines[0].item.title.ko, "그림책");
    assert_eq!(
        world.till.item_day(ItemId(13)).map(|day| day.state),
        Some(SaleState::Deleted)
    );
}

/// The file says of the book that nobody counts it.
#[test]
fn what_is_counted_once_is_counted_from_then_on() {
    let mut world = World::new();
    world.perform(count("13", 2)).expect("taken");
    world.tap(13, 1);
    let order = world.check_out();
    let left = |world: &World| world.till.item_day(ItemId(13)).and_then(|day| day.left);
    assert_eq!(left(&world), Some(1));
    world
        .perform(Command::CancelOrder { order: order.id })
        .expect("called off");
    assert_eq!(left(&world), Some(2));
}

#[test]
fn listeners_hear_of_a_batch_at_once() {
    let mut world = World::new();
    let mut changes = world.till.subscribe();
    let rows = vec![
        row("아메리카노", 4_800),
        row("말차", 6_000),
        row("크루아상", 4_200),
    ];
    world.perform(put(rows, None)).expect("taken");
    world.perform(count("12", 8)).expect("taken");
    world.perform(count("12", 8)).expect("nothing to do");
    let mut heard = Vec::new();
    while let Ok(change) = changes.try_recv() {
        match change {
            Change::Catalog { items } => heard.push(items.to_vec()),
            other => panic!("{other:?}"),
        }
    }
    let matcha = id_of(&world, "말차");
    assert_eq!(heard, [vec![ItemId(11), matcha], vec![ItemId(12)]]);
}
