"""Spark gives the levels of DuckDB, on a session of this machine; and it gives nothing away."""

from __future__ import annotations

import importlib.util
import shutil

import numpy as np
import pyarrow as pa
import pytest

from safepassage.adapters import spark
from safepassage.adapters.bulk import canonical_table, link_table
from safepassage.adapters.linkage import DuckEngine, engine_named
from safepassage.core.register.gazetteer import build_gazetteer
from safepassage.core.register.model import MODEL
from safepassage.errors import MissingExtraError

GAZETTEER = build_gazetteer(
    [("guevo", "Гуево"), ("sudzha", "Суджа"), ("rylsk", "Рыльск")],
    {"guevo": (51.12, 35.3), "sudzha": (51.19, 35.27), "rylsk": (51.57, 34.68)},
)
NAMES = (
    "Манкин Анна Петровна", "Mamink Anna", "Ткач Иван Ильич", "Tkach Ivan", "Ткач И.И.",
    "Ткачук Иван Ильич", "Коваль Мария", "Kowal Maria", "Ковальчук Марія", "Коваль Марина",
)  # fmt: skip
ROWS = pa.table(
    {
        "list_id": ["a", "b"] * 5,
        "full_name": list(NAMES),
        "stay_place": ["Гуево", "Guevo", "", "Рыльск", "Суджа"] * 2,
        "birth_earliest": ["1950-03-04", "1950-01-01", None, "1962-07-01", "1962-07-01"] * 2,
        "birth_latest": ["1950-03-04", "1950-12-31", None, "1962-07-01", "1962-07-02"] * 2,
        "phone": ["050 1234567", "", "+380501234568", None, "0501234567"] * 2,
    }
)

needs_spark = pytest.mark.skipif(
    importlib.util.find_spec("pyspark") is None or shutil.which("java") is None,
    reason="Spark is not tested: the extra 'spark' or a Java runtime is not installed",
)


@pytest.fixture(scope="module")
def engine():
    made = engine_named("spark", "local[2]")
    yield made
    made.close()


@needs_spark
def test_every_pair_has_the_levels_of_duckdb(engine):
    table = canonical_table(ROWS, GAZETTEER)
    left, right = (end.astype(np.int64) for end in np.triu_indices(len(table), 1))
    expected = DuckEngine().levels(table, left, right)
    assert (engine.levels(table, left, right) == expected).all()
    assert len(np.unique(expected[:, 0])) > 3
    stay = next(field for field in MODEL if field.name == "place of stay")
    found = {stay.levels[each].name for each in expected[:, MODEL.index(stay)] if each >= 0}
    assert found == {"same", "close", "other"}


@needs_spark
def test_the_same_rows_are_the_same_persons(engine):
    ours = link_table(ROWS, GAZETTEER)
    theirs = link_table(ROWS, GAZETTEER, engine=engine)
    assert ours.persons.person.tolist() == theirs.persons.person.tolist()
    assert ours.model == theirs.model


def test_what_spark_writes_and_opens_is_said_beforehand(tmp_path, monkeypatch):
    monkeypatch.setattr(spark, "similarity_jar", lambda: "similarity.jar")
    settings = spark._settings("local[*]", str(tmp_path))
    assert settings["spark.io.encryption.enabled"] == "true"
    assert settings["spark.network.crypto.enabled"] == "true"
    assert settings["spark.ui.enabled"] == settings["spark.eventLog.enabled"] == "false"
    assert settings["spark.driver.bindAddress"] == "127.0.0.1"
    assert settings["spark.local.dir"] == str(tmp_path)
    assert "spark.driver.bindAddress" not in spark._settings("spark://host:7077", str(tmp_path))


def test_without_the_extra_a_sentence_says_what_to_install(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "pyspark", None)
    with pytest.raises(MissingExtraError, match=r"safepassage\[spark\]"):
        engine_named("spark")
