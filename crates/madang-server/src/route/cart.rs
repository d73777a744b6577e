//! The cart of this till.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use madang_model::cart::{Cart, CartCommand};
use madang_model::line::ChosenChoice;
use madang_model::{ItemId, Refusal};

use super::Served;
use crate::ask::{Body, Key, Named, id};
use crate::problem::Problem;
use crate::route::order::{by_cashier, cashier};
use crate::view::cart::{
    AddDiscount, AddLine, CartView, ChangeLine, Chosen, HeldCartView, SetDining, SetMemo,
};
use madang_till::{Command, OperationKey};

type CartAnswer = Result<Json<CartView>, Problem>;

/// The cart with everything it comes to.
#[utoipa::path(get, path = "/api/cart", responses((status = 200, body = CartView)))]
pub async fn cart(State(served): State<Served>) -> CartAnswer {
    answer(served.till.cart())
}

/// Empties the cart.
#[utoipa::path(delete, path = "/api/cart", responses((status = 200, body = CartView)))]
pub async fn clear_cart(State(served): State<Served>) -> CartAnswer {
    change(&served, CartCommand::Clear)
}

/// Puts an item of the menu into the cart.
#[utoipa::path(
    post,
    path = "/api/cart/lines",
    request_body = AddLine,
    responses((status = 200, body = CartView))
)]
pub async fn add_line(State(served): State<Served>, Body(line): Body<AddLine>) -> CartAnswer {
    let chosen = line.choices.map(chosen);
    let item = ItemId(line.item);
    answer(
        served
            .till
            .add_to_cart(&cashier(), item, line.quantity, chosen.as_deref())?,
    )
}

/// Changes the quantity, the memo or the choices of a line.
#[utoipa::path(
    patch,
    path = "/api/cart/lines/{key}",
    params(("key" = String, Path)),
    request_body = ChangeLine,
    responses((status = 200, body = CartView))
)]
pub async fn change_line(
    State(served): State<Served>,
    Named(key): Named<String>,
    Body(wish): Body<ChangeLine>,
) -> CartAnswer {
    let key = id(&key)?;
    match (wish.quantity, wish.memo, wish.choices) {
        (Some(quantity), None, None) => change(&served, CartCommand::SetQuantity { key, quantity }),
        (None, Some(memo), None) => change(&served, CartCommand::SetMemo { key, memo }),
        (None, None, Some(choices)) => {
            let chosen = chosen(choices);
            answer(served.till.choose_in_cart(&cashier(), &key, &chosen)?)
        }
        _ => Err(one_change_at_a_time().into()),
    }
}

/// Takes a line away.
#[utoipa::path(
    delete,
    path = "/api/cart/lines/{key}",
    params(("key" = String, Path)),
    responses((status = 200, body = CartView))
)]
pub async fn delete_line(State(served): State<Served>, Named(key): Named<String>) -> CartAnswer {
    change(&served, CartCommand::Delete { key: id(&key)? })
}

/// Takes something off one line.
#[utoipa::path(
    post,
    path = "/api/cart/lines/{key}/discounts",
    params(("key" = String, Path)),
    request_body = AddDiscount,
    responses((status = 200, body = CartView))
)]
pub async fn add_line_discount(
    State(served): State<Served>,
    Named(key): Named<String>,
    Body(discount): Body<AddDiscount>,
) -> CartAnswer {
    let key = id(&key)?;
    let discount = discount.discount(served.till.shop().currency)?;
    change(&served, CartCommand::AddLineDiscount { key, discount })
}

/// Takes a line's discount back, by its place from 0.
#[utoipa::path(
    delete,
    path = "/api/cart/lines/{key}/discounts/{index}",
    params(("key" = String, Path), ("index" = usize, Path)),
    responses((status = 200, body = CartView))
)]
pub async fn delete_line_discount(
    State(served): State<Served>,
    Named((key, index)): Named<(String, usize)>,
) -> CartAnswer {
    let key = id(&key)?;
    change(&served, CartCommand::DeleteLineDiscount { key, index })
}

/// Takes something off the whole.
#[utoipa::path(
    post,
    path = "/api/cart/discounts",
    request_body = AddDiscount,
    responses((status = 200, body = CartView))
)]
pub async fn add_discount(
    State(served): State<Served>,
    Body(discount): Body<AddDiscount>,
) -> CartAnswer {
    let discount = discount.discount(served.till.shop().currency)?;
    change(&served, CartCommand::AddDiscount { discount })
}

/// Takes a discount of the whole back, by its place from 0.
#[utoipa::path(
    delete,
    path = "/api/cart/discounts/{index}",
    params(("index" = usize, Path)),
    responses((status = 200, body = CartView))
)]
pub async fn delete_discount(
    State(served): State<Served>,
    Named(index): Named<usize>,
) -> CartAnswer {
    change(&served, CartCommand::DeleteDiscount { index })
}

/// Says where the whole cart will be eaten.
#[utoipa::path(
    put,
    path = "/api/cart/dining",
    request_body = SetDining,
    responses((status = 200, body = CartView))
)]
pub async fn set_dining(State(served): State<Served>, Body(body): Body<SetDining>) -> CartAnswer {
    let dining = body.dining.into();
    change(&served, CartCommand::SetDining { dining })
}

/// Sets a word for the whole order.
#[utoipa::path(
    put,
    path = "/api/cart/memo",
    request_body = SetMemo,
    responses((status = 200, body = CartView))
)]
pub async fn set_memo(State(served): State<Served>, Body(body): Body<SetMemo>) -> CartAnswer {
    change(&served, CartCommand::SetOrderMemo { memo: body.memo })
}

/// Puts the cart aside; an empty one takes its place.
#[utoipa::path(
    post,
    path = "/api/cart/hold",
    params(("idempotency-key" = String, Header)),
    responses((status = 200, body = CartView))
)]
pub async fn hold_cart(State(served): State<Served>, Key(key): Key) -> CartAnswer {
    perform(&served, key, Command::HoldCart).await
}

/// The carts that were put aside, oldest first.
#[utoipa::path(
    get,
    path = "/api/held-carts",
    responses((status = 200, body = Vec<HeldCartView>))
)]
pub async fn held_carts(State(served): State<Served>) -> Result<Json<Vec<HeldCartView>>, Problem> {
    Ok(Json(HeldCartView::all(&served.till.held_carts())?))
}

/// Takes a held cart up again. What is in the cart is put aside for it.
#[utoipa::path(
    post,
    path = "/api/held-carts/{id}/take-up",
    params(("id" = String, Path), ("idempotency-key" = String, Header)),
    responses((status = 200, body = CartView))
)]
pub async fn take_up_cart(
    State(served): State<Served>,
    Named(cart): Named<String>,
    Key(key): Key,
) -> CartAnswer {
    let cart = id(&cart)?;
    perform(&served, key, Command::TakeUpCart { cart }).await
}

async fn perform(served: &Served, key: OperationKey, command: Command) -> CartAnswer {
    served.till.perform(by_cashier(key, command)).await?;
    answer(served.till.cart())
}

fn chosen(choices: Vec<Chosen>) -> Vec<ChosenChoice> {
    choices.into_iter().map(Into::into).collect()
}

fn change(served: &Served, command: CartCommand) -> CartAnswer {
    answer(served.till.change_cart(&cashier(), command)?)
}

/// The cart as it now is.
pub fn answer(cart: Arc<Cart>) -> CartAnswer {
    Ok(Json(CartView::of(&cart)?))
}

fn one_change_at_a_time() -> Refusal {
    Refusal::NotValid {
        message: "give exactly one of `quantity`, `memo` and `choices`".into(),
        message_ko: "수량, 메모, 옵션 가운데 하나만 바꿔 주세요".into(),
    }
}
