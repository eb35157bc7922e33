"""``safepassage population anchor``: what people drawn at random say, and how many to draw."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated, Any

import typer

from safepassage.cli.common import out, print_json
from safepassage.errors import UsageError

if TYPE_CHECKING:
    from safepassage.core.population.types import MethodEstimate


def anchor(
    listed: Annotated[int, typer.Option(min=1, help="Persons on at least one list (the union).")],
    drawn: Annotated[
        int | None, typer.Option(min=1, help="People drawn at random and reached.")
    ] = None,
    found: Annotated[
        int | None, typer.Option(min=0, help="Of these, people who are on some list.")
    ] = None,
    not_reached: Annotated[int, typer.Option(min=0, help="Drawn, but not reached.")] = 0,
    design_effect: Annotated[
        float,
        typer.Option(min=1.0, help="Above 1 if people were drawn by households or villages."),
    ] = 1.0,
    plan_for: Annotated[
        int | None, typer.Option(help="A total to plan for: say how many to draw.")
    ] = None,
    width: Annotated[float, typer.Option(help="Wanted high end over low end when planning.")] = 1.2,
    level: Annotated[float, typer.Option(min=0.5, max=0.999)] = 0.95,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Estimate from a random draw of people on the ground, or say how large it has to be.

    The draw must be from places (dwellings, streets), never from the lists or their telephones.

    Examples: safepassage population anchor --listed 1740 --drawn 120 --found 96 |
    safepassage population anchor --listed 1740 --plan-for 2200 --width 1.2
    """
    from safepassage.core.population.anchor import Anchor, anchor_estimate, calls_needed

    if (drawn is None) != (found is None) or (drawn is None and plan_for is None):
        raise UsageError("Give --drawn and --found of a draw, or --plan-for to plan one.")
    document: dict[str, Any] = {"listed": listed, "level": level}
    if drawn is not None and found is not None:
        drawn_people = Anchor(drawn, found, design_effect, not_reached)
        document |= _document(anchor_estimate(listed, drawn_people, level))
    if plan_for is not None:
        needed = calls_needed(listed, plan_for, width, level, design_effect)
        document |= {"plan_for": plan_for, "width": width, "draw": needed}
    if as_json:
        print_json(document)
    else:
        _print(document)


def _document(result: MethodEstimate) -> dict[str, Any]:
    high = result.high if result.high is not None and math.isfinite(result.high) else None
    return {
        "estimate": result.estimate,
        "low": result.low,
        "high": high,
        "warnings": list(result.warnings),
    }


def _print(document: dict[str, Any]) -> None:
    if "estimate" in document:
        high = "no upper limit" if document["high"] is None else f"{document['high']:,.0f}"
        out.print(f"{document['estimate']:,.0f} people ({document['low']:,.0f} to {high}).")
        for warning in document["warnings"]:
            out.print(f"  {warning}", markup=False)
    if "plan_for" in document:
        if document["draw"] is None:
            out.print("Even asking everybody would not make the interval that narrow.")
            return
        out.print(
            f"Draw {document['draw']:,} people: if there are {document['plan_for']:,}, the high "
            f"end is then at most {document['width']:g} times the low end."
        )
