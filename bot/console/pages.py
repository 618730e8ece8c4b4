"""Puts the console on a FastAPI app at `/console`: the sign-in form, and pages on NiceGUI.

NiceGUI keeps its pages in one application a process, so this is called once a process.
"""

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException, Request
from nicegui import ui

from bot import agents
from bot.console import frame, signin
from bot.console.desk import Desk
from bot.console.frame import PATH, Console, Visit
from bot.console.signin import COOKIE, SignIn
from bot.errors import NotSignedIn

STYLE, ICON = Path(__file__).with_name("console.css"), Path(__file__).with_name("icon.svg")
PRIMARY = "#1d5c4a"


def mount(app: FastAPI, console: Console) -> None:
    """Add the console's routes to `app`; in development this also makes the demo account."""
    with console.database.writing() as session:
        demo_password = agents.ensure_demo_agent(session, console.settings)
    sign_in = SignIn(console.settings, console.database)
    app.include_router(signin.router(console.settings, sign_in, demo_password=demo_password))

    def entered(request: Request) -> Visit:
        cookie = request.cookies.get(COOKIE, "")
        try:
            return Visit(console, sign_in, cookie, sign_in.who(cookie))
        except NotSignedIn:
            raise HTTPException(303, headers={"Location": f"{PATH}{frame.SIGN_IN}"}) from None

    @ui.page("/", title=f"{console.settings.shop_name} console", favicon=ICON, response_timeout=10)
    async def desk(visit: Annotated[Visit, Depends(entered)], conversation: str | None = None) -> None:
        with _dressed(visit, here="Desk"):
            await Desk(visit).show(conversation)

    ui.run_with(app, mount_path=PATH, dark=False, tailwind=False, show_welcome_message=False, reconnect_timeout=10)


def _dressed(visit: Visit, *, here: str) -> AbstractContextManager[None]:
    ui.add_css(STYLE)
    ui.colors(primary=PRIMARY)
    return frame.page(visit, here=here)
