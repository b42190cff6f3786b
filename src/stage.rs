//! The one trait of the pipeline.

use crate::{Document, Result};

/// One step: reads the layers that earlier steps left in each document and adds its own.
///
/// A stage is immutable after construction and shared by all workers. It takes a slice, so that a learned
/// stage can batch over documents; a document's result must not depend on its neighbours in the slice.
pub trait Stage: Send + Sync {
    /// Returns the name used in the configuration, the report and error messages.
    fn name(&self) -> &'static str;

    /// Adds this stage's layer to each document.
    ///
    /// # Errors
    /// Only when the stage itself is broken (a model, a device). What is wrong with one document goes into
    /// [`Document::warnings`].
    fn apply(&self, documents: &mut [Document]) -> Result<()>;
}
