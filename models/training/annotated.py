"""Real sentences annotated for training (annotated/*.jsonl): places in the unlabelled texts, no text.

A line is a sentence: the file, identifier and place (code points) of its text, its fingerprint, mentions as [start, end, type] from its start,
relations as [subject, predicate, object, flags ...], indices of mentions.

As a program it turns such files into documents for `tune.py --extra`, without those that a dev part holds.
"""

import sys

from common import *
from dev_parts import DevParts, fingerprint
from mlm import read_texts
from written import FLAGS


def document(row, text):
    """Returns the document of a line; raises ValueError where the text is not what was annotated."""
    sentence = text[row["start"]:row["end"]]
    if fingerprint(sentence) != row["print"]:
        raise ValueError(f"{row['id']}: another text stands at {row['start']}")
    mentions = [dict(id=f"T{n}", start=1 + a, end=1 + b, text=sentence[a:b], type=kind) for n, (a, b, kind) in enumerate(row["mentions"], 1)]
    relations = [dict(subject=f"T{s + 1}", object=f"T{o + 1}", predicate=predicate, **{flag: flag in flags for flag in FLAGS})
                 for s, predicate, o, *flags in row["relations"]]
    return dict(id=f"approval:{row['id']}:{row['start']}", title="", abstract=sentence, mentions=mentions, relations=relations,
                sentences=[[1, 1 + len(sentence)]])


def main():
    parser = arguments(__doc__.splitlines()[0])
    parser.add_argument("files", nargs="+", type=Path, help="annotated/NAME.jsonl; of approvals all treatments are marked")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    rows = {path: read_jsonl(path) for path in options.files}
    wanted = {row["id"] for of in rows.values() for row in of}
    texts = {key: text for key, text in read_texts(options.shared / "text") if key in wanted}
    dev = DevParts(options.shared)
    for path, of in rows.items():
        found = [(row["id"], document(row, texts[row["id"]])) for row in of if row["id"] in texts]
        kept = [d for key, d in found if not dev.holds(key, d["abstract"])]
        write_jsonl(options.out / path.name, kept)
        print(path, len(of), "sentences,", len(of) - len(found), "without their text,", len(found) - len(kept), "of dev parts")


if __name__ == "__main__":
    sys.exit(main())
