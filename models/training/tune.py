"""Trains heads on the encoder: tagging heads of any label sets and the pair head, all at once or one after the other.

`--tasks cytosift=6 bc5cdr=4 pairs=8` gives the passes over each task's data; batches of all tasks are mixed. `ncbi_disease:10=5` reads up
to ten sentences of a text together.
"""

import sys

from common import *
from data import (CONLL, READINGS, STANDOFF, TYPES, DevParts, encode, read_corpus, read_tagged, split, tags)
from evaluate import report
from model import Model, pair_items
from names import name_sentences, with_names
from rules import read_scores

CORPUS = ("train", "train_more", "approvals_train")
EXTRA = ("extra", "extra_names")  # tasks on what --extra names: pairs, mentions
PAIRS = ("pairs", "extra")  # tasks of the pair head


def head_of(task):
    """Returns the tagging head that a task trains."""
    return "cytosift" if task == "extra_names" else task.split(":")[0]


def read_task(options, task, dev, known):
    """Returns the training sentences of a task."""
    shared, program = options.shared, options.program
    if task in ("cytosift", *PAIRS, *EXTRA):
        documents = read_corpus(options.extra if task in EXTRA else [shared / "corpus" / f"{name}.jsonl" for name in CORPUS])
        kept = [d for d in documents if not dev.holds(d["id"], d["title"] + "\n" + d["abstract"])]
        return [s for d in with_names(program, kept, known) for s in split(d)]
    name, _, run = task.partition(":")
    return name_sentences(program, read_tagged(shared, name, "train", int(run or 1), dev))


def types_of(sentences):
    return sorted({kind for s in sentences for _, _, kind in s.spans})


def losses(model, task, batch, options):
    """Returns the loss of a batch and its number of tokens."""
    entropy = torch.nn.functional.cross_entropy
    if task not in PAIRS:
        logits = model.tag_logits(head_of(task), batch).float()
        return entropy(logits, torch.tensor([t for s in batch for t in s.tags], device=logits.device)), sum(len(s.ids) for s in batch)
    logits = model.pair_logits(batch).float()
    pairs = [p for item in batch for p in item.pairs]
    readings = torch.tensor([p[2] for p in pairs], device=logits.device)
    flags = torch.tensor([p[3:5] for p in pairs], dtype=torch.float, device=logits.device)
    loss = entropy(logits[:, :READINGS], readings, weight=options.weights, label_smoothing=options.smoothing)
    some = readings > 0
    if some.any():
        loss = loss + 0.5 * torch.nn.functional.binary_cross_entropy_with_logits(logits[some, READINGS:], flags[some])
    return loss, sum(len(item.ids) for item in batch)


def class_weights(items, power):
    """Weights of the readings: (most frequent relation / own count) ^ power, at most 8; 1 for none."""
    counts = np.bincount([p[2] for item in items for p in item.pairs], minlength=READINGS).clip(1)
    weights = np.minimum((counts[1:].max() / counts) ** power, 8.0)
    weights[0] = 1.0
    return torch.tensor(weights, dtype=torch.float, device=DEVICE)


def plan_of(data, passes, options):
    """Returns the batches of all tasks, mixed; a fraction of a pass takes its first batches."""
    plan = []
    for task, times in passes.items():
        for epoch in range(math.ceil(times)):
            made = batches([len(x.ids) for x in data[task]], options.tokens, random.Random(f"{options.seed} {task} {epoch}"))
            plan += [(task, b) for b in made[:math.ceil(len(made) * min(1.0, times - epoch))]]
    random.Random(options.seed).shuffle(plan)
    return plan


def main():
    parser = arguments(__doc__.splitlines()[0], encoder=None, after=None, rules=None, names=None, kind="packed", smoothing=0.0, class_power=0.0,
                       dropout=0.1, head_lr=1e-3, program="../../target/release/cytosift")
    parser.add_argument("--tasks", nargs="+", required=True, help="NAME=PASSES, of public corpora also NAME:RUN=PASSES: cytosift, pairs, extra, extra_names, jnlpba, " + ", ".join([*STANDOFF, *CONLL]))
    parser.add_argument("--extra", nargs="*", default=[], help="further documents to learn pairs from (extra.py, weak.py, swap.py), tasks extra, extra_names")
    options = parser.parse_args()
    start(options)
    passes = {name: float(times) for name, times in (t.split("=") for t in options.tasks)}
    tokenizer = load_tokenizer(options.encoder)
    dev = DevParts(options.shared)
    known = {d["id"]: d["names"] for d in read_jsonl(options.names)} if options.names else {}
    raw = {task: read_task(options, task, dev, known) for task in passes}
    tagging = [task for task in passes if task not in PAIRS]
    heads = {head_of(task): TYPES if head_of(task) == "cytosift" else types_of(raw[task]) for task in tagging}
    data = {task: encode(sentences, tokenizer) for task, sentences in raw.items()}
    kind = options.kind if "pairs" in passes else None
    for task in tagging:
        for s in data[task]:
            s.tags = tags(s, heads[head_of(task)])
    for task in set(passes).intersection(PAIRS):
        data[task] = pair_items(data[task], kind, read_scores(options.rules) if options.rules else None)
    options.weights = class_weights(data["pairs"], options.class_power) if kind and options.class_power else None
    if options.after:  # heads of the start that are not trained now stay in the weights
        heads = json.loads((Path(options.after) / "heads.json").read_text())["heads"] | heads
    model = Model(options.encoder, heads, kind, options.rules is not None, options.dropout).to(DEVICE)
    if options.after:
        print("new:", " ".join(model.load(Path(options.after))), flush=True)
    print({task: (len(x), sum(len(i.ids) for i in x)) for task, x in data.items()}, flush=True)
    plan = share(plan_of(data, passes, options))
    of_heads = [p for n, p in model.named_parameters() if not n.startswith("bert.")]
    groups = [{"params": list(model.bert.parameters()), "lr": options.lr}, {"params": of_heads, "lr": options.head_lr}]
    trainer = Trainer(options, model.train(), len(plan), groups)
    for task, batch in plan[trainer.step:]:
        with autocast():
            loss, tokens = losses(model, task, [data[task][i] for i in batch], options)
        if not trainer.update(loss, tokens, **{task: loss.detach()}):
            break
    if not int(os.environ.get("RANK", 0)):
        trainer.save()
        model.save(options.out, tasks=options.tasks, seed=options.seed, steps=trainer.step, tokens=trainer.tokens)
        tokenizer.save_pretrained(options.out)
        model.bert.config.save_pretrained(options.out)
        report(model.eval(), tokenizer, options, list(dict.fromkeys(map(head_of, passes))))


if __name__ == "__main__":
    sys.exit(main())
