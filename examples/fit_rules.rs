//! Fits `data/rules/weights.tsv` on corpus files whose relations are marked.
//!
//! `cargo run --example fit_rules -- OUT.tsv GOLD.jsonl... [--test HELD_OUT.jsonl]`
//!
//! Multinomial logistic regression over the conditions of candidate pairs, by FTRL-Proximal with an L1 penalty (McMahan et
//! al. 2013), so that most weights are exactly zero. Each document is learned from twice: with its gold mentions, and
//! with those that the lexicon tagger finds, which is what a run sees. Order and start are fixed: the same files and
//! lexicons give the same table.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use cytosift::document::{EntityType, Focus, MentionId};
use cytosift::readers::{Parsed, open};
use cytosift::relations::Rules;
use cytosift::tagging::LexiconTagger;
use cytosift::text::Segment;
use cytosift::{Document, Predicate, Span, Stage};

/// Learning rate of FTRL-Proximal.
const ALPHA: f32 = 0.1;
/// Its smoothing of the learning rate.
const BETA: f32 = 1.0;
/// Penalty that makes weights zero; the largest without loss of held-out F1.
const L1: f32 = 12.0;
/// Penalty on large weights.
const L2: f32 = 1.0;
/// Passes over the pairs.
const ROUNDS: usize = 8;
/// Weights below this are left out of the table.
const SMALLEST_WEIGHT: f32 = 0.15;
/// Conditions of fewer pairs are left out.
const FEWEST_PAIRS: usize = 3;
const LABELS: usize = 1 + 2 * Predicate::ALL.len();

type AnyError = Box<dyn std::error::Error>;

/// A candidate pair: its conditions, its types and its right label.
struct Example {
    conditions: Vec<u32>,
    allowed: [bool; LABELS],
    label: usize,
}

/// Which mentions a document is learned from with.
#[derive(Clone, Copy)]
enum Mentions {
    Gold,
    Tagged,
}

fn main() -> Result<(), AnyError> {
    let mut arguments = std::env::args_os().skip(1).map(PathBuf::from);
    let out = arguments.next().ok_or("usage: fit_rules OUT.tsv GOLD.jsonl... [--test HELD_OUT.jsonl]")?;
    let files: Vec<PathBuf> = arguments.collect();
    let split = files.iter().position(|f| f == Path::new("--test")).unwrap_or(files.len());
    let rules = Rules::new(Focus::All)?;
    let mut names: BTreeMap<String, (u32, usize)> = BTreeMap::new();
    let train = load(&rules, &files[..split], &mut names, &[Mentions::Gold, Mentions::Tagged])?;
    let held_out = files.get(split + 1..).unwrap_or_default();
    let test = load(&rules, held_out, &mut names.clone(), &[Mentions::Tagged])?;
    let mut common = vec![false; names.len()];
    names.values().for_each(|(id, count)| common[*id as usize] = *count >= FEWEST_PAIRS);
    let mut model = Model::new(names.len(), common);
    for round in 0..ROUNDS {
        let loss: f32 = train.iter().map(|e| model.learn(e)).sum();
        eprintln!("round {round}: mean loss {:.4} over {} pairs", loss / train.len() as f32, train.len());
    }
    (2..10).for_each(|tenths| report(&model, &test, tenths as f32 / 10.0));
    write(&model, &names, &out)
}

fn load(
    rules: &Rules,
    files: &[PathBuf],
    names: &mut BTreeMap<String, (u32, usize)>,
    mentions: &[Mentions],
) -> Result<Vec<Example>, AnyError> {
    let mut examples = Vec::new();
    let tagger = LexiconTagger::new(Focus::All);
    for file in files {
        for record in open(file)? {
            let Parsed::Documents(mut documents) = record?.parse()? else { continue };
            Segment.apply(&mut documents)?;
            for gold in &documents {
                for which in mentions {
                    let document = match which {
                        Mentions::Gold => gold.clone(),
                        Mentions::Tagged => tagged(gold, &tagger)?,
                    };
                    collect(rules, &document, gold, names, &mut examples);
                }
            }
        }
    }
    Ok(examples)
}

/// The same text with the tagger's mentions.
fn tagged(gold: &Document, tagger: &LexiconTagger) -> Result<Document, AnyError> {
    let mut document = Document::new(gold.id.clone(), gold.title(), gold.body());
    Segment.apply(std::slice::from_mut(&mut document))?;
    tagger.apply(std::slice::from_mut(&mut document))?;
    Ok(document)
}

fn collect(
    rules: &Rules,
    document: &Document,
    gold: &Document,
    names: &mut BTreeMap<String, (u32, usize)>,
    out: &mut Vec<Example>,
) {
    let marked: Vec<MentionId> = marked_therapies(gold);
    for pair in rules.describe(document) {
        let kinds = (document.mention(pair.a).kind, document.mention(pair.b).kind);
        let label = label(gold, document.mention(pair.a).span, document.mention(pair.b).span);
        let label = if allowed(label, kinds.0, kinds.1) { label } else { 0 };
        if label == 0 && !is_annotated(document, gold, pair.a, pair.b, &marked) {
            continue;
        }
        let mut conditions = Vec::new();
        for name in pair.conditions {
            let next = names.len() as u32;
            let entry = names.entry(name).or_insert((next, 0));
            entry.1 += 1;
            conditions.push(entry.0);
        }
        out.push(Example {
            conditions,
            allowed: std::array::from_fn(|i| allowed(i, kinds.0, kinds.1)),
            label,
        });
    }
}

/// Therapies that stand in a relation with anything that is neither cytokine nor receptor: aimed at or built from one.
fn marked_therapies(document: &Document) -> Vec<MentionId> {
    let focus =
        |m: MentionId| matches!(document.mention(m).kind, EntityType::Cytokine | EntityType::Receptor);
    let mut out = Vec::new();
    for r in &document.relations {
        if !focus(r.subject) && !focus(r.object) {
            out.extend(
                [r.subject, r.object]
                    .into_iter()
                    .filter(|m| document.mention(*m).kind == EntityType::Therapy),
            );
        }
    }
    out
}

/// Tells whether the annotators looked at a pair: it has a cytokine in it, or the file marks all treatments.
fn is_annotated(
    document: &Document,
    gold: &Document,
    a: MentionId,
    b: MentionId,
    marked: &[MentionId],
) -> bool {
    use EntityType::{Cancer, Cytokine, Disease, Receptor, Therapy};
    let kinds = [document.mention(a).kind, document.mention(b).kind];
    if kinds.iter().any(|k| matches!(k, Cytokine | Receptor)) {
        return true;
    }
    let text = |m: MentionId| document.slice(document.mention(m).span);
    let is_marked = |m: MentionId| {
        document.mention(m).is_focus() || marked.iter().any(|x| gold.slice(gold.mention(*x).span) == text(m))
    };
    if document.id.starts_with("approval:") || document.id.starts_with("treat:") {
        return kinds.iter().all(|k| matches!(k, Therapy | Cancer | Disease)) && kinds.contains(&Therapy);
    }
    is_marked(a) || is_marked(b)
}

fn label(gold: &Document, a: Span, b: Span) -> usize {
    let span = |m: MentionId| gold.mention(m).span;
    let (straight, crossed): (Vec<_>, Vec<_>) = gold
        .relations
        .iter()
        .filter_map(|r| {
            let (s, o) = (span(r.subject), span(r.object));
            let straight = s.overlaps(a) && o.overlaps(b);
            (straight || s.overlaps(b) && o.overlaps(a)).then_some((r, straight))
        })
        .partition(|(_, straight)| *straight);
    straight.first().or(crossed.first()).map_or(0, |(r, straight)| {
        let index = Predicate::ALL.iter().position(|p| *p == r.predicate).unwrap_or(0);
        1 + 2 * index + usize::from(!straight && !r.predicate.is_symmetric())
    })
}

fn allowed(label: usize, a: EntityType, b: EntityType) -> bool {
    let Some(i) = label.checked_sub(1) else { return true };
    let p = Predicate::ALL[i / 2];
    match i % 2 {
        0 => p.allows(a, b) || p.is_symmetric() && p.allows(b, a),
        _ => !p.is_symmetric() && p.allows(b, a),
    }
}

fn label_name(label: usize) -> String {
    match label.checked_sub(1) {
        None => "none".to_owned(),
        Some(i) => format!("{} {}", Predicate::ALL[i / 2].as_str(), if i % 2 == 0 { "A B" } else { "B A" }),
    }
}

/// FTRL-Proximal state: per condition and label the sums z and n.
struct Model {
    common: Vec<bool>,
    z: Vec<[f32; LABELS]>,
    n: Vec<[f32; LABELS]>,
}

impl Model {
    fn new(size: usize, common: Vec<bool>) -> Self {
        Self { common, z: vec![[0.0; LABELS]; size], n: vec![[0.0; LABELS]; size] }
    }

    fn weight(&self, condition: usize, label: usize) -> f32 {
        let (z, n) = (self.z[condition][label], self.n[condition][label]);
        if z.abs() <= L1 {
            return 0.0;
        }
        -(z - z.signum() * L1) / ((BETA + n.sqrt()) / ALPHA + L2)
    }

    fn probabilities(&self, e: &Example) -> [f32; LABELS] {
        let mut sums = [0.0; LABELS];
        for &c in e.conditions.iter().filter(|c| self.common.get(**c as usize).copied().unwrap_or(false)) {
            for l in (0..LABELS).filter(|l| e.allowed[*l]) {
                sums[l] += self.weight(c as usize, l);
            }
        }
        let top = (0..LABELS).filter(|l| e.allowed[*l]).map(|l| sums[l]).fold(f32::MIN, f32::max);
        let mut total = 0.0;
        for (sum, allowed) in sums.iter_mut().zip(e.allowed) {
            *sum = if allowed { (*sum - top).exp() } else { 0.0 };
            total += *sum;
        }
        sums.map(|s| s / total)
    }

    /// Takes one step and returns the loss before it.
    fn learn(&mut self, e: &Example) -> f32 {
        let p = self.probabilities(e);
        for &c in &e.conditions {
            let c = c as usize;
            if !self.common[c] {
                continue;
            }
            for l in (0..LABELS).filter(|l| e.allowed[*l]) {
                let g = p[l] - f32::from(u8::from(l == e.label));
                let w = self.weight(c, l);
                let n = self.n[c][l];
                let sigma = ((n + g * g).sqrt() - n.sqrt()) / ALPHA;
                self.z[c][l] += g - sigma * w;
                self.n[c][l] += g * g;
            }
        }
        -p[e.label].max(1e-6).ln()
    }
}

/// The best label that is a relation, and its probability.
fn best(model: &Model, e: &Example) -> (usize, f32) {
    let p = model.probabilities(e);
    (1..LABELS).fold((0, 0.0), |best, l| if p[l] > best.1 { (l, p[l]) } else { best })
}

fn report(model: &Model, test: &[Example], threshold: f32) {
    let gold = test.iter().filter(|e| e.label > 0).count();
    let found: Vec<(usize, usize, f32)> = test
        .iter()
        .map(|e| (e.label, best(model, e)))
        .filter(|(_, (_, p))| *p > threshold)
        .map(|(label, (l, p))| (label, l, p))
        .collect();
    let hit = found.iter().filter(|(label, l, _)| label == l).count();
    let (p, r) = (hit as f32 / found.len().max(1) as f32, hit as f32 / gold.max(1) as f32);
    let f1 = 2.0 * p * r / (p + r).max(1e-9);
    let bin: Vec<_> = found.iter().filter(|f| f.2 <= threshold + 0.1).collect();
    let right = bin.iter().filter(|(label, l, _)| label == l).count() as f32 / bin.len().max(1) as f32;
    eprintln!(
        "above {threshold:.1}: P {p:.3} R {r:.3} F1 {f1:.3}; right up to {:.1}: {right:.2} of {}",
        threshold + 0.1,
        bin.len()
    );
}

fn write(model: &Model, names: &BTreeMap<String, (u32, usize)>, out: &Path) -> Result<(), AnyError> {
    let mut file = std::io::BufWriter::new(std::fs::File::create(out)?);
    writeln!(
        file,
        "# Weights of the relation rules, made by examples/fit_rules.rs: condition, then reading=weight; see docs/rules.md"
    )?;
    let mut rows = 0;
    for (name, (id, _)) in names {
        if !model.common[*id as usize] {
            continue;
        }
        let mut cells = String::new();
        for l in 0..LABELS {
            let w = model.weight(*id as usize, l);
            if w.abs() >= SMALLEST_WEIGHT {
                cells.push_str(&format!("\t{}={w:.2}", label_name(l)));
            }
        }
        if !cells.is_empty() {
            writeln!(file, "{name}{cells}")?;
            rows += 1;
        }
    }
    eprintln!("{rows} conditions");
    Ok(file.flush()?)
}
