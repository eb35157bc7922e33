"""``safepassage replan``: what is asked wrongly is answered with a sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from safepassage.cli.main import run


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ([], "--state FILE or --state-at"),
        (["--state-at", "10:00", "--time", "1", "--iterations", "1"], "not both"),
        (["--state-at", "10:00", "--time", "0"], "--time is 0"),
        (["--state-at", "10:00", "--iterations", "-1"], "--iterations is -1"),
    ],
)
def test_options_that_do_not_fit(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str], said: str
) -> None:
    code = run(["replan", str(tmp_path), str(tmp_path / "plan.json"), *options])
    assert code == 2
    assert said in capsys.readouterr().err.replace("\n", " ")


def test_the_events_are_listed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["replan", str(tmp_path), str(tmp_path / "p.json"), "--event", "help"]) == 0
    shown = capsys.readouterr().out
    for word in ("window-cut", "road-closed", "vehicle-lost", "crossing-slower", "suspended"):
        assert word in shown
