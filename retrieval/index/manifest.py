"""What a saved index is of, and how it is written: the manifest is replaced last, in one step.

A reader sees the old index or the new one, never half of one: every other file is named by its content.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from hashlib import file_digest
from pathlib import Path

from retrieval.errors import IndexRefused

FORMAT = 2
MANIFEST = "manifest.json"
REBUILD = "build it again with `shopkeeper retrieval index --force`"


@dataclass(frozen=True)
class Manifest:
    """What an index is of. `templates`: hash of what it searches; `inputs`: hash of all it was built and tuned from.

    `files`: the names of its files, each of which holds a hash of the content, by what they are. `structure`: how its
    vectors are searched, for people to read.
    """

    model: str
    dimension: int
    count: int = 0
    files: Mapping[str, str] = field(default_factory=dict)
    structure: Mapping[str, float | str] = field(default_factory=dict)
    templates: str = ""
    inputs: str = ""
    fusion: Mapping[str, float] = field(default_factory=dict)
    metrics: Mapping[str, float | None] = field(default_factory=dict)
    format: int = FORMAT


def read_manifest(folder: Path) -> Manifest:
    """The manifest in `folder`; raises `IndexRefused` when there is none or it is of another format."""
    try:
        fields = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        if fields.get("format") != FORMAT:
            raise IndexRefused(f"the index in {folder} has format {fields.get('format')}, not {FORMAT}; {REBUILD}")
        return Manifest(**fields | {"files": dict(fields["files"])})
    except FileNotFoundError as error:
        raise IndexRefused(f"there is no index in {folder}; build it with `shopkeeper retrieval index`") from error
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise IndexRefused(f"the manifest in {folder} is damaged; {REBUILD}") from error


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Make `manifest` that of `folder`, and remove the files of the one before."""
    partial = folder / f"{MANIFEST}.partial"
    partial.write_text(json.dumps(asdict(manifest), indent=1), encoding="utf-8")
    partial.replace(folder / MANIFEST)
    for name in manifest.files:
        for old in folder.glob(f"{name}-*"):
            if old.name != manifest.files[name]:
                old.unlink(missing_ok=True)


def store(folder: Path, name: str, write: Callable[[Path], None]) -> str:
    """A file of `folder` that `write` fills, named by its content; returns the name."""
    partial = folder / f"{name}-partial"
    write(partial)
    named = f"{name}-{content_hash(partial)}"
    partial.replace(folder / named)
    return named


def stored(folder: Path, name: str, manifest: Manifest) -> Path:
    """The path of that file; raises `IndexRefused` when it is missing or not as it was written."""
    path = folder / str(manifest.files.get(name))
    try:
        found = f"{name}-{content_hash(path)}"
    except OSError as error:
        raise IndexRefused(f"the index in {folder} has lost its {name}; {REBUILD}") from error
    if found != path.name:
        raise IndexRefused(f"the {name} of the index in {folder} are damaged; {REBUILD}")
    return path


def content_hash(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()[:16]
