"""Health for supervisors and load balancers, and Prometheus' metrics."""

import asyncio

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from bot import conversations
from bot.gateway.gateway import CurrentGateway, Gateway

router = APIRouter(tags=["health"])

CHECK_S = 3.0


@router.get("/health/live")
async def live() -> dict[str, str]:
    """This process answers."""
    return {"status": "live"}


@router.get("/health/ready")
async def ready(gateway: CurrentGateway) -> JSONResponse:
    """Everything a conversation needs is there; otherwise 503 and which part is missing."""
    names = list(gateway.checks)
    found = await asyncio.gather(*(_there(gateway, name) for name in names))
    missing = [name for name, there in zip(names, found, strict=True) if not there]
    parts = {name: "missing" if name in missing else "ready" for name in names}
    return JSONResponse(
        {"status": "not ready" if missing else "ready", "missing": missing, "parts": parts}, 503 if missing else 200
    )


@router.get("/metrics")
async def metrics(gateway: CurrentGateway) -> Response:
    """Turns, latency, lease conflicts, sockets and the queue."""
    gateway.meters.queue.set(await asyncio.to_thread(_queued, gateway))
    return Response(generate_latest(gateway.meters.registry), media_type=CONTENT_TYPE_LATEST)


async def _there(gateway: Gateway, name: str) -> bool:
    try:
        return await asyncio.wait_for(gateway.checks[name](), CHECK_S)
    except Exception:
        return False


def _queued(gateway: Gateway) -> int:
    with gateway.database.reading() as session:
        return len(conversations.waiting(session))
