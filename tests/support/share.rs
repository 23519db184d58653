//! A file share of the tests: files with the times a story gives them.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use jiff::Timestamp;

/// A folder of files.
pub(crate) struct Share(PathBuf);

impl Share {
    /// A new folder.
    pub(crate) fn make(root: PathBuf) -> Self {
        fs::create_dir_all(&root).expect("a folder");
        Self(root)
    }

    /// Its root.
    pub(crate) fn root(&self) -> &Path {
        &self.0
    }

    /// A folder below it.
    pub(crate) fn folder(&self, path: &str) {
        fs::create_dir_all(self.0.join(path)).expect("a folder");
    }

    /// A file below it, with its path for content, last changed at this instant.
    pub(crate) fn file(&self, path: &str, changed: &str) {
        let file = self.0.join(path);
        fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
        fs::write(&file, path).expect("a file");
        self.touch(path, changed);
    }

    /// Many files of one folder, all last changed at this instant.
    pub(crate) fn files(&self, folder: &str, count: usize, changed: &str) {
        self.folder(folder);
        let changed: Timestamp = changed.parse().expect("an instant");
        for number in 0..count {
            let file = File::create(self.0.join(format!("{folder}/record-{number:05}")));
            file.and_then(|file| file.set_modified(changed.into())).expect("a file");
        }
    }

    /// Changes when a file was last changed.
    pub(crate) fn touch(&self, path: &str, changed: &str) {
        let changed: Timestamp = changed.parse().expect("an instant");
        let file = File::options().append(true).open(self.0.join(path)).expect("the file");
        file.set_modified(changed.into()).expect("a time");
    }

    /// Someone moves a file or folder out of the share.
    pub(crate) fn take_away(&self, path: &str) {
        let away = self.0.with_extension("away");
        fs::create_dir_all(&away).expect("a folder");
        let name = path.replace('/', "_");
        fs::rename(self.0.join(path), away.join(name)).expect("a file moved");
    }

    /// And brings it back.
    pub(crate) fn bring_back(&self, path: &str) {
        let away = self.0.with_extension("away").join(path.replace('/', "_"));
        fs::rename(away, self.0.join(path)).expect("a file moved");
    }
}
