"""What the browser gets from rows and bars, and what is read from its answers."""

from dataclasses import replace
from datetime import date

import pytest

from dyno_core.errors import InvalidInput
from dyno_core.period import Period
from dyno_core.ui.timeline import (
    NEUTRAL,
    PALETTE,
    Bar,
    Cell,
    Click,
    Colour,
    EmptyClick,
    Folded,
    Move,
    Occupancy,
    Place,
    Row,
    View,
    Wish,
    WishClick,
    colour_of,
)
from dyno_core.ui.timeline.encode import day_number, encode_bars, encode_occupancy, encode_wishes, payload
from dyno_core.ui.timeline.events import decode_event

ROWS = [Row(7, "PGN 1", "PGN", "AWD", 0.5), Row(3, "ATC 1", "ATC", "2WD", None)]
BAR = Bar(
    allocation_id=41,
    dyno_id=3,
    start=date(2026, 3, 2),
    end=date(2026, 3, 4),
    kind="test",
    test_type="NVH",
    status="in_progress",
    disputed=True,
    conflict=False,
    label="T1 · NVH",
    tooltip="T1",
    version=5,
)
WINDOW = Period(date(2026, 3, 1), date(2026, 3, 31))


def test_days_are_counted_from_1970() -> None:
    assert day_number(date(1970, 1, 1)) == 0
    assert day_number(date(2026, 3, 2)) == 20514


def test_a_bar_becomes_one_line_of_numbers() -> None:
    line = encode_bars(ROWS, [BAR], types=["Brake", "NVH"]).iloc[0]
    assert line["allocation_id"] == 41
    assert line["row"] == 1, "the place of its dyno among the rows, not the dyno's id"
    assert (line["start"], line["end"]) == (20514, 20516)
    assert (line["type"], line["status"], line["flags"], line["version"]) == (1, 2, 2 + 8, 5)


def test_every_mark_has_a_flag_of_its_own() -> None:
    bar = replace(BAR, kind="maintenance", disputed=False, conflict=True, movable=False)
    assert encode_bars(ROWS, [bar], types=[]).iloc[0]["flags"] == 1 + 4


def test_bars_of_dynos_that_are_not_shown_are_left_out() -> None:
    assert encode_bars(ROWS, [replace(BAR, dyno_id=99)], types=["NVH"]).empty


def test_a_bar_that_ends_before_it_starts_is_refused() -> None:
    with pytest.raises(InvalidInput, match="before it starts"):
        encode_bars(ROWS, [replace(BAR, end=date(2026, 3, 1))], types=["NVH"])


def test_the_payload_names_each_test_type_once_and_no_type_for_maintenance() -> None:
    sent = payload(
        ROWS,
        [BAR, replace(BAR, allocation_id=42), replace(BAR, allocation_id=43, kind="maintenance", test_type="")],
        today=date(2026, 3, 2),
        colours={"NVH": "2"},
        window=WINDOW,
        loaded=None,
        read_only=True,
        revision=4,
        key="board",
        height=400,
        shown=0,
    )
    assert sent["types"] == [{"name": "NVH", "light": PALETTE[2].light, "dark": PALETTE[2].dark}]
    assert sent["window"] == [20513, 20543]
    assert [row["dyno_id"] for row in sent["rows"]] == [7, 3]


def test_a_request_takes_the_first_lane_that_is_free_and_the_last_ones_find_no_room() -> None:
    wishes = [Wish(at, date(2026, 3, 2), date(2026, 3, 4), "NVH", f"T{at}", "", version=at) for at in range(7)]
    later = Wish(7, date(2026, 3, 5), date(2026, 3, 5), "NVH", "T7", "", version=1)
    sent = encode_wishes([*wishes, later], types=["NVH"])
    assert list(sent["allocation_id"]) == [0, 1, 2, 3, 4, 7]
    assert list(sent["lane"]) == [0, 1, 2, 3, 4, 0]
    assert set(sent["lanes"]) == {5}
    assert list(sent["version"]) == [0, 1, 2, 3, 4, 1]
    assert encode_wishes([], types=[]).empty


def test_a_cell_is_a_byte_at_its_row_and_stretch() -> None:
    cells = (Cell(3, 1, booked=0.5, down=0.25, clash=True), Cell(99, 0, booked=1, down=0, clash=False))
    occupancy = Occupancy(
        period=Period(date(2026, 3, 2), date(2026, 3, 12)), step=7, cells=cells, with_bars=frozenset({7}), bars_within=9
    )
    sent = encode_occupancy(ROWS, occupancy)
    assert list(sent["booked"]) == [0, 0, 0, 50]
    assert list(sent["down"]) == [0, 0, 0, 25]
    assert list(sent["clash"]) == [0, 0, 0, 1]
    assert set(map(str, sent.dtypes)) == {"uint8"}


@pytest.mark.parametrize(
    ("written", "colour"),
    [("0", PALETTE[0]), ("9", PALETTE[1]), ("#aabbcc", Colour("#aabbcc", "#aabbcc")),
     ("#aabbcc/#112233", Colour("#aabbcc", "#112233"))],
)  # fmt: skip
def test_a_colour_is_a_place_in_the_palette_or_written_out(written: str, colour: Colour) -> None:
    assert colour_of("NVH", {"NVH": written}) == colour


def test_a_type_without_a_colour_is_neutral() -> None:
    assert colour_of("NVH", {}) == NEUTRAL


@pytest.mark.parametrize("written", ["", "red", "#abc", "#aabbcc/", "#aabbcc/#112233/#445566", "url(x)", "-1", "²"])
def test_an_unreadable_colour_is_refused(written: str) -> None:
    with pytest.raises(InvalidInput, match="is not a colour for NVH"):
        colour_of("NVH", {"NVH": written})


@pytest.mark.parametrize(
    ("sent", "event"),
    [
        (None, None),
        ({"type": "click", "allocation_id": 41.0}, Click(41)),
        ({"type": "empty", "dyno_id": 3, "day": "2026-03-02"}, EmptyClick(3, date(2026, 3, 2))),
        ({"type": "wish", "request_id": 9, "version": 2}, WishClick(9, version=2)),
        (
            {"type": "place", "request_id": 9, "dyno_id": 3, "start": "2026-03-02", "version": 2},
            Place(request_id=9, dyno_id=3, start=date(2026, 3, 2), version=2),
        ),
        ({"type": "view", "start": "2026-03-02", "end": "2026-03-09"}, View(date(2026, 3, 2), date(2026, 3, 9))),
        (
            {"type": "view", "start": "2026-03-02", "end": "2026-03-09", "dyno_ids": [3, 7.0]},
            View(date(2026, 3, 2), date(2026, 3, 9), dyno_ids=(3, 7)),
        ),
        ({"type": "fold", "facilities": ["PGN"], "band": True}, Folded(("PGN",), band=True)),
        (
            {
                "type": "move",
                "allocation_id": 41,
                "dyno_id": 3,
                "start": "2026-03-02",
                "end": "2026-03-04",
                "version": 5,
            },
            Move(41, 3, date(2026, 3, 2), date(2026, 3, 4), 5),
        ),
    ],
)
def test_what_the_browser_sends_becomes_an_event(sent: object, event: object) -> None:
    assert decode_event(sent) == event


@pytest.mark.parametrize(
    "sent",
    [
        "click",
        {},
        {"type": "erase"},
        {"type": "click"},
        {"type": "click", "allocation_id": "41"},
        {"type": "wish", "request_id": 9},
        {"type": "place", "request_id": 9, "dyno_id": 3, "start": "soon", "version": 2},
        {"type": "click", "allocation_id": True},
        {"type": "click", "allocation_id": -1},
        {"type": "click", "allocation_id": 4.5},
        {"type": "click", "allocation_id": float("nan")},
        {"type": "click", "allocation_id": 1e300},
        {"type": "empty", "dyno_id": 3, "day": "2026-02-30"},
        {"type": "empty", "dyno_id": 3, "day": 20514},
        {"type": "fold", "facilities": "PGN"},
        {"type": "fold", "facilities": [7]},
        {"type": "fold", "facilities": ["x" * 201]},
        {"type": "view", "start": "2026-03-09", "end": "2026-03-02"},
        {"type": "view", "start": "2026-03-02", "end": "2026-03-09", "dyno_ids": "3"},
        {"type": "view", "start": "2026-03-02", "end": "2026-03-09", "dyno_ids": [-3]},
        {"type": "view", "start": "2026-03-02", "end": "2026-03-09", "dyno_ids": [3] * 1001},
    ],
)
def test_a_forged_message_is_refused_with_a_sentence(sent: object) -> None:
    with pytest.raises(InvalidInput):
        decode_event(sent)
