"""A contender in Python, in a process of its own. See worker.rs for what it is told and what it answers.

A contender has `loss(data, work)` and `training(data, work)`. Each returns a run: `once()` does the work,
`reset()` starts from the beginning, `result()` gives value and gradient, or mean loss and parameters.
`instructions()` says which instructions the contender uses.
"""

import importlib
import json
import os
import resource
import sys
import time

import numpy as np

MODULES = {
    "torch": "in_torch",
    "torch compiled": "in_torch_compiled",
    "jax": "in_jax",
    "jax scan": "in_jax_scan",
    "sklearn": "in_sklearn",
}


def aligned(numbers):
    """A copy that begins at a cache line, as what torch and jax allocate: numpy's own begin anywhere."""
    room = np.empty(numbers.nbytes + 64, np.uint8)
    start = -room.ctypes.data % 64
    copy = room[start : start + numbers.nbytes].view(numbers.dtype)
    copy[:] = numbers
    return copy


class Data:
    """The files of a case."""

    def __init__(self, folder):
        self.folder = folder

    def floats(self, what):
        return aligned(np.fromfile(os.path.join(self.folder, what), np.float32))

    def labels(self):
        return aligned(np.fromfile(os.path.join(self.folder, "labels"), np.uint32).astype(np.int32))

    def write(self, name, numbers):
        np.asarray(numbers, np.float32).tofile(os.path.join(self.folder, name))


def prepare(name, contender, case):
    data = Data(case["folder"])
    [(kind, work)] = case["work"].items()
    if not hasattr(contender, kind):
        raise NotImplementedError(f"has no {kind}")
    run = getattr(contender, kind)(data, work)
    run.reset()
    run.once()
    value, numbers = run.result()
    data.write(name, numbers)
    return run, {"value": float(value) if np.isfinite(value) else None}


def page_faults():
    """How often this process has got a page of memory."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt


def sample(run, runs):
    run.reset()
    once = run.once
    # Warms the caches, which were others' since the last sample.
    once()
    faults = page_faults()
    start = time.perf_counter_ns()
    for _ in range(runs):
        once()
    ns = time.perf_counter_ns() - start
    return {"ns": ns, "faults": page_faults() - faults}


def main():
    name = sys.argv[1]
    # What libraries print goes elsewhere.
    answers, sys.stdout = sys.stdout, sys.stderr
    contender = importlib.import_module(MODULES[name])
    run = None
    for line in sys.stdin:
        request = json.loads(line)
        if "prepare" in request:
            try:
                run, answer = prepare(name, contender, request["prepare"])
            except Exception as reason:
                answer = {"unable": f"{type(reason).__name__}: {reason}".split("\n")[0]}
        elif "sample" in request:
            answer = sample(run, request["sample"])
        elif "instructions" in request:
            answer = {"instructions": contender.instructions()}
        else:
            run, answer = None, {}
        print(json.dumps(answer), file=answers, flush=True)


main()
