//! Who may import whom: the `use` lines of `src/` against the arrows of ARCHITECTURE.md.

#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Libraries that only some folders may name.
const LIBRARIES: [(&str, &[&str]); 14] = [
    ("clap", &["cli"]),
    ("anyhow", &["cli"]),
    ("indicatif", &["cli"]),
    ("maud", &["evaluate"]),
    ("plotters", &["evaluate"]),
    ("quick_xml", &["readers", "evaluate"]),
    ("csv", &["readers", "writers", "evaluate", "lexicon", "collate"]),
    ("rten", &["inference"]),
    ("rten_tensor", &["inference"]),
    ("rust_bert", &["inference"]),
    ("tch", &["inference"]),
    ("tokenizers", &["inference"]),
    ("arrow", &["collate"]),
    ("datafusion_physical_plan", &["collate"]),
];

type Arrows = BTreeMap<String, BTreeSet<String>>;

fn read(path: impl AsRef<Path>) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

/// Reads the lines `a, b -> c -> d` and follows them: whom each module reaches.
fn arrows() -> Arrows {
    let mut arrows = Arrows::new();
    let page = read("ARCHITECTURE.md");
    let block = page.split_once("Arrows (who may import whom)").unwrap().1.split("```").nth(1).unwrap();
    for line in block.lines().filter(|line| !line.is_empty()) {
        let groups: Vec<Vec<&str>> =
            line.split(" -> ").map(|group| group.split(',').map(str::trim).collect()).collect();
        for pair in groups.windows(2) {
            for from in &pair[0] {
                arrows.entry((*from).to_owned()).or_default().extend(pair[1].iter().map(|s| (*s).to_owned()));
            }
            for to in &pair[1] {
                arrows.entry((*to).to_owned()).or_default();
            }
        }
    }
    for _ in 0..arrows.len() {
        for from in arrows.keys().cloned().collect::<Vec<_>>() {
            let further: Vec<String> = arrows[&from].iter().flat_map(|to| arrows[to].clone()).collect();
            arrows.get_mut(&from).unwrap().extend(further);
        }
    }
    arrows
}

fn sources(folder: &Path, out: &mut Vec<PathBuf>) {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            sources(&path, out);
        } else if path.extension().is_some_and(|e| e == "rs") {
            out.push(path);
        }
    }
}

/// Returns each file's module, its path under `src/`, and its code without comments and tests.
fn modules() -> Vec<(String, String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut paths = Vec::new();
    sources(&root, &mut paths);
    // Tests of a module may stand in a file of their own.
    paths.retain(|path| !path.ends_with("tests.rs"));
    let mut out = Vec::new();
    for path in paths {
        let file = path.strip_prefix(&root).unwrap().to_str().unwrap().replace('\\', "/");
        let module = file.split(['/', '.']).next().unwrap().to_owned();
        let text = fs::read_to_string(&path).unwrap();
        let code = text.split("#[cfg(test)]\nmod ").next().unwrap_or("");
        let code: Vec<&str> = code.lines().map(|line| line.split("//").next().unwrap_or("")).collect();
        out.push((module, file, code.join("\n")));
    }
    out
}

/// Returns the names that follow each `path` (`crate::`) in some code, one for each item of `{...}`.
fn names_after(code: &str, path: &str) -> Vec<String> {
    let mut names = Vec::new();
    for (at, _) in code.match_indices(path) {
        if code[..at].ends_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | ':' | '$')) {
            continue;
        }
        let rest = &code[at + path.len()..];
        let group = rest.strip_prefix('{').map(|inner| inner.split_once("};").map_or(inner, |(g, _)| g));
        let (mut depth, mut item) = (0, String::new());
        for c in group.unwrap_or(rest).chars() {
            match c {
                '{' => depth += 1,
                '}' => depth -= 1,
                ',' if depth == 0 && group.is_some() => names.push(std::mem::take(&mut item)),
                _ if group.is_none() && !c.is_alphanumeric() && c != '_' => break,
                _ if depth == 0 => item.push(c),
                _ => {}
            }
        }
        names.push(item);
    }
    let first = |name: String| name.trim().split("::").next().unwrap_or("").to_owned();
    names.into_iter().map(first).filter(|name| !name.is_empty()).collect()
}

/// Maps what `lib.rs` re-exports to its module: `Document` to `document`.
fn reexports() -> BTreeMap<String, String> {
    let lib = read("src/lib.rs");
    let uses = lib.split("pub use ").skip(1).filter_map(|rest| rest.split(';').next());
    uses.flat_map(|line| {
        let (module, items) = line.split_once("::").unwrap();
        let items = items.trim_matches(['{', '}', ' ', '\n']).split(',');
        items.map(|item| (item.trim().to_owned(), module.to_owned())).collect::<Vec<_>>()
    })
    .collect()
}

#[test]
fn no_module_reaches_itself() {
    for (module, reached) in arrows() {
        assert!(!reached.contains(&module), "{module} imports itself by way of others");
    }
}

#[test]
fn imports_follow_the_arrows() {
    let (arrows, reexports) = (arrows(), reexports());
    let mut seen = 0;
    for (module, file, code) in modules() {
        if module == "lib" || module == "main" {
            continue;
        }
        let allowed = arrows.get(&module).unwrap_or_else(|| panic!("{module} is not in ARCHITECTURE.md"));
        let top = file.matches('/').count() == 0 || file == format!("{module}/mod.rs");
        let mut names = names_after(&code, "crate::");
        if top {
            names.extend(names_after(&code, "super::"));
        }
        for name in names {
            let target = reexports.get(&name).unwrap_or(&name);
            seen += 1;
            assert!(*target == module || allowed.contains(target), "src/{file} may not import {target}");
        }
    }
    assert!(seen > 30, "only {seen} imports found: the test has gone blind");
}

#[test]
fn libraries_stay_in_their_folders() {
    for (module, file, code) in modules() {
        for (library, folders) in LIBRARIES {
            let named = !names_after(&code, &format!("{library}::")).is_empty();
            assert!(!named || folders.contains(&module.as_str()), "src/{file} may not name {library}");
        }
    }
}

#[test]
fn names_are_read_from_use_lines() {
    let code =
        "use crate::{Document,\n  lexicon::{key, Lexicon}, Error};\nlet x: crate::Result<T> = mycrate::y();";
    assert_eq!(names_after(code, "crate::"), ["Document", "lexicon", "Error", "Result"]);
}
