"""Writes the mean of the weights of several runs from one start: `python mean.py --out run/mean run/a run/b ...`.

The first run decides which tensors there are. A run whose pairs are of another kind gives nothing to the pair head.
"""

import shutil
import sys

from common import *


def mean(runs):
    """Returns the mean of every tensor of the first run; runs: (tensors, kind of pairs)."""
    first, kind = runs[0]
    out = {}
    for name, tensor in first.items():
        same = [t[name] for t, k in runs if name in t and (k == kind or not name.startswith("pairs."))]
        assert all(t.shape == tensor.shape for t in same), name
        out[name] = torch.stack(same).mean(0)
    return out


def main():
    parser = arguments(__doc__.splitlines()[0])
    parser.add_argument("runs", nargs="+", type=Path)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    kinds = [json.loads((run / "heads.json").read_text())["pairs"] for run in options.runs]
    save_file(mean([(load_file(run / "weights.safetensors"), kind) for run, kind in zip(options.runs, kinds)]),
              options.out / "weights.safetensors")
    for file in options.runs[0].iterdir():
        if file.suffix in (".json", ".txt") and file.name not in ("dev.json", "calibration.json"):
            shutil.copy(file, options.out)


if __name__ == "__main__":
    sys.exit(main())
