"""What the tools answer in the dialogues."""

from typing import Any

from tests.unit.agent.offline.corpus.entries import VIN, book


def ok(data: Any) -> dict[str, Any]:
    return {"ok": True, "data": data}


def allocation(number: int, **changes: Any) -> dict[str, Any]:
    return {
        "id": number,
        "dyno": "PGN 3",
        "vehicle_id": 13,
        "vin": VIN,
        "tag": "195W114",
        "test_type": "brake",
        "leg": None,
        "start_date": "2026-12-07",
        "end_date": "2026-12-09",
        "status": "scheduled",
        "disputed": False,
    } | changes


DECLINED = {"ok": False, "error": "declined", "message": "The user declined; nothing was changed."}
NO_DYNO = {
    "ok": False,
    "error": "no_dyno",
    "message": "No dyno is free then; the earliest window is 14 to 16 December on PGN 4.",
    "facts": {"earliest": {"dyno": "PGN 4", "start_date": "2026-12-14", "end_date": "2026-12-16"}},
}
BOOKED = ok(allocation(51))
BRAKE_13 = book(vehicle_id=13, start="2026-12-07", days=3, test="brake")
HEAVY = {"weight_class": ">10K", "drive_type": "AWD"}
