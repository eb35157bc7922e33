"""``safepassage register link``: from lists to persons and households."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from safepassage.cli.common import err, out, print_json, progress
from safepassage.cli.register.common import (
    KeysOption,
    OverwriteOption,
    PassphraseOption,
    require_free,
)
from safepassage.errors import Finding, InputError, Severity, UsageError

if TYPE_CHECKING:
    from safepassage.adapters.linkage import Engine
    from safepassage.adapters.register import RegisterResult
    from safepassage.scenario.types import Scenario, SourceList

MOST_FINDINGS = 20
"""Findings printed one by one before the rest is only counted; ``--json`` gives all."""

EPILOG = (
    "Examples: safepassage register link --register op.store --by clerk-1 | "
    "safepassage register link my-scenario --out linked | "
    "safepassage register link families.csv council.csv --as-of 2025-02-11"
)


def link(
    lists: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="LISTS...", help="CSV lists in any encoding, or one scenario folder."
        ),
    ] = None,
    scenario: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Scenario whose places, and list mappings, are used."),
    ] = None,
    folder: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="DIR",
            help="Write persons.csv, links.csv, review.csv, overlaps.csv, model.json and rejects.",
        ),
    ] = None,
    engine: Annotated[
        str, typer.Option(metavar="NAME", help="The engine that compares: duckdb or spark.")
    ] = "duckdb",
    spark_master: Annotated[
        str, typer.Option(metavar="URL", help="With --engine spark: the cluster's master.")
    ] = "local[*]",
    as_of: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"], metavar="DATE", help="Date to which ages in bare lists refer."
        ),
    ] = None,
    with_names: Annotated[
        bool,
        typer.Option(
            "--with-names",
            help="Also write names. Left out by default, because a file of names and places is a "
            "list of targets for its finder; row numbers say the same to whoever has the lists.",
        ),
    ] = False,
    register: Annotated[
        Path | None,
        typer.Option("--register", metavar="STORE", help="Link the records of a register store."),
    ] = None,
    retrain: Annotated[
        bool,
        typer.Option("--retrain", help="With --register: learn the model anew from all records."),
    ] = False,
    overwrite: OverwriteOption = False,
    by: Annotated[
        str,
        typer.Option("--by", metavar="ROLE", envvar="SAFEPASSAGE_BY", help="Who links: a role."),
    ] = "",
    keys: KeysOption = None,
    passphrase_file: PassphraseOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Link a register store, or lists in one shot: persons, households, review queue.

    With --register the first run learns the model and keeps it in the store, so that the next list
    is linked by the same model in seconds; what is new since the last link is printed. Without,
    bare CSV files need no mapping: columns are taken by their names in English, Ukrainian or
    Russian, and the choice is printed for you to check.
    """
    chosen = _engine(engine, spark_master)
    if register is not None or not (lists or scenario):
        _link_store(
            register, lists, folder, by, keys, passphrase_file, chosen,
            retrain=retrain, as_json=as_json,
        )  # fmt: skip
        return
    found = _sources(lists or [], scenario)
    _require_free(found[1], found[0], folder, overwrite=overwrite)
    day = as_of.date().isoformat() if as_of else ""
    with progress("Linking") as report:
        result = _link(*found, day, chosen, report)
    ids = [source.list_id for source in found[1]]
    written = _write(result, ids, folder, with_names=with_names)
    document = _document(result, ids, written)
    if as_json:
        print_json(document)
    else:
        _print(document, result)


def _link_store(
    register: Path | None,
    lists: Sequence[Path] | None,
    folder: Path | None,
    by: str,
    keys: Path | None,
    passphrase_file: Path | None,
    engine: Engine,
    *,
    retrain: bool,
    as_json: bool,
) -> None:
    from safepassage.cli.register.link_store import link_store, store_meant

    if lists:
        raise UsageError("name lists or --register, not both; 'register import' takes lists in.")
    if folder is not None:
        raise UsageError("--out is for lists; from a store use 'safepassage register export'.")
    link_store(
        store_meant(register), by, keys, passphrase_file, engine, retrain=retrain, as_json=as_json
    )


def _engine(name: str, master: str) -> Engine:
    from safepassage.adapters.linkage import engine_named

    return engine_named(name, master if name == "spark" else "")


def _sources(
    lists: Sequence[Path], scenario_folder: Path | None
) -> tuple[Scenario | None, tuple[SourceList, ...]]:
    """Return the scenario, if any, and the lists to read."""
    if len(lists) == 1 and lists[0].is_dir():
        scenario_folder, lists = lists[0], []
    scenario = _read(scenario_folder) if scenario_folder else None
    if not lists and scenario is None:
        raise UsageError("name the lists to link, or a scenario folder")
    if not lists and scenario is not None:
        return scenario, scenario.lists
    return scenario, tuple(_bare(path, scenario) for path in _distinct(lists))


def _read(folder: Path) -> Scenario:
    from safepassage.scenario.reader import read_scenario

    return read_scenario(folder).scenario


def _distinct(lists: Sequence[Path]) -> Sequence[Path]:
    for path in lists:
        if not path.is_file():
            raise InputError(Finding("there is no such file", str(path)))
    repeated = [stem for stem, times in Counter(path.stem for path in lists).items() if times > 1]
    if repeated:
        raise UsageError(
            f"two lists are named '{repeated[0]}'; rename one: the name stands for its list"
        )
    return lists


def _bare(path: Path, scenario: Scenario | None) -> SourceList:
    """Return the scenario's description of a list that it knows, else one to be guessed."""
    from safepassage.scenario.types import SourceList

    for known in scenario.lists if scenario else ():
        if scenario and (scenario.folder / known.path).resolve() == path.resolve():
            return known
    return SourceList(path.stem, path.stem, str(path.resolve()), ())


def _require_free(
    sources: Sequence[SourceList],
    scenario: Scenario | None,
    folder: Path | None,
    *,
    overwrite: bool,
) -> None:
    from safepassage.adapters.register_export import FILES

    if folder is None:
        return
    root = scenario.folder if scenario else Path()
    targets = [*(folder / name for name in FILES), *(folder / "rejects").glob("*.csv")]
    require_free(targets, overwrite=overwrite, inputs=[root / each.path for each in sources])


def _link(
    scenario: Scenario | None,
    sources: tuple[SourceList, ...],
    as_of: str,
    engine: Engine,
    report: Any,
) -> RegisterResult:
    from dataclasses import replace

    from safepassage.adapters.lists import read_list
    from safepassage.adapters.register import gazetteer_of, register_of
    from safepassage.core.register.households import PartyRules

    folder = scenario.folder if scenario else Path()
    read = [read_list(folder, s if s.as_of else replace(s, as_of=as_of)) for s in sources]
    on = scenario.planning_date.date().isoformat() if scenario else as_of
    rules = PartyRules(
        on=on or datetime.now(tz=UTC).date().isoformat(),
        need_priority=scenario.planning.need_priority if scenario else (),
        list_date=tuple((s.list_id, s.as_of or s.received_on or as_of) for s in sources),
    )
    places = gazetteer_of(scenario.places if scenario else ())
    return register_of(read, places, rules, report, engine=engine)


def _write(
    result: RegisterResult, ids: Sequence[str], folder: Path | None, *, with_names: bool
) -> list[str]:
    from safepassage.adapters.register_export import write_register

    if folder is None:
        return []
    return [str(path) for path in write_register(result, ids, folder, with_names=with_names)]


def _document(result: RegisterResult, ids: Sequence[str], written: list[str]) -> dict[str, Any]:
    from safepassage.adapters.register_export import overlaps, probability_bands

    register = result.register
    header, rows = overlaps(register, ids)
    accepted = [each for each in register.links if each.accepted]
    return {
        "records": len(register.records),
        "records_by_list": dict(sorted(Counter(r.list_id for r in register.records).items())),
        "persons": len(register.persons),
        "households": len(register.households),
        "links": {"accepted": len(accepted), "by_probability": probability_bands(register.links)},
        "review": len(register.review),
        "rejects": len(result.rejects),
        "overlaps": [dict(zip(header, row, strict=True)) for row in rows],
        "findings": [finding.to_json() for finding in result.findings],
        "files": written,
    }


def _print(document: dict[str, Any], result: RegisterResult) -> None:
    out.print(
        f"{document['records']} records on {len(document['records_by_list'])} lists are "
        f"{document['persons']} persons in {document['households']} households."
    )
    bands = ", ".join(f"{n} at {band}" for band, n in document["links"]["by_probability"].items())
    out.print(f"Links: {document['links']['accepted']} accepted; by probability {bands}.")
    out.print(f"To review: {document['review']} pairs. Rows set aside: {document['rejects']}.")
    for path in document["files"]:
        out.print(f"  {path}", markup=False)
    _print_findings(result.findings)


def _print_findings(findings: Sequence[Finding]) -> None:
    ordered = sorted(findings, key=lambda finding: finding.severity is not Severity.ERROR)
    for finding in ordered[:MOST_FINDINGS]:
        err.print(str(finding), markup=False)
    if len(ordered) > MOST_FINDINGS:
        err.print(f"and {len(ordered) - MOST_FINDINGS} more findings; --json shows all.")
