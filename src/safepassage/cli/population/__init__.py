"""``safepassage population``: a table of its commands, each in the module that its name says."""

from __future__ import annotations

import typer

from safepassage.cli.population.anchor import anchor
from safepassage.cli.population.estimate import estimate, estimate_document
from safepassage.cli.population.sensitivity import sensitivity
from safepassage.cli.population.simulate import simulate

__all__ = ["app", "estimate_document"]

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="Estimate how many people remain from lists that overlap.",
)


@app.callback()
def population() -> None:
    """Estimate how many people remain from lists that overlap."""


for command in (estimate, sensitivity, simulate, anchor):
    app.command()(command)
