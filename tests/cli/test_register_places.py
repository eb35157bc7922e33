"""Places with their positions reach the linkage of a store."""

from __future__ import annotations

from pathlib import Path

import pytest

from safepassage.adapters.register_store import gazetteer_of_state
from safepassage.cli.main import run
from safepassage.cli.register.common import open_store


@pytest.fixture(autouse=True)
def _who(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAFEPASSAGE_PASSPHRASE", "blue heron, seven bridges")
    monkeypatch.setenv("SAFEPASSAGE_BY", "clerk-1")


def test_positions_of_a_file_tell_how_far_places_lie_apart(tmp_path: Path) -> None:
    places = tmp_path / "places.csv"
    places.write_text(
        "place_id,name,lat,lon\nup,Upper,51.0,35.0\nlow,Lower,51.05,35.0\nfar,Far,,\n"
    )
    store = tmp_path / "op.store"
    assert run(["register", "new", "--register", str(store), "--places", str(places)]) == 0
    with open_store(store, None, None) as opened:
        gazetteer = gazetteer_of_state(opened.state())
    assert gazetteer.distance_km("up", "low") == pytest.approx(5.56, abs=0.05)
    assert gazetteer.distance_km("up", "far") is None


def test_a_position_that_is_none_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    places = tmp_path / "places.csv"
    places.write_text("place_id,name,lat,lon\nup,Upper,north,35.0\n")
    store = tmp_path / "op.store"
    assert run(["register", "new", "--register", str(store), "--places", str(places)]) == 1
    assert "'north, 35.0' is no position" in capsys.readouterr().err
    assert not store.exists()
