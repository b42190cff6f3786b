//! Packs the tables of `data/lexicons` into the bytes that the library embeds.

#[path = "src/lexicon/filter.rs"]
#[allow(dead_code, unreachable_pub)]
mod filter;
#[path = "src/lexicon/key.rs"]
#[allow(dead_code, unreachable_pub)]
mod key;
#[path = "src/lexicon/pack.rs"]
#[allow(dead_code, unreachable_pub)]
mod pack;

use std::error::Error;
use std::path::Path;
use std::{env, fs};

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=data/lexicons");
    println!("cargo::rerun-if-changed=src/lexicon/filter.rs");
    println!("cargo::rerun-if-changed=src/lexicon/key.rs");
    println!("cargo::rerun-if-changed=src/lexicon/pack.rs");
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
        ("names.fst", packed.names),
        ("focus.fst", packed.focus),
        ("name_starts.bin", packed.name_starts),
        ("focus_starts.bin", packed.focus_starts),
    ] {
        fs::write(Path::new(&out).join(name), bytes)?;
    }
    Ok(())
}
