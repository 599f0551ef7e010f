//! Draws the workspace and sends it commands. The only place that names egui, eframe or rfd.

pub mod action;
pub mod app;
pub mod background;
pub mod file_dialog;
pub mod incoming;
pub mod local;
pub mod memory;
pub mod panels;
pub mod paths;
pub mod shortcuts;
mod system;
pub mod theme;
pub mod typed_ahead;
pub mod widgets;

pub use app::{Window, open};
