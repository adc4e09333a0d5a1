"""Golden scores of classifiers, computed by scikit-learn.

usage: python make_metrics.py 2026 > metrics.jsonl        (needs: scikit-learn; made with 1.9)

One JSON object a line:
  targets      classes from 0 to 3      predictions   classes from 0 to 3; 9 is outside of them
  precision, recall, f1                 of each of the four classes, null where the denominator is zero
  accuracy, balanced_accuracy, macro_…, weighted_…, micro_f1        by scikit-learn's defaults, but zero_division=0
"""
import json
import random
import sys
import warnings

from sklearn.metrics import accuracy_score, balanced_accuracy_score, precision_recall_fscore_support

# It warns that classes were predicted that are no targets: that is meant.
warnings.simplefilter("ignore")
CLASSES, OUTSIDE = range(4), 9


def emit(targets, predictions):
    case = {"targets": targets, "predictions": predictions}
    scores = precision_recall_fscore_support(targets, predictions, labels=list(CLASSES), zero_division=float("nan"))
    for name, values in zip(("precision", "recall", "f1"), scores):
        case[name] = [None if value != value else float(value) for value in values]
    case["accuracy"] = float(accuracy_score(targets, predictions))
    case["balanced_accuracy"] = float(balanced_accuracy_score(targets, predictions))
    for average in ("macro", "weighted", "micro"):
        scores = precision_recall_fscore_support(targets, predictions, average=average, zero_division=0)
        for name, value in zip(("precision", "recall", "f1"), scores):
            case[f"{average}_{name}"] = float(value)
    assert case["micro_precision"] == case["micro_recall"] == case.pop("micro_f1") == case["accuracy"]
    assert case["weighted_recall"] == case["accuracy"]
    case["micro_f1"] = case.pop("micro_precision")
    case.pop("micro_recall")
    print(json.dumps(case))


draw = random.Random(int(sys.argv[1]))
emit([0, 0], [0, 0])
emit([0, 1, 2, 0], [0, 1, 2, 0])
emit([3], [1])
emit([2, 2], [OUTSIDE, OUTSIDE])
emit([0, 1, 2], [0, 1, OUTSIDE])
for targets, predictions in [
    (CLASSES, CLASSES),
    ([0, 1, 2], [0, 1, 2]),
    ([0, 3], CLASSES),
    (CLASSES, [1, 2]),
    ([1, 2], [0, 1, 2, OUTSIDE]),
    (CLASSES, [*CLASSES, OUTSIDE]),
]:
    for samples in (5, 12, 100):
        drawn = [draw.choice(targets) for _ in range(samples)]
        # Mostly right.
        emit(drawn, [t if draw.random() < 0.6 and t in predictions else draw.choice(predictions) for t in drawn])
