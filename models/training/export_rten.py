"""Turns a trained model folder (`export.py`) into the folder that the program reads: model.onnx, tokenizer.json, config.json
and manifest.toml with their checksums.

The graph has two outputs that share the encoder: `tag.<head>`, logits of every piece of a batch of equally long rows, and
`pairs`, logits of the pairs whose markers stand at `places` in a single row. `--weights` chooses how weights are kept and used:
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

    def linear(self, x, weight, bias, rows=None):
        """Multiplies by a matrix [out, in] and adds the bias; `rows`: x already quantized."""
        if self.weights == "f32":
            y = self.node("MatMul", x, self.constant(weight.T))
        elif self.weights == "int8-f32":
            values, scales = quantize(weight, 127)
            zeros = self.constant(np.zeros(len(scales), np.int8))
            kept = self.node("DequantizeLinear", self.constant(values.T), self.constant(scales), zeros, axis=1)
            y = self.node("MatMul", x, kept)
        else:
            values, scales = quantize(weight, 63)
            row, top, zero = rows or self.quantized_rows(x)
            product = self.node("MatMulInteger", row, self.constant(values.T), zero, self.constant(np.int8(0)))
            y = self.node("Mul", self.node("Cast", product, to=TensorProto.FLOAT), self.constant(scales / np.float32(ACTIVATIONS)))
            y = self.node("Mul", y, top)
        return self.node("Add", y, self.constant(bias))

    def embedding(self, table, ids):
        if self.weights == "f32":
            return self.node("Gather", self.constant(table), ids)
        values, scales = quantize(table, 127)
        found = self.node("Cast", self.node("Gather", self.constant(values), ids), to=TensorProto.FLOAT)
        return self.node("Mul", found, self.node("Gather", self.constant(scales[:, None]), ids))


def quantize(matrix, most):
    """Returns a matrix in int8 with one scale a row."""
    scales = np.maximum(np.abs(matrix).max(1), 1e-12).astype(np.float32) / np.float32(most)
    return np.clip(np.round(matrix / scales[:, None]), -most, most).astype(np.int8), scales


def encoder(g, tensors, shape):
    """Adds the encoder; returns its last hidden states [rows, pieces, width]."""
    t = lambda name: tensors["bert." + name]
    width, heads = shape["width"], shape["heads"]
    size = width // heads

    def norm(x, name):
        return g.node("LayerNormalization", x, g.constant(t(name + ".weight")), g.constant(t(name + ".bias")), axis=-1,
                      epsilon=shape["norm_epsilon"])

    # The token type is 0 everywhere, so its embedding is added to all positions.
    places = t("embeddings.position_embeddings.weight") + t("embeddings.token_type_embeddings.weight")[0]
    x = g.node("Add", g.embedding(t("embeddings.word_embeddings.weight"), "ids"),
               g.node("Gather", g.constant(places), "positions"))
    x = g.node("Add", x, g.node("Gather", g.constant(tensors["shapes.weight"]), "shapes"))
    x = norm(x, "embeddings.LayerNorm")
    for layer in range(shape["layers"]):
        p = f"encoder.layer.{layer}."
        own = {part: [t(f"{p}attention.self.{part}.{kind}") for kind in ("weight", "bias")] for part in ("query", "key", "value")}
        own["query"] = [a / np.float32(np.sqrt(size)) for a in own["query"]]
        weight, bias = (np.concatenate([own[part][i] for part in ("query", "key", "value")]) for i in (0, 1))
        joint = g.node("Split", g.linear(x, weight, bias), g.axes(width, width, width), outputs=3, axis=-1)
        split = g.axes(0, 0, heads, size)
        q, k, v = (g.node("Transpose", g.node("Reshape", part, split), perm=perm)
                   for part, perm in zip(joint, ([0, 2, 1, 3], [0, 2, 3, 1], [0, 2, 1, 3])))
        shares = g.node("Softmax", g.node("Add", g.node("MatMul", q, k), "bias"), axis=-1)
        seen = g.node("Transpose", g.node("MatMul", shares, v), perm=[0, 2, 1, 3])
        seen = g.node("Reshape", seen, g.axes(0, 0, width))
        y = g.linear(seen, t(p + "attention.output.dense.weight"), t(p + "attention.output.dense.bias"))
        x = norm(g.node("Add", y, x), p + "attention.output.LayerNorm")
        y = g.node("Gelu", g.linear(x, t(p + "intermediate.dense.weight"), t(p + "intermediate.dense.bias")))
        y = g.linear(y, t(p + "output.dense.weight"), t(p + "output.dense.bias"))
        x = norm(g.node("Add", y, x), p + "output.LayerNorm")
    return x


def build(tensors, config, weights):
    """Returns the model as ONNX."""
    g, shape = Graph(weights), config["encoder"]
    whole = TensorProto.INT64, TensorProto.FLOAT
    value = helper.make_tensor_value_info
    inputs = [*(value(name, whole[0], ["rows", "pieces"]) for name in ("ids", "shapes", "positions")),
              value("bias", whole[1], ["one", 1, "queries", "keys"])]
    outputs = []
    hidden = encoder(g, tensors, shape)
    for head, about in config["heads"].items():
        g.output(g.linear(hidden, tensors[f"tag.{head}.weight"], tensors[f"tag.{head}.bias"]), f"tag.{head}")
        outputs.append(value(f"tag.{head}", whole[1], ["rows", "pieces", len(about["labels"])]))
    if config["pairs"]:
        if config["pairs"]["kind"] != "packed":
            raise SystemExit(f"pairs of the kind {config['pairs']['kind']!r} are not supported, only packed")
        inputs += [value("places", whole[0], ["markers"]), value("kinds", whole[0], ["pairs"])]
        ends = g.node("Reshape", g.node("Gather", hidden, "places", axis=1), g.axes(-1, 4 * shape["width"]))
        x = g.linear(ends, tensors["pairs.dense.weight"], tensors["pairs.dense.bias"])
        x = g.node("Add", x, g.node("Gather", g.constant(tensors["pairs.kinds.weight"]), "kinds"))
        readings, flags = len(config["pairs"]["readings"]), len(config["pairs"]["flags"])
        told = "pairs.rules.weight" in tensors
        if told:
            inputs.append(value("rules", whole[1], ["pairs", readings]))
            x = g.node("Add", x, g.node("MatMul", "rules", g.constant(tensors["pairs.rules.weight"].T / np.float32(5))))
        y = g.linear(g.node("Gelu", x), tensors["pairs.out.weight"], tensors["pairs.out.bias"])
        if told:
            scale = np.concatenate([tensors["pairs.scale"], np.zeros(flags, np.float32)])
            none = g.node("Pad", "rules", g.axes(0, 0, 0, flags))
            y = g.node("Add", y, g.node("Mul", none, g.constant(scale)))
        g.output(y, "pairs")
        outputs.append(value("pairs", whole[1], ["pairs", readings + flags]))
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
