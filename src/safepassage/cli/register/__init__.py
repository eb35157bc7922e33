"""``safepassage register``: a table of its commands, each in the module that its name says."""

from __future__ import annotations

import typer

from safepassage.cli.register.link import EPILOG as LINK_EPILOG
from safepassage.cli.register.link import link

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="Who is there? From lists to persons and households.",
)


@app.callback()
def group() -> None:
    """Who is there? From lists to persons and households."""


app.command(epilog=LINK_EPILOG)(link)
