"""Golden models of Keras: `.keras` and `.h5` files, and what each computes.

usage: python make.py        (needs: tensorflow-cpu, keras, tf_keras, h5py, numpy; made with 2.21.0, 3.15.1, 2.21.0, 3.14.0 and 2.4.6,
                              Python 3.11)

Writes files of each model, as CASES says, and cases.jsonl, one JSON object a line:
  file       name of the file
  x, y       samples, a row each, channels last, and what Keras computes of them
"""
import json
import os
import pathlib
import zipfile

os.environ.update(CUDA_VISIBLE_DEVICES="", TF_CPP_MIN_LOG_LEVEL="3", TF_ENABLE_ONEDNN_OPTS="0")

import keras
import numpy as np
import tf_keras

HERE = pathlib.Path(__file__).parent


def with_numbers(model, generator):
    """Random biases, scales, shifts and statistics: those by default would hide mistakes."""
    for weight in model.weights:
        name = weight.name.split("/")[-1].removesuffix(":0")
        shape = tuple(weight.shape)
        if name in ("variance", "moving_variance"):
            weight.assign(generator.uniform(0.2, 2.0, shape))
        elif name == "gamma":
            weight.assign(generator.uniform(0.5, 1.5, shape))
        elif name != "count":
            scale = 1.0 / np.sqrt(np.prod(shape[:-1])) if len(shape) > 1 else 0.5
            weight.assign(generator.normal(0.0, scale, shape))
    for layer in model.layers:
        if "finalize_state" in dir(layer):
            layer.finalize_state()
    return model


def dense(k):
    l = k.layers
    return k.Sequential([
        l.Input((6,)), l.Normalization(), l.Dense(5, "relu"), l.BatchNormalization(), l.Dropout(0.25), l.Dense(4, "tanh", use_bias=False),
        l.Dense(3), l.Softmax(),
    ])


def images(k):
    l = k.layers
    return k.Sequential([
        l.Input((9, 8, 2)), l.Rescaling(1 / 127.5, -1.0), l.Conv2D(4, 3, 2, "same"), l.BatchNormalization(scale=False), l.ReLU(6.0),
        l.DepthwiseConv2D(2, depth_multiplier=2, padding="same", activation="elu"), l.BatchNormalization(epsilon=0.01, center=False),
        l.MaxPooling2D(2, 1, "same"), l.SeparableConv2D(6, (2, 3), activation="sigmoid", depth_multiplier=2), l.AveragePooling2D((2, 1)),
        l.Conv2D(6, (3, 2), dilation_rate=(1, 1), groups=2, padding="same"), l.Flatten(), l.Dropout(0.1),
        l.LeakyReLU(0.1), l.BatchNormalization(), l.Dense(3, "sigmoid"),
    ])


def keywords(k):
    l = k.layers
    return k.Sequential([
        l.Input((12, 10)), l.Normalization(), l.Reshape((12, 10, 1)), l.Conv2D(4, (5, 4), 2, "same", use_bias=False), l.BatchNormalization(),
        l.Activation("relu"), l.DepthwiseConv2D(3, padding="same"), l.ReLU(), l.Conv2D(5, 1), l.GlobalAveragePooling2D(),
        l.Dense(4, "softmax"),
    ])


def sequences(k):
    l = k.layers
    return k.Sequential([
        l.Input((20, 4)), l.Conv1D(6, 3, padding="causal", dilation_rate=2, groups=2, activation="swish"), l.MaxPooling1D(3, 2, "same"),
        l.DepthwiseConv1D(3, padding="same"), l.SeparableConv1D(5, 4, 2, "same", activation="softsign"), l.Dense(3, "relu"),
        l.SpatialDropout1D(0.2), l.AveragePooling1D(2), l.Flatten(), l.Dense(2),
    ])


def residuals(k):
    l = k.layers
    x = inputs = k.Input((6, 6, 3), name="picture")
    x = l.Conv2D(4, 3, padding="same", activation="relu")(x)
    y = l.BatchNormalization()(l.Conv2D(4, 3, padding="same")(x))
    x = l.ReLU()(l.Add()([x, y]))
    y = l.Conv2D(4, 1)(x)
    z = l.DepthwiseConv2D(3, padding="same")(y)
    x = l.Add()([l.Conv2D(4, 1, activation="relu")(l.Add()([z, y])), x])
    x = l.Dense(5, "relu")(l.GlobalMaxPooling2D()(x))
    return k.Model(inputs, l.Dense(2, name="decision")(l.Add()([x, l.Dense(5)(x)])))


def shortcuts(k):
    """The ResNet of MLPerf Tiny for image classification, of two blocks; and a sum the other way round."""
    l = k.layers
    x = inputs = k.Input((8, 8, 3))
    for filters in (4, 6):
        y = l.Conv2D(filters, 3, 2, padding="same")(x)
        y = l.ReLU()(l.BatchNormalization()(y))
        y = l.BatchNormalization()(l.Conv2D(filters, 3, padding="same")(y))
        x = l.ReLU()(l.Add()([l.Conv2D(filters, 1, 2, padding="same")(x), y]))
    x = l.Flatten()(l.AveragePooling2D(2)(x))
    return k.Model(inputs, l.Add()([l.Dense(3, "tanh")(x), l.Dense(3)(x)]))


def sums(k):
    l = k.layers
    x = inputs = k.Input((5, 2))
    x = l.Add()([l.Activation("relu")(l.Conv1D(2, 3, padding="same")(x)), x])
    return k.Model(inputs, l.Dense(2)(l.GlobalAveragePooling1D()(x)))


def nested(k):
    l = k.layers
    inner = k.Sequential([l.Input((4, 4, 2)), l.Conv2D(3, 2, name="c" if k is keras else "f"), l.BatchNormalization(name="n")], name="inner")
    x = inputs = k.Input((8, 8, 1))
    x = l.Conv2D(2, 2, 2, name="c")(x)
    body = k.Model(inputs, l.ReLU()(inner(x)), name="body")
    return k.Sequential([
        l.Input((8, 8, 1)), body, l.Flatten(), l.Dense(2, name="c"),
        k.Sequential([l.Input((2,)), l.Activation("tanh"), l.Dense(2, name="d")], name="head"),
    ])


def activations(k):
    l = k.layers
    words = ["linear", "elu", "gelu", "silu", "sigmoid", "tanh", "softplus", "softsign", "relu6"]
    if k is keras:
        words += ["hard_sigmoid", "hard_silu", "leaky_relu", "hard_tanh"]
    steps = [l.Dense(3, words[0])] + [l.Activation(word) for word in words[1:5]] + [l.Dense(4, words[5])]
    steps += [l.Activation(word) for word in words[6:]] + [l.ELU(0.5), l.ReLU(negative_slope=0.25), l.ReLU(1.5), l.LeakyReLU(), l.Dense(2)]
    return k.Sequential([l.Input((4,)), *steps])


def paddings(k):
    l = k.layers
    return k.Sequential([
        l.Input((5, 6, 1)), l.ZeroPadding2D(((0, 1), (2, 1))), l.Conv2D(3, 3, 2), l.ZeroPadding2D(1), l.DepthwiseConv2D(3, padding="same"),
        l.ZeroPadding2D((1, 0)), l.AveragePooling2D((2, 1)), l.ZeroPadding2D(), l.SeparableConv2D(2, 3), l.GlobalAveragePooling2D(keepdims=True),
        l.Flatten(), l.Dense(2),
    ])


def vectors(k):
    l = k.layers
    return k.Sequential([
        l.Input((3, 4, 2)), l.Rescaling(0.5), l.Flatten(), l.Dense(12, "relu"), l.Reshape((12, 1)), l.Conv1D(4, 3, activation="relu"),
        l.Flatten(), l.Reshape((10, 4)), l.MaxPooling1D(2), l.Reshape((5, 1, 4)), l.Conv2D(2, (3, 1)),
        l.Reshape((6,)), l.GaussianNoise(0.1), l.Dense(2),
    ])


def norms(k):
    l = k.layers
    return k.Sequential([
        l.Input((6,)), l.Identity(), l.Dense(5), l.LayerNormalization(), l.ReLU(), l.LayerNormalization(epsilon=0.01, scale=False), l.Dense(4),
        l.LayerNormalization(center=False), l.Dense(1, "sigmoid"),
    ])


def binary(k):
    l = k.layers
    return k.Sequential([
        l.Input((5, 4, 2)), l.Conv2D(3, 3, activation="relu"), l.Flatten(), l.Dense(1, "sigmoid"),
    ])


# What is made of each model: `.keras` as Keras writes it, or small, with its entries compressed; `.h5`; those of Keras 2.
CASES = [
    (dense, [".keras", "_2.h5", "_2_small.keras"]),
    (images, ["_small.keras"]),
    (keywords, ["_small.keras"]),
    (sequences, ["_small.keras", "_2.h5"]),
    (residuals, ["_small.keras"]),
    (sums, ["_2.h5"]),
    (nested, ["_small.keras", ".h5", "_2.h5"]),
    (activations, ["_small.keras", "_2.h5"]),
    (paddings, ["_small.keras"]),
    (vectors, [".h5"]),
    (norms, ["_small.keras", "_2.h5"]),
    (binary, ["_small.keras"]),
    (shortcuts, ["_small.keras"]),
]


def compress(file):
    with zipfile.ZipFile(file) as archive:
        entries = [(name, archive.read(name)) for name in archive.namelist()]
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, data in entries:
            archive.writestr(name, data)


def main():
    lines = []

    def write(name, model, x, y):
        model.save(HERE / name, **({"save_format": "h5"} if name.endswith("_2.h5") else {}))
        if name.endswith("_small.keras"):
            compress(HERE / name)
        x, y = ([[float(f"{number:.9g}") for number in row.ravel()] for row in rows] for rows in (x, y))
        lines.append({"file": name, "x": x, "y": y})

    for number, (make, names) in enumerate(CASES):
        for name in names:
            k = tf_keras if name.startswith("_2") else keras
            k.backend.clear_session()
            generator = np.random.default_rng(number)
            model = with_numbers(make(k), generator)
            x = generator.normal(size=(3, *model.input_shape[1:])).astype("f4")
            if make is images:
                x = generator.integers(0, 256, x.shape).astype("f4")
            write(make.__name__ + name, model, x, model.predict(x, verbose=0))
    for dtype in ("float16", "float64"):
        # The numbers are those of the file; what is computed of them is in single precision.
        keras.backend.clear_session()
        generator = np.random.default_rng(1)
        l = keras.layers
        model = keras.Sequential([l.Input((4,)), l.Dense(3, "relu"), l.Dense(2)])
        stored = keras.Sequential([l.Input((4,)), l.Dense(3, "relu", dtype=dtype), l.Dense(2, dtype=dtype)])
        stored.set_weights(with_numbers(model, generator).get_weights())
        model.set_weights(stored.get_weights())
        x = generator.normal(size=(2, 4)).astype("f4")
        write(f"{dtype}_small.keras", stored, x, model.predict(x, verbose=0))
    with open(HERE / "cases.jsonl", "w") as file:
        file.writelines(json.dumps(line) + "\n" for line in lines)


main()
