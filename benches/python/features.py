"""Derived columns that learn nothing. Imputing, scaling and encoding are learned in train."""

from common import CATEGORICAL, NUMERIC, TARGET, read, write


def features(table):
    return table[["row_id"] + NUMERIC + CATEGORICAL + [TARGET]]


if __name__ == "__main__":
    write(features(read("data/interim/clean.csv")), "data/interim/features.csv")
