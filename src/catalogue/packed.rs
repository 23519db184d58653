//! Many rows in one answer: a JSON text that the database puts together.
//!
//! To hand over a row value by value costs several times what it costs to find.
//! Where long lists are read line after line, that is most of the time it takes.

use sea_orm::sea_query::{ColumnType, Expr, ExprTrait as _, Func, Query, SimpleExpr};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, QuerySelect as _, QueryTrait as _, Select,
};
use serde::de::DeserializeOwned;

use super::CatalogueError;

/// What is read of a row in this way.
pub(crate) trait Packed: DeserializeOwned {
    /// Of which table.
    type Entity: EntityTrait;

    /// Its columns, in the order of the fields.
    fn columns() -> impl Iterator<Item = <Self::Entity as EntityTrait>::Column>;
}

/// What is read of the rows of a table, each column said once with its field.
macro_rules! packed {
    ($(#[$doc:meta])* $name:ident of $entity:ident { $($column:ident => $field:ident: $type:ty,)* }) => {
        $(#[$doc])*
        #[derive(::serde::Deserialize)]
        struct $name { $($field: $type,)* }

        impl $crate::catalogue::packed::Packed for $name {
            type Entity = $entity::Entity;

            fn columns() -> impl Iterator<Item = $entity::Column> {
                [$($entity::Column::$column),*].into_iter()
            }
        }
    };
}

pub(crate) use packed;

/// The rows that are selected, in no order that may be relied on, still to be read.
pub(crate) async fn text<P: Packed>(
    database: &impl ConnectionTrait,
    these: Select<P::Entity>,
) -> Result<Text, CatalogueError> {
    let backend = database.get_database_backend();
    let sqlite = backend == DbBackend::Sqlite;
    let (array, object) = match sqlite {
        true => ("json_group_array", "json_array"),
        false => ("json_agg", "json_build_array"),
    };
    let row = Func::cust(object).args(P::columns().map(|column| value(backend, column)));
    let all = SimpleExpr::from(Func::cust(array).arg(row)).cast_as("text");
    let these = these.select_only().columns(P::columns()).into_query();
    let packed = Query::select().expr_as(all, "packed").from_subquery(these, "these").to_owned();
    let found = database.query_one(&packed).await?;
    let text = found.map(|row| row.try_get_by_index::<Option<String>>(0)).transpose()?;
    Ok(Text(text.flatten()))
}

/// Rows as the database has put them together.
pub(crate) struct Text(Option<String>);

impl Text {
    /// The rows: it takes about as long as it took to select them.
    pub(crate) fn read<P: Packed>(self) -> Result<Vec<P>, CatalogueError> {
        // Of no rows at all one of the two databases says nothing.
        let Some(text) = self.0 else { return Ok(Vec::new()) };
        let fault = |fault| CatalogueError::impossible("a list of rows", fault);
        serde_json::from_str(&text).map_err(fault)
    }
}

/// A column as JSON has it.
fn value(backend: DbBackend, column: impl ColumnTrait) -> SimpleExpr {
    let named = Expr::col(column);
    match (backend, column.def().get_column_type()) {
        (DbBackend::Sqlite, ColumnType::Uuid) => {
            // Of nothing it would make an empty text.
            let hex = Func::cust("hex").arg(named);
            Func::cust("nullif").args([hex.into(), Expr::val("")]).into()
        }
        (DbBackend::Sqlite, ColumnType::Json | ColumnType::JsonBinary) => {
            Func::cust("json").arg(named).into()
        }
        (DbBackend::Sqlite, ColumnType::Boolean) => {
            let word = Expr::case(named.clone().is_null(), "null").case(named.eq(true), "true");
            Func::cust("json").arg(word.finally("false")).into()
        }
        _ => named,
    }
}
