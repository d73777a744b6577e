//! What people decided about servers. It holds until it is taken back: for callers that come later too, and before anybody has called.

use crate::{grant::Origin, upstream::Manual};

/// Decisions that are kept; a person takes some. Each call to a server not met before looks through them.
const DECISIONS_MAX: usize = 256;

/// What a person decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// About this server, and the WebSockets of its host and port; without one about every server.
    pub origin: Option<Origin>,
    /// About the calls of this caller; without one about everybody's.
    pub caller: Option<String>,
    /// What.
    pub manual: Manual,
}

/// There are too many decisions to keep one more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{DECISIONS_MAX} decisions about servers are kept already; release some of them")]
pub struct TooManyDecisions;

impl Decision {
    /// Whether it is about the calls of `caller` to `origin`.
    pub fn is_about(&self, caller: &str, origin: &Origin) -> bool {
        self.origin
            .as_ref()
            .is_none_or(|mine| mine.stands_for(origin))
            && self.caller.as_ref().is_none_or(|mine| mine == caller)
    }

    /// Whether it is about everything that `other` is about.
    fn covers(&self, other: &Self) -> bool {
        let mine = self.origin.as_ref();
        let theirs = other.origin.as_ref();
        mine.is_none_or(|mine| theirs.is_some_and(|theirs| mine.stands_for(theirs)))
            && (self.caller.is_none() || self.caller == other.caller)
    }

    /// Whether there can be a call that both are about.
    fn meets(&self, other: &Self) -> bool {
        let same_origin = match (&self.origin, &other.origin) {
            (Some(mine), Some(theirs)) => mine.stands_for(theirs) || theirs.stands_for(mine),
            _ => true,
        };
        let same_caller =
            self.caller.is_none() || other.caller.is_none() || self.caller == other.caller;
        same_origin && same_caller
    }
}

/// All that stand, the newest last: of several about one call it counts.
#[derive(Debug, Clone, Default)]
pub(super) struct Decisions(Vec<Decision>);

impl Decisions {
    /// Takes one more, in place of those that it makes pointless; says whether anything is another than before.
    pub fn take(&mut self, decision: Decision) -> Result<bool, TooManyDecisions> {
        let mut left = self.0.clone();
        left.retain(|old| !decision.covers(old));
        let took_back = left.len() < self.0.len();
        // A release is kept where it is an exception to something.
        let is_kept =
            decision.manual != Manual::Release || left.iter().any(|other| other.meets(&decision));
        if is_kept {
            left.push(decision);
        }
        if left.len() > DECISIONS_MAX {
            return Err(TooManyDecisions);
        }
        self.0 = left;
        Ok(is_kept || took_back)
    }

    /// What holds for the calls of `caller` to `origin`.
    pub fn about(&self, caller: &str, origin: &Origin) -> Option<Manual> {
        let mut newest = self.0.iter().rev();
        newest
            .find(|decision| decision.is_about(caller, origin))
            .map(|decision| decision.manual)
            .filter(|manual| *manual != Manual::Release)
    }

    pub fn all(&self) -> Vec<Decision> {
        self.0.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: Option<&str> = Some("https://a.example");
    const B: Option<&str> = Some("https://b.example");
    const ONE: Option<&str> = Some("plugin:one");
    const TWO: Option<&str> = Some("plugin:two");

    fn decision(manual: Manual, origin: Option<&str>, caller: Option<&str>) -> Decision {
        Decision {
            origin: origin.map(|text| Origin::parse(text).unwrap()),
            caller: caller.map(str::to_owned),
            manual,
        }
    }

    /// Which calls are isolated after `decisions`: one's to a, one's to b, two's to a, two's to b.
    #[track_caller]
    fn check(decisions: &[(Manual, Option<&str>, Option<&str>)], isolated: [bool; 4], kept: usize) {
        let mut all = Decisions::default();
        for (manual, origin, caller) in decisions {
            all.take(decision(*manual, *origin, *caller)).unwrap();
        }
        let places = [(ONE, A), (ONE, B), (TWO, A), (TWO, B)];
        let got = places.map(|(caller, origin)| {
            let origin = Origin::parse(origin.unwrap()).unwrap();
            all.about(caller.unwrap(), &origin) == Some(Manual::Isolate)
        });
        assert_eq!((got, all.all().len()), (isolated, kept), "{decisions:?}");
    }

    #[test]
    fn the_newest_decision_about_a_call_counts() {
        use Manual::{ForceClosed, Isolate, Release};
        check(&[], [false; 4], 0);
        check(&[(Isolate, A, ONE)], [true, false, false, false], 1);
        check(&[(Isolate, A, None)], [true, false, true, false], 1);
        check(&[(Isolate, None, ONE)], [true, true, false, false], 1);
        check(&[(Isolate, None, None)], [true; 4], 1);
        check(
            &[(Isolate, None, None), (Release, A, ONE)],
            [false, true, true, true],
            2,
        );
        check(
            &[(Isolate, None, None), (ForceClosed, None, TWO)],
            [true, true, false, false],
            2,
        );
        check(
            &[(Isolate, A, ONE), (Release, B, ONE)],
            [true, false, false, false],
            1,
        );
        let many = [(Isolate, A, ONE), (Isolate, None, TWO), (Release, A, TWO)];
        check(&many, [true, false, false, true], 3);
        check(
            &[&many[..], &[(Release, None, None)]].concat(),
            [false; 4],
            0,
        );
        check(
            &[&many[..], &[(Isolate, None, None)]].concat(),
            [true; 4],
            1,
        );
    }

    #[test]
    fn a_decision_about_calls_is_about_the_websockets_of_the_same_place() {
        let about = |decided: &str, called: &str| {
            let one = decision(Manual::Isolate, Some(decided), None);
            one.is_about("plugin:one", &Origin::parse(called).unwrap())
        };
        for (decided, called, expected) in [
            ("https://a.example", "wss://a.example", true),
            ("http://a.example:7303", "ws://a.example:7303", true),
            ("https://a.example", "wss://a.example:8443", false),
            ("https://a.example", "ws://a.example", false),
            ("http://a.example:443", "wss://a.example", false),
            ("wss://a.example", "https://a.example", false),
            ("wss://a.example", "wss://a.example", true),
        ] {
            assert_eq!(about(decided, called), expected, "{decided} {called}");
        }
        const SOCKETS: Option<&str> = Some("wss://a.example");
        let mut all = Decisions::default();
        for (manual, origin) in [(Manual::Isolate, SOCKETS), (Manual::Isolate, A)] {
            all.take(decision(manual, origin, None)).unwrap();
        }
        assert_eq!(
            all.all(),
            [decision(Manual::Isolate, A, None)],
            "the wider one covers it"
        );
        all.take(decision(Manual::Release, SOCKETS, None)).unwrap();
        let sockets = Origin::parse("wss://a.example").unwrap();
        assert_eq!(
            (all.all().len(), all.about("plugin:one", &sockets)),
            (2, None)
        );
    }

    #[test]
    fn decisions_are_bounded_and_say_whether_they_change_anything() {
        let mut all = Decisions::default();
        assert_eq!(all.take(decision(Manual::Release, A, None)), Ok(false));
        for number in 0..DECISIONS_MAX {
            let caller = format!("plugin:{number}");
            let one = decision(Manual::Isolate, A, Some(&caller));
            assert_eq!(all.take(one), Ok(true));
        }
        let one_more = decision(Manual::Isolate, B, None);
        assert_eq!(all.take(one_more), Err(TooManyDecisions));
        assert_eq!(all.all().len(), DECISIONS_MAX);
        assert_eq!(all.take(decision(Manual::Release, A, None)), Ok(true));
        assert_eq!(all.all(), []);
    }
}
