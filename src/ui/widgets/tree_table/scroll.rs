//! Where a table is scrolled to, counted in rows, and its scroll bar.
//!
//! Pixels in `f32` cannot tell neighbouring rows apart beyond some ten million
//! of them. Rows in `f64` can: only the distance from the first visible row is
//! ever turned into pixels.

use eframe::egui::{Id, Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use crate::ui::theme;

/// Width of the bar's track, in points.
pub(super) const BAR_WIDTH: f32 = 12.0;
const HANDLE_LEAST: f32 = 28.0;

/// The scroll position of a table.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Scroll {
    /// Row at the top edge; its fraction is hidden above.
    top: f64,
    /// Where in the handle a drag took hold, from 0 (its top) to 1.
    grabbed: f64,
}

impl Scroll {
    /// The first row that can be seen, and how much of it is hidden, from 0 to 1.
    pub(super) fn first(&self) -> (u64, f64) {
        (self.top.floor() as u64, self.top.fract())
    }

    /// Moves by a number of rows, which may be a fraction.
    pub(super) fn by(&mut self, rows: f64) {
        self.top += rows;
    }

    /// Keeps the position within `count` rows of which `fits` can be seen.
    pub(super) fn clamp(&mut self, count: u64, fits: f64) {
        self.top = self.top.clamp(0.0, last_top(count, fits));
    }

    /// Moves as little as possible to bring a row into full view.
    pub(super) fn show(&mut self, row: u64, fits: f64) {
        let row = row as f64; // exact up to 2^53 rows
        self.top = self.top.clamp((row + 1.0 - fits).min(row), row);
    }

    /// Brings a row into view; into the middle when it is far away.
    pub(super) fn reveal(&mut self, row: u64, fits: f64) {
        let row = row as f64;
        if row < self.top || row + 1.0 > self.top + fits {
            self.top = row - (fits - 1.0) / 2.0;
        }
    }

    /// Draws the bar into `track` and moves with it.
    pub(super) fn bar(&mut self, ui: &Ui, track: Rect, id: Id, count: u64, fits: f64) {
        if last_top(count, fits) <= 0.0 {
            return;
        }
        let response = ui.interact(track, id, Sense::CLICK | Sense::DRAG);
        response.widget_info(|| WidgetInfo {
            value: Some(self.top),
            ..WidgetInfo::labeled(Role::ScrollBar, true, "Scroll position")
        });
        let handle = self.handle(track, count, fits);
        if let Some(pointer) = response.interact_pointer_pos() {
            if response.drag_started() {
                let inside = f64::from((pointer.y - handle.top()) / handle.height());
                self.grabbed = if (0.0..=1.0).contains(&inside) { inside } else { 0.5 };
            }
            if response.dragged() {
                self.drag(pointer.y, handle, track, count, fits);
            } else if response.clicked() && !handle.contains(pointer) {
                self.by(if pointer.y < handle.top() { 1.0 - fits } else { fits - 1.0 });
            }
            self.clamp(count, fits);
        }
        let palette = theme::palette(ui);
        let active = response.hovered() || response.dragged();
        let color = if active { palette.faint } else { palette.handle };
        let shape = self.handle(track, count, fits).shrink2(vec2(if active { 2.0 } else { 3.0 }, 2.0));
        ui.painter().rect_filled(shape, shape.width() / 2.0, color);
    }

    fn handle(&self, track: Rect, count: u64, fits: f64) -> Rect {
        let height = (f64::from(track.height()) * fits / count as f64) as f32;
        let height = height.clamp(HANDLE_LEAST.min(track.height()), track.height());
        let position = (self.top / last_top(count, fits)).clamp(0.0, 1.0) as f32;
        let top = track.top() + (track.height() - height) * position;
        Rect::from_min_size(pos2(track.left(), top), vec2(track.width(), height))
    }

    fn drag(&mut self, pointer: f32, handle: Rect, track: Rect, count: u64, fits: f64) {
        let way = f64::from(track.height() - handle.height());
        if way > 0.0 {
            let top = f64::from(pointer - track.top()) - self.grabbed * f64::from(handle.height());
            self.top = (top / way).clamp(0.0, 1.0) * last_top(count, fits);
        }
    }
}

/// The position at which the last row is fully in view.
fn last_top(count: u64, fits: f64) -> f64 {
    (count as f64 - fits).max(0.0)
}

#[cfg(test)]
mod tests {
    use super::Scroll;

    const MANY: u64 = 50_000_000;

    #[test]
    fn positions_are_exact_at_fifty_million_rows() {
        let mut scroll = Scroll::default();
        scroll.reveal(MANY - 1, 20.5);
        scroll.clamp(MANY, 20.5);
        assert_eq!(scroll.first(), (MANY - 21, 0.5));
        scroll.by(-1.0 / 26.0); // a pixel
        let (first, hidden) = scroll.first();
        assert_eq!(first, MANY - 21);
        assert!((hidden - (0.5 - 1.0 / 26.0)).abs() < 1e-6);
    }

    #[test]
    fn showing_a_row_moves_as_little_as_possible() {
        let mut scroll = Scroll::default();
        scroll.show(5, 10.0);
        assert_eq!(scroll.first(), (0, 0.0));
        scroll.show(12, 10.0);
        assert_eq!(scroll.first(), (3, 0.0));
        scroll.show(2, 10.0);
        assert_eq!(scroll.first(), (2, 0.0));
    }

    #[test]
    fn revealing_a_far_row_puts_it_into_the_middle() {
        let mut scroll = Scroll::default();
        scroll.reveal(1000, 11.0);
        assert_eq!(scroll.first(), (995, 0.0));
        scroll.reveal(1001, 11.0);
        assert_eq!(scroll.first(), (995, 0.0), "it was in view");
    }
}
