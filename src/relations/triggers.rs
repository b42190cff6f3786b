//! Triggers: the words and phrases that the conditions look at, read from `data/rules/triggers.tsv`.
//!
//! A verb's row lists lemmas and its inflected forms are made here, so that the table stays short; the head of the
//! table documents its format.

use crate::lexicon::words::WordMap;
use crate::{Error, Result};

use super::parts::{Part, part};

/// The table that is built in.
const TABLE: &str = include_str!("../../data/rules/triggers.tsv");

/// Name of the table in error messages.
const NAME: &str = "rules/triggers.tsv";

/// The form in which a trigger stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Form {
    /// A word that does not change: a preposition, an adjective.
    Word,
    /// A noun.
    Noun,
    /// A verb in the present or infinitive.
    Verb,
    /// A past form that may be active.
    Past,
    /// A past participle after a form of "be".
    Passive,
    /// A past participle that stands like an adjective: "increased apoptosis".
    Attribute,
    /// A form in -ing.
    Ing,
    /// Any but a form in -ing, joined by a hyphen to the mention before: "TNF-induced".
    Hyphen,
    /// A form in -ing, joined by a hyphen to the mention before: "tumour-promoting".
    HyphenIng,
}

impl Form {
    /// Returns the ending that conditions show.
    pub(super) fn part(self) -> &'static Part<'static> {
        match self {
            Form::Word => part!(""),
            Form::Noun => part!(".n"),
            Form::Verb => part!(".v"),
            Form::Past => part!(".ed"),
            Form::Passive => part!(".pas"),
            Form::Attribute => part!(".att"),
            Form::Ing => part!(".ing"),
            Form::Hyphen => part!(".hy"),
            Form::HyphenIng => part!(".hying"),
        }
    }

    /// Tells whether a clause may have it as its verb.
    pub(super) fn is_verb(self) -> bool {
        matches!(self, Form::Verb | Form::Past | Form::Passive)
    }
}

/// Which way a trigger moves its object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sign {
    /// It raises it.
    Up,
    /// It lowers it, or takes the subject's own effect away.
    Down,
    /// Neither.
    Neutral,
}

/// A trigger as found in a text: its class, its lemma and its form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Trigger {
    /// Index into the class names.
    pub(super) class: ClassId,
    /// Index into the lemmas.
    pub(super) lemma: u16,
    /// The form.
    pub(super) form: Form,
}

/// A class of triggers, as an index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct ClassId(u16);

/// Declares the classes that the machinery itself asks for, by their names in the table.
macro_rules! known {
    ($($field:ident = $name:literal),* $(,)?) => {
        /// Classes that the machinery itself asks for.
        #[derive(Debug)]
        pub(super) struct Known {
            $(pub(super) $field: ClassId,)*
        }

        impl Known {
            fn find(find: impl Fn(&str) -> Result<ClassId, String>) -> Result<Self, String> {
                Ok(Self { $($field: find($name)?,)* })
            }
        }
    };
}

known! {
    and = "and",
    or = "or",
    comma = "comma",
    slash = "slash",
    plus = "plus",
    combine = "combine",
    open = "open",
    close = "close",
    dash = "dash",
    det = "det",
    be = "be",
    have = "have",
    do_ = "do",
    such_as = "suchas",
    invert = "invert",
    anti = "anti",
    approve = "approve",
    block = "block",
    by = "by",
    of = "of",
    with = "with",
    in_ = "in",
    between = "between",
    that = "that",
    which = "which",
    but = "but",
    because = "because",
    colon = "colon",
    not = "not",
    without = "without",
    only = "only",
    fail = "fail",
    may = "may",
    suggest = "suggest",
    purpose = "purpose",
    whether = "whether",
    raise = "raise",
    reduce = "reduce",
    could = "could",
    to = "to",
    role = "role",
    affect = "affect",
    assoc = "assoc",
    evaluate = "evaluate",
    independent = "independent",
    resist = "resist",
    significant = "significant",
    effect = "effect",
    setting = "setting",
}

/// The triggers, ready for look-up.
#[derive(Debug)]
pub(super) struct Triggers {
    classes: Vec<Part<'static>>,
    signs: Vec<Sign>,
    lemmas: Vec<Part<'static>>,
    starts: WordMap<Start>,
    /// The classes with a meaning of their own.
    pub(super) known: Known,
}

impl Triggers {
    /// Reads the table that is built in.
    pub(super) fn built_in() -> Result<Self> {
        Self::parse(TABLE)
    }

    /// Reads a table.
    fn parse(table: &str) -> Result<Self> {
        let mut build = Build::default();
        for (i, line) in table.lines().enumerate() {
            if line.starts_with('#') || line.starts_with("class\t") || line.is_empty() {
                continue;
            }
            build.row(line).map_err(|message| Error::Lexicon { name: NAME.into(), line: i + 1, message })?;
        }
        build.finish().map_err(|message| Error::Lexicon { name: NAME.into(), line: 0, message })
    }

    /// Returns the class's name.
    pub(super) fn class_name(&self, class: ClassId) -> &str {
        self.class_part(class).text()
    }

    /// Returns the class's name as a part of conditions.
    pub(super) fn class_part(&self, class: ClassId) -> &Part<'static> {
        &self.classes[class.0 as usize]
    }

    /// Returns the lemma's spelling as a part of conditions.
    pub(super) fn lemma_part(&self, trigger: Trigger) -> &Part<'static> {
        &self.lemmas[trigger.lemma as usize]
    }

    /// Returns which way a trigger moves its object.
    pub(super) fn sign(&self, trigger: Trigger) -> Sign {
        self.signs[trigger.class.0 as usize]
    }

    /// Returns the longest trigger that a sequence of lower-case words begins with, and its number of words.
    pub(super) fn longest<'a>(&self, word: impl Fn(usize) -> Option<&'a str>) -> Option<(usize, Trigger)> {
        let start = self.starts.get(word(0)?)?;
        for (rest, trigger) in &start.phrases {
            if rest.iter().enumerate().all(|(i, w)| word(i + 1) == Some(w)) {
                return Some((rest.len() + 1, *trigger));
            }
        }
        start.alone.map(|t| (1, t))
    }
}

/// The triggers that begin with a word.
#[derive(Debug, Default)]
struct Start {
    alone: Option<Trigger>,
    /// The words after the first, longest phrases first.
    phrases: Vec<(Vec<String>, Trigger)>,
}

#[derive(Default)]
struct Build {
    classes: Vec<String>,
    signs: Vec<Sign>,
    lemmas: Vec<String>,
    starts: WordMap<Start>,
}

impl Build {
    fn row(&mut self, line: &str) -> Result<(), String> {
        let fields: Vec<&str> = line.split('\t').collect();
        let [class, sign, kind, words] = fields[..] else {
            return Err(format!("expected 4 fields, found {}", fields.len()));
        };
        let sign = match sign {
            "+" => Sign::Up,
            "-" => Sign::Down,
            "0" => Sign::Neutral,
            _ => return Err(format!("unknown sign {sign:?}")),
        };
        let class = self.classes.iter().position(|c| c == class).unwrap_or_else(|| {
            self.classes.push(class.to_owned());
            self.signs.push(sign);
            self.classes.len() - 1
        });
        let class = ClassId(class as u16);
        for spec in words.split(' ').filter(|w| !w.is_empty()) {
            let mut forms = if spec == "/" { vec!["/"] } else { spec.split('/').collect() };
            let lemma = forms.remove(0);
            let id = self.lemma(lemma);
            match kind {
                "verb" => {
                    for (form, written) in inflect(lemma) {
                        self.insert(&written, Trigger { class, lemma: id, form });
                    }
                    for other in forms {
                        let form = if other.ends_with("ing") { Form::Ing } else { Form::Past };
                        self.insert(other, Trigger { class, lemma: id, form });
                    }
                }
                "noun" | "word" => {
                    let form = if kind == "noun" { Form::Noun } else { Form::Word };
                    let trigger = Trigger { class, lemma: id, form };
                    self.insert(lemma, trigger);
                    if kind == "noun" {
                        self.insert(&plural(lemma), trigger);
                    }
                    forms.into_iter().for_each(|other| self.insert(other, trigger));
                }
                _ => return Err(format!("unknown kind {kind:?}")),
            }
        }
        Ok(())
    }

    fn lemma(&mut self, lemma: &str) -> u16 {
        let index = self.lemmas.iter().position(|l| l == lemma).unwrap_or_else(|| {
            self.lemmas.push(lemma.to_owned());
            self.lemmas.len() - 1
        });
        index as u16
    }

    fn insert(&mut self, written: &str, trigger: Trigger) {
        let mut words = words_of(&written.to_lowercase());
        let start = self.starts.entry(words.remove(0)).or_default();
        if words.is_empty() {
            start.alone = Some(trigger);
        } else {
            let phrases = &mut start.phrases;
            phrases.retain(|(rest, _)| *rest != words);
            phrases.push((words, trigger));
            phrases.sort_by_key(|(rest, _)| std::cmp::Reverse(rest.len()));
        }
    }

    fn finish(self) -> Result<Triggers, String> {
        let find = |name: &str| {
            let index = self.classes.iter().position(|c| c == name);
            index.map(|i| ClassId(i as u16)).ok_or_else(|| format!("no row of class {name:?}"))
        };
        let known = Known::find(find)?;
        let Self { classes, signs, lemmas, starts } = self;
        let parts = |names: Vec<String>| names.into_iter().map(Part::owned).collect();
        let (classes, lemmas) = (parts(classes), parts(lemmas));
        Ok(Triggers { classes, signs, lemmas, starts, known })
    }
}

/// Cuts a phrase of the table as the sentence view cuts text: at spaces and around hyphens.
fn words_of(phrase: &str) -> Vec<String> {
    if phrase.chars().count() == 1 {
        return vec![phrase.to_owned()];
    }
    let spaced = phrase.replace('-', " - ").replace('/', " / ").replace('_', " ");
    spaced.split_whitespace().map(str::to_owned).collect()
}

/// Makes the regular forms of a verb; of a phrase, its first word is inflected, of a hyphenated one its last.
fn inflect(lemma: &str) -> Vec<(Form, String)> {
    let (before, verb, after) = match (lemma.split_once('_'), lemma.rsplit_once('-')) {
        (Some((verb, after)), _) => (String::new(), verb, format!("_{after}")),
        (None, Some((before, verb))) => (format!("{before}-"), verb, String::new()),
        _ => (String::new(), lemma, String::new()),
    };
    let stem = verb.strip_suffix('e').filter(|s| !s.ends_with('e')).unwrap_or(verb);
    let consonant_y = verb.strip_suffix('y').filter(|s| !s.ends_with(['a', 'e', 'o', 'u']));
    let third = match consonant_y {
        Some(s) => format!("{s}ies"),
        None if ["s", "x", "ch", "sh", "z"].iter().any(|e| verb.ends_with(e)) => format!("{verb}es"),
        None => format!("{verb}s"),
    };
    let past = match consonant_y {
        Some(s) => format!("{s}ied"),
        None if verb.ends_with('e') => format!("{verb}d"),
        None => format!("{verb}ed"),
    };
    let forms = [
        (Form::Verb, verb.to_owned()),
        (Form::Verb, third),
        (Form::Past, past),
        (Form::Ing, format!("{stem}ing")),
    ];
    forms.into_iter().map(|(form, word)| (form, format!("{before}{word}{after}"))).collect()
}

/// Makes the regular plural of a noun; of a phrase, its first word's.
fn plural(noun: &str) -> String {
    let (word, after) = noun.split_once('_').map_or((noun, String::new()), |(w, a)| (w, format!("_{a}")));
    let plural = match word.strip_suffix('y').filter(|s| !s.ends_with(['a', 'e', 'o', 'u'])) {
        Some(s) => format!("{s}ies"),
        None if word.ends_with("sis") => format!("{}es", &word[..word.len() - 2]),
        None if ["s", "x", "ch", "sh"].iter().any(|e| word.ends_with(e)) => format!("{word}es"),
        None => format!("{word}s"),
    };
    plural + &after
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(words: &str) -> Option<(usize, String)> {
        let triggers = Triggers::built_in().unwrap();
        let words: Vec<&str> = words.split(' ').collect();
        let (n, t) = triggers.longest(|i| words.get(i).copied())?;
        Some((n, format!("{}{}", triggers.class_name(t.class), t.form.part().text())))
    }

    #[test]
    fn verbs_nouns_and_phrases_are_inflected() {
        for (words, n, name) in [
            ("induces", 1, "induce.v"),
            ("induced", 1, "induce.ed"),
            ("inducing", 1, "induce.ing"),
            ("up - regulates", 3, "raise.v"),
            ("led to", 2, "lead.ed"),
            ("resulting in", 2, "lead.ing"),
            ("carries", 1, "express.v"),
            ("toxicities", 1, "tox.n"),
            ("in combination with x", 3, "combine"),
            ("in cells", 1, "in"),
            ("/", 1, "slash"),
        ] {
            assert_eq!(found(words), Some((n, name.to_owned())), "{words}");
        }
        assert_eq!(found("unlisted"), None);
    }

    #[test]
    fn malformed_rows_name_their_line() {
        for table in ["a\tb", "# x\nraise\t*\tverb\tx", "raise\t+\tadverb\tx"] {
            let error = Triggers::parse(table).unwrap_err().to_string();
            assert!(error.contains("rules/triggers.tsv, line"), "{error}");
        }
    }
}
