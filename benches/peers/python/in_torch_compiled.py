"""PyTorch's compiler. Gradient and value as one function: half the time of `backward` of a compiled loss. A training
step as one function."""

import os

import torch
from torch._inductor import cpu_vec_isa
from torch.nn import functional

import in_torch


class Loss(in_torch.Loss):
    def __init__(self, data, work):
        super().__init__(data, work)
        torch._dynamo.reset()
        function = torch.func.grad_and_value(self.function)
        self.function = torch.compile(function, fullgraph=True, dynamic=False)
        self.prediction = self.prediction.detach()

    def once(self):
        self.gradient, self.value = self.function(self.prediction, self.target)


def loss(data, work):
    return Loss(data, work)


def sgd(learning_rate):
    def update(parameters, state, gradients):
        return torch._foreach_sub(parameters, gradients, alpha=learning_rate), state

    return update, lambda parameters: ()


def adam(learning_rate):
    def update(parameters, state, gradients):
        step, means, squares = state
        step = step + 1
        first, second = 1 - 0.9**step, 1 - 0.999**step
        means = [0.9 * m + 0.1 * g for m, g in zip(means, gradients)]
        squares = [0.999 * s + 0.001 * g * g for s, g in zip(squares, gradients)]
        change = lambda p, m, s: p - learning_rate * (m / first) / ((s / second).sqrt() + 1e-8)
        return [change(*each) for each in zip(parameters, means, squares)], (step, means, squares)

    def state(parameters):
        zeros = lambda: [torch.zeros_like(p) for p in parameters]
        return torch.tensor(0.0), zeros(), zeros()

    return update, state


class Training(in_torch.Training):
    def __init__(self, data, work):
        super().__init__(data, work)
        torch._dynamo.reset()
        update, self.state = {"sgd": sgd, "adam": adam}[work["optimizer"]](work["learning_rate"])
        self.names = [name for name, _ in self.network.named_parameters()]

        def loss(parameters, features, labels):
            named = dict(zip(self.names, parameters))
            logits = torch.func.functional_call(self.network, named, (features,))
            return functional.cross_entropy(logits, labels)

        def step(parameters, state, features, labels):
            gradients, value = torch.func.grad_and_value(loss)(parameters, features, labels)
            return *update(parameters, state, gradients), value

        self.step = torch.compile(step, fullgraph=True, dynamic=False)

    def reset(self):
        sizes = [p.numel() for p in self.network.parameters()]
        parts = zip(self.first.clone().split(sizes), self.network.parameters())
        self.parameters = [part.reshape(parameter.shape) for part, parameter in parts]
        self.carry = self.state(self.parameters)

    @torch.no_grad
    def once(self):
        self.losses = []
        for features, labels in self.batches:
            self.parameters, self.carry, value = self.step(self.parameters, self.carry, features, labels)
            self.losses.append(value)

    def result(self):
        torch.nn.utils.vector_to_parameters(
            torch.cat([p.flatten() for p in self.parameters]), self.network.parameters()
        )
        return super().result()


def training(data, work):
    return Training(data, work)


def instructions():
    march = os.environ.get("TORCHINDUCTOR_CPP_MARCH", "native")
    return f"{cpu_vec_isa.pick_vec_isa()}, by pick_vec_isa; compiled by g++ with -march={march}; else as torch"
