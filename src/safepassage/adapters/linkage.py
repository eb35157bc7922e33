"""The engine: finds pairs of records, compares them in SQL and weighs them.

Splink writes the model down as a settings document with the SQL of every level in the dialect of
the engine (DuckDB here, Spark in ``adapters/spark.py``). The engine computes from it at which level
each pair agrees, and nothing else; whatever is added up is added up in numpy, so that the number of
threads or machines changes no digit. Everything is in memory: no name is written to a disk, no
message leaves the engine.
"""

from __future__ import annotations

import logging
import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from safepassage.adapters.comparisons import CONDITIONS
from safepassage.adapters.distances import Distance, with_distances
from safepassage.adapters.kinds import Kinds, with_telling_values
from safepassage.adapters.model_json import SECTION, section_of
from safepassage.adapters.record_table import RecordTable, pairs_of
from safepassage.core.register.blocking import Candidates, candidate_pairs
from safepassage.core.register.model import GROUPS, MODEL, Field, Parameters
from safepassage.core.register.score import Comparisons, score
from safepassage.core.register.train import Patterns, learn, starting_parameters
from safepassage.errors import UsageError

IntArray = NDArray[np.int64]
Levels = NDArray[np.int8]

_SAMPLE_PAIRS = 400_000
_TERM_FLOOR = 0.0005
_CHUNK_PAIRS = 1_000_000
"""Pairs compared at a time: the more, the fewer distinct ones among them."""
_PORTION_PAIRS = 200_000
"""Pairs weighed at a time: each needs a kilobyte meanwhile."""
FEW_PAIRS = 2_000_000
HOPELESS_BITS = -12.0
"""Among more than FEW_PAIRS candidates, those with lower log-odds than this are left behind once
the model has learned from them: they would fill the memory and no household could revive them."""
_GOLDEN = 0.6180339887498949


class Engine(Protocol):
    """Whatever computes the levels of agreement."""

    dialect: str
    """As Splink calls it."""

    def levels(self, records: RecordTable, left: IntArray, right: IntArray) -> Levels:
        """Return at which level each field of each pair agrees.

        Parameters
        ----------
        left, right
            int64[p], record numbers.

        Returns
        -------
        levels
            int8[p, fields]; 0 is the best level of the model, -1 missing.
        """


ENGINES = ("duckdb", "spark")


def engine_named(name: str, master: str = "") -> Engine:
    """Return an engine.

    Parameters
    ----------
    name
        One of ENGINES.
    master
        Spark's master URL; a session on this machine by default.

    Raises
    ------
    UsageError
        If there is no such engine.
    MissingExtraError
        If the engine is not installed.
    """
    if name == "spark":
        from safepassage.adapters.spark import LOCAL, SparkEngine

        return SparkEngine(master or LOCAL)
    if name != "duckdb":
        raise UsageError(f"--engine is '{name}'; accepted: {', '.join(ENGINES)}.")
    return DuckEngine()


class LinkageEngine:
    """Compares the records it was given.

    Parameters
    ----------
    records
        Canonical columns.
    engine
        Computes the levels; DuckDB in this process by default.
    """

    def __init__(self, records: RecordTable, engine: Engine | None = None) -> None:
        self.records = records
        self.parameters = starting_parameters()
        self.blocked: Candidates | None = None
        self._engine = engine or DuckEngine()
        self._levels: Levels | None = None

    def train(self) -> Parameters:
        """Learn the model from the lists; starting values hold where they teach too little."""
        left, right = _even_sample(len(self.records))
        sample = self._engine.levels(self.records, left, right)
        blocked, levels = self._compared()
        self.parameters = learn(
            candidates=self._patterns(blocked.left, blocked.right, levels),
            sample=self._patterns(left, right, sample),
            records=len(self.records),
            pairs_by_group=self.records.pairs_by_group,
        )
        return self.parameters

    def candidates(self) -> Comparisons:
        """Return every pair that blocking names, compared and weighed, in order of the records.

        Of more than FEW_PAIRS those below HOPELESS_BITS are left behind.
        """
        blocked, levels = self._compared()
        self._levels = None
        few = len(levels) <= FEW_PAIRS
        kept = [Comparisons.none()]
        for start in range(0, len(levels), _PORTION_PAIRS):
            part = slice(start, start + _PORTION_PAIRS)
            weighed = self._weighed(blocked.left[part], blocked.right[part], levels[part])
            kept.append(weighed if few else self._hopeful(weighed))
        return _joined(kept)

    def compare(self, left: IntArray, right: IntArray) -> Comparisons:
        """Return the given pairs of records, left < right, compared and weighed."""
        if not len(left):
            return Comparisons.none()
        return self._weighed(left, right, self._engine.levels(self.records, left, right))

    def settings(self) -> dict[str, Any]:
        """Return the trained model as a Splink settings document, to be read and compared."""
        document = settings_document(self.parameters, "duckdb")
        learned = section_of(self.parameters, len(self.records), self.records.pairs_by_group)
        return {**document, SECTION: learned}

    def _compared(self) -> tuple[Candidates, Levels]:
        if self.blocked is None:
            self.blocked = candidate_pairs(self.records.tokens(), len(self.records))
        if self._levels is None:
            ends = self.blocked.left, self.blocked.right
            self._levels = self._engine.levels(self.records, *ends)
        return self.blocked, self._levels

    def _patterns(self, left: IntArray, right: IntArray, levels: Levels) -> Patterns:
        """Return distinct patterns of levels and how many pairs of each group show them."""
        sizes = [len(field.levels) + 1 for field in MODEL]
        packed = np.zeros(len(levels), dtype=np.int64)
        for at, size in enumerate(sizes):
            packed = packed * size + (levels[:, at] + 1)
        groups = self.records.groups(left, right)
        values, numbers = np.unique(packed * len(GROUPS) + groups, return_counts=True)
        patterns, place = np.unique(values // len(GROUPS), return_inverse=True)
        counts = np.zeros((len(patterns), len(GROUPS)), dtype=np.int64)
        counts[place.ravel(), values % len(GROUPS)] = numbers
        columns = []
        for size in reversed(sizes):
            columns.append(patterns % size - 1)
            patterns = patterns // size
        return Patterns(np.column_stack(columns[::-1]), counts)

    def _weighed(self, left: IntArray, right: IntArray, levels: Levels) -> Comparisons:
        wide = levels.astype(np.int64)
        columns = [
            self._field_bits(at, field, wide[:, at], left, right) for at, field in enumerate(MODEL)
        ]
        groups = self.records.groups(left, right)
        return Comparisons(left, right, groups, wide, np.column_stack(columns))

    def _field_bits(
        self, at: int, field: Field, levels: IntArray, left: IntArray, right: IntArray
    ) -> NDArray[np.float64]:
        """Return match weights; where the level has one, with the frequency of the value."""
        m, u = np.array(self.parameters.m[at]), np.array(self.parameters.u[at])
        bits = np.append(np.log2(m / u), 0.0)[levels]
        if not field.term:
            return np.asarray(bits)
        share = self.records.shares[field.term]
        commoner = np.maximum(np.maximum(share[left], share[right]), _TERM_FLOOR)
        usual = np.append(np.log2(u), 0.0)[levels]
        by_value = np.array([level.name in field.term_levels for level in field.levels] + [False])
        return np.asarray(bits + np.where(by_value[levels], usual - np.log2(commoner), 0.0))

    def _hopeful(self, pairs: Comparisons) -> Comparisons:
        at = np.flatnonzero(score(pairs, self.parameters).log_odds >= HOPELESS_BITS)
        return Comparisons(
            pairs.left[at], pairs.right[at], pairs.group[at], pairs.levels[at], pairs.bits[at]
        )


def _joined(parts: Sequence[Comparisons]) -> Comparisons:
    return Comparisons(
        np.concatenate([each.left for each in parts]),
        np.concatenate([each.right for each in parts]),
        np.concatenate([each.group for each in parts]),
        np.concatenate([each.levels for each in parts]),
        np.concatenate([each.bits for each in parts]),
    )


def _even_sample(records: int) -> tuple[IntArray, IntArray]:
    """Return an even, seedless sample of all pairs, or all of them where they are few.

    Multiples of the golden ratio, modulo 1, fill the interval more evenly than dice do (Weyl 1916,
    doi:10.1007/BF01475864) and keep no step with any order of the lists.
    """
    total = pairs_of(records)
    if total <= _SAMPLE_PAIRS:
        number = np.arange(total, dtype=np.int64)
    else:
        places = (np.arange(1, _SAMPLE_PAIRS + 1) * _GOLDEN) % 1.0
        number = np.unique((places * total).astype(np.int64))
    right = ((1.0 + np.sqrt(1.0 + 8.0 * number)) / 2.0).astype(np.int64)
    right -= pairs_before(right) > number  # the square root may round up
    right += pairs_before(right + 1) <= number
    return number - pairs_before(right), right


def pairs_before(right: IntArray) -> IntArray:
    """Return how many pairs have both records below `right`."""
    return right * (right - 1) // 2


# --------------------------------------------------------------------------------------- DuckDB


class DuckEngine:
    """DuckDB in this process; a field's level is computed once for each two kinds of records."""

    dialect = "duckdb"

    def __init__(self) -> None:
        self._held: tuple[RecordTable, list[Kinds]] | None = None

    def levels(self, records: RecordTable, left: IntArray, right: IntArray) -> Levels:
        """Return at which level each field of each pair agrees; see :class:`Engine`."""
        found = np.empty((len(left), len(MODEL)), dtype=np.int8)
        with quiet(), _connection() as connection:
            kinds = self._kinds(records)
            for start in range(0, len(left), _CHUNK_PAIRS):
                part = slice(start, start + _CHUNK_PAIRS)
                for at, asked in enumerate(_fields_asked()):
                    one, other, place = kinds[at].pairs(left[part], right[part])
                    pairs = asked.pairs(records, kinds[at], one, other)
                    found[part, at] = asked.levels(connection, pairs)[place]
        return found

    def _kinds(self, records: RecordTable) -> list[Kinds]:
        if self._held is None or self._held[0] is not records:
            kinds = [asked.kinds(records.table) for asked in _fields_asked()]
            self._held = records, kinds
        return self._held[1]


@dataclass(frozen=True, slots=True)
class _FieldAsked:
    """What the engine is asked about one field, and the columns on which the answer depends."""

    at: int
    columns: tuple[str, ...]
    distances: tuple[Distance, ...]
    query: str

    def kinds(self, table: pa.Table) -> Kinds:
        """Return the records by what they say of the field."""
        return Kinds.by(with_telling_values(table.select(self.columns), self.query))

    def pairs(
        self, records: RecordTable, kinds: Kinds, left: IntArray, right: IntArray
    ) -> pa.Table:
        """Return what two kinds say, and how far their texts are apart, for each pair of kinds."""
        columns = {"place": pa.array(np.arange(len(left), dtype=np.int64))}
        for side, ends in (("l", left), ("r", right)):
            said = kinds.said.take(ends)
            columns |= {f"{name}_{side}": said[name] for name in self.columns}
        for each in self.distances:
            columns[each.column] = each.between(records, kinds.first[left], kinds.first[right])
        return pa.table(columns)

    def levels(self, connection: Any, pairs: pa.Table) -> NDArray[np.int8]:
        """Return the field's level of each pair, int8[p]."""
        connection.register("pairs", pairs)
        answer = connection.execute(self.query).to_arrow_table()
        found = np.empty(len(pairs), dtype=np.int8)
        found[answer["place"].to_numpy()] = _levels_in(answer, self.at)
        return found


@lru_cache(maxsize=1)
def _fields_asked() -> tuple[_FieldAsked, ...]:
    document = settings_document(starting_parameters(), "duckdb")
    asked = []
    for at, (field, spec) in enumerate(zip(MODEL, document["comparisons"], strict=True)):
        case, distances = with_distances(_case(at, spec))
        columns = tuple(sorted(_columns_in(CONDITIONS[field.name])))
        query = f"select place, {case} from pairs"  # noqa: S608 - our own names
        asked.append(_FieldAsked(at, columns, tuple(sorted(distances)), query))
    return tuple(asked)


@contextmanager
def _connection() -> Iterator[Any]:
    import duckdb

    # No temporary directory: nothing of a record may reach a disk, so too little memory is an
    # error rather than a spill file. Rows come in any order and carry their place.
    config = {
        "threads": 2,
        "temp_directory": "",
        "max_temp_directory_size": "0B",
        "preserve_insertion_order": "false",
    }
    with duckdb.connect(":memory:", config=config) as connection:
        yield connection


def pairs_table(left: IntArray, right: IntArray) -> pa.Table:
    """Return pairs as the engines take them: place, left and right record."""
    place = np.arange(len(left), dtype=np.int64)
    return pa.table({"place": place, "join_l": left, "join_r": right})


def fill(levels: Levels, answer: pa.Table) -> None:
    """Put an engine's answer, in any order of rows, in its places."""
    place = answer["place"].to_numpy()
    for at in range(len(MODEL)):
        levels[place, at] = _levels_in(answer, at)


def _levels_in(answer: pa.Table, at: int) -> IntArray:
    """Return the levels as the model numbers them; Splink gives the best one the highest."""
    gamma = answer[f"gamma_{at}"].to_numpy()
    return np.where(gamma < 0, -1, len(MODEL[at].levels) - 1 - gamma)


@contextmanager
def quiet() -> Iterator[None]:
    """Keep the engine's messages to itself: they quote values."""
    loggers = [logging.getLogger(name) for name in ("splink", "sqlglot", "py4j")]
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


@lru_cache(maxsize=4)
def levels_sql(dialect: str) -> str:
    """Return the query for the levels of the table ``pairs`` among the records in ``held``.

    It is written from the settings document: what is saved is what is computed. A level's number
    is Splink's: the best level of a field has the highest, the last 0, and missing -1.
    """
    document = settings_document(starting_parameters(), dialect)
    cases = [_case(at, spec) for at, spec in enumerate(document["comparisons"])]
    needed = sorted({name for spec in CONDITIONS.values() for name in _columns_in(spec)})
    sides = [f"{side}.{name} as {name}_{side}" for name in needed for side in "lr"]
    return (
        f"with both_sides as (select pairs.*, {', '.join(sides)} from pairs"  # noqa: S608 - our own names
        " join held l on l.n = pairs.join_l join held r on r.n = pairs.join_r)"
        f" select place, {', '.join(cases)} from both_sides"
    )


def _case(at: int, spec: dict[str, Any]) -> str:
    missing, *levels, _ = [level["sql_condition"] for level in spec["comparison_levels"]]
    whens = [f"when {missing} then -1"]
    whens += [f"when {sql} then {len(levels) - place}" for place, sql in enumerate(levels)]
    return f"case {' '.join(whens)} else 0 end as gamma_{at}"


def _columns_in(conditions: Sequence[str]) -> set[str]:
    return {name for sql in conditions for name in re.findall(r"\b([a-z_]+)_[lr]\b", sql)}


def settings_document(parameters: Parameters, dialect: str) -> dict[str, Any]:
    """Return the model as Splink saves it, in the SQL of one engine."""
    from splink import SettingsCreator, block_on

    creator = SettingsCreator(
        link_type="dedupe_only",
        unique_id_column_name="n",
        comparisons=[
            _comparison(at, field, parameters, _SPELLED.get(dialect, {}))
            for at, field in enumerate(MODEL)
        ],
        blocking_rules_to_generate_predictions=[block_on("surname", "given")],
        probability_two_random_records_match=0.0001,
        retain_matching_columns=True,
        retain_intermediate_calculation_columns=True,
        linker_uid="safepassage",
    )
    with quiet():
        document: dict[str, Any] = creator.create_settings_dict(dialect)
    return document


_SPELLED = {
    "spark": {
        "list_has_any(": "arrays_overlap(",
        "damerau_levenshtein(": "safepassage_edits(",
        "jaro_winkler_similarity(": "safepassage_jaro_winkler(",
    }
}
"""Functions that an engine knows under another name than DuckDB, or not at all (``spark.py``)."""


def _comparison(at: int, field: Field, parameters: Parameters, spelled: Mapping[str, str]) -> Any:
    import splink.comparison_level_library as levels
    import splink.comparison_library as library

    missing, *conditions = (_respelled(sql, spelled) for sql in CONDITIONS[field.name])
    empty = levels.CustomLevel(missing, "missing").configure(is_null_level=True)
    found = [
        levels.CustomLevel(sql, field.levels[place].words) for place, sql in enumerate(conditions)
    ]
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


def _respelled(sql: str, spelled: Mapping[str, str]) -> str:
    for ours, theirs in spelled.items():
        sql = sql.replace(ours, theirs)
    return sql
