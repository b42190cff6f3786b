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

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use super::*;

    const BOUNDS: Bounds = Bounds { window: 6, bytes: usize::MAX };

    fn pool(threads: usize) -> ThreadPool {
        rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap()
    }

    fn failure(n: usize) -> Error {
        Error::Stage { stage: "test", message: n.to_string() }
    }

    /// Sleeps longer for some items than for others.
    fn work(n: usize) -> usize {
        std::thread::sleep(Duration::from_micros((n * 7919 % 13) as u64 * 100));
        n
    }

    #[test]
    fn output_is_in_input_order_at_any_number_of_threads() {
        for threads in [1, 2, 4, 8] {
            let mut seen = Vec::new();
            let items = (0..200).map(|n| (1, n));
            ordered(&pool(threads), BOUNDS, items, work, |n| {
                seen.push(n);
                Ok(())
            })
            .unwrap();
            assert_eq!(seen, (0..200).collect::<Vec<_>>(), "{threads} threads");
        }
    }

    #[test]
    fn no_more_items_are_in_flight_than_the_window_and_two() {
        for threads in [1, 4] {
            let (in_flight, peak) = (AtomicUsize::new(0), AtomicUsize::new(0));
            let items = (0..100).inspect(|_| {
                peak.fetch_max(in_flight.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            });
            ordered(
                &pool(threads),
                BOUNDS,
                items.map(|n| (1, n)),
                |n| n,
                |_| {
                    std::thread::sleep(Duration::from_millis(1));
                    in_flight.fetch_sub(1, Ordering::SeqCst);
                    Ok(())
                },
            )
            .unwrap();
            let peak = peak.into_inner();
            assert!((BOUNDS.window..=BOUNDS.window + 2).contains(&peak), "{threads} threads: {peak}");
        }
    }

    #[test]
    fn no_more_bytes_are_in_flight_than_allowed_but_a_giant_passes_alone() {
        let (in_flight, peak) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let bounds = Bounds { window: 50, bytes: 10 };
        let sizes = [3, 3, 3, 3, 25, 3, 3, 10, 1];
        let job = |size: usize| {
            peak.fetch_max(in_flight.fetch_add(size, Ordering::SeqCst) + size, Ordering::SeqCst);
            size
        };
        ordered(&pool(4), bounds, sizes.into_iter().map(|n| (n, n)), job, |size| {
            in_flight.fetch_sub(size, Ordering::SeqCst);
            Ok(())
        })
        .unwrap();
        assert_eq!(peak.into_inner(), 25);
    }

    #[test]
    fn the_first_failure_in_input_order_wins_and_stops_the_reading() {
        for threads in [1, 2, 8] {
            let mut written = Vec::new();
            let read = AtomicUsize::new(0);
            let items = (0..10_000).inspect(|_| {
                read.fetch_add(1, Ordering::SeqCst);
            });
            // Later failures are ready sooner.
            let job = |n: usize| {
                std::thread::sleep(Duration::from_millis(20_usize.saturating_sub(n) as u64));
                if n >= 9 { Err(failure(n)) } else { Ok(n) }
            };
            let result = ordered(&pool(threads), BOUNDS, items.map(|n| (1, n)), job, |n| {
                written.push(n?);
                Ok(())
            });
            assert_eq!(result.unwrap_err().to_string(), "stage test: 9", "{threads} threads");
            assert_eq!(written, (0..9).collect::<Vec<_>>());
            assert!(read.into_inner() <= 9 + BOUNDS.window + 2);
        }
    }

    #[test]
    fn a_writer_that_fails_while_input_goes_on_ends_the_run() {
        for bytes in [1, usize::MAX] {
            let items = std::iter::repeat(5).map(|n| (1, n));
            let bounds = Bounds { window: 2, bytes };
            let result = ordered(&pool(2), bounds, items, work, |_| Err(failure(1)));
            assert_eq!(result.unwrap_err().to_string(), "stage test: 1");
        }
    }

    #[test]
    fn a_job_that_panics_is_a_lost_worker_and_no_hang() {
        let items = (0..50).map(|n| (1, n));
        let mut written = 0;
        let result = ordered(
            &pool(2),
            BOUNDS,
            items,
            |n| assert!(n != 7, "planned"),
            |()| {
                written += 1;
                Ok(())
            },
        );
        assert!(matches!(result, Err(Error::WorkerLost)), "{result:?}");
        assert_eq!(written, 7);
    }
}
