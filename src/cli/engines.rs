//! Engines: how an engine and its model are typed.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::Config;
use crate::document::Focus;
use crate::inference::Precision;
use crate::pipeline::{Engine, RunParams};

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum EngineArg {
    /// Lexicons and rules.
    Rules,
    /// A learned model.
    Learned,
    /// A learned model and the rules together.
    Hybrid,
    /// As hybrid, the model run by rust-bert on libtorch (if built with `--features rust-bert`).
    RustBert,
}

impl EngineArg {
    /// Returns the default engine.
    pub(super) fn best() -> Self {
        match Config::default().run.engine {
            Engine::Rules => Self::Rules,
            Engine::Learned => Self::Learned,
            Engine::Hybrid => Self::Hybrid,
            Engine::RustBert => Self::RustBert,
        }
    }

    /// Returns the name that is typed.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            EngineArg::Rules => "rules",
            EngineArg::Learned => "learned",
            EngineArg::Hybrid => "hybrid",
            EngineArg::RustBert => "rust-bert",
        }
    }
}

impl From<EngineArg> for Engine {
    fn from(engine: EngineArg) -> Self {
        match engine {
            EngineArg::Rules => Engine::Rules,
            EngineArg::Learned => Engine::Learned,
            EngineArg::Hybrid => Engine::Hybrid,
            EngineArg::RustBert => Engine::RustBert,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum PrecisionArg {
    /// Single precision.
    F32,
    /// Bfloat16.
    Bf16,
}

impl PrecisionArg {
    /// Returns the name that is typed.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            PrecisionArg::F32 => "f32",
            PrecisionArg::Bf16 => "bf16",
        }
    }
}

impl From<PrecisionArg> for Precision {
    fn from(precision: PrecisionArg) -> Self {
        match precision {
            PrecisionArg::F32 => Precision::F32,
            PrecisionArg::Bf16 => Precision::Bf16,
        }
    }
}

/// The model of the engines that have one.
#[derive(Clone, Debug, Default, Args)]
pub(super) struct ModelArgs {
    /// Folder of the model [default: the model that is built in; the engine rust-bert has none].
    #[arg(long = "model", value_name = "FOLDER")]
    pub(super) folder: Option<PathBuf>,

    /// What the engine rust-bert computes with [default: f32].
    #[arg(long, value_enum)]
    pub(super) precision: Option<PrecisionArg>,
}

impl ModelArgs {
    /// Returns the settings of an engine with this model.
    pub(super) fn run(&self, engine: EngineArg, focus: Focus) -> RunParams {
        let (model, precision) = (self.folder.clone().unwrap_or_default(), self.precision.map(Into::into));
        let precision = precision.unwrap_or_default();
        RunParams { engine: engine.into(), model, precision, focus, ..Config::default().run }
    }
}
