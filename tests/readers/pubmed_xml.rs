//! PubMed XML: markup, structured abstracts, metadata, odd citations.

use cytosift::document::{CitationRecord, Metadata};
use cytosift::readers::{Format, Parsed, Position, Record};

use crate::{article, documents, pubmed, read, read_well};

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
    let text = pubmed("<DeleteCitation>\n<PMID Version=\"2\">5</PMID><PMID>6</PMID></DeleteCitation>");
    let with_one = text.replace("<DeleteCitation>", &format!("{}<DeleteCitation>", article("1", "")));
    let (_, items) = read("x.xml", with_one);
    assert_eq!(documents(&items).len(), 1);
    let withdrawn = vec![CitationRecord::deletion("5", Some(2)), CitationRecord::deletion("6", None)];
    assert_eq!(items[1].as_ref().unwrap(), &Parsed::Deleted(withdrawn));
}

#[test]
fn a_record_that_is_not_wanted_is_named_without_decoding_it_or_not_at_all() {
    let head = "<PubmedArticle>\n<MedlineCitation Status=\"MEDLINE\" Owner=\"NLM\">";
    let tail = "<Article><ArticleTitle>T</ArticleTitle></Article></MedlineCitation></PubmedArticle>";
    let cases = [
        (format!("{head}<PMID Version=\"3\">17</PMID>{tail}"), Some(("17", Some(3)))),
        (format!("{head}\n  <PMID>17</PMID>{tail}"), Some(("17", None))),
        (format!("{head}<PMID Version='3'>17</PMID>{tail}"), None),
        (format!("{head}<PMID>1<b>7</b></PMID>{tail}"), None),
        (format!("{head}<PMID></PMID>{tail}"), None),
        (format!("{head}<DateRevised/><PMID>17</PMID>{tail}"), None),
        ("<DeleteCitation><PMID>17</PMID></DeleteCitation>".to_owned(), None),
        ("<PubmedArticle><MedlineCitation".to_owned(), None),
    ];
    for (text, expected) in cases {
        let position = Position { path: Default::default(), record: 1, byte: 0 };
        let record = Record::new(Format::Pubmed, position, text.clone().into_bytes());
        let named = record.pass_over(|_| false);
        assert_eq!(named.as_ref().map(|c| (c.id.as_str(), c.version)), expected, "{text}");
        if let Some(named) = named {
            let Ok(Parsed::Documents(mut documents)) = record.parse() else { panic!("{text}") };
            assert_eq!(CitationRecord::of(documents.remove(0)), named, "{text}");
        }
    }
}

#[test]
fn only_plain_texts_are_asked_about_and_whole() {
    let cases = [
        (
            "<ArticleTitle>IL-2 &lt; 5</ArticleTitle><Abstract><AbstractText Label=\"AIM\">a</AbstractText></Abstract>",
            true,
        ),
        ("<ArticleTitle>No abstract</ArticleTitle>", true),
        ("<ArticleTitle>IL-<sub>2</sub></ArticleTitle>", false),
        ("<ArticleTitle>IL&#45;2</ArticleTitle>", false),
        ("<ArticleTitle> </ArticleTitle><VernacularTitle>IL-2</VernacularTitle>", false),
        ("<Book><BookTitle>IL-2</BookTitle></Book><ArticleTitle></ArticleTitle>", false),
        ("<ArticleTitle> </ArticleTitle><Abstract><AbstractText>a</AbstractText></Abstract>", true),
        (
            "<ArticleTitle>T</ArticleTitle><Abstract><AbstractText><![CDATA[IL-2]]></AbstractText></Abstract>",
            false,
        ),
        (
            "<ArticleTitle>T</ArticleTitle></Article><OtherAbstract><AbstractText>IL-2</AbstractText></OtherAbstract><Article>",
            false,
        ),
        ("<Abstract><AbstractText>No title</AbstractText></Abstract>", false),
    ];
    for (content, asked) in cases {
        let text = format!(
            "<PubmedArticle><MedlineCitation><PMID>1</PMID><Article>{content}</Article></MedlineCitation></PubmedArticle>"
        );
        let position = Position { path: Default::default(), record: 1, byte: 0 };
        let record = Record::new(Format::Pubmed, position, text.into_bytes());
        assert_eq!(record.pass_over(|_| false).is_some(), asked, "{content}");
        assert!(record.pass_over(|text| text.contains("T") || text.contains("a")).is_none(), "{content}");
    }
}
