//! The gateway's behaviours by the number they have in its specification, shown on whole calls: the client with every layer, over a
//! server in memory, in virtual time. `ky_` numbers are those that another client has too; `beyond_` are ours alone.

mod backoff;
mod bodies;
mod breaker;
mod cache;
mod errors;
mod hooks;
mod instances;
mod leaks;
mod limits;
mod network;
mod out_of_time;
mod retries;
mod shop;
mod timeouts;
mod timing;
