//! Other companies' servers, and the switch for failures on purpose.

use axum::Json;
use axum::extract::State;

use super::Served;
use crate::ask::{Body, Named};
use crate::problem::Problem;
use crate::upstream::NetworkRefused;
use crate::view::upstream::{NetworkPlan, NetworkView, SetUpstreams, UpstreamAction, UpstreamView};

/// The most kinds of failure in one plan: all there are, some of them twice.
const FAULTS_MAX: usize = 16;

/// Every server that was called lately, once for each caller, by origin and caller.
#[utoipa::path(get, path = "/api/upstreams", responses((status = 200, body = Vec<UpstreamView>)))]
pub async fn upstreams(State(served): State<Served>) -> Json<Vec<UpstreamView>> {
    Json(served.upstreams.upstreams())
}

/// Holds calls back, lets them all through, or leaves them to the breaker again, until the next decision about them: over restarts too. Answers with every server as it is then.
#[utoipa::path(
    post,
    path = "/api/upstreams/{action}",
    params(("action" = UpstreamAction, Path)),
    request_body = SetUpstreams,
    responses((status = 200, body = Vec<UpstreamView>))
)]
pub async fn set_upstreams(
    State(served): State<Served>,
    Named(action): Named<UpstreamAction>,
    Body(which): Body<SetUpstreams>,
) -> Result<Json<Vec<UpstreamView>>, Problem> {
    served.upstreams.set(action, &which)?;
    tracing::info!(action = action.word(), ?which, "servers were set by hand");
    Ok(Json(served.upstreams.upstreams()))
}

/// What fails on purpose.
#[utoipa::path(get, path = "/api/network", responses((status = 200, body = NetworkView)))]
pub async fn network(State(served): State<Served>) -> Result<Json<NetworkView>, Problem> {
    let network = served.upstreams.network();
    Ok(Json(network.ok_or(NetworkRefused::NoSwitch)?))
}

/// Lets calls fail on purpose, or leaves the network alone again.
#[utoipa::path(
    post,
    path = "/api/network",
    request_body = NetworkPlan,
    responses((status = 200, body = NetworkView))
)]
pub async fn set_network(
    State(served): State<Served>,
    Body(plan): Body<NetworkPlan>,
) -> Result<Json<NetworkView>, Problem> {
    if plan.faults.len() > FAULTS_MAX {
        let count = plan.faults.len();
        let why = format!("{count} kinds of failure are more than {FAULTS_MAX}");
        return Err(NetworkRefused::BadPlan(why).into());
    }
    Ok(Json(served.upstreams.set_network(plan)?))
}
