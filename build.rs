//! Packs the tables of `data/lexicons` into the bytes that the library embeds, and embeds the model of `models/`.

#[path = "src/lexicon/filter.rs"]
#[allow(dead_code, unreachable_pub)]
mod filter;
#[path = "src/lexicon/key.rs"]
#[allow(dead_code, unreachable_pub)]
mod key;
#[path = "src/lexicon/letters.rs"]
#[allow(dead_code, unreachable_pub)]
mod letters;
#[path = "src/lexicon/pack.rs"]
#[allow(dead_code, unreachable_pub)]
mod pack;
#[path = "src/lexicon/rows.rs"]
#[allow(dead_code, unreachable_pub)]
mod rows;

use std::error::Error;
use std::path::Path;
use std::{env, fs};

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=data/lexicons");
    println!("cargo::rerun-if-changed=src/lexicon/filter.rs");
    println!("cargo::rerun-if-changed=src/lexicon/key.rs");
    println!("cargo::rerun-if-changed=src/lexicon/letters.rs");
    println!("cargo::rerun-if-changed=src/lexicon/pack.rs");
    println!("cargo::rerun-if-changed=src/lexicon/rows.rs");
    let mut contents = Vec::new();
    for kind in pack::KINDS {
        let path = format!("data/lexicons/{kind}.tsv");
        contents.push(fs::read_to_string(&path).map_err(|e| format!("{path}: {e}"))?);
    }
    let tables: Vec<(u8, &str)> = contents.iter().enumerate().map(|(i, c)| (i as u8, c.as_str())).collect();
    let packed = pack::pack(&tables)
        .map_err(|fault| format!("data/lexicons/{}, line {}: {}", fault.table, fault.line, fault.message))?;
    let out = env::var("OUT_DIR")?;
    for (name, bytes) in [
        ("concepts.bin", packed.concepts),
        ("postings.bin", packed.postings),
        ("names.bin", packed.names),
        ("focus.txt", packed.focus),
        ("name_starts.bin", packed.name_starts),
    ] {
        fs::write(Path::new(&out).join(name), bytes)?;
    }
    fs::write(Path::new(&out).join("embedded_model.rs"), embedded_model()?)?;
    // Where torch-sys found or put libtorch, so that programs and tests find it without further settings.
    if let Ok(folder) = env::var("DEP_TCH_LIBTORCH_LIB") {
        println!("cargo::rustc-link-arg=-Wl,-rpath,{folder}");
    }
    Ok(())
}

/// Returns the code that holds the model in `models/`; none if the feature is off or no weights are there.
fn embedded_model() -> Result<String, Box<dyn Error>> {
    println!("cargo::rerun-if-changed=models/manifest.toml");
    println!("cargo::rerun-if-changed=models/model.onnx");
    let folder = Path::new(&env::var("CARGO_MANIFEST_DIR")?).join("models");
    let wanted = env::var_os("CARGO_FEATURE_EMBEDDED_MODEL").is_some();
    let value = if wanted && folder.join("manifest.toml").exists() && folder.join("model.onnx").exists() {
        let bytes = |name: &str| format!("include_bytes!({:?})", folder.join(name));
        let files = ["config.json", "model.onnx", "tokenizer.json"].map(bytes).join(", ");
        format!("Some(({}, [{files}]))", bytes("manifest.toml"))
    } else {
        "None".to_owned()
    };
    Ok(format!(
        "/// Manifest and files of the model that is built in.\n\
         pub(super) static EMBEDDED: Option<(&[u8], [&[u8]; 3])> = {value};\n"
    ))
}
