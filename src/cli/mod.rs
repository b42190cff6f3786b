//! The command line: the only place that names clap and anyhow.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;

use crate::Pipeline;
use crate::readers::{Parsed, open};
use crate::writers::Format;

/// What was typed.
#[derive(Parser)]
#[command(version, about)]
enum Command {
    /// Reads documents and writes triples.
    Extract {
        /// Files to read.
        inputs: Vec<PathBuf>,
        /// Keep the input's mentions and add relations only.
        #[arg(long)]
        gold_mentions: bool,
    },
}

/// Parses the command line, runs the command, and returns the exit code.
pub fn main() -> ExitCode {
    match run(Command::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("cytosift: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> anyhow::Result<()> {
    let Command::Extract { inputs, gold_mentions } = command;
    let pipeline = if gold_mentions { Pipeline::relations_only() } else { Pipeline::rules() };
    let mut stdout = std::io::stdout().lock();
    for input in inputs {
        for record in open(&input)? {
            let Parsed::Documents(mut documents) = record?.parse()? else { continue };
            for document in &mut documents {
                document.relations.clear();
                if !gold_mentions {
                    document.clear_layers();
                }
            }
            pipeline.apply(&mut documents)?;
            let mut out = Vec::new();
            documents.iter().for_each(|d| Format::Jsonl.render(d, &mut out));
            stdout.write_all(&out)?;
        }
    }
    Ok(())
}
