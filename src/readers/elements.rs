//! Cutter of XML: finds record elements by searching for their tags, without tokenising what lies inside.
//!
//! Between records the markup is walked tag by tag, so that a missing end tag of the root shows that the file is
//! cut. Inside a record only the end tag is searched; a comment that holds the same end tag would cut it early,
//! which the formats read here do not do.

use memchr::{memchr, memmem};

use super::records::{Cut, Cutter};

/// Largest comment or declaration between records, in bytes; real ones have some hundred.
const MAX_TAG: usize = 1 << 20;

/// Cuts at elements of the given names.
pub(super) struct Elements {
    names: &'static [&'static str],
    /// The record element that the data begins with, once its start tag was seen.
    inside: Option<Tags>,
    /// Open elements around the records.
    depth: usize,
}

/// How the tags of an element begin.
struct Tags {
    start: memmem::Finder<'static>,
    end: memmem::Finder<'static>,
}

impl Tags {
    fn new(name: &str) -> Self {
        let start = memmem::Finder::new(&format!("<{name}")).into_owned();
        let end = memmem::Finder::new(&format!("</{name}")).into_owned();
        Self { start, end }
    }
}

impl Elements {
    pub(super) fn new(names: &'static [&'static str]) -> Self {
        Self { names, inside: None, depth: 0 }
    }

    /// Walks the markup around records; `data` begins with `<`.
    fn outside(&mut self, data: &[u8], ended: bool) -> Cut {
        let (open, close): (&[u8], &[u8]) = match data {
            [b'<', b'?', ..] => (b"<?", b"?>"),
            [b'<', b'!', b'-', b'-', ..] => (b"<!--", b"-->"),
            [b'<', b'!', rest @ ..] if internal_subset(rest) => (b"<!", b"]>"),
            _ => (b"<", b">"),
        };
        let Some(end) = memmem::find(&data[open.len().min(data.len())..], close) else {
            return match (ended, data.len() > MAX_TAG) {
                (true, _) => {
                    Cut::Broken("the XML ends inside a tag: the file is cut short; fetch it again".into())
                }
                (_, true) => {
                    Cut::Broken(format!("a tag or comment has more than {MAX_TAG} bytes; is this XML?"))
                }
                _ => Cut::More(0),
            };
        };
        let end = open.len() + end + close.len();
        let name = name_of(&data[1..]);
        if let Some(&known) = self.names.iter().find(|n| n.as_bytes() == name) {
            if data[end - 2] != b'/' {
                self.inside = Some(Tags::new(known));
                return Cut::Skip(0);
            }
        } else if data[1] == b'/' {
            self.depth = self.depth.saturating_sub(1);
        } else if !matches!(data[1], b'?' | b'!') && data[end - 2] != b'/' {
            self.depth += 1;
        }
        Cut::Skip(end)
    }
}

impl Cutter for Elements {
    fn cut(&mut self, data: &[u8], from: usize, ended: bool) -> Cut {
        if let Some(tags) = &self.inside {
            let cut = inside(tags, data, from, ended);
            if matches!(cut, Cut::Record(_)) {
                self.inside = None;
            }
            return cut;
        }
        match memchr(b'<', data) {
            Some(0) if data.len() < 4 && !ended => Cut::More(0),
            Some(0) => self.outside(data, ended),
            Some(at) => Cut::Skip(at),
            None if !ended => {
                if data.is_empty() {
                    Cut::More(0)
                } else {
                    Cut::Skip(data.len())
                }
            }
            None if self.depth > 0 => Cut::Broken(
                "the XML ends before the end tag of its root: the file is cut short; fetch it again".into(),
            ),
            None => Cut::End,
        }
    }
}

/// Searches the end tag of the record that `data` begins with.
fn inside(tags: &Tags, data: &[u8], from: usize, ended: bool) -> Cut {
    let width = tags.end.needle().len();
    let mut at = from;
    while let Some(found) = tags.end.find(&data[at..]) {
        at += found;
        let rest = &data[at + width..];
        let space = rest.iter().take_while(|b| b.is_ascii_whitespace()).count();
        match rest.get(space) {
            Some(b'>') => {
                let end = at + width + space + 1;
                return match nested(tags, &data[..end]) {
                    Some(next) => Cut::Bad(next, "the record has no end tag".into()),
                    None => Cut::Record(end),
                };
            }
            None if !ended => return Cut::More(at),
            _ => at += width,
        }
    }
    if ended {
        return Cut::Broken("the XML ends inside a record: the file is cut short; fetch it again".into());
    }
    Cut::More(at.max(data.len().saturating_sub(width - 1)))
}

/// Finds the start of a further record before the end of this one: records do not nest, so an end tag is missing.
fn nested(tags: &Tags, record: &[u8]) -> Option<usize> {
    let width = tags.start.needle().len();
    tags.start
        .find_iter(&record[width..])
        .map(|at| at + width)
        .find(|at| matches!(record[at + width], b'>' | b'/' | b' ' | b'\t' | b'\r' | b'\n'))
}

fn internal_subset(declaration: &[u8]) -> bool {
    let end = memchr(b'>', declaration).unwrap_or(declaration.len());
    memchr(b'[', &declaration[..end]).is_some()
}

fn name_of(tag: &[u8]) -> &[u8] {
    let end = tag.iter().position(|b| b.is_ascii_whitespace() || matches!(b, b'>' | b'/'));
    &tag[..end.unwrap_or(tag.len())]
}
