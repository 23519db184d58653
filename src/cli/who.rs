//! Who runs a command: whose files it would leave behind, and as whom it acts.
//!
//! A command acts as the person tied to the operating-system user that runs it.
//! Where people run it through `sudo`, as the user the daemon runs as, that is
//! the user who signed in: sudo says who asked (`SUDO_UID`), and the kernel says
//! who signed in (`loginuid`). The first can be written by anyone who may run
//! any command as the daemon's user, the second by nobody but the system, so
//! only where both agree is it believed. Otherwise the command acts as the user
//! it runs as.

use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt as _;

use crate::cli::Failure;
use crate::config::Config;

/// As the kernel writes that nobody signed in.
const NOBODY: u32 = u32::MAX;

/// The operating-system user who runs the command, or who runs it through sudo.
pub(in crate::cli) fn os_user() -> String {
    let sudo = std::env::var("SUDO_UID").ok();
    let login = fs::read_to_string("/proc/self/loginuid").ok();
    let behind = behind_sudo(sudo.as_deref(), login.as_deref());
    user_name(behind.unwrap_or_else(uid))
}

fn behind_sudo(sudo: Option<&str>, login: Option<&str>) -> Option<u32> {
    let [sudo, login]: [Option<u32>; 2] = [sudo, login].map(|uid| uid?.trim().parse().ok());
    sudo.filter(|uid| *uid != NOBODY && login == Some(*uid))
}

fn uid() -> u32 {
    rustix::process::geteuid().as_raw()
}

/// Whether nothing keeps this user from leaving files anywhere.
pub(in crate::cli) fn is_root() -> bool {
    uid() == 0
}

/// The name of this user; its number where it has none.
fn user_name(uid: u32) -> String {
    let passwd = fs::read_to_string("/etc/passwd").unwrap_or_default();
    let name = passwd.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)? == uid.to_string()).then(|| name.to_owned())
    });
    name.unwrap_or_else(|| uid.to_string())
}

/// Refuses to touch a state directory that is another user's: what root writes
/// there, or only opens, the daemon can read no more.
///
/// # Errors
///
/// Where it is another's, or cannot be looked at, with the way out.
pub(in crate::cli) fn own_state(config: &Config) -> Result<(), Failure> {
    let folder = config.state_directory.display();
    match fs::metadata(&config.state_directory) {
        Ok(found) if found.uid() == uid() => Ok(()),
        Ok(found) => {
            let (owner, me) = (user_name(found.uid()), user_name(uid()));
            Err(Failure::new(format!(
                "the state directory {folder} belongs to the user `{owner}`, and this command \
                 runs as `{me}`: what it left there the daemon could not read. Run it as that \
                 user: `sudo -u {owner} retaind ...`."
            )))
        }
        Err(fault) if fault.kind() == ErrorKind::NotFound => Ok(()),
        Err(fault) => {
            let me = user_name(uid());
            Err(Failure::new(format!(
                "the state directory {folder} cannot be looked at by `{me}`: {fault}. Run the \
                 command as the user the daemon runs as: `sudo -u retaind retaind ...`."
            )))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_behind_sudo_is_believed_only_as_the_kernel_knows_them() {
        for (sudo, login, behind) in [
            (Some("1001"), Some("1001\n"), Some(1001)),
            (Some("1002"), Some("1001"), None),
            (Some("1001"), Some("4294967295"), None),
            (Some("4294967295"), Some("4294967295"), None),
            (Some("1001"), None, None),
            (None, Some("1001"), None),
            (Some("ada"), Some("ada"), None),
        ] {
            assert_eq!(behind_sudo(sudo, login), behind, "{sudo:?} {login:?}");
        }
    }
}
