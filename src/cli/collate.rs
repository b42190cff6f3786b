//! `cytosift collate`: the parts of a run to one table of current triples and one of facts.

use super::Outcome;
use super::args::CollateArgs;

/// Runs the command.
#[cfg(feature = "collate")]
pub(super) fn collate(args: &CollateArgs) -> anyhow::Result<Outcome> {
    use anyhow::Context;
    use serde_json::json;

    use super::interrupt;
    use super::progress::{Gauges, Progress, Totals};
    use crate::collate::{Collation, FACTS, TRIPLES, parts};
    use crate::runs::Folder;

    let stop = interrupt::install().context("cannot catch Ctrl-C")?;
    let parts = parts(&args.folder)?;
    let out = args.output.clone().unwrap_or_else(|| args.folder.join("collated"));
    let out = Folder::take(&out)?;
    let (totals, gauges) = (Totals { bytes: Some(parts.bytes), files: parts.count() }, Gauges::default());
    let mut progress = Progress::start(totals, &gauges, &args.watch, false)?;
    for file in &parts.failed {
        progress.tell(
            "rejected",
            &format!("{file} could not be read, and is left out"),
            json!({ "file": file }),
        );
    }
    let memory = args.memory as usize * (1 << 20);
    let collation = Collation { out: &out, memory, stop: &stop, bytes: &gauges.bytes };
    let result = collation.go(&parts);
    let watched = progress.end();
    let done = match result {
        Err(crate::Error::Interrupted) => {
            progress.say("ended", "stopped; the tables are as they were");
            return Ok(Outcome::Interrupted);
        }
        result => result?,
    };
    watched?;
    let message = format!(
        "{} of {} triples of {} citations are current; {} facts; {TRIPLES} and {FACTS} are in {}",
        done.current,
        done.triples,
        done.citations,
        done.facts,
        out.path().display()
    );
    progress.say("ended", &message);
    Ok(if parts.failed.is_empty() { Outcome::Done } else { Outcome::Rejected })
}

/// Says how to get the command.
#[cfg(not(feature = "collate"))]
pub(super) fn collate(_: &CollateArgs) -> anyhow::Result<Outcome> {
    anyhow::bail!(
        "this program was built without `collate`, whose engine takes minutes to compile; build it with \
         `cargo install --path . --features collate`"
    )
}
