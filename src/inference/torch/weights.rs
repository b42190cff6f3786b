//! Weights: the tensors of a file, shared by all networks over them.

use std::collections::BTreeMap;
use std::path::Path;

use tch::nn::{Linear, VarStore};
use tch::{Kind, TchError, Tensor};

use crate::inference::Precision;

/// The names that weights may have, by the library that writes them: transformers, rust-bert.
const FILES: [&str; 2] = ["model.safetensors", "rust_model.ot"];

/// Tensors by name, in the precision of the run.
pub(super) struct Weights {
    /// The name of their file.
    pub(super) file: &'static str,
    tensors: BTreeMap<String, Tensor>,
}

impl Weights {
    /// Reads the weights in a folder.
    pub(super) fn read(folder: &Path, precision: Precision) -> Result<Self, String> {
        let Some(file) = FILES.into_iter().find(|name| folder.join(name).is_file()) else {
            return Err(format!(
                "no weights: {} is missing; models/README.md says what is read",
                FILES.join(" or ")
            ));
        };
        let path = folder.join(file);
        let read = match file.ends_with(".ot") {
            true => Tensor::load_multi(&path),
            false => Tensor::read_safetensors(&path),
        };
        let fail = |e: TchError| format!("{file}: {}", first_line(&e));
        let kind = match precision {
            Precision::F32 => Kind::Float,
            Precision::Bf16 => Kind::BFloat16,
        };
        let mut tensors = BTreeMap::new();
        for (name, tensor) in read.map_err(fail)? {
            let kept =
                if tensor.is_floating_point() { tensor.f_to_kind(kind).map_err(fail)? } else { tensor };
            tensors.insert(name, kept);
        }
        Ok(Self { file, tensors })
    }

    /// Returns the dimensions of a tensor.
    pub(super) fn size(&self, name: &str) -> Result<Vec<i64>, String> {
        let found = self.tensors.get(name).map(Tensor::size);
        found.ok_or_else(|| self.fault(&format!("the tensor {name:?} is missing")))
    }

    /// Tells whether there is such a tensor.
    pub(super) fn has(&self, name: &str) -> bool {
        self.tensors.contains_key(name)
    }

    /// Returns a tensor, which must have these dimensions; its data is shared.
    pub(super) fn get(&self, name: &str, size: &[i64]) -> Result<Tensor, String> {
        let found = self.size(name)?;
        if found != size {
            let message = format!("the tensor {name:?} is {found:?}, but config.json asks for {size:?}");
            return Err(self.fault(&message));
        }
        Ok(self.tensors[name].shallow_clone())
    }

    /// Gives the variables of a new network their values; the data is shared.
    pub(super) fn fill(&self, variables: &VarStore) -> Result<(), String> {
        // In the order of names, for messages.
        let mut wanted: Vec<(String, Tensor)> = variables.variables().into_iter().collect();
        wanted.sort_by(|a, b| a.0.cmp(&b.0));
        for (name, mut variable) in wanted {
            let value = self.get(&name, &variable.size())?;
            let fault = |e: TchError| self.fault(&format!("the tensor {name:?}: {}", first_line(&e)));
            variable.f_set_data(&value).map_err(fault)?;
        }
        Ok(())
    }

    /// Returns a message about the weights.
    pub(super) fn fault(&self, message: &str) -> String {
        format!("{}: {message}", self.file)
    }
}

/// Returns what libtorch says without its stack.
pub(super) fn first_line(error: &impl ToString) -> String {
    error.to_string().lines().next().unwrap_or_default().to_owned()
}

/// Returns the numbers of a tensor.
pub(super) fn numbers(tensor: &Tensor) -> Result<Vec<f32>, String> {
    let flat = tensor.f_to_kind(Kind::Float).and_then(|t| t.f_reshape([-1]));
    flat.and_then(|t| Vec::try_from(&t)).map_err(|e| first_line(&e))
}

/// Applies a linear layer.
pub(super) fn linear(by: &Linear, x: &Tensor) -> Result<Tensor, TchError> {
    x.f_linear(&by.ws, by.bs.as_ref())
}
