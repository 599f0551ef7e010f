//! The left side: the program's name, its menu, the open snapshots.

use eframe::egui::{Align, Layout, ScrollArea, Ui, containers::menu::MenuButton};

use super::snapshot_card;
use crate::ui::action::Action;
use crate::ui::local::Local;
use crate::ui::shortcuts;
use crate::ui::theme;
use crate::ui::widgets::{controls, words};
use crate::workspace::{Command, Workspace};

/// Draws the sidebar.
pub fn show(workspace: &Workspace, local: &Local, ui: &mut Ui, actions: &mut Vec<Action>) {
    head(workspace, local, ui, actions);
    ui.add_space(theme::GRID);
    let snapshots = workspace.snapshots();
    ui.horizontal(|ui| {
        words::caption(ui, "Snapshots");
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            words::caption(ui, &snapshots.len().to_string());
        });
    });
    if snapshots.is_empty() {
        words::dim(ui, "None open yet");
        return;
    }
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 2.0 * theme::GRID;
        for snapshot in snapshots {
            snapshot_card::show(workspace, snapshot, ui, actions);
        }
    });
}

fn head(workspace: &Workspace, local: &Local, ui: &mut Ui, actions: &mut Vec<Action>) {
    ui.horizontal(|ui| {
        let title = eframe::egui::RichText::new("Heaplens").font(theme::title());
        ui.label(title);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.spacing_mut().item_spacing.x = theme::GRID;
            let more =
                eframe::egui::Button::new("…").min_size(eframe::egui::Vec2::splat(theme::CONTROL_HEIGHT));
            let (response, _) = MenuButton::from_button(more).ui(ui, |ui| menu(workspace, ui, actions));
            response.accessible_name("Menu");
            let open = ui.add_enabled_ui(!local.choosing_files, |ui| controls::button(ui, "Open…")).inner;
            let hint = shortcuts::hint(ui.ctx(), &shortcuts::OPEN);
            if open.on_hover_text(format!("Open snapshots ({hint})")).clicked() {
                actions.push(Action::ChooseFiles);
            }
        });
    });
}

fn menu(workspace: &Workspace, ui: &mut Ui, actions: &mut Vec<Action>) {
    theme::menu(ui);
    let entries = [
        ("Open…", Some(&shortcuts::OPEN), Action::ChooseFiles),
        ("Open by path…", Some(&shortcuts::PATH), Action::EnterPath(None)),
        ("Open the demo pair", None, Command::OpenDemo.into()),
        ("Settings…", Some(&shortcuts::SETTINGS), Action::ShowSettings),
        ("Keys", Some(&shortcuts::KEYS), Action::ShowKeys),
    ];
    for (title, keys, action) in entries {
        if action == Action::ShowSettings {
            ui.separator();
        }
        let button = eframe::egui::Button::new(title);
        let hint = keys.map(|keys| shortcuts::hint(ui.ctx(), keys));
        if ui.add(hint.into_iter().fold(button, eframe::egui::Button::shortcut_text)).clicked() {
            actions.push(action);
            ui.close();
        }
    }
    let recent = &workspace.settings().recent;
    if !recent.is_empty() {
        ui.separator();
        ui.add_space(theme::GRID);
        words::caption(ui, "Recent");
        for path in recent {
            let title = crate::workspace::title_of(path);
            let button = eframe::egui::Button::new(title).truncate();
            if ui.add(button).on_hover_text(path.to_string_lossy()).clicked() {
                actions.push(Command::Open(vec![path.clone()]).into());
                ui.close();
            }
        }
    }
}
