//! What the user should know: a stack above the status bar.

use eframe::egui::{
    Align2, Area, Context, Frame, Id, Label, Margin, Order, RichText, Role, Sense, Shadow, Stroke, Ui, Vec2,
    WidgetInfo, vec2,
};

use crate::ui::action::Action;
use crate::ui::theme::{self, GRID, PANE_MARGIN};
use crate::ui::widgets::controls;
use crate::workspace::{Command, Message, MessageKind, Workspace};

const WIDTH: f32 = 400.0;
/// More than these stay out of view until others are dismissed.
const SHOWN: usize = 4;
/// News of success go by themselves, in seconds.
const DONE_STAYS: f64 = 6.0;
/// So does what can be read elsewhere.
const NOTICE_STAYS: f64 = 15.0;

/// Draws the messages over the panes, `above` points from the bottom. Where a dialog is open they
/// lie under it, dimmed like all the rest, and none goes before it could be read in the open.
pub fn show(
    workspace: &Workspace,
    ctx: &Context,
    above: f32,
    is_under_dialog: bool,
    actions: &mut Vec<Action>,
) {
    let messages = workspace.messages();
    if messages.is_empty() {
        return;
    }
    let offset = vec2(-PANE_MARGIN, -above - PANE_MARGIN);
    Area::new(Id::unique("messages"))
        .anchor(Align2::RIGHT_BOTTOM, offset)
        .order(Order::Middle) // dialogs and menus are in the foreground
        .interactable(true)
        .show(ctx, |ui| {
            ui.spacing_mut().item_spacing = Vec2::splat(2.0 * GRID);
            if messages.len() > SHOWN && more(ui, messages.len() - SHOWN) {
                actions.extend(messages.iter().map(|message| Command::Dismiss(message.id).into()));
            }
            let newest = messages.iter().skip(messages.len().saturating_sub(SHOWN));
            for message in newest {
                if one(ui, message, is_under_dialog, actions) {
                    actions.push(Command::Dismiss(message.id).into());
                }
            }
        });
}

fn framed<R>(ui: &mut Ui, border: eframe::egui::Color32, contents: impl FnOnce(&mut Ui) -> R) -> R {
    let palette = theme::palette(ui);
    let shadow = Shadow { offset: [0, 4], blur: 16, spread: 0, color: palette.shadow };
    let frame = Frame::new()
        .fill(palette.raised)
        .stroke(Stroke::new(1.0, border))
        .corner_radius(theme::CARD_RADIUS)
        .inner_margin(Margin::symmetric(12, 10))
        .shadow(shadow);
    frame
        .show(ui, |ui| {
            ui.set_width(WIDTH);
            contents(ui)
        })
        .inner
}

/// True when all shall go.
fn more(ui: &mut Ui, hidden: usize) -> bool {
    let palette = theme::palette(ui);
    framed(ui, palette.line, |ui| {
        ui.horizontal(|ui| {
            ui.label(format!("{hidden} earlier messages"));
            controls::link(ui, "Dismiss all").clicked()
        })
        .inner
    })
}

/// True when it shall go.
fn one(ui: &mut Ui, message: &Message, is_under_dialog: bool, actions: &mut Vec<Action>) -> bool {
    let palette = theme::palette(ui);
    let (color, word) = match message.kind {
        MessageKind::Done => (palette.freed, "Done"),
        MessageKind::Notice | MessageKind::Warning => (palette.warning, "Warning"),
        MessageKind::Error => (palette.grew, "Error"),
    };
    let id = Id::unique(("message", message.id));
    let dismissed = framed(ui, palette.line, |ui| {
        ui.horizontal_top(|ui| {
            let (dot, response) = ui.allocate_exact_size(vec2(8.0, 18.0), Sense::hover());
            response.widget_info(|| WidgetInfo::labeled(Role::Label, true, word));
            ui.painter().circle_filled(dot.center(), 4.0, color);
            ui.vertical(|ui| {
                ui.set_width(WIDTH - 56.0);
                let text = RichText::new(&message.text).color(palette.text);
                ui.add(Label::new(text).wrap().selectable(true));
                if let Some(offer) = &message.offer
                    && controls::link(ui, offer.title).clicked()
                {
                    actions.push(offer.command.clone().into());
                }
            });
            let center = ui.max_rect().right_top() + vec2(-8.0, 9.0);
            controls::close_button(ui, id.with("dismiss"), center, "Dismiss").clicked()
        })
        .inner
    });
    if is_under_dialog {
        ui.data_mut(|data| data.remove_temp::<f64>(id)); // its time begins anew
        return dismissed;
    }
    let is_old = match message.kind {
        MessageKind::Done => is_older_than(DONE_STAYS, ui, id),
        MessageKind::Notice => is_older_than(NOTICE_STAYS, ui, id),
        MessageKind::Warning | MessageKind::Error => false,
    };
    dismissed || is_old
}

fn is_older_than(seconds: f64, ui: &Ui, id: Id) -> bool {
    let now = ui.input(|input| input.time);
    let since = ui.data_mut(|data| *data.get_temp_mut_or(id, now));
    let left = seconds - (now - since);
    if left > 0.0 {
        ui.ctx().request_repaint_after(std::time::Duration::from_secs_f64(left));
    }
    left <= 0.0
}
