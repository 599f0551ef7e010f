//! The Comparison's toolbar: which two, what changed in all, and whether ids compare.

use eframe::egui::{Frame, Label, Margin, RichText, Ui, vec2};

use super::toolbar;
use crate::ui::action::Action;
use crate::ui::local::Local;
use crate::ui::shortcuts;
use crate::ui::theme::{self, GRID};
use crate::ui::widgets::{controls, words};
use crate::util::units;
use crate::workspace::{Command, Compared, PairRemark, SnapshotKey, View, Workspace};

/// Draws the toolbar and, where it is needed, the warning below it.
pub fn show(
    workspace: &Workspace,
    local: &mut Local,
    base: SnapshotKey,
    target: SnapshotKey,
    ui: &mut Ui,
    actions: &mut Vec<Action>,
) {
    toolbar::show(workspace, local, ui, actions, |ui, actions| {
        if let Some(key) = toolbar::snapshot_choice(workspace, ui, "Base", base) {
            let view = if key == target { pair(target, base) } else { pair(key, target) };
            actions.push(Command::Show(view).into());
        }
        let keys = shortcuts::hint(ui.ctx(), &shortcuts::SWAP);
        let swap = controls::button(ui, "→").on_hover_text(format!("Swap base and target ({keys})"));
        if swap.accessible_name("Swap base and target").clicked() {
            actions.push(Command::SwapPair.into());
        }
        if let Some(key) = toolbar::snapshot_choice(workspace, ui, "Target", target) {
            let view = if key == base { pair(target, base) } else { pair(base, key) };
            actions.push(Command::Show(view).into());
        }
        if let Some(compared) = workspace.compared() {
            toolbar::facts(workspace, ui, &totals(compared), &exact_totals(compared));
        }
    });
    if let Some(remark) = workspace.pair_remark() {
        this_pair(ui, &remark, actions);
    }
    if let Some(compared) = workspace.compared().filter(|compared| !compared.comparability.by_id()) {
        warning(workspace, ui, compared);
    }
}

/// Why these two of several, and a click away from others.
fn this_pair(ui: &mut Ui, remark: &PairRemark, actions: &mut Vec<Action>) {
    ui.add_space(GRID);
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing = vec2(3.0 * GRID, GRID);
        ui.spacing_mut().interact_size.y = 4.0 * GRID; // of which the height of a line is made
        ui.spacing_mut().button_padding.y = 0.0;
        ui.style_mut().override_font_id = Some(theme::small());
        ui.horizontal_wrapped(|ui| {
            words::dim_line(ui, &remark.why);
            if !remark.others.is_empty() {
                words::dim_line(ui, "Compare instead:");
            }
            for (name, (base, target)) in &remark.others {
                if controls::link(ui, name).clicked() {
                    actions.push(Command::Show(pair(*base, *target)).into());
                }
            }
        });
    });
}

fn pair(base: SnapshotKey, target: SnapshotKey) -> View {
    View::Comparison { base, target }
}

fn totals(compared: &Compared) -> String {
    let change = units::bytes_short_signed(i128::from(compared.size_delta));
    if !compared.comparability.by_id() {
        return change;
    }
    let (new, deleted) = (units::count(compared.new), units::count(compared.deleted));
    // What counts most stands first: a narrow window cuts the end off.
    format!("{change}: {new} new, {deleted} deleted")
}

fn exact_totals(compared: &Compared) -> String {
    let change = units::bytes_exact_signed(i128::from(compared.size_delta));
    let change = format!("Shallow sizes changed by {change} in all");
    if !compared.comparability.by_id() {
        return change;
    }
    let (new, deleted) = (units::count(compared.new), units::count(compared.deleted));
    format!("{change}: {new} new objects, {deleted} deleted")
}

fn warning(workspace: &Workspace, ui: &mut Ui, compared: &Compared) {
    let palette = theme::palette(ui);
    let (agreeing, common) = (compared.comparability.agreeing, compared.comparability.common);
    let ids = match common {
        0 => "no id in common".to_owned(),
        _ => format!("{} of {} common ids agree", units::count(agreeing), units::count(common)),
    };
    let from = match workspace.processes_of((compared.base, compared.target)) {
        Some([base, target]) => format!("{base} and {target}"),
        None => "different processes or inspector sessions".to_owned(),
    };
    let text = format!(
        "These snapshots number their objects differently ({ids}): they come from {from}. Counts and sizes by \
         constructor are compared, not objects."
    );
    let frame = Frame::new()
        .fill(palette.grew_ground)
        .corner_radius(theme::RADIUS)
        .inner_margin(Margin::symmetric(12, 8));
    ui.add_space(GRID);
    frame.show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.add(Label::new(RichText::new(text).color(palette.warning)).wrap());
    });
}
