//! What the XML readers share: a pull parser over one record, text without markup, and a jump over what is not needed.

use std::borrow::Cow;

use memchr::memmem;
use quick_xml::Reader;
use quick_xml::events::{BytesRef, BytesStart, Event};

/// Deepest nesting accepted. Real articles stay below 40; the cap bounds recursion on hostile input.
const MAX_DEPTH: usize = 256;

/// Elements whose text repeats what stands beside it, in a notation of its own.
const UNREAD: [&[u8]; 4] = [b"annotation", b"annotation-xml", b"tex-math", b"CopyrightInformation"];

/// What is wrong with a record, and at which byte of it.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) offset: u64,
    pub(super) message: String,
}

/// Reads the events of one record.
pub(super) struct Xml<'a> {
    length: usize,
    depth: usize,
    reader: Reader<&'a [u8]>,
}

impl<'a> Xml<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { length: text.len(), depth: 0, reader: Reader::from_str(text) }
    }

    /// Makes a fault at the current byte.
    pub(super) fn fault(&self, message: impl Into<String>) -> Fault {
        Fault { offset: (self.length - self.reader.get_ref().len()) as u64, message: message.into() }
    }

    /// Returns the next event; an empty element (`<a/>`) comes as such.
    pub(super) fn next(&mut self) -> Result<Event<'a>, Fault> {
        let event = self.reader.read_event().map_err(|e| self.fault(format!("malformed XML: {e}")))?;
        match event {
            Event::Start(_) if self.depth == MAX_DEPTH => {
                return Err(self.fault(format!("elements nest deeper than {MAX_DEPTH}")));
            }
            Event::Start(_) => self.depth += 1,
            Event::End(_) => self.depth = self.depth.saturating_sub(1),
            Event::Eof if self.depth > 0 => return Err(self.fault("the XML ends inside an element")),
            _ => {}
        }
        Ok(event)
    }

    /// Jumps behind the end of the element that was just started, without tokenising what it holds.
    pub(super) fn skip(&mut self, element: &BytesStart) -> Result<(), Fault> {
        let name = element.name();
        let rest: &'a [u8] = self.reader.get_ref();
        let mut open = 1_usize;
        for at in memmem::find_iter(rest, name.as_ref()) {
            let whole = rest
                .get(at + name.as_ref().len())
                .is_none_or(|b| matches!(b, b'>' | b'/' | b' ' | b'\t' | b'\r' | b'\n'));
            match &rest[..at] {
                [.., b'<', b'/'] if whole => open -= 1,
                [.., b'<'] if whole => open += 1,
                _ => {}
            }
            if open == 0 {
                *self.reader.get_mut() = &rest[at - 2..];
                return self.next().map(|_| ());
            }
        }
        Err(self.fault(format!("<{}> has no end tag", String::from_utf8_lossy(name.as_ref()))))
    }

    /// Appends the text inside the element that was just started, with white space folded to one space, and moves
    /// behind its end.
    pub(super) fn text(&mut self, out: &mut String) -> Result<(), Fault> {
        let floor = out.len();
        let outer = self.depth - 1;
        loop {
            match self.next()? {
                Event::Start(e) if UNREAD.contains(&e.local_name().as_ref()) => self.skip(&e)?,
                Event::End(_) if self.depth == outer => break,
                Event::Eof => return Err(self.fault("the XML ends inside an element")),
                event => self.characters(event, floor, out)?,
            }
        }
        out.truncate(floor + out[floor..].trim_end_matches(' ').len());
        Ok(())
    }

    /// Returns the text inside the element that was just started, as [`Xml::text`] does.
    pub(super) fn string(&mut self) -> Result<String, Fault> {
        let mut out = String::new();
        self.text(&mut out)?;
        Ok(out)
    }

    /// Appends the characters that an event stands for; markup stands for none.
    pub(super) fn characters(&self, event: Event, floor: usize, out: &mut String) -> Result<(), Fault> {
        match event {
            Event::Text(text) => push_folded(out, floor, &utf8(text.into_inner())),
            Event::CData(data) => push_folded(out, floor, &utf8(data.into_inner())),
            Event::GeneralRef(name) => self.reference(&name, floor, out)?,
            _ => {}
        }
        Ok(())
    }

    /// Appends what an entity or character reference stands for.
    fn reference(&self, name: &BytesRef, floor: usize, out: &mut String) -> Result<(), Fault> {
        let text = utf8(Cow::Borrowed(&**name));
        let character = name.resolve_char_ref().map_err(|e| self.fault(format!("malformed XML: {e}")))?;
        match character.map(String::from).or_else(|| named_entity(&text)) {
            Some(known) => push_folded(out, floor, &known),
            None => return Err(self.fault(format!("unknown entity &{text};"))),
        }
        Ok(())
    }
}

/// Resolves a named entity: those of XML, and those of HTML, which are those of the DTDs' entity sets.
fn named_entity(name: &str) -> Option<String> {
    // The table in quick-xml (feature `escape-html`) has hundreds of wrong entries up to 0.38.4: `alpha` is ";".
    let reference = format!("&{name};");
    let decoded = html_escape::decode_html_entities(&reference);
    Some(decoded.into_owned()).filter(|d| *d != reference)
}

/// Returns the value of an attribute.
pub(super) fn attribute(element: &BytesStart, name: &str) -> Option<String> {
    let attribute = element.try_get_attribute(name).ok()??;
    let raw = utf8(attribute.value);
    Some(html_escape::decode_html_entities(raw.trim()).into_owned())
}

/// Appends text with runs of white space folded to one space, and none at `floor`, where the element began.
pub(super) fn push_folded(out: &mut String, floor: usize, text: &str) {
    let bytes = text.as_bytes();
    let after_space = out.len() == floor || out.ends_with(' ');
    let plain = memchr::memchr3(b'\n', b'\t', b'\r', bytes).is_none()
        && !(after_space && bytes.first() == Some(&b' '))
        && memmem::find(bytes, b"  ").is_none();
    if plain {
        out.push_str(text);
        return;
    }
    for c in text.chars() {
        match c {
            ' ' | '\t' | '\n' | '\r' if out.len() == floor || out.ends_with(' ') => {}
            ' ' | '\t' | '\n' | '\r' => out.push(' '),
            c => out.push(c),
        }
    }
}

/// The record was checked to be UTF-8, and events begin and end at ASCII characters.
fn utf8(bytes: Cow<'_, [u8]>) -> Cow<'_, str> {
    match bytes {
        Cow::Borrowed(b) => String::from_utf8_lossy(b),
        Cow::Owned(b) => Cow::Owned(String::from_utf8_lossy(&b).into_owned()),
    }
}

/// Returns the year that a date begins with or holds: the first four digits in a row (`1998 Dec-1999 Jan`).
pub(super) fn year_in(date: &str) -> Option<u16> {
    date.split(|c: char| !c.is_ascii_digit())
        .filter(|run| run.len() >= 4)
        .find_map(|run| run[..4].parse().ok())
        .filter(|year| (1500..=2200).contains(year))
}
