"""Sentences written for training (written/*.txt), on what the corpus has few of: approvals, denied and hedged relations.

A block is a sentence and its relations; blocks are parted by empty lines, `#` begins a comment:

    In 2015 the FDA approved {a|therapy|lenvatinib} for {b|cancer|thyroid carcinoma}, not for {c|disease|goitre}.
    a approved_for b
    a approved_for c negated

As a program it turns such files into documents for `tune.py --extra`.
"""

import sys

from common import *
from data import PREDICATES, TYPES, allowed

MENTION = re.compile(r"\{(\w+)\|(\w+)\|([^{}|]+)\}")
FLAGS = ("negated", "hedged")


def document(key, text, spans, relations):
    """Returns the document of a sentence; raises ValueError naming what the schema does not have.

    `spans`: (start, end, type) of each mention; `relations`: (subject, predicate, object, flags ...), indices of mentions.
    """
    mentions = [dict(id=f"T{n}", start=1 + a, end=1 + b, text=text[a:b], type=kind) for n, (a, b, kind) in enumerate(spans, 1)]
    may, out = allowed(), []
    for s, predicate, o, *flags in relations:
        kinds = spans[s][2], spans[o][2]
        if not may[TYPES.index(kinds[0]), TYPES.index(kinds[1]), 1 + 2 * PREDICATES.index(predicate)]:
            raise ValueError(f"relation: the schema has no {kinds[0]} {predicate} {kinds[1]}")
        out.append(dict(subject=mentions[s]["id"], object=mentions[o]["id"], predicate=predicate, **{flag: flag in flags for flag in FLAGS}))
    return dict(id=key, title="", abstract=text, mentions=mentions, relations=out, sentences=[[1, 1 + len(text)]])


def parse(block, key):
    """Returns a document of a block of lines; raises ValueError saying what is wrong with it."""
    marked, *lines = block
    text, spans, at = "", {}, 0
    for found in MENTION.finditer(marked):
        text += marked[at:found.start()]
        alias, kind, name = found.groups()
        if alias in spans or kind not in TYPES or name != name.strip():
            raise ValueError(f"mention {found[0]}")
        spans[alias] = len(text), len(text) + len(name), kind
        text, at = text + name, found.end()
    text += marked[at:]
    if re.search(r"[{}|]", text):
        raise ValueError("a brace or bar that is no mention")
    order, relations = list(spans), []
    for line in lines:
        subject, predicate, target, *flags = line.split()
        if {subject, target} - set(spans) or predicate not in PREDICATES or set(flags) - set(FLAGS) or subject == target:
            raise ValueError(f"relation {line!r}")
        relations.append((order.index(subject), predicate, order.index(target), *flags))
    return document(key, text, list(spans.values()), relations)


def read_written(path, prefix):
    """Returns the documents of a file; errors name the line."""
    out, block, first = [], [], 0
    for n, line in enumerate([*path.read_text(encoding="utf8").splitlines(), ""], 1):
        if line.strip() and not line.startswith("#"):
            first, block = (first if block else n), [*block, line.strip()]
        elif block:
            try:
                out.append(parse(block, f"{prefix}:{path.stem}{first}"))
            except ValueError as error:
                raise SystemExit(f"{path}:{first}: {error}")
            block = []
    return out


def prefix_of(path, other):
    """Returns what identifiers of a file's documents begin with: `approval` where all treatments are marked (data.split)."""
    return "approval" if path.stem.startswith("approvals") else other


def main():
    parser = arguments(__doc__.splitlines()[0])
    parser.add_argument("files", nargs="+", type=Path, help="written/NAME.txt; of approvals*.txt all treatments are marked")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    for path in options.files:
        found = read_written(path, prefix_of(path, "written"))
        write_jsonl(options.out / f"{path.stem}.jsonl", found)
        relations = [r for d in found for r in d["relations"]]
        counts = {p: sum(r["predicate"] == p for r in relations) for p in PREDICATES}
        print(path, len(found), "sentences", sum(len(d["mentions"]) for d in found), "mentions", {k: v for k, v in counts.items() if v},
              {f: sum(r[f] for r in relations) for f in FLAGS})


if __name__ == "__main__":
    sys.exit(main())
