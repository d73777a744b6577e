//! Why the till will not do something, in words for a shop. A refusal changes nothing.

use serde::{Deserialize, Serialize};

use crate::{CartId, ItemId, LineKey, Money, OrderId, PaymentId, TableId, Text};

/// A command that was not done, and why. `Display` is English; [`Refusal::korean`] is what a shop sees first.
#[derive(Clone, Debug, PartialEq, thiserror::Error, Serialize, Deserialize)]
#[serde(tag = "code", rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the sentence of each says what its fields are")]
pub enum Refusal {
    #[error("there is no order {order}")]
    NoSuchOrder { order: OrderId },
    #[error("there is no payment {payment}")]
    NoSuchPayment { payment: PaymentId },
    #[error("there is no item {item} on the menu")]
    NoSuchItem { item: ItemId },
    #[error("nothing on the menu is called “{name}”")]
    NoItemCalled { name: String },
    #[error("no item has the barcode {barcode}")]
    NoSuchBarcode { barcode: String },
    #[error("there is no table {table}")]
    NoSuchTable { table: TableId },
    #[error("the cart has no line {line}")]
    NoSuchLine { line: LineKey },
    #[error("there is no discount number {index}")]
    NoSuchDiscount { index: usize },
    #[error("“{}” is sold out", title.english())]
    SoldOut { title: Text },
    #[error("only {left} of “{}” are left", title.english())]
    NotEnoughStock { title: Text, left: u32 },
    #[error("the quantity must be between 1 and {most}; it was {quantity}")]
    BadQuantity { quantity: u64, most: u32 },
    #[error("“{}” takes at least {least} choices", option.english())]
    TooFewChoices { option: Text, least: u32 },
    #[error("“{}” takes at most {most} choices", option.english())]
    TooManyChoices { option: Text, most: u32 },
    #[error("“{}” has no choice {choice}", option.english())]
    NoSuchChoice { option: Text, choice: u64 },
    #[error("the amount must be above 0; it was {amount}")]
    AmountNotPositive { amount: Money },
    #[error("the amount {amount} is more than what is left to pay, {left}")]
    AmountTooLarge { amount: Money, left: Money },
    #[error("the amount is too large or in another currency")]
    BadAmount,
    #[error("the discount {discount} is more than the price it is taken from, {price}")]
    DiscountTooLarge { discount: Money, price: Money },
    #[error(
        "basis_points must be at most {basis_points_max}, which is all of it; it was {basis_points}"
    )]
    PartTooLarge {
        basis_points: u32,
        basis_points_max: u32,
    },
    #[error("{what} is longer than {length_max} characters")]
    TooLong { what: String, length_max: usize },
    #[error("there are more than {count_max} {what}")]
    TooMany { what: String, count_max: usize },
    #[error("the cart is empty")]
    CartIsEmpty,
    #[error("there is no held cart {cart}")]
    NoSuchHeldCart { cart: CartId },
    #[error("{count_max} carts are held already: take one up and pay or clear it first")]
    TooManyHeldCarts { count_max: usize },
    #[error("this line may not be changed that way: its plugin has fixed it")]
    LineIsFixed,
    #[error("the order is {state}, not open")]
    OrderNotOpen { state: String },
    #[error("the order still has {left} to pay")]
    NotPaidYet { left: Money },
    #[error("the order has nothing left to pay")]
    NothingToPay,
    #[error("a payment is under way: wait for the terminal's answer")]
    PaymentUnderWay,
    #[error(
        "a payment could not be taken back: ask the card company, and say whether it was charged"
    )]
    PaymentNotReversed,
    #[error("the payment is {state}, so there is nothing to say about it")]
    PaymentNotInDoubt { state: String },
    #[error("the order has payments: cancel them first")]
    HasPayments,
    #[error("the payment is {state}, so it cannot be cancelled")]
    PaymentNotCancellable { state: String },
    #[error("this shop is paid before the meal; tables and “complete” belong to pay-later shops")]
    PayFirstOnly,
    #[error("table {} already has an open order", title.english())]
    TableTaken { title: Text },
    #[error("{plugin} does not allow it: {message}")]
    Vetoed { plugin: String, message: String },
    #[error("the key was used before for something else; use a new key")]
    KeyUsedForSomethingElse,
    #[error("the same request is being done right now; ask again in a moment")]
    InFlight,
    #[error("nothing is known about tips here: the tip must be 0")]
    TipsNotTaken,
    #[error("{} of the rows cannot be taken: {}", rows.len(), told(rows, |row| &row.message))]
    RowsRefused { rows: Vec<RowRefused> },
    #[error("the import {run} is not where this batch begins: ask how far it has come")]
    ImportElsewhere { run: String },
    #[error("{message}")]
    NotValid { message: String, message_ko: String },
}

/// A row of a batch that cannot be taken; the others are not taken either.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowRefused {
    /// Which of the batch, from 0.
    pub row: usize,
    /// A word for machines, as `duplicate-barcode`.
    pub code: String,
    /// Why, in English.
    pub message: String,
    /// The same in Korean.
    pub message_ko: String,
}

/// How many refused rows a sentence tells of; the list has all of them.
const ROWS_TOLD_MAX: usize = 3;

fn told(rows: &[RowRefused], message: fn(&RowRefused) -> &String) -> String {
    let first: Vec<String> = rows
        .iter()
        .take(ROWS_TOLD_MAX)
        .map(|row| format!("{}: {}", row.row + 1, message(row)))
        .collect();
    first.join("; ")
}

impl Refusal {
    /// The refusal in polite Korean, as the screen shows it.
    pub fn korean(&self) -> String {
        match self {
            Self::NoSuchOrder { order } => format!("주문 {order}을(를) 찾을 수 없어요"),
            Self::NoSuchPayment { payment } => format!("결제 {payment}을(를) 찾을 수 없어요"),
            Self::NoSuchItem { item } => format!("메뉴에 {item}번 상품이 없어요"),
            Self::NoItemCalled { name } => format!("‘{name}’ 메뉴를 찾을 수 없어요"),
            Self::NoSuchBarcode { barcode } => format!("바코드 {barcode}인 상품이 없어요"),
            Self::NoSuchTable { table } => format!("{table}번 테이블이 없어요"),
            Self::NoSuchLine { .. } => "장바구니에 없는 줄이에요".into(),
            Self::NoSuchDiscount { .. } => "없는 할인이에요".into(),
            Self::SoldOut { title } => format!("‘{}’은(는) 품절이에요", title.ko),
            Self::NotEnoughStock { title, left } => {
                format!("‘{}’은(는) {left}개 남았어요", title.ko)
            }
            Self::BadQuantity { most, .. } => format!("수량은 1개에서 {most}개까지예요"),
            Self::TooFewChoices { option, least } => {
                format!("‘{}’에서 {least}개 이상 골라 주세요", option.ko)
            }
            Self::TooManyChoices { option, most } => {
                format!("‘{}’은(는) {most}개까지 고를 수 있어요", option.ko)
            }
            Self::NoSuchChoice { option, .. } => format!("‘{}’에 없는 선택이에요", option.ko),
            Self::AmountNotPositive { .. } => "금액은 0원보다 커야 해요".into(),
            Self::AmountTooLarge { left, .. } => {
                format!("남은 금액 {}원보다 많아요", left.grouped())
            }
            Self::BadAmount => "금액이 너무 커요".into(),
            Self::DiscountTooLarge { price, .. } => {
                format!("할인이 금액 {}원보다 커요", price.grouped())
            }
            Self::PartTooLarge {
                basis_points_max, ..
            } => format!(
                "할인율은 {}%까지예요 (basis_points {basis_points_max}까지)",
                basis_points_max / 100
            ),
            Self::TooLong { what, length_max } => {
                format!("{what}: {length_max}자까지 쓸 수 있어요")
            }
            Self::TooMany { what, count_max } => format!("{what}: {count_max}개까지예요"),
            Self::CartIsEmpty => "담은 메뉴가 없어요".into(),
            Self::NoSuchHeldCart { .. } => "보관한 주문서를 찾을 수 없어요".into(),
            Self::TooManyHeldCarts { count_max } => {
                format!("주문서는 {count_max}개까지 보관해요. 하나를 꺼내 결제하거나 비워 주세요")
            }
            Self::LineIsFixed => "플러그인이 고정한 줄이라 바꿀 수 없어요".into(),
            Self::OrderNotOpen { .. } => "진행 중인 주문이 아니에요".into(),
            Self::NotPaidYet { left } => format!("아직 {}원을 더 받아야 해요", left.grouped()),
            Self::NothingToPay => "받을 금액이 없어요".into(),
            Self::PaymentUnderWay => "결제가 진행 중이에요. 단말기 답을 기다려 주세요".into(),
            Self::PaymentNotReversed => {
                "취소하지 못한 결제가 있어요. 카드사에 문의하고 결과를 알려 주세요".into()
            }
            Self::PaymentNotInDoubt { .. } => "카드사에 확인할 결제가 아니에요".into(),
            Self::HasPayments => "결제를 먼저 취소해 주세요".into(),
            Self::PaymentNotCancellable { .. } => "취소할 수 없는 결제예요".into(),
            Self::PayFirstOnly => "선불 매장에서는 쓸 수 없어요".into(),
            Self::TableTaken { title } => format!("{} 테이블에 열린 주문이 있어요", title.ko),
            Self::Vetoed { plugin, message } => format!("{plugin}: {message}"),
            Self::KeyUsedForSomethingElse => "같은 번호로 다른 요청을 보냈어요".into(),
            Self::InFlight => "같은 요청을 처리하고 있어요".into(),
            Self::TipsNotTaken => "봉사료는 받을 수 없어요".into(),
            Self::RowsRefused { rows } => format!(
                "{}개 줄을 받을 수 없어요: {}",
                rows.len(),
                told(rows, |row| &row.message_ko)
            ),
            Self::ImportElsewhere { .. } => {
                "가져오기가 이미 다른 곳까지 진행됐어요. 어디까지 됐는지 다시 확인해 주세요".into()
            }
            Self::NotValid { message_ko, .. } => message_ko.clone(),
        }
    }
}

impl From<crate::money::MoneyError> for Refusal {
    fn from(_: crate::money::MoneyError) -> Self {
        Self::BadAmount
    }
}
