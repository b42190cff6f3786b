#!/usr/bin/env python3
"""Writes abstracts.jsonl: made-up abstracts for the benchmarks, filled from templates of ours; the same bytes each time.

  python3 data/bench/make_abstracts.py > data/bench/abstracts.jsonl

They say nothing true. About half of the abstracts name a cytokine, as in a dump searched for the subject.
"""
import json
import random

CYTOKINES = ["IL-2", "IL-6", "IL-1β", "IL-15", "TNF-alpha", "IFN-γ", "interferon alfa-2b", "GM-CSF", "TGF-beta1", "CXCL12",
             "interleukin-10", "CCL2", "IL-1, -2 and -6", "IFN-α/β", "CXCL9/10/11", "TNF-alpha and -beta"]
CANCERS = ["renal cell carcinoma", "metastatic melanoma", "breast and ovarian cancer", "non-small cell lung cancer",
           "acute myeloid leukaemia", "hepatocellular carcinoma", "multiple myeloma", "Hodgkin's lymphoma"]
DISEASES = ["rheumatoid arthritis", "sepsis", "type 2 diabetes", "asthma", "capillary leak syndrome", "chronic kidney disease"]
DRUGS = ["siltuximab", "cisplatin", "5-fluorouracil", "metformin", "nivolumab", "dexamethasone", "atorvastatin"]
CELLS = ["CD8+ T cells", "natural killer cells", "macrophages", "HeLa cells", "dendritic cells", "keratinocytes"]
GENES = ["p53", "STAT3", "NF-kappaB", "VEGF", "EGFR", "c-Myc", "mTOR"]
PROCESSES = ["apoptosis", "cell proliferation", "angiogenesis", "overall survival", "phagocytosis", "tumour growth"]
LABELS = ["BACKGROUND", "METHODS", "RESULTS", "CONCLUSIONS"]

RELATED = [
    "{cyt} promoted {proc} of {cell} in vitro (P < .05), whereas {drug} had no effect.",
    "High-dose {cyt} was approved for patients with {can}, but toxicity (e.g. {dis}) limits its use.",
    "We found that {cyt}-induced {proc} was inhibited by {drug} at 2.5 mg/kg i.v. in mice.",
    "Serum levels of {cyt} were higher in patients with {can} than in controls (12.4 vs. 3.1 pg/ml; p<0.001).",
    "The combination of {cyt} with {drug} may improve {proc} in {can}.",
    "Production of {cyt} by {cell} did not depend on {gene} (Fig. 2).",
    "{cyt} bound its receptor on {cell}; {gene} was phosphorylated within 5 min.",
]
OTHER = [
    "{gene} is expressed in {cell} and regulates {proc}, as Miller et al. have reported.",
    "A total of {n} patients with {dis} were randomised to {drug} or placebo between 2004 and 2011.",
    "The mean age was {n}.5 years (range, 18-84); {m}% were women.",
    "E. coli and S. aureus were cultured at 37 degrees C for {m} h before exposure to {drug}.",
    "Progression-free survival (PFS) was {m} months (95% CI, 1.2-9.8), and overall survival (OS) was not reached.",
    "{drug} reduced the risk of {dis} by {m}%, but not that of {can}.",
    "No difference between groups was seen in secondary endpoints, i.e. quality of life and length of stay.",
    "These data suggest that {gene} could serve as a marker of {can}.",
    "p53 is mutated in {m} of {n} samples; c-Myc was amplified in the others.",
    "Further studies are needed to clarify the role of {gene} in {dis}.",
]


def main():
    rng = random.Random(20261122)

    def fill(template):
        slots = {"cyt": CYTOKINES, "can": CANCERS, "dis": DISEASES, "drug": DRUGS, "cell": CELLS, "gene": GENES, "proc": PROCESSES}
        sentence = template.format(n=rng.randrange(40, 900), m=rng.randrange(2, 40), **{k: rng.choice(v) for k, v in slots.items()})
        return sentence[0].upper() + sentence[1:] if not sentence.startswith(("p53", "c-Myc", "mTOR")) else sentence

    for number in range(1, 161):
        pool = RELATED + OTHER if number % 2 else OTHER
        lines = [fill(rng.choice(pool)) for _ in range(rng.randrange(8, 20))]
        if number % 3 == 0:
            cuts = [0, len(lines) // 4, len(lines) // 2, 3 * len(lines) // 4, len(lines)]
            lines = [f"{label}: " + " ".join(lines[a:b]) for label, a, b in zip(LABELS, cuts, cuts[1:])]
        title = fill(rng.choice(pool)).rstrip(".")
        print(json.dumps({"id": f"bench-{number:03}", "title": title, "abstract": " ".join(lines)}, ensure_ascii=False))


main()
