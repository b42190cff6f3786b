"""The dev parts that no step may train on, known by identifier, title and sentence."""

import re

from common import open_text, read_jsonl, tarfile

SENTENCE = re.compile(r"(?<=[.?!])\s+|\n")
PUBTATOR = ("relations/biored/Dev.PubTator.gz", "relations/cdr/CDR_DevelopmentSet.PubTator.txt.gz")
CONLL = ("AnatEM", "BC2GM", "BC5CDR", "BioNLP09", "BioNLP11EPI", "BioNLP13CG", "BioNLP13GE", "BioNLP13PC", "CRAFT", "NCBI-disease")


def fingerprint(sentence):
    """Returns the first 60 letters and digits of a sentence; "" for one too short to be told from others."""
    letters = re.sub(r"[\W_]+", "", sentence.lower())
    return letters[:60] if len(letters) >= 40 else ""


def read_archive(path):
    """Returns the files of a .tar.gz by name."""
    with tarfile.open(path) as files:
        return {m.name: files.extractfile(m).read().decode() for m in files if m.isfile()}


def jnlpba(shared):
    """Yields (text, annotations, held back) of each JNLPBA abstract; every tenth by name is kept for measuring."""
    files = read_archive(shared / "corpora/ner/JNLPBA-standoff-train.tar.gz")
    for i, name in enumerate(sorted(n for n in files if n.endswith(".txt"))):
        yield files[name], files[name.replace(".txt", ".ann")], i % 10 == 9


class DevParts:
    """Answers whether a text belongs to a dev part."""

    def __init__(self, shared):
        self.keys, self.prints = set(), set()
        for name in ("dev", "approvals_dev"):
            for d in read_jsonl(shared / "corpus" / f"{name}.jsonl"):
                self.add(d["title"] + "\n" + d["abstract"], d["id"], *re.findall(r"NCT\d+|\d{6,}", d.get("source", "")))
        corpora = shared / "corpora"
        for name in PUBTATOR:
            for line in open_text(corpora / name):
                if match := re.match(r"(\d+)\|[ta]\|(.*)", line):
                    self.add(match[2], match[1])
        for line in open_text(corpora / "relations/drugprot/drugprot_development_abstracs.tsv.gz"):
            key, title, abstract = line.rstrip("\n").split("\t")[:3]
            self.add(title + "\n" + abstract, key)
        for name in CONLL:
            self.add_conll(corpora / "ner" / name / "devel.tsv.gz")
        with tarfile.open(corpora / "relations/bionlp13_cg.tar.gz") as files:
            self.keys.update(re.sub(r"\D", "", n.rsplit("/", 1)[-1].split(".")[0]) for n in files.getnames() if "/devel/" in n)
        for text, _, held_back in jnlpba(shared):
            if held_back:
                self.add(text)
        self.keys.discard("")
        self.prints.discard("")

    def add(self, text, *keys):
        self.keys.update(keys)
        self.prints.update(fingerprint(s) for s in SENTENCE.split(text))

    def add_conll(self, path):
        words = []
        for line in open_text(path):
            if line.strip():
                words.append(line.split("\t")[0])
            else:
                self.prints.add(fingerprint(" ".join(words)))
                words = []

    def holds(self, key, text):
        """Tells whether a text shares its identifier or a sentence with a dev part."""
        return key in self.keys or any(fingerprint(s) in self.prints for s in SENTENCE.split(text))
