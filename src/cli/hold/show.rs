//! `retaind hold show`, and the lines of `hold list`.

use std::collections::HashMap;
use std::io::Write;

use jiff::civil::Date;
use retaind_schedules::hold::{Hold, HoldKind, Scope};
use sea_orm::EntityTrait as _;
use serde::Serialize;

use crate::catalogue::entity::hold_request;
use crate::catalogue::words::HoldState;
use crate::cli::context::Instance;
use crate::cli::output::counted;
use crate::cli::{Answer, Context, Failure, Outcome};
use crate::clock::Clock;
use crate::holds::{self, Cover, Listed, Names, Which, request};
use crate::keys::plain;
use crate::reports::due;

/// Show a hold: what it covers, in words and numbers, and its days
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The hold: its reference, or its number as a mail gives it
    reference: String,
}

/// A hold as people are shown it.
#[derive(Debug, Serialize)]
pub(super) struct HoldLine {
    pub(super) hold: String,
    pub(super) kind: HoldKind,
    pub(super) title: String,
    pub(super) state: HoldState,
    authority: String,
    covers: Vec<Scope>,
    pub(super) covers_words: Vec<String>,
    #[serde(flatten)]
    cover: Cover,
    due_and_held: u64,
    received: Option<Date>,
    pub(super) answer_due: Option<Date>,
    last_correspondence: Option<Date>,
    complaint_open: bool,
    pub(super) review_on: Date,
    pub(super) review_overdue: bool,
    unanswered: bool,
    earliest_release: Option<Date>,
}

impl HoldLine {
    /// How much it covers.
    pub(super) fn count_words(&self) -> String {
        let least = if self.cover.more { "at least " } else { "" };
        // What is due was found one by one, what is covered whole was counted.
        let items = counted(self.cover.items.max(self.due_and_held), "item", "items");
        let of_lines = match self.cover.record_types {
            0 => String::new(),
            lines => format!(" of {}", counted(lines, "record type", "record types")),
        };
        format!("{least}{items}{of_lines}, {} of them due", self.due_and_held)
    }
}

pub(super) async fn run(
    context: &Context,
    instance: &Instance,
    args: &Args,
) -> Result<Outcome, Failure> {
    let mut listed = holds::list(&instance.catalogue, Which::All).await?;
    let numbered = |id| holds::number(id).eq_ignore_ascii_case(args.reference.trim());
    listed.retain(|one| {
        plain(&one.hold.reference) == plain(&args.reference) || numbered(one.hold.id)
    });
    if listed.is_empty() {
        return Err(holds::HoldError::NoSuchHold(args.reference.clone()).into());
    }
    for line in lines(instance, listed).await? {
        context.printer.print(&line)?;
    }
    Ok(Outcome::Done)
}

/// These holds, each with what it covers today.
pub(super) async fn lines(
    instance: &Instance,
    listed: Vec<Listed>,
) -> Result<Vec<HoldLine>, Failure> {
    let Instance { config, catalogue, clock, .. } = instance;
    let today = clock.today();
    let names = Names::read(catalogue).await?;
    let plain: Vec<Hold> = listed.iter().map(Listed::plain).collect();
    let covers = holds::covers(catalogue, &plain).await?;
    let due = due_by_hold(instance).await?;
    let requests = hold_request::Entity::find().all(catalogue.read()).await;
    let requests = requests.map_err(|error| catalogue.error(error))?.into_iter();
    let requests: HashMap<_, _> = requests.map(|row| (row.hold_id, row)).collect();
    let lines = listed.into_iter().zip(covers).map(|(Listed { hold, scopes }, cover)| {
        let asked = requests.get(&hold.id);
        let received = asked.map(|row| row.received_on.0);
        HoldLine {
            due_and_held: due.get(&hold.reference).copied().unwrap_or_default(),
            hold: hold.reference,
            kind: hold.kind.0,
            title: hold.title,
            state: hold.state,
            authority: hold.authority,
            covers_words: scopes.iter().map(|scope| names.words(scope)).collect(),
            covers: scopes,
            cover,
            received,
            answer_due: received
                .and_then(|day| request::due_on(hold.kind.0, day, &config.working_days)),
            last_correspondence: asked.map(|row| row.last_correspondence.0),
            complaint_open: asked.is_some_and(request::is_suspended),
            review_on: hold.review_on.0,
            review_overdue: hold.review_on.0 < today && hold.state != HoldState::Released,
            unanswered: asked.is_some_and(request::is_unanswered),
            earliest_release: hold.earliest_release.map(|day| day.0),
        }
    });
    Ok(lines.collect())
}

/// How many units of the due list each hold in force covers.
async fn due_by_hold(instance: &Instance) -> Result<HashMap<String, u64>, Failure> {
    let lookup = due::Lookup::read(&instance.catalogue, &instance.config).await?;
    let mut covered = HashMap::new();
    due::each(&instance.catalogue, &lookup, instance.clock.today(), |item| {
        for hold in item.held_by {
            *covered.entry(hold).or_default() += 1;
        }
        Ok::<(), Failure>(())
    })
    .await?;
    Ok(covered)
}

impl Answer for HoldLine {
    fn say(&self, to: &mut dyn Write) -> std::io::Result<()> {
        writeln!(to, "{} ({}): {}", self.hold, self.kind.words(), self.title)?;
        writeln!(to, "State: {}", self.state)?;
        writeln!(to, "Ordered by: {}", self.authority)?;
        for words in &self.covers_words {
            writeln!(to, "Covers: {words}")?;
        }
        writeln!(to, "That is {}, and what arrives later.", self.count_words())?;
        for (what, day) in [
            ("Received", self.received),
            ("Answer due", self.answer_due),
            ("Last correspondence", self.last_correspondence),
            ("Review", Some(self.review_on)),
        ] {
            if let Some(day) = day {
                writeln!(to, "{what}: {day}")?;
            }
        }
        match self.earliest_release {
            _ if self.complaint_open => {
                writeln!(to, "A complaint is open: it is not released before the decision.")
            }
            _ if self.unanswered => writeln!(
                to,
                "No answer is recorded: it is not released before one is (`retaind hold progress \
                 {} --answered DATE`), nor for its tail after that.",
                self.hold
            ),
            Some(day) => writeln!(to, "Earliest release: {day}"),
            None => Ok(()),
        }
    }
}
