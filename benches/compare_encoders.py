"""Compares, in one run, how fast the program and the Python runtimes label the same sentences with the same weights.

python benches/compare_encoders.py EXPORT MODEL SENTENCES.txt [--threads 2] [--passes 3]

EXPORT is the folder that models/training/export.py wrote (model.safetensors), MODEL what export_rten.py made of it. Needs the
requirements of models/training and onnxruntime, and `cargo build --release --example encoder_speed`. Each runtime cuts into
pieces itself and takes the same number of threads. The Python runtimes get batches of 32 sorted by length, which is best for
them; the transformers pipeline, which knows no embedding of letters' case and does without, is also run as its documentation has
it, in the order of the file. No runtime is told of names. Passes go in turns; the best of each is printed.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import onnxruntime
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from safetensors.torch import load_file
from transformers import BertConfig, BertForTokenClassification, PreTrainedTokenizerFast, logging, pipeline

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "models/training"))
from export_rten import Encoder, Graph
from onnx import TensorProto, helper, save

BATCH = 32
CONFIG = dict(num_hidden_layers="layers", hidden_size="width", num_attention_heads="heads", layer_norm_eps="norm_epsilon")


def torch_model(export):
    config = json.loads((export / "config.json").read_text())
    tensors = load_file(export / "model.safetensors")
    labels = config["heads"]["cytosift"]["labels"]
    shape = {theirs: config["encoder"][ours] for theirs, ours in CONFIG.items()}
    words, width = tensors["bert.embeddings.word_embeddings.weight"].shape
    inner = tensors["bert.encoder.layer.0.intermediate.dense.weight"].shape[0]
    made = BertConfig(vocab_size=words, intermediate_size=inner, num_labels=len(labels), **shape)
    model = BertForTokenClassification(made).eval()
    own = {k: v for k, v in tensors.items() if k.startswith("bert.")}
    own |= {"classifier.weight": tensors["tag.cytosift.weight"], "classifier.bias": tensors["tag.cytosift.bias"]}
    missing = model.load_state_dict(own, strict=False)
    assert not missing.missing_keys, missing
    return model


def onnx_int8(export, folder):
    """Writes the f32 graph with a mask for padding and lets ONNX Runtime quantize it, its own way."""
    config = json.loads((export / "config.json").read_text())
    tensors = {k: v.float().numpy() for k, v in load_file(export / "model.safetensors").items()}
    g = Graph("f32")
    hidden, _ = Encoder(g, tensors, config["encoder"]).read("ids", "positions", "shapes", unseen="bias")
    g.output(g.linear(hidden, g.matrix(tensors["tag.cytosift.weight"], tensors["tag.cytosift.bias"])), "logits")
    value = helper.make_tensor_value_info
    inputs = [*(value(name, TensorProto.INT64, ["rows", "pieces"]) for name in ("ids", "shapes", "positions")),
              value("bias", TensorProto.FLOAT, ["rows", 1, 1, "pieces"])]
    graph = helper.make_graph(g.nodes, "bert", inputs, [value("logits", TensorProto.FLOAT, None)], g.constants)
    save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=9), folder / "f32.onnx")
    quantize_dynamic(folder / "f32.onnx", folder / "int8.onnx", per_channel=True, weight_type=QuantType.QInt8,
                     extra_options={"DefaultTensorType": TensorProto.FLOAT})
    return folder / "int8.onnx"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("export", type=Path)
    parser.add_argument("model", type=Path)
    parser.add_argument("sentences", type=Path)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--passes", type=int, default=3)
    parser.add_argument("--program", type=Path, default=ROOT / "target/release/examples/encoder_speed")
    options = parser.parse_args()
    logging.set_verbosity_error()
    torch.set_num_threads(options.threads)
    sentences = options.sentences.read_text(encoding="utf8").splitlines()
    tokenizer = PreTrainedTokenizerFast(tokenizer_file=str(options.model / "tokenizer.json"), unk_token="[UNK]",
                                        pad_token="[PAD]", cls_token="[CLS]", sep_token="[SEP]", model_max_length=512)
    by_length = sorted(sentences, key=lambda s: len(tokenizer(s)["input_ids"]))
    pieces = sum(len(tokenizer(s)["input_ids"]) for s in sentences)
    pipe = pipeline("token-classification", model=torch_model(options.export), tokenizer=tokenizer, batch_size=BATCH)
    with tempfile.TemporaryDirectory() as folder:
        settings = onnxruntime.SessionOptions()
        settings.intra_op_num_threads = options.threads
        session = onnxruntime.InferenceSession(onnx_int8(options.export, Path(folder)), settings, ["CPUExecutionProvider"])

    def run_onnx():
        for at in range(0, len(by_length), BATCH):
            batch = tokenizer(by_length[at:at + BATCH], padding=True, return_tensors="np")
            ids, mask = batch["input_ids"].astype(np.int64), batch["attention_mask"]
            bias = np.where(mask, 0, -1e9).astype(np.float32)[:, None, None, :]
            places = np.broadcast_to(np.arange(ids.shape[1]), ids.shape)
            session.run(None, {"ids": ids, "shapes": np.zeros_like(ids), "positions": np.ascontiguousarray(places), "bias": bias})

    def run_cytosift():
        command = [options.program, options.model, options.sentences, str(options.threads), "1"]
        return json.loads(subprocess.run(command, check=True, capture_output=True).stdout)["pieces_per_second"]

    def timed(run):
        start = time.perf_counter()
        run()
        return pieces / (time.perf_counter() - start)

    runtimes = {"transformers pipeline, f32": lambda: timed(lambda: pipe(sentences)),
                "transformers pipeline, f32, sorted": lambda: timed(lambda: pipe(by_length)),
                "ONNX Runtime, int8, sorted": lambda: timed(run_onnx), "cytosift": run_cytosift}
    found = {name: [] for name in runtimes}
    for _ in range(options.passes):
        for name, run in runtimes.items():
            found[name].append(run())
    print(f"{len(sentences)} sentences, {pieces} pieces, {options.threads} threads; pieces a second, best of {options.passes}")
    ours = max(found["cytosift"])
    for name, speeds in found.items():
        print(f"{name:40} {max(speeds):8.0f}  cytosift is {ours / max(speeds):.2f} times as fast")


if __name__ == "__main__":
    main()
