//! Grammar of noun phrases: the rules of `data/rules/phrases.tsv`, indexed by word.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::OnceLock;

use crate::document::{CytokineRole, EntityType};
use crate::lexicon::filter::{WordFilter, hash};
use crate::lexicon::key;
use crate::lexicon::rows::{self, Rows};
use crate::lexicon::words::WordMap;
use crate::{Error, Result};

/// Name of the rule file in error messages.
const FILE: &str = "phrases.tsv";

/// Whether a head names an entity alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    /// It does.
    Free,
    /// It does only with a modifier before it.
    Needs,
}

/// What may stand before a head beside listed words.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Modifiers {
    kinds: u8,
    /// A name-like token: `MCF-7`.
    pub(super) symbol: bool,
    /// A hyphenated token that ends in a word of the set `compound`: `HTLV-I-infected`.
    pub(super) compound: bool,
}

impl Modifiers {
    /// Tells whether a mention of that type may be a modifier.
    pub(super) fn accepts(self, kind: EntityType) -> bool {
        self.kinds & 1 << kind as u8 != 0
    }
}

/// One rule: a class of heads of one type with what may stand around them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rule {
    /// Type of the mention.
    pub(super) kind: EntityType,
    /// Whether the head alone is a mention.
    pub(super) mode: Mode,
    /// What a cytokine or receptor among the modifiers makes of the whole.
    pub(super) role: CytokineRole,
    /// What may stand before the head.
    pub(super) modifiers: Modifiers,
    /// Whether `of the breast` may follow.
    pub(super) of_tissue: bool,
}

/// Rules that a word takes part in, as bit sets over [`Grammar::rules`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct WordUse {
    /// As head.
    pub(super) head: u128,
    /// As modifier.
    pub(super) modifier: u128,
    /// After the head.
    pub(super) tail: u128,
    /// Whether it is a word of the set `tissue`.
    pub(super) tissue: bool,
    /// Whether it is a word of the set `compound`.
    pub(super) compound: bool,
    /// As head, in one of its numbers only; see [`Grammar::exact`].
    number: u128,
    not_by_suffix: u128,
}

/// The rules and their words.
#[derive(Debug, Default)]
pub(super) struct Grammar {
    /// Rules, in the order they run.
    pub(super) rules: Vec<Rule>,
    /// Rules that make cytokines or receptors of their heads alone.
    free_focus: u128,
    /// Rules that need a modifier to do so.
    needy_focus: u128,
    words: BTreeMap<String, WordUse>,
    /// The ways in which words are used, each once.
    uses: Vec<WordUse>,
    /// One more than the place of a word's use, for each of `words`.
    numbers: Rows<Vec<u8>>,
    /// The keys of `words`: most words are not among them.
    known: WordFilter<Vec<u8>>,
    exact: WordMap<u128>,
    suffixes: Vec<Vec<(String, u128)>>,
}

impl Grammar {
    /// Returns the grammar that the library carries.
    pub(super) fn embedded() -> &'static Self {
        static EMBEDDED: OnceLock<Grammar> = OnceLock::new();
        EMBEDDED.get_or_init(|| {
            // A test parses the embedded file.
            #[allow(clippy::expect_used)]
            Self::parse(include_str!("../../data/rules/phrases.tsv")).expect("the embedded grammar is valid")
        })
    }

    /// Parses a rule file; the format is described at its top.
    ///
    /// # Errors
    /// [`Error::Lexicon`] naming the line.
    pub(super) fn parse(content: &str) -> Result<Self> {
        let mut grammar =
            Self { suffixes: vec![Vec::new(); 256], known: WordFilter::new(12), ..Self::default() };
        let mut sets: HashMap<&str, Vec<&str>> = HashMap::new();
        for (i, line) in content.lines().enumerate() {
            let fail = |message: String| Error::Lexicon { name: FILE.to_owned(), line: i + 1, message };
            let fields: Vec<&str> = line.split('\t').collect();
            match fields[..] {
                _ if line.trim().is_empty() || line.starts_with('#') => {}
                ["set", name, words] => {
                    for word in words.split_whitespace() {
                        grammar.mark(word, |u| {
                            u.tissue |= name == "tissue";
                            u.compound |= name == "compound";
                        });
                    }
                    sets.insert(name, words.split_whitespace().collect());
                }
                ["rule", kind, mode, role, heads, modifiers, tails] => {
                    let parts = [kind, mode, role, heads, modifiers, tails];
                    grammar.rule(parts, &sets).map_err(fail)?;
                }
                _ => return Err(fail(format!("expected a set or a rule, found {} fields", fields.len()))),
            }
        }
        let mut numbers = BTreeMap::new();
        for (word, used) in &grammar.words {
            grammar.known.insert(word);
            let known = grammar.uses.iter().position(|other| other == used);
            let at = known.unwrap_or(grammar.uses.len());
            grammar.uses.extend(known.is_none().then_some(*used));
            numbers.insert(hash(word), at as u32 + 1);
        }
        grammar.numbers = Rows::from_bytes(rows::pack(&numbers, 100));
        Ok(grammar)
    }

    fn rule(&mut self, parts: [&str; 6], sets: &HashMap<&str, Vec<&str>>) -> std::result::Result<(), String> {
        let [kind, mode, role, heads, modifiers, tails] = parts;
        let kind = EntityType::parse(kind).ok_or_else(|| format!("no type {kind}"))?;
        let mode = match mode {
            "free" => Mode::Free,
            "needs" => Mode::Needs,
            other => return Err(format!("no mode {other}")),
        };
        let role = match role {
            "-" => CytokineRole::None,
            "antagonist" => CytokineRole::Antagonist,
            "based" => CytokineRole::Based,
            other => return Err(format!("no role {other}")),
        };
        if self.rules.len() == 128 {
            return Err("more than 128 rules".to_owned());
        }
        let bit = 1 << self.rules.len();
        let focus = matches!(kind, EntityType::Cytokine | EntityType::Receptor);
        match mode {
            Mode::Free if focus => self.free_focus |= bit,
            Mode::Needs if focus => self.needy_focus |= bit,
            Mode::Free | Mode::Needs => {}
        }
        let mut rule = Rule { kind, mode, role, modifiers: Modifiers::default(), of_tissue: false };
        for head in expand(heads, sets)? {
            if let Some(suffix) = head.strip_prefix('~') {
                if focus {
                    return Err("a rule for cytokines or receptors lists its heads in full".to_owned());
                }
                let suffix = key::key(suffix);
                let last = suffix.bytes().last().unwrap_or_default();
                self.suffixes[last as usize].push((suffix, bit));
            } else if let Some(word) = head.strip_prefix('!') {
                self.mark(word, |u| u.not_by_suffix |= bit);
            } else if let Some(word) = head.strip_prefix('=') {
                let exact = self.exact.entry(word.to_lowercase()).or_default();
                *exact |= bit;
                self.mark(word, |u| u.number |= bit);
            } else {
                self.mark(head, |u| u.head |= bit);
            }
        }
        for modifier in expand(modifiers, sets)? {
            match modifier {
                "#symbol" => rule.modifiers.symbol = true,
                "#compound" => rule.modifiers.compound = true,
                _ => match modifier.strip_prefix('+').filter(|k| !k.is_empty()) {
                    Some(kind) => {
                        let kind = EntityType::parse(kind).ok_or_else(|| format!("no type {kind}"))?;
                        rule.modifiers.kinds |= 1 << kind as u8;
                    }
                    None => self.mark(modifier, |u| u.modifier |= bit),
                },
            }
        }
        for tail in expand(tails, sets)? {
            match tail {
                "#of-tissue" => rule.of_tissue = true,
                _ => self.mark(tail, |u| u.tail |= bit),
            }
        }
        self.rules.push(rule);
        Ok(())
    }

    fn mark(&mut self, word: &str, set: impl Fn(&mut WordUse)) {
        let keyed = key::fold(word);
        for i in 0..keyed.atoms.len() {
            set(self.words.entry(keyed.atom(i).to_owned()).or_default());
        }
    }

    /// Returns the keys of the words that [`Self::may_make_focus`] accepts, alone or in pairs.
    pub(super) fn focus_keys(&self) -> BTreeSet<String> {
        let keys = |(head, used): (&String, &WordUse)| {
            let alone = (used.head & self.free_focus != 0).then(|| head.clone());
            let needy = used.head & self.needy_focus;
            // Few heads have any.
            let words = (needy != 0).then_some(&self.words).into_iter().flatten();
            let modifiers = words.filter(|(_, word)| word.modifier & needy != 0);
            let pairs = modifiers.map(|(modifier, _)| format!("{modifier} {head}"));
            alone.into_iter().chain(pairs).collect::<Vec<_>>()
        };
        self.words.iter().flat_map(keys).collect()
    }

    /// Tells whether a word may be the head of a cytokine or receptor, or modify the next word as one.
    ///
    /// A rule that needs a modifier has it right before its head. Modifiers that are mentions are left out here: in the
    /// rules that make cytokines and receptors they are themselves names of the focus.
    pub(super) fn may_make_focus(&self, word: &str, next: Option<&str>) -> bool {
        // Such rules list their heads in full.
        let word = self.listed(word);
        let modified = word.modifier & self.needy_focus;
        word.head & self.free_focus != 0
            || modified != 0 && next.is_some_and(|next| self.listed(next).head & modified != 0)
    }

    /// Returns the rules that list a folded word.
    fn listed(&self, word: &str) -> WordUse {
        let hash = hash(word);
        let number = self.known.may_hold_hashed(hash).then(|| self.numbers.get(hash)).flatten();
        number.map(|number| self.uses[number as usize - 1]).unwrap_or_default()
    }

    /// Returns the rules that a folded word, written as `surface`, takes part in.
    pub(super) fn word(&self, word: &str, surface: &str) -> WordUse {
        let mut found = self.listed(word);
        if found.number != 0 {
            found.head |= self.exact.get(&surface.to_lowercase()).copied().unwrap_or_default();
        }
        let last = word.bytes().last().unwrap_or_default();
        if word.len() > 4 && last.is_ascii_lowercase() {
            for (suffix, bit) in &self.suffixes[last as usize] {
                if found.not_by_suffix & bit == 0 && ends_with(word, suffix) {
                    found.head |= bit;
                }
            }
        }
        found
    }
}

/// Tells whether a word is longer than a suffix and ends with it; most differ in its first letter already.
fn ends_with(word: &str, suffix: &str) -> bool {
    let (word, suffix) = (word.as_bytes(), suffix.as_bytes());
    let end = word.len().checked_sub(suffix.len()).filter(|start| *start > 0).map(|start| &word[start..]);
    end.is_some_and(|end| end.first() == suffix.first() && end == suffix)
}

/// Puts a set's words in place of its name.
fn expand<'a>(
    words: &'a str,
    sets: &HashMap<&'a str, Vec<&'a str>>,
) -> std::result::Result<Vec<&'a str>, String> {
    let mut all = Vec::new();
    for word in words.split_whitespace() {
        match word.strip_prefix('@') {
            Some(name) => all.extend(sets.get(name).ok_or_else(|| format!("no set {name}"))?),
            None => all.push(word),
        }
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_grammar_is_valid() {
        assert!(Grammar::embedded().rules.len() > 50);
    }

    #[test]
    fn suffixes_make_heads_unless_excepted() {
        let grammar = Grammar::parse("rule\tdisease\tfree\t-\t~itis !arthritis fever\tviral\t").unwrap();
        for (word, head) in [("colitis", 1), ("arthritis", 0), ("fever", 1), ("viral", 0), ("itis", 0)] {
            assert_eq!(grammar.word(word, word).head, head, "{word}");
        }
        assert_eq!(grammar.word("viral", "viral").modifier, 1);
    }

    #[test]
    fn a_head_may_be_one_number_of_a_word() {
        let grammar = Grammar::parse("rule\tcancer\tfree\t-\t=metastases\tliver\t").unwrap();
        for (surface, head) in [("metastases", 1), ("Metastases", 1), ("metastasis", 0)] {
            assert_eq!(grammar.word(&key::key(surface), surface).head, head, "{surface}");
        }
    }

    #[test]
    fn words_of_the_focus_are_heads_or_pairs() {
        let rules = "rule\tcytokine\tfree\t-\tcytokine\thelper\t\n\
                     rule\treceptor\tneeds\t-\treceptor\tdecoy +cytokine\tcomplex\n\
                     rule\tgene\tneeds\t-\tkinase\tdecoy\t";
        let grammar = Grammar::parse(rules).unwrap();
        assert!(grammar.focus_keys().iter().eq(["cytokine", "decoy receptor"]));
        let accepted = [("cytokine", None), ("decoy", Some("receptor"))];
        let passed_over =
            [("helper", None), ("receptor", Some("decoy")), ("decoy", Some("kinase")), ("decoy", None)];
        accepted.iter().for_each(|(word, next)| assert!(grammar.may_make_focus(word, *next), "{word}"));
        passed_over.iter().for_each(|(word, next)| assert!(!grammar.may_make_focus(word, *next), "{word}"));
    }

    #[test]
    fn errors_name_the_line() {
        for (content, wanted) in [
            ("# x\nrule\tdisease\tfree", "2"),
            ("rule\tillness\tfree\t-\ta\tb\t", "no type illness"),
            ("rule\tdisease\tfree\t-\t@organs\tb\t", "no set organs"),
            ("rule\tdisease\toften\t-\ta\tb\t", "no mode often"),
        ] {
            let message = Grammar::parse(content).unwrap_err().to_string();
            assert!(message.contains(wanted), "{message}");
        }
    }
}
