//! A call's failure as a plugin's author reads it: Korean first, with what to do, and the gateway's own words behind it.

use madang_outbound::{AddressClass, SendError, SendErrorKind};
use madang_plugin_protocol::{Failure, mask};

pub(super) fn failure(error: &SendError) -> Failure {
    of_kind(error.kind())
}

pub(super) fn of_kind(kind: &SendErrorKind) -> Failure {
    let english = chain(kind);
    let told = format!("{} ({english})", korean(kind));
    // A host or path may be anything that the plugin wrote.
    Failure::new(mask::text(&told).into_owned())
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
        Kind::TooLarge { limit, .. } => format!("너무 커요: {limit}까지예요. 나누어 보내 주세요"),
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
        Kind::Timeout { after, .. } => format!(
            "{}ms 안에 답이 없었어요. 서버가 처리했을 수도 있으니 확인한 뒤 다시 해 주세요",
            after.as_millis()
        ),
        Kind::CutShort(_) | Kind::Broken(_) => {
            "연결이 끊겼어요. 서버가 처리했을 수도 있으니 확인한 뒤 다시 해 주세요".into()
        }
        Kind::Protocol(_) | Kind::Undecodable(_) | Kind::UnaskedUpgrade => {
            "서버의 답을 알아들을 수 없어요".into()
        }
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
        Kind::HeldBack(_) => {
            "서버가 계속 실패해서 잠시 부르지 않고 있어요. 잠시 뒤에 다시 해 주세요".into()
        }
        Kind::Aborted => "요청을 그만두었어요".into(),
        Kind::ShuttingDown => "마당이 꺼지는 중이에요".into(),
        _ => "요청을 보내지 못했어요".into(),
    }
}

#[cfg(test)]
mod tests {
    use madang_outbound::GrantLine;

    use super::*;

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
