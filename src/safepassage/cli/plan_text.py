"""A plan in the words of the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from safepassage.cli.common import err, out
from safepassage.cli.plan_search import Made, gap
from safepassage.units import format_clock, format_duration, format_moment, moment_at

if TYPE_CHECKING:
    from safepassage.adapters.convoy_sheet import PlanView
    from safepassage.adapters.timetable_files import Section
    from safepassage.core.convoy.types import Plan, SimulationSummary, Violation
    from safepassage.core.convoy.would_help import Help

MOST_HELPS = 4


class Shown(StrEnum):
    """Which timetable is printed."""

    TRIPS = "trips"
    VEHICLES = "vehicles"
    PICK_UPS = "pick-ups"
    HOUSEHOLDS = "households"
    NONE = "none"


def print_plan(view: PlanView, made: Made, shown: Shown, *, reproducible: bool) -> None:
    """Print what the plan is worth, its timetable, who is left and what would help."""
    _print_worth(made)
    _print_chances(made.simulation)
    _print_windows(view)
    _print_timetable(view, shown)
    _print_left(made.plan)
    _print_helps(view, made.helps)
    _print_note(made, reproducible=reproducible)


def _say(text: str) -> None:
    out.print(text, markup=False)


def _print_worth(made: Made) -> None:
    plan, totals = made.plan, made.plan.totals
    _say(f"Planned: {totals.persons} people in {totals.groups} travel groups, "
         f"priority-weighted {totals.value_across}.")  # fmt: skip
    if plan.bound:
        _say(f"No plan can do better than {plan.bound.value:.0f} weighted or "
             f"{plan.bound.persons:.0f} people (bound {plan.bound.name}): "
             f"gap {gap(totals.value_across, plan.bound.value):.1%}.")  # fmt: skip
    _say(f"Exposure {totals.exposure_person_h:.2f} person-hours times hazard rate; "
         f"vehicles out for {format_duration(totals.vehicle_s)} in all.")  # fmt: skip
    if plan.promise:
        said = plan.promise
        _say(f"Promised: everybody planned is across with probability {said.probability:.1%} "
             f"(at least {said.low:.1%} with 95 % confidence, {said.worlds} worlds of "
             f"delays).")  # fmt: skip
    if plan.promise and made.certainty is not None and plan.promise.probability < made.certainty:
        _say(f"That is less than the {made.certainty:.0%} asked for: no plan found holds it.")


def _print_chances(said: SimulationSummary | None) -> None:
    if said is None:
        return
    _say(f"Under delays ({said.runs} runs): {said.persons_expected:.0f} people across on average, "
         f"{said.persons_low} to {said.persons_high} in nine runs of ten; everybody planned is "
         f"across in {said.probability_all_across:.1%} "
         f"(standard error {said.probability_standard_error:.1%}).")  # fmt: skip


def _print_windows(view: PlanView) -> None:
    from safepassage.adapters.plan_words import zone_words

    problem = view.problem
    _say(f"All times: {zone_words(problem)}.")
    for window in problem.windows:
        trips = [trip for trip in view.plan.trips if trip.window_id == window.window_id]
        opens = format_moment(moment_at(problem.epoch, window.opens_s), problem.timezone)
        closes = format_clock(moment_at(problem.epoch, window.closes_s), problem.timezone)
        state = "" if window.state == "accepted" else f" ({window.state}, not accepted)"
        _say(f"Window {window.window_id}: {opens} to {closes}{state}: {len(trips)} trips.")


def _print_timetable(view: PlanView, shown: Shown) -> None:
    from safepassage.adapters.timetable_files import (
        household_sections,
        pick_up_sections,
        vehicle_sections,
    )

    if shown is Shown.TRIPS:
        _print_trips(view)
    elif shown is Shown.VEHICLES:
        _print_sections(vehicle_sections(view, str))
    elif shown is Shown.PICK_UPS:
        _print_sections(pick_up_sections(view, str))
    elif shown is Shown.HOUSEHOLDS:
        _print_sections(household_sections(view, str))


def _print_sections(sections: Sequence[Section]) -> None:
    for section in sections:
        if section.title:
            _say("")
            out.print(section.title, markup=False, style="bold")
        for line in aligned((section.heads, *section.rows)):
            # one line a row, however narrow the terminal: lines are searched for and passed on
            out.print(line, markup=False, highlight=False, soft_wrap=True)


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return rows as lines whose columns stand below each other, whatever script they are in."""
    from rich.cells import cell_len

    widths = [max(cell_len(cell) for cell in column) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            cell + " " * (width - cell_len(cell)) for cell, width in zip(row, widths, strict=True)
        ).rstrip()
        for row in rows
    ]


def _print_trips(view: PlanView) -> None:
    if not view.plan.trips:
        return
    from rich.table import Table
    from rich.text import Text

    from safepassage.adapters.plan_words import waits_from_s

    persons = view.persons_of()
    table = Table(box=None)
    table.add_column("trip", no_wrap=True, overflow="fold")
    for head in ("leaves", "stops", "people", "there", "across", "free"):
        table.add_column(head, justify="right" if head in {"stops", "people"} else "left")
    for trip in view.plan.trips:
        aboard = sum(persons[token] for stop in trip.stops for token in stop.boards)
        at = (waits_from_s(trip), trip.screening_end_s, trip.released_s)
        table.add_row(
            Text(trip.trip_id), view.clock(trip.depart_s), str(len(trip.stops)), str(aboard),
            *(view.clock(at_s) for at_s in at),
        )  # fmt: skip
    out.print(table)
    _say(f"Onward: {len(view.plan.onward)} trips to "
         f"{len({one.centre_id for one in view.plan.assignments})} reception centres.")  # fmt: skip


def _print_left(plan: Plan) -> None:
    from safepassage.adapters.plan_words import LEFT_SENTENCES, left_counts

    if not plan.left:
        _say("Nobody is left.")
        return
    _say("Left, by the reason that binds:")
    for one in left_counts(plan.left):
        words = one.reason.value.replace("_", " ")
        _say(f"  {words}: {one.households} households, {one.persons} people. "
             f"{LEFT_SENTENCES[one.reason]}")  # fmt: skip
    if plan.promise:
        _say("Time kept free for delays counts as used here: with less certainty more would go.")


def _print_helps(view: PlanView, helps: Sequence[Help]) -> None:
    from safepassage.adapters.plan_words import HELP_KINDS, crossing_names, help_words

    useful = [one for one in helps if one.value or one.persons]
    if useful:
        _say("What would help most (the bound rises by at most so much):")
    names = crossing_names(view.problem, view.names)
    for one in useful[:MOST_HELPS]:
        _say(f"  {help_words(one, names, str)}: {one.persons:.0f} people, {one.value:.0f} weighted")
    wanted = {one.kind for one in useful}
    idle = [kind for kind in dict.fromkeys(one.kind for one in helps) if kind not in wanted]
    if idle:
        _say(f"Nobody more, by the bound, with {', '.join(HELP_KINDS[kind] for kind in idle)}.")


def _print_note(made: Made, *, reproducible: bool) -> None:
    note = f"seed {made.plan.seed}, {made.plan.iterations} moves"
    if made.stopped:
        note += "; stopped by you, so another run may differ"
    elif not reproducible:
        note += "; searched by time, so another run may differ"
    _say(f"({note})")


def print_broken(violations: Sequence[Violation]) -> None:
    """Print rules that the planner's own plan breaks: an error of the program."""
    if violations:
        err.print("The checker found rules broken by this plan; please report it:", style="red")
        for one in violations:
            err.print(f"{one.rule}, {one.where}: {one.message}", markup=False, style="red")


def plan_document(made: Made, *, reproducible: bool) -> dict[str, Any]:
    """Return a plan with what its judges say as the JSON document that ``--json`` prints."""
    import json
    from dataclasses import asdict

    from safepassage.adapters.plan_json import plan_to_json
    from safepassage.adapters.plan_words import LEFT_SENTENCES, left_counts

    plan = made.plan
    bound = plan.bound.value if plan.bound else None
    simulation = asdict(made.simulation) if made.simulation else None
    if simulation is not None:
        simulation["trip_probability"] = dict(simulation["trip_probability"])
    return {
        "plan": json.loads(plan_to_json(plan)),
        "gap": None if bound is None else round(gap(plan.totals.value_across, bound), 6),
        "reproducible": reproducible and not made.stopped,
        "stopped": made.stopped,
        "left_by_reason": [
            {
                "reason": one.reason.value,
                "households": one.households,
                "persons": one.persons,
                "meaning": LEFT_SENTENCES[one.reason],
            }
            for one in left_counts(plan.left)
        ],
        "would_help": [asdict(one) for one in made.helps],
        "simulation": simulation,
        "violations": [asdict(one) for one in made.violations],
    }
