//! A field for a path: says what is there and how names go on, without ever waiting for a disk.

use eframe::egui::{Button, Id, Key, Modifiers, TextEdit, Ui, vec2};

use crate::ui::background::{Background, Poll};
use crate::ui::paths::{self, Lookup};
use crate::ui::theme::{self, CONTROL_HEIGHT};
use crate::ui::widgets::{filter_field::select_all, words};

/// See [`PathField::takes_focus`].
const FRAMES: u8 = 2;

/// A path while it is typed.
#[derive(Debug, Default)]
pub struct PathField {
    /// What is typed.
    pub text: String,
    /// What is there, as far as known.
    pub found: Lookup,
    /// The suggestion that arrow keys have gone to.
    chosen: Option<usize>,
    looked_up: Option<String>,
    looking: Option<Background<Lookup>>,
    /// What Enter was pressed on; it counts once it is known what is there.
    entered: Option<String>,
    /// In so many frames more it takes the keyboard: in the first one of a dialog, nothing can keep it.
    takes_focus: u8,
    /// Snapshots are no answer.
    is_for_folders: bool,
}

impl PathField {
    /// With a text to begin with.
    pub fn new(text: String) -> Self {
        Self { text, takes_focus: FRAMES, ..Self::default() }
    }

    /// For a folder, among other fields: it does not take the keyboard by itself, and
    /// suggests only while it has it.
    pub fn for_folder(text: String) -> Self {
        Self { text, is_for_folders: true, ..Self::default() }
    }

    /// Whether the field of this label has the keyboard.
    pub fn has_focus(ui: &Ui, label: &str) -> bool {
        ui.memory(|memory| memory.has_focus(id_of(label)))
    }

    /// Whether [`Self::found`] is about what is typed now.
    pub fn is_known(&self) -> bool {
        self.looking.is_none() && self.looked_up.as_ref() == Some(&self.text)
    }

    /// Draws the field and below it how what is typed goes on, or while nothing is typed,
    /// `recent` paths. True once, when Enter was pressed in it or a recent path was clicked, and
    /// it is known what is there: people are quicker than disks.
    pub fn show(&mut self, ui: &mut Ui, label: &str, hint: &str, recent: &[String]) -> bool {
        let id = id_of(label);
        if let Some(left) = self.takes_focus.checked_sub(1) {
            if self.takes_focus == FRAMES {
                select_all(ui, id, self.text.chars().count());
            }
            self.takes_focus = left;
            // Before it is drawn: what was typed meanwhile goes into it.
            ui.memory_mut(|memory| memory.request_focus(id));
        }
        let has_focus = Self::has_focus(ui, label);
        if has_focus && let Some(completed) = self.keys(ui, recent) {
            self.text = completed;
            cursor_to_end(ui, id, &self.text);
        }
        let tab_completes = self.tab_completes();
        let output = TextEdit::singleline(&mut self.text)
            .id(id)
            .font(theme::mono())
            .hint_text(hint.to_owned())
            .desired_width(f32::INFINITY)
            .min_size(vec2(0.0, CONTROL_HEIGHT))
            .lock_focus(tab_completes)
            .show(ui);
        let response = output.response.response.accessible_name(label);
        let entered = response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
        if entered {
            response.request_focus(); // for when what was typed leads nowhere
        }
        let clicked = (has_focus || !self.is_for_folders) && self.suggestions(ui, id, recent);
        if entered || clicked {
            self.entered = Some(self.text.clone());
        }
        self.look_up(ui);
        self.entered.take_if(|entered| *entered != self.text); // somebody goes on typing
        self.is_known() && self.entered.take().is_some()
    }

    /// Else it leads to what is beside the field. While nobody knows yet what there is, it stays.
    fn tab_completes(&self) -> bool {
        self.chosen.is_some()
            || !self.is_known()
            || self.found.suggestions.iter().any(|suggestion| *suggestion != self.text)
    }

    fn offered<'a>(&'a self, recent: &'a [String]) -> &'a [String] {
        if self.text.is_empty() { recent } else { &self.found.suggestions }
    }

    /// Arrows go through the suggestions, Enter takes the one they have gone to; Tab takes
    /// it as well, or else what all suggestions begin with. Gives the text that the field
    /// shall have.
    fn keys(&mut self, ui: &Ui, recent: &[String]) -> Option<String> {
        let count = self.offered(recent).len();
        let pressed = |key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
        if count > 0 && pressed(Key::ArrowDown) {
            self.chosen = Some(self.chosen.map_or(0, |at| (at + 1) % count));
        }
        if count > 0 && pressed(Key::ArrowUp) {
            self.chosen = Some(self.chosen.map_or(count - 1, |at| (at + count - 1) % count));
        }
        let chosen = self.chosen.and_then(|at| self.offered(recent).get(at)).cloned();
        if chosen.is_some() && pressed(Key::Enter) {
            self.chosen = None;
            return chosen;
        }
        if self.tab_completes() && pressed(Key::Tab) {
            self.chosen = None;
            return chosen.or_else(|| paths::completion(&self.text, &self.found.suggestions));
        }
        None
    }

    /// True when a recent path was clicked: nobody goes on typing there.
    fn suggestions(&mut self, ui: &mut Ui, id: Id, recent: &[String]) -> bool {
        let is_recent = self.text.is_empty() && !recent.is_empty();
        if is_recent {
            ui.add_space(theme::GRID);
            words::caption(ui, "Recent");
        }
        let mut clicked = None;
        ui.scope(|ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            ui.spacing_mut().interact_size.y = 22.0;
            for (at, suggestion) in self.offered(recent).iter().enumerate() {
                let is_chosen = self.chosen == Some(at);
                let palette = theme::palette(ui);
                let color = if is_chosen { palette.accent } else { palette.text };
                let words = eframe::egui::RichText::new(suggestion).font(theme::mono()).color(color);
                let button = Button::new(words).frame_when_inactive(is_chosen).selected(is_chosen).truncate();
                if ui.add(button).clicked() {
                    clicked = Some(suggestion.clone());
                }
            }
            if !self.offered(recent).is_empty() {
                words::caption(ui, "Tab completes, ↓ ↑ choose");
            }
        });
        let Some(clicked) = clicked else { return false };
        self.text = clicked;
        cursor_to_end(ui, id, &self.text);
        ui.memory_mut(|memory| memory.request_focus(id));
        is_recent
    }

    fn look_up(&mut self, ui: &Ui) {
        if let Some(looking) = &self.looking {
            match looking.poll() {
                Poll::Pending => return,
                Poll::Ready(found) => self.found = found,
                Poll::Lost => self.found = Lookup::default(),
            }
            self.looking = None;
            ui.ctx().request_repaint();
        }
        if self.looked_up.as_ref() != Some(&self.text) {
            self.chosen = None;
            self.looked_up = Some(self.text.clone());
            let text = self.text.clone();
            let folders = self.is_for_folders;
            self.looking = Some(Background::start(ui.ctx(), move || paths::look_up(&text, folders)));
        }
    }
}

fn id_of(label: &str) -> Id {
    Id::unique(("path field", label))
}

fn cursor_to_end(ui: &Ui, id: Id, text: &str) {
    use eframe::egui::text::{CCursor, CCursorRange};
    let mut state = TextEdit::load_state(ui.ctx(), id).unwrap_or_default();
    state.cursor.set_char_range(Some(CCursorRange::one(CCursor::new(text.chars().count()))));
    TextEdit::store_state(ui.ctx(), id, state);
}
