"""The tutorials are run as they are written: a command that fails there would fail a newcomer."""

import re
import shlex
from pathlib import Path

import pytest

from safepassage.cli.main import run

TUTORIALS = Path(__file__).parent.parent / "docs" / "tutorials"


def commands(page: Path) -> list[str]:
    blocks = re.findall(r"```console\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    return [line for block in blocks for line in block.splitlines() if line.strip()]


@pytest.mark.parametrize("page", sorted(TUTORIALS.glob("*.md")), ids=lambda page: page.stem)
def test_every_command_of_the_tutorial_works(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    lines = commands(page)
    assert lines
    for line in lines:
        program, *arguments = shlex.split(line)
        if program == "export":
            monkeypatch.setenv(*arguments[0].split("=", 1))
            continue
        assert program == "safepassage"
        assert run(arguments) == 0, line
