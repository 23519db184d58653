//! Files and folders: there, whole, and open to those who may and nobody else.

use std::fs::{self, Metadata};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;

use rustix::fs::{Access, access};

use super::Checked;
use crate::config::{Config, ConfigError, MailSettings};

const STATE: &str = "state_directory";

/// Who must not read, or write, by the bits of a file's rights.
const ANYONE_READS: u32 = 0o004;
const ANYONE_WRITES: u32 = 0o002;
const OTHERS: u32 = 0o077;

/// What stands where the organisation's name belongs in the file to start from.
const NOBODY: &str = "NAME OF THE COUNCIL";

/// Whether the configuration is the one to start from, and nobody's yet.
pub(super) fn is_as_it_came(config: &Config) -> bool {
    config.organisation.name == NOBODY
}

pub(super) fn check(config: &Config, checked: &mut Checked) {
    if is_as_it_came(config) {
        let what = "this configuration is as it came, and nobody's yet".to_owned();
        let remedy = "Mend what stands in capitals in it and in the people list, and name a mail \
                      server under [mail]";
        checked.warn(ConfigError::at_key(&config.path, "organisation.name", what, remedy));
    }
    state_directory(config, checked);
    stores_folder(config, checked);
    nobody_changes(&config.path, checked);
    config.people_file.iter().for_each(|file| nobody_changes(file, checked));
    config.stores.iter().for_each(|store| nobody_changes(&store.path, checked));
    let catalogue = config.catalogue.password_file.iter();
    catalogue.for_each(|file| secret(file, &config.path, "catalogue.password_file", checked));
    mail_password(config, checked);
    for store in &config.stores {
        let file = store.settings.get("password_file").and_then(toml::Value::as_str);
        if let Some(file) = file {
            let key = "settings.password_file";
            secret(&store.folder().join(file), &store.path, key, checked);
        }
    }
}

pub(super) fn mail_password(config: &Config, checked: &mut Checked) {
    if let Some(login) = config.mail.iter().find_map(MailSettings::login) {
        secret(&login.password_file, &config.path, "mail.password_file", checked);
    }
}

fn state_directory(config: &Config, checked: &mut Checked) {
    let folder = &config.state_directory;
    let told = |what: String, remedy: &str| ConfigError::at_key(&config.path, STATE, what, remedy);
    let shown = folder.display();
    let found = match fs::metadata(folder) {
        Ok(found) if found.is_dir() => found,
        Ok(_) => {
            let what = format!("the state directory {shown} is not a folder");
            return checked.fault(told(what, "Name a folder"));
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let what = format!("the state directory {shown} is not there yet");
            let remedy = "It is made at first use; if retaind has run before, mend \
                          `state_directory`";
            return checked.warn(told(what, remedy));
        }
        Err(error) => {
            let what = format!("the state directory {shown} cannot be looked at: {error}");
            return checked.fault(told(what, "Run as the user that runs retaind, or as root"));
        }
    };
    if access(folder, Access::WRITE_OK | Access::EXEC_OK).is_err() {
        let what = format!("the state directory {shown} may not be written by this user");
        let remedy = "Run as the user it belongs to, or give it to the user that runs retaind";
        checked.fault(told(what, remedy));
    }
    if mode(&found) & OTHERS != 0 {
        let what = format!("the state directory {shown} is open to others");
        checked.warn(told(what, &format!("Run `chmod 700 {shown}`")));
    }
    inside(config, &found, checked);
}

/// What lies in the state directory belongs to whom the directory does, and
/// keys are nobody else's.
fn inside(config: &Config, of_folder: &Metadata, checked: &mut Checked) {
    let folder = &config.state_directory;
    let files = fs::read_dir(folder).into_iter().flatten().flatten();
    for file in files {
        let Ok(found) = file.metadata() else { continue };
        let path = file.path();
        let shown = path.display();
        let told = |what, remedy: &str| ConfigError::at_key(&config.path, STATE, what, remedy);
        if found.uid() != of_folder.uid() {
            let what = format!(
                "{shown} belongs to user {}, and the state directory to user {}",
                found.uid(),
                of_folder.uid()
            );
            let remedy = format!("Run `chown --reference={} {shown}`", folder.display());
            checked.fault(told(what, &remedy));
        }
        let is_key = path.extension().is_some_and(|extension| extension == "key");
        if is_key && mode(&found) & OTHERS != 0 {
            let remedy = format!("Run `chmod 600 {shown}`");
            checked.fault(told(format!("the key {shown} may be read by others"), &remedy));
        }
    }
}

fn stores_folder(config: &Config, checked: &mut Checked) {
    let folder = &config.stores_folder;
    if !folder.exists() {
        let what = format!("the stores folder {} is not there", folder.display());
        let remedy = "No store is connected; make the folder, or mend `stores`";
        checked.warn(ConfigError::at_key(&config.path, "stores", what, remedy));
    }
}

/// Who can change the configuration decides who may destroy.
fn nobody_changes(file: &Path, checked: &mut Checked) {
    if fs::metadata(file).is_ok_and(|found| mode(&found) & ANYONE_WRITES != 0) {
        let remedy = format!("Run `chmod o-w {}`", file.display());
        let what = "anyone may change this file".to_owned();
        checked.fault(ConfigError::new(file, Some(1), what, remedy));
    }
}

fn secret(file: &Path, named_in: &Path, key: &str, checked: &mut Checked) {
    let shown = file.display();
    let fault = match fs::metadata(file) {
        Err(error) => {
            let what = format!("the password file {shown} cannot be read: {error}");
            ConfigError::at_key(named_in, key, what, "Put it there, or mend its rights or name")
        }
        Ok(found) if mode(&found) & ANYONE_READS != 0 => {
            let what = format!("the password file {shown} may be read by anyone");
            ConfigError::at_key(named_in, key, what, &format!("Run `chmod o-rwx {shown}`"))
        }
        Ok(_) => return,
    };
    checked.fault(fault);
}

fn mode(found: &Metadata) -> u32 {
    found.permissions().mode()
}
