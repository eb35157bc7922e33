"""Run with ``python -m benchmarks.register.sealed [--seeds 4 5 6] [--no-estimate] [--out FILE]``.

With ``--weights`` it prints the lines of ``core/register/sealed_weights.py`` instead.

Protocol. The exercise's six lists are generated for each seed with known truth. In one process and
on the same rows link: this package in clear; this package's sealed keys; one exact canonical key;
one exact key of the columns as they came; Bloom filters (CLK: Schnell, Bachteler and Reiher 2009,
doi:10.1186/1472-6947-9-41) of the columns as they came and of canonical names. The peers get the
best of several keys or thresholds, judged by the truth: more than a user would have. All peers
join the likeliest pairs first with at most one record of each list in a person. Sealed keys are
made with HMAC here: the oblivious function only decides which keys are equal, and the whole
protocol gives the same links (``tests/spec/test_register_sealed.py``). Weights and thresholds come
from seeds 1 to 3, which must not be reported. ``cells`` compares the table that leaves the counter,
noise and held-back cells included, with that of perfect links.
"""

from __future__ import annotations

import argparse
import hashlib
import hmac
import json
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import combinations, pairwise
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.register.judge import judge
from safepassage.adapters.lists import read_list
from safepassage.adapters.register import gazetteer_of, link_records
from safepassage.core.population.capture import table_of
from safepassage.core.population.estimate import estimate
from safepassage.core.register.comparable import Comparable, comparable
from safepassage.core.register.gazetteer import Gazetteer
from safepassage.core.register.sealed import (
    KINDS,
    SealedList,
    SealedRecord,
    composite_keys,
    has_father,
    has_year,
)
from safepassage.core.register.sealed_cells import cells_to_give
from safepassage.core.register.sealed_link import link_sealed, patterns
from safepassage.core.register.sealed_weights import Pattern
from safepassage.core.register.types import ListRecord
from safepassage.exercises.sudzha import write_exercise
from safepassage.scenario.reader import read_scenario

TUNED_ON = (1, 2, 3)
DEFAULT_SEEDS = tuple(range(4, 14))
DICE = (0.7, 0.75, 0.8, 0.85, 0.9)
FILTER_BITS, HASHES = 1024, 20
MINIMUM_CELL, EPSILON = 5, 1.0

Clusters = list[list[int]]


class _Even:
    """Chance that always says the same: the two halves of the noise cancel out."""

    def random(self) -> float:
        return 0.5


def main(arguments: Sequence[str]) -> None:
    """Run and print one JSON document."""
    options = _options(arguments)
    if options.weights:
        print("\n".join(_weights()))
        return
    runs = [_exercise(seed, estimates=not options.no_estimate) for seed in options.seeds]
    document = {"tuned_on_seeds": TUNED_ON, "exercise": runs, "mean": _means(runs)}
    text = json.dumps(document, ensure_ascii=False, indent=2)
    if options.out:
        Path(options.out).write_text(text + "\n", encoding="utf-8")
    print(text)


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.register.sealed")
    parser.add_argument("--seeds", type=int, nargs="+", default=list(DEFAULT_SEEDS))
    parser.add_argument("--no-estimate", action="store_true")
    parser.add_argument("--out", metavar="FILE")
    parser.add_argument("--weights", action="store_true")
    options = parser.parse_args(arguments)
    if set(options.seeds) & set(TUNED_ON):
        parser.error(f"seeds {TUNED_ON} were used to choose the thresholds; take others")
    return options


def _exercise(seed: int, *, estimates: bool) -> dict[str, Any]:
    records, gazetteer, truth = _lists(seed)
    rows = [comparable(at, each, gazetteer) for at, each in enumerate(records)]
    tools: dict[str, Callable[[], Iterable[Clusters]]] = {
        "clear": lambda: [_clear(records, gazetteer)],
        "sealed": lambda: [_sealed(rows)],
        "one_exact_canonical_key": lambda: _by_one_key(records, _canonical_keys(rows)),
        "one_exact_raw_key": lambda: _by_one_key(records, _raw_keys(records)),
        "bloom_canonical": lambda: _by_filters(records, [_canonical_words(row) for row in rows]),
        "bloom_raw": lambda: _by_filters(records, [_raw_words(each) for each in records]),
    }
    found: dict[str, Any] = {"seed": seed, "records": len(records), "tools": {}}
    answers: dict[str, Clusters] = {}
    for name, tool in tools.items():
        answers[name], found["tools"][name] = _judged(tool, records, truth)
    found["cells"] = _compare_cells(seed, records, truth, answers, estimates=estimates)
    return found


def _lists(seed: int) -> tuple[list[ListRecord], Gazetteer, Mapping[str, str]]:
    with tempfile.TemporaryDirectory() as folder:
        truth = write_exercise(Path(folder), seed).person_of_record
        scenario = read_scenario(Path(folder)).scenario
        read = [read_list(scenario.folder, source) for source in scenario.lists]
    records = [record for result in read for record in result.records]
    return records, gazetteer_of(scenario.places), truth


def _judged(
    tool: Callable[[], Iterable[Clusters]], records: Sequence[ListRecord], truth: Mapping[str, str]
) -> tuple[Clusters, dict[str, float]]:
    started = time.process_time()
    answers = list(tool())
    cpu_s = time.process_time() - started

    def judgement(clusters: Clusters) -> Any:
        named = [[records[at].record_id for at in each] for each in clusters]
        return judge(named, truth, cpu_s)

    best = max(answers, key=lambda clusters: float(judgement(clusters).f1))
    return best, judgement(best).to_json()


# ------------------------------------------------------------------------------------ this package


def _clear(records: Sequence[ListRecord], gazetteer: Gazetteer) -> Clusters:
    place = {record.record_id: at for at, record in enumerate(records)}
    persons = link_records(records, gazetteer).persons
    return [[place[each] for each in person.record_ids] for person in persons]


def _sealed(rows: Sequence[Comparable]) -> Clusters:
    lists, ordered = _sealed_lists(rows)
    return [[ordered[at] for at in each] for each in link_sealed(lists).clusters]


def _sealed_lists(rows: Sequence[Comparable]) -> tuple[list[SealedList], list[int]]:
    """Return the sealed lists, and the row of each of their records in turn."""
    sides = list(dict.fromkeys(row.list_id for row in rows))
    ordered = [at for side in sides for at, row in enumerate(rows) if row.list_id == side]
    lists = [
        SealedList(side, tuple(_token_record(row) for row in rows if row.list_id == side))
        for side in sides
    ]
    return lists, ordered


def _weights() -> list[str]:
    """Return, for every pattern of the tuning seeds, its pairs and those that are one person."""
    pairs: Counter[Pattern] = Counter()
    matches: Counter[Pattern] = Counter()
    for seed in TUNED_ON:
        records, gazetteer, truth = _lists(seed)
        rows = [comparable(at, each, gazetteer) for at, each in enumerate(records)]
        lists, ordered = _sealed_lists(rows)
        for (left, right), pattern in patterns(lists).items():
            one = (truth[records[ordered[at]].record_id] for at in (left, right))
            pairs[pattern] += 1
            matches[pattern] += len(set(one)) == 1
    return [f"    {each}: ({pairs[each]}, {matches[each]})," for each in sorted(pairs)]


def _token_record(row: Comparable) -> SealedRecord:
    tokens = tuple(tuple(map(_token, keys)) for keys in composite_keys(row))
    assert len(tokens) == len(KINDS)
    return SealedRecord(tokens, has_year(row), has_father(row))


def _token(key: str) -> bytes:
    return hmac.new(b"benchmark", key.encode(), hashlib.sha256).digest()[:16]


# ----------------------------------------------------------------------------------- one exact key


def _canonical_keys(rows: Sequence[Comparable]) -> list[list[str]]:
    """Return several ways to make one key of a record; empty where a part is missing."""

    def key(row: Comparable, *parts: str) -> str:
        return "|".join(parts) if all(parts) else f"{row.index}"

    def first(values: Sequence[str]) -> str:
        return values[0] if values else ""

    def year(row: Comparable) -> str:
        return str(row.birth[1] // 365) if row.birth else ""

    return [
        [key(r, r.name.surname, first(r.name.given_set), year(r)) for r in rows],
        [key(r, r.name.surname, first(r.name.given_set), r.stay) for r in rows],
        [key(r, r.name.surname, first(r.name.given_set), first(r.name.father)) for r in rows],
        [key(r, r.name.surname, first(r.name.given_set)) for r in rows],
    ]


def _raw_keys(records: Sequence[ListRecord]) -> list[list[str]]:
    def name(record: ListRecord) -> str:
        written = record.full_name or f"{record.surname} {record.given_name} {record.patronymic}"
        return " ".join(written.casefold().split())

    return [
        [f"{name(r)}|{r.birth.earliest[:4] if r.birth else r.record_id}" for r in records],
        [f"{name(r)}|{r.stay_place.casefold()}" for r in records],
        [name(r) for r in records],
    ]


def _by_one_key(records: Sequence[ListRecord], ways: Sequence[Sequence[str]]) -> list[Clusters]:
    found = []
    for keys in ways:
        holders: dict[str, list[int]] = defaultdict(list)
        for at, key in enumerate(keys):
            holders[key].append(at)
        pairs = (pair for group in holders.values() for pair in combinations(group, 2))
        found.append(_joined(pairs, records))
    return found


def _joined(pairs: Iterable[tuple[int, int]], records: Sequence[ListRecord]) -> Clusters:
    """Join pairs in their order, with at most one record of each list in a person."""
    home = list(range(len(records)))
    members = {at: [at] for at in home}
    lists = {at: {records[at].list_id} for at in home}
    for left, right in pairs:
        into, other = home[left], home[right]
        if into != other and not lists[into] & lists[other]:
            for at in members[other]:
                home[at] = into
            members[into] += members.pop(other)
            lists[into] |= lists.pop(other)
    return list(members.values())


# ------------------------------------------------------------------------------------ Bloom filters


def _raw_words(record: ListRecord) -> list[str]:
    written = record.full_name or f"{record.surname} {record.given_name} {record.patronymic}"
    return [*written.casefold().split(), record.birth.earliest if record.birth else ""]


def _canonical_words(row: Comparable) -> list[str]:
    name = row.name
    year = str(row.birth[1] // 365) if row.birth else ""
    return [name.surname, *name.given_set[:1], *name.father[:1], year, row.stay]


def _by_filters(records: Sequence[ListRecord], words: Sequence[Sequence[str]]) -> list[Clusters]:
    filters = np.stack([_filter(each) for each in words])
    shared = filters @ filters.T
    sizes = filters.sum(axis=1)
    dice = 2 * shared / np.maximum(sizes[:, None] + sizes[None, :], 1)
    left, right = np.nonzero(np.triu(dice >= DICE[0], 1))
    order = np.argsort(-dice[left, right], kind="stable")
    ranked = [(int(left[at]), int(right[at])) for at in order]
    return [
        _joined((pair for pair in ranked if dice[pair] >= threshold), records) for threshold in DICE
    ]


def _filter(words: Sequence[str]) -> NDArray[np.float32]:
    """Return the filter of a record: every bigram of every word sets up to 20 of 1,024 bits."""
    bits = np.zeros(FILTER_BITS, dtype=np.float32)
    for word in filter(None, words):
        padded = f"_{word}_"
        for bigram in map("".join, pairwise(padded)):
            digest = hmac.new(b"benchmark", bigram.encode(), hashlib.sha512).digest()
            first, second = (int.from_bytes(half, "big") for half in (digest[:32], digest[32:]))
            bits[[(first + at * second) % FILTER_BITS for at in range(HASHES)]] = 1
    return bits


# ------------------------------------------------------------------------------------------- cells


def _compare_cells(
    seed: int,
    records: Sequence[ListRecord],
    truth: Mapping[str, str],
    answers: Mapping[str, Clusters],
    *,
    estimates: bool,
) -> dict[str, Any]:
    lists = tuple(dict.fromkeys(record.list_id for record in records))
    people: dict[str, list[int]] = defaultdict(list)
    for at, record in enumerate(records):
        people[truth[record.record_id]].append(at)
    tables = {
        "truth": _histories(records, lists, people.values()),
        "clear": _histories(records, lists, answers["clear"]),
        "sealed": _histories(records, lists, answers["sealed"]),
    }
    given, quiet = (
        cells_to_give(lists, tables["sealed"], minimum=MINIMUM_CELL, epsilon=EPSILON, chance=chance)
        for chance in (Random(seed), _Even())
    )
    tables["given"] = Counter(given.counts())
    tables["given_without_noise"] = Counter(quiet.counts())
    return {
        name: _cells(table, tables["truth"], lists, estimates) for name, table in tables.items()
    }


def _histories(
    records: Sequence[ListRecord], lists: Sequence[str], clusters: Iterable[Sequence[int]]
) -> Counter[tuple[int, ...]]:
    found: Counter[tuple[int, ...]] = Counter()
    for cluster in clusters:
        on = {records[at].list_id for at in cluster}
        found[tuple(int(name in on) for name in lists)] += 1
    return found


def _cells(
    table: Counter[tuple[int, ...]],
    truth: Counter[tuple[int, ...]],
    lists: tuple[str, ...],
    estimates: bool,
) -> dict[str, float | None]:
    total = sum(truth.values())
    moved = sum(abs(table[each] - truth[each]) for each in table.keys() | truth.keys())
    found: dict[str, float | None] = {
        "persons": sum(table.values()),
        "union_error": round(sum(table.values()) / total - 1, 4),
        "misplaced_share": round(moved / 2 / total, 4),
    }
    if estimates:
        band = estimate(table_of(lists, {k: v for k, v in table.items() if v})).recommended
        found |= {"estimate": band.estimate, "low": band.low, "high": band.high}
    return found


def _means(runs: Sequence[dict[str, Any]]) -> dict[str, Any]:
    def mean(values: Sequence[float | None]) -> float | None:
        known = [each for each in values if each is not None]
        return round(sum(known) / len(known), 4) if known else None

    return {
        part: {
            name: {key: mean([run[part][name][key] for run in runs]) for key in first}
            for name, first in runs[0][part].items()
        }
        for part in ("tools", "cells")
    }


if __name__ == "__main__":
    main(sys.argv[1:])
