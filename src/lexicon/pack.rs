//! Pack: tables of names folded into the byte form that a [`Lexicon`](super::Lexicon) reads without parsing.
//!
//! `build.rs` includes this file, and what it needs, to pack the shipped tables.
//! Concepts: a count, `count + 1` offsets (all `u32`, little-endian), then one tab-separated record each. Postings: for
//! each key a count byte, then per sense the concept (`u32`), a flag byte, and in exact case its length and spelling.
//! Names: [`rows`] of keys and of the whole atoms that they begin with, each with bits and the offset of its postings.

use std::collections::BTreeMap;

use super::filter::{self, WordFilter};
use super::{key, rows};

/// Bit of the flag byte: the name counts only in the listed case. The three bits below hold the type.
pub const EXACT: u8 = 1 << 3;
/// Bit of the flag byte: the name needs context.
pub const NEEDS_CONTEXT: u8 = 1 << 4;
/// The two bits above: the concept's role, as an index into [`ROLES`].
pub const ROLE_SHIFT: u8 = 5;
/// Bit of a row: it is a name.
pub const NAME: u32 = 1;
/// Bit of a row: longer names begin with it.
pub const GOES_ON: u32 = 1 << 1;
/// The two bits above: the same of names with a cytokine, a receptor or a therapy with a role among their senses.
pub const FOCUS_SHIFT: u32 = 2;
/// The bits above: the offset of the name's postings.
pub const OFFSET_SHIFT: u32 = 4;
/// Roles as the tables write them.
pub const ROLES: [&str; 4] = ["", "agonist", "antagonist", "based"];
/// Types as the tables are called, in the order of the schema; the flag byte holds the index.
pub const KINDS: [&str; 8] =
    ["cytokine", "receptor", "gene", "therapy", "cancer", "disease", "cell", "process"];

/// The packed tables.
#[derive(Debug, Default)]
pub struct Packed {
    /// Concept records.
    pub concepts: Vec<u8>,
    /// Senses of each key.
    pub postings: Vec<u8>,
    /// Names and what they begin with.
    pub names: Vec<u8>,
    /// The keys that have a cytokine, a receptor or a therapy with a role among their senses, one a line.
    pub focus: Vec<u8>,
    /// Beginnings of the keys in `names`, a [`WordFilter`].
    pub name_starts: Vec<u8>,
}

/// What is wrong with a table.
#[derive(Debug)]
pub struct Fault {
    /// The table's file name.
    pub table: String,
    /// Line, from 1.
    pub line: usize,
    /// What is wrong.
    pub message: String,
}

/// One row of a table, borrowed.
#[derive(Clone, Copy, Debug)]
pub struct Row<'a> {
    /// Identifier, a CURIE.
    pub id: &'a str,
    /// Display name.
    pub name: &'a str,
    /// Other identifiers, `|` between.
    pub xrefs: &'a str,
    /// One of [`ROLES`].
    pub role: &'a str,
    /// Identifier of the cytokine or receptor meant, or empty.
    pub target: &'a str,
    /// Names, `|` between, with their markers.
    pub names: &'a str,
}

/// Reads a table of six columns with a header.
pub fn rows<'a>(table: &str, content: &'a str) -> Result<Vec<Row<'a>>, Fault> {
    let fault = |line, message| Fault { table: table.to_owned(), line, message };
    let lines = content.lines().enumerate().skip(1).filter(|(_, l)| !l.is_empty() && !l.starts_with('#'));
    lines
        .map(|(i, line)| {
            let fields: Vec<&str> = line.split('\t').collect();
            let [id, name, xrefs, role, target, names] = fields[..] else {
                return Err(fault(i + 1, format!("expected 6 fields, found {}", fields.len())));
            };
            if !ROLES.contains(&role) {
                return Err(fault(i + 1, format!("unknown role {role:?}")));
            }
            Ok(Row { id, name, xrefs, role, target, names })
        })
        .collect()
}

/// Takes the markers off a listed name: the name, whether in exact case only, whether it needs context.
pub fn markers(listed: &str) -> (&str, bool, bool) {
    let (needs_context, name) = listed.strip_prefix('?').map_or((false, listed), |n| (true, n));
    let (exact, name) = name.strip_prefix('=').map_or((false, name), |n| (true, n));
    (name, exact, needs_context)
}

/// Packs tables, given as (index into [`KINDS`], content).
pub fn pack(tables: &[(u8, &str)]) -> Result<Packed, Fault> {
    let mut records: Vec<String> = Vec::new();
    // Senses of a key: kind, concept, flags, spelling in exact case; ordered, so each once.
    let mut senses: BTreeMap<String, Vec<(u8, u32, u8, &str)>> = BTreeMap::new();
    let mut parsed = Vec::new();
    for &(kind, content) in tables {
        parsed.push((kind, rows(&format!("{}.tsv", KINDS[kind as usize]), content)?));
    }
    let display: BTreeMap<&str, &str> =
        parsed.iter().rev().flat_map(|(_, rows)| rows.iter().rev().map(|r| (r.id, r.name))).collect();
    for (kind, rows) in &parsed {
        for row in rows {
            let concept = records.len() as u32;
            let target_name = display.get(row.target).copied().unwrap_or(row.target);
            records.push([row.id, row.name, row.xrefs, row.role, row.target, target_name].join("\t"));
            let role = ROLES.iter().position(|r| *r == row.role).unwrap_or(0) as u8;
            for listed in row.names.split('|').filter(|n| !n.is_empty()) {
                let (name, exact, needs_context) = markers(listed);
                let flags = kind
                    | role << ROLE_SHIFT
                    | if exact { EXACT } else { 0 }
                    | if needs_context { NEEDS_CONTEXT } else { 0 };
                let sense = (*kind, concept, flags, if exact { name } else { "" });
                senses.entry(key::key(name)).or_default().push(sense);
            }
        }
    }
    let too_large = |message: String| Fault { table: "all".to_owned(), line: 0, message };
    let mut packed = Packed { concepts: pack_records(&records), ..Packed::default() };
    let mut names = Names::default();
    let mut name_starts = WordFilter::new(18);
    for (key, mut list) in senses {
        if key.is_empty() {
            continue;
        }
        list.sort_unstable_by_key(|&(kind, concept, flags, name)| {
            (kind, concept, flags & NEEDS_CONTEXT, name)
        });
        list.dedup();
        let offset = packed.postings.len();
        let count =
            u8::try_from(list.len()).map_err(|_| too_large(format!("{key:?} has too many meanings")))?;
        packed.postings.push(count);
        for (_, concept, flags, name) in &list {
            packed.postings.extend(concept.to_le_bytes());
            packed.postings.push(*flags);
            if flags & EXACT != 0 {
                let length =
                    u8::try_from(name.len()).map_err(|_| too_large(format!("{name:?} is too long")))?;
                packed.postings.push(length);
                packed.postings.extend(name.as_bytes());
            }
        }
        name_starts.insert_beginning(&key);
        let in_focus = list.iter().any(|&(_, _, flags, _)| is_focus(flags));
        if in_focus {
            packed.focus.extend(key.bytes().chain([b'\n']));
        }
        names.insert(key, offset, in_focus).map_err(too_large)?;
    }
    packed.names = names.pack().map_err(too_large)?;
    packed.name_starts = name_starts.into_bytes();
    Ok(packed)
}

/// Keys and the whole atoms that they begin with, with the bits of [`NAME`] and above.
#[derive(Default)]
struct Names(BTreeMap<String, u32>);

impl Names {
    fn insert(&mut self, key: String, offset: usize, in_focus: bool) -> Result<(), String> {
        let bits = |bit: u32| bit | if in_focus { bit << FOCUS_SHIFT } else { 0 };
        for (end, _) in key.match_indices(' ') {
            *self.0.entry(key[..end].to_owned()).or_default() |= bits(GOES_ON);
        }
        let offset = u32::try_from(offset).ok().filter(|offset| offset.leading_zeros() >= OFFSET_SHIFT);
        let offset = offset.ok_or("the tables have too many names")?;
        *self.0.entry(key).or_default() |= bits(NAME) | offset << OFFSET_SHIFT;
        Ok(())
    }

    fn pack(self) -> Result<Vec<u8>, String> {
        let count = self.0.len();
        let hashed: BTreeMap<u64, u32> =
            self.0.into_iter().map(|(key, bits)| (filter::hash(&key), bits)).collect();
        if hashed.len() < count {
            return Err("two names have the same hash".to_owned());
        }
        Ok(rows::pack(&hashed, 50))
    }
}

/// Tells whether a sense is a cytokine, a receptor, or a therapy with a role.
pub fn is_focus(flags: u8) -> bool {
    matches!(flags & 7, 0 | 1) || flags & 7 == 3 && flags >> ROLE_SHIFT != 0
}

fn pack_records(records: &[String]) -> Vec<u8> {
    let mut out = (records.len() as u32).to_le_bytes().to_vec();
    let mut at = 0u32;
    out.extend(at.to_le_bytes());
    for record in records {
        at += record.len() as u32;
        out.extend(at.to_le_bytes());
    }
    records.iter().for_each(|r| out.extend(r.as_bytes()));
    out
}
