"""What the dialogue names: the intents of `data/dialogue`, and the answers said by their id and never searched.

The second are read from the code of the actions, so that no list of them can fall behind it.
"""

import ast
from collections.abc import Collection, Sequence
from pathlib import Path

from bot import actions
from bot.actions.answers import OWN
from bot.settings import Settings
from retrieval.lines import Fields, Items, Scalar, read


def intents(settings: Settings) -> set[str] | None:
    """Every intent of the domain; None without that file. Raises `TemplateError` for one that is no YAML."""
    path = settings.data_dir / "dialogue" / "domain.yml"
    document = read(path) if path.exists() else None
    listed = document.values.get("intents") if isinstance(document, Fields) else None
    if not isinstance(listed, Items):
        return None
    names = [[one.value] if isinstance(one, Scalar) else list(one.values) for one in listed.values]
    return {str(name) for some in names for name in some}


def named(intents: Collection[str]) -> set[str]:
    """Ids of the templates that actions say, and of those an intent of their name leads to."""
    return said_by_actions() | set(OWN.values()) | set(intents)


def said_by_actions() -> set[str]:
    """Literals that are said: arguments of `say` and `asks`, values called `template` or `stranger`."""
    folder = Path(actions.__path__[0])
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in folder.glob("*.py")]
    return {id for tree in trees for node in ast.walk(tree) for part in _said_in(node) for id in _literals(part)}


def _said_in(node: ast.AST) -> Sequence[ast.AST]:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("say", "asks"):
        return node.args[2:3] if node.func.id == "say" else node.args
    if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id == "template":
        return [node.value]
    if isinstance(node, ast.keyword) and node.arg in ("stranger", "template"):
        return [node.value]
    return [node.defaults[-1]] if isinstance(node, ast.arguments) and node.defaults else []


def _literals(node: ast.AST) -> set[str]:
    """Strings that can be the node's value; a condition's own strings are none."""
    if isinstance(node, ast.IfExp):
        return _literals(node.body) | _literals(node.orelse)
    found = node.value if isinstance(node, ast.Constant) else None
    return {found} if isinstance(found, str) and found else set()
