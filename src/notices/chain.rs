//! What the audit chain tells: its end, once a week, to people who keep it where
//! no database reaches (I20); and at once that it is broken (M13).

use retaind_schedules::calendar::london_date;

use super::NoticeError;
use super::alarm::raise;
use super::outbox::{Notice, enqueue};
use super::payload::{Alarm, AlarmKind, AuditHead};
use super::recipient::Directory;
use super::send::Post;
use crate::audit::{self, Verified, VerifyError};
use crate::people::Role;
use crate::upkeep::kept_head;

/// What is wrong with the chain, or with what is in force by it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Wrong {
    /// The chain is broken.
    #[error(transparent)]
    Broken(#[from] audit::Broken),
    /// It is whole, and what is in force is not what it says.
    #[error(
        "{0} things in force are not what the audit chain says of them: `retaind audit verify` \
         names them"
    )]
    Differs(u64),
}

/// Verifies the chain from its first entry and that it goes on from where it was
/// last found whole, and that what is in force is what it says, and tells at once
/// where any of that is not so.
///
/// # Errors
///
/// Where the catalogue fails. What is wrong is an answer.
pub async fn watch(post: &Post<'_>) -> Result<Result<Verified, Wrong>, NoticeError> {
    let verified = match kept_head::whole(post.catalogue, &post.config.state_directory).await {
        Ok(verified) => verified,
        Err(VerifyError::Broken(broken)) => {
            tell(post, None, format!("chain:{}", broken.seq)).await?;
            return Ok(Err(broken.into()));
        }
        Err(VerifyError::Catalogue(fault)) => return Err(fault.into()),
    };
    let differs = audit::differing(&post.catalogue.read_tx().await?).await?;
    if differs.is_empty() {
        return Ok(Ok(verified));
    }
    let named: Vec<String> = differs.iter().map(ToString::to_string).collect();
    let which = audit::digest::of_bytes(named.join("\n").as_bytes());
    let count = differs.len() as u64;
    tell(post, Some(count), format!("rows:{which}")).await?;
    Ok(Err(Wrong::Differs(count)))
}

/// Tells that the chain is broken, or how much in force differs from it.
async fn tell(post: &Post<'_>, count: Option<u64>, once: String) -> Result<(), NoticeError> {
    let now = post.clock.now();
    let (what, since) = (AlarmKind::ChainBroken, london_date(now));
    let alarm =
        Alarm { what, store: None, batch: None, authority: None, since, count, clock: None };
    let tx = post.catalogue.write_tx().await?;
    raise(&tx, now, alarm, once).await?;
    tx.commit().await?;
    Ok(())
}

/// Tells the end of a chain that was found whole, once in each week.
///
/// # Errors
///
/// Where the catalogue fails.
pub async fn tell_head(post: &Post<'_>, verified: &Verified) -> Result<usize, NoticeError> {
    let now = post.clock.now();
    let on = london_date(now);
    let week = on.iso_week_date();
    let audit::Head { seq, hash } = &verified.head;
    let (entries, head) = (verified.entries, format!("{seq}:{hash}"));
    let tx = post.catalogue.write_tx().await?;
    let directory = Directory::read(&*tx).await?;
    let keepers = directory.with_role(&[Role::RecordsManager, Role::Dpo, Role::Auditor]);
    let notice = Notice {
        to: directory.once(keepers),
        service_area: None,
        period_key: format!("{}-W{:02}", week.year(), week.week()),
        payload: AuditHead { on, entries, head }.into(),
        thread: "audit-head".to_owned(),
        attachments: Vec::new(),
    };
    let written = enqueue(&tx, now, &notice).await?;
    tx.commit().await?;
    Ok(written)
}
