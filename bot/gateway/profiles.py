"""What is known of a person, for programs with a read key."""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Header

from bot.errors import NotFound, NotSignedIn
from bot.gateway.gateway import Bearer, CurrentGateway, Gateway
from insight import profile

router = APIRouter(tags=["insight"])


@router.get("/v1/profiles/{person_id}")
async def read_profile(
    person_id: str, gateway: CurrentGateway, token: Bearer, x_read_key: Annotated[str | None, Header()] = None
) -> dict[str, Any]:
    """The profile of a customer, or of a visitor who is none yet."""
    if not await gateway.allows(x_read_key or token, scope="read"):
        raise NotSignedIn("Send a read key as `X-Read-Key`; `shopkeeper key create --scope read` makes one.")
    found = await asyncio.to_thread(_read, gateway, person_id)
    if found is None:
        raise NotFound("Nothing is known of this person.")
    return found


def _read(gateway: Gateway, person_id: str) -> dict[str, Any] | None:
    with gateway.database.reading() as session:
        found = profile.get(session, person_id)
        return found.as_dict() if found else None
