"""Golden models of PyTorch: `safetensors` files of a state_dict, and what each computes.

usage: python make.py        (needs: torch, safetensors, numpy; made with 2.15.0, 0.8.0 and 2.4.6, Python 3.11)

Writes NAME.safetensors for each model, and cases.jsonl, one JSON object a line:
  file       name of the file
  network    what `trimpot import --network` is to be told
  order      what `--order` is to be told; empty if nothing
  x, y       samples, a row each, and what PyTorch computes of them in double precision
"""
import json
import pathlib

import torch
from safetensors.torch import save_file
from torch import nn

HERE = pathlib.Path(__file__).parent


class Named(nn.Module):
    """Modules with names, called in the order of the arguments; functions have no name in the file."""

    def __init__(self, **steps):
        super().__init__()
        self.steps = list(steps)
        for name, step in steps.items():
            setattr(self, name, step)

    def forward(self, x):
        for name in self.steps:
            x = getattr(self, name)(x)
        return x


class Residual(nn.Sequential):
    def forward(self, x):
        return x + super().forward(x)


def with_statistics(model):
    """Random statistics, scales and shifts for normalisations: those by default would hide mistakes."""
    for module in model.modules():
        if isinstance(module, nn.modules.batchnorm._BatchNorm):
            nn.init.normal_(module.running_mean)
            nn.init.uniform_(module.running_var, 0.2, 2.0)
        if isinstance(module, (nn.modules.batchnorm._BatchNorm, nn.LayerNorm)) and module.weight is not None:
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.normal_(module.bias)
    return model


def separable(channels, filters):
    return [
        nn.Conv2d(channels, channels, 3, padding=1, groups=channels, bias=False), nn.BatchNorm2d(channels), nn.ReLU(),
        nn.Conv2d(channels, filters, 1, bias=False), nn.BatchNorm2d(filters), nn.ReLU(),
    ]


SEPARABLE = "depthwise 3 padding=1, batch_norm, relu, conv 6 1, batch_norm, relu"
# Name; network; shape of a sample; type of the tensors; order; module.
CASES = [
    ("dense", "6 > dense 5, relu, dense 3", (6,), torch.float32, [],
     lambda: nn.Sequential(nn.Linear(6, 5), nn.ReLU(), nn.Linear(5, 3))),
    ("conv1d", "3x16 > conv 4 5 stride=2 padding=2, gelu, average_pool 2, dense 3", (3, 16), torch.float32, [],
     lambda: nn.Sequential(nn.Conv1d(3, 4, 5, stride=2, padding=2), nn.GELU(), nn.AvgPool1d(2), nn.Flatten(), nn.Linear(16, 3))),
    ("conv2d", "2x9x8 > conv 6 3x3 stride=2 padding=1 groups=2, elu, conv 4 3 dilation=2 padding=2, pool 2, dense 3",
     (2, 9, 8), torch.float32, [],
     lambda: nn.Sequential(nn.Conv2d(2, 6, 3, stride=2, padding=1, groups=2), nn.ELU(),
                           nn.Conv2d(6, 4, 3, dilation=2, padding=2), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(16, 3))),
    ("windows", "1x7x6 > conv 3 3x2 stride=1x2 padding=1x0, leaky_relu negative_slope=0.2, "
     "pool 3x1 stride=2x1 padding=1x0, flatten, dense 2, sigmoid", (1, 7, 6), torch.float32, [],
     lambda: nn.Sequential(nn.Conv2d(1, 3, (3, 2), stride=(1, 2), padding=(1, 0)), nn.LeakyReLU(0.2),
                           nn.MaxPool2d((3, 1), stride=(2, 1), padding=(1, 0)), nn.Flatten(), nn.Linear(36, 2), nn.Sigmoid())),
    ("batch_norm", "1x6x6 > conv 4 3x3, batch_norm epsilon=0.001, relu, dense 5, batch_norm, dropout 0.2, dense 2",
     (1, 6, 6), torch.float32, [],
     lambda: nn.Sequential(nn.Conv2d(1, 4, 3, bias=False), nn.BatchNorm2d(4, eps=1e-3), nn.ReLU(), nn.Flatten(),
                           nn.Linear(64, 5), nn.BatchNorm1d(5, affine=False), nn.Dropout(0.2), nn.Linear(5, 2))),
    ("separable", f"1x8x8 > conv 4 3 stride=2 padding=1, {SEPARABLE}, {SEPARABLE}, global_average_pool, dense 3",
     (1, 8, 8), torch.float32, [],
     lambda: nn.Sequential(nn.Conv2d(1, 4, 3, stride=2, padding=1), *separable(4, 6), *separable(6, 6),
                           nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(6, 3))),
    ("f16", "6 > dense 5, tanh, dense 3", (6,), torch.float16, [],
     lambda: nn.Sequential(nn.Linear(6, 5), nn.Tanh(), nn.Linear(5, 3))),
    ("bf16", "1x5x5 > conv 3 2, silu, dense 3", (1, 5, 5), torch.bfloat16, [],
     lambda: nn.Sequential(nn.Conv2d(1, 3, 2), nn.SiLU(), nn.Flatten(), nn.Linear(48, 3))),
    ("f64", "6 > dense 5, softplus, dense 3", (6,), torch.float64, [],
     lambda: nn.Sequential(nn.Linear(6, 5), nn.Softplus(), nn.Linear(5, 3))),
    ("names", "1x6x6 > conv 2 3, relu, conv 4 3, relu, dense 4, relu, dense 4, relu, dense 3", (1, 6, 6), torch.float32, [],
     lambda: Named(stem=nn.Conv2d(1, 2, 3), a=nn.ReLU(), body=nn.Conv2d(2, 4, 3), b=nn.Sequential(nn.ReLU(), nn.Flatten()),
                   neck=nn.Linear(16, 4), c=nn.ReLU(), another=nn.Linear(4, 4), d=nn.ReLU(), head=nn.Linear(4, 3))),
    ("numbered", "3 > dense 3, tanh, dense 3, tanh, dense 3, tanh, dense 3", (3,), torch.float32, [],
     lambda: Named(fc1=nn.Linear(3, 3), a=nn.Tanh(), fc2=nn.Linear(3, 3), b=nn.Tanh(), fc10=nn.Linear(3, 3), c=nn.Tanh(),
                   fc20=nn.Linear(3, 3))),
    ("ordered", "4 > dense 4, relu, dense 4", (4,), torch.float32, ["encoder", "decoder"],
     lambda: Named(encoder=nn.Linear(4, 4), a=nn.ReLU(), decoder=nn.Linear(4, 4))),
    ("residual", "5 > dense 6, residual(layer_norm, dense 6, relu, dense 6), layer_norm epsilon=0.01, dense 2", (5,),
     torch.float32, [],
     lambda: nn.Sequential(nn.Linear(5, 6), Residual(nn.LayerNorm(6), nn.Linear(6, 6), nn.ReLU(), nn.Linear(6, 6)),
                           nn.LayerNorm(6, eps=0.01), nn.Linear(6, 2))),
]

with open(HERE / "cases.jsonl", "w") as lines:
    for seed, (name, network, shape, dtype, order, make) in enumerate(CASES):
        torch.manual_seed(seed)
        model = with_statistics(make()).eval().to(dtype)
        save_file(model.state_dict(), HERE / f"{name}.safetensors")
        x = torch.randn(3, *shape)
        y = model.double()(x.double())
        rows = lambda numbers: [[float(f"{number:.9g}") for number in row] for row in numbers.flatten(1).tolist()]
        case = {"file": f"{name}.safetensors", "network": network, "order": order, "x": rows(x), "y": rows(y)}
        lines.write(json.dumps(case) + "\n")
