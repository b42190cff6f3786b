"""Tests of what does not need weights: `python -m unittest tests`. The tokeniser comes from --model's package if it is there."""

import hashlib
import tempfile
import unittest

import numpy as np
import torch
from transformers import BertConfig

from annotated import annotated
from calibrate import calibration_error, confident, fit_confidence, inverted
from common import SHAPES
from data import OVERLAP, TYPES, WINDOW, Sentence, allowed, case, decode, reading, runs, shapes, tags, windows, word_range
from dev_parts import fingerprint
from mean import mean
from model import KINDS, Item, Model, Pairs, packed_mask
from written import parse


def plain(text, **more):
    """A sentence whose words are those between blanks, two pieces each."""
    words, at = [], 0
    for i, word in enumerate(text.split()):
        start = text.index(word, at)
        at = start + len(word)
        words.append((start, at, 2 * i, 2 * i + 2))
    return Sentence(text, ids=list(range(1000, 1000 + 2 * len(words))), words=words, shapes=[7] * 2 * len(words), **more)


class Decoding(unittest.TestCase):
    def test_inside_needs_a_beginning_of_its_type(self):
        scores = np.log(np.full((3, 5), 0.01))
        scores[0, 0] = scores[1, 2] = scores[2, 4] = 0.0  # O I-a I-b, the best without the rule
        scores[1, 1] = -0.5
        scores[2, 2] = -0.7
        self.assertEqual(decode(scores, ["a", "b"]), [(1, 3, "a")])

    def test_neighbours_of_one_type_stay_apart(self):
        scores = np.full((2, 3), -9.0)
        scores[:, 1] = 0.0
        self.assertEqual(decode(scores, ["a"]), [(0, 1, "a"), (1, 2, "a")])

    def test_tags_and_decode_are_inverse(self):
        s = plain("IL-6 and tumour growth here", spans=[(0, 4, "cytokine"), (9, 22, "process")])
        labels = tags(s, TYPES)
        scores = np.full((len(labels), 1 + 2 * len(TYPES)), -9.0)
        scores[range(len(labels)), labels] = 0.0
        self.assertEqual([(s.words[a][0], s.words[b - 1][1], t) for a, b, t in decode(scores, TYPES)], s.spans)


class Shapes(unittest.TestCase):
    def test_cases(self):
        for text, expected in [("2", 0), ("α", 1), ("p53", 1), ("Gene", 2), ("T", 3), ("IL2", 3), ("mRNA", 4), ("pH", 4)]:
            self.assertEqual(case(text), expected, text)

    def test_word_and_piece(self):
        self.assertEqual(shapes("mRNA of", [(0, 4, 0, 2), (5, 7, 2, 3)], [(0, 1), (1, 4), (5, 7)], [0, 2]), [22, 24, 7 + 2 * SHAPES])


class Runs(unittest.TestCase):
    def test_sentences_of_a_document_are_joined(self):
        of = lambda text, document="", spans=(): Sentence(text, document=document, spans=list(spans))
        joined = runs([of("IL-2 rose .", spans=[(0, 4, "a")]), of("TNF fell .", spans=[(0, 3, "b")]), of("No .", "x")], 5)
        self.assertEqual([s.text for s in joined], ["IL-2 rose .\nTNF fell .", "No ."])
        self.assertEqual([[(s.text[a:b], t) for a, b, t in s.spans] for s in joined], [[("IL-2", "a"), ("TNF", "b")], []])
        self.assertEqual(len(runs([of("A b .")] * 5, 2)), 3)


class Windows(unittest.TestCase):
    def test_short_sentence_is_one_window(self):
        (only,) = windows(plain("one two"))
        self.assertEqual((only.ids[0], only.ids[-1], len(only.ids), only.words[0][2]), (101, 102, 6, 1))

    def test_long_sentence_loses_no_word_and_overlaps(self):
        s = plain(" ".join(f"w{i}" for i in range(700)))
        parts = list(windows(s))
        self.assertEqual({w[0] for p in parts for w in p.words}, {w[0] for w in s.words})
        self.assertTrue(all(len(p.ids) <= WINDOW + 2 for p in parts))
        for one, two in zip(parts, parts[1:]):
            shared = {w[0] for w in one.words} & {w[0] for w in two.words}
            self.assertEqual(len(shared), OVERLAP // 2)
        for p in parts:
            for start, _, first, after in p.words:
                self.assertEqual(p.ids[first], s.ids[next(w[2] for w in s.words if w[0] == start)])

    def test_endless_word_is_cut(self):
        s = Sentence("x" * 400, ids=list(range(400)), words=[(0, 400, 0, 400)], shapes=[7] * 400)
        self.assertEqual([len(p.ids) for p in windows(s)], [WINDOW + 2])

    def test_mention_across_the_edge_is_in_no_such_window(self):
        parts = list(windows(plain(" ".join(f"w{i}" for i in range(200)))))
        last = parts[0].words[-1]
        self.assertIsNone(word_range(parts[0].words, last[0], last[1] + 5))
        self.assertIsNotNone(word_range(parts[0].words, last[0], last[1]))


class PairsOfMentions(unittest.TestCase):
    def sentence(self):
        s = plain("IL-6 helps cells")
        (s,) = windows(s)
        s.mentions = [dict(id="T1", type="cytokine"), dict(id="T2", type="cell")]
        return s

    def test_packed_markers_stand_at_their_mentions(self):
        item = Item(self.sentence(), {0: (0, 1), 1: (2, 3)}, [(0, 1, 0, 0, 0)], "packed")
        self.assertEqual(item.ids[-4:], [1, 9, 23, 31])
        self.assertEqual(item.positions[-4:], [1, 2, 5, 6])

    def test_text_sees_no_markers_and_pairs_not_each_other(self):
        item = Item(self.sentence(), {0: (0, 1), 1: (2, 3)}, [(0, 1, 0, 0, 0)] * 2, "packed")
        mask = packed_mask([item], (1, len(item.ids)))[0]
        self.assertEqual(mask[:8, 8:].sum(), 0)
        self.assertEqual(mask[8:12, 12:].sum() + mask[12:, 8:12].sum(), 0)
        self.assertTrue(mask[:, :8].all() and mask[8:12, 8:12].all())

    def test_of_starts_there_are_two_markers_a_pair(self):
        item = Item(self.sentence(), {0: (0, 1), 1: (2, 3)}, [(0, 1, 0, 0, 0)] * 2, "starts")
        self.assertEqual((item.ids[-4:], item.positions[-4:]), ([1, 23] * 2, [1, 5] * 2))
        mask = packed_mask([item], (1, len(item.ids)))[0]
        self.assertTrue(mask[8:10, 8:10].all() and not mask[8:10, 10:].any() and not mask[:8, 8:].any())

    def test_single_markers_enclose_their_mentions(self):
        s = self.sentence()
        item = Item(s, {0: (0, 1), 1: (2, 3)}, [(0, 1, 0, 0, 0)], "single")
        text = s.ids[:]
        self.assertEqual(item.ids, [text[0], 1, *text[1:3], 9, *text[3:5], 23, *text[5:7], 31, text[7]])
        self.assertEqual([item.ids[p] for p in item.places[0]], [1, 9, 23, 31])

    def test_readings_keep_direction(self):
        relation = dict(subject="T2", predicate="promotes", object="T1", negated=False, hedged=True)
        self.assertEqual(reading(relation, dict(id="T1")), (12, 0, 1))
        self.assertEqual(reading(relation, dict(id="T2")), (11, 0, 1))
        self.assertEqual(reading(relation | dict(predicate="combined_with"), dict(id="T1"))[0], 15)

    def test_schema(self):
        may = allowed()
        cytokine, cancer = TYPES.index("cytokine"), TYPES.index("cancer")
        self.assertTrue(may[cytokine, cancer, 1] and may[cancer, cytokine, 2])
        self.assertFalse(may[cytokine, cancer, 2] or may[cancer, cytokine, 1] or may[cytokine, cancer, 24])


class Written(unittest.TestCase):
    def test_blocks_become_documents(self):
        found = parse(["{a|therapy|Alpha} is approved for {b|cancer|glioma}.", "a approved_for b negated"], "approval:1")
        self.assertEqual(found["abstract"], "Alpha is approved for glioma.")
        text = "\n" + found["abstract"]
        self.assertEqual([text[m["start"]:m["end"]] for m in found["mentions"]], ["Alpha", "glioma"])
        self.assertEqual(found["relations"], [dict(subject="T1", object="T2", predicate="approved_for", negated=True, hedged=False)])

    def test_what_the_schema_lacks_is_refused(self):
        for lines in (["{a|drug|X}"], ["{a|gene|X} {b|cancer|Y}", "a treats b"], ["{a|gene|X}", "a binds c"], ["a | b"]):
            with self.assertRaises(ValueError):
                parse(lines, "x")


class Means(unittest.TestCase):
    def test_other_kinds_of_pairs_give_nothing_to_the_pair_head(self):
        run = lambda x, kind, width: ({"bert.a": torch.full((2,), x), "pairs.b": torch.full((width,), x)}, kind)
        found = mean([run(1.0, "starts", 2), run(2.0, "starts", 2), run(6.0, "packed", 4)])
        self.assertEqual((found["bert.a"].tolist(), found["pairs.b"].tolist()), ([3.0, 3.0], [1.5, 1.5]))


class Logits(unittest.TestCase):
    """A tiny encoder of random weights."""

    def model(self, kind):
        torch.manual_seed(1)
        with tempfile.TemporaryDirectory() as folder:
            BertConfig(vocab_size=2000, hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=32,
                       initializer_range=0.5).save_pretrained(folder)
            return Model(folder, {"cytosift": TYPES}, kind).eval()

    def items(self, kind, pairs):
        s = plain("IL-6 helps cells against IL-10")
        (s,) = windows(s)
        s.mentions = [dict(id="T1", type="cytokine"), dict(id="T2", type="cell"), dict(id="T3", type="cytokine")]
        return Item(s, {0: (0, 1), 1: (2, 3), 2: (4, 5)}, pairs, kind)

    def test_pairs_do_not_depend_on_company_or_padding(self):
        a, b = (0, 1, 0, 0, 0), (1, 2, 0, 0, 0)
        for kind in KINDS:
            with self.subTest(kind), torch.no_grad():
                model = self.model(kind)
                alone = model.pair_logits([self.items(kind, [a])])[0]
                if kind != "single":
                    together = model.pair_logits([self.items(kind, [b, a])])[1]
                    torch.testing.assert_close(alone, together, rtol=0, atol=1e-4)
                longer = plain(" ".join(f"w{i}" for i in range(30)))
                (longer,) = windows(longer)
                longer.mentions = [dict(id="T1", type="gene"), dict(id="T2", type="cell")]
                padded = model.pair_logits([Item(longer, {0: (0, 1), 1: (9, 12)}, [a], kind), self.items(kind, [a])])[1]
                torch.testing.assert_close(alone, padded, rtol=0, atol=1e-4)

    def test_rules_speak_for_their_reading(self):
        torch.manual_seed(1)
        head = Pairs(16, 4, False, True).eval()
        hidden, places = torch.randn(1, 4, 16), torch.tensor([[0, 1, 2, 3]])
        without, said = torch.zeros(1, 25), torch.zeros(1, 25)
        said[0, 7] = -4.0
        run = lambda rules: head(hidden, torch.tensor([0]), places, torch.tensor([5]), torch.ones(1, 4), rules)[0]
        with torch.no_grad():
            torch.testing.assert_close(run(said) - run(without), torch.tensor([0.0] * 7 + [-2.0] + [0.0] * 19))

    def test_pairs_differ(self):
        with torch.no_grad():
            for kind in KINDS[1:]:
                one, two = self.model(kind).pair_logits([self.items(kind, [(0, 1, 0, 0, 0), (1, 2, 0, 0, 0)])])
                self.assertGreater((one - two).abs().max(), 1e-3)


class Confidence(unittest.TestCase):
    def test_fit_takes_overconfidence_back(self):
        judged = [("promotes", 0.95, i % 10 < 6) for i in range(200)] + [("binds", 0.6, i % 10 < 3) for i in range(200)]
        after = confident(judged, fit_confidence(judged))
        self.assertLess(calibration_error(after), 0.02)
        self.assertGreater(calibration_error(judged), 0.3)

    def test_confidences_are_taken_back_to_probabilities(self):
        judged = [("promotes", 0.95, True), ("binds", 0.3, False)]
        fitted = dict(promotes=[0.4, -0.2], binds=[0.4, 0.3])
        for (_, before, _), (_, after, _) in zip(judged, inverted(confident(judged, fitted), fitted)):
            self.assertAlmostEqual(before, after)


class Annotated(unittest.TestCase):
    def test_a_line_is_found_again_by_its_sentence(self):
        sentence = "IL-2 treats melanoma."
        row = dict(id="7", start=6, end=6 + len(sentence), sha256=hashlib.sha256(sentence.encode()).hexdigest(),
                   mentions=[[0, 4, "cytokine"], [12, 20, "cancer"]], relations=[[0, "treats", 1, "hedged"]])
        found = annotated("annotated", row, {"7": ["Another text of the same identifier", "Title\n" + sentence]})
        self.assertEqual([m["text"] for m in found["mentions"]], ["IL-2", "melanoma"])
        self.assertEqual(found["relations"], [dict(subject="T1", object="T2", predicate="treats", negated=False, hedged=True)])
        self.assertIsNone(annotated("annotated", row, {"7": ["Title\nIL-2 treats sarcoma.."]}))
        self.assertIsNone(annotated("annotated", row, {}))


class DevText(unittest.TestCase):
    def test_fingerprint_ignores_spacing_and_case(self):
        one = "Serum IL-6 was raised in all patients with relapsing disease."
        self.assertEqual(fingerprint(one), fingerprint("serum il - 6 was raised in all patients with relapsing disease ."))
        self.assertEqual(fingerprint("Too short."), "")


if __name__ == "__main__":
    unittest.main()
