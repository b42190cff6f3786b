//! Which format a stream holds, by its first bytes; the file's name only sharpens messages.

use std::path::Path;

use super::Format;
use super::delimited::Header;
use super::expand::ending;
use super::page;

/// Bytes looked at. A root element comes after at most some kB of declarations and comments.
pub(super) const HEAD: usize = 64 << 10;

const BINARY: [(&[u8], &str); 9] = [
    (b"%PDF", "a PDF; convert it to text first (pdftotext)"),
    (b"PK\x03\x04", "a zip archive or an office document; unpack it first"),
    (b"BZh", "bzip2-compressed; unpack it first (bunzip2)"),
    (b"\xfd7zXZ", "xz-compressed; unpack it first (unxz)"),
    (b"\x28\xb5\x2f\xfd", "zstd-compressed; unpack it first (unzstd)"),
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"\xff\xfe", "UTF-16; convert it to UTF-8 first (iconv -f UTF-16 -t UTF-8)"),
    (b"\xfe\xff", "UTF-16; convert it to UTF-8 first (iconv -f UTF-16 -t UTF-8)"),
];

/// Endings that promise a format which would have been recognised.
const PROMISING: [&str; 10] =
    ["xml", "nxml", "jats", "bioc", "nbib", "medline", "json", "jsonl", "ndjson", "pubtator"];

const ROOTS: [(&str, Format); 9] = [
    ("PubmedArticleSet", Format::Pubmed),
    ("PubmedArticle", Format::Pubmed),
    ("PubmedBookArticle", Format::Pubmed),
    ("MedlineCitationSet", Format::Pubmed),
    ("MedlineCitation", Format::Pubmed),
    ("article", Format::Jats),
    ("pmc-articleset", Format::Jats),
    ("collection", Format::BiocXml),
    ("document", Format::BiocXml),
];

/// Recognises the format of a stream that begins with `head`, of which nothing follows if `whole` is set.
///
/// Returns what is wrong and what to do if there is none.
pub(super) fn detect(head: &[u8], whole: bool, path: &Path) -> Result<Format, String> {
    if head.trim_ascii().is_empty() && whole {
        return Err("the file is empty".into());
    }
    if let Some((_, what)) = BINARY.iter().find(|(magic, _)| head.starts_with(magic)) {
        return Err(format!("the file is {what}"));
    }
    if head.contains(&0) {
        return Err("the file is binary, not text".into());
    }
    // The head may end inside a character, and one bad record in it must not cost the file.
    let text = String::from_utf8_lossy(head);
    let text = text.trim_start_matches('\u{feff}').trim_start();
    let name = ending(path);
    if text.starts_with('<') {
        return xml(text);
    }
    if text.starts_with('{') || text.starts_with('[') {
        return json(text);
    }
    let first = text.lines().next().unwrap_or("");
    if is_medline_line(first) && text.lines().any(|l| l.starts_with("PMID- ")) {
        return Ok(Format::Medline);
    }
    if is_pubtator_line(first) {
        return Ok(Format::Pubtator);
    }
    if page::looks_like(text) {
        return Ok(Format::PubmedPage);
    }
    let table = matches!(name.as_deref(), Some("csv" | "tsv"));
    match Header::parse(first) {
        Ok(_) => return Ok(Format::Delimited),
        Err(message) if table => return Err(message),
        Err(_) => {}
    }
    match name {
        Some(e) if PROMISING.contains(&e.as_str()) => {
            Err(format!("the name ends in .{e}, but the content is of no known format"))
        }
        _ if mostly_invalid(head) => {
            Err("the file is binary or not in UTF-8; convert it first (iconv -t UTF-8)".into())
        }
        _ => Ok(Format::Text),
    }
}

fn xml(text: &str) -> Result<Format, String> {
    let utf8 = |e: &str| matches!(e.to_ascii_lowercase().as_str(), "utf-8" | "utf8" | "us-ascii" | "ascii");
    if let Some(encoding) = declared_encoding(text).filter(|e| !utf8(e)) {
        return Err(format!(
            "the XML is in {encoding}; convert it to UTF-8 first (iconv, xmllint --encode UTF-8)"
        ));
    }
    let mut root = "";
    for name in element_names(text).take(16) {
        if let Some((_, format)) = ROOTS.iter().find(|(root, _)| *root == name) {
            return Ok(*format);
        }
        if name.eq_ignore_ascii_case("html") || name.eq_ignore_ascii_case("head") {
            return Err(
                "an HTML page, not literature data; save the article as PubMed XML, .nbib, or as plain text"
                    .into(),
            );
        }
        root = if root.is_empty() { name } else { root };
    }
    let opening: String = text.chars().take(1024).collect();
    if opening.to_ascii_lowercase().contains("<!doctype html") {
        return Err(
            "an HTML page, not literature data; save the article as PubMed XML, .nbib, or as plain text"
                .into(),
        );
    }
    Err(format!("XML of no known kind (its root is <{root}>); known are PubMed, MEDLINE, JATS and BioC"))
}

fn json(text: &str) -> Result<Format, String> {
    if text.contains("\"passages\"") || text.contains("\"documents\"") {
        return Ok(Format::BiocJson);
    }
    match text.as_bytes()[0] {
        b'{' => Ok(Format::Jsonl),
        _ => Err("a JSON array; write one object a line instead (jq -c '.[]')".into()),
    }
}

/// Lists the names of the start tags, in order.
fn element_names(text: &str) -> impl Iterator<Item = &str> {
    text.split('<').skip(1).filter(|t| t.starts_with(|c: char| c.is_alphabetic())).map(|t| {
        let end = t.find(|c: char| c.is_whitespace() || c == '>' || c == '/').unwrap_or(t.len());
        &t[..end]
    })
}

fn declared_encoding(text: &str) -> Option<&str> {
    let declaration = text.strip_prefix("<?xml")?.split_once("?>")?.0;
    let value = declaration.split_once("encoding")?.1.trim_start().strip_prefix('=')?.trim_start();
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    value[1..].split_once(quote).map(|(encoding, _)| encoding)
}

/// Tells whether a line is a MEDLINE field: a tag of up to four capitals, padded, and `- `.
pub(super) fn is_medline_line(line: &str) -> bool {
    let bytes = line.as_bytes();
    bytes.len() > 4
        && bytes[4] == b'-'
        && bytes[0].is_ascii_uppercase()
        && bytes[..4].iter().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || *b == b' ')
}

fn is_pubtator_line(line: &str) -> bool {
    let mut fields = line.splitn(3, '|');
    let id = fields.next().unwrap_or("");
    let good = !id.is_empty() && !id.contains(char::is_whitespace);
    good && matches!(fields.next(), Some("t" | "a")) && fields.next().is_some()
}

/// Tells whether more than one byte in 50 is no text: control characters or no UTF-8.
fn mostly_invalid(head: &[u8]) -> bool {
    let bad: usize = head
        .utf8_chunks()
        .map(|c| {
            c.invalid().len()
                + c.valid().bytes().filter(|b| *b < 9 || (14..32).contains(b) && *b != 27).count()
        })
        .sum();
    bad * 50 > head.len()
}
