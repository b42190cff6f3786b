#!/usr/bin/env bash
# CytoSift over a dump as a Slurm array: one job an input file, a marker for each that is done, and collate at the end.
#
#   ls pubmed/*.xml.gz > inputs.txt
#   job=$(sbatch --parsable --array=1-$(wc -l < inputs.txt)%256 workflows/slurm_array.sh inputs.txt results)
#   sbatch --dependency=afterok:$job --wrap "cytosift collate results/runs -o results/collated"
#
# Further arguments are given to extract (--focus all). Submitting again does what is not done. MaxArraySize may bound the
# array: split inputs.txt then. CYTOSIFT names the program if it is not on the path.
#SBATCH --job-name=cytosift
#SBATCH --cpus-per-task=1
#SBATCH --mem=1G
#SBATCH --time=02:00:00
set -euo pipefail

inputs=$1 out=$2
shift 2
input=$(sed -n "${SLURM_ARRAY_TASK_ID}p" "$inputs")
[ -n "$input" ] || { echo "$inputs has no line $SLURM_ARRAY_TASK_ID" >&2; exit 2; }
name=$(basename "$input" .xml.gz)
run=$out/runs/$name
mkdir -p "$out/runs" "$out/done"
[ "$out/done/$name" -nt "$input" ] && exit 0

code=0
"${CYTOSIFT:-cytosift}" extract "$input" --out-dir "$run" --resume --threads "${SLURM_CPUS_PER_TASK:-1}" "$@" || code=$?
# Exit code 3: records were rejected, or the file; only the second leaves an input that failed.
if [ "$code" -eq 3 ] && ! grep -q '"state": "failed"' "$run/run.json"; then
    code=0
fi
[ "$code" -eq 0 ] && touch "$out/done/$name"
exit "$code"
