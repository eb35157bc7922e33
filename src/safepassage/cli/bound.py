"""``safepassage bound``: what no plan of a scenario can exceed, and what holds it down."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from safepassage.cli.common import err, out, print_json, progress

if TYPE_CHECKING:
    from safepassage.core.convoy.types import Bound

app = typer.Typer(add_completion=False)


@app.command(epilog="Example: safepassage bound operation/ --json")
def bound(
    scenario: Annotated[Path, typer.Argument(help="Scenario folder.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Prove an upper limit on the people that any plan can get across, and say what binds it."""
    from safepassage.core.convoy.bound import bound_b0
    from safepassage.pipeline import prepare

    with progress("Bounding") as report:
        prepared = prepare(scenario, progress=lambda text: report(0, 0, text))
        limit = bound_b0(prepared.problem)
    for finding in prepared.findings:
        err.print(str(finding), markup=False, style="yellow")
    if as_json:
        print_json({
            "name": limit.name,
            "value": limit.value,
            "persons": limit.persons,
            "binding": [{"what": what, "worth": worth} for what, worth in limit.binding],
        })  # fmt: skip
    else:
        _print_bound(limit, sum(group.load.persons for group in prepared.problem.groups))


def _print_bound(limit: Bound, eligible: int) -> None:
    out.print(f"{eligible} people may travel and have a seat, a road and a place.", markup=False)
    out.print(
        f"No plan gets more than {limit.persons:.0f} people, or {limit.value:.0f} "
        f"priority-weighted, across (bound {limit.name}).",
        markup=False,
    )
    for what, worth in limit.binding:
        out.print(f"  {what}: worth {worth:g} weighted people", markup=False)
