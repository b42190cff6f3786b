//! What holds for all formats: bad records, damage, limits, refusals, and how the stream is delivered.

use std::io::{Cursor, Read};
use std::path::PathBuf;

use cytosift::Error;
use cytosift::readers::{Format, MAX_RECORD, expand, from_reader, open};
use proptest::prelude::*;

use crate::{Item, article, documents, gzip, messages, pubmed, read};

#[test]
fn a_bad_record_harms_no_other() {
    let good = |pmid| article(pmid, "<ArticleTitle>T</ArticleTitle>");
    let cases = [
        ("mismatched tag", article("2", "<ArticleTitle>a<i>b</ArticleTitle>"), "malformed XML"),
        (
            "unknown entity",
            article("2", "<ArticleTitle>&nonsense;</ArticleTitle>"),
            "unknown entity &nonsense;",
        ),
        ("bare ampersand", article("2", "<ArticleTitle>a & b</ArticleTitle>"), "malformed XML"),
        ("missing end tag", "<PubmedArticle><MedlineCitation><PMID>2</PMID>\n".to_owned(), "no end tag"),
        ("list not closed", article("2", "<AuthorList><Author>"), "<AuthorList> has no end tag"),
        (
            "nesting",
            article("2", &format!("{}{}", "<b>".repeat(500), "</b>".repeat(500))),
            "nest deeper than 256",
        ),
    ];
    for (name, bad, message) in cases {
        let (_, items) = read("dir/x.xml", pubmed(&format!("{}{bad}{}", good("1"), good("3"))));
        let ids: Vec<&str> = documents(&items).iter().map(|d| d.id.as_str()).collect();
        assert_eq!(ids, ["1", "3"], "{name}");
        let found = messages(&items);
        assert_eq!(found.len(), 1, "{name}: {found:?}");
        assert!(found[0].starts_with("dir/x.xml, record 2"), "{name}: {found:?}");
        assert!(found[0].contains(", byte ") && found[0].contains(message), "{name}: {found:?}");
        assert!(items[1].as_ref().unwrap_err().is_record(), "{name}");
    }
}

#[test]
fn deep_nesting_does_not_exhaust_the_stack() {
    for (open, close) in
        [("<sec>", "</sec>"), ("<fig><caption><p>", "</p></caption></fig>"), ("<p><i>", "</i></p>")]
    {
        for (times, accepted) in [(60, true), (20_000, false)] {
            let body = format!("{}x{}", open.repeat(times), close.repeat(times));
            let (_, items) = read("x.nxml", format!("<article><body>{body}</body></article>"));
            assert_eq!(items[0].is_ok(), accepted, "{open} {times}");
        }
    }
    // Unknown fields are passed over, at any depth; a text must be a string.
    for (field, accepted) in [("x", true), ("text", false)] {
        let (open, close) = ("[".repeat(100_000), "]".repeat(100_000));
        let (_, items) = read("x.jsonl", format!("{{\"title\": \"t\", \"{field}\": {open}{close}}}\n"));
        assert_eq!(items[0].is_ok(), accepted, "{field}");
    }
}

#[test]
fn rejects_only_the_record_with_invalid_utf8() {
    let mut bytes =
        pubmed(&(article("1", "<ArticleTitle>@</ArticleTitle>") + &article("2", ""))).into_bytes();
    let at = bytes.iter().position(|b| *b == b'@').unwrap();
    bytes[at] = 0xff;
    let (_, items) = read("x.xml", bytes);
    assert_eq!(documents(&items).len(), 1);
    let expected =
        format!("x.xml, record 1, byte {at}: not valid UTF-8 here; convert the file first (iconv -t UTF-8)");
    assert_eq!(messages(&items), [expected]);
    let (_, items) = read("x.jsonl", b"{\"text\": \"1\"}\n{\"text\": \"\xff\"}\n{\"text\": \"3\"}\n");
    assert_eq!(documents(&items).len(), 2);
    assert!(messages(&items)[0].starts_with("x.jsonl, record 2, byte 24: not valid UTF-8"));
}

#[test]
fn delivers_all_complete_records_of_a_cut_file() {
    let whole = pubmed(&(article("1", "") + &article("2", "")));
    let second = whole.rfind("<PubmedArticle>").unwrap();
    let cuts = [
        (whole.rfind("</PubmedArticleSet>").unwrap(), 2, "before the end tag of its root"),
        (whole.len() - 2, 2, "inside a tag"),
        (second + 60, 1, "inside a record"),
        (second, 1, "before the end tag of its root"),
    ];
    for (cut, count, message) in cuts {
        let (_, items) = read("x.xml", &whole.as_bytes()[..cut]);
        assert_eq!(documents(&items).len(), count, "{message}");
        let last = items.last().unwrap().as_ref().unwrap_err();
        assert!(matches!(last, Error::Input { byte, .. } if *byte == cut as u64), "{last}");
        assert!(last.to_string().contains(message), "{last}");
    }
}

#[test]
fn delivers_all_complete_records_of_a_truncated_gzip_file() {
    let text: String = (0..2000)
        .map(|i| article(&i.to_string(), &format!("<ArticleTitle>{}</ArticleTitle>", i * i)))
        .collect();
    let mut bytes = gzip(pubmed(&text).as_bytes());
    bytes.truncate(bytes.len() / 2);
    let (_, items) = read("x.xml.gz", bytes);
    let last = items.last().unwrap().as_ref().unwrap_err();
    assert!(last.to_string().contains("the gzip file is cut short; fetch it again"), "{last}");
    assert!(matches!(last, Error::Input { byte, .. } if *byte > 0));
    let good = documents(&items);
    assert!(good.len() > 500 && good.len() == items.len() - 1);
    assert_eq!(good[500].id, "500");
}

#[test]
fn reads_many_gzip_members_as_one_file() {
    let text = pubmed(&(article("1", "") + &article("2", "")));
    let (a, b) = text.as_bytes().split_at(150);
    let (format, items) = read("noname", [gzip(a), gzip(b)].concat());
    assert_eq!((format, documents(&items).len()), (Some(Format::Pubmed), 2));
}

#[test]
fn refuses_what_is_no_literature() {
    let cases: [(&str, Vec<u8>, &str); 14] = [
        ("a.txt", b"".to_vec(), "the file is empty"),
        ("a.xml", b" \n\n".to_vec(), "the file is empty"),
        ("a.gz", gzip(b""), "the file is empty"),
        ("a.xml", b"<!DOCTYPE html>\n<html><body>x</body></html>".to_vec(), "an HTML page"),
        ("a.txt", b"\n<HTML><head></head></HTML>".to_vec(), "an HTML page"),
        ("a.pdf", b"%PDF-1.7 ...".to_vec(), "a PDF"),
        ("a.txt", b"text\0more".to_vec(), "binary"),
        ("a.txt", (0..=255).map(|b: u8| b.max(1)).collect(), "binary or not in UTF-8"),
        ("a.txt", b"\xff\xfea\0".to_vec(), "UTF-16"),
        ("a.xml", b"<?xml version=\"1.0\"?><recipe/>".to_vec(), "its root is <recipe>"),
        (
            "a.xml",
            b"<?xml version='1.0' encoding='ISO-8859-1'?><article/>".to_vec(),
            "the XML is in ISO-8859-1",
        ),
        ("a.xml", b"Just text".to_vec(), "the name ends in .xml"),
        ("a.csv", b"gene,score\nIL2,3\n".to_vec(), "the first line must name the columns"),
        ("a.json", b"[{\"id\": 1}]".to_vec(), "a JSON array; write one object a line"),
    ];
    for (name, bytes, message) in cases {
        let (format, items) = read(name, bytes);
        assert_eq!((format, items.len()), (None, 1), "{name}: {message}");
        let error = items[0].as_ref().unwrap_err();
        assert!(matches!(error, Error::Input { .. }), "{error}");
        assert!(error.to_string().starts_with(name) && error.to_string().contains(message), "{error}");
    }
    let damaged = [&gzip(b"some text that is compressed")[..15], &[7; 40]].concat();
    let error = messages(&read("x.gz", damaged).1).join(" ");
    assert!(error.contains("x.gz, byte 0: the gzip file is damaged"), "{error}");
}

/// Yields a prefix, then a byte many times, then a suffix.
fn long(prefix: &str, length: usize, suffix: &str) -> impl Read + Send + use<> {
    let middle = std::io::repeat(b'x').take(length as u64);
    Cursor::new(prefix.to_owned().into_bytes())
        .chain(middle)
        .chain(Cursor::new(suffix.to_owned().into_bytes()))
}

#[test]
fn rejects_an_oversized_record_and_goes_on() {
    let size = 50 << 20;
    let cases = [
        ("x.jsonl", "{\"id\": \"1\", \"text\": \"\"}\n{\"text\": \"", "\"}\n{\"id\": 3, \"text\": \"\"}\n"),
        ("x.csv", "id,title\n1,t\n2,\"", "\"\n3,t\n"),
        ("x.pubtator", "1|t|T\n\n2|t|", "\n\n3|t|T\n"),
        ("x.nbib", "PMID- 1\nTI  - T\n\nPMID- 2\nAB  - ", "\n\nPMID- 3\n"),
        (
            "x.xml",
            "<PubmedArticleSet><PubmedArticle><PMID>1</PMID></PubmedArticle><PubmedArticle><PMID>2</PMID>",
            "</PubmedArticle><PubmedArticle><PMID>3</PMID></PubmedArticle></PubmedArticleSet>",
        ),
        (
            "x.json",
            "{\"documents\": [{\"id\": 1, \"passages\": []}, {\"passages\": [], \"id\": \"",
            "\"}, {\"id\": 3, \"passages\": []}]}",
        ),
    ];
    for (name, prefix, suffix) in cases {
        let records = from_reader(name, long(prefix, size, suffix)).unwrap();
        let items: Vec<Item> = records.map(|r| r.and_then(|r| r.parse())).collect();
        let ids: Vec<&str> = documents(&items).iter().map(|d| d.id.as_str()).collect();
        assert_eq!(ids, ["1", "3"], "{name}");
        let found = messages(&items);
        assert_eq!(found.len(), 1, "{name}: {found:?}");
        assert!(found[0].starts_with(&format!("{name}, record 2, byte ")), "{found:?}");
        assert!(found[0].contains(&format!("more than {MAX_RECORD}; split it")), "{found:?}");
    }
    let records = from_reader("x.txt", long("", size, "")).unwrap();
    let items: Vec<Item> = records.map(|r| r.and_then(|r| r.parse())).collect();
    assert!(messages(&items)[0].contains("x.txt, record 1, byte 0: the record has 52428800 bytes"));
}

#[test]
fn expands_folders_and_patterns_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    std::fs::create_dir(at("b")).unwrap();
    for name in ["c.xml", "b/x.nbib.gz", "a.txt", "a.md5", ".hidden.txt"] {
        std::fs::write(at(name), "x").unwrap();
    }
    // The pattern's file comes with the folder already.
    let found = expand(&[folder.path().to_path_buf(), PathBuf::from("-"), at("*.xml")]).unwrap();
    assert_eq!(found.files, [at("a.txt"), at("b/x.nbib.gz"), at("c.xml"), PathBuf::from("-")]);
    assert_eq!(found.skipped, [at("a.md5")]);
    assert_eq!(expand(&[at("a.md5")]).unwrap().files, [at("a.md5")]);
    assert!(matches!(expand(&[at("no.xml")]), Err(Error::Io { .. })));
    assert!(expand(&[at("*.no")]).unwrap_err().to_string().contains("no file to read"));
    assert!(matches!(open(&at("b")), Err(Error::Io { .. })));
}

#[test]
fn reads_every_sample() {
    let samples = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("data/sample");
    let mut formats = Vec::new();
    for path in expand(&[samples]).unwrap().files {
        let records = open(&path).unwrap();
        formats.push(records.format());
        for record in records {
            record.and_then(|r| r.parse()).unwrap_or_else(|e| panic!("{e}"));
        }
    }
    formats.sort();
    formats.dedup();
    assert_eq!(formats.len(), 10, "{formats:?}");
}

#[test]
fn counts_the_bytes_read_before_decompression() {
    let bytes = gzip(pubmed(&article("1", "")).as_bytes());
    let size = bytes.len() as u64;
    let mut records = from_reader("x", Cursor::new(bytes)).unwrap();
    let counter = records.bytes_read();
    assert_eq!(records.by_ref().count(), 1);
    assert_eq!(counter.load(std::sync::atomic::Ordering::Relaxed), size);
}

/// Delivers bytes in pieces of given sizes, over and over.
struct Dribble {
    bytes: Cursor<Vec<u8>>,
    sizes: Vec<usize>,
    next: usize,
}

impl Read for Dribble {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let size = self.sizes[self.next % self.sizes.len()].min(buffer.len());
        self.next += 1;
        self.bytes.read(&mut buffer[..size])
    }
}

/// A text of each format, longer than what is read ahead to recognise it.
fn long_texts() -> Vec<(&'static str, String)> {
    let many = |make: &dyn Fn(usize) -> String| (0..900).map(make).collect::<String>();
    let filler = |i: usize| "β x ".repeat(i % 40);
    let pubmed_text =
        pubmed(&many(&|i| article(&i.to_string(), &format!("<ArticleTitle>{}</ArticleTitle>", filler(i)))));
    let bioc =
        many(&|i| format!("<document><id>{i}</id><passage><text>{}</text></passage></document>", filler(i)));
    let json = many(&|i| format!("{{\"id\": {i}, \"passages\": [{{\"text\": \"\\\"{}\"}}]}},\n", filler(i)));
    vec![
        ("x.xml", pubmed_text),
        ("x.xml", format!("<collection>{bioc}</collection>")),
        ("x.json", format!("{{\"documents\": [{}{{\"passages\": []}}]}}", json)),
        ("x.jsonl", many(&|i| format!("{{\"id\": \"{i}\", \"title\": \"{}\"}}\n", filler(i)))),
        ("x.csv", format!("id,title\n{}", many(&|i| format!("{i},\"{}\"\"\n\"\r\n", filler(i))))),
        ("x.pubtator", many(&|i| format!("{i}|t|{}\r\n\r\n", filler(i)))),
        ("x.nbib", many(&|i| format!("PMID- {i}\nTI  - {}\n\n", filler(i)))),
        ("x.txt", many(&|i| format!("{i} {}\n", filler(i)))),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    #[test]
    fn records_do_not_depend_on_how_the_stream_is_delivered(
        sizes in prop::collection::vec(prop_oneof![1_usize..8, 8_usize..9000], 1..20),
    ) {
        for (name, text) in long_texts() {
            let whole: Vec<Item> = read(name, text.as_str()).1;
            prop_assert!(whole.iter().all(Result::is_ok), "{name}: {:?}", messages(&whole));
            let bytes = Cursor::new(text.into_bytes());
            let dribble = Dribble { bytes, sizes: sizes.clone(), next: 0 };
            let pieces: Vec<Item> =
                from_reader(name, dribble).unwrap().map(|r| r.and_then(|r| r.parse())).collect();
            prop_assert_eq!(pieces.len(), whole.len());
            for (a, b) in whole.iter().zip(&pieces) {
                prop_assert_eq!(a.as_ref().unwrap(), b.as_ref().unwrap());
            }
        }
    }

    #[test]
    fn no_bytes_make_a_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..300), which in 0_usize..9) {
        let starts = ["", "<PubmedArticleSet><PubmedArticle>", "PMID- 1\n", "<article><front>", "1|t|", "{\"passages\":",
                      "<collection><document>", "id,title\n", "Similar articles\nCited by\nJ. 2001;"];
        let text = [starts[which].as_bytes(), &bytes].concat();
        let _ = read("x", text);
    }
}
