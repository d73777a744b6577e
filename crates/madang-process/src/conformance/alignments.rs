//! Alignments: for each trace the way through the model that differs least from it.

use super::search::{Differences, Move, SearchError, SearchLimits, Searches};
use super::steps::{NetError, Steps};
use crate::discovery::{PetriNet, Traces};

/// A trace beside the way of the model that differs least.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alignment {
    /// Of trace and model, in their order. The same net and trace give the same moves every time.
    pub moves: Vec<Move>,
    /// How many moves only one of the two makes; silent ones cost nothing.
    pub cost: u32,
}

/// All traces of a log beside the model.
#[derive(Clone, Debug, PartialEq)]
pub struct LogAlignment {
    /// Of each trace of the log, in its order; an error where the search was given up.
    pub traces: Vec<Result<Alignment, SearchError>>,
    /// How well the log fits.
    pub fitness: AlignmentFitness,
}

/// How well a log fits a model, over the traces that could be aligned.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct AlignmentFitness {
    /// Of the whole log: 1 less its cost as a share of what it would cost if trace and model had nothing in common.
    pub log: f64,
    /// The mean of the same over cases.
    pub case_mean: f64,
    /// Cases that could be aligned.
    pub cases: u64,
    /// Cases without any difference.
    pub fitting_cases: u64,
    /// Cases of traces whose search was given up; they are in none of the figures above.
    pub given_up_cases: u64,
    /// What all cases cost together.
    pub cost: u64,
}

/// Why a log cannot be aligned to this model at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AlignError {
    /// The net is none to walk on.
    #[error("the model is no usable net")]
    Net(#[from] NetError),
    /// There is no shortest way through the model.
    #[error("no way through the model itself was found")]
    Model(#[source] SearchError),
}

/// Aligns every trace of a log.
///
/// # Errors
/// When the net is broken or has no way from its start to its end that the search finds.
pub fn align(
    net: &PetriNet,
    traces: &Traces,
    limits: &SearchLimits,
) -> Result<LogAlignment, AlignError> {
    let steps = Steps::of(net, &traces.activities)?;
    let mut searches = Searches::new(&steps, limits);
    let (_, shortest) =
        (searches.cheapest(&[], Differences::AtACost)).map_err(AlignError::Model)?;
    let aligned: Vec<_> = (traces.traces.iter())
        .map(|(trace, _)| {
            let found = searches.cheapest(trace, Differences::AtACost);
            found.map(|(moves, cost)| Alignment { moves, cost })
        })
        .collect();
    let fitness = fitness(traces, &aligned, shortest);
    Ok(LogAlignment {
        traces: aligned,
        fitness,
    })
}

fn fitness(
    traces: &Traces,
    aligned: &[Result<Alignment, SearchError>],
    shortest: u32,
) -> AlignmentFitness {
    let mut fitness = AlignmentFitness::default();
    let mut worst_costs = 0.0;
    let mut fitness_sum = 0.0;
    for ((trace, cases), aligned) in traces.traces.iter().zip(aligned) {
        let Ok(alignment) = aligned else {
            fitness.given_up_cases += cases;
            continue;
        };
        let worst = trace.len() as f64 + f64::from(shortest);
        let share = if worst > 0.0 {
            f64::from(alignment.cost) / worst
        } else {
            0.0
        };
        worst_costs += worst * *cases as f64;
        fitness_sum += (1.0 - share) * *cases as f64;
        fitness.cost += u64::from(alignment.cost) * cases;
        fitness.cases += cases;
        if alignment.cost == 0 {
            fitness.fitting_cases += cases;
        }
    }
    // A log of nothing, and a model of nothing, have no difference.
    fitness.log = 1.0;
    fitness.case_mean = 1.0;
    if worst_costs > 0.0 {
        fitness.log = 1.0 - fitness.cost as f64 / worst_costs;
    }
    if fitness.cases > 0 {
        fitness.case_mean = fitness_sum / fitness.cases as f64;
    }
    fitness
}
