"""The files customers sent, for signed-in agents; the console may be a service without the gateway's routes."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse

from bot.console.signin import COOKIE, SignIn
from bot.gateway import uploads
from bot.settings import Settings

PATH = "/console/files"


def router(settings: Settings, sign_in: SignIn) -> APIRouter:
    routes = APIRouter(include_in_schema=False)

    @routes.get(PATH + "/{conversation_id}/{name}")
    def file(conversation_id: str, name: str, request: Request) -> FileResponse:
        sign_in.who(request.cookies.get(COOKIE, ""))
        path = uploads.stored(settings.var_dir, conversation_id, name)
        return FileResponse(path, media_type=uploads.TYPES[path.suffix[1:]], headers=uploads.HEADERS)

    return routes


def address(body: dict[str, Any]) -> str | None:
    """Where the console shows a message's file; None: it is none that a customer sent."""
    match str(body.get("url", "")).split("/"):
        case ["", "v1", "conversations", conversation_id, "files", name]:
            return f"{PATH}/{conversation_id}/{name}"
    return None
