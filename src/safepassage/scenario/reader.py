"""Read a scenario folder: what is good goes on, what is not is set aside and named.

The order of the work: the head and the list of files, every file alone (text, header, cells, keys),
every row alone, rows against each other, and last the frozen objects.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

from safepassage.core.convoy.hours import days_of_windows
from safepassage.core.convoy.types import DelayModel
from safepassage.core.corridor.types import SettlementFact
from safepassage.errors import Finding
from safepassage.scenario.areas import read_areas
from safepassage.scenario.build import (
    build_all,
    build_assumed_holder,
    build_claim,
    build_closure,
    build_command,
    build_control,
    build_crossing,
    build_hazard,
    build_household,
    build_party,
    build_place,
    build_service,
    build_settlement,
    build_statement,
    build_terms,
    build_vehicle,
    build_what_if,
    build_window,
    carried_cells,
    findings_of,
)
from safepassage.scenario.delays import read_delays
from safepassage.scenario.lists import check_list
from safepassage.scenario.package import PACKAGE_FILE
from safepassage.scenario.package_reader import Package, read_package
from safepassage.scenario.rejects import RejectedRow
from safepassage.scenario.row_rules import check_rows
from safepassage.scenario.schema import AREA_RESOURCES, RESOURCES
from safepassage.scenario.tables import Table, read_table
from safepassage.scenario.types import HolderWord, Scenario, SourceList
from safepassage.scenario.warning_rules import look_over
from safepassage.scenario.world import World, word_meanings
from safepassage.scenario.world_rules import settle

_CHUNK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True, eq=False)
class ReadResult:
    """What a folder gave.

    Parameters
    ----------
    scenario
        Everything that can be used.
    findings
        What is wrong or doubtful, in the order of the files.
    rejects
        Rows that were set aside, as they came.
    """

    scenario: Scenario
    findings: tuple[Finding, ...]
    rejects: tuple[RejectedRow, ...]


def read_scenario(folder: Path) -> ReadResult:
    """Read a scenario folder.

    Parameters
    ----------
    folder
        Folder with ``datapackage.json``.

    Returns
    -------
    ReadResult
        The scenario of all good rows, with the findings and the rows set aside.

    Raises
    ------
    ScenarioError
        If nothing sensible can go on: no folder, no usable ``datapackage.json``, a listed file
        that is missing (00-scenario §3).
    VersionError
        If the scenario was written in another version of the schema (00-scenario §2).
    """
    package = read_package(folder)
    world = World(package.header, _read_tables(folder, package))
    for table in world.tables.values():
        check_rows(table, package.header.epoch)
    settle(world)
    look_over(world)
    lists, list_findings = _check_lists(folder, package)
    delays, delay_findings = _read_delays(folder, package)
    service = build_service(world.tables.get("service"))
    header = package.header
    households = build_all(world, "households", build_household)
    windows = build_all(world, "windows", partial(build_window, epoch=header.epoch))
    days = days_of_windows(header.epoch, header.timezone, windows)
    scenario = Scenario(
        folder=folder,
        name=header.name,
        title=header.title,
        kind=header.kind,
        schema_version=header.schema_version,
        timezone=header.timezone,
        languages=header.languages,
        epoch=header.epoch,
        planning_date=header.planning_date,
        parties=build_all(world, "parties", build_party),
        places=build_all(world, "places", build_place),
        roads=header.roads,
        control=build_all(world, "control", build_control),
        hazards=build_all(world, "hazards", build_hazard),
        lists=lists,
        claims=build_all(world, "claims", build_claim),
        statements=build_all(world, "statements", build_statement),
        households=households if "households" in world.tables else None,
        crossings=build_all(world, "crossings", build_crossing),
        windows=windows,
        vehicles=build_all(world, "vehicles", partial(build_vehicle, days=days)),
        service=service,
        delays=delays,
        terms=build_terms(world),
        planning=header.planning,
        carried=(*_carried_properties(package), *carried_cells(world)),
        digest=digest_of(folder, package),
        closures=build_all(world, "closures", partial(build_closure, timezone=header.timezone)),
        settlements=_settlements(world),
        holder_words=build_all(world, "holder_words", lambda values: HolderWord(**values)),
        what_ifs=build_all(world, "what_ifs", build_what_if),
        assumed_holders=build_all(world, "assumed_holders", build_assumed_holder),
        commands=build_all(world, "commands", build_command),
    )
    findings = (*package.findings, *findings_of(world), *list_findings, *delay_findings)
    rejects = tuple(reject for table in world.tables.values() for reject in table.rejects)
    return ReadResult(scenario, findings, rejects)


def _settlements(world: World) -> tuple[SettlementFact, ...]:
    build = partial(
        build_settlement, means=word_meanings(world), timezone=ZoneInfo(world.header.timezone)
    )
    return build_all(world, "settlement_control", build)


def digest_of(folder: Path, package: Package) -> str:
    """Return the SHA-256 over every file of the package, in the order of their paths (§4)."""
    digest = hashlib.sha256()
    for path in sorted({PACKAGE_FILE, *package.paths}):
        file = folder / path
        digest.update(f"{path}\0{file.stat().st_size}\0".encode())
        with file.open("rb") as stream:
            while chunk := stream.read(_CHUNK_BYTES):
                digest.update(chunk)
    return digest.hexdigest()


def _read_tables(folder: Path, package: Package) -> dict[str, Table]:
    paths = dict(package.files.paths)
    tables = {
        resource.name: read_table(folder, paths[resource.name], resource)
        for resource in RESOURCES
        if resource.name in paths
    }
    areas = {
        resource.name: read_areas(folder, paths[resource.name], resource)
        for resource in AREA_RESOURCES
        if resource.name in paths
    }
    return tables | areas


def _check_lists(folder: Path, package: Package) -> tuple[tuple[SourceList, ...], list[Finding]]:
    checked = [check_list(folder, source) for source in package.files.lists]
    good = tuple(source for source, _ in checked if source is not None)
    return good, [finding for _, findings in checked for finding in findings]


def _read_delays(folder: Path, package: Package) -> tuple[DelayModel | None, list[Finding]]:
    path = dict(package.files.paths).get("delays")
    return read_delays(folder, path) if path else (None, [])


def _carried_properties(package: Package) -> tuple[tuple[str, int, str, str], ...]:
    return tuple(
        (PACKAGE_FILE, number, name, text)
        for number, (name, text) in enumerate(package.files.carried)
    )
