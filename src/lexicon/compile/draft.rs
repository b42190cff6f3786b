//! Draft: the tables while they are put together, and the rules that settle one name of several owners.

use std::collections::{BTreeMap, BTreeSet};

use super::super::{key, pack};
use crate::document::EntityType;
use crate::{Error, Result};

/// How well a name is known to belong to its concept; the best one wins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rank {
    /// Listed in our curated tables.
    Curated,
    /// The concept's preferred name or symbol in a source.
    Preferred,
    /// Any other name in a source.
    Synonym,
    /// A name of one of very many things of little weight: a cell line.
    Line,
}

/// A concept and its names.
#[derive(Clone, Debug, Default)]
pub(super) struct Entry {
    pub(super) name: String,
    pub(super) xrefs: BTreeSet<String>,
    pub(super) role: String,
    pub(super) target: String,
    /// Names as listed, markers included.
    pub(super) names: Vec<(String, Rank)>,
}

impl Entry {
    /// Adds a name as it is to be listed.
    pub(super) fn add(&mut self, listed: impl Into<String>, rank: Rank) {
        self.names.push((listed.into(), rank));
    }
}

/// A row of a curated table.
#[derive(Debug)]
struct Curated {
    kind: EntityType,
    id: String,
    entry: Entry,
}

/// The tables of all types.
#[derive(Debug, Default)]
pub(super) struct Draft {
    tables: [BTreeMap<String, Entry>; 8],
    curated: Vec<Curated>,
    /// Type of the concepts whose type a curated table settles.
    kinds: BTreeMap<String, EntityType>,
    /// Keys that name nothing of a type, whatever a source says.
    dropped: BTreeSet<(EntityType, String)>,
    /// Keys of a type that need context, whatever a source says.
    marked: BTreeSet<(EntityType, String)>,
    /// Identifiers of names that are listed only if a curated table has them.
    known: BTreeMap<(EntityType, String), String>,
}

/// Which of two types keeps a name that both have from sources: the earlier one.
const PRECEDENCE: [EntityType; 8] = [
    EntityType::Cytokine,
    EntityType::Receptor,
    EntityType::Cancer,
    EntityType::Disease,
    EntityType::Therapy,
    EntityType::Gene,
    EntityType::Cell,
    EntityType::Process,
];

impl Draft {
    /// Reads a curated table: rows like those of the compiled ones, an empty id to be found by name, the name itself
    /// among the names; in the row with the id `*`, `-name` drops and `?name` marks a name of the sources.
    pub(super) fn read_curated(&mut self, kind: EntityType, content: &str) -> Result<()> {
        let table = format!("curated/{}.tsv", kind.as_str());
        let rows = pack::rows(&table, content).map_err(|f| Error::Lexicon {
            name: f.table,
            line: f.line,
            message: f.message,
        })?;
        for row in rows {
            let names = row.names.split('|').filter(|n| !n.is_empty());
            if row.id == "*" {
                for name in names {
                    match name.strip_prefix('-') {
                        Some(name) => self.dropped.insert((kind, key::key(name))),
                        None => self.marked.insert((kind, key::key(name.trim_start_matches('?')))),
                    };
                }
                continue;
            }
            let mut entry = Entry {
                name: pack::markers(row.name).0.to_owned(),
                xrefs: row.xrefs.split('|').filter(|x| !x.is_empty()).map(str::to_owned).collect(),
                role: row.role.to_owned(),
                target: row.target.to_owned(),
                names: vec![(row.name.to_owned(), Rank::Curated)],
            };
            names.for_each(|n| entry.add(n, Rank::Curated));
            if !row.id.is_empty() {
                self.kinds.insert(row.id.to_owned(), kind);
            }
            self.curated.push(Curated { kind, id: row.id.to_owned(), entry });
        }
        Ok(())
    }

    /// Returns the type that a curated table gives a concept.
    pub(super) fn settled(&self, id: &str) -> Option<EntityType> {
        self.kinds.get(id).copied()
    }

    /// Returns the entry of a concept, made with this name if it is new.
    pub(super) fn entry(&mut self, kind: EntityType, id: &str, name: &str) -> &mut Entry {
        let entry = self.tables[kind as usize].entry(id.to_owned()).or_default();
        if entry.name.is_empty() {
            entry.name = name.to_owned();
        }
        entry
    }

    /// Returns the table of a type.
    pub(super) fn table(&mut self, kind: EntityType) -> &mut BTreeMap<String, Entry> {
        &mut self.tables[kind as usize]
    }

    /// Remembers the identifier of a name that becomes a concept only if a curated table lists it.
    pub(super) fn know(&mut self, kind: EntityType, name: &str, id: &str) {
        self.known.entry((kind, key::key(name))).or_insert_with(|| id.to_owned());
    }

    /// Returns the identifiers of a type by key, preferred names first.
    pub(super) fn ids_by_key(&self, kind: EntityType) -> BTreeMap<String, String> {
        let mut found: BTreeMap<String, (Rank, &str)> = BTreeMap::new();
        for (id, entry) in &self.tables[kind as usize] {
            for (listed, rank) in &entry.names {
                let slot = found.entry(key::key(pack::markers(listed).0)).or_insert((*rank, id));
                if *rank < slot.0 {
                    *slot = (*rank, id);
                }
            }
        }
        found.into_iter().map(|(key, (_, id))| (key, id.to_owned())).collect()
    }

    /// Lays the curated rows over the automatic ones.
    pub(super) fn join_curated(&mut self) {
        let by_key: Vec<_> = EntityType::ALL.iter().map(|&kind| self.ids_by_key(kind)).collect();
        for Curated { kind, id, entry } in std::mem::take(&mut self.curated) {
            let name_key = key::key(&entry.name);
            let own = || format!("CYTOSIFT:{}", slug(&entry.name));
            let id = if id.is_empty() {
                let automatic = by_key[kind as usize].get(&name_key);
                automatic.or_else(|| self.known.get(&(kind, name_key))).cloned().unwrap_or_else(own)
            } else {
                id
            };
            let slot = self.tables[kind as usize].entry(id).or_default();
            slot.name = entry.name;
            slot.xrefs.extend(entry.xrefs);
            if !entry.role.is_empty() {
                slot.role = entry.role;
            }
            if !entry.target.is_empty() {
                slot.target = entry.target;
            }
            slot.names.extend(entry.names);
        }
    }

    /// Settles names of several owners and writes the tables.
    pub(super) fn finish(self) -> Vec<(EntityType, String)> {
        let best = self.best_claims();
        let mut written = Vec::new();
        for kind in EntityType::ALL {
            let mut out = String::from("id\tname\txrefs\trole\ttarget\tnames\n");
            for (id, entry) in &self.tables[kind as usize] {
                let names = self.settled_names(kind, entry, &best);
                if names.is_empty() {
                    continue;
                }
                let xrefs: Vec<&str> = entry.xrefs.iter().map(String::as_str).filter(|x| x != id).collect();
                let names: Vec<&str> = names.iter().map(String::as_str).collect();
                let role = match (kind, entry.role.as_str()) {
                    (EntityType::Cytokine, "") => "agonist",
                    (_, role) => role,
                };
                let (xrefs, names) = (xrefs.join("|"), names.join("|"));
                out += &[id, &entry.name, &xrefs, role, &entry.target, &names].join("\t");
                out.push('\n');
            }
            written.push((kind, out));
        }
        written
    }

    /// For each key the best rank, and the type that keeps it.
    fn best_claims(&self) -> BTreeMap<String, (Rank, usize)> {
        let mut best: BTreeMap<String, (Rank, usize)> = BTreeMap::new();
        for (place, kind) in PRECEDENCE.into_iter().enumerate() {
            for entry in self.tables[kind as usize].values() {
                for (listed, rank) in &entry.names {
                    let key = key::key(pack::markers(listed).0);
                    if *rank != Rank::Curated && self.dropped.contains(&(kind, key.clone())) {
                        continue;
                    }
                    let claim = (*rank, place);
                    best.entry(key).and_modify(|b| *b = claim.min(*b)).or_insert(claim);
                }
            }
        }
        best
    }

    /// The names that an entry keeps, sorted, one spelling a key and case.
    fn settled_names(
        &self,
        kind: EntityType,
        entry: &Entry,
        best: &BTreeMap<String, (Rank, usize)>,
    ) -> BTreeSet<String> {
        let mut kept: BTreeMap<(String, bool, String), (bool, String)> = BTreeMap::new();
        for (listed, rank) in &entry.names {
            let (name, exact, needs_context) = pack::markers(listed);
            let key = key::key(name);
            let lost = match best.get(&key) {
                Some(&(Rank::Curated, _)) => *rank != Rank::Curated,
                Some(&(best, place)) => *rank > best || PRECEDENCE[place] != kind,
                None => true,
            };
            if key.is_empty() || lost || name.contains('|') || name.contains('\t') {
                continue;
            }
            let marked = *rank != Rank::Curated && self.marked.contains(&(kind, key.clone()));
            let needs_context = needs_context || marked;
            let spelling = if exact { name.to_owned() } else { String::new() };
            let slot = kept.entry((key, exact, spelling)).or_insert_with(|| (needs_context, name.to_owned()));
            slot.0 &= needs_context;
        }
        let free: BTreeSet<String> = kept
            .iter()
            .filter(|((_, exact, _), (q, _))| !exact && !q)
            .map(|((k, ..), _)| k.clone())
            .collect();
        kept.into_iter()
            .filter(|((key, exact, _), (q, _))| !(*exact || *q) || !free.contains(key))
            .map(|((_, exact, _), (q, name))| {
                format!("{}{}{name}", if q { "?" } else { "" }, if exact { "=" } else { "" })
            })
            .collect()
    }
}

/// A name as the local part of an identifier of ours.
pub(super) fn slug(name: &str) -> String {
    key::key(name).replace(' ', "-")
}
