"""All models on the test rows, a leaderboard and the champion by out-of-fold score."""

import json
from pathlib import Path

import joblib
import pandas as pd
from sklearn import metrics

from common import features_and_target, params, read, write


def labels(actual, predicted):
    out = {
        "accuracy": metrics.accuracy_score(actual, predicted),
        "balanced_accuracy": metrics.balanced_accuracy_score(actual, predicted),
        "mcc": metrics.matthews_corrcoef(actual, predicted),
        "confusion": metrics.confusion_matrix(actual, predicted).tolist(),
    }
    for average, suffix in [("binary", ""), ("macro", "_macro"), ("weighted", "_weighted")]:
        values = metrics.precision_recall_fscore_support(actual, predicted, average=average)
        out |= {name + suffix: value for name, value in zip(["precision", "recall", "f1"], values)}
    return out


def probabilities(actual, scores):
    return {
        "roc_auc": metrics.roc_auc_score(actual, scores),
        "pr_auc": metrics.average_precision_score(actual, scores),
        "log_loss": metrics.log_loss(actual, scores),
        "brier": metrics.brier_score_loss(actual, scores),
    }


settings = params()
select = settings["evaluate"]["select"]
x, y = features_and_target(read("data/processed/test.csv"))
report, rows = {}, []
for algorithm in settings["algorithms"]:
    package = joblib.load(f"models/{algorithm}.joblib")
    scores = package["model"].predict_proba(x)[:, 1]
    threshold = package["threshold"]
    report[algorithm] = {
        "threshold": threshold,
        "out_of_fold": package["out_of_fold"],
        "scores": probabilities(y, scores),
        "at_threshold": labels(y, (scores >= threshold).astype(int)),
        "at_half": labels(y, (scores >= 0.5).astype(int)),
    }
    rows.append(
        {
            "algorithm": algorithm,
            f"out_of_fold_{select}": package["out_of_fold"][select],
            **report[algorithm]["scores"],
            "f1": report[algorithm]["at_threshold"]["f1"],
            "accuracy_at_half": report[algorithm]["at_half"]["accuracy"],
        }
    )
leaderboard = pd.DataFrame(rows).sort_values(f"out_of_fold_{select}", ascending=False, kind="stable")
write(leaderboard, "reports/leaderboard.csv")
Path("reports/metrics.json").write_text(json.dumps(report, indent=2))
Path("models/champion.json").write_text(json.dumps({"algorithm": leaderboard["algorithm"].iloc[0]}))
