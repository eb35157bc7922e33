"""Peers: Splink as its documentation sets it up, the same after transliteration, recordlinkage.

Every peer is given the best of several thresholds, judged by the truth: more than a user has.
Peers are imported when they run; `versions` says which were there.
"""

from __future__ import annotations

import logging
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from importlib import import_module, metadata
from typing import Any

import pyarrow as pa

Rows = list[dict[str, str]]
Clusters = list[list[str]]
Linker = Callable[[Rows], Iterator[Clusters]]

THRESHOLDS = (0.05, 0.2, 0.5, 0.8, 0.95, 0.99)
PACKAGES = ("splink", "duckdb", "recordlinkage", "pyicu", "pandas", "names_translator")
_NAMES = ("first_name", "surname", "city")


def versions() -> dict[str, str]:
    """Return the version of each peer that is installed."""
    found = {}
    for package in PACKAGES:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return found


def missing(*packages: str) -> str:
    """Return which of the packages are not installed, in a sentence; empty if all are."""
    absent = [each for each in packages if each not in versions()]
    return f"not installed: {', '.join(absent)}" if absent else ""


def splink(rows: Rows) -> Iterator[Clusters]:
    """Link by Splink's own comparisons of names, date, place, e-mail; one answer a threshold.

    As in Splink's demonstrations of fake_1000: name comparisons with Jaro-Winkler levels and term
    frequencies, its comparison of dates of birth, blocking on each of first name, surname, date and
    e-mail, expectation-maximisation over two of them.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        linker = _trained(rows)
        predictions = linker.inference.predict(0.01, warning_mode="never")
        for threshold in THRESHOLDS:
            yield _splink_clusters(linker, predictions, threshold)


def splink_febrl(rows: Rows) -> Iterator[Clusters]:
    """Link FEBRL's columns as Splink's demonstration of FEBRL does."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        linker = _trained_febrl(rows)
        predictions = linker.inference.predict(0.01, warning_mode="never")
        for threshold in THRESHOLDS:
            yield _splink_clusters(linker, predictions, threshold)


def splink_icu(rows: Rows) -> Iterator[Clusters]:
    """Link as `splink` does, after ICU has written all names and places in Latin letters."""
    yield from splink(_in_latin(rows))


def recordlinkage_ecm(rows: Rows) -> Iterator[Clusters]:
    """Link by recordlinkage's unsupervised classifier (ECM), names in Latin letters by ICU."""
    pd, recordlinkage = import_module("pandas"), import_module("recordlinkage")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        frame = pd.DataFrame(_in_latin(rows)).set_index("unique_id").replace("", None)
        index = recordlinkage.Index()
        for column in ("surname", "first_name", "dob"):
            index.block(column)
        pairs = index.index(frame)
        compare = recordlinkage.Compare()
        for column in _NAMES:
            compare.string(column, column, method="jarowinkler", threshold=0.88, label=column)
        for column in ("dob", *(c for c in ("email", "phone") if c in frame)):
            compare.exact(column, column, label=column)
        found = recordlinkage.ECMClassifier().fit_predict(compare.compute(pairs, frame))
        yield _connected(frame.index, found)


def recordlinkage_febrl(rows: Rows) -> Iterator[Clusters]:
    """Link FEBRL's columns by recordlinkage's unsupervised classifier, as its examples do."""
    pd, recordlinkage = import_module("pandas"), import_module("recordlinkage")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        frame = pd.DataFrame(rows).set_index("unique_id").replace("", None)
        index = recordlinkage.Index()
        for column in ("given_name", "surname", "date_of_birth", "soc_sec_id"):
            index.block(column)
        compare = recordlinkage.Compare()
        for column in ("given_name", "surname", "address_1", "suburb"):
            compare.string(column, column, method="jarowinkler", threshold=0.85, label=column)
        for column in ("date_of_birth", "soc_sec_id", "postcode"):
            compare.exact(column, column, label=column)
        features = compare.compute(index.index(frame), frame)
        yield _connected(frame.index, recordlinkage.ECMClassifier().fit_predict(features))


# ---------------------------------------------------------------------------------------- parts


def _trained(rows: Rows) -> Any:
    import splink.comparison_library as cl
    from splink import SettingsCreator, block_on

    made = {
        "first_name": cl.NameComparison("first_name"),
        "surname": cl.NameComparison("surname"),
        "dob": cl.DateOfBirthComparison("dob", input_is_string=True),
        "city": cl.ExactMatch("city").configure(term_frequency_adjustments=True),
        "email": cl.EmailComparison("email"),
        "phone": cl.ExactMatch("phone"),
    }
    there = [column for column in made if any(row.get(column) for row in rows)]
    keys = [column for column in ("first_name", "surname", "dob", "email") if column in there]
    settings = SettingsCreator(
        link_type="dedupe_only",
        comparisons=[made[column] for column in there],
        blocking_rules_to_generate_predictions=[block_on(column) for column in keys],
    )
    linker = _linker(rows, there, settings)
    sure = [block_on("first_name", "surname", "dob")]
    if "email" in there:
        sure.append(block_on("email"))
    linker.training.estimate_probability_two_random_records_match(sure, recall=0.7)
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6, seed=1)
    for rule in (block_on("first_name", "surname"), block_on("dob")):
        linker.training.estimate_parameters_using_expectation_maximisation(rule)
    return linker


def _trained_febrl(rows: Rows) -> Any:
    import splink.comparison_library as cl
    from splink import SettingsCreator, block_on

    names = ["given_name", "surname", "date_of_birth", "soc_sec_id", "street_number", "postcode"]
    comparisons = [
        cl.NameComparison("given_name"),
        cl.NameComparison("surname"),
        cl.DamerauLevenshteinAtThresholds("date_of_birth", [1, 2]),
        cl.DamerauLevenshteinAtThresholds("soc_sec_id", [1, 2]),
        cl.ExactMatch("street_number").configure(term_frequency_adjustments=True),
        cl.DamerauLevenshteinAtThresholds("postcode", [1, 2]),
    ]
    rules = [block_on("soc_sec_id"), block_on("given_name", "surname"), block_on("date_of_birth")]
    rules += [block_on("surname", "postcode"), block_on("given_name", "postcode")]
    settings = SettingsCreator(
        link_type="dedupe_only",
        comparisons=comparisons,
        blocking_rules_to_generate_predictions=rules,
    )
    linker = _linker(rows, names, settings)
    sure = [block_on("soc_sec_id"), block_on("given_name", "surname", "date_of_birth")]
    linker.training.estimate_probability_two_random_records_match(sure, recall=0.9)
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6, seed=1)
    for rule in (block_on("date_of_birth"), block_on("postcode")):
        linker.training.estimate_parameters_using_expectation_maximisation(rule)
    return linker


def _linker(rows: Rows, columns: Sequence[str], settings: Any) -> Any:
    from splink import DuckDBAPI, Linker

    wanted = ("unique_id", *columns)
    table = pa.Table.from_pylist([{name: row[name] or None for name in wanted} for row in rows])
    linker = Linker(DuckDBAPI().register(table), settings, log_level=None)
    logging.getLogger("splink").setLevel(logging.CRITICAL)
    return linker


def _splink_clusters(linker: Any, predictions: Any, threshold: float) -> Clusters:
    clusters = linker.clustering.cluster_pairwise_predictions_at_threshold(
        predictions, threshold_match_probability=threshold
    )
    members: dict[str, list[str]] = defaultdict(list)
    for row in clusters.as_record_list():
        members[str(row["cluster_id"])].append(str(row["unique_id"]))
    return list(members.values())


def _in_latin(rows: Rows) -> Rows:
    latin = import_module("icu").Transliterator.createInstance(
        "Any-Latin; Latin-ASCII; Lower; [^a-z0-9 ] Remove"
    )
    return [
        {
            name: latin.transliterate(value) if name in _NAMES else value
            for name, value in row.items()
        }
        for row in rows
    ]


def _connected(everybody: Iterable[str], pairs: Iterable[tuple[str, str]]) -> Clusters:
    group = {each: [each] for each in everybody}
    for a, b in pairs:
        one, other = group[a], group[b]
        if one is not other:
            one += other
            for each in other:
                group[each] = one
    return [members for each, members in group.items() if members[0] == each]
