"""Files a customer sends: their type is read from their first bytes, they lie in the conversation's own folder.

Only the conversation's visitor gets them here, by token or by the address that came with the message, whose key is good
for a day: an `<img>` sends no token. The console reads them with `stored`.
"""

import asyncio
from pathlib import Path
from typing import Any
from uuid import uuid4

from fastapi import APIRouter, Request, UploadFile
from fastapi.responses import FileResponse

from bot import conversations
from bot.errors import BotError, NotFound, TooLarge
from bot.gateway import incoming, tokens
from bot.gateway.gateway import Bearer, CurrentGateway, CurrentVisitor, Gateway, current_visitor

router = APIRouter(tags=["conversation"])

UPLOAD_PATH = "/v1/conversation/files"
NAME_LIMIT = 120
TYPES = {"png": "image/png", "jpg": "image/jpeg", "webp": "image/webp", "gif": "image/gif", "pdf": "application/pdf"}
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cache-Control": "private, max-age=86400",
}


@router.post(UPLOAD_PATH, status_code=201)
async def upload(file: UploadFile, visitor_id: CurrentVisitor, gateway: CurrentGateway) -> dict[str, Any]:
    """Keep a picture or PDF as a message of the customer."""
    await gateway.limits.message(visitor_id)
    limit = gateway.settings.upload_limit_mb * 1_000_000
    content = await file.read(limit + 1)
    if len(content) > limit:
        raise TooLarge(f"The file is too large: at most {gateway.settings.upload_limit_mb} MB.")
    ending = kind(content)
    if ending is None:
        raise BotError("Only pictures (PNG, JPEG, WebP, GIF) and PDF files can be sent.")
    conversation_id = await gateway.open(visitor_id)
    name = f"{uuid4().hex}.{ending}"
    await asyncio.to_thread(_write, folder(gateway.settings.var_dir, conversation_id) / name, content)
    body = {
        "type": "file" if ending == "pdf" else "image",
        "text": incoming.clean(file.filename or "")[-NAME_LIMIT:] or name,
        "url": f"/v1/conversations/{conversation_id}/files/{name}",
        "mime": TYPES[ending],
        "size": len(content),
    }
    turn = await gateway.accept(visitor_id, conversation_id, uuid4().hex, body)
    return {"seq": turn.accepted.seq, "conversation_id": turn.conversation_id, "body": body}


@router.get("/v1/conversations/{conversation_id}/files/{name}")
async def download(
    conversation_id: str, name: str, request: Request, gateway: CurrentGateway, token: Bearer, key: str = ""
) -> FileResponse:
    """A file of one's own conversation."""
    if not tokens.opens(gateway.settings.secret_key, request.url.path, key):
        visitor_id = current_visitor(gateway, token)
        if await asyncio.to_thread(_visitor_of, gateway, conversation_id) != visitor_id:
            raise NotFound("There is no such file.")
    path = stored(gateway.settings.var_dir, conversation_id, name)
    return FileResponse(path, media_type=TYPES[path.suffix[1:]], headers=HEADERS)


def folder(var_dir: Path, conversation_id: str) -> Path:
    """Where a conversation's files lie; privacy erases this folder."""
    return var_dir / "uploads" / conversation_id


def stored(var_dir: Path, conversation_id: str, name: str) -> Path:
    """The path of a stored file; raises `NotFound`."""
    path = folder(var_dir, Path(conversation_id).name) / Path(name).name
    if path.suffix[1:] not in TYPES or not path.is_file():
        raise NotFound("There is no such file.")
    return path


def kind(content: bytes) -> str | None:
    """The file's type by its first bytes, as a name's ending; None when it is none we take."""
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "webp"
    starts = {b"\x89PNG\r\n\x1a\n": "png", b"\xff\xd8\xff": "jpg", b"GIF87a": "gif", b"GIF89a": "gif", b"%PDF-": "pdf"}
    return next((ending for start, ending in starts.items() if content.startswith(start)), None)


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def _visitor_of(gateway: Gateway, conversation_id: str) -> str:
    with gateway.database.reading() as session:
        return conversations.find(session, conversation_id).visitor_id
