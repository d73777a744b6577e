//! Items, choices and tables, as people call them.

use madang_model::cart::CartCommand;
use madang_model::catalog::{Item, OptionGroup, SaleState};
use madang_model::line::ChosenChoice;
use madang_model::shop::{Shop, Table};
use madang_model::{LineKey, Refusal, Text};
use madang_till::Command;

use super::{Player, Said, StepError, cart_line, cashier};
use crate::nearest::{did_you_mean, did_you_mean_ko, nearest};
use crate::script::WantedChoice;

impl Player {
    pub(super) fn tap(
        &self,
        name: &str,
        quantity: u64,
        choices: &[WantedChoice],
    ) -> Result<String, StepError> {
        let till = &self.stage.till;
        let shop = till.shop();
        let item = item(&shop, name)?;
        let chosen = match choices {
            [] => None,
            some => Some(chosen(&shop, item, some)?),
        };
        let cart = till.add_to_cart(&cashier(), item.id, quantity, chosen.as_deref())?;
        Ok(cart_line(&cart))
    }

    /// The till looks a barcode up on its menu, and plugins hear of it.
    pub(super) fn scan(&self, barcode: &str) -> Result<String, StepError> {
        let till = &self.stage.till;
        self.stage.host.scanned(barcode);
        let shop = till.shop();
        let Some(item) = shop.catalog.item_by_barcode(barcode) else {
            return Err(Refusal::NoSuchBarcode {
                barcode: barcode.into(),
            }
            .into());
        };
        let cart = till.add_to_cart(&cashier(), item.id, 1, None)?;
        Ok(format!("{}, {}", item.title.ko, cart_line(&cart)))
    }

    /// The newest line of the cart with that item.
    pub(super) fn line_of(&self, name: &str) -> Result<LineKey, StepError> {
        let cart = self.stage.till.cart();
        let line = cart
            .lines
            .iter()
            .rev()
            .find(|line| is_called(&line.item.title, name));
        line.map(|line| line.key.clone()).ok_or_else(|| {
            let there = cart.lines.iter().map(|line| &line.item.title);
            not_there("in the cart", "장바구니에", name, there)
        })
    }

    pub(super) async fn set_sold_out(&mut self, name: &str) -> Result<String, StepError> {
        self.set_sale_state(name, SaleState::SoldOut).await
    }

    pub(super) async fn set_on_sale(&mut self, name: &str) -> Result<String, StepError> {
        self.set_sale_state(name, SaleState::OnSale).await
    }

    async fn set_sale_state(&mut self, name: &str, state: SaleState) -> Result<String, StepError> {
        let shop = self.stage.till.shop();
        let item = item(&shop, name)?;
        let (id, title) = (item.id, item.title.ko.clone());
        self.perform(Command::SetSaleState { item: id, state })
            .await?;
        Ok(match state {
            SaleState::OnSale => format!("{title} is on sale"),
            _ => format!("{title} is sold out"),
        })
    }

    pub(super) fn clear_cart(&self) -> Result<String, StepError> {
        self.change_cart(CartCommand::Clear)
    }
}

/// The item with this name.
pub(super) fn item<'a>(shop: &'a Shop, name: &str) -> Result<&'a Item, StepError> {
    let items = &shop.catalog.items;
    let called: Vec<_> = items
        .iter()
        .filter(|item| is_called(&item.title, name))
        .collect();
    match called.as_slice() {
        [item] => Ok(item),
        [] => Err(not_there(
            "on the menu",
            "메뉴에",
            name,
            items.iter().map(|item| &item.title),
        )),
        several => Err(StepError::Failed(format!(
            "{} items are called “{name}”; give them names of their own in the shop's file",
            several.len()
        ))),
    }
}

/// The table with this name, or this number.
pub(super) fn table<'a>(shop: &'a Shop, name: &str) -> Result<&'a Table, StepError> {
    let table = shop
        .tables
        .iter()
        .find(|table| is_called(&table.title, name) || table.id.to_string() == name);
    table.ok_or_else(|| {
        let titles = shop.tables.iter().map(|table| &table.title);
        not_there("among the tables", "테이블 중에", name, titles)
    })
}

/// The choices named, and the defaults of every group that none of them answers.
fn chosen(
    shop: &Shop,
    item: &Item,
    wanted: &[WantedChoice],
) -> Result<Vec<ChosenChoice>, StepError> {
    let groups: Vec<&OptionGroup> = shop.catalog.options_of(item).collect();
    let known = || {
        groups
            .iter()
            .flat_map(|group| &group.choices)
            .map(|choice| &choice.title)
    };
    for choice in wanted {
        if !known().any(|title| is_called(title, &choice.name)) {
            let place = format!("among the choices of “{}”", item.title.ko);
            return Err(not_there(&place, "선택 중에", &choice.name, known()));
        }
    }
    Ok(groups
        .iter()
        .flat_map(|group| chosen_of(group, wanted))
        .collect())
}

fn chosen_of(group: &OptionGroup, wanted: &[WantedChoice]) -> Vec<ChosenChoice> {
    let named: Vec<_> = wanted
        .iter()
        .filter_map(|wanted| {
            let choice = group
                .choices
                .iter()
                .find(|choice| is_called(&choice.title, &wanted.name))?;
            Some(ChosenChoice {
                id: choice.id,
                quantity: wanted.quantity,
            })
        })
        .collect();
    if !named.is_empty() {
        return named;
    }
    group
        .defaults_on_sale()
        .into_iter()
        .map(|choice| ChosenChoice {
            id: choice.id,
            quantity: 1,
        })
        .collect()
}

fn is_called(title: &Text, name: &str) -> bool {
    title.ko == name
        || title
            .en
            .as_deref()
            .is_some_and(|en| en.eq_ignore_ascii_case(name))
}

fn not_there<'a>(
    place: &str,
    place_ko: &str,
    name: &str,
    known: impl Iterator<Item = &'a Text>,
) -> StepError {
    let names = known.flat_map(|title| std::iter::once(&title.ko).chain(&title.en));
    let near = nearest(name, names.map(String::as_str));
    let (hint, hint_ko) = (did_you_mean(&near), did_you_mean_ko(&near));
    StepError::Refused(Said {
        en: format!("nothing {place} is called “{name}”{hint}"),
        ko: format!("{place_ko} ‘{name}’이(가) 없어요{hint_ko}"),
    })
}
