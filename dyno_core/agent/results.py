"""How a tool answers: always a JSON object, ``{"ok": true, "data": …}`` or ``{"ok": false, "error": code, …}``."""

import json
import logging
from collections.abc import Mapping, Sequence
from typing import Any, Final

from dyno_core.errors import DynoError
from dyno_core.telemetry import reference_number

MOST_ROWS: Final = 100
LONGEST: Final = 100_000
"""Characters of one result: all of it is stored, sent to the model and drawn."""
DECLINED: Final = "declined"
INTERRUPTED: Final = "interrupted"
_log = logging.getLogger(__name__)


def done(data: object) -> str:
    return json.dumps({"ok": True, "data": data}, default=str, ensure_ascii=False)


def failed(code: str, message: str, facts: Mapping[str, Any] | None = None) -> str:
    payload = {"ok": False, "error": code, "message": message, "facts": dict(facts or {})}
    return json.dumps(payload, default=str, ensure_ascii=False)


def declined(message: str, proposal: Mapping[str, Any]) -> str:
    """A no to what stood on the card, with its vehicle, dyno and days: what is asked next may be about these."""
    card = proposal.get("shown") or {}
    shown = {name: card[name] for name in ("vehicle", "test_type", "dyno", "start_date", "end_date") if name in card}
    return failed(DECLINED, message, {"shown": shown} if shown else None)


def refused(refusal: DynoError) -> str:
    return failed(refusal.code, refusal.message, refusal.facts)


def told(refusal: str) -> str:
    """A refusal that the person has read already, beside a card: the model is not to say it again."""
    return json.dumps(
        read(refusal) | {"told": "The person has read this already; do not repeat it."}, ensure_ascii=False
    )


def broken(tool: str, defect: Exception) -> str:
    """A defect: all of it goes to the log, only its number to the model and to people."""
    reference = reference_number()
    _log.error("tool %s failed, reference %s", tool, reference, exc_info=defect)
    return failed(
        "unexpected",
        f"Something went wrong on our side (reference {reference}); try again, or tell an administrator the reference.",
        {"reference": reference},
    )


def listed(name: str, rows: Sequence[Mapping[str, Any]], *, note: str = "") -> dict[str, Any]:
    """``rows`` under ``name``, cut at `MOST_ROWS`; what was cut is said."""
    data: dict[str, Any] = {name: list(rows[:MOST_ROWS])}
    notes = [note] if note else []
    if len(rows) > MOST_ROWS:
        notes.append(f"Only the first {MOST_ROWS} are shown; there are more. Narrow the question down.")
    if notes:
        data["note"] = " ".join(notes)
    return data


def shortened(content: str, *, most: int = LONGEST) -> str:
    """A result that is not longer than ``most``: its longest list is cut, and that is said."""
    if len(content) <= most:
        return content
    data = read(content).get("data")
    data = data if isinstance(data, dict) else {}
    lists = {name: part for name, part in data.items() if isinstance(part, list) and part}
    if not lists:
        return failed("too_long", "The result is too long to be shown; ask for less at once.")
    name = max(lists, key=lambda one: len(json.dumps(lists[one], default=str)))
    kept = lists[name]
    while kept and len(content) > most:
        kept = kept[: len(kept) * most // (len(content) + most)]
        note = (
            f"Only the first {len(kept)} of {len(lists[name])} are shown, the rest is too long. Ask for less at once."
        )
        content = done({**data, name: kept, "note": note})
    return shortened(content, most=most) if len(content) > most else content


def read(content: str) -> dict[str, Any]:
    """A tool message's content as the object it is; text that is none counts as a failure's sentence."""
    try:
        payload = json.loads(content)
    except ValueError:
        payload = None
    if isinstance(payload, dict) and "ok" in payload:
        return payload
    return {"ok": False, "error": "unexpected", "message": content, "facts": {}}
