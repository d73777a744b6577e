//! Reads scripts.

use std::ops::Range;

use bytes::Bytes;
use jiff::SignedDuration;
use madang_model::line::Dining;
use madang_outbound::{Fate, Method, StandInAnswer, StandInAnswerError};

use super::error::{ScriptError, ScriptProblem};
use super::words::{self, OpenQuote, Word};
use super::{
    CalledUrl, Expectation, OrderStanding, PlacedStep, SCRIPT_BYTES_MAX, STEPS, Script, Step,
    WantedChoice, WantedOff, WantedOutcome, Which,
};

/// Words are near when at most half of their letters differ; two that changed places count as one.
const NEAR: f64 = 0.5;

/// The longest wait: a day of a shop. A longer one is a slip of the pen, and in `act` it would hold the terminal for good.
const WAIT_MAX: SignedDuration = SignedDuration::from_hours(24);

pub(super) fn script(file: &str, text: &str) -> Result<Script, ScriptError> {
    if text.len() > SCRIPT_BYTES_MAX {
        let problem = ScriptProblem::TooLong { bytes: text.len() };
        return Err(ScriptError::new(file, "", 1, 0..0, problem));
    }
    let mut steps = Vec::new();
    let mut offset = 0;
    for (number, line) in (1..).zip(text.split('\n')) {
        match parse_line(line) {
            Ok(Some(step)) => steps.push(PlacedStep {
                line: number,
                text: line.trim().to_owned(),
                step,
            }),
            Ok(None) => {}
            Err((at, problem)) => {
                let span = offset + at.start..offset + at.end;
                return Err(ScriptError::new(file, text, number, span, problem));
            }
        }
        offset += line.len() + 1;
    }
    Ok(Script { steps })
}

/// What is said of a word that stands for how many of an item.
const QUANTITY: &str = "a quantity: it is a whole number from 1 to 9,999";
const _: () = assert!(madang_model::line::QUANTITY_MAX == 9_999);

type Wrong = (Range<usize>, ScriptProblem);

fn parse_line(line: &str) -> Result<Option<Step>, Wrong> {
    let words = words::cut(line)
        .map_err(|OpenQuote(start)| (start..line.trim_end().len(), ScriptProblem::OpenQuote))?;
    let Some(name) = words.first() else {
        return Ok(None);
    };
    let known = STEPS.iter().find(|(known, _)| *known == name.text);
    let Some((step, _)) = known.filter(|_| !name.quoted) else {
        let names = STEPS.iter().map(|(name, _)| *name);
        let problem = ScriptProblem::UnknownStep {
            word: name.text.clone(),
            nearest: nearest(&name.text, names),
        };
        return Err((name.at.clone(), problem));
    };
    let mut line = Line {
        step,
        words: &words[1..],
        next: 0,
        end: words.last().map_or(0, |last| last.at.end),
    };
    let step = line.step()?;
    line.nothing_left()?;
    Ok(Some(step))
}

/// The words of a step after its name.
struct Line<'a> {
    step: &'static str,
    words: &'a [Word],
    next: usize,
    end: usize,
}

impl Line<'_> {
    fn step(&mut self) -> Result<Step, Wrong> {
        Ok(match self.step {
            "tap" => self.tap()?,
            "quantity" => Step::Quantity {
                item: self.name_before(1, "an item")?,
                quantity: self.quantity()?,
            },
            "memo" => Step::Memo {
                item: self.name_before(1, "an item")?,
                memo: self.text("a \"text\"")?,
            },
            "discount" => self.discount()?,
            "remove" => Step::Remove {
                item: self.name("an item")?,
            },
            "clear" => Step::Clear,
            "dining" => Step::Dining(self.one_of(
                &[
                    ("here", Dining::Here),
                    ("togo", Dining::Togo),
                    ("delivery", Dining::Delivery),
                    ("pickup", Dining::Pickup),
                ],
                "here, togo, delivery or pickup",
            )?),
            "scan" => Step::Scan {
                barcode: self.text("a barcode")?,
            },
            "checkout" => Step::Checkout,
            "table" => Step::Table {
                name: self.joined("a table's name", |_| true)?,
            },
            "pay" => self.pay()?,
            "cancel-payment" => Step::CancelPayment(self.which()?),
            "cancel-order" => Step::CancelOrder(self.which()?),
            "complete" => Step::Complete(self.which()?),
            "recall" => Step::Recall(self.which()?),
            "request" => {
                let item = self.name("an item")?;
                let quantity = self.quantity_if_there()?.unwrap_or(1);
                Step::Request { item, quantity }
            }
            "accept" => Step::Accept {
                order: self.which()?,
                minutes: self.number_if_there()?.unwrap_or(10),
            },
            "decline" => Step::Decline {
                order: self.which()?,
                reason: self.text("a \"reason\"")?,
            },
            "set" => Step::Set {
                plugin: self.plugin_before(2)?,
                setting: self.text("a setting's id and a value")?,
                value: self.text("a value")?,
            },
            "press-setting" => Step::PressSetting {
                plugin: self.plugin_before(1)?,
                setting: self.text("a button's id")?,
            },
            "press" => {
                self.one_of(&[("toast", ())], "toast")?;
                Step::PressToast {
                    button: self.text("the \"text\" of its button")?,
                }
            }
            "sold-out" => Step::SoldOut {
                item: self.name("an item")?,
            },
            "on-sale" => Step::OnSale {
                item: self.name("an item")?,
            },
            "answer" => Step::Answer {
                method: self.method()?,
                url: self.called_url()?,
                fate: self.fate()?,
            },
            "wait" => Step::Wait(self.duration()?),
            "restart" => Step::Restart,
            _ => Step::Expect(self.expectation()?),
        })
    }

    fn tap(&mut self) -> Result<Step, Wrong> {
        let item = self.name("an item")?;
        let quantity = self.quantity_if_there()?.unwrap_or(1);
        let choices = if self.take_word("with") {
            self.choices()?
        } else {
            Vec::new()
        };
        Ok(Step::Tap {
            item,
            quantity,
            choices,
        })
    }

    fn choices(&mut self) -> Result<Vec<WantedChoice>, Wrong> {
        let mut choices = Vec::new();
        while self.peek().is_some() || choices.is_empty() {
            let mut words = vec![self.take("a choice after `with`")?];
            while !words.last().is_some_and(|word| word.comma_after)
                && let Some(word) = self.take_if(|_| true)
            {
                words.push(word);
            }
            choices.push(choice(&words));
        }
        Ok(choices)
    }

    fn discount(&mut self) -> Result<Step, Wrong> {
        let word = self.take("10% or an amount")?;
        let off = match word.text.strip_suffix('%') {
            Some(percent) => WantedOff::BasisPoints(
                basis_points(percent).ok_or_else(|| not_a(&word, "a percentage, as 10%"))?,
            ),
            None => WantedOff::Amount(amount(&word)?),
        };
        let title = match self.take_if(|_| true) {
            Some(word) => word.text,
            None => "할인".into(),
        };
        Ok(Step::Discount { off, title })
    }

    fn pay(&mut self) -> Result<Step, Wrong> {
        #[derive(Clone)]
        enum Method {
            Card,
            Cash,
            External,
        }
        let methods = [
            ("card", Method::Card),
            ("cash", Method::Cash),
            ("external", Method::External),
        ];
        Ok(match self.one_of(&methods, "card, cash or external")? {
            Method::Card => Step::PayCard {
                outcome: self.outcome()?,
                amount: self.amount_if_there()?,
            },
            Method::Cash => Step::PayCash {
                received: amount(&self.take("what the guest hands over")?)?,
            },
            Method::External => Step::PayExternal {
                source: self.text("where it was paid, as 계좌")?,
                amount: self.amount_if_there()?,
            },
        })
    }

    fn outcome(&mut self) -> Result<WantedOutcome, Wrong> {
        let outcomes = [
            ("approved", WantedOutcome::Approved),
            (
                "declined",
                WantedOutcome::Declined {
                    // What issuers in Korea answer most often: over the limit.
                    code: "051".into(),
                },
            ),
            ("timeout", WantedOutcome::Timeout),
            ("unplugged", WantedOutcome::Unplugged),
            ("lost", WantedOutcome::Lost),
            ("reversal-refused", WantedOutcome::ReversalRefused),
        ];
        let chosen = self.one_of(
            &outcomes,
            "an outcome: approved, declined, timeout, unplugged, lost or reversal-refused",
        )?;
        match (&chosen, self.peek()) {
            (WantedOutcome::Declined { .. }, Some(_)) => Ok(WantedOutcome::Declined {
                code: self.text("a code")?,
            }),
            _ => Ok(chosen),
        }
    }

    fn method(&mut self) -> Result<Method, Wrong> {
        let word = self.take("a method, as POST")?;
        let read = word.text.parse().map_err(|_| ());
        read.map_err(|()| {
            not_a(
                &word,
                "a method: GET, HEAD, POST, PUT, PATCH, DELETE or OPTIONS",
            )
        })
    }

    /// An address, or with a `*` behind it all that begin so.
    fn called_url(&mut self) -> Result<CalledUrl, Wrong> {
        let word = self.take("an address, as https://api.example.com/orders")?;
        let (text, is_beginning) = match word.text.strip_suffix('*') {
            Some(text) => (text, true),
            None => (word.text.as_str(), false),
        };
        let url = url::Url::parse(text).ok().filter(|url| {
            let is_plain = url.username().is_empty() && url.fragment().is_none();
            matches!(url.scheme(), "http" | "https") && is_plain
        });
        let url = url.ok_or_else(|| {
            not_a(
                &word,
                "an address with http: or https:, without a name before the host and without #",
            )
        })?;
        let url = url.to_string();
        Ok(CalledUrl { url, is_beginning })
    }

    fn fate(&mut self) -> Result<Fate, Wrong> {
        if !self.take_word("fail") {
            return self.server_answer().map(Fate::Answered);
        }
        let fates = [
            ("refused", Fate::Refused),
            ("reset", Fate::Reset),
            ("timeout", Fate::Silent),
        ];
        self.one_of(&fates, "how it fails: refused, reset or timeout")
    }

    fn server_answer(&mut self) -> Result<StandInAnswer, Wrong> {
        let word = self.take("a status, as 200, or `fail`")?;
        let is_a_status = "a status from 200 to 599";
        let status = number(&word).ok_or_else(|| not_a(&word, is_a_status))?;
        let body = self.take_if(|word| word.quoted).map(|word| word.text);
        let mut headers = Vec::new();
        let mut last = word.clone();
        while let Some(header) = self.take_if(|_| true) {
            let is_a_header =
                "a header, as content-type:application/json; a body stands before them, in quotes";
            let (name, value) = header
                .text
                .split_once(':')
                .ok_or_else(|| not_a(&header, is_a_header))?;
            headers.push((name.to_owned(), value.trim().to_owned()));
            last = header;
        }
        let headers = headers.iter();
        let headers = headers.map(|(name, value)| (name.as_str(), value.as_str()));
        let body = Bytes::from(body.unwrap_or_default());
        StandInAnswer::new(status, headers, body).map_err(|error| match error {
            StandInAnswerError::Status(_) => not_a(&word, is_a_status),
            StandInAnswerError::Header(_) => not_a(&last, "a header that can be sent"),
            StandInAnswerError::Framing(_) => {
                not_a(&last, "a header to write: it follows from the body")
            }
        })
    }

    fn which(&mut self) -> Result<Which, Wrong> {
        let word = self.take("`last` or an id")?;
        if word.text == "last" {
            return Ok(Which::Last);
        }
        word.text
            .parse()
            .map(Which::Id)
            .map_err(|_| not_a(&word, "`last` or an id"))
    }

    fn duration(&mut self) -> Result<SignedDuration, Wrong> {
        let word = self.take("a time, as 500ms, 2s or 3m")?;
        duration(&word.text)
            .filter(|duration| *duration <= WAIT_MAX)
            .ok_or_else(|| not_a(&word, "a time of at most 24 hours, as 500ms, 2s or 3m"))
    }

    fn expectation(&mut self) -> Result<Expectation, Wrong> {
        #[derive(Clone)]
        enum What {
            Toast,
            No,
            Order,
            Cancelled,
            Total,
            Refused,
            Plugin,
            Message,
            Called,
            Storage,
        }
        let words = [
            ("toast", What::Toast),
            ("no", What::No),
            ("order", What::Order),
            ("cancelled", What::Cancelled),
            ("total", What::Total),
            ("refused", What::Refused),
            ("plugin", What::Plugin),
            ("message", What::Message),
            ("called", What::Called),
            ("storage", What::Storage),
        ];
        Ok(match self.one_of(&words, "what is expected")? {
            What::Toast => Expectation::Toast {
                text: self.text("the \"text\" of the toast")?,
            },
            What::No => {
                self.one_of(&[("toast", ())], "toast")?;
                Expectation::NoToast
            }
            What::Order => Expectation::Order(self.one_of(&OrderStanding::WORDS, "how it stands")?),
            What::Cancelled => Expectation::Cancelled,
            What::Total => Expectation::Total {
                amount: amount(&self.take("an amount")?)?,
            },
            What::Refused => Expectation::Refused {
                text: self.text("a part of the \"reason\"")?,
            },
            What::Plugin => self.expect_plugin()?,
            What::Message => Expectation::Message {
                name: self.text("a message's name")?,
            },
            What::Called => Expectation::Called {
                method: self.method()?,
                url: self.called_url()?,
                text: self.take_if(|_| true).map(|word| word.text),
            },
            What::Storage => Expectation::Storage {
                plugin: self.plugin_before(2)?,
                key: self.text("a key and a \"value\"")?,
                value: self.text("a \"value\"")?,
            },
        })
    }

    fn expect_plugin(&mut self) -> Result<Expectation, Wrong> {
        let standing = [("running", true), ("stopped", false)];
        let names = |word: &Word| standing.iter().any(|(known, _)| *known == word.text);
        let plugin = match self.words.get(self.next + 1) {
            Some(second) if names(second) && !second.quoted => Some(self.text("a plugin's name")?),
            _ => None,
        };
        Ok(Expectation::Plugin {
            plugin,
            running: self.one_of(&standing, "running or stopped")?,
            reason: self.take_if(|_| true).map(|word| word.text),
        })
    }

    /// An item's name: every word up to a number, `with` or the end; or one in quotes.
    fn name(&mut self, what: &'static str) -> Result<String, Wrong> {
        let is_part = |word: &Word| word.text != "with" && !is_number(word) && !is_signed(word);
        self.joined(what, is_part)
    }

    /// An item's name that stands before the last `after` words.
    fn name_before(&mut self, after: usize, what: &'static str) -> Result<String, Wrong> {
        let end = self.words.len().saturating_sub(after);
        let count = end.saturating_sub(self.next);
        let mut left = count;
        self.joined(what, |_| {
            let take = left > 0;
            left = left.saturating_sub(1);
            take
        })
    }

    fn joined(
        &mut self,
        what: &'static str,
        mut is_part: impl FnMut(&Word) -> bool,
    ) -> Result<String, Wrong> {
        let Some(first) = self.take_if(&mut is_part) else {
            return Err(self.missing(what));
        };
        let mut name = first.text;
        if !first.quoted {
            while let Some(word) = self.take_if(|word| !word.quoted && is_part(word)) {
                name.push(' ');
                name.push_str(&word.text);
            }
        }
        Ok(name)
    }

    /// A plugin's name, when more words than the step needs are left.
    fn plugin_before(&mut self, needed: usize) -> Result<Option<String>, Wrong> {
        if self.words.len() - self.next > needed {
            return self.text("a plugin's name").map(Some);
        }
        Ok(None)
    }

    fn text(&mut self, what: &'static str) -> Result<String, Wrong> {
        self.take(what).map(|word| word.text)
    }

    fn quantity(&mut self) -> Result<u64, Wrong> {
        let word = self.take("how many, as 2")?;
        number(&word).ok_or_else(|| not_a(&word, QUANTITY))
    }

    fn quantity_if_there(&mut self) -> Result<Option<u64>, Wrong> {
        match self.peek() {
            Some(word) if word.text != "with" => self.quantity().map(Some),
            _ => Ok(None),
        }
    }

    fn number_if_there<N: std::str::FromStr>(&mut self) -> Result<Option<N>, Wrong> {
        match self.take_if(|word| word.text != "with") {
            Some(word) => number(&word)
                .map(Some)
                .ok_or_else(|| not_a(&word, "a whole number that can be counted")),
            None => Ok(None),
        }
    }

    fn amount_if_there(&mut self) -> Result<Option<i64>, Wrong> {
        self.take_if(|_| true).map(|word| amount(&word)).transpose()
    }

    fn one_of<T: Clone>(
        &mut self,
        known: &[(&'static str, T)],
        what: &'static str,
    ) -> Result<T, Wrong> {
        let word = self.take(what)?;
        let found = known.iter().find(|(name, _)| *name == word.text);
        if let Some((_, value)) = found.filter(|_| !word.quoted) {
            return Ok(value.clone());
        }
        let names: Vec<_> = known.iter().map(|(name, _)| *name).collect();
        let problem = ScriptProblem::UnknownWord {
            nearest: nearest(&word.text, names.iter().copied()),
            word: word.text,
            known: names,
        };
        Err((word.at, problem))
    }

    fn peek(&self) -> Option<&Word> {
        self.words.get(self.next)
    }

    fn take(&mut self, what: &'static str) -> Result<Word, Wrong> {
        self.take_if(|_| true).ok_or_else(|| self.missing(what))
    }

    fn take_if(&mut self, fits: impl FnOnce(&Word) -> bool) -> Option<Word> {
        let word = self.peek().filter(|word| fits(word)).cloned()?;
        self.next += 1;
        Some(word)
    }

    fn take_word(&mut self, text: &str) -> bool {
        self.take_if(|word| !word.quoted && word.text == text)
            .is_some()
    }

    fn missing(&self, what: &'static str) -> Wrong {
        let at = self
            .peek()
            .map_or(self.end..self.end, |word| word.at.clone());
        let step = self.step;
        (at, ScriptProblem::Missing { step, what })
    }

    fn nothing_left(&self) -> Result<(), Wrong> {
        let Some(word) = self.peek() else {
            return Ok(());
        };
        let problem = ScriptProblem::TooMuch {
            word: word.text.clone(),
            step: self.step,
        };
        Err((word.at.clone(), problem))
    }
}

/// `샷 추가 ×2` is that choice twice.
fn choice(words: &[Word]) -> WantedChoice {
    let times = |word: &Word| {
        let digits = word.text.strip_prefix(['x', '×'])?;
        digits.parse().ok().filter(|_| !word.quoted)
    };
    let (names, quantity) = match words.split_last() {
        Some((last, names)) if !names.is_empty() => match times(last) {
            Some(quantity) => (names, quantity),
            None => (words, 1),
        },
        _ => (words, 1),
    };
    let names: Vec<_> = names.iter().map(|word| word.text.as_str()).collect();
    WantedChoice {
        name: names.join(" "),
        quantity,
    }
}

fn number<N: std::str::FromStr>(word: &Word) -> Option<N> {
    is_number(word).then(|| word.text.parse().ok()).flatten()
}

/// Whether it is written as a number with a sign: no item is called so, and no quantity is either.
fn is_signed(word: &Word) -> bool {
    let digits = word.text.strip_prefix(['-', '+']);
    let are_digits = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_digit());
    !word.quoted && digits.is_some_and(|digits| !digits.is_empty() && are_digits(digits))
}

/// Whether it is written as a number, however large.
fn is_number(word: &Word) -> bool {
    !word.quoted && word.text.bytes().all(|byte| byte.is_ascii_digit())
}

/// `10000`, `10,000` or `10000원`, in minor units.
fn amount(word: &Word) -> Result<i64, Wrong> {
    let text = word.text.strip_suffix('원').unwrap_or(&word.text);
    let digits: String = text.chars().filter(|character| *character != ',').collect();
    let signless = digits.strip_prefix('-').unwrap_or(&digits);
    let is_number = !signless.is_empty() && signless.bytes().all(|byte| byte.is_ascii_digit());
    is_number
        .then(|| digits.parse().ok())
        .flatten()
        .ok_or_else(|| not_a(word, "an amount, as 10000"))
}

/// `10` or `12.5` percent in hundredths of one.
fn basis_points(percent: &str) -> Option<u32> {
    let (whole, part) = percent.split_once('.').unwrap_or((percent, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || part.len() > 2 || !digits(whole) || !digits(part) {
        return None;
    }
    let hundredths: u32 = format!("{part:0<2}").parse().ok()?;
    whole
        .parse::<u32>()
        .ok()?
        .checked_mul(100)?
        .checked_add(hundredths)
        .filter(|points| *points <= 10_000)
}

fn duration(text: &str) -> Option<SignedDuration> {
    let unit_at = text.find(|character: char| !character.is_ascii_digit())?;
    let (count, unit) = text.split_at(unit_at);
    let count: i64 = count.parse().ok()?;
    match unit {
        "ms" => Some(SignedDuration::from_millis(count)),
        "s" => Some(SignedDuration::from_secs(count)),
        "m" => count.checked_mul(60).map(SignedDuration::from_secs),
        _ => None,
    }
}

fn not_a(word: &Word, what: &'static str) -> Wrong {
    let problem = ScriptProblem::NotA {
        word: word.text.clone(),
        what,
    };
    (word.at.clone(), problem)
}

fn nearest(word: &str, known: impl Iterator<Item = &'static str>) -> Option<&'static str> {
    let near = |name| (strsim::normalized_damerau_levenshtein(word, name), name);
    known
        .map(near)
        .filter(|(similar, _)| *similar >= NEAR)
        .max_by(|(one, _), (other, _)| one.total_cmp(other))
        .map(|(_, name)| name)
}
