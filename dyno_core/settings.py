"""Settings from the environment. Read once, at the front door; importing this reads nothing."""

from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from dyno_core.clock import Clock, FixedClock, SystemClock
from dyno_core.errors import Misconfigured


class Settings(BaseSettings):
    """Every variable the app reads. `.env.example` lists them with their meaning."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", env_ignore_empty=True)

    database_url: SecretStr | None = None
    database_reader_url: SecretStr | None = None
    dyno_home: Path = Path(".dyno")
    dyno_env: Literal["development", "testing", "production"] = "development"
    dyno_today: date | None = None
    dyno_timezone: str = "UTC"
    dyno_secret_key: SecretStr | None = None
    dyno_cloudwatch_namespace: str | None = None
    dyno_model: str = "gemini-3.8-flash"
    gemini_api_key: SecretStr | None = None
    google_gemini_base_url: str | None = None
    dyno_model_timeout_seconds: float = Field(default=60, gt=0)
    dyno_minutes_saved_per_booking: Decimal = Field(default=Decimal(4), ge=0)
    dyno_hourly_rate_usd: Decimal = Field(default=Decimal(50), ge=0)
    dyno_investment_usd: Decimal = Field(default=Decimal(50_000), ge=0)

    @field_validator("dyno_timezone")
    @classmethod
    def _zone_exists(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError(f"“{name[:60]}” is not a time zone; write it as Europe/Berlin") from None
        return name

    @model_validator(mode="after")
    def _production_is_strict(self) -> "Settings":
        if self.dyno_env == "production":
            if self.dyno_today is not None:
                raise ValueError("DYNO_TODAY fixes the clock and is refused in production; unset it")
            if self.dyno_secret_key is None or len(self.dyno_secret_key.get_secret_value()) < 32:
                raise ValueError("DYNO_SECRET_KEY is required in production, with 32 characters or more")
        return self

    def clock(self) -> Clock:
        if self.dyno_today is not None:
            return FixedClock(self.dyno_today)
        return SystemClock(ZoneInfo(self.dyno_timezone))


def read_settings() -> Settings:
    """The environment as `Settings`. Raises `Misconfigured` naming each variable that is wrong."""
    try:
        return Settings()
    except ValidationError as problem:
        said = "; ".join(_sentence(dict(error)) for error in problem.errors(include_url=False, include_input=False))
        raise Misconfigured(f"The settings can't be used: {said}.") from None


def _sentence(error: dict[str, object]) -> str:
    where = "_".join(str(part) for part in error["loc"]).upper()  # type: ignore[attr-defined]
    what = str(error["msg"]).removeprefix("Value error, ")
    return f"{where}: {what}" if where else what


@cache
def get_settings() -> Settings:
    return read_settings()
