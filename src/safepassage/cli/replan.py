"""``safepassage replan``: the rest of the day, planned again from where everybody is."""

from __future__ import annotations

import re
import shlex
import time
from dataclasses import asdict, fields, replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer

from safepassage.cli.common import EXIT_RULE_BROKEN, err, out, print_json, progress
from safepassage.errors import UsageError
from safepassage.units import SECONDS_PER_MINUTE, parse_moment, seconds_since

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from safepassage.core.convoy.replan import Replanned
    from safepassage.core.convoy.replan_events import Day, Event, EventKind
    from safepassage.core.convoy.state import DayState
    from safepassage.core.convoy.types import Plan, Violation
    from safepassage.core.corridor.types import Closure, TravelMatrices
    from safepassage.core.register.types import Household
    from safepassage.pipeline import Prepared

app = typer.Typer(add_completion=False)

PLAN_FILE, STATE_FILE = "plan.json", "state.json"
_CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")


@app.command(
    epilog="Example: safepassage replan operation/ planned/plan.json --state-at 10:30 "
    "--event 'vehicle-lost vehicle=bus-1' --out replanned/   "
    "Exit codes: 0 planned, 1 an input or the plan breaks a rule, 2 called wrongly."
)
def replan(
    scenario: Annotated[Path, typer.Argument(help="The folder the plan was made for.")],
    plan: Annotated[Path, typer.Argument(metavar="PLAN", help="The plan.json being run.")],
    state: Annotated[
        Path | None, typer.Option(help="state.json: where everybody is, as reported.")
    ] = None,
    state_at: Annotated[
        str,
        typer.Option(
            help="Instead: all went as planned until then (HH:MM of the plan's first day, or a "
            "moment with zone); the state is written to --out to be corrected."
        ),
    ] = "",
    events: Annotated[
        list[str] | None,
        typer.Option("--event", help="What has happened; may be repeated. 'help' lists them."),
    ] = None,
    time_s: Annotated[
        float | None, typer.Option("--time", help="Seconds to search; not reproducible.")
    ] = None,
    iterations: Annotated[
        int | None, typer.Option(help="Moves to search; 0 keeps what holds and adds who fits.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Same seed and iterations: the same plan.")] = 0,
    out_dir: Annotated[
        Path | None, typer.Option("--out", help="Folder for plan.json and state.json.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Plan the rest of the day again when it does not go as planned.

    What was done stays done, the people aboard stay with their vehicle; then as many people as
    possible get across, and of those plans the one that changes the fewest promises. Prints what
    each vehicle and each household has to be told. The independent judge checks the result.
    """
    if events and "help" in events:
        _list_events()
        return
    _check_options(state, state_at, time_s, iterations)
    day, old, ready = _read(scenario, plan, state, state_at)
    typed = [_event(text, day, ready) for text in events or []]
    made = _search(day, old, typed, time_s, iterations, seed)
    violations = _judge(made)
    if out_dir is not None:
        _write(out_dir, made, day.state)
    if as_json:
        print_json(_document(made, violations, reproducible=time_s is None))
    else:
        _print(made, violations)
    if violations:
        raise typer.Exit(EXIT_RULE_BROKEN)


def _list_events() -> None:
    from safepassage.core.convoy.replan_events import EVENT_KINDS

    for kind in EVENT_KINDS:
        _say(f"{kind.word}: {kind.meaning}")
        for name, accepted in kind.fields:
            optional = " (may be left out)" if name.endswith("?") else ""
            _say(f"    {name.rstrip('?')}: {accepted}{optional}")
        _say(f"    e.g. --event '{kind.example}'")


def _check_options(
    state: Path | None, state_at: str, time_s: float | None, iterations: int | None
) -> None:
    if (state is None) == (not state_at):
        raise UsageError("Give --state FILE or --state-at MOMENT, one of them.")
    if time_s is not None and iterations is not None:
        raise UsageError("Give --time or --iterations, not both.")
    if time_s is not None and not 0 < time_s <= 86_400:
        raise UsageError(f"--time is {time_s:g}; accepted are seconds from just over 0 to 86400.")
    if iterations is not None and iterations < 0:
        raise UsageError(f"--iterations is {iterations}; accepted are 0 and more.")


def _read(
    scenario: Path, plan: Path, state: Path | None, state_at: str
) -> tuple[Day, Plan, Prepared]:
    from safepassage.adapters.cache import cache_folder
    from safepassage.adapters.plan_json import read_plan
    from safepassage.adapters.state_json import read_state
    from safepassage.core.convoy.replan_events import Day
    from safepassage.core.convoy.state import state_at as derive
    from safepassage.core.corridor.types import PlaceKind
    from safepassage.pipeline import prepare

    old = read_plan(plan)
    with progress("Preparing") as report:
        ready = prepare(scenario, progress=lambda text: report(0, 0, text), cache=cache_folder())
    problem = ready.problem
    if old.scenario_digest != problem.scenario_digest:
        raise UsageError("The plan was made for another scenario, or it has been changed since.")
    fall_backs = tuple(
        place.place_id for place in ready.scenario.places if place.kind is PlaceKind.FALL_BACK
    )
    if fall_backs:
        problem = replace(problem, matrices=_matrices(ready, ()))
    reported = read_state(state) if state else derive(problem, old, _moment_s(old, state_at))
    _check_state(reported, old, state)
    return Day(problem, ready.households, reported, fall_backs), old, ready


def _check_state(state: DayState, old: Plan, path: Path | None) -> None:
    if (state.scenario_digest, state.epoch) != (old.scenario_digest, old.epoch):
        name = path.name if path else "state"
        raise UsageError(f"{name} is of another operation than the plan.")


def _moment_s(old: Plan, text: str) -> int:
    """Return a moment as seconds since the epoch; HH:MM on the day of the first departure."""
    epoch = parse_moment(old.epoch)
    clock = _CLOCK.fullmatch(text)
    if clock is None:
        try:
            return seconds_since(epoch, parse_moment(text))
        except ValueError as error:
            raise UsageError(f"{error}; accepted are HH:MM or a moment with zone.") from None
    if not old.trips:
        raise UsageError("The plan has no trips, so that HH:MM is of no day; give a full moment.")
    first = epoch + timedelta(seconds=min(trip.depart_s for trip in old.trips))
    local = first.astimezone(ZoneInfo(old.timezone))
    at = local.replace(hour=int(clock[1]), minute=int(clock[2]), second=0, microsecond=0)
    return seconds_since(epoch, at)


def _matrices(ready: Prepared, closures: Sequence[Closure]) -> TravelMatrices:
    """Return times between the plan's places and the fall-backs, with more roads closed."""
    from safepassage.core.corridor.matrices import travel_matrices
    from safepassage.core.corridor.types import PlaceKind
    from safepassage.pipeline import measures_of, planning_places, vehicle_profiles

    scenario, facts = ready.scenario, ready.facts
    profiles, _ = vehicle_profiles(scenario.vehicles)
    used = planning_places(scenario, ready.households)
    more = [one for one in scenario.places if one.kind is PlaceKind.FALL_BACK and one not in used]
    measures = measures_of(scenario)
    return travel_matrices(
        ready.network, (*used, *more), profiles, facts.control, facts.hazards, facts.at,
        risk_weight_s=measures.risk_weight_s, snap_limit_m=measures.snap_limit_m,
        closures=(*facts.closures, *closures), hazard_model=measures.hazard_model,
        topologies=ready.roads.topologies_for(profiles),
    )  # fmt: skip


def _event(text: str, day: Day, ready: Prepared) -> Event:
    """Return the event that a person typed."""
    from safepassage.core.convoy import replan_events as kinds

    try:
        word, *given = shlex.split(text)
    except ValueError as error:
        raise UsageError(f"--event '{text}' cannot be read: {error}.") from None
    table = {kind.word: kind for kind in kinds.EVENT_KINDS}
    if word not in table:
        raise UsageError(f"There is no event '{word}'; accepted are {', '.join(table)}.")
    values = _values(table[word], given)
    if word == "window-cut":
        at = _in_epoch(day, values["closes"])
        margin = _number(values, "margin", int) if values.get("margin") else None
        margin_s = None if margin is None else max(0, int(margin)) * SECONDS_PER_MINUTE
        return kinds.WindowCut(values["window"], at, margin_s)
    if word == "vehicle-lost":
        return kinds.VehicleLost(values["vehicle"])
    if word == "crossing-slower":
        return kinds.CrossingSlower(values["crossing"], _number(values, "factor", float))
    if word == "fewer-lanes":
        return kinds.FewerLanes(values["crossing"], int(_number(values, "lanes", int)))
    if word == "joiners":
        return kinds.Joiners(_household(values))
    if word == "suspended":
        return kinds.Suspended()
    return _road_closed(values, day, ready)


def _values(kind: EventKind, given: list[str]) -> dict[str, str]:
    """Return the fields of an event as typed, checked against its row of the table."""
    values = dict(part.partition("=")[::2] for part in given)
    names = {name.rstrip("?") for name, _accepted in kind.fields}
    for name in values:
        if name not in names:
            accepted = ", ".join(sorted(names)) or "none"
            raise UsageError(f"'{kind.word}' has no field '{name}'; accepted: {accepted}.")
    for name, accepted in kind.fields:
        if not name.endswith("?") and not values.get(name):
            raise UsageError(
                f"'{kind.word}' needs {name}=({accepted}), e.g. --event '{kind.example}'."
            )
    return values


def _in_epoch(day: Day, text: str) -> int:
    try:
        return seconds_since(day.problem.epoch, parse_moment(text))
    except ValueError as error:
        raise UsageError(f"{error}.") from None


def _number(values: dict[str, str], name: str, kind: Callable[[str], float]) -> float:
    try:
        return kind(values[name])
    except ValueError:
        raise UsageError(f"{name} is '{values[name]}'; accepted is a number.") from None


def _household(values: dict[str, str]) -> Household:
    from safepassage.core.register.types import Choice, Consent, Household

    def count(name: str) -> int:
        found = int(_number({name: values.get(name) or "0"}, name, int))
        if found < 0:
            raise UsageError(f"{name} is {found}; accepted are 0 and more.")
        return found

    persons = count("seated") + count("wheelchair") + count("stretcher")
    try:
        choice, consent = Choice(values["choice"]), Consent(values["consent"])
    except ValueError as error:
        raise UsageError(f"Joiners: {error}; see --event help.") from None
    return Household(
        token=values["token"], place_id=values["place"], seated=count("seated"),
        wheelchair=count("wheelchair"), stretcher=count("stretcher"), children=count("children"),
        adults=max(0, persons - count("children")), priority=max(1, count("priority")),
        destinations=tuple(one for one in values.get("destinations", "").split(",") if one),
        choice=choice, consent=consent,
    )  # fmt: skip


def _road_closed(values: dict[str, str], day: Day, ready: Prepared) -> Event:
    from safepassage.core.convoy.replan_events import RoadClosed

    closure, what = _closure(values, ready)
    with progress("Times without the closed road"):
        matrices = _matrices(ready, (closure,))
    if matrices.place_ids != day.problem.matrices.place_ids:
        day = replace(day, problem=replace(day.problem, matrices=_matrices(ready, ())))
    return RoadClosed(what, matrices, _turning_back(day, matrices))


def _closure(values: dict[str, str], ready: Prepared) -> tuple[Closure, str]:
    from safepassage.core.corridor.types import Closure

    if bool(values.get("ways")) == bool(values.get("closure")):
        raise UsageError("'road-closed' needs ways=ID,ID or closure=ID, one of them.")
    if values.get("closure"):
        known = {one.closure_id: one for one in ready.scenario.closures}
        if values["closure"] not in known:
            accepted = ", ".join(sorted(known)) or "none: the scenario names no closures"
            raise UsageError(f"There is no closure '{values['closure']}'; accepted: {accepted}.")
        found = known[values["closure"]]
        lasting = replace(
            found,
            valid_from=None,
            valid_to=None,
            windows=(),
            daily=None,
            weekdays=frozenset(),
            what_if="",
        )
        return lasting, f"closure {found.closure_id}"
    try:
        ways = tuple(int(one) for one in values["ways"].split(","))
    except ValueError:
        raise UsageError(f"ways is '{values['ways']}'; accepted are way ids with commas.") from None
    unknown = set(ways) - set(ready.network.way_id.tolist())
    if unknown:
        raise UsageError(f"The roads have no way {', '.join(str(one) for one in sorted(unknown))}.")
    name = "ways " + ", ".join(str(one) for one in ways)
    return Closure("reported on the day", "reported on the day", way_ids=ways), name


def _turning_back(day: Day, matrices: TravelMatrices) -> frozenset[str]:
    """Return the vehicles whose leg under way takes another time now: their way is gone."""
    ids = day.problem.matrices.place_ids
    index = {vehicle.vehicle_id: v for v, vehicle in enumerate(day.problem.vehicles)}
    turning = set()
    for now in day.state.vehicles:
        if now.leg_from_s is None:
            continue
        pair = (ids.index(now.leg_from_id), ids.index(now.place_id))
        kind = day.problem.vehicle_matrix[index[now.vehicle_id]]
        before = day.problem.matrices.matrices[kind].travel_time_s[pair]
        if int(before) != int(matrices.matrices[kind].travel_time_s[pair]):
            turning.add(now.vehicle_id)
    return frozenset(turning)


def _search(
    day: Day,
    old: Plan,
    events: Sequence[Event],
    time_s: float | None,
    iterations: int | None,
    seed: int,
) -> Replanned:
    from safepassage.core.convoy.replan import replan as plan_again
    from safepassage.core.convoy.search import warm_up

    with progress("Compiling the planner (once on this machine)"):
        warm_up()
    with progress("Planning the rest of the day") as report:
        return plan_again(
            day, old, events, seed=seed, iterations=iterations,
            deadline=None if time_s is None else _deadline(time_s),
            progress=lambda _done, value: report(0, 0, f"weight across {value}"),
        )  # fmt: skip


def _deadline(time_s: float) -> Callable[[], float]:
    began = time.monotonic()
    return lambda: (time.monotonic() - began) / time_s


def _judge(made: Replanned) -> tuple[Violation, ...]:
    from safepassage.core.convoy.replan_check import check_replanned

    return check_replanned(made.day, made.plan, made.fall_backs, made.no_onward)


def _write(folder: Path, made: Replanned, state: DayState) -> None:
    from safepassage.adapters.plan_json import plan_to_json
    from safepassage.adapters.state_json import state_to_json

    folder.mkdir(parents=True, exist_ok=True)
    for name, text in ((PLAN_FILE, plan_to_json(made.plan)), (STATE_FILE, state_to_json(state))):
        (folder / name).write_text(text, encoding="utf-8", newline="\n")
        err.print(f"Written: {folder / name}", markup=False)


def _document(
    made: Replanned, violations: Sequence[Violation], *, reproducible: bool
) -> dict[str, Any]:
    import json

    from safepassage.adapters.plan_json import plan_to_json

    return {
        "replan_version": "1.0",
        "events": list(made.day.said),
        "plan": json.loads(plan_to_json(made.plan)),
        "persons_across": _persons_across(made),
        "promises": made.promises,
        "promises_kept": made.promises_kept,
        "fall_backs": [asdict(one) for one in made.fall_backs],
        "no_onward": list(made.no_onward),
        "changes": [asdict(one) for one in made.changes],
        "vehicles": [asdict(one) for one in made.vehicles],
        "reproducible": reproducible,
        "violations": [
            {field.name: getattr(one, field.name) for field in fields(one)} for one in violations
        ],
    }


def _persons_across(made: Replanned) -> int:
    from safepassage.core.convoy.state import tokens_of

    loads = {group.token: group.load.persons for group in made.day.problem.groups}
    return sum(loads[token] for token in tokens_of(made.day.state.across))


def _print(made: Replanned, violations: Sequence[Violation]) -> None:
    day, totals = made.day, made.plan.totals
    for said in day.said:
        _say(said)
    across = _persons_across(made)
    _say(f"At {day.clock(day.state.at_s)}: {across} people across or in screening. By the new plan "
         f"{totals.persons} in all.")  # fmt: skip
    _say(f"Promises still open: {made.promises}; kept: {made.promises_kept}.")
    _print_urgent(made)
    if made.vehicles:
        _say("Tell the vehicles:")
    for order in made.vehicles:
        _say(f"  {order.vehicle_id}: {order.sentence}")
    if made.changes:
        _say("Tell the households:")
    for change in made.changes:
        rows = ", ".join(change.household_tokens)
        _say(f"  {rows} ({change.persons}, {change.place_id}): {change.sentence}")
    if not made.changes and not made.vehicles:
        _say("Nothing changes.")
    if violations:
        err.print("The checker found rules broken by this plan; please report it:", style="red")
    for one in violations:
        err.print(f"{one.rule}, {one.where}: {one.message}", markup=False, style="red")


def _print_urgent(made: Replanned) -> None:
    for token in made.no_onward:
        _say(f"No vehicle takes {token} on from the crossing: send one there.")
    gone = [one for one in made.day.state.onward if one.vehicle_id in made.day.lost
            and one.stops[-1].depart_s > made.day.state.at_s]  # fmt: skip
    for trip in gone:
        groups = ", ".join(token for stop in trip.stops for token in stop.alights)
        _say(f"{trip.vehicle_id} is lost on the way to the centres with {groups} aboard: send a "
             "vehicle after it.")  # fmt: skip


def _say(text: str) -> None:
    out.print(text, markup=False, soft_wrap=True)
