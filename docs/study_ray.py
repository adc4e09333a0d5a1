#!/usr/bin/env python3
"""A study on a Ray cluster: its parts wherever there is a processor, and then all of it together.

    pip install ray
    python docs/study_ray.py 8 --seeds 100

runs `trimpot study --seeds 100` in eight parts, and writes study/report.html. Without a cluster, Ray starts workers on this
machine. Data files that options name must be where the workers are. Runs of the parts are kept in study.part-1 … as they are
made: whatever fails, --resume goes on with them. Other options are those of `trimpot study`.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import ray

RUNS = "runs.jsonl"
FILES = [RUNS, "runs.csv", "results.json", "report.html"]
# Seconds after which a part gives the runs that it has.
PAUSE = 2


# Not tried again by Ray: that is what --resume is for, which makes no run twice.
@ray.remote(max_retries=0)
def part(number, parts, options, done):
    """Makes a part, from the runs on that are done, and gives its file of runs again and again as it grows."""
    with tempfile.TemporaryDirectory() as folder:
        runs = Path(folder, RUNS)
        runs.write_bytes(done)
        shard = ["--shard", f"{number}/{parts}", "--threads", "1", "--out", folder, "--resume"]
        study = subprocess.Popen(["trimpot", "study", *options, *shard])
        try:
            while study.poll() is None:
                time.sleep(PAUSE)
                yield runs.read_bytes()
            yield runs.read_bytes()
        finally:
            study.terminate()
        if study.returncode != 0:
            raise RuntimeError(f"part {number} ended with exit code {study.returncode}: see above")


def write(file, content):
    """Writes a file whole or not at all."""
    new = file.with_name(file.name + ".new")
    new.write_bytes(content)
    new.replace(file)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0], allow_abbrev=False)
    parser.add_argument("parts", type=int, help="how many parts")
    parser.add_argument("--out", default="study", type=Path, help="folder of the whole")
    parser.add_argument("--resume", action="store_true", help="go on with the runs of the parts")
    parser.add_argument("--overwrite", action="store_true", help="begin anew, and replace what is there")
    # What the choice follows from is not for the parts; threads are those of the choice alone.
    for option in ["--board", "--ram", "--threads"]:
        parser.add_argument(option, help="for what is done with all parts together")
    given, options = parser.parse_known_args()
    if given.resume and given.overwrite:
        parser.error("--resume and --overwrite do not go together")

    there = [given.out / name for name in FILES if (given.out / name).exists()]
    if there and not given.overwrite:
        sys.exit(
            f"{there[0]} exists: --overwrite replaces it. If all parts were done, `trimpot study` with --resume and "
            f"--out {given.out} goes on"
        )
    numbers = range(1, given.parts + 1)
    files = [given.out.with_name(f"{given.out.name}.part-{number}") / RUNS for number in numbers]
    there = [file for file in files if file.exists()]
    if there and not (given.overwrite or given.resume):
        sys.exit(f"{there[0]} exists: --resume goes on with its runs, --overwrite begins anew")

    ray.init()
    growing = {}
    for number, file in zip(numbers, files):
        file.parent.mkdir(parents=True, exist_ok=True)
        done = file.read_bytes() if given.resume and file.exists() else b""
        write(file, done)
        growing[part.remote(number, given.parts, options, done)] = file
    while growing:
        [grown], _ = ray.wait(list(growing), num_returns=1)
        try:
            write(growing[grown], ray.get(next(grown)))
        except StopIteration:
            del growing[grown]

    whole = ["--merge", *[str(file.parent) for file in files], "--out", str(given.out)]
    for option in ["board", "ram", "threads"]:
        value = getattr(given, option)
        whole += [] if value is None else [f"--{option}", value]
    whole += ["--overwrite"] if given.overwrite else []
    subprocess.run(["trimpot", "study", *options, *whole], check=True)


if __name__ == "__main__":
    main()
