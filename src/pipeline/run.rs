//! Run: the ordered, bounded, parallel driver.
//!
//! The calling thread reads batches. For each it makes a one-slot channel, sends the *receiving* end into a bounded
//! queue (which blocks when full: back-pressure), and spawns the job in the pool. One writer thread takes the
//! receivers in order and waits for each. So output order is input order, memory is bounded by the queue, and the
//! error that is returned is the first in input order, at any number of threads.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, sync_channel};

use rayon::ThreadPool;

use super::budget::Budget;
use crate::{Error, Result};

/// Bounds on what is in flight.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    /// Items that wait in the queue; two more are in the hands of the reading and the writing thread.
    pub(super) window: usize,
    /// Sum of the items' sizes.
    pub(super) bytes: usize,
}

/// Maps items in a pool and hands the results to `write` in input order.
///
/// Must not be called from inside the same pool. When `write` fails, reading stops, jobs that run are waited for, and
/// the failure is returned.
pub(super) fn ordered<T: Send, U: Send>(
    pool: &ThreadPool,
    bounds: Bounds,
    items: impl Iterator<Item = (usize, T)>,
    job: impl Fn(T) -> U + Sync,
    mut write: impl FnMut(U) -> Result<()> + Send,
) -> Result<()> {
    let budget = Budget::new(bounds.bytes);
    let (queue, promises) = sync_channel::<Receiver<_>>(bounds.window);
    std::thread::scope(|scope| {
        let writer = scope.spawn(move || {
            for promise in promises {
                let (done, credit) = promise.recv().map_err(|_| Error::WorkerLost)?;
                write(done)?;
                drop(credit);
            }
            Ok(())
        });
        pool.in_place_scope(|jobs| {
            for (size, item) in items {
                let credit = budget.take(size);
                let (slot, promise) = sync_channel(1);
                // The writer has failed; its error is returned below.
                if queue.send(promise).is_err() {
                    break;
                }
                let job = &job;
                jobs.spawn(move |_| {
                    // A panic drops the slot, which the writer sees; a failed writer does not want the result.
                    if let Ok(done) = catch_unwind(AssertUnwindSafe(|| job(item))) {
                        let _ = slot.send((done, credit));
                    }
                });
            }
            drop(queue);
        });
        writer.join().unwrap_or(Err(Error::WorkerLost))
    })
}
