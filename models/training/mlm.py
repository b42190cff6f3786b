"""Adapts the encoder to the domain: masked-language training on unlabelled texts, whole words masked.

Texts that name a cytokine come first, so that a short run reads what matters most. Left out: sources that may not be used
commercially, and every text that shares an identifier, a title or a sentence with a dev part.
"""

import sys

from common import *
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
    """Returns rows of at most WIDTH word pieces, best texts first, `budget` tokens in all."""
    dev, seen, kept = DevParts(shared), set(), []
    for key, text in read_texts(shared / "text"):
        print_of = re.sub(r"\W+", "", text.lower())[:200]
        if print_of not in seen and not dev.holds(key, text):
            kept.append((rank(text), len(kept), text))
        seen.add(print_of)
    kept.sort()
    rows, total = [], 0
    for at in range(0, len(kept), 256):
        if total >= budget:
            break
        for ids in tokenizer([t for _, _, t in kept[at:at + 256]], add_special_tokens=False)["input_ids"]:
            for i in range(0, len(ids), WIDTH - 2):
                if len(ids) - i > 16:
                    rows.append(np.array(ids[i:i + WIDTH - 2], dtype=np.uint16))
                    total += len(rows[-1]) + 2
    print(f"{len(kept)} texts, {len(rows)} rows, {total} tokens", flush=True)
    return rows


class Head(torch.nn.Module):
    """The masked-language head; its output matrix is the word embedding."""

    def __init__(self, encoder):
        super().__init__()
        width = encoder.config.hidden_size
        self.encoder = encoder
        self.dense = torch.nn.Linear(width, width)
        self.norm = torch.nn.LayerNorm(width)
        self.bias = torch.nn.Parameter(torch.zeros(encoder.config.vocab_size))

    def forward(self, ids, chosen):
        hidden = self.encoder(input_ids=ids, attention_mask=(ids != 0).long()).last_hidden_state[chosen]
        hidden = self.norm(torch.nn.functional.gelu(self.dense(hidden)))
        return torch.nn.functional.linear(hidden, self.encoder.embeddings.word_embeddings.weight, self.bias)


def mask(rows, starts, mask_id, size, rng):
    """Masks whole words: 80 % by [MASK], 10 % by a random piece, 10 % kept. Returns ids, labels' places, labels."""
    ids = pad([[101, *r.tolist(), 102] for r in rows]).numpy()
    begins = starts[ids] | (ids < 999)
    word = np.cumsum(begins, axis=1)
    pick = rng.random(ids.shape) < MASKED
    chosen = np.take_along_axis(pick, word % ids.shape[1], axis=1) & (ids > 999)
    labels = ids[chosen]
    kind = rng.random(labels.shape)
    ids[chosen] = np.where(kind < 0.8, mask_id, np.where(kind < 0.9, rng.integers(1000, size, labels.shape), labels))
    return [torch.from_numpy(x).to(DEVICE) for x in (ids, chosen, labels)]


def main():
    parser = arguments(__doc__.splitlines()[0], model=None, budget=50_000_000, epochs=1)
    options = parser.parse_args()
    start(options)
    tokenizer = load_tokenizer(options.model)
    rows = blocks(options.shared, tokenizer, options.budget)
    lengths = [len(r) + 2 for r in rows]
    pieces = tokenizer.convert_ids_to_tokens(range(tokenizer.vocab_size))
    starts = np.array([not p.startswith("##") for p in pieces])
    encoder = load_encoder(options.model)
    head = Head(encoder).to(DEVICE).train()
    plan = share([b for epoch in range(options.epochs)
                  for b in batches(lengths, options.tokens, random.Random(options.seed + epoch))])
    trainer = Trainer(options, head, len(plan))
    for batch in plan[trainer.step:]:
        rng = np.random.default_rng((options.seed, trainer.step))
        ids, chosen, labels = mask([rows[i] for i in batch], starts, tokenizer.mask_token_id, tokenizer.vocab_size, rng)
        with autocast():
            logits = head(ids, chosen)
            loss = torch.nn.functional.cross_entropy(logits.float(), labels)
        if not trainer.update(loss, int((ids != 0).sum()), loss=loss.detach()):
            break
    trainer.save()
    encoder.save_pretrained(options.out)
    tokenizer.save_pretrained(options.out)


if __name__ == "__main__":
    sys.exit(main())
