"""Missing markers and types; nothing that learns."""

import pandas as pd

from common import CATEGORICAL, NUMERIC, read, write


def clean(table):
    table = table.copy()
    for column in CATEGORICAL:
        text = table[column].str.strip()
        table[column] = text.mask(text == "?")
    for column in NUMERIC:
        table[column] = pd.to_numeric(table[column])
    return table


if __name__ == "__main__":
    raw = read("data/raw/adult.csv", dtype=str, keep_default_na=False)
    write(clean(raw), "data/interim/clean.csv")
