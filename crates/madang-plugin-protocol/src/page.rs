//! The page `docs/protocol.md`, made from the table.

use std::fmt::Write;

use crate::message::{AskRule, Direction, Limit, Message, WhenSilent};
use crate::size::size_in_words;
use crate::table::MESSAGES;

/// The whole page.
pub fn page() -> String {
    let mut page = String::from(HEAD);
    for (title, direction) in SECTIONS {
        // Writing into a String cannot fail.
        let _ = writeln!(page, "\n## {title}\n\n{}", columns(*direction));
        for message in MESSAGES
            .iter()
            .filter(|message| message.direction == *direction)
        {
            let _ = writeln!(page, "{}", row(message));
        }
    }
    page.push_str(&limits());
    page.push_str(TAIL);
    page
}

const HEAD: &str = "\
<!-- Made from the table in crates/madang-plugin-protocol. To renew it: UPDATE_DOCS=1 cargo test -p madang-plugin-protocol -->

# Messages between plugins and the till

플러그인과 포스가 주고받는 모든 메시지입니다. 봉투는 `{name, version, callbackId, data}` 하나뿐이고, `callbackId`가 있는 요청에는
`.request`를 `.response`로 바꾼 이름으로 `{complete: true, …}` 또는 `{complete: false, errorMessage}`가 돌아옵니다.

Every message travels in one envelope, `{name, version, callbackId, data}`. A request with a `callbackId` is answered under the
name with `.response` for `.request`, with `{complete: true, …}` or `{complete: false, errorMessage}`, with `timedOut: true` where the time of a call to a server was over. A message marked **not
yet** is known, and answered `complete: false`.
";

const SECTIONS: &[(&str, Direction)] = &[
    (
        "Plugin → till · 플러그인이 보내는 메시지",
        Direction::ToHost,
    ),
    ("Till → plugin · 포스가 보내는 메시지", Direction::ToPlugin),
    ("Questions of the till · 포스가 묻는 메시지", Direction::Ask),
    ("Answers of the plugin · 플러그인의 답", Direction::Answer),
];

const TAIL: &str = "
## Bounds of every message
| what | at most | why |
| --- | --- | --- |
| `name` | 80 characters | the longest known name has 46 |
| `callbackId` | 64 characters | the SDK makes ten, and each pending one is kept in memory |
| nesting | 64 levels | a whole order nests nine deep, and every reader of JSON recurses |
| money | 0 to 1,000,000,000,000 won | far above any bill, far below overflow when summed |
| quantity | 1 to 9,999 | what fits the receipt and a cashier's patience |

## How plugins' orders and payments are taken
- A line is charged exactly what `chargePrice.value` says. Its price of one is (charge + its discounts) / quantity; when that is
  not whole, it is rounded up and what is too much is given back as a discount 끝전 조정 (Rounding) of less than `quantity` won.
- Choices keep the menu's amounts; when these come to more than the price of one, they are taken as included (0 won).
- A choice must be one of the item's own option groups; of any group when the item is not on the menu. Item title and price are the
  plugin's; tax, price name and stock keeping unit are the menu's when it knows the item, else the line is taxable.
- Choices of one id are added up. Discounts of 0 won are left out.
- `order.add-menu` takes the new lines alone, or the whole order again: when the first lines are those that the order has and more
  follow, only the rest is added.
- Of a payment `amountMoney = taxMoney + supplyMoney + taxExemptMoney` must hold and `tipMoney` be 0; its share of the order's tax is
  then the order's own. The number of a cash receipt is not kept.
- Plugins see payments that were approved: `APPROVED`, and `CANCELLED` once given back. Attempts at the terminal that wait or failed
  are not shown.
- `source` of an order is `POS`, `PLUGIN` or `MOBILE_ORDER`. `stockQuantity` has no `lastChangeDateTime`: it is not known.
- Times of objects are on the shop's clock, `YYYY-MM-DDTHH:mm:ss`. Queries take those, ISO times with `Z` or an offset, and
  milliseconds.

## Card numbers
Every message is masked when it comes in, before anything is written down: what looks like a full card number keeps its first six and
last four digits, in texts, in numbers (which become texts) and in names of members. A number is masked when it has 13 to 19 digits (spaces
and hyphens between them do not matter), its check digit is right (Luhn), and some card scheme gives out numbers that begin so:

| digits | begins with | not masked, and would be by check digit alone one time in ten |
| --- | --- | --- |
| 13 | 4, when it is not a right EAN-13 too | clocks in milliseconds, barcodes |
| 14 | 3 | times as `20261122134335` |
| 15 | 1, 3, 2131 | |
| 16 to 19 | 3 to 9, or 2200 to 2720 | clocks in smaller units, times with milliseconds |

The fraction of a decimal number is not a card number. Ids that the till gives out never look like one.
";

fn columns(direction: Direction) -> &'static str {
    match direction {
        Direction::ToHost => {
            "| message | data | answer | permission | a minute, bytes | what |\n| --- | --- | --- | --- | --- | --- |"
        }
        Direction::ToPlugin => "| message | data | permission | what |\n| --- | --- | --- | --- |",
        Direction::Ask => {
            "| message | data | permission | deadline | silence | what |\n| --- | --- | --- | --- | --- | --- |"
        }
        Direction::Answer => "| message | data | permission | what |\n| --- | --- | --- | --- |",
    }
}

fn row(message: &Message) -> String {
    let what = what(message);
    let data = cell(message.payload);
    let permission = message
        .permission
        .map_or_else(|| "none".into(), |name| format!("`{name}`"));
    match (message.direction, message.ask) {
        (Direction::ToHost, _) => format!(
            "| {} | {data} | {} | {permission} | {} | {what} |",
            title(message),
            answer(message),
            message
                .limit
                .map_or_else(String::new, |limit| numbers(&limit)),
        ),
        (Direction::Ask, Some(rule)) => format!(
            "| {} | {data} | {permission} | {} | {} | {what} |",
            title(message),
            seconds(rule.deadline_ms),
            silence(&rule),
        ),
        _ => format!("| {} | {data} | {permission} | {what} |", title(message)),
    }
}

fn title(message: &Message) -> String {
    match message.versions {
        [1] => format!("`{}`", message.name),
        versions => {
            let versions: Vec<String> = versions.iter().map(u8::to_string).collect();
            format!("`{}` v{}", message.name, versions.join(", "))
        }
    }
}

fn what(message: &Message) -> String {
    let mark = if message.handled {
        ""
    } else {
        " · **not yet**"
    };
    format!("{} · {}{mark}", message.summary_ko, message.summary_en)
}

fn answer(message: &Message) -> String {
    match (message.reply, message.reply_fields) {
        (false, _) => "none".into(),
        (true, []) => "`complete`".into(),
        (true, fields) => format!("`{}`", fields.join(", ")),
    }
}

fn silence(rule: &AskRule) -> String {
    let word = match rule.when_silent {
        WhenSilent::Allow => "goes on",
        WhenSilent::Refuse => "does not",
    };
    format!("{word}: {}", rule.reason)
}

/// A bar would end the cell.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

fn numbers(limit: &Limit) -> String {
    format!("{}, {}", limit.per_minute, size_in_words(limit.bytes_max))
}

fn seconds(deadline_ms: u64) -> String {
    if deadline_ms.is_multiple_of(1_000) {
        format!("{} s", deadline_ms / 1_000)
    } else {
        format!("{deadline_ms} ms")
    }
}

/// Each pair of numbers once, with its reason.
fn limits() -> String {
    let mut text =
        String::from("\n## Why these limits\n\n| a minute, bytes | why |\n| --- | --- |\n");
    let mut seen: Vec<Limit> = Vec::new();
    for limit in MESSAGES.iter().filter_map(|message| message.limit) {
        if !seen.contains(&limit) {
            let _ = writeln!(text, "| {} | {} |", numbers(&limit), limit.reason);
            seen.push(limit);
        }
    }
    text.push_str("\nThe host may be told other limits for a plugin. The SDK itself stops at 100 calls a minute of one method.\n");
    text
}
