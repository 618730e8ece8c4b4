"""Puts the console on a FastAPI app at `/console`: the sign-in form, and pages on NiceGUI.

NiceGUI keeps its pages in one application a process, so this is called once a process.
"""

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException, Request
from nicegui import app as nicegui
from nicegui import ui

from bot import agents
from bot.answers import Answers
from bot.canned_answers import CannedAnswers
from bot.console import files, frame, signin
from bot.console.accounts import Accounts
from bot.console.desk import Desk
from bot.console.drafts import Drafts
from bot.console.frame import PATH, Console, Visit
from bot.console.reports.archive import Archive
from bot.console.reports.page import ReportsPage
from bot.console.reports.question import Question
from bot.console.reports.routes import router as report_files
from bot.console.review import Review
from bot.console.signin import COOKIE, SignIn
from bot.console.team import Team
from bot.console.workshop.page import WorkshopPage
from bot.errors import NotSignedIn
from bot.suggested_replies import SuggestedReplies
from bot.workshop.workshop import Workshop

STYLE, ICON = Path(__file__).with_name("console.css"), Path(__file__).with_name("icon.svg")
SUGGESTING_STYLE, WORKSHOP_STYLE, DESK_STYLE, TEAM_STYLE, REPORTS_STYLE = (
    Path(__file__).with_name(f"{name}.css") for name in ("suggesting", "workshop", "desk", "team", "reports")
)
DESK_SCRIPT = Path(__file__).with_name("desk.js")
COLOURS = {  # of Quasar's parts
    "primary": "var(--pine-fill)",
    "positive": "#1c6439",
    "negative": "#962620",
    "info": "#2f5d7c",
    "dark": "var(--paper)",
    "dark_page": "var(--wash)",
}


def mount(app: FastAPI, console: Console) -> None:
    """Add the console's routes to `app`; in development this also makes the demo account."""
    with console.database.writing() as session:
        demo_password = agents.ensure_demo_agent(session, console.settings)
    sign_in = SignIn(console.settings, console.database)
    database, shop = console.database, console.shop
    answers = Answers(console.settings, database)
    workshop = Workshop(database=database, shop=shop, answers=answers, models=console.understanding)
    replies = SuggestedReplies(
        settings=console.settings, database=database, shop=shop, answers=answers, embed=workshop.embed
    )
    canned, drafts = CannedAnswers(database=database, shop=shop, answers=answers), Drafts()
    app.include_router(signin.router(console.settings, sign_in, demo_password=demo_password))
    app.include_router(files.router(console.settings, sign_in))
    archive = Archive(console.settings, database)
    nicegui.on_shutdown(archive.close)
    app.include_router(report_files(sign_in, archive, database))

    def entered(request: Request) -> Visit:
        cookie = request.cookies.get(COOKIE, "")
        try:
            return Visit(console, sign_in, cookie, sign_in.who(cookie))
        except NotSignedIn:
            raise HTTPException(303, headers={"Location": f"{PATH}{frame.SIGN_IN}"}) from None

    @ui.page("/", title=f"{console.settings.shop_name} console", favicon=ICON, response_timeout=10)
    async def desk(
        visit: Annotated[Visit, Depends(entered)], conversation: str | None = None, message: int | None = None
    ) -> None:
        ui.add_css(SUGGESTING_STYLE)
        ui.add_css(DESK_STYLE)
        with _dressed(visit, here="Desk"):
            frame.add_script(DESK_SCRIPT)
            await Desk(visit, replies, canned, drafts).show(conversation, message)

    def supervising(visit: Annotated[Visit, Depends(entered)]) -> Visit:
        if visit.agent.role not in agents.SUPERVISORS:
            raise HTTPException(303, headers={"Location": f"{PATH}/"})
        return visit

    @ui.page("/team", title=f"Team · {console.settings.shop_name}", favicon=ICON, response_timeout=10)
    async def team(visit: Annotated[Visit, Depends(supervising)]) -> None:
        ui.add_css(TEAM_STYLE)
        with _dressed(visit, here="Team"):
            await Team(visit).show()

    @ui.page("/accounts", title=f"Accounts · {console.settings.shop_name}", favicon=ICON, response_timeout=10)
    async def accounts(visit: Annotated[Visit, Depends(supervising)]) -> None:
        if visit.agent.role != agents.ADMIN:
            raise HTTPException(303, headers={"Location": f"{PATH}/"})
        ui.add_css(TEAM_STYLE)
        with _dressed(visit, here="Accounts"):
            await Accounts(visit).show()

    @ui.page("/reports", title=f"Reports · {console.settings.shop_name}", favicon=ICON, response_timeout=10)
    async def reports(visit: Annotated[Visit, Depends(supervising)], request: Request) -> None:
        ui.add_css(TEAM_STYLE)
        ui.add_css(REPORTS_STYLE)
        with _dressed(visit, here="Reports"):
            await ReportsPage(visit, archive, Question.of(request.query_params)).show()

    @ui.page("/review", title=f"Review · {console.settings.shop_name}", favicon=ICON, response_timeout=10)
    async def review(visit: Annotated[Visit, Depends(entered)]) -> None:
        with _dressed(visit, here="Review"):
            Review(visit).show()

    @ui.page("/answers", title=f"Answers · {console.settings.shop_name}", favicon=ICON, response_timeout=10)
    async def workshop_page(visit: Annotated[Visit, Depends(entered)]) -> None:
        ui.add_css(WORKSHOP_STYLE)
        with _dressed(visit, here="Answers"):
            await WorkshopPage(visit, workshop).show()

    ui.run_with(
        app,
        mount_path=PATH,
        dark=None,  # as the agent's desktop is
        language="en-US",
        tailwind=False,
        show_welcome_message=False,
        reconnect_timeout=30,  # seconds a busy or sleeping laptop may be silent before its page is drawn anew
    )


def _dressed(visit: Visit, *, here: str) -> AbstractContextManager[None]:
    ui.add_css(signin.PALETTE)
    ui.add_css(STYLE)
    ui.colors(**COLOURS)
    return frame.page(visit, here=here)
