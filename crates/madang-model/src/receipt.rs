//! A receipt as lines of text, as a roll printer takes them.

use jiff::Timestamp;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::line::{Discount, Line, Off};
use crate::order::{Order, ReceiptNumber};
use crate::payment::{Method, Payment, PaymentState};
use crate::shop::Shop;
use crate::{Money, PaymentId};

/// Columns of the paper; 한글 takes two.
pub const COLUMNS: usize = 42;
/// The fewest columns left of an amount or a number: room for a word such as 승인번호 and a space.
const LEFT_COLUMNS_MIN: usize = 12;

/// Which copy of a receipt this is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Copy {
    /// The first one.
    First,
    /// Printed again: 재발행.
    Reprint,
}

/// The receipt of a sale, or of what is paid of it so far.
pub fn sale(shop: &Shop, order: &Order, copy: Copy) -> Vec<String> {
    let mut paper = Paper::default();
    paper.head(
        shop,
        order,
        order.receipt.as_ref(),
        order.completed_at.unwrap_or(order.updated_at),
    );
    if copy == Copy::Reprint {
        paper.centre("[재발행]");
    }
    paper.lines(order);
    paper.totals(order);
    for payment in order
        .payments
        .iter()
        .filter(|payment| payment.state != PaymentState::Failed)
    {
        paper.payment(payment);
    }
    paper.tail(order.payments.iter().any(is_simulated));
    paper.lines
}

/// The receipt of a payment given back; it names the sale's own.
pub fn refund(shop: &Shop, order: &Order, payment: PaymentId, copy: Copy) -> Vec<String> {
    let Ok(payment) = order.payment(payment) else {
        return Vec::new();
    };
    let number = order
        .refund_receipts
        .iter()
        .find(|(id, _)| *id == payment.id)
        .map(|(_, number)| number);
    let mut paper = Paper::default();
    paper.head(
        shop,
        order,
        number,
        payment.cancelled_at.unwrap_or(order.updated_at),
    );
    paper.centre("[취소]");
    if copy == Copy::Reprint {
        paper.centre("[재발행]");
    }
    if let Some(original) = &order.receipt {
        paper.pair("원 영수증", &original.to_string());
    }
    paper.rule();
    paper.pair(method_title(payment), &negative(payment.parts.amount));
    paper.pair("과세 공급가", &negative(payment.parts.supply()));
    paper.pair("부가세", &negative(payment.parts.tax));
    if payment.parts.tax_free.is_positive() {
        paper.pair("면세", &negative(payment.parts.tax_free));
    }
    paper.approval(payment);
    paper.tail(is_simulated(payment));
    paper.lines
}

#[derive(Default)]
struct Paper {
    lines: Vec<String>,
}

impl Paper {
    fn head(&mut self, shop: &Shop, order: &Order, number: Option<&ReceiptNumber>, at: Timestamp) {
        self.centre(&shop.name.ko);
        self.wrapped(&shop.address);
        self.pair(
            &format!("사업자 {}", shop.business_number),
            &format!("대표 {}", shop.representative),
        );
        self.pair(&format!("전화 {}", shop.phone), "");
        self.rule();
        self.pair(
            &format!("주문 {:03}", order.number),
            &shop.local(at).strftime("%Y-%m-%d %H:%M").to_string(),
        );
        if let Some(number) = number {
            self.pair("영수증", &number.to_string());
        }
        self.rule();
    }

    fn lines(&mut self, order: &Order) {
        for line in &order.lines {
            self.line(line);
        }
        self.rule();
    }

    fn line(&mut self, line: &Line) {
        let amount = line.list_amount().map(Money::grouped).unwrap_or_default();
        let star = if line.item.tax_free { "*" } else { "" };
        self.pair(
            &format!("{star}{} ×{}", line.item.title.ko, line.quantity),
            &amount,
        );
        for choice in &line.choices {
            let times = if choice.quantity > 1 {
                format!(" ×{}", choice.quantity)
            } else {
                String::new()
            };
            let amount = choice
                .amount
                .times(choice.quantity)
                .unwrap_or(choice.amount);
            let added = if amount.is_zero() {
                String::new()
            } else {
                format!(" +{}", amount.grouped())
            };
            self.pair(&format!("  {}{times}{added}", choice.title.ko), "");
        }
        if let Ok(list) = line.list_amount() {
            self.discounts("  ", list, &line.discounts);
        }
        if !line.memo.is_empty() {
            self.pair(&format!("  ({})", line.memo), "");
        }
    }

    fn discounts(&mut self, indent: &str, price: Money, discounts: &[Discount]) {
        let mut left = price;
        for discount in discounts {
            let Ok(off) = discount.off.of(left) else {
                continue;
            };
            let part = match discount.off {
                Off::BasisPoints(part)
                | Off::OrderedPart {
                    basis_points: part, ..
                } if part % 100 == 0 => format!(" {}%", part / 100),
                _ => String::new(),
            };
            self.pair(
                &format!("{indent}{}{part}", discount.title.ko),
                &negative(off),
            );
            left = left.minus(off).unwrap_or(left);
        }
    }

    fn totals(&mut self, order: &Order) {
        let totals = &order.totals;
        let after_lines = order
            .lines
            .iter()
            .filter_map(|line| line.charge_amount().ok());
        if let Ok(price) = Money::sum(order.currency(), after_lines) {
            self.discounts("", price, &order.discounts);
        }
        self.pair("받을 금액", &totals.charge.grouped());
        self.pair("  과세 공급가", &totals.supply.grouped());
        self.pair("  부가세", &totals.tax.grouped());
        if totals.tax_free.is_positive() {
            self.pair("  *면세", &totals.tax_free.grouped());
        }
        self.rule();
    }

    fn payment(&mut self, payment: &Payment) {
        let title = match payment.state {
            PaymentState::Started | PaymentState::Unknown | PaymentState::NotReversed => {
                format!("{} (확인 중)", method_title(payment))
            }
            PaymentState::Cancelled => format!("{} (취소됨)", method_title(payment)),
            _ => method_title(payment).to_owned(),
        };
        self.pair(&title, &payment.parts.amount.grouped());
        if let Some(cash) = payment.cash {
            self.pair("  받은 돈", &cash.received.grouped());
            self.pair("  거스름돈", &cash.change.grouped());
        }
        self.approval(payment);
    }

    fn approval(&mut self, payment: &Payment) {
        let Some(approval) = &payment.approval else {
            return;
        };
        if let Some(card) = &approval.card {
            let months = if card.installment_months == 0 {
                "일시불".to_owned()
            } else {
                format!("{}개월", card.installment_months)
            };
            self.pair(&format!("  {} {}", card.brand, card.number_masked), &months);
        }
        match approval.number.as_str() {
            // Staff were told by telephone that it was charged.
            "" if payment.method == Method::Card => self.pair("  승인번호", "없음 (카드사 확인)"),
            "" => {}
            number => self.pair("  승인번호", number),
        }
    }

    fn tail(&mut self, simulated: bool) {
        self.rule();
        if simulated {
            self.centre("[시험] 실제로 결제되지 않았습니다");
        }
        self.centre("고맙습니다");
    }

    /// A line across the paper; one is enough where a part between two is empty.
    fn rule(&mut self) {
        let rule = "-".repeat(COLUMNS);
        if self.lines.last() != Some(&rule) {
            self.lines.push(rule);
        }
    }

    fn centre(&mut self, text: &str) {
        for part in wrap(text, COLUMNS) {
            let indent = (COLUMNS - part.width().min(COLUMNS)) / 2;
            self.lines.push(format!("{}{part}", " ".repeat(indent)));
        }
    }

    fn wrapped(&mut self, text: &str) {
        self.lines.extend(wrap(text, COLUMNS));
    }

    /// `left` and `right` at the paper's edges; what does not fit beside `right` goes to lines of its own before it. A
    /// `right` that would not leave room for a word is wrapped below.
    fn pair(&mut self, left: &str, right: &str) {
        let right = printable(right);
        if right.width() + LEFT_COLUMNS_MIN >= COLUMNS {
            self.wrapped(left);
            self.wrapped(&right);
            return;
        }
        let mut parts = wrap(left, COLUMNS - right.width() - 1);
        let last = parts.pop().unwrap_or_default();
        self.lines.append(&mut parts);
        let gap = COLUMNS.saturating_sub(last.width() + right.width());
        self.lines.push(
            format!("{last}{}{right}", " ".repeat(gap))
                .trim_end()
                .to_owned(),
        );
    }
}

/// A plugin's words reach the paper: a line break in them must not forge a line, nor an escape reach the printer.
fn printable(text: &str) -> String {
    text.chars()
        .filter(|character| !character.is_control())
        .collect()
}

fn wrap(text: &str, columns: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut width = 0;
    for character in printable(text).chars() {
        let columns_more = character.width().unwrap_or(0);
        if width + columns_more > columns {
            lines.push(String::new());
            width = 0;
        }
        width += columns_more;
        if let Some(line) = lines.last_mut() {
            line.push(character);
        }
    }
    lines
}

fn method_title(payment: &Payment) -> &'static str {
    match payment.method {
        Method::Card => "카드",
        Method::Cash => "현금",
        Method::External => "외부 결제",
    }
}

fn negative(amount: Money) -> String {
    if amount.is_zero() {
        "0".into()
    } else {
        format!("\u{2212}{}", amount.grouped())
    }
}

fn is_simulated(payment: &Payment) -> bool {
    payment
        .approval
        .as_ref()
        .is_some_and(|approval| approval.simulated)
}
