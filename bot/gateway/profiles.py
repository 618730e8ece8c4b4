"""What is known of a person, for programs with a read key."""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Query

from bot.errors import BotError, NotFound
from bot.gateway.gateway import READERS_ONLY, CurrentGateway, Gateway
from insight import profile

WHO = ("person_id", "as_of")  # of every answer

router = APIRouter(tags=["insight"], dependencies=READERS_ONLY)


@router.get("/v1/profiles/{person_id}")
async def read_profile(
    person_id: str,
    gateway: CurrentGateway,
    include: Annotated[str | None, Query(description="Parts to give, such as `traits,value`; without it all.")] = None,
) -> dict[str, Any]:
    """The profile of a customer, or of a visitor who is none yet."""
    found = await asyncio.to_thread(_read, gateway, person_id)
    if found is None:
        raise NotFound("Nothing is known of this person.")
    return found if include is None else _parts(found, include)


def _parts(found: dict[str, Any], include: str) -> dict[str, Any]:
    wanted = [name.strip() for name in include.split(",") if name.strip()]
    unknown = [name for name in wanted if name not in found]
    if unknown:
        raise BotError(f"include: there is no {unknown[0]!r}; choose from {', '.join(sorted(found))}")
    return {name: found[name] for name in dict.fromkeys([*WHO, *wanted])}


def _read(gateway: Gateway, person_id: str) -> dict[str, Any] | None:
    with gateway.database.reading() as session:
        found = profile.get(session, person_id)
        return found.as_dict() if found else None
