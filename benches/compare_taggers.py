"""Compares, in one run, the lexicon tagger with two dictionary matchers of Python on the same names and citations.

python benches/compare_taggers.py FILE.xml.gz... [--documents 20000] [--passes 5]

Needs `pip install spacy pyahocorasick lxml` and `cargo build --release --example tagging_speed`. Tagging only, texts in
memory: spaCy's PhraseMatcher in a blank English pipeline (`nlp.pipe`, 2 processes, matching in the processes). With reading:
pyahocorasick in a loop over lxml's iterparse, whole words only, one process, as such a loop is written. The program runs on
2 threads; it also folds spellings, chooses among meanings and finds what no list holds, which the matchers do not. Passes
go in turns; medians are printed as a Markdown table.
"""

import argparse
import gzip
import json
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

import ahocorasick
import spacy
from lxml import etree
from spacy.language import Language
from spacy.matcher import PhraseMatcher

ROOT = Path(__file__).resolve().parents[1]
LEXICONS = ROOT / "data/lexicons"


def names():
    """Returns every listed name, without its markers, in small letters."""
    out = set()
    for table in sorted(LEXICONS.glob("*.tsv")):
        for line in table.read_text(encoding="utf8").splitlines()[1:]:
            if line and not line.startswith("#"):
                out.update(name.lstrip("?=").lower() for name in line.split("\t")[5].split("|"))
    return sorted(out - {""})


@Language.factory("names")
def make_names(nlp, name):
    matcher = PhraseMatcher(nlp.vocab, attr="LOWER")
    matcher.add("name", list(nlp.tokenizer.pipe(names())))

    def match(doc):
        doc.user_data["names"] = len(matcher(doc))
        return doc
    return match


def citations(files):
    """Yields the text of each citation, as such loops do."""
    for file in files:
        with gzip.open(file) as stream:
            for _, element in etree.iterparse(stream, tag="PubmedArticle", recover=True):
                parts = [*element.iter("ArticleTitle"), *element.iter("AbstractText")]
                yield " ".join("".join(p.itertext()) for p in parts)
                element.clear()
                while element.getprevious() is not None:
                    del element.getparent()[0]


def cut(files, count, folder):
    """Writes the first citations as a file of their own, so that all read the same bytes."""
    kept = [b'<?xml version="1.0" encoding="utf-8"?>\n<PubmedArticleSet>\n']
    for file in files:
        with gzip.open(file) as stream:
            for _, element in etree.iterparse(stream, tag="PubmedArticle", recover=True):
                kept.append(etree.tostring(element, encoding="utf-8"))
                element.clear()
                if len(kept) > count:
                    break
        if len(kept) > count:
            break
    path = Path(folder) / "citations.xml.gz"
    path.write_bytes(gzip.compress(b"".join(kept) + b"</PubmedArticleSet>\n", 6))
    return path


def automaton():
    machine = ahocorasick.Automaton()
    for name in names():
        machine.add_word(name, len(name))
    machine.make_automaton()
    return machine


def whole_words(machine, text):
    """Counts the names that stand in a text as whole words."""
    text, found = text.lower(), 0
    for last, length in machine.iter(text):
        start = last + 1 - length
        found += not (start and text[start - 1].isalnum()) and not (last + 1 < len(text) and text[last + 1].isalnum())
    return found


def timed(work):
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("files", nargs="+")
    parser.add_argument("--documents", type=int, default=20_000)
    parser.add_argument("--passes", type=int, default=5)
    parser.add_argument("--example", default=ROOT / "target/release/examples/tagging_speed")
    options = parser.parse_args()
    nlp = spacy.blank("en")
    nlp.add_pipe("names")
    machine = automaton()
    ours, theirs = {"tagging": [], "reading": []}, {"tagging": [], "reading": []}
    with tempfile.TemporaryDirectory() as folder:
        file = cut(options.files, options.documents, folder)
        texts = list(citations([file]))

        def match():
            assert sum(doc.user_data["names"] for doc in nlp.pipe(texts, n_process=2, batch_size=256)) > 0

        def loop():
            assert sum(whole_words(machine, text) for text in citations([file])) > 0

        for _ in range(options.passes):
            printed = subprocess.run([options.example, "2", "1", file], check=True, capture_output=True).stdout
            speed = json.loads(printed)
            assert speed["documents"] == len(texts), (speed, len(texts))
            ours["tagging"].append(speed["tagging_per_second"])
            ours["reading"].append(speed["reading_and_tagging_per_second"])
            theirs["tagging"].append(len(texts) / timed(match))
            theirs["reading"].append(len(texts) / timed(loop))
    print(f"{len(texts)} citations, {len(names())} names, medians of {options.passes}, documents/s\n")
    print("| what | cytosift, 2 threads | peer | ratio |\n| --- | ---: | ---: | ---: |")
    rows = [("tagging, texts in memory", "tagging", "spaCy PhraseMatcher, 2 processes"),
            ("reading XML and tagging", "reading", "pyahocorasick over lxml, 1 process")]
    for what, key, peer in rows:
        a, b = statistics.median(ours[key]), statistics.median(theirs[key])
        print(f"| {what} | {a:,.0f} | {b:,.0f} ({peer}) | {a / b:.1f} |")


if __name__ == "__main__":
    main()
