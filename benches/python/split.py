"""A stratified hold-out."""

from sklearn.model_selection import train_test_split

from common import TARGET, params, read, write

settings = params()
table = read("data/interim/features.csv")
train, test = train_test_split(
    table,
    test_size=settings["split"]["test_size"],
    stratify=table[TARGET],
    random_state=settings["seed"],
)
write(train.sort_values("row_id"), "data/processed/train.csv")
write(test.sort_values("row_id"), "data/processed/test.csv")
