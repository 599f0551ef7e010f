//! A field for words to filter by, with its key and a cross to empty it.

use eframe::egui::{Context, Id, Key, Margin, Modifiers, TextEdit, Ui, vec2};

use super::controls;
use crate::ui::theme::CONTROL_HEIGHT;

/// What happened in the field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FilterResponse {
    /// Other words are in it now.
    pub changed: Option<String>,
    /// The keyboard shall go to the table: after Enter or an arrow down to its rows, after Escape, which
    /// empties the field, only there.
    pub left: Option<Left>,
}

/// How a field was left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Left {
    /// To look at what was found.
    ToRows,
    /// To look at all again.
    Emptied,
}

/// How a field is drawn.
#[derive(Clone, Copy, Debug)]
pub struct FilterLook<'a> {
    /// What it is, for those who do not see it.
    pub label: &'a str,
    /// What can be typed, while nothing is.
    pub hint: &'a str,
    /// The keys that lead to it; may be empty.
    pub keys: &'a str,
    /// In points.
    pub width: f32,
}

/// Whether the field of this label has the keyboard.
pub fn has_keyboard(ctx: &Context, label: &str) -> bool {
    ctx.memory(|memory| memory.has_focus(id_of(label)))
}

fn id_of(label: &str) -> Id {
    Id::unique(("filter field", label))
}

/// Shows the field with `text` in it; `take_focus` gives it the keyboard.
pub fn filter_field(ui: &mut Ui, text: &str, look: FilterLook<'_>, take_focus: bool) -> FilterResponse {
    let FilterLook { label, hint, keys, width } = look;
    let mut buffer = text.to_owned();
    let id = id_of(label);
    let leaves = ui.memory(|memory| memory.has_focus(id))
        && ui.input_mut(|input| {
            input.consume_key(Modifiers::NONE, Key::ArrowDown)
                || input.consume_key(Modifiers::NONE, Key::Enter)
        });
    if take_focus {
        // Before the field is drawn: what was typed meanwhile replaces what was in it.
        ui.memory_mut(|memory| memory.request_focus(id));
        select_all(ui, id, buffer.chars().count());
    }
    let right = if keys.is_empty() { 28 } else { 60 };
    let output = TextEdit::singleline(&mut buffer)
        .id(id)
        .hint_text(hint.to_owned())
        .desired_width(width - 10.0 - f32::from(right))
        .min_size(vec2(width, CONTROL_HEIGHT))
        .margin(Margin { left: 10, right, top: 6, bottom: 6 })
        .show(ui);
    let response = output.response.response.accessible_name(label);
    let inner = response.rect.right_center() - vec2(8.0, 0.0);
    if buffer.is_empty() {
        if !keys.is_empty() {
            controls::key_hint(ui, inner, keys);
        }
    } else {
        let center = response.rect.right_center() - vec2(15.0, 0.0);
        if controls::close_button(ui, id.with("clear"), center, "Clear the filter").clicked() {
            buffer.clear();
            ui.memory_mut(|memory| memory.request_focus(id)); // for other words
        }
    }
    // Escape has taken the keyboard away before anything is drawn.
    let escaped = response.lost_focus() && ui.input(|input| input.key_pressed(Key::Escape));
    let left = match (leaves, escaped) {
        _ if take_focus => None,
        (_, true) => Some(Left::Emptied),
        (leaves, _) => leaves.then_some(Left::ToRows),
    };
    if left == Some(Left::Emptied) {
        buffer.clear();
    }
    if left.is_some() {
        response.surrender_focus();
    }
    FilterResponse { changed: (buffer != text).then_some(buffer), left }
}

/// Selects what is in a text field, so that typing replaces it.
pub fn select_all(ui: &Ui, id: Id, chars: usize) {
    use eframe::egui::text::{CCursor, CCursorRange};
    let mut state = TextEdit::load_state(ui.ctx(), id).unwrap_or_default();
    state.cursor.set_char_range(Some(CCursorRange::two(CCursor::new(0), CCursor::new(chars))));
    TextEdit::store_state(ui.ctx(), id, state);
}
