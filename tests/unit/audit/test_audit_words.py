"""Changes in words: who did what reads like a sentence, whatever kind of record it was."""

from datetime import UTC, datetime
from typing import Any

import pytest

from dyno_core.audit import AuditEntry, Difference, Names, differences, in_short, in_words

NAMES = Names(
    dynos={1: "PGN 1", 2: "PGN 2"},
    vehicles={7: "T-104"},
    users={3: "ada@example.com"},
    placed={123: "T-104", 9: "PGN 2"},
    wished={5: "T-104"},
)


def an_entry(**changes: Any) -> AuditEntry:
    values: dict[str, Any] = {
        "id": 1,
        "at": datetime(2026, 11, 24, 12, tzinfo=UTC),
        "actor": "planner@example.com",
        "channel": "calendar",
        "action": "move",
        "entity": "allocation",
        "entity_id": "123",
        "before": None,
        "after": None,
        "reason": "",
        "conversation_id": None,
    }
    return AuditEntry(**values | changes)


MOVED = an_entry(
    before={"dyno": "PGN 1", "dyno_id": 1, "end_date": "2026-12-04", "start_date": "2026-12-02"},
    after={"dyno": "PGN 2", "dyno_id": 2, "end_date": "2026-12-09", "start_date": "2026-12-07"},
)


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        (
            MOVED,
            ("moved allocation 123 (T-104) from PGN 1 to PGN 2, Mon 7 Dec 2026 to Wed 9 Dec 2026 "
            "(was Wed 2 Dec 2026 to Fri 4 Dec 2026)"),
        ),
        (
            an_entry(
                action="book",
                after={"dyno_id": 2, "start_date": "2026-12-07", "end_date": "2026-12-07", "status": "scheduled"},
            ),
            "booked allocation 123 (T-104) on PGN 2, Mon 7 Dec 2026",
        ),
        (
            an_entry(action="cancel", before={"status": "in_progress"}, after={"status": "cancelled"}),
            "cancelled allocation 123 (T-104): status in progress → cancelled",
        ),
        (
            an_entry(
                action="change maintenance", entity="maintenance", entity_id="9",
                before={"end_date": "2026-12-09"}, after={"end_date": "2026-12-11"},
            ),
            ("changed the last day of maintenance window 9 (PGN 2), last day Fri 11 Dec 2026 "
            "(was last day Wed 9 Dec 2026)"),
        ),
        (
            an_entry(
                action="edit", entity="vehicle", entity_id="7",
                before={"vin": None, "contact": "a", "program": "b", "notes": "c", "weight_lbs": 1},
                after={"vin": "V", "contact": "x", "program": "y", "notes": "z", "weight_lbs": 2},
            ),
            "changed vehicle T-104: contact a → x; notes c → z; program b → y and 2 more",
        ),
        (an_entry(action="set_role", entity="user", entity_id="3"), "changed the role of account ada@example.com"),
        # A record that is gone, and an action that a later version may write.
        (an_entry(action="re_arm", entity="siren", entity_id="x"), "re arm siren x"),
    ],
)  # fmt: skip
def test_a_change_reads_as_a_sentence(entry: AuditEntry, said: str) -> None:
    assert in_words(entry, NAMES) == said


def test_a_change_opens_into_old_and_new_of_every_field() -> None:
    assert differences(MOVED, NAMES) == (
        Difference("Dyno", "PGN 1", "PGN 2"),
        Difference("First day", "Wed 2 Dec 2026", "Mon 7 Dec 2026"),
        Difference("Last day", "Fri 4 Dec 2026", "Wed 9 Dec 2026"),
    )


def test_of_the_rule_table_only_the_rules_that_differ_are_told() -> None:
    kept = ["brake", "2WD", None, ["PGN 1"]]
    entry = an_entry(
        action="replace",
        entity="rules",
        entity_id="all",
        before={"rules": [kept, ["evap", None, None, ["PGN 1"]]]},
        after={"rules": [kept, ["evap", None, "<10K", ["PGN 1", "PGN 2"]]]},
    )
    assert in_words(entry, NAMES) == "replaced the rule table"
    assert differences(entry, NAMES) == (
        Difference("Rules", "evap, any drive, any weight: PGN 1", "evap, any drive, <10K: PGN 1, PGN 2"),
    )


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        ([], ""),
        ([MOVED], "moved T-104"),
        ([MOVED, MOVED], "moved T-104"),
        ([MOVED, an_entry(entity_id="124")], "moved 2 vehicles"),
        ([an_entry(entity_id="124")], "moved allocation 124"),
        ([an_entry(action="cancel"), *(an_entry(entity_id=str(n)) for n in range(4))], "moved 4 vehicles and cancelled T-104"),
        ([an_entry(action="request", entity="request", entity_id=n) for n in "57"], "made 2 requests"),
        ([an_entry(action="request", entity="request", entity_id="5")], "made request 5 (T-104)"),
        ([an_entry(action="maintain", entity="maintenance", entity_id="9")], "planned maintenance window 9 (PGN 2)"),
        ([an_entry(action="replace", entity="rules", entity_id="all")] * 2, "replaced the rule table"),
        ([an_entry(action="edit", entity="dyno", entity_id="1")], "changed dyno PGN 1"),
        (
            [an_entry(), an_entry(action="cancel"), an_entry(action="start"), an_entry(action="complete")],
            "moved T-104, cancelled T-104 and made 2 other changes",
        ),
    ],
)  # fmt: skip
def test_what_a_person_did_fits_a_line(entries: list[AuditEntry], said: str) -> None:
    assert in_short(entries, NAMES) == said
