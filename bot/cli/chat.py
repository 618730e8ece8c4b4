"""`shopkeeper chat`: talk to the assistant from the terminal."""

import sys
from typing import Annotated, Any

import typer

from bot.settings import Settings
from bot.terminal import Chat, Turn, opened

app = typer.Typer(add_completion=False)

Button = dict[str, str]


@app.command()
def chat(
    messages: Annotated[
        list[str] | None, typer.Argument(help="What to say, one message after the other. Without any: talk.")
    ] = None,
    customer: Annotated[
        str | None, typer.Option(help="Be this customer of the shop, such as C-0001; without it a visitor.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object for each message.")] = False,
) -> None:
    """Talk to the running assistant; with none running, one is started for as long as you talk.

    With --json each object has: text, replies, intent, confidence, sentiment, owner.
    """
    with opened(Settings(), customer) as conversation:
        if messages:
            for text in messages:
                show(conversation.say(text), as_json=json)
        else:
            talk(conversation, as_json=json)


def talk(conversation: Chat, *, as_json: bool) -> None:
    """Read lines until the input ends; a number presses the button of that number."""
    buttons: list[Button] = []
    print("Write to the shop; an empty line shows what is new, Ctrl-D ends.", file=sys.stderr)
    while (line := ask()) is not None:
        if not line:
            for reply in conversation.news():
                print_reply(reply)
            continue
        pressed = buttons[int(line) - 1] if line.isdecimal() and 0 < int(line) <= len(buttons) else None
        turn = conversation.say(pressed["title"], pressed["payload"]) if pressed else conversation.say(line)
        buttons = [button for reply in turn.replies for button in reply.get("buttons") or ()]
        show(turn, as_json=as_json)
        if not as_json:
            print("".join(f"  [{number}] {button['title']}\n" for number, button in enumerate(buttons, 1)), end="")


def ask() -> str | None:
    try:
        return input("> " if sys.stdin.isatty() else "").strip()
    except (EOFError, KeyboardInterrupt):
        return None


def show(turn: Turn, *, as_json: bool) -> None:
    if as_json:
        print(turn.as_json(), flush=True)
        return
    for reply in turn.replies:
        print_reply(reply)
    if not turn.replies:
        print(
            {"queue": "(waiting for a person)", "agent": "(a person has this conversation)"}.get(
                turn.owner, "(no reply)"
            )
        )


def print_reply(reply: dict[str, Any]) -> None:
    if reply.get("text"):
        print(reply["text"])
    for product in reply.get("products") or ():
        print(f"  · {product['name']} — {product['price']:.2f} {product['currency']}")
