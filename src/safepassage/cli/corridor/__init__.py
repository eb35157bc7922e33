"""``safepassage corridor``: a table of its commands, each in the module that its name says."""

from __future__ import annotations

import typer

from safepassage.cli.corridor.close import close
from safepassage.cli.corridor.diff import diff
from safepassage.cli.corridor.find import find
from safepassage.cli.corridor.isochrone import isochrone
from safepassage.cli.corridor.matrix import matrix
from safepassage.cli.corridor.vital import vital
from safepassage.cli.corridor.what_if import what_if

__all__ = ["app"]

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="Ways out of a place, with time against exposure; what changes when a road closes.",
)


@app.callback()
def corridor() -> None:
    """Ways out of a place, with time against exposure; what changes when a road closes."""


for command in (find, matrix, isochrone, close, diff, vital):
    app.command()(command)
app.command("what-if")(what_if)
