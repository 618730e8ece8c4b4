"""`shopkeeper`, the command line: one file a command group, each loaded only when it is called."""

import sys
from importlib import import_module
from typing import Any

import typer
from pydantic import ValidationError
from pydantic_core import ErrorDetails
from sqlalchemy.exc import DatabaseError
from typer.core import TyperGroup
from typer.main import get_command

GROUPS = {
    "run": ("bot.cli.run", "Open the shop: start Rasa and the assistant and keep them running until Ctrl-C."),
    "serve": ("bot.cli.serve", "Run one part as a service of its own (what `run` and docker-compose start)."),
    "chat": ("bot.cli.chat", "Talk to the assistant from the terminal."),
    "setup": ("bot.cli.setup", "Migrate, build the demo shop, train and index whatever is not up to date."),
    "nlu": ("bot.cli.nlu", "Train, measure, explain and compare classifiers of intents and sentiment."),
    "retrieval": ("bot.cli.retrieval", "Index and measure the answer templates."),
    "insight": ("bot.cli.insight", "Import a shop's orders, refresh and measure what is known of its customers."),
    "customer": ("bot.cli.customer", "Export or erase everything stored about one customer."),
    "segment": ("bot.cli.segment", "Group customers by a rule, and see who is in which group."),
    "review": ("bot.cli.review", "List and export the messages that people should look at."),
    "agent": ("bot.cli.agent", "Add the people who answer in the console."),
    "key": ("bot.cli.key", "Create keys for programs that talk to the API."),
    "report": ("bot.cli.report", "Write the owner's report as one HTML page."),
    "bench": ("bot.cli.bench", "Measure this installation against its peers, in the same run."),
}


class LazyGroup(TyperGroup):
    """Imports a command's module when the command is called, so that `--help` answers at once.

    Each module has `app`, a `typer.Typer`; one with a single command becomes that command.
    """

    def list_commands(self, ctx: Any) -> list[str]:
        return list(GROUPS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in GROUPS:
            return None
        module, summary = GROUPS[cmd_name]
        command = get_command(import_module(module).app)
        command.name = cmd_name
        command.help = command.help or summary
        return command

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary) for name, (_, summary) in GROUPS.items()])


app = typer.Typer(cls=LazyGroup, add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


@app.callback(context_settings={"help_option_names": ["-h", "--help"]})
def shopkeeper() -> None:
    """Shopkeeper: a customer-service assistant for online shops."""


def main(arguments: list[str] | None = None) -> None:
    """Run the command line; what a user can mend ends it with exit code 1 and one sentence on stderr."""
    try:
        app(args=arguments, prog_name="shopkeeper")
    except Exception as error:
        explained = explain(error)
        if explained is None:
            raise
        print(f"shopkeeper: {explained}", file=sys.stderr)
        raise SystemExit(1) from error


def explain(error: Exception) -> str | None:
    """The sentence that tells a user what to do about `error`; None: it is a mistake of ours and wants a traceback."""
    if isinstance(error, ValidationError):
        return "; ".join(_explain_setting(detail) for detail in error.errors())
    if isinstance(error, PermissionError):
        return f"no permission for {error.filename}; change its owner or mode, or point VAR_DIR elsewhere"
    if isinstance(error, DatabaseError):
        return f"the database does not answer as it should ({error.orig}); if it is new, run `shopkeeper setup` first"
    message = getattr(error, "message", None)
    return message if isinstance(message, str) else None


def _explain_setting(detail: ErrorDetails) -> str:
    name = "_".join(str(part) for part in detail["loc"]).upper()
    problem = detail["msg"].removeprefix("Value error, ")
    return f"setting {name}={detail['input']!r}: {problem}" if name else problem
