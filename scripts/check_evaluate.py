#!/usr/bin/env python3
"""Compares what `cytosift evaluate` finds with what independent programs find, on the shared corpora.

  check_evaluate.py [--shared ../shared] [--cytosift target/release/cytosift]

1. Counts of documents, mentions and relations of every corpus, against a parser of each format written here.
2. CoNLL: predictions made by spoiling the gold tags, malformed sequences among them, against seqeval (PyPI), four digits.
3. Our JSON Lines: predictions made by spoiling the gold, against SHARED/tools/score.py, four digits.
4. CDR: relations between concepts of a document, predictions made by spoiling the gold, against sets of
   (document, chemical, disease), four digits.
5. Label maps: each names every label of its corpus, and a corpus equals itself under it.
6. BioC: CDR and BioRED written as XML and JSON by the `bioc` package (PyPI) equal their PubTator files.

Needs seqeval and bioc; prints one line a check and exits with 1 if one differs, 0 if all are equal or SHARED is not there.
"""
import argparse, collections, glob, gzip, json, os, random, re, subprocess, sys, tarfile, tempfile

failures = 0


def say(right, name, detail):
    global failures
    failures += not right
    print(f"{'ok  ' if right else 'FAIL'} {name}: {detail}")


def text_of(path):
    opener = gzip.open if path.endswith(".gz") else open
    with opener(path, "rt", encoding="utf8", newline="\n") as f:
        return f.read()


def evaluate(cytosift, gold, predictions, *more):
    """Runs `cytosift evaluate` and returns results.json."""
    with tempfile.TemporaryDirectory() as folder:
        command = [cytosift, "evaluate", "--gold", gold, "--predictions", f"system={predictions}", "--samples", "0",
                   "--rounds", "0", "--report", folder, *more]
        run = subprocess.run(command, capture_output=True, text=True)
        if run.returncode:
            sys.exit(f"{' '.join(command)}: {run.stderr}")
        with open(os.path.join(folder, "results.json"), encoding="utf8") as f:
            return json.load(f)


# --- 1. counts ---------------------------------------------------------------------------------------------------

def without_repeats(path):
    """The blocks of a PubTator file, each document once: 8528200 stands twice in NCBI-disease."""
    blocks = [b.strip("\n") for b in re.split(r"\n\s*\n", text_of(path)) if b.strip()]
    return list({b.split("|")[0]: b for b in blocks}.values())


def count_pubtator(path):
    documents, mentions, relations = set(), 0, 0
    for line in "\n".join(without_repeats(path)).split("\n"):
        if re.match(r"[^|\s]+\|[ta]\|", line):
            documents.add(line.split("|")[0])
        elif "\t" in line:
            fields = line.split("\t")
            numeric = fields[1].isdigit() and fields[2].isdigit()
            mentions += numeric
            relations += not numeric
    return len(documents), mentions, relations


def count_conll(path):
    """conlleval's rule in words of its own: a tag opens an entity unless it is I- and goes on with the type before it."""
    documents, mentions = 0, 0
    for block in re.split(r"\n[ \t\r]*\n", text_of(path)):
        tags = [line.rstrip().split("\t")[-1] for line in block.split("\n") if line.strip()]
        documents += bool(tags)
        before = "O"
        for tag in tags:
            if tag != "O" and (tag[0] == "B" or before == "O" or before[2:] != tag[2:]):
                mentions += 1
            before = tag
    return documents, mentions, 0


def count_drugprot(path):
    ids = {line.split("\t")[0] for line in text_of(path).splitlines()}
    start = path[:path.index("abstra")]
    def rows(kind):
        lines = text_of(glob.glob(f"{start}{kind}*")[0]).splitlines()
        return sum(line.split("\t")[0] in ids for line in lines)
    return len(ids), rows("entities"), rows("relations")


def stand_for(argument, events, depth=0):
    if argument not in events:
        return [argument]
    themes = [a for role, x in events[argument][2] if role == "Theme" and depth < 8 for a in stand_for(x, events, depth + 1)]
    return themes or [events[argument][1]]


def count_standoff(folder):
    documents = mentions = relations = 0
    for text in glob.glob(os.path.join(folder, "*.txt")):
        annotations = [text[:-3] + ending for ending in ("ann", "a1", "a2") if os.path.exists(text[:-3] + ending)]
        if not annotations:
            continue
        documents += 1
        lines = [line for a in annotations for line in open(a, encoding="utf8", newline="\n").read().split("\n") if line]
        mentions += sum(line[0] == "T" for line in lines)
        relations += sum(line[0] == "R" for line in lines)
        events = {}
        for key, rest in (line.split("\t")[:2] for line in lines if line[0] == "E"):
            (label, trigger), *arguments = [part.split(":") for part in rest.split()]
            events[key] = (label, trigger, [(role.rstrip("0123456789"), x) for role, x in arguments])
        for label, trigger, arguments in events.values():
            of = lambda role: [a for r, x in arguments if r == role for a in stand_for(x, events)]
            causes, themes = of("Cause"), of("Theme")
            if causes and themes:
                pairs = {(c, label, t) for c in causes for t in themes}
            elif causes:
                pairs = {(c, label, trigger) for c in causes}
            elif len(themes) > 1:
                pairs = {(themes[0], label, t) for t in themes[1:]}
            else:
                pairs = {(trigger, label, t) for t in themes}
            for role, x in arguments:
                if role not in ("Cause", "Theme"):
                    pairs |= {(s, f"{label}:{role}", o) for s in themes or [trigger] for o in stand_for(x, events)}
            relations += sum(s != o for s, _, o in pairs)
    return documents, mentions, relations


def check_counts(shared, cytosift, folder):
    jobs = [(p, p, count_pubtator) for p in sorted(glob.glob(f"{shared}/corpora/pubtator/*"))]
    jobs += [(p, p, count_pubtator) for p in sorted(glob.glob(f"{shared}/corpora/relations/[bc]*/*PubTator*"))]
    jobs += [(p, p, count_conll) for p in sorted(glob.glob(f"{shared}/corpora/ner/*/*.tsv.gz"))]
    jobs += [(p, p, count_drugprot) for p in sorted(glob.glob(f"{shared}/corpora/relations/drugprot/*abstra*"))]
    for archive in ("ner/JNLPBA-standoff-train.tar.gz", "relations/bionlp13_cg.tar.gz"):
        with tarfile.open(f"{shared}/corpora/{archive}") as tar:
            tar.extractall(folder, filter="data")
        for found in sorted({os.path.dirname(p) for p in glob.glob(f"{folder}/**/*.txt", recursive=True)}):
            jobs.append((f"{archive}/{os.path.basename(found)}", found, count_standoff))
        # The next archive has a folder of its own.
        folder = os.path.join(folder, "next")
        os.makedirs(folder)
    seen = set()
    for name, path, count in jobs:
        if path in seen:
            continue
        seen.add(path)
        predictions = path
        if count is count_pubtator:
            predictions = os.path.join(folder, "once.PubTator")
            with open(predictions, "w", encoding="utf8") as f:
                f.write("\n\n".join(without_repeats(path)))
        size = evaluate(cytosift, path, predictions)["run"]["size"]
        ours = (size["documents"], size["mentions"], size["relations"])
        theirs = count(path)
        say(ours == theirs, name.replace(shared, ""), f"documents, mentions, relations {ours}" + ("" if ours == theirs else f", expected {theirs}"))


# --- 2. CoNLL ------------------------------------------------------------------------------------------------------

def spoil(tags, labels, chance):
    return [chance.choice(["O"] + [p + l for p in ("B-", "I-") for l in labels]) if chance.random() < 0.15 else t for t in tags]


def to_iobes(tags):
    out = []
    for i, tag in enumerate(tags):
        after = tags[i + 1] if i + 1 < len(tags) else "O"
        goes_on = tag != "O" and after == "I-" + tag[2:]
        out.append(tag if tag == "O" else {"B": "BS", "I": "IE"}[tag[0]][not goes_on] + tag[1:])
    return out


def check_conll(shared, cytosift, folder):
    from seqeval.metrics import classification_report
    for path in sorted(glob.glob(f"{shared}/corpora/ner/*/devel.tsv.gz")):
        corpus = path.split("/")[-2]
        sentences = [[line.split("\t") for line in block.split("\n") if line.strip()] for block in text_of(path).split("\n\n")]
        sentences = [s for s in sentences if s]
        gold = [[tag for _, tag in s] for s in sentences]
        labels = sorted({t[2:] for s in gold for t in s if t != "O"})
        chance = random.Random(corpus)
        for form in ("IOB2", "IOBES"):
            reference = gold if form == "IOB2" else [to_iobes(s) for s in gold]
            predicted = [spoil(s, labels, chance) for s in reference]
            if form == "IOBES":
                predicted = [spoil_iobes(s, labels, chance) for s in reference]
            for name, tags in (("gold", reference), ("predicted", predicted)):
                with open(f"{folder}/{name}.tsv", "w", encoding="utf8") as f:
                    for s, t in zip(sentences, tags):
                        f.writelines(f"{token}\t{tag}\n" for (token, _), tag in zip(s, t))
                        f.write("\n")
            theirs = classification_report(reference, predicted, output_dict=True, zero_division=0)
            ours = evaluate(cytosift, f"{folder}/gold.tsv", f"{folder}/predicted.tsv")["systems"][0]["mentions"]
            rows = [("micro avg", ours["strict"])] + [(t["label"], t["strict"]) for t in ours["by_type"]]
            pairs = [(round(theirs[n][a], 4), s[b]) for n, s in rows for a, b in (("precision", "p"), ("recall", "r"), ("f1-score", "f1"))]
            pairs.append((round(theirs["macro avg"]["f1-score"], 4), round(ours["strict_macro"]["f1"], 4)))
            wrong = [(a, b) for a, b in pairs if abs(a - b) > 1e-9]
            say(not wrong and len(pairs) == 4 + 3 * len(labels), f"seqeval {corpus} {form}", f"F1 {ours['strict']['f1']}, {len(pairs)} figures equal" if not wrong else str(wrong))


def spoil_iobes(tags, labels, chance):
    return [chance.choice(["O"] + [p + l for p in ("B-", "I-", "E-", "S-") for l in labels]) if chance.random() < 0.15 else t for t in tags]


# --- 3. JSON Lines ---------------------------------------------------------------------------------------------------

def check_jsonl(shared, cytosift, folder):
    chance = random.Random(3)
    types = "cytokine receptor gene therapy cancer disease cell process".split()
    predicates = "approved_for treats evaluated_for prevents causes promotes inhibits combined_with expressed_by binds biomarker_of associated_with".split()
    for name in ("train.jsonl", "train_more.jsonl", "approvals_train.jsonl"):
        gold, predicted = f"{shared}/corpus/{name}", f"{folder}/predicted.jsonl"
        with open(gold, encoding="utf8") as f, open(predicted, "w", encoding="utf8") as out:
            for line in f:
                d = json.loads(line)
                if chance.random() < 0.05:
                    continue
                length = len(d["title"]) + 1 + len(d["abstract"])
                for m in d["mentions"]:
                    if chance.random() < 0.1: m["type"] = chance.choice(types)
                    if chance.random() < 0.2: m["end"] = min(length, m["end"] + chance.randint(1, 9))
                    m.pop("text", None)
                # The reference pairs items in the order of the file.
                chance.shuffle(d["mentions"])
                for r in d["relations"]:
                    if chance.random() < 0.1: r["subject"], r["object"] = r["object"], r["subject"]
                    if chance.random() < 0.1: r["predicate"] = chance.choice(predicates)
                    for flag in ("negated", "hedged"):
                        if chance.random() < 0.1: r[flag] = not r[flag]
                d["relations"] = [r for r in d["relations"] if chance.random() < 0.8]
                out.write(json.dumps(d, ensure_ascii=False) + "\n")
        theirs = json.loads(subprocess.run([sys.executable, f"{shared}/tools/score.py", gold, predicted, "--json"], capture_output=True, text=True, check=True).stdout)
        command = [cytosift, "evaluate", "--gold", gold, "--predictions", predicted, "--json", "--samples", "0", "--rounds", "0"]
        ours = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
        wrong = [k for k, v in theirs.items() if ours.get(k) != v]
        say(not wrong, f"score.py {name}", f"relations F1 {ours['relations']['f1']}, {len(theirs)} measures equal" if not wrong else {k: (ours.get(k), theirs[k]) for k in wrong})


# --- 4. CDR ----------------------------------------------------------------------------------------------------------

def check_cdr(shared, cytosift, folder):
    chance = random.Random(4)
    for path in sorted(glob.glob(f"{shared}/corpora/relations/cdr/*")):
        gold, ids, kept = set(), collections.defaultdict(lambda: collections.defaultdict(set)), []
        for line in text_of(path).split("\n"):
            fields = line.split("\t")
            if len(fields) == 4 and fields[1] == "CID":
                gold.add((fields[0], fields[2], fields[3]))
                continue
            if len(fields) >= 6:
                ids[fields[0]][fields[4]] |= {i for i in fields[5].split("|") if i != "-1"}
            kept.append(line)
        predicted = {g for g in gold if chance.random() < 0.7}
        for document, of in sorted(ids.items()):
            for chemical in sorted(of["Chemical"]):
                predicted |= {(document, chemical, d) for d in sorted(of["Disease"]) if chance.random() < 0.05}
        lines, out = [], collections.defaultdict(list)
        for p in sorted(predicted):
            out[p[0]].append(p)
        for block in "\n".join(kept).split("\n\n"):
            if block.strip():
                document = block.strip().split("|")[0]
                lines += [block.strip()] + [f"{d}\tCID\t{c}\t{x}" for d, c, x in out[document]] + [""]
        with open(f"{folder}/predicted.PubTator", "w", encoding="utf8") as f:
            f.write("\n".join(lines))
        right = len(gold & predicted)
        p, r = right / len(predicted), right / len(gold)
        theirs = tuple(round(x, 4) for x in (p, r, 2 * p * r / (p + r)))
        full = evaluate(cytosift, path, f"{folder}/predicted.PubTator", "--map", "cdr")["systems"][0]["document_relations"]["full"]
        ours = (full["p"], full["r"], full["f1"])
        say(ours == theirs, f"CDR {os.path.basename(path)}", f"P, R, F1 {ours} on {len(gold)} gold relations" + ("" if ours == theirs else f", expected {theirs}"))


# --- 5. maps ---------------------------------------------------------------------------------------------------------

MAPS = {
    "anatem": "ner/AnatEM/*", "bc2gm": "ner/BC2GM/*", "bc5cdr": "ner/BC5CDR/*", "bionlp13cg": "ner/BioNLP13CG/*",
    "biored": "relations/biored/*", "cdr": "relations/cdr/*", "drugprot": "relations/drugprot/*abstra*",
    "ncbi-disease": "ner/NCBI-disease/*", "nlm-gene": "pubtator/[GN][NL]*",
}


def check_maps(shared, cytosift, folder):
    for name, pattern in MAPS.items():
        paths = sorted(glob.glob(f"{shared}/corpora/{pattern}"))
        for path in paths:
            mentions = evaluate(cytosift, path, path, "--map", name)["systems"][0]["mentions"]
            say(mentions["strict"]["f1"] == 1, f"map {name}", f"{path.replace(shared, '')}: {mentions['strict']['gold']} mentions")
        if not paths:
            say(False, f"map {name}", f"no corpus matches {pattern}")


# --- 6. BioC ---------------------------------------------------------------------------------------------------------

def to_bioc(path, bioc):
    """Makes a collection of a PubTator file; relations between concepts in BioRED's form."""
    collection = bioc.BioCCollection()
    for block in without_repeats(path):
        lines = block.split("\n")
        key, _, title = lines[0].split("|", 2)
        body = lines[1].split("|", 2)[2]
        document = bioc.BioCDocument()
        document.id = key
        for offset, kind, text in ((0, "title", title), (len(title) + 1, "abstract", body)):
            passage = bioc.BioCPassage()
            passage.offset, passage.text, passage.infons["type"] = offset, text, kind
            document.add_passage(passage)
        for i, fields in enumerate(line.split("\t") for line in lines[2:]):
            if fields[1].isdigit():
                start, end = int(fields[1]), int(fields[2])
                annotation = bioc.BioCAnnotation()
                annotation.id, annotation.text = str(i), fields[3]
                annotation.infons.update({"type": fields[4], "identifier": fields[5]})
                annotation.add_location(bioc.BioCLocation(start, end - start))
                document.passages[int(start > len(title))].add_annotation(annotation)
            else:
                relation = bioc.BioCRelation()
                relation.id = f"R{i}"
                relation.infons.update({"type": fields[1], "entity1": fields[2], "entity2": fields[3]})
                document.add_relation(relation)
        collection.add_document(document)
    return collection


def check_bioc(shared, cytosift, folder):
    import bioc
    from bioc import biocjson, biocxml
    paths = {"cdr": "cdr/CDR_DevelopmentSet.PubTator.txt.gz", "biored": "biored/Dev.PubTator.gz"}
    for name, path in paths.items():
        path = f"{shared}/corpora/relations/{path}"
        collection = to_bioc(path, bioc)
        for form, module in (("xml", biocxml), ("json", biocjson)):
            written = f"{folder}/{name}.{form}"
            with open(written, "w", encoding="utf8") as f:
                module.dump(collection, f)
            for gold, predicted in ((path, written), (written, path)):
                system = evaluate(cytosift, gold, predicted, "--map", name)["systems"][0]
                found = [system["mentions"]["strict"], system["concepts"]["by_mention"], system["document_relations"]["full"]]
                say(all(x["f1"] == 1 for x in found), f"BioC {form} {name}", f"mentions, identifiers, relations {[x['gold'] for x in found]}")


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--shared", default="../shared")
    arguments.add_argument("--cytosift", default="target/release/cytosift")
    arguments = arguments.parse_args()
    if not os.path.isdir(f"{arguments.shared}/corpora"):
        print(f"skipped: {arguments.shared}/corpora is not there")
        return 0
    for check in (check_counts, check_conll, check_jsonl, check_cdr, check_maps, check_bioc):
        with tempfile.TemporaryDirectory() as folder:
            check(arguments.shared, arguments.cytosift, folder)
    return int(failures > 0)


if __name__ == "__main__":
    sys.exit(main())
