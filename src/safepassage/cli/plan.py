"""``safepassage plan``: who rides when, in what; with the proven bound and who is left and why."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from safepassage.cli.common import EXIT_RULE_BROKEN, err, print_json, progress
from safepassage.cli.plan_search import (
    Made,
    Objective,
    Wish,
    make_plan,
    prepare_loudly,
    view_of,
)
from safepassage.cli.plan_text import Shown, plan_document, print_broken, print_plan
from safepassage.errors import UsageError

if TYPE_CHECKING:
    from safepassage.adapters.convoy_sheet import PlanView

app = typer.Typer(add_completion=False)

PLAN_FILE = "plan.json"
LEFT_FILE = "left.csv"
TIMETABLES = "timetable"


@app.command(
    epilog="Example: safepassage plan operation/ --out planned/ --time 60 --pictures planned/   "
    "Exit codes: 0 planned, 1 an input or the plan breaks a rule, 2 called wrongly."
)
def plan(
    scenario: Annotated[Path, typer.Argument(help="Scenario folder.")],
    out_dir: Annotated[
        Path | None,
        typer.Option("--out", help="Folder for plan.json, left.csv and the timetables."),
    ] = None,
    time_s: Annotated[
        float | None,
        typer.Option("--time", help="Seconds to search; the plan then cannot be reproduced."),
    ] = None,
    iterations: Annotated[
        int | None,
        typer.Option(help="Moves to search; by size of the problem if neither is given."),
    ] = None,
    seed: Annotated[int, typer.Option(help="Same seed and iterations: the same plan.")] = 0,
    objective: Annotated[
        Objective,
        typer.Option(help="Most people planned, or most expected across under delays.toml."),
    ] = Objective.PLANNED,
    certainty: Annotated[
        float | None,
        typer.Option(help="Probability, say 0.8, that everybody planned is across."),
    ] = None,
    worlds: Annotated[
        int | None,
        typer.Option(help="Sampled worlds of delays that judge each move, with those two."),
    ] = None,
    pictures: Annotated[
        Path | None,
        typer.Option(help="Folder for pictures: vehicles, crossing, people across, who is left."),
    ] = None,
    timetable: Annotated[
        Shown, typer.Option(help="Which timetable to print; --out writes them all.")
    ] = Shown.TRIPS,
    lang: Annotated[
        str, typer.Option(help="Language of timetables and pictures: en, uk or ru.")
    ] = "en",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Plan a convoy: a timetable for both sides of the crossing, checked, with a proven bound.

    Only people who chose to go and consented are planned; families stay whole. The plan is judged
    by the independent checker before anything is printed. Ctrl-C stops the search and keeps the
    best plan so far. With --certainty the search itself knows of delays and
    carries the most people of whom all are across with that probability.
    """
    wish = Wish(time_s, iterations, seed, objective, certainty, worlds)
    _check_budget(wish)
    _check_certainty(wish)
    require_language(lang)
    prepared = prepare_loudly(scenario)
    made = make_plan(prepared, wish)
    view = view_of(prepared, made.plan, made, band_seed=None if pictures is None else seed)
    if out_dir is not None:
        _write(out_dir, view, made, lang)
    if pictures is not None and not made.violations:
        _draw(pictures, view, lang)
    if as_json:
        print_json(plan_document(made, reproducible=time_s is None))
    else:
        print_plan(view, made, timetable, reproducible=time_s is None)
        print_broken(made.violations)
    if made.violations:
        raise typer.Exit(EXIT_RULE_BROKEN)


def _check_budget(wish: Wish) -> None:
    time_s, iterations = wish.time_s, wish.iterations
    if time_s is not None and iterations is not None:
        raise UsageError("Give --time or --iterations, not both.")
    if time_s is not None and not 0 < time_s <= 86_400:
        raise UsageError(f"--time is {time_s:g}; accepted are seconds from just over 0 to 86400.")
    if iterations is not None and iterations < 0:
        raise UsageError(f"--iterations is {iterations}; accepted are 0 and more.")


def _check_certainty(wish: Wish) -> None:
    if wish.certainty is not None and not 0 < wish.certainty < 1:
        raise UsageError(
            f"--certainty is {wish.certainty:g}; accepted is what lies between 0 and 1."
        )
    if wish.worlds is None:
        return
    if not wish.robust:
        raise UsageError("--worlds needs --certainty or --objective expected.")
    if not 1 <= wish.worlds <= 100_000:
        raise UsageError(f"--worlds is {wish.worlds}; accepted are 1 to 100000.")


def require_language(lang: str) -> None:
    """Refuse a language that documents cannot be written in.

    Raises
    ------
    UsageError
        Naming those that there are.
    """
    from safepassage.adapters.i18n import LANGUAGES

    if lang not in LANGUAGES:
        raise UsageError(f"'{lang}' is not a language; accepted: {', '.join(LANGUAGES)}.")


def _write(folder: Path, view: PlanView, made: Made, lang: str) -> None:
    """Write the plan, and if it may be run also who is left and the timetables."""
    from safepassage.adapters.i18n import translator
    from safepassage.adapters.plan_json import plan_to_json
    from safepassage.adapters.timetable_files import left_csv, write_timetables

    folder.mkdir(parents=True, exist_ok=True)
    path = folder / PLAN_FILE
    path.write_text(plan_to_json(made.plan), encoding="utf-8", newline="\n")
    err.print(f"Written: {path}", markup=False)
    if made.violations:
        return
    (folder / LEFT_FILE).write_text(left_csv(made.plan.left), encoding="utf-8", newline="")
    err.print(f"Written: {folder / LEFT_FILE}", markup=False)
    with progress("Writing the timetables"):
        written = write_timetables(folder / TIMETABLES, view, translator(lang), lang)
    names = ", ".join(path.name for path in written)
    err.print(f"Written: {folder / TIMETABLES}: {names}", markup=False)


def _draw(folder: Path, view: PlanView, lang: str) -> None:
    """Draw every picture; as SVG only, with a word about it, where PNG needs what is not there."""
    from importlib.util import find_spec

    from safepassage.adapters.convoy_pictures import write_pictures
    from safepassage.adapters.i18n import translator

    png = find_spec("resvg_py") is not None
    with progress("Drawing") as report:
        written = write_pictures(
            folder, view, translator(lang), png=png, progress=lambda name: report(0, 0, name)
        )
    err.print(f"Written: {len(written)} pictures in {folder}", markup=False)
    if not png:
        err.print("PNG pictures need the extra 'pictures': pip install 'safepassage[pictures]'.")
