"""PyTorch, operation by operation."""

import os

import torch
from torch.nn import functional

torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))


def dice(prediction, target):
    common = (prediction * target).sum()
    return 1 - (2 * common + 1) / (prediction.sum() + target.sum() + 1)


LOSSES = {
    "mse": functional.mse_loss,
    "huber": functional.huber_loss,
    "hinge": lambda prediction, target: functional.relu(1 - target * prediction).mean(),
    "dice": dice,
    "bce": functional.binary_cross_entropy_with_logits,
    "cross_entropy": functional.cross_entropy,
}


class Loss:
    def __init__(self, data, work):
        self.function = LOSSES[work["loss"]]
        self.prediction = torch.from_numpy(data.floats("prediction"))
        if work["loss"] == "cross_entropy":
            self.prediction = self.prediction.reshape(work["rows"], work["columns"])
            self.target = torch.from_numpy(data.labels()).long()
        else:
            self.target = torch.from_numpy(data.floats("target"))
        self.prediction.requires_grad_(True)

    def reset(self):
        pass

    def once(self):
        self.value = self.function(self.prediction, self.target)
        (self.gradient,) = torch.autograd.grad(self.value, self.prediction)

    def result(self):
        return self.value.item(), self.gradient.numpy().ravel()


def loss(data, work):
    return Loss(data, work)


def ds_cnn():
    relu = torch.nn.ReLU
    layers = [torch.nn.ZeroPad2d((1, 1, 4, 5)), torch.nn.Conv2d(1, 64, (10, 4), stride=2), relu()]
    for _ in range(4):
        layers += [torch.nn.Conv2d(64, 64, 3, padding=1, groups=64), relu()]
        layers += [torch.nn.Conv2d(64, 64, 1), relu()]
    pool = [torch.nn.AdaptiveAvgPool2d(1), torch.nn.Flatten(), torch.nn.Linear(64, 12)]
    return torch.nn.Sequential(*layers, *pool)


def dense(inputs, hidden, outputs):
    return torch.nn.Sequential(
        torch.nn.Linear(inputs, hidden), torch.nn.ReLU(), torch.nn.Linear(hidden, outputs)
    )


class Training:
    def __init__(self, data, work):
        network, features = work["network"], torch.from_numpy(data.floats("features"))
        if network["kind"] == "dense":
            self.network = dense(network["inputs"], network["hidden"], network["outputs"])
            features = features.reshape(-1, network["inputs"])
        else:
            # With channels last a step takes half the time.
            last = torch.channels_last
            self.network = ds_cnn().to(memory_format=last)
            features = features.reshape(-1, 1, 49, 10).to(memory_format=last)
        self.first = torch.from_numpy(data.floats("parameters"))
        labels = torch.from_numpy(data.labels()).long()
        self.batches = list(zip(features.split(work["batch"]), labels.split(work["batch"])))
        self.work = work

    def reset(self):
        parameters = list(self.network.parameters())
        torch.nn.utils.vector_to_parameters(self.first.clone(), parameters)
        learning_rate = self.work["learning_rate"]
        if self.work["optimizer"] == "sgd":
            self.optimizer = torch.optim.SGD(parameters, learning_rate, fused=True)
        else:
            self.optimizer = torch.optim.Adam(parameters, learning_rate, fused=True)

    def once(self):
        self.losses = []
        for features, labels in self.batches:
            self.optimizer.zero_grad()
            value = functional.cross_entropy(self.network(features), labels)
            value.backward()
            self.optimizer.step()
            self.losses.append(value.detach())

    def result(self):
        rows = sum(len(labels) for _, labels in self.batches)
        losses = zip(self.losses, self.batches)
        value = sum(value.item() * len(labels) for value, (_, labels) in losses) / rows
        parameters = torch.nn.utils.parameters_to_vector(self.network.parameters())
        return value, parameters.detach().numpy()


def training(data, work):
    return Training(data, work)


def instructions():
    used = torch.backends.cpu.get_cpu_capability()
    return f"{used}, by get_cpu_capability; oneDNN up to {os.environ.get('ONEDNN_MAX_CPU_ISA', 'what there is')}"
