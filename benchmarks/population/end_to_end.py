"""From lists to a band: ``python -m benchmarks.population.end_to_end [--seeds N] [--jobs J]``.

Every run writes the exercise of one seed, reads its lists, links them and estimates. Options:
``--first SEED`` (default 30000; seeds 1000 to 1019 were used for tuning, those from 30000 on are
for results only), ``--seeds N`` (50), ``--jobs J`` processes (1), ``--out FILE``. A run takes about
12 seconds of processor time.

What is the truth?
------------------
*There*: the 2,200 people who are there. *On the lists' word*: these and the 60 who have already
left, without those whom a list reports as out. About 35 of the 60 stand on lists and two or three
are reported; nothing in the lists tells the others from people who stayed, so every estimate from
overlaps, with perfect linkage too, is one of the second number. Both are shown; their difference
(2.6 %) is owed to departures that nobody reported, not to linkage or to the estimate.

What a user can do about it is look. The band ``looked_for`` is the pooled band after 150 linked
persons, drawn at random from those of whom no list says that they are there, have been looked for:
the estimator learns how many had left of those on one list and of those on several, as
``--unreported LEFT/LOOKED-FOR,LEFT/LOOKED-FOR:WHO`` tells it, and nothing else of the truth.
Everybody looked for gets an answer here.
"""

from __future__ import annotations

import argparse
import json
import math
import tempfile
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import mean, median
from typing import Any

import numpy as np

from safepassage.adapters.lists import read_list
from safepassage.adapters.population_people import drawn_presence
from safepassage.adapters.register import gazetteer_of, link_records
from safepassage.core.population.capture import capture_table, prepare
from safepassage.core.population.departed import Unreported, present_band
from safepassage.core.population.pooled import pooled_band
from safepassage.core.population.recommend import recommend
from safepassage.core.population.types import CaptureTable, Recommendation
from safepassage.core.register.types import LifeStatus, ListRecord
from safepassage.exercises.sudzha import write_exercise
from safepassage.exercises.truth import ExerciseTruth
from safepassage.scenario.reader import read_scenario

RESULTS = Path(__file__).parent / "end_to_end.json"
LEVEL = 0.95
GONE = (LifeStatus.ALREADY_OUT, LifeStatus.DECEASED)
BANDS = ("plain", "pooled", "looked_for", "true_links", "true_links_and_departures")
LOOKED_FOR = 150


@dataclass(frozen=True, slots=True)
class Run:
    """One exercise.

    Parameters
    ----------
    there, on_word
        The two truths (see above).
    listed
        Persons on the lists by their word, and how many the linkage and its draws make of them.
    bands
        (low, centre, high) by name: ``plain`` of the linked table, ``pooled`` over draws of the
        linkage, ``looked_for`` the same after 150 people were looked for, ``true_links`` of the
        table that perfect linkage would give, and the same without those who left unreported.
    """

    seed: int
    there: int
    on_word: int
    listed: dict[str, float]
    bands: dict[str, tuple[float, float, float]]
    had_left: list[tuple[int, int]]


def main() -> None:
    """Run all seeds, print and write what came out."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.population.end_to_end")
    parser.add_argument("--first", type=int, default=30_000)
    parser.add_argument("--seeds", type=int, default=50)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--out", type=Path, default=RESULTS)
    options = parser.parse_args()
    seeds = range(options.first, options.first + options.seeds)
    with ProcessPoolExecutor(options.jobs) as pool:
        runs = []
        for run in pool.map(one_run, seeds):
            runs.append(run)
            print(_line(run), flush=True)
    summary = summarise(runs)
    print(json.dumps(summary, indent=1))
    document = {"summary": summary, "runs": [asdict(run) for run in runs]}
    options.out.write_text(json.dumps(document, indent=1, allow_nan=False) + "\n", encoding="utf-8")


def one_run(seed: int) -> Run:
    """Write, read, link and estimate one exercise."""
    with tempfile.TemporaryDirectory() as folder:
        truth = write_exercise(Path(folder), seed)
        scenario = read_scenario(Path(folder)).scenario
        records = [
            record
            for source in scenario.lists
            for record in read_list(scenario.folder, source).records
        ]
    lists = [source.list_id for source in scenario.lists]
    linked = link_records(records, gazetteer_of(scenario.places))
    if linked.doubt is None:
        raise RuntimeError(f"seed {seed}: the linkage left no draws")
    by_id = {record.record_id: record for record in records}
    persons = [[by_id[each] for each in person.record_ids] for person in linked.persons]
    plain = remaining(persons, lists)
    true = remaining(_true_persons(truth, records), lists)
    presence = drawn_presence(linked.doubt, records, lists)
    draws = [draw.whole for draw in presence]
    there = {person.person_id for person in truth.people.persons if person.present}
    had_left = [
        (sum(_person(truth, one) not in there for one in part), len(part))
        for part in looked_for(persons, seed)
    ]
    found = Unreported("a field team", sample=had_left[0], several=had_left[1])
    reported = {truth.person_of_record[r.record_id] for r in records if r.status in GONE}
    still = [one for one in _true_persons(truth, records) if _person(truth, one) in there]
    return Run(
        seed,
        len(there),
        len(truth.people.persons) - len(reported - there),
        {
            "true": true.observed,
            "plain": plain.observed,
            "draws": mean(table.observed for table in draws),
        },
        {
            "plain": _ends(_band(plain)),
            "pooled": _ends(pooled_band(draws, LEVEL)),
            "looked_for": _ends(present_band(presence, found, LEVEL, seed)),
            "true_links": _ends(_band(true)),
            "true_links_and_departures": _ends(_band(remaining(still, lists))),
        },
        had_left,
    )


def looked_for(
    persons: Iterable[list[ListRecord]], seed: int
) -> tuple[list[list[ListRecord]], list[list[ListRecord]]]:
    """Return a random sample of the linked persons of whom no list says where they are.

    Those on one list only, and those on several.
    """
    known = (*GONE, LifeStatus.PRESENT)
    unsaid = [one for one in persons if not any(record.status in known for record in one)]
    order = np.random.default_rng(seed).permutation(len(unsaid))[:LOOKED_FOR]
    drawn = [unsaid[at] for at in order]
    once = [len({record.list_id for record in one}) == 1 for one in drawn]
    return (
        [one for one, single in zip(drawn, once, strict=True) if single],
        [one for one, single in zip(drawn, once, strict=True) if not single],
    )


def remaining(persons: Iterable[list[ListRecord]], lists: list[str]) -> CaptureTable:
    """Return the table of persons whom no record reports as out or dead."""
    members = [
        tuple(record.list_id for record in records)
        for records in persons
        if not any(record.status in GONE for record in records)
    ]
    return capture_table(members, lists)


def _true_persons(truth: ExerciseTruth, records: Iterable[ListRecord]) -> list[list[ListRecord]]:
    persons: dict[str, list[ListRecord]] = {}
    for record in records:
        persons.setdefault(truth.person_of_record[record.record_id], []).append(record)
    return list(persons.values())


def _person(truth: ExerciseTruth, records: list[ListRecord]) -> str:
    return truth.person_of_record[records[0].record_id]


def _band(table: CaptureTable) -> Recommendation:
    return recommend(table, prepare(table)[0], LEVEL)


def _ends(band: Recommendation) -> tuple[float, float, float]:
    if band.low is None or band.estimate is None or band.high is None:
        raise RuntimeError(" ".join(band.reasons))
    return round(band.low, 1), round(band.estimate, 1), round(band.high, 1)


def summarise(runs: list[Run]) -> dict[str, Any]:
    """Return bias, coverage and width of every band against both truths."""
    found: dict[str, Any] = {"runs": len(runs)}
    for name in BANDS:
        against = {
            word: _against([run.bands[name] for run in runs], [getattr(run, word) for run in runs])
            for word in ("there", "on_word")
        }
        ratio = round(median(run.bands[name][2] / run.bands[name][0] for run in runs), 3)
        found[name] = against | {"median_high_over_low": ratio}
    by_linkage = [run.bands["pooled"][1] / run.bands["true_links"][1] - 1 for run in runs]
    found["moved_by_linkage"] = round(mean(by_linkage), 4)
    return found


def _against(bands: list[tuple[float, float, float]], truths: list[int]) -> dict[str, float]:
    off = [centre / truth - 1 for (_, centre, _), truth in zip(bands, truths, strict=True)]
    holds = [low <= truth <= high for (low, _, high), truth in zip(bands, truths, strict=True)]
    error = 0.0 if len(off) < 2 else _standard_error(off)
    return {
        "mean_bias": round(mean(off), 4),
        "standard_error": round(error, 4),
        "median_bias": round(median(off), 4),
        "coverage": round(mean(holds), 3),
    }


def _standard_error(values: list[float]) -> float:
    centre = mean(values)
    return math.sqrt(sum((x - centre) ** 2 for x in values) / (len(values) - 1) / len(values))


def _line(run: Run) -> str:
    bands = ", ".join(
        f"{name} {middle:,.0f} ({low:,.0f} to {high:,.0f})"
        for name, (low, middle, high) in run.bands.items()
    )
    return f"{run.seed}: there {run.there:,}, on the lists' word {run.on_word:,}; {bands}"


if __name__ == "__main__":
    main()
