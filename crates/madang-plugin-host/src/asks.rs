//! Questions of the till to plugins: all at once, within the deadline of the table, and silence means what the table says.

use async_trait::async_trait;
use futures::future::join_all;
use jiff::SignedDuration;
use madang_plugin_protocol::ask::{self, Answer};
use madang_plugin_protocol::{WhenSilent, find};
use madang_till::{Ask, Asks, Verdict};
use std::sync::Arc;
use tokio::sync::oneshot;

use crate::host::{HostChange, Inner};
use crate::mailbox::Delivery;
use crate::plugin::{Instance, Plugin, lock};
use crate::timeline::{Direction, Ended, Entry, Kind, NewEntry, Outcome};

#[async_trait]
impl Asks for Inner {
    async fn ask(&self, ask: Ask) -> Verdict {
        let questions: Vec<_> = self
            .plugins_in_order()
            .into_iter()
            .filter(|plugin| plugin.may(ask::BEFORE_CANCEL))
            .filter_map(|plugin| self.put(&plugin, &ask))
            .collect();
        let verdicts = join_all(questions.into_iter().map(|question| self.verdict(question))).await;
        verdicts
            .into_iter()
            .find(|verdict| *verdict != Verdict::Allow)
            .unwrap_or(Verdict::Allow)
    }
}

/// A question on its way.
struct Question {
    plugin: Arc<Plugin>,
    instance: Arc<Instance>,
    callback_id: String,
    entry: Arc<Entry>,
    answer: oneshot::Receiver<Answer>,
}

impl Inner {
    fn put(&self, plugin: &Arc<Plugin>, ask: &Ask) -> Option<Question> {
        let Ask::BeforeCancel { order, payment } = ask;
        let instance = plugin.instance()?;
        let paid = order.payment(*payment).ok()?;
        let callback_id = format!("ask{:016x}", self.till.world().chance.number());
        let envelope = ask::before_cancel(&callback_id, self.till.shop(), order, paid);
        let json: Arc<str> = envelope.to_json().into();
        let (send, answer) = oneshot::channel();
        lock(&instance.asks).insert(callback_id.clone(), send);
        let cause: Arc<str> = format!("{:03} · 환불", order.number).into();
        let entry = self.timeline.record(NewEntry {
            at: self.till.world().now(),
            plugin: plugin.name.clone(),
            direction: Direction::In,
            kind: Kind::Message,
            name: envelope.name.clone(),
            callback_id: Some(callback_id.clone()),
            body: json.clone(),
            bytes: json.len(),
            cause: Some(cause.clone()),
            ended: None,
        });
        instance.mailbox.put_ask(Delivery {
            json,
            position: None,
            cause: Some(cause),
            room: None,
        });
        Some(Question {
            plugin: plugin.clone(),
            instance,
            callback_id,
            entry,
            answer,
        })
    }

    async fn verdict(&self, question: Question) -> Verdict {
        let asked_at = self.till.world().now();
        let rule = find(ask::BEFORE_CANCEL).and_then(|row| row.ask);
        let deadline_ms = rule.map_or(0, |rule| rule.deadline_ms);
        let patience = SignedDuration::from_millis(i64::try_from(deadline_ms).unwrap_or(i64::MAX));
        let deadline = asked_at.checked_add(patience).unwrap_or(asked_at);
        let answer = self.till.world().within(deadline, question.answer).await;
        lock(&question.instance.asks).remove(&question.callback_id);
        let duration_us =
            u64::try_from(self.till.world().now().duration_since(asked_at).as_micros())
                .unwrap_or(0);
        let (verdict, result, reason) = match answer {
            Some(Ok(Answer::Allowed)) => (Verdict::Allow, Outcome::Ok, None),
            Some(Ok(Answer::Refused { message })) => (
                Verdict::Veto {
                    plugin: question.plugin.name.to_string(),
                    message: message.clone(),
                },
                Outcome::Veto,
                Some(message),
            ),
            // Silence: no answer in time, or the plugin was stopped while it was asked.
            Some(Err(_)) | None => (
                silence(rule.map(|rule| rule.when_silent), &question.plugin),
                Outcome::Late,
                None,
            ),
        };
        question.entry.end(Ended {
            result,
            duration_us,
            reason,
        });
        self.tell(HostChange::Entry(question.entry));
        verdict
    }
}

fn silence(rule: Option<WhenSilent>, plugin: &Plugin) -> Verdict {
    match rule {
        Some(WhenSilent::Refuse) => Verdict::Veto {
            plugin: plugin.name.to_string(),
            message: "플러그인이 답하지 않았어요".into(),
        },
        Some(WhenSilent::Allow) | None => Verdict::Allow,
    }
}
