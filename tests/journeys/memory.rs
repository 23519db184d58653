//! A scan's memory does not grow with what a store holds.

use std::path::Path;
use std::process::Stdio;

use crate::catalogue::Database;
use crate::council::Council;
use crate::share::Share;

const FILES: u64 = 60_000;
const DUE: u64 = 4_000;
const CEILING_KIB: u64 = 100 * 1024;

/// The most memory a process has had resident so far, in KiB; nothing once it
/// has ended.
fn peak(process: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

const STORE: &str = "kind = 'filesystem'\n[settings]\nroot = 'ROOT'\nthreads = 2\n[[mapping]]\n\
    record_type = 'HOU-03'\nlocation = 'jobs'\n\
    [mapping.dates]\nlast-modified = { from = 'modified' }\n";

fn sixty_thousand(folder: &Path) -> Share {
    const FOLDERS: u64 = 20;
    let share = Share::make(folder.join("share"));
    let in_each = |files: u64| usize::try_from(files / FOLDERS).unwrap();
    for number in 0..FOLDERS {
        let name = format!("jobs/{number:02}");
        share.files(&format!("{name}/old"), in_each(DUE), "2015-06-01T10:00:00Z");
        share.files(&format!("{name}/new"), in_each(FILES - DUE), "2024-06-01T10:00:00Z");
    }
    share
}

/// Takes some seconds: memory that grows only shows on a store of some size.
#[tokio::test]
async fn sixty_thousand_files_are_scanned_in_less_than_a_hundred_mebibytes() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let share = sixty_thousand(folder.path());
    for database in Database::BOTH {
        let council = Council::found(database).await;
        council.store("share", &STORE.replace("ROOT", &share.root().display().to_string()));
        council.accept(&[("HOU-03", "Housing", "6 years after last modified", "")]).await;
        let mut command = council.command(&["--json", "scan"]);
        let child = command.stdout(Stdio::piped()).spawn().expect("the binary");
        let mut most = 0;
        // The peak only rises, so the last that is read is the peak but for the
        // last moments; the loop ends with the process.
        while let Some(now) = peak(child.id()) {
            most = now;
        }
        let output = child.wait_with_output().expect("an end");
        let scan: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
        assert_eq!(
            (&scan["items"], &scan["outcomes"]["due"]["units"]),
            (&FILES.into(), &DUE.into())
        );
        println!("{database:?}: {most} KiB");
        assert!(most > 1024, "the peak was never read");
        assert!(most < CEILING_KIB, "{FILES} files took {most} KiB");
    }
}
