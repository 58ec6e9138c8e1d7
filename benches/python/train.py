"""One algorithm: out-of-fold predictions for threshold and selection, then a fit on all training rows."""

import sys
from pathlib import Path

import joblib
import numpy as np
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.metrics import average_precision_score, precision_recall_curve, roc_auc_score
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from common import CATEGORICAL, NUMERIC, features_and_target, params, read


def build(algorithm, settings, seed):
    jobs, own = settings["n_jobs"], settings[algorithm]
    if algorithm == "lr":
        from sklearn.linear_model import LogisticRegression

        model = LogisticRegression(**own)
    elif algorithm == "rf":
        from sklearn.ensemble import RandomForestClassifier

        model = RandomForestClassifier(**own, n_jobs=jobs, random_state=seed)
    else:
        from xgboost import XGBClassifier

        model = XGBClassifier(**own, n_jobs=jobs, random_state=seed)
    learned = ColumnTransformer(
        [
            ("numbers", make_pipeline(SimpleImputer(strategy="median"), StandardScaler()), NUMERIC),
            (
                "categories",
                make_pipeline(
                    SimpleImputer(strategy="most_frequent"),
                    # A forest takes half the time on dense columns; the other two are faster on sparse ones.
                    OneHotEncoder(handle_unknown="ignore", sparse_output=algorithm != "rf"),
                ),
                CATEGORICAL,
            ),
        ],
    )
    return make_pipeline(learned, model)


def best_f1_threshold(actual, scores):
    precision, recall, thresholds = precision_recall_curve(actual, scores)
    total = precision + recall
    f1 = np.divide(2 * precision * recall, total, out=np.zeros_like(total), where=total > 0)
    return float(thresholds[f1[:-1].argmax()])


algorithm = sys.argv[1]
settings = params()
seed = settings["seed"]
x, y = features_and_target(read("data/processed/train.csv"))
model = build(algorithm, settings["train"], seed)
folds = StratifiedKFold(settings["train"]["folds"], shuffle=True, random_state=seed)
scores = cross_val_predict(model, x, y, cv=folds, method="predict_proba")[:, 1]
model.fit(x, y)
Path("models").mkdir(exist_ok=True)
joblib.dump(
    {
        "model": model,
        "threshold": best_f1_threshold(y, scores),
        "out_of_fold": {
            "roc_auc": roc_auc_score(y, scores),
            "pr_auc": average_precision_score(y, scores),
        },
    },
    f"models/{algorithm}.joblib",
)
