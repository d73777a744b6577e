//! A whole journal as a log of objects: orders, their payments, tables and plugins.

use std::collections::HashSet;

use jiff::Timestamp;
use madang_model::order::Source;
use madang_model::payment::Method;
use madang_process::event_data::{
    ColumnKind, LogLimits, NotTaken, ObjectLog, ObjectLogBuilder, TooMany,
};

use crate::activity::{Activity, Words};
use crate::fact::{Detail, Fact, Placed};

/// The types of objects.
pub mod object_type {
    /// An order; its name is its id.
    pub const ORDER: &str = "order";
    /// A payment.
    pub const PAYMENT: &str = "payment";
    /// A table.
    pub const TABLE: &str = "table";
    /// A plugin that placed an order, recorded a payment, was asked about one, or did something else about an order.
    pub const PLUGIN: &str = "plugin";
}

/// Makes a log of objects of facts, in whatever order they come.
#[derive(Debug)]
pub struct Objects {
    log: ObjectLogBuilder,
    /// What an activity is called.
    name: fn(Words) -> &'static str,
    failed: HashSet<u64>,
    /// Orders and payments with the plugins that were asked about them.
    asked: HashSet<(u32, u32)>,
}

impl Objects {
    /// A log without anything yet, with the activities' names in Korean or in English.
    pub fn new(name: fn(Words) -> &'static str, limits: LogLimits) -> Self {
        Self {
            log: ObjectLogBuilder::new(limits),
            name,
            failed: HashSet::new(),
            asked: HashSet::new(),
        }
    }

    /// Takes a fact, in the journal's order. One that is known already changes nothing.
    ///
    /// # Errors
    /// When the log would hold more than its limits.
    pub fn take(&mut self, fact: &Fact) -> Result<(), TooMany> {
        let order = fact.order.to_string();
        let activity = (self.name)(self.activity(fact).words());
        let name = fact.position.to_string();
        let event = match self
            .log
            .event(&name, activity, fact.time_ms, fact.position.get())
        {
            Ok(event) => event,
            Err(NotTaken::Repeated) => return Ok(()),
            Err(NotTaken::TooMany(error)) => return Err(error),
        };
        self.log
            .set_event(event, "resource", ColumnKind::Text, &fact.actor)?;
        let started_ms = fact.time_ms.saturating_sub(i64::from(fact.took_ms));
        if fact.took_ms > 0
            && let Ok(started) = Timestamp::from_millisecond(started_ms)
        {
            let started = started.to_string();
            self.log
                .set_event(event, "start_timestamp", ColumnKind::Time, &started)?;
        }
        self.object(&order, object_type::ORDER)?;
        self.log.relate_event(event, &order, "for")?;
        if let Some(plugin) = fact.actor.strip_prefix("plugin:") {
            let plugin = self.plugin(plugin)?;
            self.log.relate_event(event, &plugin, "by")?;
            if fact.activity.is_of_plugin() {
                self.relate_asked(&order, &plugin)?;
            }
        }
        match &fact.detail {
            Detail::None => Ok(()),
            Detail::Placed(placed) => self.placed(event, &order, placed, fact.time_ms),
            Detail::Payment {
                payment,
                paid,
                plugin,
            } => {
                let payment = format!("payment:{payment}");
                self.object(&payment, object_type::PAYMENT)?;
                self.log.relate_event(event, &payment, "of")?;
                if fact.activity.is_of_plugin()
                    && let Some(plugin) = fact.actor.strip_prefix("plugin:")
                {
                    let plugin = self.plugin(plugin)?;
                    self.relate_asked(&payment, &plugin)?;
                }
                if let Some((method, amount)) = paid {
                    self.log
                        .relate_object(self.number(&order), &payment, "paid with")?;
                    let number = self.number(&payment);
                    let amount = amount.minor_units().to_string();
                    for (name, kind, value) in [
                        ("method", ColumnKind::Text, word(*method)),
                        ("amount", ColumnKind::Number, &amount),
                    ] {
                        self.log.set_event(event, name, kind, value)?;
                        self.log
                            .set_object(number, name, kind, fact.time_ms, value)?;
                    }
                }
                match plugin {
                    Some(plugin) => {
                        let plugin = self.plugin(plugin)?;
                        self.log
                            .relate_object(self.number(&payment), &plugin, "recorded by")
                    }
                    None => Ok(()),
                }
            }
        }
    }

    /// The log.
    pub fn finish(self) -> ObjectLog {
        // What an object has to do with is made known before it is related to.
        self.log.finish(|_| ())
    }

    fn placed(
        &mut self,
        event: u32,
        order: &str,
        placed: &Placed,
        time_ms: i64,
    ) -> Result<(), TooMany> {
        let number = self.number(order);
        let said = [
            ("number", ColumnKind::Number, placed.number.to_string()),
            (
                "business date",
                ColumnKind::Text,
                placed.business_date.to_string(),
            ),
            (
                "channel",
                ColumnKind::Text,
                placed.channel.group().to_owned(),
            ),
            (
                "table",
                ColumnKind::Text,
                placed
                    .table
                    .map_or(String::new(), |table| table.to_string()),
            ),
        ];
        for (name, kind, value) in said.iter().filter(|(.., value)| !value.is_empty()) {
            self.log.set_object(number, name, *kind, time_ms, value)?;
            self.log.set_event(event, name, *kind, value)?;
        }
        if let Some(table) = placed.table {
            let table = format!("table:{table}");
            self.object(&table, object_type::TABLE)?;
            self.log.relate_event(event, &table, "at")?;
            self.log.relate_object(number, &table, "at")?;
        }
        if let Source::Plugin(plugin) = &placed.source {
            let plugin = self.plugin(plugin)?;
            self.log.relate_object(number, &plugin, "placed by")?;
        }
        Ok(())
    }

    /// A plugin that is asked about something again has no more to do with it than before.
    fn relate_asked(&mut self, about: &str, plugin: &str) -> Result<(), TooMany> {
        let about = self.number(about);
        match self.asked.insert((about, self.number(plugin))) {
            true => self.log.relate_object(about, plugin, "asked"),
            false => Ok(()),
        }
    }

    fn plugin(&mut self, plugin: &str) -> Result<String, TooMany> {
        let name = format!("plugin:{plugin}");
        self.object(&name, object_type::PLUGIN)?;
        Ok(name)
    }

    fn object(&mut self, name: &str, object_type: &str) -> Result<(), TooMany> {
        if self.log.object_number(name).is_some() {
            return Ok(());
        }
        match self.log.object(name, object_type) {
            Ok(_) | Err(NotTaken::Repeated) => Ok(()),
            Err(NotTaken::TooMany(error)) => Err(error),
        }
    }

    fn number(&self, name: &str) -> u32 {
        self.log
            .object_number(name)
            .expect("it was made known before")
    }

    /// A payment that is started after one has failed is one that is tried again.
    fn activity(&mut self, fact: &Fact) -> Activity {
        let order = fact.order.0;
        match fact.activity {
            Activity::PaymentStarted if self.failed.remove(&order) => Activity::PaymentRetried,
            Activity::PaymentFailed => {
                self.failed.insert(order);
                Activity::PaymentFailed
            }
            Activity::PaymentCompleted => {
                self.failed.remove(&order);
                Activity::PaymentCompleted
            }
            activity => activity,
        }
    }
}

fn word(method: Method) -> &'static str {
    match method {
        Method::Card => "card",
        Method::Cash => "cash",
        Method::External => "external",
    }
}
