"""Random structures as DVC's own serializer writes them, one JSON object a line: for the ignored test
`random_structures_are_written_as_dvc_writes_them`, which reads the file named by MLOPS_YAML_CASES.

    python tests/peers/yaml_cases.py 20000 > cases && MLOPS_YAML_CASES=cases cargo test -- --ignored random_structures
"""

import hashlib
import json
import random
import sys

from dvc.utils.serialize import ParseError, dumps_yaml, parse_yaml

ALPHABETS = [
    "abcdefghij",
    "ab  ",
    "abc :#-?,[]{}&*!|>'\"%@`=<~",
    "0123456789._-+eExob:TZ ",
    "aé\u00fcß中😀\u00a0\u200b\u2028\u2029\u0085\ufeff\ufffe ",
    "a \t\n\r\x00\x07\x1b\x7f\\\"'",
    "ab \n",
    "a '\"\\ ",
]
WORDS = """true True FALSE yes no on off null Null ~ y n 1 012 0o17 0x1F 0b1 1_000 1e-5 1e5 .5 .5e3 .5e+3 1. -1 +1 .inf
-.inf .nan 2024-01-31 2024-1-31 << = - -- --- ... ? : :a a: a:b #a a# @a `a %a !a &a *a |a >a 12:30 1.2.3 = _1 +_1 ._ 0b_
--learning-rate python train.py '' "" - ?a -a""".split() + ["", " ", "a ", " a", "2024-01-31 12:00:00", "--- a", "a #b"]


def text(longest):
    kind = random.random()
    if kind < 0.25:
        return random.choice(WORDS)
    if kind < 0.45:
        words = (random.choice(WORDS) if random.random() < 0.2 else "w" * random.randint(1, 25) for _ in range(40))
        return (" " if random.random() < 0.9 else "  ").join(words)[: random.randint(1, longest)]
    if kind < 0.5:
        return random.choice("ax/") * random.randint(60, 140)
    alphabet = "".join(random.sample(ALPHABETS, random.choice([1, 1, 2, 3])))
    size = random.randint(0, 12) if random.random() < 0.5 else random.randint(0, longest)
    return "".join(random.choice(alphabet) for _ in range(size))


def scalar():
    kind = random.random()
    if kind < 0.6:
        return text(300)
    if kind < 0.75:
        return random.choice([random.uniform(-1, 1) * 10.0 ** random.randint(-20, 25), 0.0, -0.0, 1e-05, 1e16, 1e15, 5e-324, 0.1, 100.0])
    if kind < 0.9:
        return random.choice([0, -1, 2**31, 10**18, random.randint(-1000, 1000)])
    return random.choice([True, False, None])


def key():
    return text(60) if random.random() < 0.9 else text(150)


def tree(depth):
    kind = random.random()
    if depth == 0 or kind < 0.4:
        return scalar()
    size = random.choice([0, 1, 1, 2, 3])
    if kind < 0.7:
        return [tree(depth - 1) for _ in range(size)]
    return {key(): tree(depth - 1) for _ in range(size)}


def mapping():
    return {key(): tree(random.randint(0, 7)) for _ in range(random.randint(1, 4))}


random.seed(int(sys.argv[2]) if len(sys.argv) > 2 else 1)
for _ in range(int(sys.argv[1])):
    data = json.loads(json.dumps(mapping(), sort_keys=True))
    dumped = dumps_yaml(data)
    try:
        back = parse_yaml(dumped, "case")
    except ParseError:
        # A long key was folded, which no reader takes; there is nothing to be equal to.
        continue
    sha = hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()
    print(json.dumps({"data": data, "text": dumped, "sha256": sha, "lossless": back == data}))
