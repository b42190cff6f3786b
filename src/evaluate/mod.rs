//! Evaluate: compares predicted documents with gold ones.
