//! A border between two panes that can be dragged. What is kept is the share of
//! the room that a pane has, so that panes grow and shrink with the window.

use eframe::egui::{CursorIcon, Id, Pos2, Rect, Role, Sense, Stroke, Ui, WidgetInfo};

use crate::ui::theme;

/// Half the width of what can be grabbed, in points.
const GRIP: f32 = 4.0;

/// Which way the border runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Border {
    /// From left to right: it is dragged up and down.
    Horizontal,
    /// From top to bottom: it is dragged left and right.
    Vertical,
}

/// Draws the border from `from` to `to`, over what has been drawn before, and says what was done to it.
pub fn splitter(ui: &Ui, id: Id, label: &str, border: Border, from: Pos2, to: Pos2) -> Dragged {
    let grip = Rect::from_two_pos(from, to).expand(GRIP);
    let response = ui.interact(grip, id, Sense::CLICK | Sense::DRAG).on_hover_and_drag_cursor(match border {
        Border::Horizontal => CursorIcon::ResizeVertical,
        Border::Vertical => CursorIcon::ResizeHorizontal,
    });
    response.widget_info(|| WidgetInfo::labeled(Role::Splitter, true, label));
    let palette = theme::palette(ui);
    let active = response.hovered() || response.dragged();
    let color = if active { palette.accent } else { palette.line };
    ui.painter().line_segment([from, to], Stroke::new(1.0, color));
    if response.double_clicked() {
        Dragged::Reset
    } else if response.dragged() {
        let delta = response.drag_delta();
        Dragged::By(if border == Border::Horizontal { delta.y } else { delta.x })
    } else {
        Dragged::No
    }
}

/// What was done to a border.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Dragged {
    /// Nothing.
    No,
    /// It was moved by so many points, down or to the right.
    By(f32),
    /// It shall go back to where it was at first.
    Reset,
}

/// A pane's share of the room it divides with another.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Share {
    first: f32,
    now: f32,
}

impl Share {
    /// A share from 0 to 1.
    pub fn new(share: f32) -> Self {
        Self { first: share, now: share }
    }

    /// The pane's size in points, where `room` is divided and both panes keep at least `least` of it.
    pub fn of(self, room: f32, least: [f32; 2]) -> f32 {
        (room * self.now).min(room - least[1]).max(least[0]).min(room)
    }

    /// Takes in what was done to the border of a pane that lies below or to the right of it.
    pub fn drag(&mut self, dragged: Dragged, size: f32, room: f32) {
        match dragged {
            Dragged::By(delta) if room > 0.0 => self.now = ((size - delta) / room).clamp(0.0, 1.0),
            Dragged::No | Dragged::By(_) => {}
            Dragged::Reset => self.now = self.first,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Dragged, Share};

    #[test]
    fn panes_keep_their_share_and_the_least_they_need() {
        let mut share = Share::new(0.25);
        assert_eq!(share.of(800.0, [100.0, 100.0]), 200.0);
        assert_eq!(share.of(300.0, [100.0, 100.0]), 100.0);
        share.drag(Dragged::By(-200.0), 200.0, 800.0);
        assert_eq!(share.of(800.0, [100.0, 100.0]), 400.0);
        assert_eq!(share.of(400.0, [100.0, 100.0]), 200.0);
        share.drag(Dragged::Reset, 400.0, 800.0);
        assert_eq!(share.of(800.0, [100.0, 100.0]), 200.0);
    }
}
