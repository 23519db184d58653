//! `retaind explain`: why one item is kept or due.

use std::io::Write;

use crate::cli::{Answer, Context, Failure, Outcome};
use crate::explain::{Explanation, explain};

/// Say why an item is kept or due, and what happens next
///
/// The item is looked at now. A file inside a case folder is answered for by
/// the folder, where that is what is disposed of as one.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  retaind explain share planning/enforcement/2015/ENF-2015-0003/")]
pub(super) struct Args {
    /// The store
    store: String,

    /// The item, as `retaind due` shows it
    locator: String,
}

pub(super) async fn run(context: &Context, args: Args) -> Result<Outcome, Failure> {
    let instance = context.instance().await?;
    let store = instance.config.store(&args.store)?;
    let explanation = explain(&instance.scanner(), store, &args.locator).await?;
    context.printer.print(&explanation)?;
    Ok(Outcome::Done)
}

impl Answer for Explanation {
    fn say(&self, to: &mut dyn Write) -> std::io::Result<()> {
        writeln!(to, "{} {}", self.store, self.locator)?;
        writeln!(to, "{}", self.answer)?;
        if let Some(back) = &self.back {
            writeln!(to, "{back}.")?;
        }
        if let Some(register) = &self.register {
            writeln!(to, "\n{} {}", register.record_type, register.title)?;
            writeln!(to, "  {:<9}{}", "line", register.source)?;
            let cells = ["period", "from", "then", "basis"].into_iter().zip(&register.words);
            for (cell, words) in cells.filter(|(_, words)| !words.is_empty()) {
                writeln!(to, "  {cell:<9}{words}")?;
            }
            writeln!(to, "  {:<9}{}", "rule", register.rule)?;
            writeln!(to, "  {:<9}{}", "means", register.readback)?;
        }
        if !self.because.is_empty() {
            writeln!(to)?;
        }
        for step in &self.because {
            writeln!(to, "  {step}")?;
        }
        for hold in &self.held_by {
            writeln!(to, "  held by {hold}")?;
        }
        writeln!(to, "\nNext: {}.", self.next)
    }
}
