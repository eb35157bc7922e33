"""One test for each numbered rule of docs/spec/01d-engine.md."""

from __future__ import annotations

import json
import logging
import marshal
import subprocess
import sys

import numpy as np
import pyarrow as pa
import pytest

from safepassage.adapters import bulk, linkage, spark
from safepassage.adapters.bulk import canonical_table, link_table
from safepassage.adapters.distances import Distance
from safepassage.adapters.linkage import (
    DuckEngine,
    LinkageEngine,
    engine_named,
    levels_sql,
    settings_document,
)
from safepassage.adapters.lists import ListReadResult
from safepassage.adapters.record_table import RecordTable
from safepassage.adapters.register import link_records, register_of
from safepassage.core.register.blocking import candidate_pairs, pair_budget
from safepassage.core.register.comparable import comparables
from safepassage.core.register.constraints import Constraints
from safepassage.core.register.gazetteer import build_gazetteer
from safepassage.core.register.households import PartyRules
from safepassage.core.register.model import MODEL
from safepassage.core.register.types import ApproximateDate, ListRecord
from safepassage.errors import InputError, UsageError

GAZETTEER = build_gazetteer([("guevo", "Гуево"), ("sudzha", "Суджа")])
ANNA = "Ткач Анна Петровна"
IVAN = "Коваль Иван Ильич"


def record(row, list_id="a", year="", **values):
    birth = ApproximateDate(f"{year}-01-01", f"{year}-12-31") if year else None
    return ListRecord(f"{list_id}:{row}", list_id, row, birth=birth, **values)


def anna(list_id, row=2, **values):
    return record(row, list_id, "1950", full_name=ANNA, stay_place="Гуево", **values)


def ivan(list_id, row=2):
    return record(row, list_id, "1981", full_name=IVAN, stay_place="Суджа")


def linked(*records, **options):
    return link_records(records, GAZETTEER, **options)


def together(result, *ids):
    return any(set(ids) <= set(person.record_ids) for person in result.persons)


def table_of(*records):
    return RecordTable.of(comparables(records, GAZETTEER))


def candidates(*records, **options):
    table = table_of(*records)
    found = candidate_pairs(table.tokens(), len(table), **options)
    return found, set(zip(found.left.tolist(), found.right.tolist(), strict=True))


def test_1_decisions_are_stronger_than_evidence():
    decided = Constraints(same=(("a:2", "b:3"),), different=(("a:2", "b:2"),))
    result = linked(anna("a"), anna("b"), ivan("b", 3), constraints=decided)
    assert together(result, "a:2", "b:3")
    assert not together(result, "a:2", "b:2")


def test_2_decisions_hold_through_chains():
    decided = Constraints(same=(("a:2", "b:2"),), different=(("b:2", "c:2"),))
    result = linked(anna("a"), ivan("b"), anna("c"), constraints=decided)
    assert together(result, "a:2", "b:2")
    assert not together(result, "a:2", "c:2")


def test_3_different_wins_and_the_contradiction_is_said():
    decided = Constraints(same=(("a:2", "b:2"), ("b:2", "c:2")), different=(("a:2", "c:2"),))
    records = (anna("a"), anna("b"), anna("c"))
    result = linked(*records, constraints=decided)
    assert together(result, "a:2", "b:2")
    assert not together(result, "c:2", "a:2")
    assert result.refused == (("b:2", "c:2"),)
    read = [ListReadResult(records, (), ())]
    register = register_of(read, GAZETTEER, PartyRules("2025-02-20"), constraints=decided)
    assert any("kept apart" in finding.message for finding in register.findings)


def test_4_a_decision_is_evidence_and_never_in_review():
    decided = Constraints(same=(("a:2", "b:2"), ("a:2", "gone:9")))
    result = linked(anna("a"), ivan("b"), constraints=decided)
    link = next(each for each in result.links if {each.left, each.right} == {"a:2", "b:2"})
    assert link.probability == 1.0
    assert link.evidence[0].finding == "a person decided that they are one person"
    assert result.links.index(link) not in result.review


def test_5_a_stored_model_gives_the_same_persons_without_learning(monkeypatch):
    records = (anna("a"), anna("b"), ivan("a", 3), ivan("b", 3))
    first = linked(*records)
    monkeypatch.setattr(linkage, "learn", None)
    again = linked(*records, model=json.dumps(first.model))
    assert [p.record_ids for p in again.persons] == [p.record_ids for p in first.persons]
    assert [link.probability for link in again.links] == pytest.approx(
        [link.probability for link in first.links], abs=1e-4
    )


@pytest.mark.parametrize("model", ["no model", "{}", '{"safepassage": {"fields": {}}}'])
def test_6_another_models_document_is_refused(model):
    with pytest.raises(InputError, match="stored linkage model"):
        linked(anna("a"), anna("b"), model=model)


def test_7_one_field_may_differ_whichever_it_is():
    same = {"full_name": ANNA, "stay_place": "Гуево", "birth_place": "Суджа", "year": "1950"}
    for change in (
        {"full_name": "Заяц Анна Петровна"}, {"full_name": "Ткач Ульяна Петровна"},
        {"full_name": "Ткач Анна Ильинична"}, {"year": "1983"}, {"stay_place": "Суджа"},
        {"stay_place": ""}, {"year": ""},
    ):  # fmt: skip
        _, found = candidates(record(2, **same), record(2, "b", **{**same, **change}))
        assert found == {(0, 1)}, change
    _, found = candidates(record(2, full_name=ANNA), record(2, "b", full_name=IVAN))
    assert not found
    _, found = candidates(record(2, email="a@b.org"), record(2, "b", email="a@b.org"))
    assert found == {(0, 1)}


def test_8_a_crowd_is_refined_and_what_is_left_out_is_counted():
    crowd = [record(row, full_name="Иванов Иван", year=str(1900 + row)) for row in range(2, 62)]
    twin = record(2, "b", full_name="Иванов Иван", year="1930")
    found, pairs = candidates(*crowd, twin, max_crowd=20)
    assert (28, 60) in pairs
    assert len(pairs) < 60
    assert found.crowded > 0
    assert found.left_out == 0
    nothing_more, pairs = candidates(
        *[record(row, full_name="Иванов Иван") for row in range(2, 62)], max_crowd=20
    )
    assert (0, 1) in pairs
    assert nothing_more.left_out == 60 * 59 // 2 - len(pairs)


def test_9_the_budget_is_kept_by_leaving_out_what_disagrees():
    places = ("Суджа", "Гуево", "Горналь", "Плёхово")
    strangers = [
        record(2 + at, chr(97 + at % 2), str(1940 + 7 * at), full_name=f"Ткач Анна {father}",
               stay_place=places[at])
        for at, father in enumerate(("Ильинична", "Петровна", "Ивановна", "Олеговна"))
    ]  # fmt: skip
    twin = record(9, "b", "1940", full_name="Ткач Анна Ильинична", stay_place="Гуево")
    found, pairs = candidates(*strangers, twin, budget=1)
    assert found.over_budget
    assert (0, 4) in pairs
    assert (2, 3) not in pairs
    assert [pair_budget(n) for n in (100, 5_000, 1_000_000)] == [200_000, 2_000_000, 6_000_000]


def test_10_an_initial_meets_a_full_name_but_two_full_names_need_more():
    short = record(2, full_name="Ткач А.", year="1950")
    full = record(2, "b", full_name="Заяц Анна", year="1950")
    other = record(3, "b", full_name="Зубов Алексей", year="1950")
    _, found = candidates(short, full, other)
    assert (0, 1) in found
    assert (1, 2) not in found


def test_11_splink_itself_finds_the_same_levels_and_weights():
    from splink import DuckDBAPI, Linker

    records = [anna("a"), anna("b"), ivan("a", 3), record(4, "b", "1981", full_name="Kowal Ivan")]
    engine = LinkageEngine(table_of(*records))
    pairs = engine.compare(np.array([0, 0, 1, 2]), np.array([1, 2, 3, 3]))
    document = settings_document(engine.parameters, "duckdb")
    document["blocking_rules_to_generate_predictions"] = [{"blocking_rule": "l.n < r.n"}]
    with linkage.quiet():
        api = DuckDBAPI()
        linker = Linker(api.register(engine.records.table), document, log_level=None)
        for field in MODEL:
            if field.term:
                shares = engine.records.shares[field.term]
                values = engine.records.table[field.term].to_pylist()
                known = {v: s for v, s in zip(values, shares, strict=True) if v is not None}
                terms = pa.table(
                    {
                        field.term: pa.array(list(known), pa.string()),
                        f"tf_{field.term}": pa.array(list(known.values()), pa.float64()),
                    }
                )
                linker.table_management.register_term_frequency_lookup(
                    api.register(terms), field.term
                )
        rows = linker.inference.predict(warning_mode="never").as_record_list()
    by_pair = {(row["n_l"], row["n_r"]): row for row in rows}
    for at in range(len(pairs)):
        row = by_pair[int(pairs.left[at]), int(pairs.right[at])]
        for place, field in enumerate(MODEL):
            level = len(field.levels) - 1 - row[f"gamma_{place}"]
            assert pairs.levels[at, place] == (-1 if row[f"gamma_{place}"] < 0 else level)
            bits = row[f"mw_{place}"] + (row[f"mw_tf_adj_{place}"] if field.term else 0.0)
            assert pairs.bits[at, place] == pytest.approx(bits, abs=1e-9)


def test_12_chunks_and_order_change_nothing(monkeypatch):
    records = table_of(anna("a"), anna("b"), ivan("a", 3), ivan("b", 3))
    left, right = np.array([0, 0, 1, 2]), np.array([1, 2, 3, 3])
    whole = DuckEngine().levels(records, left, right)
    monkeypatch.setattr(linkage, "_CHUNK_PAIRS", 3)
    assert (DuckEngine().levels(records, left, right) == whole).all()


def test_13_distances_are_those_of_duckdb():
    import duckdb

    words = ["mankin", "mamink", "tkaC", "tkaCuk", "a", "ivanov", "nivaov"]
    table = RecordTable(pa.table({"surname": words}))
    left, right = np.triu_indices(len(words), 1)
    for function in ("damerau_levenshtein", "jaro_winkler_similarity"):
        ours = Distance(function, "surname").between(table, left, right).to_pylist()
        for value, a, b in zip(ours, left, right, strict=True):
            query = f"select {function}('{words[a]}', '{words[b]}')"
            theirs = duckdb.sql(query).fetchone()[0]
            assert value == pytest.approx(min(theirs, 4), abs=1e-12)


def test_14_nothing_is_written_or_logged(tmp_path, monkeypatch, caplog, capfd):
    monkeypatch.chdir(tmp_path)
    with caplog.at_level(logging.DEBUG):
        linked(anna("a"), anna("b"))
    assert not list(tmp_path.iterdir())
    assert "tkaC" not in caplog.text + "".join(capfd.readouterr())


def test_15_hopeless_pairs_are_left_behind_only_where_there_are_many(monkeypatch):
    records = (anna("a"), anna("b"), record(5, "b", "1981", full_name="Ткач Анна"))
    few = LinkageEngine(table_of(*records))
    few.train()
    kept = few.candidates()
    monkeypatch.setattr(linkage, "FEW_PAIRS", 0)
    monkeypatch.setattr(linkage, "HOPELESS_BITS", 1e9)
    many = LinkageEngine(table_of(*records))
    many.train()
    assert len(kept) > 0
    assert len(many.candidates()) == 0


def test_16_an_unknown_engine_is_a_usage_error():
    with pytest.raises(UsageError, match="duckdb, spark"):
        engine_named("oracle")
    assert "arrays_overlap" in levels_sql("spark")
    assert "list_has_any" not in levels_sql("spark")


ROWS = pa.Table.from_pylist(
    [
        {"list_id": "a", "full_name": ANNA, "stay_place": "Гуево", "birth_earliest": "1950-03-04",
         "birth_latest": "1950-03-04", "sex": "female"},
        {"list_id": "b", "full_name": IVAN, "stay_place": "Суджа", "birth_earliest": None,
         "birth_latest": None, "sex": None},
        {"list_id": "b", "full_name": "Tkach Hanna Petrivna", "stay_place": "Гуево",
         "birth_earliest": "1950-03-04", "birth_latest": "1950-03-04", "sex": None},
    ]
)  # fmt: skip


def test_18_a_worker_needs_rapidfuzz_and_nothing_of_ours(tmp_path, monkeypatch):
    code = marshal.dumps(spark._jaro_winkler().__code__).hex()
    script = (
        "import marshal, sys, types\n"
        "sys.modules['safepassage'] = None\n"
        f"code = marshal.loads(bytes.fromhex('{code}'))\n"
        "similarity = types.FunctionType(code, {'__builtins__': __builtins__})\n"
        "print(similarity('mankin', 'mankin'), similarity(None, 'mankin'))\n"
    )
    worker = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert worker.stdout.split() == ["1.0", "None"], worker.stderr
    monkeypatch.setattr(spark, "similarity_jar", lambda: "similarity.jar")
    assert spark._settings("spark://host:7077", str(tmp_path))["spark.jars"] == "similarity.jar"


def test_19_rows_by_column_are_the_persons_of_the_records():
    day = ApproximateDate("1950-03-04", "1950-03-04")
    records = (
        ListRecord("a:0", "a", 2, full_name=ANNA, stay_place="Гуево", birth=day),
        record(1, "b", full_name=IVAN, stay_place="Суджа"),
        ListRecord("b:2", "b", 4, full_name="Tkach Hanna Petrivna", stay_place="Гуево", birth=day),
    )
    assert together(linked(*records), "a:0", "b:2")
    assert link_table(ROWS, GAZETTEER).persons.person.tolist() == [0, 1, 0]


def test_20_two_processes_make_the_table_of_one(monkeypatch):
    one = canonical_table(ROWS, GAZETTEER).table
    monkeypatch.setattr(bulk, "_CHUNK_RECORDS", 1)
    assert canonical_table(ROWS, GAZETTEER).table.equals(one)
