from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from dyno_core.clock import FixedClock, SystemClock
from dyno_core.errors import Misconfigured
from dyno_core.settings import Settings, read_settings

SECRET = "s" * 32


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No variable of the machine, and no .env of the folder the tests were started in."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)


def test_nothing_needs_to_be_set() -> None:
    settings = read_settings()

    assert (settings.dyno_env, settings.database_url, settings.gemini_api_key) == ("development", None, None)
    assert settings.dyno_home == Path(".dyno")
    assert isinstance(settings.clock(), SystemClock)
    assert settings.clock().now().tzinfo is not None


def test_an_empty_variable_is_an_unset_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "")
    monkeypatch.setenv("DYNO_TODAY", "")

    assert (read_settings().database_url, read_settings().dyno_today) == (None, None)


def test_variables_are_read_and_so_is_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("DYNO_HOURLY_RATE_USD=72.50\nDYNO_TODAY=2026-03-09\nUNKNOWN=kept out\n")
    monkeypatch.setenv("DYNO_TODAY", "2026-03-10")

    settings = read_settings()

    assert settings.dyno_hourly_rate_usd == Decimal("72.50")
    assert settings.dyno_today == date(2026, 3, 10)
    assert settings.clock() == FixedClock(date(2026, 3, 10))


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("DYNO_ENV", "prod", "DYNO_ENV is “prod”, but must be development, testing or production"),
        ("DYNO_ENV", "Production", "DYNO_ENV is “Production”, but must be development, testing or production"),
        (
            "DYNO_TODAY",
            "nonsense",
            "DYNO_TODAY is “nonsense”, but must be a day from 2000 to 2099, written as 2026-03-",
        ),
        ("DYNO_TODAY", "2026-02-30", "DYNO_TODAY is “2026-02-30”, but must be a day"),
        ("DYNO_TODAY", "0", "DYNO_TODAY is “0”, but must be a day"),
        ("DYNO_TODAY", "0001-01-01", "DYNO_TODAY is “0001-01-01”, but must be a day"),
        ("DYNO_TIMEZONE", "Mars/X", "DYNO_TIMEZONE is “Mars/X”, but must be a time zone such as Europe/Berlin"),
        ("DYNO_TIMEZONE", "../../etc/passwd", "DYNO_TIMEZONE is “../../etc/passwd”, but must be a time zone"),
        ("DYNO_MODEL_TIMEOUT_SECONDS", "0", "DYNO_MODEL_TIMEOUT_SECONDS is “0”, but must be a number of seconds above"),
        ("DYNO_MODEL_TIMEOUT_SECONDS", "inf", "DYNO_MODEL_TIMEOUT_SECONDS is “inf”, but must be a number of seconds"),
        ("DYNO_HOURLY_RATE_USD", "-1", "DYNO_HOURLY_RATE_USD is “-1”, but must be a number of dollars from 0 to 10000"),
        ("DYNO_HOURLY_RATE_USD", "nan", "DYNO_HOURLY_RATE_USD is “nan”, but must be a number of dollars"),
        ("DYNO_HOURLY_RATE_USD", "1e400", "DYNO_HOURLY_RATE_USD is “1e400”, but must be a number of dollars"),
        ("DYNO_INVESTMENT_USD", "a lot", "DYNO_INVESTMENT_USD is “a lot”, but must be a number of dollars"),
        ("DYNO_MINUTES_SAVED_PER_BOOKING", "4 min", "DYNO_MINUTES_SAVED_PER_BOOKING is “4 min”, but must be a number"),
        ("GOOGLE_GEMINI_BASE_URL", "nowhere", "GOOGLE_GEMINI_BASE_URL is “nowhere”, but must be a web address such as"),
    ],
)
def test_a_wrong_variable_is_named_with_what_it_is_and_what_it_may_be(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, says: str
) -> None:
    monkeypatch.setenv(name, value)

    with pytest.raises(Misconfigured, match=r"^The settings can't be used: .*[^.][.]$") as caught:
        read_settings()
    assert says in str(caught.value)
    assert "nput should" not in str(caught.value)


def test_every_wrong_variable_is_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DYNO_ENV", "nonsense")
    monkeypatch.setenv("DYNO_INVESTMENT_USD", "a lot")

    with pytest.raises(Misconfigured, match=r"DYNO_ENV is .*; DYNO_INVESTMENT_USD is "):
        read_settings()


def test_a_password_in_an_address_is_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOOGLE_GEMINI_BASE_URL", f"ftp://me:{SECRET}@gemini.example.com")

    with pytest.raises(Misconfigured, match="GOOGLE_GEMINI_BASE_URL is something else, but must be a web") as caught:
        read_settings()
    assert SECRET not in str(caught.value)


def test_production_wants_a_long_secret_and_a_running_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DYNO_ENV", "production")
    with pytest.raises(Misconfigured, match="DYNO_SECRET_KEY is required in production, with 32 characters or more"):
        read_settings()
    monkeypatch.setenv("DYNO_SECRET_KEY", "short")
    with pytest.raises(Misconfigured, match="DYNO_SECRET_KEY is required"):
        read_settings()
    monkeypatch.setenv("DYNO_SECRET_KEY", SECRET)
    assert read_settings().dyno_env == "production"
    monkeypatch.setenv("DYNO_TODAY", "2026-03-09")
    with pytest.raises(Misconfigured, match="DYNO_TODAY fixes the clock and is refused in production"):
        read_settings()


def test_no_secret_shows_when_settings_are_printed_or_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DYNO_SECRET_KEY", "GEMINI_API_KEY", "DATABASE_URL"):
        monkeypatch.setenv(name, f"{SECRET}-{name}")

    assert SECRET not in repr(read_settings())
    monkeypatch.setenv("DYNO_ENV", "nonsense")
    with pytest.raises(Misconfigured) as caught:
        read_settings()
    assert SECRET not in str(caught.value)


def test_the_lab_s_day_is_that_of_its_time_zone() -> None:
    clocks = [Settings(dyno_timezone=name).clock() for name in ("Pacific/Kiritimati", "Etc/GMT+12")]

    # Fourteen hours ahead and twelve behind are never on the same day.
    assert clocks[0].today() > clocks[1].today()
