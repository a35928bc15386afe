"""Days, ranges and lengths in plain words. Today is Wednesday 18 November 2026."""

from datetime import date

import pytest

from dyno_core.agent.models.offline.dates import mentions
from dyno_core.agent.models.offline.when import When, read_when

TODAY = date(2026, 11, 18)


def read(text: str, *, today: date = TODAY, past: bool = False) -> When:
    return read_when(text, today=today, past=past)


@pytest.mark.parametrize(
    ("words", "day"),
    [
        ("2026-12-07", "2026-12-07"),
        ("2026/12/07", "2026-12-07"),
        ("3/9/2027", "2027-03-09"),
        ("3/9/27", "2027-03-09"),
        ("12/7", "2026-12-07"),
        ("09.03.2027", "2027-03-09"),
        ("9 March", "2027-03-09"),
        ("9th of March 2028", "2028-03-09"),
        ("March 9th", "2027-03-09"),
        ("Mar 9, 2027", "2027-03-09"),
        ("the 20th of February", "2027-02-20"),
        ("the 20th", "2026-11-20"),
        ("the 7th", "2026-12-07"),
        ("today", "2026-11-18"),
        ("tomorrow", "2026-11-19"),
        ("tommorow", "2026-11-19"),
        ("the day after tomorrow", "2026-11-20"),
        ("Tuesday", "2026-11-24"),
        ("this Friday", "2026-11-20"),
        ("Wednesday", "2026-11-25"),
        ("this Wednesday", "2026-11-18"),
        ("next Tuesday", "2026-11-24"),
        ("next Friday", "2026-11-27"),
        ("Friday next week", "2026-11-27"),
        ("last Monday", "2026-11-16"),
        ("Tue 24 November", "2026-11-24"),
        ("in two weeks", "2026-12-02"),
        ("in 3 days", "2026-11-21"),
        ("10 days from now", "2026-11-28"),
        ("29 Feb 2028", "2028-02-29"),
        ("12-13-2026", "2026-12-13"),
        ("13-12-2026", "2026-12-13"),
        ("12-12-26", "2026-12-12"),
        ("7.12.27", "2027-12-07"),
        ("7 Dec 27", "2027-12-07"),
        ("7 Dec '27", "2027-12-07"),
        ("Dec 7th, '27", "2027-12-07"),
        ("7-Dec-27", "2027-12-07"),
        ("7-Dec-2027", "2027-12-07"),
        ("07DEC2027", "2027-12-07"),
        ("20271207", "2027-12-07"),
    ],
)
def test_one_day_is_read(words: str, day: str) -> None:
    found = read(f"book it {words} please")
    assert (found.start, found.problems) == (date.fromisoformat(day), ())


@pytest.mark.parametrize(
    ("words", "first", "last"),
    [
        ("from 1 to 4 March", "2027-03-01", "2027-03-04"),
        ("7 Dec 26 to 9 Dec 26", "2026-12-07", "2026-12-09"),
        ("7-9 Dec 27", "2027-12-07", "2027-12-09"),
        ("Dec 7 - 9 '27", "2027-12-07", "2027-12-09"),
        ("in Dec '27", "2027-12-01", "2027-12-31"),
        ("the first week of January", "2027-01-04", "2027-01-10"),
        ("second week in December", "2026-12-07", "2026-12-13"),
        ("the last week of March", "2027-03-22", "2027-03-28"),
        ("first half of December", "2026-12-01", "2026-12-15"),
        ("the end of January", "2027-01-21", "2027-01-31"),
        ("mid-January", "2027-01-11", "2027-01-20"),
        ("early in February", "2027-02-01", "2027-02-10"),
        ("1-4 March", "2027-03-01", "2027-03-04"),
        ("December 7 to 9", "2026-12-07", "2026-12-09"),
        ("from Mon to Fri", "2026-11-23", "2026-11-27"),
        ("next Monday through Wednesday", "2026-11-23", "2026-11-25"),
        ("from 28 December until 3 January", "2026-12-28", "2027-01-03"),
        ("between Dec 1 and Dec 4", "2026-12-01", "2026-12-04"),
        ("2026-12-01 to 2026-12-05", "2026-12-01", "2026-12-05"),
        ("start: 2026-12-07, end: 2026-12-09", "2026-12-07", "2026-12-09"),
        ("week of 7 December", "2026-12-07", "2026-12-13"),
        ("the week of 9 December", "2026-12-07", "2026-12-13"),
        ("this week", "2026-11-16", "2026-11-22"),
        ("next week", "2026-11-23", "2026-11-29"),
        ("the week after next", "2026-11-30", "2026-12-06"),
        ("week 50", "2026-12-07", "2026-12-13"),
        ("this weekend", "2026-11-21", "2026-11-22"),
        ("in March", "2027-03-01", "2027-03-31"),
        ("January 2028", "2028-01-01", "2028-01-31"),
        ("next month", "2026-12-01", "2026-12-31"),
        ("Q1 2026", "2026-01-01", "2026-03-31"),
        ("in 2025", "2025-01-01", "2025-12-31"),
        ("the last 30 days", "2026-10-20", "2026-11-18"),
        ("the next two weeks", "2026-11-18", "2026-12-01"),
        ("since 1 October", "2026-10-01", "2026-11-18"),
    ],
)
def test_a_stretch_of_days_is_read(words: str, first: str, last: str) -> None:
    found = read(f"what about {words}?")
    assert (found.start, found.end) == (date.fromisoformat(first), date.fromisoformat(last))


@pytest.mark.parametrize(
    ("words", "days"),
    [
        ("for 3 days", 3),
        ("for three days", 3),
        ("two days", 2),
        ("for a week", 7),
        ("2 weeks", 14),
        ("3d", 3),
        ("a couple of days", 2),
        ("for a fortnight", 14),
        ("a 5-day test", 5),
    ],
)
def test_a_length_is_read(words: str, days: int) -> None:
    assert read(words) == When(days=days)


@pytest.mark.parametrize(
    ("words", "shift"),
    [("two days later", 2), ("a week earlier", -7), ("back by 3 days", 3), ("the week after", 7), ("up by a day", -1)],
)
def test_a_shift_is_not_a_length(words: str, shift: int) -> None:
    assert read(f"make it {words}") == When(shift=shift)


@pytest.mark.parametrize(
    "words",
    ["30 February", "31 November", "2026-11-31", "13/14/2027", "25/12/2026", "29 February 2027", "week 60",
     "Monday 24 November 2026", "from 10 to 8 December", "1876-01-01", "2 or 3 days", "from Monday or Tuesday",
     "Monday the 24th", "forward by 2 days"],
)  # fmt: skip
def test_what_is_no_day_or_two_days_is_told_and_not_guessed(words: str) -> None:
    found = read(words)
    assert found.problems
    assert found.end is None


def test_a_day_that_is_two_by_its_order_is_told_with_both() -> None:
    found = read("book it 12-07-2026")
    assert found.start is None
    assert found.problems == ("“12-07-2026” can be Mon 7 Dec 2026 or Sun 12 Jul 2026; write the month as a word",)


@pytest.mark.parametrize("words", ["for 24 days", "24 h", "24,500 lb", "24x"])
def test_what_is_counted_behind_a_day_is_no_year(words: str) -> None:
    assert read(f"book it Dec 7 {words}").start == date(2026, 12, 7)


@pytest.mark.parametrize("words", ["may I book", "4x4", "a few days", "3 working days", "PGN march", "one"])
def test_words_that_only_look_like_time_are_left_alone(words: str) -> None:
    assert read(words) == When()


def test_a_length_before_its_start_is_no_day_of_its_own() -> None:
    found = read("for 3 days from Tuesday")
    assert (found.start, found.days, found.kind) == (date(2026, 11, 24), 3, "from")


def test_a_day_just_past_is_meant_as_past_and_an_older_one_as_next_years() -> None:
    assert read("5 November").start == date(2026, 11, 5)
    assert read("5 March").start == date(2027, 3, 5)


def test_a_report_looks_back_where_the_year_is_not_named() -> None:
    assert read("October", past=True).start == date(2026, 10, 1)
    assert read("October").start == date(2027, 10, 1)


def test_every_mention_has_its_place_in_the_text() -> None:
    text = "from Tuesday for 3 days"
    assert [text[found.begin : found.stop] for found in mentions(text, today=TODAY)] == ["Tuesday", "3 days"]


def test_the_end_of_a_year_and_leap_days_are_crossed() -> None:
    assert read("tomorrow", today=date(2026, 12, 31)).start == date(2027, 1, 1)
    assert read("next month", today=date(2026, 12, 31)).end == date(2027, 1, 31)
    assert read("this quarter", today=date(2028, 2, 29)).end == date(2028, 3, 31)
