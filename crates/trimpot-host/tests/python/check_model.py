#!/usr/bin/env python3
"""Reads a model file with Python's safetensors, and computes with NumPy what Trimpot computed.

    python3 -m venv venv && venv/bin/pip install numpy safetensors
    cargo run -p trimpot-host --example model_file -- FOLDER
    venv/bin/python crates/trimpot-host/tests/python/check_model.py FOLDER
"""

import sys
from pathlib import Path

import numpy as np
from safetensors import safe_open

SHAPES = {"0.weight": (32, 64), "0.bias": (32,), "2.weight": (10, 32), "2.bias": (10,)}
TOLERANCE = 1e-5


def main(folder):
    with safe_open(folder / "model.safetensors", framework="numpy") as file:
        architecture = file.metadata()["architecture"]
        tensors = {name: file.get_tensor(name) for name in file.keys()}
    assert architecture == "Dense(64, 32), Relu, Dense(32, 10)", architecture
    found = {name: tensor.shape for name, tensor in tensors.items()}
    assert found == SHAPES, found
    assert all(tensor.dtype == np.float32 for tensor in tensors.values()), tensors

    with np.load(folder / "expected.npz") as expected:
        x, logits = expected["x"], expected["logits"]
    assert len(x) > 0 and np.ptp(logits) > 0.1, "the outputs tell nothing"
    hidden = np.maximum(x @ tensors["0.weight"].T + tensors["0.bias"], 0)
    output = hidden @ tensors["2.weight"].T + tensors["2.bias"]
    distance = np.abs(output - logits).max()
    assert distance <= TOLERANCE, f"logits differ by up to {distance}"
    print(f"model.safetensors: {architecture}; logits of {len(x)} samples within {distance:.1e}")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]))
