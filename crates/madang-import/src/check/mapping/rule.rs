//! Rules between the columns of a row: `total = supply + tax`, `price * quantity = line_total`, `starts_on <= ends_on`.

use crate::check::mapping::{ColumnRule, Values};

/// A rule, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Rule {
    pub(crate) left: Vec<Term>,
    pub(crate) relation: Relation,
    pub(crate) right: Vec<Term>,
    /// The decimals in which both sides are computed.
    pub(crate) scale: u32,
}

/// Something added or taken away: factors multiplied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Term {
    pub(crate) is_minus: bool,
    pub(crate) factors: Vec<Factor>,
    /// The decimals of the product.
    pub(crate) scale: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Factor {
    /// A column, as its position in the mapping.
    Column(usize),
    /// A number in units of 10^-scale of its term.
    Number(i128),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Relation {
    Equal,
    Unequal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

pub(crate) enum RuleWrong {
    UnknownColumn(String),
    Invalid(&'static str),
}

const SHAPE: &str = "columns and numbers joined by + - * on both sides of one of = != < <= > >=";
const KINDS: &str = "of columns of numbers, or of two columns of dates or two of timestamps alone";
const FACTORS: &str = "made of products of at most 3 factors, with 36 decimals at most";

/// More factors than a price, a quantity and a rate have.
const FACTORS_MAX: usize = 3;
/// With two factors of 64 bits there is room for this in 128 bits; what has none is noticed when it is computed.
const SCALE_MAX: u32 = 36;

impl Rule {
    pub(crate) fn parse(text: &str, columns: &[ColumnRule]) -> Result<Self, RuleWrong> {
        let (left, relation, right) = split(text).ok_or(RuleWrong::Invalid(SHAPE))?;
        let (left, right) = (terms(left, columns)?, terms(right, columns)?);
        let scale = left
            .iter()
            .chain(&right)
            .map(|term| term.scale)
            .max()
            .unwrap_or(0);
        let rule = Self {
            left,
            relation,
            right,
            scale,
        };
        if scale > SCALE_MAX {
            return Err(RuleWrong::Invalid(FACTORS));
        }
        match rule.has_fitting_kinds(columns) {
            true => Ok(rule),
            false => Err(RuleWrong::Invalid(KINDS)),
        }
    }

    /// The positions of the columns it speaks of.
    pub(crate) fn columns(&self) -> impl Iterator<Item = usize> + '_ {
        let factors = self
            .left
            .iter()
            .chain(&self.right)
            .flat_map(|term| &term.factors);
        factors.filter_map(|factor| match factor {
            Factor::Column(position) => Some(*position),
            Factor::Number(_) => None,
        })
    }

    /// The two columns of a rule that is nothing but one equal to the other.
    pub(crate) fn two_columns(&self) -> Option<(usize, usize)> {
        match self.relation {
            Relation::Equal => Some((single(&self.left)?, single(&self.right)?)),
            _ => None,
        }
    }

    fn has_fitting_kinds(&self, columns: &[ColumnRule]) -> bool {
        let is_number = |position: usize| {
            matches!(
                columns[position].values,
                Values::Integer(_) | Values::Decimal(_) | Values::Money(_)
            )
        };
        if self.columns().all(is_number) {
            return self.columns().next().is_some();
        }
        let (Some(left), Some(right)) = (single(&self.left), single(&self.right)) else {
            return false;
        };
        matches!(
            (&columns[left].values, &columns[right].values),
            (Values::Date(_), Values::Date(_)) | (Values::Timestamp(_), Values::Timestamp(_))
        )
    }
}

fn single(terms: &[Term]) -> Option<usize> {
    match terms {
        [
            Term {
                is_minus: false,
                factors,
                ..
            },
        ] => match factors[..] {
            [Factor::Column(position)] => Some(position),
            _ => None,
        },
        _ => None,
    }
}

fn split(text: &str) -> Option<(&str, Relation, &str)> {
    let at = text.find(['=', '!', '<', '>'])?;
    let relations = [
        ("!=", Relation::Unequal),
        ("<=", Relation::LessOrEqual),
        (">=", Relation::GreaterOrEqual),
        ("=", Relation::Equal),
        ("<", Relation::Less),
        (">", Relation::Greater),
    ];
    let (left, rest) = text.split_at(at);
    let (sign, relation) = relations
        .into_iter()
        .find(|(sign, _)| rest.starts_with(sign))?;
    Some((left, relation, &rest[sign.len()..]))
}

fn terms(text: &str, columns: &[ColumnRule]) -> Result<Vec<Term>, RuleWrong> {
    let mut terms = Vec::new();
    let mut rest = text.trim();
    let mut is_minus = false;
    if let Some(after) = rest.strip_prefix('-') {
        (rest, is_minus) = (after, true);
    }
    loop {
        let end = rest.find(['+', '-']).unwrap_or(rest.len());
        terms.push(term(&rest[..end], is_minus, columns)?);
        match rest[end..].chars().next() {
            Some(sign) => (rest, is_minus) = (&rest[end + 1..], sign == '-'),
            None => return Ok(terms),
        }
    }
}

fn term(text: &str, is_minus: bool, columns: &[ColumnRule]) -> Result<Term, RuleWrong> {
    let mut term = Term {
        is_minus,
        factors: Vec::new(),
        scale: 0,
    };
    for word in text.split('*').map(str::trim) {
        let (factor, scale) = factor(word, columns)?;
        term.factors.push(factor);
        term.scale += scale;
    }
    match term.factors.len() {
        1..=FACTORS_MAX => Ok(term),
        _ => Err(RuleWrong::Invalid(FACTORS)),
    }
}

fn factor(word: &str, columns: &[ColumnRule]) -> Result<(Factor, u32), RuleWrong> {
    if word.is_empty() || word.contains(char::is_whitespace) {
        return Err(RuleWrong::Invalid(SHAPE));
    }
    if word.starts_with(|first: char| first.is_ascii_digit()) {
        let (whole, decimals) = word.split_once('.').unwrap_or((word, ""));
        let digits = format!("{whole}{decimals}");
        let is_number = digits.len() <= 18 && digits.bytes().all(|byte| byte.is_ascii_digit());
        return match digits.parse() {
            Ok(number) if is_number => Ok((Factor::Number(number), decimals.len() as u32)),
            _ => Err(RuleWrong::Invalid(SHAPE)),
        };
    }
    let position = columns.iter().position(|column| column.name == word);
    let position = position.ok_or_else(|| RuleWrong::UnknownColumn(word.to_owned()))?;
    let scale = match &columns[position].values {
        Values::Decimal(number) => u32::from(number.scale),
        _ => 0,
    };
    Ok((Factor::Column(position), scale))
}
