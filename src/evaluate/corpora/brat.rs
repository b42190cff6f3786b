//! Standoff of brat and the BioNLP shared tasks: a text beside `.ann`, or beside `.a1` and `.a2`.
//!
//! `T` lines are mentions, triggers of events among them (spans of several pieces are kept), `R` lines relations, `N`
//! lines identifiers. Events become pairs, labelled with the event's type: each cause with each theme; without a cause,
//! the first theme with the others; otherwise the trigger with its theme. An argument in another role (`AtLoc`,
//! `Instrument`, ...) makes a pair with the theme, or else the trigger, labelled `TYPE:ROLE`. An event that is an
//! argument stands for its themes, or else for its trigger. `Negation` and `Speculation` set the flags of the
//! event's own pairs. `Equiv` and notes are left out.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use super::{Builder, Source, identifiers, read};
use crate::Result;
use crate::evaluate::corpus::Corpus;

const ANNOTATIONS: [&str; 3] = ["ann", "a1", "a2"];

/// Tells by its name whether a file holds annotations.
pub(super) fn is_annotation(path: &Path) -> bool {
    path.extension().is_some_and(|e| ANNOTATIONS.iter().any(|a| e == *a))
}

/// Tells whether annotations stand beside a text.
pub(super) fn has_annotations(text: &Path) -> bool {
    ANNOTATIONS.iter().any(|e| text.with_extension(e).is_file())
}

/// Returns the text that a file is or belongs to, if it is standoff.
pub(super) fn text_of(path: &Path) -> Option<PathBuf> {
    let is_text = path.extension().is_some_and(|e| e == "txt") && has_annotations(path);
    (is_text || is_annotation(path)).then(|| path.with_extension("txt"))
}

/// An event before it is flattened.
#[derive(Default)]
struct Event {
    line: usize,
    label: String,
    trigger: String,
    /// Role without its number, and argument.
    arguments: Vec<(String, String)>,
    negated: bool,
    hedged: bool,
}

pub(super) fn parse(path: &Path, text: &str, corpus: &mut Corpus) -> Result<()> {
    let mut files = Vec::new();
    for ending in ANNOTATIONS {
        let file = path.with_extension(ending);
        if file.is_file() {
            let text = read(&file)?;
            files.push((file, text));
        }
    }
    let id = path.file_stem().and_then(|s| s.to_str()).unwrap_or("document");
    let source = Source { path: files.first().map_or(path, |(file, _)| file), text: "" };
    let mut builder = Builder::of_text(&source, 1, id, text);
    let mut late: Vec<(usize, &str)> = Vec::new();
    for (file, text) in &files {
        let source = Source { path: file, text };
        for (number, line) in source.lines().filter(|(_, l)| !l.trim().is_empty()) {
            match line.as_bytes()[0] {
                b'T' => mention(&source, &mut builder, number, line)?,
                b'R' | b'E' | b'M' | b'A' | b'N' => late.push((number, line)),
                b'*' | b'#' => {}
                _ => return Err(source.error(number, "no annotation of standoff (T, R, E, M, A, N, * or #)")),
            }
        }
    }
    // They may stand before what they refer to.
    let last = Source { path: files.last().map_or(path, |(file, _)| file), text: "" };
    let mut events: BTreeMap<usize, Event> = BTreeMap::new();
    let mut index: HashMap<&str, usize> = HashMap::new();
    for (i, (number, line)) in late.iter().filter(|(_, l)| l.starts_with('E')).enumerate() {
        let (key, event) = event(&last, *number, line)?;
        index.insert(key, i);
        events.insert(i, event);
    }
    for &(number, line) in &late {
        let fields: Vec<&str> = line.split(['\t', ' ']).filter(|f| !f.is_empty()).collect();
        match (line.as_bytes()[0], fields.as_slice()) {
            (b'R', [_, label, subject, object]) => {
                let argument = |field: &str| field.split_once(':').map_or(field, |(_, key)| key).to_owned();
                builder.relation(number, label, &argument(subject), &argument(object))?;
            }
            (b'N', [_, _, target, id, ..]) => builder.identify(target, identifiers(id)),
            (b'M' | b'A', [_, kind, target, ..]) => {
                if let Some(event) = index.get(target).and_then(|i| events.get_mut(i)) {
                    event.negated |= *kind == "Negation";
                    event.hedged |= *kind == "Speculation";
                }
            }
            (b'E', _) => {}
            _ => return Err(last.error(number, "a relation, identifier or attribute with too few fields")),
        }
    }
    for event in events.values() {
        flatten(event, &events, &index, &last, &mut builder)?;
    }
    builder.finish(corpus);
    Ok(())
}

fn mention(source: &Source, builder: &mut Builder, number: usize, line: &str) -> Result<()> {
    let mut fields = line.splitn(3, '\t');
    let (Some(key), Some(place)) = (fields.next(), fields.next()) else {
        return Err(source.error(number, "a mention needs three fields: T1, `TYPE START END`, text"));
    };
    let (label, ranges) = place.split_once(' ').unwrap_or((place, ""));
    let mut spans = Vec::new();
    for range in ranges.split(';') {
        let mut ends = range.split_whitespace().map(str::parse::<usize>);
        match (ends.next(), ends.next(), ends.next()) {
            (Some(Ok(start)), Some(Ok(end)), None) => spans.push((start, end)),
            _ => return Err(source.error(number, format!("not a range of offsets: {range:?}"))),
        }
    }
    builder.mention(number, &spans, label, fields.next())?;
    builder.name_last(number, key)
}

fn event<'a>(source: &Source, number: usize, line: &'a str) -> Result<(&'a str, Event)> {
    let malformed = || source.error(number, "an event needs `E1`, `TYPE:TRIGGER` and arguments `ROLE:ID`");
    let (key, rest) = line.split_once('\t').ok_or_else(malformed)?;
    let mut parts = rest.split_whitespace().map(|p| p.split_once(':'));
    let (label, trigger) = parts.next().flatten().ok_or_else(malformed)?;
    let mut event = Event { line: number, label: label.into(), trigger: trigger.into(), ..Event::default() };
    for part in parts {
        let (role, argument) = part.ok_or_else(malformed)?;
        let role = role.trim_end_matches(|c: char| c.is_ascii_digit());
        event.arguments.push((role.to_owned(), argument.to_owned()));
    }
    Ok((key, event))
}

impl Event {
    fn in_role<'a>(&'a self, role: &'a str) -> impl Iterator<Item = &'a str> {
        self.arguments.iter().filter(move |(r, _)| r == role).map(|(_, argument)| argument.as_str())
    }
}

fn flatten(
    event: &Event,
    events: &BTreeMap<usize, Event>,
    index: &HashMap<&str, usize>,
    source: &Source,
    builder: &mut Builder,
) -> Result<()> {
    let stand_for = |argument: &str| resolve(argument, events, index, 0);
    let trigger = vec![event.trigger.clone()];
    let causes: Vec<String> = event.in_role("Cause").flat_map(stand_for).collect();
    let themes: Vec<String> = event.in_role("Theme").flat_map(stand_for).collect();
    let mut pairs: Vec<(String, String, String)> = Vec::new();
    let mut cross = |subjects: &[String], label: &str, objects: &[String]| {
        for subject in subjects {
            pairs.extend(objects.iter().map(|object| (subject.clone(), label.to_owned(), object.clone())));
        }
    };
    match (causes.as_slice(), themes.as_slice()) {
        ([], [first, others @ ..]) if !others.is_empty() => {
            cross(std::slice::from_ref(first), &event.label, others)
        }
        ([], themes) => cross(&trigger, &event.label, themes),
        (causes, []) => cross(causes, &event.label, &trigger),
        (causes, themes) => cross(causes, &event.label, themes),
    }
    for (role, argument) in event.arguments.iter().filter(|(r, _)| r != "Cause" && r != "Theme") {
        let label = format!("{}:{role}", event.label);
        cross(if themes.is_empty() { &trigger } else { &themes }, &label, &stand_for(argument));
    }
    pairs.sort();
    pairs.dedup();
    for (subject, label, object) in pairs.iter().filter(|(subject, _, object)| subject != object) {
        if builder.find(subject).is_none() && subject.starts_with('E') || object.starts_with('E') {
            return Err(source.error(event.line, format!("no event is named {subject} or {object}")));
        }
        let relation = builder.relation(event.line, label, subject, object)?;
        (relation.negated, relation.hedged) = (event.negated, event.hedged);
    }
    Ok(())
}

/// Returns the mentions that an argument stands for. Events may refer to each other in a circle, hence the depth.
fn resolve(
    argument: &str,
    events: &BTreeMap<usize, Event>,
    index: &HashMap<&str, usize>,
    depth: usize,
) -> Vec<String> {
    let Some(event) = index.get(argument).and_then(|i| events.get(i)) else {
        return vec![argument.to_owned()];
    };
    let mut themes: Vec<String> = match depth {
        0..8 => event.in_role("Theme").flat_map(|a| resolve(a, events, index, depth + 1)).collect(),
        _ => Vec::new(),
    };
    if themes.is_empty() {
        themes.push(event.trigger.clone());
    }
    themes
}
