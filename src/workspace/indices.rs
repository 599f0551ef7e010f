//! What a user decides about indices: whether they are kept, where, how many; and what they take now.

use std::path::{Path, PathBuf};

use super::Settings;
use super::state::Workspace;
use super::work::{Failure, Outcome, told};
use crate::index::{IndexStore, Usage};
use crate::jobs::Handle;

/// What the indices take on the disk.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum IndexUsage {
    /// Nobody has asked yet, or a job is finding out.
    #[default]
    Unknown,
    /// So much.
    Known(Usage),
    /// The folder cannot be looked at; the words say why.
    Failed(String),
}

/// What is known of the folder that the settings name, and of the one before it.
#[derive(Debug, Default)]
pub(super) struct Indices {
    usage: IndexUsage,
    work: Option<Handle>,
    left: Option<(PathBuf, Usage)>,
}

impl Settings {
    /// The folder that indices are kept in: the user's own, or the usual one. None without a home.
    pub fn folder_of_indices(&self) -> Option<PathBuf> {
        self.index_folder.clone().or_else(IndexStore::usual_folder)
    }
}

impl Workspace {
    /// What the indices of the settings' folder take.
    pub fn index_usage(&self) -> &IndexUsage {
        &self.indices.usage
    }

    /// Whether a job is looking at the folder of the indices, or is deleting them.
    pub fn is_at_indices(&self) -> bool {
        self.indices.work.is_some()
    }

    /// The folder from before another one was chosen, where indices have stayed.
    pub fn left_indices(&self) -> Option<(&Path, Usage)> {
        self.indices.left.as_ref().map(|(folder, usage)| (folder.as_path(), *usage))
    }

    pub(super) fn keep_indices(&mut self, keep: bool) {
        self.settings.index = keep;
        if !keep {
            self.index_jobs.clear(); // which cancels them
        }
        self.save_settings();
    }

    pub(super) fn set_index_limit(&mut self, gigabytes: u64) {
        self.settings.index_limit_gb = gigabytes.max(1);
        self.save_settings();
    }

    pub(super) fn set_index_folder(&mut self, folder: Option<PathBuf>) {
        let folder = folder
            .map(|folder| std::path::absolute(&folder).unwrap_or(folder))
            .filter(|folder| IndexStore::usual_folder().as_ref() != Some(folder));
        if folder == self.settings.index_folder {
            return;
        }
        let before = self.settings.folder_of_indices();
        self.settings.index_folder = folder;
        self.save_settings();
        let left = match self.indices.usage {
            IndexUsage::Known(usage) if usage.count > 0 => before.map(|folder| (folder, usage)),
            _ => self.indices.left.take(),
        };
        self.indices.left = left.filter(|(left, _)| self.settings.folder_of_indices().as_ref() != Some(left));
        self.look_at_indices();
    }

    /// Starts to find out what the indices take.
    pub(super) fn look_at_indices(&mut self) {
        match self.settings.folder_of_indices() {
            Some(folder) => {
                self.indices.usage = IndexUsage::Unknown;
                self.at_indices(folder, |_| Ok(()));
            }
            None => {
                self.indices.usage =
                    IndexUsage::Failed("There is no home folder: choose a folder".to_owned());
            }
        }
    }

    /// The same when an index was written, if somebody has asked before.
    pub(super) fn index_was_written(&mut self) {
        if self.indices.usage != IndexUsage::Unknown {
            self.look_at_indices();
        }
    }

    /// Starts to delete the indices of a folder.
    pub(super) fn delete_indices(&mut self, folder: PathBuf) {
        self.index_jobs.clear(); // which cancels them
        self.at_indices(folder, IndexStore::remove_all);
    }

    /// Does something with a folder of indices and looks what is in it then.
    fn at_indices(
        &mut self,
        folder: PathBuf,
        work: impl FnOnce(&IndexStore) -> std::io::Result<()> + Send + 'static,
    ) {
        let (of, of_fault) = (folder.clone(), folder.clone());
        let job = move |_: &_| {
            let store = IndexStore::new(folder);
            let done = work(&store).map_err(|error| failure("cannot delete all indices", &error, &of));
            let usage = store.usage().map_err(|error| failure("cannot look at the indices", &error, &of));
            Outcome::Indices(of, done.and(usage))
        };
        let handle = self.jobs.start("indices", job, |fault| Outcome::Indices(of_fault, Err(told(&fault))));
        self.indices.work = Some(handle);
    }

    /// Takes in what a folder of indices holds now.
    pub(super) fn indices_seen(&mut self, folder: &Path, result: Result<Usage, Failure>) {
        if self.indices.left.as_ref().is_some_and(|(left, _)| left == folder) {
            self.indices.work = None;
            match result {
                Ok(usage) => {
                    self.indices.left = Some((folder.to_owned(), usage)).filter(|left| left.1.count > 0);
                }
                Err(failure) => self.tell_failure(failure),
            }
        } else if self.settings.folder_of_indices().as_deref() == Some(folder) {
            self.indices.work = None;
            self.indices.usage = match result {
                Ok(usage) => IndexUsage::Known(usage),
                Err(Failure::Told(text)) => IndexUsage::Failed(text),
                Err(Failure::Cancelled) => IndexUsage::Unknown,
            };
        }
    }
}

fn failure(what: &str, error: &std::io::Error, folder: &Path) -> Failure {
    Failure::Told(format!("{what}: {error}: {}", folder.display()))
}
