"""What every command shares: output, progress, errors and exit codes."""

from __future__ import annotations

import json
import os
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)
from rich.text import Text
from typer.exceptions import TyperException

from safepassage.errors import Finding, InputError, SafePassageError, UsageError

EXIT_DONE = 0
EXIT_RULE_BROKEN = 1
EXIT_USAGE = 2
EXIT_INTERRUPTED = 130

_CONTROL = {
    number: "\ufffd"
    for span in ((0, 8), (11, 31), (127, 159), (0x202A, 0x202E), (0x2066, 0x2069), (0xD800, 0xDFFF))
    for number in range(span[0], span[1] + 1)
}
"""What moves a cursor, colours, renames a window or turns text round; tab and new line stay."""


class PlainConsole(Console):
    """A terminal on which text from files does nothing but appear."""

    def render_str(self, text: str, **options: Any) -> Text:
        """Return text to print, without what a terminal would obey."""
        return super().render_str(text.translate(_CONTROL), **options)


out = PlainConsole(highlight=False, soft_wrap=True)
err = PlainConsole(stderr=True, highlight=False, soft_wrap=True)


def print_json(document: Any) -> None:
    """Write one JSON document to standard output, keys as given, UTF-8."""
    text = json.dumps(document, ensure_ascii=False, indent=2, allow_nan=False)
    sys.stdout.write(text.encode("utf-8", "replace").decode() + "\n")  # half a sign is none


class Reporter(Protocol):
    """Receives progress from a long step."""

    def __call__(self, done: float, total: float, text: str = "") -> None:
        """Say how far the step is."""


@contextmanager
def progress(title: str) -> Iterator[Reporter]:
    """Show a progress bar on standard error while the block runs; nothing off a terminal."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[text]}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as bar:
        task = bar.add_task(title, total=None, text="")

        def report(done: float, total: float, text: str = "") -> None:
            bar.update(task, completed=done, total=total or None, text=text)

        yield report


def error_document(error: SafePassageError) -> dict[str, Any]:
    """Return the one JSON shape in which every command reports an error."""
    findings = error.findings if isinstance(error, InputError) else ()
    return {
        "error": {
            "kind": type(error).__name__,
            "message": str(error),
            "findings": [finding.to_json() for finding in findings],
        }
    }


def report_error(error: SafePassageError, *, as_json: bool) -> int:
    """Print `error` as a sentence or as JSON and return the exit code."""
    if as_json:
        print_json(error_document(error))
    else:
        for line in str(error).splitlines():
            err.print(line, markup=False, style="red")
    return EXIT_USAGE if isinstance(error, UsageError) else EXIT_RULE_BROKEN


def report_usage(error: TyperException, *, as_json: bool) -> int:
    """Show how the command should have been called and return the exit code."""
    if as_json:
        return report_error(UsageError(error.format_message()), as_json=True)
    show = getattr(error, "show", None)
    if show is None:
        err.print(error.format_message(), markup=False, style="red")
    else:
        show()
    return EXIT_USAGE


def report_file(error: OSError, *, as_json: bool) -> int:
    """Say which file or folder the system refused, and why; return the exit code."""
    place = str(error.filename or "a file")
    reason = (error.strerror or type(error).__name__).lower()
    message = f"cannot be read or written: {reason}."
    return report_error(InputError(Finding(message, place)), as_json=as_json)


def report_interruption(*, as_json: bool) -> int:
    """Say that the user stopped the command, and return the exit code."""
    report_error(
        SafePassageError("Stopped before it was done; no answer was given."), as_json=as_json
    )
    return EXIT_INTERRUPTED


def report_crash(error: Exception, *, as_json: bool) -> int:
    """Say that the program itself failed, where, and without any value that it was handling.

    The text of an unexpected exception may hold personal data, so only its type and the place in
    the code are shown. ``SAFEPASSAGE_DEBUG=1`` shows everything, for developers with invented data.
    """
    if os.environ.get("SAFEPASSAGE_DEBUG") == "1":
        traceback.print_exception(error)
        return EXIT_RULE_BROKEN
    frame = traceback.extract_tb(error.__traceback__)[-1]
    sentence = (
        f"safepassage failed inside itself ({type(error).__name__} at "
        f"{Path(frame.filename).name}:{frame.lineno}). Do not use what it was writing. "
        "Please report this line; it holds no personal data."
    )
    return report_error(SafePassageError(sentence), as_json=as_json)
