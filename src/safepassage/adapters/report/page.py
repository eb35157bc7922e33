"""Assemble the report from what the stages gave."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from safepassage._version import __version__
from safepassage.adapters.convoy_pictures import (
    across_picture,
    crossing_picture,
    left_picture,
    timeline_picture,
    used_windows,
)
from safepassage.adapters.convoy_sheet import PlanView
from safepassage.adapters.map_content import MapContent, age_words
from safepassage.adapters.map_picture import corridor_map
from safepassage.adapters.plan_words import LEFT_WORDS, clock, day, zone_words
from safepassage.adapters.population_plot import METHOD_LABELS
from safepassage.adapters.segments_json import segment_windows
from safepassage.core.agreement.types import AgreementStatus
from safepassage.core.agreement.wording import (
    contradiction_lines,
    flag_lines,
    missing_lines,
    step_line,
)
from safepassage.core.convoy.simulate import AcrossOverTime, queue_profile
from safepassage.core.convoy.types import (
    ConvoyProblem,
    LeftReason,
    Plan,
    SimulationSummary,
    Violation,
    Window,
)
from safepassage.core.convoy.would_help import Help
from safepassage.core.corridor.segments import cut_into_segments
from safepassage.core.corridor.types import (
    Closure,
    ControlArea,
    CorridorOption,
    Hazard,
    NamedSegment,
    Place,
    PlaceKind,
    RoadNetwork,
)
from safepassage.core.population.types import PopulationEstimate
from safepassage.core.register.types import Household, Register
from safepassage.errors import Finding, Severity
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
    control, hazards, closures
        What counts on the map, derived and assumed areas included; the scenario's own if None.
    helps
        What would help most; empty where it was not asked.
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
    talks: AgreementStatus | None = None
    files: tuple[tuple[str, str], ...] = ()
    control: tuple[ControlArea, ...] | None = None
    hazards: tuple[Hazard, ...] | None = None
    closures: tuple[Closure, ...] | None = None
    helps: tuple[Help, ...] = ()


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
    environment.filters["duration"] = partial(duration_words, translate=translate)
    environment.filters["thousands"] = _thousands
    template = environment.get_template("report.html.j2")
    return template.render(_context(data, translate, language)) + "\n"


def duration_words(duration_s: float, translate: Translate) -> str:
    """Return a duration with the units of the reader's language, e.g. ``1 h 05 min``."""
    units = {"h": translate("h"), "min": translate("min")}
    return " ".join(units.get(part, part) for part in format_duration(duration_s).split(" "))


def _thousands(number: float | None) -> str:
    """Return a number with thin gaps; a dash where there is none, ∞ where it has no limit."""
    if number is None:
        return "–"
    return "∞" if math.isinf(number) else f"{number:,.0f}".replace(",", "\u202f")


def _context(data: ReportInput, translate: Translate, language: str) -> dict[str, Any]:
    scenario, plan, problem = data.scenario, data.plan, data.problem
    loads = loads_by_trip(plan, problem)
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
        "day": lambda window: day(problem, window),
        "zone": zone_words(problem),
        "loads": loads,
        "gap": gap(plan),
        "willing": willing(data.households),
        "reasons": reasons(plan, translate),
        "maps": _maps(data, translate),
        "segments": _segments(data),
        "parties": {party.party_id: party.name for party in scenario.parties},
        "local_day": lambda moment: format_moment(moment, scenario.timezone)[:10],
        "age": lambda days: age_words(days, translate),
        "method_labels": METHOD_LABELS,
        "used": _used_option(data),
        "blind": _blind_spots(data.findings),
        **_pictures(data, translate),
        "estimate_svg": Markup(data.estimate_svg),  # noqa: S704 - built by the population stage
        "talks": _talks(data, translate, language),
        "window_times": [(w, *_window_times(problem, w)) for w in problem.windows],
    }


def _used_option(data: ReportInput) -> str:
    """Return the option that the plan's matrices take between its ends, or an empty id."""
    matrices = data.problem.matrices
    index = {place_id: at for at, place_id in enumerate(matrices.place_ids)}
    for option in data.options:
        ends = index.get(option.from_place), index.get(option.to_place)
        times = [
            int(matrix.travel_time_s[ends])
            for matrix in matrices.matrices
            if None not in ends and matrix.profile == option.profile
        ]
        if option.travel_time_s in times:
            return option.option_id
    return ""


def _blind_spots(findings: tuple[Finding, ...]) -> list[Finding]:
    """Return what is wrong with control and hazards: the plan does not know of it."""
    areas = ("control.geojson", "hazards.geojson")
    return [f for f in findings if f.severity is Severity.ERROR and f.file.endswith(areas)]


def _pictures(data: ReportInput, translate: Translate) -> dict[str, Any]:
    """Return the pictures of the plan, without the titles that the page has itself."""
    view = plan_view(data)
    windows = used_windows(view)
    queues = {profile.window_id: profile for profile in queue_profile(data.problem, data.plan)}

    def drawn(picture: Callable[..., str], *parts: object) -> Markup:
        drawing = picture(view, *parts, translate, whole=False)
        return Markup(drawing)  # noqa: S704 - built by Svg, which escapes

    return {
        "timelines": [(w, drawn(timeline_picture, w)) for w in windows],
        "crossings": [(w, drawn(crossing_picture, w, queues[w.window_id])) for w in windows],
        "across_svg": drawn(across_picture) if windows else "",
        "left_svg": drawn(left_picture) if data.plan.left else "",
    }


def plan_view(data: ReportInput) -> PlanView:
    """Return what the pictures of the plan show."""
    scenario = data.scenario
    return PlanView(
        problem=data.problem,
        plan=data.plan,
        names={place.place_id: place.name for place in scenario.places},
        parties={party.party_id: party.name for party in scenario.parties},
        title=scenario.title,
        exercise=scenario.kind == "exercise",
        simulation=data.simulation,
        across=data.across,
        helps=data.helps,
    )


def _talks(data: ReportInput, translate: Translate, language: str) -> dict[str, Any] | None:
    """Return what the agreement stage says, in words of the reader's language."""
    if data.talks is None:
        return None
    parties = data.scenario.parties
    names = {party.party_id: party.name for party in parties}
    title, *missing = missing_lines(data.talks, parties, translate, language)
    return {
        "title": title,
        "missing": missing,
        "steps": [step_line(step, names, translate, language) for step in data.talks.steps],
        "notes": [
            *contradiction_lines(data.talks.contradictions, names, translate),
            *flag_lines(data.talks, translate),
        ],
    }


def loads_by_trip(plan: Plan, problem: ConvoyProblem) -> dict[str, int]:
    """Return persons aboard by trip id."""
    persons = {group.token: group.load.persons for group in problem.groups}
    loads: Counter[str] = Counter({trip.trip_id: 0 for trip in plan.trips})
    for assignment in plan.assignments:
        loads[assignment.trip_id] += persons[assignment.token]
    return dict(loads)


def register_numbers(scenario: Scenario, register: Register | None) -> RegisterNumbers | None:
    """Return the register's counts, or None where there were no lists."""
    if register is None:
        return None
    sizes = Counter(record.list_id for record in register.records)
    return RegisterNumbers(
        records=len(register.records),
        persons=len(register.persons),
        households=len(register.households),
        review=len(register.review),
        per_list=tuple((source.title, sizes[source.list_id]) for source in scenario.lists),
    )


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
    counts: Counter[LeftReason] = Counter()
    for left in plan.left:
        counts[left.reason] += left.persons
    return [
        (translate(LEFT_WORDS[reason]), count)
        for reason, count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    ]


def _window_times(problem: ConvoyProblem, window: Window) -> tuple[str, str, str]:
    return (
        clock(problem, window.movement_from_s),
        clock(problem, window.opens_s),
        clock(problem, window.closes_s),
    )


def _maps(data: ReportInput, translate: Translate) -> list[tuple[str, Markup]]:
    """Return the map of the pick-ups and, where the centres lie farther off, one of everything."""
    scenario = data.scenario
    waiting = _waiting(data.households)
    shown = [place for place in scenario.places if _worth_showing(place, waiting)]
    close = [p for p in shown if p.place_id in waiting or p.kind is PlaceKind.CROSSING]
    detail = _map(data, shown, close or shown, data.options, translate)
    return [
        (translate("Where people are picked up, and the ways to the crossing"), detail),
        (translate("The whole operation"), _map(data, shown, shown, (), translate)),
    ]


def _waiting(households: tuple[Household, ...]) -> Counter[str]:
    waiting: Counter[str] = Counter()
    for household in households:
        if household.choice.value == "go" and household.consent.value == "yes":
            waiting[household.place_id] += household.persons
    return waiting


def _map(
    data: ReportInput,
    shown: Sequence[Place],
    within: Sequence[Place],
    options: Sequence[CorridorOption],
    translate: Translate,
) -> Markup:
    scenario, at = data.scenario, data.scenario.planning_date
    control, hazards, closures = _facts(data)
    content = MapContent(
        network=data.network,
        at=at,
        options=tuple(options),
        places=tuple(shown),
        control=control,
        hazards=hazards,
        closures=closures,
        segments=_segments(data) if options else (),
        timezone=scenario.timezone,
        title=translate("Map of the operation"),
        exercise=scenario.kind == "exercise",
        names={party.party_id: party.name for party in scenario.parties},
        waiting=dict(_waiting(data.households)),
        within=tuple(within),
    )
    key = "detail" if options else "whole"
    drawing = corridor_map(content, translate, panel=False, key=key)
    return Markup(drawing)  # noqa: S704 - built by Svg, which escapes


def _facts(
    data: ReportInput,
) -> tuple[tuple[ControlArea, ...], tuple[Hazard, ...], tuple[Closure, ...]]:
    """Return what counts on the map: as given, or the scenario's own facts."""
    scenario = data.scenario
    facts = tuple(rule for rule in scenario.closures if not rule.what_if)
    return (
        scenario.control if data.control is None else data.control,
        scenario.hazards if data.hazards is None else data.hazards,
        facts if data.closures is None else data.closures,
    )


def _segments(data: ReportInput) -> tuple[NamedSegment, ...]:
    """Return the segments of the way that the plan drives, or of the first on the menu."""
    scenario = data.scenario
    used = _used_option(data)
    ways = [way for way in data.options if way.option_id == used] or list(data.options[:1])
    return tuple(
        segment
        for way in ways
        for segment in cut_into_segments(
            way, scenario.places, segment_windows(scenario), scenario.commands, _facts(data)[0]
        )
    )


def _worth_showing(place: Place, waiting: Counter[str]) -> bool:
    return place.kind is not PlaceKind.SETTLEMENT or place.place_id in waiting
