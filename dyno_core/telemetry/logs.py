"""Logs: one JSON object a line, with the correlation id and without secrets."""

import json
import logging
import re
import secrets
import sys
from datetime import UTC, datetime
from typing import Any, Final, TextIO

from dyno_core.telemetry.correlation import correlation_id

_SECRETS: Final = (
    # user:password@host in an address
    (re.compile(r"(\w+://[^:/@\s]*):[^@/\s]+@"), r"\1:***@"),
    # key=value and "key": "value"
    (
        re.compile(
            r"""(?i)(["']?(?:password|passwd|secret|token|api[_-]?key|authorization|cookie|dyno_auth)["']?\s*[=:]\s*)"""
            r"""("[^"]*"|'[^']*'|(?:bearer\s+)?[^\s,;&}"']+)"""
        ),
        r"\1***",
    ),
    # JSON web tokens, Google API keys, bcrypt hashes
    (re.compile(r"\beyJ[\w-]+\.[\w-]+\.[\w-]+"), "***"),
    (re.compile(r"\bAIza[\w-]{20,}"), "***"),
    (re.compile(r"\$2[aby]\$\d\d\$[./A-Za-z0-9]{53}"), "***"),
)
_UNMISTAKABLE: Final = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"


def redact(text: str) -> str:
    """The text without passwords, keys and tokens."""
    for pattern, replacement in _SECRETS:
        text = pattern.sub(replacement, text)
    return text


def reference_number() -> str:
    """Six characters that a person can read out, to find one error in the log."""
    return "".join(secrets.choice(_UNMISTAKABLE) for _ in range(6))


class JsonFormatter(logging.Formatter):
    """``extra={"facts": {...}}`` of a call is put under ``facts``."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            "correlation_id": correlation_id(),
        }
        if facts := getattr(record, "facts", None):
            line["facts"] = facts
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(_redacted(line), ensure_ascii=False, default=str)


def configure_logging(*, level: int = logging.INFO, stream: TextIO | None = None) -> None:
    """Send everything that is logged to ``stream`` (stderr) as JSON. Called once, at the front door."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonFormatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for chatty in ("alembic", "httpx", "httpcore", "watchdog", "fsevents"):
        logging.getLogger(chatty).setLevel(logging.WARNING)


def _redacted(value: Any) -> Any:
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, dict):
        return {key: "***" if _names_a_secret(str(key)) else _redacted(held) for key, held in value.items()}
    if isinstance(value, (list, tuple)):
        return [_redacted(held) for held in value]
    return value


def _names_a_secret(key: str) -> bool:
    return bool(re.search(r"(?i)password|secret|(^|_)token$|api_?key|cookie", key))
