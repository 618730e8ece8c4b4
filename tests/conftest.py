"""Fixtures that every package's tests share."""

import fcntl
import os
import pwd
import shutil
import subprocess
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import psycopg
import pytest
import redis
from xdist.remote import Producer

import bot.shop.tables  # noqa: F401 - adds the shop's tables to the metadata
from bot.database import Database
from bot.tables import Base as BotBase
from insight.tables import Base as InsightBase
from nlu.encoder import PACKAGED, Encoder, model_id
from tests.ports import free_port
from tests.schedule import Schedule, place
from tests.stack import ROOT


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Schedule:
    return Schedule(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=place)


@pytest.fixture
def database(empty_file: Path, tmp_path: Path) -> Iterator[Database]:
    """An empty SQLite database with all tables."""
    shutil.copy(empty_file, tmp_path / "test.db")
    database = Database(f"sqlite:///{tmp_path / 'test.db'}")
    yield database
    database.close()


@pytest.fixture(scope="session")
def empty_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of an SQLite database with all tables; copy it, do not change it."""
    path = tmp_path_factory.mktemp("empty") / "empty.db"
    _with_tables(Database(f"sqlite:///{path}")).close()
    return path


@pytest.fixture
def postgres(postgres_url: str, empty_postgres: str) -> Iterator[Database]:
    """An empty PostgreSQL database with all tables, on the tests' own server."""
    with copied(postgres_url, empty_postgres) as database:
        yield database


@pytest.fixture(scope="session")
def empty_postgres(postgres_url: str) -> str:
    """The name of a PostgreSQL database with all tables; copy it, do not change it."""
    with psycopg.connect(_plain(postgres_url), autocommit=True) as connection:
        connection.execute("CREATE DATABASE empty")
    _with_tables(Database(_beside(postgres_url, "empty"))).close()
    return "empty"


@contextmanager
def copied(url: str, name: str) -> Iterator[Database]:
    """A copy, for a while, of the database `name` on the server at `url`; nobody may be connected to that."""
    copy = f"t{uuid.uuid4().hex[:12]}"
    with psycopg.connect(_plain(url), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {copy} TEMPLATE {name}")
        database = Database(_beside(url, copy))
        yield database
        database.close()
        connection.execute(f"DROP DATABASE {copy} WITH (FORCE)")


def _plain(url: str) -> str:
    return url.replace("+psycopg", "")


def _beside(url: str, name: str) -> str:
    return f"{url.rsplit('/', 1)[0]}/{name}"


def _with_tables(database: Database) -> Database:
    for base in (BotBase, InsightBase):
        base.metadata.create_all(database.engine)
    return database


Shared = Callable[[str], AbstractContextManager[Path]]


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Shared:
    """`with shared(name) as folder`: one folder for all processes of a test run, which enter it one after the other."""
    own = tmp_path_factory.getbasetemp()
    everybodys = own if worker_id == "master" else own.parent

    @contextmanager
    def enter(name: str) -> Iterator[Path]:
        folder = everybodys / name
        folder.mkdir(exist_ok=True)
        with (folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield folder

    return enter


@pytest.fixture(scope="session")
def encoder_cache(shared: Shared) -> Path:
    """A folder with the untouched encoder in it: `make setup`'s, or one that all processes of a test run share."""
    with shared("encoder") as folder:
        name = model_id(PACKAGED)
        if (ROOT / "var" / "encoder" / name).exists() and not (folder / name).exists():
            (folder / name).symlink_to(ROOT / "var" / "encoder" / name)
        Encoder.load(cache=folder)
    return folder


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """SQLAlchemy URL of a PostgreSQL server that this test run starts and stops; skips where none is installed."""
    binaries = _postgres_binaries()
    if binaries is None:
        reason = "needs PostgreSQL's server binaries (package `postgresql`)"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    folder = Path(tempfile.mkdtemp(prefix="shopkeeper-postgres-"))
    user = _unprivileged_user()
    if user is not None:
        shutil.chown(folder, user)
    port = free_port()
    options = f"-p {port} -h 127.0.0.1 -k {folder} -c fsync=off -c synchronous_commit=off -c shared_buffers=32MB"
    data = folder / "data"
    _run([binaries / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"], folder, user)
    _run([binaries / "pg_ctl", "-D", data, "-l", folder / "log", "-w", "-o", options, "start"], folder, user)
    yield f"postgresql+psycopg://postgres@127.0.0.1:{port}/postgres"
    _run([binaries / "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop"], folder, user)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """URL of a Redis server that this test run starts and stops; skips where none is installed."""
    server = shutil.which("redis-server")
    if server is None:
        reason = "needs redis-server (package `redis-server`)"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    port = free_port()
    options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(tmp_path_factory.mktemp("redis"))]
    process = subprocess.Popen([server, *options], stdout=subprocess.DEVNULL)
    _wait_for_redis(port)
    yield f"redis://127.0.0.1:{port}/0"
    process.terminate()
    process.wait(10)


def _wait_for_redis(port: int) -> None:
    with redis.Redis(port=port) as client:
        for _ in range(100):
            try:
                client.ping()
                return
            except redis.ConnectionError:
                time.sleep(0.05)
    raise TimeoutError("redis-server did not start")


def _postgres_binaries() -> Path | None:
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    on_path = shutil.which("initdb")
    return installed[-1].parent if installed else Path(on_path).parent if on_path else None


def _unprivileged_user() -> str | None:
    """Whom to run the server as: it refuses root."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in known else "nobody"


def _run(command: list[object], folder: Path, user: str | None) -> None:
    arguments = [str(part) for part in command]
    log = folder / "setup.log"
    with log.open("ab") as out:
        done = subprocess.run(arguments, cwd=folder, user=user, stdout=out, stderr=out, timeout=60, check=False)
    if done.returncode != 0:
        pytest.fail(f"{arguments[0]} failed:\n{log.read_text(errors='replace')}")
