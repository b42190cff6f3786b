#!/usr/bin/env python3
"""Kill runs of a dump at random moments, go on with each, and compare with a run that nothing disturbed.

  check_kills.py CYTOSIFT DUMP_FOLDER [--kills 20] [--seed 1] [--work FOLDER] [-- OPTIONS OF EXTRACT]

Four checks, each against the same undisturbed run (files byte for byte, run.json without its sessions):
  each    a fresh run is killed (SIGKILL) at a random moment, then finished with --resume; KILLS times
  chain   one run is killed KILLS times, each time after it was gone on with, then finished
  disk    a run fills a small file system (tmpfs), room is made, and it is finished with --resume
  corrupt one file is cut short: it is named and rejected, the others complete, --resume retries it alone
Standard library only; `disk` needs the right to mount and says so where it is missing.
"""
import argparse, json, os, random, shutil, signal, subprocess, sys, tempfile, time


def extract(args, out, *more, **options):
    return subprocess.Popen([args.cytosift, "extract", "--out-dir", out, *more, *args.options],
                            stderr=subprocess.PIPE, text=True, **options)


def finish(args, out, *more, expect=0):
    process = extract(args, out, *more)
    said = process.communicate()[1]
    if process.returncode != expect:
        sys.exit(f"exit code {process.returncode}, expected {expect}: {said}")
    return said


def contents(folder):
    files = {}
    for name in sorted(os.listdir(folder)):
        with open(os.path.join(folder, name), "rb") as file:
            files[name] = file.read()
    manifest = json.loads(files["run.json"])
    sessions = manifest.pop("sessions")
    files["run.json"] = json.dumps(manifest)
    return files, len(sessions)


def compare(what, folder, whole):
    found, sessions = contents(folder)
    if found.keys() != whole.keys():
        sys.exit(f"{what}: files differ: {sorted(found.keys() ^ whole.keys())}")
    for name in whole:
        if found[name] != whole[name]:
            sys.exit(f"{what}: {name} differs")
    return sessions


def leftovers(folder):
    return [name for name in os.listdir(folder) if name.endswith(".tmp")] if os.path.isdir(folder) else []


def kill(args, out, inputs, seconds):
    """Starts or goes on with a run and kills it; tells whether it was still at work, and what it left unfinished."""
    process = extract(args, out, "--resume", *inputs)
    time.sleep(seconds)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    return process.returncode == -signal.SIGKILL, leftovers(out)


def check_each(args, work, inputs, whole, took, rng):
    out, killed, unfinished, done = os.path.join(work, "each"), 0, 0, []
    for _ in range(args.kills):
        shutil.rmtree(out, ignore_errors=True)
        while True:  # a run that was quicker than the kill does not count
            hit, left = kill(args, out, inputs, rng.uniform(0.02, took))
            if hit:
                break
            shutil.rmtree(out, ignore_errors=True)
        killed += 1
        unfinished += bool(left)
        path = os.path.join(out, "run.json")
        states = [i["state"] for i in json.load(open(path))["inputs"]] if os.path.exists(path) else []
        done.append(states.count("done"))
        finish(args, out, "--resume", *inputs)
        compare("each", out, whole)
    print(f"each: {killed} kills; {unfinished} left temporary files, none after --resume; inputs done at the kill {done}; "
          "all files equal")


def check_chain(args, work, inputs, whole, took, rng):
    out, killed = os.path.join(work, "chain"), 0
    for _ in range(args.kills):
        hit, _ = kill(args, out, inputs, rng.uniform(0.05, max(0.1, took / 4)))
        killed += hit
    finish(args, out, "--resume", *inputs)
    sessions = compare("chain", out, whole)
    print(f"chain: {killed} kills in one run, {sessions} sessions; all files equal")


def check_disk(args, work, inputs, whole):
    disk = os.path.join(work, "disk")
    os.makedirs(disk)
    size = sum(len(content) for content in whole.values()) // 2
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", disk], capture_output=True)
    if mounted.returncode:
        print("disk: skipped, this user may not mount a small file system")
        return
    try:
        out = os.path.join(disk, "run")
        said = finish(args, out, *inputs, expect=1)
        left = leftovers(out)
        done = [name for name in os.listdir(out) if name.endswith((".csv", ".jsonl"))]
        if "No space left on device" not in said or left:
            sys.exit(f"disk: temporary files {left}, said {said}")
        subprocess.run(["mount", "-o", f"remount,size={size * 4}", disk], check=True)
        finish(args, out, "--resume", *inputs)
        compare("disk", out, whole)
        print(f"disk: full at {size} bytes with {len(done)} outputs complete; finished after room was made; all files equal")
    finally:
        subprocess.run(["umount", disk], check=True)


def check_corrupt(args, work, inputs, whole):
    dump, out = os.path.join(work, "dump"), os.path.join(work, "corrupt")
    os.makedirs(dump)
    for path in inputs:
        os.symlink(os.path.abspath(path), os.path.join(dump, os.path.basename(path)))
    names = [os.path.join(dump, os.path.basename(path)) for path in inputs]
    victim = names[len(names) // 2]
    with open(inputs[len(names) // 2], "rb") as file:
        half = file.read(os.path.getsize(victim) // 2)
    os.remove(victim)
    with open(victim, "wb") as file:
        file.write(half)
    said = finish(args, out, *names, expect=3)
    if os.path.basename(victim) not in said or "cut short" not in said:
        sys.exit(f"corrupt: not named: {said}")
    shutil.copyfile(inputs[len(names) // 2], victim)
    before = {name: os.stat(os.path.join(out, name)).st_mtime_ns for name in os.listdir(out)}
    finish(args, out, "--resume")
    manifest = json.load(open(os.path.join(out, "run.json")))
    stem = manifest["inputs"][len(names) // 2]["name"]
    again = [name for name in os.listdir(out) if before.get(name) != os.stat(os.path.join(out, name)).st_mtime_ns]
    if sorted(again) != sorted(["run.json", f"{stem}.csv", f"{stem}.citations.csv.gz"]):
        sys.exit(f"corrupt: written again: {again}")
    for name, content in contents(out)[0].items():
        if name != "run.json" and content != whole[name]:
            sys.exit(f"corrupt: {name} differs")
    print(f"corrupt: {os.path.basename(victim)} named, exit code 3, {len(names) - 1} others complete; --resume read it alone")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cytosift"); parser.add_argument("dump"); parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1); parser.add_argument("--work")
    ours, options = sys.argv[1:], []
    if "--" in ours:
        ours, options = ours[:ours.index("--")], ours[ours.index("--") + 1:]
    args = parser.parse_args(ours)
    args.options = options
    rng = random.Random(args.seed)
    inputs = sorted(os.path.join(args.dump, name) for name in os.listdir(args.dump) if name.endswith(".gz"))
    with tempfile.TemporaryDirectory(dir=args.work) as work:
        out = os.path.join(work, "whole")
        began = time.monotonic()
        said = finish(args, out, *inputs)
        took = time.monotonic() - began
        whole, _ = contents(out)
        print(f"undisturbed: {took:.1f} s; {said.strip().splitlines()[-1]}", flush=True)
        check_each(args, work, inputs, whole, took, rng)
        check_chain(args, work, inputs, whole, took, rng)
        check_disk(args, work, inputs, whole)
        check_corrupt(args, work, inputs, whole)


if __name__ == "__main__":
    main()
