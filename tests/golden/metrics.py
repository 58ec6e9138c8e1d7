"""Writes metrics.json: cases and what scikit-learn answers, read by the unit test of src/metrics.

    python -m venv venv && venv/bin/pip install scikit-learn==1.9.1
    venv/bin/python tests/golden/metrics.py

Undefined values are null: scikit-learn answers NaN for ROC AUC where a class is missing, and 0 or an
error for average precision without a positive row.
"""

import json
import math
import pathlib
import warnings

import numpy as np
import sklearn
import sklearn.metrics as m
from sklearn.calibration import calibration_curve
from scipy import stats

warnings.filterwarnings("ignore")


def classification(actual, scores, predicted):
    classes = scores.shape[1]
    labels = list(range(classes))
    present = len(set(actual.tolist()))
    out = {
        "accuracy": m.accuracy_score(actual, predicted),
        "balanced_accuracy": m.balanced_accuracy_score(actual, predicted),
        "mcc": m.matthews_corrcoef(actual, predicted),
        "log_loss": m.log_loss(actual, scores, labels=labels),
    }
    out["jaccard_macro"] = m.jaccard_score(actual, predicted, average="macro")
    out["cohen_kappa"] = m.cohen_kappa_score(actual, predicted, labels=labels, replace_undefined_by=0.0)
    out["ece"] = expected_calibration_error(actual, scores)
    several = present > 1
    out["d2_log_loss"] = m.d2_log_loss_score(actual, scores, labels=labels) if several else None
    for name, score in [("precision", m.precision_score), ("recall", m.recall_score), ("f1", m.f1_score)]:
        for average in ["macro", "weighted"]:
            out[f"{name}_{average}"] = score(actual, predicted, average=average)
        if classes == 2:
            out[name] = score(actual, predicted)
    if classes == 2:
        positive = scores[:, 1]
        out["roc_auc"] = m.roc_auc_score(actual, positive) if present == 2 else None
        out["pr_auc"] = m.average_precision_score(actual, positive) if actual.any() else None
        out["brier"] = m.brier_score_loss(actual, positive, pos_label=1)
        out["d2_brier"] = m.d2_brier_score(actual, positive, pos_label=1) if several else None
        out["gini"] = 2 * out["roc_auc"] - 1 if present == 2 else None
        out["ks"] = stats.ks_2samp(positive[actual == 1], positive[actual == 0]).statistic if present == 2 else None
        out["specificity"] = m.recall_score(actual, predicted, pos_label=0)
        out["npv"] = m.precision_score(actual, predicted, pos_label=0)
        out["f05"] = m.fbeta_score(actual, predicted, beta=0.5)
        out["f2"] = m.fbeta_score(actual, predicted, beta=2)
        out["jaccard"] = m.jaccard_score(actual, predicted)
    else:
        whole = present == classes
        for name, average in [("roc_auc", "macro"), ("roc_auc_weighted", "weighted")]:
            out[name] = m.roc_auc_score(actual, scores, multi_class="ovr", average=average) if whole else None
        out["pr_auc"] = m.average_precision_score(actual, scores, average="macro") if whole else None
        out["brier"] = m.brier_score_loss(actual, scores, labels=labels)
        out["d2_brier"] = m.d2_brier_score(actual, scores, labels=labels) if several else None
        for name, average in [("roc_auc_ovo", "macro"), ("roc_auc_ovo_weighted", "weighted")]:
            out[name] = m.roc_auc_score(actual, scores, multi_class="ovo", average=average) if whole else None
        for k in [2, 3]:
            out[f"top_{k}_accuracy"] = m.top_k_accuracy_score(actual, scores, k=k, labels=labels)
        out["mae"] = m.mean_absolute_error(actual, predicted)
        kappa = {"labels": labels, "weights": "quadratic", "replace_undefined_by": 0.0}
        out["cohen_kappa_quadratic"] = m.cohen_kappa_score(actual, predicted, **kappa)
    return out


def expected_calibration_error(actual, scores):
    """Naeini et al. (2015), with the bins of scikit-learn's calibration_curve."""
    told = np.ones(len(actual), int) if scores.shape[1] == 2 else scores.argmax(axis=1)
    probability = scores[np.arange(len(actual)), told]
    bins = np.searchsorted(np.linspace(0, 1, 11)[1:-1], probability)
    found = (actual == told).astype(float)
    return sum(abs(probability[bins == b].sum() - found[bins == b].sum()) for b in range(10)) / len(actual)


def regression(actual, predicted):
    above, counts, positive = min(actual.min(), predicted.min()) > -1, actual.min() >= 0 < predicted.min(), min(actual.min(), predicted.min()) > 0
    size = (np.abs(actual) + np.abs(predicted)) / 2
    return {
        "explained_variance": m.explained_variance_score(actual, predicted),
        "d2_absolute_error": m.d2_absolute_error_score(actual, predicted),
        "max_error": m.max_error(actual, predicted),
        "smape": np.divide(np.abs(actual - predicted), size, out=np.zeros_like(size), where=size > 0).mean(),
        "msle": m.mean_squared_log_error(actual, predicted) if above else None,
        "rmsle": m.root_mean_squared_log_error(actual, predicted) if above else None,
        "pinball_10": m.mean_pinball_loss(actual, predicted, alpha=0.1),
        "pinball_90": m.mean_pinball_loss(actual, predicted, alpha=0.9),
        "poisson_deviance": m.mean_poisson_deviance(actual, predicted) if counts else None,
        "gamma_deviance": m.mean_gamma_deviance(actual, predicted) if positive else None,
        "r2": m.r2_score(actual, predicted),
        "rmse": m.root_mean_squared_error(actual, predicted),
        "mse": m.mean_squared_error(actual, predicted),
        "mae": m.mean_absolute_error(actual, predicted),
        "medae": m.median_absolute_error(actual, predicted),
        "mape": m.mean_absolute_percentage_error(actual, predicted),
    }


def binary_case(name, actual, positive, predicted=None):
    actual, positive = np.asarray(actual), np.asarray(positive, float)
    predicted = (positive >= 0.5).astype(int) if predicted is None else np.asarray(predicted)
    return class_case(name, actual, np.column_stack([1 - positive, positive]), predicted)


def class_case(name, actual, scores, predicted=None):
    predicted = scores.argmax(axis=1) if predicted is None else np.asarray(predicted)
    case = {
        "name": name,
        "classes": scores.shape[1],
        "actual": actual.tolist(),
        "scores": scores.ravel().tolist(),
        "predicted": predicted.tolist(),
        "confusion": m.confusion_matrix(actual, predicted, labels=range(scores.shape[1])).tolist(),
        "expected": clean(classification(actual, scores, predicted)),
    }
    if scores.shape[1] == 2 and len(set(actual.tolist())) == 2:
        fpr, tpr, cuts = m.roc_curve(actual, scores[:, 1], drop_intermediate=False)
        case["roc"] = [[None if math.isinf(c) else c, f, t] for c, f, t in zip(cuts.tolist(), fpr.tolist(), tpr.tolist())]
        precision, recall, cuts = m.precision_recall_curve(actual, scores[:, 1])
        case["precision_recall"] = [list(p) for p in zip(cuts.tolist() + [None], precision.tolist(), recall.tolist())]
        case["calibration"] = [
            [strategy, bins, np.column_stack(calibration_curve(actual, scores[:, 1], n_bins=bins, strategy=strategy)[::-1]).tolist()]
            for strategy in ["uniform", "quantile"]
            for bins in [1, 4, 10]
        ]
    return case


def value_case(name, actual, predicted):
    actual, predicted = np.asarray(actual, float), np.asarray(predicted, float)
    expected = clean(regression(actual, predicted))
    return {"name": name, "actual": actual.tolist(), "predicted": predicted.tolist(), "expected": expected}


def clean(values):
    return {k: None if v is None or math.isnan(v) else float(v) for k, v in values.items()}


def classification_cases():
    rng = np.random.default_rng(20251120)
    actual = rng.integers(0, 2, 60)
    noisy = np.clip(0.5 * actual + rng.random(60) * 0.7, 0, 1)
    yield binary_case("distinct scores", actual, noisy)
    yield binary_case("ties", actual, np.round(noisy, 1))
    yield binary_case("few positives", (rng.random(80) < 0.06).astype(int), np.round(rng.random(80), 2))
    yield binary_case("extreme probabilities", [0, 1, 1, 0, 1, 0], [0.0, 1.0, 0.0, 1.0, 1e-300, 1 - 1e-16])
    yield binary_case("constant score", [0, 1, 1, 0, 1], [0.3] * 5)
    yield binary_case("nothing predicted positive", [0, 1, 1, 0], [0.1, 0.2, 0.3, 0.4])
    yield binary_case("everything predicted positive", [0, 1, 1, 0], [0.6, 0.7, 0.8, 0.9])
    yield binary_case("only negatives", [0, 0, 0], [0.2, 0.6, 0.4])
    yield binary_case("only negatives, none predicted", [0, 0, 0], [0.2, 0.1, 0.4])
    yield binary_case("only positives", [1, 1, 1], [0.2, 0.6, 0.4])
    yield binary_case("one row", [1], [0.9])
    yield binary_case("perfect", [0, 1, 0, 1], [0.0, 1.0, 0.0, 1.0])
    yield binary_case("all wrong", [0, 1, 0, 1], [0.9, 0.2, 0.8, 0.1])

    actual = rng.integers(0, 4, 50)
    scores = rng.dirichlet(np.ones(4), 50) + 0.5 * np.eye(4)[actual]
    scores /= scores.sum(axis=1, keepdims=True)
    yield class_case("four classes", actual, scores)
    grid = np.round(scores * 5)
    grid[:, 0] += (grid.sum(axis=1) == 0)
    yield class_case("four classes with ties", actual, grid / grid.sum(axis=1, keepdims=True))
    yield class_case("a class never predicted", actual, scores, np.where(scores.argmax(axis=1) == 2, 3, scores.argmax(axis=1)))
    few = np.where(actual == 1, 0, actual)
    yield class_case("a class without rows", few, scores)
    yield class_case("a class neither there nor predicted", few, scores, np.where(scores.argmax(axis=1) == 1, 0, scores.argmax(axis=1)))
    certain = np.eye(3)[[0, 1, 2, 1, 0, 2]]
    yield class_case("certain and sometimes wrong", np.array([0, 1, 2, 2, 0, 1]), certain)
    yield class_case("one class of three", np.array([1, 1, 1]), certain[:3])


def regression_cases():
    rng = np.random.default_rng(20251120)
    actual = rng.normal(10, 3, 41)
    yield value_case("normal", actual, actual + rng.normal(0, 1, 41))
    yield value_case("even number of rows", actual[:20], actual[:20] + rng.normal(0, 1, 20))
    yield value_case("zeros", [0, 0, 1, -2, 0, 5], [0, 0.5, 1, -1, -0.25, 4])
    yield value_case("constant target, perfect", [3, 3, 3], [3, 3, 3])
    yield value_case("constant target, missed", [3, 3, 3], [3, 3.5, 3])
    yield value_case("worse than the mean", [1, 2, 3], [3, 2, 1])
    yield value_case("one row", [2], [2.5])
    yield value_case("far from zero", 1e9 + actual, 1e9 + actual + rng.normal(0, 1, 41))
    yield value_case("wide range", 10.0 ** np.arange(-10, 10), 1.1 * 10.0 ** np.arange(-10, 10))


def bootstrap_cases():
    """Intervals of two models' metrics, and of their difference, for given resamples."""
    rng = np.random.default_rng(20251120)
    rows, resamples, confidence = 45, 80, 0.9
    indices = rng.integers(0, rows, (resamples, rows))
    counts = [np.bincount(drawn, minlength=rows).tolist() for drawn in indices]

    def case(kind, actual, answers, values_of):
        values = [[values_of(actual[drawn], answer[drawn]) for drawn in indices] for answer in answers]
        ends = [100 * (1 - confidence) / 2, 100 * (1 + confidence) / 2]
        told = {}
        for name in values[0][0]:
            of = np.array([[resample[name] for resample in model] for model in values])
            low, high = np.percentile(of, ends, axis=1)
            told[name] = {"intervals": list(zip(low.tolist(), high.tolist())), "difference": np.percentile(of[0] - of[1], ends).tolist()}
        return {
            "name": kind,
            "actual": actual.tolist(),
            "answers": [answer.ravel().tolist() for answer in answers],
            "counts": counts,
            "confidence": confidence,
            "expected": told,
        }

    def of_classes(classes):
        def values(actual, scores):
            told = clean(classification(actual, scores, scores.argmax(axis=1)))
            names = ["roc_auc", "pr_auc", "f1", "f1_macro", "precision", "recall", "accuracy", "balanced_accuracy", "mcc", "log_loss", "brier"]
            return {name: told[name] for name in names if name in told}

        actual = np.concatenate([np.arange(classes).repeat(3), rng.integers(0, classes, rows - 3 * classes)])
        noisy = lambda: np.round(rng.dirichlet(np.ones(classes), rows) + 0.4 * np.eye(classes)[actual], 1) + 0.05
        scores = [(s := noisy()) / s.sum(axis=1, keepdims=True) for _ in range(2)]
        return actual, scores, values

    for name, classes in [("binary", 2), ("three classes", 3)]:
        actual, scores, values = of_classes(classes)
        yield case(name, actual, scores, values)
    actual = rng.normal(10, 3, rows)
    answers = [actual + np.round(rng.normal(0, 1, rows), 1), actual + rng.normal(0, 2, rows)]
    names = ["r2", "rmse", "mse", "mae", "medae", "mape"]
    yield case("numbers", actual, answers, lambda y, p: {name: regression(y, p)[name] for name in names})


def uniform(count, state=1):
    """The generator of the unit test, for a million rows without a file of them."""
    out = np.empty(count)
    for i in range(count):
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        out[i] = (state >> 11) / 2**53
    return out


def million():
    draws = uniform(2_000_000)
    positive = np.round(draws[:1_000_000], 5)
    noise = draws[1_000_000:]
    actual = (noise < positive).astype(int)
    scores = np.column_stack([1 - positive, positive])
    return {
        "classification": clean(classification(actual, scores, (positive >= 0.5).astype(int))),
        "regression": clean(regression(1e4 + positive, 1e4 + positive + noise)),
    }


golden = {
    "scikit_learn": sklearn.__version__,
    "classification": list(classification_cases()),
    "regression": list(regression_cases()),
    "bootstrap": list(bootstrap_cases()),
    "million": million(),
}
# One case a line keeps the file small and its changes readable.
lines = []
for key, value in golden.items():
    if isinstance(value, list):
        body = ",\n".join(json.dumps(case, separators=(",", ":")) for case in value)
        lines.append(f"{json.dumps(key)}: [\n{body}\n]")
    else:
        lines.append(f"{json.dumps(key)}: {json.dumps(value)}")
pathlib.Path(__file__).with_suffix(".json").write_text("{\n" + ",\n".join(lines) + "\n}\n")
