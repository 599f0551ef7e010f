//! Writes the settings file off the window's thread: one write at a time, and the last state wins.

use std::path::Path;
use std::time::{Duration, Instant};

use super::Settings;
use super::state::{MessageKind, Workspace};
use super::work::{Failure, Outcome, told};
use crate::jobs::Handle;

/// The write that is under way.
#[derive(Debug, Default)]
pub(super) struct Saving {
    job: Option<Handle>,
    /// The settings have changed since it began.
    is_outdated: bool,
}

impl Workspace {
    /// Starts to write the settings file; while one write is under way, the next one waits for it.
    pub(super) fn save_settings(&mut self) {
        let Some(file) = self.settings_file.clone() else { return };
        if self.saving.job.is_some() {
            self.saving.is_outdated = true;
            return;
        }
        let settings = self.settings.clone();
        let save = move |_: &_| Outcome::SettingsSaved(save(&settings, &file));
        let handle =
            self.jobs.start("save settings", save, |fault| Outcome::SettingsSaved(Err(told(&fault))));
        self.saving.job = Some(handle);
    }

    /// Takes in that a write has ended.
    pub(super) fn settings_saved(&mut self, result: Result<(), Failure>) {
        self.saving.job = None;
        if let Err(Failure::Told(text)) = result {
            self.tell(MessageKind::Warning, text);
        }
        if std::mem::take(&mut self.saving.is_outdated) {
            self.save_settings();
        }
    }

    /// To be called when the program ends: waits until the settings are written and indices that
    /// are half written are gone, but no longer than `patience`, and only once.
    pub fn finish(&mut self, patience: Duration) {
        let end = Instant::now() + patience;
        self.index_jobs.values().for_each(Handle::cancel);
        while self.saving.job.is_some() || !self.index_jobs.is_empty() {
            match self.jobs.wait(end.saturating_duration_since(Instant::now())) {
                Some(Ok(Outcome::SettingsSaved(result))) => self.settings_saved(result),
                Some(Ok(Outcome::Indexed(key, _))) => drop(self.index_jobs.remove(&key)),
                Some(_) => {} // nobody will look at it
                None => {
                    self.saving = Saving::default();
                    self.index_jobs.clear();
                }
            }
        }
    }
}

/// What is waited for at most when a workspace goes.
pub const PATIENCE: Duration = Duration::from_secs(2);

impl Drop for Workspace {
    fn drop(&mut self) {
        self.finish(PATIENCE);
    }
}

fn save(settings: &Settings, file: &Path) -> Result<(), Failure> {
    settings
        .save(file)
        .map_err(|error| Failure::Told(format!("cannot save the settings: {error}: {}", file.display())))
}
