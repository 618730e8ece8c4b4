"""The engines that batch work runs on: DuckDB in this process, or Spark when a shop outgrows a machine.

Both read the same Parquet files and run the same Ibis expressions; a step never asks which one it is.
"""

import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import ibis

from insight.errors import EngineError

MEMORY = "2GB"  # what DuckDB may hold before it writes to `folder`
SPARK = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
    "spark.sql.shuffle.partitions": "4",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.ansi.enabled": "true",
    "spark.sql.execution.arrow.pyspark.enabled": "true",
    "spark.log.level": "ERROR",
}
CORES = 2


@contextmanager
def open_duckdb(folder: Path) -> Iterator[Any]:
    """DuckDB in this process, on at most `MEMORY`; it spills into `folder`."""
    engine: Any = ibis.duckdb.connect(memory_limit=MEMORY, temp_directory=str(folder), preserve_insertion_order=False)
    try:
        yield engine
    finally:
        engine.disconnect()


@contextmanager
def open_spark(folder: Path) -> Iterator[Any]:
    """Spark in a Java process beside this one; on the cluster at SPARK_MASTER, if that is set.

    Raises EngineError saying what to install where Spark or Java is missing.
    """
    try:
        from pyspark.sql import SparkSession
    except ImportError as error:
        raise EngineError("Spark is not installed; run `pip install -e '.[spark]'`, or leave --engine out") from error
    if not (os.environ.get("JAVA_HOME") or shutil.which("java")):
        raise EngineError("Spark needs Java 17: install a JRE (Debian: `openjdk-17-jre-headless`) or set JAVA_HOME")
    builder = SparkSession.builder.master(os.environ.get("SPARK_MASTER", f"local[{CORES}]"))
    settings = SPARK | {"spark.local.dir": str(folder), "spark.sql.warehouse.dir": str(folder / "warehouse")}
    for name, value in settings.items():
        builder = builder.config(name, value)
    session = builder.appName("shopkeeper").getOrCreate()
    try:
        yield ibis.pyspark.connect(session)
    finally:
        session.stop()


ENGINES: Mapping[str, Callable[[Path], AbstractContextManager[Any]]] = {"duckdb": open_duckdb, "spark": open_spark}


def open_engine(name: str, folder: Path) -> AbstractContextManager[Any]:
    """The engine of that name with `folder` for its scratch files; raises EngineError for an unknown one."""
    if name not in ENGINES:
        raise EngineError(f"there is no engine {name!r}; choose from {', '.join(ENGINES)}")
    return ENGINES[name](folder)
