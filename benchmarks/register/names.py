"""Run with ``python -m benchmarks.register.names [--pairs 3000] [--seeds 11 12 13] [--out FILE]``.

Protocol. 3,000 pairs a seed, half of them one person's and half of them two people who are easily
taken for one (a brother, a namesake, a cousin), written in Russian, Ukrainian and by the 28 Latin
tables of translitua (``names_pairs.py`` says how, and from which names). Ours is judged at its
own threshold of one half; each peer at the best of a hundred thresholds, chosen by the truth.
``find`` is asked for one variant of each of 500 persons of a register of 5,000 and of 50,000; the
person must be among the first ten. Needs the dependency group ``bench-register``; a missing peer
is left out. With ``--development`` the other half of the held-out names is used, on which the
weights were chosen.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from benchmarks.register.names_pairs import (
    VARIANTS,
    Pair,
    Person,
    a_person,
    name_pairs,
    stock,
    write,
)
from safepassage.core.register.names_score import names_score, written_name
from safepassage.core.register.normalise import is_given_name
from safepassage.core.register.search import NameIndex

_HUNDREDTHS = tuple(each / 100 for each in range(1, 100))
Scorer = Callable[[str, str], float]


def main(arguments: Sequence[str]) -> None:
    """Run and print one JSON document."""
    options = _options(arguments)
    reported = not options.development
    document: dict[str, Any] = {
        "names": "held out" if reported else "development",
        "given_names_known_to_dictionary": _share_known(reported=reported),
        "pairs": [_judge_pairs(options.pairs, seed, reported=reported) for seed in options.seeds],
        "find": [
            _judge_find(persons, options.seeds[0], reported=reported) for persons in options.persons
        ],
    }
    document["mean_f1"] = _means(document["pairs"])
    text = json.dumps(document, ensure_ascii=False, indent=2)
    if options.out:
        Path(options.out).write_text(text + "\n", encoding="utf-8")
    print(text)


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.register.names")
    parser.add_argument("--pairs", type=int, default=3000)
    parser.add_argument("--seeds", type=int, nargs="+", default=[11, 12, 13])
    parser.add_argument("--persons", type=int, nargs="*", default=[5_000, 50_000])
    parser.add_argument("--development", action="store_true")
    parser.add_argument("--out", metavar="FILE")
    return parser.parse_args(arguments)


# ---------------------------------------------------------------------------------------- pairs


def _judge_pairs(number: int, seed: int, *, reported: bool) -> dict[str, Any]:
    pairs = name_pairs(number, seed, reported=reported)
    found: dict[str, Any] = {"seed": seed, "pairs": len(pairs)}
    scores, milliseconds = _timed(_ours, pairs)
    found["safepassage"] = {
        **_quality(pairs, scores, 0.5),
        "ms_a_pair": milliseconds,
        "missed_by_variant": _missed(pairs, scores),
        "false_by_kind": dict(
            Counter(p.kind for p, s in zip(pairs, scores, strict=True) if s >= 0.5 and not p.same)
        ),
    }
    for name, make in _PEERS.items():
        try:
            scorer = make()
        except ImportError:
            continue
        scores, milliseconds = _timed(scorer, pairs)
        best = max((_quality(pairs, scores, each) for each in _HUNDREDTHS), key=lambda q: q["f1"])
        found[name] = {**best, "ms_a_pair": milliseconds}
    return found


def _ours(left: str, right: str) -> float:
    return names_score(left, right).probability


def _timed(scorer: Scorer, pairs: Sequence[Pair]) -> tuple[list[float], float]:
    """Return the scores and the CPU milliseconds a pair; the first pair warms up and counts not."""
    scorer(pairs[0].left, pairs[0].right)
    written_name.cache_clear()
    started = time.process_time()
    scores = [scorer(pair.left, pair.right) for pair in pairs]
    return scores, round((time.process_time() - started) * 1000 / len(pairs), 4)


def _quality(pairs: Sequence[Pair], scores: Sequence[float], threshold: float) -> dict[str, float]:
    both = list(zip(pairs, scores, strict=True))
    right = sum(pair.same and score >= threshold for pair, score in both)
    said = sum(score >= threshold for score in scores)
    true = sum(pair.same for pair in pairs)
    return {
        "f1": round(2 * right / max(said + true, 1), 4),
        "precision": round(right / max(said, 1), 4),
        "recall": round(right / max(true, 1), 4),
        "threshold": threshold,
    }


def _missed(pairs: Sequence[Pair], scores: Sequence[float]) -> dict[str, float]:
    """Return the share of true pairs missed among those that a variant was applied to."""
    counts = {}
    for variant in VARIANTS:
        of_kind = [
            score
            for pair, score in zip(pairs, scores, strict=True)
            if pair.same and variant in pair.kind.split("+")
        ]
        counts[variant] = round(sum(s < 0.5 for s in of_kind) / max(len(of_kind), 1), 4)
    return counts


def _share_known(*, reported: bool) -> dict[str, float]:
    """Return the share of given names that the dictionary knows, by where they come from."""
    names = stock(reported=reported)
    held = [each.ru for sex in names.given for each in sex]
    with_everyday = [each.ru for sex in names.everyday for each in sex]
    everyday = [form for sex in names.everyday for each in sex for form in each.everyday]
    return {
        "held out names": _known(held),
        "names of the exercise (a third of the persons)": _known(with_everyday),
        "everyday forms": _known(everyday),
    }


def _known(names: Sequence[str]) -> float:
    return round(sum(map(is_given_name, names)) / max(len(names), 1), 4)


def _means(runs: Sequence[dict[str, Any]]) -> dict[str, float]:
    tools = [name for name, value in runs[0].items() if isinstance(value, dict)]
    return {tool: round(statistics.mean(run[tool]["f1"] for run in runs), 4) for tool in tools}


# ----------------------------------------------------------------------------------------- find


def _judge_find(number: int, seed: int, *, reported: bool) -> dict[str, Any]:
    dice = random.Random(seed)
    names = stock(reported=reported)
    persons = [a_person(names, dice) for _ in range(number)]
    rows = [(f"{at:06d}", write(person, (), dice)) for at, person in enumerate(persons)]
    started = time.process_time()
    index = NameIndex.build(rows)
    build_s = time.process_time() - started
    asked = [(at, *_query(persons[at], dice)) for at in dice.sample(range(number), 500)]
    started = time.process_time()
    hits = [index.find(query, 10) for _, _, query in asked]
    query_ms = (time.process_time() - started) * 1000 / len(asked)
    found = [
        (kind, any(hit.record_id == f"{at:06d}" for hit in some))
        for (at, kind, _), some in zip(asked, hits, strict=True)
    ]
    kinds = sorted({kind for kind, _ in found})
    return {
        "persons": number,
        "recall_at_10": round(sum(ok for _, ok in found) / len(found), 4),
        "by_variant": {
            kind: round(statistics.mean(ok for each, ok in found if each == kind), 4)
            for kind in kinds
        },
        "build_cpu_s": round(build_s, 2),
        "query_cpu_ms": round(query_ms, 2),
    }


def _query(person: Person, dice: random.Random) -> tuple[str, str]:
    """Return one way to ask for a person; initials keep the patronymic's, or hundreds would fit."""
    kind = dice.choice([each for each in VARIANTS if each != "maiden name"])
    return kind, write(person, (kind,), dice)


# ---------------------------------------------------------------------------------------- peers


def _jaro_winkler_raw() -> Scorer:
    from rapidfuzz.distance import JaroWinkler

    return lambda left, right: float(JaroWinkler.similarity(left.casefold(), right.casefold()))


def _jaro_winkler_icu() -> Scorer:
    icu: Any = import_module("icu")
    from rapidfuzz.distance import JaroWinkler

    to_latin = icu.Transliterator.createInstance("Any-Latin; Latin-ASCII; Lower")

    def score(left: str, right: str) -> float:
        one, other = (" ".join(sorted(to_latin.transliterate(n).split())) for n in (left, right))
        return float(JaroWinkler.similarity(one, other))

    return score


def _nomenklatura() -> Scorer:
    model: Any = import_module("followthemoney").model
    matching: Any = import_module("nomenklatura.matching")
    algorithm = matching.get_algorithm("logic-v2")
    config = import_module("nomenklatura.matching.types").ScoringConfig.defaults()

    def entity(name: str) -> Any:
        return model.get_proxy({"id": name, "schema": "Person", "properties": {"name": [name]}})

    return lambda left, right: float(algorithm.compare(entity(left), entity(right), config).score)


_PEERS: dict[str, Callable[[], Scorer]] = {
    "jaro_winkler": _jaro_winkler_raw,
    "icu_jaro_winkler": _jaro_winkler_icu,
    "nomenklatura_logic_v2": _nomenklatura,
}


if __name__ == "__main__":
    main(sys.argv[1:])
