"""What the stages share: columns, parameters, reading and writing."""

from pathlib import Path

import pandas as pd
import yaml

NUMERIC = [
    "age",
    "fnlwgt",
    "education_num",
    "capital_gain",
    "capital_loss",
    "hours_per_week",
]
CATEGORICAL = [
    "workclass",
    "education",
    "marital_status",
    "occupation",
    "relationship",
    "race",
    "sex",
    "native_country",
]
COLUMNS = [
    "age",
    "workclass",
    "fnlwgt",
    "education",
    "education_num",
    "marital_status",
    "occupation",
    "relationship",
    "race",
    "sex",
    "capital_gain",
    "capital_loss",
    "hours_per_week",
    "native_country",
    "income",
]
TARGET = "income"
POSITIVE = ">50K"


def params():
    return yaml.safe_load(Path("params.yaml").read_text())


def read(path, **options):
    return pd.read_csv(path, **options)


def write(table, path):
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    table.to_csv(path, index=False)


def features_and_target(table):
    return table[NUMERIC + CATEGORICAL], (table[TARGET] == POSITIVE).astype(int)
