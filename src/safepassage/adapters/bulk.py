"""Linking more records than a machine can hold as objects: columns in, columns out.

A hundred thousand rows and more come as a table and leave as the number of each row's person. The
model, the blocking, the comparisons and the clustering are those of ``adapters/register.py``; left
out is what needs an object for every record and every link: tokens, evidence in words, travel
parties. Nothing is written to a disk.
"""

from __future__ import annotations

import gc
import multiprocessing
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from safepassage.adapters.linkage import Engine, LinkageEngine
from safepassage.adapters.model_json import parameters_of
from safepassage.adapters.record_table import RecordTable, batch_of, numbered
from safepassage.core.register.cluster import hear_households, same_list_bits
from safepassage.core.register.comparable import comparables
from safepassage.core.register.constraints import Constraints, bind
from safepassage.core.register.gazetteer import Gazetteer
from safepassage.core.register.joint import JointWeights
from safepassage.core.register.partition import Partition, partition, uncompared
from safepassage.core.register.relearn import ROUNDS, relearn
from safepassage.core.register.score import score
from safepassage.core.register.types import ApproximateDate, ListRecord, Sex

TEXTS = (
    "record_id", "list_id", "full_name", "surname", "given_name", "patronymic", "maiden_name",
    "stay_place", "birth_place", "household_key", "phone", "email", "address",
)  # fmt: skip
"""Text columns that are read where the table has them; named as in
:class:`~safepassage.core.register.types.ListRecord`. Others: ``sex``, ``birth_earliest``,
``birth_latest``, and those of LISTS."""
LISTS = ("relatives", "documents")
"""Columns that hold a list of texts."""
_CHUNK_RECORDS = 25_000
_PROCESSES = 2
_WAITING = 4


@dataclass(frozen=True, slots=True, eq=False)
class LinkedTable:
    """Rows with their persons.

    Parameters
    ----------
    persons
        The number of each row's person, and how sure the person's weakest link is.
    pairs_compared
        Pairs that blocking named.
    model
        The trained model as a settings document.
    """

    persons: Partition
    pairs_compared: int
    model: dict[str, Any]


def link_table(
    rows: pa.Table, gazetteer: Gazetteer, model: str = "", engine: Engine | None = None
) -> LinkedTable:
    """Return the person of every row.

    Parameters
    ----------
    rows
        Columns of TEXTS and LISTS and ``sex``, ``birth_earliest``, ``birth_latest`` (ISO dates);
        null or empty where unknown. The rows of a household stand together.
    model
        Settings document of an earlier run, as JSON text; then nothing is learned.
    engine
        DuckDB by default.
    """
    table = canonical_table(rows, gazetteer)
    linkage = LinkageEngine(table, engine)
    if model:
        linkage.parameters = parameters_of(model, len(table), table.pairs_by_group)
    else:
        linkage.train()
    candidates = linkage.candidates()
    compared = len(linkage.blocked.left) if linkage.blocked else 0
    return LinkedTable(_persons(linkage, candidates, not model), compared, linkage.settings())


def canonical_table(rows: pa.Table, gazetteer: Gazetteer) -> RecordTable:
    """Return the canonical columns of all rows, made by two processes where there are many."""
    if len(rows) <= _CHUNK_RECORDS:
        return RecordTable(numbered(pa.Table.from_batches([_canonical(rows, gazetteer)])))
    order = _by_surname(rows)
    portions = _portions(rows, order)
    # Fresh processes: a fork would count, and in time copy, all that this one holds.
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(_PROCESSES, spawn, _begin, (gazetteer,)) as pool:
        batches = _mapped(pool, _canonical_in_worker, portions)
    places = np.arange(len(rows)) if order is None else np.argsort(order)
    return RecordTable(numbered(_reordered(batches, places)))


def _mapped(
    pool: ProcessPoolExecutor,
    work: Callable[[pa.Table], pa.RecordBatch],
    portions: Iterable[pa.Table],
) -> list[pa.RecordBatch]:
    """Return the answers in the order of the portions, of which few wait at a time."""
    found, waiting = [], deque[Future[pa.RecordBatch]]()
    for portion in portions:
        waiting.append(pool.submit(work, portion))
        if len(waiting) > _WAITING:
            found.append(waiting.popleft().result())
    return found + [each.result() for each in waiting]


def _by_surname(rows: pa.Table) -> NDArray[np.int64] | None:
    """Return an order in which equal names stand together, so that each is looked up once.

    None where households must not be cut.
    """
    if "household_key" in rows.column_names:
        return None
    names = [name for name in ("surname", "full_name") if name in rows.column_names]
    coded = [pc.dictionary_encode(rows[name].combine_chunks(), "encode") for name in names]
    return np.lexsort([each.indices.to_numpy() for each in coded]) if coded else None


def _portions(rows: pa.Table, order: NDArray[np.int64] | None) -> Iterator[pa.Table]:
    """Yield the rows in portions, each a copy that holds nothing else."""
    places = np.arange(len(rows)) if order is None else order
    for start, length in _chunks(rows):
        yield rows.take(places[start : start + length])


def _reordered(batches: list[pa.RecordBatch], order: NDArray[np.int64]) -> pa.Table:
    """Return the rows of all batches, which are given up, in another order.

    One column at a time is in memory twice.
    """
    names = batches[0].schema.names
    parts = [[batch.column(at) for batch in batches] for at in range(len(names))]
    batches.clear()
    return pa.table([pa.concat_arrays(parts.pop(0)).take(order) for _ in names], names)


def _persons(linkage: LinkageEngine, candidates: Any, learning: bool) -> Partition:
    table = linkage.records
    lists, records = table.lists, len(table)
    housed = _housed(table)
    rounds = ROUNDS if learning else 0
    pairs, linkage.parameters = relearn(candidates, linkage.parameters, housed, lists, rounds)
    scores = score(pairs, linkage.parameters)
    missing = uncompared(records, (pairs.left, pairs.right), scores.log_odds)
    if len(missing[0]):
        pairs = pairs.joined(linkage.compare(*missing))
        scores = score(pairs, linkage.parameters)
    heard = hear_households(pairs, scores, housed).among_rivals(pairs, lists)
    joint = JointWeights.of(pairs, linkage.parameters, scores, heard.log_odds).worth
    repeats = linkage.parameters.match_rate[1] * table.pairs_by_group[1] / max(records, 1)
    nothing = bind(Constraints(), [""] * records)
    ends = pairs.left, pairs.right
    return partition(lists, ends, heard.log_odds, nothing, same_list_bits(repeats), joint)


@dataclass(frozen=True, slots=True)
class _Housed:
    household: str


def _housed(table: RecordTable) -> Sequence[Any]:
    """Return what the hearing of households needs of each record."""
    by_key = {key: _Housed(key) for key in table.table["household"].unique().to_pylist() if key}
    alone = _Housed("")
    return [by_key.get(key, alone) for key in table.table["household"].to_pylist()]


# -------------------------------------------------------------------------------- canonical


def _chunks(rows: pa.Table) -> Iterator[tuple[int, int]]:
    """Yield where slices of the table start and how long they are; no household is cut."""
    households = _households(rows)
    start = 0
    while start < len(rows):
        end = min(start + _CHUNK_RECORDS, len(rows))
        while households is not None and end < len(rows) and households[end] == households[end - 1]:
            end += 1
        yield start, end - start
        start = end


def _households(rows: pa.Table) -> NDArray[np.int64] | None:
    """Return a number that is the same in neighbouring rows of one household; None without any."""
    if "household_key" not in rows.column_names:
        return None
    keys = [
        f"{a}/{b}" if b else f"\x00{at}"
        for at, (a, b) in enumerate(
            zip(rows["list_id"].to_pylist(), rows["household_key"].to_pylist(), strict=True)
        )
    ]
    changes = np.array([one != other for one, other in pairwise(keys)])
    return np.concatenate([[0], np.cumsum(changes)])


_known: list[Gazetteer] = []
"""What a worker was started with: it remembers the places that it has read."""


def _begin(gazetteer: Gazetteer) -> None:
    gc.disable()  # millions of small objects, none in a cycle: looking for cycles costs a third
    _known[:] = [gazetteer]


def _canonical_in_worker(rows: pa.Table) -> pa.RecordBatch:
    return _canonical(rows, _known[0])


def _canonical(rows: pa.Table, gazetteer: Gazetteer) -> pa.RecordBatch:
    return batch_of(comparables(list(_records(rows)), gazetteer))


def _records(rows: pa.Table) -> Iterator[ListRecord]:
    named = [name for name in (*TEXTS, *LISTS) if name in rows.column_names]
    texts: list[list[Any]] = [
        [tuple(value or ()) if name in LISTS else value or "" for value in rows[name].to_pylist()]
        for name in named
    ]
    nothing: list[Any] = [None] * len(rows)
    sexes, earliest, latest = (
        rows[name].to_pylist() if name in rows.column_names else nothing
        for name in ("sex", "birth_earliest", "birth_latest")
    )
    for at, (sex, first, last, *values) in enumerate(
        zip(sexes, earliest, latest, *texts, strict=True)
    ):
        fields = {"record_id": str(at), "list_id": "", **dict(zip(named, values, strict=True))}
        birth = ApproximateDate(first, last) if first and last else None
        yield ListRecord(row=at + 2, sex=Sex(sex or Sex.UNKNOWN), birth=birth, **fields)
