//! Contain: turns a panic into a message, so that one document cannot end a run.

use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind};
use std::sync::Once;

thread_local! {
    static CONTAINED: Cell<bool> = const { Cell::new(false) };
    static MESSAGE: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Runs a step; a panic inside becomes a message with its place.
///
/// State that the closure changed must be dropped or reset by the caller after a panic.
pub(super) fn contain<T>(step: &str, work: impl FnOnce() -> T) -> Result<T, String> {
    install_hook();
    let outer = CONTAINED.replace(true);
    let result = catch_unwind(AssertUnwindSafe(work));
    CONTAINED.set(outer);
    result.map_err(|_| {
        let message = MESSAGE.take().unwrap_or_else(|| "unknown".into());
        format!("panic in {step}: {message}; please report this")
    })
}

/// Keeps contained panics off the terminal: their message goes to the caller instead.
fn install_hook() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let default = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if CONTAINED.get() { MESSAGE.set(Some(describe(info))) } else { default(info) }
        }));
    });
}

fn describe(info: &PanicHookInfo<'_>) -> String {
    let payload = info.payload();
    let text = payload.downcast_ref::<&str>().copied();
    let message =
        text.or_else(|| payload.downcast_ref::<String>().map(String::as_str)).unwrap_or("no message");
    info.location()
        .map_or_else(|| message.to_owned(), |at| format!("{message} ({}:{})", at.file(), at.line()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_its_message_and_place() {
        let message = contain("tagging", || panic!("bad span {}", 7)).unwrap_err();
        assert!(message.contains("panic in tagging: bad span 7 (src/pipeline/contain.rs:"), "{message}");
        assert_eq!(contain("tagging", || 7), Ok(7));
    }
}
