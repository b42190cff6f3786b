//! Awkward input for every reader, and the promises that hold for all of them.

#![allow(clippy::unwrap_used)]

use std::io::{Cursor, Read, Write};
use std::path::PathBuf;

use cytosift::document::Metadata;
use cytosift::readers::{Format, MAX_RECORD, Parsed, Record, expand, from_reader, open};
use cytosift::{Document, Error, Result};
use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::*;

type Item = Result<Parsed>;

fn read(name: &str, bytes: impl Into<Vec<u8>>) -> (Option<Format>, Vec<Item>) {
    match from_reader(name, Cursor::new(bytes.into())) {
        Ok(records) => (Some(records.format()), records.map(|r| r.and_then(|r: Record| r.parse())).collect()),
        Err(error) => (None, vec![Err(error)]),
    }
}

fn documents(items: &[Item]) -> Vec<&Document> {
    let parsed = items.iter().filter_map(|item| match item {
        Ok(Parsed::Documents(documents)) => Some(documents),
        _ => None,
    });
    parsed.flatten().collect()
}

/// Reads what must hold documents only.
fn read_well(name: &str, bytes: impl Into<Vec<u8>>) -> Vec<Document> {
    let (_, items) = read(name, bytes);
    let bad = items.iter().find(|i| i.is_err());
    assert!(bad.is_none(), "{name}: {bad:?}");
    documents(&items).into_iter().cloned().collect()
}

fn messages(items: &[Item]) -> Vec<String> {
    items.iter().filter_map(|i| i.as_ref().err().map(ToString::to_string)).collect()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn pubmed(articles: &str) -> String {
    format!(
        "<?xml version=\"1.0\"?>\n<!DOCTYPE PubmedArticleSet>\n<PubmedArticleSet>\n{articles}\n</PubmedArticleSet>\n"
    )
}

fn article(pmid: &str, inner: &str) -> String {
    format!(
        "<PubmedArticle><MedlineCitation><PMID Version=\"1\">{pmid}</PMID><Article>{inner}</Article>\
         </MedlineCitation></PubmedArticle>\n"
    )
}

/// What a reader makes of a text: title and body.
struct Case {
    name: &'static str,
    input: &'static str,
    title: &'static str,
    body: &'static str,
}

#[test]
fn reads_awkward_pubmed_articles() {
    let cases = [
        Case {
            name: "inline markup",
            input: "<ArticleTitle>CD8<sup>+</sup> T cells in <i>Mus <b>musculus</b></i>.</ArticleTitle>",
            title: "CD8+ T cells in Mus musculus.",
            body: "",
        },
        Case {
            name: "entities and character references",
            input: "<ArticleTitle>IFN-&#x3b3; &amp; TNF-&#945; &lt; 5 &gt; 1 &quot;x&quot; &alpha;</ArticleTitle>",
            title: "IFN-γ & TNF-α < 5 > 1 \"x\" α",
            body: "",
        },
        Case {
            name: "CDATA, comment and processing instruction",
            input: "<ArticleTitle>a<!-- no -->b<?no?><![CDATA[ <c> & ]]>d</ArticleTitle>",
            title: "ab <c> & d",
            body: "",
        },
        Case {
            name: "labels, placeholders and an empty part",
            input: "<ArticleTitle>T</ArticleTitle><Abstract><AbstractText Label=\"AIMS &amp; METHODS\">a.</AbstractText>\
                    <AbstractText Label=\"UNLABELLED\">b.</AbstractText><AbstractText Label=\"RESULTS\"/>\
                    <AbstractText Label=\"RESULTS:\">c.</AbstractText>\
                    <CopyrightInformation>Not this.</CopyrightInformation></Abstract>",
            title: "T",
            body: "AIMS & METHODS: a. b. RESULTS: c.",
        },
        Case {
            name: "white space of pretty-printing, CRLF",
            input: "<ArticleTitle>\r\n  Two\r\n  words </ArticleTitle><Abstract>\n<AbstractText>\n\t a  b\n</AbstractText></Abstract>",
            title: "Two words",
            body: "a b",
        },
        Case {
            name: "MathML, without its TeX",
            input: "<ArticleTitle>T</ArticleTitle><Abstract><AbstractText>k <mml:math><mml:mi>x</mml:mi><mml:mo>=</mml:mo>\
                    <mml:annotation encoding=\"tex\">\\x</mml:annotation><mml:mn>2</mml:mn></mml:math>.</AbstractText></Abstract>",
            title: "T",
            body: "k x=2.",
        },
        Case {
            name: "no abstract",
            input: "<ArticleTitle>Only a title</ArticleTitle>",
            title: "Only a title",
            body: "",
        },
        Case {
            name: "no title",
            input: "<ArticleTitle/><Abstract><AbstractText>Text.</AbstractText></Abstract>",
            title: "",
            body: "Text.",
        },
        Case {
            name: "title in the original language only",
            input: "<ArticleTitle></ArticleTitle><VernacularTitle>Zytokine</VernacularTitle>",
            title: "Zytokine",
            body: "",
        },
        Case {
            name: "Greek, emoji and combining characters",
            input: "<ArticleTitle>β-cell 🧬 cafe\u{301} İ ﬁ</ArticleTitle>",
            title: "β-cell 🧬 cafe\u{301} İ ﬁ",
            body: "",
        },
        Case {
            name: "names of authors and references do not count",
            input: "<ArticleTitle>T</ArticleTitle><AuthorList><Author><CollectiveName>A</CollectiveName></Author></AuthorList>\
                    <ReferenceList><ReferenceList><Title>no</Title></ReferenceList><Title>no</Title></ReferenceList>",
            title: "T",
            body: "",
        },
    ];
    for case in cases {
        let found = read_well("x.xml", pubmed(&article("1", case.input)));
        assert_eq!(found.len(), 1, "{}", case.name);
        assert_eq!((found[0].title(), found[0].body()), (case.title, case.body), "{}", case.name);
        assert_eq!(found[0].id, "1", "{}", case.name);
        assert_eq!(found[0].metadata.journal, None, "{}", case.name);
    }
}

#[test]
fn keeps_the_sections_of_a_structured_abstract() {
    let inner = "<ArticleTitle>T</ArticleTitle><Abstract><AbstractText Label=\"METHODS\">Ä.</AbstractText>\
                 <AbstractText Label=\"RESULTS\">b.</AbstractText></Abstract>";
    let found = read_well("x.xml", pubmed(&article("1", inner)));
    let sections: Vec<(&str, &str)> =
        found[0].sections.iter().map(|s| (s.label.as_str(), found[0].slice(s.span))).collect();
    assert_eq!(sections, [("title", "T"), ("METHODS", "METHODS: Ä."), ("RESULTS", "RESULTS: b.")]);
}

#[test]
fn reads_the_metadata_of_a_citation() {
    let text = pubmed(
        "<PubmedArticle><MedlineCitation><PMID Version=\"3\">7</PMID><Article><Journal><JournalIssue><PubDate>\
         <MedlineDate>1998 Dec-1999 Jan</MedlineDate></PubDate></JournalIssue><Title>J &amp; J</Title></Journal>\
         <ArticleTitle>T</ArticleTitle><ELocationID EIdType=\"doi\" ValidYN=\"N\">10.1/no</ELocationID></Article>\
         <KeywordList><Keyword>IL-2</Keyword><Keyword><i>k</i></Keyword></KeywordList>\
         <CommentsCorrectionsList><CommentsCorrections><PMID>8</PMID></CommentsCorrections></CommentsCorrectionsList>\
         </MedlineCitation><PubmedData><ArticleIdList><ArticleId IdType=\"doi\">10.1/yes</ArticleId>\
         <ArticleId IdType=\"pmc\">PMC5</ArticleId></ArticleIdList><ReferenceList><Reference><ArticleIdList>\
         <ArticleId IdType=\"doi\">10.1/ref</ArticleId></ArticleIdList></Reference></ReferenceList></PubmedData></PubmedArticle>",
    );
    let expected = Metadata {
        pmid: Some("7".into()),
        version: Some("3".into()),
        pmcid: Some("PMC5".into()),
        doi: Some("10.1/yes".into()),
        journal: Some("J & J".into()),
        year: Some(1998),
        keywords: vec!["IL-2".into(), "k".into()],
    };
    assert_eq!(read_well("x.xml", text)[0].metadata, expected);
}

#[test]
fn reads_other_abstracts_books_and_citation_sets() {
    let other = "<ArticleTitle>T</ArticleTitle></Article><OtherAbstract Language=\"spa\"><AbstractText>No.</AbstractText>\
                 </OtherAbstract><OtherAbstract Language=\"eng\"><AbstractText>Yes.</AbstractText></OtherAbstract><Article>";
    assert_eq!(read_well("x.xml", pubmed(&article("1", other)))[0].body(), "Yes.");
    let both = "<Abstract><AbstractText>Main.</AbstractText></Abstract></Article><OtherAbstract Language=\"eng\">\
                <AbstractText>Side.</AbstractText></OtherAbstract><Article>";
    assert_eq!(read_well("x.xml", pubmed(&article("1", both)))[0].body(), "Main.");
    let book = "<PubmedBookArticle><BookDocument><PMID>2</PMID><Book><BookTitle>The book</BookTitle></Book>\
                <ArticleTitle>The chapter</ArticleTitle><Abstract><AbstractText>Text.</AbstractText></Abstract>\
                <Sections><Section><SectionTitle>no</SectionTitle></Section></Sections></BookDocument></PubmedBookArticle>";
    let found = read_well("x.xml", pubmed(book));
    assert_eq!((found[0].title(), found[0].body()), ("The chapter", "Text."));
    let set = "<MedlineCitationSet><MedlineCitation><PMID>3</PMID><Article><ArticleTitle>T</ArticleTitle></Article>\
               </MedlineCitation></MedlineCitationSet>";
    assert_eq!(read_well("x.xml", set)[0].id, "3");
}

#[test]
fn reports_withdrawn_citations() {
    let text =
        pubmed("<DeleteCitation>\n<PMID Version=\"1\">5</PMID><PMID Version=\"1\">6</PMID></DeleteCitation>");
    let with_one = text.replace("<DeleteCitation>", &format!("{}<DeleteCitation>", article("1", "")));
    let (_, items) = read("x.xml", with_one);
    assert_eq!(documents(&items).len(), 1);
    assert_eq!(items[1].as_ref().unwrap(), &Parsed::Deleted(vec!["5".into(), "6".into()]));
}

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
    let (_, items) = read("x.jsonl", b"{\"id\": \"1\"}\n{\"id\": \"\xff\"}\n{\"id\": \"3\"}\n");
    assert_eq!(documents(&items).len(), 2);
    assert!(messages(&items)[0].starts_with("x.jsonl, record 2, byte 20: not valid UTF-8"));
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
        ("x.jsonl", "{\"id\": \"1\"}\n{\"id\": \"", "\"}\n{\"id\": \"3\"}\n"),
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
fn reads_medline() {
    let text = "\u{feff}\r\nPMID- 1\r\nTI  - A long\r\n      title.\r\nLID - 10.1/x [doi]\r\nLID - e5 [pii]\r\nAB  - One\r\n      two.\r\n\
                DP  - 2015 Aug 15\r\nJT  - J\r\nPMC - PMC9\r\nOT  - k\r\nAB  -\r\n\r\nPMID- 2\r\nBTI - Book\r\nPMID- 3\r\n\r\n";
    let found = read_well("x.nbib", text);
    let texts: Vec<(&str, &str)> = found.iter().map(|d| (d.title(), d.body())).collect();
    assert_eq!(texts, [("A long title.", "One two."), ("Book", ""), ("", "")]);
    let metadata = &found[0].metadata;
    assert_eq!((metadata.doi.as_deref(), metadata.pmcid.as_deref()), (Some("10.1/x"), Some("PMC9")));
    assert_eq!((metadata.year, metadata.keywords.len()), (Some(2015), 1));
    let (_, items) = read("x.nbib", "PMID- 1\nTI  - T\nstray\n\nPMID- 2\n");
    assert_eq!(documents(&items)[0].id, "2");
    assert_eq!(messages(&items), ["x.nbib, record 1, byte 16: neither a MEDLINE field nor its continuation"]);
}

#[test]
fn reads_jats() {
    let article = |title: &str, body: &str| {
        format!(
            "<!DOCTYPE article [<!ENTITY x \"y\">]><article><front><article-meta><article-id pub-id-type=\"pmc\">7</article-id>\
             <title-group><article-title>{title}</article-title></title-group><abstract><p>Abs.</p></abstract>\
             </article-meta></front><body>{body}</body><back><ref-list><title>no</title></ref-list></back></article>"
        )
    };
    let cases = [
        (
            "citation numbers in brackets",
            "<p>a [<xref ref-type=\"bibr\">1</xref>, <xref ref-type=\"bibr\">2</xref>]. b</p>",
            "a. b",
        ),
        (
            "citation numbers above the line",
            "<p>IL-2<sup><xref ref-type=\"bibr\">3</xref>–<xref ref-type=\"bibr\">5</xref></sup> rose</p>",
            "IL-2 rose",
        ),
        (
            "a name as citation",
            "<p><xref ref-type=\"bibr\">Li et al., 2001</xref> saw</p>",
            "Li et al., 2001 saw",
        ),
        (
            "table and footnote",
            "<p>a<fn><p>no</p></fn> b<table-wrap><table><tr><td>no</td></tr></table></table-wrap></p>",
            "a b",
        ),
        (
            "nested lists",
            "<p>a:<list><list-item><p>b</p></list-item><list-item><p>c</p></list-item></list></p>",
            "a: b c",
        ),
        (
            "TeX beside MathML",
            "<p>k <inline-formula><alternatives><tex-math>no</tex-math><mml:math><mml:mi>x</mml:mi></mml:math></alternatives></inline-formula></p>",
            "k x",
        ),
        (
            "TeX alone",
            "<p>k <inline-formula><tex-math>\\usepackage{a}\\begin{document}$$x^2$$\\end{document}</tex-math></inline-formula></p>",
            "k x^2",
        ),
        (
            "headings",
            "<sec><title>Results.</title><p>a</p><sec><title>More</title><p>b</p></sec></sec>",
            "Results.\na\nMore\nb",
        ),
        ("formal sections", "<sec><title>Competing interests</title><p>no</p></sec><p>a</p>", "a"),
        (
            "captions come last",
            "<fig><label>Fig. 1</label><caption><p>cap</p></caption><graphic/></fig><p>a</p>",
            "a\ncap",
        ),
        ("line break", "<p>a<break/>b</p>", "a b"),
    ];
    for (name, body, expected) in cases {
        let found = read_well("x.nxml", article("T<xref ref-type=\"fn\">*</xref>", body));
        assert_eq!((found[0].id.as_str(), found[0].title()), ("PMC7", "T"), "{name}");
        assert_eq!(found[0].body(), format!("Abs.\n{expected}"), "{name}");
    }
    let found = read_well("x.nxml", article("T", "<sec><title>Results.</title><p>a</p><p>b</p></sec>"));
    let labels: Vec<(&str, &str)> =
        found[0].sections.iter().map(|s| (s.label.as_str(), found[0].slice(s.span))).collect();
    assert_eq!(labels, [("title", "T"), ("abstract", "Abs."), ("Results", "Results.\na\nb")]);
}

#[test]
fn reads_pubtator() {
    let found = read_well("x", "1|t|A|B\r\n1|a|IFN-γ\r\n1\t0\t3\tA|B\tGene\t5\r\n\r\n\r\n2|t|\n2|a|x\n3|t|y");
    let texts: Vec<(&str, &str, &str)> = found.iter().map(|d| (d.id.as_str(), d.title(), d.body())).collect();
    assert_eq!(texts, [("1", "A|B", "IFN-γ"), ("2", "", "x"), ("3", "y", "")]);
    let (_, items) = read("x", "1|t|T\nwhat is this\n\n2|t|T\n");
    assert_eq!(documents(&items).len(), 1);
    assert!(messages(&items)[0].starts_with("x, record 1, byte 6: neither a text line"));
}

#[test]
fn reads_bioc_xml_and_json_alike() {
    let xml = "<?xml version=\"1.0\"?><collection><source>s</source><document><id>5</id><infon key=\"k\">v</infon>\
               <passage><infon key=\"type\">title</infon><offset>0</offset><text>T &amp; t</text>\
               <annotation id=\"1\"><text>no</text></annotation></passage>\
               <passage><infon key=\"type\">abstract</infon><text>a 🧬.</text></passage>\
               <passage><infon key=\"section_type\">REF</infon><text>no</text></passage>\
               <passage><infon key=\"section_type\">RESULTS</infon><text>b.</text></passage></document></collection>";
    let json = "{\"source\": \"a \\\"passages\\\": {\", \"documents\": [{\"id\": 5, \"passages\": [\
                {\"infons\": {\"type\": \"title\"}, \"text\": \"T & t\", \"annotations\": [{\"text\": \"}]\"}]},\
                {\"infons\": {\"type\": \"abstract\"}, \"text\": \"a \\ud83e\\uddec.\"},\
                {\"infons\": {\"section_type\": \"REF\"}, \"text\": \"no\"},\
                {\"infons\": {\"section_type\": \"RESULTS\"}, \"text\": \"b.\"}]}]}";
    for (format, text) in [
        (Format::BiocXml, xml.to_owned()),
        (Format::BiocJson, json.to_owned()),
        (Format::BiocJson, format!("[{json}, {json}]")),
    ] {
        let (found, items) = read("x", text);
        assert_eq!(found, Some(format));
        for document in documents(&items) {
            assert_eq!(
                (document.id.as_str(), document.title(), document.body()),
                ("5", "T & t", "a 🧬.\nb.")
            );
        }
        assert_eq!(messages(&items), [""; 0]);
    }
    let lines = read_well("x.json", "{\"id\": \"1\", \"passages\": []}\n{\"id\": \"2\", \"passages\": []}\n");
    assert_eq!(lines.len(), 2);
    let (_, items) =
        read("x.json", "{\"documents\": [{\"id\": 1, \"passages\": []}, {\"id\": 2, \"passages\": [{");
    assert_eq!(documents(&items).len(), 1);
    assert!(messages(&items)[0].contains("the JSON ends inside a document"));
}

#[test]
fn reads_json_lines() {
    let text = "{\"id\": \"a\", \"title\": null, \"abstract\": \"x\"}\r\n\n{\"pmid\": 12, \"text\": \"y\", \"year\": 2001}\n{\"title\": \"z\"}\nnot json\n";
    let (format, items) = read("dir/x.jsonl", text);
    assert_eq!(format, Some(Format::Jsonl));
    let found: Vec<(&str, &str, Option<u16>)> =
        documents(&items).iter().map(|d| (d.id.as_str(), d.text(), d.metadata.year)).collect();
    assert_eq!(found, [("a", "\nx", None), ("12", "\ny", Some(2001)), ("x#3", "z\n", None)]);
    assert!(
        messages(&items)[0].starts_with("dir/x.jsonl, record 4, byte 102: not a JSON document"),
        "{:?}",
        messages(&items)
    );
}

#[test]
fn reads_tables() {
    let csv = "\u{feff}PMID,Title,ABSTRACT,Publication Year\r\n1,\"a, \"\"b\"\"\",\"line\nbreak\",2001\r\n\r\n2,β,,\r\n3,x\r\n4,t,\"open\r\n";
    let (_, items) = read("x.csv", csv);
    let found: Vec<(&str, &str, &str)> =
        documents(&items).iter().map(|d| (d.id.as_str(), d.title(), d.body())).collect();
    assert_eq!(found, [("1", "a, \"b\"", "line\nbreak"), ("2", "β", "")]);
    let found = messages(&items);
    assert!(found[0].contains("record 3, byte 83: the row has 2 fields, the heading 4"), "{found:?}");
    assert!(found[1].contains("record 4, byte 88: a quoted field is not closed"), "{found:?}");
    let tsv = read_well("x", "id\ttext\n7\t\"Odd\" quote\n8\t\"all \"\"of\"\" it\"\n");
    let found: Vec<(&str, &str)> = tsv.iter().map(|d| (d.id.as_str(), d.body())).collect();
    assert_eq!(found, [("7", "\"Odd\" quote"), ("8", "all \"of\" it")]);
    assert_eq!(read_well("x.csv", "id;title\n1;a, b\n")[0].title(), "a, b");
}

#[test]
fn reads_plain_text() {
    let cases = [
        ("a title", "Title\r\n\r\nBody one.\r\n\r\nBody two.\r\n", "Title", "Body one.\n\nBody two."),
        ("no title", "One line.\nAnother.", "", "One line.\nAnother."),
        (
            "wrapped",
            "This line was wrapped by an editor after some fifty characters\nand goes on.",
            "",
            "This line was wrapped by an editor after some fifty characters and goes on.",
        ),
    ];
    for (name, text, title, body) in cases {
        let found = read_well("dir/n.o.txt", text);
        assert_eq!((found[0].id.as_str(), found[0].title(), found[0].body()), ("n.o", title, body), "{name}");
    }
}

#[test]
fn reads_saved_pubmed_pages_without_furniture() {
    let new = "Skip to main page content\nU.S. flag\nReview\n. 2022 Apr;19(4):1-2.\ndoi: 10.1/a. Epub 2022 Jan 7.\n\nIts title\n\nAffiliations\nReview\n\nIts title\n\n\
               A B et al. J Made Up. 2022 Apr.\n\nAbstract\n\nBackground: One.\n\nResults: Two.\n\nKeywords: k; l.\n\nPubMed Disclaimer\n\nSimilar articles\n\n    no\n";
    let found = read_well("p.txt", new.replace('\n', "\r\n"));
    let document = &found[0];
    assert_eq!((document.title(), document.body()), ("Its title", "Background: One. Results: Two."));
    assert_eq!(
        document.sections.iter().map(|s| s.label.as_str()).collect::<Vec<_>>(),
        ["title", "Background", "Results"]
    );
    let metadata = &document.metadata;
    assert_eq!(
        (metadata.doi.as_deref(), metadata.journal.as_deref(), metadata.year),
        (Some("10.1/a"), Some("J Made Up"), Some(2022))
    );
    assert_eq!(metadata.keywords, ["k", "l"]);
    let old = "Send to\n\nChoose Destination\nJ Made Up. 2019 Jan;39(1):6-21. doi: 10.1/b. Epub 2018.\n\nOld title.\n\nAuthor information\n\nSome Hospital, City.\n\n\n\
               First sentence. Second; third.\n\n\nGM-CSF; IL-2\n\n[Available on 2020-01-01]\n\nPMID: 77 DOI: 10.1/b\nSupplemental Content\n\nFull text links\n";
    let found = read_well("p.txt", old);
    assert_eq!((found[0].title(), found[0].body()), ("Old title.", "First sentence. Second; third."));
    assert_eq!((found[0].id.as_str(), found[0].metadata.journal.as_deref()), ("77", Some("J Made Up")));
    assert_eq!(found[0].metadata.keywords, ["GM-CSF", "IL-2"]);
    let (_, items) = read("p.txt", "Similar articles\nCited by\nnothing else\n");
    assert!(messages(&items)[0].contains("it has no citation line; save the whole page again"));
}

#[test]
fn expands_folders_and_patterns_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    std::fs::create_dir(at("b")).unwrap();
    for name in ["c.xml", "b/x.nbib.gz", "a.txt", "a.md5", ".hidden.txt"] {
        std::fs::write(at(name), "x").unwrap();
    }
    let found = expand(&[folder.path().to_path_buf(), PathBuf::from("-"), at("*.xml")]).unwrap();
    assert_eq!(found.files, [at("a.txt"), at("b/x.nbib.gz"), at("c.xml"), PathBuf::from("-"), at("c.xml")]);
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
