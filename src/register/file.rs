//! A register file read whole: what was checked, the lines, and the digest of
//! its bytes by which it is known again.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use sha2::{Digest as _, Sha256};

use super::check::{Checked, check_file};
use super::error::{FileError, Problem};
use super::profile::ImportProfile;
use super::row::{NewLine, People, Place};
use crate::audit::digest::hex;

/// A register file, ready to be imported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegisterFile {
    /// The file's name, without its folder.
    pub name: String,
    /// The digest of its bytes, in hexadecimal.
    pub sha256: String,
    /// What people call the profile it was read by.
    pub profile: String,
    /// Counts and findings.
    pub checked: Checked,
    /// The accepted lines, in the order of the file.
    pub lines: Vec<(NewLine, Place)>,
}

impl RegisterFile {
    /// Reads and checks the file. `profile_name` is what people call the profile.
    ///
    /// # Errors
    ///
    /// Where the file cannot be read, or is changed by someone meanwhile.
    pub fn read(
        path: &Path,
        profile: &ImportProfile,
        profile_name: &str,
        people: &People,
    ) -> Result<Self, FileError> {
        // A folder or an empty file is told better by the check.
        let before = digest(path).ok();
        let mut lines = Vec::new();
        let checked = check_file(path, profile, people, &mut lines)?;
        let sha256 = digest(path).map_err(|error| Problem::io(error).of(path))?;
        if before.as_ref() != Some(&sha256) {
            return Err(Problem::Changing.of(path));
        }
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Ok(Self { name, sha256, profile: profile_name.to_owned(), checked, lines })
    }
}

fn digest(path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    let mut digest = Sha256::new();
    let mut buffer = vec![0; 64 << 10];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(hex(&digest.finalize())),
            read => digest.update(&buffer[..read]),
        }
    }
}
