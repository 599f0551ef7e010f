//! Keeps what people type while a dialog opens: they do not wait until it can take it.

use eframe::egui::{Context, Event};

/// What was typed since the key or click that opens a dialog. A dialog is laid out unseen first, and takes
/// nothing meanwhile.
#[derive(Debug, Default)]
pub struct TypedAhead {
    events: Vec<Event>,
    was_laid_out: bool,
}

impl TypedAhead {
    /// To be called in each frame that a dialog is drawn in, before it is. In the first one what is typed is
    /// taken away, without the first `before` events, which were meant for something else; and given
    /// back in the second.
    pub fn pass_on(&mut self, ctx: &Context, before: usize) {
        ctx.input_mut(|input| {
            if std::mem::replace(&mut self.was_laid_out, true) {
                input.events.splice(..0, self.events.drain(..));
            } else {
                let later = input.events.split_off(before.min(input.events.len()));
                let (typed, others) = later.into_iter().partition(is_typed);
                self.events = typed;
                input.events.extend::<Vec<Event>>(others);
            }
        });
        if !self.events.is_empty() {
            ctx.request_repaint();
        }
    }
}

fn is_typed(event: &Event) -> bool {
    matches!(event, Event::Text(_) | Event::Paste(_) | Event::Ime(_) | Event::Key { .. })
}
