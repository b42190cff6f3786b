"""Labelled data as sentences: words, word pieces, spans of each corpus's own types, pairs of mentions with their readings."""

import random
import re
from dataclasses import dataclass, field
from itertools import groupby

import numpy as np

from common import SHAPES, open_text, read_jsonl
from dev_parts import SENTENCE, DevParts, jnlpba

TYPES = ["cytokine", "receptor", "gene", "therapy", "cancer", "disease", "cell", "process"]
PREDICATES = ["approved_for", "treats", "evaluated_for", "prevents", "causes", "promotes", "inhibits", "combined_with",
              "expressed_by", "binds", "biomarker_of", "associated_with"]
SYMMETRIC = {"combined_with", "associated_with"}
# 0 is none; 1 + 2 p is predicate p from the earlier mention to the later, 2 + 2 p the other way (src/relations/weights.rs).
READINGS = 1 + 2 * len(PREDICATES)
WINDOW, OVERLAP = 254, 62
RUNS = {"ncbi_disease": 10}  # sentences of a text that a head reads together, by head (src/cli/evaluate/heads.rs); 1 elsewhere
CONLL = {"bc5cdr": "BC5CDR", "ncbi_disease": "NCBI-disease", "bc2gm": "BC2GM", "bionlp13cg": "BioNLP13CG", "anatem": "AnatEM",
         "bionlp09": "BioNLP09", "bionlp11epi": "BioNLP11EPI", "bionlp13ge": "BioNLP13GE", "bionlp13pc": "BioNLP13PC",
         "craft": "CRAFT"}
CYTOKINE_BASED = ("anti-tnf", "anti-il", "anti-inter", "anti-gm", "anti-tgf", "anti-cc", "anti-cx", "anti-ifn", "il-",
                  "interleukin", "interferon", "ifn", "tnf", "csf", "cxcr", "ccr", "tgf", "cytokine", "chemokine", "lak")


@dataclass
class Sentence:
    """A sentence (or a window of a long one): text, word pieces, the words that they form, gold spans."""

    text: str
    offset: int = 0
    document: str = ""
    spans: list = field(default_factory=list)  # (start, end, type), characters of the sentence
    ids: list = None  # word pieces with [CLS] and [SEP]
    words: list = None  # (start, end, index of the first piece, index after the last), characters of the sentence
    shapes: list = None  # a shape and a name a piece (`shapes`), 0 for [CLS] and [SEP]
    mentions: list = field(default_factory=list)  # mentions of the corpus, for relations
    pairs: list = field(default_factory=list)  # (earlier, later, reading, negated, hedged, counted), indices of mentions
    names: list = field(default_factory=list)  # spans that the lexicon tagger finds, as `spans` (names.py)


def case(text):
    """Returns how letters are written: 0 none, 1 all small, 2 the first large, 3 all large, 4 mixed."""
    large, small = sum(map(str.isupper, text)), sum(map(str.islower, text))
    if not large:
        return 1 if small else 0
    if not small:
        return 3
    return 2 if large == 1 and text[0].isupper() else 4


def shapes(text, words, offsets, names):
    """Returns a shape a piece, 1 + 5 * case of its word + case of its own, and SHAPES times its word's label in `names`.

    `words`: (start, end, first piece, piece after).

    The tokeniser folds case, and the shape keeps what names of genes are known by.
    """
    out = []
    for (start, end, first, after), name in zip(words, names):
        of_word = SHAPES * name + 1 + 5 * case(text[start:end])
        out += [of_word + case(text[a:b]) for a, b in offsets[first:after]]
    return out


def encode(sentences, tokenizer, window=WINDOW, overlap=OVERLAP):
    """Fills in pieces and words; cuts what is longer than a window into windows that overlap."""
    out = []
    encoded = tokenizer([s.text for s in sentences], add_special_tokens=False, return_offsets_mapping=True)
    for i, s in enumerate(sentences):
        words = []
        for k, (word, (start, end)) in enumerate(zip(encoded.word_ids(i), encoded["offset_mapping"][i])):
            if words and words[-1][0] == word:
                words[-1][2:] = [end, words[-1][3], k + 1]
            else:
                words.append([word, start, end, k, k + 1])
        s.ids, s.words = encoded["input_ids"][i], [tuple(w[1:]) for w in words]
        s.shapes = shapes(s.text, s.words, encoded["offset_mapping"][i], tags(s, TYPES, s.names))
        out.extend(windows(s, window, overlap))
    return out


def windows(s, window=WINDOW, overlap=OVERLAP):
    """Yields the sentence as windows of at most `window` pieces; all but the last end and begin at words."""
    first = 0
    while first < len(s.words):
        last, base = first, s.words[first][2]
        while last < len(s.words) and s.words[last][3] - base <= window:
            last += 1
        last = max(last, first + 1)  # a word longer than a window is cut
        end = min(s.words[last - 1][3], base + window)
        words = [(a, b, p - base + 1, min(q, end) - base + 1) for a, b, p, q in s.words[first:last]]
        yield Sentence(s.text, s.offset, s.document, s.spans, [101, *s.ids[base:end], 102], words,
                       [0, *s.shapes[base:end], 0], s.mentions, s.pairs)
        if last >= len(s.words):
            return
        back = last
        while back > first + 1 and s.words[last - 1][3] - s.words[back - 1][2] <= overlap:
            back -= 1
        first = back


def word_range(words, start, end):
    """Returns the first word that a span touches and the one after the last; None if the window lacks some of it."""
    inside = [i for i, w in enumerate(words) if w[0] < end and start < w[1]]
    if not inside or words[inside[0]][0] > start and inside[0] == 0 or words[inside[-1]][1] < end and inside[-1] == len(words) - 1:
        return None
    return inside[0], inside[-1] + 1


def tags(s, types, spans=None):
    """Returns a label a word: 0 outside, 1 + 2 t begins type t, 2 + 2 t goes on; of the gold spans, or of others."""
    out = [0] * len(s.words)
    for start, end, kind in s.spans if spans is None else spans:
        inside = [i for i, w in enumerate(s.words) if w[0] < end and start < w[1]]
        for n, i in enumerate(inside):
            out[i] = 1 + 2 * types.index(kind) + (n > 0)
    return out


def decode(scores, types):
    """Viterbi under the rule that I- follows B- or I- of its type; scores: words x labels, log probabilities."""
    labels = scores.shape[1]
    allowed = np.zeros((labels, labels))
    for to in range(2, labels, 2):
        allowed[:, to] = -1e9
        allowed[[to - 1, to], to] = 0
    best = scores[0] + np.array([-1e9 if i and i % 2 == 0 else 0 for i in range(labels)])
    back = []
    for row in scores[1:]:
        step = best[:, None] + allowed
        back.append(step.argmax(0))
        best = step.max(0) + row
    path = [int(best.argmax())]
    for row in reversed(back):
        path.append(int(row[path[-1]]))
    path.reverse()
    spans, at = [], None
    for i, label in enumerate(path + [0]):
        if at is not None and (label == 0 or label % 2):
            spans.append((at, i, types[(path[at] - 1) // 2]))
            at = None
        if label % 2:
            at = i
    return spans


def read_conll(path):
    """Returns the sentences of a CoNLL file, words joined by blanks."""
    out, words, at = [], [], 0
    for line in [*open_text(path), ""]:
        if line.strip():
            word, tag = line.rstrip("\n").split("\t")[::len(line.rstrip("\n").split("\t")) - 1]
            words.append((word, tag))
        elif words:
            text, spans = "", []
            for word, tag in words:
                start = len(text) + bool(text)
                text += " " * bool(text) + word
                if tag[0] == "B" or tag[0] == "I" and (not spans or spans[-1][2] != tag[2:] or spans[-1][1] != start - 1):
                    spans.append((start, len(text), tag[2:]))
                elif tag[0] == "I":
                    spans[-1] = (spans[-1][0], len(text), tag[2:])
            out.append(Sentence(text, spans=spans))
            words = []
    return out


def sentences_of(text, spans, document):
    """Returns the sentences of a text whose spans are known."""
    edges = [0, *(m.end() for m in SENTENCE.finditer(text)), len(text)]
    return [Sentence(text[a:b].rstrip(), a, document, [(s - a, e - a, t) for s, e, t in spans if a <= s and e <= b])
            for a, b in zip(edges, edges[1:]) if text[a:b].strip()]


def runs(sentences, most):
    """Joins sentences that follow each other in a document, at most so many, to one; CoNLL files are one document."""
    out = []
    for document, group in groupby(sentences, lambda s: s.document):
        group = list(group)
        for at in range(0, len(group), most):
            text, spans = "", []
            for s in group[at:at + most]:
                start = len(text) + bool(text)
                text += "\n" * bool(text) + s.text
                spans += [(start + a, start + b, t) for a, b, t in s.spans]
            out.append(Sentence(text, document=document, spans=spans))
    return out


def read_jnlpba(shared, held_back):
    out = []
    for number, (text, annotations, held) in enumerate(jnlpba(shared)):
        if held == held_back:
            spans = [(int(a), int(b), t) for t, a, b in re.findall(r"^T\d+\t(\S+) (\d+) (\d+)\t", annotations, re.M)]
            out += sentences_of(text, spans, str(number))
    return out


def read_pubtator(path):
    """Returns the sentences of a PubTator file with its mentions of genes and their families."""
    out, text, spans = [], "", []
    for line in [*open_text(path), ""]:
        cells = line.rstrip("\n").split("\t")
        if found := re.match(r"\d+\|[ta]\|(.*)", line):
            text += found[1] + "\n"
        elif len(cells) >= 5 and cells[1].isdigit():
            if cells[4] in ("Gene", "FamilyName"):
                spans.append((int(cells[1]), int(cells[2]), cells[4]))
        elif not line.strip() and text:
            out, text, spans = out + sentences_of(text, spans, str(len(out))), "", []
    return out


def drugprot(folder):
    """Yields (key, text, {mention: (start, end, type)}) of DrugProt's training part; genes normalised or not are GENE."""
    marked = {}
    for line in open_text(folder / "drugprot_training_entities.tsv.gz"):
        key, mention, kind, start, end, _ = line.rstrip("\n").split("\t")
        marked.setdefault(key, {})[mention] = int(start), int(end), kind.split("-")[0]
    for line in open_text(folder / "drugprot_training_abstracts_RECOVERED.tsv.gz"):
        key, title, abstract = line.rstrip("\n").split("\t")[:3]
        yield key, title + " " + abstract, marked.get(key, {})


def read_drugprot(folder):
    return [s for key, text, marked in drugprot(folder) for s in sentences_of(text, list(marked.values()), key)]


STANDOFF = {"nlm_gene": lambda corpora: read_pubtator(corpora / "pubtator/NLMgene_Train.PubTator.gz"),
            "gnormplus": lambda corpora: read_pubtator(corpora / "pubtator/GNormPlus_Train.PubTator.gz"),
            "drugprot": lambda corpora: read_drugprot(corpora / "relations/drugprot")}


def read_sentences(shared, name, part):
    """Returns the sentences of a public corpus; `part`: train or devel."""
    if name == "jnlpba":
        return read_jnlpba(shared, part == "devel")
    if part == "train" and name in STANDOFF:
        return STANDOFF[name](shared / "corpora")
    return read_conll(shared / "corpora/ner" / CONLL[name] / f"{part}.tsv.gz")


def read_tagged(shared, name, part, run=1, dev=None):
    """Returns the sentences of a public corpus, without those that a dev part holds, up to `run` of them joined to one."""
    sentences = read_sentences(shared, name, part)
    return runs([s for s in sentences if dev is None or not dev.holds("", s.text)], run)


def read_corpus(paths):
    """Returns the documents of our own corpus."""
    return [d for path in paths for d in read_jsonl(path)]


def split(document):
    """Returns the sentences of a document of our corpus, with mentions and candidate pairs."""
    text, out = document["title"] + "\n" + document["abstract"], []
    relations = {}
    for r in document.get("relations", []):
        relations.setdefault(frozenset((r["subject"], r["object"])), r)
    marked = marked_therapies(document)
    broad = document["id"].startswith(("approval:", "treat:"))
    judged = {frozenset(p) for p in document["pairs"]} if "pairs" in document else None  # of extra.py
    for start, end in document["sentences"]:
        mentions = sorted((m for m in document["mentions"] if start <= m["start"] and m["end"] <= end),
                          key=lambda m: (m["start"], -m["end"]))
        s = Sentence(text[start:end], start, document["id"], mentions=mentions,
                     spans=[(m["start"] - start, m["end"] - start, m["type"]) for m in mentions],
                     names=[(m["start"] - start, m["end"] - start, m["type"]) for m in document.get("names", ())
                            if m["start"] < end and start < m["end"]])
        for i, a in enumerate(mentions):
            for j in range(i + 1, len(mentions)):
                b = mentions[j]
                two = frozenset((a["id"], b["id"]))
                relation = relations.get(two)
                if relation or (two in judged if judged is not None else counted(a, b, marked, broad)):
                    s.pairs.append((i, j, *reading(relation, a)))
        out.append(s)
    return out


def reading(relation, earlier):
    if relation is None:
        return 0, 0, 0
    predicate = relation["predicate"]
    turned = relation["subject"] != earlier["id"] and predicate not in SYMMETRIC
    return 1 + 2 * PREDICATES.index(predicate) + turned, int(relation["negated"]), int(relation["hedged"])


def marked_therapies(document):
    """Names of therapies that stand in a relation with neither cytokine nor receptor: aimed at or built from one."""
    mentions = {m["id"]: m for m in document["mentions"]}
    out = set()
    for r in document.get("relations", []):
        two = mentions[r["subject"]], mentions[r["object"]]
        if not {m["type"] for m in two} & {"cytokine", "receptor"}:
            out.update(m["text"].lower() for m in two if m["type"] == "therapy")
    return out


def is_focus(mention, marked=()):
    name = mention["text"].lower()
    return mention["type"] in ("cytokine", "receptor") or mention["type"] == "therapy" and (
        name in marked or any(part in name for part in CYTOKINE_BASED))


def counted(a, b, marked, broad):
    """Tells whether the corpus would mark a relation between two mentions, so that its absence means none."""
    if is_focus(a, marked) or is_focus(b, marked):
        return True
    kinds = {a["type"], b["type"]}
    return broad and "therapy" in kinds and kinds <= {"therapy", "cancer", "disease"}


def allowed():
    """Returns which readings the schema allows: 8 x 8 x READINGS."""
    sets = lambda text: [TYPES.index(t) for t in text.split()]
    agent, target = "cytokine receptor gene therapy", "process cell cytokine receptor gene cancer"
    rules = {"approved_for": ("cytokine therapy", "cancer disease"), "prevents": (agent, "cancer disease"),
             "promotes": (agent + " cell process", target), "combined_with": ("cytokine therapy", "cytokine therapy"),
             "expressed_by": ("cytokine receptor gene", "cell cancer"),
             "binds": ("cytokine therapy gene", "receptor cytokine gene"),
             "biomarker_of": ("cytokine receptor gene", "cancer disease process"),
             "associated_with": (" ".join(TYPES), " ".join(TYPES))}
    rules |= {"treats": rules["approved_for"], "evaluated_for": rules["approved_for"], "causes": rules["prevents"],
              "inhibits": rules["promotes"]}
    out = np.zeros((len(TYPES), len(TYPES), READINGS), dtype=bool)
    out[:, :, 0] = True
    for p, name in enumerate(PREDICATES):
        subjects, objects = map(sets, rules[name])
        for s in subjects:
            for o in objects:
                out[s, o, 1 + 2 * p] = True
                out[o, s, (1 if name in SYMMETRIC else 2) + 2 * p] = True
    return out
