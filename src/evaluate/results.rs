//! Results: everything that one evaluation found, in the form that reports show and `results.json` holds.
//!
//! `evaluate` fills these structs, `report` writes them; neither computes what the other shows. Types, predicates and
//! labels are strings, because a corpus may keep labels that our schema does not have. A part that was not measured
//! is `None` or empty, and reports leave it out.

mod curves;
mod errors;

use serde::Serialize;

pub use curves::{Bin, Calibration, Confusion, Curve, CurvePoint, Layer};
pub use errors::{ERRORS_PER_KIND, ErrorItem, ErrorKind, Errors, ShownMention, ShownRelation};

use super::Tally;

/// All that one evaluation found: one gold set, one or several systems.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Results {
    /// What was run, on what and where.
    pub run: Run,
    /// The systems, in the order given.
    pub systems: Vec<SystemResults>,
    /// Paired tests between systems.
    pub tests: Vec<PairedTest>,
    /// What the reader should know: gold mentions whose text is not the text at their offsets, labels left out, ...
    pub notes: Vec<String>,
}

/// What was run, on what and where.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Run {
    /// Name of the corpus: `BC5CDR`.
    pub corpus: String,
    /// Part of the corpus: `devel`; empty if it has none.
    pub split: String,
    /// Name of the label map; empty if none was used.
    pub map: String,
    /// The gold files.
    pub gold: Vec<InputFile>,
    /// Counts of the gold set after the map was applied.
    pub size: Size,
    /// Labels that the map left out, most frequent first.
    pub left_out: Vec<LeftOut>,
    /// Version of CytoSift: `0.1.0`.
    pub version: String,
    /// Commit that it was built from; empty if unknown.
    pub commit: String,
    /// When the run started, RFC 3339 in UTC: `2026-11-22T02:40:00Z`.
    pub date: String,
    /// The machine.
    pub machine: Machine,
    /// The random parts of the measures.
    pub resampling: Resampling,
}

/// A file that was read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct InputFile {
    /// As given on the command line.
    pub path: String,
    /// SHA-256 of its bytes, hexadecimal.
    pub sha256: String,
}

/// Counts of a gold set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Size {
    /// Documents.
    pub documents: u64,
    /// Tokens, as CytoSift cuts them.
    pub tokens: u64,
    /// Mentions.
    pub mentions: u64,
    /// Relations.
    pub relations: u64,
}

/// A label that a map left out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct LeftOut {
    /// Whose label it is: `gold`, or a system's name.
    pub side: String,
    /// Which layer it labels.
    pub layer: Layer,
    /// The label as the file writes it.
    pub label: String,
    /// How many items carried it.
    pub count: u64,
}

/// The machine that a run was made on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Machine {
    /// Operating system and architecture: `linux x86_64`.
    pub system: String,
    /// Name of the processor.
    pub processor: String,
    /// Cores that the program may use.
    pub cores: usize,
    /// Main memory in bytes; 0 if unknown.
    pub memory_bytes: u64,
}

/// The random parts of the measures; the same seed gives the same figures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Resampling {
    /// Bootstrap samples over documents for the 95 % intervals; 0 if none were made.
    pub bootstrap_samples: usize,
    /// Rounds of approximate randomisation for the paired tests; 0 if none were made.
    pub randomisation_rounds: usize,
    /// Seed of the random numbers.
    pub seed: u64,
}

/// What one system reached.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct SystemResults {
    /// The name that tables show.
    pub name: String,
    /// `engine`, or the file of predictions.
    pub source: String,
    /// Version of the engine or revision of its model; empty if unknown.
    pub version: String,
    /// Gold documents that it gave no prediction for.
    pub missing_documents: u64,
    /// Mentions.
    pub mentions: Option<MentionResults>,
    /// Concept identifiers.
    pub concepts: Option<ConceptResults>,
    /// Relations between mentions.
    pub relations: Option<RelationResults>,
    /// Relations between concepts of a document, as CDR and BioRED score them.
    pub document_relations: Option<DocumentRelationResults>,
    /// Precision-recall curves, one a layer.
    pub curves: Vec<Curve>,
    /// Calibration of the confidences, one a layer.
    pub calibration: Vec<Calibration>,
    /// Predicates of gold and predicted relations between the same mentions.
    pub confusion: Option<Confusion>,
    /// Gold items lost at each stage, in the order of the stages.
    pub losses: Vec<StageLoss>,
    /// Speed and memory.
    pub cost: Option<Cost>,
    /// The errors to look at.
    pub errors: Errors,
}

/// A tally and the 95 % intervals of its measures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Score {
    /// The counts and the measures made of them.
    #[serde(flatten)]
    pub tally: Tally,
    /// Interval of the precision.
    #[serde(rename = "p_ci", skip_serializing_if = "Option::is_none")]
    pub precision_interval: Option<Interval>,
    /// Interval of the recall.
    #[serde(rename = "r_ci", skip_serializing_if = "Option::is_none")]
    pub recall_interval: Option<Interval>,
    /// Interval of the F1.
    #[serde(rename = "f1_ci", skip_serializing_if = "Option::is_none")]
    pub f1_interval: Option<Interval>,
}

impl From<Tally> for Score {
    /// Makes a score without intervals.
    fn from(tally: Tally) -> Self {
        Self { tally, ..Self::default() }
    }
}

/// A 95 % interval.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Interval {
    /// Lower bound.
    pub low: f64,
    /// Upper bound.
    pub high: f64,
}

/// The plain mean of precision, recall and F1 over the labels that gold holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Macro {
    /// Mean precision.
    #[serde(rename = "p")]
    pub precision: f64,
    /// Mean recall.
    #[serde(rename = "r")]
    pub recall: f64,
    /// Mean F1.
    pub f1: f64,
}

/// Scores of mentions.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct MentionResults {
    /// Same span and type.
    pub strict: Score,
    /// Same type, at least one shared character.
    pub overlap: Score,
    /// Mean over types, strict.
    pub strict_macro: Macro,
    /// Mean over types, overlap.
    pub overlap_macro: Macro,
    /// By type, in the order of the schema or of the map.
    pub by_type: Vec<TypeScore>,
}

/// Scores of the mentions of one type.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct TypeScore {
    /// The type.
    pub label: String,
    /// Same span and type.
    pub strict: Score,
    /// Same type, at least one shared character.
    pub overlap: Score,
}

/// A label and its score.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Labelled {
    /// A type, or a predicate.
    pub label: String,
    /// Its score.
    pub score: Score,
}

/// Scores of concept identifiers.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ConceptResults {
    /// Which vocabularies were compared: `MeSH`, `NCBI Gene`.
    pub vocabularies: Vec<String>,
    /// Distinct identifiers of each document.
    pub by_document: Score,
    /// Identifiers of overlapping mentions.
    pub by_mention: Score,
    /// Distinct identifiers of each document, by type.
    pub by_type: Vec<Labelled>,
}

/// Scores of relations between mentions.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct RelationResults {
    /// Same predicate and direction (either order for symmetric predicates), overlapping arguments.
    pub full: Score,
    /// The same without direction.
    pub undirected: Score,
    /// The same arguments, in either order, with any predicate.
    pub pair: Score,
    /// Mean of `full` over predicates.
    pub full_macro: Macro,
    /// `full` by predicate.
    pub by_predicate: Vec<Labelled>,
    /// Relations marked negated, by both sides.
    pub negated: Score,
    /// Relations marked hedged, by both sides.
    pub hedged: Score,
    /// Share of matched relations whose `negated` and `hedged` are both right.
    pub flags_right: f64,
}

/// Scores of relations between concepts of a document: each distinct (subject id, predicate, object id) counts once.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct DocumentRelationResults {
    /// Same predicate and direction (either order for symmetric predicates), same identifiers.
    pub full: Score,
    /// The same identifiers, in either order, with any predicate.
    pub pair: Score,
    /// `full` by predicate.
    pub by_predicate: Vec<Labelled>,
}

/// A paired test of two systems on the same documents.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct PairedTest {
    /// What was compared: `mentions, overlap F1`.
    pub measure: String,
    /// One system.
    pub first: String,
    /// The other.
    pub second: String,
    /// The first's value minus the second's.
    pub difference: f64,
    /// Two-sided p of approximate randomisation over documents.
    pub p_value: f64,
}

/// How many gold items are lost at a stage.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct StageLoss {
    /// Which layer's items are counted.
    pub layer: Layer,
    /// The stage: `lexicon`, `overlap`, `confidence`.
    pub stage: String,
    /// What losing an item there means, in a sentence.
    pub meaning: String,
    /// Gold items that are lost there and nowhere earlier.
    pub lost: u64,
    /// Gold items that are still there after the stage.
    pub left: u64,
}

/// Speed and memory of a system, measured in the same run as the others', alternating, after a warm-up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Cost {
    /// Threads that it may use.
    pub threads: usize,
    /// Timed passes over the texts, after the warm-up.
    pub passes: usize,
    /// Documents of one pass.
    pub documents: u64,
    /// Documents in a second, median of the passes.
    pub documents_per_second: f64,
    /// Tokens in a second, median of the passes.
    pub tokens_per_second: f64,
    /// Slowest and fastest pass, documents in a second.
    pub documents_per_second_range: Interval,
    /// Largest resident set in bytes; `None` where the system does not tell.
    pub peak_memory_bytes: Option<u64>,
    /// Seconds from start to the first document.
    pub start_up_seconds: f64,
}
