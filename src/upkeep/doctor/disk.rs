//! Room on the disk where the state directory is.

use std::path::Path;

use async_trait::async_trait;

use super::{Check, Patient, Said, warning, well, wrong};
use crate::upkeep::UpkeepError;

pub(super) struct Disk;

/// With less the catalogue may stop at any moment.
const SCARCE: u64 = 100 << 20;
/// With less a backup may not fit.
const LITTLE: u64 = 1 << 30;

const REMEDY: &str = "Free some space, or move the state directory or the older backups";

#[async_trait]
impl Check for Disk {
    fn area(&self) -> &'static str {
        "disk"
    }

    async fn look(&self, patient: &Patient<'_>) -> Result<Vec<Said>, UpkeepError> {
        let state = &patient.config.state_directory;
        let free = free(state).map_err(UpkeepError::file(state, "its disk does not say"))?;
        Ok(vec![verdict(state, free)])
    }
}

fn free(folder: &Path) -> std::io::Result<u64> {
    let disk = rustix::fs::statvfs(folder)?;
    Ok(disk.f_bavail.saturating_mul(disk.f_frsize))
}

fn verdict(folder: &Path, free: u64) -> Said {
    let what = format!("{}: {} MiB are free", folder.display(), free >> 20);
    match free {
        free if free < SCARCE => wrong(what, REMEDY),
        free if free < LITTLE => warning(what, REMEDY),
        _ => well(what),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Level;
    use super::*;

    #[test]
    fn little_room_is_a_warning_and_hardly_any_is_wrong() {
        let cases =
            [(LITTLE, Level::Well), (LITTLE - 1, Level::Warning), (SCARCE - 1, Level::Wrong)];
        for (free, level) in cases {
            assert_eq!(verdict(Path::new("/var"), free).level, level, "{free}");
        }
        assert_eq!(verdict(Path::new("/var"), 3 << 20).what, "/var: 3 MiB are free");
    }
}
