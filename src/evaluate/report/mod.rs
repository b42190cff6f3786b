//! Report: writes the results of an evaluation as JSON, as Markdown and as one HTML page that needs no network.
//!
//! `tables` decides which figures stand where, `table` writes a table in each form, `plot` draws, `page` sets the
//! page, and `page.css` and `page.js` are what the page carries.

mod facts;
mod markdown;
mod page;
mod plot;
mod table;
mod tables;

use std::fs;
use std::path::Path;

pub use facts::{machine, program};
pub use table::{Cell, Table};
pub use tables::{Entry, Section, sections, summary};

use super::results::Results;
use crate::writers::Output;
use crate::{Error, Result};

/// Writes `results.json`, `results.md` and `index.html` into a folder, which is made if it is missing.
///
/// # Errors
/// [`Error::Io`] naming the file that could not be written.
pub fn write(results: &Results, folder: &Path) -> Result<()> {
    fs::create_dir_all(folder).map_err(|source| Error::io(folder, source))?;
    let page_path = folder.join("index.html");
    let page =
        page::page(results).map_err(|e| Error::io(&page_path, std::io::Error::other(e.to_string())))?;
    let json_path = folder.join("results.json");
    let mut json = serde_json::to_vec_pretty(results).map_err(|e| Error::io(&json_path, e.into()))?;
    json.push(b'\n');
    for (path, bytes) in [
        (json_path, &json[..]),
        (folder.join("results.md"), markdown::document(results).as_bytes()),
        (page_path, page.as_bytes()),
    ] {
        Output::create(&path, bytes)?.finish()?;
    }
    Ok(())
}
