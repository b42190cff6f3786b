"""What the rule engine thinks of each pair: sums of its weights over the conditions that `examples/describe_pairs.rs` writes."""

from collections import defaultdict

import numpy as np

from common import read_jsonl
from data import PREDICATES, READINGS, TYPES

NAMES = ["none", *(f"{p} {d}" for p in PREDICATES for d in ("A B", "B A"))]


def read_weights(folder):
    """Returns the weights of the readings by condition, of both tables in data/rules."""
    out = defaultdict(lambda: np.zeros(READINGS, dtype=np.float32))
    for name in ("weights.tsv", "frames.tsv"):
        for line in (folder / name).read_text(encoding="utf8").splitlines():
            if line and not line.startswith("#"):
                condition, *cells = line.split("\t")
                for cell in cells:
                    reading, weight = cell.rsplit("=", 1)
                    out[condition][NAMES.index(reading)] += float(weight)
    return dict(out)


class Rules:
    """Log probabilities of the readings by document and pair; only the engine's candidates are there."""

    def __init__(self, folder, documents, described, allowed):
        """`described`: the file that the example wrote for `documents`; `allowed`: types x types x READINGS."""
        weights, self.scores = read_weights(folder), {}
        records = read_jsonl(described)
        assert len(records) == len(documents), f"{described}: not of these documents"
        for document, record in zip(documents, records):
            text = document["title"] + "\n" + document["abstract"]
            places = {}
            for m in document["mentions"]:
                start = len(text[:m["start"]].encode())
                places[start, start + len(text[m["start"]:m["end"]].encode())] = m
            for pair in record["pairs"]:
                a, b = places[tuple(pair["a"])], places[tuple(pair["b"])]
                sums = sum((weights[c] for c in pair["conditions"] if c in weights), np.zeros(READINGS, dtype=np.float32))
                sums = np.where(allowed[TYPES.index(a["type"]), TYPES.index(b["type"])], sums, -1e9)
                sums = sums - sums.max()
                scores = sums - np.log(np.exp(sums).sum())
                self.scores[document["id"], a["id"], b["id"]] = np.maximum(scores, -10.0)

    def get(self, document, a, b):
        """Returns the log probabilities, or None if the engine does not consider the pair."""
        return self.scores.get((document, a["id"], b["id"]))
