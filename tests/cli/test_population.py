"""``safepassage population estimate`` from the outside."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from safepassage.cli.main import run
from safepassage.core.population.types import PublicClaim
from safepassage.core.register.types import ListRecord, Person, Register
from safepassage.errors import Finding

ROWS = "a,b,c,count\n1,0,0,400\n0,1,0,300\n0,0,1,300\n1,1,0,90\n1,0,1,80\n0,1,1,70\n1,1,1,25\n"
FAST = ["-m", "union", "-m", "chao", "-m", "chapman", "-m", "independence", "-m", "all_two_way"]


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "overlaps.csv"
    path.write_text(ROWS)
    return path


def _run_json(capsys, *arguments):
    code = run(["population", "estimate", *map(str, arguments), "--json"])
    return code, json.loads(capsys.readouterr().out)


def test_the_document_has_the_keys_of_the_contract(table, capsys):
    code, document = _run_json(capsys, table, *FAST)
    assert code == 0
    assert document["observed"] == 1265
    assert document["lists"] == 3
    assert [method["name"] for method in document["methods"]] == FAST[1::2]
    for method in document["methods"]:
        assert list(method) == [
            "name", "estimate", "low", "high", "level", "seconds", "warnings", "refused",
        ]  # fmt: skip
    assert list(document["recommended"]) == [
        "estimate", "low", "high", "level", "at_least", "rule", "assumption", "reasons",
    ]  # fmt: skip
    assert document["recommended"]["at_least"] == 1265


def test_a_refused_method_has_nulls_and_its_reason(table, capsys):
    chapman = _run_json(capsys, table, "-m", "chapman")[1]["methods"][0]
    assert (chapman["estimate"], chapman["low"], chapman["high"]) == (None, None, None)
    assert "there are 3" in chapman["refused"]


def test_no_infinity_is_printed(table, capsys):
    union = _run_json(capsys, table, "-m", "union")[1]["methods"][0]
    assert union["high"] is None
    assert "'high' is null because there is no upper limit." in union["warnings"]


def test_two_lists_end_with_exit_code_1(tmp_path, capsys):
    path = tmp_path / "two.csv"
    path.write_text("a,b,count\n1,1,5\n1,0,15\n0,1,25\n")
    code, document = _run_json(capsys, path, "-m", "chapman")
    assert code == 1
    assert document["recommended"]["estimate"] is None
    assert document["recommended"]["at_least"] == 45
    assert "cannot tell dependence from size" in document["recommended"]["reasons"][0]
    assert document["methods"][0]["estimate"] == 107.5


def test_words_come_in_the_order_of_the_trade(table, capsys):
    assert run(["population", "estimate", str(table), *FAST]) == 0
    text = capsys.readouterr().out
    places = [text.index(word) for word in ("1,265 persons", "Recommended:", "What each method")]
    assert places == sorted(places)
    assert "Assumes:" in text


def test_a_picture_is_written(table, tmp_path, capsys):
    picture = tmp_path / "p.svg"
    assert run(["population", "estimate", str(table), *FAST, "--plot", str(picture)]) == 0
    assert picture.read_text(encoding="utf-8").startswith("<svg")


def test_a_picture_that_cannot_be_written(table, tmp_path, capsys):
    target = tmp_path / "no" / "p.svg"
    assert run(["population", "estimate", str(table), *FAST, "--plot", str(target)]) == 1
    assert "the picture cannot be written" in capsys.readouterr().err


def test_an_unknown_method_is_a_wrong_call(table, capsys):
    assert run(["population", "estimate", str(table), "-m", "guess"]) == 2
    assert "There is no method 'guess'" in capsys.readouterr().err


def test_a_wrong_table_is_one_json_document(tmp_path, capsys):
    path = tmp_path / "bad.csv"
    path.write_text("a,b,count\n1,1,-2\n")
    code, document = _run_json(capsys, path)
    assert code == 1
    assert document["error"]["findings"][0]["row"] == 2


DAYS = (("a", "2025-01-01"), ("b", "2025-01-10"), ("c", "2025-01-20"))


def test_a_scenario_is_linked_and_its_claims_compared(tmp_path, monkeypatch, capsys):
    def person(number, lists):
        return Person(f"P-{number}", tuple(f"{name}:{number}" for name in lists), 1.0)

    groups = [(400, "a"), (300, "b"), (300, "c"), (90, "ab"), (80, "ac"), (70, "bc"), (25, "abc")]
    members = [lists for count, lists in groups for _ in range(count)]
    persons = tuple(person(number, lists) for number, lists in enumerate(members, start=2))
    records = tuple(
        ListRecord(record_id, record_id.split(":")[0], int(record_id.split(":")[1]))
        for one in persons
        for record_id in one.record_ids
    )
    claim = PublicClaim("c1", "An office", "2025-02-11", "9", 9, 9, "residents", "news")
    scenario = SimpleNamespace(
        lists=[SimpleNamespace(list_id=name, as_of=day, received_on="") for name, day in DAYS],
        claims=(claim,),
        places=(),
        planning_date=datetime(2025, 2, 20, tzinfo=UTC),
    )
    undated = Finding("is empty; needed: when it was said.", "claims.csv", 3, "said_on")
    read = SimpleNamespace(scenario=scenario, findings=(undated,))
    register = SimpleNamespace(register=Register(records, (), persons, (), (), ()), doubt=None)
    monkeypatch.setattr("safepassage.scenario.reader.read_scenario", lambda folder: read)
    monkeypatch.setattr("safepassage.adapters.register.build_register", lambda scenario: register)
    code, document = _run_json(capsys, tmp_path, "-m", "union")
    assert code == 0
    assert document["observed"] == 1265
    assert document["claims"][0]["position"] == "below"
    assert "counting residents" in document["claims"][0]["sentence"]
    assert document["notices"][0].startswith("A claim was set aside: claims.csv, row 3")
    assert "no list reports to have left" in document["notices"][-1]
    code, document = _run_json(
        capsys, tmp_path, "-m", "union", "--by", "sex", "--on", "2025-02-11",
        "--departures", "2025-01-15:100:a checkpoint", "--missed", "3/100", "--false", "0/100",
    )  # fmt: skip
    assert code == 0
    whole = document["recommended"]["estimate"]
    assert sum(part["estimate"] for part in document["parts"]) == round(whole)
    assert document["as_of"]["estimate"] < whole
    assert document["without_linkage_errors"]["shift"] < 1
    code, document = _run_json(
        capsys, tmp_path, "-m", "doubly_robust", "--unreported", "6/80,1/70:call-backs"
    )
    assert code == 0
    assert document["recommended"]["estimate"] < whole
    assert document["recommended"]["at_least"] < 1265
    assert "6 of 80 looked for on one list" in document["recommended"]["reasons"][0]
    assert document["methods"][0]["name"] == "doubly_robust"


def test_counts_alone_have_no_covariates_but_may_lose_people(table, capsys):
    code, document = _run_json(capsys, table, "-m", "doubly_robust", "--unreported", "2-5%:elders")
    assert code == 0
    assert "place, sex and age" in document["methods"][0]["refused"]
    assert document["recommended"]["at_least"] == int(1265 * (1 - 0.05 + 0.03 * 0.025))


@pytest.mark.parametrize("wrong", ["2-5", "9/5:x", "5-2%:x", "3/50", "3/50,9/8:x", "0/0:x"])
def test_departures_that_cannot_be_understood(table, capsys, wrong):
    assert _run_json(capsys, table, "--unreported", wrong)[0] == 2


def test_sensitivity_compares_methods_and_draws_the_dials(table, tmp_path, capsys):
    picture = tmp_path / "dials.svg"
    arguments = ["population", "sensitivity", str(table), "--plot", str(picture)]
    assert run([*arguments, "--json"]) == 0
    methods = {one["name"]: one for one in json.loads(capsys.readouterr().out)["methods"]}
    assert methods["chapman"]["refused"]
    assert -0.5 < methods["independence"]["against_band"] < 0.5
    assert picture.read_text(encoding="utf-8").startswith("<svg")
    assert run(arguments) == 0
    assert "By method" in capsys.readouterr().out


def test_counts_alone_do_not_answer_who_is_where(tmp_path, capsys):
    path = tmp_path / "table.csv"
    path.write_text("a,b,count\n1,1,5\n1,0,5\n0,1,5\n")
    code, document = _run_json(capsys, path, "--by", "place")
    assert code == 2
    assert "give a scenario folder" in document["error"]["message"]


@pytest.mark.parametrize(
    "wrong",
    [
        ("--departures", "2025-02-01:3:x"),
        ("--on", "2025-02-01", "--departures", "soon:3:x"),
        ("--missed", "9"),
        ("--missed", "9/3"),
        ("-m", "behaviour"),
    ],
)
def test_options_that_cannot_be_understood(tmp_path, capsys, wrong):
    path = tmp_path / "table.csv"
    path.write_text("a,b,count\n1,1,5\n1,0,5\n0,1,5\n")
    assert _run_json(capsys, path, *wrong)[0] == 2


def test_the_dials_of_two_lists_by_hand(tmp_path, capsys):
    path = tmp_path / "table.csv"
    path.write_text("a,b,count\n1,1,60\n1,0,40\n0,1,20\n")
    assert run(["population", "sensitivity", str(path), "--across", "a:b", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    settings = {one["odds_ratio"]: one for one in document["dials"]["across a:b"]}
    assert settings[10.0]["estimate"] == pytest.approx(120 + 800 / 6, abs=0.1)
    assert run(["population", "sensitivity", str(path)]) == 0
    assert "Dependence between a and b" in capsys.readouterr().out
    assert run(["population", "sensitivity", str(path), "--across", "a,b"]) == 2


def test_a_study_of_the_users_own_lists(tmp_path, capsys):
    path = tmp_path / "table.csv"
    cells = [f"{a},{b},{c},40" for a in "01" for b in "01" for c in "01" if a + b + c != "000"]
    path.write_text("\n".join(["a,b,c,count", *cells]) + "\n")
    arguments = ["population", "simulate", str(path), "--runs", "10", "-m", "chao", "--json"]
    assert run(arguments) == 0
    first = json.loads(capsys.readouterr().out)
    assert run(arguments) == 0
    assert json.loads(capsys.readouterr().out) == first
    plain = [row for row in first["worlds"] if row["world"] == "independent"]
    assert {row["method"] for row in plain} == {"recommended", "chao"}
    assert plain[0]["coverage"] >= 0.7


def test_a_draw_is_planned_and_read(capsys):
    assert run(["population", "anchor", "--listed", "100", "--drawn", "20", "--found", "10"]) == 0
    assert capsys.readouterr().out.startswith("200 people")
    assert run(["population", "anchor", "--listed", "1740", "--plan-for", "2200", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["draw"] > 50
    assert run(["population", "anchor", "--listed", "100", "--drawn", "20"]) == 2


def test_help_has_an_example(capsys):
    assert run(["population", "estimate", "--help"]) == 0
    assert "overlaps.csv" in capsys.readouterr().out


def test_an_empty_register_and_two_sources_are_answered_in_a_sentence(new_store, table, capsys):
    with new_store() as store:
        path = store.path
    assert run(["population", "estimate", "--register", str(path)]) == 2
    assert "holds no record yet" in " ".join(capsys.readouterr().err.split())
    assert run(["population", "estimate", str(table), "--register", str(path)]) == 2
    assert run(["population", "estimate"]) == 2


LISTED = "name,birth,village\n" + "".join(
    f"Ivan{chr(97 + i // 26)}{chr(97 + i % 26)}ov Petro,19{30 + i}-05-{1 + i % 28:02d},Sudzha\n"
    for i in range(60)
)


def test_a_register_store_is_estimated(new_store, tmp_path, capsys):
    with new_store() as store:
        path = store.path
    rows = LISTED.splitlines()
    for name, kept in (("one", rows[1:41]), ("two", rows[21:]), ("three", rows[1::2])):
        (tmp_path / f"{name}.csv").write_text("\n".join([rows[0], *kept]) + "\n", encoding="utf-8")
        arguments = ["register", "import", str(tmp_path / f"{name}.csv"), "--register", str(path)]
        assert run([*arguments, "--as-of", "2025-02-01", "--yes"]) == 0
    capsys.readouterr()
    run(["population", "estimate", "--register", str(path), "-m", "union", "--json"])
    document = json.loads(capsys.readouterr().out)
    assert document["lists"] == 3
    assert document["observed"] >= 60
