//! The closed set of what a plugin may ask for: a family (what) and a verb (what is done to it).

use std::{collections::BTreeSet, fmt, str::FromStr};

macro_rules! permissions {
    ($($variant:ident = $family:literal, $verb:literal, $english:literal, $korean:literal;)+) => {
        /// One thing that a plugin may be allowed to do, written `family.verb`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Permission {
            $(#[doc = $english] $variant,)+
        }

        impl Permission {
            /// Every permission there is, families together.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// What the permission is about, and the key in `[permissions]`: `order`.
            pub const fn family(self) -> &'static str {
                match self { $(Self::$variant => $family,)+ }
            }

            /// What may be done: `read`.
            pub const fn verb(self) -> &'static str {
                match self { $(Self::$variant => $verb,)+ }
            }

            /// `order.read`.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => concat!($family, ".", $verb),)+ }
            }

            /// One line for a person who decides, in English.
            pub const fn english(self) -> &'static str {
                match self { $(Self::$variant => $english,)+ }
            }

            /// One line for a person who decides, in Korean.
            pub const fn korean(self) -> &'static str {
                match self { $(Self::$variant => $korean,)+ }
            }
        }
    };
}

permissions! {
    CatalogRead = "catalog", "read", "Read the menu: categories, items and options", "메뉴(카테고리, 상품, 옵션)를 봅니다";
    CatalogPrefill = "catalog", "prefill", "Fill in the form when staff add a new item", "새 상품 등록 화면을 미리 채웁니다";
    MerchantRead = "merchant", "read", "Read the shop's name and number", "매장 이름과 번호를 봅니다";
    DeviceRead = "device", "read", "Read which till this is and how the shop runs", "기기 정보와 영업 방식을 봅니다";
    TableRead = "table", "read", "Read halls and tables and what is open on them", "홀과 테이블, 열린 주문을 봅니다";
    OrderRead = "order", "read", "Read orders and hear when they change", "주문을 보고 바뀔 때 알림을 받습니다";
    OrderWrite = "order", "write", "Add orders, add to them and complete them", "주문을 넣고 추가하고 완료합니다";
    OrderCancel = "order", "cancel", "Cancel orders", "주문을 취소합니다";
    PaymentRead = "payment", "read", "Read payments and hear when they change", "결제를 보고 바뀔 때 알림을 받습니다";
    PaymentWrite = "payment", "write", "Record payments on orders", "주문에 결제를 기록합니다";
    PaymentCancel = "payment", "cancel", "Cancel payments", "결제를 취소합니다";
    PaymentVeto = "payment", "veto", "Be asked before a payment is cancelled, and refuse it", "결제 취소 전에 확인하고 막을 수 있습니다";
    PaymentMethodAdd = "payment-method", "add", "Add a payment method of its own", "자체 결제 수단을 추가합니다";
    DraftOrderRead = "draft-order", "read", "Read the cart on the order tab", "주문 탭의 장바구니를 봅니다";
    DraftOrderWrite = "draft-order", "write", "Change the cart on the order tab and start its payment", "주문 탭의 장바구니를 바꾸고 결제를 시작합니다";
    CashReceiptIssue = "cash-receipt", "issue", "Issue cash receipts", "현금영수증을 발급합니다";
    KdsRead = "kds", "read", "Read kitchen tickets", "주방 주문을 봅니다";
    StorageUse = "storage", "use", "Keep its own data on this till", "이 기기에 자체 데이터를 저장합니다";
    SecureStoreUse = "secure-store", "use", "Keep secrets, sealed, on this till", "비밀 값을 암호화해 저장합니다";
    SettingUse = "setting", "use", "Show settings to staff and read what they set", "설정 화면을 보이고 값을 읽습니다";
    ToastShow = "toast", "show", "Show short messages on the screen", "화면에 짧은 알림을 띄웁니다";
    UiAlert = "ui", "alert", "Show alerts", "경고 창을 띄웁니다";
    UiSound = "ui", "sound", "Play sounds", "소리를 냅니다";
    UiNavigate = "ui", "navigate", "Move the till to another screen", "다른 화면으로 이동합니다";
    UiPopup = "ui", "popup", "Ask staff in a window: a form or a barcode", "창을 띄워 입력이나 바코드를 받습니다";
    BarcodeScan = "barcode", "scan", "Hear scanned barcodes", "스캔한 바코드를 받습니다";
    BarcodeSend = "barcode", "send", "Hand a barcode to the till as if it was scanned", "스캔한 것처럼 바코드를 보냅니다";
    PowerSaverBlock = "power-saver", "block", "Keep the screen awake", "화면이 꺼지지 않게 합니다";
    UnicastSend = "unicast", "send", "Send messages to other plugins", "다른 플러그인에 메시지를 보냅니다";
    UnicastReceive = "unicast", "receive", "Receive messages from other plugins", "다른 플러그인의 메시지를 받습니다";
    HttpSend = "http", "send", "Call the servers listed under [origins]", "[origins]에 적힌 서버를 호출합니다";
    WebsocketConnect = "websocket", "connect", "Keep a connection to the servers listed under [origins]", "[origins]에 적힌 서버와 연결을 유지합니다";
    TlsInsecure = "tls", "insecure", "Accept servers whose certificate cannot be checked", "인증서를 확인할 수 없는 서버도 허용합니다";
    SocketRaw = "socket", "raw", "Open raw TCP connections", "TCP 연결을 직접 엽니다";
}

impl Permission {
    /// Whether a plugin without `plugin.toml` has it while it is being developed. What weakens the protection of everyone
    /// else in the shop must be written down even then.
    pub const fn is_ordinary(self) -> bool {
        !matches!(self, Self::TlsInsecure | Self::SocketRaw)
    }

    /// The very line that grants it, under `[permissions]` in `plugin.toml`.
    pub fn toml_line(&self) -> String {
        line(self.family(), &[self.verb()])
    }

    /// The permission of a family and verb.
    pub fn find(family: &str, verb: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|known| known.family() == family && known.verb() == verb)
    }

    /// Every family once, in the order of `ALL`.
    pub fn families() -> Vec<&'static str> {
        let mut families: Vec<_> = Self::ALL.iter().map(|known| known.family()).collect();
        families.dedup();
        families
    }

    /// The verbs of one family; none when there is no such family.
    pub fn verbs(family: &str) -> Vec<&'static str> {
        Self::ALL
            .iter()
            .filter(|known| known.family() == family)
            .map(|known| known.verb())
            .collect()
    }
}

impl fmt::Display for Permission {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl FromStr for Permission {
    type Err = NoSuchPermission;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .iter()
            .copied()
            .find(|known| known.name() == text)
            .ok_or_else(|| NoSuchPermission(text.chars().take(80).collect()))
    }
}

/// The text names no permission.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no permission `{0}`")]
pub struct NoSuchPermission(String);

/// What one plugin may do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Permissions {
    granted: BTreeSet<Permission>,
}

impl Permissions {
    /// Everything a plugin without `plugin.toml` may do while it is being developed.
    pub fn ordinary() -> Self {
        Permission::ALL
            .iter()
            .copied()
            .filter(|known| known.is_ordinary())
            .collect()
    }

    /// Whether it may.
    pub fn contains(&self, permission: Permission) -> bool {
        self.granted.contains(&permission)
    }

    /// All of them, families together.
    pub fn iter(&self) -> impl Iterator<Item = Permission> + '_ {
        self.granted.iter().copied()
    }

    /// Adds one; whether it was new.
    pub fn grant(&mut self, permission: Permission) -> bool {
        self.granted.insert(permission)
    }

    /// Takes one away; whether it was there.
    pub fn revoke(&mut self, permission: Permission) -> bool {
        self.granted.remove(&permission)
    }

    /// The line that `[permissions]` must have to allow this one too, with what the family has already.
    pub fn line_allowing(&self, permission: Permission) -> String {
        let family = permission.family();
        let verbs: Vec<_> = Permission::ALL
            .iter()
            .filter(|known| known.family() == family)
            .filter(|known| **known == permission || self.contains(**known))
            .map(|known| known.verb())
            .collect();
        line(family, &verbs)
    }
}

impl FromIterator<Permission> for Permissions {
    fn from_iter<I: IntoIterator<Item = Permission>>(permissions: I) -> Self {
        Self {
            granted: permissions.into_iter().collect(),
        }
    }
}

fn line(family: &str, verbs: &[&str]) -> String {
    let verbs: Vec<_> = verbs.iter().map(|verb| format!("\"{verb}\"")).collect();
    format!("{family} = [{}]", verbs.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_permission_is_found_by_its_name_and_its_line() {
        for permission in Permission::ALL {
            assert_eq!(permission.name().parse(), Ok(*permission));
            let parsed: toml::Table = permission.toml_line().parse().expect("a line of TOML");
            let verb = parsed[permission.family()][0].as_str();
            assert_eq!(verb, Some(permission.verb()));
        }
    }

    #[test]
    fn families_stand_together_and_names_are_unique() {
        let families = Permission::families();
        let unique: BTreeSet<_> = families.iter().collect();
        assert_eq!(unique.len(), families.len());
        let names: BTreeSet<_> = Permission::ALL.iter().map(|known| known.name()).collect();
        assert_eq!(names.len(), Permission::ALL.len());
    }

    #[test]
    fn the_line_that_allows_keeps_what_is_there() {
        let permissions: Permissions = [Permission::OrderRead, Permission::ToastShow]
            .into_iter()
            .collect();
        assert_eq!(
            permissions.line_allowing(Permission::OrderWrite),
            r#"order = ["read", "write"]"#
        );
        assert!(!Permissions::ordinary().contains(Permission::TlsInsecure));
    }
}
