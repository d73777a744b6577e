//! The command line as its user meets it.

mod bad_input;
mod dev;
mod import;
mod program;
mod run;
mod script;
mod upstreams;
