"""Fits, on the dev parts, how learned and rule scores are combined, the threshold, and the confidence of each predicate.

Needs the program (`--program`, for the rule engine's mentions) and `examples/describe_pairs.rs` (`--describe`, its view of each
pair). Every figure is also given by five-fold cross-validation over documents, where nothing is fitted on what it measures.
"""

import itertools
import sys

from common import *
from data import PREDICATES, SYMMETRIC, TYPES, encode, read_corpus, split
from evaluate import hints_of, relate, relations, scorer, spans_of, with_mentions, word_scores
from model import Model
from names import with_names
from rules import read_weights, score_pairs


GAINS = (0.0, 1.0, 2.0, 3.0, 4.0, 6.0)


class Mentions:
    """Mentions of a set of documents by how far the rule engine is trusted."""

    def __init__(self, model, documents, tokenizer, score):
        self.gold, self.score = documents, score
        self.scored = word_scores(model, "cytosift", encode([s for d in documents for s in split(d)], tokenizer))
        self.hints, self.counts = hints_of(documents), {}

    def documents(self, trust):
        return with_mentions(self.gold, spans_of(self.scored, TYPES, self.hints, trust))

    def by_document(self, trust):
        """Returns (strict right, overlap right, predicted, gold) of each document."""
        if trust not in self.counts:
            rows = self.counts[trust] = {}
            for g, d in zip(self.gold, self.documents(trust)):
                found = measure(self.score, [g], [d], {})
                right = [round(found[k]["p"] * found[k]["pred"]) for k in ("mentions_strict", "mentions_overlap")]
                rows[g["id"]] = np.array([*right, found["mentions_strict"]["pred"], found["mentions_strict"]["gold"]])
        return self.counts[trust]


def total(sets, trust, chosen):
    return sum(n for s in sets for d, n in s.by_document(trust).items() if d in chosen)


def best_trust(sets, chosen):
    """Returns the gain of best strict and overlap F1 over the chosen documents.

    One gain a type was tried: cross-validated it is worse than one for all (docs/results.md).
    """
    def value(trust):
        strict, overlap, predicted, gold = total(sets, trust, chosen)
        return (strict + overlap) / max(predicted + gold, 1)
    return max(GAINS, key=value)


def examine_trust(sets):
    """Prints the measures of each gain and what is left under cross-validation; returns the best."""
    everything = {d["id"] for s in sets for d in s.gold}
    for s in sets:
        for trust in GAINS:
            found = measure(s.score, s.gold, s.documents(trust), {})
            print(len(s.gold), "documents, trust", trust, found["mentions_strict"]["f1"], found["mentions_overlap"]["f1"],
                  {k: v["f1"] for k, v in found["mentions_by_type"].items()}, flush=True)
    folds = folds_of(everything)
    strict, overlap, predicted, gold = sum(total(sets, best_trust(sets, everything - fold), fold) for fold in folds)
    print("trust cross-validated: strict", round(2 * strict / (predicted + gold), 4), "overlap", round(2 * overlap / (predicted + gold), 4))
    return best_trust(sets, everything)


def folds_of(documents):
    return [{d for i, d in enumerate(sorted(documents)) if i % 5 == k} for k in range(5)]


def fuse(pairs, rules, temperature, rules_weight, least=0.0):
    """Returns the pairs that the engine considers, with log probabilities of learned and rule scores together.

    Pairs whose best relation has less than `least` by the rules are not asked of the model, and are none.
    """
    out = []
    for document, offset, a, b, scores, flags in pairs:
        known = rules.get((document, a["id"], b["id"]))
        if known is not None and np.exp(known[1:]).max() >= least:
            sums = np.where(scores > -1e8, scores / temperature + rules_weight * known, -1e9)
            sums = sums - sums.max()
            out.append((document, offset, a, b, sums - np.log(np.exp(sums).sum()), flags))
    return out


def right(gold, guess, found, every=False):
    """Returns (predicate, probability, right) of every relation, or of every one that counts, paired as score.py pairs them."""
    meets = lambda x, y: x["start"] < y["end"] and y["start"] < x["end"]
    out = []
    for g, d in zip(gold, guess):
        of, mine = ({m["id"]: m for m in x["mentions"]} for x in (g, d))
        arguments = [of[r[k]] for r in g["relations"] for k in ("subject", "object")]
        ours = []
        for r in found.get(d["id"], []):
            s, o = mine[r["subject"]], mine[r["object"]]
            if every or {s["type"], o["type"]} & {"cytokine", "receptor"} or all(any(meets(x, y) for y in arguments) for x in (s, o)):
                ours.append((r, s, o))
        taken = set()
        for r in g["relations"]:
            s, o = of[r["subject"]], of[r["object"]]
            for i, (p, a, b) in enumerate(ours):
                straight, crossed = meets(s, a) and meets(o, b), meets(s, b) and meets(o, a)
                same = p["predicate"] == r["predicate"]
                if i not in taken and same and (straight or crossed and r["predicate"] in SYMMETRIC):
                    taken.add(i)
                    break
        out += [(p["predicate"], p["confidence"], i in taken) for i, (p, _, _) in enumerate(ours)]
    return out


def measure(score, gold, guess, found):
    return score({d["id"]: d for d in gold}, {d["id"]: {**d, "relations": found.get(d["id"], [])} for d in guess})


def grid(sets, score):
    """Returns by setting and document: relations right, predicted, gold."""
    out = {}
    for t, w in itertools.product((1.0, 1.5, 2.0), (0.0, 0.25, 0.5, 0.75, 1.0, 1.25)):
        fused = [fuse(pairs, rules, t, w) for _, _, pairs, rules in sets]
        for h in (0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5):
            rows = out[t, w, h] = {}
            for (gold, guess, _, _), pairs in zip(sets, fused):
                found = relations(pairs, h)
                for g, d in zip(gold, guess):
                    r = measure(score, [g], [d], found)["relations"]
                    rows[g["id"]] = np.array([round(r["p"] * r["pred"]), r["pred"], r["gold"]])
    return out


def best_of(rows, chosen):
    """Returns the setting of best F1 on the chosen documents, and that F1."""
    value = lambda key: (lambda n: 2 * n[0] / max(n[1] + n[2], 1))(sum(rows[key][d] for d in chosen))
    t, w, h = top = max(sorted(rows), key=value)
    return dict(temperature=t, rules=w, threshold=h), value(top)


def fit_confidence(judged):
    """Fits sigmoid(w logit(p) + b), b by predicate and drawn to a common one; returns {predicate: [w, b]}."""
    names = [j[0] for j in judged]
    x = torch.tensor([j[1] for j in judged], dtype=torch.float64).clamp(1e-4, 1 - 1e-4).logit()
    y = torch.tensor([float(j[2]) for j in judged], dtype=torch.float64)
    of = torch.tensor([PREDICATES.index(n) for n in names])
    w, b = torch.ones(1, dtype=torch.float64), torch.zeros(1, dtype=torch.float64)
    each = torch.zeros(len(PREDICATES), dtype=torch.float64)
    parameters = [p.requires_grad_() for p in (w, b, each)]
    optimizer = torch.optim.LBFGS(parameters, max_iter=200)

    def closure():
        optimizer.zero_grad()
        loss = torch.nn.functional.binary_cross_entropy_with_logits(w * x + b + each[of], y, reduction="sum") + 1.5 * (each ** 2).sum()
        loss.backward()
        return loss
    optimizer.step(closure)
    return {n: [round(w.item(), 4), round((b + each[i]).item(), 4)] for i, n in enumerate(PREDICATES)}


def confident(judged, fitted):
    logit = lambda p: math.log(p / (1 - p))
    p = lambda n, x: 1 / (1 + math.exp(-(fitted[n][0] * logit(min(max(x, 1e-4), 1 - 1e-4)) + fitted[n][1])))
    return [(n, p(n, x), ok) for n, x, ok in judged]


def inverted(sure, fitted):
    """Returns the judged relations that `confident` made confident."""
    logit = lambda p: math.log(p / (1 - p))
    p = lambda n, x: 1 / (1 + math.exp((fitted[n][1] - logit(min(max(x, 5e-4), 1 - 5e-4))) / fitted[n][0]))
    return [(n, p(n, x), ok) for n, x, ok in sure]


def calibration_error(judged, bins=10):
    """Returns the expected calibration error over bins of equal width."""
    total = 0.0
    for k in range(bins):
        part = [(p, ok) for _, p, ok in judged if min(int(p * bins), bins - 1) == k]
        total += abs(sum(p for p, _ in part) - sum(ok for _, ok in part))
    return total / max(len(judged), 1)


def main():
    parser = arguments(__doc__.splitlines()[0], program="../../target/release/cytosift", describe="../../target/release/examples/describe_pairs")
    parser.add_argument("--setting", nargs=3, type=float, metavar=("TEMPERATURE", "RULES", "THRESHOLD"), help="fit the rest to this, as where the program itself was measured")
    parser.add_argument("--least", type=float, help="take this probability of the rules from which the model is asked")
    options = parser.parse_args()
    chosen = dict(zip(("temperature", "rules", "threshold"), options.setting)) if options.setting else None
    start(options)
    saved = json.loads((options.out / "heads.json").read_text())
    model = Model(options.out, saved["heads"], saved["pairs"], saved.get("rules", False)).eval()
    assert not model.load(options.out), "weights are missing"
    tokenizer, score = load_tokenizer(options.out), scorer(options.shared)
    on_gold, whole, mentions, told = [], [], [], []
    for name in ("dev", "approvals_dev"):
        path = options.shared / "corpus" / f"{name}.jsonl"
        gold = with_names(options.program, read_corpus([path]))
        mentions.append(Mentions(model, gold, tokenizer, score))
    trust = examine_trust(mentions)
    for one in mentions:
        gold = one.gold
        for sets, guess in ((on_gold, gold), (whole, one.documents(trust))):
            known, flags = score_pairs(options.describe, guess, read_weights())
            if sets is on_gold:
                told.append(flags)
            sets.append((gold, guess, relate(model, guess, tokenizer, known if saved.get("rules") else None), known))
    result = {}
    for how, sets in (("gold mentions", on_gold), ("end to end", whole)):
        result[how] = examine(how, sets, score, chosen)
        for name, (_, guess, pairs, rules) in zip(("dev", "approvals_dev"), sets):
            best = result[how][0]
            found = relations(fuse(pairs, rules, best["temperature"], best["rules"]), best["threshold"])
            write_jsonl(options.out / f"{name}, {how}.jsonl", [{**d, "relations": found.get(d["id"], [])} for d in guess])
    best, judged = result["end to end"]
    least = choose_least(whole, best, score)
    best["least"] = least if options.least is None else options.least
    flags = {flag: choose_flag(flag, on_gold, told, best, score) for flag in ("negated", "hedged")}
    fitted = fit_confidence(judged)
    sure = confident(judged, fitted)
    print("ECE in sample", round(calibration_error(sure), 4))
    total = sum(len(d["relations"]) for gold, *_ in whole for d in gold)
    for at in (0.0, *(k / 10 for k in range(3, 10))):
        part = [ok for _, p, ok in sure if p >= at]
        print(f"confidence >= {at:.1f}: {len(part)} relations, precision {sum(part) / max(len(part), 1):.3f}, recall {sum(part) / total:.3f}")
    (options.out / "calibration.json").write_text(json.dumps({**best, **flags, "trust": trust, "predicates": fitted}))


def choose_least(sets, best, score):
    """Returns the highest probability that the rules may ask for before the model is asked, for at most 0.2 points of F1."""
    chosen, first = 0.0, None
    for least in (0.0, 0.005, 0.01, 0.02, 0.03, 0.05, 0.08, 0.12):
        right = predicted = gold = asked = pairs = 0
        for truth, guess, scored, rules in sets:
            kept = fuse(scored, rules, best["temperature"], best["rules"], least)
            r = measure(score, truth, guess, relations(kept, best["threshold"]))["relations"]
            right, predicted, gold = right + round(r["p"] * r["pred"]), predicted + r["pred"], gold + r["gold"]
            asked, pairs = asked + len(kept), pairs + sum((d, a["id"], b["id"]) in rules for d, _, a, b, *_ in scored)
        f1 = 2 * right / max(predicted + gold, 1)
        first = f1 if first is None else first
        print(f"least {least}: relations F1 {f1:.4f}, {asked} of {pairs} pairs asked", flush=True)
        if f1 >= first - 0.002:
            chosen = least
    return chosen


def choose_flag(flag, sets, told, best, score):
    """Returns the shift of a flag's logit and its gain where the rules set it, by F1 on gold mentions.

    Both are zero if what is chosen on other documents does not beat the model alone.
    """
    counts = {}
    for setting in itertools.product((-1.0, 0.0, 0.5, 1.0, 1.5, 2.0), (0.0, 1.0, 2.0, 3.0, 4.0, 6.0)):
        for (gold, guess, pairs, rules), says in zip(sets, told):
            found = relations(fuse(pairs, rules, best["temperature"], best["rules"]), best["threshold"], says, **{flag: setting})
            for g, d in zip(gold, guess):
                r = measure(score, [g], [d], found)[flag]
                counts.setdefault(setting, {})[g["id"]] = np.array([round(r["p"] * r["pred"]), r["pred"], r["gold"]])
    value = lambda setting, chosen: (lambda n: 2 * n[0] / max(n[1] + n[2], 1))(sum(counts[setting][d] for d in chosen))
    # Of equal ones the nearest to the model alone.
    pick = lambda chosen: max(counts, key=lambda s: (value(s, chosen), -abs(s[0]) - s[1]))
    everything = set(counts[0.0, 0.0])
    held = sum(counts[pick(everything - fold)][d] for fold in folds_of(everything) for d in fold)
    chosen, crossed, alone = pick(everything), 2 * held[0] / max(held[1] + held[2], 1), value((0.0, 0.0), everything)
    print(f"{flag}: model alone {alone:.4f}, with shift and gain {chosen} {value(chosen, everything):.4f}, cross-validated {crossed:.4f} of {held[2]}")
    return dict(zip(("shift", "rules"), chosen if crossed > alone else (0.0, 0.0)))


def examine(how, sets, score, chosen=None):
    """Prints measures of one way of having mentions; returns the best or the chosen setting and its judged relations."""
    everything = {d["id"] for gold, *_ in sets for d in gold}
    folds = folds_of(everything)
    rows = grid(sets, score)
    settings = [best_of(rows, everything - fold)[0] for fold in folds]
    best, top = best_of(rows, everything)
    alone, _ = best_of({k: v for k, v in rows.items() if k[1] == 0.0}, everything)
    print(how, "best on all", best, round(top, 4), flush=True)
    best = chosen or best
    judged, crossed = [], []
    for gold, guess, pairs, rules in sets:
        shown = {"learned": (alone["temperature"], 0.0, alone["threshold"]), "rules": None, "fused": (best["temperature"], best["rules"], best["threshold"])}
        for label, setting in shown.items():
            if setting is None:
                flat = [(*p[:4], np.where(p[4] > -1e8, 0.0, -1e9), p[5]) for p in pairs]
                found = relations(fuse(flat, rules, 1.0, 1.0), 0.3)
            else:
                found = relations(fuse(pairs, rules, *setting[:2]), setting[2])
            r = measure(score, gold, guess, found)
            print(" ", how, label, len(gold), "documents", r["relations"], "approved_for", r["relations_by_predicate"].get("approved_for", {}).get("f1"), flush=True)
        judged += right(gold, guess, found)
        found = {}
        for fold, setting in zip(folds, settings):
            found |= relations([p for p in fuse(pairs, rules, setting["temperature"], setting["rules"]) if p[0] in fold], setting["threshold"])
        print(" ", how, "fused, cross-validated", measure(score, gold, guess, found)["relations"], flush=True)
        for k, fold in enumerate(folds):
            inside = [right([g], [d], found) for g, d in zip(gold, guess) if g["id"] in fold]
            crossed += [(k, j) for group in inside for j in group]
    held = []
    for k in range(5):
        fitted = fit_confidence([j for f, j in crossed if f != k])
        held += confident([j for f, j in crossed if f == k], fitted)
    print(" ", how, "ECE cross-validated", round(calibration_error(held), 4), "of", len(held), flush=True)
    return best, judged


if __name__ == "__main__":
    sys.exit(main())
