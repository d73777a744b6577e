//! What is told of orders.
