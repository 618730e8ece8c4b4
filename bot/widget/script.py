"""`/widget.js`, put together from `source/`: the style, and the modules, each after those it imports.

Browsers get one file, as it was written but for `export`, each module's head (what it is for, what it imports) and
what is said of functions and lines.
"""

import re
from pathlib import Path

SOURCE = Path(__file__).with_name("source")
MODULES = ("elements", "storage", "line", "parts", "thread", "panes", "chat")
HEAD = re.compile(r"\A/\*.*?\*/\n+(?:import [^\n]+\n)*\n*", re.DOTALL)
SAID = re.compile(r"^\t*/\*\*[^\n]*\*/\n|[ \t]+// [^\n]*$", re.MULTILINE)


def script() -> str:
    """The text of `/widget.js`."""
    style = (SOURCE / "widget.css").read_text("utf-8")
    parts = [f"const STYLE = `\n{style}`;\n", *(_body((SOURCE / f"{name}.js").read_text("utf-8")) for name in MODULES)]
    return '(() => {\n"use strict";\n\n' + "\n".join(parts) + "})();\n"


def _body(module: str) -> str:
    return re.sub(r"^export ", "", SAID.sub("", HEAD.sub("", module, count=1)), flags=re.MULTILINE)
