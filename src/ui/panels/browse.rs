//! The button beside a path field that asks the desktop's dialog for the path.

use eframe::egui::Ui;

use crate::ui::file_dialog::{FileDialog, Picked};
use crate::ui::widgets::{controls, words};

/// The button's dialog, and why there is none, once that is known.
#[derive(Debug, Default)]
pub struct Browse {
    dialog: FileDialog,
    reason: Option<String>,
}

impl Browse {
    /// The path that was chosen, once.
    pub fn picked(&mut self) -> Option<String> {
        match self.dialog.poll()? {
            Picked::Paths(paths) => paths.first().map(|path| path.to_string_lossy().into_owned()),
            Picked::Unavailable(reason) => {
                self.reason = Some(reason);
                None
            }
            Picked::Cancelled => None,
        }
    }

    /// Draws the button; the dialog when it shall open.
    pub fn button(&mut self, ui: &mut Ui) -> Option<&mut FileDialog> {
        let title = if self.dialog.is_open() { "Choosing…" } else { "Choose…" };
        let can_open = !self.dialog.is_open() && self.reason.is_none();
        let button = ui.add_enabled_ui(can_open, |ui| controls::button(ui, title)).inner;
        button.clicked().then_some(&mut self.dialog)
    }

    /// Where there is no dialog, says why, and what to do instead.
    pub fn why_not(&self, ui: &mut Ui, instead: &str) {
        if let Some(reason) = &self.reason {
            words::dim(ui, &format!("{reason}: {instead}."));
        }
    }
}
