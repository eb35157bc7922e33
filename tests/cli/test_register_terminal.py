"""Text from files does nothing to the terminal but appear."""

from __future__ import annotations

import io

import pytest
from rich.table import Table

from safepassage.cli.common import PlainConsole, print_json


@pytest.fixture
def console() -> PlainConsole:
    return PlainConsole(file=io.StringIO(), highlight=False, soft_wrap=True)


def printed(console: PlainConsole) -> str:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


HOSTILE = "\ud800a\x1b[31mred\x1b]0;title\x07\x9b2J\u202eback\u2066\x7f\x00"


def test_what_a_terminal_would_obey_is_replaced(console: PlainConsole) -> None:
    console.print(HOSTILE, markup=False)
    text = printed(console)
    assert text.startswith("\ufffda\ufffd[31mred")
    assert not set(text) & set("\x1b\x07\x9b\u202e\u2066\x7f\x00")


def test_cells_of_a_table_are_no_exception(console: PlainConsole) -> None:
    table = Table()
    table.add_column("name")
    table.add_row(HOSTILE)
    console.print(table)
    assert "\x1b" not in printed(console)


def test_names_lines_and_tabs_stay_as_they_are(console: PlainConsole) -> None:
    console.print("Ґудзенко\nЄва\u0301 – «х»", markup=False)
    assert printed(console) == "Ґудзенко\nЄва\u0301 – «х»\n"


def test_half_a_sign_stops_no_document(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({"name": "Є\ud800"})
    assert '"Є?"' in capsys.readouterr().out
