//! Linking: from mentions to concepts.
