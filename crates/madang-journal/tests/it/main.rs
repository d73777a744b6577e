//! The journal's tests: its contract, its folder, a model, kills and power cuts.

mod folder;
mod form;
mod kill;
mod model;
mod power_cut;
mod unsynced_disk;
