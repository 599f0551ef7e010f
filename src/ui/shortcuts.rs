//! The keys that work anywhere in the window: one table, for handling and for the list of keys.

use eframe::egui::{Context, Event, Key, KeyboardShortcut, Modifiers};

use super::action::Action;
use crate::workspace::Command;

/// A key and what it does.
pub struct Shortcut {
    /// The key, where it is handled by the window as a whole.
    pub keys: KeyboardShortcut,
    /// In the list of keys.
    pub text: &'static str,
    action: fn() -> Action,
}

impl Shortcut {
    fn is(&self, event: &Event) -> bool {
        let KeyboardShortcut { modifiers: wanted, logical_key } = self.keys;
        matches!(event, Event::Key { key, pressed: true, modifiers, .. }
            if *key == logical_key && modifiers.matches_logically(wanted))
    }
}

const fn command(key: Key) -> KeyboardShortcut {
    KeyboardShortcut::new(Modifiers::COMMAND, key)
}

const fn plain(key: Key) -> KeyboardShortcut {
    KeyboardShortcut::new(Modifiers::NONE, key)
}

/// Opens files.
pub const OPEN: KeyboardShortcut = command(Key::O);
/// Opens by path.
pub const PATH: KeyboardShortcut = command(Key::L);
/// Goes to the filter.
pub const FILTER: KeyboardShortcut = command(Key::F);
/// Exports the table.
pub const EXPORT: KeyboardShortcut = command(Key::E);
/// Swaps base and target.
pub const SWAP: KeyboardShortcut = command(Key::R);
/// Shows the settings.
pub const SETTINGS: KeyboardShortcut = command(Key::Comma);
/// Lists the keys.
pub const KEYS: KeyboardShortcut = plain(Key::F1);

/// All of them.
pub const ALL: [Shortcut; 10] = [
    Shortcut { keys: OPEN, text: "Open snapshots", action: || Action::ChooseFiles },
    Shortcut { keys: PATH, text: "Open by path", action: || Action::EnterPath(None) },
    Shortcut { keys: FILTER, text: "Filter the table", action: || Action::FocusFilter },
    Shortcut { keys: EXPORT, text: "Export the table as CSV", action: || Action::ExportFocused },
    Shortcut { keys: command(Key::Num1), text: "Comparison", action: || Action::ShowComparison },
    Shortcut { keys: command(Key::Num2), text: "Summary", action: || Action::ShowSummary },
    Shortcut { keys: SWAP, text: "Swap base and target", action: || Action::Do(Command::SwapPair) },
    Shortcut { keys: plain(Key::F6), text: "Go to the other table", action: || Action::FocusNextTable },
    Shortcut { keys: SETTINGS, text: "Settings", action: || Action::ShowSettings },
    Shortcut { keys: KEYS, text: "Show this list", action: || Action::ShowKeys },
];

/// Keys that work anywhere as well, as text: egui and the clipboard bring them.
pub const BROUGHT: [(&str, &str); 2] =
    [("Ctrl V", "Open the files whose paths were copied"), ("Ctrl + and −", "Larger, smaller")];

/// Keys that belong to the table that has the keyboard, as text: they are handled there.
pub const IN_TABLES: [(&str, &str); 6] = [
    ("↑ ↓ PgUp PgDn Home End", "Move; with Shift, select a range"),
    ("→ ←", "Open a row or go in; close it or go out"),
    ("Space", "Open or close a row"),
    ("Enter", "Show what holds the object"),
    ("Ctrl C", "Copy the selected rows"),
    ("Shift F10", "All actions of a row"),
];

/// Takes the keys of this frame and says what they ask for, in the order in which they were pressed.
/// Gives how many of the events that are left came before the last of them.
pub fn handle(ctx: &Context, actions: &mut Vec<Action>) -> usize {
    let (mut left, mut before) = (0, 0);
    ctx.input_mut(|input| {
        input.events.retain(|event| {
            let Some(shortcut) = ALL.iter().find(|shortcut| shortcut.is(event)) else {
                left += 1;
                return true;
            };
            before = left;
            actions.push((shortcut.action)());
            false
        });
    });
    before
}

/// A shortcut as people write it here: `Ctrl F`.
pub fn hint(ctx: &Context, keys: &KeyboardShortcut) -> String {
    ctx.format_shortcut(keys).replace("Comma", ",").replace('+', " ")
}
