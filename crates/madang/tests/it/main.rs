//! The command line as its user meets it.

mod bad_input;
mod dev;
mod import;
mod import_addresses;
#[cfg(unix)]
mod import_again;
#[cfg(unix)]
mod import_again_lists;
#[cfg(unix)]
mod import_again_mended;
mod import_columns;
mod import_files;
#[cfg(unix)]
mod import_sinks;
mod mine;
mod outbox;
mod pages;
mod program;
mod run;
mod script;
mod upstreams;
