import json

from safepassage.adapters.roads import load_network
from safepassage.cli.main import run
from safepassage.core.corridor.islands import islands


def test_import_writes_the_network_and_what_was_left_out(road_world, tmp_path, capsys):
    assert run(["roads", "import", str(road_world.HELSINKI), "--out", str(tmp_path), "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    kept = json.loads((tmp_path / "summary.json").read_text())
    roads = load_network(tmp_path / "network.npz")
    assert shown["arcs"] == kept["arcs"] == roads.arc_count
    assert sum(row["arcs"] for row in kept["highways"]) == roads.arc_count
    assert {row["reason"] for row in kept["rejects"]} == {reason for reason, _ in roads.rejects}
    assert {row["what"]: row["count"] for row in kept["counts"]} == dict(roads.counts)
    found = islands(roads)
    assert kept["islands"]["count"] == len(found) - 1 == 6
    assert kept["islands"]["largest"][0]["nodes"] == found[1].nodes
    assert shown["seconds"] > 0
    assert "seconds" not in kept


def test_the_table_is_for_people(road_world, tmp_path, capsys):
    assert run(["roads", "import", str(road_world.HELSINKI), "--out", str(tmp_path)]) == 0
    text = capsys.readouterr().out
    assert "residential" in text
    assert "OpenStreetMap contributors" in text
    assert "6 islands with" in text
    assert "ways with a weight limit" in text


def test_a_bad_file_is_one_sentence_and_exit_code_1(tmp_path, capsys):
    bad = tmp_path / "bad.osm"
    bad.write_text("<html/>")
    assert run(["roads", "import", str(bad), "--out", str(tmp_path / "o"), "--json"]) == 1
    error = json.loads(capsys.readouterr().out)["error"]
    assert error["kind"] == "InputError"
    assert error["findings"][0]["file"] == "bad.osm"
    assert not (tmp_path / "o").exists()
