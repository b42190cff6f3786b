//! Relations: a predicate between two mentions of one sentence.

use serde::{Deserialize, Serialize};

use super::{EntityType, MentionId};

/// The twelve predicates of the schema (docs/schema.md).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Predicate {
    /// A regulator approved or licensed the subject for the object.
    ApprovedFor,
    /// The subject is used to treat, or works against, the object.
    Treats,
    /// The subject is or was tested against the object.
    EvaluatedFor,
    /// The subject prevents or protects from the object.
    Prevents,
    /// The subject brings the object about.
    Causes,
    /// The subject increases, induces, activates or recruits the object.
    Promotes,
    /// The subject decreases, blocks, kills or suppresses the object.
    Inhibits,
    /// Subject and object are given together (symmetric).
    CombinedWith,
    /// The object produces, expresses or contains the subject.
    ExpressedBy,
    /// The subject binds or signals through the object.
    Binds,
    /// The subject's level or variant is altered in, correlates with or predicts the object.
    BiomarkerOf,
    /// A stated link that no other predicate expresses (symmetric).
    AssociatedWith,
}

impl Predicate {
    /// All predicates, in the order of the schema.
    pub const ALL: [Predicate; 12] = [
        Predicate::ApprovedFor,
        Predicate::Treats,
        Predicate::EvaluatedFor,
        Predicate::Prevents,
        Predicate::Causes,
        Predicate::Promotes,
        Predicate::Inhibits,
        Predicate::CombinedWith,
        Predicate::ExpressedBy,
        Predicate::Binds,
        Predicate::BiomarkerOf,
        Predicate::AssociatedWith,
    ];

    /// Returns the name used in JSON Lines: `approved_for`.
    pub fn as_str(self) -> &'static str {
        match self {
            Predicate::ApprovedFor => "approved_for",
            Predicate::Treats => "treats",
            Predicate::EvaluatedFor => "evaluated_for",
            Predicate::Prevents => "prevents",
            Predicate::Causes => "causes",
            Predicate::Promotes => "promotes",
            Predicate::Inhibits => "inhibits",
            Predicate::CombinedWith => "combined_with",
            Predicate::ExpressedBy => "expressed_by",
            Predicate::Binds => "binds",
            Predicate::BiomarkerOf => "biomarker_of",
            Predicate::AssociatedWith => "associated_with",
        }
    }

    /// Returns the name as people read it, used in CSV: `approved for`.
    pub fn display(self) -> String {
        self.as_str().replace('_', " ")
    }

    /// Returns the predicate of either name, if there is one.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|p| p.as_str() == name || p.display() == name)
    }

    /// Tells whether subject and object may be exchanged.
    pub fn is_symmetric(self) -> bool {
        matches!(self, Predicate::CombinedWith | Predicate::AssociatedWith)
    }

    /// Tells whether the schema allows the predicate from a subject of one type to an object of another.
    pub fn allows(self, subject: EntityType, object: EntityType) -> bool {
        use EntityType::{Cancer, Cell, Cytokine, Disease, Gene, Process, Receptor, Therapy};
        match self {
            Predicate::ApprovedFor | Predicate::Treats | Predicate::EvaluatedFor => {
                matches!(subject, Cytokine | Therapy) && matches!(object, Cancer | Disease)
            }
            Predicate::Prevents | Predicate::Causes => {
                matches!(subject, Cytokine | Therapy | Receptor | Gene) && matches!(object, Cancer | Disease)
            }
            Predicate::Promotes | Predicate::Inhibits => {
                !matches!(subject, Cancer | Disease)
                    && matches!(object, Process | Cell | Cytokine | Receptor | Gene | Cancer)
            }
            Predicate::CombinedWith => {
                matches!(subject, Cytokine | Therapy) && matches!(object, Cytokine | Therapy)
            }
            Predicate::ExpressedBy => {
                matches!(subject, Cytokine | Receptor | Gene) && matches!(object, Cell | Cancer)
            }
            Predicate::Binds => {
                matches!(subject, Cytokine | Therapy | Gene) && matches!(object, Receptor | Cytokine | Gene)
            }
            Predicate::BiomarkerOf => {
                matches!(subject, Cytokine | Receptor | Gene) && matches!(object, Cancer | Disease | Process)
            }
            Predicate::AssociatedWith => true,
        }
    }
}

/// A relation that a sentence states, denies or hedges.
#[derive(Clone, Debug, PartialEq)]
pub struct Relation {
    /// The subject.
    pub subject: MentionId,
    /// The object; never the subject.
    pub object: MentionId,
    /// What is said of them.
    pub predicate: Predicate,
    /// Whether the sentence denies it or found it absent.
    pub negated: bool,
    /// Whether the sentence offers it as possible or as an aim.
    pub hedged: bool,
    /// Index of the sentence in [`Document::sentences`](super::Document::sentences).
    pub sentence: u32,
    /// Words of setting that belong to the relation and to neither mention, in text order: `adjuvant`.
    pub qualifiers: Vec<String>,
    /// Probability that the relation is right, 0 to 1.
    pub confidence: f32,
    /// Which extractor found it: `rules`, `gold`.
    pub source: &'static str,
}
