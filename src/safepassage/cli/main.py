"""The ``safepassage`` command: a table of lazily loaded commands."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperGroup
from typer.exceptions import Abort, TyperException
from typer.main import get_command

from safepassage._version import __version__
from safepassage.cli.common import (
    EXIT_INTERRUPTED,
    report_crash,
    report_error,
    report_file,
    report_interruption,
    report_usage,
)
from safepassage.errors import SafePassageError

COMMANDS = {
    "demo": "safepassage.cli.demo",
    "scenario": "safepassage.cli.scenario",
    "plan": "safepassage.cli.plan",
    "check": "safepassage.cli.check",
    "replan": "safepassage.cli.replan",
    "simulate": "safepassage.cli.simulate",
    "bound": "safepassage.cli.bound",
    "register": "safepassage.cli.register",
    "population": "safepassage.cli.population",
    "corridor": "safepassage.cli.corridor",
    "agreement": "safepassage.cli.agreement",
    "ledger": "safepassage.cli.ledger",
    "roads": "safepassage.cli.roads",
}
"""Command name to the module whose ``app`` is a :class:`typer.Typer`."""


class LazyGroup(TyperGroup):
    """Imports a command's module only when the command is run or described."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 - typer's signature
        """Return the commands in the order of the work."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002
        """Import and return one command, or None if there is none of that name."""
        module = COMMANDS.get(cmd_name)
        if module is None:
            return None
        command = get_command(import_module(module).app)
        command.name = cmd_name
        return command


app = typer.Typer(
    cls=LazyGroup,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Plan, agree and run humanitarian corridors and account for every person in them.",
    epilog="Exit codes: 0 done, 1 the plan or an input breaks a rule, 2 called wrongly.",
)


def _print_version(value: bool) -> None:
    if value:
        typer.echo(f"safepassage {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool,
        typer.Option(
            "--version", help="Print the version.", callback=_print_version, is_eager=True
        ),
    ] = False,
) -> None:
    """Plan, agree and run humanitarian corridors and account for every person in them."""


def run(arguments: list[str] | None = None) -> int:
    """Run the command line and return its exit code; no traceback reaches a user."""
    arguments = sys.argv[1:] if arguments is None else arguments
    as_json = "--json" in arguments
    try:
        result: Any = get_command(app).main(
            args=arguments, prog_name="safepassage", standalone_mode=False
        )
    except TyperException as error:
        return report_usage(error, as_json=as_json)
    except (Abort, KeyboardInterrupt):
        return report_interruption(as_json=as_json)
    except SafePassageError as error:
        return report_error(error, as_json=as_json)
    except OSError as error:
        return report_file(error, as_json=as_json)
    except Exception as error:  # noqa: BLE001 - the last line of defence for the user
        return report_crash(error, as_json=as_json)
    if result == EXIT_INTERRUPTED:  # typer answers Ctrl-C with the code instead of raising
        return report_interruption(as_json=as_json)
    return result if isinstance(result, int) else 0


def main() -> None:
    """Entry point of the installed script."""
    sys.exit(run())
