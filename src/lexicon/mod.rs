//! Lexicon: names of concepts, folded into keys, and what they stand for.
//!
//! One table a type in `data/lexicons/TYPE.tsv`, six columns with a header: `id`, `name` (display), `xrefs`
//! (`|` between), `role` (empty, `agonist`, `antagonist`, `based`), `target` (id of the cytokine or receptor that a
//! product is a form of or acts on), `names` (`|` between; all spellings to match, folded by [`key`]).
//! A name that begins with `=` matches in exactly this case; one that begins with `?` (and then perhaps `=`) is also an
//! ordinary word or a common abbreviation and needs context.

mod blocks;
pub mod compile;
pub mod filter;
pub mod key;
#[allow(unreachable_pub)] // build.rs includes the file as well
mod letters;
#[allow(unreachable_pub)] // build.rs includes the file as well
mod pack;
pub mod prefixes;
pub mod qualifiers;
#[allow(unreachable_pub)] // build.rs includes the file as well
pub(crate) mod rows;
pub mod words;

use std::borrow::Cow;
use std::ops::Range;
use std::sync::OnceLock;

use sha2::{Digest, Sha256};

use crate::document::{Concept, CytokineRole, EntityType, Target};
use crate::{Error, Result};
use filter::WordFilter;
use key::Keyed;
use rows::Rows;

/// One meaning of a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sense {
    /// The concept, for [`Lexicon::concept`].
    pub concept: u32,
    /// The concept's type.
    pub kind: EntityType,
    /// The concept's role.
    pub role: CytokineRole,
    /// Whether the name counts only with the letters' case as listed.
    pub exact: bool,
    /// Whether the name is also an ordinary word or a common abbreviation.
    pub needs_context: bool,
}

impl Sense {
    /// Tells whether it is a cytokine, a receptor of one, or a therapy aimed at or built from one.
    pub fn is_focus(&self) -> bool {
        matches!(self.kind, EntityType::Cytokine | EntityType::Receptor)
            || self.kind == EntityType::Therapy && self.role != CytokineRole::None
    }
}

/// The longest name that starts at an atom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameMatch {
    /// Number of atoms that the name covers.
    pub atoms: usize,
    /// Its meanings, one a concept, in the order of [`EntityType`], then of the table.
    pub senses: Vec<Sense>,
}

type Bytes = Cow<'static, [u8]>;

/// Names and concepts of all types, in packed form: nothing is parsed until it is asked for.
pub struct Lexicon {
    concepts: Bytes,
    postings: Bytes,
    names: Rows<Bytes>,
    focus: Bytes,
    name_starts: WordFilter<Bytes>,
}

impl std::fmt::Debug for Lexicon {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Lexicon({} concepts, {} names)", self.concepts(), self.names())
    }
}

/// What build.rs made of the tables: concepts, postings, names, names of the focus, beginnings of names.
const PACKED: [&[u8]; 5] = [
    include_bytes!(concat!(env!("OUT_DIR"), "/concepts.bin")),
    include_bytes!(concat!(env!("OUT_DIR"), "/postings.bin")),
    include_bytes!(concat!(env!("OUT_DIR"), "/names.bin")),
    include_bytes!(concat!(env!("OUT_DIR"), "/focus.txt")),
    include_bytes!(concat!(env!("OUT_DIR"), "/name_starts.bin")),
];

impl Lexicon {
    /// Returns the lexicon that the library carries.
    pub fn embedded() -> &'static Self {
        static EMBEDDED: OnceLock<Lexicon> = OnceLock::new();
        EMBEDDED.get_or_init(|| Self::from_packed(PACKED.map(Cow::Borrowed)))
    }

    /// Returns the SHA-256 of the lexicon that the library carries, in hexadecimal.
    pub fn checksum() -> String {
        let parts = PACKED.iter().fold(Sha256::new(), |sum, part| sum.chain_update(part));
        format!("{:x}", parts.finalize())
    }

    /// Reads tables from `(type, content)` pairs.
    ///
    /// # Errors
    /// [`Error::Lexicon`] naming the table and line.
    pub fn from_tables(tables: &[(EntityType, &str)]) -> Result<Self> {
        let tables: Vec<(u8, &str)> = tables.iter().map(|&(kind, content)| (kind as u8, content)).collect();
        let packed = pack::pack(&tables).map_err(|f| Error::Lexicon {
            name: f.table,
            line: f.line,
            message: f.message,
        })?;
        let pack::Packed { concepts, postings, names, focus, name_starts } = packed;
        Ok(Self::from_packed([concepts, postings, names, focus, name_starts].map(Cow::Owned)))
    }

    fn from_packed(parts: [Bytes; 5]) -> Self {
        let [concepts, postings, names, focus, name_starts] = parts;
        let (names, name_starts) = (Rows::from_bytes(names), WordFilter::from_bytes(name_starts));
        Self { concepts, postings, names, focus, name_starts }
    }

    /// Returns the number of concepts.
    pub fn concepts(&self) -> usize {
        self.number(0)
    }

    /// Returns the number of keys: names, spelling variants counted once.
    pub fn names(&self) -> usize {
        self.names.numbers().filter(|row| row & pack::NAME != 0).count()
    }

    /// Makes a concept from its packed record.
    pub fn concept(&self, index: u32) -> Concept {
        let slot = 4 + 4 * index as usize;
        let base = 4 + 4 * (self.concepts() + 1);
        let record = &self.concepts[base + self.number(slot)..base + self.number(slot + 4)];
        // build.rs packed strings.
        let record = std::str::from_utf8(record).unwrap_or_default();
        let mut fields = record.split('\t');
        let mut next = || fields.next().unwrap_or("");
        let (id, name, xrefs, role, target, target_name) = (next(), next(), next(), next(), next(), next());
        Concept {
            id: id.to_owned(),
            name: name.to_owned(),
            xrefs: xrefs.split('|').filter(|x| !x.is_empty()).map(str::to_owned).collect(),
            role: role_of(pack::ROLES.iter().position(|r| *r == role).unwrap_or(0)),
            target: (!target.is_empty())
                .then(|| Target { id: target.to_owned(), name: target_name.to_owned() }),
        }
    }

    /// Returns the longest name that starts at an atom of a folded text and ends where a word may end.
    ///
    /// `text` is the text that was folded; names in exact case are compared with it.
    pub fn longest(&self, text: &str, keyed: &Keyed, first: usize) -> Option<NameMatch> {
        self.longest_from(&self.start(keyed.beginning(first)), text, keyed)
    }

    /// Looks up the beginnings at all atoms of a text: in two rounds, as a processor waits for many far memories at once if
    /// nothing stands between them.
    pub(crate) fn starts(&self, keyed: &Keyed) -> Vec<Start> {
        let mut starts: Vec<Start> =
            (0..keyed.atoms.len()).map(|first| self.sifted(keyed.beginning(first))).collect();
        starts.iter_mut().for_each(|start| self.look_up(start));
        starts
    }

    /// Looks up a beginning.
    fn start(&self, beginning: Beginning) -> Start {
        let mut start = self.sifted(beginning);
        self.look_up(&mut start);
        start
    }

    /// Tells where a beginning must be looked up.
    #[inline]
    fn sifted(&self, beginning: Beginning) -> Start {
        let may_hold = |hash: u64| u32::from(self.name_starts.may_hold_hashed(hash));
        let rows = [may_hold(beginning.one), beginning.two.map_or(0, may_hold)];
        Start { beginning, rows }
    }

    /// Puts the rows in the place of what tells that they may be there.
    #[inline]
    fn look_up(&self, start: &mut Start) {
        let hashes = [start.beginning.one, start.beginning.two.unwrap_or_default()];
        for (row, hash) in start.rows.iter_mut().zip(hashes).filter(|(row, _)| **row != 0) {
            *row = self.names.get(hash).unwrap_or_default();
        }
    }

    /// Returns what [`Self::longest`] does, given what starts at that atom.
    pub(crate) fn longest_from(&self, start: &Start, text: &str, keyed: &Keyed) -> Option<NameMatch> {
        self.longest_where(start, text, keyed, |_| true)
    }

    /// Returns the longest name of one type that starts at an atom.
    pub fn longest_of(&self, kind: EntityType, text: &str, keyed: &Keyed, first: usize) -> Option<NameMatch> {
        self.longest_where(&self.start(keyed.beginning(first)), text, keyed, |s| s.kind == kind)
    }

    /// Returns the longest name of a cytokine, a receptor or a therapy with a role that starts at an atom, and whether
    /// a longer one might if the text went on.
    ///
    /// It may lie in a longer name of another type, and in the symbol of a receptor (`CXCL12R`): this is a quick test,
    /// not a tagger.
    pub(crate) fn longest_focus(
        &self,
        beginning: &Beginning,
        text: &str,
        keyed: &Keyed,
    ) -> (Option<NameMatch>, bool) {
        let may_end = |last| may_end(keyed, last) || is_r(keyed, last + 1);
        let row = |last| self.names.get(beginning.hash(keyed, last)).unwrap_or_default();
        let lasts = beginning.first..keyed.atoms.len();
        let (mut ends, open) = walk(lasts, pack::FOCUS_SHIFT, row, may_end);
        (self.choose(&mut ends, text, keyed, beginning.first, Sense::is_focus), open)
    }

    /// Returns the keys of the names that `longest_focus` finds.
    pub fn focus_keys(&self) -> impl Iterator<Item = String> {
        let keys = self.focus.split(|byte| *byte == b'\n').filter(|key| !key.is_empty());
        keys.map(|key| String::from_utf8_lossy(key).into_owned())
    }

    /// Returns every meaning of a name, whatever the case.
    pub fn lookup(&self, name: &str) -> Vec<(Sense, Concept)> {
        let row = self.names.get(filter::hash(&key::key(name))).filter(|row| row & pack::NAME != 0);
        let Some(row) = row else { return Vec::new() };
        let mut found: Vec<(Sense, Concept)> = Vec::new();
        for (sense, _) in self.senses(row >> pack::OFFSET_SHIFT) {
            if found.last().is_none_or(|(last, _)| last.concept != sense.concept) {
                found.push((sense, self.concept(sense.concept)));
            }
        }
        found
    }

    /// Returns the longest name whose senses are kept.
    fn longest_where(
        &self,
        start: &Start,
        text: &str,
        keyed: &Keyed,
        keep: impl Fn(&Sense) -> bool,
    ) -> Option<NameMatch> {
        let Start { beginning, rows } = start;
        if *rows == [0, 0] {
            return None;
        }
        let first = beginning.first;
        let row = |last: usize| match rows.get(last - first) {
            Some(row) => *row,
            None => self.names.get(beginning.hash(keyed, last)).unwrap_or_default(),
        };
        // One atom that is no name and begins none but of two atoms or more was not looked up.
        let lasts = first + usize::from(rows[0] == 0)..keyed.atoms.len();
        let (mut ends, _) = walk(lasts, 0, row, |last| may_end(keyed, last));
        self.choose(&mut ends, text, keyed, first, keep)
    }

    /// Chooses the longest of the names that end somewhere.
    fn choose(
        &self,
        ends: &mut Ends,
        text: &str,
        keyed: &Keyed,
        first: usize,
        keep: impl Fn(&Sense) -> bool,
    ) -> Option<NameMatch> {
        while let Some((last, offset)) = ends.pop() {
            let surface = &text[keyed.atoms[first].start as usize..keyed.atoms[last].end as usize];
            let mut senses: Vec<Sense> = Vec::new();
            for (sense, spelling) in self.senses(offset) {
                let known = senses.last().is_some_and(|s| s.concept == sense.concept);
                if !known && keep(&sense) && (!sense.exact || same_case(spelling, surface)) {
                    senses.push(sense);
                }
            }
            if !senses.is_empty() {
                return Some(NameMatch { atoms: last + 1 - first, senses });
            }
        }
        None
    }

    /// Reads the postings at an offset: each sense with its spelling in exact case.
    fn senses(&self, offset: u32) -> impl Iterator<Item = (Sense, &[u8])> {
        let (count, mut rest) = self.postings[offset as usize..].split_first().unwrap_or((&0, &[]));
        (0..*count).map_while(move |_| {
            let ([a, b, c, d, flags], mut after) = rest.split_first_chunk()?;
            let exact = flags & pack::EXACT != 0;
            let mut spelling = &[][..];
            if exact {
                let (length, listed) = after.split_first()?;
                (spelling, after) = listed.split_at_checked(usize::from(*length))?;
            }
            rest = after;
            let sense = Sense {
                concept: u32::from_le_bytes([*a, *b, *c, *d]),
                kind: EntityType::ALL[(flags & 7) as usize],
                role: role_of((flags >> pack::ROLE_SHIFT) as usize),
                exact,
                needs_context: flags & pack::NEEDS_CONTEXT != 0,
            };
            Some((sense, spelling))
        })
    }

    fn number(&self, at: usize) -> usize {
        let [a, b, c, d] = [0, 1, 2, 3].map(|i| self.concepts[at + i]);
        u32::from_le_bytes([a, b, c, d]) as usize
    }
}

/// Follows atoms through the rows of names, 0 where there is none; tells where names end, and whether the text ended
/// before the names did. The bits of rows are read after a shift.
fn walk(
    lasts: Range<usize>,
    shift: u32,
    row: impl Fn(usize) -> u32,
    may_end: impl Fn(usize) -> bool,
) -> (Ends, bool) {
    let mut ends = Ends::default();
    for last in lasts {
        let row = row(last);
        if row >> shift & pack::NAME != 0 && may_end(last) {
            ends.push((last, row >> pack::OFFSET_SHIFT));
        }
        if row >> shift & pack::GOES_ON == 0 {
            return (ends, false);
        }
    }
    (ends, true)
}

fn role_of(index: usize) -> CytokineRole {
    [CytokineRole::None, CytokineRole::Agonist, CytokineRole::Antagonist, CytokineRole::Based][index]
}

/// The hashes of an atom, and of it and the next one: what filters know keys by.
pub(crate) struct Beginning {
    /// The atom.
    pub(crate) first: usize,
    one: u64,
    two: Option<u64>,
}

/// A beginning and the rows of names that begin with its one and its two atoms; 0 where there is none.
pub(crate) struct Start {
    pub(crate) beginning: Beginning,
    rows: [u32; 2],
}

impl Beginning {
    /// Tells whether a key of a filter may begin so.
    pub(crate) fn is_in<B: AsRef<[u8]>>(&self, filter: &WordFilter<B>) -> bool {
        filter.may_hold_hashed(self.one) | self.two.is_some_and(|two| filter.may_hold_hashed(two))
    }

    /// Returns the hash of the one atom.
    pub(crate) fn hash_of_one(&self) -> u64 {
        self.one
    }

    /// Returns the hash of it and the next one.
    pub(crate) fn hash_of_two(&self) -> Option<u64> {
        self.two
    }

    /// Returns the hash of the atoms from here to another.
    #[inline]
    pub(crate) fn hash(&self, keyed: &Keyed, last: usize) -> u64 {
        match (last - self.first, self.two) {
            (0, _) => self.one,
            (1, Some(two)) => two,
            _ => keyed.hash(self.first, last),
        }
    }
}

impl Keyed {
    /// Returns the beginning of keys at an atom.
    pub(crate) fn beginning(&self, first: usize) -> Beginning {
        let two = (first + 1 < self.atoms.len()).then(|| self.hash(first, first + 1));
        Beginning { first, one: self.hash(first, first), two }
    }

    /// Returns the hash of a row of atoms, as of the key that it would be.
    #[inline]
    pub(crate) fn hash(&self, first: usize, last: usize) -> u64 {
        let (start, end) = (self.atoms[first].folded_start as usize, self.atoms[last].folded_end as usize);
        filter::hash(&self.folded[start..end])
    }
}

/// How many shorter names are remembered in case the longest one's case does not fit.
const SHORTER: usize = 8;

/// Where the last few names of a walk end: their last atoms and their postings.
#[derive(Default)]
struct Ends {
    ring: [(usize, u32); SHORTER],
    count: usize,
    popped: usize,
}

impl Ends {
    fn push(&mut self, end: (usize, u32)) {
        self.ring[self.count % SHORTER] = end;
        self.count += 1;
    }

    /// Takes the longest: its last atom and its postings.
    fn pop(&mut self) -> Option<(usize, u32)> {
        if self.popped == self.count.min(SHORTER) {
            return None;
        }
        self.popped += 1;
        Some(self.ring[(self.count - self.popped) % SHORTER])
    }
}

/// Tells whether an atom is the `R` of a receptor, glued to what stands before it.
fn is_r(keyed: &Keyed, index: usize) -> bool {
    keyed.atoms.get(index).is_some_and(|atom| atom.glued) && keyed.atom(index).starts_with('r')
}

/// Tells whether a name may end at an atom: not before letters or digits that are glued to it.
pub(crate) fn may_end(keyed: &Keyed, last: usize) -> bool {
    let next = keyed.atoms.get(last + 1);
    !next.is_some_and(|next| next.glued && keyed.atom(last + 1).starts_with(char::is_alphanumeric))
}

/// Compares letters in their case; hyphens, spaces and a plural `s` do not count.
fn same_case(spelling: &[u8], surface: &str) -> bool {
    if spelling == surface.as_bytes() {
        return true;
    }
    let letter = |c: &char| !c.is_whitespace() && !key::is_dash(*c);
    let mut rest = surface.chars().filter(letter);
    let spelling = String::from_utf8_lossy(spelling);
    spelling.chars().filter(letter).all(|c| rest.next() == Some(c))
        && matches!((rest.next(), rest.next()), (None | Some('s'), None))
}

#[cfg(test)]
mod tests;
