#!/usr/bin/env python3
"""A study on a Ray cluster: its parts wherever there is a processor, and then all of it together.

    pip install ray
    python docs/study_ray.py 8 --seeds 100

runs `trimpot study --seeds 100` in eight parts, and writes study/report.html. Without a cluster, Ray starts workers on this
machine. Data files that options name must be where the workers are.
"""

import argparse
import subprocess
import tempfile
from pathlib import Path

import ray


@ray.remote
def part(number, parts, options):
    """Makes a part, and returns its file of runs."""
    with tempfile.TemporaryDirectory() as folder:
        shard = ["--shard", f"{number}/{parts}", "--threads", "1", "--out", folder]
        subprocess.run(["trimpot", "study", *options, *shard], check=True)
        return Path(folder, "runs.jsonl").read_bytes()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("parts", type=int, help="how many parts")
    parser.add_argument("--out", default="study", help="folder of the whole")
    arguments, options = parser.parse_known_args()

    ray.init()
    numbers = range(1, arguments.parts + 1)
    runs = ray.get([part.remote(number, arguments.parts, options) for number in numbers])
    with tempfile.TemporaryDirectory() as folder:
        folders = []
        for number, lines in zip(numbers, runs):
            folders.append(Path(folder, str(number)))
            folders[-1].mkdir()
            folders[-1].joinpath("runs.jsonl").write_bytes(lines)
        whole = ["--merge", *map(str, folders), "--out", arguments.out]
        subprocess.run(["trimpot", "study", *options, *whole], check=True)


if __name__ == "__main__":
    main()
