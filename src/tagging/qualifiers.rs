//! Qualifiers: words of stage, status, setting and dose beside a mention go to [`Mention::qualifiers`].

use crate::document::{EntityType, Mention};
use crate::lexicon::key::Keyed;
use crate::lexicon::qualifiers::{QualifierKind, qualifier_ending_at};

use super::scene::Scene;

/// Fills the qualifiers of a sentence's mentions, which are sorted and whose spans count from the sentence's start.
pub(super) fn attach(text: &str, keyed: &Keyed, mentions: &mut [Mention]) {
    let mut before: Option<(usize, EntityType, Vec<String>)> = None;
    for mention in mentions {
        let first = keyed.atoms.partition_point(|a| a.start < mention.span.start);
        let end = keyed.atoms.partition_point(|a| a.start < mention.span.end);
        let mut found = left(text, keyed, first, mention.kind);
        if let Some((before_end, kind, shared)) = before.take()
            && found.is_empty()
            && kind == mention.kind
            && conjunction(keyed, before_end, first)
        {
            found = shared;
        }
        before = Some((end, mention.kind, found.clone()));
        found.extend(right(text, keyed, end, mention.kind));
        mention.qualifiers = found;
    }
}

/// Tells whether a kind of qualifier says something of a type of mention.
fn qualifies(qualifier: QualifierKind, kind: EntityType) -> bool {
    match qualifier {
        QualifierKind::State => matches!(kind, EntityType::Cancer | EntityType::Disease),
        QualifierKind::Setting | QualifierKind::Dose => {
            matches!(kind, EntityType::Therapy | EntityType::Cytokine)
        }
        QualifierKind::Adverb => false,
    }
}

/// Collects the qualifiers that end just before an atom, in text order.
fn left(text: &str, keyed: &Keyed, first: usize, kind: EntityType) -> Vec<String> {
    let mut found = Vec::new();
    let mut at = first;
    while at > 0 {
        let mut last = at - 1;
        if !found.is_empty() {
            while last > 0 && matches!(keyed.atom(last), "," | "and" | "or" | "/") {
                last -= 1;
            }
        }
        let Some((start, qualifier)) = qualifier_ending_at(text, keyed, last) else { break };
        if !qualifies(qualifier, kind) {
            break;
        }
        found.push(written(text, keyed, start, last));
        at = start;
    }
    found.reverse();
    found
}

/// Returns the qualifier after a mention that ends before an atom: `melanoma, stage III`, `in the adjuvant setting`.
fn right(text: &str, keyed: &Keyed, end: usize, kind: EntityType) -> Option<String> {
    let atom = |i: usize| if i < keyed.atoms.len() { keyed.atom(i) } else { "" };
    if atom(end) == "in" && atom(end + 1) == "the" {
        let setting = (end + 2..keyed.atoms.len().min(end + 6)).find(|&i| keyed.atom(i) == "setting")?;
        let (start, qualifier) = qualifier_ending_at(text, keyed, setting - 1)?;
        let fits = qualifies(qualifier, kind) || qualifies(qualifier, EntityType::Therapy);
        return (fits && start == end + 2).then(|| written(text, keyed, start, setting - 1));
    }
    let from = if matches!(atom(end), "," | "(") { end + 1 } else { end };
    if kind != EntityType::Cancer || !matches!(atom(from), "stage" | "grade") {
        return None;
    }
    let last = (from + 1..keyed.atoms.len().min(from + 5))
        .take_while(|&i| qualifier_ending_at(text, keyed, i).is_some_and(|(start, _)| start == from))
        .last()?;
    Some(written(text, keyed, from, last))
}

/// Tells whether only `and`, `or`, a comma or a bracketed short form stands between two mentions.
fn conjunction(keyed: &Keyed, from: usize, to: usize) -> bool {
    from < to && (from..to).all(|i| matches!(keyed.atom(i), "and" | "or" | "," | "/"))
}

/// Returns a qualifier as written, with a sentence's capital letter taken back.
fn written(text: &str, keyed: &Keyed, first: usize, last: usize) -> String {
    let surface = &text[keyed.atoms[first].start as usize..keyed.atoms[last].end as usize];
    let mut letters = surface.chars();
    match letters.next() {
        Some(capital) if capital.is_uppercase() && letters.clone().next().is_some_and(char::is_lowercase) => {
            capital.to_lowercase().chain(letters).collect()
        }
        _ => surface.to_owned(),
    }
}

/// Tells whether a name of a cancer begins with a word of state that is none of it: `metastatic` in `metastatic renal
/// cell carcinoma`, not in `metastatic disease`. Its rest is a name of its own.
pub(super) fn starts_with_state(scene: &Scene<'_>, kind: EntityType, (first, last): (usize, usize)) -> bool {
    const STATES: [&str; 6] = ["metastatic", "advanced", "recurrent", "refractory", "relapsed", "resected"];
    kind == EntityType::Cancer
        && STATES.contains(&scene.atom(first))
        && first < last
        && !(first + 1 == last && matches!(scene.atom(last), "disease" | "lesion"))
}
