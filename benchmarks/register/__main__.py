"""Run with ``python -m benchmarks.register [--seeds 4 5 6] [--fake-1000 FILE] [--out FILE]``.

Protocol. The exercise's six lists are generated for each seed with known truth; this package and
Splink (on the columns as they came, at the best of six thresholds) link the same rows in the same
process. Our thresholds were chosen on seeds 1 to 3; those seeds must not be reported. ``fake_1000``
is Splink's own public set.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from benchmarks.register.judge import Judgement, judge
from benchmarks.register.peers import link_raw, splink_as_in_its_tutorial
from safepassage.adapters.lists import parse_birth, read_list
from safepassage.adapters.register import gazetteer_of, link_records
from safepassage.core.register.gazetteer import Gazetteer, build_gazetteer
from safepassage.core.register.normalise import given_names
from safepassage.core.register.types import ListRecord
from safepassage.exercises.sudzha import write_exercise
from safepassage.scenario.reader import read_scenario

TUNED_ON = (1, 2, 3)
DEFAULT_SEEDS = tuple(range(4, 14))


def main(arguments: Sequence[str]) -> None:
    """Run and print one JSON document."""
    options = _options(arguments)
    document: dict[str, Any] = {
        "tuned_on_seeds": TUNED_ON,
        "exercise": [_exercise(seed, peers=not options.no_peers) for seed in options.seeds],
    }
    document["exercise_mean"] = _means(document["exercise"])
    if options.fake_1000:
        document["fake_1000"] = _fake_1000(Path(options.fake_1000))
    text = json.dumps(document, ensure_ascii=False, indent=2)
    if options.out:
        Path(options.out).write_text(text + "\n", encoding="utf-8")
    print(text)


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.register", description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=list(DEFAULT_SEEDS))
    parser.add_argument("--fake-1000", metavar="FILE", help="fake_1000.csv with its cluster column")
    parser.add_argument("--no-peers", action="store_true")
    parser.add_argument("--out", metavar="FILE")
    options = parser.parse_args(arguments)
    if set(options.seeds) & set(TUNED_ON):
        parser.error(f"seeds {TUNED_ON} were used to choose the thresholds; take others")
    return options


def _exercise(seed: int, *, peers: bool) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        truth = write_exercise(Path(folder), seed).person_of_record
        scenario = read_scenario(Path(folder)).scenario
        read = [read_list(scenario.folder, source) for source in scenario.lists]
    records = [record for result in read for record in result.records]
    gazetteer = gazetteer_of(scenario.places)
    found: dict[str, Any] = {"seed": seed, "records": len(records)}
    found["safepassage"] = _timed(lambda: [_ours(records, gazetteer)], truth).to_json()
    if peers:
        found["splink_raw"] = _timed(lambda: splink_as_in_its_tutorial(records), truth).to_json()
    found["given_names_unknown_to_dictionary"] = _unknown_share(records)
    return found


def _ours(records: Sequence[ListRecord], gazetteer: Gazetteer) -> list[list[str]]:
    return [list(person.record_ids) for person in link_records(records, gazetteer).persons]


def _timed(link: Callable[[], list[list[list[str]]]], truth: dict[str, str]) -> Judgement:
    """Return the best judgement on the answers; this package gives one, the peer several."""
    started = time.process_time()
    answers = link()
    cpu_s = time.process_time() - started
    return max((judge(each, truth, cpu_s) for each in answers), key=lambda found: found.f1)


def _unknown_share(records: Sequence[ListRecord]) -> float:
    """Return the share of given names, in columns of their own, that no dictionary entry knows."""
    written = {record.given_name for record in records if len(record.given_name) > 2}
    unknown = [name for name in written if given_names(name)[0].isascii()]
    return round(len(unknown) / max(len(written), 1), 4)


def _means(runs: Sequence[dict[str, Any]]) -> dict[str, dict[str, float]]:
    tools = [name for name in ("safepassage", "splink_raw") if name in runs[0]]
    return {
        tool: {
            measure: round(sum(run[tool][measure] for run in runs) / len(runs), 5)
            for measure in runs[0][tool]
        }
        for tool in tools
    }


def _fake_1000(path: Path) -> dict[str, Any]:
    """Link fake_1000: one list, names in Latin script, a good half of the rows are repeats."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    truth = {f"fake:{at}": row["cluster"] for at, row in enumerate(rows, 2)}
    records = [_fake_record(at, row) for at, row in enumerate(rows, 2)]
    table = pa.Table.from_pylist(
        [
            {name: row[name] or None for name in ("first_name", "surname", "dob", "city", "email")}
            | {"unique_id": f"fake:{at}"}
            for at, row in enumerate(rows, 2)
        ]
    )
    raw_columns = ("first_name", "surname", "dob", "city", "email")
    return {
        "safepassage": _timed(lambda: [_ours(records, build_gazetteer([]))], truth).to_json(),
        "splink_raw": _timed(lambda: link_raw(table, raw_columns), truth).to_json(),
    }


def _fake_record(at: int, row: dict[str, str]) -> ListRecord:
    """Return a row as a record of a list of its own: the set repeats people within one file."""
    return ListRecord(
        f"fake:{at}", "fake", at,
        given_name=row["first_name"], surname=row["surname"],
        birth=parse_birth(row["dob"]), stay_place=row["city"],
    )  # fmt: skip


if __name__ == "__main__":
    main(sys.argv[1:])
