"""Signing in: a plain form, a signed cookie, and a limit on guesses.

The cookie names the account and its present password's mark, so removing an account or changing its password ends its
sessions. SameSite and a check of where the form came from keep other sites out.
"""

import time
from pathlib import Path
from urllib.parse import urlsplit

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import FileResponse, HTMLResponse, RedirectResponse
from itsdangerous import BadSignature, URLSafeTimedSerializer
from jinja2 import Environment, FileSystemLoader, select_autoescape
from limits import RateLimitItemPerMinute
from limits.storage import storage_from_string
from limits.strategies import MovingWindowRateLimiter

from bot import agents, conversations
from bot.database import Database
from bot.errors import NotAllowed, NotSignedIn, TooMany
from bot.settings import Settings
from bot.tables import Agent

HERE = Path(__file__).parent
PALETTE = HERE / "palette.css"
COOKIE = "shopkeeper_console"
SESSION_S = 12 * 3600
GUESSES_AN_ACCOUNT = RateLimitItemPerMinute(5, 15, "account")
GUESSES_AN_ADDRESS = RateLimitItemPerMinute(30, 15, "address")
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}


class SignIn:
    """Who holds a console session."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self._database = database
        self._signer = URLSafeTimedSerializer(settings.secret_key, salt="console")
        self._ended: dict[str, float] = {}  # cookies that signed out, and when: the console has one process
        self._limiter = MovingWindowRateLimiter(storage_from_string(settings.redis_url or "memory://"))

    def enter(self, *, email: str, password: str, address: str) -> str:
        """The cookie of a new session; raises `NotSignedIn`, or `TooMany` after too many wrong guesses."""
        guesses = ((GUESSES_AN_ACCOUNT, email.strip().lower()), (GUESSES_AN_ADDRESS, address))
        if not all(self._limiter.test(limit, who) for limit, who in guesses):
            raise TooMany("Too many wrong attempts. Try again in a quarter of an hour.")
        try:
            with self._database.reading() as session:
                agent = agents.sign_in(session, email=email, password=password)
        except NotSignedIn:
            for limit, who in guesses:
                self._limiter.hit(limit, who)
            raise
        with self._database.writing() as session:
            conversations.did(session, agent.id, "signed in")
        return self._signer.dumps({"agent": agent.id, "mark": agents.credential(agent)})

    def who(self, cookie: str | None) -> Agent:
        """The agent of a session's cookie; raises `NotSignedIn` when it is over."""
        try:
            told = self._signer.loads(cookie or "", max_age=SESSION_S)
        except BadSignature:
            raise NotSignedIn("Sign in first.") from None
        if cookie in self._ended:
            raise NotSignedIn("You have signed out. Sign in again.")
        with self._database.reading() as session:
            agent = agents.find(session, told["agent"])
        if agent is None or agents.credential(agent) != told["mark"]:
            raise NotSignedIn("This session is over. Sign in again.")
        return agent

    def leave(self, cookie: str | None) -> None:
        """Sign out: from now on the agent is not there."""
        try:
            agent = self.who(cookie)
        except NotSignedIn:
            return
        now = time.monotonic()
        self._ended = {old: at for old, at in self._ended.items() if now - at < SESSION_S} | {cookie or "": now}
        with self._database.writing() as session:
            agents.gone(session, agent.id)
            conversations.did(session, agent.id, "signed out")


def router(settings: Settings, sign_in: SignIn, *, demo_password: str | None) -> APIRouter:
    """`demo_password`: shown on the page with the demo account's address; None outside development."""
    routes = APIRouter(prefix="/console", include_in_schema=False)
    folder = FileSystemLoader(HERE)
    page = Environment(loader=folder, autoescape=select_autoescape()).get_template("signin.html")
    demo = {"demo_email": agents.DEMO_EMAIL, "demo_password": demo_password}

    def form(problem: str = "", *, email: str = "", status: int = 200) -> Response:
        text = page.render(shop_name=settings.shop_name, problem=problem, email=email, **demo)
        return HTMLResponse(text, status_code=status, headers=HEADERS)

    @routes.get("")
    def console() -> Response:
        return RedirectResponse("/console/")

    @routes.get("/sign-in")
    def show() -> Response:
        return form()

    @routes.get("/sign-in.css")
    def style() -> Response:
        sheets = (PALETTE, HERE / "signin.css")
        return Response("\n".join(sheet.read_text(encoding="utf-8") for sheet in sheets), media_type="text/css")

    @routes.get("/icon.svg")
    def icon() -> Response:
        return FileResponse(HERE / "icon.svg")

    @routes.post("/sign-in")
    def enter(request: Request, email: str = Form("", max_length=200), password: str = Form("")) -> Response:
        _refuse_other_sites(request)
        address = request.client.host if request.client else ""
        try:
            cookie = sign_in.enter(email=email, password=password, address=address)
        except (NotSignedIn, TooMany) as error:
            return form(error.message, email=email, status=error.status)
        answer = RedirectResponse("/console/", status_code=303)
        answer.set_cookie(
            COOKIE,
            cookie,
            max_age=SESSION_S,
            path="/console",
            httponly=True,
            samesite="strict",
            secure=request.url.scheme == "https",
        )
        return answer

    @routes.post("/sign-out")
    def leave(request: Request) -> Response:
        _refuse_other_sites(request)
        sign_in.leave(request.cookies.get(COOKIE))
        answer = RedirectResponse("/console/sign-in", status_code=303)
        answer.delete_cookie(COOKIE, path="/console")
        return answer

    return routes


def _refuse_other_sites(request: Request) -> None:
    """A form posted from another site's page would sign a victim in or out."""
    origin = request.headers.get("origin")
    site = request.headers.get("sec-fetch-site", "same-origin")
    if site not in ("same-origin", "none") or (origin and urlsplit(origin).netloc != request.url.netloc):
        raise NotAllowed("Use the console's own sign-in page.")
