"""Where prepared roads are kept."""

import sys
from pathlib import Path

import pytest

from safepassage.adapters.cache import VARIABLE, cache_folder


def test_the_variable_names_the_folder(monkeypatch, tmp_path):
    monkeypatch.setenv(VARIABLE, str(tmp_path / "kept"))
    assert cache_folder() == tmp_path / "kept"
    assert not (tmp_path / "kept").exists()


@pytest.mark.parametrize("nothing", ["", "  "])
def test_an_empty_variable_keeps_nothing(monkeypatch, nothing):
    monkeypatch.setenv(VARIABLE, nothing)
    assert cache_folder() is None


@pytest.mark.parametrize(
    ("platform", "variable", "named", "expected"),
    [
        ("linux", "XDG_CACHE_HOME", "caches", "caches/safepassage"),
        ("linux", "XDG_CACHE_HOME", "", ".cache/safepassage"),
        ("darwin", "XDG_CACHE_HOME", "", "Library/Caches/safepassage"),
        ("win32", "LOCALAPPDATA", "local", "local/safepassage"),
        ("win32", "LOCALAPPDATA", "", "AppData/Local/safepassage"),
    ],
)
def test_each_system_has_its_custom(monkeypatch, tmp_path, platform, variable, named, expected):
    monkeypatch.delenv(VARIABLE)
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    monkeypatch.setenv(variable, str(tmp_path / named) if named else "")
    assert cache_folder() == tmp_path / expected


def test_without_a_home_nothing_is_kept(monkeypatch):
    def homeless() -> Path:
        raise RuntimeError

    monkeypatch.delenv(VARIABLE)
    monkeypatch.setattr(Path, "home", homeless)
    assert cache_folder() is None
