//! What the cache makes of a call: answered from it, asked on behalf of several, refreshed behind the caller, or not its business.

use std::sync::{Arc, atomic::Ordering};

use tokio::time::timeout_at;
use tracing::Instrument;

use super::{Calling, Patience, tries::NOT_MODIFIED};
use crate::{
    cache::{Found, Landing, Lead, Question, Role, SharedFailure, Stale},
    ready::Ready,
    response::Response,
    send_error::SendError,
    upstream::Upstream,
};

impl Calling {
    /// Asks the cache, where the route has one, and the upstream otherwise.
    pub(super) async fn asked(self: &Arc<Self>, ready: Ready) -> Result<Response, SendError> {
        let question = self.route.cache.as_ref().and_then(|policy| {
            Question::of(
                &self.caller.id,
                ready.method,
                ready.url.as_str(),
                &ready.headers,
                policy,
            )
        });
        let Some(question) = question else {
            let is_safe = ready.method.is_safe();
            let url = ready.url.clone();
            let response = self.tries(ready, None).await?;
            if !is_safe && response.status < 400 {
                self.shared.cache.forget(&self.caller.id, url.as_str());
            }
            return Ok(response);
        };
        // What few calls need is apart, so that the others are small: a call is copied when it is made, and kept while it waits.
        Box::pin(self.from_cache(ready, question)).await
    }

    async fn from_cache(
        self: &Arc<Self>,
        ready: Ready,
        question: Question,
    ) -> Result<Response, SendError> {
        let cache = &self.shared.cache;
        let now = || self.shared.wall_clock.now();
        let mut stale = match cache.find(&question, now()) {
            Found::Fresh(response) => return Ok(response),
            Found::Stale(stale) => Some(stale),
            Found::Nothing => None,
        };
        if let Some(response) = stale.as_ref().and_then(Stale::while_revalidating) {
            self.refresh_behind(ready, question);
            return Ok(response);
        }
        let lead = match cache.join(&question.key).await {
            Role::Leader(lead) => Some(lead),
            Role::Alone => None,
            Role::Failed(failure) => {
                let result = failure.after(self.progress.started().elapsed());
                return self.or_stale(stale, result, &self.upstream(&ready));
            }
            Role::Kept => match cache.find(&question, now()) {
                Found::Fresh(response) => return Ok(response),
                Found::Stale(found) => {
                    stale = Some(found);
                    None
                }
                Found::Nothing => None,
            },
        };
        let upstream = self.upstream(&ready);
        let (result, is_kept) = self.fetched(ready, &question, stale.as_ref()).await;
        if let Some(lead) = lead {
            self.land(lead, &result, is_kept);
        }
        self.or_stale(stale, result, &upstream)
    }

    /// Tells those who waited for the same answer.
    fn land(&self, lead: Lead<'_>, result: &Result<Response, SendError>, is_kept: bool) {
        if is_kept {
            return lead.land(Landing::Kept);
        }
        // What ended is this call's own time, and others may have more: dropped, the lead goes to one of them.
        if self.remaining().is_zero() {
            return;
        }
        lead.land(SharedFailure::of(result).map_or(Landing::NotKept, Landing::Failed));
    }

    /// What came of asking, or the old answer where that may stand in.
    fn or_stale(
        &self,
        stale: Option<Stale>,
        result: Result<Response, SendError>,
        upstream: &Upstream,
    ) -> Result<Response, SendError> {
        match stale.and_then(|stale| stale.instead_of(&result)) {
            Some(response) => {
                upstream.stale_served();
                self.enter(&result);
                Ok(response)
            }
            None => result,
        }
    }

    /// Asks the upstream and keeps the answer; says whether it is kept.
    async fn fetched(
        self: &Arc<Self>,
        ready: Ready,
        question: &Question,
        stale: Option<&Stale>,
    ) -> (Result<Response, SendError>, bool) {
        match self.fetch(ready, question, stale).await {
            Ok((response, is_kept)) => (Ok(response), is_kept),
            Err(error) => (Err(error), false),
        }
    }

    async fn fetch(
        self: &Arc<Self>,
        ready: Ready,
        question: &Question,
        stale: Option<&Stale>,
    ) -> Result<(Response, bool), SendError> {
        let cache = &self.shared.cache;
        let now = || self.shared.wall_clock.now();
        let request = ready.request.clone();
        let conditions = stale.map(|stale| &stale.conditions);
        let mut response = self.tries(ready, conditions).await?;
        if response.status == NOT_MODIFIED
            && let Some(stale) = stale
        {
            self.progress.answered();
            if let Some(renewed) = cache.renew(question, stale, &response, now()) {
                return Ok((renewed, true));
            }
            // It is said of an answer that is not ours, so we have none yet.
            response = self.tries(self.checked(request, None)?, None).await?;
        }
        let response = self.gathered(response).await?;
        let is_diverted = self.is_diverted.load(Ordering::Relaxed);
        let is_kept = !is_diverted && cache.keep(question, &response, now());
        Ok((response, is_kept))
    }

    /// Fetches a new answer while the caller goes on with the old one; one at a time for each question.
    fn refresh_behind(self: &Arc<Self>, ready: Ready, question: Question) {
        if self.shared.cache.is_led(&question.key) {
            return;
        }
        // It is a call like any other, and where there is no room for one more the old answer will do.
        let Ok(admission) = self.shared.admit() else {
            return;
        };
        let calling = Self::new(
            Arc::clone(&self.shared),
            Arc::clone(&self.caller),
            Arc::clone(&self.route),
            self.context.clone(),
            Patience::default(),
        );
        let span = calling.trace.span();
        calling.trace.leads_to(ready.method, &ready.target.origin);
        let refresh = async move {
            let Some(lead) = calling.shared.cache.try_lead(&question.key) else {
                return;
            };
            let stale = match calling
                .shared
                .cache
                .find(&question, calling.shared.wall_clock.now())
            {
                Found::Stale(stale) => Some(stale),
                Found::Nothing => None,
                Found::Fresh(_) => return,
            };
            let fetch = calling.fetched(ready, &question, stale.as_ref());
            // A refresh that fails leaves the old answer, which stays stale and is asked for again.
            let fetched = timeout_at(calling.deadline, fetch).await;
            let (result, is_kept) = fetched.unwrap_or_else(|_| (Err(calling.out_of_time()), false));
            calling.enter(&result);
            calling.told(&result);
            calling.land(lead, &result, is_kept);
            drop(admission);
        };
        tokio::spawn(refresh.instrument(span));
    }
}
