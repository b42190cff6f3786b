//! Config: every setting, its default (`config/default.toml`, embedded), and the files that override it.

use serde::{Deserialize, Serialize};

use crate::inference::{Model, Precision};
use crate::pipeline::{self, Engine, MemoryParams, RunParams};
use crate::{Error, Result};

/// The settings with their defaults and comments, as TOML.
pub const DEFAULT: &str = include_str!("../config/default.toml");

/// What is otherwise in a build without a model.
const WITHOUT_MODEL: &str = "run.engine = 'rules'";

/// Every setting; one section a part of the program.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// What a run does.
    pub run: RunParams,
    /// How much it holds in memory.
    pub memory: MemoryParams,
}

impl Default for Config {
    fn default() -> Self {
        // The embedded file is part of the program and is parsed by a test.
        #[allow(clippy::expect_used)]
        Self::parse("").expect("config/default.toml is complete")
    }
}

impl Config {
    /// Reads settings that override the defaults; unknown ones are errors.
    ///
    /// ```
    /// let config = cytosift::Config::parse("[run]\nthreads = 2").unwrap();
    /// assert_eq!(config.run.threads, 2);
    /// assert!(cytosift::Config::parse("[run]\nthread = 2").is_err());
    /// ```
    ///
    /// # Errors
    /// [`Error::Config`] naming the setting.
    pub fn parse(text: &str) -> Result<Self> {
        let without = if Model::is_embedded() { "" } else { WITHOUT_MODEL };
        Self::of(&[DEFAULT, without, text])
    }

    /// Reads settings that override these; unknown ones are errors.
    ///
    /// # Errors
    /// [`Error::Config`] naming the setting.
    pub fn over(&self, text: &str) -> Result<Self> {
        Self::of(&[&self.to_toml(), text])
    }

    /// Reads settings of which the later override the earlier.
    fn of(layers: &[&str]) -> Result<Self> {
        let fail = |error: toml::de::Error| Error::Config {
            key: "settings".into(),
            message: error.to_string().trim_end().into(),
        };
        let mut settings = toml::Table::new();
        for layer in layers {
            overlay(&mut settings, toml::from_str(layer).map_err(fail)?);
        }
        let config: Self = settings.try_into().map_err(fail)?;
        config.validate()?;
        Ok(config)
    }

    /// Returns the settings as TOML.
    pub fn to_toml(&self) -> String {
        // Plain numbers and words have a TOML form.
        toml::to_string(self).unwrap_or_default()
    }

    /// Checks what types cannot express.
    ///
    /// # Errors
    /// [`Error::Config`] naming the setting.
    pub fn validate(&self) -> Result<()> {
        let positive = [
            ("memory.batch_records", self.memory.batch_records),
            ("memory.batch_bytes", self.memory.batch_bytes),
            ("memory.window", self.memory.window),
            ("memory.in_flight_bytes", self.memory.in_flight_bytes),
        ];
        if let Some((key, _)) = positive.into_iter().find(|(_, value)| *value == 0) {
            return Err(Error::Config { key: key.into(), message: "must be 1 or more".into() });
        }
        pipeline::check_threads(self.run.threads)?;
        if !(0.0..=1.0).contains(&self.run.min_confidence) {
            let message = format!("{} is not between 0 and 1", self.run.min_confidence);
            return Err(Error::Config { key: "run.min_confidence".into(), message });
        }
        if self.run.precision != Precision::F32 && self.run.engine != Engine::RustBert {
            let message =
                "only the engine rust-bert has a choice; the others compute as their model is stored";
            return Err(Error::Config { key: "run.precision".into(), message: message.into() });
        }
        Ok(())
    }
}

/// Puts the values of one table over another's, section by section.
fn overlay(base: &mut toml::Table, over: toml::Table) {
    for (key, value) in over {
        match (base.get_mut(&key), value) {
            (Some(toml::Value::Table(base)), toml::Value::Table(over)) => overlay(base, over),
            (_, value) => drop(base.insert(key, value)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_complete_and_survive_a_round_trip() {
        let config = Config::default();
        assert_eq!(Config::parse(&config.to_toml()).unwrap(), config);
    }

    #[test]
    fn settings_override_those_before() {
        let config = Config::parse("[run]\nfocus = 'all'\nthreads = 3").unwrap();
        let over = config.over("[run]\nthreads = 4").unwrap();
        assert_eq!((over.run.focus, over.run.threads), (crate::document::Focus::All, 4));
    }

    #[test]
    fn wrong_settings_are_named() {
        let cases = [
            ("[run]\nfocus = 'genes'", "unknown variant `genes`, expected `cytokine` or `all`"),
            ("[run]\nthread = 1", "unknown field `thread`"),
            ("[memory]\nwindow = 0", "memory.window: must be 1 or more"),
            ("[run]\nmin_confidence = 1.5", "run.min_confidence: 1.5 is not between 0 and 1"),
            ("[run]\nprecision = 'bf16'", "run.precision: only the engine rust-bert has a choice"),
            ("[run", "unclosed table"),
        ];
        for (text, expected) in cases {
            let message = Config::parse(text).unwrap_err().to_string();
            assert!(message.contains(expected), "{text}: {message}");
        }
    }
}
