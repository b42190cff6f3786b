#!/usr/bin/env bash
# Makes a folder with libtorch 2.4.0 for the cargo feature `rust-bert`, from PyPI:
#
#   scripts/libtorch.sh FOLDER
#   LIBTORCH=$PWD/FOLDER LIBTORCH_CXX11_ABI=0 cargo build --release --features rust-bert
#
# For Linux on x86-64 that reaches package registries only: elsewhere leave LIBTORCH unset, and the build downloads libtorch
# from pytorch.org. Needs python3 with pip, and gcc; downloads 0.8 GB and keeps 0.5 GB. pip's own settings hold: with
# PIP_NO_INDEX=1 PIP_FIND_LINKS=WHEELS the wheels are taken from a folder. Ends with 75 if the registry cannot be reached.
set -euo pipefail
folder=${1:?usage: scripts/libtorch.sh FOLDER}
if [ -e "$folder/build-version" ]; then
    echo "libtorch $(cat "$folder/build-version") is in $folder"
    exit
fi
part=$folder.part
rm -rf "$part" "$folder"
mkdir -p "$part/wheels" "$part/lib"
trap 'rm -rf "$part"' EXIT

fetch() { python3 -m pip download --quiet --disable-pip-version-check --no-deps --dest "$part/wheels" "$@"; }

cat >"$part/wheels.txt" <<'LIST'
torch==2.4.0 --hash=sha256:e743adadd8c8152bb8373543964551a7cb7cc20ba898dc8f9c0cdbe47c283de0
nvidia-cuda-runtime-cu12==12.1.105 --hash=sha256:6e258468ddf5796e25f1dc591a31029fa317d97a0a94ed93468fc86301d61e40
nvidia-cuda-cupti-cu12==12.1.105 --hash=sha256:e54fde3983165c624cb79254ae9818a456eb6e87a7fd4d56a2352c24ee542d7e
LIST
if ! fetch --require-hashes --python-version 3.11 --platform manylinux1_x86_64 --requirement "$part/wheels.txt"; then
    # A registry that serves something else is there, and the wheels are what is wrong.
    if fetch pip; then exit 1; fi
    echo "the package registry cannot be reached" >&2
    exit 75
fi
# The library of the wheel is linked with two of CUDA's, which it does not use without a graphics card.
python3 - "$part" <<'UNPACK'
import sys, zipfile
from fnmatch import fnmatch
from pathlib import Path

part = Path(sys.argv[1])
wanted = ["torch/lib/libtorch_cpu.so", "torch/lib/libc10.so", "torch/lib/libgomp*", "torch/include/*",
          "nvidia/cuda_cupti/lib/libcupti.so.12", "nvidia/cuda_runtime/lib/libcudart.so.12"]
for wheel in (part / "wheels").glob("*.whl"):
    with zipfile.ZipFile(wheel) as archive:
        names = [name for name in archive.namelist() if any(fnmatch(name, pattern) for pattern in wanted)]
        archive.extractall(part / "unpacked", names)
for library in (part / "unpacked").glob("**/lib/*.so*"):
    library.rename(part / "lib" / library.name)
(part / "unpacked/torch/include").rename(part / "include")
UNPACK
# torch-sys links with -ltorch, which in the wheel would pull in CUDA.
gcc -shared -o "$part/lib/libtorch.so" -x c /dev/null
rm -rf "$part/wheels" "$part/wheels.txt" "$part/unpacked"
echo 2.4.0 >"$part/build-version"
mv "$part" "$folder"
echo "libtorch 2.4.0 is in $folder"
