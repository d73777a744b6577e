//! The loop in virtual time: how busy the machine is changes nothing.

use std::future::ready;
use std::sync::{Arc, Mutex};

use futures::FutureExt;
use madang_journal::{Batch, Journal, ShopId, SqliteJournal, SqliteSettings, ValueChange};
use madang_till::world::simulation::Simulation;

const SCOPE: &str = "of a test";
const KEY: &str = "written";

/// A task whose turn takes so long that the disk could have answered meanwhile, and one whose turn is next.
#[test]
fn a_write_is_not_done_within_the_turn_that_begins_it() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let journal = SqliteJournal::open(folder.path(), SqliteSettings::default());
    let journal: Arc<dyn Journal> = Arc::new(journal.expect("a journal"));
    let mut simulation = Simulation::new(jiff::Timestamp::UNIX_EPOCH, [7; 32]);
    simulation.hold_time_for_journal(journal.clone());
    let story = Arc::<Mutex<Vec<&str>>>::default();
    let tell = |story: &Arc<Mutex<Vec<&'static str>>>| {
        let story = story.clone();
        move |what| story.lock().expect("no panic").push(what)
    };

    let (writer, says) = (journal.clone(), tell(&story));
    simulation.world().tasks.spawn(Box::pin(async move {
        let pending = writer.write_soon(one_value()).expect("there is room");
        for _ in 0..1_000 {
            let there = writer.value(SCOPE, KEY).now_or_never();
            let there = there.expect("answered at once").expect("readable");
            assert_eq!(there, None, "nobody has waited for it");
        }
        says("the turn of the writer ends");
        pending.settled().await.expect("written");
        says("the write is done");
    }));
    let says = tell(&story);
    simulation.world().tasks.spawn(Box::pin(async move {
        let there = journal.value(SCOPE, KEY).await.expect("readable");
        assert!(there.is_some(), "time stood still for it");
        says("the turn of the other");
    }));
    simulation.run(ready(())).expect("not stuck");
    simulation.settle();

    assert_eq!(
        *story.lock().expect("no panic"),
        [
            "the turn of the writer ends",
            "the turn of the other",
            "the write is done"
        ]
    );
}

fn one_value() -> Batch {
    let mut batch = Batch::new(ShopId::new("cafe").expect("a plain name"));
    batch.values.push(ValueChange {
        scope: SCOPE.to_owned(),
        key: KEY.to_owned(),
        value: Some("1".to_owned()),
    });
    batch
}
