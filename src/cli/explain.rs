//! `retaind explain`: why one item is kept or due.

use std::io::Write;

use crate::cli::{Answer, Context, Failure, Outcome};
use crate::explain::{Explanation, explain};

/// Say why an item is kept or due, and what happens next
///
/// The item is looked at now. A file inside a case folder is answered for by
/// the folder, where that is what is disposed of as one.
///
/// retaind explain share planning/enforcement/2015/ENF-2015-0003/
#[derive(Debug, clap::Args)]
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
        if let Some(register) = &self.register {
            writeln!(to, "\n{} {}", register.record_type, register.title)?;
            writeln!(to, "  from    {}", register.source)?;
            let words: Vec<_> = register.words.iter().filter(|word| !word.is_empty()).collect();
            for word in words {
                writeln!(to, "  says    {word}")?;
            }
            writeln!(to, "  rule    {}", register.rule)?;
            writeln!(to, "  means   {}", register.readback)?;
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
