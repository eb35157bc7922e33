"""A store whose model is none still answers."""

from __future__ import annotations

from safepassage.cli.main import run
from safepassage.core.register.entries import ClaimMade, ListReceived, ModelTrained
from safepassage.core.register.types import ListRecord


def test_a_model_nested_without_end_stops_no_search(new_store, capsys):
    with new_store() as store:
        record = ListRecord("council-bb:3", "council-bb", 3, full_name="Ткач Зоя")
        said = [ListReceived("council-bb", "c", "", ""), ClaimMade(record)]
        store.append(
            [*said, ModelTrained("[" * 100_000, 3)], by="clerk-1", at="2025-02-11T09:00:00Z"
        )
        path = store.path
    assert run(["register", "find", "Ткач", "--register", str(path)]) == 0
    assert "Ткач Зоя" in capsys.readouterr().out
