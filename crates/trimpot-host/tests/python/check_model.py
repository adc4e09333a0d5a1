#!/usr/bin/env python3
"""Reads model files with Python's safetensors, and computes with NumPy what Trimpot computed.

    python3 -m venv venv && venv/bin/pip install numpy safetensors
    cargo run -p trimpot-host --example model_file -- FOLDER
    venv/bin/python crates/trimpot-host/tests/python/check_model.py FOLDER
"""

import sys
from pathlib import Path

import numpy as np
from safetensors import safe_open

TOLERANCE = 1e-5


def dense(x, layer):
    return x @ layer["weight"].T + layer["bias"]


def batch_norm(x, layer):
    normal = (x - layer["running_mean"]) / np.sqrt(layer["running_var"] + 1e-5)
    return normal * layer["weight"] + layer["bias"]


def relu(x, _):
    return np.maximum(x, 0)


NETWORKS = {
    "model": (
        "Dense(64, 32), Relu, Dense(32, 10)",
        [dense, relu, dense],
        {"0.weight": (32, 64), "0.bias": (32,), "2.weight": (10, 32), "2.bias": (10,)},
    ),
    "batch_norm": (
        "Dense(64, 16), BatchNorm(16), Relu, Dense(16, 10)",
        [dense, batch_norm, relu, dense],
        {
            "0.weight": (16, 64), "0.bias": (16,),
            "1.weight": (16,), "1.bias": (16,), "1.running_mean": (16,), "1.running_var": (16,),
            "3.weight": (10, 16), "3.bias": (10,),
        },
    ),
}


def check(folder, name, expected):
    named, layers, shapes = NETWORKS[name]
    with safe_open(folder / f"{name}.safetensors", framework="numpy") as file:
        architecture = file.metadata()["architecture"]
        tensors = {tensor: file.get_tensor(tensor) for tensor in file.keys()}
    assert architecture == named, architecture
    found = {tensor: numbers.shape for tensor, numbers in tensors.items()}
    assert found == shapes, found
    assert all(numbers.dtype == np.float32 for numbers in tensors.values()), tensors

    x, logits = expected["x"], expected[name]
    assert len(x) > 0 and np.ptp(logits) > 0.1, "the outputs tell nothing"
    output = x
    for number, layer in enumerate(layers):
        start = f"{number}."
        own = {tensor.removeprefix(start): numbers for tensor, numbers in tensors.items() if tensor.startswith(start)}
        output = layer(output, own)
    distance = np.abs(output - logits).max()
    assert distance <= TOLERANCE, f"logits of {name} differ by up to {distance}"
    print(f"{name}.safetensors: {architecture}; logits of {len(x)} samples within {distance:.1e}")


def main(folder):
    with np.load(folder / "expected.npz") as expected:
        for name in NETWORKS:
            check(folder, name, expected)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]))
