//! Process mining, tried from outside.

mod csv;
mod filtering;
mod findings;
mod live;
mod parts_and_whole;
mod running_example;
