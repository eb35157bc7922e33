"""The tutorials are run as they are written: a command that fails there would fail a newcomer."""

import re
import shlex
from pathlib import Path

import pytest

from safepassage.cli.main import run

TUTORIALS = Path(__file__).parent.parent / "docs" / "tutorials"


def blocks(page: Path) -> list[tuple[str, str]]:
    """Return the blocks that a reader would run, in order: (console or python, text)."""
    text = page.read_text(encoding="utf-8")
    return re.findall(r"```(console|python)\n(.*?)```", text, re.DOTALL)


@pytest.mark.parametrize("page", sorted(TUTORIALS.glob("*.md")), ids=lambda page: page.stem)
def test_every_command_of_the_tutorial_works(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    found = blocks(page)
    assert found
    for language, text in found:
        if language == "python":
            exec(compile(text, str(page), "exec"), names)
            continue
        for line in filter(str.strip, text.splitlines()):
            obey(line, monkeypatch)


def obey(line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    program, *arguments = shlex.split(line)
    if program == "export":
        monkeypatch.setenv(*arguments[0].split("=", 1))
        return
    assert program == "safepassage"
    assert run(arguments) == 0, line
