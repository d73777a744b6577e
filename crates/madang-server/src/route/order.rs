//! Orders: made from the cart, listed, shown, printed, called off.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use jiff::Timestamp;
use madang_model::order::Order;
use madang_model::{PaymentId, Refusal, TableId, receipt as paper};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use utoipa::IntoParams;

use super::Served;
use crate::ask::{Asked, Body, Key, Named, id, moment, word};
use crate::problem::Problem;
use crate::view::order::{
    Accept, CheckOut, Decline, OrderPaymentState, OrderState, OrderView, ReceiptCopy, ReceiptView,
};
use madang_till::{Actor, Command, OperationKey, OrderQuery, Request};

/// The most orders on one page.
const PAGE_SIZE_MAX: u32 = 500;

type OrderAnswer = Result<Json<OrderView>, Problem>;

/// Who sits at the screen.
pub fn cashier() -> Actor {
    Actor::Cashier("till".into())
}

/// A request of whoever sits at the screen.
pub fn by_cashier(key: OperationKey, command: Command) -> Request {
    Request {
        key,
        actor: cashier(),
        command,
    }
}

/// Makes the cart an order.
#[utoipa::path(
    post,
    path = "/api/orders",
    params(("idempotency-key" = String, Header)),
    request_body = CheckOut,
    responses((status = 200, body = OrderView))
)]
pub async fn check_out(
    State(served): State<Served>,
    Key(key): Key,
    Body(body): Body<CheckOut>,
) -> OrderAnswer {
    let command = Command::CheckOut {
        table: body.table.map(TableId),
        guests: body.guests,
    };
    perform(&served, key, command).await
}

/// Which orders are asked for.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct OrdersQuery {
    /// Only in these states, separated by commas.
    #[param(value_type = Option<Vec<OrderState>>, style = Form, explode = false)]
    state: Option<String>,
    /// Only paid as far as this, separated by commas.
    #[param(value_type = Option<Vec<OrderPaymentState>>, style = Form, explode = false)]
    payment_state: Option<String>,
    /// Only of this table.
    table: Option<u64>,
    /// Placed at this time or later.
    #[serde(default, deserialize_with = "moment")]
    from: Option<Timestamp>,
    /// Placed before this time.
    #[serde(default, deserialize_with = "moment")]
    to: Option<Timestamp>,
    /// Which page, from 1.
    #[param(minimum = 1, default = 1)]
    page: Option<u32>,
    /// How many on a page.
    #[param(minimum = 1, maximum = 500, default = 50)]
    size: Option<u32>,
}

/// Orders, newest first. A page with fewer than `size` is the last.
#[utoipa::path(
    get,
    path = "/api/orders",
    params(OrdersQuery),
    responses((status = 200, body = Vec<OrderView>))
)]
pub async fn orders(
    State(served): State<Served>,
    Asked(query): Asked<OrdersQuery>,
) -> Result<Json<Vec<OrderView>>, Problem> {
    let orders = served.till.orders(query.checked()?).await?;
    let views: Result<Vec<OrderView>, Refusal> =
        orders.iter().map(|order| OrderView::of(order)).collect();
    Ok(Json(views?))
}

/// One order.
#[utoipa::path(
    get,
    path = "/api/orders/{id}",
    params(("id" = String, Path)),
    responses((status = 200, body = OrderView))
)]
pub async fn order(State(served): State<Served>, Named(order): Named<String>) -> OrderAnswer {
    answer(&*served.till.find_order(id(&order)?).await?)
}

/// Which copy of a receipt is asked for.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ReceiptQuery {
    /// A reprint says 재발행.
    #[serde(default)]
    #[param(inline, default = "first")]
    copy: ReceiptCopy,
}

/// The receipt of a sale, or of what is paid of it so far.
#[utoipa::path(
    get,
    path = "/api/orders/{id}/receipt",
    params(("id" = String, Path), ReceiptQuery),
    responses((status = 200, body = ReceiptView))
)]
pub async fn receipt(
    State(served): State<Served>,
    Named(order): Named<String>,
    Asked(query): Asked<ReceiptQuery>,
) -> Result<Json<ReceiptView>, Problem> {
    let order = served.till.find_order(id(&order)?).await?;
    Ok(printed(paper::sale(
        &served.till.shop(),
        &order,
        query.copy.into(),
    )))
}

/// The receipt of a payment given back.
#[utoipa::path(
    get,
    path = "/api/orders/{id}/refund-receipts/{payment}",
    params(("id" = String, Path), ("payment" = String, Path), ReceiptQuery),
    responses((status = 200, body = ReceiptView))
)]
pub async fn refund_receipt(
    State(served): State<Served>,
    Named((order, payment)): Named<(String, String)>,
    Asked(query): Asked<ReceiptQuery>,
) -> Result<Json<ReceiptView>, Problem> {
    let order = served.till.find_order(id(&order)?).await?;
    let payment: PaymentId = id(&payment)?;
    order.payment(payment)?;
    if !order
        .refund_receipts
        .iter()
        .any(|(given, _)| *given == payment)
    {
        return Err(not_refunded());
    }
    let copy = query.copy.into();
    Ok(printed(paper::refund(
        &served.till.shop(),
        &order,
        payment,
        copy,
    )))
}

/// Calls an order off.
#[utoipa::path(
    post,
    path = "/api/orders/{id}/cancel",
    params(("id" = String, Path), ("idempotency-key" = String, Header)),
    responses((status = 200, body = OrderView))
)]
pub async fn cancel_order(
    State(served): State<Served>,
    Named(order): Named<String>,
    Key(key): Key,
) -> OrderAnswer {
    let order = id(&order)?;
    perform(&served, key, Command::CancelOrder { order }).await
}

/// Completes a paid order.
#[utoipa::path(
    post,
    path = "/api/orders/{id}/complete",
    params(("id" = String, Path), ("idempotency-key" = String, Header)),
    responses((status = 200, body = OrderView))
)]
pub async fn complete_order(
    State(served): State<Served>,
    Named(order): Named<String>,
    Key(key): Key,
) -> OrderAnswer {
    let order = id(&order)?;
    perform(&served, key, Command::CompleteOrder { order }).await
}

/// Takes an order on that was asked for.
#[utoipa::path(
    post,
    path = "/api/orders/{id}/accept",
    params(("id" = String, Path), ("idempotency-key" = String, Header)),
    request_body = Accept,
    responses((status = 200, body = OrderView))
)]
pub async fn accept_order(
    State(served): State<Served>,
    Named(order): Named<String>,
    Key(key): Key,
    Body(body): Body<Accept>,
) -> OrderAnswer {
    let order = id(&order)?;
    let minutes = body.minutes;
    perform(&served, key, Command::AcceptOrder { order, minutes }).await
}

/// Does not take an order on that was asked for.
#[utoipa::path(
    post,
    path = "/api/orders/{id}/decline",
    params(("id" = String, Path), ("idempotency-key" = String, Header)),
    request_body = Decline,
    responses((status = 200, body = OrderView))
)]
pub async fn decline_order(
    State(served): State<Served>,
    Named(order): Named<String>,
    Key(key): Key,
    Body(body): Body<Decline>,
) -> OrderAnswer {
    let order = id(&order)?;
    let reason = body.reason;
    perform(&served, key, Command::DeclineOrder { order, reason }).await
}

/// Puts an order without payments back into the cart.
#[utoipa::path(
    post,
    path = "/api/orders/{id}/recall",
    params(("id" = String, Path), ("idempotency-key" = String, Header)),
    responses((status = 200, body = OrderView))
)]
pub async fn recall_order(
    State(served): State<Served>,
    Named(order): Named<String>,
    Key(key): Key,
) -> OrderAnswer {
    let order = id(&order)?;
    perform(&served, key, Command::Recall { order }).await
}

async fn perform(served: &Served, key: OperationKey, command: Command) -> OrderAnswer {
    let done = served.till.perform(by_cashier(key, command)).await?;
    let order = done.order.ok_or(Refusal::KeyUsedForSomethingElse)?;
    answer(&order)
}

fn answer(order: &Order) -> OrderAnswer {
    Ok(Json(OrderView::of(order)?))
}

fn printed(lines: Vec<String>) -> Json<ReceiptView> {
    Json(ReceiptView {
        lines,
        columns: paper::COLUMNS,
    })
}

fn not_refunded() -> Problem {
    Problem::new(
        StatusCode::NOT_FOUND,
        "no-refund-receipt",
        "this payment was not given back, so it has no refund receipt",
        "환불하지 않은 결제라 환불 영수증이 없어요",
    )
}

impl OrdersQuery {
    fn checked(self) -> Result<OrderQuery, Problem> {
        let size = self.size.unwrap_or(50);
        let page = self.page.unwrap_or(1);
        if page == 0 || size == 0 || size > PAGE_SIZE_MAX {
            return Err(bad_page());
        }
        Ok(OrderQuery {
            from: self.from,
            to: self.to,
            states: words::<OrderState, _>("state", self.state)?,
            payment_states: words::<OrderPaymentState, _>("payment_state", self.payment_state)?,
            table: self.table.map(TableId),
            descending: true,
            page,
            size,
        })
    }
}

/// The words of a query's `name`, separated by commas.
pub(super) fn words<V: DeserializeOwned, T: From<V>>(
    name: &str,
    list: Option<String>,
) -> Result<Vec<T>, Problem> {
    list.iter()
        .flat_map(|list| list.split(','))
        .filter(|word| !word.is_empty())
        .map(|written| word::<V>(name, written).map(T::from))
        .collect()
}

fn bad_page() -> Problem {
    Problem::new(
        StatusCode::BAD_REQUEST,
        "bad-query",
        format!("page counts from 1, and size is 1 to {PAGE_SIZE_MAX}"),
        "쪽 번호와 크기를 확인해 주세요",
    )
}
