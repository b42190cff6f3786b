#!/usr/bin/env python3
"""Run the cluster recipes on three small dump files and compare their tables with those of one run.

  check_workflows.py CYTOSIFT     (built with the feature `collate`)

Writes an update as well as a withdrawal into the files, runs workflows/Snakefile (Snakemake from PyPI, in a virtual environment
of its own under target/ unless it is on the path) and workflows/slurm_array.sh (without Slurm: its array is a loop), and checks the
markers, the tables, that nothing is done twice, and that a damaged file fails alone. Needs Python 3.11 or newer.
"""
import gzip, os, shutil, subprocess, sys, tempfile, venv

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
CITATION = """<PubmedArticle><MedlineCitation Status="MEDLINE"><PMID Version="1">{pmid}</PMID><Article><Journal><JournalIssue>
<PubDate><Year>{year}</Year></PubDate></JournalIssue></Journal><ArticleTitle>A study of {pmid}</ArticleTitle><Abstract>
<AbstractText>{text}</AbstractText></Abstract></Article></MedlineCitation></PubmedArticle>
"""
TEXTS = ["IL-2 is approved for melanoma.", "We saw nothing.", "IL-6 did not promote apoptosis of tumor cells."]


def write_dump(folder):
    os.makedirs(folder)
    for file in range(3):
        records = [CITATION.format(pmid=1000 * file + n, year=1990 + n % 30, text=TEXTS[n % 3]) for n in range(1, 200)]
        if file == 2:  # what was said on 1001 is replaced, 1003 is withdrawn
            records.append(CITATION.format(pmid=1, year=2020, text=TEXTS[1]))
            records.append('<DeleteCitation><PMID Version="1">3</PMID></DeleteCitation>\n')
        with gzip.open(os.path.join(folder, f"pubmed26n{file + 1:04d}.xml.gz"), "wt") as out:
            out.write('<?xml version="1.0"?>\n<PubmedArticleSet>\n' + "".join(records) + "</PubmedArticleSet>\n")


def run(command, expect=0, **options):
    done = subprocess.run(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **options)
    if done.returncode != expect and not (expect is None and done.returncode):
        sys.exit(f"{' '.join(command)}: exit code {done.returncode}\n{done.stdout}")
    return done.stdout


def tables(folder):
    return [open(os.path.join(folder, "collated", name), "rb").read() for name in ("triples.csv", "facts.csv")]


def snakemake():
    found = shutil.which("snakemake")
    if found:
        return found
    home = os.path.join(ROOT, "target", "snakemake")
    program = os.path.join(home, "bin", "snakemake")
    if not os.path.exists(program):
        venv.create(home, with_pip=True)
        run([os.path.join(home, "bin", "pip"), "install", "--quiet", "snakemake==9.*"])
    return program


def check_snakemake(cytosift, work, whole):
    program, out = snakemake(), os.path.join(work, "snakemake")
    command = [program, "-s", os.path.join(ROOT, "workflows", "Snakefile"), "--cores", "2", "--directory", work,
               "--config", "dump=dump", f"out={out}", f"cytosift={cytosift}"]
    first = run(command)
    if tables(out) != whole or sorted(os.listdir(f"{out}/done")) != [f"pubmed26n000{n}" for n in (1, 2, 3)]:
        sys.exit(f"snakemake: tables or markers differ\n{first}")
    if "Nothing to be done" not in run(command):
        sys.exit("snakemake: did something twice")
    path = f"{work}/dump/pubmed26n0002.xml.gz"  # the same text in other bytes
    text = gzip.open(path).read()
    with gzip.open(path, "wb", compresslevel=1) as file:
        file.write(text)
    again = run(command)
    if again.count("rule extract:") != 1 or tables(out) != whole:
        sys.exit(f"snakemake: one file has changed, but\n{again}")
    print("snakemake: three jobs, three markers, the tables of one run; a second call does nothing; a changed file alone is redone")


def check_slurm(cytosift, work, whole):
    out, inputs = os.path.join(work, "slurm"), os.path.join(work, "inputs.txt")
    dump = sorted(os.listdir(f"{work}/dump"))
    with open(inputs, "w") as file:
        file.writelines(f"dump/{name}\n" for name in dump)
    victim = f"{work}/dump/{dump[1]}"
    content = open(victim, "rb").read()

    def array(expect):
        for task, code in enumerate(expect, 1):
            environment = {**os.environ, "SLURM_ARRAY_TASK_ID": str(task), "CYTOSIFT": cytosift}
            run([f"{ROOT}/workflows/slurm_array.sh", inputs, out], code, cwd=work, env=environment)

    with open(victim, "wb") as file:
        file.write(content[:len(content) // 2])
    array([0, 3, 0])
    with open(victim, "wb") as file:
        file.write(content)
    array([0, 0, 0])
    run([cytosift, "collate", f"{out}/runs", "-o", f"{out}/collated"])
    if tables(out) != whole or sorted(os.listdir(f"{out}/done")) != [f"pubmed26n000{n}" for n in (1, 2, 3)]:
        sys.exit("slurm: tables or markers differ")
    print("slurm_array.sh: a damaged file failed alone and was done when mended; three markers, the tables of one run")


def main():
    cytosift = os.path.abspath(sys.argv[1])
    with tempfile.TemporaryDirectory() as work:
        write_dump(f"{work}/dump")
        run([cytosift, "extract", "dump", "--out-dir", "one"], cwd=work)
        run([cytosift, "collate", "one"], cwd=work)
        whole = tables(f"{work}/one")
        pmids = [line.split(b",")[0] for line in whole[0].splitlines()[1:]]
        if len(pmids) < 300 or b"1" in pmids or b"3" in pmids or b"6" not in pmids:
            sys.exit(f"the one run: {len(pmids)} triples, or those of replaced and withdrawn citations")
        check_slurm(cytosift, work, whole)
        check_snakemake(cytosift, work, whole)


if __name__ == "__main__":
    main()
