"""The one place that renders errors: anything with `status` and `message` becomes `{"error": message}`."""

import logging

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from bot.errors import BotError
from insight.errors import InsightError
from nlu.errors import NluError
from retrieval.errors import RetrievalError

log = logging.getLogger(__name__)


def install(app: FastAPI) -> None:
    for ours in (BotError, InsightError, NluError, RetrievalError):
        app.add_exception_handler(ours, render)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(Exception, _unexpected)


def render(request: Request, error: Exception) -> JSONResponse:
    return JSONResponse({"error": getattr(error, "message", "")}, getattr(error, "status", 500))


def _http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    return JSONResponse({"error": error.detail}, error.status_code, headers=error.headers)


def _invalid(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"][1:])
    return JSONResponse({"error": f"{where}: {first['msg']}" if where else first["msg"]}, 422)


def _unexpected(request: Request, error: Exception) -> JSONResponse:
    return JSONResponse({"error": "Something went wrong on our side. Please try again."}, 500)
