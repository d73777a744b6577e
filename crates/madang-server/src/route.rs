//! Every address of the API, with its description beside it.

mod act;
mod cart;
mod health;
mod import;
mod import_file;
mod insight;
mod metrics;
mod order;
mod outbox;
mod payment;
mod plugin;
mod shop;
mod stream;
mod terminal;
mod toast;
mod upstream;

use std::sync::Arc;

use utoipa::OpenApi as _;
use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{ContentBuilder, OpenApi, Ref, RefOr, Response, ResponseBuilder};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::server::Shared;

/// What every handler is given.
pub type Served = Arc<Shared>;

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Madang: the screen's API",
        description = "Amounts are whole minor units of the shop's currency, stated by GET /api/shop. Times are UTC in ISO 8601."
    ),
    components(schemas(
        crate::problem::ProblemView,
        crate::view::stream::StreamUpdate,
        crate::view::upstream::UpstreamAction,
    ))
)]
struct Description;

/// The API's description, from which the screen's types are made.
pub fn openapi() -> String {
    let (_, mut description) = routes().split_for_parts();
    finish(&mut description);
    let mut text = description
        .to_pretty_json()
        .expect("a description made of plain values is always JSON");
    text.push('\n');
    text
}

/// Every address with its handler and description.
pub fn routes() -> OpenApiRouter<Served> {
    OpenApiRouter::with_openapi(Description::openapi())
        .routes(routes!(health::health))
        .routes(routes!(shop::shop))
        .routes(routes!(shop::set_sale_state))
        .routes(routes!(shop::count_stock))
        .routes(routes!(cart::cart, cart::clear_cart))
        .routes(routes!(cart::add_line))
        .routes(routes!(cart::change_line, cart::delete_line))
        .routes(routes!(cart::add_line_discount))
        .routes(routes!(cart::delete_line_discount))
        .routes(routes!(cart::add_discount))
        .routes(routes!(cart::delete_discount))
        .routes(routes!(cart::set_dining))
        .routes(routes!(cart::set_memo))
        .routes(routes!(cart::hold_cart))
        .routes(routes!(cart::held_carts))
        .routes(routes!(cart::take_up_cart))
        .routes(routes!(order::check_out, order::orders))
        .routes(routes!(order::order))
        .routes(routes!(order::receipt))
        .routes(routes!(order::refund_receipt))
        .routes(routes!(order::cancel_order))
        .routes(routes!(order::complete_order))
        .routes(routes!(order::accept_order))
        .routes(routes!(order::decline_order))
        .routes(routes!(order::recall_order))
        .routes(routes!(payment::pay))
        .routes(routes!(payment::cancel_payment))
        .routes(routes!(payment::inquire_payment))
        .routes(routes!(payment::reverse_payment))
        .routes(routes!(payment::resolve_payment))
        .routes(routes!(terminal::terminal, terminal::choose_outcome))
        .routes(routes!(terminal::scan))
        .routes(routes!(plugin::plugins))
        .routes(routes!(plugin::start_plugin))
        .routes(routes!(plugin::stop_plugin))
        .routes(routes!(plugin::restart_plugin))
        .routes(routes!(plugin::settings, plugin::set_settings))
        .routes(routes!(plugin::press_button))
        .routes(routes!(plugin::timeline))
        .routes(routes!(plugin::timeline_message))
        .routes(routes!(toast::toasts))
        .routes(routes!(toast::click_toast))
        .routes(routes!(toast::press_toast_button))
        .routes(routes!(toast::close_toast))
        .routes(routes!(upstream::upstreams))
        .routes(routes!(upstream::set_upstreams))
        .routes(routes!(upstream::network, upstream::set_network))
        .routes(routes!(outbox::outbox))
        .routes(routes!(outbox::aside))
        .routes(routes!(outbox::resume))
        .routes(routes!(outbox::retry_all))
        .routes(routes!(outbox::retry))
        .routes(routes!(outbox::drop_message))
        .routes(routes!(import::take_batch))
        .routes(routes!(import::check_batch))
        .routes(routes!(import::run))
        .routes(routes!(import_file::upload))
        .routes(routes!(import_file::propose))
        .routes(routes!(import_file::check))
        .routes(routes!(import_file::start))
        .routes(routes!(import_file::stop))
        .routes(routes!(import_file::work))
        .routes(routes!(import_file::history))
        .routes(routes!(import_file::refused_rows))
        .routes(routes!(insight::insight))
        .routes(routes!(insight::map))
        .routes(routes!(insight::orders))
        .routes(routes!(insight::order))
        .routes(routes!(metrics::metrics))
        .routes(routes!(act::act))
        .routes(routes!(stream::stream))
}

/// Adds what every operation has in common: the token, and the form of its errors.
fn finish(description: &mut OpenApi) {
    let components = description.components.get_or_insert_default();
    let scheme = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
    components.add_security_scheme("token", scheme);
    description.security = Some(vec![SecurityRequirement::new(
        "token",
        Vec::<String>::new(),
    )]);
    for path in description.paths.paths.values_mut() {
        for operation in operations(path) {
            operation
                .responses
                .responses
                .insert("default".into(), RefOr::T(problem_response()));
        }
    }
}

fn operations(path: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    [
        &mut path.get,
        &mut path.post,
        &mut path.put,
        &mut path.patch,
        &mut path.delete,
    ]
    .into_iter()
    .flatten()
}

fn problem_response() -> Response {
    let content = ContentBuilder::new()
        .schema(Some(Ref::from_schema_name("Problem")))
        .build();
    ResponseBuilder::new()
        .description("What went wrong, and what to do")
        .content("application/problem+json", content)
        .build()
}
