"""The files of a report, for those who may see it; one that is not kept any more is made again."""

from fastapi import APIRouter, Request, Response

from bot import agents, conversations
from bot.console.frame import PATH as CONSOLE
from bot.console.reports import making
from bot.console.reports.archive import Archive
from bot.console.reports.question import Question
from bot.console.signin import COOKIE, SignIn
from bot.database import Database
from bot.errors import NotAllowed, NotFound

PATH = "/reports/files"  # under the console's
TYPES = {making.PAGE: "text/html; charset=utf-8", making.PAPER: "application/pdf", making.TABLES: "application/zip"}


def router(sign_in: SignIn, archive: Archive, database: Database) -> APIRouter:
    routes = APIRouter(prefix=CONSOLE, include_in_schema=False)

    @routes.get(PATH + "/{name}")
    async def file(name: str, request: Request) -> Response:
        agent = sign_in.who(request.cookies.get(COOKIE, ""))
        if agent.role not in agents.SUPERVISORS:
            raise NotAllowed("Reports are for supervisors.")
        if name not in TYPES:
            raise NotFound("A report has no such file.")
        question = Question.of(request.query_params)
        made = await archive.report(question)
        with database.writing() as session:
            conversations.did(session, agent.id, "took a report along", file=name, of=question.query)
        headers = {
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
        }
        return Response(made.files[name], media_type=TYPES[name], headers=headers)

    return routes


def address(question: Question, name: str) -> str:
    """For `ui.link`, which knows where the console is."""
    return f"{PATH}/{name}?{question.query}"
