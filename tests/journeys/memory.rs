//! A scan's memory does not grow with what a store holds.

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

/// Takes some seconds: memory that grows only shows on a store of some size.
#[tokio::test]
async fn sixty_thousand_files_are_scanned_in_less_than_a_hundred_mebibytes() {
    for database in Database::BOTH {
        let council = Council::found(database).await;
        let share = Share::make(council.path("share"));
        let folders = 20;
        for folder in 0..folders {
            let name = format!("jobs/{folder:02}");
            let due = usize::try_from(DUE / folders).unwrap();
            let kept = usize::try_from((FILES - DUE) / folders).unwrap();
            share.files(&format!("{name}/old"), due, "2015-06-01T10:00:00Z");
            share.files(&format!("{name}/new"), kept, "2024-06-01T10:00:00Z");
        }
        council.store(
            "share",
            "kind = 'filesystem'\n[settings]\nroot = '{folder}/share'\nthreads = 2\n[[mapping]]\n\
             record_type = 'HOU-03'\nlocation = 'jobs'\n\
             [mapping.dates]\nlast-modified = { from = 'modified' }\n",
        );
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
