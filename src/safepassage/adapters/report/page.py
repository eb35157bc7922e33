"""Assemble the report from what the stages gave."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from safepassage._version import __version__
from safepassage.adapters.report.charts import (
    clock,
    crossing_chart,
    reasons_chart,
    timeline,
)
from safepassage.adapters.report.map import draw_map
from safepassage.core.convoy.simulate import AcrossOverTime, queue_profile
from safepassage.core.convoy.types import (
    ConvoyProblem,
    Plan,
    SimulationSummary,
    Violation,
    Window,
)
from safepassage.core.corridor.types import CorridorOption, Place, PlaceKind, RoadNetwork
from safepassage.core.population.types import PopulationEstimate
from safepassage.core.register.types import Household
from safepassage.errors import Finding
from safepassage.scenario.types import Scenario
from safepassage.units import format_duration, format_moment

Translate = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class RegisterNumbers:
    """What the report says of the register; counts only, no names.

    Parameters
    ----------
    per_list
        (list title, records) pairs.
    """

    records: int
    persons: int
    households: int
    review: int
    per_list: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class TalkNumbers:
    """What the report says of the talks: ready-made sentences from the agreement stage.

    Parameters
    ----------
    missing
        The acts that would open the corridor, as sentences.
    steps
        (text, state) of each step of the procedure.
    contradictions, flagged_clauses
        Sentences.
    """

    missing: tuple[str, ...]
    steps: tuple[tuple[str, str], ...]
    contradictions: tuple[str, ...]
    flagged_clauses: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class ReportInput:
    """Everything the report shows; each part from its own stage.

    Parameters
    ----------
    violations
        What the independent checker said of the plan.
    estimate_svg
        The plot of the population stage, or empty.
    files
        (file name, what it is) of the folder written beside the report.
    """

    scenario: Scenario
    network: RoadNetwork
    households: tuple[Household, ...]
    problem: ConvoyProblem
    plan: Plan
    violations: tuple[Violation, ...]
    simulation: SimulationSummary | None
    options: tuple[CorridorOption, ...]
    findings: tuple[Finding, ...]
    issued_at: datetime
    across: AcrossOverTime | None = None
    register: RegisterNumbers | None = None
    estimate: PopulationEstimate | None = None
    estimate_svg: str = ""
    talks: TalkNumbers | None = None
    files: tuple[tuple[str, str], ...] = ()


def render_report(data: ReportInput, translate: Translate, language: str = "en") -> str:
    """Return the whole page as HTML; no script, no request to anywhere.

    Parameters
    ----------
    translate
        Maps English text to the reader's language.
    language
        BCP 47 tag for the ``lang`` attribute.
    """
    environment = Environment(
        loader=PackageLoader("safepassage.adapters.report", "templates"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    environment.filters["duration"] = format_duration
    environment.filters["thousands"] = lambda number: f"{number:,.0f}".replace(",", " ")
    template = environment.get_template("report.html.j2")
    return template.render(_context(data, translate, language)) + "\n"


def _context(data: ReportInput, translate: Translate, language: str) -> dict[str, Any]:
    scenario, plan, problem = data.scenario, data.plan, data.problem
    loads = loads_by_trip(plan, problem)
    used = {trip.window_id for trip in plan.trips}
    windows = [window for window in problem.windows if window.window_id in used]
    queues = {profile.window_id: profile for profile in queue_profile(problem, plan)}
    return {
        "_": translate,
        "language": language,
        "version": __version__,
        "data": data,
        "scenario": scenario,
        "plan": plan,
        "names": {place.place_id: place.name for place in scenario.places},
        "issued": format_moment(data.issued_at, scenario.timezone),
        "planning_date": format_moment(scenario.planning_date, scenario.timezone),
        "clock": lambda at_s: clock(problem, at_s),
        "loads": loads,
        "gap": gap(plan),
        "willing": willing(data.households),
        "reasons": reasons(plan, translate),
        "map": Markup(_map(data, translate)),  # noqa: S704 - built by Svg, which escapes
        "timelines": [
            (w, Markup(timeline(problem, plan, w, translate)))  # noqa: S704 - likewise
            for w in windows
        ],
        "crossings": [
            (w, Markup(crossing_chart(problem, plan, w, queues[w.window_id], data.across, translate)))  # noqa: S704 - likewise
            for w in windows
        ],
        "reasons_svg": Markup(  # noqa: S704 - likewise
            reasons_chart(reasons(plan, translate), translate("Who is left, by reason"))
        ),
        "estimate_svg": Markup(data.estimate_svg),  # noqa: S704 - built by the population stage
        "party": {party.party_id: party for party in scenario.parties},
        "window_times": [(w, *_window_times(problem, w)) for w in problem.windows],
    }


def loads_by_trip(plan: Plan, problem: ConvoyProblem) -> dict[str, int]:
    """Return persons aboard by trip id."""
    persons = {group.token: group.load.persons for group in problem.groups}
    loads: Counter[str] = Counter({trip.trip_id: 0 for trip in plan.trips})
    for assignment in plan.assignments:
        loads[assignment.trip_id] += persons[assignment.token]
    return dict(loads)


def gap(plan: Plan) -> float | None:
    """Return the optimality gap: how far the bound lies above the plan, as a share of the bound."""
    if plan.bound is None or plan.bound.value <= 0:
        return None
    return max(0.0, 1 - plan.totals.value_across / plan.bound.value)


def willing(households: tuple[Household, ...]) -> int:
    """Return persons who chose to go and consented."""
    return sum(h.persons for h in households if h.choice.value == "go" and h.consent.value == "yes")


def reasons(plan: Plan, translate: Translate) -> list[tuple[str, int]]:
    """Return persons left by reason in words, largest first."""
    counts: Counter[str] = Counter()
    for left in plan.left:
        counts[left.reason.value] += left.persons
    return [
        (translate(f"left:{name}"), count)
        for name, count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    ]


def _window_times(problem: ConvoyProblem, window: Window) -> tuple[str, str, str]:
    return (
        clock(problem, window.movement_from_s),
        clock(problem, window.opens_s),
        clock(problem, window.closes_s),
    )


def _map(data: ReportInput, translate: Translate) -> str:
    scenario = data.scenario
    waiting: Counter[str] = Counter()
    for household in data.households:
        if household.choice.value == "go" and household.consent.value == "yes":
            waiting[household.place_id] += household.persons
    at = scenario.planning_date
    return draw_map(
        data.network,
        [p for p in scenario.places if _worth_showing(p, waiting)],
        [
            c
            for c in scenario.control
            if c.valid_from <= at and (c.valid_to is None or at < c.valid_to)
        ],
        [h for h in scenario.hazards if h.valid_to is None or at < h.valid_to],
        data.options,
        dict(waiting),
        translate,
    )


def _over(valid_to: datetime | None, at: datetime) -> bool:
    return valid_to is not None and valid_to <= at


def _worth_showing(place: Place, waiting: Counter[str]) -> bool:
    return place.kind is not PlaceKind.SETTLEMENT or place.place_id in waiting


__all__ = [
    "RegisterNumbers", "ReportInput", "TalkNumbers",
    "gap", "loads_by_trip", "reasons", "render_report", "willing",
]  # fmt: skip
