"""`/widget.js`: the one file a shop's page includes. Revalidated on each load, so a new version is there at once."""

import hashlib
from pathlib import Path

from fastapi import APIRouter, Request, Response

SCRIPT = Path(__file__).with_name("widget.js")
HEADERS = {
    "Cache-Control": "public, no-cache",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "X-Content-Type-Options": "nosniff",
}


def router() -> APIRouter:
    """The route of the widget's script."""
    routes = APIRouter()
    script = SCRIPT.read_bytes()
    headers = {**HEADERS, "ETag": f'"{hashlib.sha256(script).hexdigest()[:20]}"'}

    @routes.get("/widget.js", summary="The chat widget: one script, no dependency")
    def widget(request: Request) -> Response:
        if request.headers.get("if-none-match") == headers["ETag"]:
            return Response(status_code=304, headers=headers)
        return Response(script, media_type="text/javascript; charset=utf-8", headers=headers)

    return routes
