"""Real sentences annotated for training (annotated/*.jsonl): places in the unlabelled texts, no text.

A line is a sentence: the identifier of its text, its place there (code points), the SHA-256 of the sentence, mentions as
[start, end, type] from its start, relations as [subject, predicate, object, flags ...], indices of mentions.

As a program it turns such files into documents for `tune.py --extra`, without those that a dev part holds.
"""

import hashlib
import sys

from common import *
from dev_parts import DevParts
from mlm import read_texts
from written import document, prefix_of


def annotated(prefix, row, texts):
    """Returns the document of a line, of those texts of its identifier the one that was annotated; None if it is not there."""
    found = (text[row["start"]:row["end"]] for text in texts.get(row["id"], []))
    sentence = next((s for s in found if hashlib.sha256(s.encode()).hexdigest() == row["sha256"]), None)
    return sentence and document(f"{prefix}:{row['id']}:{row['start']}", sentence, row["mentions"], row["relations"])


def main():
    parser = arguments(__doc__.splitlines()[0])
    parser.add_argument("files", nargs="+", type=Path, help="annotated/NAME.jsonl; of approvals all treatments are marked")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    rows = {path: read_jsonl(path) for path in options.files}
    wanted = {row["id"] for of in rows.values() for row in of}
    texts = {}
    for key, text in read_texts(options.shared / "text"):
        if key in wanted:
            texts.setdefault(key, []).append(text)
    dev = DevParts(options.shared)
    for path, of in rows.items():
        prefix = prefix_of(path, "annotated")
        found = [(row["id"], d) for row in of if (d := annotated(prefix, row, texts))]
        kept = [d for key, d in found if not dev.holds(key, d["abstract"])]
        write_jsonl(options.out / path.name, kept)
        print(path, len(of), "sentences,", len(of) - len(found), "without their text,", len(found) - len(kept), "of dev parts")


if __name__ == "__main__":
    sys.exit(main())
