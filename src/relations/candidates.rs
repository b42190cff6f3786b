//! Candidates: the pairs of mentions of a sentence that may stand in a relation.

use crate::Document;
use crate::document::{EntityType, Focus};

use super::syntax::{Member, View};

/// Most items between the mentions of a pair; hardly a relation is stated across more, and lists of hundreds of names
/// stay affordable.
const FARTHEST: usize = 60;

/// Returns the pairs, the earlier mention first.
///
/// Silent members (abbreviations beside their full form, class nouns before names) are in no pair.
pub(super) fn pairs(document: &Document, view: &View, focus: Focus) -> Vec<(Member, Member)> {
    let loud: Vec<Member> = view.mentions.iter().filter(|m| !m.silent).copied().collect();
    let in_focus: Vec<bool> =
        loud.iter().map(|m| focus == Focus::All || is_focus(document, *m, view)).collect();
    let mut out = Vec::new();
    for (i, a) in loud.iter().enumerate() {
        let near = |b: &&(usize, &Member)| b.1.item - a.item <= FARTHEST;
        for (j, b) in loud.iter().enumerate().skip(i + 1).take_while(|b| near(&b)) {
            if in_focus[i] || in_focus[j] {
                out.push((*a, *b));
            }
        }
    }
    out
}

/// Parts of names of treatments that are aimed at or built from a cytokine.
const CYTOKINE_BASED: [&str; 20] = [
    "anti-tnf",
    "anti-il",
    "anti-inter",
    "anti-gm",
    "anti-tgf",
    "anti-cc",
    "anti-cx",
    "anti-ifn",
    "il-",
    "interleukin",
    "interferon",
    "ifn",
    "tnf",
    "csf",
    "cxcr",
    "ccr",
    "tgf",
    "cytokine",
    "chemokine",
    "lak",
];

/// Tells whether a mention is in focus; a treatment that no lexicon has linked is judged by its name.
pub(super) fn is_focus(document: &Document, member: Member, view: &View) -> bool {
    let mention = document.mention(member.id);
    mention.is_focus()
        || mention.kind == EntityType::Therapy && mention.concepts.is_empty() && {
            let name = view.item_text(member.item).to_lowercase();
            CYTOKINE_BASED.iter().any(|part| name.contains(part))
        }
}
