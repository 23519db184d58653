//! The Debian package, really installed, upgraded, removed and purged on a
//! copy-on-write copy of this machine.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The project's folder.
const HERE: &str = env!("CARGO_MANIFEST_DIR");

/// Whether this user may mount what they like where nobody else sees it.
pub(crate) fn may_mount() -> bool {
    let mut unshare = Command::new("unshare");
    unshare.args(["--mount", "--propagation", "private", "true"]).stderr(Stdio::null());
    unshare.status().is_ok_and(|status| status.success())
}

/// Builds the package of the tests' own binary: what the package does with it
/// does not depend on how it was compiled.
fn package(binary: &Path, version: &str, folder: &Path) -> PathBuf {
    let mut command = Command::new(format!("{HERE}/deploy/package"));
    command.arg(binary).arg(version).env("RETAIND_PACKAGES", folder);
    let output = command.env("DPKG_DEB_COMPRESSOR_TYPE", "none").output().expect("deploy/package");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    PathBuf::from(String::from_utf8(output.stdout).expect("a path").trim())
}

#[test]
fn the_package_installs_upgrades_keeping_what_is_the_councils_removes_and_purges() {
    if !may_mount() {
        eprintln!("skipped: only root, who may mount, can make a copy of the machine");
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let binary = folder.path().join("retaind");
    let mut strip = Command::new("strip");
    strip.arg("-o").arg(&binary).arg(env!("CARGO_BIN_EXE_retaind"));
    assert!(strip.status().expect("strip").success());
    let old = package(&binary, "0.0.1", folder.path());
    let new = package(&binary, "0.0.2", folder.path());
    let scratch = folder.path().join("machine");
    std::fs::create_dir(&scratch).expect("a folder");
    let script = format!("{HERE}/tests/journeys/package.sh");
    let mut life = Command::new("bash");
    life.arg(script).args([&old, &new, &scratch]);
    let output = life.output().expect("bash");
    assert!(
        output.status.success() && output.stdout.ends_with(b"== well\n"),
        "{}\n{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn the_alert_rules_are_such_as_prometheus_reads() {
    let rules = format!("{HERE}/deploy/prometheus/retaind.rules.yml");
    let check = Command::new("promtool").args(["check", "rules", &rules]).output();
    let output = check.expect("promtool: run the tests with ./tests/run, which installs it");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
