//! Who answers.
//!
//! A link written to a person is that person's, and what it does stands in their
//! name. A link written to a mailbox may be opened by anybody who reads it, so
//! its page asks who they are. What they type proves nothing: it is kept with the
//! answer, together with whether the people list knows them, and it never does
//! more than keep records. Such a link stops a batch or says that records are
//! needed, and no page behind one agrees to anything ([`Topic`]).
//!
//! [`Topic`]: crate::notices::link::Topic

use retaind_schedules::calendar::london_date;
use sea_orm::{ConnectionTrait, EntityTrait as _};
use uuid::Uuid;

use super::question::Ask;
use super::refusal::Refusal;
use super::sent::Sent;
use super::sheet::{Field, Input};
use crate::audit::By;
use crate::catalogue::entity::person;
use crate::config::MailAddress;
use crate::keys::plain;
use crate::notices::Recipient;
use crate::notices::recipient::Directory;
use crate::people::{Actor, Role, may_act, roles_of};

/// As much of a name or an address as anybody has, in characters.
const NAME: usize = 200;

/// To whom a link was written, who may still answer by it.
#[derive(Debug, Clone)]
pub(super) enum Reader {
    /// A person.
    Person(Actor),
    /// Whoever reads a mailbox.
    Shared(Recipient),
}

/// Who has answered.
#[derive(Debug, Clone)]
pub(super) enum Who {
    /// The person whose link it is.
    Person(Actor),
    /// Somebody at a mailbox, as they say.
    Says {
        /// What they are called.
        name: String,
        /// Where they are reached.
        address: String,
        /// The person on the list who has both.
        person: Option<Uuid>,
    },
}

impl Reader {
    /// The reader of a link, where they may still answer.
    pub(super) async fn of(
        read: &impl ConnectionTrait,
        to: &Recipient,
        now: jiff::Timestamp,
    ) -> Result<Self, Refusal> {
        let Recipient::Person(id) = to else {
            let directory = Directory::read(read).await?;
            let known = directory.address(to).is_some();
            return if known { Ok(Self::Shared(to.clone())) } else { Err(Refusal::NotYours) };
        };
        let found = person::Entity::find_by_id(*id).one(read).await?;
        let found = found.filter(|person| may_act(person, london_date(now)));
        Ok(Self::Person(roles_of(found.ok_or(Refusal::NotYours)?)?))
    }

    /// The person, where it is one.
    pub(super) fn person(&self) -> Result<&Actor, Refusal> {
        match self {
            Self::Person(actor) => Ok(actor),
            Self::Shared(_) => Err(Refusal::NotYours),
        }
    }

    /// What must be filled in to say who answers.
    pub(super) fn fields(&self) -> Vec<Field> {
        let hint = "This mailbox is read by several, so say who you are. It is kept with your \
                    answer.";
        match self {
            Self::Person(_) => Vec::new(),
            Self::Shared(_) => vec![
                Field::new("your-name", "Your name", Input::Text).hint(hint),
                Field::new("your-address", "Your own e-mail address", Input::Email),
            ],
        }
    }

    /// Who answers, as the form says where the link does not.
    pub(super) async fn answering(&self, ask: &Ask<'_>, sent: &Sent) -> Result<Who, Refusal> {
        let to = match self {
            Self::Person(actor) => return Ok(Who::Person(actor.clone())),
            Self::Shared(to) => to,
        };
        let (name, address) = (sent.words("your-name")?, sent.words("your-address")?);
        if [&name, &address].iter().any(|said| said.chars().count() > NAME) {
            return Err(Refusal::TooLong { most: NAME });
        }
        let address = MailAddress::try_from(address).ok().filter(|_| !name.is_empty());
        let unsaid = || {
            Refusal::Wrong(
                "say who you are: your name, and your own e-mail address rather than that of the \
                 mailbox"
                    .to_owned(),
            )
        };
        let MailAddress(address) = address.ok_or_else(unsaid)?;
        let read = ask.console.catalogue.read();
        let directory = Directory::read(read).await?;
        let is_mailbox = matches!(to, Recipient::Mailbox(_))
            && directory.address(to).is_some_and(|own| own.eq_ignore_ascii_case(&address));
        if is_mailbox {
            return Err(unsaid());
        }
        let person = match directory.by_address(&address) {
            Some(Recipient::Person(id)) => person::Entity::find_by_id(id).one(read).await?,
            _ => None,
        };
        let person = person.filter(|person| plain(&person.name) == plain(&name));
        Ok(Who::Says { name, address, person: person.map(|person| person.id) })
    }
}

impl Who {
    /// In whose name the answer stands in the audit chain: what somebody types is
    /// no name to act in.
    pub(super) fn by(&self) -> By {
        match self {
            Self::Person(actor) => {
                let role = actor.roles.first().copied().unwrap_or(Role::ServiceContact);
                By::person(actor, role)
            }
            Self::Says { .. } => By::Service,
        }
    }

    /// The person whose link it is, or whom the list knows by what was typed.
    pub(super) const fn person(&self) -> Option<Uuid> {
        match self {
            Self::Person(actor) => Some(actor.person.0),
            Self::Says { person, .. } => *person,
        }
    }

    /// The name and the address that were typed.
    pub(super) fn typed(&self) -> (Option<String>, Option<String>) {
        match self {
            Self::Person(_) => (None, None),
            Self::Says { name, address, .. } => (Some(name.clone()), Some(address.clone())),
        }
    }

    /// How sure it is who they are, in a word of the audit chain.
    pub(super) const fn standing(&self) -> &'static str {
        match self {
            Self::Person(_) => "by their own link",
            Self::Says { person: Some(_), .. } => "at a mailbox, as somebody on the people list",
            Self::Says { person: None, .. } => "at a mailbox, as nobody on the people list",
        }
    }
}
