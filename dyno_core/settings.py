"""Settings from the environment. Read once, at the front door; importing this reads nothing."""

import json
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError, model_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from dyno_core.clock import Clock, FixedClock, SystemClock
from dyno_core.errors import InvalidInput, Misconfigured
from dyno_core.period import parse_day


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError from None
    return name


def _day(value: Any) -> Any:
    """Written out only: pydantic would take “0” for a day of 1970."""
    try:
        return parse_day(value) if isinstance(value, str) else value
    except InvalidInput:
        raise ValueError from None


def _json(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else value


def _web_address(address: str) -> str:
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname or not address.isprintable() or " " in address:
        raise ValueError
    return address


Price = Annotated[Decimal, Field(ge=0)]


class Settings(BaseSettings):
    """Every variable the app reads. `.env.example` lists them with their meaning.

    A field's description says what it may be; it ends the sentence that refuses anything else.
    """

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", env_ignore_empty=True)

    database_url: SecretStr | None = None
    database_reader_url: SecretStr | None = None
    dyno_home: Path = Path(".dyno")
    dyno_env: Literal["development", "testing", "production"] = Field(
        default="development", description="development, testing or production"
    )
    dyno_today: Annotated[date | None, BeforeValidator(_day)] = Field(
        default=None, description="a day from 2000 to 2099, written as 2026-03-09"
    )
    dyno_timezone: Annotated[str, AfterValidator(_zone)] = Field(
        default="UTC", description="a time zone such as Europe/Berlin"
    )
    dyno_secret_key: SecretStr | None = None
    dyno_metrics_token: SecretStr | None = None
    dyno_cloudwatch_namespace: str | None = None
    dyno_model: str = "gemini-3.8-flash"
    gemini_api_key: SecretStr | None = None
    google_gemini_base_url: Annotated[str, AfterValidator(_web_address)] | None = Field(
        default=None, description="a web address such as https://gemini.example.com"
    )
    dyno_model_timeout_seconds: float = Field(
        default=60, gt=0, le=3600, description="a number of seconds above 0, at most 3600"
    )
    dyno_model_prices: Annotated[dict[str, tuple[Price, Price]], NoDecode, BeforeValidator(_json)] = Field(
        default={}, description='US dollars per million tokens in and out, such as {"gemini-3.8-flash": [1.5, 7.5]}'
    )
    dyno_minutes_saved_per_booking: Decimal = Field(
        default=Decimal(4), ge=0, le=480, description="a number of minutes from 0 to 480"
    )
    dyno_hourly_rate_usd: Decimal = Field(
        default=Decimal(50), ge=0, le=10_000, description="a number of dollars from 0 to 10000"
    )
    dyno_investment_usd: Decimal = Field(
        default=Decimal(50_000), ge=0, le=1_000_000_000, description="a number of dollars from 0 to 1000000000"
    )

    @model_validator(mode="after")
    def _production_is_strict(self) -> "Settings":
        if self.dyno_env == "production":
            if self.dyno_today is not None:
                raise ValueError("DYNO_TODAY fixes the clock and is refused in production, so unset it")
            if self.dyno_secret_key is None or len(self.dyno_secret_key.get_secret_value()) < 32:
                raise ValueError("DYNO_SECRET_KEY is required in production, with 32 characters or more")
        return self

    @property
    def chat_model(self) -> str:
        """Who answers the chat: the model of ``DYNO_MODEL``, or ``offline`` where Gemini is meant and has no key."""
        provider, colon, name = self.dyno_model.partition(":")
        if colon and provider != "google_genai":
            return self.dyno_model
        return "offline" if self.gemini_api_key is None else name or provider

    def clock(self) -> Clock:
        if self.dyno_today is not None:
            return FixedClock(self.dyno_today)
        return SystemClock(ZoneInfo(self.dyno_timezone))


def read_settings() -> Settings:
    """The environment as `Settings`. Raises `Misconfigured` naming each variable that is wrong."""
    try:
        return Settings()
    except ValidationError as problem:
        said = "; ".join(_sentence(error) for error in problem.errors(include_url=False))
        raise Misconfigured(f"The settings can't be used: {said}.") from None


def _sentence(error: ErrorDetails) -> str:
    """What a variable is and what it may be; an address may hold a password and is not repeated."""
    if not error["loc"]:
        return str(error["msg"]).removeprefix("Value error, ")
    name, got = str(error["loc"][0]), str(error["input"])
    shown = "something else" if "@" in got else f"“{got[:60]}”"
    return f"{name.upper()} is {shown}, but must be {Settings.model_fields[name].description}"


@cache
def get_settings() -> Settings:
    return read_settings()
