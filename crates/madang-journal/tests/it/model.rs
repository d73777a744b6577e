//! Random batches, written to the journal and to a model that fits on a page.

use std::collections::BTreeMap;

use futures::executor::block_on;
use madang_journal::{
    Batch, CursorMove, ExpectedVersion, Journal, MoveTo, OperationChange, Position, ValueChange,
    Version, WriteError, contract,
};
use proptest::prelude::*;

use crate::form::open;

#[derive(Debug, Clone)]
struct Step {
    streams: Vec<(u8, Option<u32>, u8)>,
    claim: Option<u8>,
    finish: Option<u8>,
    values: Vec<(u8, Option<String>)>,
    cursor: Option<u64>,
    reopen: bool,
}

#[derive(Debug, Default, PartialEq)]
struct Model {
    events: Vec<(String, u32)>,
    versions: BTreeMap<String, u32>,
    operations: BTreeMap<String, bool>,
    values: BTreeMap<String, String>,
    cursor: Option<u64>,
}

#[derive(Debug, PartialEq)]
enum Answer {
    Written(Vec<u64>),
    Conflict,
    AlreadyClaimed,
    OperationMoved,
}

impl Model {
    fn write(&mut self, step: &Step) -> Answer {
        if let Some(key) = step.claim {
            if self.operations.contains_key(&key.to_string()) {
                return Answer::AlreadyClaimed;
            }
        } else if let Some(key) = step.finish
            && self.operations.get(&key.to_string()) != Some(&false)
        {
            return Answer::OperationMoved;
        }
        let version_of = |id: &u8| self.versions.get(&id.to_string()).copied().unwrap_or(0);
        if step
            .streams
            .iter()
            .any(|(id, expected, _)| expected.is_some_and(|e| e != version_of(id)))
        {
            return Answer::Conflict;
        }
        self.take_in(step)
    }

    fn take_in(&mut self, step: &Step) -> Answer {
        let before = self.events.len() as u64;
        for (id, _, count) in &step.streams {
            for _ in 0..*count {
                let version = self.versions.entry(id.to_string()).or_default();
                *version += 1;
                self.events.push((id.to_string(), *version));
            }
        }
        match (step.claim, step.finish) {
            (Some(key), _) => drop(self.operations.insert(key.to_string(), false)),
            (None, Some(key)) => drop(self.operations.insert(key.to_string(), true)),
            (None, None) => {}
        }
        for (key, value) in &step.values {
            match value {
                Some(value) => drop(self.values.insert(key.to_string(), value.clone())),
                None => drop(self.values.remove(&key.to_string())),
            }
        }
        self.cursor = step.cursor.or(self.cursor);
        Answer::Written((before + 1..=self.events.len() as u64).collect())
    }

    /// The same from the journal's side.
    fn read(journal: &dyn Journal) -> Self {
        let shop = contract::shop();
        let events = block_on(journal.events(&shop, Position::START, 10_000)).expect("readable");
        let mut model = Self::default();
        for (index, event) in events.iter().enumerate() {
            assert_eq!(event.position.get(), index as u64 + 1, "no gap");
            let version = event.version.get();
            model.events.push((event.stream.id.clone(), version));
            model.versions.insert(event.stream.id.clone(), version);
        }
        for key in (0..KEYS).map(|key| key.to_string()) {
            if let Some(record) = block_on(journal.operation(&shop, &key)).expect("readable") {
                model.operations.insert(key, record.is_final);
            }
        }
        let values = block_on(journal.values("scope", "", 10_000)).expect("readable");
        let bytes: usize = values
            .iter()
            .map(|(key, value)| key.len() + value.len())
            .sum();
        assert_eq!(
            block_on(journal.value_bytes("scope")).expect("readable"),
            bytes as u64
        );
        model.values = values.into_iter().collect();
        model.cursor = block_on(journal.cursor(&shop, "c"))
            .expect("readable")
            .map(Position::get);
        model
    }
}

const KEYS: u8 = 4;

fn step() -> impl Strategy<Value = Step> {
    let streams = prop::collection::btree_map(0..3u8, (prop::option::of(0..4u32), 0..3u8), 0..3);
    (
        streams,
        prop::option::weighted(0.2, 0..KEYS),
        prop::option::weighted(0.2, 0..KEYS),
        prop::collection::vec((0..5u8, prop::option::of("[a-z가-힣]{0,8}")), 0..3),
        prop::option::weighted(0.2, 0..100u64),
        prop::bool::weighted(0.05),
    )
        .prop_map(|(streams, claim, finish, values, cursor, reopen)| Step {
            streams: streams
                .into_iter()
                .map(|(id, (expected, n))| (id, expected, n))
                .collect(),
            claim,
            finish,
            values,
            cursor,
            reopen,
        })
}

fn batch(step: &Step) -> Batch {
    let mut batch = Batch::new(contract::shop());
    for (id, expected, count) in &step.streams {
        let stream = contract::stream(&id.to_string());
        let expected = expected.map_or(ExpectedVersion::Any, |expected| {
            ExpectedVersion::Exactly(Version::new(expected))
        });
        batch.expect(stream.clone(), expected);
        for _ in 0..*count {
            batch.event(contract::event(&stream, "x"));
        }
    }
    batch.operation = match (step.claim, step.finish) {
        (Some(key), _) => Some(OperationChange::Claim(contract::operation(
            &key.to_string(),
        ))),
        (None, Some(key)) => Some(OperationChange::Finish {
            key: key.to_string(),
            from_phase: None,
            answer: "{}".to_owned(),
            at: madang_journal::Micros::new(0),
        }),
        (None, None) => None,
    };
    batch.values = step.values.iter().map(value).collect();
    batch.cursors = step.cursor.map(cursor).into_iter().collect();
    batch
}

fn value((key, value): &(u8, Option<String>)) -> ValueChange {
    ValueChange {
        scope: "scope".to_owned(),
        key: key.to_string(),
        value: value.clone(),
    }
}

fn cursor(to: u64) -> CursorMove {
    CursorMove {
        name: "c".to_owned(),
        to: MoveTo::At(Position::new(to)),
    }
}

fn answer(result: Result<madang_journal::Written, WriteError>) -> Answer {
    match result {
        Ok(written) => Answer::Written(written.positions.into_iter().map(Position::get).collect()),
        Err(WriteError::Conflict { .. }) => Answer::Conflict,
        Err(WriteError::AlreadyClaimed(_)) => Answer::AlreadyClaimed,
        Err(WriteError::OperationMoved { .. }) => Answer::OperationMoved,
        Err(other) => panic!("not an answer of the model's: {other}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_journal_does_what_the_model_does(
        steps in prop::collection::vec(prop::collection::vec(step(), 1..5), 1..20)
    ) {
        let place = tempfile::tempdir().expect("a place for tests");
        let mut journal = open(place.path());
        let mut model = Model::default();
        for group in &steps {
            // Handed over together: they meet in one group, in this order.
            let handed: Vec<_> = group
                .iter()
                .map(|step| journal.write_soon(batch(step)).expect("there is room"))
                .collect();
            for (step, pending) in group.iter().zip(handed) {
                prop_assert_eq!(answer(block_on(pending.settled())), model.write(step));
            }
            if group.iter().any(|step| step.reopen) {
                drop(journal);
                journal = open(place.path());
            }
        }
        prop_assert_eq!(Model::read(&journal), model);
    }
}
