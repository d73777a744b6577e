//! Process mining, tried from outside.

mod running_example;
