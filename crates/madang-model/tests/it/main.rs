//! The model from outside: the sample shops, the page about money, carts, orders, receipts.

mod shops;
