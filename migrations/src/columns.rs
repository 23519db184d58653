//! The words the changes are written in: one function for each kind of column.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_query::{ColumnDef, ForeignKey, Index, Table, TableCreateStatement};

/// A table of these columns, each of `references` a column and the table whose
/// `id` it holds.
pub(crate) fn table(
    name: &'static str,
    columns: Vec<ColumnDef>,
    references: &[(&'static str, &'static str)],
) -> TableCreateStatement {
    let mut table = Table::create().table(name).to_owned();
    for column in columns {
        table.col(column);
    }
    for (column, target) in references {
        table.foreign_key(ForeignKey::create().from(name, *column).to(*target, "id"));
    }
    table
}

/// `id`, the primary key.
pub(crate) fn id() -> ColumnDef {
    uuid("id").primary_key().to_owned()
}

pub(crate) fn uuid(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).uuid().not_null().to_owned()
}

pub(crate) fn uuid_or_none(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).uuid().to_owned()
}

pub(crate) fn text(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).text().not_null().to_owned()
}

pub(crate) fn text_or_none(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).text().to_owned()
}

/// A count or a size: never negative.
pub(crate) fn count(name: &'static str) -> ColumnDef {
    let not_negative = Expr::col(name).gte(0);
    ColumnDef::new(name).big_integer().not_null().check(not_negative).to_owned()
}

pub(crate) fn yes_or_no(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).boolean().not_null().to_owned()
}

/// An instant, in microseconds since 1970 in UTC.
pub(crate) fn instant(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).big_integer().not_null().to_owned()
}

pub(crate) fn instant_or_none(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).big_integer().to_owned()
}

/// A civil date in London.
pub(crate) fn date(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).date().not_null().to_owned()
}

pub(crate) fn date_or_none(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).date().to_owned()
}

pub(crate) fn json(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).json_binary().not_null().to_owned()
}

pub(crate) fn json_or_none(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).json_binary().to_owned()
}

/// One of these words.
pub(crate) fn word(name: &'static str, words: &[&'static str]) -> ColumnDef {
    let known = Expr::col(name).is_in(words.iter().copied());
    text(name).check(known).to_owned()
}

/// One of these words, or nothing.
pub(crate) fn word_or_none(name: &'static str, words: &[&'static str]) -> ColumnDef {
    let known = Expr::col(name).is_in(words.iter().copied());
    text_or_none(name).check(known).to_owned()
}

/// A SHA-256 as 64 hexadecimal digits.
pub(crate) fn digest(name: &'static str) -> ColumnDef {
    text(name).check(Expr::cust(format!("length({name}) = 64"))).to_owned()
}

/// A primary key of several columns.
pub(crate) fn keyed_by(columns: &[&'static str]) -> IndexCreateStatement {
    let mut key = Index::create();
    columns.iter().for_each(|column| {
        key.col(*column);
    });
    key.primary().to_owned()
}

/// An index that finds rows by these columns.
pub(crate) fn index(table: &'static str, columns: &[&'static str]) -> IndexCreateStatement {
    let mut index = Index::create().table(table).name(named(table, columns)).to_owned();
    columns.iter().for_each(|column| {
        index.col(*column);
    });
    index
}

/// An index that lets no two rows have the same of all these.
pub(crate) fn unique(table: &'static str, columns: &[&'static str]) -> IndexCreateStatement {
    index(table, columns).unique().to_owned()
}

fn named(table: &str, columns: &[&str]) -> String {
    format!("{table}_by_{}", columns.join("_"))
}
