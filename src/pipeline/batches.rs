//! Batches: cuts a stream of records into the pieces that workers take.

use std::sync::atomic::{AtomicBool, Ordering};

use super::MemoryParams;
use crate::Result;
use crate::readers::Record;

/// An iterator over batches and their sizes in bytes; ends early, between records, once `stop` is set.
pub(super) struct Batches<'a, I> {
    pub(super) records: I,
    pub(super) params: &'a MemoryParams,
    pub(super) stop: &'a AtomicBool,
}

impl<I: Iterator<Item = Result<Record>>> Iterator for Batches<'_, I> {
    type Item = (usize, Vec<Result<Record>>);

    fn next(&mut self) -> Option<Self::Item> {
        let mut batch = Vec::new();
        let mut bytes = 0;
        while batch.len() < self.params.batch_records.max(1) && bytes < self.params.batch_bytes {
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
