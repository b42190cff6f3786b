//! Agreement: a name that stands at several places of a text is the same everywhere ("One sense per discourse", Gale, Church &
//! Yarowsky, HLT 1992), and a short form is what its long form is.
//!
//! What a head says of the words of a name is averaged over all its places; where the text defines it as the short form of
//! another, half of that is what the head says of the last word of the long form.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use crate::document::{Abbreviation, Document, Span};
use crate::inference::{Pieces, Scores, decode};

/// The score of a label that a long form rules out: a probability of some millionths.
const RULED_OUT: f32 = -12.0;

/// A sentence as a head reads it.
#[derive(Debug)]
pub struct Reading<'a> {
    /// Its text.
    pub text: &'a str,
    /// Its words.
    pub pieces: &'a Pieces,
    /// What the head says of the words.
    pub scores: &'a Scores,
    /// The short forms that it defines, counted from its start.
    pub abbreviations: Vec<Abbreviation>,
}

impl<'a> Reading<'a> {
    /// Makes the reading of a sentence of a document.
    pub fn new(document: &'a Document, sentence: Span, pieces: &'a Pieces, scores: &'a Scores) -> Self {
        let here = |a: &&Abbreviation| sentence.contains(a.short) && sentence.contains(a.long);
        let from_start =
            |span: Span| Span { start: span.start - sentence.start, end: span.end - sentence.start };
        let abbreviations = document
            .abbreviations
            .iter()
            .filter(here)
            .map(|a| Abbreviation { short: from_start(a.short), long: from_start(a.long) })
            .collect();
        Self { text: document.slice(sentence), pieces, scores, abbreviations }
    }

    /// Returns the words that a span covers whole.
    fn words_in(&self, span: Span) -> Range<usize> {
        let first = self.pieces.words.partition_point(|word| word.start < span.start as usize);
        let last = self.pieces.words.partition_point(|word| word.end <= span.end as usize);
        first..last.max(first)
    }

    /// Returns what the head says of a long form: the score of outside, then of each type.
    fn kinds(&self, long: Span) -> Option<Vec<f32>> {
        let row = &self.scores[self.words_in(long).next_back()?];
        let either = |labels: &[f32]| labels.iter().map(|score| score.exp()).sum::<f32>().ln().max(RULED_OUT);
        Some(std::iter::once(row[0]).chain(row[1..].chunks(2).map(either)).collect())
    }
}

/// The names of a text, longest first, and what a head says of the long form of those that are short forms.
type Names<'a> = BTreeMap<(Reverse<usize>, &'a [String]), Option<Vec<f32>>>;

/// Returns the scores of readings of one text, those of names averaged over their places.
///
/// Names are what decoding finds somewhere and short forms; where one is a part of another, only places outside the other count.
pub fn agree(readings: &[Reading<'_>]) -> Vec<Scores> {
    let words: Vec<Vec<String>> = readings.iter().map(keys).collect();
    let mut places: HashMap<&str, Vec<(usize, usize)>> = HashMap::new();
    for (of, words) in words.iter().enumerate() {
        words.iter().enumerate().for_each(|(at, word)| places.entry(word).or_default().push((of, at)));
    }
    let mut taken: Vec<Vec<bool>> = words.iter().map(|words| vec![false; words.len()]).collect();
    let mut out: Vec<Scores> = readings.iter().map(|reading| reading.scores.clone()).collect();
    for ((_, name), long) in names(readings, &words) {
        let Some(first) = name.first() else { continue };
        let free = |&&(of, at): &&(usize, usize)| {
            words[of][at..].starts_with(name) && !taken[of][at..at + name.len()].contains(&true)
        };
        let of_name: Vec<(usize, usize)> = places[first.as_str()].iter().filter(free).copied().collect();
        let mean = mean(&of_name, name.len(), long, &out);
        for (of, at) in of_name {
            taken[of][at..at + name.len()].fill(true);
            out[of][at..at + name.len()].clone_from_slice(&mean);
        }
    }
    out
}

/// Collects the names, given the words of each reading as they are compared.
fn names<'a>(readings: &[Reading<'_>], words: &'a [Vec<String>]) -> Names<'a> {
    let mut names = Names::new();
    for (reading, words) in readings.iter().zip(words) {
        for (of, _) in decode(reading.scores) {
            names.entry((Reverse(of.len()), &words[of])).or_default();
        }
        for abbreviation in &reading.abbreviations {
            let short = &words[reading.words_in(abbreviation.short)];
            let long = names.entry((Reverse(short.len()), short)).or_default();
            *long = long.take().or_else(|| reading.kinds(abbreviation.long));
        }
    }
    names
}

/// Averages the scores of a name's words over its places, and these with what is known of its long form.
fn mean(places: &[(usize, usize)], length: usize, long: Option<Vec<f32>>, scores: &[Scores]) -> Scores {
    let Some(&(of, at)) = places.first() else { return Vec::new() };
    let mut mean = scores[of][at..at + length].to_vec();
    for (word, mean) in mean.iter_mut().enumerate() {
        for (label, mean) in mean.iter_mut().enumerate() {
            let sum: f32 = places.iter().map(|&(of, at)| scores[of][at + word][label]).sum();
            *mean = sum / places.len() as f32;
            if let Some(long) = &long {
                let fits = label == 0 || label.is_multiple_of(2) == (word > 0);
                *mean = (*mean + if fits { long[label.div_ceil(2)] } else { RULED_OUT }) / 2.0;
            }
        }
    }
    mean
}

/// Returns what the words of a sentence are compared by.
fn keys(reading: &Reading<'_>) -> Vec<String> {
    reading.pieces.words.iter().map(|word| key(&reading.text[word.start..word.end])).collect()
}

/// Folds the large letter of a word that begins a sentence, and drops the `s` of short forms (`MDSCs`).
fn key(word: &str) -> String {
    let mut chars = word.chars();
    let first = chars.next();
    let rest = chars.as_str();
    if rest.chars().count() > 2 && rest.chars().any(char::is_lowercase) && !rest.contains(char::is_uppercase)
    {
        return first.into_iter().flat_map(char::to_lowercase).chain(rest.chars()).collect();
    }
    match word.strip_suffix('s') {
        Some(stem) if stem.ends_with(char::is_uppercase) => stem.to_owned(),
        _ => word.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inference::Word;

    /// Scores of a word that is probably of a label, of 0 outside, 1 and 2 the first type, 3 and 4 the second.
    fn row(label: usize, p: f32) -> Vec<f32> {
        let mut row = vec![((1.0 - p) / 4.0).ln(); 5];
        row[label] = p.ln();
        row
    }

    /// Reads sentences of words parted by blanks, each a word with its label and probability; returns the labels agreed on.
    fn labels(sentences: &[&[(&str, usize, f32)]], defined: &[(usize, &str, &str)]) -> Vec<Vec<usize>> {
        let texts: Vec<String> = sentences
            .iter()
            .map(|s| s.iter().map(|(word, ..)| *word).collect::<Vec<_>>().join(" "))
            .collect();
        let pieces: Vec<Pieces> = texts.iter().map(|text| words_of(text)).collect();
        let scores: Vec<Scores> =
            sentences.iter().map(|s| s.iter().map(|(_, label, p)| row(*label, *p)).collect()).collect();
        let span = |of: usize, part: &str| {
            let start = texts[of].find(part).unwrap();
            Span::new(start, start + part.len())
        };
        let readings: Vec<Reading<'_>> = (0..texts.len())
            .map(|of| Reading {
                text: &texts[of],
                pieces: &pieces[of],
                scores: &scores[of],
                abbreviations: defined
                    .iter()
                    .filter(|(at, ..)| *at == of)
                    .map(|(_, short, long)| Abbreviation { short: span(of, short), long: span(of, long) })
                    .collect(),
            })
            .collect();
        agree(&readings)
            .iter()
            .map(|scores| {
                let mut labels = vec![0; scores.len()];
                for (of, kind) in decode(scores) {
                    labels[of.start] = 1 + 2 * kind;
                    labels[of.start + 1..of.end].fill(2 + 2 * kind);
                }
                labels
            })
            .collect()
    }

    fn words_of(text: &str) -> Pieces {
        let mut pieces = Pieces::default();
        let mut start = 0;
        for (first, word) in text.split(' ').enumerate() {
            pieces.words.push(Word { start, end: start + word.len(), first, last: first + 1 });
            start += word.len() + 1;
        }
        pieces
    }

    #[test]
    fn a_name_is_the_same_at_all_its_places() {
        for (case, sentences, agreed) in [
            (
                "two of three",
                vec![&[("renin", 1, 0.9)][..], &[("renin", 1, 0.9)], &[("renin", 0, 0.6)]],
                vec![vec![1], vec![1], vec![1]],
            ),
            (
                "one of three",
                vec![&[("renin", 1, 0.6)], &[("renin", 0, 0.9)], &[("renin", 0, 0.9)]],
                vec![vec![0], vec![0], vec![0]],
            ),
            ("begins a sentence", vec![&[("Renin", 0, 0.6)], &[("renin", 3, 0.9)]], vec![vec![3], vec![3]]),
            ("another", vec![&[("RENIN", 0, 0.6)], &[("renin", 3, 0.9)]], vec![vec![0], vec![3]]),
            (
                "part of a longer name",
                vec![
                    &[("lung", 1, 0.9), ("cancer", 2, 0.9)],
                    &[("cancer", 3, 0.9)],
                    &[("lung", 0, 0.9), ("rested", 0, 0.9)],
                ],
                vec![vec![1, 2], vec![3], vec![0, 0]],
            ),
        ] {
            assert_eq!(labels(&sentences, &[]), agreed, "{case}");
        }
    }

    #[test]
    fn a_short_form_is_what_its_long_form_is() {
        let long = |label| {
            [("cell", label, 0.9), ("loss", if label == 0 { 0 } else { label + 1 }, 0.9), ("CL", 0, 0.5)]
        };
        let (of_type, outside) = (long(3), long(0));
        let later = [("CLs", 1, 0.5), ("grew", 0, 0.9)];
        let defined = [(0, "CL", "cell loss")];
        assert_eq!(labels(&[&of_type, &later], &defined), [vec![3, 4, 3], vec![3, 0]]);
        assert_eq!(labels(&[&outside, &later], &defined), [vec![0, 0, 0], vec![0, 0]]);
        assert_eq!(labels(&[&of_type, &later], &[]), [vec![3, 4, 0], vec![0, 0]], "if it is defined");
    }

    #[test]
    fn keys_fold_what_begins_a_sentence_and_plurals_of_short_forms() {
        for (word, folded) in [
            ("Sepsis", "sepsis"),
            ("MDSCs", "MDSC"),
            ("IL", "IL"),
            ("Il2", "Il2"),
            ("mRNAs", "mRNA"),
            ("Übelkeit", "übelkeit"),
            ("s", "s"),
        ] {
            assert_eq!(key(word), folded);
        }
    }
}
