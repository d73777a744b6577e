//! What the till asks plugins before it does something. It does not know who answers.

use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;
use madang_model::order::Order;
use madang_model::{OrderId, PaymentId};
use serde::{Deserialize, Serialize};

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

/// A question without what it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Question {
    /// May a payment be given back?
    BeforeCancel,
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

/// What came of a question, and of whom it was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answers {
    /// Whether to go on.
    pub verdict: Verdict,
    /// Everybody that was asked.
    pub asked: Vec<Asked>,
}

/// One plugin that was asked: when, and how that ended. No word of what it said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// Its name.
    pub plugin: String,
    /// When it was asked.
    pub asked_at: Timestamp,
    /// Until when it was waited for.
    pub ended_at: Timestamp,
    /// How that ended.
    pub ended: AskEnd,
}

/// How a question to one plugin ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AskEnd {
    /// It said that the till may go on.
    Allowed,
    /// It said no.
    Vetoed,
    /// It did not answer in time.
    Silent,
    /// It crashed, or was stopped, before it had answered.
    Stopped,
    /// Nobody waited for it any more: another one had said no.
    Overtaken,
}

/// What the journal keeps of a question to one plugin. Nothing follows from it: it is there for whoever looks where time goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PluginAsked {
    /// What it was asked.
    pub question: Question,
    /// About which order.
    pub order: OrderId,
    /// About which of its payments.
    pub payment: Option<PaymentId>,
    /// Who, when, and how it ended.
    #[serde(flatten)]
    pub asked: Asked,
}

/// Plugins of one question that are kept: more guards than a shop has, and some kilobytes.
const ASKED_KEPT_MAX: usize = 32;

impl Ask {
    /// What the journal keeps of it, the first to end first, by milliseconds.
    pub(crate) fn kept(&self, mut asked: Vec<Asked>) -> Vec<PluginAsked> {
        let Self::BeforeCancel { order, payment } = self;
        asked.sort_by(|one, other| {
            (one.ended_at, &one.plugin).cmp(&(other.ended_at, &other.plugin))
        });
        asked.truncate(ASKED_KEPT_MAX);
        let kept = |asked: Asked| PluginAsked {
            question: Question::BeforeCancel,
            order: order.id,
            payment: Some(*payment),
            asked: Asked {
                asked_at: whole_ms(asked.asked_at),
                ended_at: whole_ms(asked.ended_at),
                ..asked
            },
        };
        asked.into_iter().map(kept).collect()
    }
}

/// Whoever answers. An answer comes within the question's own deadline, whatever the plugins do: the implementation keeps
/// it, since it knows the rule for silence.
#[async_trait]
pub trait Asks: Send + Sync {
    /// Asks everybody concerned; the first no counts.
    async fn ask(&self, ask: Ask) -> Answers;
}

/// Nobody to ask: everything is allowed.
pub struct NobodyAsked;

#[async_trait]
impl Asks for NobodyAsked {
    async fn ask(&self, _ask: Ask) -> Answers {
        Answers {
            verdict: Verdict::Allow,
            asked: Vec::new(),
        }
    }
}

fn whole_ms(at: Timestamp) -> Timestamp {
    Timestamp::from_millisecond(at.as_millisecond()).unwrap_or(at)
}
