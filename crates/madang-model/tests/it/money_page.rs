//! Tries every row of `docs/money.md` against the code.

use std::collections::HashMap;

use jiff::Timestamp;
use madang_model::order::{Order, OrderCommand, ReceiptNumber};
use madang_model::tax::{self, Parts};
use madang_model::{Money, PaymentId};

use crate::sale::{amount, cash, discounts, done, key, line, lines, placed, seated, won};
use crate::{receipts, shops};

const PAGE: &str = include_str!("../../../../docs/money.md");

type Row = HashMap<&'static str, &'static str>;

#[test]
fn tax_is_an_eleventh_to_the_nearest_won() {
    for row in rows(["taxable", "tax", "supply"], 11) {
        let taxable = won(amount(row["taxable"]));
        let tax = tax::included_in(taxable);
        assert_eq!(tax, won(amount(row["tax"])), "{row:?}");
        assert_eq!(
            taxable.minus(tax),
            Ok(won(amount(row["supply"]))),
            "{row:?}"
        );
    }
}

#[test]
fn discounts_apply_one_after_the_other() {
    for row in rows(["price", "discounts", "off", "left"], 13) {
        let mut line = line("line", row["price"]);
        line.discounts = discounts(row["discounts"]);
        let found = (line.discount_amount().ok(), line.charge_amount().ok());
        let written = |text: &str| (text != "refused").then(|| won(amount(text)));
        assert_eq!(
            found,
            (written(row["off"]), written(row["left"])),
            "{row:?}"
        );
    }
}

#[test]
fn orders_come_to_what_the_page_says() {
    let columns = [
        "lines",
        "of the whole",
        "list",
        "discount",
        "charge",
        "taxable",
        "tax-free",
        "tax",
        "supply",
    ];
    for row in rows(columns, 14) {
        let order = placed(row["lines"], row["of the whole"]);
        assert_eq!(figures(&order), written(&row, &columns[2..]), "{row:?}");
    }
}

#[test]
fn a_part_covers_the_round_that_it_was_ordered_with() {
    let columns = [
        "lines",
        "of the round",
        "list",
        "discount",
        "charge",
        "taxable",
        "tax-free",
        "tax",
        "supply",
    ];
    let mut before: Option<Order> = None;
    for (number, row) in rows(columns, 11).into_iter().enumerate() {
        let after = match row["lines"].strip_prefix("″ ") {
            None => seated(row["lines"], row["of the round"]),
            Some(text) => {
                let mut lines = lines(text);
                for line in &mut lines {
                    line.key = key(&format!("{}-of-{number}", line.key));
                }
                let round = OrderCommand::AddLines {
                    lines,
                    discounts: discounts(row["of the round"]),
                };
                let before = before.expect("a row that goes on follows another");
                done(&before, round).unwrap_or_else(|refusal| panic!("{refusal}: {row:?}"))
            }
        };
        assert_eq!(figures(&after), written(&row, &columns[2..]), "{row:?}");
        before = Some(after);
    }
}

#[test]
fn payments_and_refunds_take_the_parts_that_the_page_says() {
    let columns = [
        "lines",
        "of the whole",
        "step",
        "amount",
        "taxable",
        "tax-free",
        "tax",
        "supply",
        "left to pay",
    ];
    let mut sale: Option<Order> = None;
    for row in rows(columns, 39) {
        let before = match row["lines"] {
            "″" => sale.take().expect("a row that goes on follows another"),
            lines => placed(lines, row["of the whole"]),
        };
        let (after, parts) = step(&before, row["step"], &row);
        let found = [
            parts.amount,
            parts.taxable,
            parts.tax_free,
            parts.tax,
            parts.supply(),
        ];
        let sign = if row["step"].starts_with("refund") {
            -1
        } else {
            1
        };
        assert_eq!(
            found.map(|part| sign * part.minor_units()).as_slice(),
            columns[3..8]
                .iter()
                .map(|column| amount(row[column]))
                .collect::<Vec<_>>(),
            "{row:?}"
        );
        assert_eq!(after.unpaid(), won(amount(row["left to pay"])), "{row:?}");
        if after.is_paid() {
            assert_adds_up(&after, &row);
        }
        sale = Some(after);
    }
}

#[test]
fn the_business_day_begins_at_five_in_the_shop() {
    let shop = shops::cafe();
    for row in rows(["moment (UTC)", "clock in Seoul", "business day"], 7) {
        let moment: Timestamp = row["moment (UTC)"].parse().expect("a moment");
        let clock = shop.local(moment).strftime("%Y-%m-%d %H:%M").to_string();
        assert_eq!(clock, row["clock in Seoul"], "{row:?}");
        assert_eq!(
            shop.business_date(moment).to_string(),
            row["business day"],
            "{row:?}"
        );
    }
}

#[test]
fn receipt_numbers_are_written_as_on_the_page() {
    for row in rows(["business day", "till", "sequence", "number"], 3) {
        let number = ReceiptNumber {
            business_date: row["business day"].parse().expect("a date"),
            till: row["till"].into(),
            sequence: row["sequence"].parse().expect("a number"),
        };
        assert_eq!(number.to_string(), row["number"], "{row:?}");
    }
}

#[test]
fn paper_says_what_the_page_says() {
    let said = HashMap::from([
        ("it is printed again", receipts::reprinted()),
        ("a payment was given back", receipts::refunded()),
        ("the refund names the sale's receipt", receipts::refunded()),
        (
            "the approval came from the simulated terminal",
            receipts::simulated(),
        ),
    ]);
    for row in rows(["when", "says"], 4) {
        let paper = &said[row["when"]];
        assert!(paper.contains(row["says"]), "{row:?}\n{paper}");
    }
}

/// List, discount, charge, taxable, tax-free, tax, supply.
fn figures(order: &Order) -> Vec<i64> {
    let totals = order.totals;
    let figures = [
        totals.list,
        totals.discount,
        totals.charge,
        totals.taxable,
        totals.tax_free,
        totals.tax,
        totals.supply,
    ];
    figures.map(Money::minor_units).to_vec()
}

fn written(row: &Row, columns: &[&'static str]) -> Vec<i64> {
    columns.iter().map(|column| amount(row[column])).collect()
}

fn step(order: &Order, text: &str, row: &Row) -> (Order, Parts) {
    let refused = |refusal| panic!("{refusal}: {row:?}");
    if let Some(number) = text.strip_prefix("refund ") {
        let payment = PaymentId(number.parse().expect("a payment's number"));
        let command = OrderCommand::CancelPayment { payment };
        let after = done(order, command).unwrap_or_else(refused);
        let parts = after.payment(payment).expect("still there").parts;
        return (after, parts);
    }
    let money = match text.strip_prefix("pay ").expect("pay or refund") {
        "the rest" => order.payable(),
        some => won(amount(some)),
    };
    let number = order.payments.len() as u64 + 1;
    let after = done(order, cash(number, money)).unwrap_or_else(refused);
    let parts = after.payments.last().expect("just made").parts;
    (after, parts)
}

fn assert_adds_up(order: &Order, row: &Row) {
    let sum = |part: fn(&Parts) -> Money| {
        let paid = order.payments.iter().filter(|payment| payment.is_paid());
        paid.map(|payment| part(&payment.parts).minor_units())
            .sum::<i64>()
    };
    let totals = order.totals;
    let found = [
        sum(|parts| parts.amount),
        sum(|parts| parts.taxable),
        sum(|parts| parts.tax_free),
        sum(|parts| parts.tax),
        sum(Parts::supply),
    ];
    let whole = [
        totals.charge,
        totals.taxable,
        totals.tax_free,
        totals.tax,
        totals.supply,
    ];
    assert_eq!(found, whole.map(Money::minor_units), "{row:?}");
}

/// The rows of the one table with these columns. Their number is told, so that a table which the page lost is missed.
fn rows<const N: usize>(columns: [&'static str; N], count: usize) -> Vec<Row> {
    let mut tables = PAGE.split("\n\n").filter_map(|block| {
        let mut lines = block.trim().lines();
        let head = cells(lines.next()?)?;
        (head == columns).then(|| lines.skip(1).collect::<Vec<_>>())
    });
    let lines = tables
        .next()
        .unwrap_or_else(|| panic!("the page has no table with the columns {columns:?}"));
    assert!(tables.next().is_none(), "two tables with {columns:?}");
    assert_eq!(lines.len(), count, "rows of the table with {columns:?}");
    lines
        .into_iter()
        .map(|line| {
            let cells = cells(line).unwrap_or_else(|| panic!("not a row: {line}"));
            assert_eq!(cells.len(), N, "{line}");
            columns.into_iter().zip(cells).collect()
        })
        .collect()
}

fn cells(line: &'static str) -> Option<Vec<&'static str>> {
    let inner = line.strip_prefix('|')?.strip_suffix('|')?;
    Some(inner.split('|').map(str::trim).collect())
}
