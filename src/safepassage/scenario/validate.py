"""Is the scenario complete enough to plan? (00-scenario §38)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from safepassage.core.corridor.situation import holders_at
from safepassage.core.corridor.types import PlaceKind
from safepassage.errors import Finding, InputError, Severity
from safepassage.scenario.facts import map_facts
from safepassage.scenario.package import PACKAGE_FILE
from safepassage.scenario.reader import ReadResult, read_scenario
from safepassage.scenario.types import Scenario

_RULE = "00-scenario §38"
_PARTIES = "parties.csv"
_PLACES = "places.csv"


def validate(folder: Path) -> tuple[Finding, ...]:
    """Return everything that is wrong or doubtful with a scenario folder.

    Parameters
    ----------
    folder
        Folder with ``datapackage.json``. One that cannot be read at all gives the findings that
        say why.
    """
    try:
        return all_findings(read_scenario(folder))
    except InputError as error:
        return error.findings


def all_findings(result: ReadResult) -> tuple[Finding, ...]:
    """Return the findings of the reader and what the scenario lacks to be planned."""
    return result.findings + completeness(result.scenario)


def completeness(scenario: Scenario) -> tuple[Finding, ...]:
    """Return what the scenario lacks to be planned (errors) or to be whole (warnings)."""
    return tuple(finding for check in _CHECKS for finding in check(scenario))


def sides_of(scenario: Scenario) -> dict[str, str]:
    """Return who administers each place at the planning date, empty where nobody is known to.

    The place's own `side` counts first, then the area that it lies in, stated or derived; where
    several parties hold that ground, none does.
    """
    places, at = scenario.places, scenario.planning_date
    held = holders_at(places, map_facts(scenario).control, at)
    return {
        place.place_id: place.side or holder for place, holder in zip(places, held, strict=True)
    }


def _lacks(message: str, file: str = PACKAGE_FILE) -> Finding:
    return Finding(message, file, rule=_RULE)


def _doubt(message: str, file: str = PACKAGE_FILE) -> Finding:
    return Finding(message, file, severity=Severity.WARNING, rule=_RULE)


def _parties(scenario: Scenario) -> Iterator[Finding]:
    roles = [party.role for party in scenario.parties]
    for role in ("holding", "receiving"):
        if role not in roles:
            yield _lacks(
                f"holds no party of role '{role}'; a corridor leads from one to the other", _PARTIES
            )
    if roles.count("intermediary") != 1:
        found = roles.count("intermediary")
        yield _doubt(f"holds {found} parties of role 'intermediary'; there is one", _PARTIES)


def _people(scenario: Scenario) -> Iterator[Finding]:
    if scenario.households is None and not scenario.lists:
        yield _lacks("lists neither households nor a list of people; nobody can be planned")
    elif not scenario.households and not scenario.lists:
        yield _lacks("holds no usable household; nobody can be planned", "households.csv")
    pick_ups = {PlaceKind.SETTLEMENT, PlaceKind.ASSEMBLY_POINT}
    if not any(place.kind in pick_ups for place in scenario.places):
        yield _lacks("holds no usable settlement or assembly point to pick up at", _PLACES)


def _roads(scenario: Scenario) -> Iterator[Finding]:
    if scenario.roads is None:
        yield _lacks("'safepassage.roads' is missing; without roads no way can be found")
    if not scenario.control:
        yield _doubt("holds no usable area, or is missing; who holds what?", "control.geojson")


def _crossings(scenario: Scenario) -> Iterator[Finding]:
    if not scenario.crossings:
        yield _lacks("holds no usable crossing; people need a place to pass", "crossings.csv")
    if not scenario.windows:
        yield _lacks("holds no usable window of silence; nobody moves outside one", "windows.csv")
    with_window = {window.crossing_id for window in scenario.windows}
    for crossing in scenario.crossings if scenario.windows else ():
        if crossing.crossing_id not in with_window:
            message = f"holds no window for crossing '{crossing.crossing_id}'; it is not used"
            yield _doubt(message, "windows.csv")
    if scenario.windows and all(window.state == "proposed" for window in scenario.windows):
        yield _doubt("holds no window that is accepted; the plan will say so", "windows.csv")


def _fleet(scenario: Scenario) -> Iterator[Finding]:
    held = sides_of(scenario)
    sides = {held[vehicle.depot_id] for vehicle in scenario.vehicles}
    for crossing in scenario.crossings:
        for side, doing in (
            (crossing.from_side, "brings people to"),
            (crossing.to_side, "takes them on from"),
        ):
            if side not in sides:
                yield _lacks(
                    f"holds no usable vehicle with a depot on side '{side}', so none {doing} "
                    f"crossing '{crossing.crossing_id}'",
                    "vehicles.csv",
                )


def _centres(scenario: Scenario) -> Iterator[Finding]:
    centres = [place for place in scenario.places if place.kind is PlaceKind.RECEPTION_CENTRE]
    held = sides_of(scenario)
    sides = {held[place.place_id] for place in centres}
    for crossing in scenario.crossings:
        if crossing.to_side not in sides:
            yield _lacks(
                f"holds no usable reception centre on side '{crossing.to_side}', where crossing "
                f"'{crossing.crossing_id}' leads",
                _PLACES,
            )


def _settled_sides(scenario: Scenario) -> Iterator[Finding]:
    needed = {PlaceKind.DEPOT, PlaceKind.RECEPTION_CENTRE}
    held = sides_of(scenario)
    for place in scenario.places:
        if place.kind in needed and not held[place.place_id]:
            message = f"'{place.place_id}' lies on nobody's ground; set its side or control.geojson"
            yield _lacks(message, _PLACES)


def _service(scenario: Scenario) -> Iterator[Finding]:
    if scenario.service is None:
        yield _lacks(
            "is missing or incomplete; boarding could not be timed",
            "service.csv",
        )
    if scenario.delays is None:
        yield _doubt("is missing or cannot be used; the plan cannot be simulated", "delays.toml")


def _terms(scenario: Scenario) -> Iterator[Finding]:
    if not scenario.terms.procedure:
        yield _doubt(
            "no terms/procedure.csv; the missing step cannot be named", "terms/procedure.csv"
        )


_CHECKS: tuple[Callable[[Scenario], Iterator[Finding]], ...] = (
    _parties,
    _people,
    _roads,
    _crossings,
    _settled_sides,
    _fleet,
    _centres,
    _service,
    _terms,
)
