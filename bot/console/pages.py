"""Puts the console on a FastAPI app at `/console`: the sign-in form, and the desk on NiceGUI.

NiceGUI keeps its pages in one application a process, so this is called once a process.
"""

import asyncio
from pathlib import Path

from fastapi import FastAPI, Request, Response
from fastapi.responses import RedirectResponse
from nicegui import ui

from bot import agents
from bot.console import signin
from bot.console.desk import Console, Desk
from bot.console.signin import COOKIE, SignIn
from bot.errors import NotSignedIn

PATH = "/console"
STYLE, ICON = Path(__file__).with_name("console.css"), Path(__file__).with_name("icon.svg")
PRIMARY = "#1d5c4a"


def mount(app: FastAPI, console: Console) -> None:
    """Add the console's routes to `app`; in development this also makes the demo account."""
    with console.database.writing() as session:
        demo_password = agents.ensure_demo_agent(session, console.settings)
    sign_in = SignIn(console.settings, console.database)
    app.include_router(signin.router(console.settings, sign_in, demo_password=demo_password))

    @ui.page("/", title=f"{console.settings.shop_name} console", favicon=ICON, response_timeout=10)
    async def desk(request: Request, conversation: str | None = None) -> Response | None:
        cookie = request.cookies.get(COOKIE, "")
        try:
            agent = await asyncio.to_thread(sign_in.who, cookie)
        except NotSignedIn:
            return RedirectResponse(f"{PATH}/sign-in", status_code=303)
        ui.add_css(STYLE)
        ui.colors(primary=PRIMARY)
        await Desk(console, sign_in, cookie, agent).show(conversation)
        return None

    ui.run_with(app, mount_path=PATH, dark=False, tailwind=False, show_welcome_message=False, reconnect_timeout=10)
