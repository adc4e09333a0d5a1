"""Golden models of ONNX: by both exporters of PyTorch, TorchScript's (`ts`, dynamo=False) and that of
torch.export, over several operator sets, and some that are made by hand.

usage: python make.py        (needs: torch, onnx, onnxscript, onnxruntime, numpy; made with 2.15.0, 1.23.2, 0.7.2, 1.32.0
                             and 2.4.6, Python 3.11)

Writes NAME.onnx for each model, where weights are beside it NAME.onnx.data, and cases.jsonl, one JSON object a line:
  file       name of the file
  x, y       samples, a row each, and what onnxruntime computes of them; for weights of 16 bits what PyTorch does in
             double precision
"""
import json
import pathlib

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import nn

HERE = pathlib.Path(__file__).parent
# Of one file of a model, and of all.
MOST_BYTES, MOST_BYTES_IN_ALL = 20_000, 250_000
cases = []


def rounded(samples):
    """Numbers that have few digits as text."""
    return np.round(np.asarray(samples, np.float64) * 8) / 8


def add(name, samples, outputs=None):
    """Adds a case, with what onnxruntime makes of the samples, which agrees with what is expected."""
    session = onnxruntime.InferenceSession(HERE / f"{name}.onnx")
    (found,) = session.run(None, {session.get_inputs()[0].name: samples})
    if outputs is not None:
        tolerance = 1e-2 if samples.dtype == np.float16 else 1e-4
        np.testing.assert_allclose(found, outputs, tolerance, tolerance)
    y = outputs if samples.dtype == np.float16 else found
    rows = lambda array: [[float(f"{number:.9g}") for number in row.ravel()] for row in array]
    cases.append({"file": f"{name}.onnx", "x": rows(samples), "y": rows(y)})


def without_docs(model):
    """Removes stack traces and types of values between nodes, which nobody reads."""
    for node in model.graph.node:
        node.doc_string = ""
        del node.metadata_props[:]
    del model.graph.value_info[:], model.graph.metadata_props[:], model.metadata_props[:]
    for value in [*model.graph.input, *model.graph.output, *model.graph.initializer]:
        del value.metadata_props[:]
    return model


def export(name, make, shape, opset, dynamo, dtype=torch.float32, is_dynamic=True, external=False, **options):
    """Exports a module whose parameters and statistics are drawn."""
    torch.manual_seed(len(cases))
    module = make()
    for key, tensor in module.state_dict().items():
        if key.endswith("running_var"):
            tensor.uniform_(0.5, 2.0)
        elif key.endswith("running_mean"):
            tensor.normal_(0.0, 0.5)
        elif tensor.dim() == 1:
            tensor.normal_(0.5 if key.endswith("weight") else 0.0, 0.3)
    module = module.to(dtype).eval()
    sample = torch.from_numpy(rounded(torch.randn(2, *shape))).to(dtype)
    if is_dynamic:
        axes = {"dynamic_shapes": ({0: torch.export.Dim("batch")},)} if dynamo else {"dynamic_axes": {"x": {0: "batch"}}}
    else:
        axes = {}
        sample = sample[:1]
    file = HERE / f"{name}.onnx"
    torch.onnx.export(
        module, (sample,), file, input_names=["x"], opset_version=opset, dynamo=dynamo,
        external_data=False, verbose=False, **axes, **options,
    )
    model = without_docs(onnx.load(file))
    if external:
        onnx.save(model, file, save_as_external_data=True, location=f"{name}.onnx.data", size_threshold=128)
    else:
        onnx.save(model, file)
    add(name, sample.numpy(), module.double()(sample.double()).detach().numpy())


class Residual(nn.Sequential):
    def forward(self, x):
        return x + super().forward(x)


class Swapped(nn.Sequential):
    """A residual connection whose sum has its operands the other way round."""

    def forward(self, x):
        return super().forward(x) + x


class Apply(nn.Module):
    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, x):
        return self.function(x)


def perceptron(last):
    return lambda: nn.Sequential(
        nn.Linear(12, 16), nn.ReLU(), nn.Dropout(0.25), nn.Linear(16, 16, bias=False), nn.LeakyReLU(0.2),
        nn.LayerNorm(16, eps=1e-3), nn.Linear(16, 8), nn.ELU(1.5), nn.Linear(8, 5), last,
    )


def convolutions():
    return nn.Sequential(
        nn.BatchNorm2d(2, eps=1e-3), nn.Conv2d(2, 6, (3, 5), stride=(1, 2), padding=(1, 2)), nn.ReLU6(), nn.MaxPool2d(2, padding=1),
        nn.BatchNorm2d(6), nn.Conv2d(6, 8, 3, padding=2, dilation=2, groups=2), nn.Hardtanh(-0.5, 1.5),
        nn.AvgPool2d(2, stride=1, padding=1), nn.Flatten(), nn.Linear(8 * 6 * 5, 4), nn.LogSoftmax(dim=1),
    )


def residuals(join):
    def block(join):
        return join(
            nn.Conv2d(8, 8, 3, padding=1), nn.ReLU(), nn.BatchNorm2d(8, eps=2e-5),
            Swapped(nn.Conv2d(8, 8, 1), nn.Tanh(), nn.Conv2d(8, 8, 1)),
        )

    return lambda: nn.Sequential(
        nn.Conv2d(1, 8, 3, stride=2, padding=1), nn.ReLU(), block(join), nn.ReLU(), block(join), nn.ReLU(),
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 3),
    )


class Block(nn.Module):
    """A block of a ResNet: its shortcut has layers where the shape changes."""

    def __init__(self, inputs, outputs, stride):
        super().__init__()
        conv = lambda inputs, size, stride: nn.Sequential(
            nn.Conv2d(inputs, outputs, size, stride, size // 2, bias=False), nn.BatchNorm2d(outputs))
        self.layers = nn.Sequential(conv(inputs, 3, stride), nn.ReLU(), conv(outputs, 3, 1))
        self.shortcut = nn.Sequential() if (inputs, stride) == (outputs, 1) else conv(inputs, 1, stride)

    def forward(self, x):
        return torch.relu(self.layers(x) + self.shortcut(x))


def resnet_8():
    """That of MLPerf Tiny for image classification, of fewer filters and smaller images."""
    return nn.Sequential(
        nn.Conv2d(3, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU(), Block(4, 4, 1), Block(4, 6, 2), Block(6, 8, 2),
        nn.AvgPool2d(2), nn.Flatten(), nn.Linear(8, 5), nn.Softmax(dim=-1),
    )


def ds_cnn():
    def separable():
        return [nn.Conv2d(12, 12, 3, padding=1, groups=12, bias=False), nn.BatchNorm2d(12), nn.ReLU(),
                nn.Conv2d(12, 12, 1, bias=False), nn.BatchNorm2d(12), nn.ReLU()]

    return nn.Sequential(
        nn.ZeroPad2d((1, 1, 4, 5)), nn.Conv2d(1, 12, (10, 4), stride=2, bias=False), nn.BatchNorm2d(12), nn.ReLU(), nn.Dropout(0.2),
        *separable(), *separable(), Apply(lambda x: x.mean(dim=(2, 3))), nn.Linear(12, 6),
    )


def autoencoder():
    return nn.Sequential(
        nn.Flatten(), nn.Linear(32, 12), nn.BatchNorm1d(12), nn.SiLU(), nn.Linear(12, 4), nn.SiLU(),
        nn.Linear(4, 12), nn.GELU(), nn.Linear(12, 32), nn.Unflatten(1, (1, 4, 8)),
    )


def sequences():
    return nn.Sequential(
        nn.Conv1d(3, 8, 5, padding=2), nn.GELU(approximate="tanh"), nn.MaxPool1d(2), nn.Conv1d(8, 8, 3, dilation=2, groups=4, padding=1),
        nn.Hardswish(), nn.AvgPool1d(3, stride=2), Residual(nn.Conv1d(8, 8, 1), nn.Softplus()),
        Apply(lambda x: x.mean(-1, keepdim=True)), Apply(lambda x: x.view(x.size(0), -1)), nn.Linear(8, 4), nn.Softmax(dim=-1),
    )


def activations():
    layers = [
        nn.ReLU(), nn.LeakyReLU(0.3), nn.ELU(0.5), nn.GELU(), nn.GELU(approximate="tanh"), nn.SiLU(), nn.Sigmoid(), nn.Tanh(),
        nn.Softplus(), nn.Softsign(), nn.Hardsigmoid(), nn.Hardswish(), nn.Hardtanh(-0.75, 0.5), nn.ReLU6(),
    ]
    return nn.Sequential(*[layer for activation in layers for layer in (nn.Linear(6, 6), activation)])


def pools():
    return nn.Sequential(
        nn.MaxPool2d(3, stride=1, dilation=2), nn.AvgPool2d((2, 3), ceil_mode=True), nn.AvgPool2d(1, count_include_pad=False),
        nn.Conv2d(2, 4, 2), nn.MaxPool2d((2, 1), ceil_mode=True), Apply(lambda x: x.reshape(-1, 12)), nn.Linear(12, 3),
    )


def tensor(name, array):
    return numpy_helper.from_array(np.asarray(array), name)


def save(name, nodes, weights, shape, output, opset=17, dtype=TensorProto.FLOAT, batch="N", sample=None):
    """Saves a graph that is made by hand."""
    graph = helper.make_graph(
        nodes, name, [helper.make_tensor_value_info("x", dtype, [batch, *shape])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, output)], weights,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8, producer_name="")
    onnx.checker.check_model(model)
    onnx.save(model, HERE / f"{name}.onnx")
    if sample is None:
        sample = np.random.default_rng(7).normal(size=(2, *shape))
    samples = rounded(sample)
    add(name, samples.astype(helper.tensor_dtype_to_np_dtype(dtype)))


def products():
    draw = np.random.default_rng(1)
    weight = lambda *shape: draw.normal(size=shape).astype(np.float32) / 2
    node = helper.make_node
    # Numbers as a list, and not as bytes.
    bias = weight(7)
    listed = helper.make_tensor("bias", TensorProto.FLOAT, [7], bias.tolist())
    save("products", [
        node("Sub", ["x", "mean"], ["centred"]), node("Div", ["centred", "deviation"], ["scaled"]),
        node("MatMul", ["scaled", "w1"], ["p1"], name="product"), node("Add", ["bias", "p1"], ["s1"], name="sum"),
        node("Identity", ["s1"], ["i1"]), node("Dropout", ["i1", "p"], ["d1", ""], name="drop"), node("Sigmoid", ["d1"], ["a1"]),
        node("Gemm", ["a1", "w2", "b2"], ["g2"], alpha=0.5, beta=2.0, name="scaled_gemm"),
        node("Relu", ["g2"], ["a2"]),
        node("Transpose", ["w3"], ["w3t"], perm=[1, 0]), node("MatMul", ["a2", "w3t"], ["p3"]),
        node("Constant", [], ["b3"], value=tensor("", weight(1, 4))), node("Add", ["p3", "b3"], ["s3"]),
        node("Gemm", ["s3", "w4"], ["g4"], transB=1), node("Softmax", ["g4"], ["y"]),
    ], [
        tensor("mean", weight(5)), tensor("deviation", np.abs(weight(5)) + 0.5), tensor("p", np.float32(0.3)),
        tensor("w1", weight(5, 7)), listed, tensor("w2", weight(7, 6)), tensor("b2", weight(6)), tensor("w3", weight(4, 6)),
        tensor("w4", weight(3, 4)),
    ], [5], ["N", 3])


def same_padding():
    draw = np.random.default_rng(2)
    weight = lambda *shape: draw.normal(size=shape).astype(np.float32) / 3
    node = helper.make_node
    save("same_padding", [
        node("Conv", ["x", "w1", "b1"], ["c1"], auto_pad="SAME_UPPER", strides=[2, 2]), node("HardSigmoid", ["c1"], ["h"], alpha=1 / 6, beta=0.5),
        node("Mul", ["h", "c1"], ["a1"]),
        node("Conv", ["a1", "w2"], ["c2"], auto_pad="SAME_LOWER", kernel_shape=[2, 2]), node("Clip", ["c2", "low", "high"], ["a2"]),
        node("Pad", ["a2", "pads"], ["padded"], mode="constant"), node("Conv", ["padded", "w3"], ["c3"], auto_pad="VALID", group=2),
        node("MaxPool", ["c3"], ["m3"], kernel_shape=[2, 2], strides=[1, 1], auto_pad="SAME_UPPER"), node("GlobalAveragePool", ["m3"], ["g"]),
        node("Squeeze", ["g", "axes"], ["s"]), node("Gemm", ["s", "w4"], ["y"]),
    ], [
        tensor("w1", weight(4, 1, 3, 3)), tensor("b1", weight(4)), tensor("w2", weight(4, 4, 2, 2)), tensor("w3", weight(4, 2, 3, 3)),
        tensor("w4", weight(4, 2)), tensor("low", np.float32(0)), tensor("high", np.float32(6)),
        tensor("pads", np.array([0, 0, 1, 0, 0, 0, 1, 2])), tensor("axes", np.array([2, 3])),
    ], [1, 7, 8], [1, 2], batch=1, sample=np.random.default_rng(7).normal(size=(1, 1, 7, 8)))


def bfloat16():
    """Weights of 16 bits that are cast to those of 32."""
    weight = np.random.default_rng(3).normal(size=(4, 3)).astype(np.float32)
    bits = weight.view(np.uint32) >> 16
    rounded = helper.make_tensor("w", TensorProto.BFLOAT16, [4, 3], bits.astype(np.uint16).tobytes(), raw=True)
    half = helper.make_tensor("b", TensorProto.FLOAT16, [3], np.array([0.5, -0.25, 3.0], np.float16).view(np.uint16).tolist())
    half.ClearField("int32_data")
    half.int32_data.extend(np.array([0.5, -0.25, 3.0], np.float16).view(np.uint16).tolist())
    cast = lambda of: helper.make_node("Cast", [of], [f"{of}32"], to=TensorProto.FLOAT)
    save("bfloat16", [cast("w"), cast("b"), helper.make_node("Gemm", ["x", "w32", "b32"], ["y"])], [rounded, half], [4], ["N", 3])


def binary():
    return nn.Sequential(nn.Conv1d(2, 3, 3), nn.ReLU(), nn.Flatten(), nn.Linear(18, 1), nn.Sigmoid())


def channels_last():
    """As tf2onnx writes a network of TensorFlow: samples of 8 bits, channels last up to the first convolution, and where
    they are flattened."""
    draw = np.random.default_rng(4)
    weight = lambda *shape: draw.normal(size=shape).astype(np.float32) / 3
    node = helper.make_node
    save("channels_last", [
        node("Cast", ["x"], ["real"], to=TensorProto.FLOAT), node("Div", ["real", "most"], ["scaled"]), node("Sub", ["scaled", "mean"], ["centred"]),
        node("Transpose", ["centred"], ["first"], perm=[0, 3, 1, 2]), node("Conv", ["first", "w1", "b1"], ["c1"], pads=[1, 1, 1, 1]), node("Relu", ["c1"], ["r1"]),
        node("MaxPool", ["r1"], ["m1"], kernel_shape=[2, 2], strides=[2, 2]), node("Transpose", ["m1"], ["last"], perm=[0, 2, 3, 1]),
        node("Reshape", ["last", "flat"], ["f1"]), node("MatMul", ["f1", "w2"], ["p2"]), node("Add", ["p2", "b2"], ["y"]),
    ], [
        tensor("most", np.float32(255)), tensor("mean", np.array([0.25, 0.5, 0.75], np.float32)), tensor("w1", weight(4, 3, 3, 3)), tensor("b1", weight(4)),
        tensor("flat", np.array([-1, 24])), tensor("w2", weight(24, 3)), tensor("b2", weight(3)),
    ], [4, 6, 3], ["N", 3], dtype=TensorProto.UINT8, sample=draw.integers(0, 256, (2, 4, 6, 3)), opset=21)


def sequence_last():
    """Channels last in front of a convolution and behind it, where the mean is taken."""
    draw = np.random.default_rng(5)
    weight = lambda *shape: draw.normal(size=shape).astype(np.float32) / 3
    node = helper.make_node
    save("sequence_last", [
        node("Transpose", ["x"], ["first"], perm=[0, 2, 1]), node("Conv", ["first", "w1", "b1"], ["c1"]), node("Transpose", ["c1"], ["last"], perm=[0, 2, 1]),
        node("Sigmoid", ["last"], ["s1"]), node("Mul", ["last", "s1"], ["r1"]), node("ReduceMean", ["r1", "axes"], ["m1"], keepdims=0), node("Gemm", ["m1", "w2"], ["g2"]),
        node("Sigmoid", ["g2"], ["y"]),
    ], [tensor("w1", weight(4, 3, 3)), tensor("b1", weight(4)), tensor("axes", np.array([1])), tensor("w2", weight(4, 1))], [9, 3], ["N", 1], opset=24)


def main():
    for file in HERE.glob("*.onnx*"):
        file.unlink()
    ts, dynamo = {"dynamo": False}, {"dynamo": True}
    export("perceptron_ts_11", perceptron(nn.Softmax(dim=1)), [12], 11, **ts)
    export("perceptron_ts_17", perceptron(nn.LogSoftmax(dim=-1)), [12], 17, is_dynamic=False, **ts)
    export("perceptron_18", perceptron(nn.Softmax(dim=-1)), [12], 18, **dynamo)
    export("convolutions_ts_13", convolutions, [2, 8, 12], 13, **ts)
    export("convolutions_20", convolutions, [2, 8, 12], 20, **dynamo)
    export("residuals_ts_11", residuals(Residual), [1, 8, 8], 11, **ts)
    export("residuals_18", residuals(Swapped), [1, 8, 8], 18, **dynamo)
    export("residuals_kept_ts_17", residuals(Residual), [1, 8, 8], 17, do_constant_folding=False, training=torch.onnx.TrainingMode.PRESERVE, **ts)
    export("ds_cnn_ts_13", ds_cnn, [1, 25, 10], 13, **ts)
    export("ds_cnn_23", ds_cnn, [1, 25, 10], 23, **dynamo)
    export("autoencoder_ts_13", autoencoder, [1, 4, 8], 13, **ts)
    export("autoencoder_18_external", autoencoder, [1, 4, 8], 18, external=True, **dynamo)
    export("sequences_ts_11", sequences, [3, 24], 11, **ts)
    export("sequences_20", sequences, [3, 24], 20, **dynamo)
    export("activations_ts_11", activations, [6], 11, **ts)
    export("activations_ts_20", activations, [6], 20, **ts)
    export("activations_18", activations, [6], 18, **dynamo)
    export("activations_23", activations, [6], 23, is_dynamic=False, **dynamo)
    export("pools_ts_13", pools, [2, 10, 16], 13, **ts)
    export("pools_23", pools, [2, 10, 16], 23, is_dynamic=False, **dynamo)
    export("half_18", lambda: nn.Sequential(nn.Linear(6, 8), nn.ReLU(), nn.Linear(8, 3)), [6], 18, dtype=torch.float16, **dynamo)
    export("double_ts_13", lambda: nn.Sequential(nn.Linear(6, 8), nn.ReLU(), nn.Linear(8, 3)), [6], 13, dtype=torch.float64, **ts)
    products()
    same_padding()
    bfloat16()
    export("binary_20", binary, [2, 8], 20, **dynamo)
    channels_last()
    sequence_last()
    export("resnet_8_ts_13", resnet_8, [3, 8, 8], 13, **ts)
    export("resnet_8_18", resnet_8, [3, 8, 8], 18, **dynamo)
    export("resnet_8_kept_ts_17", resnet_8, [3, 8, 8], 17, do_constant_folding=False, training=torch.onnx.TrainingMode.PRESERVE, **ts)
    lines = [json.dumps(case, separators=(",", ":")) for case in cases]
    (HERE / "cases.jsonl").write_text("\n".join(lines) + "\n")
    sizes = {file.name: file.stat().st_size for file in sorted([*HERE.glob("*.onnx*"), HERE / "cases.jsonl"])}
    print(*[f"{size:7} {name}" for name, size in sizes.items()], f"{sum(sizes.values()):7}", sep="\n")
    assert all(size < MOST_BYTES for name, size in sizes.items() if "onnx" in name) and sum(sizes.values()) < MOST_BYTES_IN_ALL


main()
