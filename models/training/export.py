"""Writes a trained model as the folder that the program reads (docs in README.md, "Model folder").

model.safetensors holds the encoder under `bert.` (names of a Hugging Face BertModel), `tag.<head>.weight|bias`, and the pair
head under `pairs.`; config.json names heads, labels, windows and thresholds; reference.json has the logits of a few sentences.
"""

import shutil
import sys

from common import *
from data import OVERLAP, PREDICATES, RUNS, SYMMETRIC, TYPES, WINDOW, Sentence, encode
from model import FIRST_MARKER, MOST_PAIRS, Model, pair_items
from safetensors.torch import save_file

# Written for this project; mentions as (start, end, type).
REFERENCE = [
    ("IL-6 increased the proliferation of melanoma cells, whereas tocilizumab did not.",
     [(0, 4, "cytokine"), (19, 32, "process"), (36, 50, "cell"), (60, 71, "therapy")]),
    ("The agency approved interferon alfa-2b for hairy cell leukaemia in 1986.",
     [(20, 38, "cytokine"), (43, 63, "cancer")]),
    ("Serum CXCL8 (IL-8) may predict relapse after BCG therapy.",
     [(6, 11, "cytokine"), (13, 17, "cytokine"), (31, 38, "process"), (45, 48, "therapy")]),
    ("No mention stands here.", []),
]


def reference(model, tokenizer):
    """Returns inputs and float32 logits of the reference sentences, each run by itself."""
    out = []
    for i, (text, spans) in enumerate(REFERENCE):
        s = Sentence(text, 0, str(i), spans=spans, names=spans)
        s.mentions = [dict(id=f"T{k}", start=a, end=b, type=t) for k, (a, b, t) in enumerate(spans)]
        s.pairs = [(a, b, 0, 0, 0) for a in range(len(spans)) for b in range(a + 1, len(spans))]
        (s,) = encode([s], tokenizer)
        row = {"text": text, "mentions": spans, "ids": s.ids, "shapes": s.shapes, "words": s.words,
               "tag": {h: model.tag_logits(h, [s]).tolist() for h in model.heads}}
        if model.kind and s.pairs:
            items = pair_items([s], model.kind)
            row["pairs"] = [p[:2] for p in s.pairs]
            row["inputs"] = [dict(ids=x.ids, shapes=x.shapes, positions=x.positions, types=x.types, text=x.text, places=x.places,
                                  kinds=x.kinds) for x in items]
            row["logits"] = model.pair_logits(items).tolist()
        out.append(row)
    return out


def main():
    parser = arguments(__doc__.splitlines()[0], model=None, heads="")
    options = parser.parse_args()
    start(options)
    folder = Path(options.model)
    saved = json.loads((folder / "heads.json").read_text())
    model = Model(folder, saved["heads"], saved["pairs"], saved.get("rules", False)).eval()
    assert not model.load(folder), "weights are missing"
    wanted = options.heads.split(",") if options.heads else list(model.heads)
    model.heads = {h: t for h, t in model.heads.items() if h in wanted}
    tokenizer = load_tokenizer(folder)
    names = {k: v.contiguous() for k, v in model.state_dict().items() if not k.startswith("tag.") or k.split(".")[1] in wanted}
    # One table for both: what is looked up is a shape plus SHAPES times a label.
    shapes, labels = names.pop("shapes.weight"), names.pop("names.weight")
    names["shapes.weight"] = (labels[:, None] + shapes[None]).flatten(0, 1).contiguous()
    save_file(names, options.out / "model.safetensors")
    calibration = folder / "calibration.json"
    config = dict(
        encoder=dict(layers=model.bert.config.num_hidden_layers, width=model.bert.config.hidden_size,
                     heads=model.bert.config.num_attention_heads, norm_epsilon=model.bert.config.layer_norm_eps),
        heads={h: dict(types=t, run=RUNS.get(h, 1), labels=["O", *(f"{p}-{k}" for k in t for p in "BI")]) for h, t in model.heads.items()},
        window=WINDOW + 2, overlap=OVERLAP, names=True,
        pairs=dict(kind=model.kind, rules=saved.get("rules", False), types=TYPES, first_marker=FIRST_MARKER, most_pairs=MOST_PAIRS,
                   readings=["none", *(f"{p} {d}" for p in PREDICATES for d in ("A B", "B A"))],
                   symmetric=sorted(SYMMETRIC), flags=["negated", "hedged"]) if model.kind else None,
        calibration=json.loads(calibration.read_text()) if calibration.exists() else None)
    (options.out / "config.json").write_text(json.dumps(config, indent=1))
    shutil.copy(folder / "tokenizer.json", options.out), shutil.copy(folder / "vocab.txt", options.out)
    with torch.no_grad():
        (options.out / "reference.json").write_text(json.dumps(reference(model, tokenizer)))


if __name__ == "__main__":
    sys.exit(main())
