//! What is found only where it was asked for: models, rules, service levels, comparisons, lists. Each in words, and as JSON.

use madang_insight::PluginWaits;
use madang_process::conformance::{
    Agreement, Clock, Conformity, Deviation, SearchLimits, ServiceLevel, ServiceLevelReport,
    Standing, broken_rules,
};
use madang_process::discovery::{InductiveSettings, Mined, PetriNet, Traces, inductive};
use madang_process::event_data::{CaseEvents, EventLog};
use madang_process::language::Language;
use madang_process::performance::{Arrivals, Comparison, ProcessMap, grouped};
use madang_process::report::{Section, Words};
use madang_process::variants::{case_list, timeline};
use serde_json::{Map, Value, json};

use super::fault::Fault;
use super::found::moment;
use super::plan::Plan;
use super::unknown_names;

/// What was asked for.
#[derive(Default)]
pub struct Asked {
    /// In words.
    pub sections: Vec<Section>,
    /// For programs.
    pub values: Map<String, Value>,
}

/// A model that was found.
pub struct Model {
    /// The tree.
    pub mined: Mined,
    /// The same as a net.
    pub net: PetriNet,
}

/// The log that tells how it was before.
pub struct Before<'all> {
    /// What it is called.
    pub name: &'all str,
    /// Its cases.
    pub log: &'all EventLog,
}

/// So many cases of a deviation, and broken promises, are named to programs.
const NAMED_MAX: usize = 100;

impl Model {
    /// Looks for the model of a log, if it is asked for.
    ///
    /// # Errors
    /// When the log has too many activities.
    pub fn of(log: &EventLog, plan: &Plan) -> Result<Option<Self>, Fault> {
        if !plan.needs_model() {
            return Ok(None);
        }
        let settings = InductiveSettings {
            noise_percent: plan.noise_percent,
            ..InductiveSettings::default()
        };
        let mined = inductive(&Traces::of(log), &settings).map_err(Fault::NoModel)?;
        let net = PetriNet::of_tree(&mined.tree, log.activities());
        Ok(Some(Self { mined, net }))
    }
}

impl Asked {
    /// Finds what was asked for.
    ///
    /// # Errors
    /// [`Fault`], when a model cannot be walked or there is no case of a name.
    pub fn of(
        log: &EventLog,
        map: &ProcessMap,
        model: Option<&Model>,
        before: Option<&Before<'_>>,
        names: &str,
        plan: &Plan,
    ) -> Result<Self, Fault> {
        let mut asked = Self::default();
        let unknown = unknown_names::of(log, plan);
        asked.sections.extend(unknown_names::section(&unknown, log));
        if !unknown.is_empty() {
            let unknown = json!(unknown);
            asked
                .values
                .insert("unknown_activities".to_owned(), unknown);
        }
        asked.sections.extend(Section::of_processing(map, plan.top));
        asked.turned(log);
        asked.plugins(log, map);
        if let Some(model) = model.filter(|_| plan.model) {
            asked.model(log, model, plan)?;
        }
        if let Some((name, net)) = &plan.against {
            asked.against(log, name, net, plan)?;
        }
        if let Some(agreement) = &plan.agreement {
            asked.rules(log, agreement, plan);
            asked.service_levels(log, map, agreement, plan);
        }
        if let Some(before) = before {
            let comparison = Comparison::of(&plan.map(before.log), map);
            asked.comparison(&comparison, before.name, names, plan);
        }
        if let Some([before, after]) = &plan.compare {
            let map = |log| plan.map(&log);
            let comparison = Comparison::of(&map(before.of(log)), &map(after.of(log)));
            asked.comparison(&comparison, &before.name, &after.name, plan);
        }
        if plan.arrivals {
            let arrivals = Arrivals::of(log, &plan.zone);
            asked.sections.push(Section::of_arrivals(&arrivals));
            asked.values.insert("arrivals".to_owned(), json!(arrivals));
        }
        if let Some(order) = plan.cases {
            let cases = case_list(log, order, plan.hours.as_ref(), 0, plan.top_json);
            let shown = &cases[..cases.len().min(plan.top)];
            asked.sections.push(Section::of_cases(shown, &plan.zone));
            asked.values.insert("case_list".to_owned(), json!(cases));
        }
        if let Some(name) = &plan.timeline {
            asked.timeline(log, name, plan)?;
        }
        Ok(asked)
    }

    /// Events that begin after they end, which is a mistake of the log: they count for no work, and nobody is to wonder where it went.
    fn turned(&mut self, log: &EventLog) {
        let of_case = |case: CaseEvents<'_>| {
            let starts = (0..case.len()).filter_map(|at| Some((at, case.said_start_ms(at)?)));
            starts
                .filter(|(at, start_ms)| *start_ms > case.times_ms()[*at])
                .count() as u64
        };
        let turned: u64 = match log.has_starts() {
            true => log.cases().map(of_case).sum(),
            false => 0,
        };
        if turned == 0 {
            return;
        }
        let events = grouped(turned);
        self.sections.push(Section {
            title: Words::new("끝난 뒤에 시작한 일", "Begun after the end"),
            lines: vec![Words::new(
                format!("이벤트 {events}개는 시작이 끝보다 늦어요. 일한 시간에 넣지 않았어요."),
                format!("Events that begin after they end: {events}. None of them counts as work."),
            )],
            ..Section::default()
        });
        let turned = json!(turned);
        self.values.insert("begun_after_end".to_owned(), turned);
    }

    /// Plugins that a till waited for; no other log has any.
    fn plugins(&mut self, log: &EventLog, map: &ProcessMap) {
        let plugins = PluginWaits::of(log, map);
        if plugins.is_empty() {
            return;
        }
        let line = |waits: &PluginWaits| {
            let said = |language| format!("{}: {}", waits.plugin, waits.sentence(language));
            Words::new(said(Language::Korean), said(Language::English))
        };
        self.sections.push(Section {
            title: Words::new("플러그인을 기다린 시간", "Waiting for plugins"),
            lines: plugins.iter().map(line).collect(),
            ..Section::default()
        });
        let value = |waits: &PluginWaits| {
            json!({
                "plugin": waits.plugin,
                "questions": waits.questions,
                "cases": waits.orders,
                "median_ms": waits.median_ms,
                "p90_ms": waits.p90_ms,
                "p95_ms": waits.p95_ms,
                "silent": waits.silent,
                "refused": waits.refused,
                "lost_per_week_ms": waits.lost_per_week_ms,
            })
        };
        let values: Vec<Value> = plugins.iter().map(value).collect();
        self.values.insert("plugins".to_owned(), values.into());
    }

    fn model(&mut self, log: &EventLog, model: &Model, plan: &Plan) -> Result<(), Fault> {
        let conformity = conformity(&model.net, log)?;
        let noise = plan.noise_percent;
        let about = match noise {
            0 => Words::new(
                "모든 사례를 담은 모델이에요.",
                "The model has room for every case.",
            ),
            noise => Words::new(
                format!(
                    "같은 자리에서 가장 잦은 길의 {noise}%보다 드문 길은 뺀 모델이에요. --noise 0이면 모두 담아요."
                ),
                format!(
                    "Paths rarer than {noise}% of the most frequent one at the same place are left out; --noise 0 keeps all."
                ),
            ),
        };
        let tree = &model.mined.tree;
        let outline = |language| tree.outline(log.activities(), language);
        let title = Words::new("찾아낸 모델", "The model that was found");
        let mut section = Section::of_conformity(title, about, log, &conformity, plan.top)
            .with_outline(outline(Language::Korean), outline(Language::English));
        if model.mined.cut_short {
            section.lines.push(Words::new(
                "모델을 찾다가 한계에 닿아, 한 부분은 더 느슨해요.",
                "The search met a limit, so a part of the model is looser than it had to be.",
            ));
        }
        self.sections.push(section);
        let mut value = conformity_value(log, &conformity, plan.language);
        value["tree"] = json!(tree.display(log.activities()).to_string());
        value["noise_percent"] = json!(noise);
        value["cut_short"] = json!(model.mined.cut_short);
        self.values.insert("model".to_owned(), value);
        Ok(())
    }

    fn against(
        &mut self,
        log: &EventLog,
        name: &str,
        net: &PetriNet,
        plan: &Plan,
    ) -> Result<(), Fault> {
        let conformity = conformity(net, log)?;
        let about = Words::new(
            format!("{name}의 모델과 견주었어요."),
            format!("Beside the model of {name}."),
        );
        let title = Words::new("모델과 다르게 된 일", "What went otherwise than the model");
        let section = Section::of_conformity(title, about, log, &conformity, plan.top);
        self.sections.push(section);
        let mut value = conformity_value(log, &conformity, plan.language);
        value["model"] = json!(name);
        self.values.insert("against".to_owned(), value);
        Ok(())
    }

    fn rules(&mut self, log: &EventLog, agreement: &Agreement, plan: &Plan) {
        if agreement.rules.is_empty() {
            return;
        }
        let broken = broken_rules(log, &agreement.rules, agreement.ended(log));
        let rules = agreement.rules.len();
        let is_known = |name: &str| log.activities().find(name).is_some();
        let known = (agreement.rules.iter())
            .filter(|rule| rule.activities().all(is_known))
            .count();
        let section = Section::of_rules(log, &broken, (rules, known), plan.top);
        self.sections.push(section);
        let value = deviations(log, &broken, plan.language);
        self.values.insert("broken_rules".to_owned(), value);
    }

    fn service_levels(
        &mut self,
        log: &EventLog,
        map: &ProcessMap,
        agreement: &Agreement,
        plan: &Plan,
    ) {
        if agreement.service_levels.is_empty() {
            return;
        }
        let last_ms = map.period.map_or(0, |period| period.last_ms);
        let now_ms = plan.at.map_or(last_ms, jiff::Timestamp::as_millisecond);
        let elapsed = |from_ms: i64, to_ms: i64| match &plan.hours {
            Some(hours) => hours.between_ms(from_ms, to_ms).unwrap_or(0),
            None => u64::try_from(to_ms.saturating_sub(from_ms)).unwrap_or(0),
        };
        let levels: Vec<(ServiceLevel, ServiceLevelReport)> = (agreement.levels())
            .map(|level| {
                let report = level.measure(log, now_ms, elapsed);
                (level, report)
            })
            .collect();
        let section = Section::of_service_levels(log, &levels, now_ms, &plan.zone);
        self.sections.push(section);
        let values = levels.iter();
        let values = values.map(|(level, report)| level_value(log, level, report, plan.language));
        let value = json!({
            "at": moment(now_ms),
            "levels": values.collect::<Vec<_>>(),
        });
        self.values.insert("service_levels".to_owned(), value);
    }

    fn comparison(&mut self, comparison: &Comparison, before: &str, after: &str, plan: &Plan) {
        let section = Section::of_comparison(comparison, before, after, plan.top);
        self.sections.push(section);
        let mut value = json!(comparison);
        value["before"] = json!(before);
        value["after"] = json!(after);
        if let Some(steps) = value["steps"].as_array_mut() {
            for (value, step) in steps.iter_mut().zip(&comparison.steps) {
                value["sentence"] = json!(step.sentence(plan.language));
            }
        }
        self.values.insert("comparison".to_owned(), value);
    }

    fn timeline(&mut self, log: &EventLog, name: &str, plan: &Plan) -> Result<(), Fault> {
        let events = timeline(log, name, plan.hours.as_ref()).ok_or_else(|| Fault::NoCase {
            name: name.to_owned(),
        })?;
        self.sections
            .push(Section::of_timeline(name, &events, &plan.zone));
        let value = json!({ "case": name, "events": events });
        self.values.insert("timeline".to_owned(), value);
        Ok(())
    }
}

fn conformity(net: &PetriNet, log: &EventLog) -> Result<Conformity, Fault> {
    Conformity::of(net, log, &SearchLimits::default()).map_err(Fault::Unaligned)
}

fn conformity_value(log: &EventLog, conformity: &Conformity, language: Language) -> Value {
    let (replay, fitness) = (&conformity.replay, &conformity.aligned.fitness);
    json!({
        "token_replay": {
            "fitness": replay.fitness,
            "case_mean": replay.case_mean,
            "fitting_cases": replay.fitting_cases,
        },
        "alignments": {
            "fitness": fitness.log,
            "case_mean": fitness.case_mean,
            "cases": fitness.cases,
            "fitting_cases": fitness.fitting_cases,
            "given_up_cases": fitness.given_up_cases,
        },
        "deviations": deviations(log, &conformity.aligned.deviations, language),
    })
}

fn deviations(log: &EventLog, deviations: &[Deviation], language: Language) -> Value {
    let value = |deviation: &Deviation| {
        let named = deviation.cases.iter().take(NAMED_MAX);
        let named: Vec<&str> = named.map(|case| log.case(*case).name()).collect();
        json!({
            "name": deviation.kind.name(language),
            "what": deviation.kind,
            "cases": deviation.cases.len(),
            "first_cases": named,
        })
    };
    deviations.iter().map(value).collect()
}

fn level_value(
    log: &EventLog,
    level: &ServiceLevel,
    report: &ServiceLevelReport,
    language: Language,
) -> Value {
    let broken = report.broken.iter().take(NAMED_MAX);
    let broken = broken.map(|clock: &Clock| {
        json!({
            "case": log.case(clock.case).name(),
            "started": moment(clock.started_ms),
            "took_ms": clock.standing.took_ms(),
            "has_come": matches!(clock.standing, Standing::Late { .. }),
        })
    });
    json!({
        "sentence": level.sentence(language),
        "absence": level.absence(language),
        "from": level.from,
        "to": level.to,
        "within_ms": level.within_ms,
        "kept": report.kept,
        "late": report.late,
        "overdue": report.overdue,
        "running": report.running,
        "ended": report.ended,
        "kept_share": report.kept_share(),
        "first_broken": broken.collect::<Vec<_>>(),
    })
}
