//! Reads: answered at once, from memory.

use madang_model::order::Order;
use madang_model::{CategoryId, ItemId, OptionId, OrderId, PaymentId, Refusal, TableId};
use madang_plugin_protocol::query::{OrderQuery as WireQuery, OrderSearch};
use madang_plugin_protocol::{Failure, wire};
use madang_till::{OrderQuery, TillError};
use serde_json::Value;

use super::{Dispatch, Door, Reply};

impl Door {
    pub(super) fn plugin_info(&self) -> Dispatch {
        let spec = self.plugin.spec();
        let mut fields = madang_plugin_protocol::Fields::new();
        fields.insert("name".into(), spec.name.clone().into());
        fields.insert("version".into(), spec.version.clone().into());
        Dispatch::Now(Ok(Reply::Fields(fields)))
    }

    pub(super) fn merchant(&self) -> Dispatch {
        Dispatch::ok("merchant", wire::merchant(&self.host.till.shop()))
    }

    pub(super) fn device(&self) -> Dispatch {
        Dispatch::ok(
            "device",
            wire::device(&self.host.till.shop(), &self.host.settings.device),
        )
    }

    pub(super) fn item(&self, item: ItemId) -> Dispatch {
        let shop = self.host.till.shop();
        match (shop.catalog.item(item), self.host.till.item_day(item)) {
            (Some(found), Some(day)) => {
                Dispatch::ok("catalog", wire::catalog_item(&shop, found, day))
            }
            _ => refused(&Refusal::NoSuchItem { item }),
        }
    }

    pub(super) fn items(&self) -> Dispatch {
        let shop = self.host.till.shop();
        let items = shop.catalog.items.iter().filter_map(|item| {
            let day = self.host.till.item_day(item.id)?;
            Some(wire::catalog_item(&shop, item, day))
        });
        Dispatch::ok("catalogs", items.collect::<Vec<Value>>())
    }

    pub(super) fn category(&self, category: CategoryId) -> Dispatch {
        match self.host.till.shop().catalog.category(category) {
            Some(found) => Dispatch::ok("category", wire::category(found)),
            None => Dispatch::failed(format!("카테고리 {category}을(를) 찾을 수 없어요")),
        }
    }

    pub(super) fn categories(&self) -> Dispatch {
        let shop = self.host.till.shop();
        let categories = shop.catalog.categories.iter().map(wire::category);
        Dispatch::ok("categories", categories.collect::<Vec<Value>>())
    }

    pub(super) fn option(&self, option: OptionId) -> Dispatch {
        match self.host.till.shop().catalog.option(option) {
            Some(found) => Dispatch::ok("option", wire::option(found)),
            None => Dispatch::failed(format!("옵션 {option}을(를) 찾을 수 없어요")),
        }
    }

    pub(super) fn options(&self) -> Dispatch {
        let shop = self.host.till.shop();
        let options = shop.catalog.options.iter().map(wire::option);
        Dispatch::ok("options", options.collect::<Vec<Value>>())
    }

    pub(super) fn halls(&self) -> Dispatch {
        let shop = self.host.till.shop();
        let halls = shop.halls.iter().enumerate();
        let halls = halls.map(|(place, hall)| wire::hall(hall, place));
        Dispatch::ok("halls", halls.collect::<Vec<Value>>())
    }

    pub(super) fn tables(&self) -> Dispatch {
        let shop = self.host.till.shop();
        let tables = shop
            .tables
            .iter()
            .map(|table| self.wire_table(table.id))
            .collect::<Option<Vec<Value>>>();
        Dispatch::ok("tables", tables.unwrap_or_default())
    }

    pub(super) fn table(&self, table: TableId) -> Dispatch {
        match self.wire_table(table) {
            Some(found) => Dispatch::ok("table", found),
            None => refused(&Refusal::NoSuchTable { table }),
        }
    }

    pub(super) fn order(&self, id: OrderId) -> Dispatch {
        let till = self.host.till.clone();
        if let Some(order) = till.order(id) {
            return Dispatch::Now(Ok(Reply::Json(
                "order",
                wire::order_json(&till.shop(), &order),
            )));
        }
        Dispatch::later(async move {
            let order = till.find_order(id).await.map_err(failure)?;
            Ok(Reply::Json("order", wire::order_json(&till.shop(), &order)))
        })
    }

    pub(super) fn order_list(&self, wanted: &WireQuery) -> Dispatch {
        let zone = self.host.till.shop().zone();
        self.orders(OrderQuery {
            from: Some(wanted.start.at(&zone)),
            to: Some(wanted.end.at(&zone)),
            states: wanted.states.clone(),
            page: wanted.page,
            size: wanted.size,
            ..OrderQuery::default()
        })
    }

    pub(super) fn order_search(&self, wanted: &OrderSearch) -> Dispatch {
        let zone = self.host.till.shop().zone();
        self.orders(OrderQuery {
            from: wanted.start.map(|start| start.at(&zone)),
            to: wanted.end.map(|end| end.at(&zone)),
            states: wanted.state.into_iter().collect(),
            table: wanted.table,
            page: wanted.page,
            size: wanted.size,
            ..OrderQuery::default()
        })
    }

    pub(super) fn payment(&self, id: PaymentId) -> Dispatch {
        let till = self.host.till.clone();
        Dispatch::later(async move {
            let (order, payment) = till.find_payment(id).await.map_err(failure)?;
            if !wire::is_shown(&payment) {
                return Err(failure(Refusal::NoSuchPayment { payment: id }.into()));
            }
            Ok(Reply::field(
                "payment",
                wire::payment(&till.shop(), order.id, &payment),
            ))
        })
    }

    fn orders(&self, query: OrderQuery) -> Dispatch {
        let till = self.host.till.clone();
        Dispatch::later(async move {
            let orders = till.orders(query).await.map_err(failure)?;
            let orders = orders.iter().map(|order| &**order as &Order);
            Ok(Reply::Json(
                "orders",
                wire::orders_json(&till.shop(), orders),
            ))
        })
    }

    fn wire_table(&self, table: TableId) -> Option<Value> {
        let till = &self.host.till;
        let order = till.table_order(table);
        Some(wire::table(
            &till.shop(),
            till.shop().table(table)?,
            order.as_deref(),
        ))
    }
}

pub(super) fn refused(refusal: &Refusal) -> Dispatch {
    Dispatch::failed(refusal.korean())
}

/// The till's refusal in the words that plugins get: Korean, as from the real till.
pub(super) fn failure(error: TillError) -> Failure {
    match error {
        TillError::Refused(refusal) => Failure::new(refusal.korean()),
        error => {
            tracing::error!(%error, "a plugin's call failed in the till");
            Failure::new("포스에서 처리하지 못했어요. 잠시 뒤에 다시 해 주세요")
        }
    }
}
