#!/usr/bin/env python3
"""Compares what the readers read with what independent parsers read, record by record.

  check_readers.py [--shared ../shared] [--read target/debug/examples/read]

Reads every file below SHARED/dump and SHARED/corpora/pubtator with `examples/read.rs` and with lxml (PubMed XML,
JATS), Bio.Medline (nbib) and a line split (PubTator), and compares identifier, title and abstract, white space
folded. BioC is made of the PubMed records with the `bioc` package, written as XML and JSON, and read back. Needs lxml, biopython and bioc; prints one line a file and
exits with 1 if a record differs, 0 if all are equal or SHARED is not there.
"""
import argparse, glob, gzip, json, os, re, subprocess, sys, tempfile


def fold(text):
    return re.sub(r"[ \t\r\n]+", " ", text or "").strip(" ")


def open_any(path):
    return gzip.open(path) if path.endswith(".gz") else open(path, "rb")


def text_of(element, leave_out=()):
    """itertext() without the given elements and without comments."""
    if element is None:
        return ""
    out = [element.text or ""]
    for child in element:
        if isinstance(child.tag, str) and child.tag not in leave_out:
            out.append(text_of(child, leave_out))
        out.append(child.tail or "")
    return "".join(out)


def labelled(parts):
    """Joins (label, text) pairs as PubMed's text exports do."""
    parts = [(fold(label).rstrip(":"), fold(text)) for label, text in parts if fold(text)]
    none = ("", "UNLABELLED", "UNASSIGNED")
    return " ".join(text if label in none else f"{label}: {text}" for label, text in parts)


def pubmed(path):
    from lxml import etree
    with open_any(path) as f:
        root = etree.parse(f, etree.XMLParser(huge_tree=True)).getroot()
    for record in root.iter("PubmedArticle", "PubmedBookArticle"):
        body = record.find("MedlineCitation")
        body = record.find("BookDocument") if body is None else body
        article = body.find("Article")
        article = body if article is None else article
        title = fold(text_of(article.find("ArticleTitle"))) or fold(text_of(article.find("VernacularTitle"))) \
            or fold(text_of(article.find("Book/BookTitle")))
        abstracts = [a for a in [article.find("Abstract")] if a is not None]
        parts = [(t.get("Label", ""), text_of(t)) for a in abstracts for t in a.findall("AbstractText")]
        if not labelled(parts):
            other = [a for a in body.findall("OtherAbstract") if a.get("Language", "eng").lower().startswith("en")]
            parts = [(t.get("Label", ""), text_of(t)) for a in other[:1] for t in a.findall("AbstractText")]
        yield fold(body.findtext("PMID")), title, labelled(parts)


def jats(path):
    from lxml import etree
    with open_any(path) as f:
        root = etree.parse(f, etree.XMLParser(huge_tree=True, load_dtd=False)).getroot()
    meta = root.find("front/article-meta")
    ids = {i.get("pub-id-type"): fold(i.text) for i in meta.findall("article-id")}
    identifier = ids.get("pmid") or "PMC" + ids["pmc"]
    parts = []
    for abstract in meta.findall("abstract"):
        # These repeat the article in pictures or catchwords (src/readers/jats.rs leaves them out).
        if abstract.get("abstract-type") in ("graphical", "toc", "teaser", "web-summary"):
            continue
        loose = [p for p in abstract if p.tag == "p"]
        heading = abstract.find("title")
        if loose:
            parts.append(("" if heading is None else text_of(heading), " ".join(fold(text_of(p)) for p in loose)))
        for sec in abstract.iter("sec"):
            parts.append((text_of(sec.find("title")).strip().rstrip(".:"), " ".join(fold(text_of(p)) for p in sec.iter("p"))))
    yield identifier, fold(text_of(meta.find("title-group/article-title"))), labelled(parts)


def medline(path):
    from Bio import Medline
    with gzip.open(path, "rt", encoding="utf8") as f:
        for record in Medline.parse(f):
            yield record["PMID"], fold(record.get("TI", record.get("BTI", ""))), fold(record.get("AB", ""))


def pubtator(path):
    with gzip.open(path, "rt", encoding="utf8") as f:
        titles = {}
        for line in f:
            fields = line.rstrip("\r\n").split("|", 2)
            if len(fields) == 3 and fields[1] == "t":
                titles[fields[0]] = fold(fields[2])
            elif len(fields) == 3 and fields[1] == "a":
                yield fields[0], titles[fields[0]], fold(fields[2])


def write_bioc(records, folder):
    """Writes the records as BioC XML and JSON with the `bioc` package; returns the paths."""
    import bioc
    from bioc import biocjson, biocxml
    collection = bioc.BioCCollection()
    collection.source, collection.date, collection.key = "check", "20260101", "check.key"
    for identifier, title, abstract in records:
        document = bioc.BioCDocument()
        document.id = identifier
        offset = 0
        for kind, text in (("title", title), ("abstract", abstract)):
            passage = bioc.BioCPassage()
            passage.offset, passage.text, passage.infons["type"] = offset, text, kind
            offset += len(text) + 1
            document.add_passage(passage)
        collection.add_document(document)
    paths = [os.path.join(folder, "check.bioc.xml"), os.path.join(folder, "check.bioc.json")]
    with open(paths[0], "w", encoding="utf8") as f:
        biocxml.dump(collection, f)
    with open(paths[1], "w", encoding="utf8") as f:
        biocjson.dump(collection, f)
    return paths


def read(program, path):
    done = subprocess.run([program, path], capture_output=True, text=True, encoding="utf8")
    return [json.loads(line) for line in done.stdout.split("\n") if line], done.stderr.strip()


def compare(program, path, expected, whole_body=True):
    documents, errors = read(program, path)
    differences = abs(len(documents) - len(expected))
    for document, (identifier, title, abstract) in zip(documents, expected):
        body = document["abstract"] if whole_body else document["abstract"].split("\n")[0]
        found = (document["id"], fold(document["title"]), fold(body))
        if found != (identifier, title, abstract):
            differences += 1
            for name, a, b in zip(("id", "title", "abstract"), found, (identifier, title, abstract)):
                if a != b:
                    at = len(os.path.commonprefix([a, b]))
                    print(f"  {identifier} {name}: read {a[max(0, at - 30):at + 60]!r}, expected {b[max(0, at - 30):at + 60]!r}")
    rejected = len(errors.splitlines())
    print(f"{os.path.basename(path)}: {len(expected)} records, {len(documents)} read, {rejected} rejected, {differences} differ")
    if errors:
        print("  " + errors)
    return len(expected), differences + rejected


def main():
    args = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    args.add_argument("--shared", default="../shared")
    args.add_argument("--read", default="target/debug/examples/read")
    a = args.parse_args()
    if not os.path.isdir(a.shared):
        print(f"skipped: {a.shared} is not there")
        return
    total = wrong = 0
    jobs = [("dump/pubmed_xml/*", pubmed, True), ("dump/jats/*", jats, False), ("dump/nbib/*", medline, True),
            ("corpora/pubtator/*", pubtator, True)]
    abstracts = []
    for pattern, parse, whole_body in jobs:
        for path in sorted(glob.glob(os.path.join(a.shared, pattern))):
            expected = list(parse(path))
            abstracts += expected if parse is pubmed else []
            n, bad = compare(a.read, path, expected, whole_body)
            total, wrong = total + n, wrong + bad
    with tempfile.TemporaryDirectory() as folder:
        for path in write_bioc(abstracts, folder):
            n, bad = compare(a.read, path, abstracts)
            total, wrong = total + n, wrong + bad
    print(f"all: {total} records, {total - wrong} equal, {wrong} not")
    sys.exit(wrong > 0)


if __name__ == "__main__":
    main()
