"""Golden outputs and gradients of layers, computed by PyTorch autograd in float64.

usage: python make_layers.py 2026 > layers.jsonl        (needs: torch; made with 2.15)

One JSON object a line, all numbers of a tensor in a row:
  layer       which layer, with all that sets it; tests/layers_golden.rs knows them by this name
  parameters  f32-exact             input        f32-exact inputs
  output_gradient      d loss / d output, f32-exact
  output      float64               gradient     d loss / d parameters       input_gradient  d loss / d input
A sample is one input, without a batch dimension.
"""
import json
import sys

import torch
from torch import nn

torch.set_default_dtype(torch.float64)
G = torch.Generator().manual_seed(int(sys.argv[1]))


def exact(t):
    return t.to(torch.float32).to(torch.float64)


def normal(*shape, scale=1.0):
    return exact(torch.randn(*shape, generator=G) * scale)


def flat(t):
    return [] if t is None else t.detach().flatten().tolist()


def emit(name, module, x, fill=True):
    """One case: the module on a batch of this one input."""
    module.zero_grad()
    for parameter in module.parameters():
        if fill:
            parameter.data = normal(*parameter.shape, scale=0.5)
    parameters = list(module.parameters())
    whole = x.dtype == torch.int64
    x = x.unsqueeze(0)
    if not whole:
        x = x.clone().requires_grad_(True)
    y = module(x)
    output_gradient = normal(*y.shape)
    (y * output_gradient).sum().backward()
    print(json.dumps({
        "layer": name,
        "parameters": sum((flat(p) for p in parameters), []),
        "input": [float(v) for v in flat(x)],
        "output_gradient": flat(output_gradient),
        "output": flat(y),
        "gradient": sum((flat(p.grad) for p in parameters), []),
        "input_gradient": [0.0] * x.numel() if whole else flat(x.grad),
    }))


def twice(name, module, *shape, scale=1.0):
    """A case of numbers of a size, and one of few different ones: with equal numbers, and kinks."""
    emit(name, module, normal(*shape, scale=scale))
    emit(name, module, torch.randint(-4, 5, shape, generator=G) / 2)


def windows():
    for name, module, shape in [
        ("conv2d, kernel 3", nn.Conv2d(2, 4, 3), (2, 6, 5)),
        ("conv2d, kernel 3, padding 1", nn.Conv2d(3, 9, 3, padding=1), (3, 4, 4)),
        ("conv2d, kernel 3, stride 2, padding 1", nn.Conv2d(2, 5, 3, stride=2, padding=1), (2, 7, 6)),
        ("conv2d, kernel 2, stride 3", nn.Conv2d(1, 3, 2, stride=3), (1, 8, 6)),
        ("conv2d, kernel 1", nn.Conv2d(5, 13, 1), (5, 3, 3)),
        ("conv2d, kernel 5, padding 4", nn.Conv2d(1, 2, 5, padding=4), (1, 3, 2)),
        ("depthwise_conv2d, kernel 3, padding 1", nn.Conv2d(3, 3, 3, padding=1, groups=3), (3, 5, 4)),
        ("depthwise_conv2d, kernel 2, stride 2", nn.Conv2d(2, 2, 2, stride=2, groups=2), (2, 5, 6)),
        ("conv1d, kernel 5", nn.Conv1d(3, 4, 5), (3, 12)),
        ("conv1d, kernel 4, stride 3, padding 2", nn.Conv1d(2, 9, 4, stride=3, padding=2), (2, 11)),
        ("depthwise_conv1d, kernel 3, stride 2, padding 1", nn.Conv1d(4, 4, 3, stride=2, padding=1, groups=4), (4, 9)),
        ("max_pool2d, window 2", nn.MaxPool2d(2), (2, 5, 4)),
        ("max_pool2d, window 3, stride 1", nn.MaxPool2d(3, stride=1), (1, 5, 6)),
        ("max_pool1d, window 3, stride 2", nn.MaxPool1d(3, stride=2), (2, 10)),
        ("average_pool2d, window 2", nn.AvgPool2d(2), (2, 5, 4)),
        ("average_pool2d, window 3, stride 2", nn.AvgPool2d(3, stride=2), (1, 7, 6)),
        ("average_pool1d, window 3", nn.AvgPool1d(3), (2, 10)),
        ("global_average_pool, images", nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten()), (3, 4, 5)),
        ("global_average_pool, sequences", nn.Sequential(nn.AdaptiveAvgPool1d(1), nn.Flatten()), (3, 7)),
        ("flatten", nn.Flatten(), (2, 3, 4)),
    ]:
        twice(name, module, *shape)


def normalizations():
    for scale in (0.01, 1.0, 30.0):
        emit("layer_norm, vector", nn.LayerNorm(17), normal(17, scale=scale))
        emit("layer_norm, rows, epsilon 0.5", nn.LayerNorm(6, eps=0.5), normal(4, 6, scale=scale))
        for name, module, shape in [
            ("batch_norm, vector", nn.BatchNorm1d(2), (2,)),
            ("batch_norm, sequence", nn.BatchNorm1d(2), (2, 7)),
            ("batch_norm, image, epsilon 0.5", nn.BatchNorm2d(2, eps=0.5), (2, 4, 3)),
        ]:
            module.eval()
            module.running_mean = torch.tensor([0.5, -1.0])
            module.running_var = torch.tensor([2.0, 0.25])
            emit(name, module, normal(*shape, scale=scale))


class Residual(nn.Sequential):
    def forward(self, x):
        return x + super().forward(x)


class ResidualWith(nn.Sequential):
    """The first module is the shortcut."""

    def forward(self, x):
        shortcut, *layers = self
        return shortcut(x) + nn.Sequential(*layers)(x)


def shortcuts():
    emit("shortcut", ResidualWith(nn.Linear(6, 4), nn.Linear(6, 5), nn.Tanh(), nn.Linear(5, 4)), normal(6))


def others():
    emit("dense", nn.Linear(19, 11), normal(19))
    emit("residual", Residual(nn.Linear(6, 5), nn.Tanh(), nn.Linear(5, 6)), normal(6))
    emit("embedding", nn.Embedding(7, 5), torch.randint(7, (6,), generator=G))


def activations():
    for name, module in [
        ("relu", nn.ReLU()),
        ("leaky_relu, slope 0.25", nn.LeakyReLU(0.25)),
        ("elu, alpha 1.5", nn.ELU(1.5)),
        ("gelu_tanh", nn.GELU(approximate="tanh")),
        ("silu", nn.SiLU()),
        ("sigmoid", nn.Sigmoid()),
        ("tanh", nn.Tanh()),
        ("softplus", nn.Softplus(threshold=1e9)),
        ("softsign", nn.Softsign()),
        ("hard_sigmoid", nn.Hardsigmoid()),
        ("hard_swish", nn.Hardswish()),
        ("hard_tanh, from -0.5 to 1.5", nn.Hardtanh(-0.5, 1.5)),
        ("gelu", nn.GELU()),
    ]:
        for scale in (0.01, 1.0, 5.0, 50.0):
            twice(name, module, 12, scale=scale)


def any_windows():
    """Rectangular, dilated, grouped, with other padding on each side: above, below, left, right."""
    infinity = float("inf")
    sides = (0, 1, 1, 0)  # PyTorch's order: left, right, above, below
    for name, module, shape in [
        ("conv2d, kernel 3x2, stride 2x1, padding 1x0x0x1, dilation 1x2, groups 2", nn.Sequential(
            nn.ZeroPad2d(sides), nn.Conv2d(2, 4, (3, 2), stride=(2, 1), dilation=(1, 2), groups=2)), (2, 5, 4)),
        ("conv2d, kernel 2x3, padding 2x1, dilation 3x1",
            nn.Conv2d(3, 5, (2, 3), padding=(2, 1), dilation=(3, 1)), (3, 6, 4)),
        ("conv1d, kernel 3, stride 2, padding 3x1, dilation 2, groups 2", nn.Sequential(
            nn.ConstantPad1d((3, 1), 0.0), nn.Conv1d(2, 4, 3, stride=2, dilation=2, groups=2)), (2, 9)),
        ("max_pool2d, window 3x2, stride 2x1, padding 1x0x0x1, dilation 1x2", nn.Sequential(
            nn.ConstantPad2d(sides, -infinity), nn.MaxPool2d((3, 2), stride=(2, 1), dilation=(1, 2))), (2, 5, 4)),
        ("max_pool1d, window 3, stride 2, padding 3x1, dilation 2", nn.Sequential(
            nn.ConstantPad1d((3, 1), -infinity), nn.MaxPool1d(3, stride=2, dilation=2)), (2, 9)),
        ("average_pool2d, window 3x2, stride 2x1, padding 1x0x0x1", nn.Sequential(
            nn.ZeroPad2d(sides), nn.AvgPool2d((3, 2), stride=(2, 1))), (2, 5, 4)),
        ("average_pool1d, window 4, stride 3, padding 1x2", nn.Sequential(
            nn.ConstantPad1d((1, 2), 0.0), nn.AvgPool1d(4, stride=3)), (2, 9)),
    ]:
        twice(name, module, *shape)


windows()
normalizations()
others()
activations()
any_windows()
shortcuts()
