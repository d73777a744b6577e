//! Questions of the till to plugins: all at once, within the deadline of the table, and silence means what the table says.
//! The first no is the answer, whoever else still thinks.

use async_trait::async_trait;
use futures::StreamExt;
use futures::stream::FuturesUnordered;
use jiff::{SignedDuration, Timestamp};
use madang_plugin_protocol::ask::{self, Answer};
use madang_plugin_protocol::{WhenSilent, find};
use madang_till::{Answers, Ask, AskEnd, Asked as Told, Asks, Verdict};
use std::sync::Arc;
use tokio::sync::oneshot;

use crate::host::{HostChange, Inner};
use crate::mailbox::Delivery;
use crate::plugin::{Instance, Plugin, lock};
use crate::timeline::{Direction, Ended, Entry, Kind, NewEntry, Outcome};

#[async_trait]
impl Asks for Inner {
    async fn ask(&self, ask: Ask) -> Answers {
        let questions: Vec<_> = self
            .plugins_in_order()
            .into_iter()
            .filter(|plugin| plugin.may(ask::BEFORE_CANCEL))
            .filter_map(|plugin| self.put(&plugin, &ask))
            .collect();
        let asked: Vec<Asked> = questions
            .iter()
            .map(|question| question.asked.clone())
            .collect();
        let mut verdicts: FuturesUnordered<_> = questions
            .into_iter()
            .map(|question| self.verdict(question))
            .collect();
        let mut told = Vec::with_capacity(asked.len());
        while let Some((verdict, one)) = verdicts.next().await {
            told.push(one);
            if verdict != Verdict::Allow {
                drop(verdicts);
                told.extend(self.no_longer_wait(asked));
                return Answers {
                    verdict,
                    asked: told,
                };
            }
        }
        Answers {
            verdict: Verdict::Allow,
            asked: told,
        }
    }
}

/// A question on its way.
struct Question {
    asked: Asked,
    answer: oneshot::Receiver<Answer>,
}

/// Who was asked, and the question's row on the timeline.
#[derive(Clone)]
struct Asked {
    plugin: Arc<Plugin>,
    instance: Arc<Instance>,
    callback_id: String,
    asked_at: Timestamp,
    entry: Arc<Entry>,
}

impl Inner {
    fn put(&self, plugin: &Arc<Plugin>, ask: &Ask) -> Option<Question> {
        let Ask::BeforeCancel { order, payment } = ask;
        let instance = plugin.instance()?;
        let paid = order.payment(*payment).ok()?;
        let callback_id = format!("ask{:016x}", self.till.world().chance.number());
        let envelope = ask::before_cancel(&callback_id, &self.till.shop(), order, paid);
        let json: Arc<str> = envelope.to_json().into();
        let (send, answer) = oneshot::channel();
        lock(&instance.asks).insert(callback_id.clone(), send);
        let cause: Arc<str> = format!("{:03} · 환불", order.number).into();
        let asked_at = self.till.world().now();
        let entry = self.timeline.record(NewEntry {
            at: asked_at,
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
        // Stopped between the look at it and the question: whoever stopped it ended the questions that it saw.
        if !self.is_current(plugin, &instance) {
            lock(&instance.asks).clear();
        }
        let asked = Asked {
            plugin: plugin.clone(),
            instance,
            callback_id,
            asked_at,
            entry,
        };
        Some(Question { asked, answer })
    }

    async fn verdict(&self, question: Question) -> (Verdict, Told) {
        let Question { asked, answer } = question;
        let rule = find(ask::BEFORE_CANCEL).and_then(|row| row.ask);
        let deadline_ms = rule.map_or(0, |rule| rule.deadline_ms);
        let patience = SignedDuration::from_millis(i64::try_from(deadline_ms).unwrap_or(i64::MAX));
        let deadline = asked
            .asked_at
            .checked_add(patience)
            .unwrap_or(asked.asked_at);
        let answer = self.till.world().within(deadline, answer).await;
        let (verdict, end, reason) = match answer {
            Some(Ok(Answer::Allowed)) => (Verdict::Allow, AskEnd::Allowed, None),
            Some(Ok(Answer::Refused { message })) => (
                Verdict::Veto {
                    plugin: asked.plugin.name.to_string(),
                    message: message.clone(),
                },
                AskEnd::Vetoed,
                Some(message),
            ),
            // Silence.
            Some(Err(_)) => (
                silence(rule.map(|rule| rule.when_silent), &asked.plugin),
                AskEnd::Stopped,
                Some(
                    "묻는 동안 플러그인이 중지되었어요 (the plugin was stopped while it was asked)"
                        .into(),
                ),
            ),
            None => (
                silence(rule.map(|rule| rule.when_silent), &asked.plugin),
                AskEnd::Silent,
                None,
            ),
        };
        (verdict, self.end_question(asked, end, reason))
    }

    /// Somebody else refused: the questions still open end, and an answer to one is too late.
    fn no_longer_wait(&self, asked: Vec<Asked>) -> Vec<Told> {
        let reason = "다른 플러그인이 먼저 거절해 기다리지 않았어요 (not waited for: another plugin had refused)";
        let open = asked
            .into_iter()
            .filter(|asked| asked.entry.ended().is_none());
        open.map(|asked| self.end_question(asked, AskEnd::Overtaken, Some(reason.into())))
            .collect()
    }

    fn end_question(&self, asked: Asked, end: AskEnd, reason: Option<String>) -> Told {
        lock(&asked.instance.asks).remove(&asked.callback_id);
        let ended_at = self.till.world().now();
        let taken = ended_at.duration_since(asked.asked_at);
        let result = match end {
            AskEnd::Allowed => Outcome::Ok,
            AskEnd::Vetoed => Outcome::Veto,
            AskEnd::Silent | AskEnd::Stopped | AskEnd::Overtaken => Outcome::Late,
        };
        asked.entry.end(Ended {
            result,
            duration_us: u64::try_from(taken.as_micros()).unwrap_or(0),
            reason,
        });
        self.tell(HostChange::Entry(asked.entry));
        Told {
            plugin: asked.plugin.name.to_string(),
            asked_at: asked.asked_at,
            ended_at,
            ended: end,
        }
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
