"""JAX: value and gradient as one compiled function; training as one compiled function a step."""

import os

if os.environ["OMP_NUM_THREADS"] == "1":
    one_thread = " --xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
    os.environ["XLA_FLAGS"] = os.environ.get("XLA_FLAGS", "") + one_thread

import jax
import ynnpack
import numpy as np
from jax import numpy as jnp

ynnpack.limit()


def huber(prediction, target):
    distance = jnp.abs(prediction - target)
    return jnp.mean(jnp.where(distance < 1, 0.5 * distance * distance, distance - 0.5))


def dice(prediction, target):
    common = jnp.sum(prediction * target)
    return 1 - (2 * common + 1) / (jnp.sum(prediction) + jnp.sum(target) + 1)


def bce(logits, target):
    softplus = jnp.maximum(logits, 0) + jnp.log1p(jnp.exp(-jnp.abs(logits)))
    return jnp.mean(softplus - logits * target)


def cross_entropy(logits, labels):
    at_labels = jnp.take_along_axis(logits, labels[:, None], 1)[:, 0]
    return jnp.mean(jax.nn.logsumexp(logits, 1) - at_labels)


LOSSES = {
    "mse": lambda prediction, target: jnp.mean((prediction - target) ** 2),
    "huber": huber,
    "hinge": lambda prediction, target: jnp.mean(jnp.maximum(0, 1 - target * prediction)),
    "dice": dice,
    "bce": bce,
    "cross_entropy": cross_entropy,
}


class Loss:
    def __init__(self, data, work):
        function = jax.value_and_grad(LOSSES[work["loss"]])
        # The gradient before this one is given back, and its memory is used again.
        step = lambda prediction, target, _: function(prediction, target)
        self.function = jax.jit(step, donate_argnums=2, keep_unused=True)
        prediction = data.floats("prediction")
        if work["loss"] == "cross_entropy":
            prediction = prediction.reshape(work["rows"], work["columns"])
            self.target = jnp.asarray(data.labels())
        else:
            self.target = jnp.asarray(data.floats("target"))
        self.prediction = jnp.asarray(prediction)
        self.gradient = jnp.zeros_like(self.prediction)

    def reset(self):
        pass

    def once(self):
        self.value, self.gradient = self.function(self.prediction, self.target, self.gradient)
        self.gradient.block_until_ready()

    def result(self):
        return self.value.item(), np.asarray(self.gradient).ravel()


def loss(data, work):
    return Loss(data, work)


class Dense:
    def __init__(self, network):
        inputs, hidden, outputs = network["inputs"], network["hidden"], network["outputs"]
        self.input = (inputs,)
        self.shapes = [(hidden, inputs), (hidden,), (outputs, hidden), (outputs,)]

    def __call__(self, parameters, features):
        first, first_bias, last, last_bias = parameters
        return jax.nn.relu(features @ first.T + first_bias) @ last.T + last_bias


def depthwise(images, weight):
    """Nine products and sums, which is faster than XLA's convolution with groups."""
    rows, columns = images.shape[1:3]
    padded = jnp.pad(images, ((0, 0), (1, 1), (1, 1), (0, 0)))
    under = lambda y, x: padded[:, y : y + rows, x : x + columns] * weight[:, 0, y, x]
    return sum(under(y, x) for y in range(3) for x in range(3))


class DsCnn:
    """Channels come last, and a convolution of single places is a matrix product: XLA is faster so."""

    input = (49, 10, 1)
    shapes = [(64, 1, 10, 4), (64,)] + 4 * [(64, 1, 3, 3), (64,), (64, 64), (64,)] + [(12, 64), (12,)]

    def __init__(self, network):
        pass

    def __call__(self, parameters, images):
        first, first_bias, *blocks, last, last_bias = parameters
        layout = ("NHWC", "OIHW", "NHWC")
        images = jax.lax.conv_general_dilated(
            images, first, (2, 2), ((4, 5), (1, 1)), dimension_numbers=layout
        )
        images = jax.nn.relu(images + first_bias)
        for at in range(0, len(blocks), 4):
            each, each_bias, place, place_bias = blocks[at : at + 4]
            images = jax.nn.relu(depthwise(images, each) + each_bias)
            images = jax.nn.relu(images @ place.T + place_bias)
        return jnp.mean(images, (1, 2)) @ last.T + last_bias


NETWORKS = {"dense": Dense, "ds_cnn": DsCnn}


def sgd(learning_rate):
    def update(parameters, state, gradient):
        return [p - learning_rate * g for p, g in zip(parameters, gradient)], state

    return update, lambda parameters: ()


def adam(learning_rate):
    def update(parameters, state, gradient):
        step, means, squares = state
        step = step + 1
        means = [0.9 * m + 0.1 * g for m, g in zip(means, gradient)]
        squares = [0.999 * s + 0.001 * g * g for s, g in zip(squares, gradient)]
        first, second = 1 - 0.9**step, 1 - 0.999**step
        change = lambda p, m, s: p - learning_rate * (m / first) / (jnp.sqrt(s / second) + 1e-8)
        return [change(*each) for each in zip(parameters, means, squares)], (step, means, squares)

    def state(parameters):
        zeros = lambda: [jnp.zeros_like(p) for p in parameters]
        return jnp.float32(0), zeros(), zeros()

    return update, state


class Training:
    """What both ways to train have in common: `step` takes and returns `(parameters, state)`."""

    def __init__(self, data, work):
        network = NETWORKS[work["network"]["kind"]](work["network"])
        shapes = network.shapes
        ends = np.cumsum([np.prod(shape) for shape in shapes])[:-1]
        parts = np.split(data.floats("parameters"), ends)
        self.first = [part.reshape(shape) for part, shape in zip(parts, shapes)]
        self.batch, self.rows = work["batch"], work["rows"]
        self.features = data.floats("features").reshape(-1, *network.input)
        self.labels = data.labels()
        update, self.state = {"sgd": sgd, "adam": adam}[work["optimizer"]](work["learning_rate"])

        def loss(parameters, features, labels):
            return cross_entropy(network(parameters, features), labels)

        def step(carry, batch):
            parameters, state = carry
            value, gradient = jax.value_and_grad(loss)(parameters, *batch)
            return update(parameters, state, gradient), value

        self.step = step
        self.prepare()

    def reset(self):
        parameters = [jnp.array(part) for part in self.first]
        self.carry = jax.block_until_ready((parameters, self.state(parameters)))

    def result(self):
        losses = np.concatenate([np.atleast_1d(np.asarray(value)) for value in self.losses])
        starts = np.arange(len(losses)) * self.batch
        weights = np.minimum(self.rows - starts, self.batch)
        parameters = [np.asarray(part).ravel() for part in self.carry[0]]
        return np.average(losses, weights=weights), np.concatenate(parameters)


class Steps(Training):
    def prepare(self):
        self.compiled = jax.jit(self.step, donate_argnums=0)
        starts = range(0, self.rows, self.batch)
        batch = lambda of, start: jnp.asarray(of[start : start + self.batch])
        self.batches = [(batch(self.features, s), batch(self.labels, s)) for s in starts]

    def once(self):
        self.losses = []
        for batch in self.batches:
            self.carry, value = self.compiled(self.carry, batch)
            self.losses.append(value)
        jax.block_until_ready(self.carry)


def training(data, work):
    return Steps(data, work)


def instructions():
    most = [flag for flag in os.environ.get("XLA_FLAGS", "").split() if "max_isa" in flag]
    return f"XLA's own code as {most[0] if most else 'it chooses'}; YNNPACK up to {ynnpack.instructions()}"
