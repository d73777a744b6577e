//! Receipts as they come off the roll: 42 columns, of which 한글 takes two.

use madang_model::line::LineChoice;
use madang_model::order::{Order, OrderCommand, OrderEvent, Outcome, ReceiptNumber, TakePayment};
use madang_model::payment::{Approval, Card, CardKind, CashGiven, Failure, Method};
use madang_model::receipt::{COLUMNS, Copy, refund, sale};
use madang_model::{ChoiceId, PaymentId, Text};
use unicode_width::UnicodeWidthStr;

use crate::sale::{
    approval, attempt, discount, done, evolved, lines, new_order, noon, placed, won,
};
use crate::shops;

const SOLD: &str = "
              성수 로스터리
서울 성동구 마당길 1
사업자 000-00-00001            대표 김마당
전화 02-000-0001
------------------------------------------
주문 042                  2026-11-22 12:41
영수증                    20261122-01-0001
------------------------------------------
아메리카노 ×2                       12,000
  차갑게
  라지 +500
  샷 추가 ×2 +1,000
  (얼음 적게)
소금빵 ×2                            7,600
  할인 10%                            −760
*책 ‘커피 산책’ ×1                  14,000
------------------------------------------
단골 쿠폰                           −2,000
받을 금액                           30,840
  과세 공급가                       16,085
  부가세                             1,608
  *면세                             13,147
------------------------------------------
카드                                10,000
  마당카드 123456******3456          3개월
  승인번호                        30012345
현금                                20,840
  받은 돈                           30,000
  거스름돈                           9,160
------------------------------------------
    [시험] 실제로 결제되지 않았습니다
                고맙습니다
";

const UNPAID: &str = "
              성수 로스터리
서울 성동구 마당길 1
사업자 000-00-00001            대표 김마당
전화 02-000-0001
------------------------------------------
주문 042                  2026-11-22 12:41
------------------------------------------
Americano ×1                         4,500
------------------------------------------
받을 금액                            4,500
  과세 공급가                        4,091
  부가세                               409
------------------------------------------
                고맙습니다
";

const WRAPPED: &str = "
              성수 로스터리
서울 성동구 마당길 1
사업자 000-00-00001            대표 김마당
전화 02-000-0001
------------------------------------------
주문 042                  2026-11-22 12:41
------------------------------------------
아주긴이름의라떼아주긴이름의라떼아주
긴이름의라떼 ×1                      4,500
Long Latte Long Latte Long Latte Lon
g Latte ×2                           7,600
------------------------------------------
받을 금액                           12,100
  과세 공급가                       11,000
  부가세                             1,100
------------------------------------------
                고맙습니다
";

const GIVEN_BACK: &str = "
              성수 로스터리
서울 성동구 마당길 1
사업자 000-00-00001            대표 김마당
전화 02-000-0001
------------------------------------------
주문 042                  2026-11-22 12:41
영수증                    20261122-01-0002
------------------------------------------
                  [취소]
                 [재발행]
원 영수증                 20261122-01-0001
------------------------------------------
카드                               −10,000
과세 공급가                         −5,216
부가세                                −521
면세                                −4,263
  마당카드 123456******3456          3개월
  승인번호                        30012345
------------------------------------------
    [시험] 실제로 결제되지 않았습니다
                고맙습니다
";

#[test]
fn a_sale_with_choices_discounts_and_two_payments() {
    check(&sale(&shops::cafe(), &sold(), Copy::First), SOLD);
}

#[test]
fn a_sale_without_anything_special() {
    let mut order = placed("4,500", "");
    order.lines[0].item.title = Text::plain("Americano");
    check(&sale(&shops::cafe(), &order, Copy::First), UNPAID);
}

#[test]
fn a_name_too_long_for_the_amount_beside_it_is_wrapped() {
    let mut order = placed("4,500 + 3,800 ×2", "");
    order.lines[0].item.title = Text::plain("아주긴이름의라떼".repeat(3));
    order.lines[1].item.title = Text::plain("Long Latte ".repeat(4).trim());
    check(&sale(&shops::cafe(), &order, Copy::First), WRAPPED);
}

#[test]
fn a_refund_names_the_sale() {
    let order = given_back(&sold());
    check(
        &refund(&shops::cafe(), &order, PaymentId(1), Copy::Reprint),
        GIVEN_BACK,
    );
}

#[test]
fn a_sale_whose_payment_was_given_back_says_so() {
    let paper = sale(&shops::cafe(), &given_back(&sold()), Copy::First).join("\n");
    assert!(paper.contains("카드 (취소됨)"), "{paper}");
}

#[test]
fn a_payment_whose_answer_is_out_says_so_and_a_failed_one_is_not_there() {
    let started = done(&placed("4,500", ""), card(4_500)).expect("started");
    let check = |outcome: Outcome, there: bool| {
        let order = evolved(&started, &started.hear(PaymentId(1), outcome));
        let paper = sale(&shops::cafe(), &order, Copy::First).join("\n");
        assert_eq!(paper.contains("카드 (확인 중)"), there, "{paper}");
    };
    check(Outcome::Unknown, true);
    let message = "카드를 읽지 못했어요".into();
    check(
        Outcome::Failed {
            failure: Failure::NotCharged { message },
        },
        false,
    );
}

/// Staff were told by telephone that it was charged: there is no number, and nobody should look for it.
#[test]
fn a_card_payment_without_an_approval_number_says_so() {
    let started = done(&placed("4,500", ""), card(4_500)).expect("started");
    let approved = Outcome::Approved {
        approval: approval(""),
    };
    let order = evolved(&started, &started.hear(PaymentId(1), approved));
    let paper = sale(&shops::cafe(), &order, Copy::First).join("\n");
    assert!(
        paper.contains("승인번호              없음 (카드사 확인)"),
        "{paper}"
    );
}

#[test]
fn a_payment_that_is_not_there_has_no_receipt() {
    let paper = refund(&shops::cafe(), &sold(), PaymentId(9), Copy::First);
    assert_eq!(paper, Vec::<String>::new());
}

#[test]
fn nothing_leaves_the_paper_and_no_word_forges_a_line() {
    let wide = "가나다라마바사아자차카타파하".repeat(14);
    let forged = "Latte\n\u{1b}[0m받을 금액     1";
    for words in [
        wide.as_str(),
        forged,
        "ｆｕｌｌ　ｗｉｄｔｈ",
        "e\u{301}clair",
        "🍞 ×3",
    ] {
        let mut new = new_order("4,500 −10%", "−5%");
        new.lines[0].item.title = Text::plain(words);
        new.lines[0].memo = words.into();
        new.lines[0].discounts[0].title = Text::plain(words);
        let (order, _) = madang_model::order::decide::place(new, noon()).expect("placed");
        let order = done(&order, card(1_000)).expect("started");
        let said = Outcome::Approved {
            approval: card_approval(words),
        };
        let order = numbered(evolved(&order, &order.hear(PaymentId(1), said)), words);
        let paper = sale(&shops::cafe(), &order, Copy::Reprint);
        for line in &paper {
            assert!(line.width() <= COLUMNS, "{} columns: {line}", line.width());
            assert!(!line.chars().any(char::is_control), "{line:?}");
        }
        let totals = paper.iter().filter(|line| line.starts_with("받을 금액"));
        assert_eq!(totals.count(), 1);
    }
}

/// For the page about money.
pub fn reprinted() -> String {
    sale(&shops::cafe(), &sold(), Copy::Reprint).join("\n")
}

/// For the page about money.
pub fn refunded() -> String {
    let order = given_back(&sold());
    refund(&shops::cafe(), &order, PaymentId(1), Copy::First).join("\n")
}

/// For the page about money.
pub fn simulated() -> String {
    sale(&shops::cafe(), &sold(), Copy::First).join("\n")
}

fn check(paper: &[String], expected: &str) {
    let paper = paper.join("\n");
    assert_eq!(paper, expected.trim_matches('\n'), "\n{paper}");
}

/// Two americanos with choices, two salt breads at a tenth off, a tax-free book; a coupon; a card and cash.
fn sold() -> Order {
    let mut new = new_order("4,500 ×2 + 3,800 ×2 −10% + *14,000", "−2,000");
    new.lines = lines("4,500 ×2 + 3,800 ×2 −10% + *14,000");
    new.lines[0].choices = vec![
        choice("차갑게", 0, 1),
        choice("라지", 500, 1),
        choice("샷 추가", 500, 2),
    ];
    new.lines[0].memo = "얼음 적게".into();
    new.lines[1].item.title = Text::plain("소금빵");
    new.lines[2].item.title = Text::plain("책 ‘커피 산책’");
    new.discounts = vec![madang_model::line::Discount {
        title: Text::plain("단골 쿠폰"),
        ..discount("−2,000")
    }];
    let (order, _) = madang_model::order::decide::place(new, noon()).expect("placed");
    let order = done(&order, card(10_000)).expect("started");
    let said = Outcome::Approved {
        approval: card_approval("30012345"),
    };
    let order = evolved(&order, &order.hear(PaymentId(1), said));
    let rest = TakePayment {
        payment: PaymentId(2),
        method: Method::Cash,
        amount: order.payable(),
        cash: Some(CashGiven {
            received: won(30_000),
            change: won(30_000).minus(order.payable()).expect("enough"),
        }),
        payment_key: "2".into(),
        approval: approval(""),
        plugin: None,
        completes: true,
    };
    let order = done(&order, OrderCommand::TakePayment(Box::new(rest))).expect("paid");
    numbered(order, "01")
}

fn given_back(order: &Order) -> Order {
    let payment = PaymentId(1);
    let begun = done(order, OrderCommand::StartCancel { payment }).expect("begun");
    let cancelled = evolved(&begun, &begun.hear(payment, Outcome::Cancelled));
    let receipt = number("01", 2);
    evolved(
        &cancelled,
        &[OrderEvent::RefundReceiptGiven { payment, receipt }],
    )
}

fn numbered(order: Order, till: &str) -> Order {
    let receipt = number(till, 1);
    evolved(&order, &[OrderEvent::ReceiptGiven { receipt }])
}

fn number(till: &str, sequence: u32) -> ReceiptNumber {
    ReceiptNumber {
        business_date: "2026-11-22".parse().expect("a date"),
        till: till.into(),
        sequence,
    }
}

fn card(amount: i64) -> OrderCommand {
    OrderCommand::StartCardPayment {
        payment: PaymentId(1),
        amount: won(amount),
        attempt: attempt("attempt-1"),
    }
}

fn card_approval(number: &str) -> Approval {
    Approval {
        card: Some(Card {
            brand: "마당카드".into(),
            number_masked: "123456******3456".into(),
            kind: CardKind::Credit,
            installment_months: 3,
            acquirer: None,
        }),
        simulated: true,
        ..approval(number)
    }
}

fn choice(title: &str, amount: i64, quantity: u32) -> LineChoice {
    LineChoice {
        id: ChoiceId(1),
        option: None,
        title: Text::plain(title),
        amount: won(amount),
        quantity,
    }
}
