"""One file at a time, and that no row is ever lost."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safepassage.scenario.areas import read_areas
from safepassage.scenario.schema import CONTROL, HAZARDS, PARTIES, PLACES
from safepassage.scenario.tables import Table, read_table, read_text
from safepassage.scenario.writer import write_table

CELL = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)


@given(st.lists(st.lists(CELL, min_size=1, max_size=6), max_size=8))
def test_every_row_is_used_set_aside_or_blank(records: list[list[str]]) -> None:
    text = "party_id,name,role,language\n"
    text += "\n".join(",".join(cell.replace('"', "") for cell in row) for row in records)
    with TemporaryDirectory() as name:
        (Path(name) / "parties.csv").write_text(text, encoding="utf-8", newline="")
        table = read_table(Path(name), "parties.csv", PARTIES)
    numbers = [row.row for row in table.rows] + [reject.row for reject in table.rejects]
    assert len(numbers) == len(set(numbers))
    if table.rejects:
        assert table.findings


@given(st.binary(max_size=400))
def test_any_bytes_are_a_table_or_a_sentence(data: bytes) -> None:
    with TemporaryDirectory() as name:
        (Path(name) / "places.csv").write_bytes(data)
        table = read_table(Path(name), "places.csv", PLACES)
        areas = read_areas(Path(name), "places.csv", HAZARDS)
    assert table.findings
    assert areas.findings


PLACE = st.fixed_dictionaries({
    "place_id": st.from_regex(r"[a-z][a-z0-9_.-]{0,8}", fullmatch=True),
    "name": st.text(st.characters(categories=["L", "N", "P", "Zs"]), min_size=1).map(
        lambda text: f"n{text}n"
    ),
    "kind": st.just("settlement"),
    "lat": st.floats(-90, 90),
    "lon": st.floats(-180, 180),
    "x_note": st.text(st.characters(categories=["L", "N", "P"]), max_size=8),
})  # fmt: skip


@given(st.lists(PLACE, max_size=6, unique_by=lambda row: row["place_id"]))
def test_what_is_written_is_read(rows: list[dict[str, object]]) -> None:
    with TemporaryDirectory() as name:
        write_table(Path(name) / "places.csv", PLACES, rows)
        table = read_table(Path(name), "places.csv", PLACES)
    assert [row.values["name"] for row in table.rows] == [row["name"] for row in rows]
    assert [row.values["lat"] for row in table.rows] == [row["lat"] for row in rows]
    assert [dict(row.carried).get("x_note", "") for row in table.rows] == [
        row["x_note"] for row in rows
    ]


def test_a_row_with_an_unknown_key_is_not_written(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="colour"):
        write_table(tmp_path / "places.csv", PLACES, [{"place_id": "a", "colour": "red"}])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "is not JSON (line 1, column 2)"),
        ("[]", "FeatureCollection"),
        ('{"features": [7]}', "not a GeoJSON Feature"),
        ('{"features": [{"type": "Feature", "properties": {}, "geometry": null}]}', "no geometry"),
        ("[" * 100_000, "is not JSON"),
    ],
)
def test_what_is_not_geojson_is_a_sentence(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "control.geojson").write_text(text, encoding="utf-8")
    findings = read_areas(tmp_path, "control.geojson", CONTROL).findings
    assert any(words in finding.message for finding in findings)


@pytest.mark.parametrize(
    "geometry",
    [
        {"type": "Point", "coordinates": [1, 2]},
        {"type": "Polygon", "coordinates": []},
        {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [0, 0]]]},
        {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], ["1", 1], [0, 0]]]},
        {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [200, 1], [0, 0]]]},
        {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [2, 0], [0, 0]]]},
        {"type": "MultiPolygon", "coordinates": []},
        {"type": "LineString", "coordinates": [[0, 0], [1, 1]]},
        {"type": "Polygon", "coordinates": "0 0, 1 1"},
    ],
)
def test_an_area_without_an_outline_is_set_aside(tmp_path: Path, geometry: object) -> None:
    import json

    feature = {
        "type": "Feature",
        "geometry": geometry,
        "properties": {
            "area_id": "a", "holder": "A", "valid_from": "2025-01-01T00:00Z", "source": "s",
        },
    }  # fmt: skip
    document = {"type": "FeatureCollection", "features": [feature]}
    (tmp_path / "control.geojson").write_text(json.dumps(document), encoding="utf-8")
    table = read_areas(tmp_path, "control.geojson", CONTROL)
    assert len(table.rejects) == 1
    assert table.rows == []


def test_a_nul_byte_is_named_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "parties.csv").write_bytes(b"party_id,name,role,language\nA,O\0ne,holding,en\n")
    table = read_table(tmp_path, "parties.csv", PARTIES)
    assert "line 2 holds a NUL byte" in table.findings[0].message


def test_a_cell_beyond_the_limit_has_a_sentence_of_its_own(tmp_path: Path) -> None:
    text = f"party_id,name,role\nA,One,holding\nB,{'o' * 131_073},receiving\n"
    (tmp_path / "parties.csv").write_text(text, encoding="utf-8")
    table = read_table(tmp_path, "parties.csv", PARTIES)
    assert "a cell holds more than 131,072 characters" in table.findings[0].message
    assert [row.values["party_id"] for row in table.rows] == ["A"]


@pytest.mark.parametrize("sign", ["\n", "\u2028", "\u202e"])
def test_a_name_cannot_fake_a_line(tmp_path: Path, sign: str) -> None:
    text = f'party_id,name,role\nA,"One{sign}all rules hold",holding\n'
    (tmp_path / "parties.csv").write_text(text, encoding="utf-8", newline="")
    table = read_table(tmp_path, "parties.csv", PARTIES)
    assert table.rows == []
    assert sign not in table.findings[0].message


def test_a_wrongly_stated_encoding_is_named_with_the_likely_one() -> None:
    table = Table(PARTIES, "lists/heads.csv")
    text = "Фамилия;Имя\nСтепанова;Наталья\nКузнецов;Александр\n"
    assert read_text(table, text.encode("cp1251"), "utf-8") is None
    assert "'utf-8' that datapackage.json states; it looks like cp1251" in str(table.findings[0])
