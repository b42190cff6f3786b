"""Writes the training documents on treatments again with other names in place of therapies, cancers and diseases, for
`tune.py --extra`: what is approved for what must be learned from the words around the names.

A name keeps its type and is the same wherever it stands in a document; names come from the lexicons of the program
(`data/lexicons`) and, half of the time, from the training documents. Documents with overlapping mentions stay as they are.
"""

import sys

from common import *
from data import read_corpus

LEXICONS = Path(__file__).parents[2] / "data/lexicons"
SWAPPED = ("therapy", "cancer", "disease")
BROAD = ("approval:", "treat:")
ORDINARY = re.compile(r"[A-Za-z][\w' -]{3,40}")


def listed(kind):
    """Returns the display names of a lexicon that look like names in running text."""
    lines = (LEXICONS / f"{kind}.tsv").read_text(encoding="utf8").splitlines()[1:]
    names = (line.split("\t")[1] for line in lines if line and not line.startswith("#"))
    return sorted({name for name in names if ORDINARY.fullmatch(name) and name.count(" ") < 4})


def swapped(document, names, rng):
    """Returns the document with other names, or None if it cannot be done."""
    text = document["title"] + "\n" + document["abstract"]
    mentions = sorted(document["mentions"], key=lambda m: m["start"])
    if len(document["title"]) or any(a["end"] > b["start"] for a, b in zip(mentions, mentions[1:])):
        return None
    chosen, parts, moved, at = {}, [], [], 0
    size = lambda: sum(map(len, parts))
    for m in mentions:
        parts.append(text[at:m["start"]])
        name, key = m["text"], (m["type"], m["text"].lower())
        if m["type"] in SWAPPED:
            # A short form in capitals stays with its long form.
            name = chosen.setdefault(key, name if len(name) < 5 or name.isupper() else rng.choice(names[m["type"], rng.randrange(2)]))
        moved.append(m | dict(start=size(), end=size() + len(name), text=name))
        parts.append(name)
        at = m["end"]
    parts.append(text[at:])
    new = "".join(parts)
    spans = [[place(a, mentions, moved), place(b, mentions, moved)] for a, b in document["sentences"]]
    relations = [{k: r[k] for k in ("subject", "predicate", "object", "negated", "hedged")} for r in document["relations"]]
    return document | dict(abstract=new[1:], mentions=moved, relations=relations, sentences=spans)


def place(offset, old, new):
    """Returns where an offset outside all mentions has moved to."""
    return offset + sum((n["end"] - n["start"]) - (o["end"] - o["start"]) for o, n in zip(old, new) if o["end"] <= offset)


def main():
    parser = arguments(__doc__.splitlines()[0], copies=4)
    options = parser.parse_args()
    rng = random.Random(options.seed)
    documents = read_corpus(options.shared / "corpus" / f"{n}.jsonl" for n in ("train", "train_more", "approvals_train"))
    names = {(kind, 0): listed(kind) for kind in SWAPPED}
    names |= {(kind, 1): sorted({m["text"] for d in documents for m in d["mentions"] if m["type"] == kind}) for kind in SWAPPED}
    out = []
    for document in (d for d in documents if d["id"].startswith(BROAD)):
        for copy in range(options.copies):
            made = swapped(document, names, rng)
            if made is not None:
                out.append(made | dict(id=f"{document['id']}/{copy}"))
    options.out.parent.mkdir(parents=True, exist_ok=True)
    write_jsonl(options.out, out)
    print(len(out), "documents")


if __name__ == "__main__":
    sys.exit(main())
