"""Run every stage on one scenario and write the folder that a duty officer opens.

The composition behind ``safepassage demo``; it holds no rule of its own.
"""

from __future__ import annotations

import hashlib
import secrets
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from safepassage.adapters.documents import write_calendar, write_manifests, write_notifications
from safepassage.adapters.geojson import corridors_geojson, write_geojson
from safepassage.adapters.gpx import write_gpx
from safepassage.adapters.i18n import translator
from safepassage.adapters.map_picture import MapContent, corridor_map
from safepassage.adapters.plan_json import plan_to_json
from safepassage.adapters.population_people import drawn_tables
from safepassage.adapters.population_plot import population_svg
from safepassage.adapters.report import ReportInput, register_numbers, render_report
from safepassage.adapters.segments_json import (
    segment_windows,
    segments_document,
    write_segments,
)
from safepassage.core.agreement.missing import agreement_status
from safepassage.core.agreement.types import AgreementStatus
from safepassage.core.convoy.bound import bound_b0
from safepassage.core.convoy.check import check_plan
from safepassage.core.convoy.search import Progress as SearchProgress
from safepassage.core.convoy.search import plan_convoy
from safepassage.core.convoy.simulate import AcrossOverTime, across_over_time, simulate
from safepassage.core.convoy.types import Plan, SimulationSummary, Violation
from safepassage.core.convoy.would_help import Help, what_would_help
from safepassage.core.corridor.along import describe_options
from safepassage.core.corridor.compare import (
    Change,
    Facts,
    compare,
    grounds_at,
    refused_places,
)
from safepassage.core.corridor.menu import menu_of
from safepassage.core.corridor.options import Ground
from safepassage.core.corridor.router import router
from safepassage.core.corridor.segments import cut_into_segments
from safepassage.core.corridor.types import (
    Closure,
    CorridorOption,
    NamedSegment,
    Place,
    TravelProfile,
)
from safepassage.core.corridor.vitality import vital_parts
from safepassage.core.population.capture import remaining_table
from safepassage.core.population.estimate import estimate
from safepassage.core.population.types import PopulationEstimate
from safepassage.errors import Finding, InfeasibleError, InputError, SafePassageError
from safepassage.pipeline import Prepared, measures_of, prepare, vehicle_profiles
from safepassage.scenario.facts import map_facts
from safepassage.scenario.rejects import write_rejects
from safepassage.scenario.types import Scenario

KEY_FILE = "keep-apart/document-secret.key"
SECRET_BYTES = 32

PAPERS = ("manifests", "notifications", "rejects")
"""Folders whose whole content belongs to one run."""

Say = Callable[[str, float], None]
"""Receives the name of the step and the share of all work done before it."""


@dataclass(frozen=True, slots=True, eq=False)
class Compared:
    """What becomes of each place's way to the crossings between two states of the facts.

    Parameters
    ----------
    ways
        Ids of the ways whose loss is asked about; empty for two dates.
    """

    before: Facts
    after: Facts
    changes: tuple[Change, ...]
    ways: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class GroundStory:
    """The ways out and what may change them.

    Parameters
    ----------
    options
        The menu, the fastest first.
    segments
        Of all options: the units in which a corridor is agreed.
    closure
        What the loss of the most painful part of the best way would change.
    since
        What the last change of control has changed.
    """

    options: tuple[CorridorOption, ...] = ()
    segments: tuple[NamedSegment, ...] = ()
    closure: Compared | None = None
    since: Compared | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Briefing:
    """What all stages said of one scenario.

    Parameters
    ----------
    ground
        Corridors from the place with most people to the crossing, for the most common vehicle.
    helps
        What each change would add to the bound.
    files
        (name in the folder, what it is) of everything written.
    """

    prepared: Prepared
    population: PopulationEstimate | None
    talks: AgreementStatus
    ground: GroundStory
    plan: Plan
    violations: tuple[Violation, ...]
    simulation: SimulationSummary | None
    across: AcrossOverTime | None
    helps: tuple[Help, ...]
    files: tuple[tuple[str, str], ...]


def brief(
    folder: Path,
    out: Path,
    *,
    issued_at: datetime,
    seed: int = 0,
    iterations: int | None = None,
    runs: int = 10_000,
    languages: tuple[str, ...] = ("en", "uk", "ru"),
    say: Say | None = None,
) -> Briefing:
    """Run all stages on a scenario folder and write everything into `out`.

    Parameters
    ----------
    issued_at
        Aware moment that stands on the documents.
    iterations
        Moves of the convoy search; by size of the problem if None.
    runs
        Simulation runs.
    languages
        Of the report; the first is ``report.html``.
    """
    tell = say or (lambda _text, _share: None)
    prepared = prepare(folder, progress=lambda text: tell(text, 0.05))
    tell("how many remain", 0.45)
    population = _population(prepared)
    tell("what each side has said", 0.5)
    talks = _talks(prepared.scenario, issued_at)
    tell("ways out", 0.52)
    ground = _ground_story(prepared)
    plan = _plan(prepared, seed, iterations, tell)
    tell("checking every rule", 0.85)
    violations = check_plan(prepared.problem, prepared.households, plan)
    tell("simulating delays", 0.87)
    simulation, across = _simulate(prepared, plan, runs, seed)
    tell("what would help most", 0.89)
    helps = what_would_help(prepared.problem, plan.bound)
    briefing = Briefing(
        prepared, population, talks, ground, plan, violations, simulation, across, helps, ()
    )
    tell("writing documents", 0.9)
    return replace(briefing, files=_write(briefing, out, issued_at, languages))


def _population(prepared: Prepared) -> PopulationEstimate | None:
    """Return the estimate from the overlaps of the lists, or None where there were no lists."""
    if prepared.register is None:
        return None
    lists = tuple(source.list_id for source in prepared.scenario.lists)
    table, notices = remaining_table(prepared.register, lists)
    draws = drawn_tables(prepared.doubt, prepared.register.records, lists) if prepared.doubt else ()
    result = estimate(table, claims=prepared.scenario.claims, draws=draws)
    return replace(result, notices=(*notices, *result.notices))


def _talks(scenario: Scenario, at: datetime) -> AgreementStatus:
    return agreement_status(scenario.parties, scenario.statements, scenario.terms, at)


def _ground_story(prepared: Prepared) -> GroundStory:
    """Return the ways from where most people wait to the first crossing, and what may change them.

    Where no place has a way, the story is empty.
    """
    scenario, problem = prepared.scenario, prepared.problem
    place_of = {place.place_id: place for place in scenario.places}
    waiting: Counter[str] = Counter()
    for group in problem.groups:
        waiting[group.place_id] += group.load.persons
    end = place_of[problem.crossings[0].place_id]
    profile = _common_profile(prepared)
    for place_id, _persons in sorted(waiting.items(), key=lambda item: (-item[1], item[0])):
        try:
            return _story_of(prepared, (place_of[place_id], end), profile)
        except SafePassageError:
            continue
    return GroundStory()


def _story_of(prepared: Prepared, ends: tuple[Place, Place], profile: TravelProfile) -> GroundStory:
    scenario, facts, measures = prepared.scenario, prepared.facts, measures_of(prepared.scenario)
    (ground,) = grounds_at(prepared.network, ends, (profile,), facts, measures)
    refused = refused_places(ground)
    if refused:
        raise InfeasibleError("\n".join(refused.values()))
    topology = prepared.roads.topology(profile.vehicle_class)
    options = describe_options(
        prepared.network, menu_of(ground, topology=topology).options, scenario.places,
        facts.control, facts.hazards, facts.at, closures=facts.closures,
        risk_weight_s=measures.risk_weight_s, snap_limit_m=measures.snap_limit_m,
        hazard_model=measures.hazard_model,
    )  # fmt: skip
    windows = segment_windows(scenario)
    segments = tuple(
        segment
        for option in options
        for segment in cut_into_segments(
            option, scenario.places, windows, scenario.commands, facts.control
        )
    )
    return GroundStory(options, segments, _closure(prepared, ground), _since(prepared, profile))


def _closure(prepared: Prepared, ground: Ground) -> Compared | None:
    """Return what the loss of the most painful part of the best way would change."""
    topology = prepared.roads.topology(ground.profile.vehicle_class)
    parts = vital_parts(ground, most=1, topology=topology).parts
    if not parts:
        return None
    ways = tuple(dict.fromkeys(prepared.network.way_id[list(parts[0].links)].tolist()))
    shut = Closure("if-lost", "a question of this briefing", way_ids=ways)
    after = replace(prepared.facts, closures=(*prepared.facts.closures, shut))
    return _compared(prepared, ground.profile, prepared.facts, after, ways)


def _since(prepared: Prepared, profile: TravelProfile) -> Compared | None:
    """Return what the last change of control before the planning date has changed."""
    at = prepared.facts.at
    changes = [area.valid_from for area in prepared.scenario.control if area.valid_from <= at]
    if not changes:
        return None
    moment = max(changes) - timedelta(days=1)
    before = replace(
        prepared.facts, at=moment, control=map_facts(prepared.scenario, moment).control
    )
    return _compared(prepared, profile, before, prepared.facts)


def _compared(
    prepared: Prepared,
    profile: TravelProfile,
    before: Facts,
    after: Facts,
    ways: tuple[int, ...] = (),
) -> Compared:
    scenario = prepared.scenario
    hubs = [crossing.place_id for crossing in scenario.crossings]
    changes = compare(
        prepared.network, scenario.places, hubs, (profile,), before, after,
        measures_of(scenario), scenario.timezone,
        lambda ground: router(
            prepared.roads.topology(ground.profile.vehicle_class), ground.metric
        ),
    )  # fmt: skip
    return Compared(before, after, changes, ways)


def _common_profile(prepared: Prepared) -> TravelProfile:
    """Return the way of driving of the near-side vehicle type with most places."""
    problem = prepared.problem
    near = {crossing.from_side for crossing in problem.crossings}
    places: Counter[TravelProfile] = Counter()
    profiles, index = vehicle_profiles(problem.vehicles)
    for vehicle, side, at in zip(problem.vehicles, problem.vehicle_side, index, strict=True):
        if side in near:
            places[profiles[at]] += vehicle.capacity.places.persons
    return max(places, key=lambda profile: places[profile])


def _plan(prepared: Prepared, seed: int, iterations: int | None, tell: Say) -> Plan:
    def progress(state: SearchProgress) -> None:
        tell(f"planning convoys: {state.persons} people", 0.55 + 0.3 * state.done)

    plan = plan_convoy(
        prepared.problem, prepared.pre_left, seed=seed, iterations=iterations, progress=progress
    )
    return replace(plan, bound=bound_b0(prepared.problem))


def _simulate(
    prepared: Prepared, plan: Plan, runs: int, seed: int
) -> tuple[SimulationSummary | None, AcrossOverTime | None]:
    delays = prepared.scenario.delays
    if delays is None:
        return None, None
    summary = simulate(prepared.problem, plan, delays, runs=runs, seed=seed)
    return summary, across_over_time(prepared.problem, plan, delays, seed=seed)


def _write(
    briefing: Briefing, out: Path, issued_at: datetime, languages: tuple[str, ...]
) -> tuple[tuple[str, str], ...]:
    """Write the folder and return (name, meaning) of every file."""
    out.mkdir(parents=True, exist_ok=True)
    _clear(out)
    scenario, plan, problem = briefing.prepared.scenario, briefing.plan, briefing.prepared.problem
    files: list[tuple[str, str]] = []

    def put(name: str, text: str, meaning: str) -> None:
        (out / name).write_text(text, encoding="utf-8")
        files.append((name, meaning))

    put("plan.json", plan_to_json(plan), "the plan, complete; check it with `safepassage check`")
    network, ground = briefing.prepared.network, briefing.ground
    exercise = scenario.kind == "exercise"
    lines = corridors_geojson(ground.options, network, segments=ground.segments, exercise=exercise)
    write_geojson(lines, out / "routes.geojson")
    files.append(("routes.geojson", "the corridors as GeoJSON"))
    write_gpx(
        ground.options, network, scenario.title, out / "routes.gpx",
        segments=ground.segments, exercise=exercise,
    )  # fmt: skip
    files.append(("routes.gpx", "the corridors as GPX tracks"))
    if ground.options:
        put("ways.svg", _map(briefing), "the corridors, who holds what, hazards with their age")
        document = segments_document(
            ground.segments, network, briefing.prepared.facts.at, title=scenario.title,
            exercise=exercise,
        )  # fmt: skip
        write_segments(document, out / "segments.json")
        files.append(("segments.json", "the corridors' segments for the agreement: an annex"))
    write_calendar(scenario, out / "windows.ics", issued_at)
    files.append(("windows.ics", "the windows of silence as a calendar"))
    secret = document_secret(scenario, out)
    if scenario.kind != "exercise":
        files.append((KEY_FILE, "joins manifests to the plan: keep it apart from both"))
    notices = write_notifications(plan, problem, scenario, out / "notifications", issued_at)
    manifests = write_manifests(
        plan,
        problem,
        scenario,
        out / "manifests",
        issued_at,
        secret,
        households=briefing.prepared.households,
    )
    rejects = write_rejects(briefing.prepared.rejects, out / "rejects")
    files += [(_inside(path, out), "movement notification") for path in notices]
    files += [(_inside(path, out), "manifest with tokens, no names") for path in manifests]
    files += [(_inside(path, out), "rows set aside, with the reason") for path in rejects]
    for language in languages:
        name = "report.html" if language == languages[0] else f"report.{language}.html"
        page = render_report(
            report_input(briefing, issued_at, tuple(files)), translator(language), language
        )
        put(name, page, f"the report ({language})")
    return tuple(files)


def _map(briefing: Briefing) -> str:
    scenario, facts, ground = briefing.prepared.scenario, briefing.prepared.facts, briefing.ground
    return corridor_map(
        MapContent(
            network=briefing.prepared.network,
            at=facts.at,
            options=ground.options,
            places=scenario.places,
            control=facts.control,
            hazards=facts.hazards,
            closures=facts.closures,
            segments=ground.segments,
            timezone=scenario.timezone,
            title=scenario.title,
            exercise=scenario.kind == "exercise",
            names={party.party_id: party.name for party in scenario.parties},
        )
    )


def _clear(out: Path) -> None:
    """Take away what an earlier run left: an old manifest beside a new plan misleads."""
    for name in PAPERS:
        for path in sorted((out / name).glob("*")):
            path.unlink()


def _inside(path: Path, out: Path) -> str:
    return path.relative_to(out).as_posix()


def document_secret(scenario: Scenario, out: Path) -> bytes:
    """Return the secret behind document tokens, 32 bytes.

    For an operation it is random and kept in :data:`KEY_FILE`, readable by its owner only: who
    has lost it can no longer say which household a manifest means, and a second run must issue
    the same papers. For an exercise it follows from the lists, so that the same input gives the
    same bytes; never from the scenario's digest, which stands on every notification.

    Raises
    ------
    InputError
        If the file holds something else.
    """
    if scenario.kind == "exercise":
        return _exercise_secret(scenario)
    path = out / KEY_FILE
    if not path.exists():
        _write_secret(path)
    try:
        secret = bytes.fromhex(path.read_text(encoding="ascii"))
    except ValueError:
        secret = b""
    if len(secret) != SECRET_BYTES:
        message = f"holds no secret; accepted: {2 * SECRET_BYTES} digits of base 16."
        raise InputError(Finding(message, file=KEY_FILE))
    return secret


def _exercise_secret(scenario: Scenario) -> bytes:
    found = hashlib.sha256(f"exercise:{scenario.digest}".encode())
    for source in scenario.lists:
        found.update((scenario.folder / source.path).read_bytes())
    return found.digest()


def _write_secret(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600, exist_ok=False)
    path.write_text(secrets.token_hex(SECRET_BYTES) + "\n", encoding="ascii")


def report_input(
    briefing: Briefing, issued_at: datetime, files: tuple[tuple[str, str], ...]
) -> ReportInput:
    """Return what the report shows of a briefing."""
    prepared = briefing.prepared
    return ReportInput(
        scenario=prepared.scenario,
        network=prepared.network,
        households=prepared.households,
        problem=prepared.problem,
        plan=briefing.plan,
        violations=briefing.violations,
        simulation=briefing.simulation,
        options=briefing.ground.options,
        findings=prepared.findings,
        issued_at=issued_at,
        across=briefing.across,
        register=register_numbers(prepared.scenario, prepared.register),
        estimate=briefing.population,
        estimate_svg=population_svg(briefing.population) if briefing.population else "",
        talks=briefing.talks,
        files=files,
        control=prepared.facts.control,
        hazards=prepared.facts.hazards,
        closures=prepared.facts.closures,
        helps=briefing.helps,
    )
