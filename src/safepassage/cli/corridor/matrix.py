"""``safepassage corridor matrix``: minutes and exposure between places, for each way of driving."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from safepassage.cli.common import out, print_json, progress
from safepassage.cli.corridor.asking import (
    AsJson,
    Date,
    Driving,
    HeightM,
    NoCache,
    RiskWeight,
    ScenarioFolder,
    Sides,
    Vehicles,
    WeightT,
    WhatIf,
    When,
    WidthM,
    World,
    day,
    driver,
    place,
    print_part_time,
    print_source,
    profile_document,
    read_world,
    say,
    when,
    with_roads,
)
from safepassage.errors import UsageError
from safepassage.units import SECONDS_PER_MINUTE

if TYPE_CHECKING:
    from safepassage.core.corridor.types import Place, TravelMatrices, TravelMatrix
    from safepassage.scenario.types import Scenario

MATRIX_VERSION = "1.0"
MOST_COLUMNS = 8
"""A wider table does not fit a terminal."""
COLUMNS = (
    "from", "to", "vehicle_class", "sides", "weight_t", "height_m", "width_m",
    "reachable", "minutes", "travel_time_s", "exposure",
)  # fmt: skip


def matrix(
    scenario: ScenarioFolder,
    starts: Annotated[
        list[str] | None,
        typer.Option("--from", help="Place to leave: id or position; may be repeated."),
    ] = None,
    ends: Annotated[
        list[str] | None,
        typer.Option("--to", help="Place to reach: id or position; may be repeated."),
    ] = None,
    date: Date = "",
    vehicle: Vehicles = None,
    sides: Sides = "",
    weight_t: WeightT = None,
    height_m: HeightM = None,
    width_m: WidthM = None,
    risk_weight_s: RiskWeight = None,
    what_if: WhatIf = "",
    out_file: Annotated[
        Path | None, typer.Option("--out", help="Write all pairs as .csv or .json.")
    ] = None,
    no_cache: NoCache = False,
    as_json: AsJson = False,
) -> None:
    """Minutes and exposure between places: all of the scenario's, or those named.

    Each number is that of the way with the least time plus weighted exposure, as the planner uses
    it. Where there is no way the reason is said.

    Example: safepassage corridor matrix scenario --to crossing --vehicle bus --out minutes.csv
    """
    given = read_world(scenario)
    _check_file(out_file)
    rows = _places(given, starts)
    columns = _places(given, ends)
    asked = when(date, given)
    profiles = Driving(vehicle or (), sides, weight_t, height_m, width_m).profiles(given)
    with progress("Times between places") as report:
        world = with_roads(given, report, no_cache=no_cache)
        places = tuple(dict.fromkeys((*rows, *columns)))
        matrices = world.matrices(places, profiles, world.facts(asked, what_if), risk_weight_s)
    table = _Table(world, matrices, rows, columns, asked)
    if out_file is not None:
        _write(table, out_file)
    if as_json:
        print_json(table.document())
    else:
        _print(table, out_file)


def _check_file(path: Path | None) -> None:
    if path is not None and path.suffix not in (".csv", ".json"):
        raise UsageError(f"'{path.name}' ends in neither .csv nor .json.")


def _places(given: Scenario, named: list[str] | None) -> tuple[Place, ...]:
    if named:
        return tuple(dict.fromkeys(place(given, text) for text in named))
    if not given.places:
        raise UsageError("The scenario has no places; name positions with --from and --to.")
    return given.places


@dataclass(frozen=True, slots=True, eq=False)
class _Table:
    """The chosen rows and columns of all matrices."""

    world: World
    matrices: TravelMatrices
    rows: tuple[Place, ...]
    columns: tuple[Place, ...]
    when: When

    def pairs(self, one: TravelMatrix) -> Iterator[tuple[Place, Place, int | None, float]]:
        """Give (from, to, seconds or None, exposure) in the order of rows and columns."""
        index = {name: number for number, name in enumerate(self.matrices.place_ids)}
        for start in self.rows:
            for end in self.columns:
                cell = index[start.place_id], index[end.place_id]
                seconds = int(one.travel_time_s[cell])
                yield start, end, seconds if seconds >= 0 else None, float(one.exposure[cell])

    def document(self) -> dict[str, Any]:
        """Return the table as a JSON object."""
        return {
            "version": MATRIX_VERSION,
            "at": self.when.at.isoformat(),
            "attribution": self.world.network.attribution,
            "schematic": self.world.network.schematic,
            "matrices": [self._matrix(one) for one in self.matrices.matrices],
            "unreachable": list(self.matrices.unreachable),
            "snaps": [
                {"place": snap.place_id, "distance_m": round(snap.distance_m, 1),
                 "warnings": list(snap.warnings)}
                for snap in self.matrices.snaps
            ],
        }  # fmt: skip

    def _matrix(self, one: TravelMatrix) -> dict[str, Any]:
        pairs = list(self.pairs(one))
        width = len(self.columns)
        lines = [pairs[start : start + width] for start in range(0, len(pairs), width)]
        return {
            **profile_document(one.profile),
            "from": [one.place_id for one in self.rows],
            "to": [one.place_id for one in self.columns],
            "travel_time_s": [[seconds for _, _, seconds, _ in line] for line in lines],
            "exposure": [
                [None if seconds is None else exposure for _, _, seconds, exposure in line]
                for line in lines
            ],
        }

    def csv_rows(self) -> Iterator[dict[str, Any]]:
        """Give one row for each pair and way of driving."""
        for one in self.matrices.matrices:
            driving = profile_document(one.profile)
            driving["sides"] = " ".join(driving["sides"])
            for start, end, seconds, exposure in self.pairs(one):
                found = {} if seconds is None else _numbers(seconds, exposure)
                ends = {"from": start.place_id, "to": end.place_id}
                yield ends | driving | {"reachable": "no" if seconds is None else "yes"} | found


def _numbers(seconds: int, exposure: float) -> dict[str, Any]:
    return {
        "minutes": f"{seconds / SECONDS_PER_MINUTE:.1f}",
        "travel_time_s": seconds,
        "exposure": f"{exposure:.9f}",
    }


def _write(table: _Table, path: Path) -> None:
    import json

    if path.suffix == ".json":
        text = json.dumps(table.document(), ensure_ascii=False, indent=2, allow_nan=False) + "\n"
    else:
        buffer = io.StringIO()
        writer = csv.DictWriter(buffer, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(table.csv_rows())
        text = buffer.getvalue()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")


def _print(table: _Table, out_file: Path | None) -> None:
    say(f"{day(table.when, table.world.scenario)}, minutes (exposure):")
    wide = len(table.columns) > MOST_COLUMNS
    for one in table.matrices.matrices:
        if wide:
            _print_count(table, one)
        else:
            _print_grid(table, one)
    for sentence in table.matrices.unreachable:
        say(sentence)
    print_part_time(table.world.part_time(table.when), table.when, table.world.scenario)
    if wide and out_file is None:
        say(f"{len(table.columns)} columns do not fit here: name up to {MOST_COLUMNS} with --to, "
            "or write all pairs with --out FILE.csv.")  # fmt: skip
    if out_file is not None:
        say(f"Written: {out_file}")
    print_source(table.world.network)


def _print_count(table: _Table, one: TravelMatrix) -> None:
    reached = [pair for pair in table.pairs(one) if pair[2] is not None]
    count = len(table.rows) * len(table.columns)
    say(f"  {driver(one.profile)}: a way for {len(reached)} of {count} pairs of places.")


def _print_grid(table: _Table, one: TravelMatrix) -> None:
    from rich.table import Table

    grid = Table(driver(one.profile), *(one.place_id for one in table.columns), box=None)
    cells = [_cell(seconds, exposure) for _, _, seconds, exposure in table.pairs(one)]
    for number, start in enumerate(table.rows):
        width = len(table.columns)
        grid.add_row(start.place_id, *cells[number * width : (number + 1) * width])
    out.print(grid)


def _cell(seconds: int | None, exposure: float) -> str:
    if seconds is None:
        return "no way"
    minutes = round(seconds / SECONDS_PER_MINUTE)
    return f"{minutes} ({exposure:.3f})" if exposure else str(minutes)
