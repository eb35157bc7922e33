"""One test for each paragraph of docs/spec/00-scenario.md."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from safepassage.adapters.skeleton import init_scenario
from safepassage.errors import Finding, ScenarioError, Severity, UsageError, VersionError
from safepassage.scenario.areas_writer import write_hazards
from safepassage.scenario.package import PackageFiles, PackageHeader
from safepassage.scenario.reader import ReadResult, read_scenario
from safepassage.scenario.rejects import escape_cell, unescape_cell, write_rejects
from safepassage.scenario.schema import ACTS, CLAIMS, CLAUSES, PROCEDURE, Resource
from safepassage.scenario.validate import all_findings, validate
from safepassage.scenario.writer import write_package_json, write_scenario, write_table

Build = Callable[[Path], Path]


def edit(path: Path, old: str, new: str, count: int = 1) -> None:
    """Replace text in a file; fails if it is not there, so that no test passes by accident."""
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, count), encoding="utf-8", newline="")


def edit_head(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    path = folder / "datapackage.json"
    document = json.loads(path.read_text(encoding="utf-8"))
    change(document)
    path.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")


def add_table(folder: Path, resource: Resource, rows: Sequence[dict[str, object]]) -> None:
    write_table(folder / resource.path, resource, rows)
    entry = {"name": resource.name, "path": resource.path}
    edit_head(folder, lambda document: document["resources"].append(entry))


def add_list(folder: Path, list_id: str, content: bytes, **ours: object) -> None:
    path = f"lists/{list_id}.csv"
    (folder / "lists").mkdir(exist_ok=True)
    (folder / path).write_bytes(content)
    head = {"list_id": list_id, "mapping": {"full_name": "ПІБ", "birth": "Рік"}} | ours
    entry = {"name": f"list-{list_id}", "path": path, "safepassage": head}
    edit_head(folder, lambda document: document["resources"].append(entry))


def find(findings: Sequence[Finding], rule: int) -> list[Finding]:
    return [finding for finding in findings if finding.rule == f"00-scenario §{rule}"]


def one(findings: Sequence[Finding], rule: int) -> Finding:
    (finding,) = find(findings, rule)
    return finding


def tokens(result: ReadResult) -> list[str]:
    return [household.token for household in result.scenario.households or ()]


EVERYBODY = ["H-1", "H-2", "H-3", "H-4", "H-5", "H-6"]


def test_1_unlisted_hazards_are_not_left_out_in_silence(tiny_scenario: Path) -> None:
    def forget(document: dict[str, Any]) -> None:
        document["resources"] = [
            item for item in document["resources"] if item["name"] != "hazards"
        ]

    edit_head(tiny_scenario, forget)
    finding = one(read_scenario(tiny_scenario).findings, 1)
    assert finding.severity is Severity.ERROR
    assert "hazards.geojson" in finding.message


def test_1_unknown_resources_are_refused_and_x_resources_carried(tiny_scenario: Path) -> None:
    (tiny_scenario / "photo.txt").write_text("a bridge", encoding="utf-8")
    for name in ("bridges", "x_bridges"):
        entry = {"name": name, "path": "photo.txt"}
        edit_head(tiny_scenario, lambda document, e=entry: document["resources"].append(e))
    result = read_scenario(tiny_scenario)
    assert "'bridges'" in one(result.findings, 1).message
    copy = write_scenario(result.scenario, tiny_scenario.parent / "copy")
    assert (copy / "photo.txt").read_text(encoding="utf-8") == "a bridge"


@pytest.mark.parametrize(
    ("version", "advice"), [("2.0", "update"), ("1.7", "update"), ("0.9", "wrote it")]
)
def test_2_another_version_is_refused_with_what_to_do(
    tiny_scenario: Path, version: str, advice: str
) -> None:
    edit_head(
        tiny_scenario, lambda document: document["safepassage"].update(schema_version=version)
    )
    with pytest.raises(VersionError, match=advice):
        read_scenario(tiny_scenario)


def test_3_a_missing_file_stops_the_reading(tiny_scenario: Path) -> None:
    (tiny_scenario / "windows.csv").unlink()
    with pytest.raises(ScenarioError, match=r"'windows\.csv', but there is no such file"):
        read_scenario(tiny_scenario)


@pytest.mark.parametrize("path", ["../outside.csv", "/etc/hostname", "https://example.org/a.csv"])
def test_3_files_outside_the_folder_are_not_read(tiny_scenario: Path, path: str) -> None:
    (tiny_scenario.parent / "outside.csv").write_text("party_id\n", encoding="utf-8")
    edit_head(tiny_scenario, lambda document: document["resources"][0].update(path=path))
    with pytest.raises(ScenarioError, match="inside the scenario folder"):
        read_scenario(tiny_scenario)


def test_3_a_link_out_of_the_folder_is_not_followed(tiny_scenario: Path) -> None:
    outside = tiny_scenario.parent / "outside.csv"
    outside.write_text("party_id,name,role\n", encoding="utf-8")
    (tiny_scenario / "parties.csv").unlink()
    (tiny_scenario / "parties.csv").symlink_to(outside)
    with pytest.raises(ScenarioError, match="outside the folder"):
        read_scenario(tiny_scenario)


def test_4_the_digest_covers_every_file(tiny_scenario: Path) -> None:
    digest = hashlib.sha256()
    files = [path for path in tiny_scenario.rglob("*") if path.is_file()]
    for path in sorted(files, key=lambda file: file.relative_to(tiny_scenario).as_posix()):
        data = path.read_bytes()
        name = path.relative_to(tiny_scenario).as_posix()
        digest.update(name.encode() + b"\0" + str(len(data)).encode() + b"\0" + data)
    assert read_scenario(tiny_scenario).scenario.digest == digest.hexdigest()


def test_5_a_wrong_planning_value_is_named_and_its_default_taken(tiny_scenario: Path) -> None:
    def spoil(document: dict[str, Any]) -> None:
        document["safepassage"]["planning"]["snap_limit_m"] = "far"

    edit_head(tiny_scenario, spoil)
    result = read_scenario(tiny_scenario)
    assert "'planning.snap_limit_m' is 'far'" in one(result.findings, 5).message
    assert result.scenario.planning.snap_limit_m == 2000.0


@pytest.mark.parametrize(
    ("key", "value"), [("timezone", "Kiew"), ("epoch", "2025-03-01T00:00"), ("kind", "drill")]
)
def test_5_the_head_names_zone_kind_and_epoch(tiny_scenario: Path, key: str, value: str) -> None:
    edit_head(tiny_scenario, lambda document: document["safepassage"].update({key: value}))
    with pytest.raises(ScenarioError, match=f"safepassage.{key}.*{value}"):
        read_scenario(tiny_scenario)


def test_5_a_title_stands_on_one_line(tiny_scenario: Path) -> None:
    edit_head(tiny_scenario, lambda document: document.update(title="North\nCHECKED\u202e"))
    result = read_scenario(tiny_scenario)
    assert result.scenario.title == "North CHECKED"
    assert "'title' holds a line break" in one(result.findings, 5).message


def test_7_a_title_of_a_list_stands_on_one_line(tiny_scenario: Path) -> None:
    add_list(tiny_scenario, "camp", "ПІБ,Рік\nПетренко Олег,1980\n".encode())
    edit_head(tiny_scenario, lambda document: document["resources"][-1].update(title="A\nB"))
    result = read_scenario(tiny_scenario)
    assert [source.title for source in result.scenario.lists] == ["A B"]
    assert "list 'camp': 'title' holds" in one(result.findings, 7).message


def test_6_a_network_without_links_is_an_error(tiny_scenario: Path) -> None:
    path = tiny_scenario / "roads/links.csv"
    path.write_text(path.read_text(encoding="utf-8").splitlines()[0] + "\n", encoding="utf-8")
    found = [each for each in find(validate(tiny_scenario), 6) if each.file == "roads/links.csv"]
    assert [each.severity for each in found] == [Severity.ERROR]


def test_6_a_link_to_nowhere_is_set_aside(tiny_scenario: Path) -> None:
    edit(tiny_scenario / "roads/links.csv", "1,1,2", "1,1,1")
    edit(tiny_scenario / "roads/links.csv", "2,2,3", "2,2,33")
    result = read_scenario(tiny_scenario)
    assert "leads nowhere" in one(result.findings, 6).message
    assert "'33'" in one(result.findings, 14).message


def test_7_an_empty_list_is_set_aside_and_the_others_go_on(tiny_scenario: Path) -> None:
    add_list(tiny_scenario, "empty", b"")
    add_list(tiny_scenario, "good", "ПІБ,Рік\nПетренко Олег,1980\n".encode())
    result = read_scenario(tiny_scenario)
    assert [source.list_id for source in result.scenario.lists] == ["good"]
    (finding,) = result.findings
    assert (finding.file, finding.message[:8]) == ("lists/empty.csv", "is empty")


@pytest.mark.parametrize("list_id", ["../../x", ".hidden", "a b", "x" * 101])
def test_7_the_id_of_a_list_is_an_id(tiny_scenario: Path, list_id: str) -> None:
    add_list(tiny_scenario, "camp", "ПІБ,Рік\nПетренко Олег,1980\n".encode())
    edit(tiny_scenario / "datapackage.json", '"list_id": "camp"', f'"list_id": "{list_id}"')
    result = read_scenario(tiny_scenario)
    assert result.scenario.lists == ()
    assert "is not an id" in one(result.findings, 7).message


def test_7_an_encoding_that_is_none_is_named(tiny_scenario: Path) -> None:
    content = "ПІБ,Рік\nПетренко Олег,1980\n".encode()
    add_list(tiny_scenario, "camp", content, encoding="undefined")
    assert "encoding 'undefined'" in one(read_scenario(tiny_scenario).findings, 8).message


def test_7_a_wrong_column_is_named_with_the_nearest(tiny_scenario: Path) -> None:
    add_list(tiny_scenario, "camp", "ПІБ,Рік нар.\nПетренко Олег,1980\n".encode())
    result = read_scenario(tiny_scenario)
    finding = one(result.findings, 7)
    assert (finding.file, finding.row, finding.column) == ("lists/camp.csv", 1, "Рік")
    assert "did you mean 'Рік нар.'?" in finding.message
    assert result.scenario.lists[0].mapping == (("full_name", "ПІБ"),)


def test_7_a_first_row_that_is_a_person_is_never_shown(tiny_scenario: Path) -> None:
    add_list(tiny_scenario, "camp", "Петренко Олег,1980\n".encode())
    result = read_scenario(tiny_scenario)
    assert result.scenario.lists == ()
    assert all("Петренко" not in str(finding) for finding in result.findings)


@pytest.mark.parametrize(
    ("encoding", "name"),
    [("cp1251", "cp1251"), ("koi8-u", "KOI8-U"), ("cp866", "cp866"), ("utf-16", "UTF-16")],
)
def test_8_other_encodings_are_read_and_said(tiny_scenario: Path, encoding: str, name: str) -> None:
    path = tiny_scenario / "places.csv"
    edit(path, "Westby,,", "Westby,Западное село,")
    path.write_bytes(path.read_text(encoding="utf-8").encode(encoding))
    result = read_scenario(tiny_scenario)
    assert name in one(result.findings, 8).message
    assert result.scenario.places[0].name_local == "Западное село"


def test_8_bom_crlf_and_semicolons_change_nothing(tiny_scenario: Path, build_tiny: Build) -> None:
    for name in ("vehicles.csv", "places.csv"):
        path = tiny_scenario / name
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    edit(tiny_scenario / "vehicles.csv", ",", ";", -1)
    result = read_scenario(tiny_scenario)
    plain = read_scenario(build_tiny(tiny_scenario.parent / "plain")).scenario
    assert "semicolons" in one(result.findings, 8).message
    assert (result.scenario.vehicles, result.scenario.places) == (plain.vehicles, plain.places)


def test_8_a_workbook_is_refused(tiny_scenario: Path) -> None:
    (tiny_scenario / "vehicles.csv").write_bytes(b"PK\x03\x04rest of an xlsx")
    assert "workbook" in one(read_scenario(tiny_scenario).findings, 8).message


def test_9_an_unknown_column_is_refused_by_name_and_x_columns_are_carried(
    tiny_scenario: Path,
) -> None:
    edit(tiny_scenario / "households.csv", "door\n", "door,remark,x_remark\n")
    edit(tiny_scenario / "households.csv", "go,yes,,,,,\n", "go,yes,,,,,,lost,kept\n")
    edit(tiny_scenario / "households.csv", "wheelchair,\n", "wheelchair,,,\n", -1)
    for old in ("not_asked,,,,,\n", "yes,,,,,\n", "stretcher,\n"):
        text = (tiny_scenario / "households.csv").read_text(encoding="utf-8")
        padded = text.replace(old, old[:-1] + ",,\n")
        (tiny_scenario / "households.csv").write_text(padded, encoding="utf-8")
    result = read_scenario(tiny_scenario)
    finding = one(result.findings, 9)
    assert (finding.row, finding.column) == (1, "remark")
    assert result.scenario.carried == (("households.csv", 2, "x_remark", "kept"),)
    assert tokens(result) == EVERYBODY


def test_9_a_missing_column_is_one_sentence_and_every_row_is_kept(tiny_scenario: Path) -> None:
    edit(tiny_scenario / "vehicles.csv", "crew_hours", "hours")
    result = read_scenario(tiny_scenario)
    missing = [finding for finding in find(result.findings, 9) if finding.column == "crew_hours"]
    assert len(missing) == 1
    assert [reject.file for reject in result.rejects] == ["vehicles.csv", "vehicles.csv"]


def test_9_a_title_above_the_header_is_passed_over(tiny_scenario: Path) -> None:
    path = tiny_scenario / "parties.csv"
    path.write_text(
        "The parties, as of March\n" + path.read_text(encoding="utf-8"), encoding="utf-8"
    )
    result = read_scenario(tiny_scenario)
    assert one(result.findings, 9).severity is Severity.WARNING
    assert [party.party_id for party in result.scenario.parties] == ["A", "B", "N"]


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("N,The intermediary", "2 cells where the header has 4"),
        ("N,The, intermediary,intermediary,en", "5 cells where the header has 4"),
        ("party_id,name,role,language", "repeats the header"),
    ],
)
def test_10_a_row_of_the_wrong_shape_is_set_aside(
    tiny_scenario: Path, row: str, words: str
) -> None:
    edit(tiny_scenario / "parties.csv", "N,The intermediary,intermediary,en", row)
    result = read_scenario(tiny_scenario)
    finding = one(result.findings, 10)
    assert words in finding.message
    assert finding.row == 4


def test_10_a_second_header_is_recognised(tiny_scenario: Path) -> None:
    labels = "Id,Name,Local,Kind,Latitude,Longitude,Side,Beds,Ramps,About,People,Source,From,To"
    edit(tiny_scenario / "places.csv", "\n", f"\n{labels}\n")
    result = read_scenario(tiny_scenario)
    assert "second header" in one(result.findings, 10).message
    assert len(result.scenario.places) == 7


def test_10_nothing_after_a_wrong_quote_is_read_and_nothing_is_lost(tiny_scenario: Path) -> None:
    edit(tiny_scenario / "households.csv", "H-5,", '"H-5,')
    result = read_scenario(tiny_scenario)
    assert one(result.findings, 10).row == 6
    assert tokens(result) == EVERYBODY[:4]
    assert "H-6" in result.rejects[0].cells[0]


@pytest.mark.parametrize(
    ("file", "old", "new", "column", "words"),
    [
        ("places.csv", "51.03", '"51,03"', "lat", "with a point and not a comma"),
        ("places.csv", "51.03", "51°03'N", "lat", "decimal degrees"),
        ("places.csv", "51.03", "NaN", "lat", "is not a latitude"),
        ("windows.csv", "T12:00:00+00:00", "T12:00:00", "closes_at", "names no time zone"),
        ("windows.csv", "2025-03-01T12", "01.03.2025 12", "closes_at", "is not a moment"),
        ("vehicles.csv", "bus,depot_b", "tram,depot_b", "vehicle_class", "accepted: car"),
        ("vehicles.csv", ",20,2,1,", ",20.5,2,1,", "seats", "is not a whole number"),
        ("vehicles.csv", ",20,2,1,", ",900,2,1,", "seats", "from 0 to 200"),
        ("vehicles.csv", ",20,2,1,", ",,2,1,", "seats", "is empty; needed: places to sit"),
    ],
)
def test_11_a_cell_of_the_wrong_kind_is_named(
    tiny_scenario: Path, file: str, old: str, new: str, column: str, words: str
) -> None:
    edit(tiny_scenario / file, old, new)
    finding = one(read_scenario(tiny_scenario).findings, 11)
    assert (finding.file, finding.column) == (file, column)
    assert words in finding.message


@pytest.mark.parametrize(
    ("new", "words"),
    [
        ("north by", "has a space"),
        ("nоrthby", "mixes Cyrillic and Latin"),
        ("north/by", "letters, digits"),
    ],
)
def test_12_an_id_is_one_word_in_one_alphabet(tiny_scenario: Path, new: str, words: str) -> None:
    edit(tiny_scenario / "places.csv", "northby", new)
    assert words in one(read_scenario(tiny_scenario).findings, 12).message


def test_13_the_first_row_keeps_the_key(tiny_scenario: Path) -> None:
    edit(tiny_scenario / "households.csv", "H-2", "H-1")
    result = read_scenario(tiny_scenario)
    finding = one(result.findings, 13)
    assert (finding.row, finding.column) == (3, "token")
    assert "row 2" in finding.message
    assert tokens(result) == ["H-1", *EVERYBODY[2:]]


def test_13_keys_that_only_look_the_same_are_one_key(tiny_scenario: Path) -> None:
    edit(tiny_scenario / "parties.csv", "N,", "А,")  # a Cyrillic letter
    assert "letters of another alphabet" in one(read_scenario(tiny_scenario).findings, 13).message


def test_14_a_row_falls_with_the_row_that_it_refers_to(tiny_scenario: Path) -> None:
    edit(tiny_scenario / "places.csv", "Northby,,settlement", "Northby,,hamlet")
    result = read_scenario(tiny_scenario)
    findings = find(result.findings, 14)
    assert [finding.row for finding in findings] == [6, 7]
    assert "'northby' is in places.csv, row 4, but that row was set aside" in findings[0].message
    assert tokens(result) == EVERYBODY[:4]


def test_14_a_reference_to_nothing_names_the_nearest(tiny_scenario: Path) -> None:
    edit(tiny_scenario / "crossings.csv", "gate,gate", "gate,gates")
    assert "did you mean 'gate'?" in find(read_scenario(tiny_scenario).findings, 14)[0].message


def test_15_a_row_is_set_aside_whole_with_all_reasons(tiny_scenario: Path) -> None:
    edit(tiny_scenario / "households.csv", "westby,3,0,0", "westby,three,0,none")
    result = read_scenario(tiny_scenario)
    (reject,) = result.rejects
    assert (reject.row, len(reject.reasons)) == (2, 2)
    assert reject.cells[:4] == ("H-1", "", "westby", "three")
    assert tokens(result) == EVERYBODY[1:]


def test_16_a_name_in_the_wrong_column_is_masked(tiny_scenario: Path) -> None:
    edit(tiny_scenario / "households.csv", "westby,3", "westby,Петренко")
    result = read_scenario(tiny_scenario)
    assert "П… (8 characters)" in one(result.findings, 11).message
    assert all("Петренко" not in str(finding) for finding in result.findings)
    assert result.rejects[0].cells[3] == "Петренко"


def test_17_a_formula_is_kept_as_text_with_a_warning(tiny_scenario: Path) -> None:
    edit(tiny_scenario / "places.csv", "Northby", "=1+1")
    result = read_scenario(tiny_scenario)
    assert one(result.findings, 17).severity is Severity.WARNING
    assert result.scenario.places[2].name == "=1+1"


def test_18_swapped_coordinates_are_recognised(tiny_scenario: Path) -> None:
    edit(tiny_scenario / "places.csv", "51.03,35.05", "35.05,51.03")
    result = read_scenario(tiny_scenario)
    finding = one(result.findings, 18)
    assert (finding.row, finding.column) == (4, "lat")
    assert "probably swapped" in finding.message


def test_18_a_latitude_that_can_only_be_a_longitude_is_recognised(tiny_scenario: Path) -> None:
    edit(tiny_scenario / "places.csv", "51.03,35.05", "135.05,51.03")
    assert "probably swapped" in one(read_scenario(tiny_scenario).findings, 18).message


def test_18_a_place_that_is_far_either_way_is_kept_with_a_warning(tiny_scenario: Path) -> None:
    edit(tiny_scenario / "places.csv", "51.03,35.05", "11.03,35.05")
    result = read_scenario(tiny_scenario)
    assert one(result.findings, 18).severity is Severity.WARNING
    assert len(result.scenario.places) == 7


@pytest.mark.parametrize(
    ("new", "column"), [("B,,4", "capacity"), ("B,3,4", "capacity_accessible")]
)
def test_19_a_centre_has_places_and_its_accessible_ones_are_among_them(
    tiny_scenario: Path, new: str, column: str
) -> None:
    edit(tiny_scenario / "places.csv", "B,40,4", new)
    assert column in {item.column for item in find(read_scenario(tiny_scenario).findings, 19)}


@pytest.mark.parametrize(
    ("file", "old", "new", "words"),
    [
        ("crossings.csv", "gate,gate", "gate,midby", "kind settlement; accepted: crossing"),
        ("crossings.csv", "A,B", "A,A", "also the from_side"),
        ("crossings.csv", "A,B", "A,N", "intermediary"),
        ("vehicles.csv", "depot_b,B", "midby,B", "accepted: depot"),
        ("households.csv", "1,,,go", "1,,midby,go", "accepted: reception_centre"),
    ],
)
def test_20_places_and_sides_are_of_the_right_kind(
    tiny_scenario: Path, file: str, old: str, new: str, words: str
) -> None:
    edit(tiny_scenario / file, old, new)
    finding = one(read_scenario(tiny_scenario).findings, 20)
    assert finding.file == file
    assert words in finding.message


def test_21_an_open_ring_is_closed_and_an_early_end_refused(tiny_scenario: Path) -> None:
    edit(tiny_scenario / "control.geojson", ", [34.9, 50.9]]]", "]]")
    edit(tiny_scenario / "control.geojson", "null", '"2025-01-01T00:00+00:00"')
    result = read_scenario(tiny_scenario)
    closed, early = find(result.findings, 21)
    assert closed.severity is Severity.WARNING
    assert "is not after valid_from" in early.message
    assert [area.area_id for area in result.scenario.control] == ["area_B"]


def test_21_another_coordinate_system_is_refused(tiny_scenario: Path) -> None:
    crs = '"crs": {"type": "name", "properties": {"name": "EPSG:28407"}}, "features"'
    edit(tiny_scenario / "control.geojson", '"features"', crs)
    assert "coordinate system" in one(read_scenario(tiny_scenario).findings, 21).message


CORNERS = "[34.9, 50.9], [35.14, 50.9], [35.14, 51.1], [34.9, 51.1]"


def test_22_an_area_that_crosses_itself_is_set_aside_and_says_where(tiny_scenario: Path) -> None:
    bow_tie = "[34.9, 50.9], [35.14, 51.1], [35.14, 50.9], [34.9, 51.1]"
    edit(tiny_scenario / "control.geojson", CORNERS, bow_tie)
    result = read_scenario(tiny_scenario)
    message = one(result.findings, 22).message
    assert "feature 1" in message
    assert "crosses itself at longitude 35.02, latitude 51" in message
    assert [area.area_id for area in result.scenario.control] == ["area_B"]


def test_23_an_area_with_swapped_coordinates_is_set_aside(tiny_scenario: Path) -> None:
    swapped = "[50.9, 34.9], [50.9, 35.14], [51.1, 35.14], [51.1, 34.9]"
    edit(tiny_scenario / "control.geojson", CORNERS, swapped)
    edit(tiny_scenario / "control.geojson", "[34.9, 50.9]", "[50.9, 34.9]")
    result = read_scenario(tiny_scenario)
    assert "longitude first" in one(result.findings, 23).message
    assert [area.area_id for area in result.scenario.control] == ["area_B"]


def test_24_ground_held_by_two_is_a_warning(tiny_scenario: Path) -> None:
    edit(tiny_scenario / "control.geojson", "35.16", "35.1", -1)
    result = read_scenario(tiny_scenario)
    finding = one(result.findings, 24)
    assert finding.severity is Severity.WARNING
    assert "feature 2 'area_B' (B)" in finding.message
    assert "'area_A' (A)" in finding.message
    assert len(result.scenario.control) == 2


MINES = {
    "type": "Feature",
    "properties": {
        "hazard_id": "m1", "kind": "mines", "severity": 1, "source": "invented",
        "observed_at": "2025-02-20T08:00+00:00", "reach_m": 50,
    },
    "geometry": {"type": "LineString", "coordinates": [[35.0, 51.0], [35.05, 51.0]]},
}  # fmt: skip


def _write_hazard(folder: Path, **properties: object) -> None:
    feature = MINES | {"properties": MINES["properties"] | properties}  # type: ignore[operator]
    document = {"type": "FeatureCollection", "features": [feature]}
    (folder / "hazards.geojson").write_text(json.dumps(document), encoding="utf-8")


def test_25_a_hazard_along_a_line_is_read(tiny_scenario: Path) -> None:
    _write_hazard(tiny_scenario)
    result = read_scenario(tiny_scenario)
    (hazard,) = result.scenario.hazards
    assert (hazard.line, hazard.reach_m) == (((35.0, 51.0), (35.05, 51.0)), 50)


@pytest.mark.parametrize(
    "wrong", [{"reach_m": None}, {"severity": 1.5}, {"valid_to": "2025-02-20T07:00+00:00"}]
)
def test_25_a_hazard_set_aside_is_said_twice(tiny_scenario: Path, wrong: dict[str, Any]) -> None:
    _write_hazard(tiny_scenario, **wrong)
    result = read_scenario(tiny_scenario)
    assert result.scenario.hazards == ()
    assert "no plan knows of them" in find(result.findings, 25)[-1].message
    assert len(result.findings) == 2


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("westby,3,0,0,0,3", "westby,0,0,0,0,0", "no persons"),
        ("westby,3,0,0,0,3", "westby,3,0,0,2,3", "5 together"),
    ],
)
def test_26_persons_add_up(tiny_scenario: Path, old: str, new: str, words: str) -> None:
    edit(tiny_scenario / "households.csv", old, new)
    result = read_scenario(tiny_scenario)
    assert words in one(result.findings, 26).message
    assert tokens(result) == EVERYBODY[1:]


def test_26_persons_of_no_age_are_doubted(tiny_scenario: Path) -> None:
    edit(tiny_scenario / "households.csv", "westby,3,0,0,0,3", "westby,3,0,0,0,2")
    result = read_scenario(tiny_scenario)
    finding = one(result.findings, 26)
    assert (finding.row, finding.severity) == (2, Severity.WARNING)
    assert tokens(result) == EVERYBODY


def _group(folder: Path, *names: str) -> None:
    path = folder / "households.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    for index, line in enumerate(lines):
        if line.startswith(names):
            lines[index] = line.replace("go,yes,,", "go,yes,G1,")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def test_27_a_travel_group_has_one_place(tiny_scenario: Path) -> None:
    _group(tiny_scenario, "H-1", "H-3")
    result = read_scenario(tiny_scenario)
    assert [finding.row for finding in find(result.findings, 27)] == [2, 4]
    assert tokens(result) == ["H-2", "H-4", "H-5", "H-6"]


def test_27_a_family_is_not_split(tiny_scenario: Path) -> None:
    _group(tiny_scenario, "H-1", "H-2")
    edit(tiny_scenario / "households.csv", "westby,2,1,0", "westby,two,1,0")
    result = read_scenario(tiny_scenario)
    assert "a family is not split" in one(result.findings, 27).message
    assert tokens(result) == EVERYBODY[2:]


def _accompany(folder: Path, **pairs: str) -> None:
    path = folder / "households.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    for index, line in enumerate(lines):
        adult = pairs.get(line.split(",")[0].replace("-", ""))
        if adult:
            lines[index] = line.replace("yes,,,", f"yes,,{adult},")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def test_28_company_does_not_lead_back_to_itself(tiny_scenario: Path) -> None:
    _accompany(tiny_scenario, H1="H-2", H2="H-1")
    result = read_scenario(tiny_scenario)
    assert all("leads back" in finding.message for finding in find(result.findings, 28))
    assert tokens(result) == EVERYBODY[2:]


def test_28_company_is_at_the_same_place(tiny_scenario: Path) -> None:
    _accompany(tiny_scenario, H1="H-3")
    result = read_scenario(tiny_scenario)
    assert "picked up at 'midby'" in find(result.findings, 28)[0].message
    assert tokens(result) == ["H-2", "H-4", "H-5", "H-6"]


def test_28_company_has_an_adult(tiny_scenario: Path) -> None:
    edit(tiny_scenario / "households.csv", "westby,2,1,0,0,3", "westby,2,1,0,3,0")
    _accompany(tiny_scenario, H1="H-2")
    assert "no adults" in find(read_scenario(tiny_scenario).findings, 28)[0].message


def test_29_apart_from_never_names_who_rides_along(tiny_scenario: Path) -> None:
    _group(tiny_scenario, "H-1", "H-2")
    edit(tiny_scenario / "households.csv", "go,yes,G1,,,", "go,yes,G1,,H-2,")
    edit(
        tiny_scenario / "households.csv",
        "H-5,,northby,2,0,0,0,2,1,,,go,yes,,,",
        "H-5,,northby,2,0,0,0,2,1,,,go,yes,,,H-5",
    )
    findings = find(read_scenario(tiny_scenario).findings, 29)
    assert [finding.row for finding in findings] == [2, 6]


@pytest.mark.parametrize(
    ("old", "new", "column"),
    [
        ("2025-03-01T12:00", "2025-03-01T07:00", "closes_at"),
        (",30,", ",240,", "margin_min"),
        ("2025-03-01T05:00", "2025-03-01T09:00", "movement_from"),
        ("2025-03-01T05:00", "2025-02-28T09:00", "opens_at"),
    ],
)
def test_30_a_window_is_in_order(tiny_scenario: Path, old: str, new: str, column: str) -> None:
    edit(tiny_scenario / "windows.csv", old, new)
    result = read_scenario(tiny_scenario)
    assert one(result.findings, 30).column == column
    assert result.scenario.windows == ()


@pytest.mark.parametrize(
    ("closes", "severity", "kept"),
    [
        ("2025-03-03T08:00", None, 1),
        ("2025-03-03T09:00", Severity.WARNING, 1),
        ("2225-03-01T12:00", Severity.ERROR, 0),
    ],
)
def test_30_a_slip_of_the_day_or_year_is_said_at_its_row(
    tiny_scenario: Path, closes: str, severity: Severity | None, kept: int
) -> None:
    edit(tiny_scenario / "windows.csv", "2025-03-01T12:00", closes)
    result = read_scenario(tiny_scenario)
    found = find(result.findings, 30)
    assert {each.row for each in found} <= {2}
    assert (found[-1].severity if found else None) == severity
    assert len(result.scenario.windows) == kept


def test_31_windows_at_one_crossing_do_not_overlap(tiny_scenario: Path) -> None:
    path = tiny_scenario / "windows.csv"
    row = path.read_text(encoding="utf-8").splitlines()[1]
    later = row.replace("day1", "day1b").replace("T08", "T11").replace("T12", "T15")
    after = row.replace("day1", "day1c").replace("T08", "T12").replace("T12", "T12")
    after = after.replace("closes", "").replace("T12:00:00+00:00,30", "T15:00:00+00:00,30")
    path.write_text(path.read_text(encoding="utf-8") + f"{later}\n{after}\n", encoding="utf-8")
    result = read_scenario(tiny_scenario)
    assert one(result.findings, 31).row == 3
    assert [window.window_id for window in result.scenario.windows] == ["day1", "day1c"]


@pytest.mark.parametrize(("places", "kept"), [(0, True), (2, False)])
def test_32_no_seats_are_lost_where_none_convert(
    tiny_scenario: Path, places: int, kept: bool
) -> None:
    path = tiny_scenario / "vehicles.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    rows[0] |= {"convertible_wheelchair": str(places), "seats_per_convertible": "0"}
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)
    result = read_scenario(tiny_scenario)
    ids = [vehicle.vehicle_id for vehicle in result.scenario.vehicles]
    assert (rows[0]["vehicle_id"] in ids) == kept
    assert len(find(result.findings, 32)) == (0 if kept else 1)


def test_32_a_vehicle_has_a_place(tiny_scenario: Path) -> None:
    edit(tiny_scenario / "vehicles.csv", ",12,1,1,", ",0,0,0,")
    result = read_scenario(tiny_scenario)
    assert "no seats at all" in one(result.findings, 32).message
    assert [vehicle.vehicle_id for vehicle in result.scenario.vehicles] == ["bus_b"]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [("stretcher,240", "stretcher,300", "240 and 300"), ("stretcher,240", "bed,240", "stretcher")],
)
def test_33_service_times_are_complete_and_agree(
    tiny_scenario: Path, old: str, new: str, words: str
) -> None:
    edit(tiny_scenario / "service.csv", old, new)
    result = read_scenario(tiny_scenario)
    assert words in one(result.findings, 33).message
    assert result.scenario.service is None


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ('kind = "lognormal"', 'kind = "normal"', "day_factor"),
        ("breakdown_probability = 0.02", "breakdown_probability = 2", "breakdown_probability"),
        ("a = 3600.0", "a = -1", "breakdown_s"),
    ],
)
def test_34_a_wrong_delay_is_named_and_planning_goes_on(
    tiny_scenario: Path, old: str, new: str, key: str
) -> None:
    edit(tiny_scenario / "delays.toml", old, new)
    result = read_scenario(tiny_scenario)
    assert one(result.findings, 34).column == key
    assert result.scenario.delays is None
    assert tokens(result) == EVERYBODY


ACT = {
    "act_id": "a1", "kind": "formal_request", "by": "B", "to": "A", "form": "letter",
    "done_at": "2025-02-20T08:00+00:00", "document": "letter 17",
}  # fmt: skip


@pytest.mark.parametrize(
    ("wrong", "column"),
    [({"form": "phone"}, "witness"), ({"expires_at": "2025-02-19T08:00+00:00"}, "expires_at")],
)
def test_35_a_call_has_a_witness_and_an_act_lapses_after_it(
    tiny_scenario: Path, wrong: dict[str, object], column: str
) -> None:
    add_table(tiny_scenario, ACTS, [ACT | wrong])
    result = read_scenario(tiny_scenario)
    assert one(result.findings, 35).column == column
    assert result.scenario.terms.acts == ()


def _step(step_id: str, *needs: str) -> dict[str, object]:
    return {
        "step_id": step_id, "act_kind": step_id, "by_role": "receiving", "needs": needs,
        "text_en": "Do it.",
    }  # fmt: skip


def test_35_an_act_that_no_step_asks_for_is_a_warning(tiny_scenario: Path) -> None:
    add_table(tiny_scenario, ACTS, [ACT])
    add_table(tiny_scenario, PROCEDURE, [_step("proposal")])
    result = read_scenario(tiny_scenario)
    assert one(result.findings, 35).severity is Severity.WARNING
    assert len(result.scenario.terms.acts) == 1


def test_36_no_step_waits_for_itself(tiny_scenario: Path) -> None:
    add_table(
        tiny_scenario, PROCEDURE, [_step("one"), _step("two", "three"), _step("three", "two")]
    )
    result = read_scenario(tiny_scenario)
    assert [finding.row for finding in find(result.findings, 36)] == [3, 4]
    assert [step.step_id for step in result.scenario.terms.procedure] == ["one"]


@pytest.mark.parametrize("figures", [{}, {"figure_low": 3000, "figure_high": 1500}])
def test_37_a_claim_has_figures_in_order(tiny_scenario: Path, figures: dict[str, object]) -> None:
    claim = {
        "claim_id": "c1", "claimed_by": "an official", "said_on": "2025-02-11",
        "wording": "many", "source": "a newspaper",
    }  # fmt: skip
    add_table(tiny_scenario, CLAIMS, [claim | figures])
    result = read_scenario(tiny_scenario)
    assert one(result.findings, 37).column == "figure_low"
    assert result.scenario.claims == ()


@pytest.mark.parametrize(
    ("file", "words"),
    [
        ("parties.csv", "no party of role 'receiving'"),
        ("households.csv", "holds no usable household"),
        ("crossings.csv", "holds no usable crossing"),
        ("windows.csv", "holds no usable window"),
        ("vehicles.csv", "none brings people to crossing 'gate'"),
        ("service.csv", "is missing or incomplete"),
        ("places.csv", "holds no usable settlement"),
    ],
)
def test_38_what_planning_needs_is_named(tiny_scenario: Path, file: str, words: str) -> None:
    path = tiny_scenario / file
    path.write_text(path.read_text(encoding="utf-8").splitlines()[0] + "\n", encoding="utf-8")
    found = [item for item in find(validate(tiny_scenario), 38) if words in item.message]
    assert [item.severity for item in found] == [Severity.ERROR]


def test_38_the_tiny_scenario_is_complete(tiny_scenario: Path) -> None:
    findings = all_findings(read_scenario(tiny_scenario))
    assert [str(finding) for finding in findings if finding.severity is Severity.ERROR] == []


def test_39_the_same_objects_are_the_same_bytes(tiny_scenario: Path) -> None:
    scenario = read_scenario(tiny_scenario).scenario
    copies = [write_scenario(scenario, tiny_scenario.parent / name) for name in ("one", "two")]
    files = [
        {path.relative_to(copy): path.read_bytes() for path in copy.rglob("*.*")} for copy in copies
    ]
    assert files[0] == files[1]
    assert all(b"\r" not in data for data in files[0].values())


def test_39_carried_columns_are_described_for_other_readers(tiny_scenario: Path) -> None:
    edit(tiny_scenario / "parties.csv", "language\n", "language,x_note\n")
    for row in ("holding,en", "receiving,en", "intermediary,en"):
        edit(tiny_scenario / "parties.csv", row, f"{row},kept")
    copy = write_scenario(read_scenario(tiny_scenario).scenario, tiny_scenario.parent / "copy")
    package = json.loads((copy / "datapackage.json").read_text(encoding="utf-8"))
    parties = next(item for item in package["resources"] if item["name"] == "parties")
    assert parties["schema"]["fields"][-1] == {"name": "x_note", "type": "string"}


def test_40_what_was_written_reads_the_same(tiny_scenario: Path) -> None:
    add_table(
        tiny_scenario, CLAUSES, [{"clause_id": "k", "title": "t", "text_en": "x", "text_uk": "й"}]
    )
    add_table(tiny_scenario, PROCEDURE, [_step("one"), _step("two", "one")])
    add_list(tiny_scenario, "camp", "ПІБ,Рік\nПетренко Олег,1980\n".encode("cp1251"))
    _write_hazard(tiny_scenario, x_note={"deep": [1, 2]})
    edit(tiny_scenario / "parties.csv", "role,", "role,x_flag,")
    edit(tiny_scenario / "parties.csv", "holding,", 'holding,"a ""b"", c",')
    edit(tiny_scenario / "parties.csv", "receiving,", "receiving,,")
    edit(tiny_scenario / "parties.csv", "intermediary,en", "intermediary,,en")
    edit(tiny_scenario / "windows.csv", "exercise,", "exercise,letter 4")
    edit_head(tiny_scenario, lambda document: document.update(licenses=[{"name": "CC0-1.0"}]))
    first = read_scenario(tiny_scenario).scenario
    second = read_scenario(write_scenario(first, tiny_scenario.parent / "copy")).scenario
    for name in first.__slots__:
        if name not in {"folder", "digest"}:
            assert getattr(first, name) == getattr(second, name), name
    assert ("windows.csv", 2, "source", "letter 4") in second.carried


def test_41_reject_files_lose_nothing_and_run_nothing(tiny_scenario: Path) -> None:
    edit(tiny_scenario / "households.csv", "westby,3", "=cmd,3")
    rejects = read_scenario(tiny_scenario).rejects
    (path,) = write_rejects(rejects, tiny_scenario.parent / "aside")
    path.chmod(0o644)
    write_rejects(rejects, tiny_scenario.parent / "aside")
    notice, header, row = path.read_text(encoding="utf-8-sig").splitlines()
    assert "personal data" in notice
    assert header.startswith("row,token,")
    assert header.endswith(",reason")
    assert row.startswith("2,H-1,,'=cmd,3,")
    assert unescape_cell("'=cmd") == "=cmd"
    assert path.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("cell", ["=1", "'=1", "-5", "'-5", "-x", "'x", "", "@a", "''"])
def test_41_escaping_is_undone_without_loss(cell: str) -> None:
    assert unescape_cell(escape_cell(cell)) == cell


DAY = date(2026, 6, 1)


def test_42_a_new_scenario_has_no_errors_and_says_what_is_invented(
    tmp_path: Path, town_extract: Path
) -> None:
    made = init_scenario(tmp_path / "new", town_extract, day=DAY)
    result = read_scenario(made.folder)
    assert all_findings(result) == ()
    scenario = result.scenario
    assert scenario.kind == "exercise"
    assert all(item.token.startswith("SAMPLE") for item in scenario.households or ())
    assert all("PLACEHOLDER" in area.source for area in scenario.control)
    assert "SAMPLE" in (made.folder / "README.txt").read_text(encoding="utf-8")


def test_42_the_same_call_gives_the_same_bytes(tmp_path: Path, town_extract: Path) -> None:
    folders = [
        init_scenario(tmp_path / parent / "new", town_extract, day=DAY).folder for parent in "ab"
    ]
    digests = {read_scenario(folder).scenario.digest for folder in folders}
    assert len(digests) == 1


def test_42_a_folder_with_files_is_refused_unless_forced(
    tmp_path: Path, town_extract: Path
) -> None:
    (tmp_path / "new").mkdir()
    (tmp_path / "new/mine.txt").write_text("keep", encoding="utf-8")
    with pytest.raises(UsageError, match="holds files already"):
        init_scenario(tmp_path / "new", town_extract, day=DAY)
    init_scenario(tmp_path / "new", town_extract, day=DAY, force=True)
    assert (tmp_path / "new/mine.txt").read_text(encoding="utf-8") == "keep"


def test_43_junctions_stand_in_for_settlements(tmp_path: Path, nameless_extract: Path) -> None:
    made = init_scenario(tmp_path / "new", nameless_extract, day=DAY)
    assert made.settlements == 0
    assert made.pick_ups >= 4
    assert "junctions" in made.notes[0]
    assert all_findings(read_scenario(made.folder)) == ()


def test_carried_files_are_listed_by_the_writer(tmp_path: Path) -> None:
    moment = datetime(2025, 1, 1, tzinfo=UTC)
    header = PackageHeader("a", "A", "exercise", "UTC", moment, moment)
    write_hazards(tmp_path / "hazards.geojson", ())
    write_package_json(tmp_path, header, PackageFiles((("hazards", "hazards.geojson"),)))
    assert read_scenario(tmp_path).findings == ()
