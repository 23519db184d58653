//! The people list: `people.csv`, one person a line.
//!
//! Columns `name`, `email`, `os_user` (may be empty), `roles` (separated by
//! spaces), for leavers `left_on`, and for those who are written to for a service
//! area `service_areas` (separated by semicolons). The register may name only
//! these people as owners, and a command acts as the person tied to the
//! operating-system user who runs it.

use std::path::Path;

use jiff::civil::Date;
use serde::Deserialize;

use crate::catalogue::words::RouteRole;
use crate::config::ConfigError;
use crate::config::error::read_text;
use crate::config::mail::{NamedArea, Route, sendable};
pub use crate::people::{PersonEntry, Role};

#[derive(Deserialize)]
struct Line {
    name: String,
    email: String,
    #[serde(default)]
    os_user: String,
    #[serde(default)]
    roles: String,
    #[serde(default)]
    left_on: String,
    #[serde(default)]
    service_areas: String,
}

const HEADINGS: [&str; 6] = ["name", "email", "os_user", "roles", "left_on", "service_areas"];

const COLUMNS: &str =
    "The columns are name, email, os_user, roles and, where needed, left_on and service_areas";

/// A people list: everyone on it, who of them is written to for which service area,
/// and where it names each.
pub(super) type List = (Vec<PersonEntry>, Vec<Route>, Vec<NamedArea>);

/// Reads the people list: everyone whose line is right. `fault` hears of every line that is not:
/// an unknown role, an address nothing can be sent to, an address or operating-system user
/// that stands twice.
pub(super) fn read_all(path: &Path, fault: &mut impl FnMut(ConfigError)) -> List {
    let text = match read_text(path, "the people list") {
        Ok(text) => text,
        Err(unreadable) => {
            fault(unreadable);
            return List::default();
        }
    };
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_bytes());
    let headings = match headings(path, &mut reader) {
        Ok(headings) => headings,
        Err(wrong) => {
            fault(wrong);
            return List::default();
        }
    };
    let (mut people, mut routes, mut named) = List::default();
    for record in reader.records() {
        let read = record
            .map_err(|wrong| not_csv(path, &wrong))
            .and_then(|record| line(path, &headings, &record, &people));
        match read {
            Ok((person, areas, line)) => {
                people.push(person);
                named.extend(areas.iter().map(|route| NamedArea {
                    name: route.area.clone(),
                    file: path.to_owned(),
                    line: line.unwrap_or(1),
                }));
                routes.extend(areas);
            }
            Err(wrong) => fault(wrong),
        }
    }
    (people, routes, named)
}

/// The headings; where one is missing or unknown, no line can be relied on.
fn headings(
    path: &Path,
    reader: &mut csv::Reader<&[u8]>,
) -> Result<csv::StringRecord, ConfigError> {
    let headings = reader.headers().map_err(|wrong| not_csv(path, &wrong))?;
    let fault = |what| Err(ConfigError::new(path, Some(1), what, COLUMNS.to_owned()));
    for (position, heading) in headings.iter().enumerate() {
        if !HEADINGS.contains(&heading) {
            return fault(format!("the heading `{heading}` is not known"));
        }
        if headings.iter().take(position).any(|earlier| earlier == heading) {
            return fault(format!("the heading `{heading}` stands twice"));
        }
    }
    match ["name", "email"].into_iter().find(|name| !headings.iter().any(|at| at == *name)) {
        Some(name) => fault(format!("the first line has no heading `{name}`")),
        None => Ok(headings.clone()),
    }
}

fn line(
    path: &Path,
    headings: &csv::StringRecord,
    record: &csv::StringRecord,
    earlier: &[PersonEntry],
) -> Result<(PersonEntry, Vec<Route>, Option<usize>), ConfigError> {
    let line = record.position().map(|place| usize::try_from(place.line()).unwrap_or(0));
    let fields: Line = record.deserialize(Some(headings)).map_err(|wrong| not_csv(path, &wrong))?;
    let areas = contact_of(path, line, &fields)?;
    let person = person(path, line, fields)?;
    refuse_twice(path, line, earlier, &person)?;
    Ok((person, areas, line))
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
    if let Err(why) = sendable(&fields.email) {
        return Err(fault(
            format!("`{}` is not an e-mail address: {why}", fields.email),
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
    let left_on = match fields.left_on.as_str() {
        "" => None,
        text => Some(text.parse::<Date>().map_err(|_| {
            fault(format!("`{text}` is not a date"), "Write left_on as YYYY-MM-DD".to_owned())
        })?),
    };
    let os_user = Some(fields.os_user.clone()).filter(|user| !user.is_empty());
    let Line { name, email, .. } = fields;
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
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            format!("this line has {len} columns, and the first line {expected_len}")
        }
        _ => fault.to_string(),
    };
    ConfigError::new(path, line, what, COLUMNS.to_owned())
}
