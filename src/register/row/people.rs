//! Who the owner in a cell is.

use std::collections::HashMap;

use retaind_schedules::ids::PersonId;

/// Someone the catalogue knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownPerson {
    /// Their id.
    pub id: PersonId,
    /// Their name.
    pub name: String,
    /// Their address.
    pub email: String,
}

/// The people an owner is looked up among.
#[derive(Debug, Clone, Default)]
pub enum People {
    /// There is no catalogue to ask, or it holds nobody: owners stay words.
    #[default]
    NotAsked,
    /// These, by name and by address.
    Known(HashMap<String, Vec<PersonId>>),
}

/// What a cell that names an owner comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Match {
    NotAsked,
    One(PersonId),
    None,
    Several,
}

impl People {
    /// These people; nobody at all is the same as not asking.
    #[must_use]
    pub fn known(people: &[KnownPerson]) -> Self {
        if people.is_empty() {
            return Self::NotAsked;
        }
        let mut by_name = HashMap::<String, Vec<PersonId>>::new();
        for person in people {
            for name in [&person.name, &person.email] {
                let ids = by_name.entry(plain(name)).or_default();
                if !ids.contains(&person.id) {
                    ids.push(person.id);
                }
            }
        }
        Self::Known(by_name)
    }

    pub(super) fn find(&self, cell: &str) -> Match {
        let Self::Known(people) = self else {
            return Match::NotAsked;
        };
        let named = people.get(&plain(cell)).or_else(|| people.get(&plain(address_in(cell)?)));
        match named.map(Vec::as_slice) {
            Some([id]) => Match::One(*id),
            None | Some([]) => Match::None,
            Some(_) => Match::Several,
        }
    }
}

/// The address of `Jane Smith <jane.smith@example.gov.uk>`.
fn address_in(cell: &str) -> Option<&str> {
    let mut words = cell.split(|c: char| c.is_whitespace() || "<>();,".contains(c));
    words.find(|word| word.contains('@'))
}

fn plain(name: &str) -> String {
    name.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn people_are_found_by_name_and_by_address_and_never_guessed() {
        let person = |id, name: &str, email: &str| KnownPerson {
            id: PersonId(Uuid::from_u128(id)),
            name: name.to_owned(),
            email: email.to_owned(),
        };
        let people = People::known(&[
            person(1, "Jane Smith", "jane.smith@trentside.example"),
            person(2, "Amir Khan", "amir.khan@trentside.example"),
            person(3, "Amir Khan", "a.khan2@trentside.example"),
        ]);
        let one = |id| Match::One(PersonId(Uuid::from_u128(id)));
        let cases = [
            ("jane  SMITH", one(1)),
            ("Jane Smith <Jane.Smith@Trentside.example>", one(1)),
            ("a.khan2@trentside.example", one(3)),
            ("Amir Khan", Match::Several),
            ("J Smith", Match::None),
        ];
        for (cell, found) in cases {
            assert_eq!(people.find(cell), found, "{cell}");
        }
        assert_eq!(People::known(&[]).find("Anyone"), Match::NotAsked);
    }
}
