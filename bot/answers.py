"""The shop's answers as they are at this moment: the files of `data/answers`, and what agents have published.

Whoever asks looks for news first, at most ten times a second. The files are read again when the index over them has
been made again, so that every process says what is searched.
"""

import logging
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

from bot import published
from bot.database import Database
from bot.settings import Settings
from retrieval.errors import TemplateError
from retrieval.templates import Slot, Template, load, load_facts

log = logging.getLogger(__name__)

FRESH_S = 0.1
INDEXED = "manifest.json"  # an index is saved when this file of it is replaced


def folder(settings: Settings) -> Path:
    return settings.data_dir / "answers"


def index_folder(settings: Settings) -> Path:
    return settings.var_dir / "index" / "answers"


def indexed(settings: Settings) -> int:
    """What changes when the index is made again; cheap enough to ask often."""
    manifest = index_folder(settings) / INDEXED
    return manifest.stat().st_mtime_ns if manifest.exists() else 0


class Answers(Mapping[str, Template]):
    """Templates by id. Synchronous, like the database: call it in a thread.

    Raises `TemplateError` at first when a file is wrong; later mistakes are logged and leave everything as it was.
    """

    def __init__(self, settings: Settings, database: Database) -> None:
        self._settings, self._database = settings, database
        self._lock = threading.Lock()
        self._looked_at = -FRESH_S
        self._indexed, self._version = indexed(settings), 0
        self._facts = load_facts(folder(settings))
        self._filed = {template.id: template for template in load(folder(settings))}
        self._published: Mapping[str, Template] = {}

    @property
    def facts(self) -> Mapping[str, Slot]:
        """The shop's facts; always the present ones, however long one keeps it."""
        return MappingProxyType(self._facts)

    def published(self) -> Mapping[str, Template]:
        """Those that agents have published; the same object as long as nothing changes."""
        self._refresh()
        return self._published

    def __getitem__(self, template_id: str) -> Template:
        self._refresh()
        filed = self._filed.get(template_id)
        return self._published[template_id] if filed is None else filed

    def __iter__(self) -> Iterator[str]:
        self._refresh()
        return iter([*self._filed, *self._published])

    def __len__(self) -> int:
        return len(list(iter(self)))

    def _refresh(self) -> None:
        with self._lock:
            if time.monotonic() - self._looked_at < FRESH_S:
                return
            filed = self._read_files()
            with self._database.reading() as session:
                version = published.version(session)
                rows = published.published(session) if filed or version != self._version else None
            if rows is not None:
                templates = published.readable(rows, facts=self._facts, taken=self._filed)
                self._published = {template.id: template for template in templates}
            self._version, self._looked_at = version, time.monotonic()

    def _read_files(self) -> bool:
        """Whether the index, and so perhaps the files, are new."""
        stamp = indexed(self._settings)
        if stamp == self._indexed:
            return False
        self._indexed = stamp
        try:
            facts, templates = load_facts(folder(self._settings)), load(folder(self._settings))
        except TemplateError as error:
            log.error("the answers stay as they were: %s", error.message)
            return False
        self._filed = {template.id: template for template in templates}
        self._facts.update(facts)
        for gone in self._facts.keys() - facts.keys():
            del self._facts[gone]
        return True
