"""Writes exploration.json: small tables and what pandas, SciPy and scikit-learn say about them, read by the unit test of
src/exploration.

    python -m venv venv && venv/bin/pip install scikit-learn==1.9.1 pandas==3.1.1
    venv/bin/python tests/golden/exploration.py

Undefined values are null. Cramér's V with Bergsma's correction is in none of the three; it is computed here from SciPy's
chi-squared by the formula of the paper.
"""

import json
import math
import pathlib
import warnings

import numpy as np
import pandas as pd
import scipy
import sklearn
from scipy import stats
from sklearn import metrics

warnings.filterwarnings("ignore")

SHARES = [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99]


def clean(value):
    value = None if value is None else float(value)
    return None if value is None or not math.isfinite(value) else value


def numbers(values):
    series = pd.Series(values, dtype=float)
    present = series.dropna().to_numpy()
    first, third = np.quantile(present, [0.25, 0.75])
    reach = 1.5 * (third - first)
    deviation = series.std()
    return {
        "min": series.min(),
        "max": series.max(),
        "mean": clean(series.mean()),
        "standard_deviation": clean(deviation),
        "skewness": clean(series.skew()),
        "kurtosis": clean(series.kurt()),
        "quantiles": np.quantile(present, SHARES).tolist(),
        "fences": int(((present < first - reach) | (present > third + reach)).sum()),
        "z_score": int((np.abs(present - series.mean()) > 3 * deviation).sum()) if deviation > 0 else 0,
    }


def histogram(values, low, high, bins):
    return np.histogram(np.asarray(values)[~np.isnan(values)], bins=bins, range=(low, high))[0].tolist()


def pair(a, b):
    frame = pd.DataFrame({"a": a, "b": b}, dtype=float)
    return {
        "pearson": pearson(frame.dropna()),
        "spearman": clean(frame.corr("spearman").iloc[0, 1]),
    }


def pearson(frame):
    # SciPy's, since that of pandas loses digits far from zero.
    varies = len(frame) > 1 and frame["a"].nunique() > 1 and frame["b"].nunique() > 1
    return clean(stats.pearsonr(frame["a"], frame["b"]).statistic) if varies else None


def cramers_v(a, b):
    table = pd.crosstab(pd.Series(a), pd.Series(b)).to_numpy()
    if min(table.shape) < 2:
        return None
    rows, (k, r) = table.sum(), table.shape
    phi = max(0, stats.chi2_contingency(table, correction=False)[0] / rows - (k - 1) * (r - 1) / (rows - 1))
    corrected = [n - (n - 1) ** 2 / (rows - 1) for n in (k, r)]
    most = min(corrected) - 1
    return clean(math.sqrt(phi / most)) if most > 0 else None


def levels(a, b):
    both = [(x, y) for x, y in zip(a, b) if x and y]
    x, y = [x for x, _ in both], [y for _, y in both]
    return {
        "cramers_v": cramers_v(x, y),
        "chi_squared": clean(stats.chi2_contingency(pd.crosstab(pd.Series(x), pd.Series(y)), correction=False)[0]),
        "mutual_information": clean(metrics.mutual_info_score(x, y)),
        "normalized_mutual_information": clean(metrics.normalized_mutual_info_score(x, y)),
    }


def eta_squared(groups, values):
    parts = [np.array([v for g, v in zip(groups, values) if g == name and not math.isnan(v)]) for name in set(groups) - {0}]
    parts = [part for part in parts if len(part)]
    every = np.concatenate(parts)
    if len(parts) > 1 and all(len(part) > 1 for part in parts):
        f = stats.f_oneway(*parts).statistic
        between, within = len(parts) - 1, len(every) - len(parts)
        return clean(f * between / (f * between + within))
    return clean(sum(len(p) * (p.mean() - every.mean()) ** 2 for p in parts) / ((every - every.mean()) ** 2).sum())


rng = np.random.default_rng(7)
holes = lambda values, share: np.where(rng.random(len(values)) < share, np.nan, values)
rows = 150
COLUMNS = {
    "normal": rng.normal(3, 2, rows),
    "long tail": np.exp(rng.normal(0, 2, rows)),
    "with holes": holes(rng.normal(-1, 5, rows), 0.3),
    "few values": rng.integers(0, 4, rows).astype(float),
    "few values with holes": holes(rng.integers(-3, 9, rows).astype(float), 0.2),
    "mostly zero": np.where(rng.random(rows) < 0.9, 0.0, rng.integers(1, 60, rows)),
    "far from zero": 1e9 + rng.random(rows),
    "constant": np.full(rows, 0.1),
    "two values": np.array([1.0, 5.0] + [math.nan] * (rows - 2)),
}
LEVELS = {
    "three": rng.integers(1, 4, rows).tolist(),
    "three with holes": (rng.integers(1, 4, rows) * (rng.random(rows) > 0.2)).tolist(),
    "many": rng.integers(1, 40, rows).tolist(),
    "uneven": np.minimum(rng.geometric(0.4, rows), 7).tolist(),
    "related": None,
}
LEVELS["related"] = [x if rng.random() < 0.8 else int(rng.integers(1, 4)) for x in LEVELS["three"]]


def nulls(values):
    return [clean(value) for value in values]


def main():
    document = {
        "columns": {name: nulls(values) for name, values in COLUMNS.items()},
        "levels": LEVELS,
        "numbers": {name: numbers(values) for name, values in COLUMNS.items()},
        "histograms": [
            [name, low, high, bins, histogram(COLUMNS[name], low, high, bins)]
            for name, bins in [("normal", 12), ("with holes", 7)]
            for low, high in [(float(np.nanmin(COLUMNS[name])), float(np.nanmax(COLUMNS[name])))]
        ],
        "pairs": [[a, b, pair(COLUMNS[a], COLUMNS[b])] for i, a in enumerate(COLUMNS) for b in list(COLUMNS)[i + 1 :]],
        "level_pairs": [[a, b, levels(LEVELS[a], LEVELS[b])] for i, a in enumerate(LEVELS) for b in list(LEVELS)[i + 1 :]],
        "eta_squared": [
            [a, b, eta_squared(LEVELS[a], COLUMNS[b])]
            for a in ["three", "three with holes", "uneven"]
            for b in ["normal", "with holes", "few values"]
        ],
        "roc_auc": [
            [name, clean(metrics.roc_auc_score((np.array(LEVELS["three"]) == 1)[keep], values[keep]))]
            for name, values in COLUMNS.items()
            for keep in [~np.isnan(values)]
            if len(set((np.array(LEVELS["three"]) == 1)[keep])) == 2
        ],
        "duplicates": int(pd.DataFrame({"a": LEVELS["three"], "b": LEVELS["uneven"], "c": COLUMNS["few values"]}).duplicated().sum()),
        "made with": {"numpy": np.__version__, "pandas": pd.__version__, "scipy": scipy.__version__, "scikit-learn": sklearn.__version__},
    }
    target = pathlib.Path(__file__).with_name("exploration.json")
    target.write_text(json.dumps(document) + "\n")


if __name__ == "__main__":
    main()
