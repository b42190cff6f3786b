"""Labels sentences of the unlabelled texts with the program as it is, as further documents for `tune.py --extra`.

A share of the sentences speaks of approvals, which the corpus has few of; the others name a cytokine. Only what the program
is sure of is kept: a relation below `--sure` leaves its pair unjudged, a pair without a relation is none.
"""

import subprocess
import sys

from common import *
from data import counted, marked_therapies
from dev_parts import SENTENCE, DevParts
from mlm import CANCER, CYTOKINE, read_texts

APPROVAL = re.compile(r"\b(approv(ed|al)|licen[sc]ed|indicated (for|in)|authori[sz]ed|labell?ed for)\b", re.I)
SHORTEST, LONGEST = 40, 500


def sentences(shared, approvals, others, rng):
    """Returns bare documents of one sentence each."""
    dev, kinds = DevParts(shared), ([], [])
    for key, text in read_texts(shared / "text"):
        if dev.holds(key, text):
            continue
        edges = [0, *(m.end() for m in SENTENCE.finditer(text)), len(text)]
        for a, b in zip(edges, edges[1:]):
            sentence = text[a:b].strip()
            if SHORTEST <= len(sentence) <= LONGEST and "\n" not in sentence:
                if APPROVAL.search(sentence):
                    kinds[0].append(sentence)
                elif CYTOKINE.search(sentence) and CANCER.search(sentence):
                    kinds[1].append(sentence)
    chosen = [s for kind, count in zip(kinds, (approvals, others)) for s in rng.sample(sorted(set(kind)), min(count, len(set(kind))))]
    return [dict(id=f"weak:{i}", title="", abstract=s) for i, s in enumerate(chosen)]


def judged(document, sure):
    """Returns a document of the program with the pairs that may be learned from."""
    mentions, marked = document["mentions"], marked_therapies(document)
    relations = [r for r in document["relations"] if r["confidence"] >= sure]
    two = lambda relations: {frozenset((r["subject"], r["object"])) for r in relations}
    unsure = two(document["relations"]) - two(relations)
    pairs = [(a["id"], b["id"]) for i, a in enumerate(mentions) for b in mentions[i + 1:]
             if counted(a, b, marked, True) and frozenset((a["id"], b["id"])) not in unsure]
    keep = ("id", "title", "abstract", "sentences", "mentions")
    return {k: document[k] for k in keep} | dict(relations=relations, pairs=pairs)


def main():
    parser = arguments(__doc__.splitlines()[0], program="../../target/release/cytosift", engine="hybrid", model=None,
                       approvals=2500, others=6000, sure=0.6)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    bare, labelled = options.out / "bare.jsonl", options.out / "labelled.jsonl"
    write_jsonl(bare, sentences(options.shared, options.approvals, options.others, random.Random(options.seed)))
    command = [options.program, "extract", bare, "--engine", options.engine, "--focus", "all", "--format", "jsonl", "--output", labelled]
    subprocess.run(command + (["--model", options.model] if options.model else []), check=True)
    write_jsonl(options.out / "weak.jsonl", [judged(d, options.sure) for d in read_jsonl(labelled) if d["relations"]])


if __name__ == "__main__":
    sys.exit(main())
