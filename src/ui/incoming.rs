//! Files that come to the window by themselves: dropped, or pasted as paths.

use eframe::egui::{Align2, Context, CornerRadius, Event, Id, LayerId, Order, Stroke, StrokeKind};

use super::action::Action;
use super::paths;
use super::theme;
use crate::workspace::Command;

/// Opens what was dropped, and what was pasted while no text field has the keyboard.
pub fn handle(ctx: &Context, actions: &mut Vec<Action>) {
    let dropped: Vec<_> =
        ctx.input(|input| input.raw.dropped_files.iter().map(|file| file.path().to_owned()).collect());
    if !dropped.is_empty() {
        actions.push(Command::Open(dropped).into());
    }
    if ctx.text_edit_focused() {
        return;
    }
    let pasted = ctx.input(|input| {
        input.events.iter().find_map(|event| match event {
            Event::Paste(text) => Some(text.clone()),
            _ => None,
        })
    });
    let Some(text) = pasted else { return };
    let paths = paths::pasted(&text);
    if !paths.is_empty() {
        actions.push(Command::Open(paths).into());
    }
}

/// Says that files can be dropped, while they are carried over the window.
pub fn overlay(ctx: &Context) {
    let hovering = ctx.input(|input| input.raw.hovered_files.len());
    if hovering == 0 {
        return;
    }
    let palette = theme::palette_of(&ctx.global_style().visuals);
    let painter = ctx.layer_painter(LayerId::new(Order::Foreground, Id::unique("drop overlay")));
    let rect = ctx.content_rect();
    painter.rect_filled(rect, 0.0, palette.veil);
    let radius = CornerRadius::same(theme::CARD_RADIUS);
    let inner = rect.shrink(16.0);
    painter.rect_stroke(inner, radius, Stroke::new(2.0, palette.accent), StrokeKind::Inside);
    let words =
        if hovering == 1 { "Drop to open it".to_owned() } else { format!("Drop to open {hovering} files") };
    let galley = painter.layout_no_wrap(words, theme::title(), palette.accent);
    let label = Align2::CENTER_CENTER.anchor_size(rect.center(), galley.size());
    painter.rect(
        label.expand(16.0),
        radius,
        palette.panel,
        Stroke::new(1.0, palette.line),
        StrokeKind::Inside,
    );
    painter.galley(label.min, galley, palette.accent);
}
