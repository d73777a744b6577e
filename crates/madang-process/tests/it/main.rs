//! Process mining, tried from outside.

mod parts_and_whole;
mod running_example;
