//! A scan order made ready: every table and column it names is there.

use super::address::misconfigured;
use super::session::{Dialect, Session};
use super::tables::{self, Column, Table, listed};
use crate::contract::{StoreError, StoreErrorKind};
use crate::order::{DateSource, MappingOrder, ScanOrder, TextSource, Unit};

/// A scan order made ready.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) mappings: Vec<Mapping>,
    /// Every table there is, mapped or not.
    pub(super) tables: Vec<Table>,
}

/// One mapped table.
#[derive(Debug, Clone)]
pub(super) struct Mapping {
    pub(super) table: Table,
    /// What its locators begin with.
    pub(super) prefix: String,
    pub(super) columns: Vec<Column>,
    /// The primary key; may be empty where rows are told by a unit's column.
    pub(super) key: Vec<Column>,
    /// The column whose value rows of one unit share.
    pub(super) unit: Option<Column>,
    pub(super) dates: Vec<Column>,
    pub(super) reference: Option<Column>,
    pub(super) subject: Option<Column>,
}

impl Plan {
    /// Makes an order ready, or says which of its mappings cannot be right.
    pub(super) async fn new(session: &mut Session, order: &ScanOrder) -> Result<Self, StoreError> {
        for mapping in &order.mappings {
            refuse_patterns(mapping)?;
        }
        let tables = tables::tables(session).await?;
        let mut mappings: Vec<Mapping> = Vec::new();
        for order in &order.mappings {
            let mapping = Mapping::new(session, &tables, order).await?;
            if mappings.iter().any(|other| other.table == mapping.table) {
                return Err(misconfigured(
                    format!("the table `{}` is mapped twice", order.location),
                    "Leave one of the mappings out",
                ));
            }
            mappings.push(mapping);
        }
        Ok(Self { mappings, tables })
    }
}

impl Mapping {
    async fn new(
        session: &mut Session,
        tables: &[Table],
        order: &MappingOrder,
    ) -> Result<Self, StoreError> {
        let table = tables::find(tables, &order.location, session.place())?.clone();
        let columns = table.columns(session).await?;
        let find = |name: &str| find(order, &columns, name);
        let text = |source: &Option<TextSource>| match source {
            None => Ok(None),
            Some(TextSource::Column { name }) => find(name).map(Some),
            Some(TextSource::Path { .. }) => Err(paths(order)),
        };
        let date = |source: &DateSource| match source {
            DateSource::Column { name } => {
                find(name).and_then(|column| holds_dates(order, session.dialect(), column))
            }
            _ => Err(paths(order)),
        };
        let unit = match &order.unit {
            Unit::Item => None,
            Unit::Key { column } => Some(find(column)?),
            Unit::Folder { .. } => return Err(paths(order)),
        };
        let key = tables::key(&columns);
        if key.is_empty() && unit.is_none() {
            return Err(misconfigured(
                format!("the table `{}` has no primary key", order.location),
                "Give it one, or make the rows that share a column's value the unit",
            ));
        }
        Ok(Self {
            prefix: prefix(order),
            key,
            unit,
            dates: order.dates.iter().map(|one| date(&one.source)).collect::<Result<_, _>>()?,
            reference: text(&order.reference)?,
            subject: text(&order.subject)?,
            table,
            columns,
        })
    }
}

fn prefix(order: &MappingOrder) -> String {
    match &order.unit {
        Unit::Key { column } => format!("{}/{column}=", order.location),
        _ => format!("{}/", order.location),
    }
}

fn find(order: &MappingOrder, columns: &[Column], name: &str) -> Result<Column, StoreError> {
    columns.iter().find(|column| column.name == name).cloned().ok_or_else(|| {
        misconfigured(
            format!("the table `{}` has no column `{name}`", order.location),
            format!("It has {}", listed(columns.iter().map(|column| column.name.as_str()))),
        )
    })
}

/// PostgreSQL knows what a column holds; SQLite lets any column hold anything.
fn holds_dates(
    order: &MappingOrder,
    dialect: Dialect,
    column: Column,
) -> Result<Column, StoreError> {
    const DATES: [&str; 6] = [
        "date",
        "timestamp without time zone",
        "timestamp with time zone",
        "text",
        "character varying",
        "bpchar",
    ];
    if dialect == Dialect::Sqlite || DATES.contains(&column.kind.as_str()) {
        return Ok(column);
    }
    Err(misconfigured(
        format!(
            "the column `{}` of `{}` is of type {}, which holds no dates",
            column.name, order.location, column.kind
        ),
        "Name a column of type date or timestamp, or of text with dates such as 2026-11-23",
    ))
}

fn refuse_patterns(order: &MappingOrder) -> Result<(), StoreError> {
    match order.pattern {
        None => Ok(()),
        Some(_) => Err(StoreError::new(
            StoreErrorKind::Unsupported,
            format!("the mapping of `{}` has a pattern", order.location),
            "A table is mapped whole: leave `pattern` out, or map a table of its own",
        )),
    }
}

fn paths(order: &MappingOrder) -> StoreError {
    StoreError::new(
        StoreErrorKind::Unsupported,
        format!("the mapping of `{}` reads a path, a file's time or a folder", order.location),
        "Rows have none: read dates and references from a `column`, and make rows that share a \
         column's value the unit",
    )
}
