//! What the till asks plugins before it does something. It does not know who answers.

use std::sync::Arc;

use async_trait::async_trait;
use madang_model::PaymentId;
use madang_model::order::Order;

/// A question that a plugin may answer with no.
#[derive(Clone, Debug)]
pub enum Ask {
    /// May this payment be given back?
    BeforeCancel {
        /// The order as it is.
        order: Arc<Order>,
        /// The payment.
        payment: PaymentId,
    },
}

/// What came of a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Go on.
    Allow,
    /// Do not.
    Veto {
        /// The plugin that said no.
        plugin: String,
        /// Why, in its words.
        message: String,
    },
}

/// Whoever answers. An answer comes within the question's own deadline, whatever the plugins do: the implementation keeps
/// it, since it knows the rule for silence.
#[async_trait]
pub trait Asks: Send + Sync {
    /// Asks everybody concerned; the first no counts.
    async fn ask(&self, ask: Ask) -> Verdict;
}

/// Nobody to ask: everything is allowed.
pub struct NobodyAsked;

#[async_trait]
impl Asks for NobodyAsked {
    async fn ask(&self, _ask: Ask) -> Verdict {
        Verdict::Allow
    }
}
