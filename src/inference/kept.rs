//! Kept: keys and values of texts that were read, until their pairs are asked for.
//!
//! They are a function of the text alone, so that whether they were kept decides how long an answer takes and nothing else.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use rten_tensor::Tensor;
use rten_tensor::prelude::*;

use super::rows::Row;

/// Pieces and shapes of a text.
type Key = Arc<[i32]>;

/// States by text, as many as find room; the oldest go first.
#[derive(Default)]
pub(super) struct Kept {
    states: HashMap<Key, Arc<Tensor<f32>>>,
    order: VecDeque<Key>,
    /// Bytes that are taken, and that may be.
    bytes: usize,
    room: usize,
}

impl Kept {
    /// Makes room for some bytes more.
    pub(super) fn grow(&mut self, bytes: usize) {
        self.room += bytes;
    }

    /// Keeps the states of a row's text.
    pub(super) fn put(&mut self, row: &Row, states: Tensor<f32>) {
        let key = key(row);
        self.bytes += size(&states);
        match self.states.insert(Arc::clone(&key), Arc::new(states)) {
            Some(before) => self.bytes -= size(&before),
            None => self.order.push_back(key),
        }
        while self.bytes > self.room {
            let Some(oldest) = self.order.pop_front() else { break };
            self.bytes -= self.states.remove(&oldest).map_or(0, |states| size(&states));
        }
    }

    /// Returns the states of a row's text, if they are kept.
    pub(super) fn get(&self, row: &Row) -> Option<Arc<Tensor<f32>>> {
        self.states.get(&key(row)).cloned()
    }
}

fn key(row: &Row) -> Key {
    [&row.ids[..row.text], &row.shapes[..row.text]].concat().into()
}

fn size(states: &Tensor<f32>) -> usize {
    std::mem::size_of_val(states.data().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(text: &[i32]) -> Row {
        Row {
            ids: [text, &[1, 2, 3, 4]].concat(),
            shapes: vec![0; text.len() + 4],
            text: text.len(),
            ..Row::default()
        }
    }

    #[test]
    fn the_oldest_go_when_there_is_no_room() {
        let mut kept = Kept::default();
        kept.grow(100);
        let states = |value: f32| Tensor::from_data(&[10], vec![value; 10]);
        for n in 0..3 {
            kept.put(&row(&[n]), states(n as f32));
        }
        kept.put(&row(&[2]), states(5.0));
        assert_eq!((kept.bytes, kept.order.len()), (80, 2));
        assert!(kept.get(&row(&[0])).is_none());
        assert_eq!(kept.get(&row(&[1])).unwrap().data().unwrap()[0], 1.0);
        assert_eq!(kept.get(&row(&[2])).unwrap().data().unwrap()[0], 5.0);
    }

    #[test]
    fn markers_are_no_part_of_the_text() {
        let mut kept = Kept::default();
        kept.grow(100);
        kept.put(&row(&[7, 8]), Tensor::from_data(&[1], vec![1.0]));
        let mut other = row(&[7, 8]);
        other.ids[3] = 9;
        assert!(kept.get(&other).is_some());
        other.shapes[0] = 3;
        assert!(kept.get(&other).is_none());
    }
}
