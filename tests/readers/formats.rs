//! The other formats, each on the input that trips readers of it.

use cytosift::readers::Format;

use crate::{documents, messages, read, read_well};

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
    let structured = read_well("x.nbib", "PMID- 1\nAB  - AIM: A. PATIENTS & METHODS: B: c. d. RESULTS: E.\n");
    let sections: Vec<(&str, &str)> =
        structured[0].sections.iter().map(|s| (s.label.as_str(), structured[0].slice(s.span))).collect();
    let parts = [
        ("AIM", "AIM: A."),
        ("PATIENTS & METHODS", "PATIENTS & METHODS: B: c. d."),
        ("RESULTS", "RESULTS: E."),
    ];
    assert_eq!(sections, parts);
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
fn json_lines_with_odd_fields_beside_the_text_are_read() {
    for (field, year, keywords) in [
        ("\"keywords\": \"a; b\"", None, &["a", "b"][..]),
        ("\"keywords\": [\"a\", 7, null]", None, &["a", "7"]),
        ("\"keywords\": {\"a\": 1}, \"journal\": {\"name\": \"J\"}", None, &[]),
        ("\"mentions\": null, \"sentences\": null, \"relations\": null, \"sections\": null", None, &[]),
        ("\"year\": 1999.0", Some(1999), &[]),
        ("\"year\": -5", None, &[]),
    ] {
        let found = read_well("x.jsonl", format!("{{\"id\": \"1\", \"text\": \"x\", {field}}}\n"));
        assert_eq!((found[0].body(), found[0].metadata.year), ("x", year), "{field}");
        assert_eq!(found[0].metadata.keywords, keywords, "{field}");
    }
    assert_eq!(read_well("x.jsonl", "{\"id\": \"1\", \"title\": null}\n")[0].text(), "\n");
}

#[test]
fn json_lines_without_a_text_are_rejected() {
    let (_, items) =
        read("x.jsonl", "{\"PMID\": 1, \"Title\": \"x\"}\n{}\n[]\n{\"title\": \"x\", \"mentions\": 3}\n");
    let found = messages(&items);
    assert!(
        found[0].ends_with("none of title, abstract, text, body among its fields: PMID, Title"),
        "{found:?}"
    );
    assert!(
        found[1].ends_with("among its fields: ") && found[2].ends_with("among its fields: "),
        "{found:?}"
    );
    assert!(found[3].contains("not a document (docs/schema.md): invalid type: integer `3`"), "{found:?}");
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
