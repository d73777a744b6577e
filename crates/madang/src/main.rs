//! Madang's command line.
fn main() {}
