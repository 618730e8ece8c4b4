"""Segments and who is in them, for programs with a read key."""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel

from bot.gateway.gateway import READERS_ONLY, CurrentGateway, Gateway
from insight import segments

router = APIRouter(prefix="/v1/segments", tags=["insight"], dependencies=READERS_ONLY)


class Rule(BaseModel):
    rule: Any


@router.get("")
async def list_segments(gateway: CurrentGateway) -> dict[str, Any]:
    """Every segment: its rule as JSON or its card, either as a sentence, and how many are in it."""
    return {"segments": await asyncio.to_thread(_segments, gateway)}


@router.post("/preview")
async def preview(asked: Rule, gateway: CurrentGateway) -> dict[str, Any]:
    """How many people a rule matches now."""
    return await asyncio.to_thread(_preview, gateway, asked.rule)


@router.get("/{segment_id}/members")
async def read_members(
    segment_id: str,
    gateway: CurrentGateway,
    past: bool = False,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> dict[str, Any]:
    """Who is in a segment, the latest first; `past` adds the stays that are over."""
    return {"members": await asyncio.to_thread(_members, gateway, segment_id, past, limit)}


def _segments(gateway: Gateway) -> list[dict[str, Any]]:
    with gateway.database.reading() as session:
        return [
            {
                "id": one.id,
                "name": one.name,
                "rule": one.rule and one.rule.as_json(),
                "card": one.card and one.card.as_document(),
                "sentence": one.sentence,
                "members": one.members,
            }
            for one in segments.segments(session)
        ]


def _preview(gateway: Gateway, rule: object) -> dict[str, Any]:
    with gateway.database.reading() as session:
        found = segments.preview(session, rule)
    return {
        "matching": found.matching,
        "people": found.people,
        "examples": list(found.examples),
        "warning": found.warning,
    }


def _members(gateway: Gateway, segment_id: str, past: bool, limit: int) -> list[dict[str, Any]]:
    with gateway.database.reading() as session:
        return [
            {
                "person_id": stay.person_id,
                "entered_at": stay.entered_at.isoformat(),
                "left_at": stay.left_at and stay.left_at.isoformat(),
            }
            for stay in segments.members(session, segment_id, past=past, limit=limit)
        ]
