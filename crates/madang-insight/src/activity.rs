//! What is done for an order, in the words of who keeps a shop. This is the one place that has them.

/// Something that was done for an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "their words say it")]
pub enum Activity {
    CartBegun,
    CartHeld,
    CartTakenUp,
    OrderPlaced,
    OrderAccepted,
    OrderDeclined,
    OrderExpired,
    LinesAdded,
    PaymentStarted,
    PaymentRetried,
    PaymentUnknown,
    PaymentFailed,
    PaymentCompleted,
    PluginAllowed,
    PluginRefused,
    PluginSilent,
    RefundStarted,
    RefundFailed,
    RefundCompleted,
    OrderCancelled,
    OrderCompleted,
}

/// The same in Korean and in English.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Words {
    /// 한국어.
    pub ko: &'static str,
    /// English.
    pub en: &'static str,
}

/// What an activity is for the way of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A step on the way.
    Step,
    /// Done again, since it went wrong before.
    Again,
    /// It went wrong.
    Trouble,
    /// The order is done.
    Done,
    /// The order came to nothing, or was undone.
    CalledOff,
}

struct Row {
    activity: Activity,
    /// Names it in logs and in the screen's API.
    code: &'static str,
    /// Names it in the key of a way that orders went.
    letter: u8,
    kind: Kind,
    words: Words,
}

impl Activity {
    /// All of them.
    pub const ALL: [Self; 21] = [
        Self::CartBegun,
        Self::CartHeld,
        Self::CartTakenUp,
        Self::OrderPlaced,
        Self::OrderAccepted,
        Self::OrderDeclined,
        Self::OrderExpired,
        Self::LinesAdded,
        Self::PaymentStarted,
        Self::PaymentRetried,
        Self::PaymentUnknown,
        Self::PaymentFailed,
        Self::PaymentCompleted,
        Self::PluginAllowed,
        Self::PluginRefused,
        Self::PluginSilent,
        Self::RefundStarted,
        Self::RefundFailed,
        Self::RefundCompleted,
        Self::OrderCancelled,
        Self::OrderCompleted,
    ];

    /// What it is called in logs and in the screen's API.
    pub fn code(self) -> &'static str {
        self.row().code
    }

    /// The activity of this code.
    pub fn of_code(code: &str) -> Option<Self> {
        let row = TABLE.iter().find(|row| row.code == code)?;
        Some(row.activity)
    }

    /// The letter that stands for it in the key of a way.
    pub fn letter(self) -> char {
        char::from(self.row().letter)
    }

    /// The activity of this letter.
    pub fn of_letter(letter: u8) -> Option<Self> {
        let row = TABLE.iter().find(|row| row.letter == letter)?;
        Some(row.activity)
    }

    /// What a person calls it.
    pub fn words(self) -> Words {
        self.row().words
    }

    /// What it is for the way of an order.
    pub fn kind(self) -> Kind {
        self.row().kind
    }

    /// Whether nothing more is expected of an order after it.
    pub fn is_end(self) -> bool {
        matches!(
            self,
            Self::OrderCompleted | Self::OrderCancelled | Self::OrderDeclined | Self::OrderExpired
        )
    }

    /// Whether it is how a question to a plugin ended.
    pub fn is_of_plugin(self) -> bool {
        matches!(
            self,
            Self::PluginAllowed | Self::PluginRefused | Self::PluginSilent
        )
    }

    /// Whether somebody waits for an answer as long as it is the last that was done.
    pub fn asks(self) -> bool {
        matches!(
            self,
            Self::PaymentStarted
                | Self::PaymentRetried
                | Self::PaymentUnknown
                | Self::RefundStarted
        )
    }

    /// What is waited for between this and what was done next; none where nobody waits, as between a meal and a second round.
    pub fn wait_until(self, next: Self) -> Option<Words> {
        let words = |ko, en| Some(Words { ko, en });
        match (self, next) {
            (Self::CartBegun | Self::CartTakenUp, Self::OrderPlaced) => {
                words("주문을 담는 데 걸려요", "Taking the order takes its time")
            }
            (_, Self::CartTakenUp) => {
                words("보류한 주문이 기다려요", "A cart that was put aside waits")
            }
            (_, Self::OrderAccepted | Self::OrderDeclined) => {
                words("접수를 기다려요", "Waiting to be accepted")
            }
            (_, Self::OrderExpired) => words("아무도 접수하지 않아요", "Nobody accepts in time"),
            (
                Self::PaymentStarted | Self::PaymentRetried,
                Self::PaymentCompleted | Self::PaymentFailed,
            ) => words(
                "카드 승인을 기다려요",
                "Waiting for the card to be approved",
            ),
            (Self::PaymentStarted | Self::PaymentRetried, Self::PaymentUnknown) => words(
                "단말기의 답을 기다려요",
                "Waiting for the terminal to answer",
            ),
            (
                Self::PaymentUnknown,
                Self::PaymentCompleted | Self::PaymentFailed | Self::RefundFailed,
            ) => words(
                "결제가 되었는지 알아봐요",
                "Finding out what became of a payment",
            ),
            (_, Self::PaymentRetried) => words("다시 결제하기를 기다려요", "Waiting to pay again"),
            (Self::PaymentFailed, Self::PaymentCompleted) => words(
                "다른 방법으로 결제하기를 기다려요",
                "Waiting to pay another way",
            ),
            (Self::PaymentCompleted, Self::PaymentStarted | Self::PaymentCompleted) => {
                words("나머지 결제를 기다려요", "Waiting for the rest to be paid")
            }
            (_, Self::PaymentStarted | Self::PaymentCompleted) => {
                words("결제를 기다려요", "Waiting to pay")
            }
            (Self::RefundStarted, Self::RefundCompleted | Self::RefundFailed) => {
                words("환불을 기다려요", "Waiting for a refund")
            }
            (_, Self::OrderCompleted) => words("마무리를 기다려요", "Waiting to be completed"),
            _ => None,
        }
    }

    fn row(self) -> &'static Row {
        &TABLE[self as usize]
    }
}

const fn row(
    activity: Activity,
    code: &'static str,
    letter: u8,
    kind: Kind,
    ko: &'static str,
    en: &'static str,
) -> Row {
    Row {
        activity,
        code,
        letter,
        kind,
        words: Words { ko, en },
    }
}

/// In the order of [`Activity`].
#[rustfmt::skip]
static TABLE: [Row; Activity::ALL.len()] = [
    row(Activity::CartBegun, "cart_begun", b'b', Kind::Step, "담기 시작", "Cart begun"),
    row(Activity::CartHeld, "cart_held", b'h', Kind::Step, "보류", "Put aside"),
    row(Activity::CartTakenUp, "cart_taken_up", b't', Kind::Step, "다시 꺼냄", "Taken up"),
    row(Activity::OrderPlaced, "order_placed", b'o', Kind::Step, "주문", "Order placed"),
    row(Activity::OrderAccepted, "order_accepted", b'a', Kind::Step, "접수", "Accepted"),
    row(Activity::OrderDeclined, "order_declined", b'd', Kind::CalledOff, "거절", "Declined"),
    row(Activity::OrderExpired, "order_expired", b'e', Kind::CalledOff, "접수 시간 지남", "Expired"),
    row(Activity::LinesAdded, "lines_added", b'l', Kind::Step, "추가 주문", "More ordered"),
    row(Activity::PaymentStarted, "payment_started", b'p', Kind::Step, "결제 시작", "Payment started"),
    row(Activity::PaymentRetried, "payment_retried", b'r', Kind::Again, "다시 결제", "Payment tried again"),
    row(Activity::PaymentUnknown, "payment_unknown", b'u', Kind::Trouble, "결제 확인 중", "Payment answer lost"),
    row(Activity::PaymentFailed, "payment_failed", b'f', Kind::Trouble, "결제 실패", "Payment failed"),
    row(Activity::PaymentCompleted, "payment_completed", b'c', Kind::Step, "결제 완료", "Paid"),
    row(Activity::PluginAllowed, "plugin_allowed", b'v', Kind::Step, "플러그인 확인", "Plugin agreed"),
    row(Activity::PluginRefused, "plugin_refused", b'w', Kind::Trouble, "플러그인이 막음", "Plugin objected"),
    row(Activity::PluginSilent, "plugin_silent", b'q', Kind::Trouble, "플러그인 답 없음", "Plugin gave no answer"),
    row(Activity::RefundStarted, "refund_started", b's', Kind::CalledOff, "환불 시작", "Refund started"),
    row(Activity::RefundFailed, "refund_failed", b'n', Kind::Trouble, "결제 취소 안 됨", "Not taken back"),
    row(Activity::RefundCompleted, "refund_completed", b'g', Kind::CalledOff, "환불", "Refunded"),
    row(Activity::OrderCancelled, "order_cancelled", b'x', Kind::CalledOff, "취소", "Cancelled"),
    row(Activity::OrderCompleted, "order_completed", b'z', Kind::Done, "완료", "Completed"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_activity_is_found_by_what_it_is_called() {
        for (at, activity) in Activity::ALL.into_iter().enumerate() {
            assert_eq!(activity as usize, at);
            assert_eq!(TABLE[at].activity, activity);
            assert_eq!(Activity::of_code(activity.code()), Some(activity));
            let letter = u8::try_from(activity.letter()).expect("a letter of ASCII");
            assert_eq!(Activity::of_letter(letter), Some(activity));
        }
    }

    #[test]
    fn the_page_for_people_has_all_of_them() {
        let page = include_str!("../../../docs/insight.md");
        for activity in Activity::ALL {
            let Words { ko, en } = activity.words();
            let row = format!("| `{}` | {ko} | {en} |", activity.code());
            assert!(page.contains(&row), "docs/insight.md has no row {row}");
        }
    }

    #[test]
    fn no_two_have_the_same_words() {
        for select in [|words: Words| words.ko, |words: Words| words.en] {
            let mut all: Vec<&str> = Activity::ALL.map(|one| select(one.words())).to_vec();
            all.sort_unstable();
            all.dedup();
            assert_eq!(all.len(), Activity::ALL.len());
        }
    }
}
