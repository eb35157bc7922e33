"""Splink on DuckDB as the engine that finds, compares and weighs pairs of records.

Splink does the set work (blocking, comparison vectors, term frequencies, match weights); what is
compared, what is learned and how persons are made of pairs is ours and pure (``core/register``).
Everything is in memory: no name is written to a disk, no message leaves the engine.
"""

from __future__ import annotations

import logging
import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import pyarrow as pa

from safepassage.adapters.comparisons import ARRAYS, CONDITIONS, NUMBERS, SCALARS, engine_row
from safepassage.adapters.model_json import SECTION, section_of
from safepassage.core.register.blocking import RULES
from safepassage.core.register.comparable import Comparable
from safepassage.core.register.frequency import frequencies, surname_frequencies
from safepassage.core.register.model import GROUPS, MODEL, Field, Parameters
from safepassage.core.register.score import Comparisons
from safepassage.core.register.train import Patterns, learn, starting_parameters

_SAMPLE_PAIRS = 400_000
_TERM_FLOOR = 0.0005

_LEVEL_COLUMNS = tuple(f"gamma_{at}" for at in range(len(MODEL)))
_WEIGHT_COLUMNS = tuple(f"mw_{at}" for at in range(len(MODEL))) + tuple(
    f"mw_tf_adj_{at}" for at, field in enumerate(MODEL) if field.term
)
_RULE_COLUMNS = tuple(f"key_{at}" for at in range(len(RULES)))


class LinkageEngine:
    """Compares the records it was given.

    Parameters
    ----------
    columns
        Canonical columns, one per record.
    keys
        Blocking keys, ``keys[record][rule]``.
    """

    def __init__(
        self, columns: Sequence[Comparable], keys: Sequence[tuple[tuple[str, ...], ...]]
    ) -> None:
        self._columns = columns
        self._table = _engine_table(columns, keys)
        self.parameters = starting_parameters()
        self._candidates: pa.Table | None = None

    def train(self) -> Parameters:
        """Learn the model from the lists; starting values hold where they teach too little."""
        with _quiet(), _session(self._columns, self._table) as session:
            sample = session.compare(self.parameters, _sample_rule(len(self._columns)))
            candidates = session.compare(self.parameters, _blocking_rules())
        self._candidates = candidates.select(["n_l", "n_r"])
        self.parameters = learn(
            candidates=Patterns(*_patterns(candidates, self._columns)),
            sample=Patterns(*_patterns(sample, self._columns)),
            records=len(self._columns),
            pairs_by_group=pairs_by_group(self._columns),
        )
        return self.parameters

    def candidates(self) -> Comparisons:
        """Return every pair that a blocking rule names, compared and weighed."""
        if self._candidates is None:
            with _quiet(), _session(self._columns, self._table) as session:
                found = session.compare(self.parameters, _blocking_rules())
            self._candidates = found.select(["n_l", "n_r"])
        return self._score(self._candidates)

    def compare(self, pairs: Sequence[tuple[int, int]]) -> Comparisons:
        """Return the given pairs of record indices, compared and weighed."""
        left, right = zip(*pairs, strict=True) if pairs else ((), ())
        table = pa.table({"n_l": pa.array(left, pa.int64()), "n_r": pa.array(right, pa.int64())})
        return self._score(table)

    def settings(self) -> dict[str, Any]:
        """Return the trained model as a Splink settings document, to be read and compared."""
        creator = _settings(self.parameters, _blocking_rules())
        document: dict[str, Any] = creator.create_settings_dict("duckdb")
        learned = section_of(self.parameters, len(self._columns), pairs_by_group(self._columns))
        return {**document, SECTION: learned}

    def _score(self, pairs: pa.Table) -> Comparisons:
        if not len(pairs):
            return Comparisons.none()
        with _quiet(), _session(self._columns, self._table) as session:
            scored = session.score(self.parameters, pairs)
        return Comparisons(
            left=_int(scored["n_l"]),
            right=_int(scored["n_r"]),
            group=_groups(scored, self._columns),
            levels=_levels(scored),
            bits=np.column_stack(
                [_field_bits(scored, at, field) for at, field in enumerate(MODEL)]
            ),
        )


def pairs_by_group(columns: Sequence[Comparable]) -> tuple[int, ...]:
    """Return how many pairs of records exist in each of GROUPS, candidates or not."""
    in_all = _pairs(len(columns))
    in_list = sum(map(_pairs, Counter(each.list_id for each in columns).values()))
    in_house = sum(map(_pairs, Counter(e.household for e in columns if e.household).values()))
    return (in_all - in_list, in_list - in_house, in_house)


def _pairs(number: int) -> int:
    return number * (number - 1) // 2


# --------------------------------------------------------------------------------------- tables


def _engine_table(
    columns: Sequence[Comparable], keys: Sequence[tuple[tuple[str, ...], ...]]
) -> pa.Table:
    rows = [engine_row(each) for each in columns]
    names = [*SCALARS, *ARRAYS, *NUMBERS]
    types = [*[pa.string()] * len(SCALARS), *[pa.list_(pa.string())] * len(ARRAYS)]
    types += [pa.int32()] * len(NUMBERS)
    data = {
        name: pa.array([row[at] for row in rows], kind)
        for at, (name, kind) in enumerate(zip(names, types, strict=True))
    }
    for at, name in enumerate(_RULE_COLUMNS):
        data[name] = pa.array([list(of_record[at]) for of_record in keys], pa.list_(pa.string()))
    return pa.table({"n": pa.array([each.index for each in columns], pa.int64()), **data})


def _term_table(columns: Sequence[Comparable], table: pa.Table, column: str) -> pa.Table:
    """Return how frequent each value is, as the engine takes it."""
    shares = (
        surname_frequencies(columns, _usual_frequency(column))
        if column == "surname_here"
        else frequencies(filter(None, table[column].to_pylist()), _usual_frequency(column))
    )
    values = sorted(shares)
    kinds = pa.string(), pa.float64()
    return pa.table(
        {
            column: pa.array(values, kinds[0]),
            f"tf_{column}": pa.array([shares[value] for value in values], kinds[1]),
        }
    )


def _usual_frequency(column: str) -> float:
    field = next(field for field in MODEL if field.term == column)
    return next(level.u for level in field.levels if level.name == field.term_levels[0])


# -------------------------------------------------------------------------------------- session


class _Session:
    """One connection with its records; every comparison starts from a fresh Splink linker."""

    def __init__(self, connection: Any, columns: Sequence[Comparable], table: pa.Table) -> None:
        from splink import DuckDBAPI

        self._api = DuckDBAPI(connection=connection)
        self._records = self._api.register(table)
        self._columns, self._table = columns, table

    def compare(self, parameters: Parameters, rules: list[Any]) -> pa.Table:
        """Return the comparison vectors of all pairs that `rules` name, in order of the records."""
        linker = self._linker(parameters, rules)
        return self._ordered(linker.inference.predict(warning_mode="never"), _LEVEL_COLUMNS)

    def score(self, parameters: Parameters, pairs: pa.Table) -> pa.Table:
        """Return the match weights of the given pairs, in order of the records."""
        linker = self._linker(parameters, _blocking_rules())
        blocked = pa.table(
            {
                "match_key": pa.array(["0"] * len(pairs)),
                "join_key_l": pairs["n_l"],
                "join_key_r": pairs["n_r"],
            }
        )
        linker.table_management.register_blocked_pairs_for_predict(self._api.register(blocked))
        wanted = _LEVEL_COLUMNS + _WEIGHT_COLUMNS
        return self._ordered(linker.inference.predict(warning_mode="never"), wanted)

    def _ordered(self, predictions: Any, wanted: tuple[str, ...]) -> pa.Table:
        names = ", ".join(("n_l", "n_r", *wanted))
        query = f"select {names} from {predictions.physical_name} order by n_l, n_r"  # noqa: S608 - our own names
        return self._api.duckdb_con.execute(query).to_arrow_table()

    def _linker(self, parameters: Parameters, rules: list[Any]) -> Any:
        from splink import Linker

        linker = Linker(self._records, _settings(parameters, rules), log_level=None)
        linker.table_management.invalidate_cache()
        for field in MODEL:
            if field.term:
                terms = self._api.register(_term_table(self._columns, self._table, field.term))
                linker.table_management.register_term_frequency_lookup(terms, field.term)
        return linker


@contextmanager
def _session(columns: Sequence[Comparable], table: pa.Table) -> Iterator[_Session]:
    import duckdb

    # One thread: sums and orders are the same on every run. No temporary directory: nothing of a
    # record may reach a disk, so too little memory is an error rather than a spill file.
    config = {"threads": 1, "temp_directory": "", "max_temp_directory_size": "0B"}
    with duckdb.connect(":memory:", config=config) as connection:
        yield _Session(connection, columns, table)


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep the engine's messages to itself: they quote values."""
    loggers = [logging.getLogger(name) for name in ("splink", "sqlglot")]
    before = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for logger, level in zip(loggers, before, strict=True):
            logger.setLevel(level)


# ------------------------------------------------------------------------------------- settings


def _settings(parameters: Parameters, rules: list[Any]) -> Any:
    from splink import SettingsCreator

    return SettingsCreator(
        link_type="dedupe_only",
        unique_id_column_name="n",
        comparisons=[_comparison(at, field, parameters) for at, field in enumerate(MODEL)],
        blocking_rules_to_generate_predictions=rules,
        probability_two_random_records_match=0.0001,
        retain_matching_columns=True,  # Splink keeps the levels only together with the values
        retain_intermediate_calculation_columns=True,
        linker_uid="safepassage",
    )


def _comparison(at: int, field: Field, parameters: Parameters) -> Any:
    import splink.comparison_level_library as levels
    import splink.comparison_library as library

    missing, *conditions = CONDITIONS[field.name]
    empty = levels.CustomLevel(missing, "missing").configure(is_null_level=True)
    found = [levels.CustomLevel(sql, field.levels[i].words) for i, sql in enumerate(conditions)]
    made = [*found, levels.ElseLevel()]
    for position, (level, spec) in enumerate(zip(made, field.levels, strict=True)):
        level.configure(
            m_probability=parameters.m[at][position], u_probability=parameters.u[at][position]
        )
        if spec.name in field.term_levels:
            level.configure(
                tf_adjustment_column=field.term,
                tf_minimum_u_value=_TERM_FLOOR,
                disable_tf_exact_match_detection=True,
            )
    return library.CustomComparison([empty, *made], output_column_name=str(at))


def _blocking_rules() -> list[Any]:
    from splink.blocking_rule_library import CustomRule

    return [CustomRule(f"l.{c} = r.{c}", arrays_to_explode=[c]) for c in _RULE_COLUMNS]


def _sample_rule(records: int) -> list[Any]:
    """Return a rule that names an even, seedless sample of all pairs."""
    from splink.blocking_rule_library import CustomRule

    step = max(1, _pairs(records) // _SAMPLE_PAIRS)
    return [CustomRule(f"(l.n * 7919 + r.n * 104729) % {step} = 0")]


# -------------------------------------------------------------------------------------- results


def _levels(table: pa.Table) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Return int64[pairs, fields]: 0 is the best level of the model, -1 missing."""
    columns = []
    for at, field in enumerate(MODEL):
        gamma = _int(table[f"gamma_{at}"])
        columns.append(np.where(gamma < 0, -1, len(field.levels) - 1 - gamma))
    return np.column_stack(columns)


def _patterns(
    table: pa.Table, columns: Sequence[Comparable]
) -> tuple[np.ndarray[Any, np.dtype[np.int64]], np.ndarray[Any, np.dtype[np.int64]]]:
    """Return distinct level patterns and their number per group."""
    found, place = np.unique(_levels(table), axis=0, return_inverse=True)
    counts = np.zeros((len(found), len(GROUPS)), dtype=np.int64)
    np.add.at(counts, (place.ravel(), _groups(table, columns)), 1)
    return found, counts


def _groups(table: pa.Table, columns: Sequence[Comparable]) -> np.ndarray[Any, np.dtype[np.int64]]:
    left, right = _int(table["n_l"]), _int(table["n_r"])
    lists = list_codes(columns)
    houses = _codes([each.household or f"\x00{each.index}" for each in columns])
    same_list = lists[left] == lists[right]
    return np.where(houses[left] == houses[right], 2, same_list.astype(np.int64))


def list_codes(columns: Sequence[Comparable]) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Return int64[records], a number for the list of each record."""
    return _codes([each.list_id for each in columns])


def _codes(values: list[str]) -> np.ndarray[Any, np.dtype[np.int64]]:
    return np.unique(np.array(values, dtype=object), return_inverse=True)[1].astype(np.int64)


def _field_bits(table: pa.Table, at: int, field: Field) -> np.ndarray[Any, np.dtype[np.float64]]:
    bits = _float(table[f"mw_{at}"])
    return bits + _float(table[f"mw_tf_adj_{at}"]) if field.term else bits


def _int(column: pa.ChunkedArray) -> np.ndarray[Any, np.dtype[np.int64]]:
    return np.asarray(column.to_numpy(), dtype=np.int64)


def _float(column: pa.ChunkedArray) -> np.ndarray[Any, np.dtype[np.float64]]:
    return np.asarray(column.to_numpy(), dtype=np.float64)
