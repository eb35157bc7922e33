"""``safepassage population estimate``: how many remain, with a band that can be defended."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from safepassage.cli.common import EXIT_RULE_BROKEN, err, out, print_json, progress
from safepassage.cli.population.numbers import band_ends, number
from safepassage.cli.register.common import KeysOption, PassphraseOption
from safepassage.errors import UsageError

if TYPE_CHECKING:
    from safepassage.adapters.population_people import PersonFacts
    from safepassage.adapters.register import LinkedLists
    from safepassage.adapters.store import RegisterStore
    from safepassage.core.population.departed import Presumed
    from safepassage.core.population.doubly_robust import Listed
    from safepassage.core.population.types import (
        CaptureTable,
        ComparedClaim,
        MethodEstimate,
        PopulationEstimate,
        PublicClaim,
        Recommendation,
    )
    from safepassage.core.register.draws import Doubt
    from safepassage.core.register.gazetteer import Gazetteer
    from safepassage.core.register.types import Register


def estimate(
    source: Annotated[
        Path | None,
        typer.Argument(
            metavar="TABLE|SCENARIO",
            help="A CSV with one 0/1 column per list and a 'count' column, or a scenario folder; "
            "nothing with --register.",
        ),
    ] = None,
    register: Annotated[
        Path | None,
        typer.Option("--register", metavar="STORE", help="Estimate from a register store."),
    ] = None,
    keys: KeysOption = None,
    passphrase_file: PassphraseOption = None,
    method: Annotated[
        list[str] | None,
        typer.Option("--method", "-m", help="Show only this method; may be given several times."),
    ] = None,
    level: Annotated[
        float, typer.Option(min=0.5, max=0.999, help="Nominal coverage of the intervals.")
    ] = 0.95,
    seed: Annotated[int, typer.Option(help="For the methods that draw at random.")] = 0,
    by: Annotated[
        str | None,
        typer.Option(metavar="place|sex|age", help="Also estimate parts, which add up (scenario)."),
    ] = None,
    on: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"], metavar="DATE", help="Who is there on that date (scenario)."
        ),
    ] = None,
    departures: Annotated[
        list[str] | None,
        typer.Option(
            metavar="DATE:COUNT:SOURCE",
            help="People counted as having left by a date; with --on; may be given several times.",
        ),
    ] = None,
    places: Annotated[
        str | None,
        typer.Option(metavar="ID,ID…", help="Only people who stay in these places; with --on."),
    ] = None,
    missed: Annotated[
        str | None,
        typer.Option(
            metavar="N/OF",
            help="Clerical sample: records whose match was missed, of records with a match.",
        ),
    ] = None,
    false: Annotated[
        str | None,
        typer.Option(
            metavar="N/OF",
            help="Clerical sample: persons who are two people, of persons looked at who are on two "
            "lists or more.",
        ),
    ] = None,
    unreported: Annotated[
        str | None,
        typer.Option(
            metavar="LEFT/LOOKED-FOR:WHO",
            help="People drawn at random from those of whom no list says that they are there: how "
            "many had left, of how many looked for, and who looked. Or a stated share: 2-5%:WHO.",
        ),
    ] = None,
    occasions: Annotated[
        bool,
        typer.Option("--occasions", help="The lists are equal occasions of one survey, in order."),
    ] = False,
    plot: Annotated[
        Path | None, typer.Option(metavar="FILE.svg", help="Write a picture for print.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Print the union, the public claims, the recommended band and what every method says.

    Exit code 1 means that no band can be given; the reasons are printed.

    Examples: safepassage population estimate overlaps.csv --plot overlaps.svg |
    safepassage population estimate my-scenario --by place --missed 9/150 --false 1/150 |
    safepassage population estimate my-scenario --unreported "7/150:call-backs of 14 February" |
    safepassage population estimate --register register.store
    """
    import time

    from safepassage.adapters.population_plot import population_svg
    from safepassage.cli.population.extras import Question, further_answers, unreported_of
    from safepassage.core.population import estimate as stage

    departed = unreported_of(unreported)
    question = Question.of(by, on, departures, places, missed, false, level, seed)
    with progress("estimating") as report:
        report(0, 0, "reading the lists")
        read = _read(source, register, keys, passphrase_file, people=question.needs_people)
        report(0, 0, "running the methods")
        result = stage.estimate(
            read.table,
            methods=method,
            level=level,
            seed=seed,
            claims=read.claims,
            occasions=occasions,
            draws=tuple(draw.whole for draw in read.draws),
            people=read.covariates(),
            presumed=read.draws or read.presumed,
            unreported=departed,
            clock=time.process_time,
        )
        presence = read.presence_notices() if departed is None else ()
        result = replace(result, notices=(*read.notices, *result.notices, *presence))
        report(0, 0, "further questions")
        further = further_answers(question, read, result.recommended)
    if plot is not None:
        write_picture(population_svg(result), plot)
    if as_json:
        print_json(estimate_document(result) | further.document)
    else:
        _print_estimate(result)
        for line in further.lines:
            out.print(line, markup=False)
    if result.recommended.estimate is None:
        raise typer.Exit(EXIT_RULE_BROKEN)


@dataclass(frozen=True, slots=True)
class Read:
    """What a source gives.

    Parameters
    ----------
    facts
        Linked persons; empty for a capture table.
    list_dates
        ISO date to which each list refers; empty for a capture table.
    draws
        Tables over draws of the linkage; empty for a capture table.
    presumed
        The table as linked, those apart of whom a list says that they are there; empty for a
        capture table.
    notices
        Sentences on what was set aside.
    """

    table: CaptureTable
    claims: tuple[PublicClaim, ...] = ()
    facts: tuple[PersonFacts, ...] = ()
    list_dates: tuple[tuple[str, str], ...] = ()
    draws: tuple[Presumed, ...] = ()
    presumed: tuple[Presumed, ...] = ()
    notices: tuple[str, ...] = ()

    def covariates(self) -> Listed | None:
        """Return everybody listed with place, sex and age; None for a capture table."""
        from safepassage.adapters.population_people import covariates

        if not self.facts:
            return None
        return covariates(self.facts, [name for name, _ in self.list_dates])

    def presence_notices(self) -> tuple[str, ...]:
        """Return whom the band counts where nobody has looked for people presumed there."""
        from safepassage.core.population.departed import presence_notice

        return tuple(
            presence_notice(each.there.observed, each.presumed.observed) for each in self.presumed
        )


def _read(
    source: Path | None,
    register: Path | None,
    keys: Path | None,
    passphrase_file: Path | None,
    *,
    people: bool,
) -> Read:
    if (source is None) == (register is None):
        raise UsageError("Give a table or a scenario folder, or --register STORE; one of them.")
    if source is not None:
        return read_table(source, people=people)
    from safepassage.cli.register.common import open_store

    with open_store(register or Path(), keys, passphrase_file) as store:
        return _read_store(store)


def _read_store(store: RegisterStore) -> Read:
    """Link a store's records anew, so that the doubt of the linkage is there to be drawn from."""
    from safepassage.adapters.register import link_records
    from safepassage.adapters.register_store import gazetteer_of_state, linked
    from safepassage.core.population.capture import remaining_table

    doubts: list[Doubt] = []

    def link(*given: Any, **settings: Any) -> LinkedLists:
        made = link_records(*given, **settings)
        doubts.extend([made.doubt] if made.doubt else [])
        return made

    state = store.state()
    if not state.records:
        raise UsageError(
            "The register holds no record yet; 'safepassage register import' adds a list."
        )
    result = linked(state, store.keyed("persons"), link=link)
    lists = [each.list_id for each in state.lists]
    table, notices = remaining_table(result.register, lists)
    for notice in notices:
        err.print(notice, markup=False)
    dates = tuple((each.list_id, each.as_of or each.received_on) for each in state.lists)
    latest = max((day for _, day in dates if day), default="1970-01-01")
    gazetteer = gazetteer_of_state(state)
    return _of_register(
        table, result.register, gazetteer, dates, latest, doubts[0] if doubts else None
    )


def _of_register(
    table: CaptureTable,
    register: Register,
    gazetteer: Gazetteer,
    dates: tuple[tuple[str, str], ...],
    on: str,
    doubt: Doubt | None,
) -> Read:
    from safepassage.adapters.population_people import drawn_presence, person_facts, presumed

    lists = [name for name, _ in dates]
    facts = person_facts(register, gazetteer, dict(dates), date.fromisoformat(on))
    draws = drawn_presence(doubt, register.records, lists) if doubt else ()
    return Read(table, (), facts, dates, draws, (presumed(facts, lists),))


def read_source(source: Path) -> tuple[CaptureTable, tuple[PublicClaim, ...]]:
    """Return the capture table and the public claims of a table or a scenario."""
    read = read_table(source)
    return read.table, read.claims


def read_table(source: Path, *, people: bool = False) -> Read:
    """Read a capture table or link a scenario's lists, and say what is odd.

    Raises
    ------
    UsageError
        If people are asked for and the source is a capture table.
    """
    from safepassage.adapters.capture_table import read_capture_table
    from safepassage.core.population.capture import preparation

    if source.is_dir():
        return _read_scenario(source)
    if people:
        raise UsageError(
            "--by, --on, --missed and --false need people and their lists: give a scenario folder; "
            f"{source.name} holds counts only."
        )
    read = read_capture_table(source)
    said_below = preparation(read.table)[1]
    for finding in read.findings:
        if finding.message in said_below:
            continue
        err.print(f"{finding.severity.value}: {finding}", markup=False)
    return Read(read.table)


def _read_scenario(folder: Path) -> Read:
    from safepassage.adapters.register import build_register, gazetteer_of
    from safepassage.core.population.capture import remaining_table
    from safepassage.scenario.reader import read_scenario

    read = read_scenario(folder)
    scenario = read.scenario
    result = build_register(scenario)
    register, lists = result.register, [source.list_id for source in scenario.lists]
    table, notices = remaining_table(register, lists)
    for notice in notices:
        err.print(notice, markup=False)
    dates = tuple((each.list_id, each.as_of or each.received_on) for each in scenario.lists)
    found = _of_register(
        table,
        register,
        gazetteer_of(scenario.places),
        dates,
        scenario.planning_date.date().isoformat(),
        result.doubt,
    )
    left_out = (str(each) for each in read.findings if each.file == "claims.csv")
    notices = tuple(f"A claim was set aside: {finding}" for finding in left_out)
    return replace(found, claims=scenario.claims, notices=notices)


def write_picture(svg: str, path: Path) -> None:
    """Write a picture.

    Raises
    ------
    InputError
        If it cannot be written.
    """
    from safepassage.errors import Finding, InputError

    try:
        path.write_text(svg, encoding="utf-8")
    except OSError as error:
        finding = Finding(f"the picture cannot be written ({error.strerror}).", str(path))
        raise InputError(finding) from error


def estimate_document(result: PopulationEstimate) -> dict[str, Any]:
    """Return the JSON document of an estimate; an unbounded end is null and said in words."""
    return {
        "observed": result.table.observed,
        "lists": len(result.table.lists),
        "methods": [_method_document(method) for method in result.methods],
        "recommended": _band_document(result.recommended),
        "claims": [_claim_document(compared) for compared in result.claims],
        "notices": list(result.notices),
    }


def _method_document(method: MethodEstimate) -> dict[str, Any]:
    return {
        "name": method.name,
        "estimate": number(method.estimate),
        "low": number(method.low),
        "high": number(method.high),
        "level": method.level,
        "seconds": None if method.seconds is None else round(method.seconds, 4),
        "warnings": [*method.warnings, *_unbounded(method.high)],
        "refused": method.refused or None,
    }


def _band_document(band: Recommendation) -> dict[str, Any]:
    return {
        **band_ends(band),
        "level": band.level,
        "at_least": band.at_least,
        "rule": band.rule,
        "assumption": band.assumption,
        "reasons": [*band.reasons, *_unbounded(band.high)],
    }


def _claim_document(compared: ComparedClaim) -> dict[str, Any]:
    claim = compared.claim
    return {
        "claim_id": claim.claim_id,
        "claimed_by": claim.claimed_by,
        "said_on": claim.said_on,
        "wording": claim.wording,
        "figure_low": claim.figure_low,
        "figure_high": claim.figure_high,
        "definition": claim.definition,
        "source": claim.source,
        "position": compared.position.value,
        "sentence": compared.sentence,
    }


def _unbounded(high: float | None) -> tuple[str, ...]:
    if high is None or math.isfinite(high):
        return ()
    return ("'high' is null because there is no upper limit.",)


def _print_estimate(result: PopulationEstimate) -> None:
    from safepassage.adapters.population_plot import band_words

    lists = ", ".join(result.table.lists)
    several = len(result.table.lists) > 1
    heading = (
        f"On at least one of {len(result.table.lists)} lists" if several else "On the one list"
    )
    out.print(f"{heading} ({lists}):", markup=False)
    out.print(f"  {_union_words(result)}")
    if result.claims:
        out.print("\nPublic claims, as claimed:")
    for compared in result.claims:
        out.print(f"  {compared.sentence}", markup=False)
    band = result.recommended
    out.print(f"\nRecommended: {band_words(band)}", style="bold", markup=False)
    for reason in band.reasons:
        out.print(f"  {reason}", markup=False)
    out.print(f"  Rule: {band.rule}.", markup=False)
    if band.assumption:
        out.print(f"  Assumes: {band.assumption}", markup=False)
    _print_methods(result)
    for notice in result.notices:
        out.print(f"\nNote: {notice}", markup=False)


def _union_words(result: PopulationEstimate) -> str:
    from safepassage.core.population.departed import RULE_PRESENT

    listed, least = result.table.observed, result.recommended.at_least
    if RULE_PRESENT in result.recommended.rule:
        return f"{listed:,} persons by the lists' word; at least {least:,} of them are there."
    if least < listed:
        return f"{listed:,} persons as linked; {least:,} is the least of any draw of the linkage."
    return f"{listed:,} persons. Nobody can argue with this number."


def _print_methods(result: PopulationEstimate) -> None:
    from safepassage.adapters.population_plot import METHOD_LABELS

    out.print("\nWhat each method says:")
    for method in result.methods:
        label = f"  {METHOD_LABELS.get(method.name, method.name):<30}"
        same = method.refused and method.refused == result.recommended.reasons[0]
        words = "refused, for the reason given above" if same else _method_words(method)
        out.print(label + words, markup=False)
        for warning in method.warnings:
            out.print(f"      {warning}", markup=False, style="dim")


def _method_words(method: MethodEstimate) -> str:
    if method.estimate is None or method.low is None or method.high is None:
        return f"refused: {method.refused}"
    high = f"{method.high:,.0f}" if math.isfinite(method.high) else "no upper limit"
    detail = f"  {method.detail}" if method.detail else ""
    return f"{method.estimate:>9,.0f}  ({method.low:,.0f} to {high}){detail}"
