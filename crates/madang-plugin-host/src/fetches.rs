//! The calls of one start of a plugin whose answers are read piece by piece. So many may be open, so many of these to one server; the
//! others wait their turn, the first to come first, and nobody waits for a server that is not his.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};

use jiff::{SignedDuration, Timestamp};
use madang_plugin_protocol::Failure;
use madang_plugin_protocol::fetch::FetchPiece;
use tokio::sync::oneshot;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::outside::stopped;
use crate::plugin::{Instance, lock};
use crate::reading::Reading;
use crate::sending::{Sending, no_more};

/// Answers that may be open at one time: each holds a socket. A page of a browser has six for one server.
pub(crate) const OPEN_MAX: usize = 32;
/// Of these to one server: the gateway has 16 places for a plugin's calls there, and what nobody reads must not hold them all, or the
/// plugin's `http.request` would wait for its own forgotten answers.
pub(crate) const OPEN_TO_ONE_SERVER_MAX: usize = 12;
/// Calls that wait for one to end: with those that are open still below what a plugin may have unanswered.
pub(crate) const WAITING_MAX: usize = 128;
/// How long after it has come an answer of which nothing was read gives way to a call that waits: an answer that is wanted is read in
/// the turn that hears of it, or after a call or two of the till.
const UNREAD_MAX: SignedDuration = SignedDuration::from_secs(5);
/// The same for one of which something was read: by then the gateway has closed it.
const PAUSED_MAX: SignedDuration = SignedDuration::from_secs(120);

/// The calls of one start of a plugin.
pub(crate) struct Fetches {
    /// Cancelled when the start ends.
    ended: CancellationToken,
    calls: Mutex<Calls>,
}

#[derive(Default)]
struct Calls {
    by_id: BTreeMap<u64, Fetch>,
    begun: u64,
}

/// A call whose answer is read piece by piece.
struct Fetch {
    /// How many were begun before it; tells it from a later one of the same number.
    place: u64,
    /// Where it goes, and after redirects where it went.
    server: String,
    stage: Stage,
    /// The plugin's end of a body that is sent piece by piece.
    sending: Option<Sending>,
    /// Cancelled when the plugin's clock says that the call took too long.
    patience: CancellationToken,
    /// Ends what is under way for it when the fetch goes.
    ends: DropGuard,
}

enum Stage {
    /// Others have to end first.
    Waiting { turn: oneshot::Sender<()> },
    /// The head has not come.
    Asked,
    /// Nobody reads it just now.
    Answered {
        reading: Box<Reading>,
        /// From when on it makes place for one that waits.
        gives_way_at: Timestamp,
    },
    /// A piece is being read.
    Read,
}

/// A call that has begun, or a read of its answer. Dropped before it is kept, it ends the call.
pub(crate) struct Begun {
    instance: Arc<Instance>,
    id: u64,
    place: u64,
    is_kept: bool,
}

/// What a call that has begun waits for and is ended by.
pub(crate) struct Waits {
    /// Told when it is its turn.
    pub turn: oneshot::Receiver<()>,
    /// Cancelled when nobody wants the call any more.
    pub ended: CancellationToken,
    /// Cancelled when it took too long: the call then ends by itself, and counts against the server.
    pub patience: CancellationToken,
}

impl Fetches {
    pub fn new(ended: CancellationToken) -> Self {
        Self {
            ended,
            calls: Mutex::default(),
        }
    }

    /// Ends all of them.
    pub fn end_all(&self) {
        let ended = std::mem::take(&mut lock(&self.calls).by_id);
        drop(ended);
    }

    /// Notes a call to `server`; its turn may have come already.
    fn begin(
        &self,
        id: u64,
        server: String,
        sending: Option<Sending>,
    ) -> Result<(u64, Waits), Failure> {
        let mut calls = lock(&self.calls);
        if self.ended.is_cancelled() {
            return Err(stopped());
        }
        if calls.by_id.contains_key(&id) {
            return Err(Failure::new(format!(
                "{id}번 fetch가 아직 열려 있어요. 다른 번호를 써 주세요 (fetch {id} is still open; use another id)"
            )));
        }
        let ended = self.ended.child_token();
        let patience = CancellationToken::new();
        let (turn, comes) = oneshot::channel();
        calls.begun += 1;
        let place = calls.begun;
        let fetch = Fetch {
            place,
            server,
            stage: Stage::Waiting { turn },
            sending,
            patience: patience.clone(),
            ends: ended.clone().drop_guard(),
        };
        calls.by_id.insert(id, fetch);
        calls.let_in();
        if calls.waiting() > WAITING_MAX {
            calls.by_id.remove(&id);
            return Err(too_many());
        }
        let waits = Waits {
            turn: comes,
            ended,
            patience,
        };
        Ok((place, waits))
    }

    /// Lets answers that nobody reads make place for the call `id`, if that waits and would come in. Says when to look again; nothing
    /// when it does not wait.
    pub fn make_way(&self, id: u64, now: Timestamp) -> Option<Timestamp> {
        let mut calls = lock(&self.calls);
        let fetch = calls.by_id.get(&id)?;
        let Stage::Waiting { .. } = fetch.stage else {
            return None;
        };
        // What comes from now on gives way no sooner.
        let look_again_at = after(now, UNREAD_MAX);
        let Some((first, gives_way_at)) = calls.first_to_go(&fetch.server) else {
            return Some(look_again_at);
        };
        if gives_way_at > now {
            return Some(gives_way_at.min(look_again_at));
        }
        let gone = calls.by_id.remove(&first);
        calls.let_in();
        drop((calls, gone));
        self.make_way(id, now)
    }

    /// Hands on a piece of what a call sends; what this gives is told when the server is ready for the next one.
    pub fn send_piece(&self, piece: FetchPiece) -> Result<oneshot::Receiver<()>, Failure> {
        let mut calls = lock(&self.calls);
        let fetch = calls.by_id.get_mut(&piece.id).ok_or_else(no_more)?;
        let Some(sending) = &mut fetch.sending else {
            return Err(Failure::new(format!(
                "{0}번 fetch는 본문을 조각으로 보내지 않아요 (fetch {0} sends no body in pieces)",
                piece.id
            )));
        };
        let is_last = piece.is_last;
        let taken = sending.send(piece)?;
        if is_last {
            fetch.sending = None;
        }
        Ok(taken)
    }

    /// Forgets a call; one that is under way is called off.
    pub fn end(&self, id: u64) {
        let mut calls = lock(&self.calls);
        let gone = calls.by_id.remove(&id);
        calls.let_in();
        drop((calls, gone));
    }

    /// Forgets a call that took too long by the plugin's clock. One that its server has not answered ends as the gateway ends calls out
    /// of time, so that a server that hangs does not pass for a good one.
    pub fn end_late(&self, id: u64) {
        let mut calls = lock(&self.calls);
        let gone = calls.by_id.remove(&id);
        calls.let_in();
        drop(calls);
        let Some(fetch) = gone else { return };
        if let Stage::Asked = fetch.stage {
            // Whatever ends the plugin ends the call still.
            let _ = fetch.ends.disarm();
            fetch.patience.cancel();
        }
    }

    fn end_at(&self, id: u64, place: u64) {
        let mut calls = lock(&self.calls);
        if calls.at(id, place).is_some() {
            let gone = calls.by_id.remove(&id);
            calls.let_in();
            drop((calls, gone));
        }
    }
}

impl Begun {
    /// Notes a call of `instance` to `server`.
    pub fn call(
        instance: &Arc<Instance>,
        id: u64,
        server: String,
        sending: Option<Sending>,
    ) -> Result<(Self, Waits), Failure> {
        let (place, waits) = instance.outside.fetches().begin(id, server, sending)?;
        Ok((Self::new(instance, id, place), waits))
    }

    /// Takes an answer to read a piece of it; with what ends the reading.
    pub fn read(
        instance: &Arc<Instance>,
        id: u64,
    ) -> Result<(Self, Box<Reading>, CancellationToken), Failure> {
        let fetches = instance.outside.fetches();
        let mut calls = lock(&fetches.calls);
        let Some(fetch) = calls.by_id.get_mut(&id) else {
            return Err(Failure::new(format!(
                "{id}번 fetch는 열려 있지 않아요: 끝났거나, 취소됐거나, 읽지 않는 동안 다음 fetch에 자리를 내주었어요 (fetch {id} is not open: it has ended, was given up, or gave way to another while nobody read it)"
            )));
        };
        match std::mem::replace(&mut fetch.stage, Stage::Read) {
            Stage::Answered { reading, .. } => {
                let ended = fetches.ended.child_token();
                // What ended the asking is over; from here on the reading is what can be ended.
                fetch.ends = ended.clone().drop_guard();
                Ok((Self::new(instance, id, fetch.place), reading, ended))
            }
            other => {
                fetch.stage = other;
                Err(Failure::new(format!(
                    "{id}번 fetch는 아직 답을 기다리고 있어요 (fetch {id} waits already; read again when it has answered)"
                )))
            }
        }
    }

    fn new(instance: &Arc<Instance>, id: u64, place: u64) -> Self {
        Self {
            instance: instance.clone(),
            id,
            place,
            is_kept: false,
        }
    }

    /// The head has come, from `server` when that is another than was asked. False when nobody wants the answer any more.
    pub fn answered(self, reading: Reading, server: Option<String>, now: Timestamp) -> bool {
        self.keep(Box::new(reading), server, after(now, UNREAD_MAX))
    }

    /// A piece was read and there are more.
    pub fn has_more(self, reading: Box<Reading>, now: Timestamp) {
        self.keep(reading, None, after(now, PAUSED_MAX));
    }

    fn keep(
        mut self,
        reading: Box<Reading>,
        server: Option<String>,
        gives_way_at: Timestamp,
    ) -> bool {
        self.is_kept = true;
        let fetches = self.instance.outside.fetches();
        let mut calls = lock(&fetches.calls);
        let Some(fetch) = calls.at(self.id, self.place) else {
            return false;
        };
        if let Some(server) = server {
            fetch.server = server;
        }
        fetch.stage = Stage::Answered {
            reading,
            gives_way_at,
        };
        // It may have left the server that others wait for.
        calls.let_in();
        true
    }
}

impl Drop for Begun {
    fn drop(&mut self) {
        if !self.is_kept {
            self.instance.outside.fetches().end_at(self.id, self.place);
        }
    }
}

impl Calls {
    fn at(&mut self, id: u64, place: u64) -> Option<&mut Fetch> {
        let fetch = self.by_id.get_mut(&id)?;
        (fetch.place == place).then_some(fetch)
    }

    fn waiting(&self) -> usize {
        let calls = self.by_id.values();
        calls.filter(|fetch| !fetch.is_open()).count()
    }

    /// Gives the places that are free to those who wait for them, the first to come first.
    fn let_in(&mut self) {
        let mut open = 0;
        let mut open_to = HashMap::<String, usize>::new();
        for fetch in self.by_id.values().filter(|fetch| fetch.is_open()) {
            open += 1;
            *open_to.entry(fetch.server.clone()).or_default() += 1;
        }
        let mut waiting: Vec<&mut Fetch> = self
            .by_id
            .values_mut()
            .filter(|fetch| !fetch.is_open())
            .collect();
        waiting.sort_by_key(|fetch| fetch.place);
        for fetch in waiting {
            if open >= OPEN_MAX {
                return;
            }
            let open_there = open_to.entry(fetch.server.clone()).or_default();
            if *open_there < OPEN_TO_ONE_SERVER_MAX {
                open += 1;
                *open_there += 1;
                fetch.come_in();
            }
        }
    }

    /// Which of the answers that a call to `server` waits for makes place first, of those that nobody reads just now.
    fn first_to_go(&self, server: &str) -> Option<(u64, Timestamp)> {
        let is_there = |fetch: &&Fetch| fetch.is_open() && fetch.server == server;
        let open_there = self.by_id.values().filter(is_there).count();
        let is_full_there = open_there >= OPEN_TO_ONE_SERVER_MAX;
        self.by_id
            .iter()
            .filter(|(_, fetch)| !is_full_there || fetch.server == server)
            .filter_map(|(id, fetch)| match fetch.stage {
                Stage::Answered { gives_way_at, .. } => Some((gives_way_at, fetch.place, *id)),
                _ => None,
            })
            .min()
            .map(|(gives_way_at, _, id)| (id, gives_way_at))
    }
}

impl Fetch {
    fn is_open(&self) -> bool {
        !matches!(self.stage, Stage::Waiting { .. })
    }

    fn come_in(&mut self) {
        if let Stage::Waiting { turn } = std::mem::replace(&mut self.stage, Stage::Asked) {
            // Whoever waited may just have been dropped; the call then ends at once.
            let _ = turn.send(());
        }
    }
}

fn after(now: Timestamp, time: SignedDuration) -> Timestamp {
    now.saturating_add(time).unwrap_or(Timestamp::MAX)
}

fn too_many() -> Failure {
    Failure::new(format!(
        "fetch를 너무 많이 열었어요: 한 번에 {OPEN_MAX}개, 한 서버에 {OPEN_TO_ONE_SERVER_MAX}개까지 열리고 {WAITING_MAX}개까지 기다려요. 앞의 응답을 다 읽거나 cancel()해 주세요 (at most {OPEN_MAX} fetches are open at a time, {OPEN_TO_ONE_SERVER_MAX} to one server, and {WAITING_MAX} wait; read or cancel earlier answers)"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Calls that have begun in their order, each to a server; which of them have their turn after some of them have ended.
    #[derive(Default)]
    struct Scene {
        instance: Option<Arc<Instance>>,
        calls: Vec<Option<(Begun, Waits)>>,
    }

    impl Scene {
        fn begin(&mut self, server: &str, count: usize) -> Result<(), Failure> {
            let instance = self
                .instance
                .get_or_insert_with(|| Arc::new(Instance::new(1, "a".into())))
                .clone();
            for _ in 0..count {
                let id = self.calls.len() as u64;
                let begun = Begun::call(&instance, id, server.into(), None)?;
                self.calls.push(Some(begun));
            }
            Ok(())
        }

        fn end(&mut self, index: usize) {
            self.calls[index] = None;
        }

        fn check(&mut self, waiting: &[usize]) {
            let still: Vec<usize> = (0..self.calls.len())
                .filter(|index| {
                    let call = self.calls[*index].as_mut();
                    call.is_some_and(|(_, waits)| {
                        waits.turn.is_empty() && !waits.turn.is_terminated()
                    })
                })
                .collect();
            assert_eq!(still, waiting);
        }
    }

    #[test]
    fn answers_that_nobody_reads_make_place_in_their_time() {
        let at = |second| Timestamp::from_second(second).expect("a moment");
        let mut scene = Scene::default();
        scene.begin("a", OPEN_TO_ONE_SERVER_MAX + 2).expect("room");
        let instance = scene.instance.clone().expect("begun");
        let fetches = instance.outside.fetches();
        let check = |second, expected: Option<i64>| {
            let waits = (OPEN_TO_ONE_SERVER_MAX as u64..).take(2);
            let next = waits
                .filter_map(|id| fetches.make_way(id, at(second)))
                .min();
            assert_eq!(next, expected.map(at), "at {second} s");
        };
        let answer = |scene: &mut Scene, id: usize, second| {
            let (begun, _) = scene.calls[id].take().expect("begun");
            let response = madang_outbound::Response::new(200, Default::default(), "body");
            assert!(begun.answered(Reading::new(response), None, at(second)));
        };
        let read = |id| Begun::read(&instance, id).unwrap_or_else(|_| panic!("{id} is not open"));
        // Nothing has come yet.
        check(0, Some(5));
        for id in 0..3 {
            answer(&mut scene, id, 1);
        }
        // The first is read to the end of a piece, the second is being read, of the third nothing was.
        let (first, reading, _) = read(0);
        first.has_more(reading, at(2));
        let second = read(1);
        check(3, Some(6));
        scene.check(&[12, 13]);
        check(6, Some(11));
        scene.check(&[13]);
        assert!(Begun::read(&instance, 2).is_err());
        check(121, Some(122));
        check(122, None);
        scene.check(&[]);
        drop(second);
    }

    #[test]
    fn the_first_to_come_is_the_first_to_go_and_no_server_holds_up_another() {
        let mut scene = Scene::default();
        scene.begin("a", 14).expect("room");
        scene.check(&[12, 13]);
        scene.begin("b", 2).expect("room");
        scene.check(&[12, 13]);
        // Whoever gives up in the queue is not missed.
        scene.end(12);
        scene.end(0);
        scene.check(&[]);
        scene.begin("a", 1).expect("room");
        scene.check(&[16]);
        scene.end(14);
        scene.check(&[16]);
        scene.end(13);
        scene.check(&[]);
    }

    #[test]
    fn so_many_are_open_and_so_many_wait() {
        let mut scene = Scene::default();
        for server in ["a", "b", "c"] {
            scene.begin(server, 12).expect("room");
        }
        scene.check(&[32, 33, 34, 35]);
        scene.begin("a", WAITING_MAX - 4).expect("room");
        assert!(scene.begin("d", 1).is_err());
        scene.end(0);
        scene.check(&(33..36 + WAITING_MAX - 4).collect::<Vec<_>>());
        scene.begin("d", 1).expect("room");
        for index in 24..32 {
            scene.end(index);
        }
        // The rest of `c` came in, one to `a` in place of the first, and the last to come, whose server has nobody else.
        scene.check(&(37..36 + WAITING_MAX - 4).collect::<Vec<_>>());
    }
}
