"""What PyTorch documents of the modules that exported models name, computed with NumPy, so that no
PyTorch has to be there. `load` takes the tensors that a module has out of a state, by PyTorch's names."""

from itertools import product
from math import erf

import numpy as np


class Module:
    shapes = {}

    def load(self, state, prefix):
        for name, shape in self.shapes.items():
            tensor = state.pop(prefix + name)
            assert tensor.shape == shape, (prefix + name, tensor.shape, shape)
            setattr(self, name, tensor.astype(np.float64))

    def __call__(self, x):
        return self.forward(x)


class Sequential(Module):
    def __init__(self, *modules):
        self.modules = modules

    def __iter__(self):
        return iter(self.modules)

    def load(self, state, prefix):
        for number, module in enumerate(self.modules):
            module.load(state, f"{prefix}{number}.")

    def forward(self, x):
        for module in self.modules:
            x = module.forward(x)
        return x


class Linear(Module):
    def __init__(self, inputs, outputs):
        self.shapes = {"weight": (outputs, inputs), "bias": (outputs,)}

    def forward(self, x):
        return x @ self.weight.T + self.bias


class Embedding(Module):
    def __init__(self, rows, size):
        self.shapes = {"weight": (rows, size)}

    def forward(self, x):
        return self.weight[x.astype(int)]


class BatchNorm1d(Module):
    def __init__(self, channels, eps=1e-5):
        tensors = ["weight", "bias", "running_mean", "running_var"]
        self.shapes = {**{name: (channels,) for name in tensors}, "num_batches_tracked": ()}
        self.eps = eps

    def forward(self, x):
        over = (slice(None),) + (None,) * (x.ndim - 2)
        normal = (x - self.running_mean[over]) / np.sqrt(self.running_var[over] + self.eps)
        return normal * self.weight[over] + self.bias[over]


BatchNorm2d = BatchNorm1d


class LayerNorm(Module):
    def __init__(self, size, eps=1e-5):
        self.shapes = {"weight": (size,), "bias": (size,)}
        self.eps = eps

    def forward(self, x):
        mean, variance = x.mean(-1, keepdims=True), x.var(-1, keepdims=True)
        return (x - mean) / np.sqrt(variance + self.eps) * self.weight + self.bias


def each(value, directions):
    return value if isinstance(value, tuple) else (value,) * directions


def padded(x, sides, outside):
    """`sides` of each direction, the first one first."""
    return np.pad(x, [(0, 0), (0, 0), *sides], constant_values=outside)


def windows(x, size, stride, dilation):
    """What is under a window: samples, channels, places, numbers of the window."""
    places = [(n - d * (k - 1) - 1) // s + 1 for n, k, s, d in zip(x.shape[2:], size, stride, dilation)]
    taken = []
    for offsets in product(*map(range, size)):
        starts = [o * d for o, d in zip(offsets, dilation)]
        taken.append(x[(..., *(slice(a, a + s * (p - 1) + 1, s) for a, s, p in zip(starts, stride, places)))])
    return np.stack(taken, -1)


class Conv(Module):
    def __init__(self, inputs, outputs, size, stride=1, padding=0, dilation=1, groups=1):
        size, stride, padding, dilation = (each(it, self.directions) for it in (size, stride, padding, dilation))
        self.size, self.stride, self.padding, self.dilation, self.groups = size, stride, padding, dilation, groups
        self.shapes = {"weight": (outputs, inputs // groups, *size), "bias": (outputs,)}

    def forward(self, x):
        under = windows(padded(x, [(p, p) for p in self.padding], 0.0), self.size, self.stride, self.dilation)
        parts = zip(np.split(under, self.groups, 1), np.split(self.weight, self.groups))
        sums = [np.einsum("nc...k,ock->no...", x, w.reshape(*w.shape[:2], -1)) for x, w in parts]
        return np.concatenate(sums, 1) + self.bias.reshape(-1, *(1,) * self.directions)


class Conv1d(Conv):
    directions = 1


class Conv2d(Conv):
    directions = 2


def pool(directions, outside, reduce):
    class Pool(Module):
        def __init__(self, size, stride, padding=0, dilation=1):
            self.given = [each(it, directions) for it in (size, stride, dilation)]
            self.padding = each(padding, directions)

        def forward(self, x):
            return reduce(windows(padded(x, [(p, p) for p in self.padding], outside), *self.given), -1)

    return Pool


MaxPool1d, MaxPool2d = pool(1, -np.inf, np.max), pool(2, -np.inf, np.max)
AvgPool1d, AvgPool2d = pool(1, 0.0, np.mean), pool(2, 0.0, np.mean)


def constant_pad(directions):
    class ConstantPad(Module):
        def __init__(self, sides, outside):
            # The last direction comes first.
            self.sides = [sides[2 * d : 2 * d + 2] for d in reversed(range(directions))]
            self.outside = outside

        def forward(self, x):
            return padded(x, self.sides, self.outside)

    return ConstantPad


ConstantPad1d, ConstantPad2d = constant_pad(1), constant_pad(2)


def function(compute):
    """A module of a function that has the module's arguments behind the input."""

    class Function(Module):
        def __init__(self, *arguments, **named):
            self.arguments, self.named = arguments, named

        def forward(self, x):
            return compute(np.asarray(x, np.float64), *self.arguments, **self.named)

    return Function


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def gelu(x, approximate="none"):
    if approximate == "tanh":
        return x / 2 * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)))
    return x / 2 * (1 + np.vectorize(erf)(x / np.sqrt(2)))


def hard_sigmoid(x):
    return np.clip(x / 6 + 0.5, 0, 1)


Identity = function(lambda x: x)
Dropout = function(lambda x, p: x)
Flatten = function(lambda x: x.reshape(len(x), -1))
Unflatten = function(lambda x, axis, shape: x.reshape(len(x), *shape))
AdaptiveAvgPool1d = function(lambda x, size: x.mean(2, keepdims=True))
AdaptiveAvgPool2d = function(lambda x, size: x.mean((2, 3), keepdims=True))
ReLU = function(lambda x: np.maximum(x, 0))
LeakyReLU = function(lambda x, slope: np.where(x > 0, x, slope * x))
ELU = function(lambda x, alpha: np.where(x > 0, x, alpha * np.expm1(x)))
GELU = function(gelu)
SiLU = function(lambda x: x * sigmoid(x))
Sigmoid = function(sigmoid)
Tanh = function(np.tanh)
Softplus = function(lambda x: np.logaddexp(0, x))
Softsign = function(lambda x: x / (1 + np.abs(x)))
Hardsigmoid = function(hard_sigmoid)
Hardswish = function(lambda x: x * hard_sigmoid(x))
Hardtanh = function(np.clip)
