use std::sync::Arc;

use hyper::header::{HeaderName, HeaderValue};

use super::*;
use crate::{chance::SeededChance, retry::backoff::Jitter};

/// Plain delays, so that a decision is one value.
fn patch() -> RetryPatch {
    RetryPatch {
        backoff: Some(Backoff {
            jitter: Jitter::None,
            ..Backoff::default()
        }),
        ..RetryPatch::default()
    }
}

fn policy(patch: RetryPatch) -> RetryPolicy {
    RetryPolicy::new(patch).unwrap()
}

fn plain() -> RetryPolicy {
    policy(patch())
}

fn get() -> Tried {
    tried(Method::Get)
}

fn tried(method: Method) -> Tried {
    Tried {
        method,
        has_idempotency_key: false,
        retries_done: 0,
    }
}

fn headers(lines: &[(&'static str, &'static str)]) -> HeaderMap {
    lines
        .iter()
        .map(|(name, value)| {
            (
                HeaderName::from_static(name),
                HeaderValue::from_static(value),
            )
        })
        .collect()
}

fn clocks(remaining: Option<Duration>) -> Clocks {
    Clocks {
        wall: SystemTime::UNIX_EPOCH + Duration::from_secs(1_784_980_800),
        remaining,
    }
}

fn backoff(ms: u64) -> Decision {
    Decision::RetryIn {
        delay: Duration::from_millis(ms),
        source: Source::Backoff,
    }
}

fn server(seconds: u64) -> Decision {
    Decision::RetryIn {
        delay: Duration::from_secs(seconds),
        source: Source::Server,
    }
}

fn give_up(seconds: u64) -> Decision {
    Decision::GiveUpUntil {
        retry_after: Duration::from_secs(seconds),
    }
}

/// One decision about a status, with these headers and no deadline.
#[track_caller]
fn check_status(
    policy: &RetryPolicy,
    status: u16,
    lines: &[(&'static str, &'static str)],
    expected: Decision,
) {
    let headers = headers(lines);
    let failure = Failure::Status {
        status,
        headers: &headers,
    };
    check(policy, get(), failure, Opinion::None, expected);
}

#[track_caller]
fn check(
    policy: &RetryPolicy,
    tried: Tried,
    failure: Failure<'_>,
    opinion: Opinion,
    expected: Decision,
) {
    let chance = SeededChance::from_seed([3; 32]);
    let got = policy.decide(&tried, failure, opinion, clocks(None), &chance);
    assert_eq!(got, expected, "{tried:?} {failure:?} {opinion:?}");
}

/// How one try ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Good,
    Status(u16),
    Broken,
    TimedOut,
}

/// Makes a call whose tries end as `script` says, its last line again and again, and tells how many there were and how the
/// last one ended.
fn made(policy: &RetryPolicy, method: Method, script: &[End]) -> (u32, End) {
    let chance = SeededChance::from_seed([3; 32]);
    let none = HeaderMap::new();
    for retries_done in 0..=RETRIES_MAX {
        let end = *script
            .get(retries_done as usize)
            .unwrap_or(&script[script.len() - 1]);
        let failure = match end {
            End::Good => return (retries_done + 1, end),
            End::Status(status) => Failure::Status {
                status,
                headers: &none,
            },
            End::Broken => Failure::Transport,
            End::TimedOut => Failure::Timeout,
        };
        let tried = Tried {
            retries_done,
            ..tried(method)
        };
        let decision = policy.decide(&tried, failure, Opinion::None, clocks(None), &chance);
        if !matches!(decision, Decision::RetryIn { .. }) {
            return (retries_done + 1, end);
        }
    }
    panic!("made again more often than any policy may allow")
}

#[test]
fn ky_01_two_failures_then_an_answer_are_three_calls() {
    let script = [End::Status(500), End::Status(503), End::Good];
    assert_eq!(made(&plain(), Method::Get, &script), (3, End::Good));
}

#[test]
fn ky_02_a_server_that_always_fails_is_called_three_times_and_the_last_failure_surfaces() {
    let script = [End::Status(500), End::Status(502), End::Status(503)];
    assert_eq!(made(&plain(), Method::Get, &script), (3, End::Status(503)));
}

#[test]
fn ky_03_a_transport_failure_is_retried_like_a_listed_status() {
    assert_eq!(
        made(&plain(), Method::Get, &[End::Broken]),
        (3, End::Broken)
    );
    assert_eq!(
        made(&plain(), Method::Get, &[End::Broken, End::Good]),
        (2, End::Good)
    );
}

#[test]
fn ky_04_both_kinds_of_failure_share_one_limit() {
    let once = policy(patch()).patched(RetryPatch::from(1)).unwrap();
    let script = [End::Broken, End::Status(500), End::Good];
    assert_eq!(made(&once, Method::Get, &script), (2, End::Status(500)));
}

#[test]
fn ky_05_post_and_patch_are_retried_only_under_a_key_on_a_route_that_honours_it() {
    let declared = policy(RetryPatch {
        with_idempotency_key: Some(true),
        ..patch()
    });
    let none = HeaderMap::new();
    for method in [Method::Post, Method::Patch] {
        let plainly = tried(method);
        let keyed = Tried {
            has_idempotency_key: true,
            ..plainly
        };
        for (policy, tried, expected) in [
            (plain(), plainly, Decision::Surface(Why::Method)),
            (plain(), keyed, Decision::Surface(Why::Method)),
            (declared.clone(), plainly, Decision::Surface(Why::Method)),
            (declared.clone(), keyed, backoff(300)),
        ] {
            let failure = Failure::Status {
                status: 503,
                headers: &none,
            };
            check(&policy, tried, failure, Opinion::None, expected);
        }
    }
}

#[test]
fn ky_06_post_is_not_retried_on_a_network_failure_either() {
    assert_eq!(
        made(&plain(), Method::Post, &[End::Broken]),
        (1, End::Broken)
    );
}

#[test]
fn ky_07_idempotent_methods_are_retried_by_default() {
    for (method, calls) in [
        (Method::Get, 3),
        (Method::Put, 3),
        (Method::Head, 3),
        (Method::Delete, 3),
        (Method::Options, 3),
        (Method::Query, 3),
        (Method::Post, 1),
        (Method::Patch, 1),
    ] {
        let (made, _) = made(&plain(), method, &[End::Status(500)]);
        assert_eq!(made, calls, "{method}");
    }
}

#[test]
fn ky_08_a_method_of_the_list_is_read_in_any_case() {
    let methods = ["get", "GET", "Post"].map(|method| method.parse().unwrap());
    let policy = policy(RetryPatch {
        methods: Some(methods.to_vec()),
        ..patch()
    });
    assert_eq!(made(&policy, Method::Get, &[End::Broken]).0, 3);
    assert_eq!(made(&policy, Method::Post, &[End::Broken]).0, 3);
}

#[test]
fn ky_09_a_list_of_methods_replaces_the_default_and_an_empty_one_never_retries() {
    let only = |methods: &[Method]| {
        policy(RetryPatch {
            methods: Some(methods.to_vec()),
            with_idempotency_key: Some(true),
            ..patch()
        })
    };
    assert_eq!(
        made(&only(&[Method::Post]), Method::Post, &[End::Broken]).0,
        3
    );
    assert_eq!(
        made(&only(&[Method::Post]), Method::Get, &[End::Broken]).0,
        1
    );
    assert_eq!(made(&only(&[]), Method::Get, &[End::Broken]).0, 1);
    let keyed = Tried {
        has_idempotency_key: true,
        ..tried(Method::Post)
    };
    check(
        &only(&[]),
        keyed,
        Failure::Transport,
        Opinion::None,
        Decision::Surface(Why::Method),
    );
}

#[test]
fn ky_10_lists_that_cannot_be_meant_are_refused_when_they_are_set() {
    let refused = |patch: RetryPatch| RetryPolicy::new(patch).unwrap_err().to_string();
    assert_eq!(
        refused(RetryPatch {
            statuses: Some(vec![500, 399]),
            ..patch()
        }),
        "status 399 in `statuses` is no failure; use 400 to 599"
    );
    assert_eq!(
        refused(RetryPatch {
            after_statuses: Some(vec![600]),
            ..patch()
        }),
        "status 600 in `after_statuses` is no failure; use 400 to 599"
    );
    assert_eq!(
        refused(RetryPatch::from(11)),
        "11 retries are too many; use at most 10"
    );
    assert!("GETS".parse::<Method>().is_err());
    let edges = RetryPatch {
        statuses: Some(vec![400, 599]),
        ..RetryPatch::from(RETRIES_MAX)
    };
    assert_eq!(policy(edges).limit(), 10);
}

#[test]
fn ky_11_a_status_that_is_not_listed_is_one_call_and_a_list_replaces_the_default() {
    for status in [408, 425, 429, 500, 502, 503, 504] {
        check_status(&plain(), status, &[], backoff(300));
    }
    for status in [400, 401, 403, 404, 409, 422, 501, 505] {
        check_status(&plain(), status, &[], Decision::Surface(Why::Status));
    }
    let teapot = policy(RetryPatch {
        statuses: Some(vec![418]),
        ..patch()
    });
    check_status(&teapot, 418, &[], backoff(300));
    check_status(&teapot, 500, &[], Decision::Surface(Why::Status));
}

#[test]
fn ky_12_a_number_sets_the_limit_and_nothing_else() {
    let five = policy(patch()).patched(RetryPatch::from(5)).unwrap();
    assert_eq!(made(&five, Method::Get, &[End::Status(500)]).0, 6);
    assert_eq!(made(&five, Method::Post, &[End::Status(500)]).0, 1);
    assert_eq!(made(&five, Method::Get, &[End::Status(501)]).0, 1);
    assert_eq!(made(&five, Method::Get, &[End::TimedOut]).0, 1);
    check_status(&five, 503, &[("retry-after", "10")], server(10));
}

#[test]
fn ky_13_a_limit_of_nothing_is_exactly_one_call() {
    let never = policy(patch()).patched(RetryPatch::from(0)).unwrap();
    for end in [End::Status(500), End::Broken, End::TimedOut] {
        assert_eq!(made(&never, Method::Get, &[end]), (1, end));
    }
}

#[test]
fn ky_14_what_a_patch_leaves_out_erases_no_default() {
    let untouched = format!("{:?}", RetryPolicy::default());
    let patched = RetryPolicy::default().patched(RetryPatch::default());
    assert_eq!(format!("{:?}", patched.unwrap()), untouched);
    let every = RetryPatch {
        limit: Some(7),
        methods: Some(vec![Method::Post]),
        statuses: Some(vec![418]),
        after_statuses: Some(vec![418]),
        retry_after_max: Some(Cap::Unlimited),
        backoff: Some(Backoff {
            jitter: Jitter::None,
            ..Backoff::default()
        }),
        on_timeout: Some(true),
        with_idempotency_key: Some(true),
    };
    let kept = format!("{:?}", policy(every.clone()));
    let under_nothing = policy(every.clone()).patched(RetryPatch::default());
    let over_another = policy(RetryPatch::from(1)).patched(every);
    assert_eq!(format!("{:?}", under_nothing.unwrap()), kept);
    assert_eq!(format!("{:?}", over_another.unwrap()), kept);
    let own_pauses = policy(patch());
    assert!(matches!(own_pauses.backoff().jitter, Jitter::None));
}

#[test]
fn ky_15_a_number_below_an_object_stays_the_limit() {
    let parent = RetryPatch::from(4);
    let child = RetryPatch {
        on_timeout: Some(true),
        ..patch()
    };
    let both = policy(parent).patched(child).unwrap();
    assert_eq!(made(&both, Method::Get, &[End::TimedOut]).0, 5);
}

#[test]
fn ky_16_what_is_neither_transport_nor_http_is_not_retried_whatever_the_caller_says() {
    for opinion in [Opinion::None, Opinion::Always, Opinion::Never] {
        let expected = Decision::Surface(Why::Final);
        check(&plain(), get(), Failure::Final, opinion, expected);
    }
}

#[test]
fn ky_17_the_caller_is_asked_only_after_the_gates() {
    let spent = Tried {
        retries_done: 2,
        ..get()
    };
    for (tried, why) in [(spent, Why::Limit), (tried(Method::Post), Why::Method)] {
        assert_eq!(plain().gates(&tried), Err(why));
        for opinion in [Opinion::Always, Opinion::Never] {
            let expected = Decision::Surface(why);
            check(&plain(), tried, Failure::Transport, opinion, expected);
        }
    }
    assert_eq!(plain().gates(&get()), Ok(()));
}

#[test]
fn ky_18_the_callers_yes_retries_even_an_unlisted_status_and_a_time_out() {
    let none = HeaderMap::new();
    let yes = Opinion::Always;
    for status in [400, 413, 501] {
        let failure = Failure::Status {
            status,
            headers: &none,
        };
        check(&plain(), get(), failure, yes, backoff(300));
    }
    check(&plain(), get(), Failure::Timeout, yes, backoff(300));
}

#[test]
fn ky_19_the_callers_no_stops_even_a_listed_status_and_a_wanted_time_out() {
    let on_timeout = policy(RetryPatch {
        on_timeout: Some(true),
        ..patch()
    });
    let asked = headers(&[("retry-after", "1")]);
    let listed = Failure::Status {
        status: 503,
        headers: &asked,
    };
    for failure in [listed, Failure::Transport, Failure::Timeout] {
        let expected = Decision::Surface(Why::Unwanted);
        check(&on_timeout, get(), failure, Opinion::Never, expected);
    }
}

#[test]
fn ky_20_no_opinion_leaves_it_to_the_policy() {
    check(
        &plain(),
        get(),
        Failure::Transport,
        Opinion::None,
        backoff(300),
    );
    let expected = Decision::Surface(Why::Timeout);
    check(&plain(), get(), Failure::Timeout, Opinion::None, expected);
}

#[test]
fn ky_22_the_first_retry_is_number_one() {
    let numbered = policy(RetryPatch {
        backoff: Some(Backoff {
            delays: Delays::Custom(Arc::new(|retry| Duration::from_millis(retry.into()))),
            cap: Cap::Unlimited,
            jitter: Jitter::None,
        }),
        ..RetryPatch::default()
    });
    for retries_done in [0, 1] {
        let tried = Tried {
            retries_done,
            ..get()
        };
        let expected = backoff(u64::from(retries_done) + 1);
        check(
            &numbered,
            tried,
            Failure::Transport,
            Opinion::None,
            expected,
        );
    }
}

#[test]
fn ky_23_the_callers_yes_cannot_outlast_the_deadline() {
    check_remaining(
        &plain(),
        Failure::Timeout,
        Opinion::Always,
        &[(300, Decision::Surface(Why::Deadline)), (301, backoff(300))],
    );
}

/// Decisions with so many milliseconds left.
#[track_caller]
fn check_remaining(
    policy: &RetryPolicy,
    failure: Failure<'_>,
    opinion: Opinion,
    expected: &[(u64, Decision)],
) {
    let chance = SeededChance::from_seed([3; 32]);
    for (remaining_ms, expected) in expected {
        let clocks = clocks(Some(Duration::from_millis(*remaining_ms)));
        let got = policy.decide(&get(), failure, opinion, clocks, &chance);
        assert_eq!(got, *expected, "{remaining_ms} ms left");
    }
}

#[test]
fn ky_27_full_jitter_is_what_a_policy_has_by_default() {
    let chance = SeededChance::from_seed([3; 32]);
    let delays: Vec<_> = (0..20)
        .map(|_| {
            let decision = RetryPolicy::default().decide(
                &get(),
                Failure::Transport,
                Opinion::None,
                clocks(None),
                &chance,
            );
            match decision {
                Decision::RetryIn { delay, .. } => delay,
                other => panic!("{other:?}"),
            }
        })
        .collect();
    let longest = Duration::from_millis(300);
    assert!(delays.iter().all(|delay| *delay <= longest));
    assert!(delays.windows(2).any(|pair| pair[0] != pair[1]));
}

#[test]
fn ky_28_chance_and_cap_have_no_say_in_the_servers_timing() {
    let wild = policy(RetryPatch {
        backoff: Some(Backoff {
            cap: Cap::At(Duration::from_millis(1)),
            jitter: Jitter::Custom(Arc::new(|_, _| Duration::from_secs(99))),
            ..Backoff::default()
        }),
        ..RetryPatch::default()
    });
    check_status(&wild, 503, &[("retry-after", "7")], server(7));
}

#[test]
fn ky_31_retry_after_zero_retries_at_once() {
    check_status(&plain(), 503, &[("retry-after", "0")], server(0));
}

#[test]
fn ky_34_a_malformed_header_is_ignored_and_the_retry_still_happens() {
    for value in ["31 Feb", "0x10", "1.5", "+5", "2026-07-25T12:00:30Z", ""] {
        check_status(&plain(), 503, &[("retry-after", value)], backoff(300));
    }
}

#[test]
fn ky_35_timing_is_heard_only_with_its_statuses_and_makes_none_retried() {
    let asked = [("retry-after", "7")];
    for status in [413, 429, 503] {
        check_status(&plain(), status, &asked, server(7));
    }
    for status in [408, 500, 502, 504] {
        check_status(&plain(), status, &asked, backoff(300));
    }
    let teapot = policy(RetryPatch {
        after_statuses: Some(vec![418, 500]),
        ..patch()
    });
    check_status(&teapot, 418, &asked, Decision::Surface(Why::Status));
    check_status(&teapot, 500, &asked, server(7));
    check_status(&teapot, 503, &asked, backoff(300));
}

#[test]
fn ky_36_413_is_retried_only_when_the_server_says_something_about_when() {
    check_status(&plain(), 413, &[], Decision::Surface(Why::NoTiming));
    check_status(&plain(), 413, &[("retry-after", "soon")], backoff(300));
    check_status(&plain(), 413, &[("retry-after", "1")], server(1));
    check_status(&plain(), 413, &[("ratelimit-reset", "1")], server(1));
}

#[test]
fn ky_40_a_wait_above_the_longest_ends_the_call_and_is_told() {
    check_status(&plain(), 429, &[("retry-after", "10")], server(10));
    check_status(&plain(), 429, &[("retry-after", "11")], give_up(11));
    let patient = policy(RetryPatch {
        retry_after_max: Some(Cap::Unlimited),
        ..patch()
    });
    check_status(&patient, 429, &[("retry-after", "86400")], server(86_400));
    check_status(
        &patient,
        429,
        &[("retry-after", "99999999999999999999")],
        give_up(u64::MAX),
    );
}

#[test]
fn ky_40_a_wait_above_what_remains_ends_the_call_and_is_told() {
    let asked = headers(&[("retry-after", "2")]);
    let failure = Failure::Status {
        status: 503,
        headers: &asked,
    };
    check_remaining(
        &plain(),
        failure,
        Opinion::None,
        &[(0, give_up(2)), (2_000, give_up(2)), (2_001, server(2))],
    );
}

#[test]
fn ky_42_a_try_that_timed_out_is_retried_only_when_wanted() {
    assert_eq!(
        made(&plain(), Method::Get, &[End::TimedOut]),
        (1, End::TimedOut)
    );
    let on_timeout = policy(RetryPatch {
        on_timeout: Some(true),
        ..patch()
    });
    assert_eq!(
        made(&on_timeout, Method::Get, &[End::TimedOut]),
        (3, End::TimedOut)
    );
    assert_eq!(
        made(&on_timeout, Method::Post, &[End::TimedOut]),
        (1, End::TimedOut)
    );
}

#[test]
fn ky_48_a_delay_that_does_not_fit_fails_at_once() {
    check_remaining(
        &plain(),
        Failure::Transport,
        Opinion::None,
        &[
            (0, Decision::Surface(Why::Deadline)),
            (299, Decision::Surface(Why::Deadline)),
            (300, Decision::Surface(Why::Deadline)),
            (301, backoff(300)),
        ],
    );
}

#[test]
fn ky_49_times_that_no_timer_has_are_refused_when_they_are_set() {
    let longest = Duration::from_millis(2_147_483_647);
    let longer = longest + Duration::from_millis(1);
    let patches = |time| {
        [
            RetryPatch {
                retry_after_max: Some(Cap::At(time)),
                ..patch()
            },
            RetryPatch {
                backoff: Some(Backoff {
                    cap: Cap::At(time),
                    ..Backoff::default()
                }),
                ..patch()
            },
            RetryPatch {
                backoff: Some(Backoff {
                    delays: Delays::Doubling(time),
                    ..Backoff::default()
                }),
                ..patch()
            },
        ]
    };
    for patch in patches(longest) {
        assert!(RetryPolicy::new(patch).is_ok());
    }
    let settings = ["retry_after_max", "backoff.cap", "backoff.delays"];
    for (patch, setting) in patches(longer).into_iter().zip(settings) {
        let refusal = RetryPolicy::new(patch).unwrap_err();
        assert_eq!(refusal, PolicyError::TooLong { setting });
    }
    assert_eq!(
        within_timer("deadline", longer).unwrap_err().to_string(),
        "`deadline` is longer than 2147483647 ms"
    );
    assert_eq!(within_timer("deadline", longest), Ok(longest));
}
