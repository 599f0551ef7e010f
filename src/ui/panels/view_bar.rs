//! The bar on top: which view.

use eframe::egui::Ui;

use crate::ui::action::Action;
use crate::ui::local::Local;
use crate::ui::widgets::controls::{Pill, pills};
use crate::workspace::{Command, View, Workspace};

/// The views, as pills name them.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Comparison,
    Summary,
    None,
}

/// Draws the bar.
pub fn show(workspace: &Workspace, local: &Local, ui: &mut Ui, actions: &mut Vec<Action>) {
    let chosen = match workspace.view() {
        View::Comparison { .. } => Kind::Comparison,
        View::Summary(_) => Kind::Summary,
        View::Welcome => Kind::None,
    };
    let comparison = local.comparison(workspace);
    let summary = local.summary(workspace);
    let all = [
        Pill {
            value: Kind::Comparison,
            title: "Comparison",
            help: if comparison.is_some() {
                "What is new and what is gone between two snapshots"
            } else {
                "Open a second snapshot to compare"
            },
            enabled: comparison.is_some(),
        },
        Pill {
            value: Kind::Summary,
            title: "Summary",
            help: "Everything in one snapshot, by constructor",
            enabled: summary.is_some(),
        },
    ];
    ui.horizontal_centered(|ui| {
        let view = match pills(ui, chosen, &all) {
            Some(clicked) if clicked == chosen => None,
            Some(Kind::Comparison) => comparison,
            Some(Kind::Summary) => summary,
            _ => None,
        };
        actions.extend(view.map(|view| Command::Show(view).into()));
    });
}
