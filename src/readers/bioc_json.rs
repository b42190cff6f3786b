//! BioC JSON, as PubTator 3 and the BioC API of PMC serve it: collections, arrays of them, or one document a line.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::Record;
use super::bioc::{self, Passage};
use super::records::{Cut, Cutter};
use crate::{Document, Result};

/// Most bytes without a document; what stands around documents has some hundred.
const MAX_BETWEEN: usize = 1 << 20;

/// Cuts at objects that have a member `passages`.
#[derive(Default)]
pub(super) struct Objects {
    /// Opening brackets before the data that are not closed yet.
    open: Vec<u8>,
    /// Brackets open inside the record, once one was found; it begins with the data.
    depth: Option<usize>,
    /// Whether the scan of the record stands inside a string, and behind a backslash.
    string: bool,
    escaped: bool,
}

impl Cutter for Objects {
    fn cut(&mut self, data: &[u8], from: usize, ended: bool) -> Cut {
        if self.depth.is_some() {
            return self.inside(data, from, ended);
        }
        match self.outside(data) {
            Some(cut) => cut,
            None if !ended && data.len() > MAX_BETWEEN => {
                Cut::Broken(format!("no BioC document in {MAX_BETWEEN} bytes of JSON; is it BioC?"))
            }
            None if !ended => Cut::More(0),
            None if self.open.is_empty() && data.trim_ascii().is_empty() => Cut::End,
            None => Cut::Broken(
                "the JSON ends before its last bracket: the file is cut short; fetch it again".into(),
            ),
        }
    }
}

impl Objects {
    /// Searches the next record; what stands before it is skipped once it is known to be none.
    fn outside(&mut self, data: &[u8]) -> Option<Cut> {
        let mut open = self.open.clone();
        let mut objects: Vec<usize> = Vec::new();
        let mut at = 0;
        while at < data.len() {
            match data[at] {
                b'{' => {
                    open.push(b'{');
                    objects.push(at);
                }
                b'[' => open.push(b'['),
                close @ (b'}' | b']') => {
                    open.pop();
                    if close == b'}' {
                        objects.pop();
                    }
                    // Nothing before a closing bracket can become part of a record, unless it lies in an open object.
                    if objects.is_empty() {
                        self.open = open;
                        return Some(Cut::Skip(at + 1));
                    }
                }
                b'"' => {
                    let end = string_end(data, at + 1)?;
                    let name = &data[at + 1..end];
                    let colon = data[end + 1..].iter().find(|b| !b.is_ascii_whitespace())?;
                    if let (b"passages", b':', Some(&start)) = (name, colon, objects.last()) {
                        // Brackets inside the record are its own: take back those opened since its start.
                        open.truncate(open.iter().rposition(|b| *b == b'{').unwrap_or(0));
                        self.open = open;
                        self.depth = Some(0);
                        return Some(Cut::Skip(start));
                    }
                    at = end;
                }
                _ => {}
            }
            at += 1;
        }
        None
    }

    fn inside(&mut self, data: &[u8], from: usize, ended: bool) -> Cut {
        let mut depth = self.depth.unwrap_or(0);
        for (at, byte) in data.iter().enumerate().skip(from) {
            match byte {
                _ if self.escaped => self.escaped = false,
                b'\\' if self.string => self.escaped = true,
                b'"' => self.string = !self.string,
                _ if self.string => {}
                b'{' | b'[' => depth += 1,
                b'}' | b']' if depth <= 1 => {
                    self.depth = None;
                    return Cut::Record(at + 1);
                }
                b'}' | b']' => depth -= 1,
                _ => {}
            }
        }
        self.depth = Some(depth);
        match ended {
            true => {
                Cut::Broken("the JSON ends inside a document: the file is cut short; fetch it again".into())
            }
            false => Cut::More(data.len()),
        }
    }
}

/// Returns where the closing quote of a string stands.
fn string_end(data: &[u8], from: usize) -> Option<usize> {
    let mut at = from;
    while let Some(found) = memchr::memchr2(b'"', b'\\', &data[at..]) {
        at += found;
        if data[at] == b'"' {
            return Some(at);
        }
        at += 2;
        if at > data.len() {
            return None;
        }
    }
    None
}

#[derive(Deserialize)]
struct JsonDocument {
    #[serde(default)]
    id: Value,
    #[serde(default)]
    infons: Map<String, Value>,
    #[serde(default)]
    passages: Vec<JsonPassage>,
}

#[derive(Deserialize)]
struct JsonPassage {
    #[serde(default)]
    infons: Map<String, Value>,
    #[serde(default)]
    text: Option<String>,
    #[serde(default)]
    sentences: Vec<JsonSentence>,
}

#[derive(Deserialize)]
struct JsonSentence {
    #[serde(default)]
    text: String,
}

/// Decodes one document.
pub(super) fn parse(record: &Record, text: &str) -> Result<Document> {
    let found: JsonDocument = serde_json::from_str(text).map_err(|e| {
        let lines = text.split_inclusive('\n').take(e.line().saturating_sub(1)).map(str::len).sum::<usize>();
        record.position.error(
            "",
            (lines + e.column().saturating_sub(1)) as u64,
            format!("not a BioC document: {e}"),
        )
    })?;
    let mut passages: Vec<Passage> = found.passages.into_iter().map(passage).collect();
    passages.push(Passage { infons: infons(found.infons), text: String::new() });
    Ok(bioc::document(record, &string(&found.id), &passages))
}

fn passage(found: JsonPassage) -> Passage {
    let sentences = || found.sentences.iter().map(|s| s.text.as_str()).collect::<Vec<_>>().join(" ");
    let text = found.text.filter(|t| !t.is_empty()).unwrap_or_else(sentences);
    Passage { infons: infons(found.infons), text }
}

fn infons(map: Map<String, Value>) -> Vec<(String, String)> {
    map.into_iter().map(|(key, value)| (key, string(&value))).collect()
}

fn string(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}
