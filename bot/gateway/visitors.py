"""`POST /v1/visitors`: who opens the widget becomes an anonymous visitor or a customer the shop vouches for."""

import asyncio
from datetime import datetime
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Header, Request
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from bot import conversations
from bot.errors import NotAllowed, NotSignedIn
from bot.gateway import tokens
from bot.gateway.gateway import CurrentGateway, Gateway
from bot.tables import Visitor

router = APIRouter(tags=["visitors"])


class NewVisitor(BaseModel):
    customer_id: str | None = Field(None, min_length=1, max_length=80, description="a customer of the shop")
    signature: str = Field("", max_length=200, description="hex HMAC-SHA256 of the customer id under IDENTITY_KEY")
    consent: str | None = Field(None, max_length=500, description="the policy that was agreed to; recorded as an event")
    token: str | None = Field(None, max_length=1000, description="an earlier token: keeps the visitor")


class VisitorToken(BaseModel):
    token: str
    visitor_id: str
    expires_at: datetime


@router.post("/v1/visitors", status_code=201)
async def open_visitor(
    new: NewVisitor, request: Request, gateway: CurrentGateway, origin: Annotated[str | None, Header()] = None
) -> VisitorToken:
    """Give a token for the socket and the REST routes."""
    refuse_foreign(gateway, origin, request.headers.get("host", ""))
    await gateway.limits.visitor(request.client.host if request.client else "")
    if new.customer_id and not tokens.is_customer(gateway.settings.identity_key, new.customer_id, new.signature):
        raise NotAllowed("The customer's signature is not right: sign the id with IDENTITY_KEY on the shop's server.")
    visitor = await asyncio.to_thread(_open, gateway, new)
    token, expires_at = tokens.issue(gateway.settings.secret_key, visitor.id)
    return VisitorToken(token=token, visitor_id=visitor.id, expires_at=expires_at)


def refuse_foreign(gateway: Gateway, origin: str | None, host: str) -> None:
    """Raise `NotAllowed` for a browser on a site that may not embed the widget; programs send no origin."""
    if origin is None or origin.rstrip("/") in gateway.settings.origins or urlsplit(origin).netloc == host:
        return
    raise NotAllowed("This site may not open the chat: its address is not in ALLOWED_ORIGINS.")


def _open(gateway: Gateway, new: NewVisitor) -> Visitor:
    with gateway.database.writing() as session:
        visitor = _earlier(session, gateway, new) or conversations.open_visitor(session)
        if new.customer_id:
            conversations.identify(session, visitor.id, new.customer_id, "token")
        if new.consent:
            conversations.consent(session, visitor.id, new.consent)
        return visitor


def _earlier(session: Session, gateway: Gateway, new: NewVisitor) -> Visitor | None:
    """The visitor of the earlier token, unless it is another customer."""
    if new.token is None:
        return None
    try:
        visitor = session.get(Visitor, tokens.read(gateway.settings.secret_key, new.token))
    except NotSignedIn:
        return None
    return visitor if visitor and visitor.customer_id in (None, new.customer_id) else None
