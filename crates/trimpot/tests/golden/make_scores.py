"""Golden scores of predicted numbers and of probabilities, computed by scikit-learn.

usage: python make_scores.py 2026 > scores.jsonl        (needs: scikit-learn; made with 1.9)

One JSON object a line. Of numbers:
  targets, predictions      numbers, as float32 has them      mae, rmse, r2      r2 null with one sample
Of probabilities:
  confidences      in [0, 1]      correct      0 or 1      counts, mean_confidence, accuracy      of the bins of ten that
  are not empty, by calibration_curve      ece      their weighted mean distance
"""
import json
import random
import sys

import numpy as np
from sklearn.calibration import calibration_curve
from sklearn.metrics import mean_absolute_error, r2_score, root_mean_squared_error

BINS = 10


def float32(numbers):
    return [float(np.float32(number)) for number in numbers]


def emit_numbers(targets, predictions):
    targets, predictions = float32(targets), float32(predictions)
    case = {"targets": targets, "predictions": predictions}
    case["mae"] = float(mean_absolute_error(targets, predictions))
    case["rmse"] = float(root_mean_squared_error(targets, predictions))
    case["r2"] = float(r2_score(targets, predictions)) if len(targets) > 1 else None
    print(json.dumps(case))


def emit_probabilities(confidences, correct):
    confidences = float32(confidences)
    accuracy, mean = calibration_curve(correct, confidences, n_bins=BINS)
    bins = np.searchsorted(np.linspace(0, 1, BINS + 1)[1:-1], confidences)
    counts = [int(count) for count in np.bincount(bins, minlength=BINS) if count]
    gaps = [count * abs(a - m) for count, a, m in zip(counts, accuracy, mean)]
    case = {"confidences": confidences, "correct": correct, "counts": counts, "ece": sum(gaps) / len(correct)}
    case["mean_confidence"], case["accuracy"] = mean.tolist(), accuracy.tolist()
    print(json.dumps(case))


draw = random.Random(int(sys.argv[1]))
emit_numbers([2.5], [2.0])
emit_numbers([3.0, 3.0], [3.0, 3.0])
emit_numbers([3.0, 3.0], [3.0, 2.0])
for samples in (2, 5, 60):
    for center, size, error in ((0, 1, 0.1), (1000, 3, 2), (-2, 1e-3, 1)):
        targets = [draw.gauss(center, size) for _ in range(samples)]
        emit_numbers(targets, [target + draw.gauss(0, error) for target in targets])
for samples in (1, 7, 120):
    for low in (0.1, 0.5, 0.93):
        confidences = [draw.uniform(low, 1) for _ in range(samples)]
        # Too sure of itself.
        emit_probabilities(confidences, [int(draw.random() < c - 0.15) for c in confidences])
