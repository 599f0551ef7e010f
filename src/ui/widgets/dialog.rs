//! What all dialogs have in common: a frame in the middle, and the window dimmed behind it.

use eframe::egui::{Context, Frame, Id, Margin, Modal, ScrollArea, Shadow, Stroke, Ui, Vec2};

use crate::ui::theme;

/// Draws a dialog of this width in points, or less where the window is narrow; where it is low,
/// the dialog scrolls. `contents` says whether it stays; false when it does not, or was left by a
/// key or a click beside it.
pub fn show(ctx: &Context, name: &str, width: f32, contents: impl FnOnce(&mut Ui) -> bool) -> bool {
    const LEFT_FREE: f32 = 80.0;
    let modal = Modal::new(Id::unique(name))
        .frame(frame(ctx))
        .backdrop_color(theme::palette_of(&ctx.global_style().visuals).veil);
    let response = modal.show(ctx, |ui| {
        let room = ctx.content_rect().size() - Vec2::splat(LEFT_FREE);
        ui.set_width(width.min(room.x));
        // Else it would scroll in the height it had a frame ago, when it has grown since.
        let area = ScrollArea::vertical().max_height(room.y).min_scrolled_height(room.y);
        area.show(ui, contents).inner
    });
    response.inner && !response.should_close()
}

fn frame(ctx: &Context) -> Frame {
    let palette = theme::palette_of(&ctx.global_style().visuals);
    Frame::new()
        .fill(palette.panel)
        .stroke(Stroke::new(1.0, palette.line))
        .corner_radius(theme::CARD_RADIUS)
        .inner_margin(Margin::same(16))
        .shadow(Shadow { offset: [0, 8], blur: 32, spread: 0, color: palette.shadow })
}
