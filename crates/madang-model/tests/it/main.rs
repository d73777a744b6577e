//! The model from outside: the sample shops, the page about money, carts, orders, receipts; and who may know whom.

mod cart;
mod catalog;
mod dependency_rules;
mod money_page;
mod options;
mod order;
mod properties;
mod receipts;
mod sale;
mod shops;
