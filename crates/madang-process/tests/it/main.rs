//! Process mining, tried from outside.

mod inductive;
mod running_example;
mod tree_language;
