//! Logs and models that are written, each in the format that its name ends in.

use std::path::{Path, PathBuf};

use madang_process::discovery::{PetriNet, ProcessTree, write_bpmn, write_pnml};
use madang_process::event_data::{EventLog, LogLimits, Names, ObjectLog};
use madang_process::write::{
    WriteError, write_csv, write_ocel_json, write_ocel_sqlite, write_ocel_xml, write_parquet,
    write_xes,
};

use super::fault::Fault;
use super::written;

/// A file to be written.
pub struct OutputFile {
    path: PathBuf,
    format: Format,
    /// What is written there.
    pub kind: OutputKind,
}

/// What is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutputKind {
    /// Events of cases.
    Cases,
    /// Events of objects.
    Objects,
    /// A model.
    Model,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Csv,
    Xes,
    Parquet,
    OcelJson,
    OcelXml,
    OcelSqlite,
    Bpmn,
    Pnml,
}

/// What there is to be written.
pub struct Written<'all> {
    /// The cases that were looked at.
    pub log: &'all EventLog,
    /// The log of objects that they are from, if they are from one.
    pub objects: Option<&'all ObjectLog>,
    /// What an object is called that stands for a case.
    pub object_type: &'all str,
    /// Whether only some of the cases were looked at.
    pub is_filtered: bool,
    /// The model that was found.
    pub model: Option<(&'all ProcessTree, &'all PetriNet)>,
    /// What was looked at, for models.
    pub title: &'all str,
}

impl OutputKind {
    /// Whether it is a log of objects.
    pub fn is_of_objects(self) -> bool {
        self == Self::Objects
    }
}

impl OutputFile {
    /// The file of a name, in the format that it ends in.
    ///
    /// # Errors
    /// When it ends in none.
    pub fn named(path: &Path) -> Result<Self, Fault> {
        let end = path
            .extension()
            .map(|end| end.to_string_lossy().to_lowercase());
        let (format, kind) = match end.as_deref() {
            Some("csv") => (Format::Csv, OutputKind::Cases),
            Some("xes") => (Format::Xes, OutputKind::Cases),
            Some("parquet") => (Format::Parquet, OutputKind::Cases),
            Some("jsonocel" | "json") => (Format::OcelJson, OutputKind::Objects),
            Some("xmlocel" | "xml") => (Format::OcelXml, OutputKind::Objects),
            Some("sqlite") => (Format::OcelSqlite, OutputKind::Objects),
            Some("bpmn") => (Format::Bpmn, OutputKind::Model),
            Some("pnml") => (Format::Pnml, OutputKind::Model),
            _ => {
                return Err(Fault::WhichFormat {
                    path: path.to_owned(),
                });
            }
        };
        Ok(Self {
            path: path.to_owned(),
            format,
            kind,
        })
    }

    /// Writes it, whole or not at all.
    ///
    /// # Errors
    /// [`Fault::Unwritten`].
    pub fn write(&self, what: &Written<'_>) -> Result<(), Fault> {
        let written = match self.kind {
            OutputKind::Cases => self.cases(what.log),
            OutputKind::Objects => self.objects(what),
            OutputKind::Model => self.model(what),
        };
        written.map_err(|source| Fault::unwritten(&self.path, source))
    }

    fn cases(&self, log: &EventLog) -> Result<(), WriteError> {
        written::whole(&self.path, |out| match self.format {
            Format::Xes => write_xes(log, out),
            Format::Parquet => write_parquet(log, out),
            _ => write_csv(log, out),
        })
    }

    fn objects(&self, what: &Written<'_>) -> Result<(), WriteError> {
        let limits = LogLimits::default();
        let made = match what.objects {
            Some(objects) if what.is_filtered => Some(kept(
                objects,
                what.log.case_names(),
                what.object_type,
                limits,
            )?),
            Some(_) => None,
            None => Some(ObjectLog::of_cases(what.log, what.object_type, limits)?),
        };
        let Some(log) = made.as_ref().or(what.objects) else {
            return Ok(());
        };
        match self.format {
            Format::OcelSqlite => {
                written::whole_at(&self.path, |path| write_ocel_sqlite(log, path))
            }
            Format::OcelXml => written::whole(&self.path, |out| write_ocel_xml(log, out)),
            _ => written::whole(&self.path, |out| write_ocel_json(log, out)),
        }
    }

    fn model(&self, what: &Written<'_>) -> Result<(), WriteError> {
        let Some((tree, net)) = what.model else {
            return Ok(());
        };
        let text = match self.format {
            Format::Bpmn => write_bpmn(tree, what.log.activities(), what.title),
            _ => write_pnml(net, what.title),
        };
        written::whole(&self.path, |out| Ok(out.write_all(text.as_bytes())?))
    }
}

/// The events that have to do with cases that were looked at.
fn kept(
    objects: &ObjectLog,
    cases: &Names,
    object_type: &str,
    limits: LogLimits,
) -> Result<ObjectLog, WriteError> {
    let keeps = |event: usize| {
        objects.objects_of(event).any(|(object, _)| {
            objects.object_type(object) == object_type
                && cases.find(objects.object_name(object)).is_some()
        })
    };
    Ok(objects.kept(keeps, limits)?)
}
