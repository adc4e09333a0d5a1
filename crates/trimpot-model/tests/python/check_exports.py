#!/usr/bin/env python3
"""Runs exported models with ONNX Runtime, and loads exported states into the modules that they name.

    python3 -m venv venv && venv/bin/pip install numpy safetensors onnxruntime
    cargo run -p trimpot-model --example exports -- FOLDER
    venv/bin/python crates/trimpot-model/tests/python/check_exports.py FOLDER [--torch]

With --torch the modules are PyTorch's; otherwise those of `modules.py` beside this file, which compute
with NumPy what PyTorch documents.
"""

import json
import sys
from pathlib import Path

import numpy as np
import onnxruntime
from safetensors import safe_open

TOLERANCE = 1e-5  # of the largest output


def distance(found, expected):
    assert found.shape == expected.shape, (found.shape, expected.shape)
    return np.abs(found - expected).max() / np.abs(expected).max()


def with_onnx(file, x):
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])
    assert session.get_modelmeta().custom_metadata_map["architecture"]
    (output,) = session.run(["output"], {"input": x})
    # A sample alone has the shape of samples as well.
    (one,) = session.run(["output"], {"input": x[:1]})
    assert one.shape[1:] == output.shape[1:]
    return output.reshape(len(x), -1)


def with_torch(text, classes, state_file, x):
    import torch
    from safetensors.torch import load_file
    from torch import nn

    names = {"nn": nn}
    exec(classes, names)
    module = eval(text, names)
    module.load_state_dict(load_file(state_file), strict=True)
    module.eval()
    inputs = torch.from_numpy(x)
    if "nn.Embedding" in text:
        inputs = inputs.long()
    with torch.no_grad():
        return module(inputs).numpy().reshape(len(x), -1)


def with_numpy(text, classes, state_file, x):
    import modules as nn

    with safe_open(state_file, framework="numpy") as file:
        assert file.metadata()["module"] == text
        state = {name: file.get_tensor(name) for name in file.keys()}
    names = {"nn": nn}
    exec(classes, names)
    module = eval(text, names)
    module.load(state, "")
    assert not state, f"nobody takes {list(state)}"
    return module.forward(x).reshape(len(x), -1)


def check(file, compute):
    said = json.loads(file.read_text())
    x = np.array(said["inputs"], np.float32).reshape(-1, *said["shape"])
    expected = np.array(said["outputs"], np.float32)
    assert np.ptp(expected) > 0, f"the outputs of {file.stem} tell nothing"
    found = {"ONNX": distance(with_onnx(file.with_suffix(".onnx"), x), expected)}
    if said["module"] is None:
        print(f"{file.stem}: {said['refused']}")
    else:
        is_index = np.ones(len(x), bool)
        if "nn.Embedding" in said["module"]:
            # PyTorch has no rows for what is no index.
            is_index = ((x == np.floor(x)) & (x >= 0) & (x < 6)).all(axis=1)
            assert is_index.any()
        state = compute(said["module"], said["classes"], file.with_suffix(".safetensors"), x[is_index])
        found["PyTorch"] = distance(state, expected[is_index])
    for what, far in found.items():
        assert far <= TOLERANCE, f"{file.stem}: outputs of {what} differ by {far:.1e} of the largest"
    return found


def main(folder, compute):
    files = sorted(folder.glob("*.json"))
    assert len(files) > 40, f"{len(files)} models"
    found = [check(file, compute) for file in files]
    for what in ["ONNX", "PyTorch"]:
        distances = [of[what] for of in found if what in of]
        print(f"{what}: outputs of {len(distances)} models within {max(distances):.1e} of the largest")


if __name__ == "__main__":
    match sys.argv[1:]:
        case [folder]:
            main(Path(folder), with_numpy)
        case [folder, "--torch"]:
            main(Path(folder), with_torch)
        case _:
            sys.exit(__doc__)
