"""What every step shares: the encoder, batches by length, the training loop with checkpoints, reading of data files."""

import argparse, contextlib, gzip, io, json, math, os, random, re, tarfile, time
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
import numpy as np
import torch
import torch.distributed as peers
from safetensors.torch import load_file, save_file
from transformers import AutoTokenizer, BertConfig, BertModel, logging

SHAPES = 26  # `data.shapes`
DEVICE = "cuda" if torch.cuda.is_available() else "cpu"


def arguments(about, **defaults):
    """Returns a parser with the options that all training steps have; `defaults` are the step's own options."""
    parser = argparse.ArgumentParser(description=about, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    parser.add_argument("--shared", type=Path, default=Path("../shared"), help="folder with corpora and texts")
    parser.add_argument("--out", type=Path, required=True, help="folder for checkpoints and the trained weights")
    parser.add_argument("--pause-file", type=Path, help="training sleeps while this file exists")
    for name, value in dict(seed=1, minutes=0.0, lr=1e-4, tokens=4096, threads=1, **defaults).items():
        kind = str if value is None else type(value)
        parser.add_argument("--" + name.replace("_", "-"), type=kind, default=value)
    return parser


def start(options):
    """Fixes seeds and threads."""
    logging.set_verbosity_error()
    random.seed(options.seed), np.random.seed(options.seed), torch.manual_seed(options.seed)
    torch.set_num_threads(options.threads)
    if "WORLD_SIZE" in os.environ:  # under torchrun: one process a core is faster than one with two threads
        peers.init_process_group("gloo")
    options.out.mkdir(parents=True, exist_ok=True)


def share(plan):
    """Returns the batches of this process; all processes get equally many."""
    count = int(os.environ.get("WORLD_SIZE", 1))
    return plan[int(os.environ.get("RANK", 0)):len(plan) // count * count:count]


def load_encoder(folder, dropout=0.0):
    """Loads a BertModel without pooler, or makes one where the folder holds no encoder of its own.

    Eager attention: its backward pass on a CPU takes half the time of the fused kernel's.
    """
    how = dict(attn_implementation="eager", hidden_dropout_prob=dropout, attention_probs_dropout_prob=0.0)
    if (Path(folder) / "model.safetensors").exists():
        return BertModel.from_pretrained(folder, add_pooling_layer=False, **how)
    return BertModel(BertConfig.from_pretrained(folder, **how), add_pooling_layer=False)


def load_shapes(folder, width):
    """Returns the embedding of shapes that stands beside the encoder, or zeros."""
    table = torch.nn.Embedding(SHAPES, width, padding_idx=0)
    torch.nn.init.zeros_(table.weight)
    if (Path(folder) / "shapes.safetensors").exists():
        table.load_state_dict(load_file(Path(folder) / "shapes.safetensors"))
    return table


def load_names(labels, width):
    """Returns the embedding of the label that the lexicon tagger gives a word, zeros at first."""
    table = torch.nn.Embedding(labels, width, padding_idx=0)
    torch.nn.init.zeros_(table.weight)
    return table


def load_tokenizer(folder):
    return AutoTokenizer.from_pretrained(folder)


def autocast():
    """bfloat16 arithmetic over float32 weights, three times as fast as float32 on CPUs that have it."""
    return torch.autocast(DEVICE, dtype=torch.bfloat16)


def batches(lengths, tokens, rng, pool=2000):
    """Yields index lists of about `tokens` tokens each, of like lengths, shuffled."""
    order = list(range(len(lengths)))
    rng.shuffle(order)
    out = []
    for at in range(0, len(order), pool):
        part, batch, longest = sorted(order[at:at + pool], key=lambda i: lengths[i]), [], 0
        for i in part:
            longest = max(longest, lengths[i])
            if batch and longest * (len(batch) + 1) > tokens:
                out.append(batch)
                batch, longest = [], lengths[i]
            batch.append(i)
        out.append(batch)
    rng.shuffle(out)
    return out


def pad(rows, value=0):
    """Pads lists of numbers to one tensor."""
    width = max(map(len, rows))
    return torch.tensor([list(r) + [value] * (width - len(r)) for r in rows])


def open_text(path):
    path = Path(path)
    return io.TextIOWrapper(gzip.open(path), encoding="utf8") if path.suffix == ".gz" else open(path, encoding="utf8")


def read_jsonl(path):
    with open_text(path) as lines:
        return [json.loads(line) for line in lines if line.strip()]


def write_jsonl(path, records):
    path.write_text("".join(json.dumps(r) + "\n" for r in records), encoding="utf8")


class Trainer:
    """AdamW with warm-up and linear decay, a pause file, checkpoints from which a stopped run goes on.

    The schedule runs over `steps`; with `--minutes` over the time, whichever ends first.
    """

    def __init__(self, options, modules, steps, groups=None):
        self.options, self.modules, self.steps = options, modules, steps
        self.groups = groups or [{"params": [p for p in modules.parameters() if p.requires_grad], "lr": options.lr}]
        self.optimizer = torch.optim.AdamW(self.groups, lr=options.lr, weight_decay=0.01, fused=True, betas=(0.9, 0.98))
        self.rates = [g["lr"] for g in self.optimizer.param_groups]
        self.step, self.tokens, self.spent, self.logged = 0, 0, 0.0, {}
        self.file = options.out / "checkpoint.pt"
        if self.file.exists():
            saved = torch.load(self.file, weights_only=False, map_location=DEVICE)
            modules.load_state_dict(saved["modules"])
            self.optimizer.load_state_dict(saved["optimizer"])
            self.step, self.tokens, self.spent = saved["step"], saved["tokens"], saved["spent"]
            print(f"resumed at step {self.step}", flush=True)
        self.began = self.saved = time.time() - self.spent
        self.saved = time.time()

    def progress(self):
        """Returns the share of the run that is done."""
        share = self.step / self.steps
        if self.options.minutes:
            share = max(share, (time.time() - self.began) / 60 / self.options.minutes)
        return share

    def pause(self):
        while self.options.pause_file and self.options.pause_file.exists():
            time.sleep(1)
            self.began += 1

    def update(self, objective, tokens, **shown):
        """Takes one step on a loss; returns False when the run is over."""
        self.pause()
        objective.backward()
        done = self.progress()
        if peers.is_initialized():
            done = self.average(done)
        torch.nn.utils.clip_grad_norm_([p for g in self.groups for p in g["params"]], 1.0)
        for group, rate in zip(self.optimizer.param_groups, self.rates):
            group["lr"] = rate * min(1.0, done / 0.06 + 0.01) * max(0.0, 1.0 - done)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        self.step, self.tokens = self.step + 1, self.tokens + tokens
        for name, value in shown.items():
            self.logged[name] = 0.98 * self.logged.get(name, float(value)) + 0.02 * float(value)
        if self.step % 20 == 0 and not int(os.environ.get("RANK", 0)):
            rate = self.tokens / (time.time() - self.began)
            shown = " ".join(f"{k} {v:.4f}" for k, v in sorted(self.logged.items()))
            print(f"step {self.step}/{self.steps} {100 * done:.0f} % {self.tokens} tokens {rate:.0f}/s {shown}", flush=True)
        if time.time() - self.saved > 300:
            self.save()
        return done < 1.0

    def average(self, done):
        """Averages the gradients over all processes; returns the progress that all agree on."""
        for p in (p for g in self.groups for p in g["params"] if p.grad is None):
            p.grad = torch.zeros_like(p)
        grads = [p.grad for g in self.groups for p in g["params"]]
        flat = torch.cat([g.flatten() for g in grads] + [torch.tensor([done], device=grads[0].device)])
        peers.all_reduce(flat)
        flat /= peers.get_world_size()
        for grad, part in zip(grads, flat[:-1].split([g.numel() for g in grads])):
            grad.copy_(part.view_as(grad))
        return float(flat[-1])

    def save(self):
        """Writes the checkpoint under a temporary name and renames it."""
        self.saved = time.time()
        if int(os.environ.get("RANK", 0)):
            return
        state = dict(modules=self.modules.state_dict(), optimizer=self.optimizer.state_dict(), step=self.step,
                     tokens=self.tokens, spent=time.time() - self.began)
        torch.save(state, self.file.with_suffix(".tmp"))
        os.replace(self.file.with_suffix(".tmp"), self.file)
