//! Names: what the files of an input are called in the folder of a run.

use std::collections::BTreeSet;
use std::path::Path;

use crate::readers;

/// Bytes of an input's name that are kept; file systems allow 255 with all endings.
const KEPT: usize = 150;

/// Names that were given, in lower case: some file systems do not tell case.
#[derive(Debug, Default)]
pub(super) struct Names(BTreeSet<String>);

impl Names {
    /// Collects names that were given before.
    pub(super) fn of<'a>(names: impl Iterator<Item = &'a str>) -> Self {
        Self(names.map(str::to_lowercase).collect())
    }

    /// Returns the name of an input without folder and endings, numbered from 2 if it was given before.
    pub(super) fn give(&mut self, input: &Path) -> String {
        let stem = readers::stem(input);
        let mut stem = stem.trim_start_matches('.');
        while stem.len() > KEPT {
            stem = stem.char_indices().next_back().map_or("", |(last, _)| &stem[..last]);
        }
        // Dots would let `a` and `a.rejected` claim the same files.
        let stem = if stem.is_empty() { "input".to_owned() } else { stem.replace('.', "_") };
        let numbered = (2..).map(|n: u64| format!("{stem}-{n}"));
        let name = std::iter::once(stem.clone()).chain(numbered).find(|name| self.is_free(name));
        let name = name.unwrap_or(stem);
        self.0.insert(name.to_lowercase());
        name
    }

    /// Tells whether nobody has the name; `run` is the run's own.
    fn is_free(&self, name: &str) -> bool {
        let name = name.to_lowercase();
        name != "run" && !self.0.contains(&name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_the_inputs_and_never_meet() {
        let mut names = Names::of(["old"].into_iter());
        let long = format!("{}.xml", "é".repeat(100));
        let cases = [
            ("dump/pubmed26n0001.xml.gz", "pubmed26n0001"),
            ("more/pubmed26n0001.xml.gz", "pubmed26n0001-2"),
            ("PubMed26n0001.nbib", "PubMed26n0001-3"),
            ("pubmed26n0001-2.xml", "pubmed26n0001-2-2"),
            ("a.xml", "a"),
            ("a.rejected.jsonl", "a_rejected"),
            (".xml", "xml"),
            ("run.xml", "run-2"),
            ("Old.txt", "Old-2"),
            ("IL-2 notes.txt", "IL-2 notes"),
            (&long, &"é".repeat(75)),
        ];
        for (input, expected) in cases {
            assert_eq!(names.give(Path::new(input)), expected, "{input}");
        }
    }
}
