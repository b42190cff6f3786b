//! Manifest: the files of a model and their checksums, from a folder or from the program itself.

use std::borrow::Cow;
use std::fs;
use std::path::Path;

use serde::Deserialize;
use sha2::{Digest, Sha256};

include!(concat!(env!("OUT_DIR"), "/embedded_model.rs"));

/// The files that a model must have, in the order of the manifest.
const NAMES: [&str; 3] = ["config.json", "model.onnx", "tokenizer.json"];

/// How a user gets a model.
const HOW: &str = "models/README.md says how to get or train one";

/// What `manifest.toml` says.
#[derive(Debug, Deserialize)]
pub(super) struct Manifest {
    /// The model's name.
    pub(super) name: String,
    files: Vec<Listed>,
}

/// A file with its size and checksum.
#[derive(Debug, Deserialize)]
struct Listed {
    name: String,
    bytes: usize,
    sha256: String,
}

/// The files of a model, read but not yet checked.
#[derive(Debug)]
pub(super) struct Files {
    pub(super) manifest: Manifest,
    manifest_text: Cow<'static, [u8]>,
    pub(super) config: Cow<'static, [u8]>,
    pub(super) weights: Cow<'static, [u8]>,
    pub(super) tokenizer: Cow<'static, [u8]>,
}

impl Files {
    /// Reads the files of a folder.
    pub(super) fn of_folder(folder: &Path) -> Result<Self, String> {
        if !folder.is_dir() {
            return Err(format!("no such folder; {HOW}"));
        }
        let read = |name: &str| match fs::read(folder.join(name)) {
            Ok(bytes) => Ok(Cow::Owned(bytes)),
            Err(error) => {
                Err(format!("{name}: {error}; a model folder holds manifest.toml, {}", NAMES.join(", ")))
            }
        };
        let manifest = read("manifest.toml")?;
        let [config, weights, tokenizer] = NAMES;
        Self::new(manifest, [read(config)?, read(weights)?, read(tokenizer)?])
    }

    /// Returns the files that are built in.
    pub(super) fn embedded() -> Result<Self, String> {
        let Some((manifest, files)) = EMBEDDED else {
            return Err(format!(
                "this program was built without a model; give one with --model FOLDER ({HOW})"
            ));
        };
        Self::new(Cow::Borrowed(manifest), files.map(Cow::Borrowed))
    }

    fn new(manifest_text: Cow<'static, [u8]>, files: [Cow<'static, [u8]>; 3]) -> Result<Self, String> {
        let text = std::str::from_utf8(&manifest_text).map_err(|e| format!("manifest.toml: {e}"))?;
        let manifest: Manifest =
            toml::from_str(text).map_err(|e| format!("manifest.toml: {}", e.to_string().trim_end()))?;
        let [config, weights, tokenizer] = files;
        Ok(Self { manifest, manifest_text, config, weights, tokenizer })
    }

    /// Compares sizes and checksums.
    pub(super) fn check(&self) -> Result<(), String> {
        for (name, bytes) in NAMES.into_iter().zip([&self.config, &self.weights, &self.tokenizer]) {
            let Some(listed) = self.manifest.files.iter().find(|f| f.name == name) else {
                return Err(format!("manifest.toml does not list {name}"));
            };
            if bytes.len() != listed.bytes {
                let (found, wanted) = (bytes.len(), listed.bytes);
                return Err(format!(
                    "{name} has {found} bytes, manifest.toml says {wanted}: cut short or replaced"
                ));
            }
            let found = hex(&Sha256::digest(bytes));
            if found != listed.sha256 {
                let wanted = &listed.sha256;
                return Err(format!(
                    "{name} has the SHA-256 {found}, manifest.toml says {wanted}: damaged or replaced"
                ));
            }
        }
        Ok(())
    }

    /// Returns the SHA-256 of the manifest.
    pub(super) fn checksum(&self) -> String {
        hex(&Sha256::digest(&self.manifest_text))
    }
}

/// Writes bytes in hexadecimal.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
