//! The one door between a plugin and everything else: bounded, masked, checked against the table, recorded, answered.

mod cart;
mod fetch;
mod http;
mod kept;
mod orders;
mod reads;
mod screen;
mod socket;
mod words;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use jiff::Timestamp;
use madang_plugin_protocol::{
    Call, Envelope, Failure, Fields, MalformedMessage, Message, find, mask, not_there_yet, parse,
    reply, reply_json, reply_name, size_in_words,
};
use madang_plugin_runtime::{ConsoleLevel, Output, Stopped};
use serde_json::Value;

use crate::host::{HostChange, Inner};
use crate::mailbox::Delivery;
use crate::plugin::{Instance, Plugin, lock};
use crate::timeline::{Direction, Ended, Entry, Kind, NewEntry, Outcome};

/// Bytes of one message before its own row's limit is looked at: the largest any row allows.
const MESSAGE_BYTES_MAX: usize = 1 << 20;
/// Its answers are of any size, and so is what it sends.
const HTTP_REQUEST: &str = "http.request";
/// Characters of a console line that are kept.
const CONSOLE_LENGTH_MAX: usize = 16 << 10;

/// A plugin's door. One instance of a plugin goes through it; after that instance was stopped it is closed.
#[derive(Clone)]
pub struct Door {
    pub(crate) host: Arc<Inner>,
    pub(crate) plugin: Arc<Plugin>,
    pub(crate) instance: Arc<Instance>,
}

/// What an answer holds.
pub(crate) enum Reply {
    /// Members beside `complete`.
    Fields(Fields),
    /// One member whose JSON is written already.
    Json(&'static str, String),
}

/// An answer that takes its time.
pub(crate) type Later = Pin<Box<dyn Future<Output = Result<Reply, Failure>> + Send>>;

/// How a call is answered.
pub(crate) enum Dispatch {
    /// At once.
    Now(Result<Reply, Failure>),
    /// When this is done.
    Later(Later),
    /// Not at all.
    Silent,
}

impl Reply {
    pub(crate) fn empty() -> Self {
        Self::Fields(Fields::new())
    }

    pub(crate) fn field(name: &str, value: impl Into<Value>) -> Self {
        Self::Fields(Fields::from_iter([(name.to_owned(), value.into())]))
    }
}

impl Dispatch {
    pub(crate) fn ok(name: &str, value: impl Into<Value>) -> Self {
        Self::Now(Ok(Reply::field(name, value)))
    }

    pub(crate) fn done() -> Self {
        Self::Now(Ok(Reply::empty()))
    }

    pub(crate) fn failed(message: impl Into<String>) -> Self {
        Self::Now(Err(Failure::new(message)))
    }

    /// What was begun is answered when it is done, what was not now.
    pub(crate) fn begun(begun: Result<Later, Failure>) -> Self {
        match begun {
            Ok(later) => Self::Later(later),
            Err(failure) => Self::Now(Err(failure)),
        }
    }

    pub(crate) fn later(
        work: impl Future<Output = Result<Reply, Failure>> + Send + 'static,
    ) -> Self {
        Self::Later(Box::pin(work))
    }
}

/// A request on its way to an answer.
struct Asked {
    envelope: Envelope,
    entry: Arc<Entry>,
    arrived: Timestamp,
    row: Option<&'static Message>,
}

impl Door {
    /// The plugin has loaded.
    pub(crate) fn started(&self) {
        self.host.instance_started(&self.plugin, &self.instance);
    }

    /// The plugin will not run again.
    pub(crate) fn stopped(&self, stopped: Stopped) {
        self.note_refused_again();
        self.tell_all(self.instance.end_turn());
        self.host
            .instance_stopped(&self.plugin, &self.instance, stopped);
    }

    pub(crate) fn begin_turn(&self, delivery: Option<&Delivery>) {
        self.instance
            .set_cause(delivery.and_then(|delivery| delivery.cause.clone()));
        self.instance.begin_turn();
    }

    pub(crate) fn turn_ended(
        &self,
        duration: Duration,
        memory_bytes: Option<usize>,
        delivery: Option<&Delivery>,
    ) {
        self.note_refused_again();
        self.tell_all(self.instance.end_turn());
        let duration_us = u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
        self.plugin.note_turn(duration_us, memory_bytes);
        if let Some(position) = delivery.and_then(|delivery| delivery.position) {
            self.plugin.dealt_with(&self.instance, position);
        }
    }

    /// Whether the plugin is still heard.
    pub(crate) fn is_open(&self) -> bool {
        self.host.is_current(&self.plugin, &self.instance)
    }

    /// What the plugin said; the answer, where it is known at once.
    pub(crate) fn take(&self, output: Output) -> Option<String> {
        if !self.is_open() {
            return None;
        }
        if let Some(stopped) = self.says_too_much() {
            self.stopped(stopped);
            return None;
        }
        match output {
            Output::Message(text) => return self.message(&text),
            Output::Console { level, text } => {
                self.note(Kind::Console, console_name(level), &text, None)
            }
            Output::Uncaught {
                message,
                stack,
                handled,
            } => {
                let reason = (!handled).then(|| message.clone());
                let text = if stack.is_empty() {
                    message
                } else {
                    format!("{message}\n{stack}")
                };
                self.note(Kind::Error, "uncaught", &text, reason);
            }
            Output::Refused {
                message,
                message_ko,
            } => {
                let reason = format!("{message_ko} ({message})");
                self.note(Kind::Error, "refused", &reason, Some(reason.clone()));
            }
        }
        None
    }

    /// What a plugin said that was stopped while it loaded. Its messages are not acted upon: it never got to hear an answer.
    pub(crate) fn said_while_loading(&self, outputs: Vec<Output>) {
        let mut unheard = 0;
        for output in outputs {
            match output {
                Output::Message(_) => unheard += 1,
                told => {
                    self.take(told);
                }
            }
        }
        if unheard > 0 {
            self.take(Output::Refused {
                message: format!(
                    "Not acted upon, as the plugin was stopped while it loaded: {unheard} message(s)."
                ),
                message_ko: format!(
                    "불러오는 중에 중지되어 메시지 {unheard}개를 처리하지 않았어요."
                ),
            });
        }
    }

    fn message(&self, text: &str) -> Option<String> {
        self.plugin.messages.fetch_add(1, Ordering::Relaxed);
        let arrived = self.host.till.world().now();
        let envelope = match Envelope::parse(text, bytes_max(text)) {
            Ok(envelope) => envelope,
            Err(malformed) => {
                self.malformed(text, &malformed);
                return answer_to_malformed(text, &malformed);
            }
        };
        let row = find(&envelope.name);
        if let Some(row) = row.filter(|row| self.is_too_often(row, arrived)) {
            return self.refuse_too_often(envelope, text, arrived, row);
        }
        let entry = self.record_out(&envelope, text, arrived, row);
        if envelope.cards_masked > 0 {
            self.note(
                Kind::Lifecycle,
                "card-number-masked",
                "카드 번호처럼 보이는 숫자를 가렸어요 (what looked like a card number was masked)",
                None,
            );
        }
        let asked = Asked {
            envelope,
            entry,
            arrived,
            row,
        };
        match self.dispatch(&asked, text.len()) {
            Dispatch::Silent => {
                self.end(&asked, Outcome::Ok, None);
                None
            }
            Dispatch::Now(outcome) => self.answer(&asked, outcome),
            Dispatch::Later(work) => self.answer_later(asked, work),
        }
    }

    fn says_too_much(&self) -> Option<Stopped> {
        let now = self.host.till.world().now();
        let is_bound = self.host.settings.rate_limits;
        is_bound.then(|| lock(&self.instance.flood).said(now))?
    }

    fn is_too_often(&self, row: &Message, arrived: Timestamp) -> bool {
        self.host.settings.rate_limits && !self.plugin.within_rate(row, arrived)
    }

    /// The first refusal of a turn has its row; the same again costs its answer, and a count when the turn ends.
    fn refuse_too_often(
        &self,
        envelope: Envelope,
        text: &str,
        arrived: Timestamp,
        row: &'static Message,
    ) -> Option<String> {
        let failure = Failure::new(too_often(row));
        let again = self.instance.is_refused_again(row.name);
        let answer = if again {
            self.plugin.refusals.fetch_add(1, Ordering::Relaxed);
            wants_answer(&envelope, Some(row)).then(|| write(&envelope, Err(failure)))
        } else {
            let entry = self.record_out(&envelope, text, arrived, Some(row));
            let asked = Asked {
                envelope,
                entry,
                arrived,
                row: Some(row),
            };
            self.answer(&asked, Err(failure))
        };
        let stopped = lock(&self.instance.flood).refused(row.name, arrived);
        match stopped {
            Some(stopped) => {
                self.stopped(stopped);
                None
            }
            None => answer,
        }
    }

    fn note_refused_again(&self) {
        for (name, again) in self.instance.take_refused_again() {
            let text = format!(
                "{name}을(를) {again}번 더 거절했어요 ({name} was refused {again} more times)"
            );
            self.note(Kind::Error, "refused", &text, Some(text.clone()));
        }
    }

    /// Everything that is checked before anything is done.
    fn dispatch(&self, asked: &Asked, bytes: usize) -> Dispatch {
        let envelope = &asked.envelope;
        if let Some(row) = asked.row {
            if let Some(limit) = row.limit.filter(|limit| bytes > limit.bytes_max) {
                return Dispatch::failed(format!(
                    "{}은(는) {max}까지예요: {bytes}바이트였어요 (at most {max}; it has {bytes} bytes)",
                    row.name,
                    max = size_in_words(limit.bytes_max)
                ));
            }
            if let Some(permission) = row
                .permission
                .filter(|permission| !self.plugin.spec().grants.allows(permission))
            {
                let line = self.plugin.spec().grants.line_allowing(permission);
                return Dispatch::failed(format!(
                    "권한이 없어요: {permission}. plugin.toml의 [permissions]에 {line} 줄을 넣어 주세요 (not permitted; add this line)"
                ));
            }
        }
        match parse(envelope) {
            Ok(call) => self.perform(asked, call),
            Err(error) => Dispatch::failed(error.to_string()),
        }
    }

    /// One arm a message; what each does is in the module of its family.
    fn perform(&self, asked: &Asked, call: Call) -> Dispatch {
        let key = |kind: &str| {
            self.operation_key(kind, asked.envelope.callback_id.as_deref(), asked.entry.seq)
        };
        match call {
            Call::PluginInfo => self.plugin_info(),
            Call::MerchantInfo => self.merchant(),
            Call::DeviceInfo => self.device(),
            Call::CatalogGet { item } => self.item(item),
            Call::CatalogList => self.items(),
            Call::CategoryGet { category } => self.category(category),
            Call::CategoryList => self.categories(),
            Call::OptionGet { option } => self.option(option),
            Call::OptionList => self.options(),
            Call::HallList => self.halls(),
            Call::TableList => self.tables(),
            Call::TableGet { table } => self.table(table),
            Call::OrderGet { order } => self.order(order),
            Call::OrderList(query) => self.order_list(&query),
            Call::OrderSearch(query) => self.order_search(&query),
            Call::OrderAdd(draft) => self.order_add(&draft, key("order")),
            Call::OrderAddMenu { order, draft } => {
                self.order_add_menu(order, *draft, key("add-menu"))
            }
            Call::OrderCancel { order } => self.order_cancel(order, key("cancel")),
            Call::OrderComplete { order } => self.order_complete(order, key("complete")),
            Call::PaymentGet { payment } => self.payment(payment),
            Call::PaymentAdd { order, draft } => self.payment_add(order, &draft),
            Call::PaymentCancel { order, payment } => {
                self.payment_cancel(order, payment, key("payment-cancel"))
            }
            Call::DraftOrderGet => self.cart(),
            Call::DraftOrderClear => self.cart_clear(),
            Call::DraftOrderAddLine(draft) => self.cart_add(&draft),
            Call::DraftOrderDeleteLine { key } => self.cart_delete(key),
            Call::DraftOrderSetQuantity { key, quantity } => self.cart_quantity(key, quantity),
            Call::DraftOrderSetMemo { key, memo } => self.cart_memo(key, memo),
            Call::DraftOrderSetChoices { key, choices } => self.cart_choices(key, &choices),
            Call::DraftOrderSetIgnorePrint { ignore_print } => self.cart_ignore_print(ignore_print),
            Call::DraftOrderDeleteDiscount { index } => self.cart_delete_discount(index),
            Call::DraftOrderDeleteLineDiscount { key, index } => {
                self.cart_delete_line_discount(key, index)
            }
            Call::DraftOrderStartPayment => self.start_payment(),
            Call::HttpRequest(request) => self.http(*request),
            Call::FetchStart(start) => self.fetch_start(*start),
            Call::FetchSend(piece) => self.fetch_send(piece),
            Call::FetchRead { id } => self.fetch_read(id),
            Call::FetchCancel { id, is_late } => self.fetch_cancel(id, is_late),
            Call::SocketOpen(open) => self.socket_open(*open),
            Call::SocketSend { id, content } => self.socket_send(id, content),
            Call::SocketClose { id, code, reason } => self.socket_close(id, code, reason),
            Call::WebsocketConnect(connect) => self.websocket_connect(*connect),
            Call::WebsocketDisconnect { url } => self.websocket_disconnect(url),
            Call::WebsocketSend { url, text } => self.websocket_send(url, text),
            Call::StorageGet { key } => self.storage_get(&key),
            Call::StorageSet { key, value } => self.storage_set(key, Some(value)),
            Call::StorageDelete { key } => self.storage_set(key, None),
            Call::SecureStoreGet { key } => self.secure_get(&key),
            Call::SecureStoreSet { key, value } => self.secure_set(key, Some(value)),
            Call::SecureStoreDelete { key } => self.secure_set(key, None),
            Call::SettingSetInputs(inputs) => self.set_inputs(inputs),
            Call::SettingValues => self.setting_values(),
            Call::PowerSaverStartBlocking => self.block_power_saver(true),
            Call::PowerSaverStopBlocking => self.block_power_saver(false),
            Call::PowerSaverIsBlocked => self.is_power_saver_blocked(),
            Call::BarcodeSend { barcode } => self.barcode(&barcode),
            Call::ToastOpen(toast) => self.toast(toast),
            Call::AlertOpen { .. } | Call::SoundPlay { .. } | Call::Navigate(_) | Call::Log => {
                Dispatch::Silent
            }
            Call::UnicastSend { to, message } => self.unicast(&to, message),
            Call::Answer(answered) => self.answered(answered),
            Call::NotHandled(message) => Dispatch::Now(Err(not_there_yet(message))),
        }
    }

    /// Answers now. A message that wants no answer is told of a refusal on the timeline only.
    fn answer(&self, asked: &Asked, outcome: Result<Reply, Failure>) -> Option<String> {
        let wants_answer = wants_answer(&asked.envelope, asked.row);
        let mut refusal = outcome
            .as_ref()
            .err()
            .map(|failure| failure.message.clone());
        let mut json = wants_answer.then(|| write(&asked.envelope, outcome));
        if let Some(too_large) = json.as_ref().and_then(|json| self.too_large(asked, json)) {
            refusal = Some(too_large.message.clone());
            json = Some(write(&asked.envelope, Err(too_large)));
        }
        if refusal.is_some() {
            self.plugin.refusals.fetch_add(1, Ordering::Relaxed);
        }
        let result = if refusal.is_some() {
            Outcome::Refused
        } else {
            Outcome::Ok
        };
        self.end(asked, result, refusal);
        let json: Arc<str> = json?.into();
        self.record_reply(asked, &json, result);
        Some(json.to_string())
    }

    /// Why `json` is no answer that the plugin could be handed: its engine would drop it, and the plugin would wait for nothing.
    fn too_large(&self, asked: &Asked, json: &str) -> Option<Failure> {
        let bytes_max = self.host.settings.limits.message_bytes_max;
        if json.len() <= bytes_max {
            return None;
        }
        let max = size_in_words(bytes_max);
        Some(Failure::new(match asked.envelope.name.as_str() {
            HTTP_REQUEST => format!(
                "서버의 답이 너무 커요: 메시지 하나에 {max}까지 들어가요. fetch로 읽으면 조각으로 와요 (the answer does not fit one message, which has at most {max}; read it with fetch, piece by piece)"
            ),
            _ => format!(
                "답이 너무 커요: 메시지 하나에 {max}까지 들어가요. 나누어 물어 주세요 (the answer does not fit one message, which has at most {max}; ask for less at a time)"
            ),
        }))
    }

    fn answer_later(&self, asked: Asked, work: Later) -> Option<String> {
        if !self.instance.begin_call() {
            let limit = crate::plugin::PENDING_CALLS_MAX;
            return self.answer(&asked, Err(Failure::new(format!("답을 기다리는 요청이 너무 많아요: {limit}개까지예요 (at most {limit} calls at a time)"))));
        }
        let door = self.clone();
        let cause = self.instance.cause();
        self.host.till.world().tasks.spawn(Box::pin(async move {
            let outcome = work.await;
            if let Some(json) = door.answer(&asked, outcome) {
                door.instance.mailbox.put(Delivery {
                    json: json.into(),
                    position: None,
                    cause,
                    room: None,
                });
            }
            door.plugin.call_answered(&door.instance);
        }));
        None
    }

    fn end(&self, asked: &Asked, result: Outcome, reason: Option<String>) {
        let duration = self.host.till.world().now().duration_since(asked.arrived);
        let duration_us = u64::try_from(duration.as_micros()).unwrap_or(0);
        asked.entry.end(Ended {
            result,
            duration_us,
            reason,
        });
        self.tell(asked.entry.clone());
    }

    fn malformed(&self, text: &str, malformed: &MalformedMessage) {
        self.plugin.refusals.fetch_add(1, Ordering::Relaxed);
        let start: String = mask::text(text).chars().take(200).collect();
        self.note(
            Kind::Error,
            "malformed-message",
            &format!("{malformed}: {start}"),
            Some(not_taken(malformed)),
        );
    }

    fn record_out(
        &self,
        envelope: &Envelope,
        text: &str,
        at: Timestamp,
        row: Option<&'static Message>,
    ) -> Arc<Entry> {
        let body: Arc<str> = match row.filter(|row| !row.is_shown_whole()) {
            Some(row) => {
                let mut shown = envelope.clone();
                row.hide(&mut shown.data);
                shown.to_json().into()
            }
            // The very words, when nothing in them had to be masked: the engine wrote them, so they are in order.
            None if envelope.cards_masked == 0 => text.into(),
            None => envelope.to_json().into(),
        };
        self.host.timeline.record(NewEntry {
            at,
            plugin: self.plugin.name.clone(),
            direction: Direction::Out,
            kind: Kind::Message,
            name: envelope.name.clone(),
            callback_id: envelope.callback_id.clone(),
            body,
            bytes: text.len(),
            cause: self.instance.cause(),
            ended: None,
        })
    }

    fn record_reply(&self, asked: &Asked, json: &Arc<str>, result: Outcome) {
        self.plugin.messages.fetch_add(1, Ordering::Relaxed);
        let hides = asked.row.is_some_and(|row| !row.is_shown_whole());
        let body = if hides {
            hidden(asked.row, json)
        } else {
            json.clone()
        };
        let now = self.host.till.world().now();
        let entry = self.host.timeline.record(NewEntry {
            at: now,
            plugin: self.plugin.name.clone(),
            direction: Direction::In,
            kind: Kind::Message,
            name: reply_name(&asked.envelope.name),
            callback_id: asked.envelope.callback_id.clone(),
            body,
            bytes: json.len(),
            cause: asked.entry.cause.clone(),
            ended: Some(Ended {
                result,
                duration_us: 0,
                reason: None,
            }),
        });
        self.tell(entry);
    }

    fn note(&self, kind: Kind, name: &str, text: &str, reason: Option<String>) {
        let cause = self.instance.cause();
        let entry = self
            .host
            .record_note(&self.plugin, kind, name, text, cause, reason);
        self.tell(entry);
    }

    fn tell(&self, entry: Arc<Entry>) {
        self.tell_all(self.instance.to_tell(entry));
    }

    fn tell_all(&self, entries: Vec<Arc<Entry>>) {
        for entry in entries {
            self.host.tell(HostChange::Entry(entry));
        }
    }

    /// Names the operation behind a call: the same message of the same start is the same operation.
    fn operation_key(&self, kind: &str, callback_id: Option<&str>, seq: u64) -> String {
        match callback_id {
            Some(id) => format!("{kind}/{}/{id}", self.instance.session),
            None => format!("{kind}/{}/#{seq}", self.instance.session),
        }
    }

    fn answered(&self, answered: madang_plugin_protocol::ask::Answered) -> Dispatch {
        let waiting = answered
            .callback_id
            .as_ref()
            .and_then(|id| lock(&self.instance.asks).remove(id));
        match waiting {
            Some(waiting) => {
                // Whoever asked may have given up; the answer is then late, and silent.
                let _ = waiting.send(answered.answer);
                Dispatch::Silent
            }
            None => Dispatch::Silent,
        }
    }
}

fn wants_answer(envelope: &Envelope, row: Option<&'static Message>) -> bool {
    envelope.callback_id.is_some() && row.is_none_or(|row| row.reply)
}

fn too_often(row: &Message) -> String {
    let per_minute = row.limit.map_or(0, |limit| limit.per_minute);
    format!(
        "{}을(를) 너무 자주 보냈어요: 1분에 {per_minute}번까지예요 (more than {per_minute} a minute)",
        row.name
    )
}

/// What of a message is enough to answer it.
#[derive(serde::Deserialize)]
struct Address {
    name: String,
    version: Option<u8>,
    #[serde(rename = "callbackId")]
    callback_id: String,
}

/// Whoever waits for an answer gets one, also to a message that is not taken: else the SDK says it again and again and then
/// blames the till. The engine bounds such a message before it gets here.
fn answer_to_malformed(text: &str, malformed: &MalformedMessage) -> Option<String> {
    let address: Address = serde_json::from_str(text).ok()?;
    let mut told = not_taken(malformed);
    if let (HTTP_REQUEST, MalformedMessage::TooLarge { .. }) = (address.name.as_str(), malformed) {
        told.push_str(". fetch는 4 MiB까지 보내요 (fetch sends up to 4 MiB)");
    }
    let mut request = Envelope::new(address.name, Value::Null);
    request.version = address.version;
    request.callback_id = Some(address.callback_id);
    let fits = request.name.len() <= 4 * madang_plugin_protocol::NAME_LENGTH_MAX
        && request
            .callback_id
            .as_ref()
            .is_some_and(|id| id.len() <= 4 * madang_plugin_protocol::CALLBACK_ID_LENGTH_MAX);
    fits.then(|| reply(&request, Err(Failure::new(told))).to_json())
}

fn not_taken(malformed: &MalformedMessage) -> String {
    format!("보낸 메시지를 받을 수 없어요 ({malformed})")
}

/// The bytes that a message may have before it is read. One kind has more, and is known by how the runtime begins it.
fn bytes_max(text: &str) -> usize {
    let is_said = text.starts_with(r#"{"name":"madang.websocket.send.request","#);
    match find("madang.websocket.send.request").and_then(|row| row.limit) {
        Some(limit) if is_said => limit.bytes_max.max(MESSAGE_BYTES_MAX),
        _ => MESSAGE_BYTES_MAX,
    }
}

/// Bounds a console line for the timeline.
pub(crate) fn bounded(text: &str) -> String {
    let masked = mask::text(text);
    match masked.char_indices().nth(CONSOLE_LENGTH_MAX) {
        Some((end, _)) => format!("{}…", &masked[..end]),
        None => masked.into_owned(),
    }
}

fn write(envelope: &Envelope, outcome: Result<Reply, Failure>) -> String {
    match outcome {
        Ok(Reply::Json(field, json)) => reply_json(envelope, field, &json),
        Ok(Reply::Fields(fields)) => reply(envelope, Ok(fields)).to_json(),
        Err(failure) => reply(envelope, Err(failure)).to_json(),
    }
}

fn hidden(row: Option<&'static Message>, json: &Arc<str>) -> Arc<str> {
    let (Some(row), Ok(mut envelope)) = (row, Envelope::parse(json, usize::MAX)) else {
        return "…".into();
    };
    row.hide(&mut envelope.data);
    envelope.to_json().into()
}

fn console_name(level: ConsoleLevel) -> &'static str {
    match level {
        ConsoleLevel::Debug => "debug",
        ConsoleLevel::Log => "log",
        ConsoleLevel::Info => "info",
        ConsoleLevel::Warn => "warn",
        ConsoleLevel::Error => "error",
    }
}
