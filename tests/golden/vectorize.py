"""Golden vocabularies and values of `vectorize`, computed with scikit-learn on texts with every awkward case.

Run `python tests/golden/vectorize.py > tests/golden/vectorize.json`; src/transforms/vectorize/golden.rs reads it.
"""

import json

from sklearn.feature_extraction.text import CountVectorizer, HashingVectorizer, TfidfVectorizer

TRAIN = [
    "Great tablet, great price! The kids love this tablet.",
    "I don't like it; it's SLOW. Don't buy. 4 stars? No: 1 star_rating!!!",
    "",
    "ok",
    "a I 5 !",
    "👍🏽👍 great 👩‍💻 battery😀life ☕️coffee",
    "cafe\u0301 café naïve Ñandú e\u0301e\u0301 x\u0301y",
    "日本語のレビュー とても 良い。 中文 评论 한국어 리뷰",
    "İstanbul İSTANBUL ıŞIK straße STRASSE ẞ",
    "ﬁne ﬂow oﬃce ² x² Ⅷ ½ cup ٣٤ १२",
    "zero\u200dwidth soft\u00adhyphen non\u00a0breaking \u202ertl\u202c שלום عربى हिन्दी",
    "tab\tnew\nline\r\ncarriage   many\x1c\x1fseparators \x00nul\x00",
    "ΟΔΥΣΣΕΥΣ ΣΟΦΟΣ Σ. Ⓐ ① ǅ",
    "great great great great",
    "under_score __ _a a_ 3g 4g 1080p 10,000 3.14",
    "The tablet is not the best tablet, but the price is great for the kids",
]
NEW = [
    "great new tablet for the price",
    "unseen words only, nothing known",
    "",
    "naïve 👍🏽 日本語のレビュー 1080p",
    "\x00\u202e",
    "the the the the not best",
]
CASES = [
    ("tfidf", {}),
    ("tfidf", {"ngram_range": [1, 2]}),
    ("tfidf", {"ngram_range": [2, 3], "sublinear_tf": True, "norm": "l1"}),
    ("tfidf", {"ngram_range": [1, 2], "min_df": 2, "max_df": 0.15, "smooth_idf": False}),
    ("tfidf", {"use_idf": False, "binary": True, "norm": None, "lowercase": False}),
    # No term beyond the third is as frequent as it.
    ("tfidf", {"max_features": 3, "ngram_range": [1, 2]}),
    ("tfidf", {"stop_words": ["the", "great", "it"], "ngram_range": [1, 2], "max_df": 1.0, "min_df": 0.1}),
    ("tfidf", {"analyzer": "char", "ngram_range": [1, 2], "min_df": 3}),
    ("tfidf", {"analyzer": "char_wb", "ngram_range": [3, 6], "min_df": 2}),
    ("count", {"ngram_range": [1, 2], "max_df": 3}),
    ("count", {"analyzer": "char", "ngram_range": [3, 3], "min_df": 3, "binary": True}),
    ("hashing", {"n_features": 37, "ngram_range": [1, 2]}),
    ("hashing", {"n_features": 1024, "alternate_sign": False, "norm": "l1", "analyzer": "char_wb", "ngram_range": [2, 2]}),
]
KINDS = {"tfidf": TfidfVectorizer, "count": CountVectorizer, "hashing": HashingVectorizer}


def rows(matrix):
    """Each row as features with their values; what adds up to nothing is absent."""
    matrix = matrix.tocsr().astype(float)
    matrix.sum_duplicates()
    matrix.eliminate_zeros()
    ends = matrix.indptr.tolist()
    return [
        [matrix.indices[start:end].tolist(), matrix.data[start:end].tolist()]
        for start, end in zip(ends, ends[1:])
    ]


cases = []
for method, settings in CASES:
    taken = dict(settings)
    if "ngram_range" in taken:
        taken["ngram_range"] = tuple(taken["ngram_range"])
    vectorizer = KINDS[method](**taken)
    trained = vectorizer.fit_transform(TRAIN)
    # Shares stay fractions and counts whole numbers.
    case = {"params": {"method": method, **settings}}
    case["terms"] = vectorizer.get_feature_names_out().tolist() if method != "hashing" else None
    case["train"], case["new"] = rows(trained), rows(vectorizer.transform(NEW))
    cases.append(case)
print("{" + f'"train": {json.dumps(TRAIN)},\n"new": {json.dumps(NEW)},\n"cases": [')
print(",\n".join(json.dumps(case) for case in cases))
print("]}")
