"""Run every stage on one scenario and write the folder that a duty officer opens.

The composition behind ``safepassage demo``; it holds no rule of its own.
"""

from __future__ import annotations

import hashlib
import secrets
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from safepassage.adapters.documents import write_calendar, write_manifests, write_notifications
from safepassage.adapters.geojson import corridors_geojson, write_geojson
from safepassage.adapters.gpx import write_gpx
from safepassage.adapters.i18n import translator
from safepassage.adapters.plan_json import plan_to_json
from safepassage.adapters.population_people import drawn_tables
from safepassage.adapters.population_plot import population_svg
from safepassage.adapters.report import ReportInput, register_numbers, render_report
from safepassage.core.agreement.missing import agreement_status
from safepassage.core.agreement.types import AgreementStatus
from safepassage.core.convoy.bound import bound_b0
from safepassage.core.convoy.check import check_plan
from safepassage.core.convoy.search import Progress as SearchProgress
from safepassage.core.convoy.search import plan_convoy
from safepassage.core.convoy.simulate import AcrossOverTime, across_over_time, simulate
from safepassage.core.convoy.types import Plan, SimulationSummary, Violation
from safepassage.core.corridor.menu import find_options
from safepassage.core.corridor.types import CorridorOption, Place, TravelProfile
from safepassage.core.population.capture import remaining_table
from safepassage.core.population.estimate import estimate
from safepassage.core.population.types import PopulationEstimate
from safepassage.errors import Finding, InputError, SafePassageError
from safepassage.pipeline import Prepared, prepare, vehicle_profiles
from safepassage.scenario.rejects import write_rejects
from safepassage.scenario.types import Scenario

KEY_FILE = "keep-apart/document-secret.key"
SECRET_BYTES = 32

PAPERS = ("manifests", "notifications", "rejects")
"""Folders whose whole content belongs to one run."""

Say = Callable[[str, float], None]
"""Receives the name of the step and the share of all work done before it."""


@dataclass(frozen=True, slots=True, eq=False)
class Briefing:
    """What all stages said of one scenario.

    Parameters
    ----------
    options
        Corridors from the place with most people to the crossing, for the most common vehicle.
    files
        (name in the folder, what it is) of everything written.
    """

    prepared: Prepared
    population: PopulationEstimate | None
    talks: AgreementStatus
    options: tuple[CorridorOption, ...]
    plan: Plan
    violations: tuple[Violation, ...]
    simulation: SimulationSummary | None
    across: AcrossOverTime | None
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
    options = _options(prepared)
    plan = _plan(prepared, seed, iterations, tell)
    tell("checking every rule", 0.85)
    violations = check_plan(prepared.problem, prepared.households, plan)
    tell("simulating delays", 0.87)
    simulation, across = _simulate(prepared, plan, runs, seed)
    briefing = Briefing(
        prepared, population, talks, options, plan, violations, simulation, across, ()
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


def _options(prepared: Prepared) -> tuple[CorridorOption, ...]:
    """Return the menu of ways from where most people wait to the first crossing."""
    scenario, problem = prepared.scenario, prepared.problem
    place_of = {place.place_id: place for place in scenario.places}
    waiting: Counter[str] = Counter()
    for group in problem.groups:
        waiting[group.place_id] += group.load.persons
    end = place_of[problem.crossings[0].place_id]
    profile = _common_profile(prepared)
    for place_id, _persons in sorted(waiting.items(), key=lambda item: (-item[1], item[0])):
        try:
            return _menu(prepared, place_of[place_id], end, profile)
        except SafePassageError:
            continue
    return ()


def _menu(
    prepared: Prepared, start: Place, end: Place, profile: TravelProfile
) -> tuple[CorridorOption, ...]:
    scenario = prepared.scenario
    return find_options(
        prepared.network,
        (start, end),
        profile,
        scenario.control,
        scenario.hazards,
        scenario.planning_date,
        snap_limit_m=scenario.planning.snap_limit_m,
    )


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
    network = briefing.prepared.network
    write_geojson(corridors_geojson(briefing.options, network), out / "routes.geojson")
    files.append(("routes.geojson", "the corridors as GeoJSON"))
    write_gpx(briefing.options, network, scenario.title, out / "routes.gpx")
    files.append(("routes.gpx", "the corridors as GPX tracks"))
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
        options=briefing.options,
        findings=prepared.findings,
        issued_at=issued_at,
        across=briefing.across,
        register=register_numbers(prepared.scenario, prepared.register),
        estimate=briefing.population,
        estimate_svg=population_svg(briefing.population) if briefing.population else "",
        talks=briefing.talks,
        files=files,
    )
