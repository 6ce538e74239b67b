"""How is the HTTP service put together, and how does it say no?

`create_app` is the whole assembly: store, jobs, doors, gate. Every refusal, whatever raised it,
leaves as problem details (RFC 9457) in Chinese and English, from the one mapping `STATUS`.
"""

from __future__ import annotations

import datetime as dt
import logging
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request
from fastapi.encoders import jsonable_encoder
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Receive, Scope, Send

from api.doors_contest import contest_doors
from api.jobs import Jobs
from api.routes import House, doors
from api.settings import LOOPBACK, Settings, allowed_to_listen, now
from api.steps import open_desk
from api.wire import Problem
from riskengine.errors import (
    AlreadyFrozen,
    BadRegister,
    EventAlreadyKnown,
    NeedsSecondPerson,
    NotAllowed,
    NotFound,
    PolicyError,
    RiskEngineError,
    SeedMismatch,
    Sentence,
    sentence,
)

STATUS: dict[type[RiskEngineError], int] = {
    BadRegister: 422,
    PolicyError: 422,
    NotFound: 404,
    NotAllowed: 403,
    AlreadyFrozen: 409,
    EventAlreadyKnown: 409,
    SeedMismatch: 409,
    NeedsSecondPerson: 403,
    RiskEngineError: 400,
}
"""Refusal → HTTP status; a subclass that is not named takes the status of its parent."""

log = logging.getLogger("riskengine")


def create_app(settings: Settings, clock: Callable[[], dt.datetime] = now) -> FastAPI:
    """The HTTP service over one data folder."""
    allowed_to_listen(settings)
    desk = open_desk(settings)
    jobs = Jobs(desk.store, settings)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        jobs.open()
        yield
        jobs.close()

    app = FastAPI(
        title="riskengine",
        summary="风险分级、公开抽取与每月排班 · Risk grades, public lottery and monthly rosters",
        version="0.1.0",
        docs_url=None,  # the documentation pages load their scripts from other people's servers
        redoc_url=None,
        lifespan=lifespan,
        responses={
            "default": {
                "description": "拒绝的理由 · Why not",
                "content": {"application/problem+json": {"schema": Problem.model_json_schema()}},
            }
        },
    )
    app.state.house = House(desk, jobs, settings, clock)
    app.include_router(doors)
    app.include_router(contest_doors)
    app.add_exception_handler(RiskEngineError, refused)
    app.add_exception_handler(RequestValidationError, misfit)
    app.add_exception_handler(HTTPException, no_door)
    app.add_exception_handler(Exception, fault)
    app.add_middleware(Gate, settings=settings)
    return app


def problem(said: Sentence, status: int, **more: object) -> JSONResponse:
    """Problem details: the sentence in both languages, its code, and what else is known."""
    body = {
        "type": f"urn:riskengine:{said.code}",
        "title": said.zh,
        "detail": said.en,
        "status": status,
        "code": said.code,
        **more,
    }
    return JSONResponse(body, status, media_type="application/problem+json")


def status_of(error: type[RiskEngineError]) -> int:
    """The status of a refusal, or of its nearest named parent."""
    return next(STATUS[kind] for kind in error.__mro__ if kind in STATUS)


async def refused(_: Request, error: Exception) -> JSONResponse:
    """A refusal of the engine."""
    assert isinstance(error, RiskEngineError)
    facts = {name: str(fact) for name, fact in error.facts.items()}
    return problem(error.sentence, status_of(type(error)), facts=facts)


async def misfit(_: Request, error: Exception) -> JSONResponse:
    """A request that does not have the shape it must have. Its values are not repeated."""
    assert isinstance(error, RequestValidationError)
    errors = [
        {"where": "/".join(str(part) for part in found["loc"]), "message": found["msg"]}
        for found in error.errors()
    ]
    said = sentence("request_invalid", count=len(errors))
    return problem(said, 422, errors=jsonable_encoder(errors))


async def no_door(_: Request, error: Exception) -> JSONResponse:
    """An address or a method that does not exist here."""
    assert isinstance(error, HTTPException)
    said = sentence("door_refused", status=error.status_code)
    response = problem(said, error.status_code)
    response.headers.update(error.headers or {})
    return response


async def fault(_: Request, error: Exception) -> JSONResponse:
    """A fault of the program: the log keeps it, the answer does not show it."""
    at = now().isoformat()
    log.error("fault at %s", at, exc_info=error)
    return problem(sentence("server_fault", at=at), 500)


class Gate:
    """Nothing passes without the token, from a foreign host name, or above the size limit.

    Without a token the service answers to loopback names only, so that a page in the user's
    browser cannot reach it under a name of its own (DNS rebinding).
    """

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        self.megabytes = settings.upload_megabytes
        self.token = settings.token.get_secret_value().strip() if settings.token else ""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            answer = self.objection(Headers(scope=scope))
            if answer is not None:
                return await answer(scope, receive, send)
        return await self.app(scope, receive, send)

    def objection(self, headers: Headers) -> JSONResponse | None:
        """Why a request with these headers may not pass, or nothing."""
        if self.token:
            given = headers.get("authorization", "").encode("latin-1")  # the bytes as they came
            if not secrets.compare_digest(given, f"Bearer {self.token}".encode()):
                answer = problem(sentence("token_wrong"), 401)
                answer.headers["WWW-Authenticate"] = "Bearer"
                return answer
        elif _host(headers.get("host", "")) not in LOOPBACK:
            return problem(sentence("door_refused", status=421), 421)
        if "transfer-encoding" in headers:
            return problem(sentence("length_needed"), 411)
        length = headers.get("content-length", "0")
        if not length.isdigit() or int(length) > self.megabytes * 1_000_000:
            return problem(sentence("upload_too_large", megabytes=self.megabytes), 413)
        return None


def _host(header: str) -> str:
    """The name in a Host header, without the port.

    >>> _host("127.0.0.1:8350"), _host("[::1]:8350"), _host("LOCALHOST")
    ('127.0.0.1', '::1', 'localhost')
    """
    if header.startswith("["):
        return header[1:].partition("]")[0].lower()
    return header.partition(":")[0].lower()
