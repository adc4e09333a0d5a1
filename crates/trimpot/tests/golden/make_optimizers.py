"""Golden cases of optimizers, learning rates, clipping and averages, computed by PyTorch in float64.

usage: python make_optimizers.py 2026 > optimizers.jsonl        (needs: torch; made with 2.15)

The first line holds what all cases work on, the others are one case each:
  parameters  four initial parameters          gradients   one of four elements for each of 50 steps
  kind        optimizer, schedule, clip or average
  name        canonical name                   options     its settings, each an exact f32
  expected    optimizer, average: the parameters after each step; schedule: the learning rate of each step, from 0;
              clip: each gradient after clipping      norms: of each gradient before
Averages are of parameters that are the initial ones minus an eighth of each gradient in turn, rounded to f32.
PyTorch has no Lion: it is written here after algorithm 2 of the paper (Chen et al. 2023).
"""
import json
import struct
import sys

import torch
from torch.optim import lr_scheduler
from torch.optim.swa_utils import AveragedModel, get_ema_avg_fn

torch.set_default_dtype(torch.float64)
G = torch.Generator().manual_seed(int(sys.argv[1]))
STEPS, WIDTH = 50, 4


def f32(x):
    return struct.unpack("f", struct.pack("f", float(x)))[0]


def exact(t):
    return t.to(torch.float32).to(torch.float64)


# Gradients of every size, so that no term can hide behind another.
SIZES = torch.tensor([1e-4, 0.1, 1.0, 30.0])[torch.randint(4, (STEPS, WIDTH), generator=G)]
GRADIENTS = exact((2.0 * torch.rand(STEPS, WIDTH, generator=G) - 1.0) * SIZES)
INITIAL = exact(torch.tensor([0.7, -1.3, 0.05, 2.0]))


def rounded(values):
    return [rounded(v) if isinstance(v, list) else float(f"{v:.12g}") for v in values]


def emit(kind, name, options, expected, **more):
    case = {"kind": kind, "name": name, "options": options, "expected": rounded(expected)}
    print(json.dumps(case | {key: rounded(values) for key, values in more.items()}))


class Lion(torch.optim.Optimizer):
    def __init__(self, params, lr, betas=(f32(0.9), f32(0.99)), weight_decay=0.0):
        super().__init__(params, {"lr": lr})
        self.betas, self.weight_decay, self.mean = betas, weight_decay, torch.zeros(WIDTH)

    @torch.no_grad()
    def step(self):
        group = self.param_groups[0]
        p, (b1, b2) = group["params"][0], self.betas
        blend = b1 * self.mean + (1 - b1) * p.grad
        # Where f32 might see another sign, a comparison would say nothing.
        assert (blend.abs() > 1e-5 * p.grad.abs()).all(), blend
        p -= group["lr"] * (blend.sign() + self.weight_decay * p)
        self.mean = b2 * self.mean + (1 - b2) * p.grad


def run(name, make, options):
    """Options are those of PyTorch, their numbers rounded to f32."""
    options = {key: f32(v) if isinstance(v, float) else v for key, v in options.items()}
    kwargs = dict(options)
    if "beta_1" in kwargs:
        kwargs["betas"] = (kwargs.pop("beta_1"), kwargs.pop("beta_2"))
    p = INITIAL.clone().requires_grad_(True)
    optimizer, trace = make([p], **kwargs), []
    for gradient in GRADIENTS:
        p.grad = gradient.clone()
        optimizer.step()
        trace.append(p.detach().tolist())
    emit("optimizer", name, options, trace)


def with_f32(make, **fixed):
    """PyTorch's defaults are float64 numbers; the core's are the nearest f32."""
    fixed = {k: tuple(map(f32, v)) if isinstance(v, tuple) else f32(v) for k, v in fixed.items()}
    return lambda params, **given: make(params, **(fixed | given))


def optimizers():
    sgd = torch.optim.SGD
    for options in ({"lr": 0.05}, {"lr": 0.01, "momentum": 0.9},
                    {"lr": 0.01, "momentum": 0.9, "nesterov": True}, {"lr": 0.05, "weight_decay": 0.1},
                    {"lr": 0.01, "momentum": 0.5, "nesterov": True, "weight_decay": 0.02}):
        run("sgd", sgd, options)
    rms = with_f32(torch.optim.RMSprop, alpha=0.99, eps=1e-8)
    for options in ({"lr": 0.01}, {"lr": 0.01, "alpha": 0.9, "eps": 1e-3}, {"lr": 0.01, "weight_decay": 0.1}):
        run("rms_prop", rms, options)
    for options in ({"lr": 0.1}, {"lr": 0.05, "eps": 1e-2}, {"lr": 0.1, "weight_decay": 0.05}):
        run("adagrad", with_f32(torch.optim.Adagrad, eps=1e-10), options)
    adadelta = with_f32(torch.optim.Adadelta, rho=0.9, eps=1e-6)
    for options in ({"lr": 1.0}, {"lr": 2.0, "rho": 0.95, "eps": 1e-4}, {"lr": 1.0, "weight_decay": 0.1}):
        run("adadelta", adadelta, options)
    betas = {"betas": (0.9, 0.999), "eps": 1e-8}
    adam = with_f32(torch.optim.Adam, **betas)
    for options in ({"lr": 0.01}, {"lr": 0.05, "beta_1": 0.8, "beta_2": 0.95, "eps": 1e-3},
                    {"lr": 0.01, "weight_decay": 0.1}):
        run("adam", adam, options)
    adam_w = with_f32(torch.optim.AdamW, weight_decay=0.01, **betas)
    for options in ({"lr": 0.01}, {"lr": 0.05, "beta_1": 0.8, "beta_2": 0.95, "eps": 1e-3},
                    {"lr": 0.02, "weight_decay": 0.5}):
        run("adam_w", adam_w, options)
    for options in ({"lr": 0.01}, {"lr": 0.02, "weight_decay": 0.5}, {"lr": 0.01, "beta_1": 0.95, "beta_2": 0.98}):
        run("lion", Lion, options)


def schedule(name, first, make, options, steps=60):
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=first)
    scheduler, rates = make(optimizer), []
    for _ in range(steps):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    emit("schedule", name, options, rates)


def schedules():
    a, b, tenth = f32(0.1), f32(0.002), f32(0.1)
    schedule("constant", a, lambda o: lr_scheduler.ConstantLR(o, factor=1.0), {"learning_rate": a})
    for low, high, steps in ((a, b, 49), (b, a, 20), (a, 0.0, 50)):
        # PyTorch's factors are at most 1: the learning rate that they are parts of is the larger one.
        top = max(low, high)
        schedule("linear", top, lambda o: lr_scheduler.LinearLR(o, low / top, high / top, steps),
                 {"from": low, "to": high, "steps": steps})
    for factor, every in ((0.5, 10), (tenth, 25), (f32(0.97), 1)):
        schedule("step_decay", a, lambda o: lr_scheduler.StepLR(o, every, factor),
                 {"learning_rate": a, "factor": factor, "every": every})
    for factor in (f32(0.99), 0.5, f32(0.9), f32(0.8)):
        schedule("exponential", a, lambda o: lr_scheduler.ExponentialLR(o, factor), {"learning_rate": a, "factor": factor})
    for low, steps in ((0.0, 50), (b, 50), (b, 37)):
        # It would turn back up after its end, where the core's stays.
        schedule("cosine", a, lambda o: lr_scheduler.CosineAnnealingLR(o, steps, low),
                 {"from": a, "to": low, "steps": steps}, steps + 1)
    for start, steps, then in ((f32(0.01), 10, 45), (0.0, 5, 50)):
        schedule("warm_up_cosine", a, lambda o: lr_scheduler.SequentialLR(
            o, [lr_scheduler.LinearLR(o, start / a, 1.0, steps) if start else lr_scheduler.LambdaLR(o, lambda t: t / steps),
                lr_scheduler.CosineAnnealingLR(o, then, b)], [steps]),
            {"start": start, "warm_up": steps, "from": a, "to": b, "steps": then}, steps + then + 1)
    schedule("warm_up_exponential", a, lambda o: lr_scheduler.SequentialLR(
        o, [lr_scheduler.LinearLR(o, b / a, 1.0, 8), lr_scheduler.ExponentialLR(o, f32(0.9))], [8]),
        {"start": b, "warm_up": 8, "learning_rate": a, "factor": f32(0.9)})
    for options in ({}, {"share": 0.25}, {"share": f32(0.45), "first": 10.0, "last": 100.0}):
        kwargs = {"pct_start": options.get("share", f32(0.3)), "div_factor": options.get("first", 25.0),
                  "final_div_factor": options.get("last", 1e4), "cycle_momentum": False}
        for steps in (50, 37):
            # It raises an error when asked for one step more than it has.
            optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
            scheduler, rates = lr_scheduler.OneCycleLR(optimizer, a, total_steps=steps, **kwargs), []
            for step in range(steps):
                rates.append(optimizer.param_groups[0]["lr"])
                optimizer.step()
                if step + 1 < steps:
                    scheduler.step()
            emit("schedule", "one_cycle", {"learning_rate": a, "steps": steps} | options, rates)


def clips():
    for limit in (0.5, f32(0.01), 10.0):
        for name, clip in (("value", torch.nn.utils.clip_grad_value_), ("norm", torch.nn.utils.clip_grad_norm_)):
            expected, norms = [], []
            for gradient in GRADIENTS[:12]:
                p = torch.zeros(WIDTH, requires_grad=True)
                p.grad = gradient.clone()
                norms.append(p.grad.norm().item())
                clip([p], limit)
                expected.append(p.grad.tolist())
            emit("clip", name, {"limit": limit}, expected, norms=norms)


def averages():
    ramp = lambda decay: lambda average, now, n: (
        (d := min(decay, (1.0 + n) / (10.0 + n))) * average + (1.0 - d) * now)
    for name, make in (("moving", get_ema_avg_fn), ("moving_with_ramp", ramp)):
        for decay in (f32(0.9), f32(0.99), f32(0.3)):
            model = torch.nn.Linear(WIDTH, 1, bias=False)
            averaged, trace = AveragedModel(model, avg_fn=make(decay)), []
            for gradient in GRADIENTS:
                # Exact in f32: what is averaged is not what is tested.
                now = exact(INITIAL - 0.125 * gradient)
                with torch.no_grad():
                    model.weight.copy_(now[None])
                averaged.update_parameters(model)
                trace.append(averaged.module.weight[0].tolist())
            emit("average", name, {"decay": decay}, trace)


print(json.dumps({"parameters": INITIAL.tolist(), "gradients": GRADIENTS.tolist()}))
optimizers()
schedules()
clips()
averages()
