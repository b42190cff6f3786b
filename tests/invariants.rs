//! What must hold of the text layers for any text whatever.

#![allow(clippy::unwrap_used, clippy::print_stdout)]

use cytosift::{Document, Stage, text::Segment};
use proptest::prelude::*;

/// Texts made of what prose is made of, and of what breaks splitters.
fn prose() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "[A-Za-z]{1,8}",
        "[0-9]{1,4}",
        Just(" ".to_owned()),
        Just(". ".to_owned()),
        prop::sample::select(vec![
            "\n",
            "\r\n",
            "\t",
            "\u{a0}",
            ".",
            "?",
            "!",
            "...",
            "(",
            ")",
            "[",
            "]",
            "-",
            "–",
            "/",
            "+",
            "'s",
            "’s",
            "\"",
            "”",
            "α",
            "β",
            "µ",
            "e\u{301}",
            "\u{200b}",
            "IL-2",
            "i.v.",
            "Fig. 2",
            "et al.",
            "E. coli",
            "(IL-2)",
            "interleukin-2 (IL-2)",
            ".05",
            "p<0.001",
            "漢字",
            "😀",
            "©",
            "’",
            "St. ",
            ".12,13 ",
            ";",
            ",",
            "%",
        ])
        .prop_map(str::to_owned),
        any::<char>().prop_map(String::from),
    ];
    prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

fn segmented(title: &str, body: &str) -> Document {
    let mut document = Document::new("1", title, body);
    Segment.apply(std::slice::from_mut(&mut document)).unwrap();
    document
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn sentences_are_ordered_and_hold_all_that_is_visible(title in prose(), body in prose()) {
        let document = segmented(&title, &body);
        let text = document.text();
        let mut last = 0;
        for sentence in &document.sentences {
            let (start, end) = (sentence.span.start as usize, sentence.span.end as usize);
            prop_assert!(start >= last && text.is_char_boundary(start) && text.is_char_boundary(end));
            prop_assert!(text[last..start].trim().is_empty());
            prop_assert_eq!(text[start..end].trim(), &text[start..end]);
            prop_assert!(!text[start..end].contains('\n'));
            last = end;
        }
        prop_assert!(text[last..].trim().is_empty());
    }

    #[test]
    fn tokens_fill_their_sentences(title in prose(), body in prose()) {
        let document = segmented(&title, &body);
        let text = document.text();
        let mut next = 0;
        for sentence in &document.sentences {
            prop_assert_eq!(sentence.first_token as usize, next);
            let mut last = sentence.span.start as usize;
            for token in &document.tokens[sentence.tokens()] {
                prop_assert!(sentence.span.contains(token.span));
                prop_assert!(token.span.start as usize >= last);
                prop_assert!(text[last..token.span.start as usize].trim().is_empty());
                prop_assert!(!document.slice(token.span).contains(char::is_whitespace));
                last = token.span.end as usize;
            }
            prop_assert_eq!(last, sentence.span.end as usize);
            next = sentence.end_token as usize;
        }
        prop_assert_eq!(next, document.tokens.len());
    }

    #[test]
    fn abbreviations_stay_inside_one_sentence(title in prose(), body in prose()) {
        let document = segmented(&title, &body);
        for pair in &document.abbreviations {
            prop_assert!(!pair.short.overlaps(pair.long));
            let both = pair.short.cover(pair.long);
            prop_assert!(document.sentences.iter().any(|s| s.span.contains(both)));
            prop_assert!(document.slice(pair.short).chars().count() < document.slice(pair.long).chars().count());
        }
    }

    #[test]
    fn running_again_changes_nothing(title in prose(), body in prose()) {
        let first = segmented(&title, &body);
        let mut again = first.clone();
        Segment.apply(std::slice::from_mut(&mut again)).unwrap();
        prop_assert_eq!(&again, &first);
        again.clear_layers();
        Segment.apply(std::slice::from_mut(&mut again)).unwrap();
        prop_assert_eq!(&again, &first);
    }

    #[test]
    fn a_document_does_not_depend_on_its_neighbours(a in prose(), b in prose()) {
        let mut both = [Document::new("1", &a, &b), Document::new("1", &b, &a)];
        Segment.apply(&mut both).unwrap();
        prop_assert_eq!(&both[0], &segmented(&a, &b));
        prop_assert_eq!(&both[1], &segmented(&b, &a));
    }
}
