"""Run with ``python -m benchmarks.register.scale [--rows 1000000] [--spark] [--out FILE]``.

Protocol. ``scale_data.make`` writes the rows (seeded; described there). Each tool runs in a process
of its own, started fresh, on the same Arrow table, one after the other on the same machine; time is
from table in memory to a person for every row, memory the highest sum of the resident sizes of the
process and its children, sampled ten times a second after the rows were made. Ours is
``adapters.bulk.link_table``. The peer is Splink as its tutorial sets it up, on DuckDB with two
threads: term frequencies, four blocking rules, training by expectation-maximisation, the best of
six thresholds chosen by the truth. It is given the names in one script (letter by letter into
Latin, as a careful user would), because in two scripts it cannot match at all. ``--spark`` links a
tenth of the rows on DuckDB and on a local Spark session and counts the rows whose person differs.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import multiprocessing
import os
import platform
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Event, Thread
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from benchmarks.register.scale_data import make, romanised

Persons = NDArray[np.int64]
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
_THRESHOLDS = (0.05, 0.2, 0.5, 0.8, 0.95, 0.99)


def main(arguments: Sequence[str]) -> None:
    """Run and print one JSON document."""
    options = _options(arguments)
    document: dict[str, Any] = {
        "rows": options.rows,
        "seed": options.seed,
        "machine": {"processors": os.cpu_count(), "python": platform.python_version()},
        "versions": {name: importlib.metadata.version(name) for name in ("splink", "duckdb")},
    }
    if not options.spark_only:
        document["safepassage"] = _measured(_ours, options.rows, options.seed)
        if not options.no_peers:
            document["splink_plain"] = _measured(_splink, options.rows, options.seed)
    if options.spark or options.spark_only:
        document["spark"] = _measured(_on_spark, max(options.rows // 10, 1), options.seed)
    text = json.dumps(document, indent=2)
    if options.out:
        Path(options.out).write_text(text + "\n", encoding="utf-8")
    print(text)


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.register.scale")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--no-peers", action="store_true")
    parser.add_argument("--spark", action="store_true")
    parser.add_argument("--spark-only", action="store_true")
    parser.add_argument("--out", metavar="FILE")
    return parser.parse_args(arguments)


def _measured(run: Callable[[pa.Table], dict[str, Any]], rows: int, seed: int) -> dict[str, Any]:
    """Run in a fresh process, which answers with figures and one or more sets of persons."""
    spawn = multiprocessing.get_context("spawn")
    queue = spawn.Queue()
    process = spawn.Process(target=_child, args=(queue, run, rows, seed))
    process.start()
    answer: dict[str, Any] = queue.get()
    process.join()
    return answer


def _child(queue: Any, run: Callable[[pa.Table], dict[str, Any]], rows: int, seed: int) -> None:
    data = make(rows, seed)
    stop, peak = Event(), [0]
    watcher = Thread(target=_watch, args=(stop, peak), daemon=True)
    watcher.start()
    started, worked = time.perf_counter(), _cpu_s()
    found = run(data.rows)
    found["wall_s"] = round(time.perf_counter() - started, 1)
    found["cpu_s"] = round(_cpu_s() - worked, 1)
    stop.set()
    found["peak_rss_mb"] = round(peak[0] / 1e6)
    answers = found.pop("persons")
    found |= max((_judged(persons, data.person) for persons in answers), key=lambda j: j["f1"])
    queue.put(found)


def _cpu_s() -> float:
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def _watch(stop: Event, peak: list[int]) -> None:
    while not stop.wait(0.1):
        peak[0] = max(peak[0], _resident_bytes(os.getpid()))


def _resident_bytes(root: int) -> int:
    """Return the resident sizes of a process and all that it started."""
    parents, pages = {}, {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                fields = (folder / "stat").read_text(errors="replace").rsplit(")", 1)[1].split()
            except OSError:
                continue
            parents[int(folder.name)], pages[int(folder.name)] = int(fields[1]), int(fields[21])
    ours = {root}
    while more := {p for p, parent in parents.items() if parent in ours and p not in ours}:
        ours |= more
    return sum(pages.get(process, 0) for process in ours) * _PAGE_BYTES


def _judged(found: Persons, truth: Persons) -> dict[str, float]:
    """Return pairwise quality, and clusters that hold two people."""
    both = _pairs(np.stack([found, truth]))
    together, true = _pairs(found[None]), _pairs(truth[None])
    mixed = np.unique(np.unique(np.stack([found, truth]), axis=1)[0], return_counts=True)[1] > 1
    return {
        "f1": round(2 * both / max(together + true, 1), 4),
        "precision": round(both / max(together, 1), 4),
        "recall": round(both / max(true, 1), 4),
        "persons": len(np.unique(found)),
        "true_persons": len(np.unique(truth)),
        "false_merges": int(mixed.sum()),
    }


def _pairs(groups: Persons) -> int:
    sizes = np.unique(groups, axis=1, return_counts=True)[1]
    return int((sizes * (sizes - 1) // 2).sum())


def _ours(rows: pa.Table) -> dict[str, Any]:
    from safepassage.adapters.bulk import link_table
    from safepassage.core.register.gazetteer import build_gazetteer

    linked = link_table(rows, build_gazetteer([]))
    return {"pairs_compared": linked.pairs_compared, "persons": [linked.persons.person]}


def _on_spark(rows: pa.Table) -> dict[str, Any]:
    from safepassage.adapters.bulk import link_table
    from safepassage.adapters.linkage import engine_named
    from safepassage.core.register.gazetteer import build_gazetteer

    started = time.perf_counter()
    ours = link_table(rows, build_gazetteer([]))
    duckdb_s = time.perf_counter() - started
    theirs = link_table(rows, build_gazetteer([]), engine=engine_named("spark"))
    differing = int((ours.persons.person != theirs.persons.person).sum())
    return {
        "rows": len(rows),
        "duckdb_s": round(duckdb_s, 1),
        "spark_s": round(time.perf_counter() - started - duckdb_s, 1),
        "rows_with_another_person": differing,
        "same_model": ours.model == theirs.model,
        "persons": [theirs.persons.person],
    }


# ----------------------------------------------------------------------------------------- peer


def _splink(rows: pa.Table) -> dict[str, Any]:
    import logging
    import warnings

    logging.getLogger("splink").setLevel(logging.CRITICAL)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        linker = _trained(_one_script(rows))
        predictions = linker.inference.predict(0.01, warning_mode="never")
        return {
            "persons": [_clusters(linker, predictions, each, len(rows)) for each in _THRESHOLDS]
        }


def _one_script(rows: pa.Table) -> pa.Table:
    names = ("surname", "given_name", "patronymic", "stay_place")
    columns = {name: pa.array(romanised(rows[name].to_pylist()), pa.string()) for name in names}
    columns["dob"] = rows["birth_earliest"].combine_chunks()
    columns["phone"] = rows["phone"].combine_chunks()
    return pa.table({"unique_id": np.arange(len(rows)), **columns})


def _trained(table: pa.Table) -> Any:
    import duckdb
    import splink.comparison_library as cl
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on

    rules = [
        block_on("given_name", "surname"), block_on("surname", "dob"),
        block_on("given_name", "dob"), block_on("phone"),
    ]  # fmt: skip
    settings = SettingsCreator(
        link_type="dedupe_only",
        comparisons=[
            cl.JaroWinklerAtThresholds("surname").configure(term_frequency_adjustments=True),
            cl.JaroWinklerAtThresholds("given_name").configure(term_frequency_adjustments=True),
            cl.JaroWinklerAtThresholds("patronymic"),
            cl.DateOfBirthComparison("dob", input_is_string=True),
            cl.ExactMatch("stay_place").configure(term_frequency_adjustments=True),
            cl.ExactMatch("phone"),
        ],
        blocking_rules_to_generate_predictions=rules,
    )
    connection = duckdb.connect(":memory:", config={"threads": 2})
    api = DuckDBAPI(connection=connection)
    linker = Linker(api.register(table), settings, log_level=None)
    sure = [block_on("given_name", "surname", "dob")]
    linker.training.estimate_probability_two_random_records_match(sure, recall=0.7)
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6, seed=1)
    for rule in (block_on("given_name", "surname"), block_on("dob")):
        linker.training.estimate_parameters_using_expectation_maximisation(rule)
    return linker


def _clusters(linker: Any, predictions: Any, threshold: float, rows: int) -> Persons:
    clusters = linker.clustering.cluster_pairwise_predictions_at_threshold(
        predictions, threshold_match_probability=threshold
    ).as_pyarrow_table()
    persons = np.empty(rows, dtype=np.int64)
    persons[clusters["unique_id"].to_numpy()] = clusters["cluster_id"].to_numpy()
    return persons


if __name__ == "__main__":
    main(sys.argv[1:])
