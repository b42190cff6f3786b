//! Rows: what the encoder is given: the pieces of a window, and the markers of the pairs that are asked for.
//!
//! A pair has markers behind the text: of start and end of the earlier mention, then of the later, or of their starts alone.
//! A marker stands at the position of the piece that it marks, sees the text and the markers of its own pair, and is seen
//! by these alone; so the text's states and each pair's are the same whatever else is asked.

use super::config::{ModelConfig, PairHead};
use super::pieces::{Pieces, Window};
use crate::document::EntityType;

/// A mention as a span of its sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Marked {
    /// First byte, from the sentence's start.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
    /// Its type.
    pub kind: EntityType,
}

/// A sentence and the pairs of mentions that are asked for.
#[derive(Clone, Debug)]
pub struct Ask<'a> {
    /// The sentence.
    pub pieces: &'a Pieces,
    /// Earlier and later mention of each pair.
    pub pairs: Vec<(Marked, Marked)>,
    /// Log probabilities of the rules for each reading of each pair; empty if they have no say.
    pub known: Vec<f32>,
}

/// One row of input.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Row {
    pub(super) ids: Vec<i32>,
    /// Shapes of the pieces, 0 for the two ends and for markers.
    pub(super) shapes: Vec<i32>,
    pub(super) positions: Vec<i32>,
    /// Number of pieces that are text; markers follow.
    pub(super) text: usize,
    /// Types of each pair, earlier times eight plus later.
    pub(super) kinds: Vec<i32>,
    /// Log probabilities of the rules for each reading of each pair, zeros if they have no say.
    pub(super) known: Vec<f32>,
}

/// First piece and last piece of a mention in a row.
type Place = (usize, usize);

impl ModelConfig {
    /// Returns the row of a window.
    pub(super) fn text_row(&self, pieces: &Pieces, window: &Window) -> Row {
        let from = pieces.words[window.first].first;
        let to = pieces.words[window.last - 1].last.min(from + self.window - 2);
        let between = |first: i32, inner: &[i32], last: i32| [&[first], inner, &[last]].concat();
        let ids = between(pieces.ends.0, &pieces.ids[from..to], pieces.ends.1);
        let shapes = between(0, &pieces.shapes[from..to], 0);
        let positions = (0..ids.len() as i32).collect();
        Row { text: ids.len(), positions, ids, shapes, ..Row::default() }
    }

    /// Returns the rows of a question, each with the pairs that it answers; a pair is in the first window that holds both of
    /// its mentions whole.
    pub(super) fn pair_rows(&self, ask: &Ask<'_>) -> Vec<(Row, Vec<usize>)> {
        let (mut open, mut out): (Vec<usize>, _) = ((0..ask.pairs.len()).collect(), Vec::new());
        let Some(head) = &self.pairs else { return out };
        for window in self.windows(ask.pieces) {
            if open.is_empty() {
                break;
            }
            let place = |m: &Marked| self.place(ask.pieces, &window, m);
            let mut held: Vec<(usize, Place, Place)> = Vec::new();
            open.retain(|&at| {
                let (a, b) = &ask.pairs[at];
                let places = place(a).zip(place(b));
                held.extend(places.map(|(a, b)| (at, a, b)));
                places.is_none()
            });
            for part in held.chunks(head.most_pairs) {
                let mut row = self.text_row(ask.pieces, &window);
                for (at, a, b) in part {
                    head.mark(&mut row, &ask.pairs[*at], [a.0, a.1, b.0, b.1]);
                    let size = head.readings();
                    match ask.known.get(at * size..(at + 1) * size) {
                        Some(known) => row.known.extend_from_slice(known),
                        None => row.known.extend(std::iter::repeat_n(0.0, size)),
                    }
                }
                out.push((row, part.iter().map(|(at, ..)| *at).collect()));
            }
        }
        out
    }

    /// Returns the pieces of a mention in the row of a window, if the window holds it whole.
    pub(super) fn place(&self, pieces: &Pieces, window: &Window, mention: &Marked) -> Option<Place> {
        let words = &pieces.words[window.first..window.last];
        let first = words.iter().position(|w| w.start < mention.end && mention.start < w.end)?;
        let last = words.iter().rposition(|w| w.start < mention.end && mention.start < w.end)?;
        let cut = first == 0 && words[first].start > mention.start
            || last + 1 == words.len() && words[last].end < mention.end;
        let base = words[0].first;
        // The first piece of a row is its beginning, the text comes after.
        let place = (words[first].first - base + 1, words[last].last - base);
        (!cut).then_some((place.0.min(self.window - 2), place.1.min(self.window - 2)))
    }
}

impl PairHead {
    fn mark(&self, row: &mut Row, (a, b): &(Marked, Marked), places: [usize; 4]) {
        let types = EntityType::ALL.len() as i32;
        for &n in self.marks() {
            let kind = if n < 2 { a.kind } else { b.kind };
            row.ids.push(self.first_marker + n as i32 * types + kind as i32);
            row.shapes.push(0);
            row.positions.push(places[n] as i32);
        }
        row.kinds.push(a.kind as i32 * types + b.kind as i32);
    }

    /// Returns the last piece that is a marker.
    pub(super) fn last_marker(&self) -> i32 {
        self.first_marker + 4 * EntityType::ALL.len() as i32 - 1
    }
}

/// Adds the log probabilities of a window's words, read from those of its row, to those of the windows before.
///
/// Of the words that two windows share, the first half is the earlier one's.
pub(super) fn stitch(
    known: &mut Vec<Vec<f32>>,
    pieces: &Pieces,
    window: &Window,
    scores: &[f32],
    labels: usize,
) {
    let shared = known.len() - window.first;
    let keep = window.first + shared / 2;
    known.truncate(keep);
    let base = pieces.words[window.first].first;
    for word in &pieces.words[keep..window.last] {
        let at = (word.first - base + 1) * labels;
        known.push(scores[at..at + labels].to_vec());
    }
}
