//! `retaind people`: who may act, and whose roles wait to be confirmed.

use std::collections::HashMap;

use clap::Subcommand;
use retaind_schedules::ids::ChangeId;
use sea_orm::{EntityTrait as _, QueryOrder as _};
use serde::Serialize;

use crate::catalogue::entity::person;
use crate::catalogue::words::{ChangeKind, ChangeState};
use crate::catalogue::{Catalogue, CatalogueError};
use crate::change;
use crate::cli::change::{DigestArgs, sign};
use crate::cli::output::table;
use crate::cli::{Context, Failure, Outcome};

/// The people who act, and their roles
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List the people, their roles, and those roles that wait to be confirmed
    List,
    Confirm(ConfirmArgs),
}

/// Confirm the roles that the people list adds for a person
///
/// A role that approves counts only once a records manager or the SIRO, and
/// never the person themself, has confirmed it.
#[derive(Debug, clap::Args)]
struct ConfirmArgs {
    /// The person's address
    email: String,

    #[command(flatten)]
    digest: DigestArgs,
}

#[derive(Debug, Serialize)]
struct Listed {
    name: String,
    email: String,
    active: bool,
    roles: String,
    waiting: String,
}

pub(super) async fn run(context: &Context, args: Args) -> Result<Outcome, Failure> {
    match args.command {
        Command::List => list(context).await,
        Command::Confirm(args) => confirm(context, &args).await,
    }
}

/// What waits, by person: which change, and which roles.
async fn waiting(catalogue: &Catalogue) -> Result<HashMap<String, (ChangeId, String)>, Failure> {
    let pending = change::list(catalogue.read(), Some(ChangeState::Pending)).await?;
    let roles = pending.into_iter().filter(|request| request.kind == ChangeKind::Roles);
    Ok(roles.map(|row| (row.subject, (ChangeId(row.id), words(&row.proposal)))).collect())
}

fn words(roles: &serde_json::Value) -> String {
    let words = roles.as_array().into_iter().flatten().filter_map(serde_json::Value::as_str);
    words.collect::<Vec<_>>().join(" ")
}

async fn list(context: &Context) -> Result<Outcome, Failure> {
    let instance = context.instance().await?;
    let waiting = waiting(&instance.catalogue).await?;
    let people = person::Entity::find().order_by_asc(person::Column::Name);
    let listed: Vec<Listed> = people
        .all(instance.catalogue.read())
        .await?
        .into_iter()
        .map(|row| Listed {
            waiting: waiting
                .get(&row.id.to_string())
                .map(|(_, roles)| roles.clone())
                .unwrap_or_default(),
            roles: words(&row.roles),
            name: row.name,
            email: row.email,
            active: row.active,
        })
        .collect();
    context.printer.print_lines(&listed, |to| {
        let rows = listed.iter().map(|line| {
            let active = if line.active { "yes" } else { "no" };
            [
                line.name.clone(),
                line.email.clone(),
                active.to_owned(),
                line.roles.clone(),
                line.waiting.clone(),
            ]
        });
        table(to, ["Name", "Address", "Active", "Roles", "To be confirmed"], rows)
    })?;
    Ok(Outcome::Done)
}

async fn confirm(context: &Context, args: &ConfirmArgs) -> Result<Outcome, Failure> {
    let instance = context.instance().await?;
    let all = person::Entity::find().all(instance.catalogue.read()).await;
    let wanted = args.email.trim().to_lowercase();
    let found = all
        .map_err(|fault| instance.catalogue.at_its_place(CatalogueError::from(fault)))?
        .into_iter()
        .find(|row| row.email.to_lowercase() == wanted);
    let mut waiting = waiting(&instance.catalogue).await?;
    let change = found.and_then(|row| waiting.remove(&row.id.to_string()));
    let (change, _) = change.ok_or_else(|| {
        Failure::new(format!(
            "no role of {} waits to be confirmed: see `retaind people list`.",
            args.email
        ))
    })?;
    sign(context, &instance, change, &args.digest).await
}
