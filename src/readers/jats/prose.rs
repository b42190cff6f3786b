//! The inline markup of JATS: one paragraph, heading or title to text.

use std::sync::LazyLock;

use quick_xml::events::{BytesStart, Event};
use regex::Regex;

use super::Article;
use crate::readers::xml::{Fault, Xml, attribute, push_folded};

/// Elements that hold no prose.
pub(super) const LEFT_OUT: [&[u8]; 20] = [
    b"table-wrap",
    b"table-wrap-group",
    b"table",
    b"ref-list",
    b"fn",
    b"fn-group",
    b"supplementary-material",
    b"inline-supplementary-material",
    b"graphic",
    b"inline-graphic",
    b"media",
    b"code",
    b"preformat",
    b"array",
    b"chem-struct",
    b"chem-struct-wrap",
    b"alt-text",
    b"long-desc",
    b"attrib",
    b"object-id",
];

/// Elements that part words even where no space stands around them.
const PARTING: [&[u8]; 10] = [
    b"p",
    b"list",
    b"list-item",
    b"def",
    b"def-item",
    b"term",
    b"title",
    b"disp-quote",
    b"disp-formula",
    b"boxed-text",
];

/// Stands where a citation number was left out; a noncharacter, so that no text holds it.
const CITED: char = '\u{fdd0}';

/// Compiles a pattern of this file.
// The patterns are constants, all of which the tests run.
#[allow(clippy::expect_used)]
fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("a constant pattern")
}

static BRACKETED: LazyLock<Regex> = LazyLock::new(|| {
    pattern("[ \u{a0}]?[\\[(](?:[\\s,;–—-]|and|see|e\\.g\\.)*\u{fdd0}(?:[\\s,;–—-]|and|\u{fdd0})*[\\])]")
});
static BARE: LazyLock<Regex> =
    LazyLock::new(|| pattern("(?P<space> ?)\u{fdd0}(?:[\\s,;–—-]*\u{fdd0})*(?: ?(?P<stop>[.,;:]))?"));
static DOUBLE_SPACE: LazyLock<Regex> = LazyLock::new(|| pattern(" {2,}"));

/// Returns a heading as a label: without the colon or full stop that some end with.
pub(super) fn heading(mut text: String) -> String {
    text.truncate(text.trim_end_matches([':', '.', ' ']).len());
    text
}

/// Appends a text behind a separator, which an empty one does not get.
pub(super) fn join(out: &mut String, separator: char, text: &str) {
    if !out.is_empty() && !text.is_empty() {
        out.push(separator);
    }
    out.push_str(text);
}

impl Article {
    /// Returns the text of the element that was just started.
    pub(super) fn prose(&mut self, xml: &mut Xml) -> Result<String, Fault> {
        let mut out = String::new();
        self.inline(xml, &mut out)?;
        if out.contains(CITED) {
            let without = BRACKETED.replace_all(&out, "");
            let without = BARE.replace_all(&without, |c: &regex::Captures| match c.name("stop") {
                Some(stop) => stop.as_str().to_owned(),
                None => c["space"].to_owned(),
            });
            out = DOUBLE_SPACE.replace_all(&without, " ").into_owned();
        }
        out.truncate(out.trim_end_matches(' ').len());
        Ok(out)
    }

    fn inline(&mut self, xml: &mut Xml, out: &mut String) -> Result<(), Fault> {
        let mut open = 1;
        while open > 0 {
            match xml.next()? {
                Event::Start(e) => {
                    if PARTING.contains(&e.local_name().as_ref()) {
                        push_folded(out, 0, " ");
                    }
                    if !self.inline_element(xml, &e, out)? {
                        open += 1;
                    }
                }
                Event::Empty(e) if e.local_name().as_ref() == b"break" => push_folded(out, 0, " "),
                Event::End(e) => {
                    if PARTING.contains(&e.local_name().as_ref()) {
                        push_folded(out, 0, " ");
                    }
                    open -= 1;
                }
                Event::Eof => break,
                event => xml.characters(event, 0, out)?,
            }
        }
        Ok(())
    }

    /// Reads or skips an inline element; returns `false` for one to be entered.
    fn inline_element(
        &mut self,
        xml: &mut Xml,
        element: &BytesStart,
        out: &mut String,
    ) -> Result<bool, Fault> {
        match element.local_name().as_ref() {
            b"fig" => self.caption(xml)?,
            name if LEFT_OUT.contains(&name) => xml.skip(element)?,
            b"xref" => match attribute(element, "ref-type").as_deref() {
                Some("fn" | "table-fn" | "aff" | "corresp" | "author-notes") => xml.skip(element)?,
                Some("bibr") => {
                    let citation = xml.string()?;
                    // A name and year is part of the sentence; a number is not.
                    if citation.chars().any(char::is_alphabetic) {
                        push_folded(out, 0, &citation);
                    } else {
                        out.push(CITED);
                    }
                }
                _ => return Ok(false),
            },
            b"inline-formula" => formula(xml, out)?,
            b"disp-formula" => {
                formula(xml, out)?;
                push_folded(out, 0, " ");
            }
            _ => return Ok(false),
        }
        Ok(true)
    }
}

/// Appends a formula: the characters of its MathML, else its TeX between the dollar signs.
fn formula(xml: &mut Xml, out: &mut String) -> Result<(), Fault> {
    let (mut text, mut tex) = (String::new(), String::new());
    let mut open = 1;
    while open > 0 {
        match xml.next()? {
            Event::Start(e) => match e.local_name().as_ref() {
                b"tex-math" => tex = xml.string()?,
                b"math" => xml.text(&mut text)?,
                b"label" | b"graphic" | b"inline-graphic" => xml.skip(&e)?,
                _ => open += 1,
            },
            Event::End(_) => open -= 1,
            Event::Eof => break,
            event => xml.characters(event, 0, &mut text)?,
        }
    }
    if text.trim().is_empty() {
        let inner = tex.split_once("\\begin{document}").map_or(tex.as_str(), |(_, t)| t);
        let inner = inner.split("\\end{document}").next().unwrap_or(inner);
        text = inner.trim_matches(['$', ' ']).to_owned();
    }
    push_folded(out, 0, &text);
    Ok(())
}
