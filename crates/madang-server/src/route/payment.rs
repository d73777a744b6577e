//! Payments. Each answers as soon as the intent is stored; the stream tells the rest.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use madang_model::order::Order;
use madang_model::{Money, OrderId, PaymentId, Refusal};

use super::Served;
use super::order::by_cashier;
use crate::ask::{Body, Key, Named, id};
use crate::problem::Problem;
use crate::view::order::{BegunView, Method, Pay, Resolve};
use madang_till::{Command, OperationKey, Settle};

type BegunAnswer = Result<(StatusCode, Json<BegunView>), Problem>;

/// Pays an order, or a part of it.
#[utoipa::path(
    post,
    path = "/api/orders/{id}/payments",
    params(("id" = String, Path), ("idempotency-key" = String, Header)),
    request_body = Pay,
    responses((status = 202, body = BegunView))
)]
pub async fn pay(
    State(served): State<Served>,
    Named(order): Named<String>,
    Key(key): Key,
    Body(pay): Body<Pay>,
) -> BegunAnswer {
    let command = pay_command(&served, id(&order)?, pay)?;
    begin(&served, key, command).await
}

/// Gives a payment back, when no plugin forbids it.
#[utoipa::path(
    post,
    path = "/api/orders/{id}/payments/{payment}/cancel",
    params(("id" = String, Path), ("payment" = String, Path), ("idempotency-key" = String, Header)),
    responses((status = 202, body = BegunView))
)]
pub async fn cancel_payment(
    State(served): State<Served>,
    Named((order, payment)): Named<(String, String)>,
    Key(key): Key,
) -> BegunAnswer {
    let (order, payment) = (id(&order)?, id(&payment)?);
    begin(&served, key, Command::CancelPayment { order, payment }).await
}

/// Asks the terminal now what became of a lost answer.
#[utoipa::path(
    post,
    path = "/api/orders/{id}/payments/{payment}/inquire",
    params(("id" = String, Path), ("payment" = String, Path), ("idempotency-key" = String, Header)),
    responses((status = 202, body = BegunView))
)]
pub async fn inquire_payment(
    State(served): State<Served>,
    Named((order, payment)): Named<(String, String)>,
    _key: Key,
) -> BegunAnswer {
    push(&served, &order, &payment, Settle::Inquire).await
}

/// Sends the terminal a cancel for a lost answer (망취소).
#[utoipa::path(
    post,
    path = "/api/orders/{id}/payments/{payment}/reverse",
    params(("id" = String, Path), ("payment" = String, Path), ("idempotency-key" = String, Header)),
    responses((status = 202, body = BegunView))
)]
pub async fn reverse_payment(
    State(served): State<Served>,
    Named((order, payment)): Named<(String, String)>,
    _key: Key,
) -> BegunAnswer {
    push(&served, &order, &payment, Settle::Reverse).await
}

/// Says what the card company said about a payment that the terminal would not take back.
#[utoipa::path(
    post,
    path = "/api/orders/{id}/payments/{payment}/resolve",
    params(("id" = String, Path), ("payment" = String, Path), ("idempotency-key" = String, Header)),
    request_body = Resolve,
    responses((status = 202, body = BegunView))
)]
pub async fn resolve_payment(
    State(served): State<Served>,
    Named((order, payment)): Named<(String, String)>,
    Key(key): Key,
    Body(Resolve { charged }): Body<Resolve>,
) -> BegunAnswer {
    let command = Command::ResolvePayment {
        order: id(&order)?,
        payment: id(&payment)?,
        charged,
    };
    begin(&served, key, command).await
}

fn pay_command(served: &Served, order: OrderId, pay: Pay) -> Result<Command, Refusal> {
    let currency = served.till.shop().currency;
    let money = |minor_units: i64| Money::new(minor_units, currency);
    let amount = pay.amount.map(money).transpose()?;
    match (pay.method, pay.received, pay.source) {
        (Method::Card, None, None) => Ok(Command::PayCard { order, amount }),
        (Method::Cash, Some(received), None) if amount.is_none() => Ok(Command::PayCash {
            order,
            received: money(received)?,
        }),
        (Method::External, None, Some(source)) => Ok(Command::PayExternal {
            order,
            amount,
            source,
        }),
        _ => Err(other_fields()),
    }
}

async fn begin(served: &Served, key: OperationKey, command: Command) -> BegunAnswer {
    let begun = served.till.begin(by_cashier(key, command)).await?;
    let (order, payment) = begun
        .order
        .zip(begun.payment)
        .ok_or(Refusal::KeyUsedForSomethingElse)?;
    accepted(&order, payment)
}

/// Pushes a payment whose answer is awaited. A push is no operation: pushing twice asks twice, and moves no money.
async fn push(served: &Served, order: &str, payment: &str, how: Settle) -> BegunAnswer {
    let order = served.till.find_order(id(order)?).await?;
    let payment = order.payment(id(payment)?)?.id;
    served.till.settle(payment, how)?;
    accepted(&order, payment)
}

fn accepted(order: &Order, payment: PaymentId) -> BegunAnswer {
    Ok((StatusCode::ACCEPTED, Json(BegunView::of(order, payment)?)))
}

fn other_fields() -> Refusal {
    Refusal::NotValid {
        message: "card takes `amount`, cash takes `received`, external takes `source` and `amount`"
            .into(),
        message_ko: "카드는 amount, 현금은 received, 외부 결제는 source와 amount를 적어 주세요"
            .into(),
    }
}
