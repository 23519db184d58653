//! A real mail server for journeys, and the mails it took.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// A server, stopped when it is dropped.
pub(crate) struct MailServer {
    pub(crate) port: u16,
    folder: TempDir,
    options: Vec<String>,
    running: Option<Child>,
}

impl MailServer {
    /// A server in the clear that lets everybody in.
    pub(crate) fn start() -> Self {
        Self::with(&[])
    }

    /// A server with these options of its script.
    pub(crate) fn with(options: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let options = options.iter().map(ToString::to_string).collect();
        let mut server = Self { port: 0, folder, options, running: None };
        server.up();
        server
    }

    /// Takes it away.
    pub(crate) fn down(&mut self) {
        if let Some(mut child) = self.running.take() {
            child.kill().and_then(|()| child.wait()).expect("a stopped server");
        }
    }

    /// Brings it back, on the port it had.
    pub(crate) fn up(&mut self) {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support/mail_server.py");
        let mut child = Command::new("/usr/bin/python3")
            .arg(script)
            .arg(self.folder.path())
            .arg(self.port.to_string())
            .args(&self.options)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("python3 with python3-aiosmtpd, which ./tests/run installs");
        let mut line = String::new();
        let out = child.stdout.take().expect("its output");
        BufReader::new(out).read_line(&mut line).expect("a port");
        self.port = line.trim().parse().expect("a mail server that starts");
        self.running = Some(child);
    }

    /// From now on it takes mails and hangs up before it says so, or not.
    pub(crate) fn hang_up(&self, does: bool) {
        self.mark("hang-up", does);
    }

    /// From now on it passes on for nobody, and does not say why in a code, or
    /// does again.
    pub(crate) fn deny_relay(&self, does: bool) {
        self.mark("relay-denied", does);
    }

    fn mark(&self, name: &str, is_set: bool) {
        let mark = self.folder.path().join(name);
        if is_set {
            std::fs::write(mark, "").expect("a mark");
        } else {
            std::fs::rename(mark, self.folder.path().join("no-mark")).expect("no mark");
        }
    }

    /// Every mail it took, in order.
    pub(crate) fn mails(&self) -> Vec<Value> {
        let files = std::fs::read_dir(self.folder.path()).expect("a folder");
        let mut files: Vec<PathBuf> = files.map(|file| file.expect("a file").path()).collect();
        files.retain(|file| file.extension().is_some_and(|it| it == "json"));
        files.sort();
        let read = |file: PathBuf| std::fs::read_to_string(file).expect("a mail");
        files.into_iter().map(|file| serde_json::from_str(&read(file)).expect("JSON")).collect()
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        self.down();
    }
}
