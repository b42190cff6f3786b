//! Args: what can be typed.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use super::engines::{EngineArg, ModelArgs};
use super::evaluate::Fold;
use super::log::LogForm;
use crate::Config;
use crate::document::Focus;
use crate::pipeline::OnBadRecord;
use crate::writers::Format;

/// Reads biomedical literature and writes what it states about cytokines and chemokines in cancer as triples.
#[derive(Debug, Parser)]
#[command(version, after_help = EXIT_CODES, max_term_width = 110)]
pub(super) struct Cli {
    #[command(subcommand)]
    pub(super) command: Command,
}

const EXIT_CODES: &str = "Exit codes: 0 done; 1 failed; 2 wrong usage; 3 done, but records or files were rejected; \
130 interrupted.";

const EXTRACT_EXAMPLES: &str = "Examples:
  cytosift extract pubmed26n0001.xml.gz -o triples.csv
  cytosift extract articles/ 'dump/*.xml.gz' -o triples.jsonl --focus all
  zcat export.nbib.gz | cytosift extract - | head
  cytosift extract 'pubmed/*.xml.gz' --out-dir run
  cytosift extract --out-dir run --resume

Beside `-o triples.csv` stand triples.report.json (counts, checksums, settings, timings) and, if anything was
rejected, triples.rejected.jsonl. A run that is cut short leaves triples.csv.partial, whole rows only, and never
a half triples.csv. With --out-dir each input has a file of its own, and a run that was killed goes on with --resume
(docs/scale.md).

Exit codes: 0 done; 1 failed; 2 wrong usage; 3 done, but records or files were rejected; 130 interrupted.";

const EVALUATE_EXAMPLES: &str = "Examples:
  cytosift evaluate --gold gold.jsonl
  cytosift evaluate --gold gold.jsonl --predictions other_system.jsonl --json

Mentions count as strict (same span and type) and as overlap (same type, one shared character) matches; relations when
the predicate is the same and both arguments overlap. docs/schema.md describes the file form.";

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Reads documents and writes triples.
    #[command(after_help = EXTRACT_EXAMPLES)]
    Extract(ExtractArgs),

    /// Merges the parts of a run into its current triples and its facts.
    #[command(after_help = COLLATE_EXAMPLES)]
    Collate(CollateArgs),

    /// Shows one document with its mentions, and its relations under each sentence.
    #[command(after_help = INSPECT_EXAMPLES)]
    Inspect(InspectArgs),

    /// Looks names up, or compiles the tables of names.
    #[command(subcommand)]
    Lexicon(LexiconCommand),

    /// Scores an engine or a file of predictions against a gold corpus.
    #[command(after_help = EVALUATE_EXAMPLES)]
    Evaluate(EvaluateArgs),

    /// Runs engines on a list of corpora and writes the table of results.
    #[command(after_help = BENCHMARK_EXAMPLES)]
    Benchmark(BenchmarkArgs),

    /// Runs an engine at command, for `evaluate --passes`.
    #[command(hide = true)]
    EngineCost(EngineCostArgs),
}

#[derive(Debug, Subcommand)]
pub(super) enum LexiconCommand {
    /// Prints what a name stands for.
    Lookup {
        /// The name: IL-2, aldesleukin, "renal cell carcinoma".
        name: String,
    },

    /// Compiles the tables from the public sources and the curated tables.
    Build {
        /// Folder with the sources.
        #[arg(long, value_name = "FOLDER", default_value = "../shared/lexica")]
        sources: PathBuf,

        /// Folder of the tables.
        #[arg(long, value_name = "FOLDER", default_value = "data/lexicons")]
        tables: PathBuf,
    },
}

const INSPECT_EXAMPLES: &str = "Examples:
  cytosift inspect article.txt
  cytosift inspect pubmed26n0001.xml.gz --id 1379788 | less
  cat article.txt | cytosift inspect

Mentions are coloured by type on a terminal, and marked as [IL-2](cytokine) when piped or when NO_COLOR is set.";

#[derive(Debug, Args)]
pub(super) struct InspectArgs {
    /// File, or `-` for standard input.
    #[arg(default_value = "-", value_name = "FILE")]
    pub(super) input: PathBuf,

    /// Document to show, by its id [default: the first].
    #[arg(long)]
    pub(super) id: Option<String>,

    /// Relations to show.
    #[arg(long, value_enum, default_value = "all")]
    pub(super) focus: FocusArg,
}

#[derive(Debug, Args)]
pub(super) struct ExtractArgs {
    /// Files, folders, glob patterns, or `-` for standard input; formats are told by content, `.gz` or not.
    #[arg(required_unless_present_any = ["print_config", "resume"], value_name = "INPUT")]
    pub(super) inputs: Vec<PathBuf>,

    #[command(flatten, next_help_heading = "Outputs")]
    pub(super) output: OutputArgs,

    #[command(flatten, next_help_heading = "Parameters")]
    pub(super) params: ParamArgs,

    #[command(flatten, next_help_heading = "Watching")]
    pub(super) watch: WatchArgs,
}

/// How a run can be watched.
#[derive(Debug, Default, Args)]
pub(super) struct WatchArgs {
    /// Form of what is said on standard error.
    #[arg(long, value_enum, default_value = "text", value_name = "FORM")]
    pub(super) log: LogForm,

    /// File for the counters in Prometheus' text form, written anew every five seconds and at the end.
    #[arg(long, value_name = "FILE")]
    pub(super) metrics: Option<PathBuf>,
}

const COLLATE_EXAMPLES: &str = "Examples:
  cytosift collate run
  cytosift collate runs -o tables

Of the statements of a document the newest version holds, and of the same version the last in the order of the run's
inputs; DeleteCitation removes. docs/columns.md describes both tables.

Exit codes: 0 done; 1 failed; 2 wrong usage; 3 done, but inputs of the run could not be read; 130 interrupted.";

#[derive(Debug, Args)]
pub(super) struct CollateArgs {
    /// Folder of a run, or of several runs, taken in the order of their names.
    #[arg(value_name = "FOLDER")]
    pub(super) folder: PathBuf,

    /// Folder for triples.csv and facts.csv [default: `collated` in the folder].
    #[arg(short, long, value_name = "FOLDER")]
    pub(super) output: Option<PathBuf>,

    /// Memory of the sort in MiB; what does not fit is spilled to the output folder.
    #[arg(long, value_name = "MIB", default_value_t = 512, value_parser = clap::value_parser!(u32).range(64..))]
    pub(super) memory: u32,

    #[command(flatten, next_help_heading = "Watching")]
    pub(super) watch: WatchArgs,
}

#[derive(Debug, Args)]
pub(super) struct EvaluateArgs {
    /// Gold documents, a file or a folder: JSON Lines, PubTator, BioC, brat standoff, CoNLL or DrugProt tables.
    #[arg(long, value_name = "PATH")]
    pub(super) gold: PathBuf,

    /// Predicted documents in any of these formats; may be given several times, named as NAME=PATH
    /// [default: run the default engine on the gold texts].
    #[arg(long, value_name = "[NAME=]PATH")]
    pub(super) predictions: Vec<String>,

    /// Engine of ours to run on the gold texts, beside the predictions; may be given several times.
    #[arg(long, value_enum)]
    pub(super) engine: Vec<EngineArg>,

    /// Tagging head of the model to run on the gold texts, scored by its own types: bc5cdr, ncbi_disease, bc2gm, jnlpba,
    /// bionlp13cg; may be given several times.
    #[arg(long, value_name = "NAME")]
    pub(super) head: Vec<String>,

    #[command(flatten)]
    pub(super) model: ModelArgs,

    /// Label map that brings types and predicates together: a TOML file, or one of anatem, bc2gm, bc5cdr, bionlp13cg,
    /// biored, cdr, drugprot, jnlpba, ncbi-disease, nlm-gene, semrep.
    #[arg(long, value_name = "FILE|NAME")]
    pub(super) map: Option<PathBuf>,

    /// Use one part of the gold documents only: 10/10 takes every tenth.
    #[arg(long, value_name = "PART/PARTS")]
    pub(super) fold: Option<Fold>,

    /// Let the engine start from the gold mentions and find relations only.
    #[arg(long)]
    pub(super) gold_mentions: bool,

    /// Give predicted mentions without an identifier those of the gold mentions they overlap, to score relations between
    /// concepts apart from linking.
    #[arg(long)]
    pub(super) gold_concepts: bool,

    /// Relations that the engine is after [default: cytokine if most gold relations have a cytokine or a receptor,
    /// otherwise all].
    #[arg(long, value_enum)]
    focus: Option<FocusArg>,

    /// Folder for results.json, results.md and index.html.
    #[arg(long, value_name = "FOLDER")]
    pub(super) report: Option<PathBuf>,

    /// Bootstrap samples over documents for the 95 % intervals; 0 for none.
    #[arg(long, value_name = "N", default_value_t = 1000)]
    pub(super) samples: usize,

    /// Rounds of the paired test between systems; 0 for none.
    #[arg(long, value_name = "N", default_value_t = 10_000)]
    pub(super) rounds: usize,

    /// Seed of samples and rounds.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(super) seed: u64,

    /// Timed passes of each engine, in turns, after a warm-up; 0 for none.
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(super) passes: usize,

    /// Threads of the timed passes; 0 = one a core.
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(super) threads: usize,

    /// Print JSON, measures rounded to four digits: one object, or an array of them for several systems.
    #[arg(long)]
    pub(super) json: bool,
}

impl EvaluateArgs {
    /// Returns the focus of the engine, if one was typed.
    pub(super) fn focus(&self) -> Option<Focus> {
        self.focus.map(Into::into)
    }
}

const BENCHMARK_EXAMPLES: &str = "Examples:
  cytosift benchmark benches/suite.toml --corpora corpora
  cytosift benchmark benches/suite.toml --corpora corpora --write-readme README.md --report target/benchmark

A corpus that is not in the folder is skipped and named. scripts/corpora.sh says where each is obtained.

Exit codes: 0 done; 1 failed; 2 wrong usage; 3 done, but a corpus could not be evaluated.";

#[derive(Debug, Args)]
pub(super) struct BenchmarkArgs {
    /// The suite: a TOML file that lists corpora, label maps and engines.
    #[arg(value_name = "SUITE.toml")]
    pub(super) suite: PathBuf,

    /// Folder that the corpora lie in.
    #[arg(long, value_name = "FOLDER")]
    pub(super) corpora: PathBuf,

    /// Markdown file whose part between `<!-- benchmark:begin -->` and `<!-- benchmark:end -->` becomes the table; may be
    /// given several times.
    #[arg(long, value_name = "FILE")]
    pub(super) write_readme: Vec<PathBuf>,

    /// Folder for benchmark.json and, in a folder of its own, the report of each corpus.
    #[arg(long, value_name = "FOLDER")]
    pub(super) report: Option<PathBuf>,
}

/// What `evaluate` tells the processes that it measures engines in.
#[derive(Debug, Args)]
pub(super) struct EngineCostArgs {
    #[arg(long)]
    pub(super) gold: PathBuf,
    #[arg(long, value_enum)]
    pub(super) engine: EngineArg,
    #[command(flatten)]
    pub(super) model: ModelArgs,
    #[arg(long, value_enum)]
    pub(super) focus: FocusArg,
    #[arg(long)]
    pub(super) fold: Option<Fold>,
    #[arg(long)]
    pub(super) threads: usize,
}

#[derive(Debug, Args)]
pub(super) struct OutputArgs {
    /// File to write, compressed if its name ends in .gz, or `-` for standard output [default: standard output].
    #[arg(short, long, value_name = "FILE")]
    pub(super) output: Option<PathBuf>,

    /// Output format [default: by the name of the output file, otherwise csv].
    #[arg(long, value_enum)]
    pub(super) format: Option<FormatArg>,

    /// Report to write [default: beside the output file; none for standard output].
    #[arg(long, value_name = "FILE")]
    pub(super) report: Option<PathBuf>,

    /// Folder of a run: one output file an input file, and run.json.
    #[arg(long, value_name = "FOLDER", conflicts_with_all = ["output", "report"])]
    pub(super) out_dir: Option<PathBuf>,

    /// Go on with the run in the folder: keep the inputs that are done and unchanged, do the others, add new ones. Settings
    /// that are not given are those of the run.
    #[arg(long, requires = "out_dir")]
    pub(super) resume: bool,
}

#[derive(Debug, Args)]
pub(super) struct ParamArgs {
    /// Engine that finds mentions and relations [default: hybrid, in a build without a model rules].
    #[arg(long, value_enum)]
    engine: Option<EngineArg>,

    #[command(flatten)]
    model: ModelArgs,

    /// Triples to write: those with a cytokine, a receptor of one or a therapy around one, or all [default: cytokine].
    #[arg(long, value_enum)]
    focus: Option<FocusArg>,

    /// Worker threads; 0 = one a core [default: 0].
    #[arg(long, value_name = "N")]
    threads: Option<usize>,

    /// Leave out triples below this probability [default: 0].
    #[arg(long, value_name = "P")]
    min_confidence: Option<f32>,

    /// What to do when a record or file cannot be read [default: skip].
    #[arg(long, value_enum)]
    on_bad_record: Option<OnBadRecordArg>,

    /// TOML file with settings that override the defaults.
    #[arg(long, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,

    /// Print the settings in effect and stop.
    #[arg(long)]
    pub(super) print_config: bool,

    /// Keep the mentions of the input (JSON Lines) and add relations only.
    #[arg(long, hide = true)]
    pub(super) gold_mentions: bool,
}

impl ParamArgs {
    /// Puts what was typed over the settings.
    pub(super) fn apply(&self, config: &mut Config) {
        let run = &mut config.run;
        run.engine = self.engine.map_or(run.engine, Into::into);
        if let Some(folder) = &self.model.folder {
            run.model.clone_from(folder);
        }
        run.precision = self.model.precision.map_or(run.precision, Into::into);
        run.focus = self.focus.map_or(run.focus, Into::into);
        run.threads = self.threads.unwrap_or(run.threads);
        run.min_confidence = self.min_confidence.unwrap_or(run.min_confidence);
        run.on_bad_record = match self.on_bad_record {
            None => run.on_bad_record,
            Some(OnBadRecordArg::Skip) => OnBadRecord::Skip,
            Some(OnBadRecordArg::Stop) => OnBadRecord::Stop,
        };
    }
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum FormatArg {
    /// One triple a row.
    Csv,
    /// One document a line with all layers.
    Jsonl,
}

impl From<FormatArg> for Format {
    fn from(format: FormatArg) -> Self {
        match format {
            FormatArg::Csv => Format::Csv,
            FormatArg::Jsonl => Format::Jsonl,
        }
    }
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum FocusArg {
    /// Triples with a cytokine, a receptor of one, or a therapy aimed at or built from one.
    Cytokine,
    /// Every triple.
    All,
}

impl From<FocusArg> for Focus {
    fn from(focus: FocusArg) -> Self {
        match focus {
            FocusArg::Cytokine => Focus::Cytokine,
            FocusArg::All => Focus::All,
        }
    }
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum OnBadRecordArg {
    /// Count it, write it to the rejected file, go on.
    Skip,
    /// End the run there; what came before is kept.
    Stop,
}
