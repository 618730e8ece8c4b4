"""The shop's trained classifiers: a folder each below `VAR_DIR/models`, and a small file that names the one in use.

The file is replaced in one step and also remembers the one before, so a change and its way back are a rename each, and
every process that shares `VAR_DIR` sees them. Without the file the newest model is the one in use.
"""

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bot.settings import Settings
from nlu.classifier import CONFIG_FILE, Config
from nlu.errors import ModelRefused

IN_USE_FILE = "in-use.json"
KEPT = 3
NONE_TRAINED = "No model of the shop is trained yet; run `shopkeeper setup` or `shopkeeper nlu train`."


@dataclass(frozen=True)
class Version:
    """A trained model: its folder and what is written in there."""

    folder: Path
    config: Config
    trained_at: datetime

    @property
    def id(self) -> str:
        return self.config.model


def models_folder(settings: Settings) -> Path:
    return settings.var_dir / "models"


def every(settings: Settings) -> list[Version]:
    """All that can be read, newest first."""
    return sorted(_readable(models_folder(settings)), key=lambda version: version.trained_at, reverse=True)


def in_use(settings: Settings) -> Path | None:
    """The folder of the model in use; None when there is none."""
    names = _names(settings)
    if names:
        return models_folder(settings) / names[0]
    return next((version.folder for version in every(settings)), None)


def before(settings: Settings) -> Path | None:
    """The folder of the model that was in use before this one."""
    names = _names(settings)
    return models_folder(settings) / names[1] if len(names) > 1 else None


def find(settings: Settings, wanted: str) -> Path:
    """The folder of the model with the id `wanted`, or of which that is the folder; raises `ModelRefused`."""
    version = next((version for version in every(settings) if wanted in (version.id, version.folder.name)), None)
    if version is not None:
        return version.folder
    if (Path(wanted) / CONFIG_FILE).exists():
        return Path(wanted)
    raise ModelRefused(f"There is no model '{wanted}'; `shopkeeper nlu models` lists those that there are.")


def take_in(settings: Settings, folder: Path, *, move: bool = False) -> Path:
    """Bring a trained model below `VAR_DIR/models`, under its id, if it is not there; returns its folder there."""
    target = models_folder(settings) / Config.load(folder).model
    if folder.resolve().parent == target.resolve().parent and not move:
        return folder
    models_folder(settings).mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f"{target.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    bring: Callable[[Path, Path], object] = Path.rename if move else shutil.copytree
    bring(folder, partial)
    shutil.rmtree(target, ignore_errors=True)
    partial.rename(target)
    return target


def use(settings: Settings, folder: Path) -> None:
    """Name `folder`, which is below `VAR_DIR/models`, as the model in use; old ones beyond `KEPT` go."""
    earlier = in_use(settings)
    if earlier is not None and earlier.name == folder.name:
        earlier = before(settings)
    names = [folder.name, *([earlier.name] if earlier is not None and earlier.exists() else [])]
    partial = models_folder(settings) / f"{IN_USE_FILE}.partial"
    partial.write_text(json.dumps(names), encoding="utf-8")
    partial.replace(models_folder(settings) / IN_USE_FILE)
    drop_old(settings)


def drop_old(settings: Settings) -> None:
    """Remove all but the newest `KEPT` models, among which the one in use and the one before always count."""
    wanted = {folder.name for folder in (in_use(settings), before(settings)) if folder is not None}
    others = [version.folder for version in every(settings) if version.folder.name not in wanted]
    for folder in others[max(0, KEPT - len(wanted)) :]:
        shutil.rmtree(folder, ignore_errors=True)


def stamp(settings: Settings) -> tuple[str, int] | None:
    """What changes when another model is in use, or the same folder holds another one; cheap enough to ask often."""
    folder = in_use(settings)
    if folder is None:
        return None
    config = folder / CONFIG_FILE
    return folder.name, config.stat().st_mtime_ns if config.exists() else 0


def _names(settings: Settings) -> list[str]:
    """[in use, before]; empty without the file."""
    path = models_folder(settings) / IN_USE_FILE
    try:
        names = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return []
    except ValueError:
        names = None
    if not isinstance(names, list) or not names or not all(_is_name(name) for name in names):
        raise ModelRefused(f"{path} is damaged; delete it and choose with `shopkeeper nlu use`.")
    return names


def _is_name(name: object) -> bool:
    return isinstance(name, str) and Path(name).name == name


def _readable(folder: Path) -> Iterator[Version]:
    for path in folder.glob(f"*/{CONFIG_FILE}"):
        if path.parent.suffix:
            continue  # a training or a copy that is not finished
        try:
            config = Config.load(path.parent)
            yield Version(path.parent, config, datetime.fromtimestamp(path.stat().st_mtime, UTC))
        except (ModelRefused, OSError):
            continue
