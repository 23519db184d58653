//! The people list: `people.csv`, one person a line.
//!
//! Columns `name`, `email`, `os_user` (may be empty), `roles` (separated by
//! spaces), for leavers `left_on`, and for those who are written to for a service
//! area `service_areas` (separated by semicolons). The register may name only these people as owners, and a command
//! acts as the person tied to the operating-system user who runs it.

use std::path::Path;

use jiff::civil::Date;
use serde::Deserialize;

use crate::catalogue::words::RouteRole;
use crate::config::ConfigError;
use crate::config::error::read_text;
use crate::config::mail::Route;
pub use crate::people::{PersonEntry, Role};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    name: String,
    email: String,
    #[serde(default)]
    os_user: String,
    #[serde(default)]
    roles: String,
    left_on: Option<Date>,
    #[serde(default)]
    service_areas: String,
}

/// Reads the people list.
///
/// # Errors
///
/// The first line that is wrong: an unknown role, an address without `@`, an
/// address or operating-system user that stands twice.
pub fn read_people(path: &Path) -> Result<Vec<PersonEntry>, ConfigError> {
    read_people_and_routes(path).map(|(people, _)| people)
}

/// Reads the people list, and who of them is written to for which service area.
pub(super) fn read_people_and_routes(
    path: &Path,
) -> Result<(Vec<PersonEntry>, Vec<Route>), ConfigError> {
    let text = read_text(path, "the people list")?;
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_bytes());
    let (mut people, mut routes): (Vec<PersonEntry>, Vec<Route>) = (Vec::new(), Vec::new());
    let headers = reader.headers().map_err(|fault| not_csv(path, &fault))?.clone();
    let mut record = csv::StringRecord::new();
    while reader.read_record(&mut record).map_err(|fault| not_csv(path, &fault))? {
        let line = record.position().map(|place| usize::try_from(place.line()).unwrap_or(0));
        let fields: Line =
            record.deserialize(Some(&headers)).map_err(|fault| not_csv(path, &fault))?;
        routes.extend(contact_of(path, line, &fields)?);
        let person = person(path, line, fields)?;
        refuse_twice(path, line, &people, &person)?;
        people.push(person);
    }
    Ok((people, routes))
}

/// The service areas for which this person is written to. The words of the role
/// are judged with the rest of the line.
fn contact_of(path: &Path, line: Option<usize>, fields: &Line) -> Result<Vec<Route>, ConfigError> {
    let areas = fields.service_areas.split(';').map(str::trim).filter(|area| !area.is_empty());
    let routes: Vec<Route> =
        areas.map(|area| Route::new(area, RouteRole::Contact, &fields.email)).collect();
    let may =
        fields.roles.split_whitespace().any(|role| ["service-contact", "iaa"].contains(&role));
    if routes.is_empty() || may {
        return Ok(routes);
    }
    let what = "a person with service areas is neither service-contact nor iaa".to_owned();
    let remedy = "Give them one of the roles, or empty the service_areas column".to_owned();
    Err(ConfigError::new(path, line, what, remedy))
}

fn person(path: &Path, line: Option<usize>, fields: Line) -> Result<PersonEntry, ConfigError> {
    let fault = |what, remedy| ConfigError::new(path, line, what, remedy);
    if !fields.email.contains('@') {
        return Err(fault(
            format!("`{}` is not an e-mail address", fields.email),
            "Every person needs one".to_owned(),
        ));
    }
    let roles = fields
        .roles
        .split_whitespace()
        .map(|role| {
            role.parse::<Role>()
                .map_err(|unknown| fault(unknown.to_string(), "Mend the roles column".to_owned()))
        })
        .collect::<Result<_, _>>()?;
    let os_user = Some(fields.os_user.clone()).filter(|user| !user.is_empty());
    let Line { name, email, left_on, .. } = fields;
    Ok(PersonEntry { name, email, os_user, left_on, roles })
}

fn refuse_twice(
    path: &Path,
    line: Option<usize>,
    people: &[PersonEntry],
    person: &PersonEntry,
) -> Result<(), ConfigError> {
    let twice = |what: &str, value: &str| {
        ConfigError::new(
            path,
            line,
            format!("the {what} `{value}` stands in an earlier line too"),
            "Every person has their own".to_owned(),
        )
    };
    if people.iter().any(|other| other.email.eq_ignore_ascii_case(&person.email)) {
        return Err(twice("address", &person.email));
    }
    match &person.os_user {
        Some(user) if people.iter().any(|other| other.os_user.as_ref() == Some(user)) => {
            Err(twice("operating-system user", user))
        }
        _ => Ok(()),
    }
}

fn not_csv(path: &Path, fault: &csv::Error) -> ConfigError {
    let line = fault.position().map(|place| usize::try_from(place.line()).unwrap_or(0));
    let what = match fault.kind() {
        csv::ErrorKind::Deserialize { err, .. } => err.to_string(),
        _ => fault.to_string(),
    };
    ConfigError::new(
        path,
        line,
        what,
        "The columns are name, email, os_user, roles and, where needed, left_on and service_areas"
            .to_owned(),
    )
}
