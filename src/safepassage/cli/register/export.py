"""``safepassage register export``: what leaves the register, for whom, and who was left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from safepassage.cli.common import err, out, print_json, progress
from safepassage.cli.register.common import (
    ByOption,
    KeysOption,
    OverwriteOption,
    PassphraseOption,
    StoreOption,
    require_free,
)
from safepassage.cli.register.desk import Desk, at_desk
from safepassage.errors import Finding, InputError, UsageError

if TYPE_CHECKING:
    from safepassage.adapters.hxl import HxlTable
    from safepassage.adapters.pfif_write import EarlierRecord, PfifExport, PfifRules
    from safepassage.adapters.register_export import HouseholdsWritten
    from safepassage.core.register.entries import RegisterState
    from safepassage.core.register.people import PersonView

PFIF_EPILOG = (
    "Example: safepassage register export pfif --register op.store --out found.xml "
    "--expires 2025-06-01 --domain tracing.example.org"
)
HXL_EPILOG = "Example: safepassage register export hxl --register op.store --out people.csv"
CAPTURES_EPILOG = (
    "Example: safepassage register export captures --register op.store --out overlaps.csv && "
    "safepassage population estimate overlaps.csv"
)
HOUSEHOLDS_EPILOG = (
    "Example: safepassage register export households --register op.store --scenario my-scenario"
)
PFIF_KIND = "pfif"
NAMES_WARNING = (
    "This file names people. It is readable by you only; hand it on encrypted (--recipient), and "
    "delete it when it has arrived."
)

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="What leaves the register: published persons, counts, overlaps, planning rows.",
)

OutOption = Annotated[Path, typer.Option("--out", metavar="FILE", help="File to write.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
DateOption = Annotated[
    datetime | None,
    typer.Option("--on", formats=["%Y-%m-%d"], metavar="DATE", help="Day on which ages count; "
                 "today if not given."),
]  # fmt: skip
RecipientOption = Annotated[
    list[str] | None,
    typer.Option(
        "--recipient", metavar="AGE_KEY", help="Encrypt to this age public key; may be repeated."
    ),
]


@app.callback()
def export() -> None:
    """Write what leaves the register."""


# -------------------------------------------------------------------------------------------- PFIF


@app.command(epilog=PFIF_EPILOG)
def pfif(
    register: StoreOption,
    path: OutOption,
    expires: Annotated[
        datetime,
        typer.Option(
            formats=["%Y-%m-%d"],
            metavar="DATE",
            help="Day on which every record expires, wherever a copy of it has gone.",
        ),
    ],
    domain: Annotated[
        str, typer.Option(metavar="DOMAIN", help="Internet domain of the publisher.")
    ],
    by: ByOption,
    audience: Annotated[
        str,
        typer.Option(
            "--for", metavar="WHOM", help="public, relatives or search: each needs its own consent."
        ),
    ] = "public",
    source: Annotated[
        str, typer.Option(metavar="NAME", help="Publisher's name as readers see it.")
    ] = "",
    previous: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE",
            help="An earlier export that this store does not know of: "
            "whoever is no longer published becomes a placeholder.",
        ),
    ] = None,
    recipient: RecipientOption = None,
    overwrite: OverwriteOption = False,
    keys: KeysOption = None,
    passphrase_file: PassphraseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write PFIF 1.4 of the persons who said yes to it; everybody else is counted, not named.

    Not asked is acted on as no. Telephone numbers, addresses, needs and deaths are never in it.
    What was published earlier and may not be any more becomes a placeholder: ids and dates only.
    """
    from safepassage.adapters.outgoing import outgoing_path

    require_free(
        [outgoing_path(path, recipient or ())], overwrite=overwrite, register=register, keys=keys,
        passphrase_file=passphrase_file, inputs=previous or (),
    )  # fmt: skip
    with at_desk(register, keys, passphrase_file) as desk:
        rules = _pfif_rules(desk, expires, domain, audience, source)
        made = _pfif(desk, rules, previous or [])
        # The log first: a file that nobody knows of could never be taken back.
        desk.append([_exported(made, rules)], by)
        written = _write(path, made.xml, recipient)
    document = {
        "file": str(written), "for": audience, "expires": rules.expires, "persons": made.persons,
        "notes": made.notes, "placeholders": made.placeholders, "left_out": dict(made.left_out),
    }  # fmt: skip
    if as_json:
        print_json(document)
        return
    out.print(
        f"{written}: {made.persons} persons, {made.placeholders} placeholders, all of which expire "
        f"on {rules.expires}.",
        markup=False,
    )
    for reason, persons in made.left_out:
        out.print(f"  left out: {persons} ({reason})", markup=False)
    err.print(NAMES_WARNING)


def _pfif_rules(
    desk: Desk, expires: datetime, domain: str, audience: str, source: str
) -> PfifRules:
    from safepassage.adapters.pfif_write import Audience, PfifRules
    from safepassage.ids import document_token

    now = datetime.now(tz=UTC)
    if expires.date() <= now.date():
        raise UsageError(f"--expires is {expires.date()}, which is not after today.")
    if audience not in list(Audience):
        raise UsageError(f"--for is '{audience}'; accepted: {', '.join(Audience)}.")
    if "." not in domain or domain != domain.strip().lower() or "/" in domain:
        raise UsageError(
            "--domain is an internet domain in lower case, such as tracing.example.org."
        )
    key = desk.store.keyed("pfif")
    return PfifRules(
        now=now,
        expires=expires.date().isoformat(),
        domain=domain,
        source_name=source or domain,
        local_id=lambda record_id: document_token(record_id, key, 12),
        list_dates=tuple(
            (each.list_id, each.received_on, each.retain_until) for each in desk.result.state.lists
        ),
        audience=Audience(audience),
    )


def _pfif(desk: Desk, rules: PfifRules, previous: Sequence[Path]) -> PfifExport:
    from safepassage.adapters.pfif_write import pfif_export

    return pfif_export(
        _views(desk, rules.now.date().isoformat()),
        rules,
        contested=desk.result.state.contested,
        withdrawn=desk.result.withdrawn,
        earlier=[*_published(desk.result.state, rules), *_from_files(previous)],
    )


def _published(state: RegisterState, rules: PfifRules) -> list[EarlierRecord]:
    """Return what the store knows to have been published for the same readers."""
    from safepassage.adapters.pfif_write import EarlierRecord

    kind = f"{PFIF_KIND}-{rules.audience}"
    return [
        EarlierRecord(public_id, f"{each.expires_on}T00:00:00Z" if each.expires_on else "")
        for each in state.exported
        if each.kind == kind
        for public_id in each.public_ids
        if public_id.startswith(f"{rules.domain}/")
    ]


def _from_files(previous: Sequence[Path]) -> list[EarlierRecord]:
    from safepassage.adapters.pfif_write import read_earlier

    found: list[EarlierRecord] = []
    for path in previous:
        try:
            found += read_earlier(path.read_bytes())
        except ValueError as error:
            raise InputError(Finding(f"{error}.", str(path))) from error
    return found


def _exported(made: PfifExport, rules: PfifRules) -> Any:
    from safepassage.core.register.entries import Exported

    return Exported(
        f"{PFIF_KIND}-{rules.audience}", made.record_ids, made.public_ids, rules.expires
    )


# --------------------------------------------------------------------------------------------- HXL


@app.command(epilog=HXL_EPILOG)
def hxl(
    register: StoreOption,
    path: OutOption,
    minimum: Annotated[
        int, typer.Option(min=2, max=1000, help="The smallest count shown besides zero.")
    ] = 10,
    source: Annotated[str, typer.Option(metavar="NAME", help="Who publishes the counts.")] = "",
    on: DateOption = None,
    overwrite: OverwriteOption = False,
    keys: KeysOption = None,
    passphrase_file: PassphraseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write counts by place, sex, age, need and choice with HXL hashtags; small ones are hidden.

    So many others are hidden too that no hidden count can be worked out from the sums. Two exports
    of different days can be subtracted from each other: do not publish often. One with a smaller
    --minimum shows what an earlier one hid.
    """
    from safepassage.adapters.hxl import hxl_csv, hxl_table

    day = _day(on)
    require_free(
        [path], overwrite=overwrite, register=register, keys=keys, passphrase_file=passphrase_file
    )
    with at_desk(register, keys, passphrase_file) as desk:
        names = place_names(desk.result.state)
        with progress("Hiding small counts"):
            table = hxl_table(_views(desk, day), names, minimum)
    text = hxl_csv(table, on=day, source=source or "not stated")
    written = _write(path, text.encode("utf-8-sig"), None)
    document = _hxl_document(table, written)
    if as_json:
        print_json(document)
        return
    out.print(
        f"{written}: {document['places']} rows; {document['shown']} counts shown, "
        f"{document['hidden']['small']} hidden because they are under {minimum}, "
        f"{document['hidden']['others']} more so that those cannot be worked out.",
        markup=False,
    )
    if table.merged:
        out.print(f"{table.merged} places with under {3 * minimum} persons are counted together.")


def _hxl_document(table: HxlTable, written: Path) -> dict[str, Any]:
    from safepassage.adapters.hxl import ALL_PLACES, COLUMNS

    printed = dict(COLUMNS)
    shown = table.shown()
    hidden = {
        name: sum(cell[1] in printed for cell in cells)
        for name, cells in (
            ("small", table.suppression.small), ("others", table.suppression.others)
        )
    }  # fmt: skip
    return {
        "file": str(written),
        "minimum": table.minimum,
        "places": len(table.rows),
        "merged_places": table.merged,
        "shown": len(shown),
        "hidden": hidden,
        "all_places": {
            column: shown.get((ALL_PLACES, column)) for column, _tag in COLUMNS
        },
    }  # fmt: skip


# ---------------------------------------------------------------------------------------- captures


@app.command(epilog=CAPTURES_EPILOG)
def captures(
    register: StoreOption,
    path: OutOption,
    by: Annotated[
        str,
        typer.Option("--stratum", metavar="NAME", help="Also one file for each place, sex or age."),
    ] = "",
    on: DateOption = None,
    overwrite: OverwriteOption = False,
    keys: KeysOption = None,
    passphrase_file: PassphraseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write who is on which lists, counted, for 'population estimate'. For the team only.

    Counts are exact, small ones too: an estimate from a table with holes is wrong. Strata of fewer
    than 30 persons are put together.
    """
    from safepassage.adapters.capture_table import write_capture_table
    from safepassage.adapters.captures import STRATA, capture_strata

    if by and by not in STRATA:
        raise UsageError(f"--stratum is '{by}'; accepted: {', '.join(STRATA)}.")
    free = partial(
        require_free, overwrite=overwrite, register=register, keys=keys,
        passphrase_file=passphrase_file,
    )  # fmt: skip
    if not by:
        free([path])
    with at_desk(register, keys, passphrase_file) as desk:
        state = desk.result.state
        lists = [each.list_id for each in state.lists]
        strata = capture_strata(
            _views(desk, _day(on)), lists, by, place_names=place_names(state)
        )  # fmt: skip
    targets = {_stratum_path(path, each.name): each for each in strata}
    free(targets)
    files = {}
    for target, stratum in targets.items():
        _write(target, b"", None)
        write_capture_table(stratum.table, target)
        files[str(target)] = stratum.table.observed
    if as_json:
        print_json({"lists": lists, "files": files})
        return
    for name, persons in files.items():
        out.print(f"{name}: {persons} persons", markup=False)
    err.print("Exact counts, small ones included: for the intermediary only, not for publication.")


def _stratum_path(path: Path, name: str) -> Path:
    return path.with_name(f"{path.stem}-{name}{path.suffix}") if name else path


# -------------------------------------------------------------------------------------- households


@app.command(epilog=HOUSEHOLDS_EPILOG)
def households(
    register: StoreOption,
    path: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Only write the rows, here.")
    ] = None,
    scenario: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Make them this scenario's households, by its planning date and priorities; its "
            "lists are then not linked any more.",
        ),
    ] = None,
    overwrite: OverwriteOption = False,
    keys: KeysOption = None,
    passphrase_file: PassphraseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write households.csv for a scenario: tokens, counts, needs, wishes; no names."""
    if (path is None) == (scenario is None):
        raise UsageError("Give --scenario DIR to plan with these households, or --out FILE.")
    target = path or (scenario or Path()) / "households.csv"
    require_free(
        [target], overwrite=overwrite, register=register, keys=keys, passphrase_file=passphrase_file
    )
    with at_desk(register, keys, passphrase_file) as desk:
        file, written = _hand_over(desk, path, scenario)
        withdrawn = len(desk.result.withdrawn)
    document = {
        "file": str(file), "rows": written.rows, "persons": written.persons,
        "without_place": written.without_place, "withdrawn": withdrawn,
    }  # fmt: skip
    if as_json:
        print_json(document)
        return
    out.print(f"{file}: {written.persons} persons in {written.rows} rows.", markup=False)
    if scenario is not None:
        out.print("The scenario plans with these rows; its lists are not linked any more.")
    if written.without_place:
        out.print(f"In no row: {written.without_place} persons at no place of the scenario.")
    if withdrawn:
        out.print(f"In no row: {withdrawn} persons who withdrew from the register.")


def _hand_over(
    desk: Desk, path: Path | None, folder: Path | None
) -> tuple[Path, HouseholdsWritten]:
    from safepassage.adapters.register_export import hand_over, write_households
    from safepassage.scenario.reader import read_scenario

    if folder is None:
        assert path is not None  # noqa: S101 - the command has refused neither and both
        return path, write_households(desk.result, path)
    return folder / "households.csv", hand_over(desk.result, read_scenario(folder).scenario)


# ------------------------------------------------------------------------------------------ shared


def place_names(state: RegisterState) -> Mapping[str, str]:
    """Return the first name that the store has of each place."""
    names: dict[str, str] = {}
    for place_id, name in state.places:
        names.setdefault(place_id, name)
    return names


def _views(desk: Desk, on: str) -> tuple[PersonView, ...]:
    from dataclasses import replace

    from safepassage.core.register.people import person_views

    return person_views(desk.result.register, replace(desk.result.rules, on=on))


def _day(on: datetime | date | None) -> str:
    return (on or datetime.now(tz=UTC)).strftime("%Y-%m-%d")


def _write(path: Path, content: bytes, recipients: Sequence[str] | None) -> Path:
    from safepassage.adapters.outgoing import write_outgoing

    return write_outgoing(path, content, recipients or ())
