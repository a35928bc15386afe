"""A conversation as a file."""

import json
from datetime import UTC, datetime

from dyno_core.agent.conversations import Conversation, Message
from dyno_core.agent.exporting import as_json, as_markdown

AT = datetime(2026, 11, 18, 9, 5, tzinfo=UTC)
TALK = Conversation(id="1", title="Book it", created_at=AT, updated_at=AT)
MESSAGES = (
    Message(id=1, role="user", text="book it\n# please", events=(), model=None, created_at=AT),
    Message(
        id=2,
        role="assistant",
        text="Booked.",
        model="offline",
        created_at=AT,
        helpful=False,
        reason="slow",
        latency_ms=12,
        events=(
            {"type": "approval_required", "id": "q", "writes": [{"summary": "Book 100W100 on North 1."}]},
            {"type": "tool_result", "name": "auto_allocate_vehicle", "ok": True, "data": {}},
            {"type": "tool_result", "name": "get_dyno", "ok": False, "data": {}},
        ),
    ),
)


def test_people_read_questions_answers_and_what_was_done() -> None:
    assert as_markdown(TALK, MESSAGES) == (
        "# Book it\n\nBegun on Wed 18 Nov 2026, 09:05 UTC.\n\n"
        "**You**, Wed 18 Nov 2026, 09:05 UTC\n\n> book it\n> # please\n\n"
        "**Dyno-Agent** (offline)\n\nBooked.\n"
        "- *asked for a yes: Book 100W100 on North 1.*\n"
        "- *change: auto allocate vehicle*\n- *step: get dyno (not done)*\n"
    )


def test_programs_read_everything_that_is_kept() -> None:
    told = json.loads(as_json(TALK, MESSAGES))
    assert (told["title"], told["begun_at"]) == ("Book it", "2026-11-18T09:05:00+00:00")
    answer = told["messages"][1]
    assert (answer["role"], answer["model"], answer["latency_ms"]) == ("assistant", "offline", 12)
    assert (answer["helpful"], answer["reason"]) == (False, "slow")
    assert len(answer["events"]) == 3
