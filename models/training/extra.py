"""Brings relation corpora of others into the form of our corpus: our types and predicates, only the pairs that they judge.

`tune.py --extra FILE` learns pairs from what this writes. Names of cytokines, receptors and cancers get our types for them; all
other genes are `gene`, chemicals `therapy`.
"""

import csv
import sys
from itertools import combinations

from common import *
from data import drugprot
from dev_parts import DevParts

CYTOKINE = re.compile(
    r"(?i)^(recombinant |human |rh)*(il-?\d+\w*|interleukins?\b.*|ifn.*|interferons?\b.*|tnf.*|tumou?r necrosis factor\b.*|tgf-?(b|β).*|"
    r"transforming growth factor[- ]beta.*|[a-z]{1,2}-?csf|c[cx]c?l-?\d+|cytokines?|chemokines?|erythropoietin|epo|trail|leptin)$")
RECEPTOR = re.compile(r"(?i)^(il-?\d+r\w*|cx?cr-?\d+\w*|tnfr\w*|gp130|.*(interleukin|interferon|cytokine|chemokine).* receptors?.*)$")
CANCER = re.compile(r"(?i)cancer|tumou?r|carcinoma|melanoma|leuk[ae]+mia|lymphoma|myeloma|sarcoma|neoplas|blastoma|glioma")
DRUGPROT = {"INHIBITOR": "inhibits", "ANTAGONIST": "inhibits", "INDIRECT-DOWNREGULATOR": "inhibits", "ACTIVATOR": "promotes",
            "AGONIST": "promotes", "AGONIST-ACTIVATOR": "promotes", "INDIRECT-UPREGULATOR": "promotes", "DIRECT-REGULATOR": "binds"}
SEMREP = {"TREATS": ("treats", "therapy", "disease"), "PREVENTS": ("prevents", "therapy", "disease"),
          "CAUSES": ("causes", "therapy", "disease"), "INHIBITS": ("inhibits", "therapy", "gene"),
          "STIMULATES": ("promotes", "therapy", "gene")}


def refine(kind, name):
    """Returns our type of a name that another corpus calls a gene, a chemical or a disease."""
    if kind in ("gene", "therapy") and CYTOKINE.match(name):
        return "cytokine"
    if kind == "gene" and RECEPTOR.match(name):
        return "receptor"
    return "cancer" if kind == "disease" and CANCER.search(name) else kind


def document(key, text, spans, relations, pairs, sentences=None):
    """Makes a document; spans: (start, end, type) of `text`; relations: (subject, predicate, object); pairs: judged ones."""
    at = lambda i: f"T{i + 1}"
    mentions = [dict(id=at(i), start=a + 1, end=b + 1, text=text[a:b], type=refine(t, text[a:b])) for i, (a, b, t) in enumerate(spans)]
    return dict(id=key, title="", abstract=text, mentions=mentions, pairs=[[at(a), at(b)] for a, b in pairs],
                sentences=sentences or [[1, 1 + len(text)]],
                relations=[dict(subject=at(s), predicate=p, object=at(o), negated=False, hedged=False) for s, p, o in relations])


def read_drugprot(folder):
    """Every chemical and gene of a sentence is judged; part-of, product-of, substrate are none of our predicates."""
    linked, ours = {}, {"CHEMICAL": "therapy", "GENE": "gene"}
    for line in open_text(folder / "drugprot_training_relations.tsv.gz"):
        key, label, one, two = line.rstrip("\n").split("\t")
        linked.setdefault(key, {})[one[5:], two[5:]] = DRUGPROT.get(label)
    for key, text, marked in drugprot(folder):
        marked = {mention: (start, end, ours[kind]) for mention, (start, end, kind) in marked.items()}
        for m in re.finditer(r".+?(?:[.?!](?=\s+[A-Z(\d])|$)", text):
            inside = {k: v for k, v in marked.items() if m.start() <= v[0] and v[1] <= m.end()}
            inside = {k: v for k, v in inside.items() if not any(o[0] <= v[0] and v[1] <= o[1] and o != v for o in inside.values())}
            order = sorted(inside, key=lambda k: inside[k])
            judged = [(i, j) for i, a in enumerate(order) for j, b in enumerate(order)
                      if inside[a][2] == "therapy" and inside[b][2] == "gene"
                      and linked.get(key, {}).get((a, b), "none") is not None]
            links = {(i, j): linked.get(key, {}).get((order[i], order[j])) for i, j in judged}
            if judged:
                spans = [(inside[k][0] - m.start(), inside[k][1] - m.start(), inside[k][2]) for k in order]
                yield document(f"drugprot:{key}:{m.start()}", m[0], spans, [(i, p, j) for (i, j), p in links.items() if p], judged)


def read_ade(folder):
    """Sentences on adverse effects of drugs; only what is stated is listed."""
    for n, line in enumerate(open_text(folder / "DRUG-AE.rel.gz")):
        key, text, effect, _, _, drug, _, _ = line.rstrip("\n").split("|")
        a, b = text.find(drug), text.find(effect)
        if min(a, b) >= 0 and not (a < b + len(effect) and b < a + len(drug)):
            yield document(f"ade:{key}:{n}", text, [(a, a + len(drug), "therapy"), (b, b + len(effect), "disease")],
                           [(0, "causes", 1)], [(0, 1)])


def read_combinations(folder):
    """Drugs of a sentence that are given together; without need of its context, others are none."""
    for d in read_jsonl(folder / "train.jsonl.gz"):
        together = {p for r in d["rels"] for p in combinations(sorted(r["spans"]), 2)}
        if not any(r["is_context_needed"] for r in d["rels"]):
            spans = sorted(d["spans"], key=lambda s: s["span_id"])
            pairs = [(i, j) for i in range(len(spans)) for j in range(i + 1, len(spans))]
            yield document(f"combo:{d['doc_id']}", d["sentence"], [(s["start"], s["end"], "therapy") for s in spans],
                           [(i, "combined_with", j) for i, j in pairs if (i, j) in together], pairs)


def read_semrep(folder):
    """Sentences of one judged predication each; those that people found right, of predicates that are ours."""
    for n, row in enumerate(csv.DictReader(open_text(folder / "train.csv.gz"))):
        places = {k: re.search(f"<{k}> (.+?) </{k}>", row["sentence"]) for k in "so"}
        if row["label"] not in SEMREP or not all(places.values()):
            continue
        predicate, *kinds = SEMREP[row["label"]]
        text, spans = re.sub(r"</?[so]> ?", "", row["sentence"]), []
        for k, kind in zip("so", kinds):
            start = len(re.sub(r"</?[so]> ?", "", row["sentence"][:places[k].start(1)]))
            spans.append((start, start + len(places[k][1]), kind))
        yield document(f"semrep:{row['pmid']}:{n}", text, spans, [(0, predicate, 1)], [(0, 1)])


READERS = {"drugprot": read_drugprot, "ade": read_ade, "drug_combo": read_combinations,
           "semrep_sentences": read_semrep}


def main():
    parser = arguments(__doc__.splitlines()[0])
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    dev = DevParts(options.shared)
    for name, read in READERS.items():
        found = [d for d in read(options.shared / "corpora/relations" / name) if not dev.holds(d["id"].split(":")[1], d["abstract"])]
        write_jsonl(options.out / f"{name}.jsonl", found)
        print(name, len(found), "sentences", sum(len(d["pairs"]) for d in found), "pairs", sum(len(d["relations"]) for d in found), "relations")


if __name__ == "__main__":
    sys.exit(main())
