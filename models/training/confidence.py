"""Fits the confidences of a run (`--out`, calibrate.py) to what the program finds on the dev parts with the model exported from it.

The program differs a little from `calibrate.py`: names agree over a document, and weights are rounded. What gold does not have is wrong,
also where score.py would not count it. Export again afterwards.
"""

import subprocess
import sys
import tempfile

from calibrate import calibration_error, confident, fit_confidence, inverted, right
from common import *


def found_by(program, model, gold, focus):
    """Returns the documents as the program sees them, in the order of `gold`."""
    with tempfile.TemporaryDirectory() as folder:
        bare, out = Path(folder) / "bare.jsonl", Path(folder) / "found.jsonl"
        write_jsonl(bare, [{k: d[k] for k in ("id", "title", "abstract")} for d in gold])
        subprocess.run([program, "extract", bare, "--model", model, "--focus", focus, "-o", out], check=True, capture_output=True)
        found = {d["id"]: d for d in read_jsonl(out)}
    return [found[d["id"]] for d in gold]


def main():
    parser = arguments(__doc__.splitlines()[0], program="../../target/release/cytosift")
    parser.add_argument("--model", type=Path, required=True, help="the folder of export_rten.py")
    options = parser.parse_args()
    path = options.out / "calibration.json"
    calibration = json.loads(path.read_text())
    judged = []
    for name, focus in (("dev", "cytokine"), ("approvals_dev", "all")):
        gold = read_jsonl(options.shared / "corpus" / f"{name}.jsonl")
        found = found_by(options.program, options.model, gold, focus)
        judged += right(gold, found, {d["id"]: d["relations"] for d in found}, every=True)
    before = inverted(judged, calibration["predicates"])
    fitted = fit_confidence(before)
    print("ECE of", len(judged), "relations", round(calibration_error(judged), 4), "before,", round(calibration_error(confident(before, fitted)), 4), "after")
    path.write_text(json.dumps(calibration | dict(predicates=fitted)))


if __name__ == "__main__":
    sys.exit(main())
