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

/// Verifies the chain from its first entry, and tells at once where it is broken.
///
/// # Errors
///
/// Where the catalogue fails. A chain that is broken is an answer.
pub async fn watch(post: &Post<'_>) -> Result<Result<Verified, audit::Broken>, NoticeError> {
    let broken = match audit::verify(post.catalogue, audit::From::Genesis).await {
        Ok(verified) => return Ok(Ok(verified)),
        Err(VerifyError::Broken(broken)) => broken,
        Err(VerifyError::Catalogue(fault)) => return Err(fault.into()),
    };
    let now = post.clock.now();
    let (what, since) = (AlarmKind::ChainBroken, london_date(now));
    let alarm = Alarm { what, store: None, batch: None, authority: None, since, count: None };
    let tx = post.catalogue.write_tx().await?;
    raise(&tx, now, alarm, format!("chain:{}", broken.seq)).await?;
    tx.commit().await?;
    Ok(Err(broken))
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
