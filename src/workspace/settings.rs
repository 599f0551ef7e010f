//! What is remembered from one run to the next: theme, recent files, where indices are kept.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::index::IndexStore;

/// Light or dark.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Theme {
    /// As the desktop says.
    #[default]
    System,
    /// Dark.
    Dark,
    /// Light.
    Light,
}

/// How many recent files are kept.
const RECENT: usize = 12;

/// The settings, as their file has them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// Light or dark.
    pub theme: Theme,
    /// Files that were opened, the latest first.
    pub recent: Vec<PathBuf>,
    /// Keep indices of snapshots, so that they open at once the next time.
    pub index: bool,
    /// Where indices are kept; in the user's cache folder when not said.
    pub index_folder: Option<PathBuf>,
    /// What all indices together may take, in units of 1,024³ bytes.
    pub index_limit_gb: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            theme: Theme::default(),
            recent: Vec::new(),
            index: true,
            index_folder: None,
            index_limit_gb: IndexStore::LIMIT >> 30,
        }
    }
}

impl Settings {
    /// Reads the settings file; defaults where there is none or it cannot be understood.
    pub fn load(file: &Path) -> Self {
        fs::read(file).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default()
    }

    /// Writes the settings file: beside it first, so that it is never half written.
    pub fn save(&self, file: &Path) -> io::Result<()> {
        let folder = file.parent().ok_or(io::ErrorKind::InvalidInput)?;
        fs::create_dir_all(folder)?;
        let mut temporary = tempfile::NamedTempFile::new_in(folder)?;
        serde_json::to_writer_pretty(temporary.as_file_mut(), self)?;
        temporary.persist(file).map_err(|error| error.error)?;
        Ok(())
    }

    /// Puts a file at the head of the recent list.
    pub fn remember(&mut self, path: &Path) {
        self.recent.retain(|other| other != path);
        self.recent.insert(0, path.to_owned());
        self.recent.truncate(RECENT);
    }
}

/// Where the settings file is on this system; none without a home.
pub fn default_file() -> Option<PathBuf> {
    Some(dirs::config_dir()?.join("heaplens").join("settings.json"))
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use super::{Settings, Theme};

    #[test]
    fn settings_survive_a_restart_and_a_broken_file_is_no_harm() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("deep").join("settings.json");
        let mut settings = Settings { theme: Theme::Light, ..Settings::default() };
        settings.remember(Path::new("/a"));
        settings.remember(Path::new("/b"));
        settings.remember(Path::new("/a"));
        settings.save(&file).unwrap();
        assert_eq!(Settings::load(&file), settings);
        assert_eq!(settings.recent, [PathBuf::from("/a"), PathBuf::from("/b")]);

        std::fs::write(&file, "{ nonsense").unwrap();
        assert_eq!(Settings::load(&file), Settings::default());
    }
}
