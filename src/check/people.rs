//! The people list: whether anybody may act, and whether those are on it without
//! whom nothing is approved and nobody is told.

use std::fs::File;

use jiff::civil::Date;

use super::{Checked, Finding, files};
use crate::config::{Config, ConfigError, Role};

/// Who must be there, and what becomes of it where nobody is.
const NEEDED: [(Role, &str, &str); 2] = [
    (
        Role::RecordsManager,
        "a records manager",
        "no schedule is accepted, no disposal is authorised, and what reaches nobody else is told \
         to nobody",
    ),
    (
        Role::Dpo,
        "a data protection officer",
        "nobody signs what sets a person's data free to go, and nobody is told of what people ask",
    ),
];

pub(super) fn check(config: &Config, today: Date, checked: &mut Checked) {
    let told = |finding: &Finding| Some(&finding.told.file) == config.people_file.as_ref();
    let is_unreadable = config.people_file.as_ref().is_some_and(|file| File::open(file).is_err());
    if is_unreadable || checked.findings.iter().any(told) || files::is_as_it_came(config) {
        return;
    }
    let (file, remedy) = match &config.people_file {
        Some(file) => (file, "Write the user's name in the os_user column of a person's line"),
        None => (&config.path, "Name a people list with `people`"),
    };
    if config.people.iter().all(|person| person.os_user.is_none()) {
        let what =
            "nobody on the people list is tied to an operating-system user, so nobody may act";
        checked.warn(ConfigError::new(file, Some(1), what.to_owned(), remedy.to_owned()));
        return;
    }
    for (role, who, without) in NEEDED {
        let is_one = |person: &crate::config::PersonEntry| {
            person.roles.contains(&role) && person.left_on.is_none_or(|left_on| left_on > today)
        };
        if !config.people.iter().any(is_one) {
            let what = format!("nobody on the people list is {who}: {without}");
            let remedy = format!("Write {} in the roles column of somebody's line", role.name());
            checked.warn(ConfigError::new(file, Some(1), what, remedy));
        }
    }
}
