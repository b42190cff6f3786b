"""The model: one encoder, a linear tagging head for each label set, and one head for pairs of mentions.

A pair reaches its head in one of five ways (`KINDS`): `single` sets typed markers around the two mentions, one pass a pair;
`packed` appends the markers of all pairs of a sentence, each at the positions of its mention, seen by no other token; `starts`
does so with the markers of the starts alone, at half the cost;
`typed` adds the type of every mention to the word embeddings, one pass a sentence; `span` takes the tagger's hidden states.
"""

import json

import numpy as np
import torch

from common import SHAPES, load_encoder, load_file, load_names, load_shapes, pad, save_file
from data import READINGS, TYPES, word_range

KINDS = ("single", "packed", "starts", "typed", "span")
# Markers are word pieces that no text holds ([unused1] ...): (first or second mention, start or end, type).
FIRST_MARKER = 1
MOST_PAIRS = 48  # a pass
WITHOUT_NAMES = 0.15  # share of the sentences that are learned without what the lexicon tagger says of them
WITHOUT_RULES = 0.25  # share of the pairs that are learned without the rule engine's scores, so that a model can do without


def marks_of(kind):
    """Returns which of the four places of a pair (start and end of the earlier mention, of the later) are looked at."""
    return (0, 2) if kind == "starts" else (0, 1, 2, 3)


def marker(second, end, kind):
    return FIRST_MARKER + (second * 2 + end) * len(TYPES) + TYPES.index(kind)


class Pairs(torch.nn.Module):
    """Classifies a pair by the hidden states at the starts and ends of its mentions: readings, then negated and hedged."""

    def __init__(self, width, places, context, rules):
        super().__init__()
        self.scale = torch.nn.Parameter(torch.full((READINGS,), 0.5)) if rules else None
        self.rules = torch.nn.Linear(READINGS, width, bias=False) if rules else None
        self.dense = torch.nn.Linear(places * width, width)
        self.kinds = torch.nn.Embedding(len(TYPES) ** 2, width)
        self.query = torch.nn.Linear(4 * width, width) if context else None
        self.context = torch.nn.Linear(width, width) if context else None
        self.drop = torch.nn.Dropout(0.1)
        self.out = torch.nn.Linear(width, READINGS + 2)
        torch.nn.init.normal_(self.kinds.weight, std=0.02)
        if rules:
            torch.nn.init.zeros_(self.rules.weight)

    def forward(self, hidden, rows, places, kinds, mask, rules=None):
        """`rules`: log probabilities of the rule engine, zeros where it has none."""
        ends = hidden[rows[:, None], places].flatten(1)
        x = self.dense(ends) + self.kinds(kinds)
        if self.query is not None:
            states = hidden[rows]
            scores = (states @ self.query(ends)[:, :, None]).squeeze(2) / states.shape[2] ** 0.5
            share = scores.float().masked_fill(~mask[rows], -1e9).softmax(1).to(states.dtype)
            x = x + self.context((share[:, None] @ states).squeeze(1))
        if self.rules is None:
            return self.out(self.drop(torch.nn.functional.gelu(x)))
        out = self.out(self.drop(torch.nn.functional.gelu(x + self.rules(rules / 5))))
        return torch.cat([out[:, :READINGS] + self.scale * rules, out[:, READINGS:]], 1)


class Model(torch.nn.Module):
    """Encoder and heads; `heads`: label types by name, `pairs`: one of KINDS or None; `rules`: whether
    the pair head is told the rule engine's scores."""

    def __init__(self, folder, heads, pairs=None, rules=False, dropout=0.0):
        super().__init__()
        self.bert = load_encoder(folder, dropout)
        width = self.bert.config.hidden_size
        self.heads, self.kind = heads, pairs
        self.shapes, self.names = load_shapes(folder, width), load_names(1 + 2 * len(TYPES), width)
        self.tag = torch.nn.ModuleDict({h: torch.nn.Linear(width, 1 + 2 * len(t)) for h, t in heads.items()})
        self.types = torch.nn.Embedding(1 + len(TYPES), width, padding_idx=0) if pairs == "typed" else None
        if self.types is not None:
            torch.nn.init.normal_(self.types.weight[1:], std=0.02)
        self.pairs = Pairs(width, len(marks_of(pairs)), pairs in ("typed", "span"), rules) if pairs else None
        self.drop = torch.nn.Dropout(0.1)

    def tensor(self, rows):
        return pad(rows).to(self.bert.device)

    def encode(self, ids, shapes, mask, positions=None, types=None):
        names = shapes // SHAPES
        if self.training:
            names = names * (torch.rand(len(names), 1, device=names.device) > WITHOUT_NAMES)
        embedded = self.bert.embeddings.word_embeddings(ids) + self.shapes(shapes % SHAPES) + self.names(names)
        if self.types is not None and types is not None:
            embedded = embedded + self.types(types)
        return self.bert(inputs_embeds=embedded, attention_mask=mask, position_ids=positions).last_hidden_state

    def tag_logits(self, head, sentences):
        """Returns logits of all words of all sentences, one after the other, from each word's first piece."""
        ids = self.tensor([s.ids for s in sentences])
        hidden = self.encode(ids, self.tensor([s.shapes for s in sentences]), (ids != 0).long())
        rows = torch.tensor([i for i, s in enumerate(sentences) for _ in s.words], device=ids.device)
        firsts = torch.tensor([w[2] for s in sentences for w in s.words], device=ids.device)
        return self.tag[head](self.drop(hidden[rows, firsts]))

    def pair_logits(self, items):
        """Returns logits of all pairs of all items (`pair_items`)."""
        ids = self.tensor([i.ids for i in items])
        present = ids != 0
        types = self.tensor([i.types for i in items]) if self.kind == "typed" else None
        positions = self.tensor([i.positions for i in items])
        mask = packed_mask(items, ids.shape).to(ids.device) if self.kind in ("packed", "starts") else present.long()
        hidden = self.encode(ids, self.tensor([i.shapes for i in items]), mask, positions, types)
        rows = torch.tensor([r for r, i in enumerate(items) for _ in i.places], device=ids.device)
        places = torch.tensor([p for i in items for p in i.places], device=ids.device)
        kinds = torch.tensor([k for i in items for k in i.kinds], device=ids.device)
        rules = torch.tensor(np.array([r for i in items for r in i.rules]), dtype=torch.float, device=ids.device)
        if self.training:
            rules = rules * (torch.rand(len(rules), 1, device=ids.device) > WITHOUT_RULES)
        return self.pairs(self.drop(hidden), rows, places, kinds, present, rules)

    def save(self, folder, **more):
        """Writes weights.safetensors and heads.json."""
        folder.mkdir(parents=True, exist_ok=True)
        save_file({k: v.contiguous().cpu() for k, v in self.state_dict().items()}, folder / "weights.safetensors")
        (folder / "heads.json").write_text(json.dumps(dict(heads=self.heads, pairs=self.kind, rules=self.pairs is not None and self.pairs.rules is not None, **more)))

    def load(self, folder):
        """Takes over every tensor of the same name and shape; returns the names that it did not find."""
        found = load_file(folder / "weights.safetensors")
        dense = found.get("pairs.dense.weight")
        if self.kind == "starts" and dense is not None and dense.shape[1] == 4 * dense.shape[0]:
            # Of a head that looked at starts and ends the part for the starts.
            found["pairs.dense.weight"] = dense.view(len(dense), 4, -1)[:, marks_of(self.kind)].flatten(1)
        own = self.state_dict()
        fitting = {k: v for k, v in found.items() if k in own and own[k].shape == v.shape}
        self.load_state_dict(fitting, strict=False)
        return sorted(set(own) - set(fitting))


def packed_mask(items, shape):
    """Lets all pieces attend to the text, and the markers of a pair to each other."""
    mask = torch.zeros(*shape, shape[1])
    for m, item in zip(mask, items):
        m[:len(item.ids), :item.text] = 1
        for places in item.places:
            m[places[0]:places[-1] + 1, places[0]:places[-1] + 1] = 1
    return mask


class Item:
    """One row for the pair head: pieces, and for each of its pairs four places, the types, the readings."""

    def __init__(self, s, spans, pairs, kind, rules=None):
        none = np.zeros(READINGS, dtype=np.float32)
        key = lambda p: (s.document, s.mentions[p[0]]["id"], s.mentions[p[1]]["id"])
        self.rules = [rules.get(key(p), none) if rules else none for p in pairs]
        mention = lambda m: s.mentions[m]["type"]
        self.sentence, self.pairs, self.text = s, pairs, len(s.ids)
        self.ids, self.shapes, self.places, self.types = list(s.ids), list(s.shapes), [], [0] * len(s.ids)
        self.positions = list(range(len(s.ids)))
        self.kinds = [TYPES.index(mention(p[0])) * len(TYPES) + TYPES.index(mention(p[1])) for p in pairs]
        ends = {m: (s.words[a][2], s.words[b - 1][3] - 1) for m, (a, b) in spans.items()}
        for m, (a, b) in ends.items():
            self.types[a:b + 1] = [1 + TYPES.index(mention(m))] * (b + 1 - a)
        for i, j, *_ in pairs:
            at = [*ends[i], *ends[j]]
            marks = [marker(n > 1, n % 2, mention((i, j)[n > 1])) for n in range(4)]
            if kind in ("packed", "starts"):
                chosen = marks_of(kind)
                self.places.append(range(len(self.ids), len(self.ids) + len(chosen)))
                self.ids += [marks[n] for n in chosen]
                self.shapes += [0] * len(chosen)
                self.positions += [at[n] for n in chosen]
            elif kind == "single":
                self.places.append(self.insert(at, marks))
            else:
                self.places.append(at)
        self.places = [list(p) for p in self.places]

    def insert(self, at, marks):
        """Puts the four markers into the text; returns where they stand."""
        puts = sorted((p + (n % 2), n % 2 == 0, n) for n, p in enumerate(at))
        places = [0] * 4
        for shift, (p, _, n) in enumerate(puts):
            self.ids.insert(p + shift, marks[n])
            self.shapes.insert(p + shift, 0)
            places[n] = p + shift
        self.positions = list(range(len(self.ids)))
        return places


def pair_items(sentences, kind, rules=None):
    """Returns the rows for the pair head; `rules`: the rule engine's scores by document and pair (rules.py).

    A pair is in the first window that holds both of its mentions whole.
    """
    out, done = [], set()
    for s in sentences:
        spans = {}
        for m, mention in enumerate(s.mentions):
            if at := word_range(s.words, mention["start"] - s.offset, mention["end"] - s.offset):
                spans[m] = at
        fresh = [p for p in s.pairs if p[0] in spans and p[1] in spans and (s.document, s.offset, *p[:2]) not in done]
        done.update((s.document, s.offset, *p[:2]) for p in fresh)
        size = 1 if kind == "single" else MOST_PAIRS
        for at in range(0, len(fresh), size):
            part = fresh[at:at + size]
            keep = spans if kind != "single" else {m: spans[m] for m in part[0][:2]}
            out.append(Item(s, keep, part, kind, rules))
    return out
