//! What a schema's columns are to a till.

use madang_import::{Field, IfEmpty, Kind, Schema};

/// What the rows of an import are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rows {
    /// Items of the menu, new or changed.
    Menu,
    /// Counts of items.
    Stock,
}

/// Why a till has no place for rows of a schema, in English and Korean.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unfit {
    pub message: String,
    pub message_ko: String,
}

/// Columns of items, as the mapping `menu` has them.
const MENU: [(&str, Kind); 11] = [
    ("item", Kind::Text),
    ("title", Kind::Text),
    ("title_en", Kind::Text),
    ("category", Kind::Text),
    ("price", Kind::Money),
    ("tax_free", Kind::Boolean),
    ("barcode", Kind::Text),
    ("sku", Kind::Text),
    ("stock", Kind::Integer),
    ("state", Kind::Text),
    ("description", Kind::Text),
];

/// What an item can be without: an empty cell can take it away.
const CLEARABLE: [&str; 4] = ["title_en", "barcode", "sku", "description"];

/// What the till gives to items that are new, and leaves alone in those that it has.
const OF_NEW_ITEMS: [&str; 7] = [
    "title_en",
    "category",
    "tax_free",
    "sku",
    "stock",
    "state",
    "description",
];

/// Columns of counts, as the mapping `stock` has them. The title is for people.
const STOCK: [(&str, Kind); 5] = [
    ("item", Kind::Text),
    ("barcode", Kind::Text),
    ("sku", Kind::Text),
    ("title", Kind::Text),
    ("quantity", Kind::Integer),
];

impl Rows {
    /// What rows of a schema are.
    ///
    /// # Errors
    /// [`Unfit`] naming the column that is missing, not known or of another kind.
    pub fn of(schema: &Schema) -> Result<Self, Unfit> {
        let has = |name: &str| schema.position(name).is_some();
        let rows = match (has("price"), has("quantity")) {
            (true, _) => Self::Menu,
            (false, true) => Self::Stock,
            (false, false) => return Err(neither(schema)),
        };
        let is_named = match rows {
            Self::Menu => has("title"),
            Self::Stock => ["item", "barcode", "sku"].into_iter().any(has),
        };
        if !is_named {
            return Err(unnamed(rows));
        }
        let known = rows.columns();
        schema
            .fields
            .iter()
            .try_for_each(|field| check(field, known))?;
        Ok(rows)
    }

    /// Whether a default of the column is for items that are new.
    pub fn is_of_new_items(self, column: &str) -> bool {
        self == Self::Menu && OF_NEW_ITEMS.contains(&column)
    }

    fn columns(self) -> &'static [(&'static str, Kind)] {
        match self {
            Self::Menu => &MENU,
            Self::Stock => &STOCK,
        }
    }
}

fn check(field: &Field, known: &[(&str, Kind)]) -> Result<(), Unfit> {
    let Some((name, kind)) = known.iter().find(|(name, _)| *name == field.name) else {
        let names: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
        let names = names.join(", ");
        return Err(Unfit {
            message: format!(
                "a till has no place for the column “{}”: it takes {names}",
                field.name
            ),
            message_ko: format!(
                "포스에는 ‘{}’ 열을 넣을 곳이 없어요. 넣을 수 있는 열: {names}",
                field.name
            ),
        });
    };
    if field.if_empty == IfEmpty::Clear && !CLEARABLE.contains(name) {
        return Err(never_empty(name));
    }
    if field.kind == *kind {
        return Ok(());
    }
    let ((found, found_ko), (wanted, wanted_ko)) = (in_words(field.kind), in_words(*kind));
    Err(Unfit {
        message: format!("the column “{name}” is {found}; a till takes {wanted}"),
        message_ko: format!("‘{name}’ 열은 {wanted_ko} 열이어야 하는데 {found_ko} 열이에요"),
    })
}

/// As a mapping calls it, and as a person does.
fn in_words(kind: Kind) -> (&'static str, &'static str) {
    match kind {
        Kind::Text => ("text", "글자"),
        Kind::Integer => ("integer", "정수"),
        Kind::Decimal { .. } => ("decimal", "소수"),
        Kind::Money => ("money", "금액"),
        Kind::Boolean => ("boolean", "예/아니오"),
        Kind::Date => ("date", "날짜"),
        Kind::Timestamp => ("timestamp", "시각"),
    }
}

fn never_empty(name: &str) -> Unfit {
    let names = CLEARABLE.join(", ");
    Unfit {
        message: format!(
            "an item of a till always has its {name}: leave `empty = \"clear\"` out of that column (it is for {names})"
        ),
        message_ko: format!(
            "포스의 상품에서 {name} 값은 비울 수 없어요. 그 열의 `empty = \"clear\"`를 빼 주세요. 비울 수 있는 열: {names}"
        ),
    }
}

fn neither(schema: &Schema) -> Unfit {
    Unfit {
        message: format!(
            "a till takes items (with title and price) and counts (with quantity); “{}” has neither: use the mappings menu and stock",
            schema.name
        ),
        message_ko: format!(
            "포스에는 메뉴(title, price)와 재고(quantity)만 넣을 수 있어요. ‘{}’에는 둘 다 없어요. menu나 stock 매핑을 써 주세요",
            schema.name
        ),
    }
}

fn unnamed(rows: Rows) -> Unfit {
    let (wanted, wanted_ko) = match rows {
        Rows::Menu => ("a column title", "title 열이"),
        Rows::Stock => (
            "one of the columns item, barcode and sku",
            "item, barcode, sku 열 가운데 하나가",
        ),
    };
    Unfit {
        message: format!("the rows need {wanted}, by which a till knows the item"),
        message_ko: format!("어느 상품인지 알 수 있게 {wanted_ko} 있어야 해요"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(fields: &[(&str, Kind)], expected: Result<Rows, &str>) {
        let field = |(name, kind): &(&str, Kind)| Field {
            name: (*name).to_owned(),
            kind: *kind,
            required: false,
            if_empty: IfEmpty::Keep,
            default: None,
        };
        let schema = Schema {
            name: "mine".to_owned(),
            fields: fields.iter().map(field).collect(),
            key: [].into(),
            key_may_repeat: false,
            timezone: "Asia/Seoul".to_owned(),
        };
        let found = Rows::of(&schema).map_err(|unfit| unfit.message);
        match (found, expected) {
            (Ok(found), Ok(expected)) => assert_eq!(found, expected, "{fields:?}"),
            (Err(found), Err(word)) => assert!(found.contains(word), "“{word}” in “{found}”"),
            (found, expected) => panic!("{found:?} instead of {expected:?}"),
        }
    }

    #[test]
    fn only_what_an_item_can_be_without_is_cleared() {
        for (name, kind) in MENU {
            let field = Field {
                name: name.to_owned(),
                kind,
                required: false,
                if_empty: IfEmpty::Clear,
                default: None,
            };
            let said = super::check(&field, &MENU).map_err(|unfit| unfit.message);
            match CLEARABLE.contains(&name) {
                true => assert_eq!(said, Ok(())),
                false => assert!(said.expect_err(name).contains("always has its"), "{name}"),
            }
        }
    }

    #[test]
    fn columns_say_what_rows_are() {
        use Kind::{Decimal, Integer, Money, Text};
        check(&MENU, Ok(Rows::Menu));
        check(&STOCK, Ok(Rows::Stock));
        check(&[("title", Text), ("price", Money)], Ok(Rows::Menu));
        check(&[("sku", Text), ("quantity", Integer)], Ok(Rows::Stock));
        check(&[("price", Money)], Err("a column title"));
        check(
            &[("title", Text), ("quantity", Integer)],
            Err("item, barcode"),
        );
        check(&[("title", Text)], Err("use the mappings menu and stock"));
        check(
            &[("title", Text), ("price", Decimal { scale: 2 })],
            Err("“price” is decimal; a till takes money"),
        );
        check(
            &[("title", Text), ("price", Money), ("margin", Integer)],
            Err("no place for the column “margin”"),
        );
    }
}
