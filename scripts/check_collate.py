#!/usr/bin/env python3
"""Collate the parts of a run repeated to many triples, and compare memory and counts with DuckDB over the same parts.

  check_collate.py CYTOSIFT RUN [--triples 10000000] [--limit-mib 2000] [--work FOLDER] [-- OPTIONS OF COLLATE]

The documents of each repetition get numbers of their own; a last part states every tenth document of the first repetition
again, without triples, and withdraws every eleventh of the second. Needs `pip install duckdb`, and disk: some 1 kB a triple.
"""
import argparse, gzip, json, os, re, resource, subprocess, sys, tempfile, time

import duckdb

# Documents are in a part once at most, so the last part that names one decides.
CHECK = """
create view citations as select *, parse_filename(filename) as file from
    read_csv('{run}/*.citations.csv.gz', header = true, all_varchar = true, filename = true);
create table current as select document, max_by(deleted, file) as deleted, max(file) as file
    from citations group by document having deleted = 'false';
create table triples as select t.* from
    (select *, parse_filename(filename) as file from read_csv('{run}/part*[0-9].csv', header = true, all_varchar = true,
     quote = '"', escape = '"', parallel = false, filename = true)) t
    join current c on t.document = c.document and replace(c.file, '.citations.csv.gz', '.csv') = t.file;
create table facts as
    with sentences as (
        select subject_id, if(subject_id is null, subject, '') as subject_key, predicate,
            object_id, if(object_id is null, object, '') as object_key, document, sentence,
            count(*) as triples, max(confidence::double) as confidence, max(negated = 'true') as negated,
            min(year::int) as first_year, max(year::int) as last_year
        from triples group by all)
    select coalesce(subject_id, '') as subject_id, subject_key, predicate, coalesce(object_id, '') as object_id, object_key, sum(triples)::bigint as triples,
        count(*) as sentences, count(distinct document) as documents, min(first_year) as first_year, max(last_year) as last_year,
        max(confidence) as confidence, avg(negated::int) as negated,
        list_aggregate(list_sort(list(distinct document)), 'string_agg', '|') as pmids
    from sentences group by subject_id, subject_key, predicate, object_id, object_key;
create table ours as select coalesce(subject_id, '') as subject_id, if(subject_id is null, subject, '') as subject_key, predicate,
        coalesce(object_id, '') as object_id, if(object_id is null, object, '') as object_key,
        triples::bigint as triples, sentences::bigint as sentences, documents::bigint as documents, first_year::int as first_year,
        last_year::int as last_year, confidence::double as confidence, negated::double as negated, pmids
    from read_csv('{out}/facts.csv', header = true, all_varchar = true, max_line_size = 200000000);
"""
COUNTS = "select count(*), sum(triples), sum(sentences), sum(documents), sum(first_year), sum(last_year) from {table}"
DIFFERENT = """select count(*) from (select * exclude (negated) from {a} except all select * exclude (negated) from {b})"""
SHARES = """select count(*) from facts f join ours o using (subject_id, subject_key, predicate, object_id, object_key)
    where abs(f.negated - o.negated) > 0.000501"""


def repeat(run, out, wanted):
    """Writes a run whose parts are those of another, over and over, with other documents."""
    manifest = json.load(open(f"{run}/run.json"))
    names = [entry["name"] for entry in manifest["inputs"] if entry["state"] == "done"]
    sources = []
    for name in names:
        rows = open(f"{run}/{name}.csv", "rb").read()
        citations = gzip.open(f"{run}/{name}.citations.csv.gz", "rb").read()
        sources.append((rows, citations, manifest["inputs"][names.index(name)]["counts"]["triples"]))
    inputs, triples, number, documents = [], 0, 0, {}
    template = manifest["inputs"][0]

    def add(rows, citations, count):
        name = f"part{len(inputs):05d}"
        open(f"{out}/{name}.csv", "wb").write(rows)
        with gzip.open(f"{out}/{name}.citations.csv.gz", "wb", compresslevel=1) as file:
            file.write(citations)
        inputs.append({**template, "name": name, "file": f"/made/{name}.xml"})
        return count

    while triples < wanted:
        number += 1
        prefix = re.compile(rb"(?m)^(?=\d)"), b"%d" % (100 + number)
        for rows, citations, count in sources:
            citations = prefix[0].sub(prefix[1], citations)
            documents.setdefault(number, []).extend(re.findall(rb"(?m)^\d+", citations) if number < 3 else [])
            triples += add(prefix[0].sub(prefix[1], rows), citations, count)
    last = [b"document,version,deleted,triples"]
    last += [b"%s,1,false,0" % document for document in documents[1][::10]]
    last += [b"%s,1,true,0" % document for document in documents.get(2, [])[::11]]
    add(sources[0][0].split(b"\r\n")[0] + b"\r\n", b"\r\n".join(last) + b"\r\n", 0)
    manifest["inputs"] = inputs
    json.dump(manifest, open(f"{out}/run.json", "w"))
    return triples


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cytosift"); parser.add_argument("run"); parser.add_argument("--triples", type=int, default=10_000_000)
    parser.add_argument("--limit-mib", type=float, default=2000); parser.add_argument("--work")
    ours, options = sys.argv[1:], []
    if "--" in ours:
        ours, options = ours[:ours.index("--")], ours[ours.index("--") + 1:]
    args = parser.parse_args(ours)
    with tempfile.TemporaryDirectory(dir=args.work) as work:
        run, out = f"{work}/run", f"{work}/out"
        os.mkdir(run)
        triples = repeat(args.run, run, args.triples)
        size = sum(os.path.getsize(f"{run}/{name}") for name in os.listdir(run))
        print(f"{triples} triples in {len(os.listdir(run)) // 2} parts, {size >> 20} MiB", flush=True)
        began = time.monotonic()
        done = subprocess.run([args.cytosift, "collate", run, "-o", out, *options], stderr=subprocess.PIPE, text=True)
        took = time.monotonic() - began
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        print(f"exit code {done.returncode}, {took:.1f} s, peak memory {peak:.0f} MiB\n{done.stderr.strip()}", flush=True)
        left = sorted(os.listdir(out))
        if done.returncode or left != ["facts.csv", "run.lock", "triples.csv"] or peak > args.limit_mib:
            sys.exit(f"failed: {left}")
        base = duckdb.connect(f"{work}/check.db")
        base.execute("set memory_limit = '4GB'; set preserve_insertion_order = false")
        base.execute(CHECK.format(run=run, out=out))
        kept = base.execute("select count(*) from triples").fetchone()[0]
        counts = [base.execute(COUNTS.format(table=table)).fetchone() for table in ("facts", "ours")]
        different = [base.execute(DIFFERENT.format(a=a, b=b)).fetchone()[0] for a, b in (("facts", "ours"), ("ours", "facts"))]
        shares = base.execute(SHARES).fetchone()[0]
        with open(f"{out}/triples.csv", "rb") as file:
            lines = sum(chunk.count(b"\r\n") for chunk in iter(lambda: file.read(1 << 24), b"")) - 1
        print(f"DuckDB: {kept} current triples, {lines} lines in triples.csv; facts and sums of columns {counts[0]}, ours "
              f"{counts[1]}; rows that differ {different}, shares that differ {shares}")
        if kept != lines or counts[0] != counts[1] or any(different) or shares:
            sys.exit("the tables differ")


if __name__ == "__main__":
    main()
