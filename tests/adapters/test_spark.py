"""Spark gives the levels of DuckDB, on a session of this machine; and it gives nothing away."""

from __future__ import annotations

import importlib.util
import shutil

import numpy as np
import pyarrow as pa
import pytest

from safepassage.adapters import spark
from safepassage.adapters.bulk import link_table
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


class Witnessed:
    """Spark, each answer of which is compared with DuckDB's."""

    dialect = "spark"

    def __init__(self, engine):
        self.engine, self.seen = engine, []

    def levels(self, records, left, right):
        found = self.engine.levels(records, left, right)
        assert (found == DuckEngine().levels(records, left, right)).all()
        self.seen.append(found)
        return found


@pytest.fixture(scope="module")
def spark_link():
    """One session for all tests, which need its answers and no more: starting it takes longest."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JDK_JAVA_OPTIONS", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC")
        engine = engine_named("spark", "local[1]")
        witnessed = Witnessed(engine)
        linked = link_table(ROWS, GAZETTEER, engine=witnessed)
        engine.close()
    return linked, np.concatenate(witnessed.seen)


@needs_spark
def test_every_pair_has_the_levels_of_duckdb(spark_link):
    _, levels = spark_link
    assert len(levels) >= len(ROWS) * (len(ROWS) - 1) // 2
    assert len(np.unique(levels[:, 0])) > 3
    stay = next(field for field in MODEL if field.name == "place of stay")
    found = {stay.levels[each].name for each in levels[:, MODEL.index(stay)] if each >= 0}
    assert found == {"same", "close", "other"}


@needs_spark
def test_the_same_rows_are_the_same_persons(spark_link):
    ours, (theirs, _) = link_table(ROWS, GAZETTEER), spark_link
    assert ours.persons.person.tolist() == theirs.persons.person.tolist()
    assert ours.model == theirs.model


@pytest.mark.parametrize(("master", "threads"), [("local", 1), ("local[3]", 3)])
def test_a_local_session_has_as_many_parts_as_threads(tmp_path, monkeypatch, master, threads):
    monkeypatch.setattr(spark, "similarity_jar", lambda: "similarity.jar")
    settings = spark._settings(master, str(tmp_path))
    assert settings["spark.sql.shuffle.partitions"] == str(threads)


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
