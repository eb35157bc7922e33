"""``safepassage bound``: what no plan of a scenario can exceed, what binds it, and the proof."""

from __future__ import annotations

import time
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from safepassage.cli.common import EXIT_RULE_BROKEN, err, out, print_json, progress
from safepassage.errors import UsageError

if TYPE_CHECKING:
    from safepassage.core.convoy.bounds.days import Proof, Round
    from safepassage.core.convoy.types import Bound, ConvoyProblem, Plan
    from safepassage.pipeline import Prepared


class Level(StrEnum):
    """How closely the bound looks."""

    B0 = "B0"
    B1 = "B1"
    B2 = "B2"


class _ScenarioFirst(TyperGroup):
    """``bound SCENARIO`` is short for ``bound prove SCENARIO``."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put in the command that is meant where none is named."""
        named = bool(args) and (args[0] in self.commands or args[0] == "--help")
        return super().parse_args(ctx, args if named or not args else ["prove", *args])


app = typer.Typer(
    cls=_ScenarioFirst,
    add_completion=False,
    no_args_is_help=True,
    help="Prove an upper limit on what any plan can achieve (bound SCENARIO), or check a proof.",
    epilog="Example: safepassage bound operation/ --level B2 --time 120 --certificate proof.json",
)


@app.command(
    epilog="Example: safepassage bound operation/ --plan planned/plan.json --level B2 --time 120 "
    "--certificate proof.json   Exit codes: 0 proven, 1 an input breaks a rule, 2 called wrongly."
)
def prove(
    scenario: Annotated[Path, typer.Argument(help="Scenario folder.")],
    plan: Annotated[
        Path | None, typer.Option("--plan", help="A plan.json to compare with; it also helps.")
    ] = None,
    level: Annotated[
        Level,
        typer.Option(help="B0: at once. B1: whole vehicle days. B2: and the queue by the minute."),
    ] = Level.B0,
    time_s: Annotated[
        float | None,
        typer.Option("--time", help="Seconds, about; the proof then cannot be reproduced."),
    ] = None,
    certificate: Annotated[
        Path | None, typer.Option(help="File to write the proof of B1 or B2 to.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Prove an upper limit on the people that any plan can get across, and say what binds it.

    B1 and B2 come with a certificate that 'safepassage bound verify' re-checks.
    """
    _check_options(level, time_s, certificate)
    made = None if plan is None else _read_plan(plan)
    prepared = _prepare(scenario)
    bound, proof = _bound(prepared.problem, level, made, time_s)
    if certificate is not None and proof is not None:
        _write(prepared.problem, proof, certificate)
    if as_json:
        print_json(_document(bound, proof, made))
    else:
        _print_bound(bound, sum(group.load.persons for group in prepared.problem.groups))
        _print_gap(bound, made)


def _check_options(level: Level, time_s: float | None, certificate: Path | None) -> None:
    if level is Level.B0 and (certificate is not None or time_s is not None):
        raise UsageError("B0 takes no time and has no certificate; give --level B1 or B2 too.")
    if time_s is not None and not 0 < time_s <= 86_400:
        raise UsageError(f"--time is {time_s:g}; accepted are seconds from just over 0 to 86400.")
    if certificate is not None and certificate.is_dir():
        raise UsageError(f"{certificate} is a folder; give a file for the certificate.")


def _read_plan(path: Path) -> Plan:
    from safepassage.adapters.plan_json import read_plan

    return read_plan(path)


def _prepare(scenario: Path) -> Prepared:
    from safepassage.adapters.cache import cache_folder
    from safepassage.pipeline import prepare

    with progress("Preparing") as report:
        prepared = prepare(scenario, progress=lambda text: report(0, 0, text), cache=cache_folder())
    for finding in prepared.findings:
        err.print(str(finding), markup=False, style="yellow")
    return prepared


def _bound(
    problem: ConvoyProblem, level: Level, plan: Plan | None, time_s: float | None
) -> tuple[Bound, Proof | None]:
    """Return the lowest bound of the level and those below, and the proof of B1 or B2."""
    from safepassage.core.convoy.bound import bound_b0
    from safepassage.core.convoy.bounds.days import bound_by_days

    with progress(f"Bounding ({level})") as report:
        simple = bound_b0(problem)
        if level is Level.B0:
            return simple, None
        began = time.monotonic()

        def show(now: Round) -> None:
            spent = time.monotonic() - began
            done, total = (now.done, now.rounds) if time_s is None else (spent, time_s)
            report(done, total, f"at most {now.limit:.0f}")

        return bound_by_days(
            problem, level.value, simple, plan=plan, stop=_stop(time_s), progress=show
        )


def _stop(time_s: float | None) -> Callable[[], float]:
    """Return a function that says what share of the time is used."""
    began = time.monotonic()
    return lambda: 0.0 if time_s is None else (time.monotonic() - began) / time_s


def _write(problem: ConvoyProblem, proof: Proof, path: Path) -> None:
    from safepassage.adapters.certificate import certificate_to_json
    from safepassage.core.convoy.bounds.days import certificate_of

    path.parent.mkdir(parents=True, exist_ok=True)
    text = certificate_to_json(certificate_of(problem, proof))
    path.write_text(text, encoding="utf-8", newline="\n")
    err.print(f"Written: {path} (proves {proof.value})", markup=False)


def _document(bound: Bound, proof: Proof | None, plan: Plan | None) -> dict[str, Any]:
    document: dict[str, Any] = {
        "name": bound.name,
        "value": bound.value,
        "persons": bound.persons,
        "binding": [{"what": what, "worth": worth} for what, worth in bound.binding],
        "certified": None if proof is None else proof.value,
    }
    if plan is not None:
        document["plan_value"] = plan.totals.value_across
        document["gap"] = round(_gap(bound, plan), 6)
    return document


def _gap(bound: Bound, plan: Plan) -> float:
    return (bound.value - plan.totals.value_across) / bound.value if bound.value > 0 else 0.0


def _print_bound(limit: Bound, eligible: int) -> None:
    out.print(f"{eligible} people may travel and have a seat, a road and a place.", markup=False)
    out.print(
        f"No plan gets more than {limit.persons:.0f} people, or {limit.value:.0f} "
        f"priority-weighted, across (bound {limit.name}).",
        markup=False,
    )
    for what, worth in limit.binding:
        out.print(f"  {what}: worth {worth:g} weighted people", markup=False)


def _print_gap(bound: Bound, plan: Plan | None) -> None:
    if plan is not None:
        out.print(
            f"The plan has {plan.totals.value_across}: at most {_gap(bound, plan):.1%} "
            "below the best possible.",
            markup=False,
        )


@app.command(
    epilog="Example: safepassage bound verify proof.json operation/   "
    "Exit codes: 0 it proves its claim, 1 it does not, 2 called wrongly."
)
def verify(
    certificate: Annotated[Path, typer.Argument(help="The file that --certificate wrote.")],
    scenario: Annotated[Path, typer.Argument(help="The scenario folder that it is about.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Check a certificate again with a separate small program, in whole numbers.

    It believes nothing: the best day of every vehicle under the certificate's prices is found anew.
    """
    from safepassage.adapters.certificate import read_certificate
    from safepassage.core.convoy.verify_bound import verify_bound

    read = read_certificate(certificate)
    prepared = _prepare(scenario)
    with progress("Checking"):
        verdict = verify_bound(prepared.problem, read)
    if as_json:
        print_json({
            "holds": verdict.holds, "claimed": read.value, "proven": verdict.value,
            "level": read.level, "reason": verdict.reason,
        })  # fmt: skip
    else:
        out.print(verdict.reason, markup=False)
    if not verdict.holds:
        raise typer.Exit(EXIT_RULE_BROKEN)
