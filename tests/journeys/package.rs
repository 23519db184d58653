//! The Debian package, really installed, upgraded, removed and purged on a
//! copy-on-write copy of this machine.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The project's folder.
const HERE: &str = env!("CARGO_MANIFEST_DIR");

/// Where a test that could not be run is counted: `tests/run` names the file, and
/// says at its end how many there were.
const LEFT_OUT: &str = "RETAIND_TEST_LEFT_OUT";

/// Whether this user may mount what they like where nobody else sees it. Where
/// they may not, the test is counted as left out, or fails where nobody counts.
pub(crate) fn may_mount(test: &str) -> bool {
    let mut unshare = Command::new("unshare");
    unshare.args(["--mount", "--propagation", "private", "true"]).stderr(Stdio::null());
    if unshare.status().is_ok_and(|status| status.success()) {
        return true;
    }
    let file = std::env::var_os(LEFT_OUT).unwrap_or_else(|| {
        panic!(
            "{test} needs a user who may mount, such as root; ./tests/run counts what it leaves out"
        )
    });
    let file = std::fs::OpenOptions::new().append(true).create(true).open(file);
    writeln!(file.expect("a file to count in"), "{test}").expect("counted");
    false
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

/// The exposure of the unit that an operator is told of.
fn told_exposure() -> String {
    let page = std::fs::read_to_string(format!("{HERE}/docs/OPERATIONS.md")).expect("the page");
    let (_, rest) = page.split_once("Overall exposure level for retaind.service: ").expect("it");
    rest.split_whitespace().next().expect("a number").to_owned()
}

#[test]
fn the_package_installs_upgrades_keeping_what_is_the_councils_removes_and_purges() {
    if !may_mount("the Debian package on a copy of this machine") {
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
    life.arg(script).args([&old, &new, &scratch]).env("EXPOSURE", told_exposure());
    let output = life.output().expect("bash");
    assert!(
        output.status.success() && output.stdout.ends_with(b"== well\n"),
        "{}\n{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}

/// Each alert of the rules has a row of samples on which it is quiet and then fires.
#[test]
fn each_alert_fires_when_it_should_and_not_before() {
    let rules = std::fs::read_to_string(format!("{HERE}/deploy/prometheus/retaind.rules.yml"));
    let tests = format!("{HERE}/tests/data/prometheus/retaind.rules.test.yml");
    let tried = std::fs::read_to_string(&tests).expect("the tests of the rules");
    for line in rules.expect("the rules").lines() {
        let Some(alert) = line.trim().strip_prefix("- alert: ") else { continue };
        assert!(tried.contains(&format!("alertname=\"{alert}\"")), "{alert} is tried by nothing");
    }
    let run = Command::new("promtool").args(["test", "rules", &tests]).output();
    let output = run.expect("promtool: run the tests with ./tests/run, which installs it");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn the_alert_rules_are_such_as_prometheus_reads() {
    let rules = format!("{HERE}/deploy/prometheus/retaind.rules.yml");
    let check = Command::new("promtool").args(["check", "rules", &rules]).output();
    let output = check.expect("promtool: run the tests with ./tests/run, which installs it");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
