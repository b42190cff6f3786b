"""What the rule engine thinks of each pair: sums of its weights over the conditions that `examples/describe_pairs.rs` writes.

Run as a program it writes the scores of the training documents, each from weights that `examples/fit_rules.rs` fitted on the
other folds: the weights of the program are fitted on these documents, and a model that learned from their scores would trust
them too much.
"""

import subprocess
import sys
import tempfile
from collections import defaultdict

from common import *
from data import PREDICATES, READINGS, TYPES, allowed, read_corpus

TABLES = Path(__file__).parents[2] / "data/rules"
FOLDS = 4

NAMES = ["none", *(f"{p} {d}" for p in PREDICATES for d in ("A B", "B A"))]


def read_weights(fitted=TABLES / "weights.tsv"):
    """Returns the weights of the readings by condition, of a fitted table and of the one written by hand."""
    out = defaultdict(lambda: np.zeros(READINGS, dtype=np.float32))
    for path in (fitted, TABLES / "frames.tsv"):
        for line in path.read_text(encoding="utf8").splitlines():
            if line and not line.startswith("#"):
                condition, *cells = line.split("\t")
                for cell in cells:
                    reading, weight = cell.rsplit("=", 1)
                    out[condition][NAMES.index(reading)] += float(weight)
    return dict(out)


def log_probabilities(pair, kinds, weights, may):
    sums = sum((weights[c] for c in pair["conditions"] if c in weights), np.zeros(READINGS, dtype=np.float32))
    sums = np.where(may[kinds], sums, -1e9)
    sums = sums - sums.max()
    return np.maximum(sums - np.log(np.exp(sums).sum()), -10.0)


def score_pairs(describe, documents, weights):
    """Returns by document and pair the log probabilities of the readings, and which predicates are (negated, hedged).

    Only the engine's candidates are there.
    """
    with tempfile.TemporaryDirectory() as folder:
        file, out = Path(folder) / "documents.jsonl", Path(folder) / "pairs.jsonl"
        write_jsonl(file, documents)
        with open(out, "wb") as to:
            subprocess.run([describe, file], check=True, stdout=to)
        records = read_jsonl(out)
    assert len(records) == len(documents), "describe_pairs left documents out"
    may, scores, flags = allowed(), {}, {}
    for document, record in zip(documents, records):
        text = document["title"] + "\n" + document["abstract"]
        places = {}
        for m in document["mentions"]:
            start = len(text[:m["start"]].encode())
            places[start, start + len(text[m["start"]:m["end"]].encode())] = m
        for pair in record["pairs"]:
            a, b = places[tuple(pair["a"])], places[tuple(pair["b"])]
            kinds = TYPES.index(a["type"]), TYPES.index(b["type"])
            key = document["id"], a["id"], b["id"]
            scores[key] = log_probabilities(pair, kinds, weights, may)
            flags[key] = pair["negated"], pair["hedged"]
    return scores, flags


def read_scores(path):
    """Returns what `main` wrote."""
    return {tuple(r["pair"]): np.array(r["scores"], dtype=np.float32) for r in read_jsonl(path)}


def main():
    parser = arguments(__doc__.splitlines()[0], describe="../../target/release/examples/describe_pairs",
                       fit="../../target/release/examples/fit_rules")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    documents = read_corpus(options.shared / "corpus" / f"{n}.jsonl" for n in ("train", "train_more", "approvals_train"))
    scores = {}
    for k in range(FOLDS):
        write_jsonl(options.out / "rest.jsonl", [d for i, d in enumerate(documents) if i % FOLDS != k])
        subprocess.run([options.fit, options.out / "weights.tsv", options.out / "rest.jsonl"], check=True)
        weights = read_weights(options.out / "weights.tsv")
        scores |= score_pairs(options.describe, documents[k::FOLDS], weights)[0]
    write_jsonl(options.out / "scores.jsonl", [dict(pair=key, scores=[round(float(x), 3) for x in row]) for key, row in scores.items()])


if __name__ == "__main__":
    sys.exit(main())
