"""`/v1/track` and its kin: what other programs saw, as Segment's client libraries send it, with a write key."""

import asyncio
import base64
import binascii
import json
import zlib
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Header, Request
from fastapi.responses import JSONResponse
from pydantic import TypeAdapter, ValidationError

from bot.errors import BotError, NotSignedIn, TooLarge
from bot.gateway.gateway import CurrentGateway, Gateway
from insight import tracking

BATCH_PATH = "/v1/batch"
BATCH_BYTES = 500_000  # as it comes over the wire: Segment's own limit
UNPACKED_BYTES = 4_000_000
TIME = TypeAdapter(datetime)

router = APIRouter(tags=["events"])

Authorization = Annotated[str, Header()]
WriteKey = Annotated[str | None, Header(alias="X-Write-Key")]


class Unreadable(BotError):
    """A body that is not what a client library sends."""


@router.post(BATCH_PATH, response_model=None)
async def batch(
    request: Request, gateway: CurrentGateway, authorization: Authorization = "", write_key: WriteKey = None
) -> JSONResponse:
    """Many messages, each with its `type`. The right ones are recorded even when others are wrong (then 422)."""
    body = await _body(request)
    messages = body.get("batch")
    if not isinstance(messages, list):
        raise Unreadable("batch: must be a list of messages")
    return await _record(gateway, body, messages, authorization, write_key)


def _single(kind: tracking.Kind) -> None:
    """Add the route that takes one message of `kind`."""

    @router.post(f"/v1/{kind}", name=kind, response_model=None)
    async def single(
        request: Request, gateway: CurrentGateway, authorization: Authorization = "", write_key: WriteKey = None
    ) -> JSONResponse:
        body = await _body(request)
        return await _record(gateway, body, [{**body, "type": kind.value}], authorization, write_key)


for kind in tracking.Kind:
    _single(kind)


async def _record(
    gateway: Gateway, body: dict[str, Any], messages: Sequence[object], authorization: str, write_key: str | None
) -> JSONResponse:
    key = write_key or _bearer_or_basic(authorization) or body.get("writeKey")
    if not await gateway.allows(key if isinstance(key, str) else None, scope="write"):
        raise NotSignedIn(
            "Send a write key as Segment's libraries do; `shopkeeper key create --scope write` makes one."
        )
    sent_at = _sent_at(body)
    stored, wrong = await asyncio.to_thread(_store, gateway, messages, sent_at)
    if not wrong:
        return JSONResponse({"success": True, "stored": stored})
    answer = {"success": False, "error": wrong[0].error, "stored": stored, "wrong": [asdict(one) for one in wrong]}
    return JSONResponse(answer, 422)


def _store(gateway: Gateway, messages: Sequence[object], sent_at: datetime | None) -> tuple[int, list[tracking.Wrong]]:
    with gateway.database.writing() as session:
        return tracking.store(session, messages, received_at=datetime.now(UTC), sent_at=sent_at)


async def _body(request: Request) -> dict[str, Any]:
    """The body as an object, unpacked when it comes gzipped."""
    raw = await request.body()
    if request.headers.get("content-encoding", "").lower() == "gzip":
        raw = _unpacked(raw)
    try:
        body = json.loads(raw)
    except ValueError as error:
        raise Unreadable("The body is not JSON.") from error
    if not isinstance(body, dict):
        raise Unreadable("The body must be a JSON object.")
    return body


def _unpacked(raw: bytes) -> bytes:
    unpacking = zlib.decompressobj(wbits=31)
    try:
        unpacked = unpacking.decompress(raw, UNPACKED_BYTES)
    except zlib.error as error:
        raise Unreadable("The body says that it is gzipped, but it is not.") from error
    if unpacking.unconsumed_tail:
        raise TooLarge(f"That is too large: at most {UNPACKED_BYTES // 1000:,} kB unpacked.")
    return unpacked


def _sent_at(body: dict[str, Any]) -> datetime | None:
    """When the client's clock said that it sent the body."""
    if body.get("sentAt") is None:
        return None
    try:
        said = TIME.validate_python(body["sentAt"])
    except ValidationError as error:
        raise Unreadable("sentAt: must be a time such as 2026-03-01T12:00:00Z") from error
    return said if said.tzinfo else said.replace(tzinfo=UTC)


def _bearer_or_basic(authorization: str) -> str | None:
    """The token of a Bearer header, or the user of a Basic one: Segment's libraries send the key with no password."""
    scheme, _, value = authorization.partition(" ")
    if scheme.lower() == "bearer":
        return value.strip()
    if scheme.lower() != "basic":
        return None
    try:
        return base64.b64decode(value, validate=True).decode().partition(":")[0]
    except (binascii.Error, ValueError):
        return None
