"""What the widget's side adds to the public application: `/widget.js`, and in the demo the shop that carries it.

The script is revalidated on each load, so a new version is there at once.
"""

import hashlib
from collections.abc import Sequence
from pathlib import Path

from fastapi import APIRouter, FastAPI, Request, Response

from bot.database import Database
from bot.settings import Settings
from bot.shop.port import Shop
from bot.widget.shop import demo, pages

SCRIPT = Path(__file__).with_name("widget.js")
HEADERS = {
    "Cache-Control": "public, no-cache",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "X-Content-Type-Options": "nosniff",
}


def add_to(app: FastAPI, *, settings: Settings, database: Database, shop: Shop, people: Sequence[str]) -> None:
    """Add the script and, in development with `DEMO` on, the demo shop; `people`: who can be signed in there."""
    app.include_router(_script())
    if settings.shows_demo:
        visitors = demo.Demo(settings, database, shop, people)
        app.include_router(pages.router(settings, shop, visitors))
        app.include_router(demo.router(visitors))


def _script() -> APIRouter:
    routes = APIRouter()
    script = SCRIPT.read_bytes()
    headers = {**HEADERS, "ETag": f'"{hashlib.sha256(script).hexdigest()[:20]}"'}

    @routes.get("/widget.js", summary="The chat widget: one script, no dependency")
    def widget(request: Request) -> Response:
        if request.headers.get("if-none-match") == headers["ETag"]:
            return Response(status_code=304, headers=headers)
        return Response(script, media_type="text/javascript; charset=utf-8", headers=headers)

    return routes
