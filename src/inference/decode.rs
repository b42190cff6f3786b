//! Decoding: from the scores of a tagging head to mentions.

use std::ops::Range;

/// Log probabilities of the labels of each word of a sentence.
pub type Scores = Vec<Vec<f32>>;

/// Returns the mentions that the most probable labels of a sentence's words make: their words and the index of their type.
///
/// Labels are 0 outside, 1 + 2 t first word of a mention of type t, 2 + 2 t further word, which only follows a word of its
/// mention; of equally probable labels the lowest counts (Viterbi).
pub fn decode(scores: &[Vec<f32>]) -> Vec<(Range<usize>, usize)> {
    let path = best_labels(scores);
    let mut out = Vec::new();
    let mut at = 0;
    while at < path.len() {
        let from = at;
        at += 1;
        if path[from] == 0 {
            continue;
        }
        while path.get(at) == Some(&(path[from] + 1)) {
            at += 1;
        }
        out.push((from..at, (path[from] - 1) / 2));
    }
    out
}

/// Returns the most probable labels of the words.
fn best_labels(scores: &[Vec<f32>]) -> Vec<usize> {
    let Some(first) = scores.first() else { return Vec::new() };
    let further = |label: usize| label > 0 && label.is_multiple_of(2);
    let start = |label: usize| if further(label) { f64::NEG_INFINITY } else { f64::from(first[label]) };
    let mut best: Vec<f64> = (0..first.len()).map(start).collect();
    let mut back: Vec<Vec<usize>> = Vec::new();
    for row in &scores[1..] {
        let top = highest(&best);
        let from: Vec<usize> = (0..row.len())
            .map(|label| match further(label) {
                true if best[label] > best[label - 1] => label,
                true => label - 1,
                false => top,
            })
            .collect();
        best = from.iter().zip(row).map(|(&before, score)| best[before] + f64::from(*score)).collect();
        back.push(from);
    }
    let mut path = vec![highest(&best)];
    for from in back.iter().rev() {
        path.push(from[path[path.len() - 1]]);
    }
    path.reverse();
    path
}

/// Returns the first of the highest.
fn highest(values: &[f64]) -> usize {
    (1..values.len()).fold(0, |top, i| if values[i] > values[top] { i } else { top })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Scores of words whose labels have these probabilities, all others next to none.
    fn scores(words: &[&[(usize, f32)]]) -> Vec<Vec<f32>> {
        let row = |known: &&[(usize, f32)]| {
            let mut row = vec![-20.0; 17];
            known.iter().for_each(|(label, p)| row[*label] = p.ln());
            row
        };
        words.iter().map(row).collect()
    }

    #[test]
    fn a_further_word_follows_a_word_of_its_type() {
        for (name, words, path) in [
            ("nothing", vec![], vec![]),
            ("plain", vec![&[(1, 0.9)][..], &[(2, 0.9)], &[(0, 0.9)]], vec![1, 2, 0]),
            ("first word", vec![&[(2, 0.9), (1, 0.1)][..]], vec![1]),
            ("after outside", vec![&[(0, 0.9), (3, 0.1)][..], &[(4, 0.9), (0, 0.05)]], vec![3, 4]),
            ("other type", vec![&[(1, 0.9)][..], &[(4, 0.6), (2, 0.4)]], vec![1, 2]),
            ("neighbours", vec![&[(1, 0.9)][..], &[(1, 0.9)]], vec![1, 1]),
            ("tie", vec![&[(0, 0.5), (1, 0.5)][..]], vec![0]),
        ] {
            assert_eq!(best_labels(&scores(&words)), path, "{name}");
        }
    }

    #[test]
    fn neighbours_of_one_type_are_two_mentions() {
        let words = scores(&[&[(1, 0.9)], &[(2, 0.9)], &[(1, 0.9)], &[(0, 0.9)], &[(5, 0.9)]]);
        assert_eq!(decode(&words), [(0..2, 0), (2..3, 0), (4..5, 2)]);
    }
}
