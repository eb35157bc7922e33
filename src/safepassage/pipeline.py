"""The stages as one table, and the way from a scenario folder to a planning problem.

Every stage is a function from frozen objects to frozen objects; this module is the one place that
knows their order. The command line, the demo and the web application call it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from safepassage.adapters.osm import Report
from safepassage.adapters.road_hierarchy import kept_topology
from safepassage.adapters.roads import load_roads
from safepassage.core.convoy.check import check_plan
from safepassage.core.convoy.problem import build_problem
from safepassage.core.convoy.search import default_iterations, plan_convoy
from safepassage.core.convoy.types import (
    ConvoyProblem,
    Left,
    Plan,
    TravelGroup,
    Vehicle,
    Violation,
)
from safepassage.core.corridor.closures import shut_during, unknown_ways
from safepassage.core.corridor.compare import Facts, Measures
from safepassage.core.corridor.matrices import travel_matrices
from safepassage.core.corridor.router import Topology, roads_digest
from safepassage.core.corridor.situation import holders_at
from safepassage.core.corridor.types import (
    Place,
    PlaceKind,
    RoadNetwork,
    TravelMatrices,
    TravelProfile,
    VehicleClass,
)
from safepassage.core.corridor.what_if import MapFacts
from safepassage.core.register.draws import Doubt
from safepassage.core.register.types import Household, Register
from safepassage.errors import Finding, ScenarioError, Severity
from safepassage.scenario.facts import hazard_model, map_facts
from safepassage.scenario.reader import read_scenario
from safepassage.scenario.rejects import RejectedRow
from safepassage.scenario.types import Scenario
from safepassage.units import moment_at

if TYPE_CHECKING:
    from safepassage.adapters.register import RegisterResult

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage of the flow: the question it answers, what it takes and what it gives."""

    name: str
    question: str
    takes: str
    gives: str
    function: str


STAGES = (
    Stage("scenario", "what is this operation?", "a folder", "Scenario",
          "safepassage.scenario.reader.read_scenario"),
    Stage("register", "who is there?", "ListRecord", "Register, Household",
          "safepassage.adapters.register.build_register"),
    Stage("population", "how many really remain?", "CaptureTable", "PopulationEstimate",
          "safepassage.core.population.estimate.estimate"),
    Stage("corridor", "which way out, at what risk?", "RoadNetwork, ControlArea, Hazard",
          "TravelMatrices, CorridorOption", "safepassage.core.corridor.matrices.travel_matrices"),
    Stage("agreement", "what has each party said, asked, accepted?", "Statement, Terms",
          "AgreementStatus", "safepassage.core.agreement.missing.agreement_status"),
    Stage("convoy", "who rides when, in what?", "ConvoyProblem", "Plan",
          "safepassage.core.convoy.search.plan_convoy"),
)  # fmt: skip
"""The stages that exist, in the order of the work."""


@dataclass(frozen=True, slots=True, eq=False)
class Roads:
    """A scenario's roads and what has been prepared from them.

    Parameters
    ----------
    cache
        Folder in which prepared roads are kept; None keeps nothing.
    topologies
        Those prepared so far, by vehicle class; classes under the same bans share one.
    """

    network: RoadNetwork
    cache: Path | None = None
    topologies: dict[VehicleClass, Topology] = field(default_factory=dict)

    def topology(self, vehicle_class: VehicleClass) -> Topology:
        """Return the prepared roads of a vehicle class."""
        if vehicle_class not in self.topologies:
            self.topologies[vehicle_class] = self._shared(vehicle_class)
        return self.topologies[vehicle_class]

    def topologies_for(self, profiles: Iterable[TravelProfile]) -> dict[VehicleClass, Topology]:
        """Return the prepared roads of all these ways of driving."""
        classes = dict.fromkeys(profile.vehicle_class for profile in profiles)
        return {one: self.topology(one) for one in classes}

    def _shared(self, vehicle_class: VehicleClass) -> Topology:
        digest = roads_digest(self.network, vehicle_class)
        same = (one for one in self.topologies.values() if one.digest == digest)
        return next(same, None) or kept_topology(self.network, vehicle_class, self.cache)


def read_roads(
    scenario: Scenario, cache: Path | None = None, progress: Report | None = None
) -> Roads:
    """Return the roads that a scenario names.

    Parameters
    ----------
    cache
        Folder in which imported extracts and prepared roads are kept under what they were made
        from; None keeps nothing.
    progress
        Told how far an import is.

    Raises
    ------
    ScenarioError
        If the scenario names no roads.
    InputError
        If they cannot be read.
    """
    if scenario.roads is None:
        raise ScenarioError(Finding("the scenario names no roads; add 'roads' to it."))
    network = load_roads(
        scenario.folder, scenario.roads, progress, cache, timezone=scenario.timezone
    )
    return Roads(network, cache)


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """A scenario made ready for planning.

    Parameters
    ----------
    register
        None when the scenario came with ``households.csv``.
    pre_left
        Households that cannot be planned at all, with the reason.
    findings
        Everything that was wrong with the input and was set aside or noted.
    doubt
        What draws of the linkage are taken from; None without lists.
    facts
        Control, hazards and closures as the matrices count them.
    """

    scenario: Scenario
    roads: Roads
    facts: Facts
    matrices: TravelMatrices
    households: tuple[Household, ...]
    register: Register | None
    problem: ConvoyProblem
    pre_left: tuple[Left, ...]
    findings: tuple[Finding, ...]
    rejects: tuple[RejectedRow, ...]
    doubt: Doubt | None = None

    @property
    def network(self) -> RoadNetwork:
        """The roads."""
        return self.roads.network


def prepare(
    folder: Path,
    *,
    exact: bool = False,
    progress: Progress | None = None,
    what_if: str = "",
    cache: Path | None = None,
) -> Prepared:
    """Read a scenario folder and build the planning problem from it.

    Parameters
    ----------
    folder
        The scenario.
    exact
        Compute the matrices with the plain Dijkstra oracle, as the independent checker does.
    progress
        Called with the name of each step.
    what_if
        Name of a what-if whose rules count beside the facts; empty for the facts alone.
    cache
        As in :func:`read_roads`.

    Raises
    ------
    ScenarioError
        When something that planning needs is missing altogether.
    UsageError
        If there is no what-if of that name.
    """
    say = progress or (lambda _text: None)
    say("reading the scenario")
    read = read_scenario(folder)
    scenario = read.scenario
    _require_plannable(scenario)
    say("loading the roads")
    assert scenario.service is not None  # noqa: S101 - _require_plannable has refused this
    roads = read_roads(scenario, cache)
    network = roads.network
    facts = map_facts(scenario, what_if=what_if)
    counting = _counting(scenario, network, facts)
    households, linked = _households(scenario, say)
    say("times and exposures between places")
    profiles, vehicle_matrix = vehicle_profiles(scenario.vehicles)
    places = planning_places(scenario, households)
    matrices = travel_matrices(
        network,
        places,
        profiles,
        facts.control,
        facts.hazards,
        scenario.planning_date,
        risk_weight_s=scenario.planning.risk_weight_s,
        snap_limit_m=scenario.planning.snap_limit_m,
        method="plain" if exact else "fast",
        closures=counting.closures,
        topologies={} if exact else roads.topologies_for(profiles),
        hazard_model=hazard_model(scenario.planning),
    )
    off_road = _off_road(places, matrices)
    _require_a_crossing(scenario, matrices, off_road)
    built = build_problem(
        households=households,
        places=scenario.places,
        vehicles=scenario.vehicles,
        crossings=scenario.crossings,
        windows=scenario.windows,
        service=scenario.service,
        matrices=matrices,
        vehicle_matrix=vehicle_matrix,
        epoch=scenario.epoch,
        timezone=scenario.timezone,
        max_aboard_s=scenario.planning.max_aboard_s,
        scenario_digest=scenario.digest,
        side_of_place=sides_of_places(scenario, what_if),
    )
    return Prepared(
        scenario=scenario,
        roads=roads,
        facts=counting,
        matrices=matrices,
        households=households,
        register=linked.register if linked else None,
        problem=built.problem,
        pre_left=built.left,
        findings=(
            *read.findings,
            *(linked.findings if linked else ()),
            *_unknown_ways(network, facts),
            *off_road,
        ),
        rejects=(*read.rejects, *(linked.rejects if linked else ())),
        doubt=linked.doubt if linked else None,
    )


@dataclass(frozen=True, slots=True)
class Lost:
    """Travel groups of one place that a plan leaves for one reason, and their persons."""

    place_id: str
    reason: str
    groups: int
    persons: int


@dataclass(frozen=True, slots=True, eq=False)
class PlanUnder:
    """A plan made for the facts, or under one what-if, against the plan for the facts.

    Parameters
    ----------
    what_if
        Empty for the facts alone.
    violations
        Rules that the plan itself breaks, by the independent checker.
    lost
        Those whom the plan for the facts takes across and this one does not.
    gained
        Persons whom this plan takes across and the plan for the facts does not.
    breaches
        Rules that the plan for the facts would break under this what-if.
    """

    what_if: str
    plan: Plan
    violations: tuple[Violation, ...]
    lost: tuple[Lost, ...] = ()
    gained: int = 0
    breaches: tuple[Violation, ...] = ()


def plans_under(
    folder: Path,
    what_ifs: Iterable[str],
    *,
    seed: int = 0,
    iterations: int | None = None,
    cache: Path | None = None,
    progress: Callable[[str, float], None] | None = None,
) -> tuple[PlanUnder, ...]:
    """Plan for the facts and under each what-if, with the same seed and moves.

    Nothing is predicted: each plan is for what somebody entered. A search is no proof, so that
    small differences between plans mean little.

    Parameters
    ----------
    what_ifs
        Names.
    iterations
        Moves for each plan; by the size of the problem for the facts if None.
    progress
        Told what is done and the share of all work before it.

    Returns
    -------
    The facts first, then the what-ifs in the order given.
    """
    say = progress or (lambda _text, _done: None)
    names = ("", *what_ifs)
    made: list[PlanUnder] = []
    facts: tuple[Prepared, Plan] | None = None
    for number, name in enumerate(names):
        say(name or "the facts", number / len(names))
        prepared = prepare(folder, what_if=name, cache=cache)
        if iterations is None:
            iterations = default_iterations(prepared.problem)
        plan = plan_convoy(prepared.problem, prepared.pre_left, seed=seed, iterations=iterations)
        judged = check_plan(prepared.problem, prepared.households, plan)
        facts = facts or (prepared, plan)
        made.append(_plan_under(name, prepared, plan, judged, facts))
    return tuple(made)


def _plan_under(
    name: str,
    prepared: Prepared,
    plan: Plan,
    violations: tuple[Violation, ...],
    facts: tuple[Prepared, Plan],
) -> PlanUnder:
    if not name:
        return PlanUnder(name, plan, violations)
    base, base_plan = facts
    before = {one.token for one in base_plan.assignments}
    after = {one.token for one in plan.assignments}
    group_of = {group.token: group for group in (*prepared.problem.groups, *base.problem.groups)}
    return PlanUnder(
        what_if=name,
        plan=plan,
        violations=violations,
        lost=_lost([group_of[token] for token in sorted(before - after)], plan),
        gained=sum(group_of[token].load.persons for token in after - before),
        breaches=check_plan(prepared.problem, prepared.households, base_plan),
    )


def _lost(groups: Iterable[TravelGroup], plan: Plan) -> tuple[Lost, ...]:
    """Count travel groups by the reason for which a plan leaves them, and by place."""
    reason_of = {one.token: one.reason.value for one in plan.left}
    loads: dict[tuple[str, str], list[int]] = {}
    for group in groups:
        reasons = (reason_of.get(token, "") for token in group.household_tokens)
        reason = next((one for one in reasons if one), "")
        loads.setdefault((reason, group.place_id), []).append(group.load.persons)
    return tuple(
        Lost(place, reason, len(found), sum(found))
        for (reason, place), found in sorted(loads.items())
    )


def _require_plannable(scenario: Scenario) -> None:
    needed = {
        "roads": scenario.roads,
        "places.csv": scenario.places,
        "crossings.csv": scenario.crossings,
        "windows.csv": scenario.windows,
        "vehicles.csv": scenario.vehicles,
        "service.csv": scenario.service,
        "households.csv or lists": scenario.lists or scenario.households,
    }
    findings = [
        Finding(f"a plan needs {name}; the scenario has no usable row of it.")
        for name, value in needed.items()
        if not value
    ]
    if findings:
        raise ScenarioError(findings)


def _counting(scenario: Scenario, network: RoadNetwork, facts: MapFacts) -> Facts:
    """Return the facts at the planning date; what shuts at any time of movement counts as shut."""
    rules = shut_during((*network.closures, *facts.closures), _movements(scenario))
    return Facts(facts.control, facts.hazards, scenario.planning_date, rules)


def measures_of(scenario: Scenario) -> Measures:
    """Return how facts become costs, by the scenario's own rules."""
    planning = scenario.planning
    return Measures(
        planning.risk_weight_s, planning.snap_limit_m, hazard_model=hazard_model(planning)
    )


def _movements(scenario: Scenario) -> list[tuple[datetime, datetime]]:
    """Return when vehicles may move."""
    return [
        (moment_at(scenario.epoch, one.movement_from_s), moment_at(scenario.epoch, one.closes_s))
        for one in scenario.windows
    ]


def _unknown_ways(network: RoadNetwork, facts: MapFacts) -> tuple[Finding, ...]:
    """Return what names ways that the roads do not have, and so does nothing there."""
    return tuple(
        Finding(text, severity=Severity.WARNING)
        for text in unknown_ways(network, facts.closures, facts.hazards)
    )


def _off_road(places: tuple[Place, ...], matrices: TravelMatrices) -> tuple[Finding, ...]:
    """Return what the network said of each place: no road at all, or one that is far."""
    snaps = {snap.place_id: snap for snap in matrices.snaps}
    findings = []
    for place in places:
        about = f"'{place.place_id}'"
        if place.place_id not in snaps:
            said = [text for text in matrices.unreachable if about in text][:1]
            findings.append(
                Finding(" ".join(said) or f"Place with no road: {about}.", file="places.csv")
            )
        else:
            findings += [
                Finding(text, file="places.csv", severity=Severity.WARNING)
                for text in snaps[place.place_id].warnings
            ]
    return tuple(findings)


def _require_a_crossing(
    scenario: Scenario, matrices: TravelMatrices, off_road: tuple[Finding, ...]
) -> None:
    """Refuse to plan when no crossing has a road: the plan would be empty without a word."""
    on_road = {snap.place_id for snap in matrices.snaps}
    if not any(crossing.place_id in on_road for crossing in scenario.crossings):
        errors = [found for found in off_road if found.severity is Severity.ERROR]
        raise ScenarioError([*errors, Finding("no crossing has a road; nothing can be planned.")])


def _households(
    scenario: Scenario, say: Progress
) -> tuple[tuple[Household, ...], RegisterResult | None]:
    """Return the travel parties: from ``households.csv`` if there, else from the lists."""
    if scenario.households is not None:
        return scenario.households, None
    # Imported here: the linkage engine takes a second to load, and many scenarios have no lists.
    from safepassage.adapters.register import build_register

    say("linking the lists")
    result = build_register(scenario)
    return result.register.travel_parties, result


def vehicle_profiles(
    vehicles: Iterable[Vehicle],
) -> tuple[tuple[TravelProfile, ...], tuple[int, ...]]:
    """Return the distinct ways of driving in a fleet and, per vehicle, the index of its own."""
    index: dict[TravelProfile, int] = {}
    per_vehicle = [
        index.setdefault(
            TravelProfile(
                vehicle_class=vehicle.vehicle_class,
                sides=vehicle.sides,
                weight_t=vehicle.weight_t,
                height_m=vehicle.height_m,
                width_m=vehicle.width_m,
            ),
            len(index),
        )
        for vehicle in vehicles
    ]
    return tuple(index), tuple(per_vehicle)


def planning_places(scenario: Scenario, households: Iterable[Household]) -> tuple[Place, ...]:
    """Return the places that a plan can use, in the scenario's order."""
    used = {household.place_id for household in households}
    used |= {vehicle.depot_id for vehicle in scenario.vehicles}
    used |= {crossing.place_id for crossing in scenario.crossings}
    return tuple(
        place
        for place in scenario.places
        if place.place_id in used or place.kind is PlaceKind.RECEPTION_CENTRE
    )


def sides_of_places(scenario: Scenario, what_if: str = "") -> dict[str, str]:
    """Return each place's side: its own column, else the holder at the planning date."""
    facts = map_facts(scenario, what_if=what_if)
    held = holders_at(scenario.places, facts.control, scenario.planning_date)
    return {
        place.place_id: place.side or holder
        for place, holder in zip(scenario.places, held, strict=True)
    }
