"""Golden numbers of nb, knn and svm, computed with scikit-learn on tiny data.

Run `python tests/golden/nb_knn_svm.py` and compare with the constants in src/models/golden/ and
src/models/svm/tests.rs; src/models/golden/mod.rs makes the same rows of the same formulas.
"""

import numpy as np
import sklearn
from sklearn.naive_bayes import BernoulliNB, ComplementNB, GaussianNB, MultinomialNB

i = np.arange(90)
a = (i * 37 % 101) / 50 - 1
b = (i * 53 % 97) / 48 - 1
level = (i * 7 + i // 11) % 5
counts = np.column_stack([i * 3 % 4, (i // 7) % 3])
dense = np.column_stack([a, b])
sparse = np.column_stack([np.eye(5)[level], counts]).astype(float)
x = np.column_stack([dense, sparse])
value = a * 1.5 + b * a + (level == 2) * 0.8 - counts[:, 0] * 0.2 + (i * 29 % 31) / 60
weight = 1.0 + i % 4
two = (value > 0.2).astype(int)
three = (value > -0.4).astype(int) + (value > 0.6)
shown = [0, 13, 26, 39, 52, 65, 78, 89]


def show(name, values):
    print(f"{name:40}", "[" + ", ".join(f"{v:.12g}" for v in np.ravel(values)) + "]")


def both(name, of):
    """`of(y, weights)` gives a probability of class 1 for each row."""
    for y, task in ((two, "two"), (three, "three")):
        for w in (None, weight):
            show(f"{name} {task} {'plain' if w is None else 'weighted'}", of(y, w)[shown])


def mixed(y, w, of_sparse):
    """Gaussian for the dense features and another for the others: both likelihoods, the prior once."""
    numbers, others = GaussianNB().fit(dense, y, w), of_sparse().fit(sparse, y, w)
    joint = numbers.predict_joint_log_proba(dense) + others.predict_joint_log_proba(sparse) - others.class_log_prior_
    p = np.exp(joint - joint.max(axis=1, keepdims=True))
    return (p / p.sum(axis=1, keepdims=True))[:, 1]


print("scikit-learn", sklearn.__version__)
both("nb auto, sparse values of 1", lambda y, w: mixed(y, w, BernoulliNB))
both("nb auto", lambda y, w: mixed(y, w, MultinomialNB))
both("nb gaussian 0.01", lambda y, w: GaussianNB(var_smoothing=0.01).fit(x, y, w).predict_proba(x)[:, 1])
both("nb bernoulli 0.5", lambda y, w: BernoulliNB(alpha=0.5).fit(x, y, w).predict_proba(x)[:, 1])
shifted = np.column_stack([dense + 1, sparse])
both("nb multinomial", lambda y, w: MultinomialNB().fit(shifted, y, w).predict_proba(shifted)[:, 1])
both("nb complement 0.5", lambda y, w: ComplementNB(alpha=0.5).fit(shifted, y, w).predict_proba(shifted)[:, 1])
both("nb complement norm", lambda y, w: ComplementNB(norm=True).fit(shifted, y, w).predict_proba(shifted)[:, 1])

# Rows to be scored are new ones, far enough from any tie that a rounding decides.
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor

for params in (
    dict(n_neighbors=5),
    dict(n_neighbors=7, weights="distance"),
    dict(n_neighbors=4, weights="distance", metric="manhattan"),
    dict(n_neighbors=5, weights="distance", metric="cosine"),
):
    name = " ".join(str(v) for v in params.values())
    train, new = slice(0, 60), [i for i in shown if i >= 60] + [60, 67, 71, 74, 83]
    for y, kind in ((two, KNeighborsClassifier), (three, KNeighborsClassifier), (value, KNeighborsRegressor)):
        fitted = kind(algorithm="brute", **params).fit(x[train], y[train])
        found = fitted.predict(x[new]) if y is value else fitted.predict_proba(x[new])[:, 1]
        distances = fitted.kneighbors(x[new], params["n_neighbors"] + 1)[0]
        assert (np.diff(distances)[:, -1] > 1e-6).all(), "a tie at the edge"
        show(f"knn {name} {kind.__name__} {len(set(y))}", found)

# Decisions of support vector machines, of class 1 against the rest; targets that are numbers scaled as `svm` does.
from sklearn.calibration import _sigmoid_calibration
from sklearn.svm import SVC, SVR, LinearSVC, LinearSVR


def units(w):
    mean = np.average(value, weights=w)
    return (value - mean) / np.sqrt(np.average((value - mean) ** 2, weights=w))


exact = dict(tol=1e-9, max_iter=1_000_000)
ones = np.ones(len(i))
for loss in ("squared_hinge", "hinge"):
    for y in (two, (three == 1).astype(int))[: 1 if loss == "hinge" else 2]:
        for w in (ones, weight):
            fitted = LinearSVC(loss=loss, dual=True, random_state=0, **exact).fit(x, y, w)
            show(f"svm {loss} {y.sum()} {w.sum()}", fitted.decision_function(x)[shown])
for loss in ("epsilon_insensitive", "squared_epsilon_insensitive"):
    for w in (ones, weight):
        fitted = LinearSVR(loss=loss, epsilon=0.1, dual=True, random_state=0, **exact).fit(x, units(w), w)
        show(f"svm {loss} {w.sum()}", fitted.predict(x)[shown])
rbf, poly = dict(kernel="rbf"), dict(kernel="poly", degree=2, gamma=0.3, coef0=1.0)
for kernel in (rbf, poly):
    for y in (two, (three == 1).astype(int)):
        for w in (ones, weight):
            show(f"svm {kernel['kernel']} {y.sum()} {w.sum()}", SVC(tol=1e-9, **kernel).fit(x, y, w).decision_function(x)[shown])
    for w in (ones, weight):
        show(f"svm {kernel['kernel']} value {w.sum()}", SVR(tol=1e-9, **kernel).fit(x, units(w), w).predict(x)[shown])
for w in (None, weight):
    slope, offset = _sigmoid_calibration(value, two[::-1], w)
    show(f"platt {'plain' if w is None else 'weighted'}", [-slope, -offset])
