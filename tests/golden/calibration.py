"""Golden numbers of src/package/calibration.rs, computed with scikit-learn.

Run `python tests/golden/calibration.py` and compare with the constants in the tests there.
"""

import numpy as np
from sklearn.calibration import _SigmoidCalibration
from sklearn.isotonic import IsotonicRegression

scores = np.array([0.1, 0.2, 0.2, 0.35, 0.4, 0.4, 0.55, 0.6, 0.7, 0.8, 0.85, 0.95])
y = np.array([0, 0, 1, 0, 0, 1, 1, 0, 1, 1, 0, 1])
at = np.array([0.05, 0.2, 0.3, 0.5, 0.65, 0.9, 0.99])


def show(name, values):
    print(name, [float(f"{v:.10g}") for v in values])


def odds(p, pull):
    p = pull + (1 - 2 * pull) * p
    return np.log(p / (1 - p))


for pull in 1e-7, 0.01, 0.2:
    show(f"platt {pull}", _SigmoidCalibration().fit(odds(scores, pull), y).predict(odds(at, pull)))
show("isotonic", IsotonicRegression(out_of_bounds="clip").fit(scores, y).predict(at))
