//! Batches: cuts a stream of records into the pieces that workers take.

use std::sync::atomic::{AtomicBool, Ordering};

use super::MemoryParams;
use crate::Result;
use crate::readers::Record;

/// Records of the first batches; after every [`GROWTH`] batches they hold twice as many, so that small inputs keep all
/// threads busy and large ones come in large batches.
const FIRST: usize = 16;
const GROWTH: usize = 16;

/// An iterator over batches and their sizes in bytes; ends early, between records, once `stop` is set.
pub(super) struct Batches<'a, I> {
    records: I,
    params: &'a MemoryParams,
    stop: &'a AtomicBool,
    count: usize,
}

impl<'a, I> Batches<'a, I> {
    pub(super) fn new(records: I, params: &'a MemoryParams, stop: &'a AtomicBool) -> Self {
        Self { records, params, stop, count: 0 }
    }

    /// Returns how many records the next batch holds, at most.
    fn size(&self) -> usize {
        let doublings = (self.count / GROWTH).min(16);
        (FIRST << doublings).min(self.params.batch_records).max(1)
    }
}

impl<I: Iterator<Item = Result<Record>>> Iterator for Batches<'_, I> {
    type Item = (usize, Vec<Result<Record>>);

    fn next(&mut self) -> Option<Self::Item> {
        let mut batch = Vec::new();
        let mut bytes = 0;
        let size = self.size();
        self.count += 1;
        while batch.len() < size && bytes < self.params.batch_bytes {
            let Some(item) = self.records.next() else { break };
            // What a reader says after an interruption is about the interruption, not about the input.
            if self.stop.load(Ordering::Relaxed) {
                break;
            }
            bytes += item.as_ref().map_or(0, |record| record.bytes.len());
            batch.push(item);
        }
        (!batch.is_empty()).then_some((bytes, batch))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Config;
    use crate::readers::{Format, Position};

    #[test]
    fn batches_grow_up_to_the_limit() {
        let position = Position { path: Default::default(), record: 1, byte: 0 };
        let record = || Ok(Record::new(Format::Jsonl, position.clone(), Vec::new()));
        let stop = AtomicBool::new(false);
        for (limit, expected) in [(0, 1), (10, 10), (40, 40)] {
            let params = MemoryParams { batch_records: limit, ..Config::default().memory };
            let sizes: Vec<usize> = Batches::new(std::iter::repeat_with(record), &params, &stop)
                .map(|(_, batch)| batch.len())
                .take(40)
                .collect();
            assert_eq!((sizes[0], sizes[39]), (limit.clamp(1, FIRST), expected), "{limit}");
            assert!(sizes.is_sorted());
        }
    }
}
