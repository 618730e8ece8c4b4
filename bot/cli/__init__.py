"""`shopkeeper`, the command line: one file a command group, each loaded only when it is called."""

import sys
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup
from typer.main import get_command

GROUPS = {
    "run": ("bot.cli.run", "Set up nothing, start everything: Rasa and the shop assistant, until Ctrl-C."),
    "serve": ("bot.cli.serve", "Run one part as a service of its own (what `run` and docker-compose start)."),
    "chat": ("bot.cli.chat", "Talk to the assistant from the terminal."),
    "setup": ("bot.cli.setup", "Migrate, build the demo shop, train and index whatever is not up to date."),
    "nlu": ("bot.cli.nlu", "Train and measure the classifier of intents and sentiment."),
    "retrieval": ("bot.cli.retrieval", "Index and measure the answer templates."),
    "insight": ("bot.cli.insight", "Import a shop's orders, refresh and measure what is known of its customers."),
    "customer": ("bot.cli.customer", "Export or erase everything stored about one customer."),
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


def main(arguments: list[str] | None = None) -> Any:
    """Run the command line; an error with a `message` ends it with exit code 1 and that one sentence on stderr."""
    try:
        app(args=arguments, prog_name="shopkeeper")
    except Exception as error:
        message = getattr(error, "message", None)
        if message is None:
            raise
        print(f"shopkeeper: {message}", file=sys.stderr)
        raise SystemExit(1) from error
