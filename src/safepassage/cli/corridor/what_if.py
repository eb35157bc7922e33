"""``safepassage corridor what-if``: questions that somebody entered, beside the facts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer

from safepassage.cli.common import out, print_json, progress
from safepassage.cli.corridor.asking import (
    AsJson,
    Date,
    Driving,
    NoCache,
    RiskWeight,
    ScenarioFolder,
    Vehicles,
    When,
    World,
    hubs,
    print_source,
    read_world,
    say,
    when,
    with_roads,
)
from safepassage.cli.corridor.changes import changes_document, print_changes
from safepassage.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from safepassage.core.corridor.compare import Change
    from safepassage.core.corridor.types import AssumedHolder, Closure
    from safepassage.core.corridor.types import WhatIf as Question
    from safepassage.pipeline import PlanUnder
    from safepassage.scenario.types import Scenario

WHAT_IF_VERSION = "1.0"
MOST_BREACHES = 3
"""Broken rules of a plan that are quoted on a terminal; the JSON document has all."""


def what_if(
    scenario: ScenarioFolder,
    names: Annotated[
        list[str] | None, typer.Argument(help="What-ifs to look at; default: all.")
    ] = None,
    plan: Annotated[
        bool, typer.Option("--plan", help="Plan the convoy for the facts and for each what-if.")
    ] = False,
    seed: Annotated[int, typer.Option(help="Of the plans; the same for all.")] = 0,
    iterations: Annotated[
        int | None,
        typer.Option(help="Moves to search for each plan; by size of the problem if not given."),
    ] = None,
    date: Date = "",
    vehicle: Vehicles = None,
    risk_weight_s: RiskWeight = None,
    no_cache: NoCache = False,
    as_json: AsJson = False,
) -> None:
    """Say what each what-if changes; with --plan compare plans across them.

    A what-if is a question, e.g. a place that cannot be reached from a date. Nothing is predicted
    and nothing is mixed with the facts. With --plan the same seed and moves are used for all; the
    plan for the facts is also judged under each what-if by the independent checker.

    Example: safepassage corridor what-if scenario --plan --iterations 2000
    """
    given = read_world(scenario)
    questions = _questions(given, names or ())
    if not questions:
        _print_none(given, as_json=as_json)
        return
    asked = when(date, given)
    answers, world = _changes(given, questions, asked, vehicle or (), risk_weight_s, no_cache)
    plans = _plans(given, questions, seed, iterations, no_cache) if plan else ()
    if as_json:
        print_json(_document(world, asked, answers, plans))
    else:
        for question, changes in answers:
            _print_question(question, given)
            print_changes(changes, given)
            say("")
        if plans:
            _print_plans(plans)
        print_source(world.network)


def _questions(given: Scenario, names: Sequence[str]) -> tuple[Question, ...]:
    by_name = {question.what_if: question for question in given.what_ifs}
    unknown = [name for name in names if name not in by_name]
    if unknown:
        accepted = ", ".join(by_name) or "none is in the scenario"
        raise UsageError(f"'{unknown[0]}' is not a what-if of the scenario; accepted: {accepted}.")
    return tuple(by_name[name] for name in dict.fromkeys(names)) if names else given.what_ifs


def _print_none(given: Scenario, *, as_json: bool) -> None:
    if as_json:
        print_json({"version": WHAT_IF_VERSION, "what_ifs": [], "plans": []})
    else:
        say(f"{given.folder.name}: no what-if has been entered. Enter one with: safepassage "
            "corridor close SCENARIO --way ID --what-if NAME --title QUESTION --source WHO "
            "--write")  # fmt: skip


Answers = list[tuple["Question", tuple["Change", ...]]]


def _changes(
    given: Scenario,
    questions: Sequence[Question],
    asked: When,
    vehicles: Sequence[str],
    risk_weight_s: float | None,
    no_cache: bool,
) -> tuple[Answers, World]:
    """Compare the facts alone with each what-if."""
    from safepassage.core.corridor.compare import compare

    profiles = Driving(vehicles).profiles(given)
    to = hubs(given, ())
    answers: Answers = []
    with progress("What changes") as report:
        world = with_roads(given, report, no_cache=no_cache)
        facts = world.facts(asked)
        for question in questions:
            changes = compare(
                world.network,
                given.places,
                [hub.place_id for hub in to],
                profiles,
                facts,
                world.facts(asked, question.what_if),
                world.measures(risk_weight_s),
                given.timezone,
                world.router_of,
                report,
            )
            answers.append((question, changes))
    return answers, world


def _plans(
    given: Scenario,
    questions: Sequence[Question],
    seed: int,
    iterations: int | None,
    no_cache: bool,
) -> tuple[PlanUnder, ...]:
    from safepassage.adapters.cache import cache_folder
    from safepassage.pipeline import plans_under

    names = [question.what_if for question in questions]
    with progress("Planning for each what-if") as report:
        return plans_under(
            given.folder,
            names,
            seed=seed,
            iterations=iterations,
            cache=None if no_cache else cache_folder(),
            progress=lambda text, done: report(done, 1.0, text),
        )


def _document(
    world: World, asked: When, answers: Answers, plans: Sequence[PlanUnder]
) -> dict[str, Any]:
    return {
        "version": WHAT_IF_VERSION,
        "at": asked.at.isoformat(),
        "attribution": world.network.attribution,
        "schematic": world.network.schematic,
        "what_ifs": [
            {
                "what_if": question.what_if,
                "title": question.title,
                "entered_by": question.entered_by or None,
                "entered_on": question.entered_on or None,
                "parts": list(_parts(question, world.scenario)),
                "changes": changes_document(changes),
            }
            for question, changes in answers
        ],
        "plans": [_plan_document(one) for one in plans],
    }


def _plan_document(one: PlanUnder) -> dict[str, Any]:
    return {
        "what_if": one.what_if or None,
        "persons_across": one.plan.totals.persons,
        "value_across": one.plan.totals.value_across,
        "seed": one.plan.seed,
        "iterations": one.plan.iterations,
        "violations": [str(each.message) for each in one.violations],
        "lost": [
            {"place": lost.place_id, "reason": lost.reason or None, "groups": lost.groups,
             "persons": lost.persons}
            for lost in one.lost
        ],
        "gained_persons": one.gained,
        "facts_plan_holds": not one.breaches,
        "facts_plan_breaches": [
            {"rule": each.rule, "where": each.where, "message": each.message}
            for each in one.breaches
        ],
    }  # fmt: skip


def _parts(question: Question, given: Scenario) -> tuple[str, ...]:
    """Return what a what-if is made of, in words."""
    own = [one for one in given.closures if one.what_if == question.what_if]
    held = [one for one in given.assumed_holders if one.what_if == question.what_if]
    zone = ZoneInfo(given.timezone)
    closed = (_closure_words(one, zone) for one in own)
    return (*closed, *(_holder_words(one, zone) for one in held))


def _closure_words(closure: Closure, zone: ZoneInfo) -> str:
    where = f"the place '{closure.place_id}'" if closure.place_id else "a stretch of road"
    if closure.way_ids:
        where = f"way {', '.join(str(way) for way in closure.way_ids)}"
    begins = closure.valid_from
    since = f" from {begins.astimezone(zone).date().isoformat()}" if begins else ""
    return f"closure '{closure.closure_id}' of {where}{since} ({closure.source})"


def _holder_words(assumed: AssumedHolder, zone: ZoneInfo) -> str:
    since = assumed.valid_from.astimezone(zone).date().isoformat()
    return (
        f"'{assumed.place_id}' and {assumed.reach_m / 1000:g} km around it taken to be held by "
        f"{assumed.holder} from {since} ({assumed.reason})"
    )


def _print_question(question: Question, given: Scenario) -> None:
    entered = " ".join(part for part in (question.entered_by, question.entered_on) if part)
    by = f" (entered by {entered})" if question.entered_by else ""
    say(f"What if '{question.what_if}': {question.title}{by}")
    for part in _parts(question, given):
        say(f"  taken for granted: {part}")


def _print_plans(plans: Sequence[PlanUnder]) -> None:
    from rich.table import Table

    table = Table("plan for", "people across", "weighted", "lost", "gained", box=None)
    for one in plans:
        table.add_row(
            one.what_if or "the facts",
            str(one.plan.totals.persons),
            str(one.plan.totals.value_across),
            str(sum(lost.persons for lost in one.lost)),
            str(one.gained),
        )
    first = plans[0].plan
    say(f"Plans, each with seed {first.seed} and {first.iterations} moves:")
    out.print(table)
    for one in plans:
        _print_plan(one)
    say("A plan that was searched for is not the best there is: small differences mean little.")


def _print_plan(one: PlanUnder) -> None:
    for violation in one.violations:
        say(f"  {one.what_if or 'the facts'}: the checker found {violation.rule}: "
            f"{violation.message} Please report it.")  # fmt: skip
    if not one.what_if:
        return
    for reason in dict.fromkeys(lost.reason for lost in one.lost):
        places = [lost for lost in one.lost if lost.reason == reason]
        named = ", ".join(f"{lost.persons} at {lost.place_id}" for lost in places)
        words = reason.replace("_", " ") or "not taken"
        say(f"  {one.what_if}: lost ({words}): {named}")
    if not one.breaches:
        say(f"  {one.what_if}: the plan for the facts would still hold.")
        return
    say(
        f"  {one.what_if}: the plan for the facts would not hold; {len(one.breaches)} rules broken:"
    )
    for breach in one.breaches[:MOST_BREACHES]:
        say(f"    {breach.where}: {breach.message}")
    if len(one.breaches) > MOST_BREACHES:
        say(f"    and {len(one.breaches) - MOST_BREACHES} more")
