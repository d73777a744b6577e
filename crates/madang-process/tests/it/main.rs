//! Process mining, tried from outside.

mod csv;
mod findings;
mod parts_and_whole;
mod running_example;
