//! Draws the workspace and sends it commands. The only place that names egui, eframe or rfd.

pub mod theme;
pub mod widgets;
