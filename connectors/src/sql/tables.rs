//! What tables a database has, and what columns they have.

use super::address::misconfigured;
use super::quarantine;
use super::query::quoted;
use super::session::{Dialect, Session};
use crate::contract::StoreError;

/// Names a remedy lists before it stops.
const LISTED: usize = 20;

/// One table of people's, not of the system's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Table {
    /// As a mapping names it: with its schema where it has to.
    pub(super) name: String,
    /// With its schema, where there are schemas.
    pub(super) full_name: String,
    /// As SQL names it.
    pub(super) sql: String,
    /// The table beside it for what is out of reach, as SQL names it.
    pub(super) quarantine: String,
    /// The system's number for it; empty where it has none.
    number: String,
    pub(super) rows: Rows,
    /// Bytes on disk, 0 where the database does not say.
    pub(super) bytes: u64,
}

/// How many rows a table has, as far as is known without counting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rows {
    /// The server's own estimate.
    About(u64),
    /// They would have to be counted.
    Uncounted,
    /// They cannot be: this user may not read the table.
    Denied,
}

/// One column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Column {
    pub(super) name: String,
    /// Its type, in the database's words.
    pub(super) kind: String,
    /// Its place in the primary key, from 1; 0 where it is not in it.
    key: u64,
    /// How it is worked out from others; empty where it is not.
    worked_out: String,
}

impl Column {
    /// Whether its value stands for itself, and is not worked out from others.
    pub(super) fn is_stored(&self) -> bool {
        self.worked_out.is_empty()
    }
}

const POSTGRES_TABLES: &str = "
    SELECT n.nspname::text, c.relname::text, c.oid::text, pg_table_is_visible(c.oid)::text,
           c.reltuples::bigint::text, pg_table_size(c.oid)::text,
           has_table_privilege(c.oid, 'SELECT')::text
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
      AND n.nspname NOT IN ('pg_catalog', 'information_schema')
      AND n.nspname !~ '^pg_(toast|temp)' AND c.relname <> 'retaind_quarantine'
    ORDER BY 1, 2";

const SQLITE_TABLES: &str = "
    SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
      AND name <> 'retaind_quarantine'
    ORDER BY name";

const POSTGRES_COLUMNS: &str = "
    SELECT a.attname::text,
           format_type(CASE t.typtype WHEN 'd' THEN t.typbasetype ELSE t.oid END, -1),
           coalesce(array_position(i.indkey::int2[], a.attnum) + 1, 0)::text,
           a.attgenerated::text
    FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
         LEFT JOIN pg_index i ON i.indrelid = a.attrelid AND i.indisprimary
    WHERE a.attrelid = CAST($1 AS text)::oid AND a.attnum > 0 AND NOT a.attisdropped
    ORDER BY a.attnum";

const SQLITE_COLUMNS: &str = "SELECT name, type, CAST(pk AS TEXT), '' FROM pragma_table_info(?1)";

/// Whatever would act on other rows, or otherwise on these, when some are removed.
const POSTGRES_ALONG: &str = "
    WITH own AS (SELECT CAST($1 AS text)::oid AS oid
                 UNION SELECT relid FROM pg_partition_tree(CAST($1 AS text)::oid::regclass))
    SELECT '1' FROM pg_constraint c JOIN own ON c.confrelid = own.oid
    WHERE c.contype = 'f' AND c.confdeltype IN ('c', 'n', 'd')
    UNION ALL SELECT '1' FROM pg_trigger t JOIN own ON t.tgrelid = own.oid WHERE NOT t.tgisinternal
    UNION ALL SELECT '1' FROM pg_rewrite r JOIN own ON r.ev_class = own.oid
    UNION ALL SELECT '1' FROM pg_inherits i JOIN own ON i.inhparent = own.oid
              JOIN pg_class c ON c.oid = i.inhrelid AND NOT c.relispartition";

const SQLITE_ALONG: &str = "
    SELECT '1' FROM sqlite_master m, pragma_foreign_key_list(m.name) f
    WHERE m.type = 'table' AND lower(f.\"table\") = lower(?1)
      AND upper(f.on_delete) NOT IN ('NO ACTION', 'RESTRICT')
    UNION ALL SELECT '1' FROM sqlite_master WHERE type = 'trigger' AND lower(tbl_name) = lower(?1)";

/// Every table there is.
pub(super) async fn tables(session: &mut Session) -> Result<Vec<Table>, StoreError> {
    match session.dialect() {
        Dialect::Postgres => postgres_tables(session).await,
        Dialect::Sqlite => sqlite_tables(session).await,
    }
}

async fn postgres_tables(session: &mut Session) -> Result<Vec<Table>, StoreError> {
    let rows = session.all(POSTGRES_TABLES, &[]).await?;
    let table = |row: &super::session::Row| {
        let (schema, table) = (row.word(0), row.word(1));
        let full_name = format!("{schema}.{table}");
        let estimate = row.word(4);
        Table {
            sql: format!("{}.{}", quoted(&schema), quoted(&table)),
            quarantine: format!("{}.{}", quoted(&schema), quoted(quarantine::TABLE)),
            name: if row.text(3) == Some("true") { table } else { full_name.clone() },
            full_name,
            number: row.word(2),
            rows: match (row.text(6), estimate.starts_with('-')) {
                (Some("true"), true) => Rows::Uncounted,
                (Some("true"), false) => Rows::About(row.number(4)),
                _ => Rows::Denied,
            },
            bytes: row.number(5),
        }
    };
    Ok(rows.iter().map(table).collect())
}

async fn sqlite_tables(session: &mut Session) -> Result<Vec<Table>, StoreError> {
    let rows = session.all(SQLITE_TABLES, &[]).await?;
    let table = |row: &super::session::Row| {
        let name = row.word(0);
        Table {
            sql: quoted(&name),
            quarantine: quoted(quarantine::TABLE),
            full_name: name.clone(),
            name,
            number: String::new(),
            rows: Rows::Uncounted,
            bytes: 0,
        }
    };
    Ok(rows.iter().map(table).collect())
}

/// The table a mapping's location names.
pub(super) fn find<'t>(
    tables: &'t [Table],
    location: &str,
    place: &str,
) -> Result<&'t Table, StoreError> {
    let by_name = tables.iter().find(|table| table.name == location);
    by_name.or_else(|| tables.iter().find(|table| table.full_name == location)).ok_or_else(|| {
        misconfigured(
            format!("{place} has no table `{location}`"),
            format!("It has {}", listed(tables.iter().map(|table| table.name.as_str()))),
        )
    })
}

impl Table {
    /// Whether anything might take other rows along when some are removed.
    pub(super) async fn takes_others_along(
        &self,
        session: &mut Session,
    ) -> Result<bool, StoreError> {
        let (sql, value) = match session.dialect() {
            Dialect::Postgres => (POSTGRES_ALONG, &self.number),
            Dialect::Sqlite => (SQLITE_ALONG, &self.name),
        };
        Ok(!session.all(sql, std::slice::from_ref(value)).await?.is_empty())
    }

    /// Its columns, in order.
    pub(super) async fn columns(&self, session: &mut Session) -> Result<Vec<Column>, StoreError> {
        let (sql, value) = match session.dialect() {
            Dialect::Postgres => (POSTGRES_COLUMNS, &self.number),
            Dialect::Sqlite => (SQLITE_COLUMNS, &self.name),
        };
        let rows = session.all(sql, std::slice::from_ref(value)).await?;
        let column = |row: &super::session::Row| Column {
            name: row.word(0),
            kind: row.word(1),
            key: row.number(2),
            worked_out: row.word(3),
        };
        Ok(rows.iter().map(column).collect())
    }
}

/// The columns of the primary key, in its order.
pub(super) fn key(columns: &[Column]) -> Vec<Column> {
    let mut key: Vec<_> = columns.iter().filter(|column| column.key > 0).cloned().collect();
    key.sort_by_key(|column| column.key);
    key
}

/// Names for a remedy, or that there are none.
pub(super) fn listed<'n>(names: impl Iterator<Item = &'n str>) -> String {
    let mut quoted: Vec<_> = names.take(LISTED + 1).map(|name| format!("`{name}`")).collect();
    match quoted.len() {
        0 => "none this user may see".to_owned(),
        1..=LISTED => quoted.join(", "),
        _ => {
            quoted.truncate(LISTED);
            format!("{} and more", quoted.join(", "))
        }
    }
}
