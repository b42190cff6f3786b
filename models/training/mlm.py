"""Adapts the encoder to the domain: masked-language training on unlabelled texts, whole words masked.

Of a short budget half goes to texts that name a cytokine, half to all texts alike. Left out: sources that may not be used
commercially, and every text that shares an identifier, a title or a sentence with a dev part.
"""

import itertools
import sys

from common import *
from data import Sentence, encode
from dev_parts import DevParts

BARRED = {"ohsumed"}
MASKED = 0.2
WIDTH = 128
CYTOKINE = re.compile(
    r"\b(interleukin|interferon|cytokine|chemokine|IL-?\d|IFN|TNF|TGF|[A-Z]{0,2}-?CSF|CXC[LR]\d|CC[LR]\d|TRAIL|"
    r"colony.stimulating|tumou?r necrosis factor|transforming growth factor|erythropoietin|thrombopoietin|aldesleukin)")
CANCER = re.compile(r"cancer|tumou?r|carcinoma|melanoma|leuk[ae]+mia|lymphoma|myeloma|sarcoma|neoplas|metasta", re.I)


def read_texts(folder):
    """Yields (key, text), one a document."""
    for name in ("abstracts", "trials", "articles"):
        for record in read_jsonl(folder / f"{name}.jsonl.gz"):
            if record.get("source") not in BARRED:
                yield record["id"], (record.get("title", "") + "\n" + record.get("abstract", record.get("text", ""))).strip()


def rank(text):
    """Orders texts: cytokine and cancer, cytokine, cancer, others."""
    cytokine, cancer = len(CYTOKINE.findall(text)) > 1, CANCER.search(text) is not None
    return -2 * cytokine - cancer


def blocks(shared, tokenizer, budget):
    """Returns rows of at most WIDTH word pieces and their shapes, `budget` tokens in all: by turns the best text and any."""
    dev, seen, kept = DevParts(shared), set(), []
    for key, text in read_texts(shared / "text"):
        print_of = re.sub(r"\W+", "", text.lower())[:200]
        if print_of not in seen and not dev.holds(key, text):
            kept.append((rank(text), len(kept), text))
        seen.add(print_of)
    kept.sort()
    others = random.Random(1).sample(kept, len(kept))
    order = dict.fromkeys(text for pair in zip(kept, others) for _, _, text in pair)
    rows, total, step = [], 0, 64
    for at in range(0, len(order), step):
        if total >= budget:
            break
        for s in encode([Sentence(text) for text in itertools.islice(order, at, at + step)], tokenizer, WIDTH - 2, 0):
            if len(s.ids) > 18:
                rows.append((np.array(s.ids[1:-1], dtype=np.uint16), np.array(s.shapes[1:-1], dtype=np.uint8)))
                total += len(s.ids)
    print(f"{len(kept)} texts, {len(rows)} rows, {total} tokens", flush=True)
    return rows


class Head(torch.nn.Module):
    """The masked-language head; its output matrix is the word embedding."""

    def __init__(self, encoder, shapes):
        super().__init__()
        width = encoder.config.hidden_size
        self.encoder, self.shapes = encoder, shapes
        self.dense = torch.nn.Linear(width, width)
        self.norm = torch.nn.LayerNorm(width)
        self.bias = torch.nn.Parameter(torch.zeros(encoder.config.vocab_size))

    def forward(self, ids, shapes, chosen):
        embedded = self.encoder.embeddings.word_embeddings(ids) + self.shapes(shapes)
        hidden = self.encoder(inputs_embeds=embedded, attention_mask=(ids != 0).long()).last_hidden_state[chosen]
        hidden = self.norm(torch.nn.functional.gelu(self.dense(hidden)))
        return torch.nn.functional.linear(hidden, self.encoder.embeddings.word_embeddings.weight, self.bias)


def mask(rows, starts, mask_id, size, rng):
    """Masks whole words: 80 % by [MASK], 10 % by a random piece, 10 % kept. Returns ids, shapes, labels' places, labels."""
    ids = pad([[101, *r.tolist(), 102] for r, _ in rows]).numpy()
    shapes = pad([[0, *r.tolist()] for _, r in rows] + [[0] * ids.shape[1]])[:-1].numpy()
    begins = starts[ids] | (ids < 999)
    word = np.cumsum(begins, axis=1)
    pick = rng.random(ids.shape) < MASKED
    chosen = np.take_along_axis(pick, word % ids.shape[1], axis=1) & (ids > 999)
    labels = ids[chosen]
    kind = rng.random(labels.shape)
    ids[chosen] = np.where(kind < 0.8, mask_id, np.where(kind < 0.9, rng.integers(1000, size, labels.shape), labels))
    return [torch.from_numpy(x).to(DEVICE) for x in (ids, shapes, chosen, labels)]


def main():
    parser = arguments(__doc__.splitlines()[0], model=None, budget=50_000_000, epochs=1)
    options = parser.parse_args()
    start(options)
    tokenizer = load_tokenizer(options.model)
    rows = blocks(options.shared, tokenizer, options.budget)
    lengths = [len(r) + 2 for r, _ in rows]
    pieces = tokenizer.convert_ids_to_tokens(range(tokenizer.vocab_size))
    starts = np.array([not p.startswith("##") for p in pieces])
    encoder = load_encoder(options.model)
    head = Head(encoder, load_shapes(options.model, encoder.config.hidden_size)).to(DEVICE).train()
    plan = share([b for epoch in range(options.epochs)
                  for b in batches(lengths, options.tokens, random.Random(options.seed + epoch))])
    trainer = Trainer(options, head, len(plan))
    for batch in plan[trainer.step:]:
        rng = np.random.default_rng((options.seed, trainer.step))
        ids, shapes, chosen, labels = mask([rows[i] for i in batch], starts, tokenizer.mask_token_id, tokenizer.vocab_size, rng)
        with autocast():
            logits = head(ids, shapes, chosen)
            loss = torch.nn.functional.cross_entropy(logits.float(), labels)
        if not trainer.update(loss, int((ids != 0).sum()), loss=loss.detach()):
            break
    trainer.save()
    encoder.save_pretrained(options.out)
    save_file(head.shapes.state_dict(), options.out / "shapes.safetensors")
    tokenizer.save_pretrained(options.out)


if __name__ == "__main__":
    sys.exit(main())
