//! What the daemon does by itself, and where: its jobs, the inbox with its
//! profile, the folder for backups, and the address on which it answers.

use std::io::ErrorKind;
use std::path::Path;

use rustix::fs::{Access, access};

use super::Checked;
use crate::config::{Config, ConfigError};
use crate::jobs::schedule::{Timing, timing};
use crate::jobs::{self, NEEDED};
use crate::register::{ImportProfile, ProfileError};
use crate::upkeep::backup::default_folder;

pub(super) fn check(config: &Config, checked: &mut Checked) {
    switched_off(config, checked);
    profile(config, checked);
    inbox(config, checked);
    backups(config, checked);
    address(config, checked);
}

/// A job may be left to people; that it is should be known.
fn switched_off(config: &Config, checked: &mut Checked) {
    let off = |name: &&str| jobs::find(name).filter(|job| timing(config, job) == Timing::Off);
    for job in NEEDED.iter().filter_map(off) {
        let name = job.name;
        let what = format!("the job {name} is off, so nothing does this by itself: {}", job.what);
        let remedy = format!(
            "Remove the line, so that it runs at its usual time, unless somebody sees to it with \
             `retaind jobs run {name}`"
        );
        let key = format!("jobs.schedule.{name}");
        checked.warn(ConfigError::at_key(&config.path, &key, what, &remedy));
    }
}

/// With a profile that cannot be read, no spreadsheet in the inbox is.
pub(super) fn profile(config: &Config, checked: &mut Checked) {
    let Some(path) = &config.jobs.profile else { return };
    match ImportProfile::load(path) {
        Ok(_) => {}
        Err(ProfileError::Invalid { path, source }) => {
            let text = std::fs::read_to_string(&path).unwrap_or_default();
            checked.fault(ConfigError::toml(&path, &text, &source));
        }
        Err(fault) => {
            let remedy = "Put it there, or mend its rights or name";
            let told = ConfigError::at_key(&config.path, "jobs.profile", fault.to_string(), remedy);
            checked.fault(told);
        }
    }
}

fn inbox(config: &Config, checked: &mut Checked) {
    let inbox = &config.jobs.inbox;
    // The state directory is made with what is in it, and is told by itself.
    if inbox.starts_with(&config.state_directory) && !inbox.exists() {
        return;
    }
    if let Err(why) = usable(inbox) {
        let what = format!("the inbox {} {why}", inbox.display());
        checked.fault(ConfigError::at_key(&config.path, "jobs.inbox", what, OPEN));
    }
}

fn backups(config: &Config, checked: &mut Checked) {
    let folder = &config.backups;
    if *folder == default_folder(&config.state_directory) {
        return;
    }
    let shown = folder.display();
    let told = |what: String, remedy| ConfigError::at_key(&config.path, "backups", what, remedy);
    match usable(folder) {
        Err(why) => checked.fault(told(format!("the folder for backups {shown} {why}"), OPEN)),
        Ok(Usable::There) => {}
        Ok(Usable::CanBeMade) => {
            let what = format!(
                "the folder for backups {shown} is not there, and the first backup makes it on \
                 whichever disk is there then"
            );
            checked.warn(told(what, "Make it, or mount the disk it is on, or mend `backups`"));
        }
    }
}

const OPEN: &str = "Make it, give it to the user that runs retaind, and under systemd open it with \
    ReadWritePaths; or name another";

enum Usable {
    There,
    CanBeMade,
}

/// Whether a folder may be written by this user, or made; else why not.
fn usable(folder: &Path) -> Result<Usable, String> {
    let may = |folder: &Path| access(folder, Access::WRITE_OK | Access::EXEC_OK);
    match folder.metadata() {
        Ok(found) if !found.is_dir() => Err("is not a folder".to_owned()),
        Ok(_) => may(folder).map(|()| Usable::There).map_err(|why| {
            format!("may not be written by this user: {}", std::io::Error::from(why))
        }),
        Err(why) if why.kind() == ErrorKind::NotFound => {
            let above = folder.ancestors().skip(1).find(|above| above.exists());
            let above = above.unwrap_or(Path::new("."));
            match may(above) {
                Ok(()) if above.is_dir() => Ok(Usable::CanBeMade),
                Ok(()) => Err(format!("cannot be made: {} is not a folder", above.display())),
                Err(why) => {
                    let why = std::io::Error::from(why);
                    Err(format!("cannot be made in {}: {why}", above.display()))
                }
            }
        }
        Err(why) => Err(format!("cannot be looked at: {why}")),
    }
}

fn address(config: &Config, checked: &mut Checked) {
    let open = config.http.listen.filter(|address| !address.ip().is_loopback());
    if let Some(address) = open {
        let what = format!(
            "{address} answers other machines too, and with it /metrics, /healthz and /readyz, \
             which ask nobody who they are"
        );
        let remedy = "Listen on 127.0.0.1, and let a web server with TLS pass on /answer/ alone; \
                      or let a firewall see to it that only your own machines get there";
        checked.warn(ConfigError::at_key(&config.path, "http.listen", what, remedy));
    }
}
