//! Mentions: names of entities in the text, and the concepts they stand for.

use serde::{Deserialize, Serialize};

use super::Span;

/// The eight entity types of the schema (docs/schema.md).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EntityType {
    /// Interleukins, interferons, chemokines, CSFs, TNF and TGF-β superfamily ligands, their drugs and classes.
    Cytokine,
    /// Receptors of cytokines and their subunits.
    Receptor,
    /// Any other gene, protein, complex, antigen or pathway.
    Gene,
    /// Any other treatment, antagonists of cytokines among them.
    Therapy,
    /// Neoplasms.
    Cancer,
    /// Every other disease, symptom, infection or toxicity.
    Disease,
    /// Cell types and cell lines.
    Cell,
    /// Biological processes and clinical outcomes.
    Process,
}

impl EntityType {
    /// All types, in the order of the schema.
    pub const ALL: [EntityType; 8] = [
        EntityType::Cytokine,
        EntityType::Receptor,
        EntityType::Gene,
        EntityType::Therapy,
        EntityType::Cancer,
        EntityType::Disease,
        EntityType::Cell,
        EntityType::Process,
    ];

    /// Returns the name used in every file: `cytokine`, `receptor`, ...
    pub fn as_str(self) -> &'static str {
        match self {
            EntityType::Cytokine => "cytokine",
            EntityType::Receptor => "receptor",
            EntityType::Gene => "gene",
            EntityType::Therapy => "therapy",
            EntityType::Cancer => "cancer",
            EntityType::Disease => "disease",
            EntityType::Cell => "cell",
            EntityType::Process => "process",
        }
    }

    /// Returns the type of that name, if there is one.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|t| t.as_str() == name)
    }
}

/// Index of a mention in [`Document::mentions`](super::Document::mentions).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MentionId(pub u32);

impl MentionId {
    /// Returns the index.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// What a mention's concept is with respect to cytokines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CytokineRole {
    /// No cytokine is involved.
    #[default]
    None,
    /// It is a cytokine, a drug made of one, or a class of them.
    Agonist,
    /// It blocks a cytokine or its receptor: siltuximab, anti-TNF, plerixafor.
    Antagonist,
    /// It is built from or aimed at a cytokine without blocking it: LAK cells, a GM-CSF gene therapy.
    Based,
}

/// The cytokine or receptor that a product is a form of or acts on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// Its identifier: `HGNC:6001`.
    pub id: String,
    /// Its standard display name: `IL-2`.
    pub name: String,
}

/// A concept of a lexicon that a mention stands for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Concept {
    /// The primary identifier as a CURIE: `HGNC:6001`, `DOID:4450`.
    pub id: String,
    /// The standard display name: `IL-2`, `renal cell carcinoma`.
    pub name: String,
    /// Equivalent identifiers in other vocabularies, sorted: `MONDO:0005086`, `NCIt:C9385`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub xrefs: Vec<String>,
    /// What it is with respect to cytokines.
    #[serde(default, skip_serializing_if = "is_none")]
    pub role: CytokineRole,
    /// The cytokine or receptor meant, for a product: IL-2 for aldesleukin, IL-6 for siltuximab.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<Target>,
}

fn is_none(role: &CytokineRole) -> bool {
    *role == CytokineRole::None
}

/// A name of an entity in the text.
#[derive(Clone, Debug, PartialEq)]
pub struct Mention {
    /// Where the name stands, without words of stage or setting.
    pub span: Span,
    /// Its type.
    pub kind: EntityType,
    /// The concepts it stands for: none (unlinked), one, several names joined in one mention
    /// (`breast and ovarian cancer`), or several candidates of an ambiguous name (`ambiguous` is set).
    pub concepts: Vec<Concept>,
    /// Whether `concepts` are candidates of which only one is meant.
    pub ambiguous: bool,
    /// Words of stage, grade, status, setting or dose that stand with the name, in text order: `metastatic`, `high-dose`.
    pub qualifiers: Vec<String>,
    /// Probability that the mention is right, 0 to 1.
    pub confidence: f32,
    /// Which tagger found it: `lexicon`, `pattern`, `abbreviation`, `coordination`, `gold`.
    pub source: &'static str,
}

impl Mention {
    /// Makes an unlinked mention without qualifiers and with confidence 1.
    pub fn new(span: Span, kind: EntityType, source: &'static str) -> Self {
        let (concepts, qualifiers) = (Vec::new(), Vec::new());
        Self { span, kind, concepts, ambiguous: false, qualifiers, confidence: 1.0, source }
    }

    /// Returns the identifier and standard name to show: of the one concept, for a product that is a form of a
    /// cytokine those of the cytokine; nothing for unlinked, joined or ambiguous mentions.
    pub fn display_concept(&self) -> Option<(&str, &str)> {
        let [concept] = self.concepts.as_slice() else { return None };
        match &concept.target {
            Some(target) if self.kind == EntityType::Cytokine => Some((&target.id, &target.name)),
            _ => Some((&concept.id, &concept.name)),
        }
    }

    /// Returns what mentions are sorted by: start, then longest first, then type.
    pub fn place(&self) -> impl Ord + use<> {
        (self.span.start, std::cmp::Reverse(self.span.end), self.kind)
    }

    /// Tells whether it is a cytokine, a receptor of one, or a therapy aimed at or built from one.
    pub fn is_focus(&self) -> bool {
        matches!(self.kind, EntityType::Cytokine | EntityType::Receptor)
            || self.kind == EntityType::Therapy && self.concepts.iter().any(|c| c.role != CytokineRole::None)
    }

    /// Tells whether it blocks a cytokine or its receptor.
    pub fn is_antagonist(&self) -> bool {
        self.concepts.iter().any(|c| c.role == CytokineRole::Antagonist)
    }
}
