//! The catalogue's tables as the database itself describes them, and the two
//! statements by which every table is read and written, so that a backup, a
//! restore and a move need no list that could fall behind the migrations.
//!
//! A row is one line: a JSON array of texts and nulls in the order of the
//! columns. Each value has one spelling whatever the database: an id is 32
//! hexadecimal digits, a date is ISO 8601, JSON is compact with its keys in order.

use std::fmt::Write as _;

use sea_orm::{ConnectionTrait, DbBackend, DbErr, Statement};

use crate::catalogue::CatalogueError;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Uuid,
    Text,
    Integer,
    Boolean,
    Date,
    Json,
    Bytes,
}

/// What SQLite (first) and PostgreSQL call each kind.
const DECLARED: &[(&str, Kind)] = &[
    ("uuid_text", Kind::Uuid),
    ("text", Kind::Text),
    ("varchar", Kind::Text),
    ("integer", Kind::Integer),
    ("bigint", Kind::Integer),
    ("boolean", Kind::Boolean),
    ("date_text", Kind::Date),
    ("json_text", Kind::Json),
    ("jsonb_text", Kind::Json),
    ("blob", Kind::Bytes),
    ("uuid", Kind::Uuid),
    ("int4", Kind::Integer),
    ("int8", Kind::Integer),
    ("bool", Kind::Boolean),
    ("date", Kind::Date),
    ("json", Kind::Json),
    ("jsonb", Kind::Json),
    ("bytea", Kind::Bytes),
];

/// A table, its columns, and those by which its rows are put in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Table {
    pub(super) name: String,
    pub(super) columns: Vec<Column>,
    key: Vec<usize>,
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Column {
    pub(super) name: String,
    pub(super) kind: Kind,
}

/// `seaql_migrations` is the database's own ledger: it is made anew by the
/// changes themselves.
const SQLITE: &str = "select m.name, p.name, lower(p.type), p.pk \
    from sqlite_master m, pragma_table_info(m.name) p \
    where m.type = 'table' and m.name not glob 'sqlite_*' and m.name <> 'seaql_migrations' \
    order by m.name, p.cid";
const POSTGRES: &str = "select c.relname::text, a.attname::text, t.typname::text, \
        coalesce(array_position(i.indkey::int2[], a.attnum) + 1, 0)::int8 \
    from pg_class c join pg_attribute a on a.attrelid = c.oid join pg_type t on t.oid = a.atttypid \
    left join pg_index i on i.indrelid = c.oid and i.indisprimary \
    where c.relnamespace = current_schema()::regnamespace and c.relkind = 'r' \
        and a.attnum > 0 and not a.attisdropped and c.relname <> 'seaql_migrations' \
    order by c.relname collate \"C\", a.attnum";

/// All tables of the catalogue, in order of name.
pub(super) async fn all(database: &impl ConnectionTrait) -> Result<Vec<Table>, CatalogueError> {
    let backend = database.get_database_backend();
    let query = if backend == DbBackend::Sqlite { SQLITE } else { POSTGRES };
    let mut tables: Vec<Table> = Vec::new();
    let mut keys: Vec<Vec<(i64, usize)>> = Vec::new();
    for row in database.query_all_raw(Statement::from_string(backend, query)).await? {
        let text = |index| row.try_get_by_index::<String>(index);
        let (table, name, declared) = (text(0)?, text(1)?, text(2)?);
        if tables.last().is_none_or(|last| last.name != table) {
            tables.push(Table { name: table.clone(), columns: Vec::new(), key: Vec::new() });
            keys.push(Vec::new());
        }
        let kind = kind_of(&table, &name, &declared)?;
        let (Some(last), Some(key)) = (tables.last_mut(), keys.last_mut()) else { continue };
        match row.try_get_by_index::<i64>(3)? {
            0 => {}
            place => key.push((place, last.columns.len())),
        }
        last.columns.push(Column { name, kind });
    }
    for (table, mut key) in tables.iter_mut().zip(keys) {
        key.sort_unstable();
        table.key = key.into_iter().map(|(_, column)| column).collect();
    }
    Ok(tables)
}

fn kind_of(table: &str, column: &str, declared: &str) -> Result<Kind, CatalogueError> {
    let known = DECLARED.iter().find(|(name, _)| *name == declared);
    known.map(|(_, kind)| *kind).ok_or_else(|| {
        let what = format!("table {table}, column {column}");
        CatalogueError::impossible(&what, format!("its type {declared} is none of the catalogue's"))
    })
}

impl Table {
    /// The statement that reads every row, one text a column, in an order that
    /// is the same on both databases.
    pub(super) fn select(&self, backend: DbBackend) -> Statement {
        let columns = self.columns.iter().map(|column| column.read(backend));
        let order = self.key.iter().map(|key| self.columns[*key].order(backend));
        let sql = format!(
            "select {} from {} as t{}",
            list(columns),
            quoted(&self.name),
            if self.key.is_empty() { String::new() } else { format!(" order by {}", list(order)) }
        );
        Statement::from_string(backend, sql)
    }

    /// The statement that writes the rows of a JSON array of lines.
    pub(super) fn insert(&self, backend: DbBackend, lines: String) -> Statement {
        let names = list(self.columns.iter().map(|column| quoted(&column.name)));
        let each = self.columns.iter().enumerate();
        let values = list(each.map(|(index, column)| column.kind.write(backend, index)));
        let from = match backend {
            DbBackend::Sqlite => "json_each(?) as e",
            _ => "json_array_elements($1::json) as e(value)",
        };
        let sql =
            format!("insert into {} ({names}) select {values} from {from}", quoted(&self.name));
        Statement::from_sql_and_values(backend, sql, [lines.into()])
    }

    /// The row of one line.
    pub(super) fn line(&self, row: &sea_orm::QueryResult) -> Result<String, DbErr> {
        let mut line = Vec::with_capacity(self.columns.len());
        for (index, column) in self.columns.iter().enumerate() {
            let text: Option<String> = row.try_get_by_index(index)?;
            line.push(match (column.kind, text) {
                (Kind::Json, Some(json)) => Some(self.canonical(column, &json)?),
                (_, text) => text,
            });
        }
        serde_json::to_string(&line).map_err(|fault| DbErr::Json(fault.to_string()))
    }

    fn canonical(&self, column: &Column, json: &str) -> Result<String, DbErr> {
        let value: Result<serde_json::Value, _> = serde_json::from_str(json);
        let place = || format!("table {}, column {}", self.name, column.name);
        value
            .map(|value| value.to_string())
            .map_err(|fault| DbErr::Type(format!("{}: it holds no JSON ({fault})", place())))
    }

    /// The names of the columns.
    pub(super) fn columns(&self) -> Vec<String> {
        self.columns.iter().map(|column| column.name.clone()).collect()
    }
}

impl Column {
    fn read(&self, backend: DbBackend) -> String {
        let name = quoted(&self.name);
        match (backend, self.kind) {
            (_, Kind::Text) => name,
            (DbBackend::Sqlite, Kind::Uuid | Kind::Bytes) => {
                format!("case when {name} is null then null else lower(hex({name})) end")
            }
            (DbBackend::Sqlite, Kind::Integer) => format!("cast({name} as text)"),
            (DbBackend::Sqlite, Kind::Boolean) => {
                format!("case {name} when 0 then 'false' when 1 then 'true' end")
            }
            (DbBackend::Sqlite, Kind::Date | Kind::Json) => name,
            (_, Kind::Uuid) => format!("replace({name}::text, '-', '')"),
            (_, Kind::Bytes) => format!("encode({name}, 'hex')"),
            (_, Kind::Date) => format!("to_char({name}, 'YYYY-MM-DD')"),
            (_, Kind::Integer | Kind::Boolean | Kind::Json) => format!("{name}::text"),
        }
    }

    /// The value itself, not the text it is read as; text in the order of its
    /// bytes, as SQLite has it.
    fn order(&self, backend: DbBackend) -> String {
        let name = format!("t.{}", quoted(&self.name));
        match (backend, self.kind) {
            (DbBackend::Postgres, Kind::Text) => format!("{name} collate \"C\""),
            _ => name,
        }
    }
}

impl Kind {
    fn write(self, backend: DbBackend, index: usize) -> String {
        let text = format!("(e.value ->> {index})");
        match (backend, self) {
            (DbBackend::Sqlite, Self::Uuid | Self::Bytes) => format!("unhex({text})"),
            (DbBackend::Sqlite, Self::Integer) => format!("cast({text} as integer)"),
            (DbBackend::Sqlite, Self::Boolean) => format!("({text} = 'true')"),
            (_, Self::Text) | (DbBackend::Sqlite, Self::Date | Self::Json) => text,
            (_, Self::Uuid) => format!("{text}::uuid"),
            (_, Self::Bytes) => format!("decode({text}, 'hex')"),
            (_, Self::Integer) => format!("{text}::bigint"),
            (_, Self::Boolean) => format!("{text}::boolean"),
            (_, Self::Date) => format!("{text}::date"),
            (_, Self::Json) => format!("{text}::jsonb"),
        }
    }
}

/// An identifier, so that whatever stands in it is a name and nothing else.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

pub(super) fn list(parts: impl Iterator<Item = String>) -> String {
    parts.fold(String::new(), |mut list, part| {
        let comma = if list.is_empty() { "" } else { ", " };
        write!(list, "{comma}{part}").expect("writing to a String cannot fail");
        list
    })
}
