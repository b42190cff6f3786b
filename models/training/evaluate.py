"""Measures on the dev parts: strict F1 of each tagging head, pairs on gold mentions, our own dev part end to end."""

import importlib.util
import sys

from common import *
from data import CONLL, PREDICATES, READINGS, RUNS, Sentence, allowed, decode, encode, is_focus, read_corpus, read_tagged, split, tags
from model import Model, pair_items
from names import name_sentences, with_names


def scorer(shared):
    """Loads the corpus's own scorer, shared/tools/score.py."""
    spec = importlib.util.spec_from_file_location("score", shared / "tools/score.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.score


def in_batches(items, tokens=4096):
    order, batch = sorted(range(len(items)), key=lambda i: len(items[i].ids)), []
    for i in order:
        if batch and len(items[i].ids) * (len(batch) + 1) > tokens:
            yield batch
            batch = []
        batch.append(i)
    if batch:
        yield batch


@torch.no_grad()
def word_scores(model, head, windows):
    """Returns (sentence, words, log probabilities of their labels) of each sentence.

    Of two windows over the same words the earlier decides the first half of them, the later the rest.
    """
    scores = [None] * len(windows)
    for batch in in_batches(windows):
        with autocast():
            logits = model.tag_logits(head, [windows[i] for i in batch]).float().log_softmax(-1).cpu().numpy()
        at = 0
        for i in batch:
            scores[i] = logits[at:at + len(windows[i].words)]
            at += len(windows[i].words)
    out, at = [], 0
    while at < len(windows):
        s, words, rows = windows[at], list(windows[at].words), list(scores[at])
        at += 1
        while at < len(windows) and windows[at].text is s.text and windows[at].offset == s.offset and windows[at].document == s.document:
            shared = sum(w[0] < words[-1][1] for w in windows[at].words)
            keep = len(words) - shared + shared // 2
            words = words[:keep] + list(windows[at].words[shared // 2:])
            rows = rows[:keep] + list(scores[at][shared // 2:])
            at += 1
        out.append((s, words, np.array(rows)))
    return out


def spans_of(scored, types, hints=None, trust=0.0):
    """Returns for each sentence its spans: (start, end, type), characters of the sentence.

    `hints`: spans of another tagger by document and offset; the labels that they give each word gain `trust` before decoding.
    """
    out = {}
    for s, words, rows in scored:
        if trust:
            labels = np.array(tags(Sentence(s.text, words=words, spans=hints.get((s.document, s.offset), [])), types))
            rows = rows.copy()
            rows[range(len(words)), labels] += trust
        found = decode(rows, types)
        out[s.document, s.offset, s.text] = [(words[a][0], words[b - 1][1], t) for a, b, t in found]
    return out


def tag(model, head, windows):
    """Returns the spans of each sentence as the model alone has them."""
    return spans_of(word_scores(model, head, windows), model.heads[head])


def strict(model, head, sentences, tokenizer):
    """Returns precision, recall and F1 of a head, strict, over all types of the corpus."""
    for i, s in enumerate(sentences):
        s.document = str(i)
    found = tag(model, head, encode(sentences, tokenizer))
    right = guessed = gold = 0
    by_type = {}
    for s in sentences:
        ours, theirs = set(found.get((s.document, s.offset, s.text), [])), set(s.spans)
        right, guessed, gold = right + len(ours & theirs), guessed + len(ours), gold + len(theirs)
        for kind in {x[2] for x in ours | theirs}:
            row = by_type.setdefault(kind, [0, 0, 0])
            for k, group in enumerate((ours & theirs, ours, theirs)):
                row[k] += sum(x[2] == kind for x in group)
    return f1(right, guessed, gold) | {"types": {k: f1(*v)["f1"] for k, v in sorted(by_type.items())}}


def f1(right, guessed, gold):
    p, r = right / max(guessed, 1), right / max(gold, 1)
    return {"p": round(p, 4), "r": round(r, 4), "f1": round(2 * p * r / max(p + r, 1e-9), 4)}


def candidates(document):
    """Returns the sentences of a document with every pair that holds a focus mention or may be a treatment."""
    out = split(document)
    for s in out:
        s.pairs = []
        for i, a in enumerate(s.mentions):
            for j in range(i + 1, len(s.mentions)):
                b = s.mentions[j]
                treats = "therapy" in (a["type"], b["type"]) and {a["type"], b["type"]} <= {"therapy", "cancer", "disease"}
                if is_focus(a) or is_focus(b) or treats:
                    s.pairs.append((i, j, 0, 0, 0))
    return out


@torch.no_grad()
def relate(model, documents, tokenizer, rules=None):
    """Returns [(document, sentence, earlier, later, log probabilities of the readings, of the two flags)] of all candidates."""
    sentences = [s for d in documents for s in candidates(d)]
    items = pair_items(encode(sentences, tokenizer), model.kind, rules)
    may, out = allowed(), []
    for batch in in_batches(items):
        with autocast():
            logits = model.pair_logits([items[i] for i in batch]).float().cpu()
        at = 0
        for i in batch:
            for pair, kinds in zip(items[i].pairs, items[i].kinds):
                row = logits[at, :READINGS].masked_fill(~torch.from_numpy(may[kinds // 8, kinds % 8]), -1e9)
                s = items[i].sentence
                out.append((s.document, s.offset, s.mentions[pair[0]], s.mentions[pair[1]], row.log_softmax(0).numpy(),
                            logits[at, READINGS:].sigmoid().numpy()))
                at += 1
    return sorted(out, key=lambda x: (x[0], x[1], x[2]["start"], x[3]["start"]))


def relations(pairs, threshold=0.4, told=None, negated=(0, 0), hedged=(0, 0)):
    """Returns the relations by document: of each pair the most probable one, if it reaches the threshold.

    `told`: what the rules say of the flags (rules.py); `negated`, `hedged`: what is added to a flag's logit, and what where
    the rules set it.
    """
    out = {}
    for document, _, a, b, scores, flags in pairs:
        best = int(scores[1:].argmax()) + 1
        if np.exp(scores[best]) >= threshold:
            subject, target = (a, b) if best % 2 else (b, a)
            predicate = PREDICATES[(best - 1) // 2]
            says = (told or {}).get((document, a["id"], b["id"]), ((), ()))
            logits = np.log(flags / (1 - flags)) + [shift + gain * (predicate in of) for (shift, gain), of in zip((negated, hedged), says)]
            out.setdefault(document, []).append(
                dict(subject=subject["id"], object=target["id"], predicate=predicate,
                     negated=bool(logits[0] > 0), hedged=bool(logits[1] > 0), confidence=float(np.exp(scores[best]))))
    return out


def hints_of(documents):
    """Returns the spans of the rule engine's mentions by document and offset of the sentence."""
    return {(d["id"], s.offset): s.names for d in documents for s in split(d)}


def with_mentions(documents, found):
    """Returns the documents with the spans found in place of their mentions."""
    out = []
    for d in documents:
        text = d["title"] + "\n" + d["abstract"]
        spans = sorted((a + start, b + start, t) for start, end in d["sentences"] for a, b, t in found.get((d["id"], start, text[start:end]), []))
        mentions = [dict(id=f"T{i + 1}", start=a, end=b, text=text[a:b], type=t) for i, (a, b, t) in enumerate(spans)]
        out.append({**d, "mentions": mentions, "relations": []})
    return out


def tagged(model, documents, tokenizer):
    """Returns the documents with the tagger's mentions instead of their own."""
    return with_mentions(documents, tag(model, "cytosift", encode([s for d in documents for s in split(d)], tokenizer)))


def report(model, tokenizer, options, heads):
    """Prints and writes all measures that the heads of a model allow, of those named."""
    shared, score, result = options.shared, scorer(options.shared), {}
    own = {n: with_names(options.program, read_corpus([shared / "corpus" / f"{n}.jsonl"])) for n in ("dev", "approvals_dev")}
    for head in heads:
        if head in CONLL or head == "jnlpba":
            result[head] = strict(model, head, name_sentences(options.program, read_tagged(shared, head, "devel", RUNS.get(head, 1))), tokenizer)
            print(head, result[head], flush=True)
    for name, documents in own.items():
        gold = {d["id"]: d for d in documents}
        guesses = {}
        if "cytosift" in heads:
            guesses["end to end"] = tagged(model, documents, tokenizer)
        if model.kind:
            guesses["gold mentions"] = documents
        for how, guess in guesses.items():
            if model.kind:
                pairs = relate(model, guess, tokenizer)
                for threshold in (0.3, 0.4, 0.5, 0.6):
                    found = relations(pairs, threshold)
                    scored = score(gold, {d["id"]: {**d, "relations": found.get(d["id"], [])} for d in guess})
                    result[f"{name} {how} {threshold:.1f}"] = scored
                    brief = {k: scored[k] for k in ("relations", "relations_pair", "flags_right", "negated", "hedged")}
                    print(name, how, f"{threshold:.1f}", brief, flush=True)
                    if threshold == 0.4:
                        print({k: (v["f1"], v["gold"]) for k, v in scored["relations_by_predicate"].items()}, flush=True)
            if how == "end to end":
                scored = score(gold, {d["id"]: d for d in guess})
                result[f"{name} mentions"] = scored
                print(name, {k: scored[k] for k in ("mentions_strict", "mentions_overlap")},
                      {k: v["f1"] for k, v in scored["mentions_by_type"].items()}, flush=True)
    (options.out / "dev.json").write_text(json.dumps(result, indent=1))


def main():
    parser = arguments(__doc__.splitlines()[0], program="../../target/release/cytosift")
    options = parser.parse_args()
    start(options)
    saved = json.loads((options.out / "heads.json").read_text())
    model = Model(options.out, saved["heads"], saved["pairs"], saved.get("rules", False)).eval()
    print("missing:", model.load(options.out))
    report(model, load_tokenizer(options.out), options, list(model.heads))


if __name__ == "__main__":
    sys.exit(main())
