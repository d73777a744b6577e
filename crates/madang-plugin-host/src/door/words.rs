//! A call's failure as a plugin's author reads it: Korean first, with what to do, and the gateway's own words behind it.

use madang_outbound::{
    AddressClass, BreakerRefusal, Origin, Outcome, Part, RedirectReason, SendError, SendErrorKind,
    SocketFailure,
};
use madang_plugin_protocol::{Failure, mask, size_in_words};

/// Servers that only the plugin itself wrote into a setting, each with the setting.
pub(super) struct Untyped(pub(super) Vec<(Origin, String)>);

impl Untyped {
    /// A call's failure; a server that staff would only have to type is not one for `plugin.toml`.
    pub(super) fn failure(&self, error: &SendError) -> Failure {
        let SendErrorKind::NotAllowed { origin, .. } = error.kind() else {
            return failure(error);
        };
        let setting = self.0.iter().find(|(untyped, _)| untyped == origin);
        match setting {
            Some((_, setting)) => not_typed(origin, setting),
            None => failure(error),
        }
    }
}

fn not_typed(origin: &Origin, setting: &str) -> Failure {
    let told = format!(
        "{origin}은(는) 아직 허용되지 않았어요. 설정 `{setting}`에 직원이 주소를 직접 적고 저장해야 해요 ({origin} is the setting's default, which grants nothing; staff have to type the address into the setting `{setting}` and save it)"
    );
    Failure::new(mask::text(&told).into_owned())
}

/// A call that failed.
fn failure(error: &SendError) -> Failure {
    told(error.kind(), Acted::of(error.outcome(), error.kind()))
}

/// An answer whose body could not be read: its server has taken the call.
pub(super) fn unread(kind: &SendErrorKind) -> Failure {
    told(kind, Acted::of(Outcome::Unknown, kind))
}

/// What went wrong before or beside a call.
pub(super) fn of_kind(kind: &SendErrorKind) -> Failure {
    told(kind, Acted::Unsaid)
}

/// What is said of the other side's part.
#[derive(Clone, Copy)]
enum Acted {
    Maybe,
    No,
    /// What went wrong says it.
    Unsaid,
}

impl Acted {
    fn of(outcome: Outcome, kind: &SendErrorKind) -> Self {
        use SendErrorKind as Kind;
        let is_lost = matches!(
            kind,
            Kind::Timeout { .. } | Kind::CutShort(_) | Kind::Broken(_) | Kind::EndedBefore
        );
        let is_unread = matches!(
            kind,
            Kind::Protocol(_)
                | Kind::Undecodable(_)
                | Kind::UnaskedUpgrade
                | Kind::RedirectRefused { .. }
                | Kind::TooManyRedirects { .. }
                | Kind::Panicked
                | Kind::ShuttingDown
                | Kind::TooLarge {
                    part: Part::AnswerHead | Part::AnswerBody,
                    ..
                }
        );
        match outcome {
            Outcome::Unknown if is_lost || is_unread => Self::Maybe,
            Outcome::Refused if is_lost => Self::No,
            _ => Self::Unsaid,
        }
    }

    fn korean(self) -> &'static str {
        match self {
            Self::Maybe => ". 서버가 처리했을 수도 있으니 확인한 뒤 다시 해 주세요",
            Self::No => ". 서버가 처리하지 않았으니 다시 해도 돼요",
            Self::Unsaid => "",
        }
    }

    fn english(self) -> &'static str {
        match self {
            Self::Maybe => "; the server may have acted on it",
            Self::No => "; the server has not acted on it",
            Self::Unsaid => "",
        }
    }
}

fn told(kind: &SendErrorKind, acted: Acted) -> Failure {
    let english = match kind {
        SendErrorKind::TooLarge { part, limit } => {
            format!(
                "{part} is larger than the limit of {}",
                bound(*part, *limit)
            )
        }
        other => chain(other),
    };
    let told = format!(
        "{}{} ({english}{})",
        korean(kind),
        acted.korean(),
        acted.english()
    );
    // A host or path may be anything that the plugin wrote.
    Failure::new(mask::text(&told).into_owned())
}

/// Why a WebSocket broke. Servers' own words are told as they are; what staff did is said in theirs.
pub(super) fn of_socket(failure: &SocketFailure) -> String {
    match failure {
        SocketFailure::Isolated => {
            format!("{} ({failure})", korean(&BreakerRefusal::Isolated.into()))
        }
        other => chain(other),
    }
}

/// The failure with what lies under it, in one line.
pub(super) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text.push_str(": ");
        text.push_str(&error.to_string());
        source = error.source();
    }
    text
}

/// Where an address is that a grant would open.
fn whose(class: AddressClass) -> &'static str {
    match class {
        AddressClass::Public => "매장 밖의 인터넷 주소예요",
        AddressClass::Loopback => "이 기기의 주소예요",
        AddressClass::Lan | AddressClass::Never(_) => "매장 안쪽 주소예요",
    }
}

fn korean(kind: &SendErrorKind) -> String {
    use SendErrorKind as Kind;
    match kind {
        Kind::NotAllowed { origin, line } => format!(
            "허용되지 않은 서버예요: {origin}. plugin.toml의 {}에 이 줄을 넣어 주세요: {}",
            line.section, line.line
        ),
        Kind::AddressForbidden {
            host, class, line, ..
        } => match line {
            Some(line) => format!(
                "{host}은(는) {}. plugin.toml의 {}에 이 줄을 넣어 주세요: {}",
                whose(*class),
                line.section,
                line.line
            ),
            None => format!("{host}은(는) 어떤 플러그인도 부를 수 없는 주소예요"),
        },
        Kind::BadUrl(_) => "부를 수 없는 주소예요. 주소를 확인해 주세요".into(),
        Kind::BadHeader { name, .. } => format!("`{name}` 헤더는 보낼 수 없어요. 빼 주세요"),
        Kind::UnexpectedBody(method) => format!("{method}에는 본문을 넣을 수 없어요"),
        Kind::TooLarge { part, limit } => too_large(*part, &bound(*part, *limit)),
        Kind::Busy { .. } | Kind::Crowded(_) | Kind::TooFast(_) => {
            "지금 나가 있는 요청이 너무 많아요. 잠시 뒤에 다시 해 주세요".into()
        }
        Kind::TooManySockets { .. } => "열린 웹소켓이 너무 많아요. 하나를 닫아 주세요".into(),
        Kind::Dns { host, .. } => {
            format!("{host}을(를) 찾을 수 없어요. 주소와 인터넷 연결을 확인해 주세요")
        }
        Kind::Connect { origin, .. } => {
            format!("{origin}에 연결할 수 없어요. 서버가 켜져 있는지 확인해 주세요")
        }
        Kind::Tls { origin, .. } => {
            format!("{origin}과(와) 안전하게 연결할 수 없어요. 서버의 인증서를 확인해 주세요")
        }
        Kind::Timeout { after, .. } => format!("{}ms 안에 답이 없었어요", after.as_millis()),
        Kind::CutShort(_) | Kind::Broken(_) | Kind::EndedBefore => "연결이 끊겼어요".into(),
        Kind::Protocol(_) | Kind::Undecodable(_) | Kind::UnaskedUpgrade => {
            "서버의 답을 알아들을 수 없어요".into()
        }
        Kind::RedirectRefused {
            to,
            reason: RedirectReason::NotAllowed(line),
        } => format!(
            "부른 서버가 허용되지 않은 서버로 옮겨 가라고 했어요: {to}. 따라가려면 plugin.toml의 {}에 이 줄을 넣어 주세요: {}",
            line.section, line.line
        ),
        Kind::RedirectRefused { to, .. } => {
            format!("{to}(으)로 옮겨 가라는 답을 따를 수 없어요. 그 주소를 직접 불러 주세요")
        }
        Kind::TooManyRedirects { .. } => {
            "다른 주소로 옮겨 가라는 답이 너무 많아요. 마지막 주소를 직접 불러 주세요".into()
        }
        Kind::SocketRefused { status } => {
            format!("서버가 웹소켓을 열지 않았어요: {status}. 주소와 권한을 확인해 주세요")
        }
        Kind::SocketHandshake(_) => "서버의 웹소켓 인사를 알아들을 수 없어요".into(),
        Kind::HeldBack(BreakerRefusal::Isolated) => {
            "직원이 손으로 끊어 둔 서버예요. 다시 이을 때까지 부르지 않아요".into()
        }
        Kind::HeldBack(_) => {
            "서버가 계속 실패해서 잠시 부르지 않고 있어요. 잠시 뒤에 다시 해 주세요".into()
        }
        Kind::NoAnswerWritten { method, url } => {
            format!("스크립트에 {method} {url}의 답이 없어요. answer 단계를 써 주세요")
        }
        Kind::NoSocketWritten => "스크립트가 서버를 대신할 때는 웹소켓을 열 수 없어요".into(),
        Kind::Aborted => "요청을 그만두었어요".into(),
        Kind::ShuttingDown => "마당이 꺼지는 중이에요".into(),
        _ => "요청을 보내지 못했어요".into(),
    }
}

fn too_large(part: Part, max: &str) -> String {
    match part {
        Part::Url => format!("주소가 너무 길어요: {max}까지예요. 본문에 담아 보내 주세요"),
        Part::RequestHeaderCount => format!("헤더가 너무 많아요: {max}개까지예요"),
        Part::RequestHeaders => {
            format!("헤더가 너무 커요: 모두 {max}까지예요. 본문에 담아 보내 주세요")
        }
        Part::RequestBody => format!("보낼 본문이 너무 커요: {max}까지예요. 나누어 보내 주세요"),
        Part::AnswerHead => format!("서버의 답에 붙은 헤더가 너무 커요: {max}까지예요"),
        Part::AnswerBody => {
            format!("서버의 답이 너무 커요: {max}까지예요. 나누어 받을 수 있는 주소를 불러 주세요")
        }
        Part::SocketMessage => format!("웹소켓 메시지가 너무 커요: {max}까지예요"),
    }
}

/// A bound as it is said: bytes in their unit, anything else counted.
fn bound(part: Part, limit: usize) -> String {
    match part {
        Part::RequestHeaderCount => limit.to_string(),
        _ => size_in_words(limit),
    }
}

#[cfg(test)]
mod tests {
    use madang_outbound::GrantLine;

    use super::*;

    fn check(part: Part, limit: usize, expected: &str) {
        let failure = of_kind(&SendErrorKind::TooLarge { part, limit });
        assert_eq!(failure.message, expected);
    }

    #[test]
    fn what_was_too_large_is_named_with_its_bound() {
        check(
            Part::RequestBody,
            4 << 20,
            "보낼 본문이 너무 커요: 4 MiB까지예요. 나누어 보내 주세요 (the body to send (bytes) is larger than the limit of 4 MiB)",
        );
        check(
            Part::AnswerBody,
            8 << 20,
            "서버의 답이 너무 커요: 8 MiB까지예요. 나누어 받을 수 있는 주소를 불러 주세요 (the body of the answer (bytes) is larger than the limit of 8 MiB)",
        );
        check(
            Part::RequestHeaderCount,
            64,
            "헤더가 너무 많아요: 64개까지예요 (the number of headers is larger than the limit of 64)",
        );
    }

    #[test]
    fn who_holds_a_server_back_is_told() {
        let told = |refusal: BreakerRefusal| of_kind(&refusal.into()).message;
        assert_eq!(
            told(BreakerRefusal::Isolated),
            "직원이 손으로 끊어 둔 서버예요. 다시 이을 때까지 부르지 않아요 (calls to this server are held back: it was isolated by hand; release it to call it again)"
        );
        assert!(told(BreakerRefusal::Probing).starts_with("서버가 계속 실패해서"));
    }

    #[test]
    fn what_the_server_may_have_done_is_said() {
        let late = || SendErrorKind::Timeout {
            after: std::time::Duration::from_secs(2),
            queued: std::time::Duration::ZERO,
            during: madang_outbound::Stage::Awaiting,
        };
        let large = SendErrorKind::TooLarge {
            part: Part::AnswerBody,
            limit: 8 << 20,
        };
        let undecodable = SendErrorKind::Undecodable(std::io::Error::other("no gzip"));
        let granted = SendErrorKind::Aborted;
        let [maybe, no] = [
            "서버가 처리했을 수도 있으니 확인한 뒤 다시 해 주세요",
            "서버가 처리하지 않았으니 다시 해도 돼요",
        ];
        let rows = [
            (late(), Outcome::Unknown, Some(maybe)),
            (late(), Outcome::Refused, Some(no)),
            (large, Outcome::Unknown, Some(maybe)),
            (undecodable, Outcome::Unknown, Some(maybe)),
            (SendErrorKind::UnaskedUpgrade, Outcome::Unknown, Some(maybe)),
            (granted, Outcome::Unknown, None),
        ];
        for (kind, outcome, expected) in rows {
            let failure = told(&kind, Acted::of(outcome, &kind));
            let said = [maybe, no]
                .into_iter()
                .find(|said| failure.message.contains(said));
            assert_eq!(said, expected, "{}", failure.message);
        }
    }

    #[test]
    fn an_address_is_told_as_what_it_is() {
        for (class, section, expected) in [
            (AddressClass::Lan, "[origins.lan]", "매장 안쪽 주소예요"),
            (
                AddressClass::Loopback,
                "[origins.lan]",
                "이 기기의 주소예요",
            ),
            (
                AddressClass::Public,
                "[origins]",
                "매장 밖의 인터넷 주소예요",
            ),
        ] {
            let told = korean(&SendErrorKind::AddressForbidden {
                host: "8.8.8.8".into(),
                class,
                address: [8, 8, 8, 8].into(),
                line: Some(GrantLine {
                    section,
                    line: "\"https://8.8.8.8\" = \"이유\"".into(),
                }),
            });
            let whole = format!(
                "8.8.8.8은(는) {expected}. plugin.toml의 {section}에 이 줄을 넣어 주세요: \"https://8.8.8.8\" = \"이유\""
            );
            assert_eq!(told, whole);
        }
    }
}
