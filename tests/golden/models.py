"""Golden numbers of src/models, computed with scikit-learn and XGBoost on tiny data.

Run `python tests/golden/models.py` and compare with the constants in src/models/tests.rs.
"""

import numpy as np
import xgboost
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

a = np.array([0.5, -1.2, 3.3, 2.1, -0.7, 1.9, -2.4, 0.1, 1.1, -0.3])
b = np.array([1.0, 0.0, 0.0, 1.0, 1.0, 0.0, 1.0, 0.0, 0.0, 1.0])
x = np.column_stack([a, b, 1 - b])
y = np.array([1.4, -2.0, 5.9, 4.6, -0.2, 3.1, -3.5, 0.4, 2.2, 0.3])
two = np.array([0, 0, 1, 1, 1, 1, 0, 0, 1, 0])
three = np.array([0, 1, 2, 2, 0, 2, 1, 0, 2, 1])
tight = dict(tol=1e-12, max_iter=100_000)


def show(name, values):
    print(name, [float(f"{v:.12g}") for v in np.ravel(values)])


show("linear", LinearRegression().fit(x, y).predict(x))
for alpha in (1.0, 0.1):
    show(f"ridge {alpha}", Ridge(alpha=alpha).fit(x, y).predict(x))
for c in (1.0, 0.1):
    show(f"lr binary {c}", LogisticRegression(C=c, **tight).fit(x, two).predict_proba(x)[:, 1])
    show(f"lr three {c}", LogisticRegression(C=c, **tight).fit(x, three).predict_proba(x))
tree = dict(max_depth=2, min_samples_leaf=2, random_state=0)
show("dt binary", DecisionTreeClassifier(**tree).fit(x, two).predict_proba(x)[:, 1])
show("dt three", DecisionTreeClassifier(**tree).fit(x, three).predict_proba(x))
show("dt value", DecisionTreeRegressor(**tree).fit(x, y).predict(x))

# XGBoost: formulas instead of random numbers, so that the Rust test makes the same rows.
i = np.arange(300)
a = (i * 37 % 101) / 50 - 1
b = (i * 53 % 97) / 48 - 1
flag = np.where(i % 3 == 0, 1.0, np.nan)
value = a * b + 0.5 * (i % 3 == 0) + (i * 29 % 31) / 60
weight = 1 + i % 4
x = np.column_stack([np.where(i % 7 == 2, np.nan, a), b, flag])
for name, model, y in [
    ("two", xgboost.XGBClassifier, (value > 0.4).astype(int)),
    ("three", xgboost.XGBClassifier, (value > 0.1).astype(int) + (value > 0.6)),
    ("value", xgboost.XGBRegressor, value),
]:
    for w in (None, weight):
        fitted = model(n_estimators=20, max_depth=3, learning_rate=0.3, tree_method="hist", n_jobs=1).fit(x, y, sample_weight=w)
        p = fitted.predict(x) if name == "value" else fitted.predict_proba(x)[:, 1]
        print(f"xgb {name} {'plain' if w is None else 'weighted'}", [float(f"{v:.7g}") for v in p[:8]])
print("xgboost", xgboost.__version__)
