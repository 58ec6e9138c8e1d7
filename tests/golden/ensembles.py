"""Golden numbers of src/models/blend, computed with SciPy and scikit-learn.

Run `python tests/golden/ensembles.py` and compare with the constants in src/models/blend/golden.rs. Formulas instead of
random numbers, so that the Rust test makes the same rows.
"""

import numpy as np
from scipy.optimize import minimize
from sklearn.linear_model import LogisticRegression, Ridge

EDGE = 1e-4
rows = 240
i = np.arange(rows)


def wave(step, period):
    return (i * step % period) / period


def show(name, values):
    print(name, [float(f"{v:.10g}") for v in np.ravel(values)])


value = wave(37, 101) + wave(53, 97)
weight = 1.0 + i % 4
two = (value + 0.6 * wave(29, 31) > 1.3).astype(int)
three = (value > 0.7).astype(int) + (value + 0.5 * wave(29, 31) > 1.4)
of_two = [1 / (1 + np.exp(-s * (value + shift * wave(*by) - 1.2))) for s, shift, by in [(3, 1, (11, 13)), (6, 0.5, (17, 19)), (1, 2, (23, 29))]]
of_three = []
for s, by in [(2, (11, 13)), (4, (17, 19)), (1, (23, 29))]:
    raw = np.exp(-s * np.abs((value + 0.8 * wave(*by) - 0.4)[:, None] - np.array([0.4, 1.0, 1.7])))
    of_three.append(raw / raw.sum(axis=1, keepdims=True))
of_value = [value + wave(11, 13) - 0.4, 0.8 * value + 0.5 * wave(17, 19), 1.5 - 0.3 * value]
target = value + 0.4 * wave(29, 31)


def best(loss):
    bounds, total = [(0, 1)] * 3, {"type": "eq", "fun": lambda a: a.sum() - 1}
    return minimize(loss, np.full(3, 1 / 3), bounds=bounds, constraints=total, method="SLSQP", options=dict(ftol=1e-16, maxiter=1000)).x


for w, name in [(np.ones(rows), "plain"), (weight, "weighted")]:
    own = np.column_stack([np.where(two == 1, p, 1 - p) for p in of_two])
    show(f"weights two {name}", best(lambda a: -(w * np.log(own @ a)).sum() / w.sum()))
    own3 = np.column_stack([p[i, three] for p in of_three])
    show(f"weights three {name}", best(lambda a: -(w * np.log(own3 @ a)).sum() / w.sum()))
    off = np.column_stack(of_value) - target[:, None]
    show(f"weights value {name}", best(lambda a: (w * (off @ a) ** 2).sum() / w.sum()))

    tight = dict(tol=1e-12, max_iter=100_000)
    odds = np.column_stack([np.log((p + EDGE) / (1 - p + EDGE)) for p in of_two])
    show(f"final two {name}", LogisticRegression(**tight).fit(odds, two, w).predict_proba(odds)[:4, 1])
    logs = [np.log(p + EDGE) for p in of_three]
    logs = np.column_stack([p - p.mean(axis=1, keepdims=True) for p in logs])
    show(f"final three {name}", LogisticRegression(**tight).fit(logs, three, w).predict_proba(logs)[:4, 1])
    mean = np.average(target, weights=w)
    deviation = np.sqrt(np.average((target - mean) ** 2, weights=w))
    units = (np.column_stack(of_value) - mean) / deviation
    found = Ridge(alpha=1.0).fit(units, (target - mean) / deviation, w).predict(units)
    show(f"final value {name}", (mean + deviation * found)[:4])
