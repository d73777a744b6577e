//! What a user asked for, looked at before anything is read.

use std::path::PathBuf;

use jiff::Timestamp;
use jiff::tz::{TimeZone, TimeZoneDatabase};
use madang_import::check::mapping::DateOrder;
use madang_import::read::{Encoding, ReadSettings};
use madang_process::conformance::Agreement;
use madang_process::discovery::{PetriNet, PnmlLimits, read_pnml};
use madang_process::event_data::EventLog;
use madang_process::filters::{Filter, Filters, TimeRule};
use madang_process::language::Language;
use madang_process::performance::{ProcessMap, WorkingHours};
use madang_process::read::{Attributes, LogSettings, MappingWish};
use madang_process::spelled;
use madang_process::variants::CaseOrder;

use super::fault::Fault;
use super::output_files::{OutputFile, OutputKind};
use super::{filters, settings_file};
use crate::arguments::{Mine, MineColumns, MineDateOrder, MineLanguage, MineOrder};

/// What a user asked for.
pub struct Plan {
    /// What sentences are written in.
    pub language: Language,
    /// Where the clocks are.
    pub zone: TimeZone,
    /// How much of each list is shown to people.
    pub top: usize,
    /// How much of each list programs are told, which is no less: all, unless somebody said how much.
    pub top_json: usize,
    /// How logs are read.
    pub settings: LogSettings,
    /// What cases have to be like.
    pub filters: Filters,
    /// What was agreed on; none when nobody said.
    pub agreement: Option<Agreement>,
    /// The hours in which time counts; none: all.
    pub hours: Option<WorkingHours>,
    /// When one looks; none: at the last event.
    pub at: Option<Timestamp>,
    /// Whether a model is looked for, and shown.
    pub model: bool,
    /// What of it is left out.
    pub noise_percent: u8,
    /// The model that the cases are put beside, and where it is from.
    pub against: Option<(String, PetriNet)>,
    /// Two periods to be compared.
    pub compare: Option<[Period; 2]>,
    /// Whether it is told when cases begin.
    pub arrivals: bool,
    /// Which cases come first on a list of them; none: there is no list.
    pub cases: Option<CaseOrder>,
    /// The case of which all is told.
    pub timeline: Option<String>,
    /// Logs and models to be written.
    pub writes: Vec<OutputFile>,
}

/// A period to be compared.
pub struct Period {
    /// As it was asked for.
    pub name: String,
    filter: Filter,
}

impl Plan {
    /// Looks at everything that can be wrong before a log is read.
    ///
    /// # Errors
    /// [`Fault`].
    pub fn of(arguments: &Mine) -> Result<Self, Fault> {
        let (asked, told) = (&arguments.asked, &arguments.told);
        let zone = zone(&arguments.columns.zone)?;
        let filters = filters::of(&arguments.cases, &zone)?;
        let agreement: Option<Agreement> = match &asked.rules {
            Some(path) => Some(settings_file::read(path)?),
            None => None,
        };
        let agreed = agreement.clone().unwrap_or_default();
        let hours = agreed
            .working_hours(&asked.hours, &zone)
            .map_err(Fault::Hours)?;
        let at = asked
            .at
            .as_deref()
            .map(|at| spelled::moment(at, &zone))
            .transpose();
        let writes = (told.write.iter())
            .map(|path| OutputFile::named(path))
            .collect::<Result<Vec<_>, _>>()?;
        let writes_log = writes.iter().any(|write| write.kind != OutputKind::Model);
        let attributes = match writes_log || asked.timeline.is_some() {
            true => Attributes::All,
            false => attributes(&filters),
        };
        Ok(Self {
            language: match told.language {
                MineLanguage::Ko => Language::Korean,
                MineLanguage::En => Language::English,
            },
            top: told.top.map_or(TOP, |top| top as usize),
            top_json: match (told.top, told.json) {
                (Some(top), _) => top as usize,
                (None, true) => usize::MAX,
                (None, false) => TOP,
            },
            settings: settings(&arguments.columns, attributes, &zone)?,
            filters,
            agreement,
            hours,
            at: at.map_err(Fault::Misspelled)?,
            model: asked.model,
            noise_percent: asked.noise,
            against: against(asked.against.as_ref())?,
            compare: periods(&asked.compare, &zone)?,
            arrivals: asked.arrivals,
            cases: asked.cases.map(|order| match order {
                MineOrder::Newest => CaseOrder::Newest,
                MineOrder::Longest => CaseOrder::Longest,
                MineOrder::Busiest => CaseOrder::Busiest,
            }),
            timeline: asked.timeline.clone(),
            writes,
            zone,
        })
    }

    /// The map of a log, in the hours that count.
    pub fn map(&self, log: &EventLog) -> ProcessMap {
        match &self.hours {
            Some(hours) => ProcessMap::in_working_hours(log, hours),
            None => ProcessMap::of(log),
        }
    }

    /// The cases of a log that are looked at.
    pub fn filtered(&self, log: EventLog) -> EventLog {
        match (self.filters.all(), &self.hours) {
            ([], _) => log,
            (_, Some(hours)) => self.filters.apply_in_working_hours(&log, hours),
            (_, None) => self.filters.apply(&log),
        }
    }

    /// Whether a log of objects is to be written as one.
    pub fn writes_objects(&self) -> bool {
        self.writes.iter().any(|write| write.kind.is_of_objects())
    }

    /// Whether a model is looked for, be it only to be written.
    pub fn needs_model(&self) -> bool {
        self.model
            || self
                .writes
                .iter()
                .any(|write| write.kind == OutputKind::Model)
    }
}

impl Period {
    /// Its cases.
    pub fn of(&self, log: &EventLog) -> EventLog {
        Filters::from_iter([self.filter.clone()]).apply(log)
    }
}

/// As much of each list is shown as is read at once.
const TOP: usize = 5;

fn zone(name: &str) -> Result<TimeZone, Fault> {
    let zone = TimeZoneDatabase::bundled().get(name);
    zone.map_err(|_| Fault::UnknownZone {
        name: name.to_owned(),
    })
}

fn settings(
    columns: &MineColumns,
    attributes: Attributes,
    zone: &TimeZone,
) -> Result<LogSettings, Fault> {
    let encoding = match &columns.encoding {
        None => None,
        Some(name) => Some(
            Encoding::named(name).ok_or_else(|| Fault::UnknownEncoding { name: name.clone() })?,
        ),
    };
    Ok(LogSettings {
        wish: MappingWish {
            case: columns.case.clone(),
            activity: columns.activity.clone(),
            time: columns.time.clone(),
            start: columns.start.clone(),
            resource: columns.resource.clone(),
            date_order: columns.date_order.map(|order| match order {
                MineDateOrder::YearMonthDay => DateOrder::YearMonthDay,
                MineDateOrder::DayMonthYear => DateOrder::DayMonthYear,
                MineDateOrder::MonthDayYear => DateOrder::MonthDayYear,
            }),
            zone: zone.clone(),
            attributes,
        },
        text: ReadSettings {
            encoding,
            // The range of the argument keeps it within what memory counts.
            row_bytes_max: columns.row_bytes_max as usize,
            unpacked_bytes_max: columns.unpack_bytes_max,
            unpacked_ratio_max: columns.unpack_ratio_max,
            ..ReadSettings::default()
        },
        ..LogSettings::default()
    })
}

/// What filters ask for is read, and nothing else: other columns cost memory.
fn attributes(filters: &Filters) -> Attributes {
    match filters.attributes() {
        names if names.is_empty() => Attributes::None,
        names => Attributes::Named(names),
    }
}

/// A net of as many nodes as may be is some megabytes long.
const MODEL_BYTES_MAX: u64 = 64 * 1024 * 1024;

fn against(path: Option<&PathBuf>) -> Result<Option<(String, PetriNet)>, Fault> {
    let Some(path) = path else { return Ok(None) };
    let bytes = settings_file::bytes(path, MODEL_BYTES_MAX)?;
    let net = read_pnml(&bytes, &PnmlLimits::default()).map_err(|source| Fault::Pnml {
        path: path.clone(),
        source,
    })?;
    let name = path.file_name().unwrap_or(path.as_os_str());
    Ok(Some((name.to_string_lossy().into_owned(), net)))
}

fn periods(texts: &[String], zone: &TimeZone) -> Result<Option<[Period; 2]>, Fault> {
    let [before, after] = texts else {
        return Ok(None);
    };
    let period = |text: &String| {
        let (from, to) = spelled::period(text, zone).map_err(Fault::Misspelled)?;
        let rule = TimeRule::Begins;
        Ok(Period {
            name: text.clone(),
            filter: Filter::Time { from, to, rule },
        })
    };
    Ok(Some([period(before)?, period(after)?]))
}
