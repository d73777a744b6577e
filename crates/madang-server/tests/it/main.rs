//! The server through its real router, with a real till on a real journal.

mod asking;
mod desk;
mod door;
mod import;
mod import_file;
mod insight;
mod openapi;
mod outbox;
mod plugin;
mod refused;
mod sale;
mod screen;
mod site;
mod stream;
mod till_sink;
mod upstream;
