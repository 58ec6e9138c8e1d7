"""Golden numbers of the linear models, computed with scikit-learn on rows made by formulas.

Run `python tests/golden/linear.py` and compare with the constants in src/models/golden/linear.rs.
"""

import warnings

import numpy as np
from sklearn.linear_model import ElasticNet, Lasso, LinearRegression, LogisticRegression, Ridge

warnings.simplefilter("error")
i = np.arange(300)
a = (i * 37 % 101) / 50 - 1
b = (i * 53 % 97) / 16 + 5
level = i * 7 % 23 % 5
value = a + 0.3 * b * (level == 1) + 2.0 * (level == 4) + (i * 29 % 31) / 10
x = np.column_stack([a, b, *(level == at for at in range(5))]).astype(float)
targets = {"two": (value > 2.5).astype(int), "three": (value > 1.5).astype(int) + (value > 3.0)}
weights = 1.0 + i % 4


def show(name, values):
    print(f"{name} [{', '.join(f'{v:.10g}' for v in values)}]")


for target, y in targets.items():
    for w in (None, weights):
        for name, solver, c, l1_ratio in [
            ("l2", "newton-cholesky", 0.5, 0),
            ("l1", "saga", 0.3, 1),
            ("elasticnet", "saga", 0.3, 0.4),
            ("none", "newton-cholesky", np.inf, 0),
        ]:
            model = LogisticRegression(C=c, l1_ratio=l1_ratio, solver=solver, tol=1e-10, max_iter=1_000_000)
            # Without a penalty one level follows from the others, and Newton needs independent features.
            taken = x[:, :-1] if name == "none" else x
            if solver == "saga" and w is not None:
                # With weights it never settles on three classes; rows as often as they weigh are the same.
                fitted = model.fit(np.repeat(taken, w.astype(int), axis=0), np.repeat(y, w.astype(int)))
            else:
                fitted = model.fit(taken, y, sample_weight=w)
            show(f"{target} {name} {'plain' if w is None else 'weighted'}", fitted.predict_proba(taken)[:6, 1])

tight = dict(tol=1e-15, max_iter=1_000_000)
for w in (None, weights):
    for name, model in [
        ("linear", LinearRegression()),
        ("ridge", Ridge(alpha=2.0)),
        ("lasso", Lasso(alpha=0.05, **tight)),
        ("elasticnet", ElasticNet(alpha=0.1, l1_ratio=0.3, **tight)),
    ]:
        show(f"{name} {'plain' if w is None else 'weighted'}", model.fit(x, value, sample_weight=w).predict(x)[:6])
