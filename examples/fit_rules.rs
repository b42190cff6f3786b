//! Fits `data/rules/weights.tsv` on corpus files whose relations are marked.
//!
//! `cargo run --example fit_rules -- OUT.tsv GOLD.jsonl... [--test HELD_OUT.jsonl]`
//!
//! Multinomial logistic regression over the conditions of candidate pairs, by FTRL-Proximal with an L1 penalty (McMahan et
//! al. 2013), so that most weights are exactly zero. Order and start are fixed: the same files give the same table.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use cytosift::document::{EntityType, Focus, MentionId};
use cytosift::readers::{Parsed, open};
use cytosift::relations::Rules;
use cytosift::text::Segment;
use cytosift::{Document, Predicate, Stage};

const ALPHA: f32 = 0.1;
const BETA: f32 = 1.0;
const ROUNDS: usize = 10;
const SMALLEST_WEIGHT: f32 = 0.05;
const FEWEST_PAIRS: usize = 5;
const LABELS: usize = 1 + 2 * Predicate::ALL.len();

type AnyError = Box<dyn std::error::Error>;

fn l1() -> f32 {
    std::env::var("L1").ok().and_then(|x| x.parse().ok()).unwrap_or(0.5)
}
fn l2() -> f32 {
    std::env::var("L2").ok().and_then(|x| x.parse().ok()).unwrap_or(1.0)
}
fn rounds() -> usize {
    std::env::var("ROUNDS").ok().and_then(|x| x.parse().ok()).unwrap_or(ROUNDS)
}

/// A candidate pair: its conditions, its types and its right label.
struct Example {
    conditions: Vec<u32>,
    allowed: [bool; LABELS],
    label: usize,
}

fn main() -> Result<(), AnyError> {
    let mut arguments = std::env::args_os().skip(1).map(PathBuf::from);
    let out = arguments.next().ok_or("usage: fit_rules OUT.tsv GOLD.jsonl... [--test HELD_OUT.jsonl]")?;
    let files: Vec<PathBuf> = arguments.collect();
    let split = files.iter().position(|f| f == Path::new("--test")).unwrap_or(files.len());
    let rules = Rules::new(Focus::All)?;
    let mut names: BTreeMap<String, (u32, usize)> = BTreeMap::new();
    let train = load(&rules, &files[..split], &mut names)?;
    let test = load(&rules, files.get(split + 1..).unwrap_or_default(), &mut names.clone())?;
    let mut common = vec![false; names.len()];
    names.values().for_each(|(id, count)| common[*id as usize] = *count >= FEWEST_PAIRS);
    let mut model = Model::new(names.len(), common);
    for round in 0..rounds() {
        let loss: f32 = train.iter().map(|e| model.learn(e)).sum();
        eprintln!("round {round}: mean loss {:.4} over {} pairs", loss / train.len() as f32, train.len());
        if !test.is_empty() {
            for threshold in [0.25, 0.3, 0.35, 0.4, 0.5] {
                report(&model, &test, threshold);
            }
        }
    }
    write(&model, &names, &out)
}

fn load(
    rules: &Rules,
    files: &[PathBuf],
    names: &mut BTreeMap<String, (u32, usize)>,
) -> Result<Vec<Example>, AnyError> {
    let mut examples = Vec::new();
    for file in files {
        for record in open(file)? {
            let Parsed::Documents(mut documents) = record?.parse()? else { continue };
            Segment.apply(&mut documents)?;
            for document in &documents {
                collect(rules, document, names, &mut examples);
            }
        }
    }
    Ok(examples)
}

fn collect(
    rules: &Rules,
    document: &Document,
    names: &mut BTreeMap<String, (u32, usize)>,
    out: &mut Vec<Example>,
) {
    let marked: Vec<MentionId> = marked_therapies(document);
    for pair in rules.describe(document) {
        let kinds = (document.mention(pair.a).kind, document.mention(pair.b).kind);
        let label = label(document, pair.a, pair.b);
        if label == 0 && !is_annotated(document, pair.a, pair.b, &marked) {
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
fn is_annotated(document: &Document, a: MentionId, b: MentionId, marked: &[MentionId]) -> bool {
    use EntityType::{Cancer, Cytokine, Disease, Receptor, Therapy};
    let kinds = [document.mention(a).kind, document.mention(b).kind];
    if kinds.iter().any(|k| matches!(k, Cytokine | Receptor)) {
        return true;
    }
    let text = |m: MentionId| document.slice(document.mention(m).span);
    let is_marked = |m: MentionId| marked.iter().any(|x| text(*x) == text(m));
    if document.id.starts_with("approval:") || document.id.starts_with("treat:") {
        return kinds.iter().all(|k| matches!(k, Therapy | Cancer | Disease)) && kinds.contains(&Therapy);
    }
    is_marked(a) || is_marked(b)
}

fn label(document: &Document, a: MentionId, b: MentionId) -> usize {
    let found = document
        .relations
        .iter()
        .find(|r| (r.subject, r.object) == (a, b) || (r.subject, r.object) == (b, a));
    found.map_or(0, |r| {
        let index = Predicate::ALL.iter().position(|p| *p == r.predicate).unwrap_or(0);
        1 + 2 * index + usize::from(r.subject == b && !r.predicate.is_symmetric())
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
    l1: f32,
    l2: f32,
}

impl Model {
    fn new(size: usize, common: Vec<bool>) -> Self {
        Self { common, z: vec![[0.0; LABELS]; size], n: vec![[0.0; LABELS]; size], l1: l1(), l2: l2() }
    }

    fn weight(&self, condition: usize, label: usize) -> f32 {
        let (z, n) = (self.z[condition][label], self.n[condition][label]);
        if z.abs() <= self.l1 {
            return 0.0;
        }
        -(z - z.signum() * self.l1) / ((BETA + n.sqrt()) / ALPHA + self.l2)
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

fn report(model: &Model, test: &[Example], threshold: f32) {
    let (mut hit, mut predicted, mut gold) = (0, 0, 0);
    for e in test {
        let p = model.probabilities(e);
        let best =
            (1..LABELS).fold(0, |b, l| if p[l] > threshold && (b == 0 || p[l] > p[b]) { l } else { b });
        gold += usize::from(e.label > 0);
        predicted += usize::from(best > 0);
        hit += usize::from(best > 0 && best == e.label);
    }
    let (p, r) = (hit as f32 / predicted.max(1) as f32, hit as f32 / gold.max(1) as f32);
    eprintln!(
        "  threshold {threshold}: P {p:.3} R {r:.3} F1 {:.3} ({hit} of {gold})",
        2.0 * p * r / (p + r).max(1e-9)
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
