//! Coordination with ellipsis: the names that a list leaves half written, each with its exact piece of text.
//!
//! From a name already found (the *anchor*) the list is read forwards (`IL-1, -2 and -6`, `IFN-α/β`, `interleukins 2
//! and 15`, `IL-2 and -15 receptors`) and backwards (`alpha- and beta-interferon`). A piece takes over all of the anchor
//! before the last part of its own kind (number, Greek letter, letter), and counts only if the full name is known.

use crate::document::Span;
use crate::lexicon::key::{Keyed, fold, is_dash};

/// How a piece is marked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// As a mention of its own: `-2` in `IL-1 and -2`.
    Own,
    /// Within the anchor's mention, which then stands for several concepts: `β` in `IFN-α/β`.
    Shared,
}

/// A half-written name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Piece<T> {
    /// What is written of it, the hyphen before it included: `-2`.
    pub(super) span: Span,
    /// The full name.
    pub(super) name: String,
    /// What the full name means.
    pub(super) meaning: T,
    /// How it is marked.
    pub(super) standing: Standing,
}

/// What a list around an anchor says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Expansion<T> {
    /// The further names, in text order.
    pub(super) pieces: Vec<Piece<T>>,
    /// What the anchor means once the head noun at the list's end is added, and where that noun ends:
    /// `IL-2` in `IL-2 and -15 receptors` is the IL-2 receptor. All pieces are then [`Standing::Shared`].
    pub(super) head: Option<(u32, T)>,
}

/// The longest half-written name, in bytes.
const MAX_PIECE: usize = 10;

/// Words after which a bare number was a name, `CXCL1 and 8 in serum`; others make it a count.
const FOLLOWERS: &str = "after and are as at both but by can concentrations did do during expression for from gene genes \
    had have in into is levels mRNA mRNAs may on or production protein proteins receptor receptors \
    release secretion that to via was were which while with";

/// Reads the list around `anchor`; `resolve` tells what a full name means.
pub(super) fn expand<T>(
    text: &str,
    sentence: Span,
    anchor: Span,
    resolve: &dyn Fn(&str) -> Option<T>,
) -> Expansion<T> {
    let list = List { text: &text[..sentence.end as usize], anchor, resolve };
    let mut pieces = list.before(sentence.start as usize);
    pieces.reverse();
    let (after, head) = list.after();
    pieces.extend(after);
    Expansion { pieces, head }
}

/// What joins two items of a list.
#[derive(Clone, Copy)]
struct Joint {
    /// Where the next item begins.
    end: usize,
    /// Whether white space stands on neither side.
    tight: bool,
    slash: bool,
}

/// A piece as written, before it is known to be a name.
struct Written {
    span: Span,
    /// Where its letters and digits begin, after the hyphen.
    core: usize,
    hyphen: bool,
}

struct List<'a, T> {
    text: &'a str,
    anchor: Span,
    resolve: &'a dyn Fn(&str) -> Option<T>,
}

impl<T> List<'_, T> {
    fn after(&self) -> (Vec<Piece<T>>, Option<(u32, T)>) {
        let (mut pieces, mut bare, mut at) = (Vec::new(), false, self.anchor.end as usize);
        let Some(mut joint) = joint(self.text, at) else { return (pieces, None) };
        let anchor = fold(self.anchor.slice(self.text));
        while let Some(written) = self.written(joint, &anchor) {
            let end = written.span.end as usize;
            let found =
                self.full_name(&anchor, &written).and_then(|name| Some(((self.resolve)(&name)?, name)));
            let weak = !written.hyphen && !joint.slash;
            match found {
                Some((meaning, name)) => {
                    let plural = !written.hyphen && plural_head(&anchor);
                    let shared = joint.slash || joint.tight || plural;
                    bare |= weak && !plural;
                    let standing = if shared { Standing::Shared } else { Standing::Own };
                    pieces.push(Piece { span: written.span, name, meaning, standing });
                }
                None if weak => break,
                None => {}
            }
            at = end;
            let Some(next) = self::joint(self.text, at) else { break };
            joint = next;
        }
        if bare && !ends_as_name(&self.text[at..]) {
            pieces.clear();
        }
        let head = if pieces.is_empty() { None } else { self.shared_head(&mut pieces, at) };
        (pieces, head)
    }

    /// Reads the piece that begins after a joint.
    fn written(&self, joint: Joint, anchor: &Keyed) -> Option<Written> {
        let rest = &self.text[joint.end..];
        let hyphen = rest.chars().next().filter(|&c| is_dash(c)).map_or(0, char::len_utf8);
        let core = joint.end + hyphen;
        let mut end = core + run(&self.text[core..]);
        if end == core || end - core > MAX_PIECE {
            return None;
        }
        // `-beta 2` after `TGF-beta 1`: the number belongs to the piece if the anchor has one there.
        let kinds: Vec<Kind> = (0..anchor.atoms.len()).map(|i| kind(anchor.atom(i))).collect();
        if kinds.ends_with(&[Kind::Greek, Kind::Number]) && is_greek(&self.text[core..end]) {
            let gap =
                self.text[end..].chars().next().filter(|&c| c == ' ' || is_dash(c)).map_or(0, char::len_utf8);
            let digits = self.text[end + gap..].bytes().take_while(u8::is_ascii_digit).count();
            if gap > 0 && (1..=2).contains(&digits) {
                end += gap + digits;
            }
        }
        let tail = &self.text[end..];
        let measure = tail.trim_start().starts_with(['%', '±', '×'])
            || tail.starts_with(['.', '(', '\'', '+'])
                && tail[1..].starts_with(|c: char| c.is_ascii_digit() || is_dash(c) || c == '/');
        // `IL-2, 1,25-(OH)2D3`: the comma belongs to the next name.
        let locant =
            !joint.tight && tail.starts_with(',') && tail[1..].starts_with(|c: char| c.is_ascii_digit());
        let compound = tail.starts_with(is_dash) && hyphen == 0 && !participle(tail);
        (!measure && !compound && !locant).then(|| Written {
            span: Span::new(joint.end, end),
            core,
            hyphen: hyphen > 0,
        })
    }

    /// Returns the anchor with its last part of the piece's kind, and all after it, replaced by the piece.
    fn full_name(&self, anchor: &Keyed, written: &Written) -> Option<String> {
        let piece = &self.text[written.core..written.span.end as usize];
        let parts = fold(piece);
        let atoms = 1..anchor.atoms.len();
        let cut = match kind(parts.atom(0)) {
            Kind::Mark => None,
            Kind::Letters if parts.atoms.len() == 1 => atoms.into_iter().next_back().filter(|&i| {
                let (old, new) = (anchor.atom(i), parts.atom(0));
                let glued = written.hyphen || self.text[..written.core].ends_with('/');
                kind(old) == Kind::Letters && old.len() == 1 && new.len() == 1 && glued
            }),
            Kind::Letters => atoms.rev().find(|&i| anchor.atom(i) == parts.atom(0)),
            wanted => atoms.rev().find(|&i| kind(anchor.atom(i)) == wanted).filter(|&i| {
                // `IL-2R and -4` does not say what becomes of the `R`.
                (1..parts.atoms.len()).any(|p| kind(parts.atom(p)) == Kind::Letters)
                    || (i + 1..anchor.atoms.len())
                        .all(|i| kind(anchor.atom(i)) != Kind::Letters || suffix(anchor.atom(i)))
            }),
        }?;
        let start = self.anchor.start as usize;
        let prefix = &self.text[start..start + anchor.atoms[cut].start as usize];
        let same = start + anchor.atoms[cut].start as usize;
        if self.text[same..self.anchor.end as usize] == *piece {
            return None;
        }
        let mut name = without_brackets(prefix);
        if name.ends_with(char::is_alphanumeric) {
            name.push('-');
        }
        name.push_str(piece);
        Some(name)
    }

    /// Adds the head noun `receptor` at `at` to the anchor and all pieces, if each then is a known name.
    fn shared_head(&self, pieces: &mut [Piece<T>], at: usize) -> Option<(u32, T)> {
        let rest = self.text[at..].strip_prefix(' ')?;
        let length = ["receptors", "receptor"].iter().find(|word| rest.starts_with(**word))?.len();
        if rest[length..].starts_with(char::is_alphanumeric) {
            return None;
        }
        let with_head = |name: &str| (self.resolve)(&format!("{name} receptor"));
        let own = with_head(self.anchor.slice(self.text))?;
        let meanings: Vec<T> = pieces.iter().map(|piece| with_head(&piece.name)).collect::<Option<_>>()?;
        for (piece, meaning) in pieces.iter_mut().zip(meanings) {
            piece.name.push_str(" receptor");
            piece.meaning = meaning;
            piece.standing = Standing::Shared;
        }
        Some(((at + 1 + length) as u32, own))
    }

    /// Reads `alpha- and` before `beta-interferon`; pieces come from right to left.
    fn before(&self, from: usize) -> Vec<Piece<T>> {
        let mut pieces = Vec::new();
        let start = self.anchor.start as usize;
        let anchor = self.anchor.slice(self.text);
        let first = run(anchor);
        if !is_greek(&anchor[..first]) || first == anchor.len() {
            return pieces;
        }
        let mut at = start;
        while let Some((end, slash)) = joint_before(&self.text[from..at]) {
            let end = from + end;
            let core_end = self.text[from..end].trim_end_matches(is_dash).len() + from;
            let core = core_end - run_back(&self.text[from..core_end]);
            let piece = &self.text[core..core_end];
            let before = &self.text[from..core];
            let word = before.trim_end().rsplit(char::is_whitespace).next().unwrap_or("");
            // `TNF alpha and beta-interferon`: the letter belongs to a name before it.
            let plain = word.chars().all(|c| c.is_lowercase() || c == ',');
            let free = !before.ends_with(is_dash) && !before.ends_with(char::is_alphanumeric);
            if !is_greek(piece) || !free || core_end == end && !slash && !plain {
                break;
            }
            let name = format!("{piece}{}", &anchor[first..]);
            let Some(meaning) = (self.resolve)(&name) else { break };
            pieces.push(Piece { span: Span::new(core, end), name, meaning, standing: Standing::Shared });
            at = core;
        }
        pieces
    }
}

/// What a part of a name is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Number,
    Greek,
    Letters,
    Mark,
}

fn kind(atom: &str) -> Kind {
    let greek =
        ["alpha", "beta", "gamma", "delta", "epsilon", "kappa", "lambda", "omega", "tau", "theta", "zeta"];
    match atom.chars().next() {
        Some(c) if c.is_ascii_digit() => Kind::Number,
        _ if greek.contains(&atom) => Kind::Greek,
        Some(c) if c.is_alphabetic() => Kind::Letters,
        _ => Kind::Mark,
    }
}

/// Tells whether a run begins with a Greek letter, spelled or not, and goes on with nothing but a number.
fn is_greek(piece: &str) -> bool {
    let parts = fold(piece);
    !parts.atoms.is_empty()
        && kind(parts.atom(0)) == Kind::Greek
        && (1..parts.atoms.len()).all(|i| kind(parts.atom(i)) != Kind::Mark && parts.atom(i).len() <= 2)
}

/// Tells whether letters after a number mark a member of the family (`A` in `IL-17A`), not its receptor.
fn suffix(atom: &str) -> bool {
    atom.len() == 1 && atom != "r"
}

/// Tells whether the anchor begins with a noun in the plural: `interleukins 2`.
fn plural_head(anchor: &Keyed) -> bool {
    // Folding took the `s` off, so the atom is longer in the text.
    anchor
        .atoms
        .first()
        .is_some_and(|a| a.end - a.start > 3 && a.end - a.start == a.folded_end - a.folded_start + 1)
}

/// Returns the length of the letters and digits that a text begins with.
fn run(text: &str) -> usize {
    text.find(|c: char| !c.is_alphanumeric()).unwrap_or(text.len())
}

/// Returns the length of the letters and digits that a text ends with.
fn run_back(text: &str) -> usize {
    text.len() - text.trim_end_matches(char::is_alphanumeric).len()
}

/// Reads what joins the items of a list: a comma, a slash, `&`, `and`, `or`, `and/or`.
fn joint(text: &str, at: usize) -> Option<Joint> {
    let rest = text[at..].trim_start();
    let spaced = rest.len() < text.len() - at;
    let slash = rest.starts_with('/');
    let mark = if rest.starts_with(['/', ',', '&']) { &rest[1..] } else { rest };
    let word = mark.trim_start();
    if mark.len() == rest.len() && !spaced {
        return None;
    }
    let conjunction = ["and/or ", "and ", "or ", "& "].iter().find_map(|c| word.strip_prefix(c));
    if mark.len() == rest.len() && conjunction.is_none() {
        return None;
    }
    let next = conjunction.unwrap_or(word).trim_start();
    let tight = !spaced && word.len() == mark.len() && conjunction.is_none();
    Some(Joint { end: text.len() - next.len(), tight, slash })
}

/// Reads the same from right to left; returns where the item before ends and whether a slash follows it.
fn joint_before(text: &str) -> Option<(usize, bool)> {
    if let Some(rest) = text.strip_suffix('/') {
        return Some((rest.len(), true));
    }
    let spaced = text.strip_suffix(' ')?;
    let word = ["and/or", "and", "or", "&"].iter().find_map(|c| spaced.strip_suffix(c)).unwrap_or(spaced);
    let rest = word.trim_end();
    let bare = rest.strip_suffix(',').unwrap_or(rest);
    (bare.len() < spaced.len()).then_some((bare.len(), false))
}

/// Tells whether a hyphen begins a participle: `-induced`, `-producing`.
fn participle(tail: &str) -> bool {
    let word = tail.trim_start_matches(is_dash);
    let word = &word[..run(word)];
    word.len() > 4 && ["ed", "ing", "ent", "ive"].iter().any(|ending| word.ends_with(ending))
}

/// Tells whether a list of bare numbers ends as a list of names does.
fn ends_as_name(rest: &str) -> bool {
    let word = rest.trim_start();
    match word.chars().next() {
        None | Some('.' | ',' | ';' | ':' | ')' | ']') => true,
        Some('(') => word[1..].starts_with(char::is_alphabetic),
        Some('-') => participle(word),
        Some(_) => FOLLOWERS.split(' ').any(|follower| follower == &word[..run(word)]),
    }
}

/// Takes brackets and what stands in them out of a name: `interleukin (IL)-` becomes `interleukin -`; an open bracket
/// at the end goes too.
fn without_brackets(prefix: &str) -> String {
    let mut out = String::with_capacity(prefix.len() + MAX_PIECE);
    let mut rest = prefix;
    while let Some((before, after)) = rest.split_once('(') {
        out.push_str(before);
        rest = after.split_once(')').map_or("", |(_, after)| after);
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lexicon::key::key;

    const NAMES: &str = "IL-1 IL-2 IL-3 IL-4 IL-6 IL-15 IL-17A IL-17F IL-18 IL-1α IL-1β IFN-α IFN-β IFN-γ IFN-α2a \
        IFN-α2b TNF-α TNF-β TGF-β1 TGF-β2 TGF-β3 CXCL9 CXCL10 CXCL11 CCL2 CCL3 interleukin_2 \
        interleukin_6 interleukin_15 interferon_alpha interferon_beta interferon_gamma \
        alpha_interferon beta_interferon TRAIL-R1 TRAIL-R2 caspase_3 caspase_8 caspase_9 IL-12_p35 \
        IL-12_p40 IL-2_receptor IL-15_receptor IL-2R IL-4R";

    /// Returns the pieces, shared ones with a `+`, each as `piece=name`.
    fn pieces(text: &str, anchor: &str) -> Vec<String> {
        let names: Vec<String> = NAMES.split(' ').map(|name| name.replace('_', " ")).collect();
        let keys: Vec<String> = names.iter().map(|name| key(name)).collect();
        let resolve = |name: &str| keys.iter().position(|k| *k == key(name));
        let start = text.find(anchor).unwrap();
        let anchor = Span::new(start, start + anchor.len());
        let found = expand(text, Span::new(0, text.len()), anchor, &resolve);
        let head = found.head.iter().map(|&(end, i)| format!("{}={}", &text[start..end as usize], names[i]));
        let pieces = found.pieces.iter().map(|p| {
            let mark = if p.standing == Standing::Shared { "+" } else { "" };
            format!("{mark}{}={}", p.span.slice(text), names[p.meaning])
        });
        head.chain(pieces).collect()
    }

    #[test]
    fn expands_lists() {
        for (text, anchor, expected) in [
            ("We saw IL-1, -2 and -6 rise.", "IL-1", &["-2=IL-2", "-6=IL-6"][..]),
            ("IL-1α/β rose", "IL-1α", &["+β=IL-1β"]),
            ("IL-1 alpha and beta mRNA", "IL-1 alpha", &["beta=IL-1β"]),
            ("interferon-alpha and -gamma", "interferon-alpha", &["-gamma=interferon gamma"]),
            ("IFN-alpha/beta/gamma", "IFN-alpha", &["+beta=IFN-β", "+gamma=IFN-γ"]),
            ("CXCL9/10/11 axis", "CXCL9", &["+10=CXCL10", "+11=CXCL11"]),
            ("CXCL9, -10, and -11", "CXCL9", &["-10=CXCL10", "-11=CXCL11"]),
            ("CXCL9, 10 and 11 were high", "CXCL9", &["10=CXCL10", "11=CXCL11"]),
            ("TNF-alpha and -beta-induced death", "TNF-alpha", &["-beta=TNF-β"]),
            ("TGF-β1, 2 and 3.", "TGF-β1", &["2=TGF-β2", "3=TGF-β3"]),
            ("TGF-beta 1, -beta 2, and -beta 3, and", "TGF-beta 1", &["-beta 2=TGF-β2", "-beta 3=TGF-β3"]),
            ("TGF-beta1/2 signals", "TGF-beta1", &["+2=TGF-β2"]),
            ("IL-2, 4, and 6 in serum", "IL-2", &["4=IL-4", "6=IL-6"]),
            ("interleukins 2, 6 and 15 each", "interleukins 2", &["+6=interleukin 6", "+15=interleukin 15"]),
            (
                "interleukin (IL)-2, -6 or -15",
                "interleukin (IL)-2",
                &["-6=interleukin 6", "-15=interleukin 15"],
            ),
            ("caspases-3, -8, & -9", "caspases-3", &["-8=caspase 8", "-9=caspase 9"]),
            ("IFN-α2a and -2b", "IFN-α2a", &["-2b=IFN-α2b"]),
            ("IL-17A/F and IL-2", "IL-17A", &["+F=IL-17F"]),
            ("TRAIL-R1 and -R2 differ", "TRAIL-R1", &["-R2=TRAIL-R2"]),
            ("IL-12 p35/p40 chains", "IL-12 p35", &["+p40=IL-12 p40"]),
            ("IL-1β, -2, -99 and -6", "IL-1β", &["-2=IL-2", "-6=IL-6"]),
            ("IL-2R and -4R", "IL-2R", &["-4R=IL-4R"]),
            ("IL-1,-2 and IL-6", "IL-1", &["+-2=IL-2"]),
            ("IFN(alpha) and beta, too", "IFN(alpha)", &["beta=IFN-β"]),
            ("IFN(alpha) and gamma are", "IFN(alpha)", &["gamma=IFN-γ"]),
            ("alpha- and beta-interferon", "beta-interferon", &["+alpha-=alpha interferon"]),
            ("of alpha/beta interferon", "beta interferon", &["+alpha=alpha interferon"]),
            (
                "IL-2 and -15 receptors bind",
                "IL-2",
                &["IL-2 and -15 receptors=IL-2 receptor", "+-15=IL-15 receptor"],
            ),
        ] {
            assert_eq!(pieces(text, anchor), expected, "{text}");
        }
    }

    #[test]
    fn leaves_counts_and_other_names_alone() {
        for (text, anchor) in [
            ("CCL2, 2 other chemokines", "CCL2"),
            ("IL-2 and 15 patients died", "IL-2"),
            ("IL-2 and 4 x 10(6) cells", "IL-2"),
            ("pg IL-1/10(6) cells", "IL-1"),
            ("IL-2 and 15% of patients", "IL-2"),
            ("IFN alpha-2a and 6-mercaptopurine", "IFN alpha-2a"),
            ("IL-1, 2.5 ng", "IL-1"),
            ("IL-6 and gamma interferon", "IL-6"),
            ("TNF-alpha and beta-catenin", "TNF-alpha"),
            ("IL-2R and -4 bind", "IL-2R"),
            ("TNF-alpha and beta-interferon", "beta-interferon"),
            ("TNF alpha and beta interferon", "beta interferon"),
            ("IL-1 and IL-2", "IL-1"),
            ("IL-2", "IL-2"),
            ("IL-2,", "IL-2"),
            ("IL-2 and ", "IL-2"),
            ("IL-2 and -é", "IL-2"),
            ("IL-3, 1,25-(OH)2D3", "IL-3"),
        ] {
            assert_eq!(pieces(text, anchor), [""; 0], "{text}");
        }
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig { failure_persistence: None, ..Default::default() })]

        #[test]
        fn pieces_lie_on_code_points(
            before in "[a-zβ/, -]{0,12}",
            anchor in "(IL|TNF|TGFβ|α)[ -]?[0-9αβa-z]{1,3}",
            after in "([ ,/&-]|and|or|[0-9αβéR(]|alpha|receptor|\\PC){0,16}",
        ) {
            let text = format!("{before}{anchor}{after}");
            let anchor = Span::new(before.len(), before.len() + anchor.len());
            let found = expand(&text, Span::new(0, text.len()), anchor, &|name| Some(name.len()));
            for piece in found.pieces {
                proptest::prop_assert!(!piece.span.slice(&text).is_empty() && !piece.span.overlaps(anchor));
            }
        }
    }
}
