//! The sink against real files.

mod form;
mod table;
