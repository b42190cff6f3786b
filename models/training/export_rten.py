"""Turns a trained model folder (`export.py`) into the folder that the program reads: model.onnx, tokenizer.json, config.json
and manifest.toml with their checksums.

The graph has two passes over the same weights. The first reads the texts of a batch of equally long rows and gives `tag.<head>`, the
logits of every piece, and `states`, the keys and values of every piece in every layer. The second reads the markers of pairs, rows of
them, which see their texts as `text.<n>` (the states of the first pass, filled up to one length) have them, and gives `pairs`, the
logits of each pair. `--weights` chooses how weights are kept and used:
`f32`; `int8-f32`, kept in int8 and multiplied in f32; `int8`, multiplied in int8 with a scale for each row of activations (so
that a row's result does not depend on what it is batched with). Weights of `int8` use 7 bits: products of full ones overflow
16 bits on processors without VNNI.
"""

import argparse
import hashlib
import json
import shutil
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from safetensors.numpy import load_file

ACTIVATIONS = 127


class Graph:
    """Nodes and constants of an ONNX graph under construction."""

    def __init__(self, weights):
        self.weights, self.nodes, self.constants, self.count = weights, [], [], 0

    def name(self):
        self.count += 1
        return f"v{self.count}"

    def constant(self, array):
        name = self.name()
        self.constants.append(numpy_helper.from_array(np.array(array, order="C"), name))
        return name

    def axes(self, *values):
        return self.constant(np.array(values, dtype=np.int64))

    def node(self, kind, *inputs, outputs=1, **attributes):
        names = [self.name() for _ in range(outputs)]
        self.nodes.append(helper.make_node(kind, list(inputs), names, **attributes))
        return names[0] if outputs == 1 else names

    def output(self, value, name):
        self.nodes.append(helper.make_node("Identity", [value], [name]))

    def quantized_rows(self, x):
        """Returns rows as unsigned bytes around 128, and the largest magnitude of each row."""
        last = self.axes(-1)
        low = self.node("Neg", self.node("ReduceMin", x, last, keepdims=1))
        top = self.node("Max", self.node("ReduceMax", x, last, keepdims=1), low, self.constant(np.float32(1e-12)))
        zero = self.constant(np.uint8(ACTIVATIONS + 1))
        unit = self.node("Mul", x, self.node("Reciprocal", top))
        return self.node("QuantizeLinear", unit, self.constant(np.float32(1 / ACTIVATIONS)), zero), top, zero

    def matrix(self, weight, bias):
        """Returns the constants that multiply by a matrix [out, in] and add a bias; of use to any number of `linear`."""
        bias = self.constant(bias)
        if self.weights == "f32":
            return self.constant(weight.T), bias
        values, scales = quantize(weight, 127 if self.weights == "int8-f32" else 63)
        if self.weights == "int8-f32":
            zeros = self.constant(np.zeros(len(scales), np.int8))
            return self.node("DequantizeLinear", self.constant(values.T), self.constant(scales), zeros, axis=1), bias
        return self.constant(values.T), bias, self.constant(scales / np.float32(ACTIVATIONS)), self.constant(np.int8(0))

    def linear(self, x, matrix):
        weight, bias, *scale = matrix
        if not scale:
            return self.node("Add", self.node("MatMul", x, weight), bias)
        row, top, zero = self.quantized_rows(x)
        product = self.node("Cast", self.node("MatMulInteger", row, weight, zero, scale[1]), to=TensorProto.FLOAT)
        return self.node("Add", self.node("Mul", self.node("Mul", product, scale[0]), top), bias)

    def table(self, table):
        """Returns the constants of an embedding."""
        if self.weights == "f32":
            return (self.constant(table),)
        values, scales = quantize(table, 127)
        return self.constant(values), self.constant(scales[:, None])

    def embedding(self, table, ids):
        if len(table) == 1:
            return self.node("Gather", table[0], ids)
        found = self.node("Cast", self.node("Gather", table[0], ids), to=TensorProto.FLOAT)
        return self.node("Mul", found, self.node("Gather", table[1], ids))


def quantize(matrix, most):
    """Returns a matrix in int8 with one scale a row."""
    scales = np.maximum(np.abs(matrix).max(1), 1e-12).astype(np.float32) / np.float32(most)
    return np.clip(np.round(matrix / scales[:, None]), -most, most).astype(np.int8), scales


class Encoder:
    """The encoder: its constants, and the passes over them."""

    def __init__(self, g, tensors, shape):
        self.g, self.width, self.heads, self.epsilon = g, shape["width"], shape["heads"], shape["norm_epsilon"]
        self.size = self.width // self.heads
        t = lambda name: tensors["bert." + name]
        both = lambda name: (t(name + ".weight"), t(name + ".bias"))
        self.words, self.shapes = g.table(t("embeddings.word_embeddings.weight")), g.constant(tensors["shapes.weight"])
        # The token type is 0 everywhere, so its embedding is added to all positions.
        self.places = g.constant(t("embeddings.position_embeddings.weight") + t("embeddings.token_type_embeddings.weight")[0])
        self.first_norm = [g.constant(x) for x in both("embeddings.LayerNorm")]
        self.layers = []
        for layer in range(shape["layers"]):
            p = f"encoder.layer.{layer}."
            own = [both(f"{p}attention.self.{part}") for part in ("query", "key", "value")]
            own[0] = [a / np.float32(np.sqrt(self.size)) for a in own[0]]
            norms = [[g.constant(x) for x in both(p + name)] for name in ("attention.output.LayerNorm", "output.LayerNorm")]
            dense = [g.matrix(*both(p + name)) for name in ("attention.output.dense", "intermediate.dense", "output.dense")]
            self.layers.append((g.matrix(*map(np.concatenate, zip(*own))), dense, norms))

    def norm(self, x, constants):
        return self.g.node("LayerNormalization", x, *constants, axis=-1, epsilon=self.epsilon)

    def embed(self, ids, positions, shapes=None):
        g = self.g
        x = g.node("Add", g.embedding(self.words, ids), g.node("Gather", self.places, positions))
        return self.norm(g.node("Add", x, g.node("Gather", self.shapes, shapes)) if shapes else x, self.first_norm)

    def layer(self, x, number, attend):
        """Adds a layer; `attend` makes of queries, keys and values [rows, pieces, width] what is seen, of the same shape."""
        g, (joint, (attended, inner, outer), norms) = self.g, self.layers[number]
        parts = g.node("Split", g.linear(x, joint), g.axes(*[self.width] * 3), outputs=3, axis=-1)
        x = self.norm(g.node("Add", g.linear(attend(*parts), attended), x), norms[0])
        return self.norm(g.node("Add", g.linear(g.node("Gelu", g.linear(x, inner)), outer), x), norms[1])

    def apart(self, x):
        """[rows, pieces, width] as [rows, pieces, heads, size]."""
        return self.g.node("Reshape", x, self.g.axes(0, 0, self.heads, self.size))

    def turn(self, x):
        """Swaps pieces and heads."""
        return self.g.node("Transpose", x, perm=[0, 2, 1, 3])

    def together(self, x):
        return self.g.node("Reshape", x, self.g.axes(0, 0, self.width))

    def scores(self, queries, keys):
        return self.g.node("MatMul", queries, self.g.node("Transpose", keys, perm=[0, 1, 3, 2]))

    def read(self, ids, positions, shapes, unseen=None):
        """Adds the pass over texts; returns the last hidden states [rows, pieces, width], and keys and values of all layers,
        each [rows, heads, pieces, size].

        `unseen`: what is added to the scores of pieces that only fill up a row; none if all rows are equally long.
        """
        states = []

        def attend(q, k, v):
            q, k, v = (self.turn(self.apart(x)) for x in (q, k, v))
            states.extend((k, v))
            scores = self.scores(q, k)
            scores = self.g.node("Add", scores, unseen) if unseen else scores
            seen = self.g.node("MatMul", self.g.node("Softmax", scores, axis=-1), v)
            return self.together(self.turn(seen))

        x = self.embed(ids, positions, shapes)
        for number in range(len(self.layers)):
            x = self.layer(x, number, attend)
        return x, states

    def mark(self, ids, positions, partners, texts, unseen):
        """Adds the pass over the markers of pairs, which see their text and the markers of their own pair; returns the last
        hidden states.

        `partners`: for each turn within a pair the index of every marker's partner; `texts`: keys and values of all layers;
        `unseen`: what is added to the scores of pieces that only fill up a row.
        """
        g, last = self.g, self.g.axes(-1)

        def attend(number):
            def of(q, k, v):
                # A pair's few markers are multiplied by hand: so what a pair gets does not depend on how many are asked for.
                keys, values = ([x, *(g.node("Gather", x, p, axis=1) for p in partners)] for x in (k, v))
                own = [g.node("ReduceSum", self.apart(g.node("Mul", q, key)), last, keepdims=1) for key in keys]
                own = self.turn(g.node("Concat", *own, axis=-1))
                text = g.node("Add", self.scores(self.turn(self.apart(q)), texts[2 * number]), unseen)
                shares = g.node("Softmax", g.node("Concat", own, text, axis=-1), axis=-1)
                cut, end = g.axes(len(keys)), g.axes(2**31 - 1)
                seen = self.turn(g.node("MatMul", g.node("Slice", shares, cut, end, last), texts[2 * number + 1]))
                own = self.turn(g.node("Slice", shares, g.axes(0), cut, last))
                own = [own] if len(keys) == 1 else g.node("Split", own, g.axes(*[1] * len(keys)), outputs=len(keys), axis=-1)
                for share, value in zip(own, values):
                    seen = g.node("Add", seen, g.node("Mul", share, self.apart(value)))
                return self.together(seen)
            return of

        x = self.embed(ids, positions)
        for number in range(len(self.layers)):
            x = self.layer(x, number, attend(number))
        return x


def build(tensors, config, weights):
    """Returns the model as ONNX."""
    g, shape = Graph(weights), config["encoder"]
    integers = lambda *names: [helper.make_tensor_value_info(n, TensorProto.INT64, s) for n, s in names]
    floats = lambda *names: [helper.make_tensor_value_info(n, TensorProto.FLOAT, s) for n, s in names]
    matrix = lambda name: g.matrix(tensors[name + ".weight"], tensors[name + ".bias"])
    encoder, rows = Encoder(g, tensors, shape), ["rows", "pieces"]
    inputs = integers(("ids", rows), ("shapes", rows), ("positions", rows))
    outputs = []
    hidden, states = encoder.read("ids", "positions", "shapes")
    for head, about in config["heads"].items():
        g.output(g.linear(hidden, matrix(f"tag.{head}")), f"tag.{head}")
        outputs += floats((f"tag.{head}", [*rows, len(about["labels"])]))
    if config["pairs"]:
        if config["pairs"]["kind"] not in ("packed", "starts"):
            raise SystemExit(f"pairs of the kind {config['pairs']['kind']!r} are not supported, only packed and starts")
        markers = tensors["pairs.dense.weight"].shape[1] // shape["width"]
        kept = [shape["heads"], "pieces", encoder.size]
        g.output(g.node("Concat", *(g.node("Unsqueeze", s, g.axes(1)) for s in states), axis=1), "states")
        outputs += floats(("states", ["rows", len(states), *kept]))
        inputs += integers(("markers", ["rows", "markers"]), ("marked", ["rows", "markers"]), ("kinds", ["pairs"]))
        inputs += integers(("partners", [markers - 1, "markers"]))
        texts = [f"text.{n}" for n in range(len(states))]
        inputs += floats(*((t, ["rows", *kept]) for t in texts), ("unseen", ["rows", 1, 1, "pieces"]))
        partners = [g.node("Gather", "partners", g.constant(np.int64(turn)), axis=0) for turn in range(markers - 1)]
        hidden = encoder.mark("markers", "marked", partners, texts, "unseen")
        x = g.linear(g.node("Reshape", hidden, g.axes(-1, tensors["pairs.dense.weight"].shape[1])), matrix("pairs.dense"))
        x = g.node("Add", x, g.node("Gather", g.constant(tensors["pairs.kinds.weight"]), "kinds"))
        readings, flags = len(config["pairs"]["readings"]), len(config["pairs"]["flags"])
        told = "pairs.rules.weight" in tensors
        if told:
            inputs += floats(("rules", ["pairs", readings]))
            x = g.node("Add", x, g.node("MatMul", "rules", g.constant(tensors["pairs.rules.weight"].T / np.float32(5))))
        y = g.linear(g.node("Gelu", x), matrix("pairs.out"))
        if told:
            scale = np.concatenate([tensors["pairs.scale"], np.zeros(flags, np.float32)])
            none = g.node("Pad", "rules", g.axes(0, 0, 0, flags))
            y = g.node("Add", y, g.node("Mul", none, g.constant(scale)))
        g.output(y, "pairs")
        outputs += floats(("pairs", ["pairs", readings + flags]))
    graph = helper.make_graph(g.nodes, "cytosift", inputs, outputs, g.constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=9, producer_name="cytosift")
    onnx.checker.check_model(model)
    return model.SerializeToString(deterministic=True)


def export(source, target, weights, name, notes=None):
    """Writes the folder of a model."""
    config = json.loads((source / "config.json").read_text())
    tensors = {k: v.astype(np.float32) for k, v in load_file(source / "model.safetensors").items()}
    target.mkdir(parents=True, exist_ok=True)
    (target / "model.onnx").write_bytes(build(tensors, config, weights))
    (target / "config.json").write_text(json.dumps(config, indent=1) + "\n")
    shutil.copy(source / "tokenizer.json", target)
    lines = [f"# Written by models/training/export_rten.py; the program refuses a file that differs.", f'name = "{name}"',
             f'weights = "{weights}"', *(f"{k} = {json.dumps(v)}" for k, v in (notes or {}).items())]
    for file in ("config.json", "model.onnx", "tokenizer.json"):
        data = (target / file).read_bytes()
        lines += ["", "[[files]]", f'name = "{file}"', f"bytes = {len(data)}", f'sha256 = "{hashlib.sha256(data).hexdigest()}"']
    (target / "manifest.toml").write_text("\n".join(lines) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("source", type=Path, help="folder that export.py wrote")
    parser.add_argument("target", type=Path, help="folder to write")
    parser.add_argument("--weights", choices=("f32", "int8-f32", "int8"), default="int8")
    parser.add_argument("--name", default="cytosift")
    options = parser.parse_args()
    export(options.source, options.target, options.weights, options.name)


if __name__ == "__main__":
    main()
