//! A mail to see that mails arrive.

use jiff::Timestamp;
use sea_orm::EntityTrait as _;

use super::carrier::Carrier;
use super::message::{self, Content};
use super::render::{Letter, Templates};
use super::send::Post;
use super::{NoticeError, outbox};
use crate::catalogue::entity::failing_address;

/// Sends a mail to see that it arrives. An address that took none is written
/// to again from then on.
///
/// # Errors
///
/// Where nothing is configured, or nobody takes it: then with the reason.
pub async fn send_test(post: &Post<'_>, address: &str, now: Timestamp) -> Result<(), NoticeError> {
    let settings = post.config.mail.as_ref().ok_or(NoticeError::NoMail)?;
    Templates::load(settings.templates.as_deref())?;
    let organisation = &post.config.organisation.name;
    let text =
        format!("This mail was sent by retaind for {organisation}, to see that it arrives.\n");
    let letter = Letter {
        subject: "A test: mails from retaind arrive".to_owned(),
        html: format!("<!doctype html><html lang=\"en-GB\"><p>{}</p></html>", text.trim_end()),
        plain: text,
    };
    let mail = outbox::test_mail(&message::domain(&settings.from), now);
    let content = Content {
        mail: &mail,
        letter: &letter,
        threads: &[],
        attachments: &[],
        previous: None,
        to: address,
        organisation,
    };
    let posted = message::post(settings, &content)?;
    let sent = Carrier::open(settings)?.send(&mail.id.simple().to_string(), &posted).await;
    sent.map_err(|refused| NoticeError::Carrier(refused.why))?;
    let tx = post.catalogue.write_tx().await?;
    failing_address::Entity::delete_by_id(address.to_lowercase()).exec(&*tx).await?;
    tx.commit().await?;
    Ok(())
}
