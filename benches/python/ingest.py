"""The original file as a CSV with a header and a row id; every value stays text."""

from common import COLUMNS, read, write

table = read(
    "data/external/adult.data",
    names=COLUMNS,
    sep=",",
    skipinitialspace=True,
    dtype=str,
    keep_default_na=False,
)
table.insert(0, "row_id", range(len(table)))
write(table, "data/raw/adult.csv")
