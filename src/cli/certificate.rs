//! `retaind certificate`: what was disposed of, proved.

use std::io::{Read as _, Write};
use std::path::{Path, PathBuf};

use clap::Subcommand;
use serde::Serialize;

use crate::cli::output::{count, table};
use crate::cli::{Answer, Context, Failure, Outcome};
use crate::keys::signing::PublishedKeys;
use crate::proof::certificate::{Authority, Certificate};
use crate::proof::verify::{KeyTrust, verify};
use crate::proof::{ProofError, issue, page};

/// The most that is read of a file that is named.
const MOST_BYTES: u64 = 16 << 20;

/// Certificates of disposal
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Verify(VerifyArgs),
    List(ListArgs),
    Show(ShowArgs),
}

/// Check a certificate's signature and sums, and say what it certifies
///
/// Needs no catalogue and no configuration: anyone can check a certificate on
/// any machine. With --key it also shows that the organisation signed it.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  retaind certificate verify C-2026-0001.json --key signing.pub")]
struct VerifyArgs {
    /// The certificate
    file: PathBuf,

    /// The public keys that the organisation publishes
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
}

/// List certificates, newest first
#[derive(Debug, clap::Args)]
struct ListArgs {}

/// Print a certificate as it was signed
///
/// With --html it becomes a page for people, which any browser prints or saves
/// as PDF. The page proves nothing; the certificate does.
#[derive(Debug, clap::Args)]
struct ShowArgs {
    /// Its number, such as C-2026-0001
    number: String,

    /// Write it into this file, as a page to be read and printed
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
}

pub(super) async fn run(context: &Context, args: Args) -> Result<Outcome, Failure> {
    match args.command {
        Command::Verify(args) => verify_file(context, &args),
        Command::List(_) => list(context).await,
        Command::Show(args) => show(context, &args).await,
    }
}

fn verify_file(context: &Context, args: &VerifyArgs) -> Result<Outcome, Failure> {
    let text = read(&args.file)?;
    let keys = args.key.as_deref().map(published).transpose()?;
    let verified = verify(&text, keys.as_ref())?;
    let signed = verified.signed;
    let key = signed.signature.key;
    context.printer.print(&Checked {
        trust: verified.key,
        key,
        certificate: signed.certificate,
    })?;
    Ok(match verified.key {
        KeyTrust::Published => Outcome::Done,
        KeyTrust::NotCompared | KeyTrust::LostLater => Outcome::Attention,
    })
}

fn read(path: &Path) -> Result<String, Failure> {
    let cannot = |why: &dyn std::fmt::Display| {
        Failure::new(format!("cannot read {}: {why}", path.display()))
    };
    let mut text = String::new();
    let file = std::fs::File::open(path).map_err(|fault| cannot(&fault))?;
    let read = file.take(MOST_BYTES + 1).read_to_string(&mut text);
    match read.map_err(|fault| cannot(&fault))? as u64 {
        ..=MOST_BYTES => Ok(text),
        _ => Err(cannot(&"it is larger than 16 MiB, which no certificate and no key is")),
    }
}

/// The public keys in this file.
pub(super) fn published(path: &Path) -> Result<PublishedKeys, Failure> {
    let keys = read(path)?.parse::<PublishedKeys>();
    keys.map_err(|fault| Failure::new(format!("{}: {fault}", path.display())))
}

async fn list(context: &Context) -> Result<Outcome, Failure> {
    let catalogue = context.catalogue().await?;
    let rows = issue::list(catalogue.read()).await?;
    let lines: Vec<Line> = rows
        .into_iter()
        .map(|row| Line {
            number: row.number,
            issued_at: row.issued_at.to_string(),
            state: row.state.to_string(),
            beyond_use_until: row.beyond_use_until.map(|day| day.to_string()),
            digest: row.digest,
        })
        .collect();
    context.printer.print_lines(&lines, |to| {
        let rows = lines.iter().map(|line| {
            let until = line.beyond_use_until.clone().unwrap_or_else(|| "not known".to_owned());
            [line.number.clone(), line.issued_at.clone(), line.state.clone(), until]
        });
        table(to, ["Number", "Issued", "State", "In backups until"], rows)
    })?;
    Ok(Outcome::Done)
}

async fn show(context: &Context, args: &ShowArgs) -> Result<Outcome, Failure> {
    let catalogue = context.catalogue().await?;
    let row = issue::find(catalogue.read(), &args.number).await?;
    if let Some(file) = &args.html {
        let signed = serde_json::from_str(&row.json);
        let signed = signed.map_err(|_| ProofError::Changed(row.number.clone()))?;
        return std::fs::write(file, page::html(&signed))
            .map(|()| Outcome::Done)
            .map_err(|fault| Failure::new(format!("cannot write {}: {fault}", file.display())));
    }
    crate::cli::output::ignore_closed_pipe(std::io::stdout().write_all(row.json.as_bytes()))?;
    Ok(Outcome::Done)
}

#[derive(Debug, Serialize)]
struct Line {
    number: String,
    issued_at: String,
    state: String,
    beyond_use_until: Option<String>,
    digest: String,
}

#[derive(Debug, Serialize)]
struct Checked {
    trust: KeyTrust,
    key: String,
    certificate: Certificate,
}

impl Answer for Checked {
    fn say(&self, to: &mut dyn Write) -> std::io::Result<()> {
        let it = &self.certificate;
        writeln!(to, "The certificate is whole. {}", self.trust_in_words())?;
        writeln!(to, "\n{} of {}, signed {}", it.number, it.organisation, it.issued_at)?;
        writeln!(
            to,
            "{} of {} approved lines: {} ({} {}), {} {}",
            count(it.count),
            count(it.lines),
            it.action,
            it.record_type.code,
            it.record_type.title,
            it.asset.reference,
            it.asset.name
        )?;
        writeln!(
            to,
            "under {}: {} ({})",
            it.schedule.version, it.schedule.words, it.schedule.rule
        )?;
        it.schedule.basis.iter().try_for_each(|basis| writeln!(to, "  by {basis}"))?;
        writeln!(to, "from {}, {} to {}", it.stores.join(", "), it.started_at, it.finished_at)?;
        writeln!(to, "how: {}", it.method)?;
        let by = match &it.authority {
            Authority::Approvals(by) => by,
            Authority::Standing(standing) => {
                writeln!(to, "on the standing authority {}", standing.reference)?;
                &standing.signed_by
            }
        };
        for one in by {
            writeln!(to, "approved by {} ({}), {}", one.name, one.role, one.at)?;
        }
        for (what, list) in [("withheld", &it.withheld), ("failed", &it.failures)] {
            for counted in list {
                writeln!(to, "{what}: {} {}", count(counted.count), counted.reason)?;
            }
        }
        let holds = it.hold_check.active_holds;
        writeln!(to, "holds in force when it ran, all consulted: {}", count(holds))?;
        match it.beyond_use_until() {
            Some(day) => writeln!(to, "the last backup loses its copy on {day}"),
            None => writeln!(to, "nobody has said when the last backup loses its copy"),
        }
    }
}

impl Checked {
    fn trust_in_words(&self) -> String {
        let key = &self.key;
        match self.trust {
            KeyTrust::Published => format!("Its key {key} is one the organisation publishes."),
            KeyTrust::NotCompared => format!(
                "Its key {key} was NOT compared with a published one: anyone can sign with a key \
                 of their own. Give --key with the organisation's signing.pub."
            ),
            KeyTrust::LostLater => format!(
                "Its key {key} is published, and was lost later: ask the organisation whether its \
                 audit chain has this certificate."
            ),
        }
    }
}
