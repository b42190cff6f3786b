//! Marking: how a sequence classifier of others is shown a pair of mentions and what its labels mean, by the `labels.toml`
//! beside it.

use std::collections::BTreeMap;
use std::fmt::Display;

use serde::Deserialize;

use super::config::ModelConfig;
use super::pieces::{Pieces, Window};
use super::rows::{Marked, Row};
use super::runtime::log_probabilities;
use crate::document::{EntityType, Predicate};

/// What `labels.toml` says.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(default)]
    marking: Shown,
    #[serde(default)]
    relations: BTreeMap<String, String>,
}

/// What stands in the text for a mention; `{type}` and `{text}` are filled in.
#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Shown {
    subject: String,
    object: String,
    /// The checkpoint's names for our types, where they differ; an empty one leaves the type out.
    types: BTreeMap<String, String>,
}

impl Default for Shown {
    fn default() -> Self {
        Self { subject: "@{type}$".into(), object: "@{type}$".into(), types: BTreeMap::new() }
    }
}

/// How pairs are shown to a sequence classifier, and the predicates that its labels stand for.
#[derive(Clone, Debug)]
pub struct Marking {
    subject: String,
    object: String,
    /// The names of our types, in their order.
    types: Vec<String>,
    /// What each label says.
    labels: Vec<Option<Predicate>>,
}

impl Marking {
    /// Reads `labels.toml` for the labels of a checkpoint.
    ///
    /// # Errors
    /// What to change: a template, type, label or predicate that is not known, or no label with a predicate.
    pub fn parse(text: &str, labels: &[String]) -> Result<Self, String> {
        let Written { marking: Shown { subject, object, types: named }, relations } =
            toml::from_str(text).map_err(|e| e.to_string().trim_end().to_owned())?;
        for (name, template) in [("subject", &subject), ("object", &object)] {
            let rest = template.replace("{type}", "").replace("{text}", "");
            if template.trim().is_empty() || rest.contains(['{', '}']) {
                return Err(format!(
                    "marking.{name} is {template:?}; give what stands for a mention, {{type}} and {{text}} are filled in"
                ));
            }
        }
        let mut types = EntityType::ALL.map(|kind| kind.as_str().to_owned()).to_vec();
        for (ours, theirs) in named {
            let Some(kind) = EntityType::parse(&ours) else {
                let all = list(EntityType::ALL.map(EntityType::as_str));
                return Err(format!("marking.types: {ours:?} is none of {all}"));
            };
            types[kind as usize] = theirs;
        }
        if let Some(label) = relations.keys().find(|label| !labels.contains(label)) {
            return Err(format!("relations: the checkpoint has no label {label:?}, only {}", list(labels)));
        }
        let meaning = |label: &String| match relations.get(label).map(String::as_str) {
            None | Some("") => Ok(None),
            Some(name) => Predicate::parse(name).map(Some).ok_or_else(|| {
                let all = list(Predicate::ALL.map(Predicate::as_str));
                format!("relations: {label:?} is {name:?}, which is none of {all}; \"\" is for no relation")
            }),
        };
        let labels_read: Vec<Option<Predicate>> = labels.iter().map(meaning).collect::<Result<_, _>>()?;
        if labels_read.iter().all(Option::is_none) {
            return Err(format!(
                "no label stands for a predicate; under [relations] say which do, as in \"{}\" = \"inhibits\" (the labels \
                 are {})",
                labels.last().map_or("", String::as_str),
                list(labels)
            ));
        }
        Ok(Self { subject, object, types, labels: labels_read })
    }

    /// Tells whether a label stands for a predicate.
    pub fn has(&self, predicate: Predicate) -> bool {
        self.labels.contains(&Some(predicate))
    }

    /// Returns the number of labels.
    pub(super) fn labels(&self) -> usize {
        self.labels.len()
    }

    /// Returns a sentence with a pair marked, subject first, and where the two stand in it; nothing if they overlap or the
    /// checkpoint does not know a type.
    pub(super) fn show(
        &self,
        sentence: &str,
        (subject, object): &(Marked, Marked),
    ) -> Option<(String, [Marked; 2])> {
        if subject.start < object.end && object.start < subject.end {
            return None;
        }
        let fill = |template: &str, of: &Marked| {
            let name = Some(&self.types[of.kind as usize]).filter(|name| !name.is_empty())?;
            // What stands in the text is filled in last: it may hold braces.
            Some(template.replace("{type}", name).replace("{text}", &sentence[of.start..of.end]))
        };
        let mut both = [(subject, fill(&self.subject, subject)?), (object, fill(&self.object, object)?)];
        both.sort_by_key(|(of, _)| of.start);
        let (mut text, mut from) = (String::new(), 0);
        let places = both.map(|(of, shown)| {
            text.push_str(&sentence[from..of.start]);
            let start = text.len() + shown.len() - shown.trim_start().len();
            text.push_str(&shown);
            from = of.end;
            Marked { start, end: text.trim_end().len(), kind: of.kind }
        });
        text.push_str(&sentence[from..]);
        Some((text, places))
    }

    /// Turns the logits of the labels into the probability of each predicate, in the order of the schema.
    pub(super) fn fold(&self, logits: Vec<f32>) -> Vec<f32> {
        let mut out = vec![0.0; Predicate::ALL.len()];
        for (label, log) in self.labels.iter().zip(log_probabilities(logits, 1)) {
            if let Some(predicate) = label {
                out[*predicate as usize] += log.exp();
            }
        }
        out
    }
}

impl ModelConfig {
    /// Returns the row of a marked text: its first window that holds both mentions whole.
    pub(super) fn marked_row(&self, pieces: &Pieces, places: &[Marked; 2]) -> Option<Row> {
        let windows = self.windows(pieces);
        let holds = |window: &&Window| places.iter().all(|place| self.place(pieces, window, place).is_some());
        windows.iter().find(holds).map(|window| self.text_row(pieces, window))
    }
}

fn list(names: impl IntoIterator<Item = impl Display>) -> String {
    names.into_iter().map(|name| name.to_string()).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const LABELS: [&str; 4] = ["false", "CPR:3", "CPR:4", "CPR:9"];

    fn parse(text: &str) -> Result<Marking, String> {
        Marking::parse(text, &LABELS.map(str::to_owned))
    }

    fn mention(sentence: &str, name: &str, kind: EntityType) -> Marked {
        let start = sentence.find(name).unwrap();
        Marked { start, end: start + name.len(), kind }
    }

    /// Marks the pair of a cytokine and a cell, one way and the other, with the two places parted by bars.
    fn shown(text: &str) -> [Option<String>; 2] {
        let marking = parse(&format!("{text}\n[relations]\n'CPR:4' = 'inhibits'")).unwrap();
        let sentence = "κB: IL-6 kills {type} T cells.";
        let cytokine = mention(sentence, "IL-6", EntityType::Cytokine);
        let cell = mention(sentence, "{type} T cells", EntityType::Cell);
        [(cytokine, cell), (cell, cytokine)].map(|pair| {
            let (text, [a, b]) = marking.show(sentence, &pair)?;
            let parts = [0..a.start, a.start..a.end, a.end..b.start, b.start..b.end, b.end..text.len()];
            Some(parts.map(|part| &text[part]).join("|"))
        })
    }

    #[test]
    fn mentions_are_shown_as_the_checkpoint_was_trained() {
        for (text, forward, backward) in [
            ("", "κB: |@cytokine$| kills |@cell$|.", "κB: |@cytokine$| kills |@cell$|."),
            (
                "[marking]\nsubject = '<e1>{text}</e1>'\nobject = ' <e2> {text} </e2> '",
                "κB: |<e1>IL-6</e1>| kills  |<e2> {type} T cells </e2>| .",
                "κB:  |<e2> IL-6 </e2>|  kills |<e1>{type} T cells</e1>|.",
            ),
            (
                "[marking]\nsubject = 'S-{type}'\n[marking.types]\ncytokine = 'GENE'",
                "κB: |S-GENE| kills |@cell$|.",
                "κB: |@GENE$| kills |S-cell|.",
            ),
        ] {
            assert_eq!(shown(text), [forward, backward].map(|text| Some(text.to_owned())), "{text}");
        }
        assert_eq!(shown("[marking.types]\ncell = ''"), [None, None]);
    }

    #[test]
    fn mentions_that_overlap_are_not_shown() {
        let marking = parse("[relations]\n'CPR:4' = 'inhibits'").unwrap();
        let of = |start, end| Marked { start, end, kind: EntityType::Gene };
        assert!(marking.show("IL-6 receptor", &(of(0, 4), of(0, 13))).is_none());
        assert!(marking.show("IL-6 receptor", &(of(0, 4), of(4, 13))).is_some());
    }

    #[test]
    fn labels_of_one_predicate_are_added_up() {
        let marking =
            parse("[relations]\n'CPR:3' = 'promotes'\n'CPR:4' = 'inhibits'\n'CPR:9' = 'inhibits'").unwrap();
        let found = marking.fold([0.4f32, 0.3, 0.2, 0.1].map(f32::ln).to_vec());
        let of = |predicate: Predicate| (found[predicate as usize] * 100.0).round();
        assert_eq!(
            [of(Predicate::Promotes), of(Predicate::Inhibits), of(Predicate::Causes)],
            [30.0, 30.0, 0.0]
        );
        assert!(marking.has(Predicate::Inhibits) && !marking.has(Predicate::Causes));
    }

    #[test]
    fn what_cannot_be_meant_is_named() {
        for (text, expected) in [
            ("", "no label stands for a predicate; under [relations] say which do, as in \"CPR:9\" = "),
            ("[relations]\n'CPR:4' = ''", "no label stands for a predicate"),
            ("[relations]\n'CPR:4' = 'blocks'", "\"CPR:4\" is \"blocks\", which is none of approved_for, "),
            ("[relations]\n'CPR:5' = 'binds'", "has no label \"CPR:5\", only false, CPR:3, CPR:4, CPR:9"),
            ("[marking]\nsubject = '@{kind}'", "marking.subject is \"@{kind}\"; give what stands for"),
            ("[marking]\nobject = ' '", "marking.object is \" \"; give what stands for"),
            ("[marking.types]\nprotein = 'GENE'", "marking.types: \"protein\" is none of cytokine, "),
            ("[types]\ngene = 'GENE'", "unknown field `types`"),
        ] {
            let message = parse(text).unwrap_err();
            assert!(message.contains(expected), "{text}: {message}");
        }
    }
}
