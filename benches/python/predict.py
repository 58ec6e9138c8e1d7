"""Every raw row through the champion."""

import json
from pathlib import Path

import joblib
import numpy as np
import pandas as pd

from clean import clean
from common import POSITIVE, features_and_target, read, write
from features import features

package = joblib.load(f"models/{json.loads(Path('models/champion.json').read_text())['algorithm']}.joblib")
raw = read("data/raw/adult.csv", dtype=str, keep_default_na=False)
x, _ = features_and_target(features(clean(raw)))
scores = package["model"].predict_proba(x)
test = set(read("data/processed/test.csv", usecols=["row_id"])["row_id"])
write(
    pd.DataFrame(
        {
            "row_id": raw["row_id"],
            "part": np.where(raw["row_id"].astype(int).isin(test), "test", "train"),
            "prediction": np.where(scores[:, 1] >= package["threshold"], POSITIVE, "<=50K"),
            "probability_<=50K": scores[:, 0],
            "probability_>50K": scores[:, 1],
        }
    ),
    "data/processed/predictions.csv",
)
