//! The statements a store is read by. Names in them come from the database's
//! own catalogue and pass through [`quoted`]; values never stand in them.
//!
//! # What a row is marked by
//!
//! PostgreSQL works out two 64-bit hashes of the row's text form beside the
//! data, so that only they travel; its size is the length of that form. SQLite
//! has no hash, and its rows are in this process already: their columns, as
//! literals, are hashed here, and their lengths added up.

use super::plan::Mapping;
use super::session::Dialect;
use super::tables::Column;

/// An identifier, so that whatever stands in it is a name and nothing else.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Where in a row of [`select`] its parts stand, from the left: the primary
/// key, the unit's value, the dates, the reference, the subject, then what it
/// is marked by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Layout {
    pub(super) key: usize,
    pub(super) unit: Option<usize>,
    pub(super) dates: usize,
    pub(super) reference: Option<usize>,
    pub(super) subject: Option<usize>,
    pub(super) mark: usize,
    pub(super) end: usize,
}

impl Layout {
    pub(super) fn new(dialect: Dialect, mapping: &Mapping) -> Self {
        let key = mapping.key.len();
        let dates = key + mapping.unit.iter().len();
        let reference = dates + mapping.dates.len();
        let subject = reference + mapping.reference.iter().len();
        let mark = subject + mapping.subject.iter().len();
        let marks = match dialect {
            Dialect::Postgres => 3,
            Dialect::Sqlite => mapping.columns.len(),
        };
        Self {
            key,
            unit: mapping.unit.as_ref().map(|_| key),
            dates,
            reference: mapping.reference.as_ref().map(|_| reference),
            subject: mapping.subject.as_ref().map(|_| subject),
            mark,
            end: mark + marks,
        }
    }
}

/// Which rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Which {
    /// All; those of one unit next to each other.
    All,
    /// None: only to see whether they could be read.
    None,
    /// Those whose key, or unit's value, are the values given.
    Those,
    /// The same, without help of an index: in SQLite a column may hold what its
    /// type does not say, and an index would not find it.
    ThoseSlowly,
}

/// A statement that reads rows of a mapping, laid out as [`Layout`] says.
pub(super) fn select(dialect: Dialect, mapping: &Mapping, which: Which) -> String {
    match dialect {
        Dialect::Postgres => postgres(mapping, which),
        Dialect::Sqlite => sqlite(mapping, which),
    }
}

fn wanted(mapping: &Mapping) -> impl Iterator<Item = &Column> {
    mapping
        .key
        .iter()
        .chain(&mapping.unit)
        .chain(&mapping.dates)
        .chain(&mapping.reference)
        .chain(&mapping.subject)
}

/// The columns something is found again by.
fn finding(mapping: &Mapping) -> &[Column] {
    mapping.unit.as_ref().map_or(&mapping.key[..], std::slice::from_ref)
}

fn postgres(mapping: &Mapping, which: Which) -> String {
    let inner: Vec<_> = wanted(mapping)
        .enumerate()
        .map(|(at, column)| format!("x.{}::text AS c{at}", quoted(&column.name)))
        .chain(["ROW(x.*)::text AS r".to_owned()])
        .collect();
    let outer: String = (0..inner.len() - 1).map(|at| format!("c{at}, ")).collect();
    let condition = match which {
        Which::All => String::new(),
        Which::None => " WHERE false".to_owned(),
        Which::Those | Which::ThoseSlowly => {
            format!(" WHERE {}", condition(Dialect::Postgres, mapping, which))
        }
    };
    // Without OFFSET the row's text would be made three times over.
    let mut sql = format!(
        "SELECT {outer}octet_length(r)::text, hashtextextended(r, 0)::text, \
         hashtextextended(r, 1)::text FROM (SELECT {} FROM {} AS x{condition} OFFSET 0) AS y",
        inner.join(", "),
        mapping.table.sql
    );
    if mapping.unit.is_some() && which == Which::All {
        sql.push_str(&format!(" ORDER BY c{} COLLATE \"C\"", mapping.key.len()));
    }
    sql
}

/// That a row `x` is one of those, by their values.
pub(super) fn condition(dialect: Dialect, mapping: &Mapping, which: Which) -> String {
    let by_index = which == Which::Those && mapping.unit.is_none();
    let is = |(at, column): (usize, &Column)| match dialect {
        Dialect::Postgres => postgres_is((at, column)),
        Dialect::Sqlite if by_index => {
            let (name, text) = (quoted(&column.name), sqlite_text(column));
            format!("x.{name} = ?{value} AND {text} = ?{value}", value = at + 1)
        }
        Dialect::Sqlite => format!("{} = ?{}", sqlite_text(column), at + 1),
    };
    finding(mapping).iter().enumerate().map(is).collect::<Vec<_>>().join(" AND ")
}

fn sqlite_text(column: &Column) -> String {
    format!("CAST(x.{} AS TEXT)", quoted(&column.name))
}

/// By value, for the index; and by text, since that is what a locator holds.
fn postgres_is((at, column): (usize, &Column)) -> String {
    let (name, value) = (quoted(&column.name), format!("CAST(${} AS text)", at + 1));
    format!("x.{name} = CAST({value} AS {}) AND x.{name}::text = {value}", column.kind)
}

fn sqlite(mapping: &Mapping, which: Which) -> String {
    let columns: Vec<_> = wanted(mapping)
        .map(sqlite_text)
        .chain(mapping.columns.iter().map(|column| format!("quote(x.{})", quoted(&column.name))))
        .collect();
    let rest = match which {
        Which::All => mapping.unit.as_ref().map(|unit| format!(" ORDER BY {}", sqlite_text(unit))),
        Which::None => Some(" LIMIT 0".to_owned()),
        Which::Those | Which::ThoseSlowly => {
            Some(format!(" WHERE {}", condition(Dialect::Sqlite, mapping, which)))
        }
    };
    format!(
        "SELECT {} FROM {} AS x{}",
        columns.join(", "),
        mapping.table.sql,
        rest.unwrap_or_default()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_stands_in_a_name_stays_a_name() {
        for (name, sql) in [
            ("cases", "\"cases\""),
            ("x\"; DROP TABLE cases; --", "\"x\"\"; DROP TABLE cases; --\""),
            ("\"", "\"\"\"\""),
            ("a b.c", "\"a b.c\""),
        ] {
            assert_eq!(quoted(name), sql);
        }
    }
}
