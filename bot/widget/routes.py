"""What the widget's side adds to the public application: script, texts by language, and in the demo the shop around it.

All of it is revalidated on each load, so a new version is there at once. A language is a file in `DATA_DIR/widget`;
what it lacks is said in English.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from fastapi import APIRouter, FastAPI, Request, Response

from bot.database import Database
from bot.errors import NotFound
from bot.settings import Settings
from bot.shop.port import Shop
from bot.widget.script import script
from bot.widget.shop import demo, pages

HEADERS = {
    "Cache-Control": "public, no-cache",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "X-Content-Type-Options": "nosniff",
}


def add_to(app: FastAPI, *, settings: Settings, database: Database, shop: Shop, people: Sequence[str]) -> None:
    """Add the script and, in development with `DEMO` on, the demo shop; `people`: who can be signed in there."""
    app.include_router(_widget(settings.data_dir / "widget"))
    if settings.shows_demo:
        visitors = demo.Demo(settings, database, shop, people)
        app.include_router(pages.router(settings, shop, visitors))
        app.include_router(demo.router(visitors))


def _widget(texts: Path) -> APIRouter:
    routes = APIRouter()
    widget = script().encode()
    own = {path.stem: json.loads(path.read_text("utf-8")) for path in texts.glob("*.json")}
    whole = {language: merged(own.get("en", {}), said) for language, said in own.items()}
    languages = {language: json.dumps(said, ensure_ascii=False).encode() for language, said in whole.items()}

    @routes.get("/widget.js", summary="The chat widget: one script, no dependency")
    def widget_script(request: Request) -> Response:
        return _fresh(request, widget, "text/javascript; charset=utf-8")

    @routes.get("/widget/{language}.json", summary="The widget's texts in a language")
    def widget_texts(language: str, request: Request) -> Response:
        if language not in languages:
            raise NotFound("The chat does not speak this language.")
        return _fresh(request, languages[language], "application/json")

    return routes


def merged(texts: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """The texts with `own` in their place; what it lacks or leaves empty stays."""
    both = {**texts, **own}
    return {
        key: merged(texts.get(key, {}), text) if isinstance(text, dict) else text or texts.get(key, text)
        for key, text in both.items()
    }


def _fresh(request: Request, content: bytes, media_type: str) -> Response:
    """The content, or that it has not changed."""
    headers = {**HEADERS, "ETag": f'"{hashlib.sha256(content).hexdigest()[:20]}"'}
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    return Response(content, media_type=media_type, headers=headers)
