//! The rules of option groups, on the café's menu.

use madang_model::catalog::SaleState;
use madang_model::line::{CHOICES_MAX, ChosenChoice, Line};
use madang_model::{ChoiceId, Refusal, Text};

use crate::sale::key;
use crate::shops;

/// Of the café: 온도 (101, 102; one), 크기 (201, 202, 203 sold out; one), 샷 (301, countable; up to 3), 시럽 (401–403; up to 2).
#[test]
fn an_americano_is_made_as_the_menu_allows() {
    let check = |chosen: &[(u64, u32)], expected: Result<&str, Refusal>| {
        assert_eq!(
            made("아메리카노", Some(chosen)),
            expected.map(str::to_owned),
            "{chosen:?}"
        );
    };
    check(&[(101, 1), (201, 1)], Ok("4,500 따뜻하게 레귤러"));
    check(&[(202, 1), (102, 1)], Ok("5,000 차갑게 라지"));
    check(
        &[(102, 1), (202, 1), (301, 3)],
        Ok("6,500 차갑게 라지 샷 추가×3"),
    );
    check(
        &[(101, 1), (201, 1), (401, 1), (403, 1)],
        Ok("5,500 따뜻하게 레귤러 바닐라 카라멜"),
    );
    let (heat, size, shot, syrup) = (
        Text::new("온도", "Temperature"),
        Text::new("크기", "Size"),
        Text::new("샷", "Shot"),
        Text::new("시럽", "Syrup"),
    );
    let too_few = |option: &Text| {
        Err(Refusal::TooFewChoices {
            option: option.clone(),
            least: 1,
        })
    };
    let too_many = |option: &Text, most| {
        Err(Refusal::TooManyChoices {
            option: option.clone(),
            most,
        })
    };
    check(&[], too_few(&heat));
    check(&[(101, 1)], too_few(&size));
    check(&[(101, 1), (102, 1), (201, 1)], too_many(&heat, 1));
    check(&[(101, 1), (201, 1), (202, 1)], too_many(&size, 1));
    check(&[(101, 1), (201, 1), (301, 4)], too_many(&shot, 3));
    check(
        &[(101, 1), (201, 1), (301, 2), (301, 2)],
        too_many(&shot, 3),
    );
    check(
        &[(101, 1), (201, 1), (401, 1), (402, 1), (403, 1)],
        too_many(&syrup, 2),
    );
    let bad_quantity = |quantity, most| Err(Refusal::BadQuantity { quantity, most });
    check(&[(101, 2), (201, 1)], bad_quantity(2, 1));
    check(&[(101, 0), (201, 1)], bad_quantity(0, 1));
    check(
        &[(101, 1), (201, 1), (401, 1), (401, 1)],
        bad_quantity(2, 1),
    );
    check(
        &[(101, 1), (201, 1), (301, 10_000)],
        bad_quantity(10_000, 9_999),
    );
    check(
        &[(101, 1), (203, 1)],
        Err(Refusal::SoldOut {
            title: Text::new("벤티", "Venti"),
        }),
    );
    let stray = |choice| {
        Err(Refusal::NoSuchChoice {
            option: Text::new("아메리카노", "Americano"),
            choice,
        })
    };
    check(&[(101, 1), (201, 1), (503, 1)], stray(503));
    check(&[(101, 1), (201, 1), (9_999, 1)], stray(9_999));
    check(
        &[(101, 1); CHOICES_MAX + 1],
        Err(Refusal::TooMany {
            what: "choices".into(),
            count_max: CHOICES_MAX,
        }),
    );
}

#[test]
fn a_tap_takes_the_defaults() {
    let check = |name: &str, expected: &str| {
        assert_eq!(made(name, None).as_deref(), Ok(expected));
    };
    check("아메리카노", "4,500 따뜻하게 레귤러");
    check("카페라떼", "5,000 따뜻하게 레귤러 우유");
    check("오늘의 브루잉", "6,500 에티오피아 구지 내추럴");
    check("소금빵", "3,800");
}

#[test]
fn a_default_that_is_sold_out_gives_way_to_the_first_that_is_not() {
    let mut catalog = shops::cafe().catalog;
    catalog.options[1].choices[0].state = SaleState::SoldOut;
    let line = Line::from_menu(&catalog, &catalog.items[0], key("a"), 1, None).expect("a tap");
    let chosen: Vec<u64> = line.choices.iter().map(|choice| choice.id.0).collect();
    assert_eq!(chosen, [101, 202]);
}

#[test]
fn a_group_with_nothing_left_to_choose_refuses_a_tap() {
    let mut catalog = shops::cafe().catalog;
    for choice in &mut catalog.options[1].choices {
        choice.state = SaleState::SoldOut;
    }
    let refused = Line::from_menu(&catalog, &catalog.items[0], key("a"), 1, None);
    assert_eq!(
        refused,
        Err(Refusal::TooFewChoices {
            option: Text::new("크기", "Size"),
            least: 1
        })
    );
}

#[test]
fn a_quantity_is_one_to_9999() {
    let catalog = shops::cafe().catalog;
    let check = |quantity, fits: bool| {
        let line = Line::from_menu(&catalog, &catalog.items[0], key("a"), quantity, None);
        assert_eq!(line.is_ok(), fits, "{quantity}");
    };
    check(0, false);
    check(1, true);
    check(9_999, true);
    check(10_000, false);
    check(u64::MAX, false);
}

fn made(name: &str, chosen: Option<&[(u64, u32)]>) -> Result<String, Refusal> {
    let catalog = shops::cafe().catalog;
    let item = catalog
        .items
        .iter()
        .find(|item| item.title.ko == name)
        .expect("on the menu");
    let chosen: Option<Vec<ChosenChoice>> = chosen.map(|chosen| {
        let choice = |(id, quantity): &(u64, u32)| ChosenChoice {
            id: ChoiceId(*id),
            quantity: *quantity,
        };
        chosen.iter().map(choice).collect()
    });
    let line = Line::from_menu(&catalog, item, key("a"), 1, chosen.as_deref())?;
    let mut said = vec![line.unit_amount()?.grouped()];
    said.extend(line.choices.iter().map(|choice| match choice.quantity {
        1 => choice.title.ko.clone(),
        many => format!("{}×{many}", choice.title.ko),
    }));
    Ok(said.join(" "))
}
