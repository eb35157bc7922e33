"""``safepassage check``: the independent judge of a plan."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from safepassage.cli.common import EXIT_RULE_BROKEN, out, print_json, progress
from safepassage.units import format_duration

if TYPE_CHECKING:
    from safepassage.core.convoy.types import Plan, PlanTotals, Violation
    from safepassage.pipeline import Prepared

app = typer.Typer(add_completion=False)


@app.command()
def check(
    scenario: Annotated[
        Path, typer.Argument(metavar="SCENARIO", help="The folder the plan was made for.")
    ],
    plan: Annotated[Path, typer.Argument(metavar="PLAN", help="The plan.json to judge.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Check a plan against every rule, from the scenario alone and without the planner.

    Groups, loads, the queue, the totals and the reasons of those left are counted again; travel
    times come from the plain shortest-path search, not from the planner's. Every rule broken is
    printed on a line with its number in docs/spec/05-convoy.md.

    Exit code 0: the plan may be run. 1: it breaks a rule.

    Example: safepassage check my-scenario out/plan.json
    """
    from safepassage.adapters.plan_json import read_plan
    from safepassage.core.convoy.check import check_plan, recount

    judged = read_plan(plan)
    prepared = prepare_with_progress(scenario, exact=True)
    facts = (prepared.problem, prepared.households, judged)
    violations = check_plan(*facts)
    totals = None if violations else recount(*facts)
    if as_json:
        print_json(check_document(judged, violations, totals))
    else:
        _print(prepared, judged, violations, totals)
    if violations:
        raise typer.Exit(EXIT_RULE_BROKEN)


def prepare_with_progress(scenario: Path, *, exact: bool = False) -> Prepared:
    """Read a scenario folder and build its planning problem, showing each step."""
    from safepassage.pipeline import prepare

    with progress("preparing") as report:
        return prepare(scenario, exact=exact, progress=lambda text: report(0, 0, text))


def check_document(
    plan: Plan, violations: tuple[Violation, ...], totals: PlanTotals | None
) -> dict[str, Any]:
    """Return the judge's answer as the JSON document that ``--json`` prints."""
    return {
        "valid": not violations,
        "scenario_digest": plan.scenario_digest,
        "violations": [asdict(violation) for violation in violations],
        "totals": None if totals is None else asdict(totals),
        "left": None if totals is None else _left_counts(plan),
    }


def _left_counts(plan: Plan) -> dict[str, int]:
    counts: dict[str, int] = {}
    for entry in plan.left:
        counts[entry.reason.value] = counts.get(entry.reason.value, 0) + entry.persons
    return dict(sorted(counts.items()))


def _counted(number: int, word: str, plural: str) -> str:
    return f"{number} {word}{plural if number != 1 else ''}"


def print_violations(violations: tuple[Violation, ...]) -> None:
    """Print each rule broken on a line of its own."""
    for violation in violations:
        line = f"{violation.rule}: {violation.where}: {violation.message}"
        out.print(line, markup=False)


def _print(
    prepared: Prepared,
    plan: Plan,
    violations: tuple[Violation, ...],
    totals: PlanTotals | None,
) -> None:
    print_violations(violations)
    if totals is None:
        rules = len({violation.rule for violation in violations})
        out.print(
            f"The plan may not be run: {_counted(len(violations), 'breach', 'es')} of "
            f"{_counted(rules, 'rule', 's')} (docs/spec/05-convoy.md says each).",
            markup=False,
        )
        return
    out.print(
        f"The plan breaks no rule. {totals.persons} persons in {totals.groups} travel groups are "
        f"across inside the margins (priority-weighted {totals.value_across}), "
        f"{totals.exposure_person_h:.2f} hazard-weighted person-hours, "
        f"{format_duration(totals.vehicle_s)} of vehicle time.",
        markup=False,
    )
    out.print(
        f"Counted again from the scenario: {_counted(len(plan.trips), 'trip', 's')} to the "
        f"crossing, {len(plan.onward)} onward; travel times by the plain shortest-path search.",
        markup=False,
    )
    _print_left(plan)
    _print_not_accepted(prepared)


def _print_left(plan: Plan) -> None:
    """Print who is left by reason; the reasons too have been judged."""
    from safepassage.adapters.plan_words import left_counts

    counts = [
        f"{one.reason.value.replace('_', ' ')} {one.persons}" for one in left_counts(plan.left)
    ]
    if counts:
        total = sum(one.persons for one in plan.left)
        out.print(f"Left, {total} persons: {', '.join(counts)}.", markup=False)


def _print_not_accepted(prepared: Prepared) -> None:
    for state, words in (
        ("proposed", "Not yet agreed by the parties"),
        ("exercise", "For an exercise only"),
    ):
        names = [one.window_id for one in prepared.problem.windows if one.state == state]
        if names:
            out.print(f"{words}: {', '.join(names)}.", markup=False)
