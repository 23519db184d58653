//! Makes a folder tree like a shared drive's, the same for the same seed.
//!
//! ```text
//! mktree FOLDER FILES [SEED]
//! ```
//!
//! About one folder to twelve files, up to 20 deep, most folders small and one
//! with a fortieth of all files; times last modified over 2011 to 2025, to the
//! second; one file in ten with content.

use std::error::Error;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

const FROM: u64 = 1_293_840_000;
const SECONDS: u64 = 15 * 365 * 86_400;
const DEEPEST: usize = 20;
const FILES_FOR_EACH_FOLDER: u64 = 12;

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let (folder, files, seed) = match &words[..] {
        [folder, files] => (folder, files.parse()?, 7),
        [folder, files, seed] => (folder, files.parse()?, seed.parse()?),
        _ => return Err("usage: mktree FOLDER FILES [SEED]".into()),
    };
    make(Path::new(folder), files, &mut Random(seed))?;
    Ok(())
}

fn make(root: &Path, files: u64, random: &mut Random) -> std::io::Result<()> {
    fs::create_dir(root)?;
    let folders = folders(root, files / FILES_FOR_EACH_FOLDER + 1, random)?;
    let large = files / 40;
    for number in 0..files {
        let folder = if number < large {
            &folders[folders.len() / 2]
        } else {
            // The least of two makes the earlier folders fuller than the later.
            let (one, other) = (random.below(folders.len()), random.below(folders.len()));
            &folders[one.min(other)]
        };
        file(&folder.join(format!("record-{number:07}.pdf")), random)?;
    }
    Ok(())
}

fn folders(root: &Path, count: u64, random: &mut Random) -> std::io::Result<Vec<PathBuf>> {
    let mut folders = vec![(root.to_path_buf(), 0)];
    for number in 1..count {
        let (above, depth) = folders[random.below(folders.len())].clone();
        let depth = if depth < DEEPEST { depth + 1 } else { 1 };
        let above = if depth == 1 { root } else { above.as_path() };
        let folder = above.join(format!("folder-{number:06}"));
        fs::create_dir(&folder)?;
        folders.push((folder, depth));
    }
    Ok(folders.into_iter().map(|(folder, _)| folder).collect())
}

fn file(path: &Path, random: &mut Random) -> std::io::Result<()> {
    let mut file = File::create_new(path)?;
    if random.next().is_multiple_of(10) {
        file.write_all(&vec![b'x'; random.below(4000)])?;
    }
    let second = FROM + random.next() % SECONDS;
    file.set_modified(UNIX_EPOCH + Duration::from_secs(second))
}

/// Splitmix64 (Steele, Lea and Flood 2014): small, and the same everywhere.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end as u64).unwrap_or(0)
    }
}
