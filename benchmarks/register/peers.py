"""Splink as its tutorial sets it up, on the columns as they came."""

from __future__ import annotations

import logging
import warnings
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from safepassage.core.register.types import ListRecord

THRESHOLDS = (0.05, 0.2, 0.5, 0.8, 0.95, 0.99)
"""The peer is given the best of these, judged by the truth: more than a user would have."""


def splink_as_in_its_tutorial(records: Sequence[ListRecord]) -> list[list[list[str]]]:
    """Link names, birth and place as written; blocking and training as in Splink's tutorial."""
    rows = [
        {
            "unique_id": record.record_id,
            "first_name": record.given_name or _word(record.full_name, 1),
            "surname": record.surname or _word(record.full_name, 0),
            "dob": record.birth.earliest if record.birth else None,
            "city": record.stay_place or None,
        }
        for record in records
    ]
    return link_raw(pa.Table.from_pylist(rows), ["first_name", "surname", "dob", "city"])


def link_raw(table: pa.Table, columns: Sequence[str]) -> list[list[list[str]]]:
    """Return clusters of ``unique_id`` by the tutorial's comparisons, one set per threshold."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        linker = _train(table, columns)
        predictions = linker.inference.predict(0.01, warning_mode="never")
        return [_clusters(linker, predictions, threshold) for threshold in THRESHOLDS]


def _clusters(linker: Any, predictions: Any, threshold: float) -> list[list[str]]:
    clusters = linker.clustering.cluster_pairwise_predictions_at_threshold(
        predictions, threshold_match_probability=threshold
    )
    members: dict[str, list[str]] = defaultdict(list)
    for row in clusters.as_record_list():
        members[str(row["cluster_id"])].append(str(row["unique_id"]))
    return list(members.values())


def _train(table: pa.Table, columns: Sequence[str]) -> Any:
    import splink.comparison_library as cl
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on

    made = {
        "first_name": cl.NameComparison("first_name"),
        "surname": cl.NameComparison("surname"),
        "dob": cl.DateOfBirthComparison("dob", input_is_string=True),
        "city": cl.ExactMatch("city").configure(term_frequency_adjustments=True),
        "email": cl.EmailComparison("email"),
    }
    rules = [block_on("first_name", "surname"), block_on("surname", "dob")]
    rules += [block_on("first_name", "dob"), block_on("city", "surname")]
    settings = SettingsCreator(
        link_type="dedupe_only",
        comparisons=[made[column] for column in columns],
        blocking_rules_to_generate_predictions=rules,
    )
    api = DuckDBAPI()
    linker = Linker(api.register(table), settings, log_level=None)
    logging.getLogger("splink").setLevel(logging.CRITICAL)
    sure = [block_on("first_name", "surname", "dob")]
    linker.training.estimate_probability_two_random_records_match(sure, recall=0.7)
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6, seed=1)
    for rule in (block_on("first_name", "surname"), block_on("dob")):
        linker.training.estimate_parameters_using_expectation_maximisation(rule)
    return linker


def _word(text: str, at: int) -> str | None:
    words = text.split()
    return words[at] if len(words) > at else None
