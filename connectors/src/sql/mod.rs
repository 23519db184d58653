//! Tables in PostgreSQL and SQLite, read in a session that cannot write, unless
//! rows are taken out of reach, put back or destroyed.
//!
//! A mapping's location is a table, as `table` or `schema.table`, and is mapped
//! whole. A row is found again by its primary key, a unit by the value its rows
//! share. A unit is known under one reference and one subject, and says where its
//! rows name more: then nobody can decide on it.
//!
//! A scan reads each table once, in one transaction that sees one state, and
//! keeps a few rows in memory. On PostgreSQL that transaction holds back vacuum
//! while it lasts. Rows of a unit are put next to each other by the server.
//!
//! Rows that row-level security would hide are an error, never absent.
//!
//! Rows that are out of reach stand in a table of retaind's beside the one they
//! were taken from. Where a row's removal might take others along (a foreign key
//! that cascades, a trigger, a rule) it stays; so does one that others refer to.
//! What is destroyed is overwritten in a SQLite file. PostgreSQL keeps the dead
//! row in the table's file until it is vacuumed, and in its log until that is
//! recycled: let `backup_retention` cover both.
//!
//! A server goes on with a transaction whose client is gone: each act holds a lock
//! until it has ended there, and whoever settles one waits for it.
//!
//! A row without a key is told of once for each table, since it has no name.
//! Tables that are not mapped are counted: in SQLite exactly, in PostgreSQL by
//! the server's estimate where it has one.

mod address;
mod dates;
mod destroy;
mod identity;
mod locator;
mod look;
mod plan;
mod quarantine;
mod query;
mod restore;
mod row;
mod scan;
mod session;
mod tables;
mod take;
mod under_way;

use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use retaind_schedules::ids::BatchLineId;
use retaind_schedules::permit::{self, Permit};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use self::address::{Address, Settings};
use self::plan::{Mapping, Plan};
use self::query::{Which, select};
use self::session::{Access, Patience, Session};
use crate::contract::{
    ActOutcome, Capability, Connector, InQuarantine, Kept, Leash, Look, ScanEvent, ScanStream,
    ScanTotals, StoreError, StoreErrorKind, StoreIdentity,
};
use crate::order::{MappingOrder, ScanOrder};
use crate::sighting::Fingerprint;
use crate::store::{Kind, Otherwise, Setting, read_settings};

/// Batches that may wait for the reader of a scan.
const AHEAD: usize = 8;

/// Tables of a database.
pub const KIND: Kind = Kind {
    name: "sql",
    describes: "Tables of a PostgreSQL or SQLite database",
    capability: CAPABILITY,
    settings: &[
        Setting {
            name: "url",
            what: "Where it is, without a password: `postgres://user@host:5432/database` or \
                   `sqlite:///path/to/file.db`",
            otherwise: Otherwise::Required,
        },
        Setting {
            name: "password_file",
            what: "A file that holds the password and nothing else",
            otherwise: Otherwise::Is("no password, unless `credential` is set"),
        },
        Setting {
            name: "credential",
            what: "The name of a systemd credential that holds the password",
            otherwise: Otherwise::Is("no password, unless `password_file` is set"),
        },
        Setting {
            name: "identity_query",
            what: "A query whose answer, one text, only this database gives",
            otherwise: Otherwise::Is(
                "the server's number for itself and the database, or the file's number",
            ),
        },
    ],
    open,
};

const CAPABILITY: Capability = Capability {
    list: true,
    modified: false,
    born: false,
    path: false,
    columns: true,
    folder_units: false,
    key_units: true,
    proves_absence: true,
    quarantine: true,
    destroy: true,
    checksum: false,
};

fn open(
    settings: toml::Table,
    base: &Path,
    leash: Leash,
) -> Result<Arc<dyn Connector>, StoreError> {
    let settings: Settings = read_settings(&KIND, settings)?;
    let address = Address::new(&settings, base)?;
    Ok(Arc::new(Sql { address, identity_query: settings.identity_query, leash }))
}

/// A database.
#[derive(Debug)]
struct Sql {
    address: Address,
    identity_query: Option<String>,
    leash: Leash,
}

impl Sql {
    async fn session(&self, patience: Patience) -> Result<Session, StoreError> {
        Session::open(&self.address, patience, Access::Read).await
    }

    /// A session and one mapping made ready in it.
    async fn under(
        &self,
        mapping: &MappingOrder,
        access: Access,
    ) -> Result<(Session, Mapping), StoreError> {
        let mut session = Session::open(&self.address, Patience::Short, access).await?;
        let order = ScanOrder { mappings: vec![mapping.clone()] };
        let plan = Plan::new(&mut session, &order).await?;
        match plan.mappings.into_iter().next() {
            Some(mapping) => Ok((session, mapping)),
            None => Err(address::misconfigured("no table is mapped", "Map one")),
        }
    }

    /// A session that may write, where the connector was let go.
    async fn let_go(&self, mapping: &MappingOrder) -> Result<(Session, Mapping), StoreError> {
        self.leash.let_go()?;
        let (mut session, mapping) = self.under(mapping, Access::Write).await?;
        under_way::begin(&mut session, &mapping).await?;
        Ok((session, mapping))
    }

    async fn scanned(
        &self,
        order: &ScanOrder,
        events: &scan::Events,
    ) -> Result<ScanTotals, StoreError> {
        let mut session = self.session(Patience::Long).await?;
        let plan = Plan::new(&mut session, order).await?;
        let totals = scan::scan(&mut session, &plan, events).await?;
        session.close().await;
        Ok(totals)
    }

    fn cancelled(&self) -> StoreError {
        StoreError::new(
            StoreErrorKind::Cancelled,
            format!("the scan of {} was told to stop", self.address.place()),
            "Scan again; nothing is concluded from this one",
        )
    }
}

#[async_trait]
impl Connector for Sql {
    fn capability(&self) -> Capability {
        CAPABILITY
    }

    fn leash(&self) -> Leash {
        self.leash
    }

    async fn identify(&self) -> Result<StoreIdentity, StoreError> {
        let mut session = self.session(Patience::Short).await?;
        let query = self.identity_query.as_deref();
        let identity = identity::identity(&mut session, &self.address, query).await?;
        session.close().await;
        Ok(identity)
    }

    async fn check(&self, order: &ScanOrder) -> Result<(), StoreError> {
        let mut session = self.session(Patience::Short).await?;
        let plan = Plan::new(&mut session, order).await?;
        for mapping in &plan.mappings {
            let sql = select(session.dialect(), mapping, Which::None);
            session.all(sql, &[]).await?;
        }
        session.close().await;
        Ok(())
    }

    fn scan(self: Arc<Self>, order: ScanOrder, cancel: CancellationToken) -> ScanStream {
        let (events, stream) = mpsc::channel(AHEAD);
        tokio::spawn(async move {
            let end = tokio::select! {
                biased;
                () = cancel.cancelled() => Err(self.cancelled()),
                () = events.closed() => return,
                end = self.scanned(&order, &events) => end.map(ScanEvent::Finished),
            };
            // Nobody is left to tell where the reader is gone.
            let _ = events.send(end).await;
        });
        stream
    }

    async fn look(&self, mapping: &MappingOrder, locator: &str) -> Result<Look, StoreError> {
        let looks = self.look_all(mapping, &[locator.to_owned()]).await?;
        Ok(looks.into_iter().next().unwrap_or(Look::Unmapped))
    }

    async fn look_all(
        &self,
        mapping: &MappingOrder,
        locators: &[String],
    ) -> Result<Vec<Look>, StoreError> {
        let (mut session, mapping) = self.under(mapping, Access::Read).await?;
        let mut looks = Vec::with_capacity(locators.len());
        for locator in locators {
            looks.push(look::look(&mut session, &mapping, locator).await?);
        }
        session.close().await;
        Ok(looks)
    }

    async fn quarantine(
        &self,
        mapping: &MappingOrder,
        permits: Vec<Permit<permit::Quarantine>>,
    ) -> Result<Vec<ActOutcome>, StoreError> {
        let (mut session, mapping) = self.let_go(mapping).await?;
        let outcomes = take::take(&mut session, &mapping, permits).await?;
        session.commit().await?;
        session.close().await;
        Ok(outcomes)
    }

    async fn look_quarantined(
        &self,
        mapping: &MappingOrder,
        lines: &[BatchLineId],
    ) -> Result<Vec<InQuarantine>, StoreError> {
        let (mut session, mapping) = self.under(mapping, Access::Read).await?;
        quarantine::there(&mut session, &mapping).await?;
        let mut looks = Vec::with_capacity(lines.len());
        for line in lines {
            looks.push(quarantine::look(&mut session, &mapping, *line).await?);
        }
        session.close().await;
        Ok(looks)
    }

    async fn wait_for_acts(&self, mapping: &MappingOrder) -> Result<(), StoreError> {
        // A file that nobody let retaind change is not locked either.
        let access = match (&self.address, self.leash) {
            (Address::Sqlite(_), Leash::Unleashed) => Access::Write,
            _ => Access::Read,
        };
        let (mut session, mapping) = self.under(mapping, access).await?;
        under_way::wait(&mut session, &mapping).await?;
        session.commit().await?;
        session.close().await;
        Ok(())
    }

    /// Rows are compared, copied and removed in one transaction, and look
    /// otherwise where they are kept.
    fn is_what_was_approved(&self, _: Fingerprint, _: Fingerprint, _: bool) -> bool {
        true
    }

    async fn restore(
        &self,
        mapping: &MappingOrder,
        kept: &[Kept],
    ) -> Result<Vec<ActOutcome>, StoreError> {
        let (mut session, mapping) = self.let_go(mapping).await?;
        let outcomes = restore::restore(&mut session, &mapping, kept).await?;
        session.commit().await?;
        session.close().await;
        Ok(outcomes)
    }

    async fn destroy(
        &self,
        mapping: &MappingOrder,
        permits: Vec<Permit<permit::Destroy>>,
    ) -> Result<Vec<ActOutcome>, StoreError> {
        let (mut session, mapping) = self.let_go(mapping).await?;
        let outcomes = destroy::destroy(&mut session, &mapping, permits).await?;
        session.commit().await?;
        session.close().await;
        Ok(outcomes)
    }
}

/// The place of a unit: its column and the value its rows share.
fn unit_locator(mapping: &Mapping, value: &str) -> String {
    let mut text = mapping.prefix.clone();
    locator::append(&mut text, value);
    text.push('/');
    text
}
