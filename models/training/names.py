"""What the lexicon tagger finds in the texts: an input of the model beside word pieces and shapes.

Run as a program it writes the names of the training documents (`tune.py --names`), each by counts of names in the other folds:
the program's own counts are of these documents, and a model that learned from them would trust names too much.
"""

import subprocess
import sys
import tempfile

from common import *

FIELDS = ("id", "start", "end", "text", "type")
FOLDS = 4


def rule_mentions(program, documents):
    """Returns the mentions that the rule engine finds in each document, spans in characters of title, line break, abstract."""
    if not documents:
        return []
    bare = [dict(id=str(i), title=d["title"], abstract=d["abstract"]) for i, d in enumerate(documents)]
    with tempfile.TemporaryDirectory() as folder:
        texts, out = Path(folder) / "texts.jsonl", Path(folder) / "rules.jsonl"
        write_jsonl(texts, bare)
        command = [program, "extract", "--engine", "rules", "--format", "jsonl", "--focus", "all", "--output", out, texts]
        subprocess.run(command, check=True, capture_output=True)
        found = {d["id"]: d["mentions"] for d in read_jsonl(out)}
    return [[{k: m[k] for k in FIELDS} for m in found[d["id"]]] for d in bare]


def with_names(program, documents, known=None):
    """Returns the documents with what the rule engine finds in them under `names`; `known` has that of some by identifier."""
    known = known or {}
    others = iter(rule_mentions(program, [d for d in documents if d["id"] not in known]))
    return [{**d, "names": known[d["id"]] if d["id"] in known else next(others)} for d in documents]


def name_sentences(program, sentences):
    """Fills in the names of sentences that stand alone."""
    found = rule_mentions(program, [dict(title="", abstract=s.text) for s in sentences])
    for s, names in zip(sentences, found):
        s.names = [(m["start"] - 1, m["end"] - 1, m["type"]) for m in names]
    return sentences


def main():
    parser = arguments(__doc__.splitlines()[0], count="../../target/release/examples/name_priors",
                       find="../../target/release/examples/known_names")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    documents = [d for name in ("train", "train_more", "approvals_train") for d in read_jsonl(options.shared / "corpus" / f"{name}.jsonl")]
    fold, rest, counts, names = (options.out / name for name in ("fold.jsonl", "rest.jsonl", "counts.tsv", "names.jsonl"))
    found = []
    for k in range(FOLDS):
        write_jsonl(fold, documents[k::FOLDS])
        write_jsonl(rest, [d for i, d in enumerate(documents) if i % FOLDS != k])
        for out, *command in ((counts, options.count, rest), (names, options.find, counts, fold)):
            with open(out, "wb") as to:
                subprocess.run(command, check=True, stdout=to)
        found += read_jsonl(names)
    write_jsonl(names, found)


if __name__ == "__main__":
    sys.exit(main())
