//! Budget: bounds the bytes in flight, whatever the size of single records.

use std::sync::{Condvar, Mutex, PoisonError};

/// A number of bytes that may be in flight.
#[derive(Debug)]
pub(super) struct Budget {
    limit: usize,
    used: Mutex<usize>,
    freed: Condvar,
}

/// Bytes taken out of a budget; given back when dropped.
#[derive(Debug)]
pub(super) struct Credit<'a> {
    budget: &'a Budget,
    bytes: usize,
}

impl Budget {
    pub(super) fn new(limit: usize) -> Self {
        Self { limit, used: Mutex::new(0), freed: Condvar::new() }
    }

    /// Waits until the bytes fit, or until nothing else is in flight.
    pub(super) fn take(&self, bytes: usize) -> Credit<'_> {
        // A poisoned lock guards a plain number, which is right at every moment.
        let used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        let full = |used: &mut usize| *used > 0 && used.saturating_add(bytes) > self.limit;
        let mut used = self.freed.wait_while(used, full).unwrap_or_else(PoisonError::into_inner);
        *used += bytes;
        Credit { budget: self, bytes }
    }
}

impl Drop for Credit<'_> {
    fn drop(&mut self) {
        *self.budget.used.lock().unwrap_or_else(PoisonError::into_inner) -= self.bytes;
        self.budget.freed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_waits_until_it_fits_and_a_giant_goes_alone() {
        let budget = Budget::new(10);
        let first = budget.take(6);
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| drop(budget.take(5)));
            std::thread::sleep(std::time::Duration::from_millis(50));
            assert!(!waiting.is_finished());
            drop(first);
        });
        drop(budget.take(1000));
        assert_eq!(*budget.used.lock().unwrap(), 0);
    }
}
