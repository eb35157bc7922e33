"""``safepassage register link-encoded``: the counter's one command."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from safepassage.cli.common import out, print_json, progress
from safepassage.cli.register.common import OverwriteOption, require_free
from safepassage.cli.register.encode import today
from safepassage.errors import Finding, InputError

if TYPE_CHECKING:
    from safepassage.adapters.sealed import Session
    from safepassage.core.register.sealed_cells import Cells

EPILOG = (
    "Example: safepassage register link-encoded families.sealed council.sealed hospital.sealed "
    "--session june.session --key counter.key --out overlaps.csv"
)


def link_encoded(
    sets: Annotated[list[Path], typer.Argument(metavar="SET...", help="One set of every side.")],
    session: Annotated[Path, typer.Option("--session", metavar="FILE", help="The terms.")],
    key: Annotated[Path, typer.Option("--key", metavar="FILE", help="The counter's secret.")],
    path: Annotated[Path, typer.Option("--out", metavar="FILE", help="Capture table to write.")],
    overwrite: OverwriteOption = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Count the overlaps of sealed sets: cells only, small ones held back, once per session.

    Writes the table for `population estimate`, and two more with the lower and upper bounds of the
    cells that are held back: estimate all three to see what holding back costs.
    """
    from safepassage.adapters.sealed import read_session
    from safepassage.adapters.sealed_count import count_sealed, write_cells

    _require_folder(path)
    require_free([path], overwrite=overwrite, inputs=(*sets, session, key))
    terms = read_session(session)
    with progress("Counting"):
        cells = count_sealed(terms, sets, key, today())
    files = [str(each) for each in write_cells(cells, path)]
    document = _document(terms, cells, files)
    if as_json:
        print_json(document)
    else:
        _print(document)


def _require_folder(path: Path) -> None:
    """Refuse before the one count that a session has is spent."""
    if not path.parent.is_dir() or path.is_dir():
        raise InputError(
            Finding("cannot be written: name a file in a folder that exists.", str(path))
        )


def _document(terms: Session, cells: Cells, files: list[str]) -> dict[str, Any]:
    from safepassage.core.register.sealed_cells import proven_loss

    return {
        "session": terms.session_id,
        "compare": terms.spoken,
        "lists": list(cells.lists),
        "minimum_cell": terms.minimum_cell,
        "epsilon": terms.epsilon,
        "proven_loss": proven_loss(terms.epsilon, len(cells.lists)),
        "held_back_persons": cells.held_back,
        "cells": [
            {
                "lists": [name for name, on in zip(cells.lists, each.history, strict=True) if on],
                "shown": each.shown.value,
                "low": each.low,
                "high": each.high,
                "count": each.count,
            }
            for each in cells.cells
        ],
        "files": files,
    }


def _print(document: dict[str, Any]) -> None:
    held = [each for each in document["cells"] if each["shown"] != "count"]
    for each in document["cells"]:
        if each["shown"] == "count":
            out.print(f"{each['count']:7d}  {' + '.join(each['lists'])}", markup=False)
    together = document["held_back_persons"]
    how_many = f"{together} persons" if together is not None else "too few persons to say"
    if held:
        out.print(
            f"{len(held)} cells are held back, with {how_many} together; in the table they stand "
            "with a share of these, in the two other tables with their bounds."
        )
    out.print(
        f"Every cell carries noise (epsilon {document['epsilon']:g}); the privacy loss that is "
        f"proven for one record is {document['proven_loss']:g}."
    )
    for each in document["files"]:
        out.print(f"  {each}", markup=False)
