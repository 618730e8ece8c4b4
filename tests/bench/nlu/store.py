"""Results as files, one a data set, method and seed, each named by a hash of everything that it depends on.

So a killed run loses one training, and a changed recipe, data set or method measures again only what it must. Of the
code, what counts is the program: not its comments and docstrings.
"""

import ast
import json
from collections.abc import Callable
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import Any

OURS = ("nlu.", "tests.bench.nlu.", "bot.models.training")

Result = dict[str, Any]


def stored(folder: Path, name: str, depends_on: object, measure: Callable[[], Result]) -> tuple[Result, bool]:
    """(the result, whether it was measured now); an older one of the same `name` gives way to a new one."""
    path = folder / f"{name}-{sha256(repr(depends_on).encode()).hexdigest()[:12]}.json"
    if path.exists():
        return json.loads(path.read_text(encoding="utf-8")), False
    result = measure()
    for older in folder.glob(f"{name}-{'?' * 12}.json"):
        older.unlink()
    scratch = path.with_suffix(".new")
    scratch.write_text(json.dumps(result, indent=1), encoding="utf-8")
    scratch.replace(path)
    return result, True


def program(module: str) -> str:
    """A hash of the code of `module` and of the modules of ours that it imports."""
    trees: dict[str, ast.Module] = {}
    waiting = [module]
    while waiting:
        name = waiting.pop()
        spec = find_spec(name)
        if name not in trees and spec is not None and spec.origin is not None:
            trees[name] = ast.parse(Path(spec.origin).read_text(encoding="utf-8"))
            waiting += [imported for imported in _imports(trees[name]) if f"{imported}.".startswith(OURS)]
    return sha256("".join(_bare(trees[name]) for name in sorted(trees)).encode()).hexdigest()[:12]


def _imports(tree: ast.Module) -> list[str]:
    names = []
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            names.append(node.module)
        elif isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
    return names


def _bare(tree: ast.Module) -> str:
    """The code without comments and docstrings."""
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            node.body = [  # type: ignore[attr-defined]
                part for part in body if not (isinstance(part, ast.Expr) and isinstance(part.value, ast.Constant))
            ]
    return ast.unparse(tree)
