"""scikit-learn's MLPClassifier: a pass over the data is a call of `partial_fit`."""

import warnings

import numpy as np
import threadpoolctl
from sklearn.neural_network import MLPClassifier

warnings.filterwarnings("ignore")


class Training:
    def __init__(self, data, work):
        network = work["network"]
        if network["kind"] != "dense":
            raise NotImplementedError("has no convolutions")
        inputs, hidden, outputs = network["inputs"], network["hidden"], network["outputs"]
        self.hidden = hidden
        self.work = work
        self.features = data.floats("features").reshape(-1, inputs)
        self.labels = data.labels()
        self.classes = np.arange(outputs)
        shapes = [(hidden, inputs), (hidden,), (outputs, hidden), (outputs,)]
        ends = np.cumsum([np.prod(shape) for shape in shapes])[:-1]
        parts = np.split(data.floats("parameters"), ends)
        self.first = [part.reshape(shape) for part, shape in zip(parts, shapes)]

    def reset(self):
        work = self.work
        self.network = MLPClassifier(
            (self.hidden,),
            solver=work["optimizer"],
            alpha=0,
            batch_size=work["batch"],
            learning_rate_init=work["learning_rate"],
            shuffle=False,
            momentum=0,
            nesterovs_momentum=False,
        )
        # Makes the parameters; with a learning rate of 0 nothing is learned.
        self.network.partial_fit(self.features[:work["batch"]], self.labels[:work["batch"]], classes=self.classes)
        network = self.network
        for layer, (weight, bias) in enumerate(zip(self.first[::2], self.first[1::2])):
            network.coefs_[layer][:] = weight.T
            network.intercepts_[layer][:] = bias
        # The optimizer starts anew.
        del network._optimizer
        network.t_ = 0

    def once(self):
        self.network.partial_fit(self.features, self.labels)

    def result(self):
        parameters = []
        for weight, bias in zip(self.network.coefs_, self.network.intercepts_):
            parameters += [weight.T.ravel(), bias]
        return self.network.loss_, np.concatenate(parameters)


def training(data, work):
    return Training(data, work)


def instructions():
    features = np._core._multiarray_umath.__cpu_features__
    dispatched = [name for name in np._core._multiarray_umath.__cpu_dispatch__ if features[name]]
    libraries = threadpoolctl.threadpool_info()
    cores = {library["architecture"] for library in libraries if "architecture" in library}
    return f"OpenBLAS for {', '.join(sorted(cores))}; NumPy up to {dispatched[-1]}"
