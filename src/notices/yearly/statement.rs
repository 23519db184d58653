//! The owner's signature under their yearly statement, and the senior information
//! risk owner who is told of it (M16).
//!
//! **Only who owns the assets signs for them**, as the register has it then: a
//! statement that was told to another, since its owner could not be reached, is
//! theirs to pass on and not to sign.
//!
//! What is signed is what was told: the figures of the notice, not those of the
//! day on which somebody signs. What the owner adds may name people: it is kept
//! with the signature, and stands in no mail and no audit entry.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::Date;
use retaind_schedules::calendar::london_date;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, EntityTrait as _, IntoActiveModel as _, QueryFilter as _,
    QueryOrder as _,
};
use uuid::Uuid;

use super::statement_key;
use crate::audit::{self, Action, By, Entry, Motive, Subject};
use crate::catalogue::entity::{asset, notice, owner_statement, person};
use crate::catalogue::values::{CivilDate, Micros};
use crate::catalogue::words::AssetStatus;
use crate::catalogue::{CatalogueError, WriteTx};
use crate::clock::id_at;
use crate::notices::outbox::{Notice, enqueue};
use crate::notices::payload::{Adds, AnnualStatement, StatementTold};
use crate::notices::recipient::Directory;
use crate::notices::{Kind, Payload, Recipient};
use crate::people::{Actor, Role, may_act, roles_of};

/// As much as is kept of what an owner adds, in characters.
const WORDS: usize = 10_000;

/// How many assets are named.
const NAMED: usize = 10;

/// A statement that was not signed. Nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum StatementError {
    /// Nobody asked this person for one.
    #[error(
        "{name} was asked for no statement for the year to {year_end}: owners of assets are asked \
         in the last month of the financial year"
    )]
    NotAsked {
        /// Whom.
        name: String,
        /// Of which year.
        year_end: Date,
    },
    /// The assets, or some of them, are not theirs.
    #[error(
        "{name} is not the information asset owner of {assets}, and only the owner signs the \
         statement for the year to {year_end}. Where the register or the people list is wrong, a \
         records manager has it corrected; else write to the senior information risk owner"
    )]
    NotTheirs {
        /// Who.
        name: String,
        /// Of which year.
        year_end: Date,
        /// Which assets.
        assets: String,
    },
    /// It is signed.
    #[error(
        "{name} signed the statement for the year to {year_end} already, on {on}, and the senior \
         information risk owner has it. Write to them to say more"
    )]
    Signed {
        /// Who.
        name: String,
        /// Of which year.
        year_end: Date,
        /// When.
        on: Date,
    },
    /// Who has left signs nothing.
    #[error("{0} may no longer act, and signs nothing: the people list says that they have left")]
    Left(String),
    /// The catalogue failed.
    #[error(transparent)]
    Catalogue(#[from] CatalogueError),
}

impl From<sea_orm::DbErr> for StatementError {
    fn from(error: sea_orm::DbErr) -> Self {
        Self::Catalogue(error.into())
    }
}

/// Keeps an owner's signature under the statement of the year that ends on
/// `year_end`, with the words they add (which may be none), enters it in the audit
/// chain, and tells the senior information risk owner; all in the caller's
/// transaction. It is signed once: the figures are those that the owner was told.
///
/// # Errors
///
/// Where the owner was asked for no statement of that year, has signed it, does not
/// own what it is of, or may no longer act, or the catalogue fails. Then the caller must not commit.
pub async fn sign_statement(
    tx: &WriteTx,
    owner: &Actor,
    year_end: Date,
    words: &str,
    now: Timestamp,
) -> Result<owner_statement::Model, StatementError> {
    let (name, today) = (|| owner.name.clone(), london_date(now));
    let person = person::Entity::find_by_id(owner.person.0).one(&**tx).await?;
    let person = person.filter(|person| may_act(person, today));
    let owner = &roles_of(person.ok_or_else(|| StatementError::Left(name()))?)?;
    let Some(figures) = asked(&**tx, owner.person.0, year_end).await? else {
        return Err(StatementError::NotAsked { name: name(), year_end });
    };
    if let Some(signed) = signed(&**tx, owner.person.0, year_end).await? {
        let on = london_date(signed.signed_at.timestamp());
        return Err(StatementError::Signed { name: name(), year_end, on });
    }
    may_sign(&**tx, owner, &figures).await?;
    let row = owner_statement::Model {
        id: id_at(now),
        owner: owner.person.0,
        year_end: CivilDate(year_end),
        figures: serde_json::to_value(&figures)
            .map_err(|why| CatalogueError::impossible("owner_statement.figures", why))?,
        words: words.trim().chars().take(WORDS).collect(),
        signed_at: Micros::from(now),
    };
    let said = serde_json::json!([row.owner, row.year_end, row.figures, row.words]);
    let new = row.clone().into_active_model();
    owner_statement::Entity::insert(new).exec_without_returning(&**tx).await?;
    tell(tx, &row, figures, now).await?;
    let by = By::person(owner, Role::Iao);
    let subject = Subject::new("owner-statement", row.id);
    let entry = Entry::new(by, Action::StatementSigned, subject)
        .after(audit::digest::of_json(&said))
        .because(Motive::own(format!("the year to {year_end}")));
    audit::append(tx, now, &entry).await?;
    Ok(row)
}

/// What an owner was asked to sign for a year, where they were.
///
/// # Errors
///
/// Where the catalogue fails.
pub async fn asked(
    db: &impl ConnectionTrait,
    owner: Uuid,
    year_end: Date,
) -> Result<Option<AnnualStatement>, CatalogueError> {
    let told = notice::Entity::find()
        .filter(notice::Column::Kind.eq(Kind::AnnualStatement))
        .filter(notice::Column::Recipient.eq(Recipient::Person(owner).to_string()))
        .filter(notice::Column::PeriodKey.starts_with(statement_key(year_end)))
        .filter(notice::Column::MeantFor.is_null())
        .order_by_desc(notice::Column::Id)
        .one(db)
        .await?;
    let Some(told) = told else { return Ok(None) };
    let said = serde_json::from_value(told.payload)
        .map_err(|why| CatalogueError::impossible("notice.payload", why))?;
    match said {
        Payload::AnnualStatement(said) => Ok(Some(said)),
        _ => Ok(None),
    }
}

/// Whether somebody may sign these figures: whoever owns all that they are of, now.
///
/// # Errors
///
/// Where they may not, or the catalogue fails.
pub async fn may_sign(
    db: &impl ConnectionTrait,
    owner: &Actor,
    figures: &AnnualStatement,
) -> Result<(), StatementError> {
    let owned: BTreeSet<String> = match owner.roles.contains(&Role::Iao) {
        true => owned(db, owner.person.0).await?.into_iter().map(|it| it.reference).collect(),
        false => BTreeSet::new(),
    };
    let told = figures.of.iter().map(|asset| asset.reference.clone());
    let others: Vec<String> = told.filter(|asset| !owned.contains(asset)).collect();
    // A notice of an earlier version says only how many.
    let is_short = figures.of.is_empty() && (owned.len() as u64) < figures.assets.max(1);
    if others.is_empty() && !is_short {
        return Ok(());
    }
    Err(StatementError::NotTheirs {
        name: owner.name.clone(),
        year_end: figures.year_end,
        assets: match &others[..] {
            [] => "these assets".to_owned(),
            few if few.len() <= NAMED => few.join(", "),
            many => format!("{} and {} more", many[..NAMED].join(", "), many.len() - NAMED),
        },
    })
}

async fn owned(
    db: &impl ConnectionTrait,
    owner: Uuid,
) -> Result<Vec<asset::Model>, CatalogueError> {
    let active = asset::Column::Status.eq(AssetStatus::Active);
    let assets = asset::Entity::find().filter(asset::Column::Iao.eq(owner)).filter(active);
    Ok(assets.order_by_asc(asset::Column::Reference).all(db).await?)
}

/// What an owner types to sign: the last day of the year, and how many assets it
/// is.
#[must_use]
pub fn confirmation(said: &AnnualStatement) -> String {
    format!("{} {}", said.year_end, said.assets)
}

/// An owner's signature for a year, where there is one.
///
/// # Errors
///
/// Where the catalogue fails.
pub async fn signed(
    db: &impl ConnectionTrait,
    owner: Uuid,
    year_end: Date,
) -> Result<Option<owner_statement::Model>, CatalogueError> {
    Ok(owner_statement::Entity::find()
        .filter(owner_statement::Column::Owner.eq(owner))
        .filter(owner_statement::Column::YearEnd.eq(CivilDate(year_end)))
        .one(db)
        .await?)
}

/// Tells the senior information risk owner; where there is none, the records
/// managers.
async fn tell(
    tx: &WriteTx,
    row: &owner_statement::Model,
    figures: AnnualStatement,
    now: Timestamp,
) -> Result<(), CatalogueError> {
    let assets = owned(&**tx, row.owner).await?;
    let told = StatementTold::Signed {
        on: london_date(now),
        of: assets.into_iter().take(NAMED).map(|asset| asset.reference).collect(),
        adds: if row.words.is_empty() { Adds::Nothing } else { Adds::Words },
    };
    let directory = Directory::read(&**tx).await?;
    let notice = Notice {
        to: directory.once(directory.risk_owners()),
        service_area: None,
        period_key: format!("signed:{}", row.id),
        payload: AnnualStatement { told, ..figures }.into(),
        thread: format!("statements:{}", row.year_end),
        attachments: Vec::new(),
    };
    enqueue(tx, now, &notice).await.map(|_| ())
}
