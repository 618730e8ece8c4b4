"""Sends mail by SMTP: over TLS always, except to this machine itself, where nobody listens in."""

import smtplib
import ssl
from email.message import EmailMessage
from urllib.parse import unquote, urlsplit

from bot.errors import BotError, Unavailable

TIMEOUT_S = 30
LOOPBACK = ("127.0.0.1", "::1", "localhost")


def send(message: EmailMessage, *, smtp_url: str) -> None:
    """`smtp://user:password@host:587` is upgraded to TLS, `smtps://host:465` is TLS from the start.

    Raises BotError when the address cannot be read, Unavailable when the server does not take the message.
    """
    url = urlsplit(smtp_url)
    try:
        host, port = url.hostname, url.port
    except ValueError as error:
        raise BotError("SMTP_URL: the port is not a number; write it as smtp://user:password@host:587") from error
    if url.scheme not in ("smtp", "smtps") or not host:
        raise BotError("SMTP_URL is not set, or not like smtp://user:password@host:587")
    try:
        with _connect(url.scheme, host, port) as server:
            if url.username:
                server.login(unquote(url.username), unquote(url.password or ""))
            server.send_message(message)
    except smtplib.SMTPNotSupportedError as error:
        raise Unavailable(f"the mail server {host} offers no TLS or no login; the mail was not sent") from error
    except (smtplib.SMTPException, OSError) as error:
        raise Unavailable(
            f"the mail server {host} did not take the mail ({type(error).__name__}); see SMTP_URL"
        ) from error


def _connect(scheme: str, host: str, port: int | None) -> smtplib.SMTP:
    context = ssl.create_default_context()
    if scheme == "smtps":
        return smtplib.SMTP_SSL(host, port or 465, timeout=TIMEOUT_S, context=context)
    server = smtplib.SMTP(host, port or 587, timeout=TIMEOUT_S)
    if host not in LOOPBACK:
        try:
            server.starttls(context=context)
        except Exception:
            server.close()
            raise
    return server
