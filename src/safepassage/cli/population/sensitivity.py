"""``safepassage population sensitivity``: how far the answer moves with what no list can show."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from safepassage.cli.common import out, print_json, progress
from safepassage.cli.population.numbers import band_ends, number
from safepassage.errors import UsageError

if TYPE_CHECKING:
    from safepassage.core.population.sensitivity import DialSetting, LeftOut
    from safepassage.core.population.types import CaptureTable, MethodEstimate, Recommendation

NOT_COMPARED = ("union", "behaviour", "latent_classes")
"""The union is no estimate; the second is for occasions; the third takes seconds and is in
``population estimate``."""
ASKED = (100, 200, 300, 500, 1000)


def sensitivity(
    source: Annotated[
        Path, typer.Argument(metavar="TABLE|SCENARIO", help="A capture table or a scenario.")
    ],
    within: Annotated[
        str | None,
        typer.Option(metavar="LIST,LIST…", help="Turn the dial between all lists of one family."),
    ] = None,
    across: Annotated[
        str | None,
        typer.Option(
            metavar="LISTS:LISTS", help="Turn the dial between two families, e.g. the two sides'."
        ),
    ] = None,
    level: Annotated[float, typer.Option(min=0.5, max=0.999)] = 0.95,
    plot: Annotated[
        Path | None, typer.Option(metavar="FILE.svg", help="Write a picture of the dials.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Turn the dials: dependence between lists, beyond them, method, one list fewer, more asked.

    Without --within or --across every pair of lists is turned on its own.

    Examples: safepassage population sensitivity overlaps.csv --plot dials.svg |
    safepassage population sensitivity overlaps.csv --across families,council:registry
    """
    from safepassage.adapters.population_dials import dials_svg
    from safepassage.cli.population.estimate import read_source, write_picture
    from safepassage.core.population.capture import prepare
    from safepassage.core.population.estimate import METHODS, run_method
    from safepassage.core.population.recommend import recommend
    from safepassage.core.population.sensitivity import dial_beyond, dial_pairs, leave_one_out

    with progress("turning the dials") as report:
        report(0, 0, "reading the lists")
        table, _ = read_source(source)
        usable, notices = prepare(table)
        band = recommend(table, usable, level)
        report(0, 0, "between lists")
        turned = {
            name: dial_pairs(usable, pairs, level)
            for name, pairs in _dials(usable, within, across).items()
        }
        report(0, 0, "beyond the lists")
        beyond = dial_beyond(usable, level)
        report(0, 0, "without each list")
        left = leave_one_out(usable, level)
        report(0, 0, "by method")
        methods = tuple(
            run_method(name, table, usable, level) for name in METHODS if name not in NOT_COMPARED
        )
    document = {
        "observed": table.observed,
        "recommended": _band(band),
        "dials": {name: [_setting(one) for one in settings] for name, settings in turned.items()},
        "beyond": [_setting(one) for one in beyond],
        "methods": [_method(method, band) for method in methods],
        "leave_one_out": [{"list": one.list_id, **_band(one.band)} for one in left],
        "asked_on_the_ground": _narrowing(table, band),
        "notices": list(notices),
    }
    if plot is not None:
        write_picture(dials_svg(table.observed, band, turned, beyond), plot)
    if as_json:
        print_json(document)
    else:
        _print(table, band, turned, beyond, methods, left)


def _dials(
    table: CaptureTable, within: str | None, across: str | None
) -> dict[str, tuple[tuple[str, str], ...]]:
    from itertools import combinations

    from safepassage.core.population.sensitivity import pairs_between

    if within and across:
        raise UsageError("Give --within or --across, not both.")
    if within:
        return {f"within {within}": pairs_between(table.lists, within.split(","))}
    if across:
        if across.count(":") != 1:
            raise UsageError(f"--across is '{across}'; accepted: LIST,LIST:LIST,LIST.")
        one, other = (side.split(",") for side in across.split(":"))
        return {f"across {across}": pairs_between(table.lists, one, other)}
    return {f"{a} and {b}": ((a, b),) for a, b in combinations(table.lists, 2)}


def _narrowing(table: CaptureTable, band: Recommendation) -> list[dict[str, Any]]:
    from safepassage.core.population.sensitivity import narrowing

    if band.estimate is None or band.low is None or band.high is None:
        return []
    found = narrowing(table.observed, band.estimate, band.low, band.high, band.level, ASKED)
    return [
        {"asked": asked, "expected_low": round(low), "expected_high": round(high)}
        for asked, low, high in found
    ]


def _band(band: Recommendation) -> dict[str, Any]:
    return {
        **band_ends(band),
        "at_least": band.at_least,
        "reasons": list(band.reasons),
    }


def _setting(setting: DialSetting) -> dict[str, Any]:
    return {
        "odds_ratio": setting.odds_ratio,
        "estimate": number(setting.estimate),
        "low": number(setting.low),
        "high": number(setting.high),
        "support": None if setting.support is None else float(f"{setting.support:.3g}"),
        "words": setting.words,
        "refused": setting.refused or None,
    }


def _print(
    table: CaptureTable,
    band: Recommendation,
    turned: dict[str, tuple[DialSetting, ...]],
    beyond: tuple[DialSetting, ...],
    methods: tuple[MethodEstimate, ...],
    left: tuple[LeftOut, ...],
) -> None:
    out.print(f"On at least one list: {table.observed:,}. Band: {_words(band)}.", markup=False)
    for name, settings in turned.items():
        out.print(f"\nDependence between {name} (odds ratio; 1 is none):", markup=False)
        _print_settings(settings)
    out.print(
        "\nBeyond the lists: the interaction of all lists at once, of which overlaps say nothing "
        "(1 is the band's assumption):"
    )
    _print_settings(beyond)
    _print_methods(methods, band)
    out.print("\nOne list fewer:")
    for one in left:
        out.print(f"  without {one.list_id:<24} {_words(one.band)}", markup=False)
    if rows := _narrowing(table, band):
        out.print("\nIf people drawn at random on the ground were asked, the band would become:")
        for row in rows:
            ends = f"{row['expected_low']:,} to {row['expected_high']:,}"
            out.print(f"  {row['asked']:>6,} asked: about {ends}")


def _print_settings(settings: tuple[DialSetting, ...]) -> None:
    for one in settings:
        if one.estimate is None or one.low is None or one.high is None:
            out.print(f"  {one.odds_ratio:>5g}  {one.refused}", markup=False)
            continue
        words = f"  ({one.words})" if one.words else ""
        ends = f"{one.low:,.0f} to {one.high:,.0f}"
        out.print(f"  {one.odds_ratio:>5g}  {one.estimate:>9,.0f}  ({ends}){words}", markup=False)


def _method(method: MethodEstimate, band: Recommendation) -> dict[str, Any]:
    return {
        "name": method.name,
        **band_ends(method),
        "against_band": _against(method, band),
        "refused": method.refused or None,
    }


def _against(method: MethodEstimate, band: Recommendation) -> float | None:
    """Return a method's estimate over the band's centre, less 1."""
    if method.estimate is None or not band.estimate or not math.isfinite(method.estimate):
        return None
    return round(method.estimate / band.estimate - 1, 4)


def _print_methods(methods: tuple[MethodEstimate, ...], band: Recommendation) -> None:
    from safepassage.adapters.population_plot import GROUPS, METHOD_LABELS

    out.print("\nBy method, with its distance from the band's centre:")
    for title, names in GROUPS:
        members = [method for method in methods if method.name in names]
        if members:
            out.print(f"  {title.removeprefix('Single methods: ')}:", markup=False)
        for method in members:
            label = METHOD_LABELS.get(method.name, method.name)
            out.print(f"    {label:<30}{_method_words(method, band)}", markup=False)


def _method_words(method: MethodEstimate, band: Recommendation) -> str:
    if method.estimate is None or method.low is None or method.high is None:
        return f"refused: {method.refused}"
    high = f"{method.high:,.0f}" if math.isfinite(method.high) else "no upper limit"
    off = _against(method, band)
    away = "" if off is None else f"  {off:+.0%}"
    return f"{method.estimate:>9,.0f}  ({method.low:,.0f} to {high}){away}"


def _words(band: Recommendation) -> str:
    if band.estimate is None or band.low is None or band.high is None:
        return f"none: {band.reasons[0]}"
    return f"{band.estimate:,.0f} ({band.low:,.0f} to {band.high:,.0f})"
