//! What must hold between the columns of one row.

use crate::batch::{BatchBuilder, Value};
use crate::check::mapping::rule::{Factor, Relation, Rule, Term};
use crate::check::mapping::spelled_wide;
use crate::refused::Reason;

/// A rule over the columns of a batch.
#[derive(Clone, Debug)]
pub(crate) struct RowRule {
    /// As the mapping has it.
    text: String,
    rule: Rule,
    within: u64,
    /// The columns of the mapping that it speaks of, where they stand in the batch, and what the file calls them.
    columns: Vec<(usize, usize, String)>,
}

/// What a row says about a rule.
enum Outcome {
    Holds,
    Fails { left: i128, right: i128 },
    TooLarge,
}

impl RowRule {
    /// The rule, when the batch has all columns that it speaks of. `column_of` tells of a column of the mapping where it stands and its title.
    pub(crate) fn new(
        text: &str,
        rule: Rule,
        within: u64,
        column_of: impl Fn(usize) -> Option<(usize, String)>,
    ) -> Option<Self> {
        let mut columns: Vec<(usize, usize, String)> = Vec::new();
        for position in rule.columns() {
            let (at, title) = column_of(position)?;
            if !columns.iter().any(|(known, ..)| *known == position) {
                columns.push((position, at, title));
            }
        }
        Some(Self {
            text: text.to_owned(),
            rule,
            within,
            columns,
        })
    }

    /// Holds the row whose values were added last to the rule.
    pub(crate) fn check(&self, row: &BatchBuilder) -> Option<Reason> {
        match self.outcome(row)? {
            Outcome::Holds => None,
            Outcome::Fails { left, right } => Some(self.reason(row, left, right)),
            Outcome::TooLarge => Some(self.reason_too_large()),
        }
    }

    /// `None`: a column has no value here.
    fn outcome(&self, row: &BatchBuilder) -> Option<Outcome> {
        if self
            .columns
            .iter()
            .any(|(_, at, _)| row.last(*at) == Value::Absent)
        {
            return None;
        }
        let sides = self
            .sum(&self.rule.left, row)
            .zip(self.sum(&self.rule.right, row));
        let Some((left, right)) = sides else {
            return Some(Outcome::TooLarge);
        };
        // Within is a whole number; a rule that computes with decimals allows as many whole ones.
        let within = i128::from(self.within).saturating_mul(10_i128.pow(self.rule.scale));
        let holds = match self.rule.relation {
            Relation::Equal => left.abs_diff(right) <= within.unsigned_abs(),
            Relation::Unequal => left != right,
            Relation::Less => left < right,
            Relation::LessOrEqual => left <= right,
            Relation::Greater => left > right,
            Relation::GreaterOrEqual => left >= right,
        };
        Some(if holds {
            Outcome::Holds
        } else {
            Outcome::Fails { left, right }
        })
    }

    fn sum(&self, terms: &[Term], row: &BatchBuilder) -> Option<i128> {
        let mut sum: i128 = 0;
        for term in terms {
            let mut product = 10_i128.checked_pow(self.rule.scale - term.scale)?;
            for factor in &term.factors {
                product = product.checked_mul(self.value(*factor, row))?;
            }
            let product = if term.is_minus { -product } else { product };
            sum = sum.checked_add(product)?;
        }
        Some(sum)
    }

    fn value(&self, factor: Factor, row: &BatchBuilder) -> i128 {
        let position = match factor {
            Factor::Number(number) => return number,
            Factor::Column(position) => position,
        };
        let at = self.columns.iter().find(|(known, ..)| *known == position);
        match at.map(|(_, at, _)| row.last(*at)) {
            Some(Value::Integer(number)) => i128::from(number),
            Some(Value::Date(day)) => i128::from(day),
            _ => unreachable!("rules are of columns that count, and absent values were looked for"),
        }
    }

    fn reason(&self, row: &BatchBuilder, left: i128, right: i128) -> Reason {
        let titles: Vec<&str> = self
            .columns
            .iter()
            .map(|(.., title)| title.as_str())
            .collect();
        let titles = titles.join(", ");
        let is_of_days = self
            .columns
            .iter()
            .any(|(_, at, _)| matches!(row.last(*at), Value::Date(_)));
        let (english, korean) = match is_of_days || self.rule.relation != Relation::Equal {
            true => (String::new(), String::new()),
            false => {
                let spelled = |value| spelled_wide(value, self.rule.scale);
                let difference = spelled(left.abs_diff(right).cast_signed());
                let (left, right) = (spelled(left), spelled(right));
                (
                    format!(
                        ": {left} on the left, {right} on the right, which differ by {difference}"
                    ),
                    format!(": 왼쪽 {left}, 오른쪽 {right}, 차이 {difference}"),
                )
            }
        };
        Reason {
            code: "rule_broken".to_owned(),
            column: None,
            message: format!("{titles}: `{}` does not hold{english}", self.text),
            message_ko: format!("{titles}: `{}` 규칙에 맞지 않아요{korean}", self.text),
        }
    }

    fn reason_too_large(&self) -> Reason {
        Reason {
            code: "rule_too_large".to_owned(),
            column: None,
            message: format!(
                "the numbers are too large for `{}` to be computed",
                self.text
            ),
            message_ko: format!("수가 너무 커서 `{}` 규칙을 계산할 수 없어요", self.text),
        }
    }
}
