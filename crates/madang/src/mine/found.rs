//! All that is printed, as values and as JSON.

use std::path::Path;

use jiff::Timestamp;
use madang_process::language::Language;
use madang_process::live;
use madang_process::performance::{Bottleneck, Histogram, ProcessMap};
use madang_process::read::{Mapping, Read, RejectedRows};
use madang_process::report::{Findings, Section};
use madang_process::variants::{Rework, Variants};
use serde_json::{Map, Value, json};

use super::asked::Asked;
use super::plan::Plan;

/// What was found in logs.
pub struct Found<'plan> {
    /// What was looked at: the names of the files, without their folders.
    pub title: String,
    /// What was asked for.
    pub plan: &'plan Plan,
    /// What was read.
    pub files: Vec<FileRead>,
    /// What follows what.
    pub map: ProcessMap,
    /// The ways cases went.
    pub variants: Variants,
    /// What was done twice.
    pub rework: Rework,
    /// Where most time is lost.
    pub bottlenecks: Vec<Bottleneck>,
    /// What else was asked for, in words.
    pub sections: Vec<Section>,
    /// The same for programs.
    more: Map<String, Value>,
}

/// One file that was read.
pub struct FileRead {
    /// As it was named.
    pub name: String,
    /// How many events were in it.
    pub events: usize,
    /// What its columns were taken for.
    pub mapping: Option<Mapping>,
    /// What was not taken.
    pub rejected: RejectedRows,
    /// Whether it is a till's own.
    pub is_journal: bool,
}

impl<'plan> Found<'plan> {
    /// Finds out all that is printed.
    pub fn of(
        title: String,
        known: live::Findings,
        files: Vec<FileRead>,
        asked: Asked,
        plan: &'plan Plan,
    ) -> Self {
        let live::Findings {
            map,
            variants,
            rework,
        } = known;
        Self {
            title,
            plan,
            files,
            bottlenecks: Bottleneck::of(&map, plan.top_json),
            map,
            variants,
            rework,
            sections: asked.sections,
            more: asked.values,
        }
    }

    /// How many rows were not taken.
    pub fn rejected(&self) -> u64 {
        self.files.iter().map(|file| file.rejected.count).sum()
    }

    /// What a report shows.
    pub fn findings(&self) -> Findings<'_> {
        Findings {
            title: &self.title,
            map: &self.map,
            variants: &self.variants,
            rework: &self.rework,
            filters: &self.plan.filters,
            rejected: self.rejected(),
            sections: &self.sections,
            zone: &self.plan.zone,
        }
    }

    /// Everything, for programs.
    pub fn json(&self, language: Language) -> Value {
        let mut value = json!({
            "filters": self.plan.filters.sentences(language, &self.plan.zone),
            "cases": self.map.cases,
            "events": self.map.events,
            "first": self.map.period.and_then(|period| moment(period.first_ms)),
            "last": self.map.period.and_then(|period| moment(period.last_ms)),
            "duration": histogram(&self.map.durations),
            "activities": self.activities(),
            "edges": self.edges(),
            "variants": self.variants(),
            "variants_total": self.variants.variants.len(),
            "bottlenecks": self.bottlenecks(language),
            "rework": self.rework,
            "files": self.files.iter().map(FileRead::json).collect::<Vec<_>>(),
            "rejected": self.rejected(),
        });
        if let Value::Object(all) = &mut value {
            all.extend(self.more.clone());
        }
        value
    }

    fn activities(&self) -> Vec<Value> {
        let activity = |node: &madang_process::performance::ActivityNode| {
            json!({
                "name": node.name,
                "events": node.events,
                "cases": node.cases,
                "started": node.started,
                "ended": node.ended,
                "processing": node.processing.as_ref().map(histogram),
            })
        };
        self.map.activities.iter().map(activity).collect()
    }

    fn edges(&self) -> Vec<Value> {
        let edge = |edge: &madang_process::performance::Edge| {
            json!({
                "from": self.map.name(edge.from),
                "to": self.map.name(edge.to),
                "count": edge.count,
                "cases": edge.cases,
                "overlaps": edge.overlaps,
                "waiting": histogram(&edge.waiting),
            })
        };
        self.map.edges.iter().map(edge).collect()
    }

    fn variants(&self) -> Vec<Value> {
        let variants = self.variants.variants.iter().take(self.plan.top_json);
        let variant = |variant| {
            let names: Vec<&str> = self.variants.names(variant).collect();
            json!({
                "activities": names,
                "cases": variant.cases,
                "share": self.variants.share(variant),
                "duration": histogram(&variant.durations),
            })
        };
        variants.map(variant).collect()
    }

    fn bottlenecks(&self, language: Language) -> Vec<Value> {
        let bottleneck = |bottleneck: &Bottleneck| {
            let mut value = json!(bottleneck);
            value["sentence"] = json!(bottleneck.sentence(language));
            value
        };
        self.bottlenecks.iter().map(bottleneck).collect()
    }
}

/// Whoever is handed a report has no use for folders, and they may tell more than is meant.
pub fn title(files: &[FileRead]) -> String {
    let name = |file: &FileRead| match Path::new(&file.name).file_name() {
        Some(name) => name.to_string_lossy().into_owned(),
        None => file.name.clone(),
    };
    files.iter().map(name).collect::<Vec<_>>().join(", ")
}

impl FileRead {
    /// What a file was.
    pub fn of(name: &str, read: &Read, is_journal: bool) -> Self {
        Self {
            is_journal,
            name: name.to_owned(),
            events: read.log.event_count(),
            mapping: read.mapping.clone(),
            rejected: read.rejected.clone(),
        }
    }

    fn json(&self) -> Value {
        json!({
            "name": self.name,
            "events": self.events,
            "mapping": self.mapping,
            "rejected": self.rejected,
        })
    }
}

fn histogram(histogram: &Histogram) -> Value {
    json!({
        "count": histogram.count(),
        "mean_ms": histogram.mean_ms(),
        "median_ms": histogram.median_ms(),
        "p90_ms": histogram.quantile_ms(0.9),
        "p95_ms": histogram.quantile_ms(0.95),
        "min_ms": histogram.min_ms(),
        "max_ms": histogram.max_ms(),
    })
}

/// A moment in RFC 3339, where there is such a one.
pub fn moment(time_ms: i64) -> Option<String> {
    Timestamp::from_millisecond(time_ms)
        .ok()
        .map(|moment| moment.to_string())
}
