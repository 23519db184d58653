//! The demo council's case database: an SQLite file with tables as a case
//! system keeps them.

use std::path::Path;

use jiff::ToSpan;
use jiff::civil::Date;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode};
use sqlx::{Connection, SqliteConnection};

use super::share::Dice;

/// The tenant of tenancy 1, which ended nine years ago.
pub(super) const DISPUTING_TENANT: &str = "T300001";

const TABLES: &str = "
    create table complaint (reference text primary key, closed_on text, summary text not null);
    create table tenancy (number integer primary key, tenant_ref text not null, ended_on text);
    create table looked_after_child (number integer primary key, person_ref text not null,
        born_on text, died_on text);
    create table web_session (token text primary key, seen_at text not null);
";

/// Makes the database.
pub(super) async fn build(file: &Path, today: Date) -> Result<(), sqlx::Error> {
    let options = SqliteConnectOptions::new()
        .filename(file)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Delete);
    let mut database = SqliteConnection::connect_with(&options).await?;
    sqlx::raw_sql(TABLES).execute(&mut database).await?;
    let mut rows = database.begin().await?;
    let mut dice = Dice::new(1998);
    for number in 0_u64..640 {
        complaint(&mut rows, number, today, &mut dice).await?;
        tenancy(&mut rows, number, today, &mut dice).await?;
    }
    for number in 0_u64..120 {
        child(&mut rows, number, today, &mut dice).await?;
    }
    rows.commit().await?;
    database.close().await
}

async fn complaint(
    rows: &mut SqliteConnection,
    number: u64,
    today: Date,
    dice: &mut Dice,
) -> Result<(), sqlx::Error> {
    let closed = dice.day_before(today, 10, 7 * 365);
    let closed = (!number.is_multiple_of(11)).then(|| closed.to_string());
    sqlx::query("insert into complaint values (?, ?, 'in the case system')")
        .bind(format!("CMP-{number:05}"))
        .bind(closed)
        .execute(rows)
        .await
        .map(drop)
}

async fn tenancy(
    rows: &mut SqliteConnection,
    number: u64,
    today: Date,
    dice: &mut Dice,
) -> Result<(), sqlx::Error> {
    let ended = match number {
        1 => today.saturating_sub(9.years()),
        _ => dice.day_before(today, 10, 15 * 365),
    };
    let ended = (!number.is_multiple_of(4)).then(|| ended.to_string());
    sqlx::query("insert into tenancy values (?, ?, ?)")
        .bind(i64::try_from(number).unwrap_or_default())
        .bind(format!("T{:06}", 300_000 + number))
        .bind(ended)
        .execute(rows)
        .await
        .map(drop)
}

/// Born up to ninety years ago; every twelfth died young, and some dates were
/// never entered.
async fn child(
    rows: &mut SqliteConnection,
    number: u64,
    today: Date,
    dice: &mut Dice,
) -> Result<(), sqlx::Error> {
    let born = dice.day_before(today, 9 * 365, 90 * 365);
    let died = (number.is_multiple_of(12)).then(|| born.saturating_add(16.years()).to_string());
    let born = (!number.is_multiple_of(17)).then(|| born.to_string());
    sqlx::query("insert into looked_after_child values (?, ?, ?, ?)")
        .bind(i64::try_from(number).unwrap_or_default())
        .bind(format!("P{:06}", 500_000 + number))
        .bind(born)
        .bind(died)
        .execute(rows)
        .await
        .map(drop)
}
