use std::rc::Rc;

use jiff::{
    Timestamp,
    civil::DateTime,
    tz::{TimeZone, TimeZoneDatabase},
};
use rquickjs::{Ctx, Function, Object, Result, function::Opt};

/// The shop's zone and the bundled database of all others; the machine's own is never asked.
#[derive(Clone)]
pub(crate) struct Zones {
    shop: TimeZone,
    others: Rc<TimeZoneDatabase>,
}

impl Zones {
    pub(crate) fn of_shop(shop: TimeZone) -> Self {
        Self {
            shop,
            others: Rc::new(TimeZoneDatabase::bundled()),
        }
    }

    fn named(&self, name: Option<&str>) -> TimeZone {
        name.and_then(|name| self.others.get(name).ok())
            .unwrap_or_else(|| self.shop.clone())
    }

    fn canonical(&self, name: &str) -> Option<String> {
        let zone = self.others.get(name).ok()?;
        zone.iana_name().map(ToOwned::to_owned)
    }
}

/// What `Date` and `Intl` ask about zones. All times are milliseconds.
pub(super) fn register<'js>(ctx: &Ctx<'js>, native: &Object<'js>, zones: Zones) -> Result<()> {
    let at = zones.clone();
    native.set(
        "zoneOffset",
        Function::new(ctx.clone(), move |time: f64, name: Opt<String>| {
            offset_ms(&at.named(name.as_deref()), time)
        })?,
    )?;
    let at = zones.clone();
    native.set(
        "zoneToTime",
        Function::new(ctx.clone(), move |local: f64| time_of(&at.shop, local))?,
    )?;
    let at = zones.clone();
    native.set(
        "zoneName",
        Function::new(ctx.clone(), move |time: f64| abbreviation(&at.shop, time))?,
    )?;
    let at = zones.clone();
    native.set(
        "zoneShop",
        Function::new(ctx.clone(), move || {
            at.shop.iana_name().unwrap_or("UTC").to_owned()
        })?,
    )?;
    native.set(
        "zoneCanonical",
        Function::new(ctx.clone(), move |name: String| zones.canonical(&name))?,
    )
}

fn offset_ms(zone: &TimeZone, time_ms: f64) -> f64 {
    f64::from(zone.to_offset(timestamp(time_ms)).seconds()) * 1_000.0
}

fn abbreviation(zone: &TimeZone, time_ms: f64) -> String {
    zone.to_offset_info(timestamp(time_ms))
        .abbreviation()
        .to_owned()
}

/// The time of a local wall clock reading, as the language wants it: in a gap and in an overlap the offset before counts.
fn time_of(zone: &TimeZone, local_ms: f64) -> f64 {
    let as_if_utc = timestamp(local_ms);
    let wall: DateTime = jiff::tz::Offset::UTC.to_datetime(as_if_utc);
    match zone.to_ambiguous_timestamp(wall).compatible() {
        Ok(time) => {
            let offset_ms = as_if_utc.as_millisecond() - time.as_millisecond();
            local_ms - offset_ms as f64
        }
        Err(_) => local_ms - offset_ms(zone, local_ms),
    }
}

/// Dates reach further than the calendar of `jiff`; beyond its ends the offset at the end counts.
fn timestamp(time_ms: f64) -> Timestamp {
    let (low, high) = (
        Timestamp::MIN.as_millisecond(),
        Timestamp::MAX.as_millisecond(),
    );
    Timestamp::from_millisecond((time_ms as i64).clamp(low, high)).unwrap_or(Timestamp::UNIX_EPOCH)
}
