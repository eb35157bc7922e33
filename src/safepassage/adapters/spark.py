"""The same model on Spark, for lists that outgrow one machine.

Which pairs are compared, what is learned and how persons are made of pairs is the same code as on
DuckDB; Spark computes the levels of agreement, from the same settings document in its own SQL.
Damerau-Levenshtein comes from the Java archive in Splink's wheel; its Jaro-Winkler is not quite
DuckDB's, so that one is rapidfuzz in Spark's Python workers, where it must be installed.

Names are protected as far as this side decides it: no web page, no event log, the driver listens on
the loopback address while the master is local, what Spark spills to a disk and sends between its
processes is encrypted with keys that live as long as the session. A cluster's own logs and disks
are its operator's matter (``docs/spec/01d-engine.md`` §17).
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import sys
import tempfile
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from safepassage.adapters.linkage import (
    IntArray,
    Levels,
    fill,
    levels_sql,
    pairs_table,
    quiet,
)
from safepassage.adapters.record_table import RecordTable
from safepassage.core.register.model import MODEL
from safepassage.errors import MissingExtraError, SafePassageError

LOCAL = "local[*]"
_CHUNK_PAIRS = 2_000_000
_EDITS = "uk.gov.moj.dash.linkage.LevDamerauDistance"
_SILENT = """rootLogger.level = off
rootLogger.appenderRef.nowhere.ref = nowhere
appender.nowhere.type = Null
appender.nowhere.name = nowhere
"""
"""Log settings of the session: nothing is logged, because messages quote values."""
_MEMORY = Path("/dev/shm")  # noqa: S108 - memory, not a disk: the reason why it is used


class SparkEngine:
    """Spark on any master.

    Parameters
    ----------
    master
        As Spark takes it: ``local[*]``, ``spark://host:7077``, ``yarn``, ``k8s://…``.

    Raises
    ------
    MissingExtraError
        If pyspark is not installed.
    SafePassageError
        If no Java is found.
    """

    dialect = "spark"

    def __init__(self, master: str = LOCAL) -> None:
        _check()
        self._master = master
        self._session: Any = None
        self._held: RecordTable | None = None
        self._stack = contextlib.ExitStack()
        weakref.finalize(self, self._stack.close)

    def close(self) -> None:
        """End the session and remove what it kept; done at the end of the program as well."""
        self._stack.close()
        self._session = self._held = None

    def levels(self, records: RecordTable, left: IntArray, right: IntArray) -> Levels:
        """Return at which level each field of each pair agrees; see ``linkage.Engine``."""
        found = np.empty((len(left), len(MODEL)), dtype=np.int8)
        with quiet():
            session = self._with(records)
            query = levels_sql(self.dialect)
            for start in range(0, len(left), _CHUNK_PAIRS):
                part = slice(start, start + _CHUNK_PAIRS)
                pairs = session.createDataFrame(pairs_table(left[part], right[part]))
                pairs.createOrReplaceTempView("pairs")
                fill(found[part], session.sql(query).toArrow())
        return found

    def _with(self, records: RecordTable) -> Any:
        """Return the session, holding the records."""
        if self._session is None:
            self._session = self._stack.enter_context(_session(self._master))
        if self._held is not records:
            held = self._session.createDataFrame(records.table).persist()
            held.createOrReplaceTempView("held")
            self._held = records
        return self._session


def _check() -> None:
    try:
        import pyspark  # noqa: F401 - only whether it is there
    except ImportError as problem:
        raise MissingExtraError("spark", "--engine spark") from problem
    if not shutil.which("java"):
        raise SafePassageError("--engine spark needs a Java runtime of version 17 or later.")


def _jaro_winkler() -> Callable[[str | None, str | None], float | None]:
    """Return what DuckDB's function returns, as a function that Spark sends whole to its workers.

    Spark has a function of DuckDB's name and of other values, hence the name of our own.
    """

    def jaro_winkler(one: str | None, other: str | None) -> float | None:
        from rapidfuzz.distance import JaroWinkler

        return None if one is None or other is None else JaroWinkler.similarity(one, other)

    return jaro_winkler


@contextlib.contextmanager
def _session(master: str) -> Iterator[Any]:
    from pyspark.sql import SparkSession
    from pyspark.sql.types import DoubleType

    with tempfile.TemporaryDirectory(dir=_MEMORY if _MEMORY.is_dir() else None) as scratch:
        if _is_local(master):  # Spark takes the workers' Python from the environment alone
            os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
        builder = SparkSession.builder.master(master).appName("safepassage")
        for name, value in _settings(master, scratch).items():
            builder = builder.config(name, value)
        session = builder.getOrCreate()
        try:
            session.sparkContext.setLogLevel("OFF")
            session.udf.registerJavaFunction("safepassage_edits", _EDITS, DoubleType())
            session.udf.register("safepassage_jaro_winkler", _jaro_winkler(), DoubleType())
            yield session
        finally:
            session.stop()


def similarity_jar() -> str:
    """Return where Splink's wheel keeps the string functions."""
    from splink.backends.spark import similarity_jar_location

    return str(similarity_jar_location())


def _settings(master: str, scratch: str) -> dict[str, str]:
    silent = Path(scratch) / "log4j2.properties"
    silent.write_text(_SILENT, encoding="ascii")
    local = {
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.sql.shuffle.partitions": str(_cores(master)),
    }
    return {
        "spark.jars": similarity_jar(),
        "spark.ui.enabled": "false",
        "spark.eventLog.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.local.dir": scratch,
        "spark.sql.warehouse.dir": str(Path(scratch) / "warehouse"),
        "spark.authenticate": "true",
        "spark.network.crypto.enabled": "true",
        "spark.io.encryption.enabled": "true",
        "spark.io.encryption.keySizeBits": "256",
        "spark.sql.execution.arrow.pyspark.enabled": "true",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.ansi.enabled": "false",
        "spark.driver.memory": "4g",
        "spark.driver.extraJavaOptions": f"-Dlog4j2.configurationFile={silent.as_uri()}",
        **(local if _is_local(master) else {}),
    }


def _cores(master: str) -> int:
    """Return how many threads a local master runs: ``local``, ``local[4]``, ``local[*]``."""
    number = re.search(r"\d+", master)
    every = os.cpu_count() or 1
    return int(number.group()) if number else every if "*" in master else 1


def _is_local(master: str) -> bool:
    return master.startswith("local")
