"""`shopkeeper agent`: the accounts of the people who answer in the console.

A password is typed or piped, never an argument: arguments end up in shell histories and process lists.
"""

import getpass
import json
import sys
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from bot import agents, conversations
from bot.database import Database
from bot.errors import BotError
from bot.settings import Settings
from bot.tables import Agent

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="Add, list, change and remove the people who answer in the console.",
)

Email = Annotated[str, typer.Argument(help="The e-mail address the agent signs in with.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object as the last line.")]


@app.command("add")
def add_agent(
    email: Email,
    name: Annotated[str, typer.Option(help="What customers see beside the agent's messages.")],
    role: Annotated[str, typer.Option(help="agent, supervisor or admin.")] = "agent",
    password_stdin: Annotated[bool, typer.Option("--password-stdin", help="Read the password from stdin.")] = False,
    as_json: AsJson = False,
) -> None:
    """Add an account; asks for its password, or reads it from stdin."""
    password = _password(from_stdin=password_stdin or not sys.stdin.isatty())
    database = Database(Settings().database_url)
    with database.writing() as session:
        agent = agents.add(session, email=email, name=name, role=role, password=password)
    database.close()
    if as_json:
        print(json.dumps({"id": agent.id, "email": agent.email, "name": agent.name, "role": agent.role}))
    else:
        print(f"{agent.email} can now sign in to the console as {agent.role}.")


@app.command("list")
def list_agents(as_json: AsJson = False) -> None:
    """List the accounts and who is at the console now."""
    database = Database(Settings().database_url)
    with database.reading() as session:
        known, here = agents.everyone(session), {agent.id for agent in agents.present(session)}
    database.close()
    rows = [{"email": a.email, "name": a.name, "role": a.role, "present": a.id in here} for a in known]
    if as_json:
        print(json.dumps({"agents": rows}))
        return
    table = Table("E-mail", "Name", "Role", "At the console")
    for row in rows:
        table.add_row(str(row["email"]), str(row["name"]), str(row["role"]), "yes" if row["present"] else "")
    Console().print(table if rows else "No accounts yet: `shopkeeper agent add EMAIL --name NAME` makes one.")


@app.command("set")
def set_agent(
    email: Email,
    capacity: Annotated[int | None, typer.Option(help="Conversations they are assigned at a time, at most.")] = None,
    team: Annotated[str | None, typer.Option(help='Their team; "" takes them out of it.')] = None,
    skills: Annotated[str | None, typer.Option(help="Intents they get first, comma separated.")] = None,
    role: Annotated[str | None, typer.Option(help="agent, supervisor or admin.")] = None,
    as_json: AsJson = False,
) -> None:
    """Say what an agent may do and is assigned; what is not given stays as it is."""
    database = Database(Settings().database_url)
    wanted = None if skills is None else skills.split(",")
    with database.writing() as session:
        agent = agents.change(session, email, role=role, capacity=capacity, team=team, skills=wanted)
    database.close()
    if as_json:
        print(json.dumps(_duties(agent)))
        return
    team_words = f"in team {agent.team}" if agent.team else "in no team"
    skill_words = f"first for {', '.join(agent.skills)}" if agent.skills else "for any topic"
    print(
        f"{agent.email}, {agent.role}: at most {agent.capacity} conversations at a time, {team_words}, {skill_words}."
    )


@app.command("remove")
def remove_agent(email: Email, as_json: AsJson = False) -> None:
    """Block an account's sign-in; its conversations go back to the queue, and what the agent wrote stays."""
    database = Database(Settings().database_url)
    with database.writing() as session:
        agent = agents.remove(session, email)
        left = sum(len(had(session, agent.id)) for had in (conversations.owned, conversations.snoozed))
    database.close()
    if as_json:
        print(json.dumps({"removed": agent.email, "queued": left}))
    else:
        print(f"{agent.email} can no longer sign in; {left} conversations go back to the queue of the running shop.")


def _duties(agent: Agent) -> dict[str, Any]:
    return {
        "email": agent.email,
        "role": agent.role,
        "capacity": agent.capacity,
        "team": agent.team,
        "skills": agent.skills,
    }


def _password(*, from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    password = getpass.getpass("Password: ")
    if getpass.getpass("Once more: ") != password:
        raise BotError("The two passwords differ; nothing was changed.")
    return password
