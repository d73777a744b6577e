//! The sink against real files.

mod form;
mod kill;
mod table;
